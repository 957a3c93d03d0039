"""The scan over regular records in blocks, with numpy: for large texts, as long as all records of a block are regular.

It knows no record, only places: of delimiters, line ends and quotes. That is all it takes to tell that a whole block is
regular, at a speed near that of the compiled scan and without its compiler, which takes longer to load than most files
take to read. Where a block is not regular, or might not be, the compiled scan says where exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crmq.connectors.delimited.runs import Run, Scanner

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmq.connectors.delimited.grammar import Dialect, Text

_BLOCK = 1 << 18
"""Bytes of a block: it and what is made of it stay in the processor's cache."""
_LARGEST = 1 << 26
"""Bytes that a single record may have."""
_NEW_LINE, _RETURN = 10, 13


def suits(dialect: Dialect, width: int) -> bool:
    """Return whether the places of the three marks tell everything in this dialect."""
    plain = not dialect.escape and not dialect.skip_space and dialect.line_end == "\n"
    # where blanks delimit, and in a single column, a record of nothing but blanks is an irregular one
    return plain and width > 1 and dialect.delimiter not in " \t"


@dataclass(frozen=True)
class _Block:
    """Regular records: where they end, and per record how many line ends it has."""

    end: int
    breaks: NDArray[np.int64]
    empty_quoted: bool


class Bulk:
    """Passes over blocks of regular records; the first other one is left to the scanner that ``exact`` makes."""

    def __init__(self, text: Text, end: int, dialect: Dialect, width: int, exact: Callable[[], Scanner]) -> None:
        self._text = text
        self._data: NDArray[np.uint8] = np.frombuffer(text, np.uint8)
        self._end, self._width = end, width
        self._delimiter = ord(dialect.delimiter)
        self._quote = ord(dialect.quote) if dialect.quote else None
        self._make_exact = exact
        self._exact: Scanner | None = None

    def run(self, at: int, line: int) -> Run:
        """Return the run of regular records that begins at ``at``; it is empty when the first record is irregular."""
        if self._exact is not None:
            return self._exact.run(at, line)
        start, records, breaks, empty = at, 0, 0, False
        for block in self._blocks(at, self._end):
            at, records = block.end, records + len(block.breaks)
            breaks += int(block.breaks.sum())
            empty |= block.empty_quoted
        if at < self._end:
            self._exact = self._make_exact()
            rest = self._exact.run(at, line + breaks)
            at, records, breaks = rest.end, records + rest.records, breaks + rest.breaks
            empty |= rest.empty_quoted
        return Run(start, at, records, breaks, line, empty)

    def broken_lines(self, run: Run) -> NDArray[np.uint32]:
        """Return the line of each record of a run that has line ends inside cells."""
        if self._exact is not None:
            return self._exact.broken_lines(run)
        breaks = np.concatenate([block.breaks for block in self._blocks(run.start, run.end)])
        first: NDArray[np.int64] = run.first_line + np.cumsum(breaks) - breaks
        return first.astype(np.uint32)

    def _blocks(self, at: int, end: int) -> Iterator[_Block]:
        size = _BLOCK
        while at < end:
            stop = min(at + size, end)
            block = self._block(at, stop, last=stop == end)
            if block is not None:
                yield block
                at, size = block.end, _BLOCK
            elif stop == end or size >= _LARGEST or self._text.find(b"\n", at, stop) >= 0:
                return
            else:
                size *= 8  # a single record that is longer than the block

    def _block(self, at: int, stop: int, *, last: bool) -> _Block | None:
        """Return the records that end in a part of the text; None where they are not all regular for sure."""
        data = self._data[at:stop]
        if last and data[-1] != _NEW_LINE:
            if data[-1] == _RETURN:
                return None
            data = np.append(data, np.uint8(_NEW_LINE))
        marked = data == self._delimiter
        marked |= data == _NEW_LINE
        if self._quote is not None:
            marked |= data == self._quote
        places = np.flatnonzero(marked)
        marks = data.take(places)
        ends = marks == _NEW_LINE
        open_, quotes = None, marks == self._quote if self._quote is not None else None
        if quotes is not None and quotes.any():
            open_ = np.bitwise_xor.accumulate(quotes)
            outside = np.flatnonzero(ends & ~open_)
        else:
            outside = np.flatnonzero(ends)
        if not len(outside):
            return None
        size = int(places[outside[-1]]) + 1
        data, kept = data[:size], slice(0, int(outside[-1]) + 1)
        if self._text.find(b"\0", at, at + size) >= 0:
            return None
        if self._text.find(b"\r", at, at + size) >= 0 and not _returns_end_lines(data):
            return None
        empty = False
        if open_ is not None and quotes is not None:
            told = _quotes(data, places[kept][quotes[kept]], self._delimiter)
            if told is None:
                return None
            empty = told
            outside = np.flatnonzero(ends[kept][~(open_[kept] | quotes[kept])])
        # cells are counted by the marks outside of quotes: every so many of them is a line end, and no other
        if not np.array_equal(outside, np.arange(1, len(outside) + 1) * self._width - 1):
            return None
        breaks = np.ones(len(outside), np.int64)
        if open_ is not None and np.count_nonzero(ends[kept]) > len(outside):  # some stand inside of cells
            breaks = np.diff(np.cumsum(ends[kept])[ends[kept] & ~open_[kept]], prepend=0)
        return _Block(min(at + size, stop), breaks, empty)


def _returns_end_lines(data: NDArray[np.uint8]) -> bool:
    """Return whether every carriage return stands before a line end."""
    returns = np.flatnonzero(data == _RETURN)
    return bool((data[returns + 1] == _NEW_LINE).all())  # the last byte is a line end


def _quotes(data: NDArray[np.uint8], places: NDArray[np.intp], delimiter: int) -> bool | None:
    """Return whether a quoted cell is empty; None when a quote stands elsewhere than around cells, or doubled in them.

    Args:
        data: Whole records.
        places: Where quotes stand in it: an even number, every other one opens.
        delimiter: The delimiter byte.
    """
    opening, closing = places[::2], places[1::2]
    resumed = np.zeros(len(opening), bool)
    resumed[1:] = opening[1:] == closing[:-1] + 1  # a doubled quote closes and opens again
    before = data[opening - 1]  # of a quote at the very beginning: the last byte, which is a line end
    after = data[closing + 1]
    ended = (after == delimiter) | (after == _NEW_LINE) | (after == _RETURN)
    doubled = np.append(resumed[1:], False)
    if not (resumed | (before == delimiter) | (before == _NEW_LINE)).all() or not (ended | doubled).all():
        return None
    return bool((~resumed & ~doubled & (closing == opening + 1)).any())
