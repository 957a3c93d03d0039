"""Several exports of one system and object: deliveries over time, deltas, parts, and files that stay apart."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmq.mapping import MappingSettings, SourceOverride, map_tables
from crmq.mapping.deliveries import SUPERSEDED
from crmq.mapping.naming import delivery_date, folder_stem
from crmq.model.raw import RawTable

HEADERS = ("Record ID", "First Name", "Last Name", "Email", "Contact owner", "Last Modified Date")


def row(number: int, *, name: str = "Ana", day: str = "2026-01-01", id_: str | None = None) -> tuple[str, ...]:
    return (id_ or str(number), f"{name}{number}", f"Ruiz{number}", f"a{number}@acme.mx", "Eva", f"{day} 10:00")


def write(path: Path, rows: list[tuple[str, ...]], headers: tuple[str, ...] = HEADERS) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([",".join(headers), *(",".join(r) for r in rows)]) + "\n", encoding="utf-8")
    return path


def raw(name: str, rows: list[tuple[str, ...]], headers: tuple[str, ...] = HEADERS, **rest: object) -> RawTable:
    frame = pl.DataFrame(rows, schema=dict.fromkeys(headers, pl.String), orient="row")
    lines = pl.Series(range(2, len(rows) + 2), dtype=pl.UInt32)
    return RawTable(name, frame, lines, list(headers), **rest)  # type: ignore[arg-type]


def kinds(result) -> dict[str, str]:
    return {one.file: one.kind for one in result.deliveries}


def left_out(result) -> set[tuple[str, str, str]]:
    """Return file and id of each superseded row, with the file that superseded it."""
    found = set()
    for table in result.tables:
        ids = table.raw.frame[table.mapped_to("record_id")[0].header] if table.mapped_to("record_id") else None
        for place, reason, by in table.excluded.iter_rows():
            if reason == SUPERSEDED:
                found.add((table.raw.file, ids[place] if ids is not None else str(place), by))
    return found


def told(result) -> list[tuple[str, str | None]]:
    return sorted((f["rule_id"], f["record_id"]) for f in result.findings.iter_rows(named=True))


@pytest.fixture
def months(tmp_path: Path) -> Path:
    """Three deliveries: record 2 vanishes, 1 comes back in a delta, 30 gets another id, 3 changes its name."""
    folder = tmp_path / "exports"
    write(folder / "contacts-2026-01.csv", [row(n) for n in range(1, 41)])
    february = [row(n, name="Lola" if n == 3 else "Ana", day="2026-02-01") for n in range(3, 45) if n != 30]
    write(folder / "contacts-2026-02.csv", [*february, row(30, id_="930")])
    write(folder / "contacts-2026-03.csv", [row(1, name="Zoe", day="2026-03-01"), row(50)])
    return folder


def test_the_newest_row_is_the_state_and_the_balance_closes(cli, months, tmp_path):
    run = tmp_path / "run"
    code, _out, err = cli("dedupe", months, "-o", run, "--format", "json")
    assert code == 0, err
    records = pl.read_parquet(run / "tables" / "records.parquet")
    assert records.height == records["record_id"].n_unique() == 46
    names = dict(records.select("record_id", "given_name").iter_rows())
    assert (names["1"], names["3"], names["2"], names["30"], names["930"]) == (
        "Zoe1",
        "Lola3",
        "Ana2",
        "Ana30",
        "Ana30",
    )
    ledger = pl.read_parquet(run / "ledger.parquet")
    assert ledger.height == 84
    older = ledger.filter(pl.col("reason") == SUPERSEDED)
    assert older["disposition"].unique().to_list() == ["excluded"]
    by = {Path(file).name: n for file, n in older["superseded_by"].value_counts().iter_rows()}
    assert by == {"contacts-2026-02.csv": 37, "contacts-2026-03.csv": 1}
    assert ledger.filter(pl.col("reason").is_null())["superseded_by"].null_count() == 46
    assert cli("consolidate", run)[0] == 0
    crosswalk = pl.read_csv(run / "golden" / "crosswalk.csv", infer_schema=False)
    assert crosswalk.filter(pl.col("state") == "excluded")["superseded_by"].null_count() == 0


def test_map_and_inspect_say_what_each_file_is(cli, months):
    _code, out, _err = cli("map", months, "--format", "json")
    found = json.loads(out)
    one, two, three = found["deliveries"]
    assert (one["kind"], one["moment"], one["superseded"]) == ("first", "2026-01", 38)
    assert (two["kind"], two["new"], two["vanished"], two["renamed"]) == ("full", 5, 2, 1)
    assert (three["kind"], three["new"], three["returned"], three["vanished"]) == ("delta", 1, 1, 0)
    assert "0% of the 42" in three["why"]
    assert [(f["rule_id"], f["record_id"]) for f in found["findings"]] == [
        ("MAP-007", "2"), ("MAP-008", "1"), ("MAP-009", "30"),
    ]  # fmt: skip
    assert "930" in found["findings"][2]["message"]
    assert json.loads(cli("inspect", months, "--format", "json")[1])["deliveries"] == found["deliveries"]
    for command in ("map", "inspect"):
        for columns in (80, 120):
            text = cli(command, months, columns=columns)[1]
            section = text[text.index("Deliveries") :].partition("\n\n")[0]
            assert all(len(line.rstrip()) <= columns for line in section.splitlines())
            assert "contacts-2026-02.csv" in text
            assert "delta" in text


def test_validate_has_the_changes_among_its_findings(cli, months):
    found = json.loads(cli("validate", months, "--format", "json", "--allow-not-evaluated")[1])
    told_of = {f["record_id"]: f["message"] for f in found["stage_findings"]}
    assert {"1", "2", "30"} <= set(told_of)
    assert "not in" in told_of["2"]


def test_a_single_file_is_no_delivery(cli, months):
    found = json.loads(cli("map", months / "contacts-2026-01.csv", "--format", "json")[1])
    assert found["deliveries"] == []


def test_parts_of_one_export_are_united():
    one, two = [row(n) for n in range(1, 20)], [row(n) for n in range(20, 40)]
    result = map_tables([raw("x/contacts_1.csv", one), raw("x/contacts_2.csv", two)], MappingSettings())
    assert {t.source for t in result.tables} == {"hubspot"}
    assert set(kinds(result).values()) == {"part"}
    assert not left_out(result)
    assert not told(result)


def test_a_record_that_moved_between_two_pages_does_not_make_them_deliveries():
    one, two = [row(n) for n in range(1, 41)], [row(n) for n in range(40, 80)]
    result = map_tables([raw("x/contacts_1.csv", one), raw("x/contacts_2.csv", two)], MappingSettings())
    assert set(kinds(result).values()) == {"part"}
    assert not left_out(result)


def test_disjoint_months_are_deltas_and_nothing_vanishes():
    one, two = [row(n) for n in range(1, 20)], [row(n) for n in range(20, 40)]
    result = map_tables([raw("new-2026-01.csv", one), raw("new-2026-02.csv", two)], MappingSettings())
    assert kinds(result) == {"new-2026-01.csv": "first", "new-2026-02.csv": "delta"}
    assert not told(result)


def test_dates_may_stand_in_the_folders():
    first, then = [row(1), row(2)], [row(1, name="Eva"), row(2)]
    paths = ("2026-01/contacts.csv", "2026-02/contacts.csv")
    result = map_tables([raw(paths[0], first), raw(paths[1], then)], MappingSettings())
    assert {t.source for t in result.tables} == {"hubspot"}
    assert left_out(result) == {(paths[0], "1", paths[1]), (paths[0], "2", paths[1])}


def test_without_dates_the_newest_change_in_the_rows_tells():
    first, then = [row(1), row(2)], [row(1, name="Eva", day="2026-05-01"), row(2)]
    result = map_tables([raw("x/contacts (1).csv", then), raw("x/contacts.csv", first)], MappingSettings())
    assert left_out(result) == {("x/contacts.csv", n, "x/contacts (1).csv") for n in "12"}


def test_copies_of_a_file_count_once():
    rows = [row(1), row(2)]
    result = map_tables([raw("x/contacts.csv", rows), raw("x/contacts (1).csv", rows)], MappingSettings())
    assert len(left_out(result)) == 2


def test_what_nobody_can_order_is_left_as_it_is_and_said():
    headers = HEADERS[:-1]
    first, then = [row(1)[:-1], row(2)[:-1]], [row(1, name="Eva")[:-1], row(2)[:-1]]
    tables = [raw("x/contacts.csv", first, headers), raw("x/contacts (1).csv", then, headers)]
    result = map_tables(tables, MappingSettings())
    assert not left_out(result)
    assert set(kinds(result).values()) == {"unknown"}
    assert told(result) == [("MAP-010", None)]
    assert "delivery" in result.findings["suggestion"][0]


def test_two_instances_in_one_folder_stay_apart():
    other = (*HEADERS, "Job Title", "City", "Lifecycle Stage")
    tables = [raw("x/contacts_1.csv", [row(1)]), raw("x/contacts_2.csv", [(*row(7), "Boss", "Lima", "Lead")], other)]
    result = map_tables(tables, MappingSettings())
    assert len({t.source for t in result.tables}) == 2
    assert not result.deliveries


def test_ids_of_salesforce_agree_in_either_length():
    headers = ("Id", "IsDeleted", "MasterRecordId", "AccountId", "LastName")
    long, short = "0035g000003XyZaAAK", "0035g000003XyZa"
    tables = [
        raw("Contact-2026-01.csv", [(long, "0", "", "", "Ruiz")], headers),
        raw("Contact-2026-02.csv", [(short, "0", "", "", "Gil")], headers),
    ]
    assert left_out(map_tables(tables, MappingSettings())) == {("Contact-2026-01.csv", long, "Contact-2026-02.csv")}


def test_a_record_that_was_deleted_last_is_deleted():
    headers = ("Id", "IsDeleted", "MasterRecordId", "AccountId", "LastName")
    tables = [
        raw("Contact-2026-01.csv", [("0035g000003XyZa", "0", "", "", "Ruiz")], headers),
        raw("Contact-2026-02.csv", [("0035g000003XyZa", "1", "", "", "Ruiz")], headers),
    ]
    result = map_tables(tables, MappingSettings())
    assert [t.excluded["reason"].to_list() for t in result.tables] == [[SUPERSEDED], ["deleted_in_source"]]


def test_rows_without_an_id_are_known_by_their_content():
    headers = ("First Name", "Last Name", "E-mail Address", "Company")
    first = [("Ana", "Ruiz", "a@b.mx", "Acme"), ("Eva", "Gil", "e@f.mx", "Acme")]
    tables = [raw("gente-2026-01.csv", first, headers), raw("gente-2026-02.csv", [first[0]], headers)]
    result = map_tables(tables, MappingSettings())
    assert {(t.raw.file, r) for t in result.tables for r in t.excluded["row"]} == {("gente-2026-01.csv", 0)}
    assert not told(result), "whether a row without an id vanished or was changed nobody can tell"


@pytest.mark.parametrize(
    ("delivery", "kind", "superseded", "findings"),
    [("full", "full", 1, ["MAP-007"] * 9), ("delta", "delta", 1, []), ("part", "part", 0, [])],
)
def test_crmq_yaml_overrules(cli, tmp_path, delivery, kind, superseded, findings):
    write(tmp_path / "d" / "contacts-2026-01.csv", [row(n) for n in range(1, 11)])
    write(tmp_path / "d" / "contacts-2026-02.csv", [row(1, name="Eva")])
    project = tmp_path / "crmq.yaml"
    project.write_text(f"sources:\n  - {{name: hs, path: d, delivery: {delivery}}}\n", encoding="utf-8")
    code, out, err = cli("map", project, "--format", "json")
    assert code == 0, err
    found = json.loads(out)
    assert found["deliveries"][1]["kind"] == kind
    assert "crmq.yaml" in found["deliveries"][1]["why"]
    assert sum(d["superseded"] for d in found["deliveries"]) == superseded
    assert [f["rule_id"] for f in found["findings"]] == findings


def test_a_wrong_word_for_the_delivery_is_refused(cli, tmp_path):
    write(tmp_path / "contacts.csv", [row(1)])
    project = tmp_path / "crmq.yaml"
    project.write_text("sources:\n  - {name: hs, path: contacts.csv, delivery: whole}\n", encoding="utf-8")
    code, _out, err = cli("map", project)
    assert code == 2
    assert "'full', 'delta' or 'part'" in err


def test_a_setting_unites_files_whose_names_have_nothing_in_common():
    tables = [raw("x/alt.csv", [row(1)], source="hs"), raw("x/neu.csv", [row(1, day="2026-09-01")], source="hs")]
    apart = map_tables(tables, MappingSettings())
    assert not apart.deliveries
    united = map_tables(tables, MappingSettings(sources={"hs": SourceOverride(delivery="full")}))
    assert left_out(united) == {("x/alt.csv", "1", "x/neu.csv")}


def test_the_order_of_the_files_never_matters(cli, months):
    found = []
    for order in permutations(sorted(months.iterdir())):
        out = json.loads(cli("map", *order, "--format", "json")[1])
        found.append((out["deliveries"], out["findings"]))
    assert all(one == found[0] for one in found)


deliveries_of_ids = st.lists(st.sets(st.integers(1, 12), min_size=1), min_size=2, max_size=4)


@given(deliveries_of_ids, st.randoms(use_true_random=False), st.booleans())
@settings(max_examples=15, deadline=None)
def test_every_record_has_one_state_whatever_the_order(files, random, dated):
    """Properties: one current row per id, that of the newest file that has it; nothing lost; order is nothing."""
    tables = [
        raw(
            f"x/contacts-2026-0{number + 1}.csv" if dated else f"x/contacts_{number + 1}.csv",
            [row(n, name=f"Ana{number}", day=f"2026-0{number + 1}-01") for n in sorted(ids)],
        )
        for number, ids in enumerate(files)
    ]
    first = map_tables(tables, MappingSettings())
    shuffled = list(tables)
    random.shuffle(shuffled)
    again = map_tables(shuffled, MappingSettings())
    assert left_out(again) == left_out(first)
    assert again.deliveries == first.deliveries
    assert again.findings.rows() == first.findings.rows()
    kept = [
        (table.raw.frame["Record ID"][place], table.raw.file)
        for table in first.tables
        for place in range(table.raw.frame.height)
        if place not in table.excluded["row"].to_list()
    ]
    everything = set().union(*files)
    assert {id_ for id_, _file in kept} == {str(n) for n in everything}
    if dated:
        assert len(kept) == len(everything)
        newest = {str(n): tables[number].path for number, ids in enumerate(files) for n in ids}
        assert dict(kept) == newest


@pytest.mark.parametrize(
    ("path", "date"),
    [
        ("contacts-2026-01.csv", "2026-01"),
        ("d/people_20260131.csv.gz", "2026-01-31"),
        ("export 31-12-2025.xlsx", "2025-12-31"),
        ("2026-02/contacts.csv", "2026-02"),
        ("2025/contacts-2026-02-03T101500Z.csv", "2026-02-03 101500"),
        ("enero 2026/contacts.csv", "2026-01"),
        ("contacts_2026-dic.csv", "2026-12"),
        ("contacts 2026 q2.csv", "2026-06"),
        ("contacts.csv", None),
        ("contacts_12.csv", None),
    ],
)
def test_the_date_of_a_delivery(path, date):
    assert delivery_date(path, None) == date


def test_a_folder_that_is_only_a_date_is_no_place():
    assert folder_stem("e/2026-01/x.csv") == folder_stem("e/2026-02/x.csv") == "e"
    assert folder_stem("e/mx/x.csv") != folder_stem("e/es/x.csv")
