"""The grammar of delimited text (RFC 4180 with other delimiters, quotes, line ends and escapes), as compiled patterns.

A *regular* record has the expected number of cells and no quote out of place; every parser reads it alike. All else is
*irregular* and goes to :mod:`crmq.connectors.delimited.repair`. Patterns work on UTF-8 bytes.
"""

from __future__ import annotations

import mmap
import re
import sys
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TypeAlias

Text: TypeAlias = "bytes | mmap.mmap"
"""UTF-8 text, in memory or mapped from a file."""

NO_DELIMITER = "\x1f"
"""Stands in for the delimiter of a table with one column: the unit separator does not occur in text."""


_MANY = rb"*" if sys.version_info < (3, 11, 5) else rb"*+"
"""Possessive repetition of a group; Python before 3.11.5 matches it wrongly (CPython issue 106052)."""


@dataclass(frozen=True)
class Dialect:
    r"""How cells and records are told apart.

    Attributes:
        delimiter: One ASCII character.
        quote: One ASCII character, or empty when quotes mean nothing.
        escape: Empty when quotes inside cells are doubled, else the escape character.
        line_end: ``\n`` (CR LF too) or ``\r``.
        skip_space: A blank follows each delimiter and does not belong to the cell.
    """

    delimiter: str = ","
    quote: str = '"'
    escape: str = ""
    line_end: str = "\n"
    skip_space: bool = False

    @cached_property
    def patterns(self) -> Patterns:
        """The compiled patterns of this dialect."""
        return _patterns(self.delimiter, self.quote, self.escape, self.line_end, self.skip_space)


@dataclass(frozen=True)
class Patterns:
    """Compiled patterns of a dialect.

    Attributes:
        cell: One cell; group 1 is the inside of a quoted one, group 2 a bare one, group 3 the delimiter or line end.
        loose: The same, but a bare cell may hold quotes after its first character, and inside a quoted one a quote
            ends the cell only before a delimiter or a line end.
        first: A bare cell with a blank at its beginning; group 1 is its text, group 2 what ends it.
        line: One physical line; group 1 is its text.
        field, stop: Source of the patterns of a regular cell and of a record's end.
    """

    cell: re.Pattern[bytes]
    loose: re.Pattern[bytes]
    first: re.Pattern[bytes]
    line: re.Pattern[bytes]
    field: bytes
    stop: bytes
    delimiter: bytes
    quote: bytes
    escape: bytes
    skip_space: bool

    def regular(self, width: int) -> re.Pattern[bytes]:
        """Return the pattern of a regular, non-blank record of ``width`` cells."""
        return _regular(self, width)

    def split(
        self, data: Text, at: int, *, loose: bool = False, stop: int = sys.maxsize
    ) -> tuple[list[bytes], int] | None:
        """Return the cells of the record at ``at`` and where the next begins; None when its quotes are broken."""
        cells: list[bytes] = []
        match = self.loose.match if loose else self.cell.match
        if self.skip_space and data[at : at + 1] == b" " and not loose:
            found = self.first.match(data, at, stop)  # the blank before a first cell follows no delimiter
            if found is None or found.group(2) != self.delimiter:
                return None if found is None else ([self.bare(found.group(1))], found.end())
            cells.append(self.bare(found.group(1)))
            at = found.end()
        while True:
            found = match(data, at, stop)
            if found is None:
                return None
            inside, bare, end = found.groups()
            cells.append(self.inside(inside) if inside is not None else self.bare(bare))
            at = found.end()
            if end != self.delimiter:
                return cells, at

    def inside(self, text: bytes) -> bytes:
        """Return the value of a quoted cell from the text between its quotes."""
        if self.escape and self.escape in text:
            return re.sub(rb"\\(.)|(" + re.escape(self.quote * 2) + rb")", self._unescape, text, flags=re.DOTALL)
        return text.replace(self.quote * 2, self.quote)

    def bare(self, text: bytes) -> bytes:
        """Return the value of a cell without quotes."""
        if self.escape and self.escape in text:
            return re.sub(rb"\\(.)", self._unescape, text, flags=re.DOTALL)
        return text

    def _unescape(self, match: re.Match[bytes]) -> bytes:
        char = match.group(1)
        if char is None:
            return self.quote
        return char if char in (self.quote, self.delimiter, self.escape, b"\n", b"\r") else match.group()


@lru_cache(maxsize=256)
def _patterns(delimiter: str, quote: str, escape: str, line_end: str, skip_space: bool) -> Patterns:
    d, q, e = (re.escape(c.encode()) for c in (delimiter, quote, escape))
    stop = rb"(?:\r\n|\n|\Z)" if line_end == "\n" else rb"(?:\r|\Z)"
    special = d + rb"\r\n" + q + e
    escaped = rb"|" + e + rb"[\s\S]" if escape else b""
    bare = rb"(?:[^" + special + rb"]++" + escaped + rb")" + _MANY
    space = rb" ?" if skip_space else b""
    held = rb"(?:[^" + d + rb"\r\n" + e + rb"]++" + escaped + rb")" + _MANY
    if quote:
        quoted = rb"(?:[^" + q + e + rb"]++|" + q + q + escaped + rb")" + _MANY
        opened = space + rb"(?:" + q + rb"(" + quoted + rb")" + q + rb"|("
        closed = rb"))(" + d + rb"|" + stop + rb")"
        cell = opened + bare + closed
        inner = (
            rb"(?:[^"
            + q
            + e
            + rb"]++|"
            + q
            + q
            + rb"|"
            + q
            + rb"(?!"
            + d
            + rb"|"
            + stop
            + rb")"
            + escaped
            + rb")"
            + _MANY
        )
        wrapped = space + rb"(?:" + q + rb"(" + inner + rb")" + q + rb"|("
        loose = wrapped + rb"(?!" + q + rb")" + held + closed
        plain = rb"(?:" + q + rb"(?:[^" + q + e + rb"]++|" + q + q + rb")" + _MANY + q + rb"|[^" + special + rb"]*+)"
        field = rb"[^" + special + rb"]*+" if skip_space else plain
    else:
        cell = loose = space + rb"(?:(\Z.)|(" + bare + rb"))(" + d + rb"|" + stop + rb")"
        field = rb"[^" + special + rb"]*+"
    first = rb"( " + bare + rb")(" + d + rb"|" + stop + rb")"
    line = rb"([^\n]*?)(?:\r\n|\n|\Z)" if line_end == "\n" else rb"([^\r]*)(?:\r|\Z)"
    return Patterns(
        re.compile(cell), re.compile(loose), re.compile(first), re.compile(line), field, stop,
        delimiter.encode(), quote.encode(), escape.encode(), skip_space,
    )  # fmt: skip


@lru_cache(maxsize=256)
def _regular(patterns: Patterns, width: int) -> re.Pattern[bytes]:
    d = re.escape(patterns.delimiter)
    blank = rb"(?!" + rb"[ \t]*" + patterns.stop + rb")"
    rest = rb"(?:" + d + patterns.field + rb"){%d}" % (width - 1) if width > 1 else b""
    return re.compile(blank + patterns.field + rest + patterns.stop)
