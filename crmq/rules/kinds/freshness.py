"""The newest date of a table is not too old: the delivery is a current one."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from pydantic import Field

from crmq import declarative
from crmq.rules import partial_dates
from crmq.rules.checks import RowCheck
from crmq.rules.pack import Rule
from crmq.rules.views import GROUP, View

FIELDS = (1, None)
NEEDS = "each"


class Params(declarative.Section):
    """``max_age_days``: how many days before the as-of date the newest value may lie."""

    max_age_days: int = Field(ge=0)


def checks(rule: Rule, params: Params, view: View) -> Sequence[RowCheck]:
    """One fact per object of each source: its newest row carries it; dates after the as-of date do not count."""
    out = []
    for name in view.expand(rule.fields):
        made = view.column(name)
        text = view.frame.schema[view.physical(name)] == pl.String
        day = partial_dates.first_day(made) if text else made.cast(pl.Date)
        day = pl.when(view.applies & (day <= view.context.as_of)).then(day)
        newest = day == day.max().over(GROUP)
        first = newest & (newest.cast(pl.UInt32).cum_sum().over(GROUP) == 1)
        age = (pl.lit(view.context.as_of) - day).dt.total_days()
        out.append(RowCheck(pl.when(first).then(age <= params.max_age_days), (name,), detail=pl.format("{} d", age)))
    return out
