"""Runs rule packs: all rules on one table become one Polars query that gives a bit per row and check.

A bit is true (the row meets the check), false (it does not) or null (the check does not apply: the row is outside the
rule's scope, its group lacks the column, or the cell is empty). Everything else is counted from the bits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from crmq import registry
from crmq.errors import ConfigError
from crmq.locales import _
from crmq.rules import views
from crmq.rules.checks import RowCheck, TableCheck
from crmq.rules.evaluation import Evaluator, Outcome, Planned
from crmq.rules.findings import Failing
from crmq.rules.pack import KINDS_GROUP, KINDS_PACKAGE, Rule
from crmq.rules.result import GroupCount, NotEvaluated, RuleResult, Status
from crmq.rules.views import GROUP, Context, Group, View

NO_ROWS = pl.Series([], dtype=pl.UInt32)


@dataclass
class _Tally:
    """What was found so far about one rule, over all views."""

    counts: dict[Group, list[int]] = field(default_factory=dict)
    absent: list[Group] = field(default_factory=list)
    failing: list[Failing] = field(default_factory=list)
    looked: bool = False
    fields: dict[str, list[int]] = field(default_factory=dict)

    def add(self, group: Group, evaluated: int, failed: int, fields: Sequence[str] = ()) -> None:
        for count in (self.counts.setdefault(group, [0, 0]), *(self.fields.setdefault(f, [0, 0]) for f in fields)):
            count[0] += evaluated
            count[1] += failed


def run(
    rules: Sequence[tuple[Rule, bool]], context: Context, advance: Any, evaluator: Evaluator | None = None
) -> list[RuleResult]:
    """Evaluate rules.

    Args:
        rules: Rules, each with whether its pack was asked for by name.
        context: The data.
        advance: Called with a number of units after each view.
        evaluator: Evaluates the checks of each view; default: this engine.

    Returns:
        One result per rule, in order.
    """
    tallies = {id(rule): _Tally() for rule, _required in rules}
    for view, selected in _views([rule for rule, _required in rules], context):
        _look(view, selected, tallies, evaluator)
        advance(1)
    return [_result(rule, required, tallies[id(rule)]) for rule, required in rules]


def _views(rules: list[Rule], context: Context) -> Iterable[tuple[View, list[Rule]]]:
    tables = list(dict.fromkeys(rule.table for rule in rules))
    for table in tables:
        selected = [rule for rule in rules if rule.table == table]
        if table == "raw":
            for mapped in context.mapped:
                yield views.raw(context, mapped), selected
        else:
            named = {name for rule in selected for name in rule.columns}
            yield views.canonical(context, table, named), selected


def _look(view: View, rules: list[Rule], tallies: dict[int, _Tally], evaluator: Evaluator | None) -> None:
    """Evaluate all rules of one view."""
    planned: list[tuple[Rule, RowCheck, pl.Expr]] = []
    elsewhere: list[Planned] = []
    if view.raw is not None:
        view.survey(name for rule in rules for name in view.expand(rule.fields) if view.has(name))
    for rule in rules:
        tally = tallies[id(rule)]
        in_scope = view.matching(rule.applies_to)
        tally.looked = tally.looked or bool(in_scope)
        complete = set(_with_fields(rule, view, rule.fields))
        tally.absent.extend(view.groups[i] for i in in_scope if i not in complete)
        if not view.groups_with(rule.condition.columns if rule.condition else ()):
            continue
        restricted = replace(view, applies=_applies(rule, view, in_scope))
        for check in checks_of(rule, restricted):
            groups = [i for i in _with_fields(rule, view, _fields_of(check, rule)) if i in in_scope]
            if not groups:
                continue
            if evaluator is not None:
                elsewhere.append(Planned(rule, check, tuple(groups), _applies(rule, view, groups)))
            elif isinstance(check, TableCheck):
                _count_table(rule, view, check, tally)
            else:
                planned.append((rule, check, _applies(rule, view, groups)))
    if planned and view.frame.height:
        _count_rows(view, planned, tallies)
    if evaluator is not None and elsewhere:
        _take(view, elsewhere, evaluator.evaluate(view, elsewhere), tallies)


def _needs(rule: Rule) -> str:
    """Return which of its fields a rule needs: ``all``, ``each`` or ``any``."""
    return str(getattr(_kind(rule), "NEEDS", "all"))


def _fields_of(check: RowCheck | TableCheck, rule: Rule) -> tuple[str, ...]:
    return check.fields if isinstance(check, RowCheck) and _needs(rule) == "each" else rule.fields


def _about(rule: Rule, check: RowCheck | TableCheck) -> tuple[str, ...]:
    """Return the fields that a check is counted for; of "one of these is enough" none is to blame."""
    return check.fields if isinstance(check, RowCheck) and _needs(rule) != "any" else ()


def _with_fields(rule: Rule, view: View, fields: Sequence[str]) -> list[int]:
    """Return the groups that have the fields, and the columns that the rule's condition names."""
    groups = view.groups_with(rule.condition.columns if rule.condition else ())
    if _needs(rule) == "any":
        return [i for i in groups if any(view.present(name, i) for name in fields)]
    there = view.groups_with(fields)
    return [i for i in groups if i in there]


def checks_of(rule: Rule, view: View) -> Sequence[RowCheck | TableCheck]:
    """Return the checks of a rule for a view; none where the frame lacks a column that they need."""
    there = [name for name in rule.fields if view.has(name)]
    if rule.condition and not all(view.has(name) for name in rule.condition.columns):
        return []
    if len(there) < len(rule.fields):
        if _needs(rule) == "all" or not there:
            return []
        rule = replace(rule, fields=tuple(there))
    made: Sequence[RowCheck | TableCheck] = _kind(rule).checks(rule, rule.params, view)
    return made


