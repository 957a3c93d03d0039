"""Which value survives, and what the lineage says about it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from crmq import declarative
from crmq.consolidate import ConsolidateSettings, SurvivorshipSection, consolidate
from crmq.consolidate.settings import defaults
from crmq.errors import BalanceError, ConfigError, InternalError
from crmq.model.golden import PARTY
from crmq.model.headers import headers_of
from crmq.model.mapped import FieldMapping, MappedTable
from crmq.model.raw import RawTable


def only(golden, field: str) -> Any:
    (value,) = golden["party"][field]
    return value


def told(golden, field: str) -> dict[str, Any]:
    (row,) = golden["lineage"].filter((pl.col("table") == "party") & (pl.col("field") == field)).to_dicts()
    return row | {"losers": json.loads(row["losers"])}


A, B = "aaa:1", "bbb:2"
"""Two records of one person; ``aaa`` has the smaller source key."""

TIE_BREAK = [
    # what decides, first record, second record (which wins); each line agrees on everything above it
    ("live_record", {"is_deleted": True, "modified_at": "2024-01-01"}, {}),
    ("most_recent", {"modified_at": "2020-01-01"}, {"modified_at": "2021-01-01"}),
    ("most_recent", {}, {"modified_at": "2021-01-01"}),
    ("fullest_record", {}, {"gender": "f"}),
    ("smallest_text", {}, {}),
]


@pytest.mark.parametrize(("rule", "first", "second"), TIE_BREAK)
def test_the_order_of_the_tie_break(world, rule, first, second) -> None:
    w = world()
    w.person("p", A, language="es", **first)
    w.person("p", B, language="en", **second)
    golden = w.golden()
    assert only(golden, "language") == "en"
    row = told(golden, "language")
    assert row["rule"] == rule
    assert row["losers"] == [{"value": "es", "source": "aaa", "object": "contact", "record_id": "1"}]


def test_trust_comes_before_time_in_the_tie_break(world) -> None:
    w = world()
    w.person("p", A, trade_name="Uno", modified_at="2024-01-01")
    w.person("p", B, trade_name="Dos")
    golden = w.golden(trust={"bbb": 51})
    assert only(golden, "trade_name") == "Dos"
    assert told(golden, "trade_name")["rule"] == "most_trusted"


def test_equal_values_are_credited_to_the_smallest_source_key(world) -> None:
    w = world()
    w.person("p", B, gender="f")
    w.person("p", A, gender="f")
    row = told(w.golden(), "gender")
    assert (row["rule"], row["source"], row["losers"]) == ("agreed", "aaa", [])


@pytest.mark.parametrize("bad", ["invalid", "placeholder"])
def test_a_bad_value_never_beats_a_good_one(world, bad) -> None:
    w = world()
    w.person("p", A, birth_date="1980-01-01", birth_date_verdict=bad, modified_at="2024-01-01")
    w.person("p", "ccc:3", birth_date="1980-01-01", birth_date_verdict=bad)
    w.person("p", B, birth_date="1990-05-05", birth_date_verdict="possible")
    golden = w.golden(trust={"aaa": 100})
    assert only(golden, "birth_date") == "1990-05-05"
    assert len(told(golden, "birth_date")["losers"]) == 2


def test_a_tax_id_that_is_only_a_placeholder_stays_out_but_is_told(world) -> None:
    w = world()
    w.person("p", A, tax_id="XAXX010101000", tax_id_verdict="placeholder")
    golden = w.golden()
    assert only(golden, "tax_id") is None
    row = told(golden, "tax_id")
    assert (row["rule"], row["value"], row["source"]) == ("none_usable", None, None)
    assert row["losers"][0]["value"] == "XAXX010101000"


def test_a_name_moves_as_one(world) -> None:
    w = world()
    w.person("p", A, given_name="Ana", family_name="Ruiz López", full_name="Ana Ruiz López")
    w.person("p", B, given_name="Ana María", family_name="Ruiz", full_name="Ana María Ruiz")
    golden = w.golden(trust={"bbb": 90})
    assert only(golden, "given_name") == "Ana María"
    assert only(golden, "family_name") == "Ruiz"
    assert only(golden, "display_name") == "Ana María Ruiz"


def test_a_truncated_name_loses_even_from_the_trusted_source(world) -> None:
    w = world()
    w.organisation("p", A, org_name="Comercializadora Internacional de Product")
    w.organisation("p", B, org_name="Comercializadora Internacional de Productos del Norte")
    golden = w.golden(trust={"aaa": 100})
    assert only(golden, "org_name") == "Comercializadora Internacional de Productos del Norte"
    assert told(golden, "org_name")["rule"] == "not_truncated"


def test_a_name_that_is_whole_is_not_taken_for_truncated(world) -> None:
    w = world()
    w.organisation("p", A, org_name="Comercializadora del Norte")
    w.organisation("p", B, org_name="Comercializadora del Norte S.A. de C.V.")
    assert only(w.golden(trust={"aaa": 100}), "org_name") == "Comercializadora del Norte"


def test_the_legal_name_comes_from_the_record_with_a_valid_tax_id(world) -> None:
    w = world()
    w.organisation("p", A, org_name="Aceros del Norte S.A. de C.V. (matriz)")
    w.organisation("p", B, org_name="Aceros del Norte", tax_id="ANO850101AB1", tax_scheme="MX:RFC")
    assert only(w.golden(), "org_name") == "Aceros del Norte"


def test_spelling_prefers_accents_and_mixed_case(world) -> None:
    w = world()
    w.person("p", A, full_name="JOSE NUNEZ")
    w.person("p", B, full_name="José Núñez")
    w.person("p", "ccc:3", full_name="Jose Nunez")
    assert only(w.golden(), "full_name") == "José Núñez"


def test_the_fuller_name_wins_and_a_slip_of_the_pen_does_not(world) -> None:
    w = world()
    for i in range(3):
        w.person(f"other{i}", f"crm:x{i}", full_name="Eva González")
    w.person("p", "crm:1", full_name="Ana Zúñiga", modified_at="2024-01-01")
    w.person("p", "erp:2", full_name="Ana Zúñiga GGonzález", name_verdict="valid")
    w.person("p", "web:3", full_name="Ana Zuñiga González", name_verdict="possible")
    names = w.golden()["party"]["full_name"].to_list()
    assert "Ana Zuñiga González" in names


def test_frequency_of_names_is_counted_but_for_case_and_accents(world) -> None:
    w = world()
    for i, name in enumerate(["ANA RUIS", "ANA RUIZ", "Ana Ruiz", "Ána Ruíz"]):
        w.person("p", f"s{i}", full_name=name)
    assert only(w.golden(), "full_name") == "Ána Ruíz"


def test_a_birth_date_is_the_most_frequent_of_the_most_precise(world) -> None:
    w = world()
    for i, date in enumerate(["1984", "1984", "1984", "1984-04-12", "1984-04-12", "1984-12-04"]):
        w.person("p", f"s{i}", birth_date=date)
    assert only(w.golden(), "birth_date") == "1984-04-12"


def test_an_address_moves_as_one_and_is_never_mixed(world) -> None:
    w = world()
    w.person("p", A, street="Calle 1", city="Madrid", postal_code="28001", country="ES")
    w.person("p", B, street="Av. Juárez 10", unit="3B", city="León", modified_at="2024-01-01")
    golden = w.golden()
    assert golden["party"].select("street", "unit", "city", "postal_code", "country").row(0) == (
        "Calle 1", None, "Madrid", "28001", "ES",
    )  # fmt: skip
    assert told(golden, "unit")["losers"][0]["value"] == "3B"


def test_a_missing_country_is_filled_only_when_all_others_agree(world) -> None:
    for countries, expected in ((("MX", "MX"), "MX"), (("MX", "ES"), None)):
        w = world()
        w.person("p", A, street="Calle 1", city="León", postal_code="37000")
        for i, country in enumerate(countries):
            w.person("p", f"x{i}", country=country)
        golden = w.golden()
        assert only(golden, "country") == expected
        assert told(golden, "country")["rule"] == ("unanimous" if expected else "best_verdict")


def test_an_invalid_postal_code_does_not_travel_with_its_address(world) -> None:
    w = world()
    w.person("p", A, street="Calle 1", city="Madrid", postal_code="00000", postal_code_verdict="invalid")
    golden = w.golden()
    assert only(golden, "street") == "Calle 1"
    assert only(golden, "postal_code") is None
    assert told(golden, "postal_code")["losers"][0]["value"] == "00000"


def test_the_owner_is_the_most_recent_one(world) -> None:
    w = world()
    w.person("p", A, owner="Old", modified_at="2019-01-01")
    w.person("p", B, owner="New", modified_at="2023-01-01")
    assert only(w.golden(trust={"aaa": 100}), "owner") == "New"


def test_a_shared_mailbox_is_not_the_email_of_a_person(world) -> None:
    w = world()
    w.person("p", A, email="info@acme.com")
    w.person("p", B, email="ana@acme.com")
    w.organisation("q", "ccc:3", email="info@acme.com")
    party = w.golden(trust={"aaa": 100})["party"]
    emails = dict(party.select("party_kind", "email").iter_rows())
    assert emails == {"person": "ana@acme.com", "organisation": "info@acme.com"}


def test_the_second_email_of_a_record_can_win(world) -> None:
    w = world()
    who = w.person("p", A, email="info@acme.com")
    w.contact(who, "email", "ana@acme.com", column="Email 2")
    golden = w.golden()
    assert only(golden, "email") == "ana@acme.com"
    assert told(golden, "email")["source_field"] == "Email 2"


# ------------------------------------------------------------------ settings


@pytest.mark.parametrize(
    ("strategy", "winner"),
    [
        ("most_recent", "Dos"), ("least_recent", "Uno"), ("most_frequent", "Tres"), ("longest", "Cuatro"),
        ("most_trusted", "Uno"), ("best_verdict", "Uno"), ("most_complete", "Uno"),
    ],
)  # fmt: skip
def test_a_project_may_choose_the_strategy(world, strategy, winner) -> None:
    w = world()
    w.person("p", "a", trade_name="Uno", created_at="2010-01-01", modified_at="2011-01-01")
    w.person("p", "b", trade_name="Dos", created_at="2015-01-01", modified_at="2024-01-01")
    w.person("p", "c", trade_name="Tres", created_at="2015-01-01")
    w.person("p", "d", trade_name="Tres", created_at="2015-01-01")
    w.person("p", "e", trade_name="Cuatro", created_at="2015-01-01")
    assert only(w.golden({"a": 90}, trade_name=strategy), "trade_name") == winner


def test_trust_can_differ_for_one_field(world) -> None:
    w = world()
    w.person("p", A, owner="x", trade_name="x")
    w.person("p", B, owner="y", trade_name="y")
    golden = w.golden({"aaa": 90}, owner={"strategy": "most_trusted", "trust": {"bbb": 95}})
    assert (only(golden, "owner"), only(golden, "trade_name")) == ("y", "x")


def test_a_wrong_key_is_told_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "crmq.yaml"
    file.write_text("survivorship:\n  birthdate: most_recent\n")
    with pytest.raises(ConfigError) as error:
        declarative.check(declarative.read(file), SurvivorshipSection, ("survivorship",))
    assert error.value.where == f"{file}:2:3"
    assert "birth_date" in (error.value.hint or "")


def test_an_unknown_strategy_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "crmq.yaml"
    file.write_text("owner: newest\n")
    with pytest.raises(ConfigError) as error:
        declarative.check(declarative.read(file), SurvivorshipSection)
    assert (error.value.where or "").startswith(f"{file}:1:")


def test_every_golden_field_has_one_rule() -> None:
    covered = [f for rule in defaults().rules.values() for f in rule.fields]
    assert len(covered) == len(set(covered))
    assert set(PARTY) >= {f for f in covered if f != "status"}


# ------------------------------------------------------------------ headers, computed columns, defects


def test_lineage_names_the_header_the_value_was_read_from(world) -> None:
    raw = RawTable("a.csv", pl.DataFrame(), pl.Series([], dtype=pl.UInt32), [])
    fields = (FieldMapping("Nombre completo", "full_name"), FieldMapping("F. nac.", "birth_date"))
    mapped = MappedTable(raw, "aaa", "generic", "contact", ("person",), fields)
    w = world()
    w.headers = headers_of([mapped]).to_dicts()
    w.person("p", A, full_name="Ana Ruiz", given_name="Ana", birth_date="1984-04-12", gender="f")
    golden = w.golden()
    headers = {f: told(golden, f)["source_field"] for f in ("full_name", "given_name", "birth_date", "gender")}
    assert headers == {
        "full_name": "Nombre completo", "given_name": "Nombre completo", "birth_date": "F. nac.", "gender": "gender",
    }  # fmt: skip


def test_known_since_is_the_earliest_evidence_but_no_database_default(world) -> None:
    w = world()
    who = w.person("p", A, created_at="1900-01-01", modified_at="2020-01-01")
    w.consent(who, "given", captured_at="2012-02-02")
    w.add("orders", {"source": "aaa", "object": "order", "record_id": "o"}, party_object="contact", party_key="1",
          ordered_at="2011-03-03")  # fmt: skip
    w.ledger.append({"disposition": "mapped"})
    assert str(only(w.golden(), "known_since")).startswith("2011-03-03")


def test_status_is_inactive_only_when_all_records_are(world) -> None:
    w = world()
    w.person("p", A, status="Inactivo")
    w.person("p", B, is_deleted=True)
    w.person("q", A.replace("1", "3"), status="Dado de baja")
    w.person("q", B.replace("2", "4"), status="Cliente")
    assert sorted(w.golden()["party"]["status"]) == ["active", "inactive"]


def test_quality_is_completeness_times_validity(world) -> None:
    w = world()
    weights = defaults().quality["person"]
    w.person("p", A, full_name="Ana", email="a@x.com", phone="+34600", phone_verdict="possible")
    score = (weights["person_name"] + weights["email"] + 0.75 * weights["phone"]) / sum(weights.values())
    assert only(w.golden(), "quality_score") == int(100 * score + 0.5)


def test_records_of_different_kinds_never_share_a_party(world) -> None:
    w = world()
    w.person("p", A, full_name="Ana Ruiz")
    w.organisation("p", A, org_name="Ana Ruiz")
    assert sorted(w.golden()["party"]["party_kind"]) == ["organisation", "person"]


def test_a_record_without_a_cluster_is_a_defect_told_as_such(world) -> None:
    w = world()
    w.person("p", A)
    w.person("p", B)
    matches = w.matches()
    short = type(matches)(matches.clusters.head(1), matches.pairs)
    with pytest.raises(InternalError):
        consolidate(w.tables(), short, ConsolidateSettings())


def test_a_balance_that_does_not_close_stops_the_run(world) -> None:
    w = world()
    w.person("p", A)
    w.ledger.append({"source": "aaa", "disposition": "vanished"})
    with pytest.raises(BalanceError):
        w.golden()
