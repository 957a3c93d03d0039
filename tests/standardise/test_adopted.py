"""Rows of child tables reach the party they name, and orders their customer by e-mail."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from crmq.connectors import inputs
from crmq.mapping import MappingSettings, map_tables
from crmq.standardise import StandardiseSettings, standardise

SAMPLES = Path(__file__).parent.parent / "systems" / "samples"


def tables(system: str, *names: str):
    raws = inputs.read([str(SAMPLES / system / f"{name}.csv") for name in names]).tables
    settings = StandardiseSettings(country="ES", as_of=dt.date(2026, 9, 1))
    return standardise(map_tables(raws, MappingSettings(country="ES")).tables, settings)


def points(made, record: str) -> set[tuple[str, str]]:
    mine = made["contact_points"].filter((pl.col("record_id") == record) & pl.col("entity").is_not_null())
    return set(mine.select("cp_type", "value_norm").iter_rows())


@pytest.mark.parametrize(
    ("system", "names", "record", "point"),
    [
        ("jdedwards", ("F0101", "F0115"), "4242", ("phone", "+34915551234")),
        ("jdedwards", ("F0101", "F0116"), "4242", ("postal", "gran via 1||28013")),
        ("jdedwards", ("F0101", "F0111", "F01151"), "4242:1", ("email", "eva@textilaurora.es")),
        ("jdedwards", ("F0101", "F01151"), "4242", ("email", "eva@textilaurora.es")),  # without the who's who
        ("goldmine", ("CONTACT1", "CONTSUPP"), "99123186399AbCdEfAna", ("email", "ana@textilaurora.es")),
        (
            "suitecrm", ("contacts_table", "email_addresses", "email_addr_bean_rel"),
            "5f0c3a2e-1b7d-4c7e-9b0e-0242ac120002", ("email", "ana.ruiz@textilaurora.es"),
        ),
    ],
)  # fmt: skip
def test_a_row_of_a_child_table_is_a_contact_point_of_its_party(system, names, record, point) -> None:
    made = tables(system, *names)
    alone = tables(system, *(name for name in names if name in ("F0101", "F0111", "CONTACT1", "contacts_table")))
    assert point in points(made, record) - points(alone, record)
    slots = made["contact_points"].filter(pl.col("record_id") == record).group_by("cp_type").agg("slot")
    assert all(sorted(s) == list(range(1, len(s) + 1)) for s in slots["slot"])


def test_the_first_adopted_point_stands_on_the_record() -> None:
    made = tables("goldmine", "CONTACT1", "CONTSUPP")
    record = made.records.filter(pl.col("record_id") == "99123186399AbCdEfAna").row(0, named=True)
    assert (record["email"], record["email_verdict"]) == ("ana@textilaurora.es", "valid")


def test_what_an_address_table_says_of_consent_reaches_the_owner() -> None:
    made = tables("suitecrm", "contacts_table", "email_addresses", "email_addr_bean_rel")
    given = made["consents"].filter((pl.col("column") == "confirm_opt_in") & pl.col("entity").is_not_null())
    assert given.select("record_id", "status").rows() == [("5f0c3a2e-1b7d-4c7e-9b0e-0242ac120002", "given")]


def test_children_of_nobody_stay_as_orphans_and_every_row_is_accounted_for() -> None:
    made = tables("jdedwards", "F0115")
    assert made["contact_points"]["entity"].null_count() == made["contact_points"].height == 2
    assert made.ledger["records"].sum() == made.adopted == 2


def test_orders_name_their_customer_by_email_and_keep_their_own_line() -> None:
    made = tables("shopify", "customers_export", "orders_export")
    assert made["orders"]["party_value"][0] == "ana.ruiz@correoruiz.es"
    lines = made["order_lines"].filter(pl.col("order_key") == "#1001").sort("sku")
    assert lines.select("sku", "quantity", "unit_price").rows() == [("B-1", "2", "16.00"), ("G-1", "1", "21.91")]
