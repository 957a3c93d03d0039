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


def decide(
    frame: pl.DataFrame, cases: Sequence[Case], otherwise: tuple[str, str | None]
) -> tuple[pl.Series, pl.Series]:
    """Return ``verdict`` and ``reason`` of each row: those of the first case whose condition is true.

    Args:
        frame: What the conditions are about.
        cases: In order.
        otherwise: Verdict and reason of a row that none of them fits.
    """
    first = pl.lit(len(cases), pl.UInt8)
    for number in reversed(range(len(cases))):
        first = pl.when(cases[number][0]).then(pl.lit(number, pl.UInt8)).otherwise(first)
    said = [*((name, why) for _condition, name, why in cases), otherwise]
    verdicts = pl.Series("verdict", [name for name, _why in said], dtype=Verdict)
    reasons = pl.Series("reason", [why for _name, why in said], dtype=pl.String)
    place = frame.select(pl.repeat(0, pl.len(), dtype=pl.UInt8) + first).to_series()
    return verdicts.gather(place), reasons.gather(place)
