"""Turns the plans into mapped tables: names the sources, parts the rows, leaves out what was deleted, links the ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from crmq.connectors import catalogue, headers
from crmq.connectors.catalogue import TRUE
from crmq.mapping.decode import decode
from crmq.mapping.plan import Part, TablePlan
from crmq.mapping.settings import MappingSettings
from crmq.mapping.sources import Place, name_all
from crmq.model.mapped import EXCLUDED, FieldMapping, MappedTable
from crmq.model.raw import RawTable
from crmq.values import text

DELETED = "deleted_in_source"
"""Reason of a row that was deleted in its source and names no surviving record."""
TRIAL = "trial_row"
"""Reason of a row that the system itself put in to try a form."""

_LINKED = 0.5


@dataclass(frozen=True)
class Piece:
    """A mapped table on its way, with the plan and part it comes from."""

    plan: int
    part: int
    table: MappedTable


def source_names(plans: Sequence[TablePlan]) -> list[str]:
    """Return the source of each table (see :mod:`crmq.mapping.sources`)."""
    places = [place_of(plans, plan) for plan in plans]
    words = {
        name: (name, system.file.title, *(w for o in system.objects.values() for w in (o.name, *o.spec.files)))
        for name, system in catalogue.systems().items()
    }
    return name_all(places, words)


def place_of(plans: Sequence[TablePlan], plan: TablePlan) -> Place:
    """Return what the naming of sources needs to know of a table."""
    return Place(
        path=plan.raw.path,
        member=plan.raw.member,
        sheet=plan.raw.sheet if _several_sheets(plans, plan) else None,
        given=plan.raw.source,
        system=plan.system,
        object=_kind(plan),
        headers=frozenset(headers.key(h) for h in plan.raw.headers),
    )


def _kind(plan: TablePlan) -> str:
    """Return what a table holds: its object, and the part of it that only the file's name tells (subscribed ...)."""
    words = [word for _column, word in plan.decoding.named.values()]
    return " ".join([plan.parts[0].vendor_object or plan.parts[0].object, *words])


def _several_sheets(plans: Sequence[TablePlan], one: TablePlan) -> bool:
    return sum(p.raw.path == one.raw.path and p.raw.member == one.raw.member for p in plans) > 1


def apply(plans: Sequence[TablePlan], sources: Sequence[str], settings: MappingSettings) -> list[Piece]:
    """Return the mapped tables of all plans, in their order."""
    pieces: list[Piece] = []
    for index, (plan, source) in enumerate(zip(plans, sources, strict=True)):
        pieces += _pieces(index, plan, source, settings)
    return _linked(plans, pieces)


def _pieces(index: int, plan: TablePlan, source: str, settings: MappingSettings) -> list[Piece]:
    override = settings.sources.get(source)
    made: list[Piece] = []
    for number, part in enumerate(plan.parts):
        rows = pl.Series(range(plan.raw.frame.height), dtype=pl.UInt32)
        if part.rows is not None:
            rows = rows.filter(part.rows)
        for name, chosen in _by_source(plan, source, rows):
            origin = plan.raw if chosen.len() == plan.raw.frame.height else _rows(plan.raw, chosen)
            table = MappedTable(
                raw=decode(origin, plan.decoding),
                origin=origin if plan.decoding else None,
                source=name,
                system=plan.system,
                object=part.object,
                entities=part.entities,
                fields=_fields(part),
                unmapped=tuple(h for h, p in part.columns.items() if p.state in ("extra", "proposed", "metadata")),
                metadata=tuple(h for h, p in part.columns.items() if p.state == "metadata"),
                country=(override.country if override else None) or settings.country,
                timezone=plan.zone or (override.timezone if override else None) or settings.timezone,
                date_order=plan.order,
                quirks=plan.quirks,
                excluded=_trials(plan, chosen),
                always=part.always,
            )
            made.append(Piece(index, number, table))
    kept = [p for p in made if p.table.raw.frame.height] or made[:1]
    # rows that could not be read belong to the file as a whole: they are counted with its first piece
    return [
        replace(p, table=replace(p.table, raw=replace(p.table.raw, rejected=plan.raw.rejected if i == 0 else _none())))
        for i, p in enumerate(kept)
    ]


def _trials(plan: TablePlan, rows: pl.Series) -> pl.DataFrame:
    """Return those of the chosen rows that are no data, by their place among the chosen ones."""
    if plan.trials is None:
        return pl.DataFrame(schema=EXCLUDED)
    found = plan.trials.gather(rows)
    return _excluded(pl.Series("row", range(rows.len()), dtype=pl.UInt32).filter(found), TRIAL)


def _excluded(rows: pl.Series, reason: str) -> pl.DataFrame:
    return pl.DataFrame({"row": rows, "reason": [reason] * rows.len(), "by": None}, schema=EXCLUDED)


