"""Delimited text as clients send it: one test per defect."""

from __future__ import annotations

import pytest

from crmq.connectors.encoding import detect
from crmq.errors import SourceError


def rows(table):
    return [list(row) for row in table.frame.rows()]


def facts(table):
    return {fact.name: fact.value for fact in table.facts}


CUSTOMERS = "id,name,email,city\n" + "".join(
    f"{i},Person {i},p{i}@example.com,{'Madrid' if i % 2 else 'Lima'}\n" for i in range(1, 61)
)
"""Enough rows to know what the columns look like."""


def test_cells_are_kept_as_they_stand(read_text):
    (table,) = read_text("id,code,name\n1,007, Ana \n2,,NULL\n")
    assert rows(table) == [["1", "007", " Ana "], ["2", None, "NULL"]]
    assert table.lines.to_list() == [2, 3]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", "~", "\x1e", ":"])
def test_delimiters(read_text, delimiter):
    text = "\n".join(
        delimiter.join(row) for row in (["id", "name", "city"], ["1", "Ana", "Lima"], ["2", "Eva", "Quito"])
    )
    (table,) = read_text(text)
    assert rows(table) == [["1", "Ana", "Lima"], ["2", "Eva", "Quito"]]


def test_decimal_commas_do_not_divide(read_text):
    (table,) = read_text("id;price;weight\n1;2,50;3,1\n2;4,75;0,8\n3;1,20;9,9\n")
    assert rows(table)[0] == ["1", "2,50", "3,1"]


def test_one_column(read_text):
    (table,) = read_text("email\na@b.co\nc@d.co\n")
    assert table.headers == ["email"]
    assert rows(table) == [["a@b.co"], ["c@d.co"]]


def test_sep_line_is_obeyed_and_is_no_row(read_text):
    (table,) = read_text("sep=;\nid;name\n1;a,b\n2;c,d\n")
    assert table.headers == ["id", "name"]
    assert table.lines.to_list() == [3, 4]


def test_single_quotes(read_text):
    (table,) = read_text("id,name,note\n1,'Pérez, Ana','it''s'\n2,'Gil, Eva','x'\n3,'Paz, Luz','y'\n")
    assert rows(table)[0] == ["1", "Pérez, Ana", "it's"]


def test_an_apostrophe_guard_is_no_quote(read_text):
    (table,) = read_text("id,phone\n'7210448301122,'+31612345678\n'7210448301123,'+31612345679\n")
    assert rows(table)[0] == ["'7210448301122", "'+31612345678"]


def test_blank_after_each_delimiter_is_left_out(read_text):
    (table,) = read_text('id, name, city\n1, Ana, "Lima, Perú"\n2,  Eva, Quito\n')
    assert table.headers == ["id", "name", "city"]
    assert rows(table) == [["1", "Ana", "Lima, Perú"], ["2", " Eva", "Quito"]]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_line_ends(read_text, line_end):
    (table,) = read_text(line_end.join(["id,name", "1,Ana", '2,"Eva' + line_end + 'Paz"', "3,Luz", ""]))
    assert rows(table) == [["1", "Ana"], ["2", f"Eva{line_end}Paz"], ["3", "Luz"]]
    assert table.lines.to_list() == [2, 3, 5]


def test_mixed_line_ends(read_text):
    (table,) = read_text("id,name\r\n1,Ana\n2,Eva\r3,Luz\r\n")
    assert rows(table) == [["1", "Ana"], ["2", "Eva"], ["3", "Luz"]]


def test_short_rows_are_padded_and_counted(read_text):
    (table,) = read_text("id,name,city\n1,Ana,Lima\n2,Eva\n3\n4,Luz,Quito\n")
    assert rows(table) == [["1", "Ana", "Lima"], ["2", "Eva", None], ["3", None, None], ["4", "Luz", "Quito"]]
    assert facts(table)["padded_rows"] == "2"


def test_surplus_cells_reject_the_row(read_text):
    (table,) = read_text("id,name,city\n1,Ana,Lima\n2,Eva,Paz,Quito\n3,Luz,Lima\n")
    assert [row[0] for row in rows(table)] == ["1", "3"]
    assert table.rejected.rows() == [(3, "too_many_cells", "2,Eva,Paz,Quito")]
    assert table.physical_rows == 3


