"""The golden tables as one DuckDB file: whole or not at all, again and again with the same content.

The file is written beside its place and swapped in: a killed run leaves the old file or the new one. What others keep
in the same file stays: crmq replaces only tables that carry its mark (a comment that begins with ``crmq:``), and
refuses to touch a table of the same name without it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import polars as pl

from crmq import declarative
from crmq.errors import InternalError, OutputError, UsageError
from crmq.locales import _
from crmq.model import fields
from crmq.model.facts import FACTS
from crmq.model.golden import GOLDEN_SCHEMAS, Golden
from crmq.run import PRIVATE_FILE

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MARK = "crmq:"
"""Begins the comment of every table and view that crmq wrote."""

_TYPES: dict[type[pl.DataType], str] = {
    pl.String: "VARCHAR",
    pl.Categorical: "VARCHAR",
    pl.Enum: "VARCHAR",
    pl.Boolean: "BOOLEAN",
    pl.UInt8: "UTINYINT",
    pl.UInt16: "USMALLINT",
    pl.UInt32: "UINTEGER",
    pl.Float64: "DOUBLE",
    pl.Datetime: "TIMESTAMPTZ",
}


class _Table(declarative.Section):
    key: list[str]
    comment: str
    columns: dict[str, str]


class _View(declarative.Section):
    name: str
    comment: str


class Catalogue(declarative.Section):
    """What the golden tables hold, in words (``catalogue.yaml``).

    ``facts`` has the columns of all tables of facts, which mean the same in each of them.
    """

    facts: dict[str, str]
    tables: dict[str, _Table]
    view: _View

    def describe(self, table: str, column: str) -> str:
        """Return what a column holds; a field of the canonical model has its label."""
        own = self.tables[table].columns.get(column) or (self.facts.get(column) if table in FACTS else None)
        if own is not None:
            return own
        if column not in fields.fields():
            raise InternalError(f"catalogue.yaml says nothing of {table}.{column}")
        return fields.fields()[column].en


@cache
def catalogue() -> Catalogue:
    """Return the shipped catalogue of golden tables."""
    return declarative.load(Path(__file__).with_name("catalogue.yaml"), Catalogue)


def database_file(url: str) -> Path:
    """Return the file that ``duckdb:///file`` names (four slashes: an absolute path).

    Raises:
        UsageError: The address is not of that form.
    """
    parts = urlsplit(url)
    path = unquote(parts.path)
    if parts.scheme != "duckdb" or parts.netloc or len(path) < 2 or parts.query:
        raise UsageError(
            _("This is no address of a DuckDB file."), where="--to", hint=_("Write it as duckdb:///customer.duckdb.")
        )
    return Path(path[1:])


def check_target(path: Path) -> None:
    """Check that the golden tables may be written to a DuckDB file, before any work is done.

    Raises:
        OutputError: The file is no DuckDB database, is in use, or holds tables of the same names from elsewhere.
    """
    if path.is_dir():
        raise OutputError(_("This is a folder."), where=str(path))
    if not path.exists():
        return
    with _open(path) as connection:
        written = connection.execute(
            "select table_name, comment from duckdb_tables() where schema_name = 'main' "
            "union all select view_name, comment from duckdb_views() where schema_name = 'main' and not internal"
        ).fetchall()
        foreign = sorted(name for name, comment in written if name in _names() and not (comment or "").startswith(MARK))
        if foreign:
            raise OutputError(
                _("The database holds a table that crmq did not write: {names}.").format(names=", ".join(foreign)),
                where=str(path),
                hint=_("Name another file, or rename the table."),
            )
        connection.execute("checkpoint")  # nothing may be left in a log beside the file when it is copied


def load_duckdb(golden: Golden, path: Path) -> None:
    """Write the golden tables, and the view ``party_flat``, into a DuckDB file.

    Raises:
        OutputError: See :func:`check_target`; or the place cannot be written.
    """
    check_target(path)
    path = path.absolute()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path)
        with tempfile.TemporaryDirectory(prefix=f".{path.name}.crmq-{os.getpid()}-", dir=path.parent) as folder:
            new = Path(folder) / "new.duckdb"
            if path.exists() and _others(path):
                shutil.copy(path, new)
            with _open(new) as connection:
                _clear(connection)
                _write(connection, golden, Path(folder))
            if not path.exists():
                new.chmod(PRIVATE_FILE)
            _settle(new, path)
    except OSError as error:
        raise OutputError(_("Cannot write here: {reason}.").format(reason=error.strerror), where=str(path)) from None


def _names() -> set[str]:
    return {*GOLDEN_SCHEMAS, catalogue().view.name}


@contextmanager
def _open(path: Path) -> Iterator[DuckDBPyConnection]:
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False, "autoload_known_extensions": False, "threads": pl.thread_pool_size(),
    }  # fmt: skip
    try:
        connection = duckdb.connect(str(path), config=config)
    except duckdb.Error as error:
        busy = "lock" in str(error).lower()
        what = _("Another program has the database open.") if busy else _("This is no DuckDB database.")
        raise OutputError(what, where=str(path)) from None
    try:
        yield connection
    finally:
        connection.close()


def _others(path: Path) -> bool:
    """Tell whether the database holds anything besides what crmq wrote (then it is copied, else made anew)."""
    unmarked = f"coalesce(comment, '') not like '{MARK}%'"
    queries = [
        f"from duckdb_{kind}() where not internal and {unmarked}"
        for kind in ("tables", "views", "functions", "types", "schemas")
    ]
    with _open(path) as connection:
        found = [connection.execute(f"{q} limit 1").fetchall() for q in (*queries, "from duckdb_sequences()")]
    return any(found)


def _clear(connection: DuckDBPyConnection) -> None:
    """Drop what crmq wrote before and free its blocks, so that the file does not grow from run to run."""
    for kind, name in (("view", "view_name"), ("table", "table_name")):
        marked = f"select {name} from duckdb_{kind}s() where schema_name = 'main' and comment like '{MARK}%'"
        for (found,) in connection.execute(marked).fetchall():
            connection.execute(f'drop {kind} "{found}"')
    connection.execute("checkpoint")


def _write(connection: DuckDBPyConnection, golden: Golden, folder: Path) -> None:
    """Write all golden tables in one transaction."""
    view = catalogue().view
    connection.execute("set timezone = 'UTC'")
    connection.execute("begin")
    for name in GOLDEN_SCHEMAS:
        connection.execute(_definition(name))
        _fill(connection, name, golden[name], folder / "rows.parquet")
        connection.execute(f"comment on table {name} is {_text(f'{MARK} {catalogue().tables[name].comment}')}")
        for column in GOLDEN_SCHEMAS[name]:
            told = _text(catalogue().describe(name, column))
            connection.execute(f'comment on column {name}."{column}" is {told}')
    connection.execute(Path(__file__).with_name("party_flat.sql").read_text(encoding="utf-8"))
    connection.execute(f"comment on view {view.name} is {_text(f'{MARK} {view.comment}')}")
    connection.execute("commit")
    connection.execute("checkpoint")


def _definition(name: str) -> str:
    key = catalogue().tables[name].key
    columns = [f'"{column}" {_type(dtype)}' for column, dtype in GOLDEN_SCHEMAS[name].items()]
    if not key:
        columns.insert(0, "no UINTEGER")
    primary = ", ".join(f'"{column}"' for column in key or ["no"])
    return f"create table {name} ({', '.join(columns)}, primary key ({primary}))"


def _type(dtype: pl.DataType | type[pl.DataType]) -> str:
    return _TYPES[dtype if isinstance(dtype, type) else type(dtype)]


def _fill(connection: DuckDBPyConnection, name: str, frame: pl.DataFrame, file: Path) -> None:
    if not catalogue().tables[name].key:
        frame = frame.with_row_index("no", offset=1)
    frame.write_parquet(file, compression="lz4")
    columns = ", ".join(f'"{column}"' for column in frame.columns)
    connection.execute(f"insert into {name} by name select {columns} from read_parquet({_text(str(file))})")
    file.unlink()


def _text(value: str) -> str:
    quoted = value.replace("'", "''")
    return f"'{quoted}'"


def _settle(new: Path, path: Path) -> None:
    """Put the finished file in its place; from here on a crash leaves one or the other."""
    with new.open("rb") as stream:
        os.fsync(stream.fileno())
    new.replace(path)


def _sweep(path: Path) -> None:
    """Remove what killed runs left beside the file."""
    for left in path.parent.glob(f".{path.name}.crmq-*"):
        pid = left.name.removeprefix(f".{path.name}.crmq-").split("-")[0]
        if not pid.isdecimal() or not _runs(int(pid)):
            shutil.rmtree(left, ignore_errors=True)


def _runs(pid: int) -> bool:
    if os.name == "nt":  # signal 0 would end the process there: leave the folder
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
