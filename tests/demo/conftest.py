"""The demo, written once per session, and a plain reading of it that shares no code with crmq's own."""

from __future__ import annotations

import csv
import io
import re
import sqlite3
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pytest
import python_calamine

from crmq.demo import DemoFiles, generate

NO_COMPANY = {"Particular", "N/A", "[Unknown]", "Sin empresa", "-", "No aplica", "test", "Prueba", "xxx"}
NO_BIRTH = {"1900-01-01", "1901-01-01", "1970-01-01", "1980-01-01"}
NO_EMAIL = re.compile(
    r"^(noemail@noemail|sincorreo@|notiene@|no@no|correo@correo|test@|prueba@prueba|asdf@asdf|a@a\.)", re.ASCII
)
NO_TAX = {"XAXX010101000", "222222222222", "666666666", "00000000", "99999999", "00000000T", "11111111111", "000000000"}

LINKS = ("Id", "MasterRecordId", "ConvertedContactId", "ConvertedAccountId")
TAX = ("Identificaci_n_Fiscal__c", "Documento de identidad", "Número de identificación", "id_fiscal")

Key = tuple[str, str, str, str]


@dataclass(frozen=True)
class Fact:
    """What one party record shows, simply normalised."""

    key: Key
    entity_id: str
    name: str
    emails: frozenset[str]
    phones: frozenset[str]
    birth: str
    tax: str
    number: str
    linked: frozenset[str]

    def shared_with(self, other: Fact) -> int:
        """Return how many kinds of facts two records have in common."""
        same = (self.birth and self.birth == other.birth, self.tax and self.tax == other.tax,
                self.number and self.number == other.number)  # fmt: skip
        return bool(self.emails & other.emails) + bool(self.phones & other.phones) + sum(map(bool, same))


@cache
def fold(text: str) -> str:
    """Return letters and digits in lower case without accents."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(re.findall(r"[a-z0-9]+", bare.lower()))


def raw_rows(demo: DemoFiles) -> Iterator[tuple[str, str, str, dict[str, str]]]:
    """Yield source, object, record id and cells of every party row."""
    archive = zipfile.ZipFile(demo.exports[0])
    for name in ("Account", "Contact", "Lead"):
        text = io.StringIO(archive.read(f"{name}.csv").decode("cp1252"), newline="")
        for row in csv.DictReader(text):
            yield "salesforce", name.lower(), row["Id"], row
    with demo.exports[1].open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            yield "hubspot", "contact", row["ID de registro"], row
    header, *body = python_calamine.CalamineWorkbook.from_path(str(demo.exports[2])).get_sheet_by_index(0).to_python()
    seen: dict[str, int] = {}
    for cells in body:
        row = dict(zip(map(str, header), map(_text, cells), strict=True))
        guid = row["(No modificar) Contacto"]
        seen[guid] = seen.get(guid, 0) + 1
        yield "dynamics365", "contact", guid if seen[guid] == 1 else f"{guid}~{seen[guid]}", row
    connection = sqlite3.connect(demo.exports[3])
    connection.row_factory = sqlite3.Row
    for row in connection.execute("SELECT * FROM clientes"):
        yield "erp", "customer", row["cod_cliente"], {k: row[k] or "" for k in row.keys()}  # noqa: SIM118
    connection.close()


def _text(cell: object) -> str:
    return (
        str(int(cell))
        if isinstance(cell, float)
        else cell.isoformat()[:10]
        if hasattr(cell, "isoformat")
        else str(cell)
    )


def parties(source: str, kind: str, row: dict[str, str]) -> dict[str, str]:
    """Return the names of the parties of a row by entity."""
    if kind == "account":
        return {"organisation": row["Name"]}
    if kind == "lead":
        person = {"person": f"{row['FirstName']} {row['LastName']}"}
        return person if row["Company"] in NO_COMPANY else {**person, "organisation": row["Company"]}
    if kind == "customer":
        if row["tipo_persona"] == "J":
            return {"organisation": row["razon_social"]}
        firm = {"organisation": row["nombre_comercial"]} if row["nombre_comercial"] else {}
        return {"person": row["razon_social"], **firm}
    columns = {
        "salesforce": ("FirstName", "MiddleName", "LastName"), "hubspot": ("Nombre", "Apellidos"),
        "dynamics365": ("Nombre de pila", "Apellidos"),
    }[source]  # fmt: skip
    return {"person": " ".join(row[c] for c in columns)}


def _birth(kind: str, text: str) -> str:
    parts = re.findall(r"\d+", text)
    if not parts:
        return ""
    if kind == "lead":
        month, day, year = parts
    elif len(parts[0]) == 4:
        year, month, day = parts[:3]
    else:
        day, month, year = parts
    born = f"{year}-{int(month):02d}-{int(day):02d}"
    return "" if born in NO_BIRTH else born


def _facts(source: str, kind: str, record_id: str, row: dict[str, str], truth: dict[Key, str]) -> Iterator[Fact]:
    def cells(*wanted: str) -> list[str]:
        return [v for k, v in row.items() if v and any(w in fold(k).split() for w in wanted)]

    mails = {m.lower().strip(" .,;").removeprefix("mailto:") for c in cells("email", "correo") for m in c.split(";")}
    digits = (re.sub(r"\D", "", re.split("ext|x|int|anexo", c)[0]) for c in cells(
        "phone", "mobilephone", "homephone", "telefono", "celular", "fono"))  # fmt: skip
    birth = _birth(kind, next(iter(cells("birthdate", "nacimiento")), ""))
    tax = re.sub(r"\W", "", next((row[c] for c in TAX if row.get(c)), "")).upper()
    street = re.findall(r"\d+", fold(" ".join(cells("mailingstreet", "billingstreet", "street", "direccion", "calle"))))
    for entity, name in parties(source, kind, row).items():
        key = (source, kind, record_id, entity)
        yield Fact(
            key, truth[key], fold(name), frozenset(m for m in mails if "@" in m and not NO_EMAIL.match(m)),
            frozenset(d[-8:] for d in digits if len(set(d[-8:])) > 2 and len(d) > 6), birth,
            "" if tax in NO_TAX else tax, " ".join(street[:2]),
            frozenset(row[c] for c in LINKS if row.get(c)),
        )  # fmt: skip


def read_truth(demo: DemoFiles) -> dict[Key, str]:
    """Return the truth by record."""
    with demo.truth.open(encoding="utf-8", newline="") as stream:
        return {(r["source"], r["object"], r["record_id"], r["entity"]): r["entity_id"] for r in csv.DictReader(stream)}


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoFiles:
    """Write the bundled example once."""
    return generate(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="session")
def truth(demo: DemoFiles) -> dict[Key, str]:
    """Return entity ids by record."""
    return read_truth(demo)


@pytest.fixture(scope="session")
def facts(demo: DemoFiles, truth: dict[Key, str]) -> list[Fact]:
    """Return what every party record shows."""
    return [f for source, kind, rid, row in raw_rows(demo) for f in _facts(source, kind, rid, row, truth)]


@pytest.fixture(scope="session")
def rows(demo: DemoFiles) -> list[tuple[str, str, str, dict[str, str]]]:
    """Return every party row as it stands in the exports."""
    return list(raw_rows(demo))
