"""Small standardised tables for matching: from plain rows, or a seeded population with duplicates."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import polars as pl
import pytest

from crmq.model.tables import CONTACT_POINTS, IDENTIFIERS, KEY, RECORDS, RELATIONSHIPS, Tables, conform

Rows = Sequence[dict[str, Any]]

GIVEN = [
        "maria", "jose", "antonio", "laura", "carlos", "lucia", "miguel", "elena", "pablo", "sofia", "diego",
    "marta", "javier", "ana", "luis", "carmen",
]  # fmt: skip
SURNAMES = [
        "garcia", "lopez", "perez", "sanchez", "romero", "torres", "navarro", "dominguez", "vazquez", "ramos",
    "gil", "serrano", "molina", "castro", "ortiz", "rubio", "marin", "sanz", "iglesias", "nunez", "medina",
    "garrido", "cortes", "castillo", "santos", "lozano", "guerrero", "cano", "prieto", "mendez",
]  # fmt: skip
STREETS = [
        "mayor", "sol", "luna", "real", "alcala", "serrano", "goya", "colon", "prado", "atocha", "velazquez",
    "princesa", "toledo", "segovia",
]  # fmt: skip
CITIES = ["madrid", "sevilla", "valencia", "bilbao", "zaragoza", "malaga"]


def _tables(rows: Rows, relationships: Rows = ()) -> Tables:
    """Return tables of records; ``emails``, ``phones`` and ``tax_ids`` of a row may hold several values."""
    records: list[dict[str, Any]] = []
    points: list[dict[str, Any]] = []
    identifiers: list[dict[str, Any]] = []
    for number, row in enumerate(rows):
        key = {
            "source": row.get("source", "crm"),
            "object": row.get("object", "contact"),
            "record_id": str(row.get("id", f"r{number}")),
            "entity": row.get("entity", "person"),
        }
        record = {**key, "record_key": key["record_id"], **{k: v for k, v in row.items() if k in RECORDS}}
        for kind in ("email", "phone"):
            values = row.get(f"{kind}s") or ([row[kind]] if row.get(kind) else [])
            record[kind] = values[0] if values else None
            record[f"{kind}_verdict"] = "valid" if values else "missing"
            for slot, value in enumerate(values, start=1):
                points.append({**key, "cp_type": kind, "slot": slot, "value_norm": value, "verdict": "valid"})
        identifiers.extend(
            {**key, "id_kind": "tax", "scheme": "ES:NIF", "value_norm": value, "verdict": "valid"}
            for value in row.get("tax_ids", ())
        )
        records.append(record)

    def frame(items: list[dict[str, Any]], schema: dict[str, Any]) -> pl.DataFrame:
        names = {name for item in items for name in item}
        return conform(pl.DataFrame(items, schema={n: schema[n] for n in schema if n in names}), schema)

    return Tables(
        {
            "records": frame(records, RECORDS).sort(KEY),
            "contact_points": frame(points, CONTACT_POINTS),
            "identifiers": frame(identifiers, IDENTIFIERS),
            "relationships": frame([dict(r) for r in relationships], RELATIONSHIPS),
        }
    )


def _slip(rng: random.Random, word: str) -> str:
    at = rng.randrange(len(word))
    return word[:at] + rng.choice("abcdefghijklmnopqrstuvwxyz") + word[at + 1 :]


def _population(people: int, seed: int) -> list[dict[str, Any]]:
    """Return rows of two sources: each person once or more, with slips and gaps; ``truth`` names the person."""
    rng = random.Random(seed)
    rows: list[dict[str, Any]] = []
    for person in range(people):
        surname = f"{rng.choice(SURNAMES)} {rng.choice(SURNAMES)}"
        base = {
            "given_name": rng.choice(GIVEN),
            "family_name": surname,
            "birth_date": f"{rng.randint(1940, 2004)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}",
            "email": f"{surname.split()[0]}{rng.randint(1, 10**6)}@example.com",
            "phone": f"+346{rng.randint(10**7, 10**8 - 1)}",
            "street": f"calle {rng.choice(STREETS)}",
            "house_number": str(rng.randint(1, 90)),
            "city": rng.choice(CITIES),
            "postal_code": f"{rng.randint(10, 50)}0{rng.randint(10, 60)}",
            "birth_date_verdict": "valid",
        }
        for copy in range(rng.choice((1, 1, 2, 2, 3))):
            row = dict(base, source=rng.choice(("north", "south")), id=f"{person}x{copy}", truth=person)
            for name in ("given_name", "family_name"):
                if copy and rng.random() < 0.15:
                    row[name] = _slip(rng, row[name])
            for name in ("birth_date", "email", "phone", "street"):
                if rng.random() < 0.2:
                    row[name] = None
            rows.append(row)
    return rows


@pytest.fixture(scope="session")
def make_tables() -> Callable[..., Tables]:
    """Return the builder of tables from plain rows."""
    return _tables


@pytest.fixture(scope="session")
def population() -> Callable[[int, int], list[dict[str, Any]]]:
    """Return the generator of a seeded population."""
    return _population
