"""A validation as one HTML file for a client: no script, no outside address, readable by keyboard and screen reader.

Landmarks, one heading order, captions and scopes on every table, numbers beside every bar, AA contrast in light and
dark, and a print style. Values stand in the file as they may be shown; everything is escaped, and a content policy
forbids the page to load or run anything.
"""

from __future__ import annotations

from html import escape
from typing import IO

import crmq
from crmq import locales
from crmq.locales import _
from crmq.reports.validation import sections
from crmq.reports.validation.outcome import Finding, Outcome
from crmq.reports.validation.sections import Table
from crmq.rules.result import RuleResult

_EXAMPLES = 20

_STYLE = """
:root{--ink:#1b1f24;--quiet:#57606a;--paper:#fff;--panel:#f6f8fa;--line:#d0d7de;--good:#116329;--bad:#a40e26;
--warn:#7a4b00;--info:#0a4c95;--bar:#2f6fb3;--rest:#dfe5eb}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--quiet:#a3adb8;--paper:#0f141a;--panel:#171d25;--line:#333c47;
--good:#5fd38a;--bad:#ff8f96;--warn:#f0b45b;--info:#7db8ff;--bar:#6aa8ee;--rest:#2a323c}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main,header,footer{max-width:72rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:2rem}h1{font-size:1.7rem;margin:0 0 .25rem}h2{font-size:1.25rem;margin:2.25rem 0 .5rem}
h3{font-size:1rem;margin:0;display:inline}
p{margin:.4rem 0}.quiet{color:var(--quiet);font-size:.9rem}
a{color:var(--info)}a:focus-visible,summary:focus-visible,.scroll:focus-visible{
outline:3px solid var(--info);outline-offset:2px}
.skip{position:absolute;left:-999px}.skip:focus{left:1rem;top:1rem;background:var(--paper);padding:.5rem;z-index:1}
.verdict{border:1px solid var(--line);border-left:.5rem solid;border-radius:.4rem;background:var(--panel);
padding:.9rem 1.1rem;margin:1rem 0;font-size:1.15rem;font-weight:600}
.verdict.good{border-left-color:var(--good)}.verdict.bad{border-left-color:var(--bad)}
.tiles{display:flex;flex-wrap:wrap;gap:.75rem;margin:1rem 0;padding:0;list-style:none}
.tiles li{background:var(--panel);border:1px solid var(--line);border-radius:.4rem;padding:.6rem 1rem;min-width:8.5rem}
.tiles strong{display:block;font-size:1.5rem;font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.93rem}
caption{text-align:left;color:var(--quiet);font-size:.9rem;padding-bottom:.35rem}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
th,td{text-align:left;vertical-align:top;padding:.4rem .7rem .4rem 0;border-bottom:1px solid var(--line)}
thead th{color:var(--quiet);font-weight:600;white-space:nowrap}tbody th{font-weight:600;white-space:nowrap}
tbody th.w{min-width:7rem}tbody th code{white-space:normal}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}.w{overflow-wrap:break-word}
.bar{display:inline-block;width:7rem;height:.6rem;border-radius:.3rem;background:var(--rest);margin-left:.6rem;overflow:hidden}
.bar i{display:block;height:100%;background:var(--bar)}
details{border:1px solid var(--line);border-radius:.4rem;margin:.5rem 0;padding:.5rem .9rem;background:var(--panel)}
summary{cursor:pointer}details>div{margin-top:.5rem}
.tag{border:1px solid;border-radius:1rem;padding:0 .55rem;font-size:.82rem;white-space:nowrap}
.error{color:var(--bad)}.warning{color:var(--warn)}.info{color:var(--info)}
code{font:.9em ui-monospace,SFMono-Regular,Consolas,monospace;overflow-wrap:anywhere}
footer{padding-bottom:3rem;margin-top:2rem}
@media print{details{break-inside:avoid;background:none}.skip{display:none}body{font-size:11pt}}
"""


