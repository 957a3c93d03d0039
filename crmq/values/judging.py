"""How standardisers say their verdict: an ordered list of cases, the first that holds decides."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from crmq.model.verdicts import Verdict

Case = tuple[pl.Expr, str, str | None]
"""Condition, verdict, reason (a stable code; null for valid and missing)."""

Schema = dict[str, pl.DataType | type[pl.DataType]]

SCHEMA: Schema = {"value": pl.String, "verdict": Verdict, "reason": pl.String}
"""The columns that every standardiser gives first."""


def decide(cases: Sequence[Case], otherwise: tuple[str, str | None]) -> tuple[pl.Expr, pl.Expr]:
    """Return the expressions for ``verdict`` and ``reason`` of the first case whose condition is true."""
    verdict = pl.lit(otherwise[0])
    reason = pl.lit(otherwise[1], pl.String)
    for condition, name, why in reversed(cases):
        verdict = pl.when(condition).then(pl.lit(name)).otherwise(verdict)
        reason = pl.when(condition).then(pl.lit(why, pl.String)).otherwise(reason)
    return verdict.cast(Verdict).alias("verdict"), reason.alias("reason")
