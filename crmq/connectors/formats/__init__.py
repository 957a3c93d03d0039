"""One module per file format, found by folder scan: adding a format is adding one file.

A format module has ``SUFFIXES`` (extensions in lower case, with their dot), ``recognises(content)`` (how sure it is, 0
to 100, from the name and the first bytes) and either ``read(content, settings)``, which gives raw tables, or, for
archives, ``members(content, settings)``, which gives the contents inside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Protocol, cast

from crmq import registry
from crmq.connectors.content import Content
from crmq.model.raw import RawTable

PACKAGE = "crmq.connectors.formats"
ENTRY_POINTS = "crmq.formats"
LEAST = 10
"""Certainty below which nothing is read."""


@dataclass(frozen=True)
class ReadSettings:
    """What the user lays down about reading; all of it has a default.

    Attributes:
        encoding: Encoding of text, instead of the detected one.
        delimiter: Delimiter, instead of the detected one.
        sheet: The only sheet of workbooks to read.
        max_depth: Archives inside archives that are opened.
        max_member_bytes: Largest size of an archive member, unpacked.
        max_archive_bytes: Largest size of all members of an archive together, unpacked.
        max_ratio: Largest ratio of unpacked to packed size of members beyond 50 MB.
        by_source: Settings for single sources, by name.
    """

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    max_depth: int = 2
    max_member_bytes: int = 4 << 30
    max_archive_bytes: int = 8 << 30
    max_ratio: int = 250
    by_source: Mapping[str, ReadSettings] = field(default_factory=dict)


@dataclass(frozen=True)
class Passed:
    """A file that was not read, and why.

    Attributes:
        where: Its locator.
        reason: Why, as a sentence.
        failed: It should have been read but could not (damaged, protected), rather than being no data at all.
    """

    where: str
    reason: str
    failed: bool = False


class Format(Protocol):
    """The shape of a format module that reads tables."""

    SUFFIXES: tuple[str, ...]

    def recognises(self, content: Content) -> int:
        """Return how sure it is, 0 to 100, that the content is of this format."""

    def read(self, content: Content, settings: ReadSettings) -> list[RawTable]:
        """Return the tables of the content; none when it is empty."""


class Container(Protocol):
    """The shape of a format module that opens archives."""

    SUFFIXES: tuple[str, ...]

    def recognises(self, content: Content) -> int:
        """Return how sure it is, 0 to 100, that the content is of this format."""

    def members(self, content: Content, settings: ReadSettings) -> Iterator[Content | Passed]:
        """Yield the members, and those that are passed over."""


_SQL = re.compile(
    rb"(?:--[^\n]*\n|/\*.*?\*/|\s)*(?:create|insert into|drop|begin|set|use|alter|pragma)\b", re.DOTALL | re.I
)
_STATEMENT = re.compile(rb"^\s*(?:create\s+\w+|insert\s+into|drop\s+table)\b", re.MULTILINE | re.I)


def looks_like_sql(head: bytes) -> bool:
    """Tell whether a text is a script of SQL statements."""
    return _SQL.match(head) is not None and _STATEMENT.search(head) is not None


@cache
def formats() -> tuple[tuple[str, Format | Container], ...]:
    """Return all formats by name."""
    return tuple(
        (name, cast("Format | Container", registry.load(PACKAGE, name, ENTRY_POINTS)))
        for name in registry.names(PACKAGE, ENTRY_POINTS)
    )


def recognise(content: Content) -> tuple[str, Format | Container] | None:
    """Return the format that is surest of the content, or None when none is sure enough."""
    scored = [(form.recognises(content), name, form) for name, form in formats()]
    sure, name, form = max(scored, key=lambda s: (s[0], s[1]))
    return (name, form) if sure >= LEAST else None
