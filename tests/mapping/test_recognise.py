"""Which system and object a table is, also when its headers were touched."""

from __future__ import annotations

import random

import polars as pl
import pytest

from crmq.mapping import MappingSettings, map_tables

SF_CONTACT = ["Id", "IsDeleted", "MasterRecordId", "AccountId", "LastName", "FirstName", "Name", "Email", "Phone",
              "MobilePhone", "MailingStreet", "MailingCity", "MailingPostalCode", "MailingCountry", "Title",
              "HasOptedOutOfEmail", "OwnerId", "CreatedDate", "LastModifiedDate", "Codigo_Cliente__c"]  # fmt: skip
HUBSPOT = ["Record ID", "First Name", "Last Name", "Email", "Phone Number", "Contact owner", "Lifecycle Stage",
           "Create Date", "Associated Company IDs", "My own property"]  # fmt: skip
DYNAMICS = ["(Do Not Modify) Account", "(Do Not Modify) Row Checksum", "(Do Not Modify) Modified On", "Account Name",
            "Main Phone", "Website", "Custom thing"]  # fmt: skip
SAMPLES = {
    "salesforce": (SF_CONTACT, "contact"), "hubspot": (HUBSPOT, "contact"), "dynamics365": (DYNAMICS, "account"),
}  # fmt: skip


def recognised(table, names, rows=(), **rest):
    columns = {name: [row[i] for row in rows] for i, name in enumerate(names)}
    plan = map_tables([table(columns, **rest)], MappingSettings()).proposals[0].plan
    return plan.system, plan.parts[0].object, plan.confidence


def test_plain_tables_are_no_system(table):
    """Words that anybody uses, in the spelling of databases, are no fingerprint."""
    plain = [
        ["id", "first_name", "last_name", "email"], ["id", "first_name", "last_name", "email", "create_date"],
        ["id", "name", "email", "phone", "city"], ["id", "last_name", "company", "status"],
        ["customer_id", "company_name", "phone", "website"], ["id", "last_name", "company", "status", "lead_source"],
    ]  # fmt: skip
    for names in plain:
        assert recognised(table, names)[0] == "generic", names


VARIANTS = {
    "as exported": lambda names: names,
    "upper case": lambda names: [n.upper() for n in names],
    "stray blanks and a byte order mark": lambda names: ["\ufeff" + names[0], *(f" {n} " for n in names[1:])],
    "shuffled": lambda names: random.Random(7).sample(names, len(names)),
    "with columns of somebody else": lambda names: [*names, "x1", "Notas internas", "zz_flag"],
    "without the custom columns": lambda names: names[:-1],
}


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("system", SAMPLES)
def test_header_variants(table, system, variant):
    names, obj = SAMPLES[system]
    found = recognised(table, VARIANTS[variant](names))
    assert found[:2] == (system, obj)
    assert found[2] >= 0.8


def test_a_missing_typical_column_lowers_the_confidence_only(table):
    whole = recognised(table, SF_CONTACT)
    partial = recognised(table, [n for n in SF_CONTACT if n != "MasterRecordId"])
    assert partial[:2] == ("salesforce", "contact")
    assert partial[2] < whole[2]


def test_snake_case_of_a_pipeline(table, shared_data, read_and_map):
    result = read_and_map(shared_data("crm/salesforce_api_seeds"))
    found = {p.plan.raw.path.rsplit("/", 1)[-1]: (p.plan.system, p.plan.parts[0].object) for p in result.proposals}
    assert found == {
        "sf_account_data.csv": ("salesforce", "account"),
        "sf_contact_data.csv": ("salesforce", "contact"),
        "sf_lead_data.csv": ("salesforce", "lead"),
        "sf_user_data.csv": ("salesforce", "other"),
    }
    assert {p.source for p in result.proposals} == {"salesforce"}


def test_hubspot_pipeline_tables(shared_data, read_and_map):
    result = read_and_map(shared_data("crm/hubspot_api_seeds"))
    found = {p.plan.raw.path.rsplit("/", 1)[-1]: (p.plan.system, p.plan.title) for p in result.proposals}
    assert found == {
        "company_data.csv": ("hubspot", "Company"),
        "contact_data.csv": ("hubspot", "Contact"),
        "contact_merge_audit_data.csv": ("hubspot", "Contact merge audit"),
        "deal_data.csv": ("hubspot", "Deal"),
        "owner_data.csv": ("hubspot", "Owner (staff, not a customer)"),
    }


