"""A run over tables that stay where they are: rules on raw columns, checked inside the client's database.

Only the first rows of a table are read, to recognise its system and object. That is enough for rules on raw columns;
everything else needs the rows themselves, so such a run has no standardised tables, no clean and no quarantine file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmq.connectors import databases
from crmq.connectors.content import Content
from crmq.errors import SourceError
from crmq.locales import _
from crmq.pipeline.stages import Pipeline

if TYPE_CHECKING:
    from crmq.connectors.databases import Address
    from crmq.connectors.inputs import ReadResult
    from crmq.mapping import MappingResult
    from crmq.model.mapped import MappedTable
    from crmq.model.raw import RawTable
    from crmq.rules.gx.client_store import ClientStore, Standing

KINDS = ("sqlite", "postgresql", "mysql")
SAMPLE = 1000
"""Rows that are read of each table, to recognise it."""


@dataclass(frozen=True)
class _Table:
    source: str | None
    address: Address
    name: str
    sample: str
    standing: Standing


def suits(inputs: Sequence[str], packs: Sequence[str]) -> bool:
    """Return whether a validation can run in place: tables of databases, and packs of rules on raw columns only.

    Raises:
        ConfigError: A pack is unknown or wrong.
    """
    from crmq import rules

    if not packs or not all(_kind(text) in KINDS for text in inputs):
        return False
    requested = rules.requested(packs, Path())
    return not any(rule.needs_standardised for one in requested for rule in one.pack.rules)


def _kind(text: str) -> str | None:
    url = _without_name(text)[1]
    return databases.parse(url).kind if databases.is_url(url) else None


def _without_name(text: str) -> tuple[str | None, str]:
    name, equals, url = text.partition("=")
    return (name, url) if equals and "://" not in name and "/" not in name else (None, text)


class InPlace(Pipeline):
    """A run whose raw tables have their columns and first rows only."""

    in_place = True

    @cached_property
    def _tables(self) -> list[_Table]:
        out: list[_Table] = []
        for text in self.inputs:
            name, url = _without_name(text)
            out.extend(_tables_of(name, databases.parse(url)))
        return out

    @cached_property
    def read(self) -> ReadResult:
        """The first rows of all tables."""
        from crmq.connectors.inputs import ReadResult

        self.progress.step(_("Reading"))
        return ReadResult(tables=[raw for table in self._tables for raw in _sampled(table)])

    @cached_property
    def mapping(self) -> MappingResult:
        """The tables with their system and object recognised, as they stand: one per table, with its first rows."""
        found = super().mapping
        samples = {raw.file: raw for raw in self.read.tables}
        tables: dict[str, MappedTable] = {}
        for table in found.tables:
            tables.setdefault(table.raw.file, replace(table, raw=samples[table.raw.file]))
        return replace(found, tables=list(tables.values()))

    def store(self, context: Any) -> ClientStore:
        """Return where GX finds the rows: in their own database."""
        from crmq.rules.gx.client_store import ClientStore

        files = [raw.file for raw in self.read.tables]
        return ClientStore(dict(zip(files, (table.standing for table in self._tables), strict=True)), context)


def _tables_of(source: str | None, address: Address) -> list[_Table]:
    from crmq.rules.gx import client_store, loading, stores

    kind: Any = address.kind
    sa = loading.sqlalchemy(kind)
    if kind == "sqlite":
        if address.path is None or not address.path.is_file():
            raise SourceError(_("There is no such database file."), where=address.shown)
        url = f"sqlite:///{address.path.resolve().as_uri()}?mode=ro&uri=true"
    else:
        driver = stores.DRIVERS[kind]
        made = sa.URL.create(
            driver, address.user, address.password, address.host, address.port, address.database, address.options
        )
        url = made.render_as_string(hide_password=False)
    if address.query is not None:
        query = client_store.plain_query(address.query)
        standing = client_store.Standing(url, kind, f"(\n{query}\n) AS crmq_asked", table=False)
        return [_Table(source, address, address.name, f"SELECT * FROM {standing.origin} LIMIT {SAMPLE}", standing)]
    engine = sa.create_engine(url)
    try:
        names = list(address.tables) or client_store.tables_in(sa, engine)
    except (sa.exc.SQLAlchemyError, OSError) as error:
        raise stores.unreachable(kind, error) from None
    finally:
        engine.dispose()
    out = []
    for name in names:
        origin = ".".join(client_store.quoted(part, kind) for part in name.split(".", 1))
        standing = client_store.Standing(url, kind, origin, table=True)
        out.append(_Table(source, address, name, f"SELECT * FROM {origin} LIMIT {SAMPLE}", standing))
    return out


def _sampled(table: _Table) -> list[RawTable]:
    address = replace(table.address, tables=(), query=table.sample, name=table.name)
    if address.kind == "sqlite":
        assert address.path is not None
        found = databases.read_file(Content(str(address.path), address.path), (), address.query, address.name)
    elif address.kind == "postgresql":
        from crmq.connectors.databases import postgresql

        found = postgresql.read(address).tables
    else:
        from crmq.connectors.databases import mysql

        found = mysql.read(address).tables
    return [replace(raw, source=table.source) if table.source else raw for raw in found]
