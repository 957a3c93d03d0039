"""The value is a number within limits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import polars as pl
from pydantic import model_validator

from crmq import declarative
from crmq.locales import _
from crmq.rules.checks import RowCheck
from crmq.rules.pack import Rule
from crmq.rules.views import View

FIELDS = (1, None)
NEEDS = "each"


class Params(declarative.Section):
    """``min`` and ``max``, at least one; ``exclusive``: the limits themselves are outside."""

    min: float | None = None
    max: float | None = None
    exclusive: bool = False

    @model_validator(mode="after")
    def _some_limit(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError(_("min or max is needed"))
        return self


def checks(rule: Rule, params: Params, view: View) -> Sequence[RowCheck]:
    """Cells that are no number are not checked (the kind ``type`` finds them)."""
    out = []
    for name in view.expand(rule.fields):
        number = view.text(name).cast(pl.Float64, strict=False)
        within = pl.lit(True)
        if params.min is not None:
            within = within & (number > params.min if params.exclusive else number >= params.min)
        if params.max is not None:
            within = within & (number < params.max if params.exclusive else number <= params.max)
        out.append(RowCheck(pl.when(number.is_not_nan()).then(within), (name,)))
    return out
