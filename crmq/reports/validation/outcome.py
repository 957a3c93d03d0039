"""What every report of a validation shows, in one place: findings as they may be shown, and where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path, PurePath
from typing import Any

import polars as pl

import crmq
from crmq.locales import _, ngettext
from crmq.model.mapped import MappedTable
from crmq.reports.json_validation import shown_suggestion, shown_value
from crmq.reports.validation import places
from crmq.reports.validation.places import Span
from crmq.rules.findings import OPEN
from crmq.rules.pack import Rule, Severity
from crmq.rules.result import CHUNK, FailOn, Gate, RuleResult, Validation, at_least

SEVERITY_ORDER: tuple[Severity, ...] = ("error", "warning", "info")


@dataclass(frozen=True)
class Finding:
    """One failing row as a report shows it: values masked unless the user asked for them.

    Attributes:
        rule: The rule, or None for what reading and mapping found.
        rule_id: Its id.
        severity: Of the rule.
        file, sheet, line: Where it stands; ``line`` is None for a table as a whole.
        position: 1-based number of the column in the table.
        span: Where the cell stands in the text, where the file is text that could be read again.
        field, value, message, detail, suggestion: What it says; ``detail`` is what the message adds to the rule's.
        source, object, record_id: Whose record it is.
        state: ``open``, ``waived`` or ``baseline``.
    """

    rule: Rule | None
    rule_id: str
    severity: Severity
    file: str
    sheet: str | None
    line: int | None
    position: int | None
    span: Span | None
    field: str | None
    value: str | None
    message: str
    detail: str
    suggestion: str | None
    source: str | None
    object: str | None
    record_id: str | None
    state: str

    @property
    def place(self) -> str:
        """``file[sheet]:line:column`` with the file's name only; of text the column is that of the character."""
        name = PurePath(self.file).name if self.file else ""
        name += f"[{self.sheet}]" if self.sheet else ""
        column = self.span.column if self.span else self.position
        line = self.span.line if self.span else self.line
        return ":".join(str(part) for part in (name, line, column) if part is not None)

    @property
    def text(self) -> str:
        """Message, field, value and suggestion in one line."""
        parts = [self.message]
        if self.field:
            parts.append(f"{self.field}: {self.value}" if self.value is not None else self.field)
        if self.suggestion:
            parts.append(f"→ {self.suggestion}")
        return " · ".join(" ".join(part.split()) for part in parts)


