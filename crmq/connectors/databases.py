"""Databases by URL: SQLite and DuckDB, opened read-only, every value as text without loss.

``sqlite:///customers.db?table=contacts``, ``duckdb:///crm.duckdb?query=SELECT ...``; all tables when neither is given.
Other databases plug in here by their URL scheme.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import polars as pl

from crmq.connectors import assemble
from crmq.connectors.content import Content
from crmq.errors import SourceError
from crmq.locales import _, ngettext
from crmq.model.raw import Fact, RawTable

if TYPE_CHECKING:
    import duckdb

SQLITE_MAGIC = b"SQLite format 3\0"
DUCKDB_MAGIC = b"DUCK"
"""Stands at byte 8 of a DuckDB file."""

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://")
_EXTRA = {
    "postgresql": "databases", "postgres": "databases", "mysql": "databases", "mariadb": "databases",
    "mssql": "databases", "oracle": "databases", "snowflake": "databases", "redshift": "databases",
}  # fmt: skip
_FILES = ("sqlite", "duckdb")
_BATCH = 50_000


class DuckDBError(Exception):
    """DuckDB could not do it; the cause is the context."""


@dataclass(frozen=True)
class Address:
    """A database URL taken apart.

    Attributes:
        scheme: The kind of database, without a driver.
        path: The file of a database that is one.
        tables: Tables or views asked for.
        query: A query asked for.
        shown: The URL as it may be shown: without password.
    """

    scheme: str
    path: Path | None
    tables: tuple[str, ...]
    query: str | None
    shown: str


def is_url(text: str) -> bool:
    """Tell whether an input is a database URL."""
    return _URL.match(text) is not None


def parse(url: str) -> Address:
    """Return the parts of a database URL.

    Raises:
        SourceError: It is no database URL, or a parameter is not known.
    """
    parts = urlsplit(url, allow_fragments=False)
    scheme = parts.scheme.split("+")[0].lower()
    shown = _without_password(url)
    tables: tuple[str, ...] = ()
    query = None
    if scheme in _FILES:
        if parts.query.startswith("query="):  # the rest of the URL, so that SQL needs no escaping
            query = unquote(parts.query.removeprefix("query="))
        elif parts.query:
            pairs = [pair.partition("=") for pair in parts.query.split("&")]
            unknown = next((key for key, _is, _value in pairs if key != "table"), None)
            if unknown is not None:
                what = _("{name} is no parameter of a database URL.").format(name=unknown)
                raise SourceError(what, where=shown, hint=_("Known: {names}.").format(names="table, query"))
            tables = tuple(unquote(value) for _key, _is, value in pairs)
    location = unquote(parts.netloc + parts.path)
    relative = Path(location.removeprefix("/"))
    path = (
        (relative if relative.exists() or not Path(location).exists() else Path(location)) if scheme in _FILES else None
    )
    return Address(scheme, path, tables, query, shown)


def _without_password(url: str) -> str:
    return re.sub(r"(://[^/@:]*):[^/]*@", r"\1@", url.split("?", 1)[0])


def read_url(url: str) -> list[RawTable]:
    """Return the tables that a database URL asks for.

    Raises:
        SourceError: The database cannot be opened, has no such table, or refuses the query.
    """
    address = parse(url)
    if address.path is None:
        extra = _EXTRA.get(address.scheme)
        if extra is None:
            hint = _("Known: {names}.").format(names="sqlite:///, duckdb:///")
            raise SourceError(_("{name} is no database that crmq knows.").format(name=address.scheme),
                              where=address.shown, hint=hint)  # fmt: skip
        hint = _("Export the tables as CSV or Parquet for now; the connectors come with {extra}.")
        raise SourceError(
            _("Reading from {name} is not supported in this version.").format(name=address.scheme),
            where=address.shown,
            hint=hint.format(extra=f"pip install 'crmq[{extra}]'"),
        )
    if not address.path.is_file():
        raise SourceError(_("There is no such database file."), where=address.shown)
    return read_file(Content(str(address.path), address.path), address.tables, address.query)


def read_file(content: Content, tables: Sequence[str] = (), query: str | None = None) -> list[RawTable]:
    """Return the tables of a database file: those named, the result of a query, or all of them.

    Raises:
        SourceError: The file is no database, has no such table, or the query fails.
    """
    reader = _sqlite if content.head(16) == SQLITE_MAGIC else _duckdb
    made = list(reader(content, tables, query))
    return [_with_format(table, "SQLite" if reader is _sqlite else "DuckDB") for table in made]


def _with_format(table: RawTable, name: str) -> RawTable:
    return replace(table, facts=(Fact("format", name), *table.facts))


def _chosen(content: Content, known: Sequence[str], asked: Sequence[str]) -> Sequence[str]:
    by_name = {name.lower(): name for name in known}
    for name in asked:
        if name.lower() not in by_name:
            hint = _("Known: {names}.").format(names=", ".join(known[:20]))
            raise SourceError(_("There is no table {name}.").format(name=name), where=content.where, hint=hint)
    return [by_name[name.lower()] for name in asked] if asked else known


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _finish(content: Content, frame: pl.DataFrame, name: str, facts: list[Fact]) -> RawTable:
    lines = pl.int_range(1, frame.height + 1, dtype=pl.UInt32, eager=True)
    return assemble.table(content, frame, lines, frame.columns, facts, member=name)


# ---------------------------------------------------------------------- SQLite


def _sqlite(content: Content, tables: Sequence[str], query: str | None) -> Iterator[RawTable]:
    try:
        with _sqlite_connection(content) as connection:
            if query is not None:
                yield _sqlite_table(content, connection, query, "query")
                return
            kinds = "'table', 'view'" if tables else "'table'"  # views hold nothing that the tables do not
            sql = f"SELECT name FROM sqlite_master WHERE type IN ({kinds})"
            known = sorted(row[0] for row in connection.execute(sql) if not row[0].startswith("sqlite_"))
            for name in _chosen(content, known, tables):
                yield _sqlite_table(content, connection, f"SELECT * FROM {_quoted(name)}", name)
    except sqlite3.Error as error:
        raise _refused("SQLite", content, error) from error


@contextmanager
def _sqlite_connection(content: Content) -> Iterator[sqlite3.Connection]:
    if content.file is None:
        connection = sqlite3.connect(":memory:")
        connection.deserialize(content.read())
    else:
        # as_uri escapes what means something in a URI
        connection = sqlite3.connect(content.file.resolve().as_uri() + "?mode=ro", uri=True)
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    try:
        yield connection
    finally:
        connection.close()


def _sqlite_table(content: Content, connection: sqlite3.Connection, sql: str, name: str) -> RawTable:
    cursor = connection.execute(sql)
    if cursor.description is None:
        raise SourceError(_("The query gives no table."), where=content.where)
    headers = assemble.unique([column[0] for column in cursor.description])
    parts = []
    empty = 0
    while rows := cursor.fetchmany(_BATCH):
        columns = [[_sqlite_text(cell) for cell in column] for column in zip(*rows, strict=True)]
        empty += sum(column.count("") for column in columns)
        parts.append(pl.DataFrame(columns, schema=dict.fromkeys(headers, pl.String), orient="col"))
    frame = pl.concat(parts) if parts else pl.DataFrame(schema=dict.fromkeys(headers, pl.String))
    frame = frame.with_columns(_whole(frame[name]) for name in frame.columns)
    return _finish(content, frame.select(pl.when(pl.all() != "").then(pl.all())), name, _empty_texts(empty))


def _sqlite_text(cell: Any) -> str | None:
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, bytes):
        return cell.hex()
    return str(cell) if isinstance(cell, int) else repr(cell)


def _whole(column: pl.Series) -> pl.Series:
    """Return a column without ``.0`` when every value is a whole number (a column of REAL that holds ids)."""
    filled = column.drop_nulls()
    if not len(filled) or not filled.str.contains(r"^-?\d{1,15}\.0$").all():
        return column
    return column.str.strip_suffix(".0")


def _empty_texts(count: int) -> list[Fact]:
    if not count:
        return []
    why = ngettext("{n} cell is an empty text and not NULL; both are read as empty",
                   "{n} cells are empty texts and not NULL; both are read as empty", count)  # fmt: skip
    return [Fact("empty_texts", str(count), why.format(n=count))]


# ---------------------------------------------------------------------- DuckDB


def _duckdb(content: Content, tables: Sequence[str], query: str | None) -> Iterator[RawTable]:
    import duckdb

    if content.file is None:
        hint = _("Unpack it first.")
        raise SourceError(_("A DuckDB file inside an archive cannot be read."), where=content.where, hint=hint)
    try:
        connection = duckdb.connect(str(content.file), read_only=True, config={"enable_external_access": False})
    except duckdb.Error as error:
        raise _refused("DuckDB", content, error) from error
    try:
        if query is not None:
            frame, facts = duckdb_text(connection, query)
            yield _finish(content, frame, "query", facts)
            return
        sql = "SELECT table_schema, table_name FROM information_schema.tables WHERE table_catalog = current_database()"
        if not tables:  # views hold nothing that the tables do not
            sql += " AND table_type = 'BASE TABLE'"
        names = {
            name if schema == "main" else f"{schema}.{name}": f"{_quoted(schema)}.{_quoted(name)}"
            for schema, name in sorted(connection.execute(sql).fetchall())
        }
        for name in _chosen(content, list(names), tables):
            frame, facts = duckdb_text(connection, f"SELECT * FROM {names[name]}")
            yield _finish(content, frame, name, facts)
    except (DuckDBError, duckdb.Error) as error:
        raise _refused("DuckDB", content, error) from error
    finally:
        connection.close()


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
    frame = frame.with_columns(_whole(frame[name]) for name, row in zip(names, described, strict=True)
                               if str(row[1]) in ("DOUBLE", "FLOAT"))  # fmt: skip
    return frame.select(pl.when(pl.all() != "").then(pl.all())), _empty_texts(empty)


def _duckdb_expression(column: str, dtype: str) -> str:
    for pattern, template in _DUCKDB_TEXT:
        if re.match(pattern, dtype):
            return template.format(c=column)
    return f"CAST({column} AS VARCHAR)"


def _refused(kind: str, content: Content, error: Exception) -> SourceError:
    """Return the error of a database as ours; messages that may quote values are left out."""
    cause = error.__cause__ if isinstance(error, DuckDBError) and error.__cause__ is not None else error
    safe = isinstance(cause, sqlite3.Error) or type(cause).__name__ in _SAFE
    reason = str(cause).split("\n", 1)[0][:200] if safe else type(cause).__name__
    return SourceError(
        _("{kind} refuses: {reason}").format(kind=kind, reason=reason),
        where=content.where,
        hint=_("The database is opened read-only; check the table, the query and that no one is writing."),
    )


_SAFE = (
    "CatalogException",
    "ParserException",
    "BinderException",
    "PermissionException",
    "SyntaxException",
    "IOException",
)
"""Errors of DuckDB that tell of tables and SQL, never of values."""
