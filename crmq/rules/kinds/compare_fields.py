"""Two fields of a row stand in a relation (``created_at <= modified_at``)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import polars as pl
from pydantic import Field

from crmq import declarative
from crmq.rules import partial_dates
from crmq.rules.checks import RowCheck
from crmq.rules.pack import Rule
from crmq.rules.views import View
from crmq.values import text

FIELDS = (2, 2)
_OPERATORS: dict[str, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


class Params(declarative.Section):
    """``operator``: ``= <> < <= > >=``; ``as``: compare as ``text``, ``number`` or ``date``; ``fold`` for text."""

    model_config = declarative.Section.model_config | {"populate_by_name": True}

    operator: Literal["=", "<>", "<", "<=", ">", ">="]
    as_: Literal["text", "number", "date"] = Field(default="text", alias="as")
    fold: bool = False


def checks(rule: Rule, params: Params, view: View) -> Sequence[RowCheck]:
    """Rows where one of the two is empty, or cannot be read as what is compared, are not checked."""
    left, right = (_read(view, name, params) for name in rule.fields)
    return [RowCheck(_OPERATORS[params.operator](left, right), tuple(rule.fields))]


def _read(view: View, name: str, params: Params) -> pl.Expr:
    if params.as_ == "number":
        return view.text(name).cast(pl.Float64, strict=False)
    if params.as_ == "date":
        if view.frame.schema[view.physical(name)] == pl.String:
            return partial_dates.first_day(view.column(name)).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
        return view.column(name).cast(pl.Datetime("us", "UTC"))
    return text.fold(view.text(name)) if params.fold else view.text(name)
