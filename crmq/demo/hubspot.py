"""The HubSpot contacts export of a Spanish-speaking user; association and consent columns stay English in it."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path

from crmq.demo import handwriting as hand
from crmq.demo import values
from crmq.demo.dice import Dice
from crmq.demo.sightings import HUBSPOT, Census, PersonSighting
from crmq.demo.truth import PERSON, TruthBook

FILE = "hubspot-crm-exports-todos-los-contactos-2026-09-30.csv"
SOURCE = "hubspot"

_COLUMNS = (
    "ID de registro", "Nombre", "Apellidos", "Correo", "Número de teléfono", "Número de teléfono móvil", "Cargo",
    "Nombre de la empresa", "Dirección", "Ciudad", "Estado/región", "Código postal", "País/región",
    "Fecha de nacimiento", "Documento de identidad", "Propietario del contacto", "Etapa del ciclo de vida",
    "Estado del lead", "Fecha de creación", "Last Modified Date", "Última actividad",
    "Número de veces contactado", "Unsubscribed from all email", "Opted out of email: Boletín mensual",
    "Marketing contact status", "Legal basis for processing contact's data", "Associated Company",
    "Associated Company IDs", "Merged contact IDs", "Producto de interés",
)  # fmt: skip
_HABIT = hand.NameHabit(
    one_surname=0.6, first_given=0.4, capitals=0.05, lower=0.1, nickname=0.2, damage=0.12, honorific=0.0
)
_CARE = values.Care(placeholder=0.03, mail_typo=0.04, zeros=0.35, country=0.94)
_OWNERS = ("Lucía Fernández", "Mateo Rojas", "Carla Benítez", "Iván Salcedo", "Ana Paula Dutra", "")
_STAGES = ("Lead", "Suscriptor", "Oportunidad", "Cliente", "Lead calificado para marketing")
_LOCAL = timedelta(hours=6)
"""The portal shows times of Mexico City (UTC-6, no daylight saving since 2022)."""


def write(dice: Dice, census: Census, book: TruthBook, folder: Path) -> Path:
    """Write the export and note the truth of each row."""
    dice = dice.child(SOURCE)
    contacts = sorted(dice.shuffled(census.of(HUBSPOT)), key=lambda s: s.created)
    number = 151
    rows: list[dict[str, str]] = []
    taken: set[str] = set()
    for contact in contacts:
        number += dice.between(50, 9_000_000)
        contact.record_id = str(number)
        book.note(SOURCE, "contact", contact.record_id, PERSON, contact.person.key, FILE)
        row = _row(dice, contact)
        # no address stands in HubSpot twice, not even an invented one
        row["Correo"] = "" if row["Correo"] in taken else row["Correo"]
        taken.add(row["Correo"])
        rows.append(row)
    path = folder / FILE
    with path.open("w", encoding="utf-8", newline="") as stream:
        out = csv.DictWriter(stream, _COLUMNS, restval="", lineterminator="\r\n")
        out.writeheader()
        out.writerows(dice.shuffled(rows))
    return path


def _through_excel(dice: Dice, text: str, certain: bool) -> str:
    """Return a phone number as Excel leaves it, in a few cases: digits lost for good, or its plus sign."""
    digits = "".join(c for c in text if c.isdigit())
    if not certain and len(digits) >= 12 and dice.chance(0.03):
        return f"{digits[0]}.{digits[1:6]}E+{len(digits) - 1}"
    if digits and text.startswith("+") and dice.chance(0.05):
        return digits
    return f"'{text}" if text.startswith("+") and dice.chance(0.02) else text


def _row(dice: Dice, s: PersonSighting) -> dict[str, str]:
    person, firm = s.person, s.person.employer
    name, v = hand.person_name(dice, person, _HABIT), values.of_person(dice, s, _CARE)
    created, modified = s.created - _LOCAL, s.modified - _LOCAL
    # HubSpot refuses what is not an address: refusals typed by hand end up in no field at all
    email = v.email if "@" in v.email else ""
    row = {
        "ID de registro": s.record_id,
        "Nombre": " ".join(filter(None, (name.given, name.middle))),
        "Apellidos": name.family,
        "Correo": email.strip().removeprefix("mailto:").lower(),
        "Número de teléfono": _through_excel(dice, v.phone, certain=False),
        "Número de teléfono móvil": _through_excel(dice, v.mobile, certain="mobile" in person.tells_apart),
        "Cargo": person.title if dice.chance(0.5) else "",
        "Nombre de la empresa": hand.firm_name(dice, firm, form=0.3, capitals=0.08, damage=0.08, trade=0.4)
        if firm and dice.chance(0.85)
        else "",
        "Dirección": v.address.street,
        "Ciudad": v.address.city,
        "Estado/región": v.address.region,
        "Código postal": v.address.postal_code,
        "País/región": v.address.country,
        "Fecha de nacimiento": f"{v.birth:%d/%m/%Y}" if v.birth else "",
        "Documento de identidad": v.tax,
        "Propietario del contacto": dice.pick(_OWNERS),
        "Etapa del ciclo de vida": dice.pick(_STAGES),
        "Estado del lead": dice.pick(("", "", "Nuevo", "Abierto", "En curso", "Sin calificar")),
        "Fecha de creación": f"{created:%Y-%m-%d %H:%M}",
        "Last Modified Date": f"{modified:%Y-%m-%d %H:%M}",
        "Última actividad": f"{modified:%Y-%m-%d %H:%M}" if dice.chance(0.6) else "",
        "Número de veces contactado": str(dice.below(14)) if dice.chance(0.6) else "",
        "Unsubscribed from all email": "true" if s.no_email else "",
        "Opted out of email: Boletín mensual": "true"
        if s.no_email and dice.chance(0.5)
        else dice.pick(("", "", "false")),
        "Marketing contact status": dice.pick(("Marketing contact", "Marketing contact", "Non-marketing contact")),
        "Legal basis for processing contact's data": dice.pick(
            ("", "", "Freely given consent from contact", "Legitimate interest – existing customer")
        ),
        "Producto de interés": dice.pick(("", "", "", "Línea industrial;Repuestos", "Servicios", "Línea hogar")),
    }
    if firm and row["Nombre de la empresa"]:
        row["Associated Company"] = row["Nombre de la empresa"]
        row["Associated Company IDs"] = str(10_000_000 + int(firm.key[1:]) * 7919)
    if dice.chance(0.02):
        row["Merged contact IDs"] = ";".join(str(dice.between(1000, 99_999_999)) for _ in range(dice.between(1, 2)))
    return row
