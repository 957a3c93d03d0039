"""Facts (deals, cases, interactions, orders ...): rows that belong to parties and are none themselves.

:mod:`cells` reads the columns of one table and remembers what changed, :mod:`references` says whom and what a row
points to, :mod:`interactions` and :mod:`states` read channels, directions, outcomes and stages, :mod:`leftover` keeps
the rest, :mod:`tables` says which column of a fact comes from which field. Rows of child tables (phones, consents) are
the matter of :mod:`crmq.standardise.adopted`.
"""

from __future__ import annotations

from crmq.standardise.facts.tables import Facts, facts_of

__all__ = ["Facts", "facts_of"]