def _none() -> pl.DataFrame:
    from crmq.model.raw import REJECTED_SCHEMA

    return pl.DataFrame(schema=REJECTED_SCHEMA)


def _by_source(plan: TablePlan, source: str, rows: pl.Series) -> list[tuple[str, pl.Series]]:
    """Return the rows of each source; a name given by the user wins over the column, a blank cell has the table's."""
    if plan.source_column is None or plan.raw.source is not None:
        return [(source, rows)]
    names = plan.raw.frame[plan.source_column].gather(rows).str.strip_chars()
    named = names.to_frame("n").select(pl.when(pl.col("n") != "").then(pl.col("n")).otherwise(pl.lit(source)))["n"]
    return [(name, rows.filter(named == name)) for name in sorted(named.fill_null(source).unique())]


def _rows(raw: RawTable, rows: pl.Series) -> RawTable:
    return replace(raw, frame=raw.frame[rows], lines=raw.lines.gather(rows))


def _fields(part: Part) -> tuple[FieldMapping, ...]:
    return tuple(p.mapping for p in part.columns.values() if p.state == "accepted" and p.mapping is not None)


# ------------------------------------------------------------------ references


def _linked(plans: Sequence[TablePlan], pieces: list[Piece]) -> list[Piece]:
    """Let ids of plain tables point to the object whose records have them, and orders join their customers' source."""
    made = []
    for piece in pieces:
        table = piece.table
        if table.system != "generic":
            made.append(piece)
            continue
        fields = []
        source = table.source
        for mapping in table.fields:
            if mapping.field in ("party_id", "account_id", "parent_id", "reports_to_id"):
                target = _target(plans[piece.plan], mapping.header, piece, pieces)
                if target is not None:
                    mapping = replace(mapping, to_object=target.object)
                    if mapping.field == "party_id" and table.raw.source is None:
                        source = target.source
            fields.append(mapping)
        made.append(replace(piece, table=replace(table, fields=tuple(fields), source=source)))
    return made


def _target(plan: TablePlan, header: str, piece: Piece, pieces: Sequence[Piece]) -> MappedTable | None:
    """Return the table whose record ids hold most of the values of a column, tables of the same place first."""
    values = plan.facts[header].sample
    best: tuple[float, bool, int] | None = None
    found = None
    for position, other in enumerate(pieces):
        ids = other.table.mapped_to("record_id")
        own = other.plan == piece.plan
        if not other.table.entities or not ids or not values.len() or (own and piece.table.object == "order"):
            continue
        known = other.table.raw.frame[ids[0].header].str.strip_chars().drop_nulls().unique()
        share = float(values.is_in(known.implode()).mean() or 0.0)  # type: ignore[arg-type]
        near = other.table.raw.path == piece.table.raw.path
        rank = (share, near, -position)
        if share >= _LINKED and (best is None or rank > best):
            best, found = rank, other.table
    return found


# ------------------------------------------------------------------ deleted rows


def without_deleted(pieces: Sequence[Piece]) -> list[Piece]:
    """Leave out rows that were deleted in their source, unless they or others say which record survived them."""
    survived = _merged_ids(pieces)
    made = []
    for piece in pieces:
        table = piece.table
        flags = table.mapped_to("is_deleted")
        if not flags:
            made.append(piece)
            continue
        frame = table.raw.frame
        gone = _says_yes(frame[flags[0].header])
        for mapping in table.mapped_to("master_id"):
            gone &= frame[mapping.header].str.strip_chars().fill_null("") == ""
        ids = table.mapped_to("record_id")
        known = survived.get((table.source, table.object))
        if ids and known:
            gone &= ~frame[ids[0].header].str.strip_chars().fill_null("").is_in(sorted(known))
        before = table.excluded["row"]
        rows = pl.Series("row", range(frame.height), dtype=pl.UInt32).filter(gone)
        deleted = _excluded(rows.filter(~rows.is_in(before.implode())), DELETED)
        excluded = pl.concat([table.excluded, deleted]).sort("row")
        made.append(replace(piece, table=replace(table, excluded=excluded)))
    return made


def _says_yes(column: pl.Series) -> pl.Series:
    folded = column.to_frame("v").select(text.fold(pl.col("v")))["v"].fill_null("")
    return folded.is_in(list(TRUE))


def _merged_ids(pieces: Sequence[Piece]) -> Mapping[tuple[str, str], set[str]]:
    """Return per source and object the ids that some record says were merged into it."""
    found: dict[tuple[str, str], set[str]] = {}
    for piece in pieces:
        for mapping in piece.table.mapped_to("merged_ids"):
            column = piece.table.raw.frame[mapping.header].drop_nulls()
            split = column.str.split(mapping.separator or ";").explode().str.strip_chars()
            ids = {value for value in split.drop_nulls() if value}
            found.setdefault((piece.table.source, piece.table.object), set()).update(ids)
    return found
