"""Recognises what each table is, proposes a canonical field for each header, and applies what is sure enough.

:func:`map_tables` is the stage. Nothing below :data:`crmq.mapping.propose.ACCEPT` is applied silently: it is listed as
a proposal and its column travels as an extra.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from crmq.connectors import catalogue
from crmq.mapping import apply as _apply
from crmq.mapping import damage, drift, saved
from crmq.mapping import deliveries as _deliveries
from crmq.mapping import identity as _identity
from crmq.mapping import plan as _plan
from crmq.mapping.deliveries import Delivery
from crmq.mapping.plan import TablePlan
from crmq.mapping.propose import ACCEPT, ColumnProposal
from crmq.mapping.saved import SavedMapping, load_saved
from crmq.mapping.settings import MappingSettings, SourceOverride
from crmq.model.mapped import MappedTable
from crmq.model.raw import RawTable
from crmq.model.tables import FINDINGS
from crmq.threads import side_by_side

__all__ = [
    "ACCEPT", "ColumnProposal", "Delivery", "MappingResult", "MappingSettings", "SavedMapping", "SourceOverride",
    "TableProposal", "load_saved", "map_tables", "write_saved",
]  # fmt: skip


@dataclass(frozen=True)
class TableProposal:
    """What crmq makes of one raw table.

    Attributes:
        plan: System, object, evidence, and what each column feeds.
        source: Name of its source.
    """

    plan: TablePlan
    source: str

    @property
    def columns(self) -> tuple[ColumnProposal, ...]:
        """The proposals for the usual kind of row, in the order of the columns."""
        return tuple(self.plan.parts[0].columns.values())

    def examples(self, header: str, most: int = 3) -> list[str]:
        """Return the most frequent values of a column, ties by the value."""
        column = self.plan.raw.frame[header].str.strip_chars()
        counts = column.filter(column != "").rename("v").to_frame().group_by("v").len()
        return counts.sort("len", "v", descending=[True, False]).head(most)["v"].to_list()


@dataclass(frozen=True)
class MappingResult:
    """What the mapping stage hands on.

    Attributes:
        tables: The mapped tables; a raw table whose rows are of several kinds or sources gives several.
        proposals: One per raw table, in the order they were read.
        findings: What has changed since the mapping was saved, ids that have lost digits, and what changed between
            deliveries (``FINDINGS``).
        deliveries: What each file is among several of one source and object.
    """

    tables: list[MappedTable]
    proposals: list[TableProposal]
    findings: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=FINDINGS))
    deliveries: tuple[Delivery, ...] = ()

    def coverage(self) -> dict[str, Mapping[str, float]]:
        """Return per canonical field the sources that feed it, each with the best share of rows that are filled."""
        found: dict[str, dict[str, float]] = {}
        for one in self.proposals:
            for part in one.plan.parts:
                for item in part.columns.values():
                    if item.state == "accepted" and item.field:
                        cell = found.setdefault(item.field, {})
                        cell[one.source] = max(cell.get(one.source, 0.0), item.fill)
        return dict(found)


def map_tables(
    raws: Sequence[RawTable], settings: MappingSettings, saved_mapping: SavedMapping | None = None
) -> MappingResult:
    """Recognise, propose and apply.

    Args:
        raws: The tables as read.
        settings: What the user said.
        saved_mapping: Decisions of an earlier run; they win over proposals.

    Raises:
        UsageError: ``--id``, ``--ignore`` or ``--source-column`` name a column that no table has, or a source names a
            system that does not exist.
    """
    everything = [c for raw in raws for c in raw.frame.columns]
    _identity.require_known(settings.id_columns, everything, "--id")
    _identity.require_known(settings.ignore, everything, "--ignore")
    _identity.require_known([settings.source_column] if settings.source_column else [], everything, "--source-column")
    plans, changes, used = [], [], []
    known = [saved.find(saved_mapping, raw) if saved_mapping else None for raw in raws]
    catalogue.systems()  # read once, before several ask for it
    overrides = [_override(settings, raw, table) for raw, table in zip(raws, known, strict=True)]
    made_plans = side_by_side(
        lambda pair: _plan.plan(pair[0], settings, pair[1]), list(zip(raws, overrides, strict=True))
    )
    for table, made in zip(known, made_plans, strict=True):
        told: list[drift.Drift] = []
        if table is not None:
            made, told = drift.hold_against(made, table)
            used.append(table)
        elif saved_mapping is not None:
            told = [drift.unknown_table()]
        plans.append(made)
        changes.append(told)
    sources = _apply.source_names(plans)
    settled = _deliveries.settle(plans, _apply.apply(plans, sources, settings), settings)
    pieces = settled.pieces if settings.include_deleted else _apply.without_deleted(settled.pieces)
    frames = [drift.findings(p, s, c) for p, s, c in zip(plans, sources, changes, strict=True)]
    if saved_mapping is not None:
        frames.append(drift.missing_tables(saved_mapping, used))
    frames.append(damage.damaged_ids([piece.table for piece in pieces]))
    frames.append(settled.findings)
    named = _final_sources(sources, pieces)
    return MappingResult(
        [piece.table for piece in pieces],
        [TableProposal(p, s) for p, s in zip(plans, named, strict=True)],
        pl.concat([f for f in frames if f.height]) if any(f.height for f in frames) else pl.DataFrame(schema=FINDINGS),
        settled.deliveries,
    )


def _override(settings: MappingSettings, raw: RawTable, table: saved.SavedTable | None) -> SourceOverride | None:
    given = settings.sources.get(raw.source) if raw.source else None
    if table is None:
        return given
    base = given or SourceOverride()
    return SourceOverride(
        base.system or table.system, base.object or table.object, base.country, base.timezone, base.id, base.ignore,
        base.delivery,
    )  # fmt: skip


def _final_sources(sources: Sequence[str], pieces: Sequence[_apply.Piece]) -> list[str]:
    """Return the source of each raw table after orders joined the source of their customers."""
    named = list(sources)
    for piece in pieces:
        if not piece.table.entities and piece.table.object == "order":
            named[piece.plan] = piece.table.source
    return named


def write_saved(path: Path, result: MappingResult) -> None:
    """Write the accepted mapping of a result as mapping.yaml.

    Raises:
        OutputError: The place cannot be written to.
    """
    saved.write(path, [p.plan for p in result.proposals], [p.source for p in result.proposals])
