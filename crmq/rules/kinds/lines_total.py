"""The lines of an order add up to its total."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import product

import polars as pl
from pydantic import Field

from crmq import declarative
from crmq.rules.checks import RowCheck
from crmq.rules.pack import Rule
from crmq.rules.views import View

FIELDS = (0, 0)
TABLES = ("orders",)
_EXACT = pl.Decimal(38, 6)


class Params(declarative.Section):
    """``tolerance``: what may be missing or too much, as text where it has decimals."""

    tolerance: Decimal = Field(default=Decimal("0.01"), ge=0)


def table(_fields: Sequence[str], _params: Params) -> str:
    """Orders only."""
    return "orders"


def checks(_rule: Rule, params: Params, view: View) -> Sequence[RowCheck]:
    """Orders without lines, or with a line without an amount, are not checked.

    Whether prices include tax, and a total shipping and discount, differs from system to system: any of them may be
    the difference.
    """
    lines = view.context.tables["order_lines"].filter(pl.col("order_key").is_not_null())
    exact = {name: pl.col(name).cast(_EXACT, strict=False) for name in ("total", "quantity", "unit_price", "discount")}
    priced = exact["quantity"] * exact["unit_price"] - exact["discount"].fill_null(0)
    amounts = lines.select("source", "order_key", amount=pl.coalesce(exact["total"], priced.cast(_EXACT)))
    sums = amounts.group_by("source", "order_key").agg(
        pl.when(pl.col("amount").null_count() == 0).then(pl.col("amount").sum()).alias("sum")
    )
    found = view.frame.select("source", order_key="record_key").join(
        sums, on=["source", "order_key"], how="left", maintain_order="left"
    )["sum"]
    total = pl.col("total").cast(_EXACT, strict=False)
    tax, shipping, discount = (
        pl.col(name).cast(_EXACT, strict=False).fill_null(0) for name in ("tax", "shipping", "discount")
    )
    of_lines, room = pl.lit(found), pl.lit(params.tolerance, _EXACT)
    equal = pl.any_horizontal(
        (of_lines + sum(parts, start=pl.lit(Decimal(0), _EXACT)) - total).abs() <= room
        for parts in product((pl.lit(0, _EXACT), tax), (pl.lit(0, _EXACT), shipping), (pl.lit(0, _EXACT), -discount))
    )
    detail = pl.format("{} <> {}", of_lines.cast(pl.Float64), total.cast(pl.Float64))
    passes = pl.when(of_lines.is_not_null() & total.is_not_null()).then(equal)
    return [RowCheck(passes, ("total",), detail=detail)]
