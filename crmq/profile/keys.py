"""Columns that could identify the rows of a table, alone or two together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import polars as pl

from crmq.profile.counting import Values
from crmq.profile.model import Column, KeyCandidate

NEARLY = 0.98
"""A column with fewer repeats than this leaves is a key that was broken, and worth showing."""
_PAIR_ROWS = 200_000
_PAIR_COLUMNS = 8
_MOST = 5
_FEW_ROWS = 50
_FILLED = 0.95


def candidates(
    frame: pl.DataFrame, columns: Sequence[Column], counted: Mapping[str, Values]
) -> tuple[KeyCandidate, ...]:
    """Return whole keys first, then columns that nearly are; pairs are tried only where no single column is a key.

    Free text, numbers with decimals and timestamps are no keys even when they do not repeat.
    """
    found = []
    for column in columns:
        if not column.rows or column.filled < _FILLED * column.rows or not _identifies(column):
            continue
        repeated = column.filled - column.single
        if column.filled and column.distinct >= NEARLY * column.filled:
            found.append(KeyCandidate((column.header,), column.filled, repeated))
    whole = [k for k in found if k.repeated == 0 and k.rows == frame.height]
    if not whole and 1 < frame.height <= _PAIR_ROWS:
        found.extend(_pairs(frame, columns, {k.headers[0] for k in found}))
    return tuple(sorted(found, key=lambda k: (k.repeated, -k.rows, len(k.headers))))[:_MOST]


def _identifies(column: Column) -> bool:
    if column.kind in ("free_text", "flag", "timestamp", "date", "empty", "name", "organisation"):
        return False
    if column.kind == "text" and column.rows < _FEW_ROWS:
        return False  # in a small table anything may be different by chance
    return not any(part.name in ("decimal", "decimal_comma") and part.share > 0.1 for part in column.types)


def _pairs(frame: pl.DataFrame, columns: Sequence[Column], taken: set[str]) -> list[KeyCandidate]:
    full = [c for c in columns if c.filled == c.rows and _identifies(c) and c.distinct > 1 and c.header not in taken]
    full = sorted(full, key=lambda c: (-c.distinct, c.position))[:_PAIR_COLUMNS]
    out = []
    for a, b in combinations(full, 2):
        if a.distinct * b.distinct < frame.height:
            continue
        if frame.select(a.header, b.header).n_unique() == frame.height:
            out.append(KeyCandidate((a.header, b.header), frame.height, 0))
    return out
