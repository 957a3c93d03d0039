"""A validation as a workbook for a client: summary, rules, findings to work through, and what was not checked.

Every cell is written as text or number, never as a formula, so that a value of the data cannot become one. Texts longer
than a cell may hold are cut. The document properties hold no time, so that equal data give equal workbooks.
"""

from __future__ import annotations

import datetime as dt
import re
from io import BytesIO
from typing import IO, Any

import xlsxwriter

from crmq.locales import _
from crmq.reports.validation import sections
from crmq.reports.validation.outcome import Outcome
from crmq.reports.validation.sections import Table

_EXAMPLES = 1000
_MOST_FINDINGS = 200_000
_LONGEST = 32_000
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def write(outcome: Outcome, out: IO[bytes]) -> None:
    """Write the workbook."""
    buffer = BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(buffer, options)
    book.set_properties({"title": _("Data quality report"), "created": dt.datetime(2000, 1, 1), "author": "crmq"})
    styles = _styles(book)
    _summary(book, styles, outcome)
    _sheet(book, styles, _("Rules"), _rules(outcome))
    _findings(book, styles, outcome)
    for table, name in ((sections.unchecked(outcome), _("Not checked")), (sections.waivers(outcome), _("Waivers"))):
        if table.rows:
            _sheet(book, styles, name, table)
    book.close()
    out.write(buffer.getvalue())


def _styles(book: Any) -> dict[str, Any]:
    grey = "#D0D7DE"
    return {
        "title": book.add_format({"bold": True, "font_size": 16}),
        "verdict": book.add_format({"bold": True, "font_size": 12, "text_wrap": True, "valign": "top"}),
        "head": book.add_format(
            {"bold": True, "bg_color": "#EAEEF2", "bottom": 1, "bottom_color": grey, "text_wrap": True}
        ),
        "section": book.add_format({"bold": True, "font_size": 12, "bottom": 1, "bottom_color": grey}),
        "text": book.add_format({"text_wrap": True, "valign": "top"}),
        "count": book.add_format({"num_format": "#,##0", "valign": "top"}),
        "score": book.add_format({"num_format": "0.0", "valign": "top"}),
        "quiet": book.add_format({"font_color": "#57606A", "text_wrap": True, "valign": "top"}),
        "error": book.add_format({"font_color": "#A40E26", "bold": True, "valign": "top"}),
        "warning": book.add_format({"font_color": "#7A4B00", "bold": True, "valign": "top"}),
    }


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
        row = _block(sheet, styles, table, row)
    for where, what in outcome.unread:
        sheet.write_string(row, 0, _text(where), styles["error"])
        sheet.write_string(row, 2, _text(what), styles["text"])
        row += 1
    sheet.merge_range(row, 0, row, 2, "", styles["quiet"])
    sheet.set_row(row, 62)
    sheet.write_string(row, 0, sections.formula(), styles["quiet"])


def _block(sheet: Any, styles: dict[str, Any], table: Table, row: int) -> int:
    """Write a small table of the summary; return the row below it."""
    sheet.write_string(row, 0, table.title, styles["section"])
    sheet.write_blank(row, 1, None, styles["section"])
    first = row + 1
    for row, cells in enumerate(table.rows, start=first):
        for column, cell in enumerate(cells):
            _write(sheet, styles, row, column, cell)
    if table.score is not None and table.rows:
        bar = {"type": "data_bar", "bar_color": "#8DB4E2", "bar_solid": True, "min_type": "num", "max_type": "num",
               "min_value": 0, "max_value": 100}  # fmt: skip
        sheet.conditional_format(first, table.score, row, table.score, bar)
    return row + 2


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


_WIDTHS = {2: 44, 5: 26, 9: 26, 10: 60}


def _sheet(book: Any, styles: dict[str, Any], name: str, table: Table) -> None:
    sheet = book.add_worksheet(name[:31])
    for i in range(len(table.headers)):
        sheet.set_column(i, i, _WIDTHS.get(i, 16) if len(table.headers) > 8 else (14, 44, 44, 28, 14, 28)[min(i, 5)])
    _head(sheet, styles, table.headers, len(table.rows))
    for row, cells in enumerate(table.rows, start=1):
        for column, cell in enumerate(cells):
            _write(sheet, styles, row, column, cell)


def _head(sheet: Any, styles: dict[str, Any], headers: tuple[str, ...], rows: int) -> None:
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.autofilter(0, 0, max(rows, 1), len(headers) - 1)
    for column, header in enumerate(headers):
        sheet.write_string(0, column, header, styles["head"])


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
    _head(sheet, styles, headers, total)
    row = 1
    for result in outcome.failing:
        for finding in outcome.findings(result, min(limit, _MOST_FINDINGS - row + 1)):
            cells = (
                finding.rule_id, sections.severity_title(finding.severity), finding.message, finding.source or "",
                finding.record_id or "", finding.place, finding.field or "", finding.value or "",
                finding.suggestion or "", finding.state, "",
            )  # fmt: skip
            for column, cell in enumerate(cells):
                _write(sheet, styles, row, column, cell)
            row += 1


def _write(sheet: Any, styles: dict[str, Any], row: int, column: int, cell: str | float) -> None:
    if isinstance(cell, str):
        sheet.write_string(row, column, _text(cell), styles["text"])
    else:
        sheet.write_number(row, column, cell, styles["count" if isinstance(cell, int) else "score"])


def _text(cell: str) -> str:
    return _ILLEGAL.sub("\ufffd", cell)[:_LONGEST]
