"""crmq: who is the customer, how clean is the data, what overlaps, and how to move it without losing anything.

The stages, in order: read (``crmq.connectors``), map (``crmq.mapping``), standardise (``crmq.standardise``), profile
(``crmq.profile``), validate (``crmq.rules``), match (``crmq.matching``), consolidate (``crmq.consolidate``);
``crmq.pipeline`` strings them together.
"""

__version__ = "0.1.0"