def write(outcome: Outcome, out: IO[str]) -> None:
    """Write the page."""
    title = _("Data quality report")
    out.write(f'<!doctype html>\n<html lang="{locales.language()}">\n<head>\n<meta charset="utf-8">\n')
    out.write('<meta name="viewport" content="width=device-width, initial-scale=1">\n')
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    out.write(f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n')
    out.write(f"<title>{_e(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n")
    out.write(f'<a class="skip" href="#main">{_e(_("Skip to the content"))}</a>\n')
    out.write(f"<header>\n<h1>{_e(title)}</h1>\n")
    day = _("As of {day}. The gate looks at: {level}.").format(day=outcome.as_of.isoformat(), level=outcome.fail_on)
    out.write(f'<p class="quiet">{_e(day)}</p>\n</header>\n<main id="main">\n')
    _verdict(out, outcome)
    for where, what in outcome.unread:
        out.write(f'<p class="error">{_e(where)}: {_e(what)}</p>\n')
    _table(out, sections.failing(outcome))
    if outcome.failing:
        out.write(f"<h2>{_e(_('Where it stands and what to do'))}</h2>\n")
    for result in outcome.failing:
        _rule(out, outcome, result)
    stage = outcome.stage_findings(_EXAMPLES)
    if stage:
        out.write(f"<h2>{_e(_('Found while reading'))}</h2>\n")
        _findings(out, stage, _("Found while reading"))
    for table in (
        *sections.scores(outcome), sections.unchecked(outcome), sections.waivers(outcome), sections.passed(outcome),
        sections.inputs(outcome),
    ):  # fmt: skip
        _table(out, table)
    hidden = _("Personal data are masked.") if not outcome.show_pii else _("This page holds personal data.")
    out.write(f'</main>\n<footer class="quiet"><p>{_e(hidden)} crmq {_e(crmq.__version__)}</p></footer>\n')
    out.write("</body>\n</html>\n")


def _verdict(out: IO[str], outcome: Outcome) -> None:
    mark, kind = ("✓", "good") if outcome.passed else ("✗", "bad")
    out.write(
        f'<p class="verdict {kind}" role="status"><span aria-hidden="true">{mark}</span> {_e(outcome.verdict())}</p>\n'
    )
    overall = outcome.validation.scores.overall
    tiles = [
        (f"{sections.score(overall):.1f}" if overall is not None else "–", _("score of 100")),
        (f"{sum(n for _name, n in outcome.inputs):,}", _("rows")),
        (f"{sum(1 for r in outcome.validation.results if r.status != 'not_evaluated'):,}", _("rules checked")),
        (f"{len(outcome.gate.failed):,}", _("rules fail the gate")),
    ]
    out.write('<ul class="tiles">\n')
    for number, what in tiles:
        out.write(f"<li><strong>{_e(number)}</strong>{_e(what)}</li>\n")
    out.write("</ul>\n")


def _table(out: IO[str], table: Table) -> None:
    if not table.rows:
        return
    out.write(f'<section>\n<h2>{_e(table.title)}</h2>\n<div class="scroll" tabindex="0" role="region" ')
    hidden = "" if table.note else ' class="unseen"'  # the heading says it already, but not to a screen reader's table
    out.write(f'aria-label="{_e(table.title)}">\n<table>\n')
    out.write(f"<caption{hidden}>{_e(table.note or table.title)}</caption>\n<thead><tr>")
    for i, header in enumerate(table.headers):
        out.write(f'<th scope="col"{_number(table, i)}>{_e(header)}</th>')
    out.write("</tr></thead>\n<tbody>\n")
    for row in table.rows:
        out.write("<tr>")
        for i, cell in enumerate(row):
            name = 'th scope="row"' if i == 0 else "td"
            out.write(f"<{name}{_number(table, i)}>{_cell(cell)}{_bar(cell) if i == table.score else ''}</{name[:2]}>")
        out.write("</tr>\n")
    out.write("</tbody>\n</table>\n</div>\n</section>\n")


def _number(table: Table, i: int) -> str:
    return ' class="n"' if i in table.numeric else ' class="w"'


def _cell(cell: str | float) -> str:
    if isinstance(cell, str):
        return _e(cell)
    return f"{cell:,}" if isinstance(cell, int) else f"{cell:.1f}"


def _bar(cell: str | float) -> str:
    share = max(0.0, min(float(cell), 100.0))
    return f'<span class="bar" aria-hidden="true"><i style="width:{share:.1f}%"></i></span>'


def _rule(out: IO[str], outcome: Outcome, result: RuleResult) -> None:
    entry = result.rule.entry
    opened = " open" if outcome.closes_gate(result) else ""
    count = _("{failed} of {n}").format(failed=f"{result.failed:,}", n=f"{result.evaluated:,}")
    out.write(f"<details{opened}>\n<summary><h3>{_e(result.rule.id)} {_e(result.rule.title)}</h3> ")
    out.write(f'<span class="tag {entry.severity}">{_e(sections.severity_title(entry.severity))}</span> ')
    out.write(f'<span class="quiet">{_e(count)} · {_e(sections.state(outcome, result))}</span></summary>\n<div>\n')
    if entry.remediation:
        out.write(f"<p>{_e(entry.remediation.here())}</p>\n")
    found = outcome.examples_of(result, _EXAMPLES)
    _findings(out, found, result.rule.title)
    left = (result.open or result.failed) - len(found)
    if left > 0:
        out.write(f'<p class="quiet">{_e(_("and {n} more").format(n=f"{left:,}"))}</p>\n')
    out.write("</div>\n</details>\n")


def _findings(out: IO[str], findings: list[Finding], caption: str) -> None:
    if not findings:
        return
    headers = (_("where"), _("field"), _("value"), _("detail"), _("suggestion"))
    out.write(f'<div class="scroll" tabindex="0" role="region" aria-label="{_e(caption)}">\n<table>\n')
    out.write(f"<caption>{_e(_('The first {n}').format(n=len(findings)))}</caption>\n<thead><tr>")
    out.write("".join(f'<th scope="col">{_e(header)}</th>' for header in headers) + "</tr></thead>\n<tbody>\n")
    for finding in findings:
        detail = finding.detail if finding.rule else finding.message
        cells = (finding.field, finding.value, detail, finding.suggestion)
        out.write(f'<tr><th scope="row"><code>{_e(finding.place)}</code></th>')
        out.write("".join(f'<td class="w">{_e(_short(cell or ""))}</td>' for cell in cells) + "</tr>\n")
    out.write("</tbody>\n</table>\n</div>\n")


def _short(text: str, most: int = 200) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= most else flat[: most - 1] + "…"


def _e(text: str) -> str:
    return escape(text.replace("\x00", ""), quote=True)
