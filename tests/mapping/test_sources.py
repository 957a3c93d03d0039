"""Which tables are one source, and what it is called."""

from __future__ import annotations

import pytest

from crmq.mapping import MappingSettings, map_tables
from crmq.mapping.naming import table_stem

HUBSPOT = {"Record ID": ["1"], "First Name": ["Ana"], "Last Name": ["Ruiz"], "Email": ["a@b.mx"]}
PEOPLE = {"id": ["1", "2"], "first_name": ["Ana", "Eva"], "last_name": ["Ruiz", "Gil"], "email": ["a@b.mx", "e@f.mx"]}
SF_CONTACT = {"Id": ["003A"], "IsDeleted": ["0"], "MasterRecordId": [None], "AccountId": ["001A"], "LastName": ["R"]}
SF_ACCOUNT = {"Id": ["001A"], "IsDeleted": ["0"], "MasterRecordId": [None], "ParentId": [None], "BillingStreet": ["x"],
              "Name": ["Acme"]}  # fmt: skip


@pytest.fixture
def sources(table):
    def run(*tables, **options):
        raws = [table(columns, **rest) for columns, rest in tables]
        return [p.source for p in map_tables(raws, MappingSettings(**options)).proposals]

    return run


def at(columns, path, **rest):
    return columns, {"path": path, **rest}


def test_a_given_name_wins(sources):
    assert sources(at(HUBSPOT, "x.csv", source="hs_mx"), at(PEOPLE, "y.csv", source="web")) == ["hs_mx", "web"]


def test_one_export_of_a_system_has_its_name(sources):
    assert sources(at(SF_CONTACT, "e/Contact.csv"), at(SF_ACCOUNT, "e/Account.csv")) == ["salesforce", "salesforce"]


def test_deliveries_and_parts_are_one_source(sources):
    assert sources(at(HUBSPOT, "contacts-2026-01.csv"), at(HUBSPOT, "contacts-2026-02.csv")) == ["hubspot", "hubspot"]
    assert sources(at(PEOPLE, "d/people_2026-01-31.csv"), at(PEOPLE, "d/people_2026-02-28.csv")) == ["people", "people"]
    assert sources(at(PEOPLE, "d/people (1).csv"), at(PEOPLE, "d/people (2).csv")) == ["people", "people"]


def test_two_instances_of_a_system_are_told_apart(sources):
    names = sources(
        at(SF_CONTACT, "e/sf_mx_contacts.csv"), at(SF_ACCOUNT, "e/sf_mx_accounts.csv"),
        at(SF_CONTACT, "e/sf_es_contacts.csv"), at(SF_ACCOUNT, "e/sf_es_accounts.csv"),
    )  # fmt: skip
    assert names == ["sf_mx", "sf_mx", "sf_es", "sf_es"]
    assert sources(at(SF_CONTACT, "mx/Contact.csv"), at(SF_CONTACT, "es/Contact.csv")) == ["mx", "es"]


def test_files_of_one_export_that_differ_by_status_are_one_source(sources):
    """An audience is exported as one file per status, each with columns of its own."""
    members = {"Email Address": ["a@b.mx"], "MEMBER_RATING": ["2"], "OPTIN_TIME": [None], "LEID": ["1"], "EUID": ["x"]}
    gone = {**members, "EUID": ["y"], "UNSUB_TIME": [None], "UNSUB_REASON": [None], "UNSUB_CAMPAIGN_ID": [None]}
    names = sources(
        at(members, "a.zip", member="subscribed_members_export_a1.csv"),
        at(gone, "a.zip", member="unsubscribed_members_export_a1.csv"),
    )
    assert names == ["mailchimp", "mailchimp"]


