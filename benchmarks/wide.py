"""A wide table of a million rows for the profiling figures: 20 columns of the kinds that CRM exports have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import persons
import polars as pl

_STAGES = ("Lead", "Opportunity", "Customer", "Evangelist", "Other")
_SOURCES = ("Web", "Fair", "Referral", "Phone", "Partner", "Facebook", "LinkedIn")


def generate(path: Path, n: int, seed: int = 5) -> None:
    """Write ``n`` rows: the eleven columns of :mod:`persons` and nine more."""
    rng = np.random.default_rng(seed)
    people = persons.entities(n, rng, seed)
    frame = persons.records(pl.concat([people, people[: n // 2]]), n, rng).drop("system", "entity_id")

    def some(values: pl.Series, filled: float) -> pl.Series:
        return values.to_frame("v").select(pl.when(pl.Series(rng.random(n) < filled)).then("v"))["v"]

    amount = pl.Series(np.round(rng.lognormal(6, 1.5, n), 2))
    day = pl.Series(rng.integers(16_000, 20_700, n)).cast(pl.Int32).cast(pl.Date)
    phrase = pl.Series(rng.integers(0, 200_000, n)).cast(pl.String)
    frame = frame.with_columns(
        owner=pl.Series(np.array([f"rep{i:02d}" for i in range(40)])[rng.integers(0, 40, n)]),
        stage=pl.Series(np.array(_STAGES)[rng.integers(0, 5, n)]),
        lead_source=some(pl.Series(np.array(_SOURCES)[rng.integers(0, 7, n)]), 0.8),
        revenue=some(amount, 0.6),
        employees=some(pl.Series(rng.integers(1, 5000, n)), 0.5),
        opted_out=pl.Series(np.array(["true", "false", ""])[rng.integers(0, 3, n)]),
        last_contact=some(day.dt.to_string("%d/%m/%Y"), 0.7),
        website=some("www.firm" + phrase + ".com", 0.3),
        note=some("Called about order " + phrase + "; asked for a new quote, see file", 0.25),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.write_csv(path)
