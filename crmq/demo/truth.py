"""The truth beside the demo: which records are one party, and which must never become one."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from itertools import combinations
from pathlib import Path

from crmq.demo.world import World

PERSON, ORGANISATION = "person", "organisation"
TRUTH_COLUMNS = ("source", "object", "record_id", "entity", "entity_id", "file")
FORBIDDEN_COLUMNS = (
    "kind", "group", "source_a", "object_a", "record_id_a", "entity_a",
    "source_b", "object_b", "record_id_b", "entity_b",
)  # fmt: skip


@dataclass(frozen=True, order=True)
class RecordKey:
    """A party record, as crmq will know it."""

    source: str
    object: str
    record_id: str
    entity: str


class TruthBook:
    """Collects the truth while the systems write their records."""

    def __init__(self) -> None:
        self.entity_of: dict[RecordKey, str] = {}
        self._file_of: dict[RecordKey, str] = {}
        self._strangers = 0

    def note(self, source: str, object: str, record_id: str, entity: str, entity_id: str, file: str) -> None:
        """Note that a record belongs to an entity."""
        key = RecordKey(source, object, record_id, entity)
        if key in self.entity_of:
            raise ValueError(f"{key} was written twice")
        self.entity_of[key] = entity_id
        self._file_of[key] = file

    def stranger(self) -> str:
        """Return the id of a new entity that nothing else belongs to (test rows, counter sales)."""
        self._strangers += 1
        return f"X{self._strangers:05d}"

    def write(self, path: Path) -> None:
        """Write the truth, one row per party record, sorted by record."""
        rows = [
            (k.source, k.object, k.record_id, k.entity, self.entity_of[k], self._file_of[k])
            for k in sorted(self.entity_of)
        ]
        _write(path, TRUTH_COLUMNS, rows)

    def write_forbidden(self, path: Path, world: World) -> None:
        """Write every pair of records of different members of one dangerous group."""
        records: dict[str, list[RecordKey]] = {}
        for key in sorted(self.entity_of):
            records.setdefault(self.entity_of[key], []).append(key)
        rows = [
            (group.kind, str(group.number), *astuple(a), *astuple(b))
            for group in world.groups
            for first, second in combinations(group.members, 2)
            for a in records.get(first.key, ())
            for b in records.get(second.key, ())
        ]
        _write(path, FORBIDDEN_COLUMNS, rows)


def _write(path: Path, header: tuple[str, ...], rows: Iterable[Iterable[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        out = csv.writer(stream, lineterminator="\n")
        out.writerow(header)
        out.writerows(rows)
