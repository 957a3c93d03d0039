"""What each header is taken for, and what its values change about that."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmq.mapping import ACCEPT, MappingSettings, map_tables
from crmq.mapping.labels import read as read_header

PEOPLE = ["Ana Ruiz López", "Juan Pérez Gil", "María García", "José Luis Soto", "Carmen Vega", "Pedro Díaz"]
FIRMS = ["Aceros del Norte S.A. de C.V.", "Consulting Group SAS", "Talleres Vega S.L.", "Acme Inc.", "Zeta Ltda",
         "Servicios Integrales SpA"]  # fmt: skip
EMAILS = [f"persona{i}@mail.com" for i in range(6)]
PHONES = [
    "+52 55 1234 5678",
    "+52 33 8765 4321",
    "(55) 2222-3333",
    "+57 310 555 1234",
    "55-44-33-22-11",
    "+34 600 123 123",
]
REGIONS = ["Antioquia", "Cundinamarca", "Huila"] * 2
UNITS = ["Ventas", "Compras", "Sistemas"] * 2


@pytest.fixture
def propose(table):
    def run(columns, path="exports/data.csv", **options):
        result = map_tables([table(columns, path=path)], MappingSettings(**options))
        return result.proposals[0].plan.parts[0].columns, result

    return run


@pytest.mark.parametrize("header", ["column_3", "campo1", "f4", "", "Unnamed: 7", "日本"])
@pytest.mark.parametrize(
    ("values", "field"), [(EMAILS, "email"), (PHONES, "phone"), (PEOPLE, "full_name"), (FIRMS, "org_name")]
)
def test_silent_headers_are_read_by_their_values(propose, header, values, field):
    columns, _result = propose({"Notas": ["x"] * 6, header: values})
    item = columns[header]
    assert (item.field, item.state) == (field, "accepted")
    assert item.mapping.source == "content"
    assert item.reason


def test_birth_dates_by_values_other_dates_only_as_a_question(propose):
    births = ["1951-02-03", "1968-11-30", "1984-04-12", "1990-07-01", "2001-01-15", "1977-09-09"]
    recent = ["2024-01-03 10:00", "2024-02-03 11:00", "2024-03-03 10:30", "2024-03-09 09:00", "2024-04-01 08:00",
              "2024-05-01 08:00"]  # fmt: skip
    columns, _result = propose({"Nombre": PEOPLE, "Correo": EMAILS, "f1": births, "f2": recent})
    assert (columns["f1"].field, columns["f1"].state) == ("birth_date", "accepted")
    assert columns["f2"].state == "proposed"


def test_values_that_contradict_the_header_win(propose):
    columns, _result = propose({"name": PEOPLE, "email": [str(1000 + i) for i in range(6)], "phone": EMAILS})
    assert columns["email"].state != "accepted"
    assert "e-mail" in columns["email"].reason
    assert columns["phone"].field == "email"


def test_flags_are_not_names(propose):
    columns, _result = propose({"Name": FIRMS, "Customer": ["TRUE", "FALSE"] * 3, "City": ["Lima"] * 6})
    assert columns["Customer"].state == "extra"
    assert columns["Name"].field == "org_name"


@pytest.mark.parametrize(
    ("beside", "values", "field"),
    [
        ({"Apellidos": ["Ruiz"] * 6}, ["Ana", "Juan", "Eva", "Luis", "Pía", "Leo"], "given_name"),
        ({"Empresa": FIRMS}, PEOPLE, "full_name"),
        ({"Teléfono": PHONES}, PEOPLE, "full_name"),
        ({"Teléfono": PHONES}, FIRMS, "org_name"),
        ({"Album": ["x"] * 6}, ["Rock", "Jazz", "Pop", "Salsa", "Ska", "Soul"], None),
    ],
)
def test_nombre_depends_on_its_company(propose, beside, values, field):
    columns, _result = propose({**beside, "Nombre": values})
    item = columns["Nombre"]
    assert (item.field if item.state == "accepted" else None) == field


@pytest.mark.parametrize(
    ("columns", "header", "field"),
    [
        ({"Nombre": PEOPLE, "Calle": ["x"] * 6, "Departamento": REGIONS}, "Departamento", "region"),
        ({"Nombre": PEOPLE, "Correo": EMAILS, "Departamento": UNITS}, "Departamento", "department"),
        ({"Nombre": PEOPLE, "Ciudad": ["x"] * 6, "Estado": ["Jalisco", "Puebla", "Oaxaca"] * 2}, "Estado", "region"),
        ({"Nombre": PEOPLE, "Ciudad": ["x"] * 6, "Estado": ["Activo", "Inactivo", "Activo"] * 2}, "Estado", "status"),
        ({"Nombre": PEOPLE, "Correo": EMAILS, "Título": ["Sr.", "Sra.", "Dr."] * 2}, "Título", "honorific"),
        ({"Nombre": PEOPLE, "Correo": EMAILS, "Title": ["CFO", "Buyer", "Clerk"] * 2}, "Title", "job_title"),
        ({"first_name": ["Ana"] * 6, "suburb": ["Epping"] * 6, "city": ["Sydney"] * 6}, "suburb", "district"),
        ({"first_name": ["Ana"] * 6, "suburb": ["Epping"] * 6, "postcode": ["2121"] * 6}, "suburb", "city"),
    ],
)  # fmt: skip
def test_traps(propose, columns, header, field):
    assert propose(columns)[0][header].field == field


def test_department_is_a_region_where_the_country_has_departments(propose):
    columns = {"Nombre": PEOPLE, "Ciudad": ["x"] * 6, "Departamento": ["A", "B", "C"] * 2}
    assert propose(columns, country="CO")[0]["Departamento"].field == "region"
    assert propose(columns, country="ES")[0]["Departamento"].field == "department"


def test_ids_of_customers_and_of_orders(propose):
    customers = {"customer_id": ["1", "2", "3"], "name": PEOPLE[:3], "email": EMAILS[:3]}
    columns, _result = propose(customers, path="customers.csv")
    assert columns["customer_id"].field == "record_id"
    orders = {
        "id": ["10", "11", "12", "13"], "customer_id": ["1", "1", "2", "3"], "date": ["2024-01-01"] * 4,
        "total": ["10.5", "20", "3", "4"],
    }  # fmt: skip
    columns, result = propose(orders, path="orders.csv")
    assert {h: c.field for h, c in columns.items()} == {
        "id": "record_id", "customer_id": "party_id", "date": "ordered_at", "total": "total",
    }  # fmt: skip
    assert result.tables[0].object == "order"


def test_an_id_that_repeats_is_no_record_id(propose):
    columns, _result = propose({"customer_id": ["1"] * 6, "Nombre": PEOPLE, "Correo": EMAILS})
    assert columns["customer_id"].field != "record_id"
    columns, _result = propose(
        {"customer_id": ["1"] * 6, "Nombre": PEOPLE, "Correo": EMAILS}, id_columns=("customer_id",)
    )
    assert columns["customer_id"].field == "record_id"


def test_the_users_id_column_takes_the_place_of_the_recognised_one(table):
    columns = {"Record ID": ["1", "2"], "First Name": ["Ana", "Eva"], "Last Name": ["Ruiz", "Gil"], "Key": ["a", "b"]}
    result = map_tables([table(columns)], MappingSettings(id_columns=("key",)))
    (mapped,) = result.tables
    assert [f.header for f in mapped.mapped_to("record_id")] == ["Key"]
    assert "Record ID" in mapped.unmapped


def test_consent_polarity(propose):
    columns, _result = propose(
        {
            "Nombre": PEOPLE, "Correo": EMAILS, "Email Opt Out": ["Yes", "No"] * 3,
            "Acepta publicidad": ["Sí", "No"] * 3, "No llamar": ["1", "0"] * 3, "Do_Not_Contact": ["Y", "N"] * 3,
        }
    )  # fmt: skip
    out = columns["Email Opt Out"].mapping
    assert (out.channel, out.granted) == ("email", ())
    assert "yes" in out.denied
    assert "no" not in out.denied
    into = columns["Acepta publicidad"].mapping
    assert "si" in into.granted
    assert "no" in into.denied
    assert (columns["No llamar"].mapping.channel, columns["Do_Not_Contact"].mapping.channel) == ("phone", "any")
    assert columns["No llamar"].mapping.granted == columns["Do_Not_Contact"].mapping.granted == ()


def test_somebody_elses_contact_data_stay_out(propose):
    columns, _result = propose(
        {"Nombre": PEOPLE, "Correo": EMAILS, "Assistant Phone": PHONES, "Emergency contact phone": PHONES,
         "Manager email": [f"boss{i}@corp.com" for i in range(6)]}
    )  # fmt: skip
    assert [h for h, c in columns.items() if c.state == "accepted"] == ["Nombre", "Correo"]


def test_identifiers_take_the_scheme_that_their_values_have(propose):
    columns, _result = propose({"Nombre": PEOPLE[:3], "NIT": ["800197268-4", "860002964-4", "890903938-8"]})
    assert columns["NIT"].mapping.scheme == "CO:NIT"
    columns, _result = propose({"Nombre": PEOPLE[:3], "NIF": ["1804974", "77", "42"]})
    assert columns["NIF"].mapping is None or columns["NIF"].mapping.scheme is None


def test_addresses_keep_together(propose):
    columns, _result = propose(
        {
            "Nombre": PEOPLE, "Home Street": ["a"] * 6, "Home City": ["b"] * 6, "Work Street": ["c"] * 6,
            "Work City": ["d"] * 6, "Country": ["Mexico"] * 6,
        }
    )  # fmt: skip
    slots = {h: (c.mapping.usage, c.mapping.slot) for h, c in columns.items() if h != "Nombre"}
    assert slots["Home Street"] == slots["Home City"] == slots["Country"] == ("home", 1)
    assert slots["Work Street"] == slots["Work City"] == ("work", 2)


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("C_digo_Postal__c", "postal_code"), ("Tel_fono__c", "phone"), ("Correo_electr_nico_personal__c", "email"),
        ("Direcci_n", "street"), ("secondary_email_c", "email"), ("MAILINGCITY", "city"), ("EmailAddress2", "email"),
        ("telefno", "phone"), ("Fec. Nac.", "birth_date"), ("E-MAIL 1", "email"), ("Cód. postal", "postal_code"),
    ],
)  # fmt: skip
def test_ways_to_write_a_header(header, field):
    assert read_header(header).fields == (field,)


@pytest.mark.parametrize("header", ["A_o_de_Compra__c", "drug_description", "Interested?", "beer_name", "PhotoPath"])
def test_words_that_only_look_like_labels(header):
    reading = read_header(header)
    assert reading.kind in ("unknown", "plain") or reading.how in ("part", "somebody_else")


CELL = st.one_of(
    st.none(), st.text(max_size=30), st.sampled_from(EMAILS + PHONES + PEOPLE + ["1", "true", "2024-01-01"])
)
HEADER = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["Id", "Email", "name", "Nombre", "Estado", "customer_id", "total", "Fecha", "NIF", "phone", "Title"]
    ),
)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
def test_any_table_maps_without_loss(table, data):
    names = data.draw(st.lists(HEADER, min_size=1, max_size=6, unique=True))
    height = data.draw(st.integers(0, 5))
    columns = {name: data.draw(st.lists(CELL, min_size=height, max_size=height)) for name in names}
    result = map_tables([table(columns)], MappingSettings())
    assert sum(t.raw.physical_rows for t in result.tables) == height
    for mapped in result.tables:
        headers = [f.header for f in mapped.fields]
        assert sorted([*headers, *mapped.unmapped]) == sorted(names)
        places = [(f.field, f.usage, f.slot) for f in mapped.fields]
        assert len(set(places)) == len(places)
        assert all(f.confidence >= ACCEPT and f.reason for f in mapped.fields)
