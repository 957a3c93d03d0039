"""Databases by URL, opened read-only, every value as text without loss.

``postgresql://user@host/crm?table=contacts``, ``mysql://…``, ``mssql://…``, ``sqlite:///customers.db?query=SELECT …``,
``duckdb:///crm.duckdb``, and what else SQLAlchemy opens; all tables when neither ``table`` nor ``query`` is given.
"""

from __future__ import annotations

from collections.abc import Sequence

from crmq.connectors.content import Content
from crmq.connectors.databases import address, duckdb_files, sqlite_files
from crmq.connectors.databases.address import Address, is_url, kept, parse, shown
from crmq.connectors.databases.duckdb_files import DuckDBError, duckdb_in_memory, duckdb_text
from crmq.connectors.databases.found import Found, fingerprint
from crmq.errors import SourceError
from crmq.locales import _
from crmq.model.raw import RawTable

__all__ = [
    "DUCKDB_MAGIC", "SQLITE_MAGIC", "Address", "DuckDBError", "Found", "duckdb_in_memory", "duckdb_text", "fingerprint",
    "is_url", "kept", "parse", "read_file", "read_url", "shown",
]  # fmt: skip

SQLITE_MAGIC = sqlite_files.MAGIC
DUCKDB_MAGIC = duckdb_files.MAGIC
"""Stands at byte 8 of a DuckDB file."""


def read_url(url: str) -> Found:
    """Return the tables that a database URL asks for.

    Raises:
        SourceError: The database cannot be reached or opened, has no such table, or refuses the query.
        ConfigError: An environment variable that the URL names is not set.
    """
    asked = parse(url)
    if asked.kind in address.FILES:
        assert asked.path is not None
        if not asked.path.is_file():
            raise SourceError(_("There is no such database file."), where=asked.shown)
        content = Content(str(asked.path), asked.path)
        return Found(read_file(content, asked.tables, asked.query, asked.name))
    # drivers are imported late: most runs read files only
    if asked.kind == "postgresql":
        from crmq.connectors.databases import postgresql

        return postgresql.read(asked)
    if asked.kind == "mysql":
        from crmq.connectors.databases import mysql

        return mysql.read(asked)
    from crmq.connectors.databases import dialects

    return dialects.read(asked)


def read_file(
    content: Content, tables: Sequence[str] = (), query: str | None = None, name: str = "query"
) -> list[RawTable]:
    """Return the tables of a database file: those named, the result of a query, or all of them.

    Raises:
        SourceError: The file is no database, has no such table, or the query fails.
    """
    reader = sqlite_files if content.head(16) == SQLITE_MAGIC else duckdb_files
    return list(reader.read(content, tables, query, name))
