"""Readers shared by the connector tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from crmq.connectors import inputs
from crmq.connectors.content import Content
from crmq.connectors.formats import ReadSettings, delimited
from crmq.model.raw import RawTable


@pytest.fixture
def read_text() -> Callable[..., list[RawTable]]:
    """Read text or bytes as a delimited file; keyword arguments are read settings."""

    def read(text: str | bytes, **settings: object) -> list[RawTable]:
        data = text.encode() if isinstance(text, str) else text
        return delimited.read(Content("sample.csv", data=data), ReadSettings(**settings))

    return read


@pytest.fixture
def read_one() -> Callable[[Path], RawTable]:
    """Read a file that holds exactly one table."""

    def read(path: Path) -> RawTable:
        (table,) = inputs.read([str(path)]).tables
        return table

    return read


def cells(table: RawTable) -> list[list[str]]:
    """Return the rows with empty text for null."""
    return [[cell or "" for cell in row] for row in table.frame.rows()]


def facts(table: RawTable) -> dict[str, str]:
    """Return the facts as name and value."""
    return {fact.name: fact.value for fact in table.facts}
