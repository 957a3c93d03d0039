"""A review as a workbook: a row per question with a list to choose the answer from, and the way back.

Each cell of a value holds both records, the first above the second, so that a row stays narrow enough to read. The
first row holds the stable names of the columns and is hidden, like the columns with the ids: by them the answers are
found again, wherever rows and columns were moved to.
"""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import python_calamine as calamine

from crmq.errors import SourceError
from crmq.locales import _
from crmq.matching.clerical.answers import ANSWER, KEY_COLUMNS, Line, check_columns
from crmq.matching.clerical.questions import Question
from crmq.matching.review import SHOWN
from crmq.reports import workbook as house
from crmq.reports.review import (
    Docket,
    answer_title,
    kind_title,
    record_name,
    standing,
    stands_for,
    value_title,
)
from crmq.reports.workbook import text as cell_text

_HIDDEN = ("question", *KEY_COLUMNS, "drawn")
_WIDTHS = {"name": 26, "email": 30, "phone": 16, "birth_date": 12, "tax_id": 16, "street": 24, "city": 16,
           "company_name": 28}  # fmt: skip
_MOST_UNPACKED = 1 << 30
_HEAD_ROWS = 5


def write(docket: Docket, out: IO[bytes]) -> None:
    """Write the workbook."""
    buffer = BytesIO()
    book = house.opened(buffer, _("Clerical review"))
    styles = house.styles(book)
    grid = {"text_wrap": True, "valign": "top", "bottom": 1, "bottom_color": "#D0D7DE"}
    styles |= {
        "cell": book.add_format(grid),
        "differs": book.add_format({**grid, "bg_color": "#FFF1E5"}),
        "number": book.add_format({**grid, "num_format": "0.000"}),
        "bits": book.add_format({**grid, "num_format": "+0.0;-0.0;0.0"}),
        "pick": book.add_format({**grid, "bg_color": "#FFF8C5", "bold": True, "align": "center"}),
        "note": book.add_format({**grid, "bg_color": "#FFF8C5"}),
        "total": book.add_format({**grid, "bold": True}),
        "total_bits": book.add_format({**grid, "bold": True, "num_format": "+0.0;-0.0;0.0"}),
    }
    sheet = book.add_worksheet(_("Review")[:31])
    weights = book.add_worksheet(_("Weights")[:31])
    _questions(sheet, styles, docket)
    _weights(weights, styles, docket)
    _guide(book.add_worksheet(_("Read me")[:31]), styles, docket)
    sheet.activate()
    book.close()
    out.write(buffer.getvalue())


def _columns(docket: Docket) -> list[tuple[str, str, int]]:
    """Return stable name, title and width of the columns that are shown."""
    own = [("number", _("no."), 6), (ANSWER, _("your decision"), 14), ("note", _("note"), 20)]
    if not docket.drawn:  # a pair that was drawn to measure is judged without crmq's own view
        own += [("probability", _("probability"), 11), ("why", _("why"), 44), ("standing", _("now"), 34)]
    own += [("kind", _("kind"), 13)]
    own += [(name, value_title(name), _WIDTHS[name]) for name in SHOWN]
    return [*own, ("records", _("records"), 44)]


def _questions(sheet: Any, styles: dict[str, Any], docket: Docket) -> None:
    columns = _columns(docket)
    shown = len(columns)
    heads = [(name, title) for name, title, _width in columns] + [(name, name) for name in _HIDDEN]
    for column, (name, _title) in enumerate(heads):
        sheet.write_string(0, column, name)
    for column, (_name, title) in enumerate(heads):
        sheet.write_string(1, column, title, styles["head"])
    for column, (_name, _title, width) in enumerate(columns):
        sheet.set_column(column, column, width)
    sheet.set_column(shown, shown + len(_HIDDEN) - 1, 20, None, {"hidden": True})
    sheet.set_row(0, None, None, {"hidden": True})
    sheet.freeze_panes(2, 3)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(1)
    last = max(len(docket.questions) + 1, 2)
    sheet.autofilter(1, 0, last, shown - 1)
    answers = [answer_title("same"), answer_title("different")]
    sheet.data_validation(
        2, 1, last, 1,
        {"validate": "list", "source": answers, "error_title": _("your decision"),
         "error_message": _("Choose {a} or {b}, or leave the cell empty.").format(a=answers[0], b=answers[1])},
    )  # fmt: skip
    for row, question in enumerate(docket.questions, start=2):
        sheet.set_row(row, 46)
        for column, (name, _title, _width) in enumerate(columns):
            _cell(sheet, styles, (row, column), name, question, docket)
        hidden = (question.id, *question.key, docket.run if docket.drawn else "")
        for column, text in enumerate(hidden, start=shown):
            sheet.write_string(row, column, cell_text(text))


