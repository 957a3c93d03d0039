"""Makes raw tables of what a database gave."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import polars as pl

from crmq.connectors import assemble
from crmq.connectors.content import Content
from crmq.connectors.formats import Passed
from crmq.locales import _, ngettext
from crmq.model.raw import Fact, RawTable


@dataclass(frozen=True)
class Found:
    """What was read from a database.

    Attributes:
        tables: The raw tables.
        passed: Tables that could not be read while others could.
    """

    tables: list[RawTable] = field(default_factory=list)
    passed: list[Passed] = field(default_factory=list)


def made(
    content: Content, frame: pl.DataFrame, labels: Sequence[str], name: str, facts: Iterable[Fact], *, nul: bool = True
) -> RawTable:
    """Return a raw table; a row's line is its ordinal in the order the database gave.

    Args:
        content: The database.
        frame: String columns of any distinct names; empty texts are null already.
        labels: The label of each column.
        name: The table.
        facts: What was detected.
        nul: Whether the database can hold NUL characters.
    """
    lines = pl.int_range(1, frame.height + 1, dtype=pl.UInt32, eager=True)
    return assemble.table(content, frame, lines, labels, facts, member=name, may_hold_nul=nul)


def fingerprint(table: RawTable) -> str:
    """Return the SHA-256 of headers and rows, whatever the order of the rows: a database promises none."""
    digest = hashlib.sha256(json.dumps(table.headers).encode())
    if table.frame.width:
        digest.update(table.frame.hash_rows(1).sort().to_numpy().tobytes())
    return digest.hexdigest()


def whole(column: pl.Series) -> pl.Series:
    """Return a column without ``.0`` when every value is a whole number (a column of REAL that holds ids)."""
    filled = column.drop_nulls()
    if not len(filled) or not filled.str.contains(r"^-?\d{1,15}\.0$").all():
        return column
    return column.str.strip_suffix(".0")


def without_empty(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a frame of texts with null for every empty text."""
    return frame.select(pl.when(pl.all() != "").then(pl.all())) if frame.width else frame


def empty_texts(count: int) -> list[Fact]:
    """Return the fact that a table tells empty texts from NULL, which raw tables do not."""
    if not count:
        return []
    why = ngettext("{n} cell is an empty text and not NULL; both are read as empty",
                   "{n} cells are empty texts and not NULL; both are read as empty", count)  # fmt: skip
    return [Fact("empty_texts", str(count), why.format(n=count))]


def no_permission(where: str, name: str) -> Passed:
    """Return that a table was passed over because the user may not read it."""
    return Passed(f"{where}!{name}", _("this user may not read the table"), failed=True)
