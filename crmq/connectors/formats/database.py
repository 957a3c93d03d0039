"""Database files: SQLite and DuckDB, all their tables."""

from __future__ import annotations

from crmq.connectors import databases
from crmq.connectors.content import Content
from crmq.connectors.formats import ReadSettings
from crmq.model.raw import RawTable

SUFFIXES = (".sqlite", ".sqlite3", ".db", ".db3", ".duckdb", ".ddb")


def recognises(content: Content) -> int:
    """Return how sure it is that the content is a database file."""
    head = content.head(16)
    return 100 if head == databases.SQLITE_MAGIC or head[8:12] == databases.DUCKDB_MAGIC else 0


def read(content: Content, settings: ReadSettings) -> list[RawTable]:
    """Return all tables of a database file.

    Raises:
        SourceError: It cannot be opened or is damaged.
    """
    return databases.read_file(content)
