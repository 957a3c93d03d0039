"""The ERP: a SQLite database with customers (persons and firms under one name field) and their orders."""

from __future__ import annotations

import sqlite3
from datetime import date, datetime, timedelta
from pathlib import Path

from crmq.demo import handwriting as hand
from crmq.demo import values
from crmq.demo.dice import Dice
from crmq.demo.folding import plain
from crmq.demo.sightings import ERP, TODAY, Census, FirmSighting, PersonSighting
from crmq.demo.truth import ORGANISATION, PERSON, TruthBook
from crmq.demo.vocabulary import COUNTRY_NAME

FILE = "erp.sqlite"
SOURCE = "erp"

_CUSTOMERS = (
    "cod_cliente", "tipo_persona", "razon_social", "nombre_comercial", "id_fiscal", "telefono", "celular", "email",
    "direccion", "ciudad", "provincia", "cp", "pais", "fecha_nacimiento", "fecha_alta", "fecha_modificacion", "estatus",
    "vendedor", "acepta_publicidad", "cond_pago", "limite_credito",
)  # fmt: skip
_ORDERS = ("num_pedido", "cod_cliente", "fecha_pedido", "total", "moneda", "estatus")
_CARE = values.Care(placeholder=0.1, mail_typo=0.03, zeros=0.2, country=0.98)
_CURRENCY = {"MX": "MXN", "CO": "COP", "AR": "ARS", "CL": "CLP", "PE": "PEN", "ES": "EUR", "BR": "BRL", "US": "USD"}
_GENERIC_TAX = {
    "MX": "XAXX010101000", "CO": "222222222222", "CL": "66.666.666-6", "PE": "00000000", "AR": "99999999",
    "ES": "00000000T", "BR": "11111111111", "US": "000000000",
}  # fmt: skip
_COUNTER_SALES = (
    ("PUBLICO EN GENERAL", "MX"), ("VENTA MOSTRADOR", "MX"), ("CONSUMIDOR FINAL", "CO"), ("CONSUMIDOR FINAL", "AR"),
    ("CLIENTE MOSTRADOR", "CL"), ("VARIOS", "PE"), ("CLIENTE CONTADO", "MX"), ("PRUEBA NO USAR", "MX"),
)  # fmt: skip


def write(dice: Dice, census: Census, book: TruthBook, folder: Path) -> Path:
    """Write the database and note the truth of each customer."""
    dice = dice.child(SOURCE)
    firms = [f for f in census.firms if f.system == ERP]
    known: list[PersonSighting | FirmSighting] = [*census.of(ERP), *firms]
    customers: list[dict[str, str]] = []
    for n, sighting in enumerate(sorted(dice.shuffled(known), key=lambda s: s.created), start=1001):
        sighting.record_id = f"C{n:06d}"
        if isinstance(sighting, PersonSighting):
            customers.append(_person(dice, sighting, book))
        else:
            customers.append(_firm(dice, sighting, book))
    customers.extend(_counter_sales(book))
    path = folder / FILE
    _save(path, customers, _orders(dice, customers))
    return path


def _frame(dice: Dice, s: PersonSighting | FirmSighting, v: values.Written, country: str) -> dict[str, str]:
    tax = v.tax
    if not tax and dice.chance(0.4):
        tax = _GENERIC_TAX[country]
    return {
        "cod_cliente": s.record_id,
        "id_fiscal": tax,
        "telefono": v.phone,
        "celular": v.mobile,
        "email": v.email,
        "direccion": plain(v.address.street).upper(),
        "ciudad": plain(v.address.city).upper(),
        "provincia": plain(v.address.region).upper(),
        "cp": v.address.postal_code,
        "pais": plain(COUNTRY_NAME[country]).upper() if v.address.country else "",
        "fecha_nacimiento": f"{v.birth:%d-%m-%Y}" if v.birth else "",
        "fecha_alta": f"{s.created:%d-%m-%Y}",
        "fecha_modificacion": f"{s.modified:%d-%m-%Y}",
        "estatus": dice.pick("AAAAAB"),
        "vendedor": f"V{dice.between(1, 24):02d}",
        "cond_pago": dice.pick(("CONTADO", "30 DIAS", "60 DIAS")),
        "limite_credito": f"{dice.between(0, 60) * 5000}.00",
        "nombre_comercial": "",
    }


def _person(dice: Dice, s: PersonSighting, book: TruthBook) -> dict[str, str]:
    person = s.person
    row = _frame(dice, s, values.of_person(dice, s, _CARE, one_line=True), person.country)
    others = [e for e in person.emails if e != s.email]
    if s.email and others and dice.chance(0.08):
        row["email"] = f"{row['email']}; {others[0]}"
    row |= {
        "tipo_persona": "F",
        "razon_social": hand.surname_first(dice, person),
        "acepta_publicidad": "N" if s.no_email else dice.pick(("S", "", "")),
    }
    book.note(SOURCE, "customer", s.record_id, PERSON, person.key, f"{FILE}!clientes")
    if person.own_firm:
        row["nombre_comercial"] = plain(person.own_firm.name).upper()
        book.note(SOURCE, "customer", s.record_id, ORGANISATION, person.own_firm.key, f"{FILE}!clientes")
    return row


