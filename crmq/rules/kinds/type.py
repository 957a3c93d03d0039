"""The value can be read as a type: whole number, number, date, timestamp or yes/no."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import polars as pl
from pydantic import Field

from crmq import declarative
from crmq.rules.checks import RowCheck
from crmq.rules.gx.counterparts import PANDAS, Counterpart
from crmq.rules.pack import Rule
from crmq.rules.views import View

FIELDS = (1, None)
NEEDS = "each"
_INTEGER = r"^[+-]?\d+$"
_YES_NO = r"(?i)^(?:true|false|yes|no|y|n|t|f|si|sí|s|verdadero|falso|0|1)$"


class Params(declarative.Section):
    """``is``: ``integer``, ``number``, ``date``, ``datetime`` or ``boolean``; ``decimal``: the decimal sign.

    ``format``: how dates are written (``%d/%m/%Y``); default ISO 8601.
    """

    model_config = declarative.Section.model_config | {"populate_by_name": True}

    is_: Literal["integer", "number", "date", "datetime", "boolean"] = Field(alias="is")
    decimal: Literal[".", ","] = "."
    format: str | None = None


def checks(rule: Rule, params: Params, view: View) -> Sequence[RowCheck]:
    """Empty cells are not checked."""
    return [
        RowCheck(pl.when(value.is_not_null()).then(_fits(value, params)), (name,))
        for name in view.expand(rule.fields)
        for value in [view.text(name)]
    ]


def _fits(value: pl.Expr, params: Params) -> pl.Expr:
    sign = r"\." if params.decimal == "." else ","
    if params.is_ == "integer":
        return value.str.contains(_INTEGER)
    if params.is_ == "number":
        return value.str.contains(rf"^[+-]?(?:\d+(?:{sign}\d*)?|{sign}\d+)(?:[eE][+-]?\d+)?$")
    if params.is_ == "boolean":
        return value.str.contains(_YES_NO)
    if params.format is not None:
        dtype = pl.Date if params.is_ == "date" else pl.Datetime("us")
        return value.str.strptime(dtype, params.format, strict=False).is_not_null()
    day = value.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False).is_not_null()
    if params.is_ == "date":
        return day & (value.str.len_chars() == 10)
    return day & value.str.contains(r"^.{10}[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?$")


def counterpart(field: str, _rule: Rule, params: Params) -> Counterpart | None:
    """Whole numbers are a pattern; GX reads the other types in ways of its own."""
    if params.is_ != "integer":
        return None
    return Counterpart("expect_column_values_to_match_regex", {"regex": _INTEGER}, (field,), backends=PANDAS)
