"""Workbooks: every sheet, cells as text, headers that do not stand in the first row."""

from __future__ import annotations

import datetime as dt
import zipfile

import pytest
import xlsxwriter

from crmq.connectors import inputs
from crmq.errors import SourceError


@pytest.fixture
def book(tmp_path):
    """Return a function that writes a workbook with the help of another and gives its path."""

    def write(fill, name="book.xlsx"):
        path = tmp_path / name
        with xlsxwriter.Workbook(path) as workbook:
            fill(workbook)
        return path

    return write


def tables(path):
    return inputs.read([str(path)]).tables


def facts(table):
    return {fact.name: fact.value for fact in table.facts}


def test_cells_as_text(book):
    def fill(workbook):
        sheet = workbook.add_worksheet("Data")
        date = workbook.add_format({"num_format": "dd/mm/yyyy hh:mm:ss"})
        clock = workbook.add_format({"num_format": "hh:mm"})
        hours = workbook.add_format({"num_format": "[h]:mm"})
        sheet.write_row(0, 0, ["id", "amount", "flag", "when", "day", "clock", "hours", "zip", "failed"])
        sheet.write_row(1, 0, [1001, 0.1 + 0.2, True])
        sheet.write_datetime(1, 3, dt.datetime(2024, 1, 2, 3, 4, 5), date)
        sheet.write_datetime(1, 4, dt.datetime(2024, 1, 2), date)
        sheet.write_number(1, 5, 0.75, clock)
        sheet.write_number(1, 6, 1.5, hours)
        sheet.write_string(1, 7, "01234")
        sheet.write_formula(1, 8, "=1/0", None, "#DIV/0!")
        sheet.write_row(2, 0, [7210448301122, 1e-7, False])
        sheet.write_string(2, 7, " a ")
        sheet.write_formula(2, 8, "=NA()", None, "#N/A")

    (table,) = tables(book(fill))
    assert table.sheet == "Data"
    assert table.lines.to_list() == [2, 3]
    first, second = table.frame.rows()
    assert first == (
        "1001",
        "0.3",
        "TRUE",
        "2024-01-02T03:04:05",
        "2024-01-02",
        "18:00:00",
        "36:00:00",
        "01234",
        "#DIV/0!",
    )
    assert second == ("7210448301122", "0.0000001", "FALSE", None, None, None, None, " a ", "#N/A")
    assert facts(table)["error_cells"] == "2"


def test_numbers_beyond_fifteen_digits_are_told(book):
    def fill(workbook):
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, ["id", "name"])
        sheet.write_row(1, 0, [1234567890123456789, "Ana"])

    (table,) = tables(book(fill))
    assert facts(table)["large_numbers"] == "1"
    assert table.frame["id"][0].isdigit()


def test_every_sheet_and_hidden_ones_are_read(book):
    def fill(workbook):
        for name in ("People", "Empty", "hiddenSheet"):
            sheet = workbook.add_worksheet(name)
            if name != "Empty":
                sheet.write_row(0, 0, ["id", "name"])
                sheet.write_row(1, 0, [1, "Ana"])
            if name == "hiddenSheet":
                sheet.hide()

    people, hidden = tables(book(fill))
    assert (people.sheet, hidden.sheet) == ("People", "hiddenSheet")
    assert "hidden_sheet" not in facts(people)
    fact = next(fact for fact in hidden.facts if fact.name == "hidden_sheet")
    assert "Dynamics" in fact.why


def test_notes_above_and_totals_below(book):
    def fill(workbook):
        sheet = workbook.add_worksheet()
        sheet.write(0, 0, "Customers by region")
        sheet.write(1, 0, "Generated 2024-02-01")
        sheet.write_row(3, 0, ["Id", "Name", "City", "Amount"])
        for i in range(10):
            sheet.write_row(4 + i, 0, [i, f"Name {i}", "Lima", i * 1.5])
        sheet.write_row(14, 0, ["Total", "", "", 67.5])

    (table,) = tables(book(fill))
    assert table.headers == ["Id", "Name", "City", "Amount"]
    assert table.frame.height == 10
    assert table.lines.to_list() == list(range(5, 15))
    assert facts(table)["preamble"] == "3" and facts(table)["footer"] == "1"


