"""Marks findings that need not close the gate: waived by somebody, or known from the baseline.

What is accepted stays a finding, counts in the scores and stands in every output with its state; it only does not
fail its rule and sends no row to the quarantine.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import polars as pl

from crmq.rules import baseline as baselines
from crmq.rules.agreements import Waiver
from crmq.rules.baseline import Baseline
from crmq.rules.findings import KNOWN, OPEN, WAIVED, Failing
from crmq.rules.result import CHUNK, RuleResult, Validation, WaiverUse

_RESTRICTIONS = {"sources": "source", "objects": "object", "fields": "field", "records": "record_id"}


def judge(validation: Validation, waivers: Sequence[Waiver], baseline: Baseline | None, as_of: date) -> Validation:
    """Return the validation with the state of every finding, and rules that fail only on account of open ones.

    Args:
        validation: The outcome of the rules, all findings open.
        waivers: What was agreed.
        baseline: Findings of an earlier validation, or None.
        as_of: Waivers hold up to and including their last day.
    """
    if not waivers and baseline is None:
        return validation
    covered = {id(waiver): _covered(validation, waiver) for waiver in waivers}
    uses = tuple(_use(waiver, covered[id(waiver)], as_of) for waiver in waivers)
    holding = [
        waiver for waiver, use in zip(waivers, uses, strict=True) if use.state == "used" or use.state == "unused"
    ]
    left = {rule: Counter(marks) for rule, marks in baseline.found.items()} if baseline else {}
    stage = validation.stage_findings
    stage = stage.with_columns(_states(stage, holding, left).alias("state"))
    results = [_result(result, holding, left, baseline) for result in validation.results]
    return replace(validation, results=tuple(results), stage_findings=stage, waivers=uses)


def _use(waiver: Waiver, findings: int, as_of: date) -> WaiverUse:
    entry = waiver.entry
    state = (
        "expired" if as_of > waiver.until
        else "exceeded" if entry.max_count is not None and findings > entry.max_count
        else "used" if findings
        else "unused"
    )  # fmt: skip
    return WaiverUse(waiver.rule, entry.owner, entry.reason, waiver.until, waiver.where, state, findings)  # type: ignore[arg-type]


def _meant(waiver: Waiver) -> pl.Expr:
    """Return which findings a waiver is about."""
    meant = pl.col("rule_id") == waiver.rule
    for name, column in _RESTRICTIONS.items():
        words = getattr(waiver.entry, name)
        if words:
            meant = meant & pl.col(column).is_in(pl.Series(words, dtype=pl.String).implode())
    return meant.fill_null(value=False)


def _covered(validation: Validation, waiver: Waiver) -> int:
    total = validation.stage_findings.filter(_meant(waiver)).height
    for result in validation.results:
        if result.rule.id == waiver.rule:
            if waiver.entry.whole_rule:
                total += result.failed
            else:
                total += sum(part.filter(_meant(waiver)).height for f in result.failing for part in _frames(f))
    return total


def _frames(failing: Failing) -> Sequence[pl.DataFrame]:
    return [failing.frame(start, CHUNK) for start in range(0, failing.height, CHUNK)]


def _states(findings: pl.DataFrame, waivers: Sequence[Waiver], left: dict[str, Counter[str]]) -> pl.Series:
    """Return the state of each finding, and take those known from the baseline out of what is left of it."""
    waived = findings.select(
        pl.any_horizontal([_meant(w) for w in waivers]).alias("waived") if waivers else pl.lit(False).alias("waived")
    )["waived"]
    if len(waived) != findings.height:
        waived = pl.repeat(False, findings.height, eager=True, dtype=pl.Boolean)
    rules = findings["rule_id"].to_list()
    if not any(rule in left for rule in set(rules)):
        return waived.replace_strict({True: WAIVED, False: OPEN}, return_dtype=pl.String)
    out = []
    for rule, mark, accepted in zip(rules, baselines.fingerprints(findings), waived, strict=True):
        known = left.get(rule)
        if accepted:
            out.append(WAIVED)
        elif known and known[mark] > 0:
            known[mark] -= 1
            out.append(KNOWN)
        else:
            out.append(OPEN)
    return pl.Series(out, dtype=pl.String)


def _result(
    result: RuleResult, waivers: Sequence[Waiver], left: dict[str, Counter[str]], baseline: Baseline | None
) -> RuleResult:
    mine = [waiver for waiver in waivers if waiver.rule == result.rule.id]
    if result.status == "not_evaluated":
        # it was checked at the baseline and no longer is: that is worse
        gone = baseline is not None and result.rule.id in baseline.evaluated
        excused = any(waiver.entry.whole_rule for waiver in mine)
        return replace(result, required=result.required or gone, excused=excused)
    excused = any(waiver.entry.whole_rule for waiver in mine)
    if not result.failed or not (mine or result.rule.id in left):
        return replace(result, excused=excused)
    judged = []
    for failing in result.failing:
        states = pl.concat([_states(part, mine, left) for part in _frames(failing)])
        judged.append(replace(failing, states=states))
    waived = sum(int((f.states == WAIVED).sum()) for f in judged if f.states is not None)
    known = sum(int((f.states == KNOWN).sum()) for f in judged if f.states is not None)
    counting = result.failed - waived
    within = result.rule.entry.limits.allow(counting, result.evaluated)
    nothing_new = known > 0 and counting == known
    status = "pass" if within or nothing_new else "fail"
    return replace(result, status=status, failing=tuple(judged), waived=waived, known=known, excused=excused)  # type: ignore[arg-type]
