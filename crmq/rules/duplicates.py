"""Which rows of a frame stand in it more than once: exact, at the price of one hash per row.

Rows are hashed to 64 bits; only those that share a hash are compared in full, so that a collision can never make a
finding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl

from crmq.locales import _
from crmq.rules.views import GROUP, View

_FILE_NAME = r"([^/\\]+)$"


def repeated(keys: Sequence[pl.Expr]) -> pl.Expr:
    """Return, per row, whether another row has the same values (null equals null)."""
    return _judged(keys, lambda rows: rows.is_duplicated())


def later(keys: Sequence[pl.Expr]) -> pl.Expr:
    """Return, per row, whether an earlier row has the same values (null equals null)."""
    return _judged(keys, lambda rows: ~rows.select(pl.struct(pl.all()).is_first_distinct()).to_series())


def _judged(keys: Sequence[pl.Expr], exact: Callable[[pl.DataFrame], pl.Series]) -> pl.Expr:
    def judge(packed: pl.Series) -> pl.Series:
        rows = packed.struct.unnest()
        hashes = rows.hash_rows()
        alike = _several(hashes)
        if alike.is_empty():
            return pl.repeat(False, rows.height, dtype=pl.Boolean, eager=True)
        candidates = hashes.is_in(alike.implode())
        judged = exact(rows.filter(candidates))
        return candidates.zip_with(candidates, candidates).scatter(candidates.arg_true(), judged)

    named = [key.alias(f"key{i}") for i, key in enumerate(keys)]
    return pl.struct(named).map_batches(judge, return_dtype=pl.Boolean)


def _several(hashes: pl.Series) -> pl.Series:
    """Return the hashes that stand more than once; sorting numbers takes a fraction of what grouping them does."""
    ordered = np.sort(hashes.to_numpy())
    return pl.Series(np.unique(ordered[1:][ordered[1:] == ordered[:-1]]), dtype=pl.UInt64)


def inside(view: View, within: str) -> list[pl.Expr]:
    """Return the columns that keep rows apart that need not differ: objects and entities, sources, or nothing."""
    if within == "all" or view.table == "raw":
        return []
    if within == "source":
        return [pl.col("source")]
    return [pl.col(name) for name in (GROUP, "entity") if name in view.frame.columns]


def first_place(view: View, keys: Sequence[pl.Expr]) -> Callable[[pl.DataFrame, pl.Series], pl.Series]:
    """Return a function that tells, for failing rows, where the same values stand first (null for the first itself)."""
    named = [key.alias(f"key{i}") for i, key in enumerate(keys)]

    def tell(rows: pl.DataFrame, numbers: pl.Series) -> pl.Series:
        wanted = rows.select(named).hash_rows()
        hashes = view.frame.select(named).hash_rows()
        alike = view.in_order(hashes.is_in(wanted.unique().implode()).arg_true().cast(pl.UInt32))
        places = pl.DataFrame({"hash": hashes.gather(alike), "number": alike})
        first = places.unique("hash", keep="first", maintain_order=True)
        found = pl.DataFrame({"hash": wanted}).join(first, on="hash", how="left", maintain_order="left")["number"]
        where, own = view.places(found), view.places(numbers)
        name = pl.col("file").str.extract(_FILE_NAME, 1)
        same_file = where["file"] == own["file"]
        place = pl.when(same_file).then(pl.format("{}", "line")).otherwise(pl.format("{}:{}", name, "line"))
        said = pl.format(_("same as line {line}").replace("{line}", "{}"), place)
        return where.select(pl.when(found != numbers).then(said).alias("suggestion")).to_series()

    return tell
