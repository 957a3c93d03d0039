"""How old the records are: rows by the age of their timestamps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from crmq.model.mapped import MappedTable
from crmq.profile import verdicts
from crmq.profile.counting import UNIT, Values
from crmq.profile.model import Freshness

FIELDS = ("modified_at", "last_activity_at", "created_at")
AGES = (("month", 30), ("quarter", 91), ("year", 365), ("two_years", 730), ("five_years", 1826))
"""Upper bounds in days; older rows are ``older``, rows after the as-of date (by more than a day) ``future``."""
BUCKETS = (*(name for name, _days in AGES), "older", "future", "unknown")


def of_table(mapped: MappedTable, counted: Mapping[str, Values], as_of: date) -> tuple[Freshness, ...]:
    """Return the ages of the rows by each mapped timestamp; on very large columns estimated from the sample."""
    out = []
    for name in FIELDS:
        for mapping in mapped.mapped_to(name)[:1]:
            values = counted.get(mapping.header)
            if values is None or values.sample.is_empty():
                continue
            judged = verdicts.judge(mapped, mapping.header, values, "timestamp", None, as_of)
            if judged is not None:
                out.append(_freshness(name, mapping.header, judged, mapped.raw.frame.height, as_of))
    return tuple(out)


def _freshness(field: str, header: str, judged: pl.DataFrame, rows: int, as_of: date) -> Freshness:
    day = judged["value"].str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    age = judged.select(days=(pl.lit(as_of) - day).dt.total_days(), weight="weight").drop_nulls("days")
    bucket = pl.lit("older")
    for name, limit in reversed(AGES):
        bucket = pl.when(pl.col("days") <= limit).then(pl.lit(name)).otherwise(bucket)
    bucket = pl.when(pl.col("days") < -1).then(pl.lit("future")).otherwise(bucket)
    weights = dict(age.group_by(bucket.alias("bucket")).agg(pl.col("weight").sum()).iter_rows())
    counts = {name: round(weights.get(name, 0) / UNIT) for name in BUCKETS}
    counts["unknown"] = max(0, rows - sum(counts[name] for name in BUCKETS if name != "unknown"))
    known = day.drop_nulls()
    earliest, latest = known.min(), known.max()
    return Freshness(
        field, header, counts,
        earliest.isoformat() if isinstance(earliest, date) else None,
        latest.isoformat() if isinstance(latest, date) else None,
    )  # fmt: skip
