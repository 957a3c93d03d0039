"""What changed between deliveries, as findings: records that vanished, came back, or have another id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from crmq.locales import _
from crmq.model.tables import FINDINGS, conform

RULES = {
    "vanished": ("MAP-007", "warning", "completeness"),
    "returned": ("MAP-008", "info", "consistency"),
    "renamed": ("MAP-009", "warning", "consistency"),
    "undecided": ("MAP-010", "warning", "uniqueness"),
}
"""Rule, severity and dimension of each kind of change."""


@dataclass(frozen=True)
class Change:
    """One thing that changed.

    Attributes:
        kind: What.
        source, object: Whose record it is.
        row: Where its last row stands, and its id.
        before: The file that does not have it any more, or had it; of files whose order is unknown: why.
        now: The file that has it again or under another id.
        other: The id it has now.
    """

    kind: Literal["vanished", "returned", "renamed", "undecided"]
    source: str
    object: str
    row: Mapping[str, Any]
    before: str
    now: str
    other: str | None = None


def as_findings(changes: Sequence[Change]) -> pl.DataFrame:
    """Return one finding per change (``FINDINGS``), in an order that no order of files can change."""
    if not changes:
        return pl.DataFrame(schema=FINDINGS)
    rows = [_finding(change) for change in changes]
    found = conform(pl.DataFrame(rows, infer_schema_length=None), FINDINGS)
    return found.sort("rule_id", "source", "object", "record_id", "file", "line", "message", nulls_last=True)


def _finding(change: Change) -> dict[str, Any]:
    rule, severity, dimension = RULES[change.kind]
    message, advice = _words(change)
    return {
        "rule_id": rule, "severity": severity, "dimension": dimension, "source": change.source,
        "object": change.object, "record_id": change.row.get("id"), "file": change.row.get("file"),
        "sheet": change.row.get("sheet"), "line": change.row.get("line"), "message": message, "suggestion": advice,
        "state": "open",
    }  # fmt: skip


def _words(change: Change) -> tuple[str, str]:
    if change.kind == "vanished":
        return (
            _("The record is not in {file} any more; its last row is its state.").format(file=change.before),
            _("Ask whether it was deleted or merged in its system, or whether the export left it out."),
        )
    if change.kind == "returned":
        return (
            _("The record was missing in {before} and is back in {now}.").format(before=change.before, now=change.now),
            _("Ask whether an export was filtered."),
        )
    if change.kind == "renamed":
        return (
            _("The same content stands in {now} under the id {id}.").format(now=change.now, id=change.other),
            _("Both records are kept: say that they are the same, or ask why the id has changed."),
        )
    return (
        change.before,
        _("Write dates into the names of the files, or give the source 'delivery: full, delta or part' in crmq.yaml."),
    )
