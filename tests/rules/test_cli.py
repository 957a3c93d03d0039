"""``crmq validate`` and ``crmq rules`` as users see them."""

from __future__ import annotations

import csv
import json
import stat
import sys
from collections import Counter
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent.parent / "golden"
HEADER = "codigo cliente,nombre completo,e-mail,telefono,empresa"
ROWS = [
    "1,Ana López,ana.lopez@gmial.com,+34 612 904 718,Acme",
    "2,Luis Gil,luis.gil,12,Acme",
    "2,Eva Sanz,no@no.com,999999999,#REF!",
    "4,José Muñoz,jose@munoz.es,+34 699 120 453,Muñoz e Hijos",
]
PLAIN = "sensor,value\na,1\nb,2\na,1\nc,#REF!\n"


@pytest.fixture
def contacts(tmp_path: Path) -> Path:
    path = tmp_path / "contactos.csv"
    path.write_text("\n".join([HEADER, *ROWS]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    path = tmp_path / "plain.csv"
    path.write_text(PLAIN, encoding="utf-8")
    return path


def pack(tmp_path: Path, rule: str, name: str = "mine.yaml") -> Path:
    path = tmp_path / name
    head = "pack: mine\ntitle: Mine\nrules:\n  - id: MINE-001\n    name: mine.rule\n    dimension: validity\n"
    path.write_text(head + "    message: Not as agreed\n" + rule, encoding="utf-8")
    return path


def trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


@pytest.mark.parametrize("width", [80, 120])
def test_report_looks_as_agreed(crmq, contacts: Path, width: int, update_golden: bool) -> None:
    arguments = (
        "validate",
        f"crm={contacts.name}",
        "--country",
        "ES",
        "--id",
        "codigo cliente",
        "--as-of",
        "2026-11-22",
    )
    done = crmq(*arguments, cwd=contacts.parent, env={"COLUMNS": str(width)})
    assert done.returncode == 1, done.stderr
    golden = GOLDEN / f"validate-{width}.txt"
    if update_golden:
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(trimmed(done.stdout), encoding="utf-8")
    assert trimmed(done.stdout) == golden.read_text(encoding="utf-8")


def test_json_is_one_versioned_document(crmq, contacts: Path) -> None:
    done = crmq("validate", contacts, "--country", "ES", "--id", "codigo cliente", "--format", "json")
    document = json.loads(done.stdout)
    assert document["schema"] == "crmq.validation/1"
    assert document["gate"] == {
        "passed": False, "fail_on": "error", "failed": ["EMAIL-001", "PHONE-001", "RECORD-001", "TABLE-006"],
        "unchecked": [], "nothing_checked": False,
    }  # fmt: skip
    rules = {rule["id"]: rule for rule in document["rules"]}
    assert rules["EMAIL-001"]["evaluated"] == 4 and rules["EMAIL-001"]["failed"] == 1
    (example,) = rules["EMAIL-001"]["examples"]
    assert (example["line"], example["column"], example["field"]) == (3, 3, "email")
    assert "luis.gil" not in done.stdout
    shown = json.loads(crmq("validate", contacts, "--country", "ES", "--format", "json", "--show-pii").stdout)
    values = {rule["id"]: [e["value"] for e in rule["examples"]] for rule in shown["rules"]}
    assert values["EMAIL-001"] == ["luis.gil"]


def test_typo_domains_are_suggested(crmq, contacts: Path) -> None:
    done = crmq("validate", contacts, "--pack", "email", "--allow-not-evaluated", "--fail-on", "never")
    assert "→ a•••@gmail.com" in done.stdout


@pytest.mark.parametrize(("level", "code"), [("error", 1), ("warning", 1), ("info", 1), ("never", 0)])
def test_fail_on(crmq, contacts: Path, level: str, code: int) -> None:
    assert crmq("validate", contacts, "--fail-on", level).returncode == code


def test_good_data_pass(crmq, tmp_path: Path) -> None:
    path = tmp_path / "good.csv"
    path.write_text(f"{HEADER}\n{ROWS[3]}\n", encoding="utf-8")
    done = crmq("validate", path)
    assert done.returncode == 0, done.stdout
    assert "Passed" in done.stdout.strip().splitlines()[-1]
    assert "crmq dedupe" in done.stdout.strip().splitlines()[-1]


def test_a_plain_table_is_gated(crmq, plain: Path) -> None:
    done = crmq("validate", plain, "--format", "json")
    document = json.loads(done.stdout)
    failed = {rule["id"]: rule["failed"] for rule in document["rules"] if rule["failed"]}
    assert done.returncode == 1
    assert failed == {"TABLE-002": 1, "TABLE-006": 1}


class TestOutput:
    def test_good_and_bad_are_all_rows_with_their_own_headers(self, crmq, contacts: Path, tmp_path: Path) -> None:
        out = tmp_path / "out"
        crmq("validate", contacts, "-o", out)
        with (out / "clean.csv").open(encoding="utf-8", newline="") as stream:
            good = list(csv.reader(stream))
        with (out / "quarantine.csv").open(encoding="utf-8", newline="") as stream:
            bad = list(csv.reader(stream))
        assert good[0] == HEADER.split(",")
        assert bad[0] == [*HEADER.split(","), "crmq_line", "crmq_rules", "crmq_reasons", "crmq_unreadable"]
        rows = Counter(tuple(row[:5]) for row in [*good[1:], *bad[1:]])
        assert rows == Counter(tuple(row.split(",")) for row in ROWS)
        assert [row[5] for row in bad[1:]] == ["3", "4"]
        assert "EMAIL-001" in bad[1][6]

    def test_level_of_the_quarantine_is_that_of_the_gate(self, crmq, contacts: Path, tmp_path: Path) -> None:
        crmq("validate", contacts, "-o", tmp_path / "out", "--fail-on", "warning")
        document = json.loads((tmp_path / "out" / "validation.json").read_text(encoding="utf-8"))
        assert (document["written"]["clean"], document["written"]["quarantine"]) == (1, 3)

    def test_findings_hold_real_values_and_are_private(self, crmq, contacts: Path, tmp_path: Path) -> None:
        out = tmp_path / "out"
        crmq("validate", contacts, "-o", out)
        with (out / "findings.csv").open(encoding="utf-8", newline="") as stream:
            found = list(csv.DictReader(stream))
        assert {"luis.gil"} == {row["value"] for row in found if row["rule_id"] == "EMAIL-001"}
        if sys.platform != "win32":
            for path in out.glob("*.csv"):
                assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_unreadable_rows_are_in_the_quarantine(self, crmq, tmp_path: Path) -> None:
        path = tmp_path / "ragged.csv"
        path.write_text(f"{HEADER}\n{ROWS[0]}\n{ROWS[3]},more,cells,than,headers\n{ROWS[3]}\n", encoding="utf-8")
        out = tmp_path / "out"
        done = crmq("validate", path, "-o", out, "--format", "json")
        written = json.loads(done.stdout)["written"]
        assert written["clean"] + written["quarantine"] == 3
        assert "than" in (out / "quarantine.csv").read_text(encoding="utf-8")

    def test_several_tables(self, crmq, contacts: Path, plain: Path, tmp_path: Path) -> None:
        out = tmp_path / "out"
        crmq("validate", contacts, plain, "-o", out, "--tables", "parquet")
        assert sorted(p.name for p in (out / "clean").iterdir()) == ["contactos.csv", "plain.csv"]
        assert sorted(p.name for p in (out / "quarantine").iterdir()) == ["contactos.csv", "plain.csv"]
        assert (out / "findings.parquet").exists()

    def test_a_foreign_folder_is_refused(self, crmq, contacts: Path, tmp_path: Path) -> None:
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "notes.txt").write_text("keep", encoding="utf-8")
        assert crmq("validate", contacts, "-o", tmp_path / "mine").returncode == 2
        assert (tmp_path / "mine" / "notes.txt").read_text(encoding="utf-8") == "keep"

    def test_written_twice_is_the_same(self, crmq, contacts: Path, tmp_path: Path) -> None:
        contents = []
        for _round in range(2):
            crmq("validate", contacts, "-o", tmp_path / "out")
            files = sorted((tmp_path / "out").glob("*.csv"))
            contents.append([(p.name, p.read_bytes()) for p in files])
        assert contents[0] == contents[1]


class TestPacks:
    def test_only_the_packs_asked_for_run(self, crmq, contacts: Path, tmp_path: Path) -> None:
        mine = pack(
            tmp_path,
            "    kind: in_set\n    field: empresa\n    params: {values: [Acme]}\n    applies_to: {table: raw}\n",
        )
        document = json.loads(crmq("validate", contacts, "--pack", mine, "--format", "json").stdout)
        assert [rule["id"] for rule in document["rules"]] == ["MINE-001"]
        assert document["rules"][0]["failed"] == 2

    def test_a_missing_column_closes_the_gate(self, crmq, contacts: Path, tmp_path: Path) -> None:
        mine = pack(tmp_path, "    kind: not_null\n    field: Segmento\n    applies_to: {table: raw}\n")
        done = crmq("validate", contacts, "--pack", mine, "--pack", "default", "--fail-on", "error")
        assert done.returncode == 1
        assert 'no column for raw."Segmento" in' in " ".join(done.stdout.split())
        only = crmq("validate", contacts, "--pack", mine, "--allow-not-evaluated")
        assert only.returncode == 0

    def test_a_mistake_names_its_line(self, crmq, contacts: Path, tmp_path: Path) -> None:
        mine = pack(tmp_path, "    kind: not_nul\n    field: email\n")
        done = crmq("validate", contacts, "--pack", mine)
        assert done.returncode == 2
        assert f"{mine}:8:5" in done.stderr
        assert "not_null" in done.stderr

    def test_an_unknown_pack(self, crmq, contacts: Path) -> None:
        done = crmq("validate", contacts, "--pack", "emial")
        assert done.returncode == 2
        assert "email" in done.stderr


def test_the_order_of_rows_changes_only_locators(crmq, tmp_path: Path) -> None:
    found = []
    for name, rows in (("a", ROWS), ("b", ROWS[::-1])):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "contactos.csv").write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
        done = crmq("validate", "contactos.csv", "--format", "json", "--show-pii", cwd=folder)
        document = json.loads(done.stdout)
        for rule in document["rules"]:
            values = [(e["record_id"], e["field"], e["value"]) for e in rule.pop("examples")]
            # of two records with one id the content decides which keeps it, not the order
            rule["examples"] = sorted(values, key=str)
        found.append(document)
    assert found[0] == found[1]


