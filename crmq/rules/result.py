"""What a validation gives: the outcome of each rule, its failing rows, scores, and the verdict of the gate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Literal

import polars as pl

from crmq.model.tables import FINDINGS
from crmq.rules.findings import Failing
from crmq.rules.pack import DIMENSIONS, SEVERITIES, Pack, Rule, Severity
from crmq.rules.views import Group

Status = Literal["pass", "fail", "not_evaluated"]
NotEvaluated = Literal["missing_field", "no_rows", "no_table"]
FailOn = Literal["error", "warning", "info", "never"]

WEIGHTS: dict[Severity, int] = {"error": 4, "warning": 2, "info": 1}
"""How much a rule counts in a score, by severity."""

CHUNK = 100_000


@dataclass(frozen=True)
class GroupCount:
    """What a rule found in one object of one source."""

    group: Group
    evaluated: int
    failed: int


@dataclass(frozen=True)
class RuleResult:
    """The outcome of one rule.

    Attributes:
        rule: The rule.
        status: ``fail`` when more rows fail than its limits allow, ``not_evaluated`` when there was nothing to check.
        reason: Why it was not evaluated.
        evaluated: Rows (or cells, for rules on all columns) the rule applied to.
        failed: Those that did not meet it.
        groups: The same per object of each source, where anything was evaluated.
        absent: Objects of sources that the rule should look at but that lack a column it needs.
        required: The user named its pack: what cannot be evaluated fails the gate.
        failing: Where the failing rows are.
        waived: How many of the failing rows somebody accepted for a time.
        known: How many of the others were there at the baseline.
        excused: A waiver that still holds covers the whole rule: that it could not be evaluated closes no gate.
        fields: What was evaluated and what failed, per field that a check is about.
    """

    rule: Rule
    status: Status
    evaluated: int
    failed: int
    reason: NotEvaluated | None = None
    groups: tuple[GroupCount, ...] = ()
    absent: tuple[Group, ...] = ()
    required: bool = False
    failing: tuple[Failing, ...] = field(default=(), repr=False)
    waived: int = 0
    known: int = 0
    excused: bool = False
    fields: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def open(self) -> int:
        """Failing rows that count: neither waived nor known from the baseline."""
        return self.failed - self.waived - self.known

    @property
    def share(self) -> float | None:
        """Failing share of what was evaluated."""
        return self.failed / self.evaluated if self.evaluated else None

    @property
    def score(self) -> float | None:
        """Share that passed, 0 to 100; None where nothing was evaluated."""
        return 100.0 * (1 - self.failed / self.evaluated) if self.evaluated else None

    @property
    def unchecked(self) -> bool:
        """Whether the gate must not be green on its account: a rule asked for that was not, or not fully, checked."""
        return (
            self.required
            and not self.excused
            and not self.rule.entry.may_be_absent
            and (self.status == "not_evaluated" or bool(self.absent))
        )

    def findings(self, limit: int | None = None) -> pl.DataFrame:
        """Return the failing rows as findings (at most ``limit``), in the order of their locators."""
        parts: list[pl.DataFrame] = []
        left = limit
        for failing in self.failing:
            if left is not None and left <= 0:
                break
            parts.append(failing.frame(0, left))
            left = None if left is None else left - parts[-1].height
        return pl.concat(parts) if parts else pl.DataFrame(schema=FINDINGS)


@dataclass(frozen=True)
class WaiverUse:
    """A waiver and what became of it.

    Attributes:
        rule, owner, reason: As agreed.
        until: The last day it holds.
        where: ``file:line:column``.
        state: ``used``; ``unused`` (nothing of the kind was found: it can go); ``expired``; ``exceeded`` (more was
            found than was agreed, so nothing is waived).
        findings: How many findings it covers, or would have covered.
    """

    rule: str
    owner: str
    reason: str
    until: date
    where: str
    state: Literal["used", "unused", "expired", "exceeded"]
    findings: int


@dataclass(frozen=True)
class Scores:
    """Scores from 0 to 100; None where nothing was evaluated.

    The score of a rule is the share of the checked rows that met it. A dimension's, a source's, a system's, a field's
    and the overall score are the mean of the rule scores (over their part of the rows) weighted by severity
    (:data:`WEIGHTS`: an error counts four times, a warning twice as much as an information). Rules that were not
    evaluated do not count; waivers and baselines change nothing.
    """

    overall: float | None
    dimensions: dict[str, float]
    sources: dict[str, float]
    systems: dict[str, float]
    fields: dict[str, float]


@dataclass(frozen=True)
class Gate:
    """The answer of the gate at one level.

    Attributes:
        passed: Whether the data may go on.
        failed: Results at or above the level that failed.
        unchecked: Results at or above the level that were asked for but not (fully) evaluated.
        nothing_checked: No rule at all was evaluated.
    """

    passed: bool
    failed: tuple[RuleResult, ...]
    unchecked: tuple[RuleResult, ...]
    nothing_checked: bool


@dataclass(frozen=True)
class Validation:
    """The outcome of all rules over one set of inputs.

    Attributes:
        packs: The packs that ran.
        results: One per rule, in the order of the packs.
        stage_findings: What reading, mapping and standardising had already found (same schema as findings).
        waivers: The waivers, and what became of each.
    """

    packs: tuple[Pack, ...]
    results: tuple[RuleResult, ...]
    stage_findings: pl.DataFrame
    waivers: tuple[WaiverUse, ...] = ()

    @cached_property
    def findings(self) -> pl.DataFrame:
        """All findings as one table, stage findings first."""
        return pl.concat([self.stage_findings, *self.iter_findings()])

    def iter_findings(self, chunk: int = CHUNK) -> Iterator[pl.DataFrame]:
        """Yield the findings of the rules in pieces of at most ``chunk`` rows, so that millions need little memory."""
        for result in self.results:
            for failing in result.failing:
                for start in range(0, failing.height, chunk):
                    yield failing.frame(start, chunk)

    def gate(self, fail_on: FailOn, *, allow_not_evaluated: bool = False) -> Gate:
        """Return whether the data pass at a level.

        A rule fails the gate when its severity is at or above the level and it failed, or when its pack was asked for
        by name and it could not be evaluated. A validation in which no rule was evaluated never passes.
        """
        if fail_on == "never":
            return Gate(True, (), (), False)
        counted = [r for r in self.results if at_least(r.rule.entry.severity, fail_on)]
        failed = tuple(r for r in counted if r.status == "fail")
        unchecked = () if allow_not_evaluated else tuple(r for r in counted if r.unchecked)
        nothing = all(r.status == "not_evaluated" for r in self.results)
        stage = self.stage_findings.filter(pl.col("severity").is_in(_levels(fail_on)) & (pl.col("state") == "open"))
        nothing = nothing and not allow_not_evaluated
        passed = not failed and not unchecked and not nothing and stage.is_empty()
        return Gate(passed, failed, unchecked, nothing)

    @cached_property
    def scores(self) -> Scores:
        """The scores; see :class:`Scores` for the formula."""
        rules = [(r.rule.entry, r.score) for r in self.results if r.score is not None]
        by_dimension: dict[str, float] = {
            name: _mean([(e.severity, s) for e, s in rules if e.dimension == name])
            for name in DIMENSIONS
            if any(e.dimension == name for e, _s in rules)
        }
        per_source, per_system, per_field = _Parts(), _Parts(), _Parts()
        for result in self.results:
            severity = result.rule.entry.severity
            per_source.add(severity, ((g.group.source, g.evaluated, g.failed) for g in result.groups))
            known = [g for g in result.groups if g.group.system]
            per_system.add(severity, ((g.group.system, g.evaluated, g.failed) for g in known))
            per_field.add(severity, ((name, done, bad) for name, (done, bad) in result.fields.items()))
        overall = _mean([(e.severity, s) for e, s in rules]) if rules else None
        return Scores(overall, by_dimension, per_source.means(), per_system.means(), per_field.means())


class _Parts:
    """Scores of rules over parts of the data, collected per part."""

    def __init__(self) -> None:
        self.scored: dict[str, list[tuple[Severity, float]]] = {}

    def add(self, severity: Severity, counts: Iterable[tuple[str, int, int]]) -> None:
        """Take in one rule: part, rows evaluated, rows failed; a part may come several times."""
        sums: dict[str, tuple[int, int]] = {}
        for name, done, bad in counts:
            before = sums.get(name, (0, 0))
            sums[name] = (before[0] + done, before[1] + bad)
        for name, (done, bad) in sums.items():
            if done:
                self.scored.setdefault(name, []).append((severity, 100.0 * (1 - bad / done)))

    def means(self) -> dict[str, float]:
        """Return the score of each part, by name."""
        return {name: _mean(self.scored[name]) for name in sorted(self.scored)}


def _mean(scored: Sequence[tuple[Severity, float]]) -> float:
    weight = sum(WEIGHTS[severity] for severity, _s in scored)
    return round(sum(WEIGHTS[severity] * score for severity, score in scored) / weight, 2)


def at_least(severity: Severity, level: FailOn) -> bool:
    """Return whether a severity is at or above a level."""
    return severity in _levels(level)


def _levels(level: FailOn) -> list[Severity]:
    return list(SEVERITIES[: SEVERITIES.index(level) + 1]) if level != "never" else []
