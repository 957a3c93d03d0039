"""A validation in the formats of other tools and of other readers: one module per format.

Each module has ``write(outcome, out)``; text formats write to a text stream piece by piece, so that millions of
findings need little memory. ``terminal`` and ``json`` have modules of their own beside this package.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from crmq.reports.validation.outcome import Outcome

FORMATS = ("terminal", "json", "junit", "sarif", "github", "markdown", "html", "xlsx")
"""All formats of ``crmq validate``."""

ON_STDOUT = ("terminal", "json", "github")
"""Formats that go to stdout even when files are written: GitHub reads annotations from there."""


@dataclass(frozen=True)
class File:
    """What a format is as a file.

    Attributes:
        name: In the output folder.
        binary: Whether it is no text.
    """

    name: str
    binary: bool = False


FILES = {
    "junit": File("junit.xml"),
    "sarif": File("validation.sarif"),
    "markdown": File("report.md"),
    "html": File("report.html"),
    "xlsx": File("report.xlsx", binary=True),
}
"""Formats that are files of the output folder."""


def write(format: str, outcome: Outcome, out: IO[str] | IO[bytes]) -> None:
    """Write one format to a stream (bytes for a binary one)."""
    import_module(f"crmq.reports.validation.{format}").write(outcome, out)


def save(formats: Iterable[str], outcome: Outcome, folder: Path) -> list[Path]:
    """Write the formats that are files into a folder; return their paths."""
    made = []
    for format in formats:
        if format not in FILES:
            continue
        file = FILES[format]
        path = folder / file.name
        if file.binary:
            with path.open("wb") as stream:
                write(format, outcome, stream)
        else:
            with path.open("w", encoding="utf-8", newline="\n") as text:
                write(format, outcome, text)
        made.append(path)
    return made