def test_surplus_empty_cells_are_trailing_delimiters(read_text):
    (table,) = read_text("id,name\n1,Ana,,\n2,Eva\n3,Luz\n")
    assert rows(table) == [["1", "Ana"], ["2", "Eva"], ["3", "Luz"]]
    assert table.rejected.height == 0


def test_trailing_delimiters_on_every_line(read_text):
    (table,) = read_text("id,name,\n1,Ana,\n2,Eva,\n")
    assert table.headers == ["id", "name"]
    assert facts(table)["trailing_delimiters"] == "1"


def test_a_shifted_row_is_never_taken_for_a_whole_one(read_text):
    text = CUSTOMERS + "61,Person 61p61@example.com,Lima\n" + "62,,Person 62,p62@example.com,Lima\n"
    (table,) = read_text(text)
    assert table.rejected["line"].to_list() == [62]
    assert table.rejected["reason"].to_list() == ["too_few_cells"]
    assert rows(table)[-1] == ["62", "Person 62", "p62@example.com", "Lima"]
    assert facts(table)["mended_rows"] == "1"


def test_an_unclosed_quote_costs_one_row(read_text):
    text = CUSTOMERS.replace("5,Person 5,", '5,"Person 5,').replace('15,"Person 15,', "15,Person 15,")
    (table,) = read_text(text)
    assert table.physical_rows == 60
    assert table.rejected.height == 0
    assert all(row[2].endswith("@example.com") for row in rows(table))
    assert [row[1] for row in rows(table) if row[0] == "5"] == ['"Person 5']


def test_unescaped_quotes_inside_a_quoted_cell(read_text):
    (table,) = read_text('id,size,name\n1,"5" x 3", "big" one",Ana\n2,"4",Eva\n3,"6",Luz\n')
    assert rows(table)[0] == ["1", '5" x 3", "big" one', "Ana"]


def test_a_quote_that_opens_in_one_cell_and_closes_in_another_is_not_guessed(read_text):
    (table,) = read_text('id,name,note\n1,Ana,x\n2,Eva"Paz, Luz"\n3,Luz,y\n')
    assert table.rejected.rows() == [(3, "broken_quotes", '2,Eva"Paz, Luz"')]


def test_backslash_escapes(read_text):
    (table,) = read_text('id,name\n1,"a \\"b\\" c, d"\n2,"e\\\\f"\n3,"g"\n')
    assert rows(table) == [["1", 'a "b" c, d'], ["2", "e\\f"], ["3", "g"]]


def test_blank_and_empty_lines(read_text):
    (table,) = read_text("id,name\n\n1,Ana\n   \n,\n2,Eva\n\n")
    assert rows(table) == [["1", "Ana"], ["2", "Eva"]]
    assert table.lines.to_list() == [3, 6]
    assert facts(table)["blank_lines"] == "3"
    assert facts(table)["empty_rows"] == "1"


def test_notes_above_the_header(read_text):
    notes = 'Notes:\n"When exporting, some addresses are missing"\n\n'
    text = notes + "First Name,Last Name,Connected On\nAna,Gil,01 Feb 2024\nEva,Paz,03 Mar 2024\n"
    (table,) = read_text(text)
    assert table.headers == ["First Name", "Last Name", "Connected On"]
    assert table.lines.to_list() == [5, 6]
    assert facts(table)["preamble"] == "3"


def test_footer_of_a_report(read_text):
    text = '"Account Name","Amount","Created"\n"Acme","12.50","2024-01-02"\n"Beta","7.00","2024-01-03"\n\n'
    text += '"Grand Totals (2 records)"\n\n"Confidential Information - Do Not Distribute"\n'
    text += '"Copyright © 2000-2024 salesforce.com, inc."\n'
    (table,) = read_text(text)
    assert [row[0] for row in rows(table)] == ["Acme", "Beta"]
    assert facts(table)["footer"] == "5"


def test_totals_are_no_data(read_text):
    (table,) = read_text(
        CUSTOMERS.replace("email,city", "amount,date").replace("@example.com", ".50") + "Total,,1830.00,\n"
    )
    assert table.frame.height == 60
    assert facts(table)["footer"] == "1"


def test_a_short_last_row_is_data(read_text):
    (table,) = read_text("id,name,city,zip\n1,Ana,Lima,15001\n2,Eva,Quito,17001\n3,Luz\n")
    assert rows(table)[-1] == ["3", "Luz", None, None]


def test_comments(read_text):
    (table,) = read_text("# made by hand\nid,name\n1,Ana\n# the next one is new\n2,Eva\n")
    assert table.headers == ["id", "name"]
    assert rows(table) == [["1", "Ana"], ["2", "Eva"]]


