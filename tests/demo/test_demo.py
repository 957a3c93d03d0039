"""The bundled example: the same bytes every time, hard, possible, and with the whole truth beside it."""

from __future__ import annotations

import csv
import hashlib
import os
import sqlite3
import subprocess
import sys
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path

import phonenumbers
import polars as pl
import pytest
from stdnum import get_cc_module
from stdnum.mx import rfc

from crmq.demo import DemoFiles, baselines, generate
from crmq.demo.dice import Dice
from crmq.demo.population import build
from crmq.demo.salesforce import full_id
from crmq.demo.world import Firm, Person, World
from crmq.model.tables import CONTACT_POINTS, KEY, RECORDS, Tables, conform

KINDS = {"household", "branches", "shared_mailbox", "father_and_son", "twins", "homonyms", "trader", "look_alike_firms"}


def _bytes(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def world() -> World:
    return build(Dice("tests"))


@pytest.fixture(scope="module")
def forbidden(demo: DemoFiles) -> list[dict[str, str]]:
    with demo.must_not_merge.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_same_seed_gives_same_bytes_and_replaces_what_is_there(demo: DemoFiles, tmp_path: Path) -> None:
    generate(tmp_path, seed=1)
    other = _bytes(tmp_path)
    generate(tmp_path)
    assert _bytes(tmp_path) == _bytes(demo.folder)
    assert other.keys() == _bytes(tmp_path).keys()
    assert all(other[name] != content for name, content in _bytes(tmp_path).items())


def test_same_bytes_under_another_hash_seed(demo: DemoFiles, tmp_path: Path) -> None:
    code = "import sys, pathlib; from crmq.demo import generate; generate(pathlib.Path(sys.argv[1]))"
    env = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], env=env, check=True, timeout=120)
    assert _bytes(tmp_path) == _bytes(demo.folder)


def test_truth_names_every_party_record_and_no_other(facts: list, truth: dict) -> None:
    keys = [f.key for f in facts]
    assert len(keys) == len(set(keys))
    assert set(keys) == set(truth)


def test_size_and_every_source_has_its_share(truth: dict) -> None:
    sizes = Counter((source, kind) for source, kind, _, _ in truth)
    assert 8_000 <= len(truth) <= 12_000
    assert set(sizes) == {
        ("salesforce", "contact"), ("salesforce", "account"), ("salesforce", "lead"), ("hubspot", "contact"),
        ("dynamics365", "contact"), ("erp", "customer"),
    }  # fmt: skip
    assert min(sizes.values()) > 900


def test_at_least_fifty_groups_of_each_dangerous_kind(forbidden: list[dict[str, str]]) -> None:
    groups = Counter(kind for kind, _ in {(row["kind"], row["group"]) for row in forbidden})
    assert set(groups) == KINDS
    assert min(groups.values()) >= 50


def test_forbidden_pairs_are_different_parties(forbidden: list[dict[str, str]], truth: dict) -> None:
    def key(row: dict[str, str], side: str) -> tuple[str, str, str, str]:
        return tuple(row[f"{c}_{side}"] for c in KEY)

    assert all(truth[key(row, "a")] != truth[key(row, "b")] for row in forbidden)


def test_merging_by_hand_fails(facts: list, demo: DemoFiles) -> None:
    points = [
        {**dict(zip(KEY, f.key, strict=True)), "cp_type": kind, "value_norm": value, "verdict": "valid"}
        for f in facts for kind, values in (("email", f.emails), ("phone", f.phones)) for value in sorted(values)
    ]  # fmt: skip
    records = [
        {**dict(zip(KEY, f.key, strict=True)), "full_name": f.name, "org_name": f.name}
        for f in facts
    ]  # fmt: skip
    tables = Tables({
        "contact_points": conform(pl.DataFrame(points), CONTACT_POINTS),
        "records": conform(pl.DataFrame(records), RECORDS),
    })  # fmt: skip
    email, name_and_phone = baselines(tables, demo.truth)
    assert (email.recipe, name_and_phone.recipe) == ("email", "name_and_phone")
    assert 0.4 < email.f1 < 0.75
    assert 0.3 < name_and_phone.f1 < 0.5


