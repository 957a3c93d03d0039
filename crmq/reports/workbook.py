"""Workbooks: every cell is text or number, never a formula, so that a value of the data cannot become one.

Texts longer than a cell may hold are cut. The document properties hold no time, so that equal data give equal
workbooks.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from io import BytesIO
from typing import IO, Any

import xlsxwriter

from crmq.locales import _
from crmq.reports.document import Cell, Chart, Document, Table

_LONGEST = 32_000
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def opened(buffer: BytesIO, title: str) -> Any:
    """Return a new workbook that is written into the buffer when it is closed."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(buffer, options)
    book.set_properties({"title": title, "created": dt.datetime(2000, 1, 1), "author": "crmq"})
    return book


def styles(book: Any) -> dict[str, Any]:
    """Return the formats of the house, by name."""
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
        "plain": book.add_format({"font_color": "#57606A"}),
        "right": book.add_format({"align": "right", "bold": True, "valign": "top"}),
        "quiet": book.add_format({"font_color": "#57606A", "text_wrap": True, "valign": "top"}),
        "error": book.add_format({"font_color": "#A40E26", "bold": True, "valign": "top"}),
        "warning": book.add_format({"font_color": "#7A4B00", "bold": True, "valign": "top"}),
    }


def block(sheet: Any, formats: dict[str, Any], table: Table, row: int) -> int:
    """Write a small table ; return the row below it."""
    sheet.write_string(row, 0, table.title, formats["section"])
    sheet.write_blank(row, 1, None, formats["section"])
    first = row + 1
    for row, cells in enumerate(table.rows, start=first):
        for column, cell in enumerate(cells):
            write_cell(sheet, formats, row, column, cell)
    if table.score is not None and table.rows:
        bar = {"type": "data_bar", "bar_color": "#8DB4E2", "bar_solid": True, "min_type": "num", "max_type": "num",
               "min_value": 0, "max_value": 100}  # fmt: skip
        sheet.conditional_format(first, table.score, row, table.score, bar)
    return row + 2


def sheet(book: Any, formats: dict[str, Any], name: str, table: Table, widths: Sequence[float]) -> None:
    """Write a table as a sheet of its own, with filters and its head frozen."""
    made = book.add_worksheet(name[:31])
    for i, width in enumerate(widths):
        made.set_column(i, i, width)
    head(made, formats, table.headers, len(table.rows))
    for row, cells in enumerate(table.rows, start=1):
        for column, cell in enumerate(cells):
            write_cell(made, formats, row, column, cell)


def head(sheet: Any, formats: dict[str, Any], headers: tuple[str, ...], rows: int) -> None:
    """Write the headers of a sheet: frozen, filtered, repeated on every printed page."""
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.autofilter(0, 0, max(rows, 1), len(headers) - 1)
    for column, header in enumerate(headers):
        sheet.write_string(0, column, header, formats["head"])


def write_cell(sheet: Any, formats: dict[str, Any], row: int, column: int, cell: Cell) -> None:
    """Write one cell."""
    if isinstance(cell, str | Chart):
        sheet.write_string(row, column, text(str(cell)), formats["text"])
    else:
        sheet.write_number(row, column, cell, formats["count" if isinstance(cell, int) else "score"])


def text(cell: str) -> str:
    """Return text as a cell may hold it."""
    return _ILLEGAL.sub("\ufffd", cell)[:_LONGEST]


def write(document: Document, out: IO[bytes]) -> None:
    """Write a whole document: a summary, and one sheet per kind of table with the rows of all parts."""
    buffer = BytesIO()
    book = opened(buffer, document.title)
    formats = styles(book)
    _summary(book, formats, document)
    sheets: dict[str, list[tuple[str, Table]]] = {}
    for part in document.parts:
        for one in part.tables:
            if one.rows:
                sheets.setdefault(one.title, []).append((part.title, one))
    for title, found in sheets.items():
        first = found[0][1]
        rows = [(name, *row) for name, one in found for row in one.rows]
        # an autofilter over several tables needs to know which one a row is of
        whole = Table(title, (_("table"), *first.headers), rows)
        sheet(
            book,
            formats,
            re.sub(r"[\[\]:*?/\\']", " ", title),
            whole,
            [_width(whole, i) for i in range(len(whole.headers))],
        )
    book.close()
    out.write(buffer.getvalue())


def _width(table: Table, column: int) -> float:
    """Return the width of a column in characters: that of its longest cell, within limits."""
    longest = max((len(str(row[column])) for row in table.rows), default=0)
    return float(min(max(longest + 2, len(table.headers[column]) + 4, 9), 60))


def _summary(book: Any, formats: dict[str, Any], document: Document) -> None:
    made = book.add_worksheet(_("Summary"))
    made.hide_gridlines(2)
    made.set_column(0, 0, 40)
    made.set_column(1, 8, 16)
    made.set_landscape()
    made.fit_to_pages(1, 0)
    made.write_string(0, 0, text(document.title), formats["title"])
    made.set_row(1, 34)
    made.merge_range(1, 0, 1, 6, "", formats["verdict"])
    made.write_string(1, 0, text(document.verdict), formats["verdict"])
    made.write_string(2, 0, text(document.lead), formats["plain"])
    row = 4
    for figure, what in document.tiles:
        made.write_string(row, 0, text(what), formats["text"])
        made.write_string(row, 1, text(figure), formats["right"])
        row += 1
    row += 1
    for one in (table for table in document.tables if table.rows):
        made.write_string(row, 0, one.title, formats["section"])
        for column, header in enumerate(one.headers):
            made.write_string(row + 1, column, header, formats["head"])
        for number, cells in enumerate(one.rows):
            for column, cell in enumerate(cells):
                write_cell(made, formats, row + 2 + number, column, cell)
        row += len(one.rows) + 3
    for part in (part for part in document.parts if part.facts):
        made.write_string(row, 0, text(part.title), formats["section"])
        for number, fact in enumerate(part.facts, start=1):
            made.write_string(row + number, 0, text(fact), formats["plain"])
        row += len(part.facts) + 2
    made.write_string(row, 0, text(document.note), formats["plain"])
