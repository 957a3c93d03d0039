"""What rules look at: one frame per table, its groups (a source's object), and the way back to file, line and column.

A rule on canonical fields looks at one view that holds the records of all sources; a rule on raw tables looks at one
view per raw table. A field counts as *present* in a group when a header is mapped to it there or any row has a value:
rules are never evaluated on groups that do not have their fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatch
from functools import cached_property

import polars as pl

from crmq.model.facts import FACTS
from crmq.model.headers import headers_of
from crmq.model.mapped import MappedTable
from crmq.model.tables import RECORDS, SCHEMAS, Tables
from crmq.rules import origins
from crmq.rules.pack import ALL_COLUMNS, AppliesTo
from crmq.rules.references import Scope, raw_header, raw_ref

GROUP = "__group"
ALWAYS = pl.lit(True)

LOGICAL = {
    "email": ("contact_points", "cp_type", "email"),
    "phone": ("contact_points", "cp_type", "phone"),
    "tax_id": ("identifiers", "id_kind", "tax"),
    "national_id": ("identifiers", "id_kind", "national_id"),
    "customer_no": ("identifiers", "id_kind", "customer_no"),
}
"""Fields with several values per record: the long table that holds them, and how their rows are marked there."""

_PLACED = {
    "source": pl.String, "object": pl.String, "record_id": pl.String, "file": pl.String, "sheet": pl.String,
    "line": pl.UInt32,
}  # fmt: skip


@dataclass(frozen=True)
class Group:
    """The rows of one object of one source: what a field can be present in or missing from."""

    source: str
    object: str
    system: str = ""
    file: str = ""

    def label(self) -> str:
        """Return ``source/object``."""
        return f"{self.source}/{self.object}" if self.object else self.source


@dataclass(frozen=True)
class Context:
    """What all views of one validation share."""

    tables: Tables
    mapped: Sequence[MappedTable]
    as_of: date

    @cached_property
    def mapped_fields(self) -> dict[tuple[str, str], frozenset[str]]:
        """Canonical fields that headers feed, directly or as parts of a whole name or date, per (source, object)."""
        found: dict[tuple[str, str], set[str]] = {}
        for table in self.mapped:
            found.setdefault((table.source, table.object), set()).update(f.field for f in table.fields)
        for source, object_, name in headers_of(self.mapped).select("source", "object", "field").iter_rows():
            found.setdefault((source, object_), set()).add(name)
        return {key: frozenset(names) for key, names in found.items()}

    @cached_property
    def systems(self) -> dict[tuple[str, str], str]:
        """The recognised system, per (source, object)."""
        return {(t.source, t.object): t.system for t in self.mapped}

    @cached_property
    def raw_tables(self) -> list[MappedTable]:
        """The raw tables, in the order that origins number them."""
        return origins.ranked(self.mapped)

    @cached_property
    def record_origins(self) -> pl.DataFrame:
        """Table and row of every record."""
        return origins.of_records(self.tables.records, self.raw_tables)

    @cached_property
    def ledger_ids(self) -> pl.DataFrame:
        """The record that each physical row gave: ``file, sheet, line, record_id``."""
        rows = self.tables.ledger.select("file", "sheet", "line", "record_id")
        return rows.unique(["file", "sheet", "line"], keep="first", maintain_order=True)

    @cached_property
    def positions(self) -> pl.DataFrame:
        """The 1-based position of every column in its file: ``file, sheet, header, column``."""
        rows = [
            (table.raw.file, table.raw.sheet, header, position)
            for table in self.mapped
            for position, header in enumerate(table.raw.frame.columns, start=1)
        ]
        schema = {"file": pl.String, "sheet": pl.String, "header": pl.String, "column": pl.UInt32}
        frame = pl.DataFrame(rows, schema=schema, orient="row")
        return frame.unique(["file", "sheet", "header"], keep="first", maintain_order=True)


@dataclass(frozen=True)
class View:
    """The rows that some rules look at.

    Attributes:
        table: Its table; ``raw`` for a raw one.
        frame: The rows, with the group of each row as ``__group`` (UInt32, index into ``groups``).
        groups: Sorted by source and object.
        context: The validation it belongs to.
        raw: The raw table, where ``table`` is ``raw``.
        applies: Which rows the rule at hand is about; kinds that compare rows with each other need it.
        record_rows: For long tables: the number of the record that each row belongs to.
    """

    table: str
    frame: pl.DataFrame
    groups: tuple[Group, ...]
    context: Context
    raw: MappedTable | None = None
    applies: pl.Expr = field(default=ALWAYS, compare=False)
    record_rows: pl.Series | None = field(default=None, compare=False, repr=False)
    _memory: dict[str, object] = field(default_factory=dict, compare=False, repr=False)

    # ------------------------------------------------------------------ columns

    def column(self, name: str) -> pl.Expr:
        """Return the expression of a column: a canonical name or ``raw."Header"``."""
        return pl.col(self.physical(name))

    def physical(self, name: str) -> str:
        """Return the name that a column has in ``frame``."""
        if self.table == "raw":
            return raw_header(name) or name
        return name

    def text(self, name: str) -> pl.Expr:
        """Return a column as text without blanks around it; a cell of nothing but blanks is null."""
        column = self.physical(name)
        if self.frame.schema[column] != pl.String:
            made = self.column(name).cast(pl.String)
            stripped = made.str.strip_chars()
            return pl.when(stripped != "").then(stripped)
        edged, empty = self._edges([column])[column]
        made = self.column(name).str.strip_chars() if edged else self.column(name)
        return pl.when(made != "").then(made) if edged or empty else made

    def survey(self, names: Iterable[str]) -> None:
        """Look at some columns at once, those that are text: :meth:`text` is to be asked for them."""
        columns = [self.physical(name) for name in names]
        self._edges([name for name in columns if self.frame.schema.get(name) == pl.String])

    def _edges(self, columns: Sequence[str]) -> dict[str, tuple[bool, bool]]:
        """Return, per text column, whether some cells have blanks around them, and whether some are texts of nothing.

        Most columns of most exports have neither: their checks then see the cells as they are, instead of a copy of
        all of them for each check.
        """
        found = self._memory.setdefault("edges", {})
        assert isinstance(found, dict)
        new = [name for name in dict.fromkeys(columns) if name not in found]
        if new:
            told = []
            for number, name in enumerate(new):
                whole, bare = pl.col(name).str.len_bytes(), pl.col(name).str.strip_chars().str.len_bytes()
                told += [(bare != whole).any().alias(f"edged{number}"), (whole == 0).any().alias(f"empty{number}")]
            row = self.frame.lazy().select(told).collect(engine="streaming").row(0)
            found.update(zip(new, zip(row[::2], row[1::2], strict=True), strict=True))
        return found

    def has(self, name: str) -> bool:
        """Return whether the frame has a column (``*`` and fields of the long tables always are there)."""
        return name == ALL_COLUMNS or name in LOGICAL or self.physical(name) in self.frame.columns

    def expand(self, fields: Iterable[str]) -> list[str]:
        """Return the fields with ``*`` replaced by all columns of the raw table."""
        out: list[str] = []
        for name in fields:
            out.extend(self.raw.raw.frame.columns if name == ALL_COLUMNS and self.raw else [name])
        return out

    @property
    def scope(self) -> Scope:
        """What expressions on this view may name."""
        types = {name: dtype for name, dtype in self.frame.schema.items() if not name.startswith("__")}
        if self.table == "raw":
            types = {**types, **{raw_ref(name): dtype for name, dtype in types.items()}}
        return Scope(types, self.column, self.context.as_of)

    # ------------------------------------------------------------------ groups

    def groups_with(self, names: Iterable[str]) -> list[int]:
        """Return the groups in which all of the columns are present."""
        names = [name for name in names if name != ALL_COLUMNS]
        return [i for i in range(len(self.groups)) if all(self.present(name, i) for name in names)]

    def present(self, name: str, group: int) -> bool:
        """Return whether a group has a column."""
        if self.raw is not None:
            return self.physical(name) in self.raw.raw.frame.columns
        if not self.has(name):
            return False
        base = name.removesuffix("_verdict")
        here = self.groups[group]
        if base in self.context.mapped_fields.get((here.source, here.object), frozenset()):
            return True
        if self.table != "records" and self.table not in FACTS:
            if name in LOGICAL:
                return False
            if name in SCHEMAS[self.table]:
                return True  # the columns of a long table are its structure, not fields of a source
        return group in self._filled(self.physical(name))

    def _filled(self, column: str) -> frozenset[int]:
        found = self._memory.get(f"filled {column}")
        if not isinstance(found, frozenset):
            made = pl.col(column)
            filled = (made.is_not_null() & (made != "missing")) if column.endswith("_verdict") else made.is_not_null()
            found = frozenset(self.frame.filter(filled)[GROUP].unique().to_list())
            self._memory[f"filled {column}"] = found
        return found

    def matching(self, applies: AppliesTo) -> list[int]:
        """Return the groups that a rule's restrictions leave."""
        groups = [i for i, group in enumerate(self.groups) if _leaves(applies, group)]
        if applies.entity is None or "entity" not in self.frame.columns:
            return groups
        found = self._memory.get(f"entity {applies.entity}")
        if not isinstance(found, frozenset):
            found = frozenset(self.frame.filter(pl.col("entity") == applies.entity)[GROUP].unique().to_list())
            self._memory[f"entity {applies.entity}"] = found
        return [i for i in groups if i in found]

    # ------------------------------------------------------------------ the way back

    @property
    def origin(self) -> pl.DataFrame:
        """Raw table and row of every row of the view (:mod:`crmq.rules.origins`)."""
        found = self._memory.get("origin")
        if not isinstance(found, pl.DataFrame):
            if self.raw is not None:
                found = origins.of_raw(self.raw, self.context.raw_tables)
            elif self.record_rows is not None:
                found = self.context.record_origins.select(pl.all().gather(self.record_rows))
            elif self.table == "records":
                found = self.context.record_origins
            else:
                found = origins.of_records(self.frame, self.context.raw_tables)
            self._memory["origin"] = found
        return found

    def in_order(self, rows: pl.Series) -> pl.Series:
        """Return row numbers in the order of file and line."""
        placed = self.origin.select(pl.all().gather(rows)).with_columns(rows.alias("number"))
        return placed.sort(origins.TABLE, origins.ROW, "number", nulls_last=True)["number"]

    def places(self, rows: pl.Series) -> pl.DataFrame:
        """Return ``source, object, record_id, file, sheet, line`` of some rows."""
        if self.raw is not None:
            raw = self.raw.raw
            frame = pl.DataFrame({"line": raw.lines.gather(rows)}).with_columns(
                source=pl.lit(self.raw.source),
                object=pl.lit(self.raw.object),
                file=pl.lit(raw.file),
                sheet=pl.lit(raw.sheet, pl.String),
            )
            key = ["file", "sheet", "line"]
            frame = frame.join(self.context.ledger_ids, on=key, how="left", maintain_order="left", nulls_equal=True)
            return frame.select(*_PLACED)
        records, at = self.frame, rows
        if self.record_rows is not None:
            records, at = self.context.tables.records, self.record_rows.gather(rows)
        return records.select(pl.col(*_PLACED).gather(at))

    def cells(self, name: str, rows: pl.Series | None = None) -> pl.DataFrame:
        """Return ``header`` and ``cell`` of the source behind a field, for some rows or all."""
        origin = self.origin if rows is None else self.origin.select(pl.all().gather(rows))
        return origins.cells(name, origin, self.context.raw_tables)


