"""Public matching sets map by the general rules; what fits no field stays with the record."""

from __future__ import annotations

import pytest

EXPECTED = {
    "er/febrl3/dataset3.csv": (
        "contact",
        {
            "rec_id": "record_id", "given_name": "given_name", "surname": "family_name",
            "street_number": "house_number",
            "address_1": "street", "address_2": "street_2", "suburb": "city", "postcode": "postal_code",
            "state": "region", "date_of_birth": "birth_date", "soc_sec_id": "national_id",
        },
    ),
    "er/splink_historical_50k/historical_figures_with_errors_50k.parquet": (
        "contact",
        {
            "unique_id": "record_id", "full_name": "full_name", "first_name": "given_name", "surname": "family_name",
            "dob": "birth_date", "postcode_fake": "postal_code", "gender": "gender", "occupation": "job_title",
        },
    ),
    "er/splink_fake_1000/fake_1000.csv": (
        "contact",
        {
            "unique_id": "record_id", "first_name": "given_name", "surname": "family_name", "dob": "birth_date",
            "city": "city", "email": "email",
        },
    ),
    "er/rldata500/RLdata500.csv": (
        "contact",
        {
            "rec_id": "record_id", "fname_c1": "given_name", "fname_c2": "middle_name", "lname_c1": "family_name",
            "lname_c2": "surname_2", "by": "birth_year", "bm": "birth_month", "bd": "birth_day",
        },
    ),
    "er/pseudopeople_census_w2/decennial_census_2020.csv.gz": (
        "contact",
        {
            "simulant_id": "record_id", "first_name": "given_name", "middle_initial": "middle_name",
            "last_name": "family_name", "age": "age", "date_of_birth": "birth_date", "street_number": "house_number",
            "street_name": "street", "unit_number": "unit", "city": "city", "state": "region",
            "zipcode": "postal_code", "sex": "gender",
        },
    ),
    "er/pseudopeople_census_w2/w2_1099_2020.csv.gz": (
        "contact",
        {
            "ssn": "national_id", "employer_name": "company_name", "first_name": "given_name",
            "middle_initial": "middle_name", "last_name": "family_name",
            "mailing_address_street_number": "house_number/mailing", "mailing_address_street_name": "street/mailing",
            "mailing_address_unit_number": "unit/mailing", "mailing_address_city": "city/mailing",
            "mailing_address_state": "region/mailing", "mailing_address_zipcode": "postal_code/mailing",
            "employer_street_number": "house_number/work#2", "employer_street_name": "street/work#2",
            "employer_unit_number": "unit/work#2", "employer_city": "city/work#2", "employer_state": "region/work#2",
            "employer_zipcode": "postal_code/work#2",
        },
    ),
    "er/zingg_febrl_65/testWithHeader.csv": (
        "contact",
        {
            "recId": "record_id", "fName": "given_name", "lName": "family_name", "street": "street",
            "locality": "city", "state": "region", "dob": "birth_date", "ssn": "national_id",
        },
    ),
    "er/mdm_crm_billing_support/customers_all_sources.csv": (
        "customer",
        {
            "source_customer_id": "record_id", "first_name": "given_name", "last_name": "family_name",
            "email": "email", "phone": "phone", "address": "street", "city": "city", "state": "region",
            "zip": "postal_code", "updated_date": "modified_at",
        },
    ),
    "er/patient_silos/primary_care.csv.gz": (
        "contact",
        {
            "pc_record_id": "record_id", "first_name": "given_name", "last_name": "family_name", "dob": "birth_date",
            "gender": "gender", "address": "street", "city": "city", "state": "region", "zip": "postal_code",
        },
    ),
    "dirty_clean/tax_people/dirty.csv": (
        "contact",
        {
            "f_name": "given_name", "l_name": "family_name", "gender": "gender", "phone": "phone", "city": "city",
            "state": "region", "zip": "postal_code",
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("file", EXPECTED)
def test_set(shared_data, read_and_map, fed, file):
    obj, fields = EXPECTED[file]
    result = read_and_map(shared_data(file))
    assert result.proposals[0].plan.parts[0].object == obj
    assert fed(result) == fields
    (mapped,) = result.tables
    assert {f.header for f in mapped.fields} | set(mapped.unmapped) == set(mapped.raw.frame.columns)


def test_restaurants(shared_data, read_and_map, fed):
    result = read_and_map(shared_data("er/fodors_zagats/fodors.csv"), shared_data("er/fodors_zagats/zagats.csv"))
    assert [p.source for p in result.proposals] == ["fodors", "zagats"]
    for index in range(2):
        found = fed(result, index)
        assert found.pop("name") in ("full_name", "org_name")
        assert found == {"id": "record_id", "addr": "street", "city": "city", "phone": "phone"}


def test_patent_applicants_are_parties(shared_data, read_and_map, fed):
    result = read_and_map(shared_data("er/dedupe_patent_applicants/patstat_input.csv"))
    assert result.tables[0].entities
    assert fed(result)["person_id"] == "record_id"
    assert fed(result)["Name"] in ("org_name", "full_name")


def test_a_table_of_beers_has_no_parties(shared_data, read_and_map):
    (mapped,) = read_and_map(shared_data("dirty_clean/beers/dirty.csv")).tables
    assert (mapped.object, mapped.entities) == ("other", ())


def test_chinook_and_northwind(shared_data, read_and_map):
    chinook = read_and_map(shared_data("crm/chinook/Chinook_Sqlite.sqlite"))
    objects = {t.raw.member: t.object for t in chinook.tables}
    assert objects["Customer"] == "customer"
    assert objects["Invoice"] == "order"
    assert {objects[n] for n in ("Album", "Artist", "Genre", "Track", "InvoiceLine", "Playlist")} == {"other"}
    invoice = next(t for t in chinook.tables if t.raw.member == "Invoice")
    customer = next(t for t in chinook.tables if t.raw.member == "Customer")
    assert invoice.source == customer.source
    assert [f.to_object for f in invoice.fields if f.field == "party_id"] == ["customer"]

    northwind = read_and_map(shared_data("crm/northwind/northwind.sqlite"))
    by_name = {t.raw.member: t for t in northwind.tables}
    customers = by_name["Customers"]
    assert (customers.object, customers.entities) == ("customer", ("person", "organisation"))
    assert {f.header: f.field for f in customers.fields}["CompanyName"] == "org_name"
    assert {f.header: f.field for f in customers.fields}["ContactName"] == "full_name"
    assert by_name["Orders"].object == "order"
    assert by_name["Order Details"].object == "other"
    assert len({(by_name[n].source, by_name[n].object) for n in ("Suppliers", "Shippers", "Customers")}) == 3
