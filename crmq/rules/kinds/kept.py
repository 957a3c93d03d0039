"""What the source wrote could be read: the field is filled where the cell behind it is."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from crmq import declarative
from crmq.model.facts import FACTS
from crmq.rules.checks import RowCheck
from crmq.rules.pack import Rule
from crmq.rules.views import View

FIELDS = (1, None)
NEEDS = "each"
TABLES = ("records", *FACTS)


class Params(declarative.Section):
    """None."""


def checks(rule: Rule, _params: Params, view: View) -> Sequence[RowCheck]:
    """Fields that no column, or several together, feed are not checked; neither are empty cells."""
    out = []
    for name in rule.fields:
        filled = view.cells(name)["cell"].str.strip_chars() != ""
        out.append(RowCheck(pl.when(pl.lit(filled)).then(view.column(name).is_not_null()), (name,)))
    return out
