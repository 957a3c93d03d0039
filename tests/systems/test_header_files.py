"""Headers seen in public exports and importers: each maps, or is known to have no place."""

from __future__ import annotations

import csv

import polars as pl
import pytest

from crmq.mapping import MappingSettings, map_tables
from crmq.model.raw import RawTable


def header_only(names, path="export.csv"):
    unique = []
    for name in names:
        unique.append(name if name not in unique else f"{name} (2)")
    frame = pl.DataFrame({name: pl.Series([], dtype=pl.String) for name in unique})
    return RawTable(path, frame, pl.Series([], dtype=pl.UInt32), list(names))


def columns(names):
    result = map_tables([header_only(names)], MappingSettings())
    plan = result.proposals[0].plan
    return plan, plan.parts[0].columns


def rows(path):
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


EXPECTED_OBJECTS = {
    ("HubSpot", "Contacts export"): ("hubspot", "contact"),
    ("HubSpot", "Companies export"): ("hubspot", "account"),
    ("Salesforce", "Contacts report (UI labels)"): ("salesforce", "contact"),
    ("Salesforce", "Accounts report (UI labels)"): ("salesforce", "account"),
    ("Salesforce", "Data Loader Account export (API names)"): ("salesforce", "account"),
    ("Salesforce", "Leads (API names)"): ("salesforce", "lead"),
    ("Generic ES", "Spanish spreadsheet"): ("generic", "contact"),
    ("Outlook", "Contacts CSV"): ("outlook", "contact"),
    ("ACT!", "Contacts"): ("act", "contact"),
    ("Google Contacts", "CSV (older)"): ("google_contacts", "contact"),
    ("Facebook Lead Ads", "Leads CSV"): ("meta_lead_ads", "lead"),
    ("Jobber", "Clients"): ("generic", "contact"),
}


def test_seen_header_lines(shared_data):
    found = 0
    for row in rows(shared_data("crm/crm_export_headers/crm_export_headers.csv")):
        line = row["header_line"]
        names = next(csv.reader([line], delimiter=";" if line.count(";") > line.count(",") else ","))
        plan, made = columns(names)
        expected = EXPECTED_OBJECTS.get((row["system"], row["object"]))
        if expected is None:
            continue
        found += 1
        assert (plan.system, plan.parts[0].object) == expected, row["system"]
        for header, item in made.items():
            told = item.state == "accepted" or "not known" not in item.reason
            assert told, f"{row['system']}: {header} is neither mapped nor known"
    assert found == len(EXPECTED_OBJECTS)


# what another importer made of these labels, in terms of the canonical model; None: it has no place in it
SUGAR = {
    "primary_address_street": "street", "primary_address_city": "city", "primary_address_state": "region",
    "primary_address_postalcode": "postal_code", "primary_address_country": "country",
    "alt_address_street": "street", "alt_address_city": "city", "alt_address_state": "region",
    "alt_address_postalcode": "postal_code", "alt_address_country": "country",
    "billing_address_street": "street", "billing_address_city": "city", "billing_address_state": "region",
    "billing_address_postalcode": "postal_code", "billing_address_country": "country",
    "shipping_address_street": "street", "shipping_address_city": "city", "shipping_address_state": "region",
    "shipping_address_postalcode": "postal_code", "shipping_address_country": "country",
    "phone_work": "phone", "phone_office": "phone", "phone_mobile": "phone", "phone_home": "phone",
    "phone_other": "phone", "phone_fax": "phone", "email1": "email", "email2": "email",
    "email_opt_out": "consent", "do_not_call": "consent", "birthdate": "birth_date", "website": "website",
    "industry": "industry", "date_entered": "created_at", "department": "department", "full_name": "full_name",
    "first_name": "given_name", "last_name": "family_name",
}  # fmt: skip
USAGE = {"phone_mobile": "mobile", "phone_home": "home", "phone_fax": "fax", "shipping_address_city": "shipping"}


@pytest.mark.parametrize("system", ["Salesforce", "ACT!", "Outlook/other"])
def test_labels_that_another_importer_knows(shared_data, system):
    mine = [r for r in rows(shared_data("crm/crm_export_headers/label_to_field.csv")) if r["source_system"] == system]
    company = {"name", "phone_office", "annual_revenue", "account_type", "ticker_symbol", "sic_code"}
    is_company = [r["sugar_field"] in company or r["sugar_field"].startswith(("billing", "shipping")) for r in mine]
    checked = 0
    for wanted in (False, True):
        labels = [r for r, c in zip(mine, is_company, strict=True) if c == wanted]
        if not labels:
            continue
        extra = ["Last Name"] if not wanted else ["Account Name"]
        names = [*dict.fromkeys(r["export_label"] for r in labels)]
        _plan, made = columns([*(n for n in extra if n not in names), *names])
        for row in labels:
            expected = SUGAR.get(row["sugar_field"])
            item = made[row["export_label"]]
            if expected is None or "Line" in row["export_label"] or "not apply" in item.reason:
                continue
            if item.state == "extra" and "already feeds" in item.reason:
                continue
            checked += 1
            assert item.field == expected, f"{row['export_label']}: {item.field}, {item.reason}"
            if row["sugar_field"] in USAGE:
                assert item.mapping.usage == USAGE[row["sugar_field"]], row["export_label"]
    assert checked >= 10


