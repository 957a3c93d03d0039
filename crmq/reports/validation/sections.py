"""The sections that the documents for readers (HTML, Markdown, workbook) share: the same rows and words in each."""

from __future__ import annotations

from crmq.locales import _
from crmq.reports.document import Table
from crmq.reports.validation.outcome import Outcome, why_not_evaluated
from crmq.rules.pack import DIMENSIONS
from crmq.rules.result import RuleResult

FIELDS_SHOWN = 25


def severity_title(severity: str) -> str:
    """Return a severity in words."""
    return {"error": _("error"), "warning": _("warning"), "info": _("information")}.get(severity, severity)


def dimension_title(dimension: str) -> str:
    """Return a dimension of quality in words."""
    return {
        "completeness": _("completeness"), "validity": _("validity"), "uniqueness": _("uniqueness"),
        "consistency": _("consistency"), "timeliness": _("timeliness"), "integrity": _("integrity"),
    }.get(dimension, dimension)  # fmt: skip


def formula() -> str:
    """Return how the scores are made, as one paragraph."""
    return _(
        "The score of a rule is the share of the checked rows that met it. A dimension, a source, a system, a field "
        "and the whole have the mean of their rule scores, in which an error counts four times and a warning twice as "
        "much as an information. Rules that had nothing to check do not count."
    )


def score(value: float) -> float:
    """Return a score as it is shown, rounded down: 100 means that nothing failed."""
    return int(value * 10 + 1e-9) / 10


def scores(outcome: Outcome) -> list[Table]:
    """Return the scores as tables: by dimension, by source and system where there are several, by field."""
    found = outcome.validation.scores
    if found.overall is None:
        return []
    headers = (_("what"), _("score"))
    rows = [(dimension_title(d), score(found.dimensions[d])) for d in DIMENSIONS if d in found.dimensions]
    rows.append((_("overall"), score(found.overall)))
    tables = [Table(_("Score"), headers, rows, (1,), 1, formula())]
    if len(found.sources) > 1:
        by_source = [(name, score(value)) for name, value in found.sources.items()]
        tables.append(Table(_("Score by source"), headers, by_source, (1,), 1))
    if len(found.systems) > 1:
        by_system = [(name, score(value)) for name, value in found.systems.items()]
        tables.append(Table(_("Score by system"), headers, by_system, (1,), 1))
    worst = sorted(((score(value), name) for name, value in found.fields.items() if value < 100))
    if worst:
        by_field = [(field_title(name), value) for value, name in worst[:FIELDS_SHOWN]]
        tables.append(Table(_("Score by field, the lowest first"), headers, by_field, (1,), 1))
    return tables


def field_title(reference: str) -> str:
    """Return a field as readers know it: a column of the source by its header alone."""
    from crmq.rules.references import raw_header

    return raw_header(reference) or reference


def inputs(outcome: Outcome) -> Table:
    """Return what was read."""
    rows: list[tuple[str | int, ...]] = [(name, count) for name, count in outcome.inputs]
    return Table(_("What was checked"), (_("table"), _("rows")), rows, (1,))


def failing(outcome: Outcome) -> Table:
    """Return the rules that found something, the gravest first."""
    rows = [
        (
            r.rule.id, r.rule.title, severity_title(r.rule.entry.severity), r.failed, r.evaluated,
            score(r.score or 0.0), state(outcome, r),
        )
        for r in outcome.failing
    ]  # fmt: skip
    headers = (
        _("rule"), _("finds"), _("severity"), _("failing"), _("checked"), _("score"), _("result"),
    )  # fmt: skip
    return Table(_("What was found"), headers, rows, (3, 4, 5), 5)


def state(outcome: Outcome, result: RuleResult) -> str:
    """Return how a rule ended, in words."""
    if result.status == "not_evaluated":
        return _("not checked, closes the gate") if outcome.closes_gate(result) else _("nothing to check")
    parts = [_("within the limit") if result.open and result.status == "pass" else _("passed")]
    if result.status == "fail":
        parts = [_("fails the gate") if outcome.closes_gate(result) else _("below the gate")]
    if result.waived:
        parts.append(_("{n} waived").format(n=f"{result.waived:,}"))
    if result.known:
        parts.append(_("{n} in the baseline").format(n=f"{result.known:,}"))
    return ", ".join(parts)


def unchecked(outcome: Outcome) -> Table:
    """Return the rules that were not, or not everywhere, evaluated, with the reason."""
    results = [r for r in outcome.validation.results if r.status == "not_evaluated" or r in outcome.gate.unchecked]
    rows = [(r.rule.id, r.rule.title, why_not_evaluated(r), state(outcome, r)) for r in results]
    return Table(_("What was not checked"), (_("rule"), _("finds"), _("why"), _("result")), rows)


def passed(outcome: Outcome) -> Table:
    """Return the rules that every row met."""
    results = [r for r in outcome.validation.results if r.status == "pass" and not r.failed]
    rows = [(r.rule.id, r.rule.title, severity_title(r.rule.entry.severity), r.evaluated) for r in results]
    return Table(
        _("What was checked and is in order"), (_("rule"), _("finds"), _("severity"), _("checked")), rows, (3,)
    )


def waivers(outcome: Outcome) -> Table:
    """Return the waivers and what became of them."""
    states = {
        "used": _("in force"), "unused": _("not needed any more"), "expired": _("expired"),
        "exceeded": _("more was found than was agreed"),
    }  # fmt: skip
    rows = [
        (w.rule, w.owner, w.until.isoformat(), w.reason, w.findings, states[w.state])
        for w in outcome.validation.waivers
    ]
    headers = (_("rule"), _("owner"), _("until"), _("reason"), _("findings"), _("state"))
    return Table(_("What is waived"), headers, rows, (4,))
