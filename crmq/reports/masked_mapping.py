"""Examples of values as reports on a mapping may show them."""

from __future__ import annotations

from crmq.mapping import TableProposal
from crmq.mapping.propose import ColumnProposal
from crmq.reports.masking import shown

_CATEGORIES = 50
_SHARED_BY = 3
_HARDLY_ANY = 0.1


def examples(one: TableProposal, item: ColumnProposal, *, show_pii: bool) -> list[str]:
    """Return the most frequent values of a column, masked unless they are categories or real values are asked for.

    Categories are few values, each shared by several rows on average, that look like no name, address or number of a
    person.
    """
    fact = one.plan.facts[item.header]
    few = 0 < fact.distinct <= _CATEGORIES and fact.filled >= _SHARED_BY * fact.distinct
    harmless = few and max(fact.ats, fact.phones, fact.given_names, fact.surnames) < _HARDLY_ANY
    return [shown(v, item.field, show_pii=show_pii, personal=not harmless) for v in one.examples(item.header)]
