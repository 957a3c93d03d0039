"""Terminal report of a validation: what failed, where, what to do, and whether the data may go on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from crmq.errors import ExitCode
from crmq.locales import _, ngettext
from crmq.reports.json_validation import shown_suggestion, shown_value
from crmq.reports.terminal import bar, console, count, heading, indented, percent, table, verdict
from crmq.reports.validation.outcome import sentence, why_not_evaluated
from crmq.reports.validation.sections import dimension_title, severity_title
from crmq.rules.pack import DIMENSIONS, Limits, Rule, Severity
from crmq.rules.result import FailOn, Gate, RuleResult, Validation

_STYLE: dict[Severity, str] = {"error": "bad", "warning": "warn", "info": "head"}
_MARK: dict[Severity, str] = {"error": "✗", "warning": "!", "info": "i"}
_NAMED = 12


def report(
    validation: Validation,
    gate: Gate,
    fail_on: FailOn,
    *,
    show_pii: bool,
    examples: int,
    written: dict[str, int] | None,
    unread: Sequence[tuple[str, str]],
    folder: str | None,
    next_command: str,
) -> None:
    """Print the report.

    Args:
        validation: The outcome of the rules.
        gate: The answer at ``fail_on``.
        fail_on: The level of the gate.
        show_pii: Show real values.
        examples: Failing rows per rule, at most.
        written: Rows and findings written, where an output folder was asked for.
        unread: Files that could not be read, with the reason.
        folder: That folder.
        next_command: What to do next when the gate is open.
    """
    out = console()
    _stage(out, validation, examples, show_pii)
    failing = [r for r in validation.results if r.failed]
    failing.sort(key=lambda r: (_order(r.rule.entry.severity), r.status != "fail", -r.failed, r.rule.id))
    for result in failing:
        _rule(out, result, examples, show_pii)
    _unchecked(out, validation, gate)
    _waivers(out, validation)
    _scores(out, validation)
    if written is not None and folder is not None:
        text = _("{clean} clean rows, {quarantine} in quarantine, {findings} findings are in {folder}.")
        out.print()
        out.print(indented(Text(text.format(folder=folder, **{k: count(n) for k, n in written.items()}))))
    if unread:
        heading(out, _("Not read"))
        for where, what in unread:
            out.print(indented(Text.assemble((where, "bad"), "  ", what)))
        text = ngettext("{n} file could not be read", "{n} files could not be read", len(unread))
        said = _("Not ready: {what}.").format(what=text.format(n=len(unread)))
        verdict(out, ExitCode.SOURCE, said, next_command)
        return
    code = ExitCode.OK if gate.passed else ExitCode.FINDINGS
    verdict(out, code, sentence(validation, gate, fail_on), next_command)


def _order(severity: Severity) -> int:
    return ("error", "warning", "info").index(severity)


def _stage(out: Console, validation: Validation, examples: int, show_pii: bool) -> None:
    """Print what reading, mapping and standardising had found before any rule ran."""
    found = validation.stage_findings
    if found.is_empty():
        return
    heading(out, _("Found while reading"))
    for row in found.head(examples).iter_rows(named=True):
        style = _STYLE.get(row["severity"], "quiet")
        out.print(indented(Text.assemble((f"{row['rule_id'] or ''}  ", style), row["message"] or "")))
        out.print(Padding(_place(row, None, show_pii, out.width), (0, 0, 0, 4)))
    _more(out, found.height - examples)


def _rule(out: Console, result: RuleResult, examples: int, show_pii: bool) -> None:
    entry = result.rule.entry
    style = _STYLE[entry.severity] if result.status == "fail" else "good"
    mark = _MARK[entry.severity] if result.status == "fail" else "✓"
    out.print()
    out.print(
        Text.assemble(
            (f"{mark} {entry.id}", style),
            "  ",
            (result.rule.title, "title"),
            ("  " + severity_title(entry.severity), style),
        )
    )
    share = percent(result.share)
    numbers = _("{failed} of {n} ({share})").format(failed=count(result.failed), n=count(result.evaluated), share=share)
    accepted = [(_("{n} waived"), result.waived), (_("{n} in the baseline"), result.known)]
    numbers += "".join(f", {text.format(n=count(n))}" for text, n in accepted if n)
    out.print(indented(Text.assemble(numbers, (_limits(result, entry.limits), "quiet"))))
    for row in result.findings(examples).iter_rows(named=True):
        out.print(Padding(_place(row, result.rule, show_pii, out.width), (0, 0, 0, 4)))
    _more(out, result.failed - examples)
    if entry.remediation:
        out.print(indented(Text(entry.remediation.here(), "quiet")))


def _limits(result: RuleResult, limits: Limits) -> str:
    parts = []
    if limits.max_count is not None:
        parts.append(_("limit {n}").format(n=count(limits.max_count)))
    if limits.max_share is not None:
        parts.append(_("limit {share}").format(share=percent(limits.max_share)))
    if parts and result.status == "pass" and not result.known:
        parts.append(_("within the limit"))
    return "  " + ", ".join(parts) if parts else ""


def _place(row: dict[str, Any], rule: Rule | None, show_pii: bool, width: int) -> Text:
    """Return ``file:line:column  field  value  (detail)  -> suggestion`` of one finding."""
    file = PurePath(row["file"]).name if row["file"] else ""
    if row["sheet"]:
        file += f"[{row['sheet']}]"
    file = _middle(file, width // 3)
    where = ":".join(str(part) for part in (file, row["line"], row["column"]) if part is not None)
    line = Text(where, "quiet")
    if row["field"]:
        line.append(f"  {row['field']}", "head")
    if row["value"] is not None:
        line.append("  " + _cut(shown_value(row["value"], row["field"], rule, show_pii=show_pii)))
    detail = (row["message"] or "").removeprefix(rule.title).strip() if rule else ""
    if detail:
        line.append("  " + detail, "quiet")
    if row["suggestion"]:
        hide = rule is None or rule.suggests_values
        text = shown_suggestion(row["suggestion"], row["field"], show_pii=show_pii) if hide else row["suggestion"]
        line.append("  → " + _cut(text), "good")
    return line


def _middle(text: str, most: int) -> str:
    """Return a long name with its middle left out: the beginning and the end tell files apart."""
    if len(text) <= most:
        return text
    keep = most - 1
    return text[: keep - keep // 2] + "…" + text[-(keep // 2) :]


def _cut(text: str, most: int = 60) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= most else flat[: most - 1] + "…"


def _more(out: Console, left: int) -> None:
    if left > 0:
        text = _("{n} more: --examples N shows more, -o DIR writes all").format(n=count(left))
        out.print(Padding(Text(text, "quiet"), (0, 0, 0, 4)))


def _unchecked(out: Console, validation: Validation, gate: Gate) -> None:
    skipped = [r for r in validation.results if r.status == "not_evaluated"]
    if gate.unchecked:
        heading(out, _("Not checked"), _("asked for by name, so the gate stays closed"))
        for result in gate.unchecked:
            out.print(
                indented(
                    Text.assemble(
                        (result.rule.id, "bad"), "  ", result.rule.title, (f"  {why_not_evaluated(result)}", "quiet")
                    )
                )
            )
    others = [r for r in skipped if r not in gate.unchecked]
    if others:
        names = ", ".join(r.rule.id for r in others[:_NAMED]) + (" …" if len(others) > _NAMED else "")
        text = ngettext(
            "{n} rule had nothing to check: {names}", "{n} rules had nothing to check: {names}", len(others)
        )
        out.print()
        out.print(indented(Text(text.format(n=len(others), names=names), "quiet")))


def _waivers(out: Console, validation: Validation) -> None:
    """Print what is waived, by whom and until when, and the waivers that do not hold any more."""
    if not validation.waivers:
        return
    heading(out, _("Waived"))
    states = {
        "used": ("good", _("in force")), "unused": ("quiet", _("not needed any more")),
        "expired": ("bad", _("expired")), "exceeded": ("bad", _("more was found than was agreed")),
    }  # fmt: skip
    for waiver in validation.waivers:
        style, text = states[waiver.state]
        until = _("until {day}").format(day=waiver.until.isoformat())
        told = f"  {waiver.owner}, {until}: {waiver.reason} ({count(waiver.findings)})"
        out.print(indented(Text.assemble((waiver.rule, "head"), "  ", (text, style), (told, "quiet"))))


def _scores(out: Console, validation: Validation) -> None:
    scores = validation.scores
    if scores.overall is None:
        return
    heading(out, _("Score"), _("share of checks passed, errors count four times"))
    body = table("", "", "", right=("",))
    rows = [(dimension_title(d), scores.dimensions[d]) for d in DIMENSIONS if d in scores.dimensions]
    rows += [(source, score) for source, score in scores.sources.items()] if len(scores.sources) > 1 else []
    for name, score in [*rows, (_("overall"), scores.overall)]:
        # rounded down: a score of 100 means that nothing failed
        body.add_row(name, f"{int(score * 10) / 10:.1f}", bar(score / 100, 20))
    out.print(indented(body))
