"""A validation as JSON (``crmq.validation/1``)."""

from __future__ import annotations

from typing import Any

import polars as pl

from crmq.model import fields
from crmq.reports.masking import shown
from crmq.rules.pack import SEVERITIES, Rule
from crmq.rules.result import FailOn, Gate, RuleResult, Validation
from crmq.rules.views import Group

EXAMPLES = 20
_KEYED = ("relationships", "orders")
"""Tables whose findings show ids of records."""
_IMPERSONAL = ("headers", "filled_columns", "row_count")
FORMULA = (
    "rule: 100 * passed / evaluated; dimension, source, system, field and overall: mean of the rule scores weighted by "
    "severity (error 4, warning 2, info 1) over the rules that were evaluated; waivers and baselines change nothing"
)


def body(
    validation: Validation, gate: Gate, fail_on: FailOn, *, show_pii: bool, examples: int = EXAMPLES
) -> dict[str, Any]:
    """Return the content of the document.

    Args:
        validation: The outcome of the rules.
        gate: The answer at ``fail_on``.
        fail_on: The level of the gate.
        show_pii: Show real values in the examples.
        examples: Failing rows per rule, at most.
    """
    scores = validation.scores
    return {
        "gate": {
            "passed": gate.passed,
            "fail_on": fail_on,
            "failed": [r.rule.id for r in gate.failed],
            "unchecked": [r.rule.id for r in gate.unchecked],
            "nothing_checked": gate.nothing_checked,
        },
        "counts": _counts(validation),
        "scores": {
            "overall": scores.overall,
            "dimensions": scores.dimensions,
            "sources": scores.sources,
            "systems": scores.systems,
            "fields": scores.fields,
            "formula": FORMULA,
        },
        "waivers": [
            {
                "rule": w.rule,
                "owner": w.owner,
                "until": w.until.isoformat(),
                "reason": w.reason,
                "state": w.state,
                "findings": w.findings,
                "where": w.where,
            }
            for w in validation.waivers
        ],
        "packs": [
            {"id": p.id, "version": p.version, "title": p.title.here(), "path": p.path} for p in validation.packs
        ],
        "rules": [_rule(result, examples, show_pii=show_pii) for result in validation.results],
        "stage_findings": [
            _finding(row, None, show_pii=show_pii)
            for row in validation.stage_findings.head(examples).iter_rows(named=True)
        ],
        "masked": not show_pii,
    }


def _counts(validation: Validation) -> dict[str, Any]:
    status = {
        name: sum(1 for r in validation.results if r.status == name) for name in ("pass", "fail", "not_evaluated")
    }
    found = {
        level: sum(r.failed for r in validation.results if r.rule.entry.severity == level)
        + validation.stage_findings.filter(pl.col("severity") == level).height
        for level in SEVERITIES
    }
    return {"rules": status, "findings": found}


def _group(group: Group) -> dict[str, str]:
    return {"source": group.source, "object": group.object}


def _rule(result: RuleResult, examples: int, *, show_pii: bool) -> dict[str, Any]:
    entry = result.rule.entry
    found = result.findings(examples)
    return {
        "id": entry.id,
        "name": entry.name,
        "pack": result.rule.pack,
        "kind": entry.kind,
        "fields": list(result.rule.fields),
        "severity": entry.severity,
        "dimension": entry.dimension,
        "message": result.rule.title,
        "remediation": entry.remediation.here() if entry.remediation else None,
        "status": result.status,
        "reason": result.reason,
        "required": result.required,
        "evaluated": result.evaluated,
        "failed": result.failed,
        "open": result.open,
        "waived": result.waived,
        "in_baseline": result.known,
        "share": round(result.share, 6) if result.share is not None else None,
        "score": round(result.score, 2) if result.score is not None else None,
        "limits": entry.limits.model_dump(),
        "groups": [{**_group(g.group), "evaluated": g.evaluated, "failed": g.failed} for g in result.groups],
        "not_evaluated_in": [_group(group) for group in result.absent],
        "where": result.rule.where,
        "examples": [_finding(row, result.rule, show_pii=show_pii) for row in found.iter_rows(named=True)],
        "more": result.failed - found.height,
    }


def _finding(row: dict[str, Any], rule: Rule | None, *, show_pii: bool) -> dict[str, Any]:
    keys = ("source", "object", "record_id", "file", "sheet", "line", "column", "field", "message", "state")
    out: dict[str, Any] = {key: row[key] for key in keys}
    field, value, suggestion = row["field"], row["value"], row["suggestion"]
    out["value"] = shown_value(value, field, rule, show_pii=show_pii) if value is not None else None
    if suggestion is not None and (rule is None or rule.suggests_values):
        suggestion = shown_suggestion(suggestion, field, show_pii=show_pii)
    out["suggestion"] = suggestion
    return out


def shown_value(value: str, field: str | None, rule: Rule | None, *, show_pii: bool) -> str:
    """Return the value of a finding as a report may show it; keys of records, and error values, are nobody's data."""
    if rule is not None and (rule.table in _KEYED or rule.entry.kind in _IMPERSONAL):
        return value
    return shown_cell(value, field, show_pii=show_pii)


def shown_suggestion(value: str, field: str | None, *, show_pii: bool) -> str:
    """Return a suggested value as a report may show it: of an e-mail address the domain stays, it is the point."""
    local, at, domain = value.rpartition("@")
    if at and field == "email" and not show_pii:
        return f"{local[:1]}•••@{domain}"
    return shown_cell(value, field, show_pii=show_pii)


def shown_cell(value: str | None, field: str | None, *, show_pii: bool) -> str:
    """Return a value of a finding as a report may show it.

    A field outside the canonical model is a header of the source: its values count as personal.
    """
    known = field if field in fields.fields() or field in ("value_norm", "value_raw") else None
    return shown(value, known, show_pii=show_pii, personal=True)
