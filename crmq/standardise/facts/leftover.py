"""What of a row of facts has no column: cells that were changed, and columns without a place, as JSON objects."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import polars as pl


def objects(frame: pl.DataFrame, columns: Sequence[str], where: Mapping[str, pl.Series] | None = None) -> pl.Series:
    """Return one JSON object per row, from header to cell; null where a row has none of them.

    Args:
        frame: The cells.
        columns: Headers, in any order; the members stand in alphabetical order.
        where: Per header, the rows whose cell is wanted; default: every cell that is not blank.
    """
    members = []
    for name in sorted(columns):
        if where is not None:
            wanted: pl.Expr = pl.lit(where[name])
        else:
            wanted = pl.col(name).str.contains(r"\S")
        members.append(pl.when(wanted).then(pl.lit(json.dumps(name, ensure_ascii=False) + ":") + _quoted(name)))
    if not members:
        return pl.repeat(None, frame.height, dtype=pl.String, eager=True)
    joined = pl.concat_str(members, separator=",", ignore_nulls=True)
    whole = frame.select(joined.alias("json"))
    return whole.select(
        pl.when(pl.col("json") != "").then(pl.lit("{") + pl.col("json") + pl.lit("}")).alias("json")
    ).to_series()


def _quoted(name: str) -> pl.Expr:
    """Return a text column as JSON strings."""
    bare = pl.col(name)
    escaped = pl.struct(bare.alias("v")).struct.json_encode().str.slice(5).str.strip_suffix("}")
    # nearly all cells need no escape, and writing JSON costs ten times as much as looking for the need
    return pl.when(bare.str.contains(r'["\\\x00-\x1F\x7F]')).then(escaped).otherwise(pl.lit('"') + bare + pl.lit('"'))