def test_order_numbers_are_no_comments(read_text):
    (table,) = read_text("Name,Email,Total\n#1001,a@x.co,5\n#1002\n#1003,b@x.co,7\n")
    assert [row[0] for row in rows(table)] == ["#1001", "#1002", "#1003"]


def test_short_rows_in_a_row_are_no_second_table(read_text):
    text = "id,name,city,zip\n1,Ana,Lima,15001\n2,Eva,Ica,11001\nAcme,Beta\nGamma,2024\nDelta,2025\n3,Luz,Puno,21001\n"
    (table,) = read_text(text)
    assert table.frame.height == 6


@pytest.mark.parametrize(
    "text",
    [
        "1,Ana,2024-01-02\n2,Eva,2024-01-03\n3,Luz,2024-01-04\n",
        "ana@x.co,Ana\neva@x.co,Eva\nluz@x.co,Luz\n",
        "4,5,6\n",
    ],
)
def test_a_table_without_header_loses_no_row(read_text, text):
    (table,) = read_text(text)
    assert table.frame.height == text.count("\n")
    assert table.frame.columns[0] == "column_1"
    assert not any(table.headers)
    assert facts(table)["header_line"] == "none"


@pytest.mark.parametrize(
    "header", ["id,name,created", "Musei,2011,2010", "Nombre,Apellidos,Fecha de creación", "a,b,c", "Id,,Date"]
)
def test_a_header_is_no_row(read_text, header):
    (table,) = read_text(header + "\n1,23.8,2024-01-02\n2,17.5,2024-01-03\n3,in repair,2024-01-04\n")
    assert table.headers == header.split(",")
    assert table.frame.height == 3


def test_only_a_header(read_text):
    (table,) = read_text("id,name,email\n")
    assert table.headers == ["id", "name", "email"]
    assert table.frame.height == 0


def test_header_over_two_rows(read_text):
    (table,) = read_text(
        "Billing,,Shipping,\nStreet,City,Street,City\nCalle 1,Lima,Calle 2,Cusco\nCalle 3,Ica,Calle 4,Puno\n"
    )
    assert table.headers == ["Billing Street", "Billing City", "Shipping Street", "Shipping City"]
    assert facts(table)["header_line"] == "1-2"
    assert rows(table)[-1] == ["Calle 3", "Ica", "Calle 4", "Puno"]


def test_repeated_and_empty_headers(read_text):
    (table,) = read_text("Name,Email,,Email\nAna,a@x.co,1,b@x.co\nEva,c@x.co,2,d@x.co\n")
    assert table.headers == ["Name", "Email", "", "Email"]
    assert table.frame.columns == ["Name", "Email", "column_3", "Email (2)"]


def test_a_second_table_below_is_a_table_of_its_own(read_text):
    first, second = read_text("id,name\n1,Ana\n2,Eva\ncode,label,since\nA,Alpha,2020\nB,Beta,2021\n")
    assert first.headers == ["id", "name"] and first.frame.height == 2
    assert second.headers == ["code", "label", "since"] and second.lines.to_list() == [5, 6]
    assert second.member == "table 2"


def test_a_repeated_header_divides(read_text):
    first, second = read_text("id,name\n1,Ana\n2,Eva\nid,name\n3,Luz\n")
    assert first.lines.to_list() == [2, 3]
    assert rows(second) == [["3", "Luz"]] and second.lines.to_list() == [5]


def test_row_names_without_a_label(read_text):
    (table,) = read_text('"name","age"\n"1","Ana",30\n"2","Eva",40\n"3","Luz",50\n')
    assert table.headers == ["", "name", "age"]


def test_nul_characters_are_taken_out_and_told(read_text):
    (table,) = read_text(b"id,name\n1,A\0na\n2,\0\n")
    assert rows(table) == [["1", "Ana"], ["2", None]]
    assert facts(table)["nul_bytes"] == "2"


def test_lone_surrogates_become_replacement_characters(read_text):
    (table,) = read_text(b"id,name\n1,\xed\xa0\x80x\n2,\xed\xa0\xbd\xed\xb8\x80\n3,\xc3\xa9\n")
    assert rows(table) == [["1", "\ufffdx"], ["2", "😀"], ["3", "é"]]
    assert facts(table)["lone_surrogates"] == "1"


