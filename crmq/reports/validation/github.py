"""Workflow commands of GitHub Actions: annotations on the data file, and on the rule for what could not be checked.

GitHub shows at most ten annotations of each level per step; therefore the gravest rules come first, each with a few
rows, and every rule says how many there are in all.
"""

from __future__ import annotations

from typing import IO

from crmq.locales import _
from crmq.reports.validation.outcome import (
    Finding,
    Outcome,
    relative,
    rule_place,
    shipped,
    told_place,
    why_not_evaluated,
)

_LEVELS = {"error": "error", "warning": "warning", "info": "notice"}
_EXAMPLES = 3


def write(outcome: Outcome, out: IO[str]) -> None:
    """Write one command per line."""
    for where, what in outcome.unread:
        out.write(_command("error", {"file": relative(where), "title": "crmq"}, what))
    for finding in outcome.stage_findings(_EXAMPLES):
        out.write(_annotation(finding, finding.rule_id))
    for result in outcome.gate.unchecked:
        place = rule_place(result.rule)
        own = place is not None and not shipped(place[0])  # a shipped pack is no file of the repository
        where_ = {"file": relative(place[0]), "line": place[1], "col": place[2]} if place and own else {}
        title = _("{rule} could not be checked").format(rule=result.rule.id)
        out.write(_command("error", {**where_, "title": title}, f"{result.rule.title}: {why_not_evaluated(result)}"))
    for result in outcome.failing:
        if not result.open:
            continue
        count = _("{failed} of {n}").format(failed=f"{result.open:,}", n=f"{result.evaluated:,}")
        for finding in outcome.examples_of(result, _EXAMPLES):
            out.write(_annotation(finding, f"{result.rule.id} ({count})"))
    out.write(f"{outcome.verdict()}\n")


def _annotation(finding: Finding, title: str) -> str:
    path, _mark, _member = finding.file.partition("!")
    where: dict[str, object] = {"file": relative(path)} if path and "://" not in path else {}
    if finding.span is not None:
        where |= {
            "line": finding.span.line, "endLine": finding.span.end_line, "col": finding.span.column,
        }  # fmt: skip
        if finding.span.end_line == finding.span.line:  # GitHub takes an end column on one line only
            where["endColumn"] = finding.span.end_column
    elif finding.line is not None and not finding.sheet and not _member:
        where["line"] = finding.line
    told = f"{finding.place}: {finding.text}" if finding.place else finding.text
    if finding.rule is not None:
        told += "\n" + _("rule: {where}").format(where=told_place(finding.rule))
    return _command(_LEVELS[finding.severity], {**where, "title": title}, told)


def _command(level: str, properties: dict[str, object], message: str) -> str:
    told = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{level} {told}::{_data(message)}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
