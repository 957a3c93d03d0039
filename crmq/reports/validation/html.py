"""A validation as one HTML file for a client (:mod:`crmq.reports.page` says what such a page is)."""

from __future__ import annotations

from typing import IO

from crmq.locales import _
from crmq.reports import page
from crmq.reports.page import escaped
from crmq.reports.validation import sections
from crmq.reports.validation.outcome import Finding, Outcome
from crmq.rules.result import RuleResult

_EXAMPLES = 20


def write(outcome: Outcome, out: IO[str]) -> None:
    """Write the page."""
    day = _("As of {day}. The gate looks at: {level}.").format(day=outcome.as_of.isoformat(), level=outcome.fail_on)
    page.begin(out, _("Data quality report"), day)
    _verdict(out, outcome)
    for where, what in outcome.unread:
        out.write(f'<p class="error">{escaped(where)}: {escaped(what)}</p>\n')
    page.table(out, sections.failing(outcome))
    if outcome.failing:
        where_to = _("Where it stands and what to do")
        out.write(f"<h2>{escaped(where_to)}</h2>\n")
    for result in outcome.failing:
        _rule(out, outcome, result)
    stage = outcome.stage_findings(_EXAMPLES)
    if stage:
        title = _("Found while reading")
        out.write(f"<h2>{escaped(title)}</h2>\n")
        _findings(out, stage, title)
    for table in (
        *sections.scores(outcome), sections.unchecked(outcome), sections.waivers(outcome), sections.passed(outcome),
        sections.inputs(outcome),
    ):  # fmt: skip
        page.table(out, table)
    hidden = _("Personal data are masked.") if not outcome.show_pii else _("This page holds personal data.")
    page.end(out, hidden)


def _verdict(out: IO[str], outcome: Outcome) -> None:
    mark, kind = ("✓", "good") if outcome.passed else ("✗", "bad")
    said = f'<span aria-hidden="true">{mark}</span> {escaped(outcome.verdict())}'
    out.write(f'<p class="verdict {kind}" role="status">{said}</p>\n')
    overall = outcome.validation.scores.overall
    tiles = [
        (f"{sections.score(overall):.1f}" if overall is not None else "–", _("score of 100")),
        (f"{sum(n for _name, n in outcome.inputs):,}", _("rows")),
        (f"{sum(1 for r in outcome.validation.results if r.status != 'not_evaluated'):,}", _("rules checked")),
        (f"{len(outcome.gate.failed):,}", _("rules fail the gate")),
    ]
    page.tiles(out, tiles)


def _rule(out: IO[str], outcome: Outcome, result: RuleResult) -> None:
    entry = result.rule.entry
    opened = " open" if outcome.closes_gate(result) else ""
    count = _("{failed} of {n}").format(failed=f"{result.failed:,}", n=f"{result.evaluated:,}")
    out.write(f"<details{opened}>\n<summary><h3>{escaped(result.rule.id)} {escaped(result.rule.title)}</h3> ")
    out.write(f'<span class="tag {entry.severity}">{escaped(sections.severity_title(entry.severity))}</span> ')
    out.write(
        f'<span class="quiet">{escaped(count)} · {escaped(sections.state(outcome, result))}</span></summary>\n<div>\n'
    )
    if entry.remediation:
        out.write(f"<p>{escaped(entry.remediation.here())}</p>\n")
    found = outcome.examples_of(result, _EXAMPLES)
    _findings(out, found, result.rule.title)
    left = (result.open or result.failed) - len(found)
    if left > 0:
        more = _("and {n} more").format(n=f"{left:,}")
        out.write(f'<p class="quiet">{escaped(more)}</p>\n')
    out.write("</div>\n</details>\n")


def _findings(out: IO[str], findings: list[Finding], caption: str) -> None:
    if not findings:
        return
    headers = (_("where"), _("field"), _("value"), _("detail"), _("suggestion"))
    out.write(f'<div class="scroll" tabindex="0" role="region" aria-label="{escaped(caption)}">\n<table>\n')
    first = _("The first {n}").format(n=len(findings))
    out.write(f"<caption>{escaped(first)}</caption>\n<thead><tr>")
    out.write("".join(f'<th scope="col">{escaped(header)}</th>' for header in headers) + "</tr></thead>\n<tbody>\n")
    for finding in findings:
        detail = finding.detail if finding.rule else finding.message
        cells = (finding.field, finding.value, detail, finding.suggestion)
        out.write(f'<tr><th scope="row"><code>{escaped(finding.place)}</code></th>')
        out.write("".join(f'<td class="w">{escaped(_short(cell or ""))}</td>' for cell in cells) + "</tr>\n")
    out.write("</tbody>\n</table>\n</div>\n")


def _short(text: str, most: int = 200) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= most else flat[: most - 1] + "…"
