"""The Dynamics 365 contacts list as Excel downloads it in Spanish: hidden key columns, a hidden sheet, typed cells."""

from __future__ import annotations

import base64
import hashlib
import uuid
from datetime import datetime, timedelta
from pathlib import Path

import xlsxwriter

from crmq.demo import handwriting as hand
from crmq.demo import values
from crmq.demo.dice import Dice
from crmq.demo.sightings import DYNAMICS, TODAY, Census, PersonSighting
from crmq.demo.truth import PERSON, TruthBook

FILE = "Contactos activos 2026-09-30.xlsx"
SOURCE = "dynamics365"

_COLUMNS = (
    "(No modificar) Contacto", "(No modificar) Suma de comprobación de fila", "(No modificar) Fecha de modificación",
    "Nombre de pila", "Apellidos", "Puesto", "Nombre de la compañía", "Email", "Teléfono", "Teléfono móvil", "Calle",
    "Ciudad", "Provincia", "Código Postal", "País", "Fecha de nacimiento", "Número de identificación", "Propietario",
    "Razón para el estado", "No permitir correo electrónico", "No permitir correo elec. en masa",
    "Enviar materiales de marketing", "Fecha de creación",
)  # fmt: skip
_HABIT = hand.NameHabit(
    one_surname=0.45, first_given=0.25, capitals=0.2, lower=0.01, nickname=0.06, damage=0.12, honorific=0.0
)
_CARE = values.Care(placeholder=0.06, mail_typo=0.03, zeros=0.0, country=0.95)
_OWNERS = ("Jorge Patiño", "Marcela Duarte", "Camilo Ospina", "Rosa Quintana")
_LOCAL = timedelta(hours=5)
"""The list shows times of Bogotá (UTC-5)."""
_TWICE = 6
"""Rows that somebody pasted twice before saving the workbook."""

Cell = str | float | datetime | None


def write(dice: Dice, census: Census, book: TruthBook, folder: Path) -> Path:
    """Write the workbook and note the truth of each row."""
    dice = dice.child(SOURCE)
    rows: list[list[Cell]] = []
    for sighting in dice.shuffled(census.of(DYNAMICS)):
        sighting.record_id = str(
            uuid.UUID(int=(dice.below(1 << 52) << 76) | (dice.below(1 << 52) << 24) | dice.below(1 << 24))
        )
        book.note(SOURCE, "contact", sighting.record_id, PERSON, sighting.person.key, FILE)
        rows.append(_row(dice, sighting))
    twice = rows[:_TWICE]
    for row in twice:
        first = f"{row[0]}"
        key = next(k for k in book.entity_of if k.source == SOURCE and k.record_id == first)
        book.note(SOURCE, "contact", f"{first}~2", PERSON, book.entity_of[key], FILE)
    path = folder / FILE
    _save(path, [*rows, *twice])
    return path


def _row(dice: Dice, s: PersonSighting) -> list[Cell]:
    person, firm = s.person, s.person.employer
    name, v = hand.person_name(dice, person, _HABIT), values.of_person(dice, s, _CARE)
    company = (
        hand.firm_name(dice, firm, form=0.5, capitals=0.15, damage=0.1, trade=0.3) if firm and dice.chance(0.9) else ""
    )
    checksum = base64.b64encode(hashlib.sha512(s.record_id.encode()).digest()).decode()
    birth = datetime(v.birth.year, v.birth.month, v.birth.day) if v.birth else None
    given = " ".join(filter(None, (name.given, name.middle)))
    return [
        s.record_id,
        checksum,
        s.modified - _LOCAL,
        given,
        name.family,
        person.title if dice.chance(0.7) else "",
        company,
        v.email,
        _number(dice, v.phone),
        _number(dice, v.mobile),
        v.address.street,
        v.address.city,
        v.address.region,
        _number(dice, v.address.postal_code, 0.5),
        v.address.country,
        birth,
        v.tax,
        dice.pick(_OWNERS),
        "Activo",
        "No permitir" if s.no_email else "Permitir",
        "No permitir" if s.no_email and dice.chance(0.7) else "Permitir",
        "No enviar" if s.no_email else dice.pick(("Enviar", "No enviar", "Enviar")),
        s.created - _LOCAL,
    ]


def _number(dice: Dice, text: str, share: float = 0.2) -> Cell:
    """Return a number where somebody let Excel turn the digits into one (leading zeros and plus signs are gone)."""
    digits = text.removeprefix("+")
    return float(digits) if digits.isdigit() and dice.chance(share) else text


def _save(path: Path, rows: list[list[Cell]]) -> None:
    # in memory the parts of the file get a fixed date; so does the document
    with xlsxwriter.Workbook(
        path, {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False}
    ) as book:
        book.set_properties({"created": TODAY, "author": "Dynamics 365"})
        sheet = book.add_worksheet("Contactos activos")
        hidden = book.add_worksheet("hiddenSheet")
        hidden.very_hidden()
        hidden.write_string(0, 0, f"contact:{hashlib.sha256(FILE.encode()).hexdigest()}")
        day, moment, bold = (
            book.add_format({"num_format": "dd/mm/yyyy"}),
            book.add_format({"num_format": "dd/mm/yyyy hh:mm"}),
            book.add_format({"bold": True}),
        )
        sheet.write_row(0, 0, _COLUMNS, bold)
        for r, row in enumerate(rows, start=1):
            for c, cell in enumerate(row):
                if isinstance(cell, datetime):
                    sheet.write_datetime(r, c, cell, day if _COLUMNS[c] == "Fecha de nacimiento" else moment)
                elif isinstance(cell, float):
                    sheet.write_number(r, c, cell)
                elif cell:
                    sheet.write_string(r, c, cell)
        sheet.set_column(0, 2, None, None, {"hidden": True})
        sheet.autofilter(0, 0, len(rows), len(_COLUMNS) - 1)