def test_two_systems_never_share_a_source(sources):
    """Two exports of either system lie in its folder, so that files name the sources; one file name is in both."""
    names = sources(
        at(HUBSPOT, "h/norte.csv"), at({**HUBSPOT, "Job Title": ["x"], "City": ["x"]}, "h/sur.csv"),
        at(SF_CONTACT, "s/norte.csv"), at({**SF_CONTACT, "Email": ["x"], "Phone": ["1"]}, "s/este.csv"),
    )  # fmt: skip
    assert len(set(names)) == 4, names


def test_the_same_name_with_other_columns_is_no_delivery(sources):
    other = {"id": ["1"], "first_name": ["Ana"], "last_name": ["Gil"], "phone": ["55"], "city": ["x"], "zip": ["1"]}
    names = sources(at(PEOPLE, "d/list_2026-01.csv"), at(other, "d/list_2026-02.csv"))
    assert names == ["list_2026-01", "list_2026-02"]
    assert sources(at(PEOPLE, "a/list.csv"), at(PEOPLE, "b/list.csv")) == ["list", "b_list"]


def test_order_of_files_does_not_matter(sources):
    first = [at(SF_CONTACT, "mx/Contact.csv"), at(SF_CONTACT, "es/Contact.csv"), at(PEOPLE, "x/web.csv")]
    assert sorted(sources(*first)) == sorted(sources(*reversed(first)))


def test_source_column_names_the_source_of_each_row(table):
    columns = {**PEOPLE, "crm": ["billing", "support"], "note": ["x", "y"]}
    result = map_tables([table(columns, path="all.csv")], MappingSettings(source_column="CRM"))
    assert [(t.source, t.raw.frame["id"].to_list(), t.raw.lines.to_list()) for t in result.tables] == [
        ("billing", ["1"], [2]),
        ("support", ["2"], [3]),
    ]
    assert all("crm" not in t.unmapped for t in result.tables)


def test_blank_source_cells_fall_back_to_the_file(table):
    columns = {**PEOPLE, "crm": ["billing", " "]}
    result = map_tables([table(columns, path="all.csv")], MappingSettings(source_column="crm"))
    assert sorted(t.source for t in result.tables) == ["all", "billing"]


def test_mdm_set_has_three_sources(shared_data, read_and_map):
    result = read_and_map(
        shared_data("er/mdm_crm_billing_support/customers_all_sources.csv"), source_column="source_system"
    )
    assert {t.source for t in result.tables} == {"crm", "billing", "support"}
    assert sum(t.raw.frame.height for t in result.tables) == 988


def test_orders_join_the_source_of_their_customers(table):
    customers = {"customer_no": ["K1", "K2", "K3"], "nombre": ["Ana Ruiz", "Eva Gil", "Leo Paz"]}
    orders = {"order_id": ["1", "2"], "customer_no": ["K1", "K3"], "order_date": ["2024-01-01"] * 2, "total": ["9"] * 2}
    raws = [table(orders, path="d/orders.csv"), table(customers, path="d/kunden.csv"), table(PEOPLE, path="d/web.csv")]
    order, customer, _web = map_tables(raws, MappingSettings()).tables
    assert (order.object, order.source) == ("order", "kunden")
    assert order.mapped_to("party_id")[0].to_object == customer.object


@pytest.mark.parametrize(
    ("path", "stem"),
    [
        ("exports/contacts-2026-01-31_part2.csv.gz", "contacts"),
        ("hubspot-crm-exports-all-contacts-2023-02-21.csv", "hubspot-crm-exports-all-contacts"),
        ("WE_00D5000000_1.ZIP", "WE_00D5000000"),
        ("clientes enero 2026.xlsx", "clientes"),
        ("export_20260131T1015.csv", "export"),
        ("Contacts_001.csv", "Contacts"),
        ("dataset_A_1000.csv", "dataset_A_1000"),
        ("dataset3.csv", "dataset3"),
        ("2026-01.csv", "2026-01"),
        (r"C:\data\Accounts (2).csv", "Accounts"),
    ],
)
def test_names_without_date_and_part(path, stem):
    assert table_stem(path) == stem
