"""Every row of a table of parties or orders gives a record (none was set aside while standardising)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import polars as pl
from pydantic import Field

from crmq import declarative
from crmq.rules.checks import FAILURES, TableCheck
from crmq.rules.pack import Rule
from crmq.rules.views import View

FIELDS = (0, 0)
TABLES = ("raw",)
NEEDS_LEDGER = True
"""The row ledger is made while standardising, so raw rows alone are not enough."""


class Params(declarative.Section):
    """``refuse``: dispositions of the row ledger that fail: quarantined, excluded."""

    refuse: tuple[Literal["quarantined", "excluded"], ...] = Field(default=("quarantined",), min_length=1)


def table(_fields: Sequence[str], _params: Params) -> str:
    """Raw tables only."""
    return "raw"


def checks(_rule: Rule, params: Params, view: View) -> Sequence[TableCheck]:
    """Tables that hold no records at all have nothing to say; the reason stands in the finding."""
    assert view.raw is not None
    raw = view.raw.raw
    place = (pl.col("file") == raw.file) & pl.col("sheet").eq_missing(pl.lit(raw.sheet, pl.String))
    owner = (pl.col("source") == view.raw.source) & (pl.col("object") == view.raw.object)
    mine = view.context.tables.ledger.filter(place & owner & (pl.col("disposition") != "unreadable"))
    if not (mine["records"] > 0).any() and not view.raw.entities:
        return []
    failures = mine.filter(pl.col("disposition").is_in(pl.Series(params.refuse).implode())).select(
        "line",
        pl.lit(None, pl.String).alias("field"),
        pl.lit(None, pl.String).alias("value"),
        pl.col("reason").alias("detail"),
    )
    return [TableCheck(mine.height, failures.sort("line").select(*FAILURES))]
