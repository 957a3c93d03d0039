"""Every other database that SQLAlchemy knows, SQL Server among them: reach before speed.

Values come as the driver's Python objects and are written as text (:mod:`cells`), some rows at a time. A database
without read-only transactions is protected by letting through a single query that only reads, and nothing is ever
committed.
"""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from crmq.connectors.content import Content
from crmq.connectors.databases import cells, choice, drivers, found, guard, refusals, sqlserver
from crmq.connectors.databases.address import Address
from crmq.errors import SourceError
from crmq.locales import _
from crmq.model.raw import Fact, RawTable

if TYPE_CHECKING:
    import sqlalchemy as sa

_NAMES = {"mssql": "SQL Server", "oracle": "Oracle", "redshift": "Redshift", "snowflake": "Snowflake"}
_DRIVERS = {"mssql": ("pymssql", "pyodbc"), "oracle": ("oracledb",)}
"""Drivers in order of preference; the first installed one is taken when the URL names none."""
_PASSWORDS = {"mssql": "SQLCMDPASSWORD"}
_DIALECTS = {"mssql": "tsql"}
"""Names that sqlglot has for dialects, where they differ."""
_BEGIN = {"oracle": "SET TRANSACTION READ ONLY"}
_READ_ONLY = {"mssql+pyodbc": ("ApplicationIntent", "ReadOnly")}
_BATCH = 20_000


@dataclass(frozen=True)
class _Table:
    """A table or view: its quoted name, and whether it may be read."""

    quoted: str
    is_view: bool
    readable: bool


def read(address: Address) -> found.Found:
    """Return the tables asked for, or all of them.

    Raises:
        SourceError: The database is not known, its driver is missing, it cannot be reached, refuses, or has no such
            table.
    """
    sqlalchemy = drivers.load("sqlalchemy", address)
    content = Content(address.shown)
    result = found.Found()
    query = address.query
    if query is not None:
        query = guard.one_query(query, _DIALECTS.get(address.kind, address.kind), address.shown)
    with _connected(address) as connection:
        try:
            if query is not None:
                result.tables.append(_table(connection, content, query, address, address.name, frozenset()))
                return result
            for name, table in _wanted(connection, address).items():
                if not table.readable and not address.tables:
                    result.passed.append(found.no_permission(address.shown, name))
                    continue
                statement, singles = _statement(connection, address, table)
                result.tables.append(_table(connection, content, statement, address, name, singles))
        except sqlalchemy.exc.SQLAlchemyError as error:
            raise refusals.refused(_name(address), address.shown, _reason(error), address.secrets) from None
    return result


def _name(address: Address) -> str:
    return _NAMES.get(address.kind, address.kind)


@contextmanager
def _connected(address: Address) -> Iterator[sa.Connection]:
    """Give a connection whose transaction is rolled back in the end."""
    import sqlalchemy

    engine = _engine(address)
    try:
        connection = engine.connect()
    except sqlalchemy.exc.SQLAlchemyError as error:
        raise refusals.unreachable(_name(address), address.shown, _reason(error), address.secrets) from None
    try:
        if address.kind in _BEGIN:
            connection.exec_driver_sql(_BEGIN[address.kind])
        yield connection
    finally:
        connection.rollback()
        connection.close()
        engine.dispose()


def _engine(address: Address) -> sa.Engine:
    import sqlalchemy

    driver = address.driver or _installed(address)
    scheme = f"{address.kind}+{driver}" if driver else address.kind
    password = address.password if address.password is not None else os.environ.get(_PASSWORDS.get(address.kind, ""))
    options: dict[str, Any] = dict([_READ_ONLY[scheme]]) if scheme in _READ_ONLY else {}
    url = sqlalchemy.URL.create(
        scheme, address.user, password, address.host, address.port, address.database, {**options, **address.options}
    )
    try:
        return sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool, hide_parameters=True)
    except sqlalchemy.exc.NoSuchModuleError:
        hint = _("Known: {names}.").format(names="postgresql, mysql, mariadb, mssql, sqlite, duckdb, oracle")
        raise SourceError(
            _("{name} is no database that crmq knows.").format(name=scheme), where=address.shown, hint=hint
        ) from None
    except ImportError as error:
        drivers.load(error.name or scheme, address, error.name)
        raise
    except (sqlalchemy.exc.SQLAlchemyError, ValueError, TypeError) as error:
        raise refusals.unreachable(_name(address), address.shown, _reason(error), address.secrets) from None