def test_a_ten_megabyte_cell(read_text):
    big = "x" * 10_000_000
    (table,) = read_text(f'id,text\n1,"{big}"\n2,y\n')
    assert table.frame["text"].str.len_bytes().to_list() == [10_000_000, 1]


def test_multi_character_terminators(read_text):
    (table,) = read_text('1+|Ana\nGil+|<a b="c"/>&|\n2+|Eva+|x&|\n3+|Luz+|&|\n')
    assert rows(table) == [["1", "Ana\nGil", '<a b="c"/>'], ["2", "Eva", "x"], ["3", "Luz", None]]
    assert table.lines.to_list() == [1, 3, 4]


def test_a_file_that_is_half_utf8_and_half_a_code_page(read_text):
    """Two exports put one after the other: neither half may become mojibake."""
    lines = [f"{i};José;Núñez Peña;Málaga" for i in range(40)]
    data = "Nº;Nombre;Apellidos;Ciudad\n".encode() + "\n".join(lines[:15]).encode() + b"\n"
    (table,) = read_text(data + "\n".join(lines[15:]).encode("cp1252"))
    assert [";".join(row) for row in table.frame.rows()] == lines
    assert table.headers[0] == "Nº"
    assert "mixed" in facts(table)["encoding"] and "mixed_encoding" in facts(table)


def test_capitals_and_signs_of_a_code_page_are_no_utf8(read_text):
    """Neighbours that happen to be a valid sequence (a capital and a sign) do not make a text UTF-8."""
    text = "".join(f"{i};MÜLLER Ñ° {i};«CAFÉ»;Ã\xa0;Año\n" for i in range(30))
    (table,) = read_text(("id;n;c;x;y\n" + text).encode("cp1252"))
    assert table.frame.row(0) == ("0", "MÜLLER Ñ° 0", "«CAFÉ»", "Ã\xa0", "Año")


def test_delimiters_at_the_end_of_rows_but_not_of_the_header(read_text):
    """Numbered rows of one cell more than the header are no row names when that cell always is empty."""
    (table,) = read_text("Id,Name,Email\n" + "".join(f"{i},Ana {i},a{i}@b.es,\n" for i in range(1, 30)))
    assert table.headers == ["Id", "Name", "Email"]
    assert table.frame.row(0) == ("1", "Ana 1", "a1@b.es")


def test_mixed_encodings_in_one_file(read_text):
    good = "".join(f"{i},Núñez\n" for i in range(20)).encode()
    (table,) = read_text(b"id,name\n" + good + "99,Peña\n".encode("cp1252"))
    assert rows(table)[-1] == ["99", "Peña"]
    assert facts(table)["mixed_encoding"] == "1"


SPANISH = "id;nombre;ciudad\n1;José Núñez Peña;Málaga\n2;Íñigo Güell;Cádiz\n3;María Ibáñez;León\n"


@pytest.mark.parametrize(
    ("codec", "label"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("cp1252", "Windows-1252"), ("latin-1", "Windows-1252"),
     ("cp850", "DOS 850"), ("mac_roman", "Mac Roman"), ("utf-16", "UTF-16 LE"), ("utf-16-le", "UTF-16 LE"),
     ("utf-16-be", "UTF-16 BE"), ("utf-32", "UTF-32 LE"), ("ascii", "ASCII")],
)  # fmt: skip
def test_encodings(read_text, codec, label):
    text = SPANISH.encode(codec, "replace").decode(codec)
    assert detect(text.encode(codec)).label == label
    (table,) = read_text(text.encode(codec))
    assert rows(table)[0][1] == text.splitlines()[1].split(";")[1]


def test_encoding_asked_for(read_text):
    text = "id,όνομα\n1,Αλέξανδρος\n2,Μύρων\n"
    (table,) = read_text(text.encode("iso-8859-7"), encoding="iso-8859-7")
    assert rows(table)[0] == ["1", "Αλέξανδρος"]
    with pytest.raises(SourceError, match="no encoding"):
        read_text(b"a,b\n", encoding="klingon")


def test_delimiter_asked_for(read_text):
    (table,) = read_text("a;b,c\n1;2,3\n", delimiter=",")
    assert table.headers == ["a;b", "c"]


def test_truncated_utf16_is_a_clear_error(read_text):
    with pytest.raises(SourceError, match="breaks off"):
        read_text("id,name\n1,Ana\n".encode("utf-16") + b"\x41")


