"""A validation as Markdown: for a pull request, a job summary or a wiki."""

from __future__ import annotations

import re
from typing import IO

from crmq.locales import _
from crmq.reports.validation import sections
from crmq.reports.validation.outcome import Outcome
from crmq.reports.validation.sections import Table

_EXAMPLES = 5
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~!$])")


def write(outcome: Outcome, out: IO[str]) -> None:
    """Write the document."""
    mark = "✅" if outcome.passed else "❌"
    out.write(f"# {_('Data quality report')}\n\n{mark} **{_plain(outcome.verdict())}**\n\n")
    level = _("Gate: {level}; as of {day}.").format(level=outcome.fail_on, day=outcome.as_of.isoformat())
    out.write(f"{level}\n")
    _table(out, sections.failing(outcome))
    for result in outcome.failing:
        out.write(f"\n### {_plain(result.rule.id)} {_plain(result.rule.title)}\n\n")
        if result.rule.entry.remediation:
            out.write(f"{_plain(result.rule.entry.remediation.here())}\n\n")
        found = outcome.examples_of(result, _EXAMPLES)
        for finding in found:
            out.write(f"- `{finding.place.replace('`', '')}` {_plain(finding.text)}\n")
        left = (result.open or result.failed) - len(found)
        if left > 0:
            out.write(f"- {_('and {n} more').format(n=f'{left:,}')}\n")
    stage = outcome.stage_findings(_EXAMPLES)
    if stage:
        out.write(f"\n## {_('Found while reading')}\n\n")
        for finding in stage:
            out.write(f"- `{finding.place.replace('`', '')}` {_plain(finding.text)}\n")
    if outcome.unread:
        out.write(f"\n## {_('Not read')}\n\n")
        for where, what in outcome.unread:
            out.write(f"- {_plain(where)}: {_plain(what)}\n")
    for table in (
        *sections.scores(outcome), sections.unchecked(outcome), sections.waivers(outcome), sections.inputs(outcome),
    ):  # fmt: skip
        _table(out, table)


def _table(out: IO[str], table: Table) -> None:
    if not table.rows:
        return
    out.write(f"\n## {_plain(table.title)}\n\n")
    if table.note:
        out.write(f"{_plain(table.note)}\n\n")
    rule = ["---:" if i in table.numeric else "---" for i in range(len(table.headers))]
    for cells in (table.headers, rule):
        out.write("| " + " | ".join(cells) + " |\n")
    for row in table.rows:
        out.write("| " + " | ".join(_cell(cell) for cell in row) + " |\n")


def _cell(cell: str | float) -> str:
    if isinstance(cell, str):
        return _plain(cell)
    return f"{cell:,}" if isinstance(cell, int) else f"{cell:.1f}"


def _plain(text: str) -> str:
    """Return text with everything escaped that Markdown would take for a sign of its own."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
