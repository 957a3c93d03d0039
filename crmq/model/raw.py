"""The raw layer: what a source holds, as text, with the way back to the line it stood on."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

REJECTED_SCHEMA = {"line": pl.UInt32, "reason": pl.String, "raw": pl.String}


@dataclass(frozen=True)
class Fact:
    """One thing that was detected about a file, and why (``crmq inspect`` prints these).

    ``name`` is a stable key (``encoding``, ``delimiter``, ``header_line`` ...), ``value`` its text, ``why`` the
    evidence in words.
    """

    name: str
    value: str
    why: str = ""


@dataclass(frozen=True)
class RawTable:
    """One table of a source, every cell as the text that was read (null = empty cell or SQL NULL).

    Attributes:
        path: Where it came from, as the user gave it (file path or database URL without its password).
        member: Path inside an archive, or the table name inside a database or JSON document.
        sheet: Sheet of a workbook.
        headers: Headers exactly as exported, in order (duplicates and empty ones included).
        frame: One String column per header, in order; the column names are ``headers`` made unique
            (``Email``, ``Email (2)``; an empty header becomes ``column_7``).
        lines: UInt32, same height as ``frame``: 1-based physical line (text), row (sheet) or ordinal of each row.
        rejected: Rows that could not be read, with schema ``REJECTED_SCHEMA``.
        facts: What was detected and why.
        source: Name given on the command line or in crmq.yaml, if any.
    """

    path: str
    frame: pl.DataFrame
    lines: pl.Series
    headers: list[str]
    member: str | None = None
    sheet: str | None = None
    rejected: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=REJECTED_SCHEMA))
    facts: tuple[Fact, ...] = ()
    source: str | None = None

    @property
    def file(self) -> str:
        """The locator's file part: ``path`` or ``archive!member``."""
        return f"{self.path}!{self.member}" if self.member else self.path

    @property
    def physical_rows(self) -> int:
        """All data rows: those read and those rejected."""
        return self.frame.height + self.rejected.height
