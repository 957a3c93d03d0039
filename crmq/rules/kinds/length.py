"""The value has at least and at most so many characters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import polars as pl
from pydantic import Field, model_validator

from crmq import declarative
from crmq.locales import _
from crmq.rules.checks import RowCheck
from crmq.rules.gx.counterparts import COUNTED_IN_BYTES, EVERYWHERE, Counterpart
from crmq.rules.pack import Rule
from crmq.rules.views import View

FIELDS = (1, None)
NEEDS = "each"


class Params(declarative.Section):
    """``min`` and ``max`` characters (Unicode code points), at least one of them."""

    min: int | None = Field(default=None, ge=0)
    max: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _some_limit(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError(_("min or max is needed"))
        return self


def checks(rule: Rule, params: Params, view: View) -> Sequence[RowCheck]:
    """Empty cells are not checked."""
    out = []
    for name in view.expand(rule.fields):
        size = view.text(name).str.len_chars()
        within = pl.lit(True)
        if params.min is not None:
            within = size >= params.min
        if params.max is not None:
            within = within & (size <= params.max)
        out.append(RowCheck(within, (name,), detail=pl.format("{}", size)))
    return out


def counterpart(field: str, _rule: Rule, params: Params) -> Counterpart:
    """GX asks the same of each field, but in bytes on MySQL."""
    limits = {"min_value": params.min, "max_value": params.max}
    given = {name: value for name, value in limits.items() if value is not None}
    backends = EVERYWHERE - COUNTED_IN_BYTES
    return Counterpart("expect_column_value_lengths_to_be_between", given, (field,), backends=backends)
