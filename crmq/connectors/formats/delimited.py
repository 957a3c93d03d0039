"""Delimited text: CSV, TSV and their relatives, as clients really send them."""

from __future__ import annotations

import mmap
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import polars as pl

from crmq.connectors import assemble, encoding, layout
from crmq.connectors.content import Content, opened
from crmq.connectors.delimited import aligned, body, terminators
from crmq.connectors.delimited import dialect as dialects
from crmq.connectors.delimited.body import Body, InvalidTextError, Span
from crmq.connectors.delimited.expect import learn
from crmq.connectors.delimited.grammar import NO_DELIMITER, Dialect, Text
from crmq.connectors.delimited.scan import COMPILED_FROM
from crmq.connectors.formats import ReadSettings, looks_like_sql
from crmq.locales import _, ngettext
from crmq.model.raw import Fact, RawTable

SUFFIXES = (".csv", ".tsv", ".tab", ".txt", ".psv", ".dat", ".asc")

_MAPPED_FROM = 4_000_000
"""Bytes from which a file is mapped instead of read."""
_SAMPLE = 262_144
_DIALECT_SAMPLE = 49_152
_DIALECT_LINES = 100
"""A shorter sample shows the dialect when it has that many lines."""
_MOST_SAMPLE = 16 << 20
_HEAD_RECORDS = 160
_TAIL_BYTES = 16_384
_TAIL_LINES = 40


def recognises(content: Content) -> int:
    """Return how sure it is that the content is delimited text."""
    head = content.head()
    if not head:
        return 50 if content.suffix in SUFFIXES else 20
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] == b"<" or start.startswith(b"%PDF") or looks_like_sql(start):
        return 0
    wide = encoding.detect(head).codec.startswith(("utf-16", "utf-32"))
    control = 0 if wide else sum(head.count(bytes([c])) for c in (*range(9), *range(14, 28), 127))
    if content.suffix in SUFFIXES:
        return 80 if control <= 0.1 * len(head) else 5
    return 20 if control <= 0.02 * len(head) else 0


def read(content: Content, settings: ReadSettings) -> list[RawTable]:
    """Return the tables of a delimited text; more than one when others follow the first.

    Raises:
        SourceError: The text cannot be decoded.
    """
    source = _Source.open(content, settings)
    try:
        return list(_tables(content, source, settings))
    except InvalidTextError:
        return list(_tables(content, source.mended(content), settings))


@dataclass(frozen=True)
class _Source:
    """The text of a file as UTF-8, where it begins, and what its encoding was."""

    text: Text
    start: int
    encoding: encoding.Encoding
    facts: tuple[Fact, ...]
    mapped: bool

    @classmethod
    def open(cls, content: Content, settings: ReadSettings) -> _Source:
        raw: Text
        if content.file is not None and content.size >= _MAPPED_FROM:
            with opened(content.file, content.where) as handle:
                raw = mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)
        else:
            raw = content.read()
        found = encoding.named(settings.encoding, raw[:4]) if settings.encoding else encoding.detect(raw)
        clean = found.codec == "utf-8" and (len(raw) > 2 * COMPILED_FROM or b"\0" not in raw[:])
        if isinstance(raw, mmap.mmap) and clean:  # the compiled scan finds NUL characters, the other does not
            return cls(raw, found.bom, found, (found.fact(),), True)
        text, mended = encoding.to_utf8(raw[:], found, where=content.where)
        return cls(text, 0, found, (found.fact(), *mended), False)

    def mended(self, content: Content) -> _Source:
        """Return the source again, decoded with care."""
        text, facts = encoding.to_utf8(self.text[:], self.encoding, where=content.where)
        return replace(self, text=text, start=0, facts=(self.encoding.fact(), *facts), mapped=False)


def _tables(content: Content, source: _Source, settings: ReadSettings) -> Iterator[RawTable]:
    text, start = source.text, source.start
    sample = _sample(text, start)
    if not sample.strip():
        return
    compound = terminators.find(sample) if settings.delimiter is None else None
    columns = aligned.find(sample) if settings.delimiter is None and not compound else None
    if columns:
        text, start = aligned.rewrite(text[start:], columns), 0
        source = replace(source, mapped=False)
        facts = (*source.facts, *columns.facts())
        chosen = Dialect(NO_DELIMITER)
        skip = 0
    elif compound:
        text, start = terminators.rewrite(text[start:], *compound), 0
        source = replace(source, mapped=False)
        facts = (*source.facts, terminators.fact(*compound))
        chosen = Dialect(NO_DELIMITER)
        skip = 0
    else:
        short = sample[: sample.find(b"\n", _DIALECT_SAMPLE) + 1 or len(sample)]
        detected = dialects.detect(short if short.count(b"\n") > _DIALECT_LINES else sample, settings.delimiter)
        facts = (*source.facts, *detected.facts)
        chosen, skip = detected.dialect, detected.skip
    at, line = start + skip, 2 if skip else 1
    number = 1
    while at < len(text):
        one = _Table(content, source, text, chosen, at, line)
        for table in one.read(facts, number):
            yield table
            number += 1
        if one.end <= at:
            break
        at, line = one.end, one.end_line


