"""Sorting: keys with their owners inside of compiled functions, and numbers of which each is wanted once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crmq.compiled import part


@part
def sort_part(
    keys: NDArray[np.uint64],
    owners: NDArray[np.int32],
    first: int,
    last: int,
    spare_keys: NDArray[np.uint64],
    spare_owners: NDArray[np.int32],
) -> None:
    """Sort keys ``first`` to ``last`` in place, keeping the order of owners of equal keys; the spares hold half.

    Runs of 16 by insertion, then merged: ``numpy.argsort`` takes ten times as long to compile.
    """
    alike = True
    for p in range(first + 1, last):
        if keys[p] != keys[first]:
            alike = False
            break
    if alike:
        return
    for start in range(first, last, 16):
        for p in range(start + 1, min(start + 16, last)):
            key, owner = keys[p], owners[p]
            q = p - 1
            while q >= start and keys[q] > key:
                keys[q + 1], owners[q + 1] = keys[q], owners[q]
                q -= 1
            keys[q + 1], owners[q + 1] = key, owner
    width = 16
    while width < last - first:
        for start in range(first, last - width, 2 * width):
            middle, stop = start + width, min(start + 2 * width, last)
            if keys[middle - 1] <= keys[middle]:
                continue
            for p in range(width):
                spare_keys[p], spare_owners[p] = keys[start + p], owners[start + p]
            left, right, out = 0, middle, start
            while left < width:
                if right < stop and keys[right] < spare_keys[left]:
                    keys[out], owners[out] = keys[right], owners[right]
                    right += 1
                else:
                    keys[out], owners[out] = spare_keys[left], spare_owners[left]
                    left += 1
                out += 1
        width *= 2


def unique(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the numbers in order, each once: half the time of ``numpy.unique``, which looks them up first."""
    ordered = np.sort(numbers)
    keep = np.ones(len(ordered), dtype=bool)
    keep[1:] = ordered[1:] != ordered[:-1]
    return ordered[keep]