def _installed(address: Address) -> str | None:
    """Return the first driver that is there, or the first one, so that the error names it."""
    wanted = _DRIVERS.get(address.kind, ())
    there = (name for name in wanted if importlib.util.find_spec(name) is not None)
    return next(there, wanted[0] if wanted else None)


def _reason(error: Exception) -> str:
    """Return what the database says, unless it may quote values: then only the codes it gives."""
    cause = getattr(error, "orig", None) or error
    text = " ".join(str(part.decode("utf-8", "replace") if isinstance(part, bytes) else part) for part in cause.args)
    first = cause.args[0] if cause.args else None
    if isinstance(first, tuple) and first:  # pymssql wraps number and message
        first = first[0]
    safe = first in sqlserver.SAFE_NUMBERS if isinstance(first, int) else _is_safe_state(first)
    if safe:
        return text
    codes = dict.fromkeys(re.findall(r"\b[A-Z]{2,4}-\d{4,5}\b", text))
    told = [type(cause).__name__, *([str(first)] if isinstance(first, int) else []), *codes]
    return " ".join(told)


def _is_safe_state(state: object) -> bool:
    """Tell whether a SQLSTATE is of a class about connections, logins, syntax or objects."""
    return isinstance(state, str) and re.fullmatch(r"(?:08|28|42|HYT|IM)\w+", state) is not None and len(state) == 5


# ---------------------------------------------------------------------- what there is


def _wanted(connection: sa.Connection, address: Address) -> dict[str, _Table]:
    tables = _sqlserver(connection) if address.kind == "mssql" else _inspected(connection)
    if address.tables:
        return {name: tables[name] for name in choice.chosen(address.shown, list(tables), address.tables)}
    return {name: table for name, table in tables.items() if not table.is_view}


def _sqlserver(connection: sa.Connection) -> dict[str, _Table]:
    tables = {}
    for schema, name, view, own, readable in connection.exec_driver_sql(sqlserver.TABLES).fetchall():
        quoted = f"{sqlserver.quoted(schema)}.{sqlserver.quoted(name)}"
        tables[name if own else f"{schema}.{name}"] = _Table(quoted, bool(view), bool(readable))
    return tables


def _inspected(connection: sa.Connection) -> dict[str, _Table]:
    import sqlalchemy

    looked = sqlalchemy.inspect(connection)
    quote = connection.dialect.identifier_preparer.quote
    tables = {name: _Table(quote(name), False, True) for name in sorted(looked.get_table_names())}
    return tables | {name: _Table(quote(name), True, True) for name in sorted(looked.get_view_names())}


def _statement(connection: sa.Connection, address: Address, table: _Table) -> tuple[str, frozenset[int]]:
    """Return the statement that reads a table, and the positions of its columns of single precision."""
    if address.kind != "mssql":
        return f"SELECT * FROM {table.quoted}", frozenset()
    rows = connection.exec_driver_sql(sqlserver.columns_query(table.quoted)).fetchall()
    columns = [(str(name), str(kind)) for name, kind in rows]
    singles = frozenset(i for i, (_name, kind) in enumerate(columns) if kind == sqlserver.FLOATS)
    return sqlserver.selection(table.quoted, columns), singles


# ---------------------------------------------------------------------- rows


def _table(
    connection: sa.Connection, content: Content, sql: str, address: Address, name: str, singles: frozenset[int]
) -> RawTable:
    # without parameters a percent sign in the query is one
    ways = {"stream_results": True, "no_parameters": True, "max_row_buffer": _BATCH}
    result = connection.exec_driver_sql(sql, execution_options=ways)
    if not result.returns_rows:
        raise SourceError(_("The query gives no table."), where=content.where)
    labels = list(result.keys())
    floats: set[int] = set()

    def rows() -> list[Any]:
        part = result.fetchmany(_BATCH)
        floats.update(i for i in range(len(labels)) if any(isinstance(row[i], float) for row in part))
        return list(part)

    frame, empty = cells.frame(cells.batches(rows), len(labels))
    frame = frame.with_columns(_single(frame[f"c{i}"]) for i in singles)
    frame = frame.with_columns(found.whole(frame[f"c{i}"]) for i in sorted(floats))
    facts = [Fact("format", _name(address)), *found.empty_texts(empty)]
    return found.made(content, found.without_empty(frame), labels, name, facts)


def _single(column: pl.Series) -> pl.Series:
    """Return numbers of single precision in their shortest form."""
    return column.cast(pl.Float64).cast(pl.Float32).cast(pl.String)