def test_exit_code_for_a_missing_source(crmq, tmp_path: Path) -> None:
    assert crmq("validate", tmp_path / "absent.csv").returncode == 3


def test_a_file_that_cannot_be_read_is_no_pass(crmq, tmp_path: Path) -> None:
    (tmp_path / "good.csv").write_text(f"{HEADER}\n{ROWS[3]}\n", encoding="utf-8")
    (tmp_path / "broken.xlsx").write_bytes(b"PK\x03\x04 this is no workbook")
    done = crmq("validate", tmp_path)
    assert done.returncode == 3
    assert "broken.xlsx" in done.stderr
    assert "1 file could not be read" in done.stdout.strip().splitlines()[-1]


class TestRules:
    def test_list(self, crmq) -> None:
        assert "email" in crmq("rules", "list").stdout
        assert "compare_fields" in crmq("rules", "list", "--kinds").stdout
        packs = json.loads(crmq("rules", "list", "--format", "json").stdout)["packs"]
        assert {"table", "person", "email"} <= {p["id"] for p in packs}

    def test_show(self, crmq) -> None:
        assert "EMAIL-003" in crmq("rules", "show", "email").stdout
        shown = crmq("rules", "show", "EMAIL-003").stdout
        assert "gmial.com" in shown and "email.mistyped_domain" in shown
        assert crmq("rules", "show", "EMAIL-999").returncode == 2

    def test_spanish(self, crmq) -> None:
        from crmq import locales

        if "es" not in locales.available():
            pytest.skip("the Spanish catalogue is not compiled")
        assert "dirección de correo" in crmq("rules", "show", "EMAIL-001", "--lang", "es").stdout

    def test_the_examples_of_all_packs_come_out_as_promised(self, crmq) -> None:
        done = crmq("rules", "test")
        assert done.returncode == 0, done.stdout + done.stderr

    def test_an_example_that_does_not_hold(self, crmq, tmp_path: Path) -> None:
        rule = "    kind: not_null\n    field: a\n    applies_to: {table: raw}\n"
        mine = pack(tmp_path, rule + "    examples: {good: [{a: ''}], bad: [{a: x}]}\n")
        done = crmq("rules", "test", mine)
        assert done.returncode == 1
        assert "MINE-001: good example 1 was evaluated 1 times and failed 1 times" in " ".join(done.stdout.split())