def test_hubspot_labels_in_two_languages_at_once(shared_data):
    """Association columns stay English in a Spanish export; the file is still one object."""
    plan, made = columns(
        ["ID de registro", "Nombre", "Apellidos", "Correo", "Número de teléfono", "Propietario del contacto",
         "Etapa del ciclo de vida", "Estado del lead", "Fecha de creación", "Última actividad",
         "Número de veces contactado", "Associated Contact", "Associated Contact IDs", "Associated Company IDs",
         "Unsubscribed from all email", "Opted out of email: Boletín"]
    )  # fmt: skip
    assert (plan.system, plan.parts[0].object) == ("hubspot", "contact")
    accepted = {h: c.field for h, c in made.items() if c.state == "accepted"}
    assert accepted["ID de registro"] == "record_id"
    assert accepted["Associated Company IDs"] == "account_id"
    assert made["Opted out of email: Boletín"].mapping.subscription == "Boletín"
    assert made["Opted out of email: Boletín"].mapping.granted == ()
    assert not [h for h, c in made.items() if "not known" in c.reason]


def test_dynamics_spanish_excel_export():
    """The headers of a real Spanish contact view, one through the Access driver that writes # for a full stop."""
    plan, made = columns(
        ["(No modificar) Contacto", "(No modificar) Suma de comprobación de fila",
         "(No modificar) Fecha de modificación", "Nombre de pila", "Apellidos", "Puesto", "Email", "Teléfono",
         "Teléfono móvil", "Nombre de la compañía", "Método de contacto preferido", "Calle", "Tipo de dirección",
         "Ciudad", "Código Postal", "Provincia", "País", "Propietario", "Razón para el estado", "Estado",
         "Descripción", "No permitir correo electrónico", "No permitir correo elec# en masa",
         "Enviar materiales de marketing", "Fecha de creación", "Dirección de correo electrónico 2",
         "Dirección de correo electrónico 3", "ID (Nombre de la compañía) (Cuenta)"]
    )  # fmt: skip
    assert (plan.system, plan.parts[0].object) == ("dynamics365", "contact")
    assert not [h for h, c in made.items() if "not known" in c.reason]
    fields = {h: c.field for h, c in made.items()}
    assert fields["(No modificar) Contacto"] == "record_id"
    assert fields["Estado"] == "status"
    assert fields["Provincia"] == "region"
    assert fields["ID (Nombre de la compañía) (Cuenta)"] is None
    assert made["(No modificar) Suma de comprobación de fila"].state == "metadata"
    assert [made[f"Dirección de correo electrónico {n}"].field for n in (2, 3)] == ["email", "email"]
    bulk = made["No permitir correo elec# en masa"].mapping
    assert bulk.field == "consent"
    assert "no permitir" in bulk.denied
    assert bulk.granted == ()
    send = made["Enviar materiales de marketing"].mapping
    assert (send.granted, send.denied) == (("send", "enviar"), ("do not send", "no enviar"))


def test_dynamics_account_export_with_a_stray_blank():
    plan, made = columns(
        ["(No modificar) Cuenta", "(No modificar) Suma de comprobación de fila", "(No modificar) Fecha de modificación",
         " Nombre", "Empresa padre", "Tipo de relación", "Razón social", "Sector", "Sitio web", "Otro teléfono",
         "Contacto principal", "Divisa", "CIF", "Código (Contacto principal) (Contacto)"]
    )  # fmt: skip
    assert (plan.system, plan.parts[0].object) == ("dynamics365", "account")
    fields = {h: c.field for h, c in made.items()}
    assert fields[" Nombre"] == "org_name"
    assert fields["Razón social"] == "legal_name"
    assert fields["CIF"] == "tax_id"
    assert not [h for h, c in made.items() if "not known" in c.reason]


def test_dynamics_marketing_flag_has_two_polarities():
    """donotsendmm reads negative as a field and positive as a label."""
    _plan, made = columns(["contactid", "fullname", "statecode", "emailaddress1", "donotsendmm", "donotemail"])
    assert made["donotsendmm"].mapping.granted == ()
    assert "true" in made["donotsendmm"].mapping.denied
    _plan, made = columns(
        ["(Do Not Modify) Contact", "(Do Not Modify) Row Checksum", "(Do Not Modify) Modified On",
         "Send Marketing Materials"]
    )  # fmt: skip
    assert "true" not in made["Send Marketing Materials"].mapping.granted
