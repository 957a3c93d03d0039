"""Every row of the file could be read (none is cut off, has too many cells or broken quotes)."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from crmq import declarative
from crmq.rules.checks import FAILURES, TableCheck
from crmq.rules.pack import Rule
from crmq.rules.views import View

FIELDS = (0, 0)
TABLES = ("raw",)


class Params(declarative.Section):
    """None."""


def table(_fields: Sequence[str], _params: Params) -> str:
    """Raw tables only."""
    return "raw"


def checks(_rule: Rule, _params: Params, view: View) -> Sequence[TableCheck]:
    """Counts the rows that were set aside while reading; the reason stands in the finding."""
    assert view.raw is not None
    rejected = view.raw.raw.rejected
    failures = rejected.select(
        pl.col("line").cast(pl.UInt32),
        pl.lit(None, pl.String).alias("field"),
        pl.col("raw").str.slice(0, 200).alias("value"),
        pl.col("reason").alias("detail"),
    )
    return [TableCheck(view.raw.raw.physical_rows, failures.sort("line").select(*FAILURES))]