def _cell(
    sheet: Any, styles: dict[str, Any], at: tuple[int, int], name: str, question: Question, docket: Docket
) -> None:
    made = docket.decided.get(question.id)
    if name == "number":
        sheet.write_number(*at, at[0] - 1, styles["cell"])
    elif name == ANSWER:
        sheet.write_string(*at, answer_title(made.answer) if made else "", styles["pick"])
    elif name == "note":
        sheet.write_string(*at, cell_text(made.note) if made else "", styles["note"])
    elif name == "probability":
        sheet.write_number(*at, question.probability, styles["number"])
    elif name in SHOWN:
        a, b = question.first.values[name], question.second.values[name]
        text = "" if a is None and b is None else f"A: {a or '–'}\nB: {b or '–'}" if a != b else f"= {a}"
        sheet.write_string(*at, cell_text(text), styles["differs" if a and b and a != b else "cell"])
    elif name == "records":
        lines = [
            " ".join(filter(None, (f"{mark}:", record_name(side.record), stands_for(side))))
            for mark, side in (("A", question.first), ("B", question.second))
        ]
        sheet.write_string(*at, cell_text("\n".join(lines)), styles["cell"])
    else:
        text = {"why": question.sentence, "standing": standing(question), "kind": kind_title(question.entity)}[name]
        sheet.write_string(*at, cell_text(text), styles["cell"])


def _weights(sheet: Any, styles: dict[str, Any], docket: Docket) -> None:
    """Write the waterfall of every question, one row per bar."""
    headers = (_("no."), _("field"), _("bits"), _("what it shows"), "A", "B")
    for column, (title, width) in enumerate(zip(headers, (6, 26, 10, 40, 36, 36), strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, title, styles["head"])
    sheet.freeze_panes(1, 1)
    row = 0
    for number, question in enumerate(docket.questions, start=1):
        first = row + 1
        for row, bar in enumerate(question.bars, start=first):
            sheet.write_number(row, 0, number, styles["cell"])
            for column, text in ((1, bar.title), (3, bar.words), (4, bar.first or ""), (5, bar.second or "")):
                sheet.write_string(row, column, cell_text(text), styles["cell"])
            sheet.write_number(row, 2, round(bar.weight, 2), styles["bits"])
        row += 1
        sheet.write_number(row, 0, number, styles["total"])
        sheet.write_string(row, 1, _("sum"), styles["total"])
        sheet.write_number(row, 2, round(question.match_weight, 2), styles["total_bits"])
        text = _("probability {p}, against {rival}").format(p=f"{question.probability:.6f}", rival=question.rival)
        sheet.write_string(row, 3, text, styles["total"])
    sheet.autofilter(0, 0, max(row, 1), len(headers) - 1)
    bar_style = {"type": "data_bar", "bar_color": "#2DA44E", "bar_negative_color": "#CF222E", "bar_solid": True,
                 "bar_axis_position": "middle", "min_type": "num", "max_type": "num", "min_value": -14,
                 "max_value": 14}  # fmt: skip
    sheet.conditional_format(1, 2, max(row, 1), 2, bar_style)


def _guide(sheet: Any, styles: dict[str, Any], docket: Docket) -> None:
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 100)
    answers = {"a": answer_title("same"), "b": answer_title("different")}
    lines = [
        _("Each row of the sheet {sheet} asks whether two records, A and B, are the same party.").format(
            sheet=_("Review")
        ),
        _("Choose {a} or {b} in the yellow column; leave it empty where you cannot tell.").format(**answers),
        _("Rows may be sorted, filtered and left out; the hidden columns with the ids must stay as they are."),
        _("The sheet {sheet} shows what each field weighs, in bits: one bit doubles the odds.").format(
            sheet=_("Weights")
        ),
        _("Give the file back: crmq review {run} --from FILE").format(run=docket.name),
        _("The file holds personal data: keep it where only those who decide can read it."),
    ]
    if docket.drawn:
        lines.insert(3, _("The pairs were drawn at random; decide as many as you can, so that they measure the run."))
    sheet.write_string(0, 0, _("Clerical review"), styles["title"])
    for row, text in enumerate(lines, start=2):
        sheet.write_string(row, 0, text, styles["text"])


def read(path: Path) -> list[Line]:
    """Return the answers of a workbook, wherever its rows and columns were moved to.

    Raises:
        SourceError: The file is no workbook that can be read.
        ConfigError: A column is missing.
    """
    try:
        _refuse_bomb(path)
        book = calamine.load_workbook(str(path))
        sheets = [(name, book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in book.sheet_names]
    except (calamine.CalamineError, calamine.PasswordError, OSError, ValueError, zipfile.BadZipFile) as error:
        kind = type(error).__name__
        raise SourceError(_("The workbook cannot be read ({kind}).").format(kind=kind), where=str(path)) from None
    names: list[str] = []
    for sheet, rows in sheets:
        for number, row in enumerate(rows[:_HEAD_ROWS]):
            names = [_text(cell) for cell in row]
            if ANSWER in names:
                check_columns(names, path)
                return [
                    Line(_("{sheet}, row {n}").format(sheet=sheet, n=at + 1), _cells(names, cells))
                    for at, cells in enumerate(rows)
                    if at > number + 1 and any(_text(cell) for cell in cells)
                ]
    check_columns(names, path)
    return []


def _cells(names: list[str], cells: list[Any]) -> dict[str, str]:
    return {name: _text(cell) for name, cell in zip(names, cells, strict=False) if name}


def _text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():  # an id that the spreadsheet program took for a number
        return str(int(cell))
    return str(cell)


def _refuse_bomb(path: Path) -> None:
    """Refuse a workbook whose parts would unpack to more than a machine can take."""
    with zipfile.ZipFile(path) as package:
        unpacked = sum(member.file_size for member in package.infolist())
    if unpacked > _MOST_UNPACKED:
        raise SourceError(
            _("The workbook would unpack to {n} MB and is refused.").format(n=unpacked >> 20), where=str(path)
        )