def test_reading_is_the_same_for_shuffled_rows(read_text):
    lines = CUSTOMERS.splitlines()
    (forward,) = read_text("\n".join(lines))
    (backward,) = read_text("\n".join([lines[0], *reversed(lines[1:])]))
    assert sorted(forward.frame.rows()) == sorted(backward.frame.rows())


# ---------------------------------------------------------------------- no delimiter at all

WIDTHS = (8, 10, 16, 24, 16, 12)
PEOPLE = [
    [f"{i:05d}", ("José", "Ana", "Lucía")[i % 3], ("Muñoz Peña", "García", "Íñiguez Vega")[i % 3], f"c{i}@acme.es",
     f"+34 6{i:08d}", f"{1000 + 37 * i},50"] for i in range(1, 41)
]  # fmt: skip
LABELS = ["NUM", "NOMBRE", "APELLIDOS", "EMAIL", "TELEFONO", "IMPORTE"]


def padded(cells, right=False):
    last = cells[-1].rjust(WIDTHS[-1]) if right else cells[-1].ljust(WIDTHS[-1])
    return "".join(cell.ljust(width) for cell, width in zip(cells[:-1], WIDTHS, strict=False)) + last


@pytest.mark.parametrize("right", [False, True])
@pytest.mark.parametrize("codec", ["utf-8", "cp1252"])
def test_fixed_width(read_text, right, codec):
    lines = [padded(cells, right) for cells in [LABELS, *PEOPLE]]
    (table,) = read_text("\r\n".join(lines).encode(codec))
    assert table.headers == LABELS
    assert rows(table) == PEOPLE
    assert table.lines.to_list() == list(range(2, 42))
    assert facts(table)["delimiter"] == "none (fixed width)"
    assert facts(table)["columns"].startswith("1-5, 9-")


def test_fixed_width_without_header_and_with_notes(read_text):
    text = "\n".join(padded(cells) for cells in PEOPLE)
    (table,) = read_text(text)
    assert rows(table) == PEOPLE and facts(table)["header_line"] == "none"
    notes = "Listado de clientes activos\n\n" + padded(LABELS) + "\n" + text + "\n\nFin del listado\n"
    (table,) = read_text(notes)
    assert (table.headers, rows(table)) == (LABELS, PEOPLE)
    assert table.lines[0] == 4


def test_fixed_width_cells_that_have_grown_together_are_set_aside(read_text):
    """A right-aligned number that touches the cell before it could be cut anywhere: nothing is guessed."""
    text = "\n".join(padded(cells, right=True) for cells in [LABELS, *PEOPLE])
    whole = padded([*PEOPLE[0][:4], "+34 600 000 000x", "123456789,50"], right=True)
    (table,) = read_text(f"{text}\n{whole}\n{padded(PEOPLE[1], right=True)}")
    assert rows(table) == [*PEOPLE, PEOPLE[1]]
    assert table.rejected.rows() == [(42, "too_few_cells", whole)]


@pytest.mark.parametrize(
    "shell",
    [
        " id | name  | email\n----+-------+--------\n"
        + "\n".join(f" {i:2} | Ana {i} | a{i}@b.c" for i in range(1, 9))
        + "\n(8 rows)\n",
        "+----+-------+--------+\n| id | name  | email  |\n+----+-------+--------+\n"
        + "".join(f"| {i:2} | Ana {i} | a{i}@b.c |\n" for i in range(1, 9))
        + "+----+-------+--------+\n8 rows in set (0.00 sec)\n",
        "\n".join(["id name   email", "-- ------ -------", *(f"{i:<2} Ana {i}  a{i}@b.c" for i in range(1, 9))])
        + "\n\n(8 rows affected)\n",
    ],
    ids=["psql", "mysql", "sqlcmd"],
)  # fmt: skip
def test_what_database_shells_print(read_text, shell):
    (table,) = read_text(shell)
    assert table.headers == ["id", "name", "email"]
    assert rows(table) == [[str(i), f"Ana {i}", f"a{i}@b.c"] for i in range(1, 9)]
    assert "footer" in facts(table)


def test_padded_cells_between_delimiters_are_no_fixed_width(read_text):
    text = "".join(f"{i:<6};{'Ana':<10};{f'a{i}@b.es':<20};{i * 3:>8},50\n" for i in range(1, 40))
    (table,) = read_text("id    ;nombre    ;email               ;importe    \n" + text)
    assert facts(table)["delimiter"] == "semicolon"
    assert table.frame.shape == (39, 4)
