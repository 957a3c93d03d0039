"""Documents in Markdown: for a pull request, a job summary or a wiki."""

from __future__ import annotations

import re
from typing import IO

from crmq.reports.document import Cell, Chart, Document, Table

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~!$])")


def table(out: IO[str], one: Table, level: int = 2) -> None:
    """Write a table with its heading of that level; an empty one is left out."""
    if not one.rows:
        return
    out.write(f"\n{'#' * level} {plain(one.title)}\n\n")
    if one.note:
        out.write(f"{plain(one.note)}\n\n")
    rule = ["---:" if i in one.numeric else "---" for i in range(len(one.headers))]
    for cells in (one.headers, rule):
        out.write("| " + " | ".join(cells) + " |\n")
    for row in one.rows:
        out.write("| " + " | ".join(_cell(cell) for cell in row) + " |\n")


def _cell(cell: Cell) -> str:
    if isinstance(cell, Chart):
        return str(cell)
    if isinstance(cell, str):
        return plain(cell)
    return f"{cell:,}" if isinstance(cell, int) else f"{cell:.1f}"


def plain(text: str) -> str:
    """Return text with everything escaped that Markdown would take for a sign of its own."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def write(document: Document, out: IO[str]) -> None:
    """Write a whole document."""
    out.write(f"# {plain(document.title)}\n\n{plain(document.lead)}\n\n**{plain(document.verdict)}**\n\n")
    for number, what in document.tiles:
        out.write(f"- {plain(number)} {plain(what)}\n")
    for one in document.tables:
        table(out, one)
    for part in document.parts:
        out.write(f"\n## {plain(part.title)}\n\n")
        out.write("".join(f"{plain(fact)}\n\n" for fact in part.facts))
        for one in part.tables:
            table(out, one, level=3)
    out.write(f"\n{plain(document.note)}\n")
