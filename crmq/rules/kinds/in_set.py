"""The value is one of a list."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from pydantic import Field

from crmq import declarative
from crmq.errors import did_you_mean
from crmq.rules.checks import RowCheck
from crmq.rules.gx.counterparts import Counterpart
from crmq.rules.pack import Rule
from crmq.rules.views import View
from crmq.values import text

FIELDS = (1, None)
NEEDS = "each"


class Params(declarative.Section):
    """``values``; ``fold``: case, accents and doubled blanks do not count; ``refuse``: it must be *none* of them."""

    values: tuple[str, ...] = Field(min_length=1)
    fold: bool = False
    refuse: bool = False


def checks(rule: Rule, params: Params, view: View) -> Sequence[RowCheck]:
    """Empty cells are not checked; the closest allowed value is suggested."""
    wanted = pl.Series(params.values, dtype=pl.String)
    if params.fold:
        wanted = wanted.to_frame("v").select(text.fold(pl.col("v"))).to_series()
    out = []
    for name in view.expand(rule.fields):
        value = text.fold(view.text(name)) if params.fold else view.text(name)
        found = value.is_in(wanted.implode())
        column = view.physical(name)

        def closest(rows: pl.DataFrame, _numbers: pl.Series, column: str = column) -> pl.Series:
            distinct = rows[column].cast(pl.String).unique().drop_nulls().sort()
            near = {v: did_you_mean(v, params.values) for v in distinct}
            return rows[column].cast(pl.String).replace_strict(near, default=None, return_dtype=pl.String)

        out.append(RowCheck(~found if params.refuse else found, (name,), suggest=None if params.refuse else closest))
    return out


def counterpart(field: str, _rule: Rule, params: Params) -> Counterpart | None:
    """GX asks the same of each field, but compares texts as they are written."""
    if params.fold:
        return None
    kind = "expect_column_values_to_not_be_in_set" if params.refuse else "expect_column_values_to_be_in_set"
    return Counterpart(kind, {"value_set": list(params.values)}, (field,))
