"""Passes over the regular records of a text as fast as it can, and tells where the first irregular one stands."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

from crmq.connectors.delimited import bulk
from crmq.connectors.delimited.runs import Run, Scanner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmq.connectors.delimited.grammar import Dialect, Text

COMPILED_FROM = 8_000_000
"""Bytes from which the compiled scan pays for loading its compiler (about half a second)."""
ALREADY_LOADED_FROM = 500_000
"""The same when the compiler is loaded already."""
BULK_FROM = 500_000
"""Bytes from which whole blocks are looked at, where the dialect allows it."""

Way = Literal["plain", "bulk", "compiled"]
"""How regular records are passed over: one by one, block by block, or by the compiled state machine."""


def lines(scan: Scanner, runs: Sequence[Run]) -> pl.Series:
    """Return the line of each record of all runs: one after the other, but where cells hold line ends."""
    if len(runs) == 1 and runs[0].breaks <= runs[0].records:
        first = runs[0].first_line
        return pl.Series("line", np.arange(first, first + runs[0].records, dtype=np.uint32))
    counts = np.array([run.records for run in runs], np.int64)
    offsets = np.cumsum(counts) - counts
    firsts = np.array([run.first_line for run in runs], np.int64)
    numbers = (np.arange(counts.sum()) + np.repeat(firsts - offsets, counts)).astype(np.uint32)
    for run, offset in zip(runs, offsets.tolist(), strict=True):
        if run.breaks > run.records:
            numbers[offset : offset + run.records] = scan.broken_lines(run)
    return pl.Series("line", numbers, dtype=pl.UInt32)


def scanner(text: Text, end: int, dialect: Dialect, width: int, *, way: Way | None = None) -> Scanner:
    """Return the scanner that suits the size of the text; all kinds agree on every text.

    Args:
        text: UTF-8 text.
        end: Where to stop.
        dialect: Its dialect.
        width: Cells of a regular record.
        way: Overrules the choice by size (tests).
    """
    large = end >= (ALREADY_LOADED_FROM if "numba" in sys.modules else COMPILED_FROM)
    exact = _Compiled if way == "compiled" or (way is None and large) else _Plain
    if (way or "bulk") == "bulk" and (way or end >= BULK_FROM) and bulk.suits(dialect, width):
        return bulk.Bulk(text, end, dialect, width, lambda: exact(text, end, dialect, width))
    return exact(text, end, dialect, width)


class _Plain:
    """One pattern match per record: nothing to load, good for small texts."""

    def __init__(self, text: Text, end: int, dialect: Dialect, width: int) -> None:
        self._text, self._end = text, end
        self._match = dialect.patterns.regular(width).match
        self._break = dialect.line_end.encode()
        self._empty = (dialect.quote * 2).encode()

    def run(self, at: int, line: int) -> Run:
        text, end, match = self._text, self._end, self._match
        start, records = at, 0
        while at < end:
            found = match(text, at, end)
            if found is None:
                break
            at = found.end()
            records += 1
        passed = text[start:at]
        empty = bool(self._empty) and self._empty in passed
        return Run(start, at, records, passed.count(self._break), line, empty)

    def broken_lines(self, run: Run) -> NDArray[np.uint32]:
        numbers, line, at = [], run.first_line, run.start
        while at < run.end:
            found = self._match(self._text, at, self._end)
            assert found is not None
            numbers.append(line)
            line += found.group().count(self._break)
            at = found.end()
        return np.array(numbers, np.uint32)


class _Compiled:
    """The compiled state machine, about five times the speed of a disk."""

    def __init__(self, text: Text, end: int, dialect: Dialect, width: int) -> None:
        from crmq.connectors.delimited import kernel

        self._data: NDArray[np.uint8] = np.frombuffer(text, np.uint8)
        self._end, self._width = end, width
        self._quote = ord(dialect.quote) if dialect.quote else kernel.NO_QUOTE
        self._outside, self._inside = kernel.classes_of(
            dialect.delimiter, dialect.quote, dialect.escape, dialect.line_end, skip_space=dialect.skip_space
        )
        self._none = np.empty(0, np.uint32)

    def _scan(self, at: int, end: int, into: NDArray[np.uint32], line: int) -> tuple[int, int, int, bool]:
        from crmq.connectors.delimited import kernel

        result: tuple[int, int, int, bool] = kernel.scan(
            self._data, at, end, self._outside, self._inside, self._quote, self._width, into, line
        )
        return result

    def run(self, at: int, line: int) -> Run:
        end, records, breaks, empty = self._scan(at, self._end, self._none, line)
        return Run(at, end, records, breaks, line, empty)

    def broken_lines(self, run: Run) -> NDArray[np.uint32]:
        into = np.empty(run.records, np.uint32)
        self._scan(run.start, run.end, into, run.first_line)
        return into
