"""DuckDB: files opened read-only, and what it reads of other files for us."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import polars as pl

from crmq.connectors import assemble
from crmq.connectors.content import Content
from crmq.connectors.databases import choice, found, refusals
from crmq.errors import SourceError
from crmq.locales import _
from crmq.model.raw import Fact, RawTable

if TYPE_CHECKING:
    import duckdb

MAGIC = b"DUCK"
"""Stands at byte 8 of a DuckDB file."""


class DuckDBError(Exception):
    """DuckDB could not do it; the cause is the context."""


def read(content: Content, tables: Sequence[str], query: str | None, name: str) -> Iterator[RawTable]:
    """Yield the tables that are asked for, or all of them."""
    import duckdb

    if content.file is None:
        hint = _("Unpack it first.")
        raise SourceError(_("A DuckDB file inside an archive cannot be read."), where=content.where, hint=hint)
    try:
        connection = duckdb.connect(str(content.file), read_only=True, config={"enable_external_access": False})
    except duckdb.Error as error:
        raise _refused(content, error) from None
    try:
        if query is not None:
            yield _table(connection, content, query, name)
            return
        sql = "SELECT table_schema, table_name FROM information_schema.tables WHERE table_catalog = current_database()"
        if not tables:  # views hold nothing that the tables do not
            sql += " AND table_type = 'BASE TABLE'"
        known = {
            table if schema == "main" else f"{schema}.{table}": f"{_quoted(schema)}.{_quoted(table)}"
            for schema, table in sorted(connection.execute(sql).fetchall())
        }
        for one in choice.chosen(content.where, list(known), tables) if tables else known:
            yield _table(connection, content, f"SELECT * FROM {known[one]}", one)
    except (DuckDBError, duckdb.Error) as error:
        raise _refused(content, error) from None
    finally:
        connection.close()


def _table(connection: duckdb.DuckDBPyConnection, content: Content, sql: str, name: str) -> RawTable:
    frame, facts = duckdb_text(connection, sql)
    return found.made(content, frame, frame.columns, name, [Fact("format", "DuckDB"), *facts])


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def duckdb_in_memory() -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a DuckDB connection without a database, for reading files; it loads nothing from the network."""
    import duckdb

    config = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
    connection = duckdb.connect(":memory:", config=dict(config))
    try:
        yield connection
    finally:
        connection.close()


_DUCKDB_TEXT: tuple[tuple[str, str], ...] = (
    (r".*\[\d*\]$|STRUCT|MAP|UNION|JSON", "CAST(to_json({c}) AS VARCHAR)"),
    (r"BLOB|BIT", "lower(hex({c}))"),
    (r"TIMESTAMP WITH TIME ZONE", "replace(CAST({c} AS VARCHAR), ' ', 'T') || ':00'"),
    (r"TIMESTAMP|DATETIME", "replace(CAST({c} AS VARCHAR), ' ', 'T')"),
)


class _Stream:
    """The Arrow stream of a relation and nothing else: with the relation itself Polars keeps references alive."""

    def __init__(self, relation: duckdb.DuckDBPyRelation) -> None:
        self._relation = relation

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._relation.__arrow_c_stream__(requested_schema)


def duckdb_text(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[object] = ()
) -> tuple[pl.DataFrame, list[Fact]]:
    """Return the result of a query with every column as text.

    Raises:
        DuckDBError: The query fails.
    """
    import duckdb

    try:
        connection.execute("SET TimeZone = 'UTC'")
        described = connection.execute(f"DESCRIBE {sql}", parameters).fetchall()
        names = assemble.unique([str(row[0]) for row in described])
        cast = [_duckdb_expression(f"c{i}", str(row[1]).upper()) + f" AS c{i}" for i, row in enumerate(described)]
        columns = ", ".join(f"c{i}" for i in range(len(described)))
        wrapped = f"SELECT {', '.join(cast)} FROM ({sql}) AS q({columns})"
        frame = pl.DataFrame(_Stream(connection.sql(wrapped, params=list(parameters))))
    except duckdb.Error as error:
        raise DuckDBError(str(error)) from error
    except pl.exceptions.PanicException as error:
        raise DuckDBError("arrow") from error
    frame = frame.rename(dict(zip(frame.columns, names, strict=True))).cast(pl.String)
    empty = int(frame.select(pl.sum_horizontal((pl.all() == "").sum())).item()) if frame.width else 0
    frame = frame.with_columns(found.whole(frame[name]) for name, row in zip(names, described, strict=True)
                               if str(row[1]) in ("DOUBLE", "FLOAT"))  # fmt: skip
    return found.without_empty(frame), found.empty_texts(empty)


def _duckdb_expression(column: str, dtype: str) -> str:
    for pattern, template in _DUCKDB_TEXT:
        if re.match(pattern, dtype):
            return template.format(c=column)
    return f"CAST({column} AS VARCHAR)"


def _refused(content: Content, error: Exception) -> SourceError:
    """Return the error of DuckDB as ours; messages that may quote values are left out."""
    cause = error.__cause__ if isinstance(error, DuckDBError) and error.__cause__ is not None else error
    reason = str(cause).split("\n", 1)[0] if type(cause).__name__ in _SAFE else type(cause).__name__
    return refusals.refused("DuckDB", content.where, reason)


_SAFE = (
    "CatalogException",
    "ParserException",
    "BinderException",
    "PermissionException",
    "SyntaxException",
    "IOException",
)
"""Errors of DuckDB that tell of tables and SQL, never of values."""
