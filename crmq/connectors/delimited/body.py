"""Reads the rows below a header: regular records in one go by Polars, the others one by one, all with their lines."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from crmq.connectors.delimited.expect import Expectation
from crmq.connectors.delimited.grammar import Dialect, Text
from crmq.connectors.delimited.repair import Kind, Repairer
from crmq.connectors.delimited.runs import Run
from crmq.connectors.delimited.scan import Way, lines, scanner
from crmq.model.raw import REJECTED_SCHEMA

_AHEAD_FROM = 4_000_000
"""Bytes from which Polars starts reading before the scan has ended, in the hope that every record is regular."""


@dataclass
class Body:
    """The rows of one table.

    Attributes:
        frame: One String column per column, named ``0``, ``1`` ...; empty cells are null.
        lines: Line of each row.
        rejected: Rows that could not be read.
        end: Where the next table begins, or the end of the text.
        end_line: Its line.
        notes: Lines of what was passed over or mended: ``blank``, ``comment``, ``padded``, ``mended``.
    """

    frame: pl.DataFrame
    lines: pl.Series
    rejected: pl.DataFrame
    end: int
    end_line: int
    notes: dict[str, list[int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Span:
    """The part of a text that holds the rows.

    Attributes:
        text: UTF-8 text.
        start, end: Its bytes.
        line: Line of the first row.
        file: The file whose bytes ``text`` is, for reading it without a copy; None when the text was made in memory.
    """

    text: Text
    start: int
    end: int
    line: int
    file: Path | None = None


class InvalidTextError(Exception):
    """The text is not clean UTF-8 after all: the samples did not show it."""


def read(
    span: Span,
    dialect: Dialect,
    width: int,
    expected: Expectation,
    *,
    usual: int | None = None,
    headers: Sequence[str] = (),
    way: Way | None = None,
) -> Body:
    """Return the rows of a span.

    Args:
        span: Where they stand.
        dialect: How they are written.
        width: Columns of the table.
        expected: What the columns look like.
        usual: Cells of most records, where these are fewer than ``width``.
        headers: The labels of the table, to know another header by; empty without a header.
        way: Overrules the choice of scanner (tests).

    Raises:
        InvalidTextError: The text is not UTF-8.
    """
    regular = usual or width
    ahead = _Ahead(span, dialect, regular)
    found = _Found()
    scan = scanner(span.text, span.end, dialect, regular, way=way)
    repair = Repairer(dialect, width, expected, headers)
    at, line, regular_rows = span.start, span.line, 0
    line_break = dialect.line_end.encode()
    while at < span.end:
        run = scan.run(at, line)
        if run.records:
            found.runs.append(run)
            regular_rows += run.records
            at, line = run.end, line + run.breaks
            if at >= span.end:
                break
        try:
            outcome = repair.read(span.text, at, span.end)
        except UnicodeDecodeError:
            raise InvalidTextError from None
        if outcome.kind is Kind.TABLE:
            break
        raw = span.text[at : outcome.end]
        if b"\0" in raw:
            raise InvalidTextError
        if outcome.kind is Kind.ROW:
            assert outcome.cells is not None
            found.rows.append(_Row(line, regular_rows + len(found.rows), outcome.cells))
            if outcome.note:
                found.notes.setdefault(outcome.note, []).append(line)
        elif outcome.kind is Kind.REJECTED:
            found.rejected.append((line, outcome.reason, raw.decode("utf-8", "replace").rstrip("\r\n")))
        else:
            found.notes.setdefault(outcome.kind.name.lower(), []).append(line)
        at, line = outcome.end, line + raw.count(line_break)
    frame = _regular_rows(span, dialect, regular, found.runs, ahead)
    frame, numbers = _merge(frame, lines(scan, found.runs), found.rows, width)
    rejected = pl.DataFrame(found.rejected, schema=REJECTED_SCHEMA, orient="row")
    return Body(frame, numbers, rejected, at, line, found.notes)


@dataclass(frozen=True)
class _Row:
    """A row that was read on its own: its line, how many rows stand before it, and its cells."""

    line: int
    before: int
    cells: list[str]


@dataclass
class _Found:
    runs: list[Run] = field(default_factory=list)
    rows: list[_Row] = field(default_factory=list)
    rejected: list[tuple[int, str, str]] = field(default_factory=list)
    notes: dict[str, list[int]] = field(default_factory=dict)


class _Ahead:
    """Polars reading the file while the scan still runs: on a clean file the two together take as long as one."""

    def __init__(self, span: Span, dialect: Dialect, width: int) -> None:
        self._result: pl.DataFrame | None = None
        self._thread: threading.Thread | None = None
        if span.file is not None and span.end == len(span.text) and span.end >= _AHEAD_FROM and not dialect.escape:
            self._thread = threading.Thread(target=self._read, args=(span.file, span.line - 1, dialect, width))
            self._thread.start()

    def _read(self, file: Path, skip: int, dialect: Dialect, width: int) -> None:
        try:
            self._result = _parse(file, dialect, width, skip)
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError):
            self._result = None  # some record is not regular: the scan will tell which

    def result(self, records: int) -> pl.DataFrame | None:
        """Return what was read, when it is as many rows as the scan has counted."""
        if self._thread is None:
            return None
        self._thread.join()
        return self._result if self._result is not None and self._result.height == records else None


def _parse(source: bytes | Path, dialect: Dialect, width: int, skip: int = 0) -> pl.DataFrame:
    return pl.read_csv(
        source,
        has_header=False,
        separator=dialect.delimiter,
        quote_char=dialect.quote or None,
        eol_char=dialect.line_end,
        skip_lines=skip,
        infer_schema=False,
        schema={str(j): pl.String for j in range(width)},
        glob=False,
    )


def _regular_rows(span: Span, dialect: Dialect, width: int, runs: list[Run], ahead: _Ahead) -> pl.DataFrame:
    records = sum(run.records for run in runs)
    whole = len(runs) == 1 and (runs[0].start, runs[0].end) == (span.start, span.end)
    frame = ahead.result(records if whole else -1)
    if not records:
        return pl.DataFrame(schema={str(j): pl.String for j in range(width)})
    if frame is None:
        text = b"".join(span.text[run.start : run.end] for run in _joined(runs))
        try:
            frame = _parse(text, dialect, width)
        except pl.exceptions.ComputeError as error:
            if "utf-8" in str(error).lower():
                raise InvalidTextError from None
            frame = None
        if frame is None or frame.height != records:
            frame = _own(text, dialect, width)
    if dialect.skip_space:
        frame = frame.with_columns(pl.col(frame.columns[1:]).str.strip_prefix(" ")) if width > 1 else frame
    if any(run.empty_quoted for run in runs) or dialect.skip_space:
        frame = frame.with_columns(pl.when(pl.all() != "").then(pl.all()))
    return frame


def _joined(runs: list[Run]) -> list[Run]:
    """Return runs that touch as one."""
    joined: list[Run] = []
    for run in runs:
        if joined and joined[-1].end == run.start:
            last = joined.pop()
            run = Run(last.start, run.end, 0, 0, last.first_line, False)
        joined.append(run)
    return joined


def _own(text: bytes, dialect: Dialect, width: int) -> pl.DataFrame:
    """Return regular records read by the grammar itself: the yardstick of the fast way, and its stand-in."""
    split = dialect.patterns.split
    rows, at = [], 0
    while at < len(text):
        found = split(text, at)
        assert found is not None
        rows.append([cell.decode("utf-8") or None for cell in found[0]])
        at = found[1]
    return pl.DataFrame(rows, schema={str(j): pl.String for j in range(width)}, orient="row")


def _merge(frame: pl.DataFrame, numbers: pl.Series, rows: list[_Row], width: int) -> tuple[pl.DataFrame, pl.Series]:
    """Return regular and other rows in the order in which they stand, all with ``width`` columns."""
    names = [str(j) for j in range(width)]
    if frame.width < width:
        frame = frame.with_columns(pl.lit(None, pl.String).alias(name) for name in names[frame.width :])
    if not rows:
        return frame, numbers
    others = pl.DataFrame(
        [[cell or None for cell in row.cells] for row in rows],
        schema=dict.fromkeys(names, pl.String),
        orient="row",
    )
    total = frame.height + len(rows)
    order = pl.Series([frame.height + k for k in range(len(rows))], dtype=pl.UInt32)
    places = pl.Series([row.before for row in rows], dtype=pl.UInt32)
    regular = pl.int_range(total, dtype=pl.UInt32, eager=True)
    regular = regular.filter(~regular.is_in(places.implode()))
    sources = pl.concat([pl.int_range(frame.height, dtype=pl.UInt32, eager=True), order])
    order = sources.gather(pl.concat([regular, places]).arg_sort())
    both = pl.concat([numbers, pl.Series("line", [row.line for row in rows], dtype=pl.UInt32)])
    return pl.concat([frame, others]).select(pl.all().gather(order)), both.gather(order)


def counted(rejected: pl.DataFrame) -> dict[str, int]:
    """Return how many rows were rejected per reason, most frequent first."""
    return dict(sorted(Counter(rejected["reason"]).items(), key=lambda item: (-item[1], item[0])))
