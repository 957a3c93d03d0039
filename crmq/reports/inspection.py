"""What was read and what each file is, as plain data (``crmq.inspect/1``); the terminal renders the same."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from crmq.connectors.inputs import ReadResult
from crmq.mapping import MappingResult, TableProposal
from crmq.model.raw import RawTable
from crmq.reports.masking import mask

MOST_REJECTED = 20
_LONGEST = 400


def body(read: ReadResult, mapping: MappingResult, *, show_pii: bool) -> dict[str, Any]:
    """Return the content of the document.

    Args:
        read: What was read and what was not.
        mapping: What each raw table was recognised as, and what it is among several of one source and object.
        show_pii: Show rejected rows as they stand instead of masked.
    """
    tables = [_table(raw, made, show_pii=show_pii) for raw, made in zip(read.tables, mapping.proposals, strict=True)]
    return {
        "tables": tables,
        "deliveries": [asdict(one) for one in mapping.deliveries],
        "failures": [{"where": one.where, "what": one.error.what, "hint": one.error.hint} for one in read.failures],
        "skipped": [{"where": one.where, "reason": one.reason} for one in read.skipped],
        "totals": {
            "files": len({raw.path for raw in read.tables}),
            "tables": len(tables),
            "rows": sum(raw.frame.height for raw in read.tables),
            "rejected": sum(raw.rejected.height for raw in read.tables),
            "failures": len(read.failures),
            "skipped": len(read.skipped),
        },
        "masked": not show_pii,
    }


def _table(raw: RawTable, made: TableProposal, *, show_pii: bool) -> dict[str, Any]:
    rejected = [
        {"line": line, "reason": reason, "raw": text[:_LONGEST] if show_pii else mask(text[:_LONGEST])}
        for line, reason, text in raw.rejected.head(MOST_REJECTED).iter_rows()
    ]
    reasons = raw.rejected["reason"].value_counts(sort=True).sort("count", "reason", descending=[True, False])
    return {
        "file": raw.file,
        "path": raw.path,
        "member": raw.member,
        "sheet": raw.sheet,
        "source": made.source,
        "system": made.plan.system,
        "object": made.plan.title,
        "confidence": made.plan.confidence,
        "evidence": list(made.plan.evidence),
        "rows": raw.frame.height,
        "columns": raw.frame.width,
        "headers": list(raw.headers),
        "facts": [{"name": fact.name, "value": fact.value, "why": fact.why} for fact in raw.facts],
        "rejected": {"rows": raw.rejected.height, "reasons": dict(reasons.iter_rows()), "examples": rejected},
    }