def _kind(rule: Rule) -> Any:
    return registry.load(KINDS_PACKAGE, rule.entry.kind, KINDS_GROUP)


def _applies(rule: Rule, view: View, groups: list[int]) -> pl.Expr:
    applies = pl.lit(True)
    if len(groups) < len(view.groups):
        applies = pl.col(GROUP).is_in(groups)
    if rule.applies_to.entity is not None and "entity" in view.frame.columns:
        applies = applies & (pl.col("entity") == rule.applies_to.entity)
    if rule.condition is not None:
        applies = applies & rule.condition.to_polars(view.scope)
    return applies


def _count_table(rule: Rule, view: View, check: TableCheck, tally: _Tally) -> None:
    tally.add(view.groups[check.group], check.evaluated, check.failures.height)
    if not check.failures.is_empty():
        tally.failing.append(Failing(rule, view, NO_ROWS, made=check.failures, group=check.group))


def _take(view: View, planned: Sequence[Planned], outcomes: Sequence[Outcome], tallies: dict[int, _Tally]) -> None:
    """Note what another evaluator found."""
    for item, outcome in zip(planned, outcomes, strict=True):
        tally = tallies[id(item.rule)]
        for group, (done, bad) in sorted(outcome.counts.items()):
            tally.add(view.groups[group], done, bad, _about(item.rule, item.check))
        seen = outcome.view or view
        if isinstance(item.check, TableCheck):
            if outcome.made is not None and outcome.made.height:
                told = Failing(item.rule, seen, outcome.rows, made=outcome.made, group=item.check.group)
                tally.failing.append(told)
        elif len(outcome.rows):
            tally.failing.append(Failing(item.rule, seen, outcome.rows, outcome.check or item.check))


def _count_rows(view: View, planned: list[tuple[Rule, RowCheck, pl.Expr]], tallies: dict[int, _Tally]) -> None:
    """Evaluate the row checks of one view in one query and count the bits per group."""
    bits_of = [pl.when(applies).then(check.passes).alias(f"b{i}") for i, (_r, check, applies) in enumerate(planned)]
    try:
        bits = view.frame.lazy().select(GROUP, *bits_of).collect()
    except pl.exceptions.PolarsError as error:
        _blame(view, planned, error)
        raise
    names = [f"b{i}" for i in range(len(planned))]
    failing: set[str] = set()
    for group, row in _counts(bits, names, len(view.groups)):
        for name, (rule, check, _applies_to) in zip(names, planned, strict=True):
            if row[f"{name}_done"]:
                done, bad = row[f"{name}_done"], row[f"{name}_bad"]
                tallies[id(rule)].add(view.groups[group], done, bad, _about(rule, check))
            if row[f"{name}_bad"]:
                failing.add(name)
    for name, (rule, check, *_rest) in zip(names, planned, strict=True):
        if name in failing:
            rows = (~bits[name]).fill_null(value=False).arg_true().cast(pl.UInt32)
            tallies[id(rule)].failing.append(Failing(rule, view, rows, check))


def _counts(bits: pl.DataFrame, names: list[str], groups: int) -> Iterable[tuple[int, dict[str, int]]]:
    """Yield, per group, how many bits of each check are set at all and how many are false."""
    counted = [
        *(pl.col(name).is_not_null().sum().alias(f"{name}_done") for name in names),
        *((~pl.col(name)).sum().fill_null(0).alias(f"{name}_bad") for name in names),
    ]
    if groups == 1:  # ten times as fast as grouping by a constant
        yield 0, bits.select(counted).row(0, named=True)
        return
    for row in bits.lazy().group_by(GROUP).agg(counted).sort(GROUP).collect().iter_rows(named=True):
        yield row[GROUP], row


def _blame(view: View, planned: list[tuple[Rule, RowCheck, pl.Expr]], error: Exception) -> None:
    """Find the rule that made the query fail, so that the message names its line in the pack."""
    head = view.frame.head(1000)
    for rule, check, applies in planned:
        try:
            head.select(pl.when(applies).then(check.passes))
        except pl.exceptions.PolarsError:
            raise ConfigError(
                _("The rule {rule} cannot be evaluated on this table.").format(rule=rule.id), where=rule.where
            ) from error


def _result(rule: Rule, required: bool, tally: _Tally) -> RuleResult:
    evaluated = sum(done for done, _bad in tally.counts.values())
    failed = sum(bad for _done, bad in tally.counts.values())
    groups = tuple(
        GroupCount(group, done, bad)
        for group, (done, bad) in sorted(tally.counts.items(), key=lambda kv: (kv[0].source, kv[0].object, kv[0].file))
    )
    absent = tuple(sorted(tally.absent, key=lambda g: (g.source, g.object, g.file)))
    reason: NotEvaluated | None = None
    if evaluated == 0:
        reason = "missing_field" if absent else "no_rows" if tally.looked else "no_table"
        return RuleResult(rule, "not_evaluated", 0, 0, reason, groups, absent, required)
    status: Status = "pass" if rule.entry.limits.allow(failed, evaluated) else "fail"
    fields = {name: (done, bad) for name, (done, bad) in tally.fields.items()}
    failing = tuple(tally.failing)
    return RuleResult(rule, status, evaluated, failed, None, groups, absent, required, failing, fields=fields)
