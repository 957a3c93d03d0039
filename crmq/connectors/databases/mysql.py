"""MySQL and MariaDB, through PyMySQL; the rows of the server become CSV without a Python object per cell.

The protocol sends every value as the text that the server itself reads back. Only what would lose on the way, or has a
better text elsewhere in crmq, is selected otherwise: FLOAT (which the server cuts to six digits) by way of DOUBLE, BIT
as digits, binary in hexadecimal, TIMESTAMP in UTC. Zero dates, unsigned numbers and times beyond a day are texts like
all others. One read-only transaction sees one state of all tables.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from crmq.connectors.content import Content
from crmq.connectors.databases import choice, drivers, found, guard, mysql_rows, refusals
from crmq.connectors.databases.address import Address
from crmq.connectors.databases.csv_stream import CsvStream
from crmq.errors import SourceError, did_you_mean
from crmq.locales import _
from crmq.model.raw import Fact, RawTable

if TYPE_CHECKING:
    from pymysql.connections import Connection

NAME = "MySQL"
CONNECT_SECONDS = 15
_READ_BYTES = 1 << 20

_FLOAT, _TIMESTAMP, _DATETIME, _BIT, _JSON, _GEOMETRY = 4, 7, 12, 16, 245, 255
_TEXTS = range(249, 255)
"""Codes of BLOB, TEXT, CHAR, VARCHAR, BINARY and VARBINARY; the character set tells binary from text."""
_BINARY = 63
"""Number of the character set of what is no text."""

_WITHOUT_FRACTION = 19
"""Width of a timestamp to the second."""

_OPTIONS = {
    "ssl_ca": str, "ssl_cert": str, "ssl_key": str, "ssl_key_password": str, "ssl_disabled": bool,
    "ssl_verify_cert": bool, "ssl_verify_identity": bool, "ssl_mode": str, "connect_timeout": int, "read_timeout": int,
    "unix_socket": str, "read_default_file": str, "read_default_group": str, "charset": str,
}  # fmt: skip
"""Options of the URL that are passed on; ``charset`` is taken and not heeded: text always travels as UTF-8."""
_MODES: dict[str, dict[str, Any]] = {
    "disabled": {"ssl_disabled": True},
    "preferred": {},
    "required": {"ssl": {"check_hostname": False, "verify_mode": "none"}},
    "verify_ca": {"ssl_verify_cert": True},
    "verify_identity": {"ssl_verify_cert": True, "ssl_verify_identity": True},
}

_SESSION = (
    "SET SESSION time_zone = '+00:00', sql_mode = '', net_write_timeout = 3600, lock_wait_timeout = 60",
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "SET SESSION TRANSACTION READ ONLY",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
)
_TABLES = """
SELECT table_schema, table_name, table_type FROM information_schema.tables
WHERE {scope} ORDER BY table_schema, table_name
"""
_SYSTEM = ("information_schema", "mysql", "performance_schema", "sys")

_SAFE = {
    1040, 1044, 1045, 1046, 1049, 1054, 1064, 1109, 1129, 1130, 1142, 1143, 1146, 1205, 1222, 1227, 1290, 1317, 1345,
    1356, 1449, 1698, 1792, 1969, 2002, 2003, 2005, 2006, 2013, 2026, 2061, 3024,
}  # fmt: skip
"""Errors whose messages tell of objects, connections and rights, never of values in cells."""
_DENIED = {1142, 1143, 1345, 1356, 1449}
_REPEATED_LABEL = 1060


@dataclass(frozen=True)
class _Column:
    """One column of a result: its label, type code, number of the character set, and width."""

    label: str
    code: int
    charset: int
    width: int

    @property
    def is_binary(self) -> bool:
        """Whether its cells are bytes and no text."""
        return self.code == _GEOMETRY or (self.code in _TEXTS and self.charset == _BINARY)

    def selected(self, name: str) -> str:
        """Return what is selected of it."""
        if self.code == _FLOAT:
            return f"{name} + 0e0"
        if self.code == _BIT:
            return f"LPAD(BIN({name} + 0), {self.width}, '0')"
        return f"LOWER(HEX({name}))" if self.is_binary else name


def read(address: Address) -> found.Found:
    """Return the tables asked for, or all of them.

    Raises:
        SourceError: The server cannot be reached, refuses, or has no such table.
    """
    pymysql = drivers.load("pymysql", address)
    content = Content(address.shown)
    result = found.Found()
    query = guard.one_query(address.query, "mysql", address.shown) if address.query is not None else None
    with _connected(address) as connection:
        try:
            if query is not None:
                result.tables.append(_query(connection, content, query, address.name))
                return result
            for name, quoted in _wanted(connection, address).items():
                try:
                    columns = _described(connection, f"SELECT * FROM {quoted} LIMIT 0")
                    result.tables.append(_table(connection, content, columns, quoted, name))
                except pymysql.MySQLError as error:
                    if address.tables or _number(error) not in _DENIED:
                        raise
                    result.passed.append(found.no_permission(address.shown, name))
        except (pymysql.MySQLError, OSError) as error:
            raise refusals.refused(_product(connection), address.shown, _reason(error), address.secrets) from None
    return result


@contextmanager
def _connected(address: Address) -> Iterator[Connection[Any]]:
    """Give a connection inside a read-only transaction that is never committed."""
    pymysql = drivers.load("pymysql", address)
    password = address.password if address.password is not None else os.environ.get("MYSQL_PWD", "")
    try:
        connection = pymysql.connect(
            host=address.host, port=address.port or 0, user=address.user, password=password, database=address.database,
            charset="utf8mb4", program_name="crmq", local_infile=False,
            **{"connect_timeout": CONNECT_SECONDS, **_options(address)},
        )  # fmt: skip
    except (pymysql.MySQLError, OSError, ValueError, RuntimeError) as error:
        raise refusals.unreachable(NAME, address.shown, _reason(error), address.secrets) from None
    try:
        for statement in _SESSION:
            connection.query(statement)
        yield connection
    finally:
        if connection._result is not None:  # a result that was not read to its end is not waited for
            connection._result.unbuffered_active = False
        connection._force_close()


def _options(address: Address) -> dict[str, Any]:
    """Return the options of the URL as the driver takes them."""
    given: dict[str, Any] = {}
    for key, value in address.options.items():
        name = key.replace("-", "_").lower()
        if name not in _OPTIONS:
            close = did_you_mean(name, _OPTIONS)
            hint = _("Did you mean {word}?").format(word=close) if close else _("Known: {names}.").format(
                names=", ".join(_OPTIONS))  # fmt: skip
            raise SourceError(
                _("{name} is no parameter of a database URL.").format(name=key), where=address.shown, hint=hint
            )
        kind = _OPTIONS[name]
        try:
            given[name] = value.lower() in ("1", "true", "yes", "on") if kind is bool else kind(value)
        except ValueError:
            what = _("{name} takes a number.").format(name=key)
            raise SourceError(what, where=address.shown) from None
    given.pop("charset", None)
    mode = str(given.pop("ssl_mode", "preferred")).lower()
    if mode not in _MODES:
        hint = _("Known: {names}.").format(names=", ".join(_MODES))
        raise SourceError(_("{value} is not known.").format(value=mode), where=address.shown, hint=hint)
    return {**given, **_MODES[mode]}


def _product(connection: Connection[Any]) -> str:
    return "MariaDB" if "mariadb" in connection.get_server_info().lower() else NAME


def _number(error: Exception) -> int | None:
    number = error.args[0] if error.args else None
    return number if isinstance(number, int) else None


def _reason(error: Exception) -> str:
    """Return what the server says, unless it may quote values."""
    number = _number(error)
    if number in _SAFE and len(error.args) > 1:
        return f"{error.args[1]} ({number})"
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return f"{type(error).__name__} ({number})" if number else type(error).__name__


# ---------------------------------------------------------------------- what there is


def _wanted(connection: Connection[Any], address: Address) -> dict[str, str]:
    """Return the tables to read, each with what to select from."""
    scope = "table_schema = DATABASE()"
    if address.database is None:
        listed = ", ".join(f"'{name}'" for name in _SYSTEM)
        scope = f"LOWER(table_schema) NOT IN ({listed})"
    with connection.cursor() as cursor:
        cursor.execute(_TABLES.format(scope=scope))
        rows = [tuple(_str(cell) for cell in row) for row in cursor.fetchall()]
    tables: dict[str, str] = {}
    for schema, table, kind in rows:
        if address.tables or kind in ("BASE TABLE", "SYSTEM VERSIONED"):  # views hold nothing that the tables do not
            shown = table if schema == address.database or address.database else f"{schema}.{table}"
            tables[shown] = f"{_quoted(schema)}.{_quoted(table)}"
    if address.tables:
        return {name: tables[name] for name in choice.chosen(address.shown, list(tables), address.tables)}
    return tables


def _str(cell: Any) -> str:
    return cell.decode() if isinstance(cell, bytes) else str(cell)


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _described(connection: Connection[Any], sql: str) -> list[_Column]:
    connection.query(sql, unbuffered=True)
    columns = _columns(connection)
    connection._result._finish_unbuffered_query()
    return columns


def _columns(connection: Connection[Any]) -> list[_Column]:
    fields = getattr(connection._result, "fields", None) or []
    return [_Column(f.name, f.type_code, f.charsetnr, f.length) for f in fields]


# ---------------------------------------------------------------------- rows


def _query(connection: Connection[Any], content: Content, query: str, name: str) -> RawTable:
    import pymysql

    try:
        columns = _described(connection, f"SELECT * FROM (\n{query}\n) AS q LIMIT 0")
    except pymysql.MySQLError as error:
        if _number(error) != _REPEATED_LABEL:
            raise
        what = _("Two columns of the query have the same name.")
        raise SourceError(what, where=content.where, hint=_("Give each a name of its own with AS.")) from None
    return _table(connection, content, columns, f"(\n{query}\n) AS q", name)


def _table(
    connection: Connection[Any], content: Content, columns: Sequence[_Column], origin: str, name: str
) -> RawTable:
    selected = ", ".join(f"{column.selected(_quoted(column.label))} AS c{i}" for i, column in enumerate(columns))
    aliases = [f"c{i}" for i in range(len(columns))]
    times = frozenset(a for a, column in zip(aliases, columns, strict=True) if column.code in (_TIMESTAMP, _DATETIME))
    connection.query(f"SELECT {selected} FROM {origin}", unbuffered=True)
    with CsvStream(aliases, times) as stream:
        _stream(connection, stream)
        frame = stream.frame()
    frame = frame.with_columns(_finished(frame[a], column) for a, column in zip(aliases, columns, strict=True))
    facts = [Fact("format", _product(connection)), *found.empty_texts(stream.empty)]
    return found.made(content, frame, [column.label for column in columns], name, facts)


def _finished(column: pl.Series, kind: _Column) -> pl.Series:
    if kind.code in (_TIMESTAMP, _DATETIME) and kind.width > _WITHOUT_FRACTION:
        column = column.str.replace(r"(\.\d*[1-9])0+$", "$1").str.replace(r"\.0+$", "")
    if kind.code == _TIMESTAMP:  # the session is in UTC; a zero date has no zone
        zoned = pl.when(pl.col("v").str.starts_with("0000")).then(pl.col("v")).otherwise(pl.col("v") + "+00:00")
        return column.to_frame("v").select(zoned.alias(column.name)).to_series()
    if kind.code == _FLOAT:
        return found.whole(column.cast(pl.Float64).cast(pl.Float32).cast(pl.String))
    return column


def _stream(connection: Connection[Any], stream: CsvStream) -> None:
    """Take the rows of the result straight from the connection."""
    data = np.empty(2 * _READ_BYTES, dtype=np.uint8)
    out = np.empty(mysql_rows.room(len(data)), dtype=np.uint8)
    size = 0
    source = connection._rfile
    while True:
        more = source.read1(_READ_BYTES)
        if not more:
            raise _lost()
        if size + len(more) > len(data):
            data = np.concatenate((data[:size], np.empty(size + len(more), dtype=np.uint8)))
            out = np.empty(mysql_rows.room(len(data)), dtype=np.uint8)
        data[size : size + len(more)] = np.frombuffer(more, dtype=np.uint8)
        size += len(more)
        while True:
            state, used, written, rows = mysql_rows.scan(data, size, out)
            if rows:
                stream.add(out[:written].data, rows)
            if state != mysql_rows.LONG:
                break
            rest = _long_row(data[used:size].tobytes(), source, stream)
            size, used = len(rest), 0
            data[:size] = np.frombuffer(rest, dtype=np.uint8)
        data[: size - used] = data[used:size].copy()
        size -= used
        if state == mysql_rows.END:
            connection._result.unbuffered_active = False
            return
        if state == mysql_rows.ERROR:
            _raise_error(data[:size].tobytes(), source)


def _long_row(begun: bytes, source: Any, stream: CsvStream) -> bytes:
    """Read a row of several packets; return what of the next packets was there already."""
    payload = bytearray()
    while True:
        if len(begun) < 4:
            begun += source.read(4 - len(begun))
        length = int.from_bytes(begun[:3], "little")
        missing = 4 + length - len(begun)
        if missing > 0:
            begun += source.read(missing)
        if len(begun) < 4 + length:
            raise _lost()
        payload += begun[4 : 4 + length]
        begun = begun[4 + length :]
        if length < mysql_rows.LARGEST:
            break
    out = np.empty(mysql_rows.room(len(payload)), dtype=np.uint8)
    end = mysql_rows.row(np.frombuffer(payload, dtype=np.uint8), 0, len(payload), out, 0)
    stream.add(out[:end].data)
    return begun


def _raise_error(begun: bytes, source: Any) -> None:
    from pymysql import err

    length = int.from_bytes(begun[:3], "little")
    if len(begun) < 4 + length:
        begun += source.read(4 + length - len(begun))
    err.raise_mysql_exception(begun[4 : 4 + length])


def _lost() -> OSError:
    return ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
