"""The usual column of timestamps, where every cell is written alike: it is read in one go."""

from __future__ import annotations

import polars as pl

_PLAIN = r"^[12]\d{3}-[01]\d-[0-3]\d[ T][0-2]\d:[0-5]\d:[0-5]\d(?:\.\d{3,6})?Z?$"


def plain_times(raw: pl.Series) -> pl.DataFrame | None:
    """Return the points in time of a column that holds nothing but ISO 8601 to the second, with ``Z`` or without.

    Args:
        raw: The cells, as read.

    Returns:
        What :func:`crmq.values.date.timestamps` judges, one row per cell; None where any cell is written otherwise,
        or names a day or hour that does not exist.
    """
    cells = raw.cast(pl.String).rename("cell").to_frame()
    if cells.height == 0 or not cells.select(pl.col("cell").str.contains(_PLAIN).fill_null(value=True).all()).item():
        return None
    fraction = pl.col("cell").str.slice(19).str.strip_chars("Z.")
    micros = fraction.str.pad_end(6, "0").cast(pl.Int64, strict=False)
    seconds = pl.col("cell").str.slice(0, 19).str.replace("T", " ", literal=True)
    naive = seconds.str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us", strict=False)
    parts = cells.with_columns(naive=naive + pl.duration(microseconds=micros))
    if parts.filter(pl.col("naive").is_null()).height > raw.null_count():
        return None
    in_utc = pl.col("cell").str.ends_with("Z")
    nothing = pl.lit(None, pl.String)
    return parts.with_columns(
        shift=pl.when(in_utc).then(pl.lit(0, pl.Int64)),
        form=pl.lit("ymd"), epoch_us=pl.lit(None, pl.Int64), abbreviation=nothing, note=nothing,
        denied=pl.lit(value=False), partial=pl.lit(value=False), timed=pl.lit(value=True),
    )  # fmt: skip
