"""A mapping as JSON (``crmq.map/1``)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from crmq.mapping import MappingResult, TableProposal
from crmq.mapping.plan import Part
from crmq.mapping.propose import ColumnProposal
from crmq.reports.masked_mapping import examples


def body(result: MappingResult, *, show_pii: bool) -> dict[str, Any]:
    """Return the content of the document: every table, what each column feeds and why, and coverage across sources."""
    return {
        "tables": [_table(one, show_pii=show_pii) for one in result.proposals],
        "coverage": result.coverage(),
        "deliveries": [asdict(one) for one in result.deliveries],
        "findings": [{k: v for k, v in row.items() if v is not None} for row in result.findings.iter_rows(named=True)],
        "masked": not show_pii,
    }


def _table(one: TableProposal, *, show_pii: bool) -> dict[str, Any]:
    plan = one.plan
    return {
        "file": plan.raw.file,
        "sheet": plan.raw.sheet,
        "rows": plan.raw.frame.height,
        "source": one.source,
        "system": plan.system,
        "title": plan.title,
        "confidence": plan.confidence,
        "evidence": list(plan.evidence),
        "timezone": plan.zone,
        "parts": [_part(one, part, show_pii=show_pii) for part in plan.parts],
    }


def _part(one: TableProposal, part: Part, *, show_pii: bool) -> dict[str, Any]:
    rows = one.plan.raw.frame.height if part.rows is None else int(part.rows.sum())
    return {
        "object": part.object,
        "system_object": part.vendor_object,
        "entities": list(part.entities),
        "rows": rows,
        "note": part.note or None,
        "columns": [_column(one, item, show_pii=show_pii) for item in part.columns.values()],
    }


def _column(one: TableProposal, item: ColumnProposal, *, show_pii: bool) -> dict[str, Any]:
    made: dict[str, Any] = {"header": item.header, "state": item.state, "fill": item.fill, "reason": item.reason}
    if item.mapping is not None:
        mapping = item.mapping
        made |= {"field": mapping.field, "slot": mapping.slot, "confidence": mapping.confidence, "by": mapping.source}
        for key in ("usage", "channel", "purpose", "subscription", "to_object", "scheme", "separator"):
            if getattr(mapping, key) is not None:
                made[key] = getattr(mapping, key)
        for key in ("granted", "denied"):
            if getattr(mapping, key):
                made[key] = list(getattr(mapping, key))
    if item.state in ("extra", "proposed"):
        made["examples"] = examples(one, item, show_pii=show_pii)
    return made
