"""Functional dependencies that nearly hold: one postal code has one city, one product code one name.

A dependency is judged by pairs of different rows with the same determinant, so that small groups do not make one by
chance; a row that differs from the majority of its group breaks it.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crmq.profile.counting import SEED
from crmq.profile.model import Column
from crmq.profile.parts import Dependency
from crmq.values import cells

STRONG = 0.8
"""Least strength: with 5 % wrong cells, two rows of a group still agree in 90 of 100 pairs."""
_MOST_BROKEN = 0.1
_LEAST_ROWS = 50
_LEAST_SHARE = 0.1
"""Rows in groups of several, as a number and as a share of the rows: fewer say nothing."""
_LEAST_VALUES = 3
_GROUP = 3
"""Smallest group in which a majority says what is right."""
_MOST_COLUMNS = 40
_ONE_TYPE = 0.9
_WEAKER = 0.02
"""Determinants that much weaker than the strongest are left out: their broken rows are those of a looser rule."""
PER_COLUMN = 2
"""Determinants shown per dependent column: the others say the same again."""

_NO_DETERMINANT = ("email", "free_text", "flag", "timestamp", "empty", "date")
_NO_DEPENDENT = ("timestamp", "empty")


@dataclass(frozen=True)
class Coded:
    """A column as whole numbers; equal but for case, accents and blanks around means equal.

    Attributes:
        codes: Per row; -1 where the cell is blank.
        values: Number of codes.
    """

    column: Column
    codes: NDArray[np.int64]
    values: int


def find(sample: pl.DataFrame, columns: Sequence[Column]) -> tuple[Dependency, ...]:
    """Return the dependencies among the columns, the strongest determinants of each column first in its turn.

    Args:
        sample: The rows to look at.
        columns: All columns of the table.
    """
    rows = sample.height
    if rows < _LEAST_ROWS:
        return ()
    shown = [c for c in columns if c.kind not in _NO_DEPENDENT and c.filled >= _LEAST_SHARE * c.rows and not c.is_key]
    shown = [c for c in shown if c.kind != "free_text" or 2 * c.distinct <= c.filled]
    coded = [one for c in shown[: 3 * _MOST_COLUMNS] if (one := _code(sample, c)).values > 1][:_MOST_COLUMNS]
    left = [
        one for one in coded if _determines(one.column) and _LEAST_VALUES <= one.values <= (1 - _LEAST_SHARE) * rows
    ]
    pairs = [(a, b) for a in left for b in coded if a is not b and b.values <= 2 * a.values]
    with ThreadPoolExecutor(pl.thread_pool_size()) as workers:
        measured = list(workers.map(lambda pair: _measure(*pair), pairs))
    found: dict[str, list[tuple[float, Coded, Coded, int, int]]] = {}
    for (a, b), (strength, inside, broken) in zip(pairs, measured, strict=True):
        enough = inside >= max(_LEAST_ROWS, _LEAST_SHARE * rows)
        if enough and strength >= STRONG and broken <= _MOST_BROKEN * inside:
            found.setdefault(b.column.header, []).append((strength, a, b, inside, broken))
    out = []
    for one in coded:
        of_column = found.get(one.column.header, [])
        strongest = max((entry[0] for entry in of_column), default=0.0)
        close = [entry for entry in of_column if entry[0] >= strongest - _WEAKER]
        best = sorted(close, key=lambda f: (-f[3] * f[0] ** 2, f[1].column.position))
        out += [_dependency(sample, *entry) for entry in best[:PER_COLUMN]]
    return tuple(out)


def _determines(column: Column) -> bool:
    """Return whether a column could say what another holds: names and codes do, amounts do not."""
    whole = sum(part.share for part in column.types if part.name == "integer") >= _ONE_TYPE
    return column.kind not in _NO_DETERMINANT and (column.kind != "number" or whole)


def _key(sample: pl.DataFrame, header: str) -> pl.Series:
    """Return what is compared: case, accents and blanks around do not count, as in the rule of that name."""
    return cells.fold(sample[header]).str.strip_chars()


def _code(sample: pl.DataFrame, column: Column) -> Coded:
    key = _key(sample, column.header)
    blank = (key.is_null() | (key == "")).to_numpy()
    hashes = key.hash(SEED).to_numpy()
    distinct, codes = np.unique(hashes[~blank], return_inverse=True)
    all_codes = np.full(sample.height, -1, dtype=np.int64)
    all_codes[~blank] = codes
    return Coded(column, all_codes, len(distinct))


def _measure(a: Coded, b: Coded) -> tuple[float, int, int]:
    """Return the strength of ``a`` for ``b``, the rows in groups of several, and those that break it."""
    known = (a.codes >= 0) & (b.codes >= 0)
    joined = a.codes[known] * b.values + b.codes[known]
    if not len(joined):
        return 0.0, 0, 0
    pairs, rows = np.unique(joined, return_counts=True)
    groups = pairs // b.values
    starts = np.flatnonzero(np.r_[True, groups[1:] != groups[:-1]])
    size = np.add.reduceat(rows, starts)
    agreeing = np.add.reduceat(rows * (rows - 1), starts)
    most = np.maximum.reduceat(rows, starts)
    several = size > 1
    inside = int(size[several].sum())
    if not inside:
        return 0.0, 0, 0
    with_it = float((agreeing[several] / (size[several] - 1)).sum()) / inside
    overall = np.bincount(pairs % b.values, weights=rows.astype(np.float64))
    total = float(overall.sum())
    without = float((overall * (overall - 1)).sum()) / (total * (total - 1))
    if without >= 1:
        return 0.0, inside, 0
    judged = (size >= _GROUP) & (2 * most > size)
    return (with_it - without) / (1 - without), inside, int((size - most)[judged].sum())


def _dependency(sample: pl.DataFrame, strength: float, a: Coded, b: Coded, inside: int, broken: int) -> Dependency:
    left, right = a.column.header, b.column.header
    made = Dependency(left, right, inside, broken, round(strength, 4))
    if not broken:
        return made
    value, usual, other = _example(sample, left, right)
    return Dependency(left, right, inside, broken, made.strength, value, usual, other)


def _example(sample: pl.DataFrame, left: str, right: str) -> tuple[str, str, str]:
    """Return the clearest broken row: of the largest group with a majority."""
    counted = (
        pl.LazyFrame({"a": _key(sample, left), "b": _key(sample, right), "va": sample[left], "vb": sample[right]})
        .filter((pl.col("a") != "") & (pl.col("b") != ""))
        .group_by("a", "b")
        .agg(n=pl.len(), va=pl.col("va").min(), vb=pl.col("vb").min())
        .sort("a", -pl.col("n").cast(pl.Int64), "b")
        .group_by("a", maintain_order=True)
        .agg(pl.col("va").first(), usual=pl.col("vb").first(), found=pl.col("vb").get(1, null_on_oob=True),
             most=pl.col("n").first(), size=pl.col("n").sum())
        .filter(pl.col("found").is_not_null() & (pl.col("size") >= _GROUP) & (2 * pl.col("most") > pl.col("size")))
        .sort(-(pl.col("most") / pl.col("size")), -pl.col("size").cast(pl.Int64), "a")
        .head(1)
        .collect()
    )  # fmt: skip
    value, usual, found = counted.select("va", "usual", "found").row(0)
    return str(value), str(usual), str(found)


def broken_rows(sample: pl.DataFrame, dependencies: Sequence[Dependency]) -> pl.Series:
    """Return which rows differ from the majority of their group in one of the dependencies."""
    out = pl.repeat(False, sample.height, dtype=pl.Boolean, eager=True)
    for one in dependencies:
        if not one.broken:
            continue
        keys = pl.DataFrame({"a": _key(sample, one.determinant), "b": _key(sample, one.dependent)})
        known = (pl.col("a") != "") & (pl.col("b") != "")
        counted = keys.filter(known).group_by("a", "b").agg(n=pl.len())
        usual = (
            counted.group_by("a")
            .agg(
                most=pl.col("n").max(),
                size=pl.col("n").sum(),
                usual=pl.col("b").sort_by(-pl.col("n").cast(pl.Int64)).first(),
            )
            .filter((pl.col("size") >= _GROUP) & (2 * pl.col("most") > pl.col("size")))
        )
        joined = keys.join(usual, on="a", how="left", maintain_order="left")
        out |= joined.select((known & (pl.col("b") != pl.col("usual"))).fill_null(value=False)).to_series()
    return out.rename("broken")