def _leaves(applies: AppliesTo, group: Group) -> bool:
    wanted = ((applies.objects, group.object), (applies.sources, group.source), (applies.systems, group.system))
    if any(names and value not in names for names, value in wanted):
        return False
    return not applies.files or any(fnmatch(group.file, p) or fnmatch(group.file, f"*/{p}") for p in applies.files)


def canonical(context: Context, table: str, named: Iterable[str]) -> View:
    """Return the view of a standardised table.

    Args:
        context: The validation.
        table: Which table.
        named: Columns that rules name: those of the record are added to the rows of a long table, those of the source
            (``raw."Header"``) to the records.
    """
    frame = context.tables[table]
    records = context.tables.records
    rows = None
    if table != "records" and table not in FACTS:
        rows = origins.record_rows(frame, records)
        extra = [name for name in RECORDS if name in set(named) and name not in SCHEMAS[table]]
        frame = frame.hstack(records.select(pl.col(extra).gather(rows))) if extra else frame
    # a source without a single e-mail address is a group of the contact points too
    seen = [t.select("source", "object").unique() for t in (frame, *([] if table in FACTS else [records]))]
    keys = pl.concat(seen).unique().sort("source", "object")
    groups = tuple(Group(s, o, context.systems.get((s, o), "")) for s, o in keys.iter_rows())
    numbered = keys.with_columns(pl.int_range(pl.len(), dtype=pl.UInt32).alias(GROUP))
    frame = frame.join(numbered, on=["source", "object"], how="left", maintain_order="left")
    view = View(table, frame, groups, context, record_rows=rows)
    cells = [
        origins.cells(header, view.origin, context.raw_tables, header=True)["cell"].alias(name)
        for name in sorted(set(named))
        if (header := raw_header(name)) is not None
        and any(header in other.raw.frame.columns for other in context.raw_tables)
    ]
    return View(table, frame.hstack(cells), groups, context, record_rows=rows) if cells else view


def raw(context: Context, table: MappedTable) -> View:
    """Return the view of one raw table."""
    group = Group(table.source, table.object, table.system, table.raw.file)
    frame = table.raw.frame.with_columns(pl.lit(0, pl.UInt32).alias(GROUP))
    return View("raw", frame, (group,), context, table)
