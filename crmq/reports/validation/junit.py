"""JUnit XML: one suite per pack, one test case per rule; CI servers show which rules fail.

The document keeps to the strict form that Ant writes (``testsuites``; suites with ``properties``, cases,
``system-out`` and ``system-err``, all attributes present), which Jenkins, GitLab, Azure and GitHub actions all read. It
holds no measured times and no host name, so that equal data give equal files.

A rule that fails at or above the level of the gate is a ``failure``; one that was asked for and could not be evaluated
an ``error``; one that had nothing to check ``skipped``. A rule that fails below the level passes, and says so in
``system-out`` of its suite.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import IO
from xml.sax.saxutils import escape, quoteattr

from crmq.locales import _
from crmq.reports.validation.outcome import Finding, Outcome, told_place, why_not_evaluated
from crmq.rules.result import RuleResult

_EXAMPLES = 20
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML 1.0 cannot hold."""


def write(outcome: Outcome, out: IO[str]) -> None:
    """Write the document."""
    out.write('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n')
    for number, (name, lines) in enumerate(_suites(outcome)):
        for line in lines(number, name):
            out.write(line)
    out.write("</testsuites>\n")


class _Suite:
    """One suite: its cases are written as they come, its counts are known before."""

    def __init__(self, outcome: Outcome, results: Sequence[RuleResult]) -> None:
        self.outcome = outcome
        self.results = results

    def __call__(self, number: int, name: str) -> Iterator[str]:
        outcome = self.outcome
        failed = sum(1 for r in self.results if r in outcome.gate.failed)
        errors = sum(1 for r in self.results if self._error(r))
        skipped = sum(1 for r in self.results if r.status == "not_evaluated" and not self._error(r))
        yield _head(outcome, number, name, (len(self.results), failed, errors, skipped))
        notes = []
        for result in self.results:
            yield from self._case(result, name)
            if result.failed and result not in outcome.gate.failed:
                notes.append(_counts(result))
        yield _foot(notes)

    def _error(self, result: RuleResult) -> bool:
        return result in self.outcome.gate.unchecked and result not in self.outcome.gate.failed

    def _case(self, result: RuleResult, suite: str) -> Iterator[str]:
        name = f"{result.rule.id} {result.rule.title}"
        head = f'    <testcase name={_attribute(name)} classname={_attribute(f"crmq.{suite}")} time="0"'
        if result in self.outcome.gate.failed:
            yield f"{head}>\n      <failure type={_attribute(result.rule.entry.severity)} "
            yield f"message={_attribute(_counts(result))}>"
            for finding in self.outcome.examples_of(result, _EXAMPLES):
                yield _text(_line(finding) + "\n")
            yield _text(_where(result))
            yield "</failure>\n    </testcase>\n"
        elif self._error(result):
            yield f'{head}>\n      <error type="not_evaluated" message={_attribute(why_not_evaluated(result))}>'
            yield f"{_text(_where(result))}</error>\n    </testcase>\n"
        elif result.status == "not_evaluated":
            yield f"{head}>\n      <skipped/>\n    </testcase>\n"
        else:
            yield f"{head}/>\n"


class _Reading:
    """The suite of what reading and mapping found, and of files that could not be read."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome

    def __call__(self, number: int, name: str) -> Iterator[str]:
        outcome = self.outcome
        by_rule = outcome.stage_findings_by_rule(_EXAMPLES)
        bad = outcome.stage_rules_closing
        yield _head(outcome, number, name, (len(by_rule) + len(outcome.unread), len(bad), len(outcome.unread), 0))
        for rule, found in sorted(by_rule.items()):
            head = f'    <testcase name={_attribute(rule)} classname="crmq.reading" time="0"'
            if rule not in bad:
                yield f"{head}/>\n"
                continue
            yield f'{head}>\n      <failure type="{found[0].severity}" message={_attribute(found[0].message)}>'
            yield _text("".join(_line(finding) + "\n" for finding in found))
            yield "</failure>\n    </testcase>\n"
        for where, what in outcome.unread:
            yield f'    <testcase name={_attribute(where)} classname="crmq.reading" time="0">\n'
            yield f'      <error type="source" message={_attribute(what)}></error>\n    </testcase>\n'
        yield _foot([])


def _suites(outcome: Outcome) -> Iterator[tuple[str, _Suite | _Reading]]:
    if outcome.unread or outcome.validation.stage_findings.height:
        yield "reading", _Reading(outcome)
    for pack in outcome.validation.packs:
        results = [r for r in outcome.validation.results if r.rule.pack == pack.id]
        if results:
            yield pack.id, _Suite(outcome, results)


def _head(outcome: Outcome, number: int, name: str, counts: tuple[int, int, int, int]) -> str:
    tests, failures, errors, skipped = counts
    return (
        f'  <testsuite package="crmq" id="{number}" name={_attribute(name)} hostname="localhost" '
        f'timestamp="{outcome.as_of.isoformat()}T00:00:00" tests="{tests}" failures="{failures}" errors="{errors}" '
        f'skipped="{skipped}" time="0">\n    <properties>\n'
        f'      <property name="fail_on" value="{outcome.fail_on}"/>\n    </properties>\n'
    )


def _foot(notes: Sequence[str]) -> str:
    told = _text("".join(note + "\n" for note in notes))
    return f"    <system-out>{told}</system-out>\n    <system-err></system-err>\n  </testsuite>\n"


def _counts(result: RuleResult) -> str:
    text = _("{rule}: {title} ({failed} of {n})").format(
        rule=result.rule.id, title=result.rule.title, failed=result.failed, n=result.evaluated
    )
    accepted = [(_("waived"), result.waived), (_("in the baseline"), result.known)]
    return text + "".join(f", {n} {word}" for word, n in accepted if n)


def _line(finding: Finding) -> str:
    return f"{finding.place}: {finding.text}" if finding.place else finding.text


def _where(result: RuleResult) -> str:
    remediation = result.rule.entry.remediation
    advice = f"{remediation.here()}\n" if remediation else ""
    rule = _("rule")
    return f"{advice}{rule}: {told_place(result.rule)}\n"


def _attribute(text: str) -> str:
    return quoteattr(" ".join(_ILLEGAL.sub("\ufffd", text).split()))


def _text(text: str) -> str:
    return escape(_ILLEGAL.sub("\ufffd", text))
