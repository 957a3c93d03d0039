"""A validation as Markdown: for a pull request, a job summary or a wiki."""

from __future__ import annotations

from typing import IO

from crmq.locales import _
from crmq.reports import markup
from crmq.reports.markup import plain
from crmq.reports.validation import sections
from crmq.reports.validation.outcome import Outcome

_EXAMPLES = 5


def write(outcome: Outcome, out: IO[str]) -> None:
    """Write the document."""
    mark = "✅" if outcome.passed else "❌"
    title = _("Data quality report")
    out.write(f"# {title}\n\n{mark} **{plain(outcome.verdict())}**\n\n")
    level = _("Gate: {level}; as of {day}.").format(level=outcome.fail_on, day=outcome.as_of.isoformat())
    out.write(f"{level}\n")
    markup.table(out, sections.failing(outcome))
    for result in outcome.failing:
        out.write(f"\n### {plain(result.rule.id)} {plain(result.rule.title)}\n\n")
        if result.rule.entry.remediation:
            out.write(f"{plain(result.rule.entry.remediation.here())}\n\n")
        found = outcome.examples_of(result, _EXAMPLES)
        for finding in found:
            out.write(f"- `{finding.place.replace('`', '')}` {plain(finding.text)}\n")
        left = (result.open or result.failed) - len(found)
        if left > 0:
            more = _("and {n} more").format(n=f"{left:,}")
            out.write(f"- {more}\n")
    stage = outcome.stage_findings(_EXAMPLES)
    if stage:
        found_reading = _("Found while reading")
        out.write(f"\n## {found_reading}\n\n")
        for finding in stage:
            out.write(f"- `{finding.place.replace('`', '')}` {plain(finding.text)}\n")
    if outcome.unread:
        unread = _("Not read")
        out.write(f"\n## {unread}\n\n")
        for where, what in outcome.unread:
            out.write(f"- {plain(where)}: {plain(what)}\n")
    for table in (
        *sections.scores(outcome), sections.unchecked(outcome), sections.waivers(outcome), sections.inputs(outcome),
    ):  # fmt: skip
        markup.table(out, table)
