"""JSON and JSON lines: arrays of objects, objects around arrays of objects, one object per line.

Numbers keep their source text (ids beyond 2^53, ``1.0``); nested objects become dotted columns, lists JSON text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from crmq.connectors import assemble, encoding
from crmq.connectors.content import Content
from crmq.connectors.formats import ReadSettings
from crmq.errors import SourceError
from crmq.locales import _
from crmq.model.raw import REJECTED_SCHEMA, Fact, RawTable

SUFFIXES = (".json", ".ndjson", ".jsonl", ".jsonlines", ".geojson")
_LINES = (".ndjson", ".jsonl", ".jsonlines")
INVALID_JSON = "invalid_json"
NOT_AN_OBJECT = "not_an_object"
_SPACE = re.compile(r"[ \t\r\n]*")
_NEXT = re.compile(r"[ \t\r\n]*,?[ \t\r\n]*")
_SURROGATE = re.compile("[\ud800-\udfff]")


class Number(str):
    """A number as it stands in the source."""

    __slots__ = ()


class Pairs(list[tuple[str, Any]]):
    """An object as the pairs that stand in the source, repeated keys included."""


_DECODER = json.JSONDecoder(
    object_pairs_hook=Pairs, parse_int=Number, parse_float=Number, parse_constant=Number, strict=False
)


def recognises(content: Content) -> int:
    """Return how sure it is that the content is JSON."""
    head = content.head(256).removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"").lstrip()
    if content.suffix in SUFFIXES:
        return 90 if head[:1] in b"[{" else 70
    return 60 if re.match(rb'\{\s*"|\[\s*\{\s*"', head) else 0


def read(content: Content, settings: ReadSettings) -> list[RawTable]:
    """Return the tables of a JSON document or of JSON lines.

    Raises:
        SourceError: Nothing in it is JSON, or it is nested too deeply.
    """
    raw = content.read()
    found = encoding.named(settings.encoding, raw[:4]) if settings.encoding else encoding.detect(raw)
    if not found.codec.startswith("utf-"):
        found = encoding.Encoding("utf-8", "UTF-8", 0, _("JSON is UTF-8"))
    data, mended = encoding.to_utf8(raw, found, where=content.where)
    text = data.decode("utf-8")
    facts = [found.fact(), *mended]
    if not text.strip():
        return []
    try:
        if content.suffix in _LINES or _is_lines(text):
            return _lines(content, text, facts)
        return list(_document(content, text, facts))
    except RecursionError:
        hint = _("Flatten it, or export it as CSV.")
        raise SourceError(_("The JSON is nested too deeply."), where=content.where, hint=hint) from None


def _is_lines(text: str) -> bool:
    """Tell whether the first line is a whole object and another line follows."""
    start = _space(text, 0)
    if not text.startswith("{", start):
        return False
    try:
        _value, end = _DECODER.raw_decode(text, start)
    except ValueError:
        return False
    after = _space(text, end)
    return after < len(text) and "\n" in text[end:after]


def _space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    assert match is not None
    return match.end()


@dataclass
class _Rows:
    """Objects as they come in, made into columns."""

    columns: dict[str, list[str | None]] = field(default_factory=dict)
    lines: list[int] = field(default_factory=list)
    rejected: list[tuple[int, str, str]] = field(default_factory=list)
    repeated: int = 0

    def add(self, value: Any, line: int) -> None:
        """Add one object; its new keys become columns that were empty so far."""
        height = len(self.lines)
        seen: set[str] = set()
        for key, cell in _flat("", value):
            name = key
            repeat = 1
            while name in seen:
                repeat += 1
                name = f"{key} ({repeat})"
            self.repeated += name != key
            seen.add(name)
            column = self.columns.get(name)
            if column is None:
                column = self.columns[name] = [None] * height
            elif len(column) < height:
                column.extend([None] * (height - len(column)))
            column.append(cell)
        self.lines.append(line)

    def table(self, content: Content, facts: list[Fact], member: str | None = None) -> RawTable:
        """Return the table of all objects so far."""
        height = len(self.lines)
        told = list(facts)
        for column in self.columns.values():
            column.extend([None] * (height - len(column)))
        lone = 0
        for name, column in self.columns.items():
            if any(cell is not None and _SURROGATE.search(cell) for cell in column):
                mended = [None if c is None else _SURROGATE.sub("\ufffd", c) for c in column]
                lone += sum(a != b for a, b in zip(column, mended, strict=True))
                self.columns[name] = mended
        frame = pl.DataFrame(
            {
                _SURROGATE.sub("\ufffd", name): [cell or None for cell in column]
                for name, column in self.columns.items()
            },
            schema_overrides={_SURROGATE.sub("\ufffd", name): pl.String for name in self.columns},
        )
        if lone:
            why = _("half characters (lone surrogates) became U+FFFD")
            told.append(Fact("lone_surrogates", str(lone), why))
        if self.repeated:
            why = _("a key stands more than once in one object; each value has a column of its own")
            told.append(Fact("repeated_keys", str(self.repeated), why))
        rejected = pl.DataFrame(self.rejected, schema=REJECTED_SCHEMA, orient="row")
        if self.rejected:
            told.append(Fact("rejected_rows", str(len(self.rejected)), _("not every line is a JSON object")))
        lines = pl.Series(self.lines, dtype=pl.UInt32)
        return assemble.table(content, frame, lines, frame.columns, told, rejected=rejected, member=member)


def _lines(content: Content, text: str, facts: list[Fact]) -> list[RawTable]:
    rows = _Rows()
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip()
        if not stripped:
            continue
        try:
            value, end = _DECODER.raw_decode(stripped)
        except (ValueError, RecursionError):
            rows.rejected.append((number, INVALID_JSON, _printable(line)))
            continue
        if end != len(stripped):
            rows.rejected.append((number, INVALID_JSON, _printable(line)))
        elif not isinstance(value, Pairs):
            rows.rejected.append((number, NOT_AN_OBJECT, _printable(line)))
        else:
            rows.add(value, number)
    if not rows.lines:
        raise SourceError(_("No line is a JSON object."), where=content.where)
    fact = Fact("format", "JSON lines", _("one object per line"))
    return [rows.table(content, [fact, *facts])]


def _printable(line: str) -> str:
    return _SURROGATE.sub("\ufffd", line.rstrip("\r"))


def _document(content: Content, text: str, facts: list[Fact]) -> Iterator[RawTable]:
    start = _space(text, 0)
    if text.startswith("[", start):
        rows = _Rows()
        _elements(text, start, rows)
        if not rows.lines:
            if rows.rejected:
                raise _invalid(content, rows.rejected[0][0])
            return
        yield rows.table(content, [Fact("format", "JSON", _("an array of objects")), *facts])
        return
    try:
        value, end = _DECODER.raw_decode(text, start)
    except ValueError as error:
        position = getattr(error, "pos", 0)
        raise _invalid(content, text.count("\n", 0, position) + 1) from None
    if _space(text, end) < len(text):
        raise _invalid(content, text.count("\n", 0, end) + 1)
    arrays = [(key, item) for key, item in value if _holds_objects(item)] if isinstance(value, Pairs) else []
    if not arrays:
        rows = _Rows()
        rows.add(value, 1)
        yield rows.table(content, [Fact("format", "JSON", _("one object")), *facts])
        return
    for key, items in arrays:
        rows = _Rows()
        for number, item in enumerate(items, 1):
            rows.add(item, number)
        told = Fact("format", "JSON", _("the array {key} of an object").format(key=key))
        yield rows.table(content, [told, *facts], member=key if len(arrays) > 1 else None)


def _holds_objects(value: Any) -> bool:
    return isinstance(value, list) and not isinstance(value, Pairs) and any(isinstance(v, Pairs) for v in value)


def _elements(text: str, start: int, rows: _Rows) -> None:
    """Read an array element by element, so that one that breaks off keeps what stands before the break."""
    line, seen = 1, 0
    at = _space(text, start + 1)
    while at < len(text) and text[at] != "]":
        line += text.count("\n", seen, at)
        seen = at
        try:
            value, end = _DECODER.raw_decode(text, at)
        except ValueError:
            rows.rejected.append((line, INVALID_JSON, _printable(text[at : at + 10_000])))
            return
        rows.add(value, line)
        following = _NEXT.match(text, end)
        assert following is not None
        at = following.end()
    if at >= len(text):
        rows.rejected.append((line + text.count("\n", seen), INVALID_JSON, ""))


def _flat(prefix: str, value: Any) -> Iterator[tuple[str, str | None]]:
    """Yield the cells of a value: nested objects with dotted keys, anything else as one cell."""
    if not isinstance(value, Pairs):
        yield prefix or "value", _cell(value)
        return
    if not value and prefix:
        yield prefix, None
    for key, item in value:
        yield from _flat(f"{prefix}.{key}" if prefix else key, item)


def _cell(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return _dump(value)


def _dump(value: Any) -> str:
    """Return a value as JSON text, numbers as they stood in the source."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, Pairs):
        return "{" + ", ".join(f"{_string(key)}: {_dump(item)}" for key, item in value) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_dump, value)) + "]"
    return _string(value) if isinstance(value, str) else json.dumps(value)


_string: Callable[[str], str] = json.JSONEncoder(ensure_ascii=False).encode


def _invalid(content: Content, line: int) -> SourceError:
    hint = _("Is the file complete? It may have been cut off while it was copied.")
    return SourceError(_("The file is not valid JSON."), where=f"{content.where}:{line}", hint=hint)
