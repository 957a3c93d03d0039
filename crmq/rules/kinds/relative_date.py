"""The date lies within limits that move with the as-of date (``today``, ``-110 years``, ``+30 days``)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Self

import polars as pl
from pydantic import field_validator, model_validator

from crmq import declarative
from crmq.locales import _
from crmq.rules import partial_dates
from crmq.rules.checks import RowCheck
from crmq.rules.pack import Rule
from crmq.rules.views import View

FIELDS = (1, None)
NEEDS = "each"
_LIMIT = re.compile(r"^(?:today|([+-]\d{1,5}) (day|week|month|year)s?|(\d{4}-\d\d-\d\d))$")
_UNITS = {"day": "d", "week": "w", "month": "mo", "year": "y"}


class Params(declarative.Section):
    """``min`` and ``max``, at least one: ``today``, ``-110 years``, ``+30 days``, or a date ``2015-01-31``."""

    min: str | None = None
    max: str | None = None

    @field_validator("min", "max")
    @classmethod
    def _readable(cls, value: str | None) -> str | None:
        if value is not None:
            match = _LIMIT.match(value)
            if not match:
                raise ValueError(_("a limit is today, -110 years, +30 days or 2015-01-31"))
            if match.group(3):
                date.fromisoformat(match.group(3))
        return value

    @model_validator(mode="after")
    def _some_limit(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError(_("min or max is needed"))
        return self


def limit(text: str, as_of: date) -> date:
    """Return the date that a limit means on the as-of date."""
    match = _LIMIT.match(text)
    assert match is not None
    if match.group(3):
        return date.fromisoformat(match.group(3))
    if not match.group(1):
        return as_of
    offset = f"{match.group(1).removeprefix('+')}{_UNITS[match.group(2)]}"
    moved = pl.Series([as_of]).dt.offset_by(offset)[0]
    assert isinstance(moved, date)
    return moved


def checks(rule: Rule, params: Params, view: View) -> Sequence[RowCheck]:
    """A partial date breaks a limit only when every day it can mean does; what is no date is not checked."""
    out = []
    for name in view.expand(rule.fields):
        made = view.column(name)
        if view.frame.schema[view.physical(name)] == pl.String:
            first, last = partial_dates.first_day(made), partial_dates.last_day(made)
        else:
            first = last = made.cast(pl.Date)
        within: pl.Expr = pl.when(first.is_not_null()).then(pl.lit(True))
        if params.min is not None:
            within = within & (last >= limit(params.min, view.context.as_of))
        if params.max is not None:
            within = within & (first <= limit(params.max, view.context.as_of))
        out.append(RowCheck(within, (name,)))
    return out