@dataclass(frozen=True)
class Outcome:
    """A validation with everything that reports say about it.

    Attributes:
        validation: The outcome of the rules.
        gate: The answer at ``fail_on``.
        fail_on: The level of the gate.
        as_of: What "today" was.
        tables: The tables that were checked.
        show_pii: Show real values.
        examples: Failing rows shown per rule; None: what suits the format.
        unread: Files that could not be read, with the reason.
        written: Rows and findings written, where an output folder was asked for.
    """

    validation: Validation
    gate: Gate
    fail_on: FailOn
    as_of: date
    tables: Sequence[MappedTable] = ()
    show_pii: bool = False
    examples: int | None = None
    unread: Sequence[tuple[str, str]] = ()
    written: Mapping[str, int] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether the data may go on: the gate is open and every input could be read."""
        return self.gate.passed and not self.unread

    @cached_property
    def failing(self) -> list[RuleResult]:
        """Results with failing rows, the gravest first."""
        found = [r for r in self.validation.results if r.failed]
        return sorted(found, key=lambda r: (*self._rank(r), -r.failed, r.rule.id))

    def _rank(self, result: RuleResult) -> tuple[int, bool]:
        return SEVERITY_ORDER.index(result.rule.entry.severity), result.status != "fail"

    def closes_gate(self, result: RuleResult) -> bool:
        """Return whether a result alone keeps the gate closed."""
        return result in self.gate.failed or result in self.gate.unchecked

    def counted(self, severity: Severity) -> bool:
        """Return whether the gate looks at that severity."""
        return at_least(severity, self.fail_on)

    def examples_of(self, result: RuleResult, default: int) -> list[Finding]:
        """Return the first failing rows of a rule."""
        limit = self.examples if self.examples is not None else default
        return list(self.findings(result, limit))

    def findings(self, result: RuleResult, limit: int | None) -> Iterator[Finding]:
        """Yield failing rows of a rule in the order of their locators, open ones first where some are accepted."""
        left = limit
        for failing in result.failing:
            for start in range(0, failing.height, CHUNK):
                if left is not None and left <= 0:
                    return
                size = CHUNK if left is None or failing.states is not None else min(CHUNK, left)
                part = failing.frame(start, size)
                if failing.states is not None:
                    part = part.filter(part["state"] == OPEN) if result.open else part
                if left is not None:
                    part = part.head(left)
                    left -= part.height
                yield from self._shown(part.to_dicts(), result.rule)

    def stage_findings(self, limit: int | None) -> list[Finding]:
        """Return what reading, mapping and standardising had found."""
        found = self.validation.stage_findings
        return self._shown((found if limit is None else found.head(limit)).to_dicts(), None)

    def stage_findings_by_rule(self, limit: int) -> dict[str, list[Finding]]:
        """Return the first of them per rule: there may be as many as rows."""
        found = self.validation.stage_findings.with_columns(pl.col("rule_id").fill_null(""))
        return {
            rule: self._shown(found.filter(pl.col("rule_id") == rule).head(limit).to_dicts(), None)
            for rule in found["rule_id"].unique().sort()
        }

    @property
    def stage_rules_closing(self) -> frozenset[str]:
        """Rules of reading and mapping whose open findings close the gate."""
        counting = [severity for severity in SEVERITY_ORDER if self.counted(severity)]
        found = self.validation.stage_findings
        shut = found.filter(pl.col("severity").is_in(counting) & (pl.col("state") == OPEN))
        return frozenset(shut["rule_id"].fill_null("").unique())

    def _shown(self, rows: list[dict[str, Any]], rule: Rule | None) -> list[Finding]:
        spans = places.spans(rows, self._raw_tables)
        return [self._finding(row, rule, span) for row, span in zip(rows, spans, strict=True)]

    def _finding(self, row: dict[str, Any], rule: Rule | None, span: Span | None) -> Finding:
        value, suggestion, name = row["value"], row["suggestion"], row["field"]
        if value is not None:
            value = shown_value(value, name, rule, show_pii=self.show_pii)
        if suggestion is not None and (rule is None or rule.suggests_values):
            suggestion = shown_suggestion(suggestion, name, show_pii=self.show_pii)
        message = row["message"] or ""
        detail = message.removeprefix(rule.title).strip().removeprefix("(").removesuffix(")") if rule else ""
        return Finding(
            rule, row["rule_id"] or "", row["severity"], row["file"] or "", row["sheet"], row["line"], row["column"],
            span, name, value, message, detail, suggestion, row["source"], row["object"], row["record_id"],
            row["state"] or OPEN,
        )  # fmt: skip

    @cached_property
    def _raw_tables(self) -> dict[tuple[str, str | None], MappedTable]:
        return {(t.raw.file, t.raw.sheet): t for t in reversed(self.tables)}

    @cached_property
    def inputs(self) -> list[tuple[str, int]]:
        """Every table that was read with its rows, sorted."""
        found: dict[str, int] = {}
        for table in self.tables:
            name = table.raw.file + (f"[{table.raw.sheet}]" if table.raw.sheet else "")
            found[name] = found.get(name, 0) + table.raw.frame.height  # rows of several kinds: their tables add up
        return sorted(found.items())

    def verdict(self) -> str:
        """Return the answer in one sentence."""
        if self.unread:
            text = ngettext("{n} file could not be read", "{n} files could not be read", len(self.unread))
            return _("Not ready: {what}.").format(what=text.format(n=len(self.unread)))
        return sentence(self.validation, self.gate, self.fail_on)


def sentence(validation: Validation, gate: Gate, fail_on: FailOn) -> str:
    """Return what the gate says, in one sentence."""
    checked = sum(1 for r in validation.results if r.status != "not_evaluated")
    if gate.nothing_checked:
        return _("Nothing was checked: no rule applies to these inputs.")
    if not gate.passed:
        parts = []
        if gate.failed:
            rows = sum(r.open for r in gate.failed)
            rules_ = ngettext("{n} rule failed", "{n} rules failed", len(gate.failed)).format(n=len(gate.failed))
            parts.append(f"{rules_} ({findings_said(rows)})")
        if gate.unchecked:
            text = ngettext("{n} rule could not be checked", "{n} rules could not be checked", len(gate.unchecked))
            parts.append(text.format(n=len(gate.unchecked)))
        if not parts:
            parts.append(_("reading found errors"))
        return _("Not ready: {what}.").format(what=", ".join(parts))
    below = sum(r.open for r in validation.results if r.status == "fail")
    accepted = sum(r.waived + r.known for r in validation.results)
    said = [ngettext("Passed: {n} rule checked", "Passed: {n} rules checked", checked).format(n=checked)]
    if below:
        said.append(_("{findings} below the level {level}").format(findings=findings_said(below), level=fail_on))
    if accepted:
        said.append(_("{findings} accepted").format(findings=findings_said(accepted)))
    if len(said) == 1:
        said.append(_("nothing to report"))
    return ", ".join(said) + "."


def findings_said(number: int) -> str:
    """Return a number of findings in words."""
    return ngettext("{n} finding", "{n} findings", number).format(n=f"{number:,}")


def why_not_evaluated(result: RuleResult, most: int = 12) -> str:
    """Return why a rule was not, or not everywhere, evaluated."""
    if result.absent:
        names = ", ".join(group.label() for group in result.absent[:most])
        fields = ", ".join(result.rule.columns)
        return _("no column for {fields} in {names}").format(fields=fields, names=names)
    return _("no row it applies to") if result.reason == "no_rows" else _("no such table among the inputs")


def relative(path: str) -> str:
    """Return a path as forge tools want it: relative to the working directory where it lies below it, with slashes."""
    here = Path.cwd()
    absolute = Path(path) if Path(path).is_absolute() else here / path
    try:
        return absolute.relative_to(here).as_posix()
    except ValueError:
        return absolute.as_posix()


def shipped(path: str) -> str | None:
    """Return the path of a file inside crmq itself as ``crmq/...``, or None for any other."""
    try:
        return (Path("crmq") / Path(path).relative_to(Path(crmq.__file__).parent)).as_posix()
    except ValueError:
        return None


def told_place(rule: Rule) -> str:
    """Return ``file:line:column`` of a rule for readers: files of crmq itself without the folder they stand in."""
    place = rule_place(rule)
    return f"{shipped(place[0]) or relative(place[0])}:{place[1]}:{place[2]}" if place else rule.where


def rule_place(rule: Rule) -> tuple[str, int, int] | None:
    """Return file, line and column of a rule in its pack; None for a rule that no file holds."""
    match = re.fullmatch(r"(.+):(\d+):(\d+)", rule.where)
    return (match.group(1), int(match.group(2)), int(match.group(3))) if match else None
