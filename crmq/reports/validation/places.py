"""Where a cell stands in a text file: line and column of its first and behind its last character.

A finding knows the line its row begins on and the number of its column. The few rows that a report shows are read
again from the file; the delimiter is the one that splits the text into the cells that were read. What cannot be found
again for certain has no span: an annotation on the wrong place is worse than one on the line.
"""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crmq.model.mapped import MappedTable
from crmq.model.raw import RawTable

_DELIMITERS = (",", ";", "\t", "|", "^", "~", ":", "\x1e", "\x1f", "\x01", " ")
_QUOTES = ('"', "'")
_LONGEST = 200
"""Lines that one record may have before it is given up."""


@dataclass(frozen=True)
class Span:
    """A stretch of text: 1-based lines and columns (Unicode code points); the end lies behind the last character."""

    line: int
    column: int
    end_line: int
    end_column: int


def spans(rows: Sequence[Mapping[str, Any]], tables: Mapping[tuple[str, str | None], MappedTable]) -> list[Span | None]:
    """Return the span of each finding's cell, None where it has none or the file is no plain text.

    Args:
        rows: Findings: ``file, sheet, line, column``.
        tables: The tables that were read, by file and sheet.
    """
    out: list[Span | None] = [None] * len(rows)
    wanted: dict[str, list[int]] = {}
    for i, row in enumerate(rows):
        if row["line"] is not None and row["column"] is not None and (row["file"], row["sheet"]) in tables:
            wanted.setdefault(row["file"], []).append(i)
    for file, numbers in wanted.items():
        raw = tables[file, rows[numbers[0]]["sheet"]].raw
        codec = _codec(raw)
        if codec is None:
            continue
        records = _records(Path(raw.path), codec, sorted({rows[i]["line"] for i in numbers}))
        for i in numbers:
            text = records.get(rows[i]["line"])
            if text is not None:
                out[i] = _span(text, rows[i]["line"], rows[i]["column"], raw)
    return out


def _codec(raw: RawTable) -> str | None:
    """Return how to decode the file behind a table, or None when it is no delimited text of its own."""
    facts = {fact.name: fact.value for fact in raw.facts}
    if raw.member is not None or raw.sheet is not None or "encoding" not in facts or "delimiter" not in facts:
        return None
    if not Path(raw.path).is_file():
        return None
    name = facts["encoding"].split(" ")[0].split("(")[0]
    try:
        found = codecs.lookup(name).name
    except LookupError:
        return None
    return "utf-8-sig" if found == "utf-8" else found


def _records(path: Path, codec: str, lines: Sequence[int]) -> dict[int, list[str]]:
    """Return, per wanted first line, the lines from there on as long as a quote may be open."""
    found: dict[int, list[str]] = {}
    growing: list[int] = []
    last = lines[-1] if lines else 0
    wanted = frozenset(lines)
    try:
        with path.open(encoding=codec, errors="replace", newline="") as stream:
            for number, line in enumerate(stream, start=1):
                if number in wanted:
                    found[number] = []
                    growing.append(number)
                for start in growing:
                    found[start].append(line)
                growing = [s for s in growing if _open_quote(found[s]) and len(found[s]) < _LONGEST]
                if number >= last and not growing:
                    break
    except (OSError, UnicodeError):
        return {}
    return found


def _open_quote(lines: Sequence[str]) -> bool:
    return sum(line.count('"') for line in lines) % 2 == 1


def _span(lines: Sequence[str], first: int, column: int, raw: RawTable) -> Span | None:
    text = "".join(lines)
    at = raw.lines.index_of(first)
    if at is None or column > raw.frame.width:
        return None
    cells = raw.frame.row(at)
    best: tuple[int, list[tuple[int, int]]] | None = None
    for delimiter in _DELIMITERS:
        if delimiter not in text and raw.frame.width > 1:
            continue
        for quote in _QUOTES:
            cut = _cut(text, delimiter, quote)
            if len(cut) < column:
                continue
            alike = sum(_plain(text[a:b], quote) == (c or "").strip() for (a, b), c in zip(cut, cells, strict=False))
            if len(cut) == len(cells) and (best is None or alike > best[0]):
                best = (alike, cut)
    if best is None or best[0] * 2 < len(cells):
        return None
    start, end = best[1][column - 1]
    line, begin = _position(text, start, first)
    end_line, behind = _position(text, end, first)
    return Span(line, begin, end_line, max(behind, begin + 1) if end_line == line else behind)


def _plain(cell: str, quote: str) -> str:
    bare = cell.strip()
    if len(bare) >= 2 and bare[0] == bare[-1] == quote:
        bare = bare[1:-1].replace(quote * 2, quote)
    return bare.strip()


def _cut(text: str, delimiter: str, quote: str) -> list[tuple[int, int]]:
    """Return start and end of every cell of the first record of a text."""
    cut: list[tuple[int, int]] = []
    start = at = 0
    inside = False
    while at < len(text):
        char = text[at]
        if char == quote and (inside or not text[start:at].strip()):
            if inside and text[at + 1 : at + 2] == quote:
                at += 1
            else:
                inside = not inside
        elif not inside and char in "\r\n":
            break
        elif not inside and char == delimiter:
            cut.append((start, at))
            start = at + 1
        at += 1
    cut.append((start, at))
    return cut


def _position(text: str, offset: int, first: int) -> tuple[int, int]:
    before = text[:offset].replace("\r\n", "\n").replace("\r", "\n")
    return first + before.count("\n"), len(before) - (before.rfind("\n") + 1) + 1
