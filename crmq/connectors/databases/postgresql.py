"""PostgreSQL: the server writes every column as text (``COPY ... TO STDOUT``), which Polars parses as it arrives.

The text of a type is what PostgreSQL itself restores it from, so nothing is lost: numerics to the last digit,
infinities, intervals, ranges, bits. Only what has a better text elsewhere in crmq is turned: booleans to ``true`` and
``false``, timestamps to ISO 8601 in UTC, binary to hexadecimal, arrays and rows to JSON. One read-only transaction sees
one state of all tables.
"""

from __future__ import annotations

import select
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmq.connectors.content import Content
from crmq.connectors.databases import choice, drivers, found, guard, refusals
from crmq.connectors.databases.address import Address
from crmq.connectors.databases.csv_stream import MARK, CsvStream
from crmq.errors import SourceError
from crmq.locales import _
from crmq.model.raw import Fact, RawTable

if TYPE_CHECKING:
    import psycopg

NAME = "PostgreSQL"
CONNECT_SECONDS = "15"
"""Without ``connect_timeout`` in the URL a server that does not answer would be waited for without end."""

_SESSION = {
    "TimeZone": "UTC", "DateStyle": "ISO, YMD", "IntervalStyle": "iso_8601", "extra_float_digits": "1",
    "bytea_output": "hex", "lock_timeout": "60s",
}  # fmt: skip

_TABLES = """
SELECT n.nspname, c.relname, c.relkind::text, n.nspname = ANY (current_schemas(false)),
       has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'),
       row_security_active(c.oid),
       c.relispartition OR c.relkind IN ('v', 'm')
       OR EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
ORDER BY NOT (n.nspname = ANY (current_schemas(false))), n.nspname, c.relname
"""
_TYPES = """
SELECT oid::int8, typname::text, typcategory::text, typtype::text FROM pg_type WHERE oid = ANY (%s)
"""
_TIMES = ("timestamp", "timestamptz")
_SAFE_CLASSES = ("08", "0A", "25", "28", "3D", "3F", "42", "53", "54", "55", "57")
"""Classes of errors whose messages tell of objects, connections and limits, never of values in cells."""


@dataclass(frozen=True)
class _Table:
    """One table or view of the database.

    Attributes:
        sql: What to select from.
        readable: Whether the user may read all of it.
        filtered: Whether row security hides rows from the user.
        extra: It holds nothing that others do not (a view, a partition), or is not the user's (of an extension).
    """

    sql: str
    readable: bool
    filtered: bool
    extra: bool


def read(address: Address) -> found.Found:
    """Return the tables asked for, or all of them.

    Raises:
        SourceError: The server cannot be reached, refuses, or has no such table.
    """
    content = Content(address.shown)
    result = found.Found()
    driver = drivers.load("psycopg", address)
    with _connected(address) as connection:
        try:
            if address.query is not None:
                result.tables.append(_table(connection, content, address.query, address.name, []))
                return result
            for name, table in _wanted(connection, address).items():
                facts = []
                if table.filtered:
                    why = _("row security of the database shows this user only some of the rows")
                    facts.append(Fact("row_security", "on", why))
                if not table.readable and not address.tables:
                    result.passed.append(found.no_permission(address.shown, name))
                    continue
                result.tables.append(_table(connection, content, f"SELECT * FROM {table.sql}", name, facts))
        except driver.Error as error:
            raise refusals.refused(NAME, address.shown, _reason(error), address.secrets) from None
    return result


@contextmanager
def _connected(address: Address) -> Iterator[psycopg.Connection]:
    """Give a connection inside a read-only transaction that is never committed."""
    psycopg = drivers.load("psycopg", address)
    given: dict[str, str | int | None] = {
        "host": address.host, "port": address.port, "user": address.user, "password": address.password,
        "dbname": address.database, "connect_timeout": CONNECT_SECONDS, "application_name": "crmq", **address.options,
        "client_encoding": "UTF8",
    }  # fmt: skip
    try:
        connection = psycopg.connect(**{key: value for key, value in given.items() if value is not None})
    except psycopg.Error as error:
        raise refusals.unreachable(NAME, address.shown, _unconnected(error), address.secrets) from None
    try:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        for name, value in _SESSION.items():
            connection.execute("SELECT set_config(%s, %s, true)", (name, value))
        yield connection
    finally:
        connection.close()  # an open transaction is rolled back


