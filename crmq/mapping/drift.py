"""Holds a table against the saved mapping: applies its decisions and tells what has changed since.

Rule ids: see :data:`RULES`. A renamed column keeps its decision; a new one is applied only when its proposal is sure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

import polars as pl

from crmq.connectors import headers
from crmq.locales import _
from crmq.mapping import saved, slots
from crmq.mapping.plan import Part, TablePlan
from crmq.mapping.propose import ColumnProposal
from crmq.mapping.saved import SavedColumn, SavedMapping, SavedTable
from crmq.model.tables import FINDINGS, conform

RULES = {
    "MAP-001": "info",  # a column that the saved mapping does not know
    "MAP-002": "warning",  # a column of the saved mapping has vanished
    "MAP-003": "warning",  # a column has another name than in the saved mapping
    "MAP-004": "warning",  # a table that the saved mapping does not know
    "MAP-005": "warning",  # a table of the saved mapping is not among the inputs
}
"""Findings of this stage and their severities."""

_SIMILAR = 0.8


@dataclass(frozen=True)
class Drift:
    """One change since the mapping was saved."""

    rule_id: str
    header: str | None
    field: str | None
    message: str
    suggestion: str


def hold_against(plan: TablePlan, table: SavedTable) -> tuple[TablePlan, list[Drift]]:
    """Return the plan with the saved decisions applied, and what has changed since they were made."""
    now = list(plan.parts[0].columns)
    renamed = _renamed(now, table.columns)
    decisions = {header: table.columns[renamed.get(header, header)] for header in now if _known(header, table, renamed)}
    parts = []
    for i, part in enumerate(plan.parts):
        special = table.parts.get(saved.part_name(part), {}) if i else {}
        own = {h: special.get(renamed.get(h, h), decision) for h, decision in decisions.items()}
        if i and not special and saved.part_name(part) not in table.parts:
            own = {}  # rows of this kind were not there when the mapping was saved: their proposals stand
        parts.append(_decide(part, own))
    changes = list(_changes(plan.parts[0], table, renamed, decisions))
    return replace(plan, parts=tuple(parts)), changes


def _known(header: str, table: SavedTable, renamed: Mapping[str, str]) -> bool:
    return header in table.columns or header in renamed


def _decide(part: Part, decisions: Mapping[str, SavedColumn]) -> Part:
    columns = {h: saved.decided(p, decisions[h]) if h in decisions else p for h, p in part.columns.items()}
    ranks = {h: 0 if h in decisions else 1 for h in columns}
    return replace(part, columns=slots.resolve(columns, ranks))


def _renamed(now: list[str], then: Mapping[str, SavedColumn]) -> dict[str, str]:
    """Return, for headers that are new, the vanished one that each stands for: the same but for case, or nearly so."""
    new = [h for h in now if h not in then]
    gone = [h for h in then if h not in now]
    found: dict[str, str] = {}
    for header in new:
        same = next((g for g in gone if headers.key(g) == headers.key(header) and g not in found.values()), None)
        if same is not None:
            found[header] = same
    pairs = sorted(
        (-_likeness(header, g), new.index(header), gone.index(g), header, g)
        for header in new
        for g in gone
        if header not in found and g not in found.values() and _likeness(header, g) >= _SIMILAR
    )
    for _ratio, _i, _j, header, other in pairs:
        if header not in found and other not in found.values():
            found[header] = other
    return found


def _likeness(a: str, b: str) -> float:
    left, right = headers.key(a), headers.key(b)
    digits_differ = [c for c in left if c.isdigit()] != [c for c in right if c.isdigit()]
    return 0.0 if digits_differ else SequenceMatcher(None, left, right, autojunk=False).ratio()


def _changes(
    part: Part, table: SavedTable, renamed: Mapping[str, str], decisions: Mapping[str, SavedColumn]
) -> Iterator[Drift]:
    for header, item in part.columns.items():
        if header in renamed:
            before = renamed[header]
            yield Drift(
                "MAP-003", header, decisions[header].field,
                _("The column {old} is now called {new}; its decision was kept.").format(old=before, new=header),
                _("Check that it holds the same, then write the mapping again."),
            )  # fmt: skip
        elif header not in table.columns:
            yield _new(header, item)
    for header, column in table.columns.items():
        if header not in part.columns and header not in renamed.values():
            fed = (
                _("It fed {field}.").format(field=column.field) if column.field else _("It had no place in the model.")
            )
            message = _("The column {header} of the saved mapping is not there any more.").format(header=header)
            yield Drift("MAP-002", header, column.field, f"{message} {fed}", _("Ask whether the export has changed."))


def _new(header: str, item: ColumnProposal) -> Drift:
    message = _("The column {header} is not in the saved mapping.").format(header=header)
    if item.state == "accepted":
        message += " " + _("It was mapped to {field}.").format(field=item.field)
    elif item.state == "proposed":
        message += " " + _("It could be {field}, but that is not sure enough.").format(field=item.field)
    else:
        message += " " + _("It travels as an extra.")
    return Drift("MAP-001", header, item.field, message, _("Decide on it in the mapping file."))


def unknown_table() -> Drift:
    """Return the change of a table that the saved mapping does not know."""
    return Drift(
        "MAP-004", None, None, _("The saved mapping does not know this table; its proposals were applied."),
        _("Write the mapping again."),
    )  # fmt: skip


def missing_tables(mapping: SavedMapping, used: list[SavedTable]) -> pl.DataFrame:
    """Return a finding for each table of the saved mapping that no input matches."""
    rows = []
    for table in mapping.tables:
        if any(table is other for other in used):
            continue
        message = _("The table {name} of the saved mapping is not among the inputs.").format(name=table.table)
        rows.append(
            {
                "rule_id": "MAP-005", "severity": RULES["MAP-005"], "dimension": "completeness", "source": table.source,
                "object": table.object, "message": message, "state": "open",
                "suggestion": _("Ask for the file, or take the table out of the mapping."),
            }
        )  # fmt: skip
    return _frame(rows)


def findings(plan: TablePlan, source: str, changes: list[Drift]) -> pl.DataFrame:
    """Return the changes of one table as findings."""
    position = {h: i for i, h in enumerate(plan.raw.frame.columns, start=1)}
    return _frame(
        [
            {
                "rule_id": change.rule_id, "severity": RULES[change.rule_id], "dimension": "consistency",
                "source": source, "object": plan.parts[0].object, "file": plan.raw.file, "sheet": plan.raw.sheet,
                "column": position.get(change.header or ""), "field": change.field, "value": change.header,
                "message": change.message, "suggestion": change.suggestion, "state": "open",
            }
            for change in changes
        ]
    )  # fmt: skip


def _frame(rows: Sequence[Mapping[str, object]]) -> pl.DataFrame:
    return conform(pl.DataFrame(rows, infer_schema_length=None), FINDINGS) if rows else pl.DataFrame(schema=FINDINGS)
