"""Small worlds for the consolidate stage: records as dictionaries, each with the group it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from crmq.consolidate import ConsolidateSettings, SurvivorshipSection, consolidate
from crmq.model.golden import Golden
from crmq.model.matches import CLUSTERS, PAIRS, Matches
from crmq.model.tables import HEADERS, LEDGER, SCHEMAS, Tables, conform

Row = Mapping[str, Any]


def when(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None


def frame(rows: Iterable[Row], schema: Mapping[str, Any]) -> pl.DataFrame:
    full = [{name: row.get(name) for name in schema} for row in rows]
    for row in full:
        for name, value in row.items():
            if isinstance(value, str) and isinstance(schema[name], pl.Datetime):
                row[name] = when(value)
    return pl.DataFrame(full, schema=dict(schema), orient="row") if full else pl.DataFrame(schema=dict(schema))


class World:
    """Tables and matches built from dictionaries; ``person`` and the others add rows and return their key."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {name: [] for name in SCHEMAS}
        self.groups: list[str] = []
        self.ledger: list[dict[str, Any]] = []
        self.headers: list[dict[str, Any]] = []

    def person(self, group: str, key: str, **fields: Any) -> dict[str, str]:
        """Add a person; ``key`` is ``source`` or ``source:id``; e-mail and phone become contact points as well."""
        return self._record("person", group, key, fields)

    def organisation(self, group: str, key: str, **fields: Any) -> dict[str, str]:
        """Add an organisation."""
        return self._record("organisation", group, key, fields)

    def _record(self, entity: str, group: str, key: str, fields: dict[str, Any]) -> dict[str, str]:
        source, _colon, record_id = key.partition(":")
        record_id = record_id or str(len(self.groups))
        who = {"source": source, "object": fields.pop("object", "contact"), "record_id": record_id, "entity": entity}
        line = len(self.groups) + 2
        row = {**who, "record_key": record_id, "file": f"{source}.csv", "line": line, "is_deleted": False, **fields}
        for name in ("name", "org_name", "birth_date", "email", "phone", "postal_code", "country", "tax_id"):
            value = row.get("full_name" if name == "name" else name)
            row.setdefault(f"{name}_verdict", "missing" if value is None else "valid")
        self.rows["records"].append(row)
        self.groups.append(group)
        self.ledger.append({**who, "line": line, "disposition": "mapped", "records": 1})
        for kind in ("email", "phone"):
            if row.get(kind) and row[f"{kind}_verdict"] in ("valid", "possible"):
                self.contact(who, kind, row[kind], verdict=row[f"{kind}_verdict"])
        return who

    def contact(self, who: Row, kind: str, value: str | None, **fields: Any) -> None:
        """Add a contact point to a record."""
        slot = 1 + sum(1 for r in self.rows["contact_points"] if r["cp_type"] == kind and who.items() <= r.items())
        self.rows["contact_points"].append(
            {**who, "cp_type": kind, "slot": slot, "value_norm": value, "value_raw": value, "verdict": "valid",
             "column": kind.title(), **fields}
        )  # fmt: skip

    def consent(self, who: Row, status: str, channel: str = "email", **fields: Any) -> None:
        """Add a consent event to a record; commercial, unless told otherwise."""
        event = {"channel": channel, "purpose": "commercial", "status": status, **fields}
        self.rows["consents"].append({**who, **event})

    def add(self, table: str, who: Row, **fields: Any) -> None:
        """Add a row to any child table."""
        self.rows[table].append({**who, **fields})

    def tables(self) -> Tables:
        made = {name: frame(rows, SCHEMAS[name]) for name, rows in self.rows.items()}
        return Tables(made, frame(self.ledger, LEDGER), headers=frame(self.headers, HEADERS))

    def matches(self) -> Matches:
        clusters = [
            {**row, "cluster_id": f"c{group}", "merge_id": f"m{group}", "probability": 1.0, "decided_by": "model"}
            for row, group in zip(self.rows["records"], self.groups, strict=True)
        ]
        return Matches(frame(clusters, CLUSTERS), pl.DataFrame(schema=dict(PAIRS)))

    def golden(self, trust: Mapping[str, int] | None = None, **survivorship: Any) -> Golden:
        section = SurvivorshipSection.model_validate(survivorship)
        return consolidate(self.tables(), self.matches(), ConsolidateSettings(section, trust or {}))


@pytest.fixture(scope="session")
def world() -> Callable[[], World]:
    """Return the class of worlds."""
    return World


@pytest.fixture(scope="session")
def shuffled() -> Callable[[Tables, Matches, int], tuple[Tables, Matches]]:
    """Return a function that shuffles the rows of every table."""

    def mixed(table: pl.DataFrame, seed: int) -> pl.DataFrame:
        return table.sample(fraction=1.0, shuffle=True, seed=seed)

    def shuffle(tables: Tables, matches: Matches, seed: int) -> tuple[Tables, Matches]:
        made = {name: mixed(tables[name], seed + i) for i, name in enumerate(SCHEMAS)}
        again = Tables(made, mixed(tables.ledger, seed), headers=tables.headers)
        return again, Matches(conform(mixed(matches.clusters, seed + 99), CLUSTERS), matches.pairs)

    return shuffle
