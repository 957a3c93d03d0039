"""The ways of reading that only large files take: mapped, scanned by compiled code, parsed ahead of the scan."""

from __future__ import annotations

import pytest

from crmq.connectors import inputs
from crmq.connectors.delimited.scan import COMPILED_FROM

ROW = '{i},Person {i},p{i}@example.com,"Lima, Perú",{filler}\n'
FILLER = "x" * 400


@pytest.fixture(scope="module")
def lines():
    return ["id,name,email,city,notes\n", *(ROW.format(i=i, filler=FILLER) for i in range(1, 40_001))]


def read(tmp_path, lines, encoding="utf-8"):
    path = tmp_path / "large.csv"
    path.write_bytes("".join(lines).encode(encoding))
    assert path.stat().st_size > 2 * COMPILED_FROM
    (table,) = inputs.read([str(path)]).tables
    return table


def check(table, rows=40_000):
    assert table.frame.height == rows
    assert table.frame["city"].n_unique() == 1
    assert table.frame["city"][0] == "Lima, Perú"
    ids = table.frame["id"].cast(int)
    assert ids.is_sorted() and ids.n_unique() == rows


def test_clean(tmp_path, lines):
    table = read(tmp_path, lines)
    check(table)
    assert table.lines.to_list() == list(range(2, 40_002))


def test_disturbed(tmp_path, lines):
    """Blank lines, line ends in cells, short, long and broken rows in the midst of regular ones."""
    mixed = list(lines)
    mixed[100] = "\n" + mixed[100]
    mixed[200] = mixed[200].replace(FILLER, '"two\nlines"')
    mixed[300] = mixed[300].replace(",x", ",y,x")
    mixed[400] = mixed[400].replace(f",{FILLER}", "")
    mixed[500] = mixed[500].replace("Person 500", '"Person 500')
    table = read(tmp_path, mixed)
    check(table, 39_998)
    assert table.rejected["line"].to_list() == [303, 403]
    assert table.rejected["reason"].to_list() == ["too_many_cells", "too_few_cells"]
    by_id = dict(zip(table.frame["id"], table.lines, strict=True))
    assert [by_id[i] for i in ("99", "100", "200", "201", "40000")] == [100, 102, 202, 204, 40_003]
    assert table.frame.filter(table.frame["id"] == "500")["name"].to_list() == ['"Person 500']


@pytest.mark.parametrize("late", ["\0", "\udcf1"])
def test_what_the_samples_do_not_show(tmp_path, lines, late):
    mixed = list(lines)
    mixed[7_000] = mixed[7_000].replace("Person", f"P{late}erson")
    path = tmp_path / "large.csv"
    path.write_bytes("".join(mixed).encode("utf-8", "surrogateescape"))
    (table,) = inputs.read([str(path)]).tables
    check(table)
    assert table.frame["name"][6_999] == ("Person 7000" if late == "\0" else "Pñerson 7000")
    assert {fact.name for fact in table.facts} & {"nul_bytes", "mixed_encoding"}


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-8-sig"])
def test_encodings(tmp_path, lines, encoding):
    check(read(tmp_path, lines, encoding))


def test_notes_around(tmp_path, lines):
    table = read(tmp_path, ["Contacts\n", "\n", *lines, "\n", "Total: 40000 records\n"])
    check(table)
    assert table.lines[0] == 4
    facts = {fact.name: fact.value for fact in table.facts}
    assert (facts["preamble"], facts["footer"]) == ("2", "2")
