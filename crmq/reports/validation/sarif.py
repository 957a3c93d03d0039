"""SARIF 2.1.0 (OASIS standard): findings as code-scanning tools read them.

Each result points to line and column of the cell in the data file, and as a related location to the rule in its pack.
Columns count Unicode code points. A cell of a workbook or of an archive's member has no text region: its sheet and
address, or its member, stand as the logical location. Open findings are ``new``, those of the baseline ``unchanged``;
waived ones carry a suppression with the reason and the owner.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import IO, Any
from urllib.parse import quote

import crmq
from crmq.errors import ExitCode
from crmq.reports.validation.outcome import (
    Finding,
    Outcome,
    relative,
    rule_place,
    shipped,
    told_place,
    why_not_evaluated,
)
from crmq.rules.baseline import fingerprints
from crmq.rules.findings import KNOWN, WAIVED
from crmq.rules.pack import Rule
from crmq.rules.result import RuleResult, WaiverUse

_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_EXAMPLES = 200
"""Results per rule unless --examples says otherwise: code hosts refuse runs of more than 25,000 results."""
_BASES = {"SRCROOT": "The working directory of the run", "CRMQ": "The folder that crmq is installed in"}
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"


def write(outcome: Outcome, out: IO[str]) -> None:
    """Write the document, one result per line."""
    rules = [result.rule for result in outcome.validation.results]
    index = {rule.id: i for i, rule in enumerate(rules)}
    out.write('{"$schema": ' + _json(SCHEMA) + ', "version": "2.1.0", "runs": [{\n')
    out.write('"tool": ' + _json({"driver": _driver(outcome, rules)}) + ",\n")
    out.write('"columnKind": "unicodeCodePoints",\n')
    out.write(
        '"originalUriBaseIds": ' + _json({name: {"description": {"text": t}} for name, t in _BASES.items()}) + ",\n"
    )
    out.write('"invocations": ' + _json([_invocation(outcome)]) + ",\n")
    out.write('"results": [')
    for number, result in enumerate(_results(outcome, index)):
        out.write(("," if number else "") + "\n" + _json(result))
    out.write("\n]}]}\n")


def _driver(outcome: Outcome, rules: list[Rule]) -> dict[str, Any]:
    return {
        "name": "crmq",
        "semanticVersion": crmq.__version__,
        "informationUri": "https://github.com/crmq/crmq",
        "rules": [_rule(rule) for rule in rules],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    entry = rule.entry
    out: dict[str, Any] = {
        "id": rule.id,
        "name": "".join(part.capitalize() for part in entry.name.replace(".", "_").split("_")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.title},
        "defaultConfiguration": {"level": _LEVELS[entry.severity]},
        "properties": {
            "tags": list(dict.fromkeys((rule.pack, entry.dimension, entry.kind))),
            "where": told_place(rule),
        },
    }
    if entry.remediation is not None:
        out["help"] = {"text": entry.remediation.here()}
    if entry.aliases:
        out["deprecatedIds"] = list(entry.aliases)
    return out


def _invocation(outcome: Outcome) -> dict[str, Any]:
    """Return how the run ended; rules that were not evaluated are notifications: nobody shall take them for passed."""
    code = ExitCode.SOURCE if outcome.unread else ExitCode.OK if outcome.gate.passed else ExitCode.FINDINGS
    told = [
        {
            "level": "error" if result in outcome.gate.unchecked else "note",
            "message": {"text": f"{result.rule.id}: {why_not_evaluated(result)}"},
            "associatedRule": {"id": result.rule.id},
        }
        for result in outcome.validation.results
        if result.status == "not_evaluated"
    ]
    told += [{"level": "error", "message": {"text": f"{where}: {what}"}} for where, what in outcome.unread]
    return {
        "executionSuccessful": not outcome.unread,
        "exitCode": int(code),
        "toolExecutionNotifications": told,
    }


def _results(outcome: Outcome, index: dict[str, int]) -> Iterator[dict[str, Any]]:
    for finding in outcome.stage_findings(_limit(outcome)):
        yield _result(finding, index, None, outcome)
    for result in outcome.validation.results:
        if not result.failed:
            continue
        for finding in outcome.findings(result, _limit(outcome)):
            yield _result(finding, index, result, outcome)


def _limit(outcome: Outcome) -> int:
    return outcome.examples if outcome.examples is not None else _EXAMPLES


def _result(finding: Finding, index: dict[str, int], result: RuleResult | None, outcome: Outcome) -> dict[str, Any]:
    out: dict[str, Any] = {"ruleId": finding.rule_id}
    if finding.rule_id in index:
        out["ruleIndex"] = index[finding.rule_id]
    out |= {
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.text},
        "locations": [_location(finding)],
        "partialFingerprints": {"crmq/v1": _fingerprint(finding)},
        "baselineState": "unchanged" if finding.state == KNOWN else "new",
    }
    place = rule_place(finding.rule) if finding.rule else None
    if place is not None:
        out["relatedLocations"] = [
            {
                "id": 1,
                "message": {"text": "rule"},
                "physicalLocation": {
                    "artifactLocation": _rule_artifact(place[0]),
                    "region": {"startLine": place[1], "startColumn": place[2]},
                },
            }
        ]
    if finding.state == WAIVED:
        uses = [use for use in outcome.validation.waivers if use.rule == finding.rule_id and use.state == "used"]
        out["suppressions"] = [{"kind": "external", "status": "accepted", "justification": _said(use)} for use in uses]
    if result is not None:
        out["properties"] = {"evaluated": result.evaluated, "failed": result.failed}
    return out


def _said(use: WaiverUse) -> str:
    return f"{use.reason} ({use.owner}, {use.until.isoformat()})"


def _fingerprint(finding: Finding) -> str:
    """Return what names the same finding in the next delivery, made of what the report shows, not of hidden values."""
    import polars as pl

    row = {
        "rule_id": finding.rule_id, "source": finding.source, "object": finding.object,
        "record_id": finding.record_id, "field": finding.field, "value": finding.value, "line": finding.line,
        "message": finding.message,
    }  # fmt: skip
    schema = dict.fromkeys(row, pl.String) | {"line": pl.UInt32}
    return fingerprints(pl.DataFrame([row], schema=schema))[0]


def _location(finding: Finding) -> dict[str, Any]:
    path, _mark, member = finding.file.partition("!")
    physical: dict[str, Any] = {"artifactLocation": _artifact(path)}
    logical = None
    if finding.sheet:
        address = f"{_letters(finding.position)}{finding.line}" if finding.line and finding.position else ""
        logical = {"fullyQualifiedName": f"{finding.sheet}!{address}".rstrip("!"), "kind": "member"}
    elif member:
        where = ":".join(str(part) for part in (member, finding.line, finding.position) if part is not None)
        logical = {"fullyQualifiedName": where, "kind": "member"}
    elif finding.span is not None:
        physical["region"] = {
            "startLine": finding.span.line, "startColumn": finding.span.column,
            "endLine": finding.span.end_line, "endColumn": finding.span.end_column,
        }  # fmt: skip
    elif finding.line:
        physical["region"] = {"startLine": finding.line}
    out: dict[str, Any] = {"physicalLocation": physical}
    if logical is not None:
        out["logicalLocations"] = [logical]
    return out


def _rule_artifact(path: str) -> dict[str, str]:
    inside = shipped(path)
    return {"uri": quote(inside), "uriBaseId": "CRMQ"} if inside else _artifact(path)


def _artifact(path: str) -> dict[str, str]:
    """Return a file as a URI: below the working directory relative to it, else absolute."""
    if "://" in path:
        return {"uri": path}
    name = relative(path)
    if name.startswith("/") or name[1:3] == ":/":
        return {"uri": "file:///" + quote(name.lstrip("/"), safe="/:")}
    return {"uri": quote(name) or ".", "uriBaseId": "SRCROOT"}


def _letters(column: int | None) -> str:
    """Return a column as a spreadsheet names it: 1 is A, 27 is AA."""
    out, number = "", column or 0
    while number:
        number, rest = divmod(number - 1, 26)
        out = chr(65 + rest) + out
    return out


def _json(data: object) -> str:
    return json.dumps(data, ensure_ascii=False)