def _firm(dice: Dice, s: FirmSighting, book: TruthBook) -> dict[str, str]:
    firm = s.firm
    row = _frame(dice, s, values.of_firm(dice, s, _CARE, one_line=True), firm.country)
    name = plain(hand.firm_name(dice, firm, form=0.95, capitals=1.0, damage=0.08)).upper()
    row |= {
        "tipo_persona": "J",
        "razon_social": name[:60],
        "acepta_publicidad": "",
        "nombre_comercial": firm.trade_name.upper() if firm.trade_name and dice.chance(0.6) else "",
    }
    book.note(SOURCE, "customer", s.record_id, ORGANISATION, firm.key, f"{FILE}!clientes")
    return row


def _counter_sales(book: TruthBook) -> list[dict[str, str]]:
    """Customers that are nobody: sales over the counter, one per country and till."""
    rows = []
    for n, (name, country) in enumerate(_COUNTER_SALES, start=1):
        row = dict.fromkeys(_CUSTOMERS, "")
        row |= {
            "cod_cliente": f"C{n:06d}",
            "tipo_persona": "J",
            "razon_social": name,
            "id_fiscal": _GENERIC_TAX[country],
            "pais": plain(COUNTRY_NAME[country]).upper(),
            "fecha_alta": "01-01-2015",
            "fecha_modificacion": "01-01-2015",
            "estatus": "A",
            "telefono": "0000000000",
            "email": "sincorreo@gmail.com",
        }
        rows.append(row)
        book.note(SOURCE, "customer", row["cod_cliente"], ORGANISATION, book.stranger(), f"{FILE}!clientes")
    return rows


def _orders(dice: Dice, customers: list[dict[str, str]]) -> list[tuple[str, ...]]:
    """Return the orders: most customers have some; a few belong to customers that were deleted."""
    country_of = {plain(name).upper(): code for code, name in COUNTRY_NAME.items()}
    drafts: list[tuple[date, str, str, str, str]] = []
    for customer in customers:
        first = datetime.strptime(customer["fecha_alta"], "%d-%m-%Y")
        currency = _CURRENCY.get(country_of.get(customer["pais"], ""), "USD")
        scale = {"COP": 4000, "CLP": 900, "ARS": 900, "MXN": 18}.get(currency, 1)
        for _ in range(dice.pick((0, 0, 1, 1, 2, 3, 5))):
            day = dice.moment(first, TODAY - timedelta(days=1)).date()
            total = f"{dice.between(800, 250_000) * scale / 100:.2f}"
            drafts.append(
                (
                    day,
                    customer["cod_cliente"],
                    total,
                    currency,
                    dice.pick(("FACTURADO",) * 5 + ("PENDIENTE", "CANCELADO")),
                )
            )
    for n in range(15):
        day = dice.moment(datetime(2017, 1, 1), TODAY).date()
        drafts.append((day, f"C9{n:05d}", f"{dice.between(800, 90_000) / 100:.2f}", "MXN", "FACTURADO"))
    drafts.sort()
    return [
        (f"P{n:07d}", code, f"{day:%d-%m-%Y}", total, currency, status)
        for n, (day, code, total, currency, status) in enumerate(drafts, start=1)
    ]


def _save(path: Path, customers: list[dict[str, str]], orders: list[tuple[str, ...]]) -> None:
    connection = sqlite3.connect(path)
    try:
        with connection:
            connection.execute(
                f"CREATE TABLE clientes ({', '.join(f'{c} TEXT' for c in _CUSTOMERS)}, PRIMARY KEY (cod_cliente))"
            )
            connection.execute(
                f"CREATE TABLE pedidos ({', '.join(f'{c} TEXT' for c in _ORDERS)}, PRIMARY KEY (num_pedido))"
            )
            marks = ", ".join("?" * len(_CUSTOMERS))
            rows = ([customer[c] or None for c in _CUSTOMERS] for customer in customers)
            connection.executemany(f"INSERT INTO clientes VALUES ({marks})", rows)
            connection.executemany(f"INSERT INTO pedidos VALUES ({', '.join('?' * len(_ORDERS))})", orders)
    finally:
        connection.close()
    with path.open("r+b") as stream:
        # bytes 96-99 hold the version of the SQLite library that wrote last (https://sqlite.org/fileformat2.html)
        stream.seek(96)
        stream.write((3_040_000).to_bytes(4, "big"))
