"""Reads the records that are not regular: ragged rows, broken quotes, blank lines, comments, the head of another table.

Nothing is guessed without evidence. A row is kept when only one reading of it fits the table; otherwise it is rejected
with its line, a reason and its raw text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from crmq.connectors import layout
from crmq.connectors.delimited.expect import Expectation
from crmq.connectors.delimited.grammar import Dialect, Patterns, Text
from crmq.connectors.shapes import TEXT, TYPED, shape

BROKEN_QUOTES = "broken_quotes"
TOO_MANY_CELLS = "too_many_cells"
TOO_FEW_CELLS = "too_few_cells"

_MOST_LINES = 8
"""Physical lines that a record with broken quotes may span."""
_MOST_BYTES = 65536
_MOST_CLOSINGS = 64


class Kind(Enum):
    """What stood where a regular record was expected."""

    ROW = auto()
    BLANK = auto()
    COMMENT = auto()
    REJECTED = auto()
    TABLE = auto()


@dataclass(frozen=True)
class Outcome:
    """The reading of one irregular record.

    Attributes:
        kind: What it is.
        end: Where the next record begins.
        cells: The cells of a row, as many as the table has columns.
        note: ``padded`` (cells at the end were missing) or ``mended`` (quotes or a surplus empty cell), else empty.
        reason: Why it was rejected.
    """

    kind: Kind
    end: int
    cells: list[str] | None = None
    note: str = ""
    reason: str = ""


class Repairer:
    """Reads irregular records of one table."""

    def __init__(self, dialect: Dialect, width: int, expected: Expectation, headers: Sequence[str]) -> None:
        self._patterns: Patterns = dialect.patterns
        self._width = width
        self._expected = expected
        self._headers = {header.strip().lower() for header in headers if header.strip()}
        self._lone_return = dialect.line_end == "\n"

    def read(self, text: Text, at: int, end: int) -> Outcome:
        """Return what the record at ``at`` is."""
        line = self._patterns.line.match(text, at, end)
        assert line is not None
        raw, after = line.group(1), line.end()
        if not raw.strip():
            return Outcome(Kind.BLANK, after)
        split = self._patterns.split(text, at, stop=end)
        if split is not None:
            cells, record_end = split
            if len(cells) == self._width:
                return self._row(cells, record_end)
            if record_end <= after:
                return self._ragged(text, cells, after, end)
        joined = self._exact(text, at, end)
        if joined is not None:
            return joined
        if split is not None and not self._swallows(text, after, split[1], end):
            return self._ragged(text, split[0], split[1], end)
        if self._lone_return and b"\r" in raw:
            first = raw[: raw.index(b"\r")]
            cells_before = exact(first, self._patterns, self._width)
            if cells_before is not None:
                return self._row(cells_before, at + len(first) + 1)
        return Outcome(Kind.REJECTED, after, reason=BROKEN_QUOTES)

    def _row(self, cells: list[bytes], end: int, note: str = "") -> Outcome:
        return Outcome(Kind.ROW, end, [_text(cell) for cell in cells], note)

    # ------------------------------------------------------------------ ragged rows

    def _ragged(self, text: Text, cells: list[bytes], end: int, limit: int) -> Outcome:
        values = [_text(cell) for cell in cells]
        if values[0].startswith("#") and not any(values[1:]) and not self._expected.hashes:
            return Outcome(Kind.COMMENT, end)
        if self._begins_table(text, values, end, limit):
            return Outcome(Kind.TABLE, end, values)
        if len(values) < self._width:
            return self._short(values, end)
        return self._long(values, end)

    def _short(self, values: list[str], end: int) -> Outcome:
        missing = self._width - len(values)
        padded = values + [""] * missing
        unfit = self._expected.score(padded) < 0 or self._expected.missing(padded)
        if unfit or self._expected.best_gap(values) < len(values):
            return Outcome(Kind.REJECTED, end, reason=TOO_FEW_CELLS)
        return Outcome(Kind.ROW, end, padded, "padded")

    def _long(self, values: list[str], end: int) -> Outcome:
        surplus = len(values) - self._width
        cut = None if any(v.strip() for v in values[self._width :]) else values[: self._width]
        best = self._expected.score(cut) if cut is not None else None
        rivals: list[list[str]] = []
        if surplus == 1:
            # an empty cell inside may be the surplus one: the same row results from any of several in a row
            rivals = [
                values[:i] + values[i + 1 :]
                for i in range(len(values) - 1)
                if not values[i].strip() and (i == 0 or values[i - 1].strip())
            ]
        scores = sorted({self._expected.score(row) for row in rivals}, reverse=True)
        if scores and (best is None or scores[0] > best):
            fitting = [row for row in rivals if self._expected.score(row) == scores[0]]
            if len(fitting) == 1 and self._spotless(fitting[0]):
                return Outcome(Kind.ROW, end, fitting[0], "mended")
            return Outcome(Kind.REJECTED, end, reason=TOO_MANY_CELLS)
        if cut is None or best is None:
            return Outcome(Kind.REJECTED, end, reason=TOO_MANY_CELLS)
        if surplus == 1:  # a delimiter inside a cell that was not quoted, and an empty last cell
            joined = ([*values[:i], values[i] + values[i + 1], *values[i + 2 :]] for i in range(len(values) - 1))
            if any(self._expected.score(row) > best for row in joined):
                return Outcome(Kind.REJECTED, end, reason=TOO_MANY_CELLS)
        return Outcome(Kind.ROW, end, cut)

    def _spotless(self, row: list[str]) -> bool:
        """Tell whether a row fits in every column that has a shape, and at least two of those are filled."""
        filled = sum(1 for cell, wanted in zip(row, self._expected.shapes, strict=True) if wanted and cell.strip())
        return filled >= 2 and self._expected.score(row) == filled and not self._expected.missing(row)

    def _begins_table(self, text: Text, values: list[str], after: int, limit: int) -> bool:
        """Tell whether a row of another width is the header of a second table.

        It is when it holds labels, of which half stand in the header above or are usual, over rows of its own width.
        """
        if not self._headers or len(values) < 2 or len(set(values)) < len(values):
            return False
        if any(not v.strip() or shape(v) in TYPED or len(v) > 80 for v in values):
            return False
        known = sum(v.strip().lower() in self._headers or layout.is_usual_label(v) for v in values)
        if 2 * known < len(values):
            return False
        following: list[list[str]] = []
        at = after
        while at < limit and len(following) < 3:
            split = self._patterns.split(text, at, stop=limit)
            if split is None:
                return False
            if split[0] != [b""]:
                following.append([_text(cell) for cell in split[0]])
            at = split[1]
        return (
            len(following) >= 2
            and all(len(row) == len(values) for row in following)
            and any(shape(cell) != TEXT and cell.strip() for row in following for cell in row)
        )

    # ------------------------------------------------------------------ broken quotes

    def _exact(self, text: Text, at: int, end: int) -> Outcome | None:
        """Return the row that one to a few physical lines make when quotes out of place are taken as text.

        A line that is a regular record by itself is never taken into the one before it.
        """
        stop = at
        regular = self._patterns.regular(self._width)
        for _line in range(_MOST_LINES):
            if stop > at and regular.match(text, stop, end):
                return None
            match = self._patterns.line.match(text, stop, end)
            assert match is not None
            stop = match.end()
            if stop - at > _MOST_BYTES:
                return None
            cells = exact(text[at : match.end(1)], self._patterns, self._width)
            if cells is not None:
                return self._row(cells, stop, "mended")
            if stop >= end:
                return None
        return None

    def _swallows(self, text: Text, after: int, stop: int, end: int) -> bool:
        """Tell whether a record that spans lines holds whole rows, which an unclosed quote has swallowed."""
        regular = self._patterns.regular(self._width)
        while after < stop:
            if regular.match(text, after, end):
                return True
            line = self._patterns.line.match(text, after, end)
            assert line is not None
            after = line.end()
        return False


def _text(cell: bytes) -> str:
    return cell.decode("utf-8")


def exact(line: bytes, patterns: Patterns, width: int) -> list[bytes] | None:
    """Return the reading of a line with exactly ``width`` cells that takes the fewest quotes as text, or None.

    Dynamic programming over the places where cells can begin: from each, a cell is either bare, up to the next
    delimiter, or quoted, up to any quote that stands before a delimiter or the end.
    """
    plain = re.sub(re.escape(patterns.escape) + rb"[\s\S]", b"\0\0", line) if patterns.escape else line
    past = len(line) + 1  # where the cell after the last would begin
    layer: dict[int, tuple[float, list[tuple[int, int, bool]]]] = {0: (0.0, [])}
    for _cell in range(width):
        reached: dict[int, tuple[float, list[tuple[int, int, bool]]]] = {}
        for start in sorted(layer):
            if start == past:
                continue
            cost, cells = layer[start]
            for first, last, quoted, extra, following in _options(plain, start, patterns):
                have = reached.get(following)
                if have is None or cost + extra < have[0]:
                    reached[following] = (cost + extra, [*cells, (first, last, quoted)])
        if not reached or len(reached) * width > 200_000:
            return None
        layer = reached
    if past not in layer:
        return None
    spans = layer[past][1]
    quote = patterns.quote
    halves = [i for i, (a, b, quoted) in enumerate(spans) if quote and not quoted and plain[a:b].count(quote) % 2]
    if len(halves) > 1:  # quotes that open in one bare cell and close in another held a delimiter between them
        return None
    return [patterns.inside(line[a:b]) if quoted else patterns.bare(line[a:b]) for a, b, quoted in spans]


def _options(plain: bytes, start: int, patterns: Patterns) -> Iterator[tuple[int, int, bool, float, int]]:
    """Yield the cells that can begin at ``start``: first, last, quoted, cost, where the next cell begins."""
    quote, delimiter = patterns.quote, patterns.delimiter
    if patterns.skip_space and start and plain[start : start + 1] == b" ":
        start += 1
    opening = start
    while plain[opening : opening + 1] == b" " and delimiter != b" ":
        opening += 1
    if quote and plain[opening : opening + 1] == quote:
        closing = plain.find(quote, opening + 1)
        tried = 0
        while closing >= 0 and tried < _MOST_CLOSINGS:
            after = closing + 1
            while plain[after : after + 1] == b" " and delimiter != b" ":
                after += 1
            if after == len(plain) or plain[after : after + 1] == delimiter:
                inside = plain[opening + 1 : closing]
                stray = 1.0 if inside.replace(quote * 2, b"").count(quote) else 0.0
                apart = 0.5 if opening > start or after > closing + 1 else 0.0  # blanks around the quotes
                yield opening + 1, closing, True, stray + apart, after + 1
            tried += 1
            closing = plain.find(quote, closing + 1)
    end = plain.find(delimiter, start)
    end = len(plain) if end < 0 else end
    cell = plain[start:end]
    cost = 0.0 if not quote or quote not in cell else 1.5 if cell.startswith(quote) else 1.0
    yield start, end, False, cost, end + 1