def _sample(text: Text, start: int) -> bytes:
    """Return the beginning of the text, cut at a line end."""
    size = _SAMPLE
    while True:
        piece = text[start : start + size]
        if start + size >= len(text):
            return piece
        cut = max(piece.rfind(b"\n"), piece.rfind(b"\r"))
        if cut > 0 or size >= _MOST_SAMPLE:
            return piece[: cut + 1] if cut > 0 else piece
        size *= 8


@dataclass(frozen=True)
class _Record:
    start: int
    line: int
    cells: list[str]


class _Table:
    """One table of a text: its header, rows and notes."""

    def __init__(self, content: Content, source: _Source, text: Text, dialect: Dialect, at: int, line: int) -> None:
        self._content, self._text, self._dialect = content, text, dialect
        self._file = content.file if source.mapped else None
        self._head = list(_records(text, dialect, at, line))
        self._layout = layout.find([record.cells for record in self._head])
        self._facts: list[Fact] = []
        self.end, self.end_line = len(text), line

    def read(self, facts: tuple[Fact, ...], number: int) -> Iterator[RawTable]:
        """Yield the table, and those that repeat its header further down."""
        rows = [record.cells for record in self._head[self._layout.body :] if any(map(str.strip, record.cells))]
        headers = list(self._layout.headers)
        width, usual, headers = _widths(headers, rows)
        expected = learn([row for row in rows if len(row) == width], width)
        first = self._first_row()
        stop, footer = self._footer(first.start, rows)
        self._describe(headers, first)
        span = Span(self._text, first.start, stop, first.line, self._file)
        found = body.read(span, self._dialect, width, expected, usual=usual, headers=self._layout.headers)
        if found.end >= stop:
            if footer:
                self._facts.append(_footer_fact(footer, found.end_line))
        else:
            self.end, self.end_line = found.end, found.end_line
        self._facts += _notes(found, headers)
        yield from self._parts(found, headers, facts, number)

    def _first_row(self) -> _Record:
        at = self._layout.body
        if at < len(self._head):
            return self._head[at]
        last = self._head[-1]
        split = self._dialect.patterns.split(self._text, last.start, loose=True)
        end = split[1] if split else self._dialect.patterns.line.match(self._text, last.start).end()  # type: ignore[union-attr]
        breaks = self._text[last.start : end].count(self._dialect.line_end.encode())
        return _Record(end, last.line + breaks, [])

    def _describe(self, headers: list[str], first: _Record) -> None:
        found = self._layout
        if found.header_rows:
            top = self._head[found.preamble].line
            value = str(top) if found.header_rows == 1 else f"{top}-{top + found.header_rows - 1}"
            self._facts.append(Fact("header_line", value, layout.reason(found.why)))
        elif first.cells or headers:
            self._facts.append(Fact("header_line", _("none"), layout.reason("data")))
        if found.preamble and any(any(map(str.strip, r.cells)) for r in self._head[: found.preamble]):
            lines = [record.line for record in self._head[: found.preamble]]
            why = ngettext(
                "line {first} is a note above the table",
                "lines {first} to {last} are notes above the table",
                len(lines),
            ).format(first=lines[0], last=lines[-1])
            self._facts.append(Fact("preamble", str(len(lines)), why))

    def _footer(self, first: int, body_rows: list[list[str]]) -> tuple[int, int]:
        """Return where the notes below the table begin, and how many lines they are."""
        begin = max(first, len(self._text) - _TAIL_BYTES)
        separator = self._dialect.line_end.encode()
        at, lines = begin, []
        for line in self._text[begin:].split(separator):
            lines.append((at, line))
            at += len(line) + len(separator)
        if not lines[-1][1]:
            lines.pop()
        if begin > first:
            lines = lines[1:]  # cut somewhere
        lines = lines[-_TAIL_LINES:]
        count = layout.footer([self._tail_row(line) for _at, line in lines], self._layout.headers, body_rows)
        return (lines[-count][0], count) if count else (len(self._text), 0)

    def _tail_row(self, line: bytes) -> list[str]:
        """Return the cells of one of the last lines; one with an open quote is data, whatever it looks like."""
        quote = self._dialect.quote.encode()
        split = self._dialect.patterns.split(line.rstrip(b"\r"), 0)
        if split is None or (quote and line.count(quote) % 2):
            return ["?"] * 99
        return [cell.decode("utf-8", "replace") for cell in split[0]]

    def _parts(self, found: Body, headers: list[str], facts: tuple[Fact, ...], number: int) -> Iterator[RawTable]:
        """Yield the table, cut where its own header stands again between the rows."""
        frame, lines = found.frame, found.lines
        cuts = _repeats(frame, headers) if self._layout.headers else []
        if not cuts:
            yield self._table(frame, lines, found.rejected, headers, (*facts, *self._facts), number)
            return
        edges = [-1, *cuts, frame.height]
        for begin, stop in pairwise(edges):
            part = slice(begin + 1, stop)
            low = lines[begin] if begin >= 0 else 0
            high = lines[stop] if stop < frame.height else pl.UInt32.max()
            rejected = found.rejected.filter(pl.col("line").is_between(low, high, closed="none"))
            told = list(self._facts)
            if begin >= 0:
                why = _("the header of the table above stands here again")
                told = [Fact("header_line", str(lines[begin]), why)]
            yield self._table(frame[part], lines[part], rejected, headers, (*facts, *told), number)
            number += 1

    def _table(
        self, frame: pl.DataFrame, lines: pl.Series, rejected: pl.DataFrame, headers: list[str],
        facts: tuple[Fact, ...], number: int,
    ) -> RawTable:  # fmt: skip
        member = None
        if number > 1:
            member = f"table {number}"
            facts = (*facts, Fact("table", str(number), _("another table stands above it in the same file")))
        return assemble.table(
            self._content, frame, lines, headers, facts, rejected=rejected, member=member, may_hold_nul=False
        )


