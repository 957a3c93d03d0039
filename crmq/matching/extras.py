"""Unmapped columns as evidence: chosen by what they hold, never by what they are called."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crmq.matching import kernels
from crmq.matching.comparison import EXTRA_EXACT, EXTRA_WORDS, Field
from crmq.matching.layout import Column, encode
from crmq.model.tables import KEY
from crmq.values import cells, placeholder

LEAST_FILL = 0.2
"""A column must be filled in this share of the records of a source."""
MOST_UNIQUE = 0.95
"""A column with more distinct values than this share of its cells is a row number or a free text."""
LEAST_DISTINCT = 5
LARGEST_VALUE = 0.5
"""A column whose most frequent value fills more than this share of its cells says too little."""
MOST_COLUMNS = 8
REPEATED = 0.5
"""A column whose words stand in the record's mapped fields anyway, in this share of its cells, is no new evidence."""
DETERMINED = 1.1
"""A column with at most this many values per value of another column says the same as that one."""
REPETITIONS = 3.0
"""Only columns whose values stand in this many records on average can make another one redundant."""
CHECKED_VALUES = 5000
"""Distinct values of a column that are looked at to see whether it repeats mapped fields."""
WORDY = 2.5
"""Columns with more words per value than this are compared word by word."""


def extra_columns(
    extras: pl.DataFrame,
    rows: pl.DataFrame,
    records: pl.DataFrame,
    mapped: Sequence[Column],
    ignore: Collection[str],
) -> list[tuple[Column, Field]]:
    """Return the unmapped columns that may serve as evidence, with how they are compared.

    Args:
        extras: The ``extras`` table.
        rows: Keys of the entity's records with their ``row``.
        records: The entity's records.
        mapped: The columns that are compared anyway.
        ignore: Headers that must not be used.
    """
    if extras.is_empty():
        return []
    table = extras.filter(pl.col("raw").is_not_null() & ~pl.col("column").is_in(sorted(ignore))).join(
        rows, on=KEY, how="inner", maintain_order="left"
    )
    table = table.filter(~placeholder.is_placeholder(table["raw"]))
    sizes = records.group_by("source").len("size")
    chosen = (
        table.group_by("column", "source")
        .agg(pl.col("row").n_unique().alias("filled"))
        .join(sizes, on="source")
        .group_by("column")
        .agg((pl.col("filled") / pl.col("size")).max().alias("fill"))
        .filter(pl.col("fill") >= LEAST_FILL)
        .sort("column")["column"]
        .to_list()
    )
    found: list[tuple[float, Column, Field]] = []
    for header in chosen:
        own = table.filter(pl.col("column") == header).unique("row", keep="first", maintain_order=True)
        series = rows.select("row").join(own.select("row", "raw"), on="row", how="left", maintain_order="left")["raw"]
        codes, values = encode(series, cells.words)
        counts = np.bincount(codes, minlength=len(values) + 1)[1:]
        filled = int(counts.sum())
        if len(values) < LEAST_DISTINCT or len(values) > MOST_UNIQUE * filled or counts.max() > LARGEST_VALUE * filled:
            continue
        wordy = float(np.average(values.str.count_matches(" ").to_numpy() + 1.0, weights=counts)) > WORDY
        name = f"extra:{header}"
        differs, equals = EXTRA_WORDS if wordy else EXTRA_EXACT
        compared = Field(name, kernels.WORDS if wordy else kernels.EXACT, True, differs, equals)
        surprise = float(-np.log2(np.sum((counts / filled) ** 2))) * filled / len(codes)
        found.append((surprise, Column(name, codes, values, worded=wordy), compared))
    found.sort(key=lambda item: (-item[0], item[1].name))
    taken: list[tuple[Column, Field]] = []
    for _surprise, column, compared in found:
        others = [*mapped, *(other for other, _field in taken)]
        if not _repeats(column, mapped) and not any(_determines(other, column) for other in others):
            taken.append((column, compared))
    return taken[:MOST_COLUMNS]


def _repeats(column: Column, mapped: Sequence[Column]) -> bool:
    """Whether the words of most cells stand in mapped fields of the same record."""
    step = len(column.values) // CHECKED_VALUES + 1
    rows = np.flatnonzero((column.codes > 0) & (column.codes % step == 0))
    texts = [_texts(other, rows).rename(str(n)) for n, other in enumerate(mapped) if other.filled]
    if not texts or len(rows) == 0:
        return False
    words = pl.DataFrame(texts).select(
        known=pl.concat_str(pl.all(), separator=" ", ignore_nulls=True).str.split(" "),
        own=_texts(column, rows).str.split(" "),
    )
    repeated = words.select(pl.col("own").list.set_difference(pl.col("known")).list.len() == 0).to_series()
    return int(repeated.sum()) > REPEATED * len(rows)


def _texts(column: Column, rows: NDArray[np.int64]) -> pl.Series:
    return pl.concat([pl.Series("value", [None], dtype=pl.String), column.values]).gather(pl.Series(column.codes[rows]))


def _determines(other: Column, column: Column) -> bool:
    """Whether a value of ``other``, which many records share, all but fixes the value of ``column``."""
    both = (other.codes > 0) & (column.codes > 0)
    filled = int(both.sum())
    if filled < LEAST_FILL * np.count_nonzero(column.codes):
        return False
    distinct = len(np.unique(other.codes[both]))
    pairs = len(np.unique(other.codes[both].astype(np.int64) << 32 | column.codes[both]))
    return filled >= REPETITIONS * distinct and pairs <= DETERMINED * distinct
