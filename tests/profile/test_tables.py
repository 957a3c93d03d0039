"""Facts about whole tables and across sources."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from crmq.model.mapped import FieldMapping, MappedTable
from crmq.model.raw import RawTable
from crmq.model.tables import SCHEMAS, Tables, conform
from crmq.profile import ProfileSettings, profile
from crmq.profile.model import Table
from crmq.profile.overlap import across
from crmq.progress import Silent

AS_OF = date(2026, 11, 22)


def profiled(columns: dict[str, list[str | None]], fields: dict[str, str] | None = None) -> Table:
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    lines = pl.int_range(2, frame.height + 2, dtype=pl.UInt32, eager=True)
    raw = RawTable("t.csv", frame, lines, list(columns))
    mappings = tuple(FieldMapping(h, f) for h, f in (fields or {}).items())
    mapped = MappedTable(raw, "crm", "generic", "contact", ("person",), mappings)
    return profile([raw], [mapped], None, ProfileSettings(as_of=AS_OF), Silent()).tables[0]


def test_a_whole_key() -> None:
    table = profiled({"id": ["1", "2", "3"], "name": ["Ana", "Ana", "Eva"]})
    assert [(k.headers, k.repeated) for k in table.keys] == [(("id",), 0)]
    assert table.columns[0].is_key


def test_a_broken_key_shows_how_many_rows_break_it() -> None:
    ids = [str(i) for i in range(200)]
    table = profiled({"id": [*ids[:-1], "0"], "name": ["Ana"] * 200})
    assert [(k.headers, k.repeated) for k in table.keys] == [(("id",), 2)]


def test_two_columns_together() -> None:
    table = profiled({"order": ["1", "1", "2", "2"], "line": ["1", "2", "1", "2"], "what": ["x", "y", "x", "y"]})
    assert ("order", "line") in [tuple(sorted(k.headers, reverse=True)) for k in table.keys]


def test_repeated_rows() -> None:
    table = profiled({"a": ["x", "x", "y", None], "b": ["1", "1", "1", None]})
    assert table.repeated_rows == 1
    assert table.cells_filled == pytest.approx(6 / 8)


def test_rows_that_share_an_address() -> None:
    mails = ["ana@acme.es", "ana@acme.es", "luis@gil.com", "no@no.com", "no@no.com", "broken", "broken", None]
    (shared,) = profiled({"mail": mails}, {"mail": "email"}).sharing
    # neither placeholders nor what is no address says that two rows are one person
    assert (shared.rows, shared.shared, shared.largest) == (3, 2, 2)


def test_age_of_the_records() -> None:
    stamps = ["2026-11-20T08:00:00Z", "2026-09-01T08:00:00Z", "2024-11-30", "2001-01-01", "2027-05-05", None, "soon"]
    (fresh,) = profiled({"when": stamps}, {"when": "modified_at"}).freshness
    counted = {name: rows for name, rows in fresh.buckets.items() if rows}
    assert counted == {"month": 1, "quarter": 1, "two_years": 1, "older": 1, "future": 1, "unknown": 2}
    assert (fresh.earliest, fresh.latest) == ("2001-01-01", "2027-05-05")


def tables(**rows: list[dict[str, object]]) -> Tables:
    made = {}
    for name, given in rows.items():
        schema = {key: dtype for key, dtype in SCHEMAS[name].items() if any(key in row for row in given)}
        made[name] = conform(pl.DataFrame(given, schema=schema, strict=False), SCHEMAS[name])
    return Tables(made)


def record(source: str, number: int) -> dict[str, object]:
    return {"source": source, "object": "contact", "record_id": str(number), "entity": "person"}


def test_overlap_between_sources() -> None:
    def point(source: str, number: int, value: str, verdict: str = "valid") -> dict[str, object]:
        return {**record(source, number), "cp_type": "email", "value_norm": value, "verdict": verdict}

    found = across(
        tables(
            records=[record("a", 1), record("a", 2), record("b", 1), record("c", 1), record("c", 2)],
            contact_points=[
                point("a", 1, "x@x.es"), point("a", 2, "x@x.es"), point("a", 2, "y@y.es"), point("b", 1, "x@x.es"),
                point("b", 1, "z@z.es", "possible"), point("c", 1, "x@x.es"), point("c", 2, "no@no.com", "placeholder"),
            ],
        )
    )  # fmt: skip
    (email,) = found.overlaps
    assert email.values == {"a": 2, "b": 2, "c": 1}
    assert email.in_sources == {1: 2, 3: 1}
    assert email.combinations == {"a": 1, "a + b + c": 1, "b": 1}
    assert {(p.a, p.b): p.common for p in email.pairs} == {("a", "b"): 1, ("a", "c"): 1, ("b", "c"): 1}
    assert email.repeated == {"a": 2, "b": 0, "c": 0}
    assert (found.records, found.multi_source_records) == (5, 4)
    assert [(p.source, p.records) for p in found.population] == [("a", 2), ("b", 1), ("c", 2)]


def test_nothing_in_common() -> None:
    found = across(tables(records=[record("a", 1), record("b", 1)]))
    assert (found.overlaps, found.multi_source_records) == ((), 0)
