"""The XML parts of an xlsx package, looked at by plain patterns: no XML parser sees foreign input.

Two things are taken from them that the reader of workbooks does not give: the text of error cells (``#N/A``), and where
cells really stand. A single blank typed into the last corner of a sheet makes its used range 17,000 million cells,
which no machine can lay out; such sheets are written anew with the empty stretches cut short.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from itertools import pairwise

from crmq.connectors.content import Content

_ERROR_CELL = re.compile(rb'<c r="([A-Z]+)(\d+)"[^>]*\bt="e"[^>]*>(?:<f[^>]*?(?:/>|>[^<]*</f>))?<v>([^<]*)</v>')
_CELL = re.compile(rb'<c r="([A-Z]+)(\d+)"([^>]*?)(?:/>|>(.*?)</c>)', re.DOTALL)
_ROW = re.compile(rb'<row\b[^>]*?\br="(\d+)"')
_MERGE = re.compile(rb'<mergeCell\b[^>]*\bref="([A-Z]+)(\d+):([A-Z]+)(\d+)"[^>]*?/>')
_SPANS = re.compile(rb'\bspans="[^"]*"')
_COLUMNS = ((rb'<c r="[A-Z]{3}\d', 16_384), (rb'<c r="[B-Z][A-Z]\d', 702), (rb'<c r="A[A-Z]\d', 52))
"""Patterns of cells far to the right, and how many columns a sheet has at most that holds one."""
_MOST_LAID_OUT = 8_000_000
"""Cells of a used range up to which it does not matter how many of them are empty."""
_SPARSE = 20
"""A used range is cut when it has this many times the cells that stand in it."""
_ROW_GAP, _COLUMN_GAP = 50, 3
"""What is left of empty stretches that are longer."""


@dataclass(frozen=True)
class Parts:
    """What the parts of a workbook tell.

    Attributes:
        errors: Per sheet the texts of error cells by row and column, from 0.
        rows: Per sheet whose empty stretches were cut: the number of each row as it really is, by its place, from 0.
        package: The workbook with those stretches cut; None when nothing had to be.
    """

    errors: Mapping[str, dict[tuple[int, int], str]] = field(default_factory=dict)
    rows: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    package: bytes | None = field(default=None, repr=False)


def look(content: Content, names: Iterable[str] | None = None) -> Parts:
    """Return what the parts of an xlsx tell; nothing for other workbooks.

    Args:
        content: The workbook.
        names: The sheets that matter; None: all.
    """
    if content.head(4) != b"PK\x03\x04":
        return Parts()
    wanted = None if names is None else set(names)
    errors: dict[str, dict[tuple[int, int], str]] = {}
    rows: dict[str, Mapping[int, int]] = {}
    cut: dict[str, bytes] = {}
    with zipfile.ZipFile(content.file if content.file is not None else BytesIO(content.read())) as package:
        for name, part in _sheets(package):
            if wanted is not None and name not in wanted:
                continue
            xml = package.read(part)
            if _is_sparse(xml):
                xml, rows[name] = _cut_short(xml)
                cut[part] = xml
            if b't="e"' in xml:
                errors[name] = {
                    (int(row) - 1, _number(column)): text.decode("utf-8", "replace")
                    for column, row, text in _ERROR_CELL.findall(xml)
                }
        return Parts(errors, rows, _with(package, cut) if cut else None)


def _with(package: zipfile.ZipFile, parts: Mapping[str, bytes]) -> bytes:
    """Return the package with some parts replaced."""
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy:
        for name in package.namelist():
            copy.writestr(name, parts[name] if name in parts else package.read(name))
    return made.getvalue()


# ---------------------------------------------------------------------- empty stretches


def _is_sparse(xml: bytes) -> bool:
    """Tell whether the range of the cells is large and nearly all of it empty; a bound decides most sheets quickly."""
    last = xml.rfind(b"<row ")
    found = _ROW.match(xml, last) if last >= 0 else None
    if found is None:
        return False
    columns = next((most for pattern, most in _COLUMNS if re.search(pattern, xml)), 26)
    range_of_cells = int(found.group(1)) * columns
    return range_of_cells > _MOST_LAID_OUT and range_of_cells > _SPARSE * xml.count(b"<c ")


def _cut_short(xml: bytes) -> tuple[bytes, dict[int, int]]:
    """Return the part with long empty stretches cut, and the real number of each row, from 1, by its place, from 0."""
    filled = [(m.group(1), int(m.group(2))) for m in _CELL.finditer(xml) if m.group(4)]
    rows = _closer({row for _column, row in filled}, _ROW_GAP)
    columns = _closer({_number(column) + 1 for column, _row in filled}, _COLUMN_GAP)

    def cell(match: re.Match[bytes]) -> bytes:
        if not match.group(4):
            return b""
        place = _letters(columns[_number(match.group(1)) + 1] - 1) + b"%d" % rows[int(match.group(2))]
        return b'<c r="' + place + b'"' + match.group(3) + b">" + match.group(4) + b"</c>"

    def row(match: re.Match[bytes]) -> bytes:
        number = rows.get(int(match.group(1)))
        if number is None:
            return b""
        return _SPANS.sub(b"", match.group().replace(b'r="%s"' % match.group(1), b'r="%d"' % number))

    def merge(match: re.Match[bytes]) -> bytes:
        left, top, right, bottom = match.groups()
        corners = [columns.get(_number(left) + 1), rows.get(int(top))]
        if None in corners:
            return b""
        last_column = max(c for old, c in columns.items() if old <= _number(right) + 1)
        last_row = max(r for old, r in rows.items() if old <= int(bottom))
        first = _letters(columns[_number(left) + 1] - 1) + b"%d" % rows[int(top)]
        return b'<mergeCell ref="' + first + b":" + _letters(last_column - 1) + b"%d" % last_row + b'"/>'

    made = _CELL.sub(cell, xml)
    made = re.sub(rb'<row\b[^>]*?\br="(\d+)"[^>]*?(?:/>|>\s*</row>)', b"", made)  # rows without a filled cell
    made = _MERGE.sub(merge, re.sub(rb'<row\b[^>]*?\br="(\d+)"[^>]*', row, made))
    made = re.sub(rb"<dimension\b[^>]*?/>", b"", made)
    return made, {new - 1: old for old, new in rows.items()}


def _closer(numbers: set[int], gap: int) -> dict[int, int]:
    """Return numbers renumbered so that none lies more than ``gap`` behind the one before it."""
    ordered = sorted({0, *numbers})
    made = {0: 0}
    for before, number in pairwise(ordered):
        made[number] = made[before] + min(number - before, gap)
    del made[0]
    return made


# ---------------------------------------------------------------------- names and places


def _sheets(package: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Yield the name and the part of each sheet."""
    parts = set(package.namelist())
    if "xl/workbook.xml" not in parts or "xl/_rels/workbook.xml.rels" not in parts:
        return
    relations = {}
    for tag in re.findall(rb"<Relationship\b[^>]*>", package.read("xl/_rels/workbook.xml.rels")):
        target, number = _attribute(tag, b"Target"), _attribute(tag, b"Id")
        relations[number] = target.removeprefix("/xl/").removeprefix("/")
    for tag in re.findall(rb"<sheet\b[^>]*>", package.read("xl/workbook.xml")):
        part = "xl/" + relations.get(_attribute(tag, b"r:id"), "")
        if part in parts:
            yield _attribute(tag, b"name"), part


def _attribute(tag: bytes, name: bytes) -> str:
    match = re.search(rb"\b" + name + rb'="([^"]*)"', tag)
    text = match.group(1).decode("utf-8", "replace") if match else ""
    for entity, char in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        text = text.replace(entity, char)
    return text


def _number(letters: bytes) -> int:
    """Return the number of a column, from 0."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _letters(number: int) -> bytes:
    """Return the letters of a column, from 0."""
    text = b""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = bytes([65 + rest]) + text
    return text
