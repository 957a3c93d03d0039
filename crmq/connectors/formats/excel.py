"""Workbooks: xlsx, xlsm, xlsb, xls and ods, every sheet that holds data."""

from __future__ import annotations

import datetime as dt
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TypeAlias

import polars as pl
import python_calamine as calamine

from crmq.connectors import assemble, layout, regions, sheet_parts
from crmq.connectors.content import Content
from crmq.connectors.formats import ReadSettings
from crmq.errors import SourceError
from crmq.locales import _, ngettext
from crmq.model.raw import Fact, RawTable

SUFFIXES = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".xlam", ".xla")

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BIFF = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00")
"""The first bytes of Excel 2, 3 and 4, which wrote no OLE container."""
_HEAD_ROWS = 160
_TAIL_ROWS = 40
_EXACT = 2**53
_MOST_XML = 4 << 30
_DYNAMICS = "hiddenSheet"
"""Sheet in which Dynamics 365 keeps the metadata of its export."""

Cell: TypeAlias = "str | float | int | bool | dt.date | dt.datetime | dt.time | dt.timedelta"
Grid: TypeAlias = "list[list[str]]"
Merge: TypeAlias = "tuple[tuple[int, int], tuple[int, int]]"


def recognises(content: Content) -> int:
    """Return how sure it is that the content is a workbook."""
    head = content.head(8)
    if head.startswith(b"PK\x03\x04"):
        return 95 if _is_package(content) else 0
    if head == _OLE:
        return 90 if content.suffix in SUFFIXES else 50
    return 70 if head[:4] in _BIFF else 0


def _is_package(content: Content) -> bool:
    """Tell whether a zip is a workbook: by what is in it, not by its name."""
    try:
        with zipfile.ZipFile(content.file if content.file is not None else BytesIO(content.read())) as package:
            names = {name.replace("\\", "/").lower() for name in package.namelist()}
            if any(name.startswith("xl/workbook.") for name in names):
                return True
            if "mimetype" not in names or "content.xml" not in names:
                return False
            return b"opendocument.spreadsheet" in package.read("mimetype")[:200]
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError):
        return False


