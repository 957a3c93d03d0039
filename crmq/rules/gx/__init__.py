"""The bridge to Great Expectations: packs as suites, suites as packs, and packs run by GX where the tables stand.

Nothing here but :mod:`~crmq.rules.gx.loading` and what it gives to may import GX at the top: its import takes seconds,
and only ``crmq validate --via gx`` and ``crmq rules export | import`` need it.

- :mod:`~crmq.rules.gx.counterparts`: what a check kind says about its expectation in GX;
- :mod:`~crmq.rules.gx.conditions`: ``when`` and scopes as row conditions of GX;
- :mod:`~crmq.rules.gx.expectations`: the expectation that crmq ships for everything without a counterpart;
- :mod:`~crmq.rules.gx.stores`: the tables in pandas, in a database, or in the client's own database;
- :mod:`~crmq.rules.gx.evaluator`: runs the rules of a view;
- :mod:`~crmq.rules.gx.documents`: validation results and Data Docs for the run folder;
- :mod:`~crmq.rules.gx.suites`: export and import.
"""
