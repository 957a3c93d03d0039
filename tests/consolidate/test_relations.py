"""References, conflicts, crosswalk, contact points: what surrounds the golden values."""

from __future__ import annotations

import json

import polars as pl
import pytest


def test_references_lead_to_golden_parties(world) -> None:
    w = world()
    w.organisation("f", "crm:A1", org_name="Acenor", object="account")
    w.organisation("f", "erp:77", org_name="Acenor SA", object="account")
    who = w.person("p", "crm:1", full_name="Ana")
    for key in ("A1", "gone"):
        w.add("relationships", who, rel_type="employed_by", to_object="account", to_record_key=key)
    w.add("relationships", who, rel_type="employed_by", to_name="Only a name")
    golden = w.golden()
    firm = golden["party"].filter(pl.col("party_kind") == "organisation")["party_id"].item()
    rows = golden["relationships"].select("to_record_key", "to_name", "to_party_id", "state").rows()
    assert set(rows) == {
        ("A1", None, firm, "attached"), ("gone", None, None, "orphan"), (None, "Only a name", None, "attached"),
    }  # fmt: skip
    assert golden.balance["relationships.orphan"] == 1


def test_an_id_means_the_record_of_its_own_source_and_object(world) -> None:
    w = world()
    w.organisation("f", "crm:1", org_name="A", object="account")
    w.organisation("g", "erp:1", org_name="B", object="account")
    w.person("p", "erp:1", full_name="Ana", object="contact")
    who = w.person("q", "erp:2", full_name="Bo", object="contact")
    w.add(
        "relationships", who, rel_type="employed_by", to_object="account", to_entity="organisation", to_record_key="1"
    )
    golden = w.golden()
    names = dict(golden["party"].select("party_id", "org_name").iter_rows())
    assert names[golden["relationships"]["to_party_id"].item()] == "B"


@pytest.mark.parametrize(("given", "name"), [("customer", "Firm"), (None, "Firm")])
def test_of_a_person_and_a_firm_in_one_row_the_firm_buys(world, given, name) -> None:
    w = world()
    w.person("p", "erp:5", full_name="Ana", object="customer")
    w.organisation("f", "erp:5", org_name="Firm", object="customer")
    w.add("orders", {"source": "erp", "object": "order", "record_id": "o1"}, party_object=given, party_key="5",
          total="10.00", status="won")  # fmt: skip
    w.ledger.append({"disposition": "mapped"})
    golden = w.golden()
    party = golden["orders"].row(0, named=True)
    names = dict(golden["party"].select("party_id", "display_name").iter_rows())
    assert (names[party["party_id"]], party["state"], party["status"], party["total"]) == (
        name,
        "attached",
        "won",
        "10.00",
    )


def test_an_id_that_could_mean_two_tables_leads_nowhere(world) -> None:
    w = world()
    w.person("p", "erp:5", full_name="Ana", object="contact")
    w.person("q", "erp:5", full_name="Bo", object="lead")
    w.add("orders", {"source": "erp", "object": "order", "record_id": "o1"}, party_key="5")
    w.ledger.append({"disposition": "mapped"})
    assert w.golden()["orders"]["state"].to_list() == ["orphan"]


def test_the_id_of_a_record_merged_away_in_its_source_leads_on(world) -> None:
    w = world()
    who = w.person("p", "hub:100", full_name="Ana")
    w.person("q", "hub:101", full_name="Bo")
    w.add("relationships", who, rel_type="replaces", to_object="contact", to_record_key="55")
    w.add("relationships", who, rel_type="replaces", to_object="contact", to_record_key="101")
    w.add("orders", {"source": "hub", "object": "order", "record_id": "o1"}, party_object="contact", party_key="55")
    w.ledger.append({"disposition": "mapped"})
    golden = w.golden()
    names = dict(golden["party"].select("party_id", "display_name").iter_rows())
    assert names[golden["orders"]["party_id"].item()] == "Ana"
    to = dict(golden["relationships"].select("to_record_key", "to_party_id").iter_rows())
    assert {key: names[party] for key, party in to.items()} == {"55": "Ana", "101": "Bo"}


