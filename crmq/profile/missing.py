"""Columns that are empty in the same rows, or in opposite ones: what was never asked together, or either-or fields."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from crmq.profile.model import Column
from crmq.profile.parts import MissingTogether

TOGETHER = 0.9
OPPOSITE = -0.9
_LEAST_ROWS = 20
_MOST_COLUMNS = 200


def find(sample: pl.DataFrame, columns: Sequence[Column]) -> tuple[MissingTogether, ...]:
    """Return groups of columns that are missing together, the largest first, then pairs that exclude each other.

    Args:
        sample: The rows to look at.
        columns: All columns of the table.
    """
    partly = [c.header for c in columns if 0 < c.filled < c.rows][:_MOST_COLUMNS]
    if len(partly) < 2 or sample.height < _LEAST_ROWS:
        return ()
    empty = sample.select(
        (pl.col(name).is_null() | (pl.col(name).str.strip_chars() == "")).alias(f"{i}") for i, name in enumerate(partly)
    )
    masks = empty.to_numpy().astype(np.float64)
    rows = masks.sum(axis=0)
    varied = np.flatnonzero((rows >= 2) & (rows <= sample.height - 2))
    if len(varied) < 2:
        return ()
    phi = np.asarray(np.corrcoef(masks[:, varied], rowvar=False)).reshape(len(varied), len(varied))
    headers = [partly[i] for i in varied]
    missing = [int(rows[i]) for i in varied]
    out = []
    left = set(range(len(headers)))
    for i in range(len(headers)):
        if i not in left:
            continue
        group = [i]
        for j in range(i + 1, len(headers)):
            if j in left and all(phi[j, k] >= TOGETHER for k in group):
                group.append(j)
        if len(group) > 1:
            least = min(float(phi[j, k]) for j in group for k in group)
            out.append(MissingTogether(tuple(headers[j] for j in group), round(least, 3), missing[i]))
            left -= set(group[1:])
    out.sort(key=lambda one: (-len(one.headers), -one.correlation))
    opposed = [
        MissingTogether((headers[i], headers[j]), round(float(phi[i, j]), 3), missing[i])
        for i in sorted(left)
        for j in sorted(left)
        if i < j and phi[i, j] <= OPPOSITE
    ]
    return (*out, *opposed)