def _unconnected(error: psycopg.Error) -> str:
    """Return why there is no connection: the last line that says so, without what goes before."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = next((line for line in lines if line.startswith("connection ")), lines[0] if lines else type(error).__name__)
    return told.removeprefix("connection failed: ")


def _reason(error: psycopg.Error) -> str:
    """Return what the server says, unless it may quote values."""
    state = error.sqlstate
    if state is None:
        return str(error).split("\n", 1)[0] if type(error).__name__ == "OperationalError" else type(error).__name__
    if state[:2] in _SAFE_CLASSES:
        return error.diag.message_primary or state
    return f"{type(error).__name__} ({state})"


def _wanted(connection: psycopg.Connection, address: Address) -> dict[str, _Table]:
    tables: dict[str, _Table] = {}
    usual = connection.execute("SELECT current_schema()").fetchone()
    for schema, name, kind, _visible, readable, filtered, extra in connection.execute(_TABLES).fetchall():
        shown = name if usual and schema == usual[0] else f"{schema}.{name}"
        # the rows of tables that inherit from a plain one are read with those tables
        only = "ONLY " if kind == "r" and not address.tables else ""
        tables[shown] = _Table(f"{only}{_quoted(schema)}.{_quoted(name)}", readable, filtered, extra)
    if address.tables:
        return {name: tables[name] for name in choice.chosen(address.shown, list(tables), address.tables)}
    return {name: table for name, table in tables.items() if not table.extra}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


# ---------------------------------------------------------------------- rows


def _table(connection: psycopg.Connection, content: Content, query: str, name: str, facts: list[Fact]) -> RawTable:
    query = guard.without_end(query, "postgres")
    labels, types = _described(connection, query)
    if not labels:
        raise SourceError(_("The query gives no table."), where=content.where)
    aliases = [f"c{i}" for i in range(len(labels))]
    known = _type_names(connection, types)
    written = [_expression(alias, *known[oid]) for alias, oid in zip(aliases, types, strict=True)]
    times = frozenset(alias for alias, oid in zip(aliases, types, strict=True) if known[oid][0] in _TIMES)
    # a database without an encoding holds any bytes, which it hands out only to those who ask for no encoding
    plain = connection.info.parameter_status("server_encoding") != "SQL_ASCII"
    # the query stands on lines of its own: it may end in a comment
    copy = (
        f"COPY (SELECT '{MARK}', {', '.join(written)} FROM (\n{query}\n) AS q({', '.join(aliases)}))"
        f" TO STDOUT (FORMAT csv, ENCODING '{'UTF8' if plain else 'SQL_ASCII'}')"
    )
    with CsvStream(aliases, times) as stream:
        _copy(connection, copy, stream, plain=plain)
        frame = stream.frame()
    told = [Fact("format", NAME), *facts, *found.empty_texts(stream.empty)]
    return found.made(content, frame, labels, name, told, nul=False)


def _described(connection: psycopg.Connection, query: str) -> tuple[list[str], list[int]]:
    """Return labels and types of the columns of a query without running it.

    It is prepared, which the server does with a single statement only: a second one after a semicolon is refused here.
    """
    from psycopg import errors, pq

    server = connection.pgconn
    result = server.prepare(b"", query.encode())
    if result.status == pq.ExecStatus.COMMAND_OK:
        result = server.describe_prepared(b"")
    if result.status != pq.ExecStatus.COMMAND_OK:
        raise errors.error_from_result(result)
    labels = [(result.fname(i) or b"").decode("utf-8", "replace") for i in range(result.nfields)]
    return labels, [result.ftype(i) for i in range(result.nfields)]


def _type_names(connection: psycopg.Connection, oids: Sequence[int]) -> Mapping[int, tuple[str, str, str]]:
    rows = connection.execute(_TYPES, (sorted(set(oids)),)).fetchall()
    return {oid: (name, category, kind) for oid, name, category, kind in rows}


def _expression(column: str, name: str, category: str, kind: str) -> str:
    """Return what the server writes of a column; most types are written as they are."""
    if category == "A" or kind == "c" or name == "record":  # arrays and rows
        return f"to_json({column})::text"
    if name == "bytea":
        return f"encode({column}, 'hex')"
    if name == "money":  # its text depends on the settings of the server
        return f"{column}::numeric"
    if name in ("bool", "bpchar"):  # bpchar: the blanks that fill it up are no data
        return f"{column}::text"
    return column


def _copy(connection: psycopg.Connection, sql: str, stream: CsvStream, *, plain: bool) -> None:
    """Run a COPY and hand its rows over; every message of the server is one row."""
    from psycopg import errors, pq

    server = connection.pgconn
    server.send_query(sql.encode())
    while server.is_busy():
        _wait(server)
    result = server.get_result()
    if result is None or result.status != pq.ExecStatus.COPY_OUT:
        raise errors.error_from_result(result) if result is not None else errors.OperationalError("no answer")
    while (message := server.get_copy_data(1))[0] >= 0:
        size, row = message
        if size == 0:
            _wait(server)
        else:
            stream.add(row if plain else _as_utf8(bytes(row)))
    while (result := server.get_result()) is not None:
        if result.status != pq.ExecStatus.COMMAND_OK:
            raise errors.error_from_result(result)


def _wait(server: psycopg.pq.abc.PGconn) -> None:
    """Wait until the server sends more; Python's signals come through."""
    select.select([server.socket], [], [])
    server.consume_input()


def _as_utf8(row: bytes) -> bytes:
    try:
        row.decode("utf-8")
    except UnicodeDecodeError:
        return row.decode("cp1252", "replace").encode()
    return row
