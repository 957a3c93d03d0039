"""Any document for readers in the terminal, table by table."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from crmq.errors import ExitCode
from crmq.reports.document import Cell, Document, Table
from crmq.reports.terminal import console, count, heading, indented, table, verdict

_ROWS = 25
_WIDE = 8
"""Tables with more columns are shown from this many characters per column only."""


def report(document: Document) -> None:
    """Print the document; its last line is its verdict."""
    out = console()
    heading(out, document.title, document.lead)
    for one in document.tables:
        _table(out, one)
    for part in document.parts:
        heading(out, part.title)
        for fact in part.facts:
            out.print(indented(Text(fact)))
        for one in part.tables:
            _table(out, one)
    verdict(out, ExitCode.OK, document.verdict)


def _table(out: Console, one: Table) -> None:
    if not one.rows or len(one.headers) * 2 * _WIDE > out.width:
        return
    heading(out, one.title, one.note)
    right = tuple(one.headers[i] for i in one.numeric)
    body = table(*one.headers, right=right, ratio=(one.headers[0],) if not right else (one.headers[1],))
    for row in one.rows[:_ROWS]:
        body.add_row(*(_cell(cell) for cell in row))
    out.print(indented(body))
    if len(one.rows) > _ROWS:
        out.print(indented(Text(f"+ {count(len(one.rows) - _ROWS)}", "quiet")))


def _cell(cell: Cell) -> str:
    if isinstance(cell, float):
        return f"{cell:.1f}"
    return count(cell) if isinstance(cell, int) else str(cell)