def read(content: Content, settings: ReadSettings) -> list[RawTable]:
    """Return one table per sheet that holds data; a row's line is its number in the sheet.

    Raises:
        SourceError: The workbook is protected by a password, damaged, or has no such sheet.
    """
    _refuse_bomb(content, settings)
    try:
        parts = sheet_parts.look(content, None if settings.sheet is None else [settings.sheet])
        book = _opened(content, parts)
        sheets = [meta for meta in book.sheets_metadata if meta.typ == calamine.SheetTypeEnum.WorkSheet]
        chosen = [m for m in sheets if settings.sheet is None or m.name.lower() == settings.sheet.lower()]
        if not chosen:
            hint = _("Known: {names}.").format(names=", ".join(meta.name for meta in sheets))
            raise SourceError(
                _("There is no sheet {name}.").format(name=settings.sheet), where=content.where, hint=hint
            )
        tables = [table for meta in chosen for table in _sheet(content, book, meta, parts)]
    except calamine.PasswordError:
        hint = _("Open it, remove the password (File, Info, Protect Workbook) and save a copy.")
        raise SourceError(_("The workbook is protected by a password."), where=content.where, hint=hint) from None
    except (calamine.CalamineError, OSError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise _damaged(content, error) from error
    return tables


def _opened(content: Content, parts: sheet_parts.Parts) -> calamine.CalamineWorkbook:
    if parts.package is not None:
        return calamine.load_workbook(BytesIO(parts.package))
    return calamine.load_workbook(str(content.file) if content.file is not None else BytesIO(content.read()))


def _damaged(content: Content, error: Exception) -> SourceError:
    hint = _("Open it in a spreadsheet program and save it again as xlsx.")
    if content.head(4) in _BIFF:
        return SourceError(_("The workbook was written by Excel 4 or older."), where=content.where, hint=hint)
    kind = type(error).__name__
    return SourceError(_("The workbook cannot be read ({kind}): it is damaged.").format(kind=kind),
                       where=content.where, hint=hint)  # fmt: skip


def _refuse_bomb(content: Content, settings: ReadSettings) -> None:
    """Refuse a workbook whose parts would unpack to more than a machine can take."""
    if content.head(4) != b"PK\x03\x04":
        return
    try:
        with zipfile.ZipFile(content.file if content.file is not None else BytesIO(content.read())) as package:
            unpacked = sum(member.file_size for member in package.infolist())
    except (zipfile.BadZipFile, OSError):
        return
    large = unpacked > 64 << 20 and unpacked > settings.max_ratio * content.size
    if large or unpacked > min(_MOST_XML, settings.max_archive_bytes):
        raise SourceError(_("The workbook would unpack to {n} MB and is refused.").format(n=unpacked >> 20),
                          where=content.where, hint=_("Save the sheets as CSV."))  # fmt: skip


def _sheet(
    content: Content, book: calamine.CalamineWorkbook, meta: calamine.SheetMetadata, parts: sheet_parts.Parts
) -> list[RawTable]:
    """Return the tables of a sheet."""
    sheet = book.get_sheet_by_name(meta.name)
    rows: list[list[Cell]] = sheet.to_python(skip_empty_area=False)
    if not rows:
        return []
    told: list[Fact] = [Fact("format", _("workbook"), _("sheet {name}").format(name=meta.name))]
    large = _Large()
    grid = [[_text(cell, large) for cell in row] for row in rows]
    errors = parts.errors.get(meta.name, {})
    for (i, j), text in errors.items():
        if i < len(grid) and j < len(grid[i]):
            grid[i][j] = text
    if errors:
        told.append(Fact("error_cells", str(len(errors)), _("formulas that failed: {texts}").format(
            texts=", ".join(sorted(set(errors.values()))[:5]))))  # fmt: skip
    if not any(cell.strip() for row in grid for cell in row):
        return []
    if meta.visible != calamine.SheetVisibleEnum.Visible:
        why = (
            _("Dynamics 365 keeps the metadata of its export here")
            if meta.name == _DYNAMICS
            else _("the sheet is hidden")
        )
        told.append(Fact("hidden_sheet", meta.name, why))
    if large.count:
        why = _("numbers beyond 15 digits: a workbook keeps 15, ids of this length may be damaged")
        told.append(Fact("large_numbers", str(large.count), why))
    numbers = parts.rows.get(meta.name)
    if numbers is not None:
        last = f"{max(numbers.values()):,}"
        why = _("cells stand as far away as row {last}, nearly all between is empty").format(last=last)
        told.append(Fact("used_range", _("cut"), why))
    grid = _trimmed(grid)
    made = []
    for number, region in enumerate(regions.find(grid), 1):
        place = _Place(meta.name, number, region, numbers)
        made.append(_table(content, place, _trimmed(region.cells(grid)), sheet.merged_cell_ranges or [], told))
    return made


@dataclass(frozen=True)
class _Place:
    """Where a table stands.

    Attributes:
        sheet: Name of the sheet.
        number: Which table of the sheet it is, from 1.
        region: Its cells.
        numbers: What the rows are really numbered, where empty stretches of the sheet were cut.
    """

    sheet: str
    number: int
    region: regions.Region
    numbers: Mapping[int, int] | None = None

    def row(self, place: int) -> int:
        """Return the number of a row of the region, from 1 at the top of the sheet."""
        at = self.region.top + place
        return at + 1 if self.numbers is None else self.numbers.get(at, at + 1)


class _Large:
    """Counts numbers that are too large to be exact in a workbook."""

    def __init__(self) -> None:
        self.count = 0


def _text(cell: Cell, large: _Large) -> str:
    """Return a cell as text: whole numbers without ``.0``, dates as ISO 8601, truth values as Excel shows them."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        if cell.is_integer():
            large.count += abs(cell) >= 1e15
            return str(int(cell))
        return _plain(cell)
    if isinstance(cell, dt.datetime):
        rounded = _to_milliseconds(cell)
        return rounded.isoformat(timespec="milliseconds" if rounded.microsecond else "seconds")
    if isinstance(cell, dt.timedelta):
        seconds = round(cell.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat() if isinstance(cell, dt.date) else cell.replace(microsecond=0).isoformat()
    return str(cell)


def _plain(number: float) -> str:
    """Return the shortest decimal of a number, without exponent where that stays readable."""
    text = repr(number)
    return f"{number:.15f}".rstrip("0") if "e-" in text and abs(number) >= 1e-9 else text


def _to_milliseconds(moment: dt.datetime) -> dt.datetime:
    """Return a time to the millisecond: a workbook keeps days as doubles, the digits behind are noise."""
    half = dt.timedelta(microseconds=500)
    near = moment + half
    return near.replace(microsecond=near.microsecond // 1000 * 1000)


def _trimmed(grid: Grid) -> Grid:
    """Return the grid without the columns at its right end that hold nothing; the used range of sheets often lies."""
    width = max((max((j + 1 for j, cell in enumerate(row) if cell.strip()), default=0) for row in grid), default=0)
    return [row[:width] for row in grid]


def _table(content: Content, place: _Place, grid: Grid, merges: Sequence[Merge], told: Sequence[Fact]) -> RawTable:
    told = list(told)
    left = min((j for row in grid for j, cell in enumerate(row) if cell.strip()), default=0)
    grid = [row[left:] for row in grid]
    inside = _inside(merges, place.region, left)
    head = _merged(grid[:_HEAD_ROWS], inside)
    tied: dict[int, int] = {}
    for (top, first), (bottom, _last) in inside:
        if top < len(head) and 0 <= first < len(head[top]) and head[top][first]:
            tied[top] = max(bottom, tied.get(top, top))
    found = layout.find(head, tied)
    headers = list(found.headers)
    body = grid[found.body :]
    width = max([len(headers), *map(len, body)])
    headers += [""] * (width - len(headers))
    if found.header_rows:
        first_row, last_row = place.row(found.preamble), place.row(found.body - 1)
        value = str(first_row) if found.header_rows == 1 else f"{first_row}-{last_row}"
        told.append(Fact("header_line", value, layout.reason(found.why)))
    else:
        told.append(Fact("header_line", _("none"), layout.reason("data")))
    if any(any(row) for row in grid[: found.preamble]):
        why = ngettext(
            "row {first} is a note above the table", "rows {first} to {last} are notes above the table", found.preamble
        ).format(first=place.row(0), last=place.row(found.preamble - 1))
        told.append(Fact("preamble", str(found.preamble), why))
    if place.region.left + left and place.number == 1:
        told.append(Fact("first_column", str(place.region.left + left + 1), _("the columns to its left are empty")))
    if place.number > 1:
        told.append(Fact("table", str(place.number), _("another table stands above or beside it on the same sheet")))
    while body and not any(map(str.strip, body[-1])):
        body.pop()
    lines = [place.row(found.body + i) for i in range(len(body))]
    below = layout.footer(body[-_TAIL_ROWS:], headers, body[:_HEAD_ROWS])
    if below:
        why = ngettext(
            "row {first} is a note or a total below the table",
            "rows {first} to {last} are notes or totals below the table",
            below,
        )
        told.append(Fact("footer", str(below), why.format(first=lines[-below], last=lines[-1])))
        body = body[: len(body) - below]
    columns: list[tuple[str, ...]] = list(zip(*body, strict=True)) or [()] * width
    columns += [("",) * len(body)] * (width - len(columns))
    frame = pl.DataFrame(
        {str(j): pl.Series([cell or None for cell in column], dtype=pl.String) for j, column in enumerate(columns)}
    )
    numbers = pl.Series(lines[: len(body)], dtype=pl.UInt32)
    member = f"table {place.number}" if place.number > 1 else None
    return assemble.table(content, frame, numbers, headers, told, sheet=place.sheet, member=member)


def _inside(merges: Sequence[Merge], region: regions.Region, left: int) -> list[Merge]:
    """Return the merged cells of a region, counted from its own first row and column that hold something."""
    top, first = region.top, region.left + left
    return [
        ((a - top, b - first), (c - top, d - first))
        for (a, b), (c, d) in merges
        if region.top <= a < region.bottom and region.left <= b < region.right
    ]


def _merged(head: Grid, merges: Sequence[Merge]) -> Grid:
    """Return the first rows with merged cells filled: a label over several columns stands in each of them.

    Cells merged downwards stay empty below the first (one label of one column), and so does the rest of a title that
    stands over the whole table.
    """
    width = max((len(row) for row in head), default=0)
    filled = [list(row) for row in head]
    for (top, first), (_bottom, last) in merges:
        title = last - first + 1 >= 0.8 * width
        if top >= len(filled) or last - first < 1 or first < 0 or title:
            continue
        label = filled[top][first] if first < len(filled[top]) else ""
        for j in range(first + 1, min(last + 1, len(filled[top]))):
            filled[top][j] = label
    return filled