@pytest.mark.parametrize(
    ("file", "system", "obj"),
    [
        ("24-salesforce-style.csv", "salesforce", "lead"),
        ("real-world_salesforce-leads.csv", "salesforce", "lead"),
        ("25-hubspot-export.csv", "hubspot", "contact"),
        ("real-world_hubspot-export.csv", "hubspot", "contact"),
        ("real-world_zoho-crm-export.csv", "generic", "lead"),
        ("06-agency-crm-export.csv", "generic", "lead"),
        ("07-real-estate-crm.csv", "generic", "contact"),
    ],
)
def test_lead_exports(shared_data, read_and_map, file, system, obj):
    plan = read_and_map(shared_data(f"crm/lead_exports_groweasy/{file}")).proposals[0].plan
    assert (plan.system, plan.parts[0].object) == (system, obj)


def test_ids_speak_for_and_against(table):
    names = ["Id", "LastName", "Company", "Status", "LeadSource"]
    right = [["00Q5e00000AbCdE", "Pérez", "Acme", "Open", "Web"]] * 3
    wrong = [["4711", "Pérez", "Acme", "Open", "Web"]] * 3
    assert recognised(table, names, right)[2] > recognised(table, names)[2] > recognised(table, names, wrong)[2]


def test_person_accounts_give_persons(table):
    columns = {
        "Id": ["001A", "001B", "001C"],
        "IsDeleted": ["false"] * 3,
        "MasterRecordId": [None] * 3,
        "ParentId": [None] * 3,
        "Name": ["Acme SA", "Ana Ruiz", "Zeta Ltd"],
        "BillingStreet": ["Calle 1"] * 3,
        "LastName": [None, "Ruiz", None],
        "FirstName": [None, "Ana", None],
        "PersonEmail": [None, "ana@x.mx", None],
        "IsPersonAccount": ["false", "true", "FALSE"],
    }
    result = map_tables([table(columns, path="Account.csv")], MappingSettings())
    firms, people = result.tables
    assert (firms.object, firms.entities, firms.raw.frame["Id"].to_list()) == (
        "account",
        ("organisation",),
        ["001A", "001C"],
    )
    assert (people.object, people.entities, people.raw.frame["Id"].to_list()) == ("account", ("person",), ["001B"])
    assert people.raw.lines.to_list() == [3]
    assert {f.field for f in people.fields} >= {"given_name", "family_name", "email", "record_id"}
    assert [f.field for f in firms.fields if f.header == "Name"] == ["org_name"]
    assert [f.field for f in people.fields if f.header == "Name"] == ["full_name"]


def test_weekly_export_archive_is_one_source(tmp_path, read_and_map):
    import zipfile

    path = tmp_path / "WE_00D50000000001_1.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "Contact.csv",
            '"Id","IsDeleted","MasterRecordId","AccountId","LastName"\r\n"003A","0","","001A","Ruiz"\r\n',
        )
        archive.writestr(
            "Account.csv",
            '"Id","IsDeleted","MasterRecordId","Name","ParentId","BillingStreet"\r\n'
            '"001A","0","","Acme","","Calle 1"\r\n',
        )
    result = read_and_map(path)
    assert {(p.source, p.plan.parts[0].object) for p in result.proposals} == {
        ("salesforce", "account"),
        ("salesforce", "contact"),
    }
    assert {t.timezone for t in result.tables} == {"UTC"}
    assert all("salesforce_ids" in t.quirks for t in result.tables)


def test_naming_the_system_overrules(table):
    from crmq.mapping import SourceOverride

    columns = {"Id": ["1"], "Nombre": ["Ana"], "Email": ["a@b.mx"]}
    raw = table(columns, source="crm")
    settings = MappingSettings(sources={"crm": SourceOverride(system="hubspot", object="contact")})
    plan = map_tables([raw], settings).proposals[0].plan
    assert (plan.system, plan.parts[0].object) == ("hubspot", "contact")
    settings = MappingSettings(sources={"crm": SourceOverride(system="generic")})
    assert map_tables([raw], settings).proposals[0].plan.system == "generic"


def test_rows_in_another_order_change_nothing(table):
    rng = random.Random(3)
    rows = [(f"{i}", f"Nombre {i}", f"p{i}@mail.com" if i % 3 else "x", f"5512{i:06d}") for i in range(500)]
    shuffled = rng.sample(rows, len(rows))

    def plan(data):
        columns = {name: [row[i] for row in data] for i, name in enumerate(["k", "column_2", "column_3", "f4"])}
        return [
            (c.header, c.state, c.mapping) for c in map_tables([table(columns)], MappingSettings()).proposals[0].columns
        ]

    assert plan(rows) == plan(shuffled)


def test_nothing_is_lost_and_raw_is_untouched(table):
    columns = {"a": ["1", None], "Email": ["x@y.com", " "], "": [None, "z"], "日本": ["q", "w"]}
    raw = table(columns)
    before = raw.frame.clone()
    result = map_tables([raw], MappingSettings())
    (mapped,) = result.tables
    assert before.equals(raw.frame)
    assert {f.header for f in mapped.fields} | set(mapped.unmapped) == set(columns)
    assert isinstance(mapped.excluded, pl.DataFrame)