def test_merging_with_care_is_possible(facts: list) -> None:
    by_entity = defaultdict(list)
    for fact in facts:
        by_entity[fact.entity_id].append(fact)
    without = {"person": 0, "organisation": 0}
    total = Counter(without)
    for group in by_entity.values():
        for a, b in combinations(group, 2):
            total[a.key[3]] += 1
            firm_name = a.key[3] == "organisation" and a.name.split()[:2] == b.name.split()[:2]
            without[a.key[3]] += not (a.shared_with(b) or a.linked & b.linked or firm_name)
    assert without["person"] < 0.03 * total["person"]
    assert without["organisation"] < 0.08 * total["organisation"]


def test_who_must_not_merge_can_be_told_apart(facts: list, forbidden: list[dict[str, str]]) -> None:
    by_key = {f.key: f for f in facts}
    same = Counter()
    for row in forbidden:
        a, b = (by_key[tuple(row[f"{c}_{s}"] for c in KEY)] for s in "ab")
        if a.key[3] == b.key[3] == "person" and row["kind"] in ("father_and_son", "homonyms"):
            same[row["kind"]] += bool(a.birth and b.birth) and a.birth == b.birth
            assert a.birth and b.birth
    assert not any(same.values())


def test_salesforce_ids_and_references(rows: list, truth: dict) -> None:
    by_object = defaultdict(dict)
    for source, kind, rid, row in rows:
        if source == "salesforce":
            by_object[kind][rid] = row
            assert len(rid) == 18
            assert full_id(rid[:15]) == rid
    masters = 0
    for kind, entity in (("contact", "person"), ("account", "organisation")):
        for rid, row in by_object[kind].items():
            if row["MasterRecordId"]:
                masters += 1
                assert row["IsDeleted"] == "true"
                assert (
                    truth["salesforce", kind, rid, entity] == truth["salesforce", kind, row["MasterRecordId"], entity]
                )
    converted = [r for r in by_object["lead"].values() if r["IsConverted"] == "true"]
    for row in converted:
        contact = row["ConvertedContactId"]
        assert truth["salesforce", "lead", row["Id"], "person"] == truth["salesforce", "contact", contact, "person"]
    assert masters >= 50
    assert len(converted) >= 50
    known = sum(r["AccountId"] in by_object["account"] for r in by_object["contact"].values() if r["AccountId"])
    dangling = sum(r["AccountId"] not in by_object["account"] for r in by_object["contact"].values() if r["AccountId"])
    assert known > 900
    assert 0 < dangling < 30
    short = [r["Cuenta_de_Facturaci_n__c"] for r in by_object["contact"].values() if r["Cuenta_de_Facturaci_n__c"]]
    assert len(short) > 30
    assert all(len(s) == 15 and full_id(s) in by_object["account"] for s in short)


def test_hubspot_has_no_address_twice(rows: list) -> None:
    written = Counter(r["Correo"] for source, _, _, r in rows if source == "hubspot" and r["Correo"])
    assert len(written) > 1_000
    assert max(written.values()) == 1


def test_the_usual_defects_are_there(rows: list) -> None:
    text = Counter()
    for source, _, _, row in rows:
        everything = "\n".join(row.values())
        text["mojibake"] += "Ã" in everything
        text["seven_bit"] += any("?" in row.get(c, "") for c in ("LastName", "Apellidos", "FirstName", "Nombre"))
        text["excel"] += "E+1" in everything
        text["mail_typo"] += any(d in everything for d in ("gmial.com", "gmal.com", ".con", "hotmal.com"))
        text["placeholder_mail"] += any(p in everything for p in ("noemail@", "sincorreo@", "notiene@"))
        text["generic_tax"] += source == "erp" and row["id_fiscal"] in ("XAXX010101000", "222222222222", "66.666.666-6")
        text["old_mexican_mobile"] += any(p in everything for p in ("044 ", "+52 1 ", "\n521"))
        text["line_break"] += source == "salesforce" and "catálogo,\nno" in everything
        text["formula"] += "=HYPERLINK" in everything
        text["capitals"] += row.get("Apellidos", "").isupper()
    assert min(text.values()) >= 5, text


