"""The value is not one that stands for "we do not have it" (``n/a``, ``xxx``, ``sin dato``)."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from pydantic import Field

from crmq import declarative
from crmq.rules.checks import RowCheck
from crmq.rules.pack import Rule
from crmq.rules.views import View
from crmq.values import placeholder

FIELDS = (1, None)
NEEDS = "each"


class Params(declarative.Section):
    """``as``: ``text`` for any field, ``name`` or ``address`` for fields of that kind."""

    model_config = declarative.Section.model_config | {"populate_by_name": True}

    as_: placeholder.Kind = Field(default="text", alias="as")


def checks(rule: Rule, params: Params, view: View) -> Sequence[RowCheck]:
    """Empty cells are not checked."""

    def real(cells: pl.Series) -> pl.Series:
        return pl.select(pl.when(cells.is_not_null()).then(~placeholder.is_placeholder(cells, params.as_))).to_series()

    return [
        RowCheck(view.text(name).map_batches(real, return_dtype=pl.Boolean), (name,))
        for name in view.expand(rule.fields)
    ]