def test_merged_headers_name_each_column(book):
    def fill(workbook):
        sheet = workbook.add_worksheet()
        sheet.merge_range(0, 0, 1, 0, "Id")
        sheet.merge_range(0, 1, 0, 2, "Billing")
        sheet.merge_range(0, 3, 0, 4, "Shipping")
        sheet.write_row(1, 1, ["City", "Zip", "City", "Zip"])
        for i in range(5):
            sheet.write_row(2 + i, 0, [i, "Lima", 15001, "Cusco", 8000])

    (table,) = tables(book(fill))
    assert table.headers == ["Id", "Billing City", "Billing Zip", "Shipping City", "Shipping Zip"]
    assert table.frame.height == 5


def test_a_title_over_the_whole_table_is_a_note(book):
    def fill(workbook):
        sheet = workbook.add_worksheet()
        sheet.merge_range(0, 0, 0, 2, "Customers")
        sheet.write_row(1, 0, ["Id", "Name", "City"])
        sheet.write_row(2, 0, [1, "Ana", "Lima"])
        sheet.write_row(3, 0, [2, "Eva", "Ica"])

    (table,) = tables(book(fill))
    assert table.headers == ["Id", "Name", "City"]
    assert table.lines.to_list() == [3, 4]


def test_the_used_range_may_lie(book):
    def fill(workbook):
        sheet = workbook.add_worksheet()
        grey = workbook.add_format({"bg_color": "#cccccc"})
        sheet.write_row(2, 1, ["id", "name"])
        sheet.write_row(3, 1, [1, "Ana"])
        sheet.write_blank(500, 40, None, grey)

    (table,) = tables(book(fill))
    assert table.headers == ["id", "name"]
    assert table.frame.rows() == [("1", "Ana")]
    assert table.lines.to_list() == [4]


def test_one_sheet_asked_for(book):
    def fill(workbook):
        for name in ("A", "B"):
            workbook.add_worksheet(name).write_row(0, 0, ["id", name])

    path = book(fill)
    (table,) = inputs.read([str(path)], inputs.ReadSettings(sheet="b")).tables
    assert table.headers == ["id", "B"]
    with pytest.raises(SourceError, match="no sheet") as caught:
        inputs.read([str(path)], inputs.ReadSettings(sheet="C"))
    assert "A, B" in caught.value.hint


def test_damaged_workbooks_are_clear_errors(book, tmp_path):
    path = book(lambda workbook: workbook.add_worksheet().write(0, 0, "x"))
    broken = tmp_path / "broken.xlsx"
    with zipfile.ZipFile(path) as good, zipfile.ZipFile(broken, "w") as bad:
        for name in good.namelist():
            data = good.read(name)
            bad.writestr(name, data[: len(data) // 2] if name.endswith("sheet1.xml") else data)
    with pytest.raises(SourceError) as caught:
        tables(broken)
    assert caught.value.where == str(broken)
    assert caught.value.hint


def test_hostile_xml_does_no_harm(tmp_path):
    bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9)
    )
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr(
            "xl/workbook.xml", bomb + ']><workbook><sheets><sheet name="&j;" r:id="r1"/></sheets></workbook>'
        )
        package.writestr(
            "xl/_rels/workbook.xml.rels",
            '<Relationships><Relationship Id="r1" Target="worksheets/s.xml"/></Relationships>',
        )
        package.writestr(
            "xl/worksheets/s.xml",
            bomb
            + ']><worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&j;</t></is></c></row></sheetData>'
            "</worksheet>",
        )
    try:
        result = inputs.read([str(path)])
    except SourceError:
        return
    assert all(len(cell or "") < 1000 for table in result.tables for row in table.frame.rows() for cell in row)


def test_a_workbook_bomb_is_refused(tmp_path):
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/workbook.xml", "<workbook/>")
        package.writestr("xl/worksheets/sheet1.xml", b" " * (80 << 20))
    with pytest.raises(SourceError, match="refused"):
        tables(path)


def test_password_protected_workbook_is_a_clear_error(shared_data, monkeypatch, tmp_path):
    """The OLE container of an encrypted workbook has the streams EncryptionInfo and EncryptedPackage."""
    import python_calamine

    path = tmp_path / "locked.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))

    def refuse(_source):
        raise python_calamine.PasswordError("protected")

    monkeypatch.setattr(python_calamine, "load_workbook", refuse)
    with pytest.raises(SourceError, match="password") as caught:
        tables(path)
    assert "save a copy" in caught.value.hint