def test_numbers_are_real_looking(world: World) -> None:
    for party in (*world.persons, *world.firms):
        number = party.mobile if isinstance(party, Person) else party.phone
        assert phonenumbers.is_valid_number(phonenumbers.parse(number)), number
    for person in world.persons:
        module = {"MX": rfc, "AR": get_cc_module("ar", "cuit"), "CL": get_cc_module("cl", "rut"),
                  "ES": get_cc_module("es", "dni"), "BR": get_cc_module("br", "cpf")}.get(person.country)  # fmt: skip
        assert module is None or module.is_valid(person.tax_number), person.tax_number
    for firm in world.firms:
        trader = firm.legal_form is None
        module = {"MX": rfc, "AR": get_cc_module("ar", "cuit"), "CL": get_cc_module("cl", "rut"),
                  "CO": get_cc_module("co", "nit"), "PE": get_cc_module("pe", "ruc"), "ES": get_cc_module("es", "nif"),
                  "BR": get_cc_module("br", "cnpj"), "US": get_cc_module("us", "ein")}[firm.country]  # fmt: skip
        assert trader or not firm.tax_number or module.is_valid(firm.tax_number), firm.tax_number
    assert all(rfc.is_valid(p.tax_number, validate_check_digits=True) for p in world.persons if p.country == "MX")


def test_nobody_shares_what_identifies(world: World) -> None:
    own = Counter(e for p in world.persons for e in p.emails)
    assert max(own.values()) == 1
    assert max(Counter(p.mobile for p in world.persons).values()) == 1
    for group in world.groups:
        if group.kind == "look_alike_firms":
            assert len({m.tax_number for m in group.members if isinstance(m, Firm)}) == len(group.members)


def test_baselines_count_transitive_groups_and_missing_records(tmp_path: Path) -> None:
    truth = tmp_path / "truth.csv"
    truth.write_text(
        "source,object,record_id,entity,entity_id\n"
        "s,contact,1,person,A\ns,contact,2,person,A\ns,contact,3,person,A\ns,contact,4,person,B\ns,contact,5,person,B\n"
    )
    # 1-2 by one address, 2-4 by another: one group of three; 3 and 5 have none; a placeholder links nobody
    mails = [("1", "x@a.mx", "valid"), ("2", "x@a.mx", "valid"), ("2", "y@a.mx", "possible"), ("4", "y@a.mx", "valid"),
             ("3", "no@no.com", "placeholder"), ("5", "no@no.com", "placeholder")]  # fmt: skip
    key = {"source": "s", "object": "contact", "entity": "person"}
    points = pl.DataFrame(
        [{**key, "record_id": r, "cp_type": "email", "value_norm": v, "verdict": w} for r, v, w in mails]
    )
    records = pl.DataFrame([{**key, "record_id": str(i), "full_name": "Ana Ruiz"} for i in range(1, 6)])
    tables = Tables({"contact_points": conform(points, CONTACT_POINTS), "records": conform(records, RECORDS)})
    email, name_and_phone = baselines(tables, truth)
    assert (email.precision, email.recall) == (1 / 3, 1 / 4)
    assert email.f1 == pytest.approx(2 / 7)
    assert (name_and_phone.precision, name_and_phone.recall, name_and_phone.f1) == (1.0, 0.0, 0.0)


def test_the_example_project_names_what_the_demo_writes(demo: DemoFiles) -> None:
    from crmq import project
    from crmq.matching.section import MatchSection

    loaded = project.load(Path(__file__).resolve().parents[2] / "examples" / "crmq.yaml")
    named = [Path(source.path).name for source in loaded.file.sources]
    assert named == [path.name for path in demo.exports]
    assert loaded.section("match", MatchSection).target_precision == 0.995
    assert all(loaded.path(pack).is_file() for pack in loaded.file.packs)


FROZEN = "6219db15037c8a34"
"""The figures in the documents are of this example: whoever changes it changes them all, and says so here."""


def test_the_bundled_example_is_frozen(demo: DemoFiles, rows: list) -> None:
    digest = hashlib.sha256()
    for source, kind, record_id, row in rows:
        digest.update(repr((source, kind, record_id, sorted(row.items()))).encode())
    connection = sqlite3.connect(demo.exports[3])
    for order in connection.execute("SELECT * FROM pedidos"):
        digest.update(repr(order).encode())
    connection.close()
    digest.update(demo.truth.read_bytes() + demo.must_not_merge.read_bytes())
    assert digest.hexdigest()[:16] == FROZEN


def test_the_clients_rule_pack_keeps_its_promises(crmq) -> None:
    pack = Path(__file__).resolve().parents[2] / "examples" / "packs" / "grupo_andino.yaml"
    done = crmq("rules", "test", pack)
    assert done.returncode == 0, done.stdout + done.stderr
