"""mapping.yaml: written, read back, edited, and held against later exports."""

from __future__ import annotations

import pytest

from crmq.errors import ConfigError, OutputError
from crmq.mapping import MappingSettings, load_saved, map_tables, write_saved

COLUMNS = {
    "Record ID": ["1", "2"], "First Name": ["Ana", "Eva"], "Last Name": ["Ruiz", "Gil"],
    "Email": ["ana@mail.mx", "eva@mail.mx"], "Phone Number": ["+52 55 1234 5678", "+34 600 123 123"],
    "Lifecycle Stage": ["lead", "customer"], "Unsubscribed from all email": ["true", None],
    "Segmento: VIP, #1": ["a", "b"], "Fecha 'rara'": ["2024-01-01", "2024-01-02"], "yes": ["q", "w"],
}  # fmt: skip


@pytest.fixture
def written(table, tmp_path):
    result = map_tables([table(COLUMNS, path="contacts-2026-01.csv")], MappingSettings())
    path = tmp_path / "mapping.yaml"
    write_saved(path, result)
    return path, result


def again(table, saved, columns, path="contacts-2026-02.csv"):
    result = map_tables([table(columns, path=path)], MappingSettings(), load_saved(saved))
    return result, [(r["rule_id"], r["value"]) for r in result.findings.iter_rows(named=True)]


def test_round_trip_changes_nothing(table, written):
    path, first = written
    second, changes = again(table, path, COLUMNS)
    assert changes == []
    before = {f.header: (f.field, f.usage, f.slot, f.granted, f.denied, f.channel) for f in first.tables[0].fields}
    after = {f.header: (f.field, f.usage, f.slot, f.granted, f.denied, f.channel) for f in second.tables[0].fields}
    assert before == after
    assert {f.source for f in second.tables[0].fields} == {"user"}
    assert (second.tables[0].system, second.tables[0].source) == ("hubspot", "hubspot")


def test_the_file_tells_people_what_it_is(written):
    text = written[0].read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert "confidence: 0.98" in text
    assert "denied: [any yes]" in text.replace('"', "")
    assert '"Segmento: VIP, #1"' in text
    assert '"yes": {field: null' in text


def test_edits_are_obeyed(table, written):
    path, _result = written
    text = path.read_text(encoding="utf-8")
    text = text.replace('"Segmento: VIP, #1": {field: null', '"Segmento: VIP, #1": {field: customer_no')
    text = text.replace('"yes": {field: null', '"yes": {ignore: true')
    text = text.replace("Phone Number: {field: phone, usage: work", "Phone Number: {field: phone, usage: whatsapp")
    path.write_text(text, encoding="utf-8")
    result, _changes = again(table, path, COLUMNS)
    (mapped,) = result.tables
    fields = {f.header: (f.field, f.usage) for f in mapped.fields}
    assert fields["Segmento: VIP, #1"] == ("customer_no", None)
    assert fields["Phone Number"] == ("phone", "whatsapp")
    assert "yes" not in mapped.unmapped


def test_new_vanished_and_renamed_columns_are_findings(table, written):
    later = {k: v for k, v in COLUMNS.items() if k not in ("Lifecycle Stage", "First Name")}
    later["first name "] = COLUMNS["First Name"]
    later["Mobile Phone Number"] = ["+52 55 0000 1111", None]
    later["Otra cosa"] = ["u", "v"]
    result, changes = again(table, written[0], later)
    assert sorted(changes) == [
        ("MAP-001", "Mobile Phone Number"), ("MAP-001", "Otra cosa"), ("MAP-002", "Lifecycle Stage"),
        ("MAP-003", "first name "),
    ]  # fmt: skip
    fields = {f.header: f.field for f in result.tables[0].fields}
    assert fields["first name "] == "given_name"
    assert fields["Mobile Phone Number"] == "phone"
    severities = dict(result.findings.select("rule_id", "severity").iter_rows())
    assert severities == {"MAP-001": "info", "MAP-002": "warning", "MAP-003": "warning"}
    positions = {r["value"]: r["column"] for r in result.findings.iter_rows(named=True)}
    assert positions["Otra cosa"] == list(later).index("Otra cosa") + 1


def test_numbered_columns_are_not_renames_of_each_other(table, tmp_path):
    columns = {"Nombre": ["Ana Ruiz"], "email": ["a@b.mx"], "email 2": ["c@d.mx"]}
    path = tmp_path / "mapping.yaml"
    write_saved(path, map_tables([table(columns)], MappingSettings()))
    _result, changes = again(
        table, path, {"Nombre": ["Ana Ruiz"], "email": ["a@b.mx"], "email 3": ["x@y.mx"]}, "data.csv"
    )
    assert sorted(changes) == [("MAP-001", "email 3"), ("MAP-002", "email 2")]


def test_tables_that_come_and_go(table, written):
    others = {"sku": ["1", "2"], "producto": ["a", "b"]}
    result, changes = again(table, written[0], others, "productos.csv")
    assert [rule for rule, _value in changes] == ["MAP-004", "MAP-005"]
    assert result.tables[0].object == "other"


def test_parts_keep_their_own_decisions(table, tmp_path):
    columns = {
        "Id": ["001A", "001B"], "IsDeleted": ["false"] * 2, "MasterRecordId": [None] * 2, "ParentId": [None] * 2,
        "Name": ["Acme SA", "Ana Ruiz"], "BillingStreet": ["Calle 1"] * 2, "LastName": [None, "Ruiz"],
        "IsPersonAccount": ["false", "true"],
    }  # fmt: skip
    path = tmp_path / "mapping.yaml"
    first = map_tables([table(columns, path="Account.csv")], MappingSettings())
    write_saved(path, first)
    second = map_tables([table(columns, path="Account.csv")], MappingSettings(), load_saved(path))
    assert second.findings.is_empty()
    for before, after in zip(first.tables, second.tables, strict=True):
        assert {(f.header, f.field) for f in before.fields} == {(f.header, f.field) for f in after.fields}
        assert before.entities == after.entities


@pytest.mark.parametrize(
    ("text", "what", "line"),
    [
        ("version: 1\ntables:\n  - table: x\n    columns:\n      A: {field: emial}\n", "emial", 5),
        ("version: 1\ntables:\n  - table: x\n    sistem: y\n    columns: {}\n", "sistem", 4),
        ("version: 1\ntables:\n  - table: x\n    system: hubspt\n    columns: {}\n", "hubspt", 4),
        ("version: 9\ntables: []\n", "9", 1),
        ("version: 1\ntables: [\n", "YAML", None),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(tmp_path, text, what, line):
    path = tmp_path / "mapping.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        load_saved(path)
    assert what in str(error.value)
    if line:
        assert (error.value.where or "").startswith(f"{path}:{line}:")


def test_a_place_that_cannot_be_written(written, tmp_path):
    with pytest.raises(OutputError):
        write_saved(tmp_path / "no" / "such" / "mapping.yaml", written[1])
