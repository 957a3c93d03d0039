"""Equal values of the first fields go with one value of the last (one postal code, one city)."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from pydantic import Field

from crmq import declarative
from crmq.rules.checks import RowCheck
from crmq.rules.pack import Rule
from crmq.rules.views import View
from crmq.values import text

FIELDS = (2, None)


class Params(declarative.Section):
    """``fold``: case and accents do not count (default); ``least_rows``: smaller groups are not checked.

    ``least_share``: where no value of the last field has that share of its group, nothing is known to be right and the
    group is not checked.
    """

    fold: bool = True
    least_rows: int = Field(default=2, ge=2)
    least_share: float = Field(default=0.5, ge=0.0, le=1.0)


def checks(rule: Rule, params: Params, view: View) -> Sequence[RowCheck]:
    """Rows that differ from the most frequent value of their group fail; that value is suggested."""
    *given, last = rule.fields
    keys = [_value(view, name, params).alias(f"k{i}") for i, name in enumerate(given)]
    value = _value(view, last, params)
    names = [f"k{i}" for i in range(len(keys))]
    mine = pl.all_horizontal(*(key.is_not_null() for key in keys), value.is_not_null(), view.applies)
    shown = view.text(last).alias("shown")
    rows = view.frame.lazy().filter(mine.fill_null(value=False)).select(*keys, value.alias("v"), shown)
    counted = rows.group_by(*names, "v").agg(pl.len().alias("n"), pl.col("shown").mode().min().alias("shown"))
    usual = (
        counted.sort("n", "v", descending=[True, False])
        .group_by(names, maintain_order=True)
        .agg(pl.col("v").first(), pl.col("shown").first(), pl.col("n").first().alias("most"), pl.col("n").sum())
        .filter((pl.col("n") >= params.least_rows) & (pl.col("most") > pl.col("n") * params.least_share))
        .collect()
    )

    def looked_up(column: str) -> pl.Expr:
        def find(packed: pl.Series) -> pl.Series:
            return packed.struct.unnest().join(usual, on=names, how="left", maintain_order="left")[column]

        return pl.struct(keys).map_batches(find, return_dtype=pl.String)

    def suggest(failing: pl.DataFrame, _numbers: pl.Series) -> pl.Series:
        return failing.select(looked_up("shown").alias("suggestion")).to_series()

    return [RowCheck(pl.when(value.is_not_null()).then(value == looked_up("v")), (last, *given), suggest=suggest)]


def _value(view: View, name: str, params: Params) -> pl.Expr:
    return text.fold(view.text(name)) if params.fold else view.text(name)