def test_the_crosswalk_has_every_record_once_and_the_excluded_rows(world) -> None:
    w = world()
    w.person("p", "crm:1", full_name="Ana", modified_at="2020-01-01")
    w.person("p", "erp:2", full_name="Ana", modified_at="2022-01-01")
    w.ledger.append(
        {"source": "crm", "object": "contact", "record_id": "9", "disposition": "excluded", "reason": "deleted"}
    )
    golden = w.golden()
    rows = golden["crosswalk"].select("source", "record_id", "state", "reason").rows()
    assert rows == [("crm", "1", "merged", None), ("erp", "2", "survivor", None), ("crm", "9", "excluded", "deleted")]
    assert (
        golden["crosswalk"]["party_id"][0] == golden["crosswalk"]["party_id"][1] == golden["party"]["party_id"].item()
    )
    assert golden["crosswalk"]["line"].to_list() == [2, 3, None]


def test_the_declared_master_survives_and_a_deleted_record_never_does(world) -> None:
    w = world()
    w.person("p", "crm:1", full_name="Ana", master_key="2", is_deleted=True, modified_at="2024-01-01")
    w.person("p", "crm:2", full_name="Ana", modified_at="2010-01-01")
    w.person("p", "crm:3", full_name="Ana", modified_at="2023-01-01")
    states = dict(w.golden()["crosswalk"].select("record_id", "state").iter_rows())
    assert states == {"1": "merged", "2": "survivor", "3": "merged"}


def test_the_golden_id_depends_on_the_smallest_source_key_alone(world) -> None:
    def ids(*keys: str) -> list[str]:
        w = world()
        for key in keys:
            w.person("p", key, full_name=key)
        return w.golden()["party"]["party_id"].to_list()

    assert ids("crm:1", "erp:2") == ids("crm:1") == ids("zzz:3", "crm:1")
    assert ids("crm:1") != ids("crm:2")


def test_equal_contact_values_are_one_row_with_all_sources(world) -> None:
    w = world()
    first = w.person("p", "crm:1")
    second = w.person("p", "erp:2")
    w.contact(first, "phone", "+525512345678", value_raw="55 1234-5678")
    w.contact(second, "phone", "+525512345678", value_raw="044 55 1234 5678", usage="mobile")
    w.contact(second, "phone", None, value_raw="999999999", verdict="placeholder")
    golden = w.golden(trust={"crm": 90})
    rows = (
        golden["contact_points"]
        .select("slot", "value_norm", "value_raw", "usage", "sources", "records", "verdict")
        .rows()
    )
    assert rows == [
        (1, "+525512345678", "55 1234-5678", "mobile", "crm;erp", 2, "valid"),
        (2, None, "999999999", None, "erp", 1, "placeholder"),
    ]
    (union,) = golden["lineage"].filter(pl.col("rule") == "union").to_dicts()
    assert (union["table"], union["field"], union["value"]) == ("contact_points", "phone", "+525512345678")
    assert json.loads(union["losers"])[0]["value"] == "044 55 1234 5678"


def test_a_value_of_three_parties_is_shared(world) -> None:
    for parties, shared in ((2, False), (3, True)):
        w = world()
        for i in range(parties):
            w.person(f"p{i}", f"crm:{i}", phone="+34600")
            w.person(f"p{i}", f"erp:{i + 100}", phone="+34600")
        assert set(w.golden()["contact_points"]["is_shared"]) == {shared}
        assert set(w.golden(shared_from=2)["contact_points"]["is_shared"]) == {True}


@pytest.mark.parametrize(
    ("fact", "values", "contradict"),
    [
        ("birth_date", ("1984-04-12", "1984-04-13"), True),
        ("birth_date", ("1984-04-12", "1984"), False),
        ("birth_date", ("1984-04-12", "--04-12"), False),
        ("birth_date", ("1984-04-12", "1985"), True),
        ("gender", ("f", "m"), True),
        ("country", ("MX", "ES"), True),
        ("country", ("MX", "MX"), False),
    ],
)
def test_contradictions_on_strong_facts(world, fact, values, contradict) -> None:
    w = world()
    for i, value in enumerate(values):
        w.person("p", f"s{i}", **{fact: value})
    assert (w.golden()["conflicts"]["field"].to_list() == [fact]) is contradict


def test_tax_ids_of_two_countries_are_no_contradiction(world) -> None:
    w = world()
    w.person("p", "a", tax_id="RUAA840412AB1", tax_scheme="MX:RFC")
    w.person("p", "b", tax_id="12345678Z", tax_scheme="ES:NIF")
    w.person("p", "c", tax_id="XAXX010101000", tax_scheme="MX:RFC", tax_id_verdict="placeholder")
    assert w.golden()["conflicts"].height == 0
