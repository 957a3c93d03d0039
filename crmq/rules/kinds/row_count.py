"""The table, or each object of a source in a standardised one, has at least and at most so many rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import polars as pl
from pydantic import Field, model_validator

from crmq import declarative
from crmq.locales import _
from crmq.rules.checks import FAILURES, TableCheck
from crmq.rules.gx.counterparts import Counterpart
from crmq.rules.pack import Rule
from crmq.rules.views import GROUP, View

FIELDS = (0, 0)


class Params(declarative.Section):
    """``min`` and ``max`` rows, at least one of them."""

    min: int | None = Field(default=None, ge=0)
    max: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _some_limit(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError(_("min or max is needed"))
        return self


def table(_fields: Sequence[str], _params: Params) -> str:
    """The raw tables, unless the rule names another."""
    return "raw"


def checks(rule: Rule, params: Params, view: View) -> Sequence[TableCheck]:
    """One fact per raw table (unreadable rows do not count), or per object of a source about the rows in scope."""
    if view.raw is not None:
        return [_fact(view.raw.raw.frame.height, params, 0)]
    counted = view.frame.lazy().filter(view.applies).group_by(GROUP).len().collect()
    rows = dict(counted.iter_rows())
    return [_fact(rows.get(group, 0), params, group) for group in view.matching(rule.applies_to)]


def _fact(rows: int, params: Params, group: int) -> TableCheck:
    within = (params.min is None or rows >= params.min) and (params.max is None or rows <= params.max)
    bad = [] if within else [(None, None, None, str(rows))]
    return TableCheck(1, pl.DataFrame(bad, schema=FAILURES, orient="row"), group)


def counterpart(_field: str | None, rule: Rule, params: Params) -> Counterpart | None:
    """GX asks the same of a raw table; it does not count within a table."""
    if rule.table != "raw":
        return None
    limits = {"min_value": params.min, "max_value": params.max}
    given = {name: value for name, value in limits.items() if value is not None}
    return Counterpart("expect_table_row_count_to_be_between", given)