def _records(text: Text, dialect: Dialect, at: int, line: int) -> Iterator[_Record]:
    """Yield the first records, blank lines included, quotes taken loosely."""
    patterns = dialect.patterns
    end = dialect.line_end.encode()
    for _n in range(_HEAD_RECORDS):
        if at >= len(text):
            return
        split = patterns.split(text, at, loose=True)
        physical = patterns.line.match(text, at)
        assert physical is not None
        if split is None or split[1] - at > _SAMPLE:
            cells, after = physical.group(1).split(patterns.delimiter), physical.end()
        else:
            cells, after = split
        yield _Record(at, line, [cell.decode("utf-8", "replace") for cell in cells])
        line += text[at:after].count(end)
        at = after


def _widths(headers: list[str], rows: list[list[str]]) -> tuple[int, int, list[str]]:
    """Return the columns of the table, the cells of most rows, and one header per column."""
    counts = Counter(map(len, rows))
    usual = max(counts, key=lambda n: (counts[n], n == len(headers), n), default=len(headers) or 1)
    if not headers:
        return usual, usual, [""] * usual
    if usual < len(headers) and counts[usual] < 0.5 * len(rows):
        usual = len(headers)
    if usual > len(headers) and rows and len(rows[0]) == len(headers):
        usual = len(headers)  # the wider rows are another table, or broken
    if usual > len(headers) and counts[usual] > 0.5 * len(rows):
        surplus = usual - len(headers)
        wide = [row for row in rows if len(row) == usual]
        numbered = len(rows) > 1 and [row[0].strip() for row in wide] == [str(i + 1) for i in range(len(wide))]
        delimited = not any(cell.strip() for row in wide for cell in row[len(headers) :])  # rows end with delimiters
        if surplus == 1 and numbered and not delimited and all(headers):
            return usual, usual, ["", *headers]  # row names without a header, as R writes them
        return usual, usual, headers + [""] * surplus
    return len(headers), min(usual, len(headers)), headers


def _repeats(frame: pl.DataFrame, headers: list[str]) -> list[int]:
    """Return the rows that are the header again."""
    labels = [header or None for header in headers]
    if frame.width < 2 or sum(label is not None for label in labels) < 2:
        return []
    same = pl.all_horizontal(
        pl.col(c).eq_missing(pl.lit(label)) for c, label in zip(frame.columns, labels, strict=True)
    )
    key = next(j for j, label in enumerate(labels) if label is not None)
    near = frame.with_row_index("at").filter(pl.col(frame.columns[key]) == labels[key])
    return near.filter(same)["at"].to_list()


def _footer_fact(count: int, line: int) -> Fact:
    why = ngettext(
        "line {first} is a note or a total below the table",
        "lines {first} to {last} are notes or totals below the table",
        count,
    )
    return Fact("footer", str(count), why.format(first=line, last=line + count - 1))


def _notes(found: Body, headers: list[str]) -> Iterator[Fact]:
    said = {
        "blank": ("blank_lines", _("passed over")),
        "comment": ("comment_lines", _("they begin with # and were passed over")),
        "padded": ("padded_rows", _("cells missing at the end were taken as empty")),
        "mended": ("mended_rows", _("quotes or an empty cell too many; only one reading fits")),
    }
    for key, (name, why) in said.items():
        lines = found.notes.get(key)
        if lines:
            where = ngettext("line {lines}", "lines {lines}", len(lines)).format(lines=assemble.listed(lines))
            yield Fact(name, str(len(lines)), f"{why}: {where}")
    if found.rejected.height:
        reasons = ", ".join(f"{reason} {n}" for reason, n in body.counted(found.rejected).items())
        yield Fact("rejected_rows", str(found.rejected.height), reasons)