# ---------------------------------------------------------------------- several tables, lying ranges

CLIENTS = [["Id", "Nombre", "Email", "Teléfono"], *([i, "Ana", f"a{i}@b.es", f"+34 60000000{i}"] for i in range(1, 9))]
ORDERS = [["Pedido", "Cliente", "Importe"], *([f"P{i}", i, 12.5 * i] for i in range(1, 9))]
COUNTRIES = [["País", "Código"], ["España", "ES"], ["México", "MX"], ["Perú", "PE"]]


def put(sheet, row, column, rows):
    for i, cells in enumerate(rows):
        sheet.write_row(row + i, column, cells)


def test_several_tables_on_one_sheet(book):
    """One below the other with a title of its own, and one beside the first: each a table, none of them torn."""

    def fill(workbook):
        sheet = workbook.add_worksheet("Datos")
        sheet.merge_range("B2:E2", "Clientes 2024")
        put(sheet, 3, 1, CLIENTS)
        put(sheet, 3, 7, COUNTRIES)
        sheet.write(14, 1, "Pedidos")
        put(sheet, 15, 1, ORDERS)

    found = tables(book(fill))
    assert [(t.member, t.headers, t.frame.height) for t in found] == [
        (None, CLIENTS[0], 8), ("table 2", COUNTRIES[0], 3), ("table 3", ORDERS[0], 8),
    ]  # fmt: skip
    assert found[0].lines.to_list() == list(range(5, 13))
    assert found[2].lines.to_list() == list(range(17, 25))
    assert facts(found[2])["table"] == "3" and facts(found[2])["preamble"] == "1"


def test_gaps_in_a_table_do_not_divide_it(book):
    """Empty rows, empty columns between filled ones, names and values above: one table."""

    def fill(workbook):
        sheet = workbook.add_worksheet()
        put(sheet, 0, 0, [["Cliente:", "Acme"], ["Año:", 2024]])
        put(sheet, 4, 0, [["Id", "Nombre", "", "Email", "Teléfono"]])
        for i in range(12):
            sheet.write_row(5 + i + (i > 5) * 2, 0, [i, "Ana", "", f"a{i}@b.es", f"+34 6000000{i:02d}"])

    (table,) = tables(book(fill))
    assert table.headers == ["Id", "Nombre", "", "Email", "Teléfono"]
    assert table.frame.height == 12 and facts(table)["empty_rows"] == "2"


def test_columns_that_are_seldom_filled_stay_with_their_rows(book):
    def fill(workbook):
        sheet = workbook.add_worksheet()
        put(sheet, 0, 0, CLIENTS)
        put(sheet, 0, 5, [["Second e-mail", "Second phone"]])
        for row in (2, 5):
            sheet.write_row(row, 5, [f"x{row}@y.es", f"+34 61111111{row}"])

    (table,) = tables(book(fill))
    assert (table.frame.width, table.frame.height) == (7, 8)


def test_a_cell_in_the_last_corner_of_a_sheet(book):
    """Laid out in full the sheet would take 500 GB, and the reader would take the process down with it."""

    def fill(workbook):
        sheet = workbook.add_worksheet()
        sheet.merge_range("A1:B1", "Cliente")
        sheet.merge_range("C1:D1", "Contacto")
        put(sheet, 1, 0, CLIENTS)
        sheet.write_formula(9, 1, "=NA()", None, "#N/A")
        sheet.write(1_048_575, 16_383, " ")
        sheet.write_blank(900_000, 5_000, None, workbook.add_format({"bold": True}))

    (table,) = tables(book(fill))
    assert table.headers == ["Cliente Id", "Cliente Nombre", "Contacto Email", "Contacto Teléfono"]
    assert table.lines.to_list() == list(range(3, 11))
    assert table.frame.row(7)[1] == "#N/A"
    assert facts(table)["used_range"] == "cut"


def test_rows_behind_a_cut_keep_their_numbers(book):
    def fill(workbook):
        sheet = workbook.add_worksheet()
        put(sheet, 0, 0, CLIENTS)
        put(sheet, 700_000, 0, CLIENTS[1:3])
        sheet.write(5, 16_000, "x")

    (table,) = tables(book(fill))
    assert table.lines.to_list() == [*range(2, 10), 700_001, 700_002]
    assert table.frame.rows()[4][-1] == "x"
