"""Marks, codes and codings of a system are undone before cells are read; the table as read stays beside it."""

from __future__ import annotations

import csv

from crmq.mapping import MappingSettings, map_tables
from crmq.mapping.apply import TRIAL

F0101 = {
    "ABAN8": ["1", "2"], "ABALPH": ["Textil Aurora SL", "Ana Ruiz"], "ABAT1": ["C", "C"], "ABTAXC": ["C", "P"],
    "ABUPMJ": ["125001", "99365"], "ABUPMT": ["93005", None],
}  # fmt: skip
META = {
    "id": ["l:1203847562910384756", "l:2"], "created_time": ["2026-08-21T12:12:17-05:00"] * 2, "ad_id": ["ag:1"] * 2,
    "form_id": ["f:1"] * 2, "is_organic": ["false"] * 2, "platform": ["fb"] * 2,
    "full_name": ["Ana Ruiz", "<test lead: dummy data for full_name>"], "phone_number": ["p:+34612405918", None],
}  # fmt: skip


def only(result):
    (mapped,) = result.tables
    return mapped


def test_cells_are_decoded_and_columns_made(table):
    mapped = only(map_tables([table(F0101)], MappingSettings()))
    frame = mapped.raw.frame
    assert frame["ABTAXC"].to_list() == ["company", "person"]
    assert frame["ABUPMJ"].to_list() == ["2025-01-01", "1999-12-31"]
    assert frame["ABUPMJ + ABUPMT"].to_list() == ["2025-01-01 09:30:05", "1999-12-31"]
    assert mapped.raw.headers == frame.columns == [*F0101, "ABUPMJ + ABUPMT"]
    assert [m.header for m in mapped.mapped_to("modified_at")] == ["ABUPMJ + ABUPMT"]
    assert "ABUPMJ" in mapped.unmapped


def test_the_table_as_read_stays(table):
    raw = table(F0101)
    mapped = only(map_tables([raw], MappingSettings()))
    assert mapped.origin is raw


def test_a_table_without_codings_is_not_copied(table):
    mapped = only(map_tables([table({"first_name": ["Ana"], "last_name": ["Ruiz"]})], MappingSettings()))
    assert mapped.origin is None


def test_a_made_column_gives_way_to_one_of_its_name(table):
    columns = F0101 | {"ABUPMJ + ABUPMT": ["x", "y"]}
    mapped = only(map_tables([table(columns)], MappingSettings()))
    assert mapped.raw.frame["ABUPMJ + ABUPMT"].to_list() == ["x", "y"]
    assert mapped.raw.frame["ABUPMJ + ABUPMT (2)"].to_list() == ["2025-01-01 09:30:05", "1999-12-31"]


def test_a_made_column_needs_all_its_parts(table):
    columns = {k: v for k, v in F0101.items() if k != "ABUPMT"}
    mapped = only(map_tables([table(columns)], MappingSettings()))
    assert mapped.raw.frame.columns == list(columns)
    assert [m.header for m in mapped.mapped_to("modified_at")] == ["ABUPMJ"]


def test_trial_rows_are_left_out_with_their_reason(table):
    mapped = only(map_tables([table(META)], MappingSettings()))
    assert mapped.excluded.rows() == [(1, TRIAL, None)]
    assert mapped.raw.frame["id"].to_list() == ["1203847562910384756", "2"]
    assert mapped.raw.frame["phone_number"].to_list() == ["+34612405918", None]


def test_trial_rows_find_their_place_when_sources_are_told_apart(table):
    columns = META | {"brand": ["a", "b"]}
    result = map_tables([table(columns)], MappingSettings(source_column="brand"))
    assert {t.source: t.excluded.rows() for t in result.tables} == {"a": [], "b": [(0, TRIAL, None)]}


def test_numbered_columns_keep_their_number(table):
    columns = {
        "First Name": ["Ana"], "Last Name": ["Ruiz"], "Labels": [None],
        "Address 2 - Street": ["Rúa Nova 3"], "Address 2 - City": ["Lugo"],
        "Address 1 - Street": ["Gran Vía 1"], "Address 1 - City": ["Madrid"],
        "Phone 2 - Value": ["915551234"], "Phone 1 - Value": ["612405918"],
    }  # fmt: skip
    mapped = only(map_tables([table(columns)], MappingSettings()))
    assert mapped.system == "google_contacts"
    slots = {m.header: (m.field, m.slot) for m in mapped.fields}
    assert slots["Phone 1 - Value"] == ("phone", 1)
    assert slots["Phone 2 - Value"] == ("phone", 2)
    assert slots["Address 1 - Street"] == ("street", 1)
    assert slots["Address 1 - City"] == ("city", 1)
    assert slots["Address 2 - Street"] == ("street", 2)
    assert slots["Address 2 - City"] == ("city", 2)
    assert all(m.subscription is None for m in mapped.fields)


def test_quarantined_rows_are_handed_back_as_they_came(tmp_path, cli):
    """Through the real command: the good and the bad rows have the cells and columns of the file."""
    source = tmp_path / "leads.csv"
    with source.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(META)
        writer.writerows(zip(*META.values(), strict=True))
    code, _out, err = cli("validate", source, "--out", tmp_path / "gate")
    assert code in (0, 1), err
    back = []
    for name in ("clean.csv", "quarantine.csv"):
        with (tmp_path / "gate" / name).open(encoding="utf-8") as file:
            rows = list(csv.reader(file))
            assert rows[0][: len(META)] == list(META)
            back += [row[: len(META)] for row in rows[1:]]
    assert sorted(back) == sorted([cell or "" for cell in row] for row in zip(*META.values(), strict=True))
