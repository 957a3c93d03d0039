"""A validation as a workbook for a client: summary, rules, findings to work through, and what was not checked."""

from __future__ import annotations

from io import BytesIO
from typing import IO, Any

from crmq.locales import _
from crmq.reports import workbook
from crmq.reports.document import Table
from crmq.reports.validation import sections
from crmq.reports.validation.outcome import Outcome

_EXAMPLES = 1000
_MOST_FINDINGS = 200_000


def write(outcome: Outcome, out: IO[bytes]) -> None:
    """Write the workbook."""
    buffer = BytesIO()
    book = workbook.opened(buffer, _("Data quality report"))
    styles = workbook.styles(book)
    _summary(book, styles, outcome)
    workbook.sheet(book, styles, _("Rules"), _rules(outcome), _RULE_WIDTHS)
    _findings(book, styles, outcome)
    for table, name in ((sections.unchecked(outcome), _("Not checked")), (sections.waivers(outcome), _("Waivers"))):
        if table.rows:
            workbook.sheet(book, styles, name, table, _WIDTHS[: len(table.headers)])
    book.close()
    out.write(buffer.getvalue())


def _summary(book: Any, styles: dict[str, Any], outcome: Outcome) -> None:
    sheet = book.add_worksheet(_("Summary"))
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 46)
    sheet.set_column(1, 1, 14)
    sheet.set_column(2, 2, 40)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.write_string(0, 0, _("Data quality report"), styles["title"])
    sheet.set_row(1, 34)
    sheet.merge_range(1, 0, 1, 2, "", styles["verdict"])
    sheet.write_string(1, 0, f"{'✓' if outcome.passed else '✗'} {outcome.verdict()}", styles["verdict"])
    level = _("As of {day}. The gate looks at: {level}.").format(day=outcome.as_of.isoformat(), level=outcome.fail_on)
    sheet.write_string(2, 0, level, styles["quiet"])
    row = 4
    for table in (*sections.scores(outcome), sections.inputs(outcome)):
        row = workbook.block(sheet, styles, table, row)
    for where, what in outcome.unread:
        sheet.write_string(row, 0, workbook.text(where), styles["error"])
        sheet.write_string(row, 2, workbook.text(what), styles["text"])
        row += 1
    sheet.merge_range(row, 0, row, 2, "", styles["quiet"])
    sheet.set_row(row, 62)
    sheet.write_string(row, 0, sections.formula(), styles["quiet"])


def _rules(outcome: Outcome) -> Table:
    headers = (
        _("rule"), _("pack"), _("finds"), _("severity"), _("dimension"), _("fields"), _("checked"), _("failing"),
        _("score"), _("result"), _("what to do"),
    )  # fmt: skip
    found = outcome.failing
    rest = [r for r in outcome.validation.results if not r.failed]
    rows = [
        (
            r.rule.id, r.rule.pack, r.rule.title, sections.severity_title(r.rule.entry.severity),
            sections.dimension_title(r.rule.entry.dimension), ", ".join(sections.field_title(f) for f in r.rule.fields),
            r.evaluated, r.failed, sections.score(r.score) if r.score is not None else "", sections.state(outcome, r),
            r.rule.entry.remediation.here() if r.rule.entry.remediation else "",
        )
        for r in [*found, *rest]
    ]  # fmt: skip
    return Table(_("Rules"), headers, rows, (6, 7, 8), 8)


_RULE_WIDTHS = (16, 16, 44, 16, 16, 26, 16, 16, 16, 26, 60)
_WIDTHS = (14, 44, 44, 28, 14, 28, 28, 28)


def _findings(book: Any, styles: dict[str, Any], outcome: Outcome) -> None:
    """Write the rows to work through: one line per finding, with an empty column for the answer."""
    sheet = book.add_worksheet(_("Findings"))
    headers = (
        _("rule"), _("severity"), _("finds"), _("source"), _("record"), _("where"), _("field"), _("value"),
        _("suggestion"), _("state"), _("decision"),
    )  # fmt: skip
    for column, width in enumerate((14, 12, 44, 16, 22, 30, 22, 28, 28, 12, 24)):
        sheet.set_column(column, column, width)
    limit = outcome.examples if outcome.examples is not None else _EXAMPLES
    total = min(sum(min(r.open or r.failed, limit) for r in outcome.failing), _MOST_FINDINGS)
    workbook.head(sheet, styles, headers, total)
    row = 1
    for result in outcome.failing:
        for finding in outcome.findings(result, min(limit, _MOST_FINDINGS - row + 1)):
            cells = (
                finding.rule_id, sections.severity_title(finding.severity), finding.message, finding.source or "",
                finding.record_id or "", finding.place, finding.field or "", finding.value or "",
                finding.suggestion or "", finding.state, "",
            )  # fmt: skip
            for column, cell in enumerate(cells):
                workbook.write_cell(sheet, styles, row, column, cell)
            row += 1
