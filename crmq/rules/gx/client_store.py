"""The client's own database: rules on raw columns run where the rows stand; nothing is written and nothing exported.

A batch is a query over the client's table: every column as text, once as it is read by crmq (an empty text is NULL) and
once without blanks around it. What GX says itself is evaluated by the database; crmq's own expectation reads the
columns that its rule names, in portions. Of the rows only failing ones are fetched, for the findings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from crmq.rules import views
from crmq.rules.checks import RowCheck
from crmq.rules.evaluation import Outcome, Planned
from crmq.rules.gx import loading, stores
from crmq.rules.gx.counterparts import Backend
from crmq.rules.gx.names import GROUP as STORED_GROUP
from crmq.rules.gx.names import ROW, TEXT_SUFFIX
from crmq.rules.gx.stores import Batch
from crmq.rules.views import Context, View

_BLANKS = "\t\n\x0b\x0c\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
"""What crmq takes off both ends of a text: the white space of Unicode."""

_PORTION = 500
_ORDERS: dict[Backend, str] = {"sqlite": "rowid", "postgresql": "ctid"}
"""What the rows of a table are read in the order of; views have none, and MySQL reads in the order of its key."""


@dataclass(frozen=True)
class Standing:
    """A table of the client's, or a query of his.

    Attributes:
        address: URL for SQLAlchemy, password included; never shown.
        backend: Kind of database.
        origin: What to select from: a quoted table, or a query in brackets with a name.
        table: Whether it is a table (a view or a query has no order of its own).
    """

    address: str = field(repr=False)
    backend: Backend
    origin: str
    table: bool


class ClientStore:
    """Batches over tables that stand in a client's database.

    Args:
        standing: The tables by the ``file`` of their raw table.
        context: A context of GX.
    """

    in_place = True

    def __init__(self, standing: Mapping[str, Standing], context: Any) -> None:
        self._standing = standing
        self._context = context
        self._engines: dict[str, Any] = {}
        self._sources: dict[str, Any] = {}
        self._queries: dict[str, str] = {}

    def batch(self, view: View, name: str) -> Batch:
        """Return the table behind a raw view as a query."""
        assert view.raw is not None
        raw = view.raw.raw
        one = self._standing[raw.file]
        names = stores.batch_names(view.frame.columns)
        columns = [f"0 AS {STORED_GROUP}"]
        texts = dict(names)
        collation = self._collation(one)
        for header, column in zip(raw.headers, raw.frame.columns, strict=True):
            here = names[column]
            texts[column] = here + TEXT_SUFFIX
            cell = _cell(quoted(header, one.backend), one.backend, collation)
            columns += [f"{cell} AS {here}", f"{_stripped(cell, one.backend)} AS {texts[column]}"]
        number = f"ROW_NUMBER() OVER ({self._order(one)}) - 1 AS {ROW}"
        query = f"SELECT {', '.join([number, *columns])} FROM {one.origin}"
        self._queries[name] = query
        # a colon begins a parameter in the SQL that GX takes
        asset = self._source(one).add_query_asset(name, query=query.replace(":", "\\:"))
        return Batch(asset.add_batch_definition_whole_table("all rows"), None, names, texts, one.backend)

    def placed(self, view: View, batch: Batch, planned: Sequence[Planned], outcomes: list[Outcome]) -> list[Outcome]:
        """Return outcomes with a view of the failing rows, which are fetched now."""
        from crmq.rules import engine

        assert view.raw is not None
        failing = pl.concat([outcome.rows for outcome in outcomes]).unique().sort()
        if failing.is_empty():
            return outcomes
        raw = view.raw.raw
        one = self._standing[raw.file]
        frame = self._rows(one, self._queries[batch.definition.data_asset.name], batch, raw.frame.columns, failing)
        lines = (failing + 1).cast(pl.UInt32)
        table = replace(view.raw, raw=replace(raw, frame=frame, lines=lines))
        seen = views.raw(Context(view.context.tables, [table], view.context.as_of), table)
        index = pl.DataFrame({"row": failing}).with_row_index("at")
        out = []
        for number, (item, outcome) in enumerate(zip(planned, outcomes, strict=True)):
            if outcome.rows.is_empty():
                out.append(outcome)
                continue
            at = pl.DataFrame({"row": outcome.rows}).join(index, on="row", how="left", maintain_order="left")["at"]
            before = sum(other.rule is item.rule for other in planned[:number])
            check = engine.checks_of(item.rule, replace(seen, applies=item.applies))[before]
            assert isinstance(check, RowCheck)
            out.append(replace(outcome, rows=at.cast(pl.UInt32), view=seen, check=check))
        return out

    def close(self) -> None:
        """Close the connections."""
        for engine in self._engines.values():
            engine.dispose()

    # ------------------------------------------------------------------ connections

    def _engine(self, one: Standing) -> Any:
        if one.address not in self._engines:
            sa = loading.sqlalchemy(one.backend)
            self._engines[one.address] = sa.create_engine(one.address, connect_args=_read_only(one.backend))
        return self._engines[one.address]

    def _source(self, one: Standing) -> Any:
        if one.address not in self._sources:
            loading.sqlalchemy(one.backend)
            sources = self._context.data_sources
            add = sources.add_sqlite if one.backend == "sqlite" else sources.add_sql
            with loading.quiet():
                self._sources[one.address] = add(
                    f"crmq-{len(self._sources) + 1}",
                    connection_string=one.address.replace("$", "%24"),  # GX would look for a variable there
                    create_temp_table=False,
                    kwargs={"connect_args": _read_only(one.backend)},
                )
        return self._sources[one.address]

    def _collation(self, one: Standing) -> str:
        """Return the collation under which texts are compared as crmq does, code point by code point."""
        if one.backend != "mysql":
            return '"C"'
        sa = loading.sqlalchemy(one.backend)
        try:
            with self._engine(one).connect() as connection:
                return stores.unpadded(connection)
        except sa.exc.SQLAlchemyError as error:
            raise stores.unreachable(one.backend, error) from None

    def _order(self, one: Standing) -> str:
        """Return the order of the rows: that in which the table is read, where it can be told."""
        sa = loading.sqlalchemy(one.backend)
        column = _ORDERS.get(one.backend)
        if column is None or not one.table:
            return ""
        try:
            with self._engine(one).connect() as connection:
                connection.exec_driver_sql(f"SELECT {column} FROM {one.origin} LIMIT 1").fetchall()
        except sa.exc.OperationalError as error:
            if "no such column" in str(error.orig):
                return ""
            raise stores.unreachable(one.backend, error) from None
        except sa.exc.ProgrammingError:
            return ""
        return f"ORDER BY {column}"

    def _rows(
        self, one: Standing, query: str, batch: Batch, columns: Sequence[str], failing: pl.Series
    ) -> pl.DataFrame:
        sa = loading.sqlalchemy(one.backend)
        chosen = ", ".join(batch.names[name] for name in columns)
        found: list[tuple[Any, ...]] = []
        try:
            with self._engine(one).connect() as connection:
                for start in range(0, len(failing), _PORTION):
                    numbers = ", ".join(str(row) for row in failing[start : start + _PORTION])
                    sql = f"SELECT {ROW}, {chosen} FROM ({query}) AS crmq_q WHERE {ROW} IN ({numbers}) ORDER BY {ROW}"
                    found.extend(tuple(row) for row in connection.execute(sa.text(sql.replace(":", "\\:"))))
        except sa.exc.SQLAlchemyError as error:
            raise stores.unreachable(one.backend, error) from None
        schema = dict.fromkeys(columns, pl.String)
        return pl.DataFrame([row[1:] for row in found], schema=schema, orient="row")


def _read_only(backend: Backend) -> dict[str, Any]:
    if backend == "postgresql":
        return {"options": "-c default_transaction_read_only=on"}
    return {"init_command": "SET SESSION TRANSACTION READ ONLY"} if backend == "mysql" else {}


def quoted(name: str, backend: Backend) -> str:
    """Return a name as the database takes it."""
    mark = "`" if backend == "mysql" else '"'
    return mark + name.replace(mark, mark * 2) + mark


def _cell(column: str, backend: Backend, collation: str) -> str:
    """Return a cell as crmq reads it: as text, an empty one as NULL, compared code point by code point."""
    text = {
        "postgresql": f"CAST({column} AS TEXT) COLLATE {collation}",
        "mysql": f"CAST({column} AS CHAR CHARACTER SET utf8mb4) COLLATE {collation}",
    }.get(backend, f"CAST({column} AS TEXT)")
    if backend == "mysql":  # which takes blanks for nothing when it compares
        return f"CASE WHEN CHAR_LENGTH({text}) > 0 THEN {text} END"
    return f"NULLIF({text}, '')"


def _stripped(cell: str, backend: Backend) -> str:
    """Return a cell without the blanks around it, NULL when nothing remains."""
    if backend == "postgresql":
        return f"NULLIF(BTRIM({cell}, '{_BLANKS}'), '')"
    if backend == "sqlite":
        return f"NULLIF(TRIM({cell}, '{_BLANKS}'), '')"
    return f"NULLIF(REGEXP_REPLACE({cell}, '^[{_BLANKS}]+|[{_BLANKS}]+$', ''), '')"


def tables_in(sa: Any, engine: Any) -> list[str]:
    """Return the names of the tables of a database."""
    return sorted(sa.inspect(engine).get_table_names())


def plain_query(text: str) -> str:
    """Return a query without the semicolon and blanks at its end."""
    return re.sub(r"[;\s]+\Z", "", text)
