"""Makes the raw table of the columns that were read: names, empty rows and columns, facts that all formats share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import polars as pl

from crmq.connectors.content import Content
from crmq.locales import _, ngettext
from crmq.model.raw import REJECTED_SCHEMA, Fact, RawTable


def unique(headers: Sequence[str]) -> list[str]:
    """Return headers as distinct column names: ``Email``, ``Email (2)``; an empty one becomes ``column_7``."""
    taken: set[str] = set()
    names = []
    for position, header in enumerate(headers, 1):
        base = header if header.strip() else f"column_{position}"
        name, repeat = base, 1
        while name in taken:
            repeat += 1
            name = f"{base} ({repeat})"
        taken.add(name)
        names.append(name)
    return names


def listed(lines: Iterable[int], most: int = 5) -> str:
    """Return line numbers in words: the first few, and that there are more."""
    numbers = list(lines)
    return ", ".join(map(str, numbers[:most])) + (" ..." if len(numbers) > most else "")


def table(
    content: Content,
    frame: pl.DataFrame,
    lines: pl.Series,
    headers: Sequence[str],
    facts: Iterable[Fact],
    *,
    rejected: pl.DataFrame | None = None,
    member: str | None = None,
    sheet: str | None = None,
    may_hold_nul: bool = True,
) -> RawTable:
    """Return the raw table of columns that were read.

    Rows and trailing columns that hold nothing at all are left out, with a fact; they are no data rows.

    Args:
        content: The file it came from.
        frame: String columns in the order of the headers, empty cells null.
        lines: The line of each row.
        headers: One label per column, exactly as exported; empty without one.
        facts: What was detected.
        rejected: Rows that could not be read.
        member: Name of the table inside its file, where a file holds several.
        sheet: Sheet of a workbook.
        may_hold_nul: Whether cells may hold NUL characters, which no database and no workbook can take.
    """
    told = list(facts)
    labels = [header.replace("\0", "") for header in headers]
    if may_hold_nul:
        frame = _without_nul(frame, told)
    frame, lines = _without_empty_rows(frame, lines, told)
    frame, labels = _without_empty_columns(frame, labels, told)
    names = unique(labels)
    repeated = [name for name, label in zip(names, labels, strict=True) if label.strip() and name != label]
    if repeated:
        told.append(
            Fact("duplicate_headers", str(len(repeated)), _("renamed: {names}").format(names=", ".join(repeated)))
        )
    unnamed = [name for name, label in zip(names, labels, strict=True) if not label.strip()]
    if unnamed and len(unnamed) < len(names):
        told.append(Fact("empty_headers", str(len(unnamed)), _("named: {names}").format(names=", ".join(unnamed[:5]))))
    inside = content.member
    if member is not None:
        inside = member if inside is None else f"{inside}!{member}"
    return RawTable(
        path=content.path,
        member=inside,
        sheet=sheet,
        frame=frame.rename(dict(zip(frame.columns, names, strict=True))),
        lines=lines.cast(pl.UInt32).alias("line"),
        headers=labels,
        rejected=rejected if rejected is not None else pl.DataFrame(schema=REJECTED_SCHEMA),
        facts=tuple(told),
    )


def _without_nul(frame: pl.DataFrame, facts: list[Fact]) -> pl.DataFrame:
    found = [name for name in frame.columns if frame[name].str.contains("\0", literal=True).any()]
    if not found:
        return frame
    cells = sum(int(frame[name].str.contains("\0", literal=True).sum()) for name in found)
    facts.append(Fact("nul_bytes", str(cells), _("cells had NUL characters, which were taken out")))
    cleaned = pl.col(found).str.replace_all("\0", "", literal=True)
    return frame.with_columns(pl.when(cleaned != "").then(cleaned))


def _without_empty_rows(frame: pl.DataFrame, lines: pl.Series, facts: list[Fact]) -> tuple[pl.DataFrame, pl.Series]:
    if not frame.width or not frame.height:
        return frame, lines
    empty = frame.select(pl.all_horizontal(pl.all().is_null())).to_series()
    if not empty.any():
        return frame, lines
    where = lines.filter(empty)
    why = ngettext("row {lines} has no value in any cell", "rows {lines} have no value in any cell", len(where))
    facts.append(Fact("empty_rows", str(len(where)), why.format(lines=listed(where))))
    return frame.filter(~empty), lines.filter(~empty)


def _without_empty_columns(
    frame: pl.DataFrame, headers: list[str], facts: list[Fact]
) -> tuple[pl.DataFrame, list[str]]:
    width = frame.width
    if not any(header.strip() for header in headers):
        return frame, headers
    while width > 1 and not headers[width - 1].strip() and frame[frame.columns[width - 1]].null_count() == frame.height:
        width -= 1
    if width < frame.width:
        why = _("the last columns have neither a label nor a value: the lines end with delimiters")
        facts.append(Fact("trailing_delimiters", str(frame.width - width), why))
    return frame.select(frame.columns[:width]), headers[:width]
