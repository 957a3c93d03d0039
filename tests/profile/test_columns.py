"""Facts about columns: exact where every value is looked at, estimated by value where not, whatever the row order."""

from __future__ import annotations

import random
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmq.model.mapped import FieldMapping, MappedTable
from crmq.model.raw import RawTable
from crmq.profile import ProfileSettings, profile
from crmq.profile.counting import FREQUENT, UNIT, count
from crmq.profile.model import Column, Table
from crmq.progress import Silent

AS_OF = date(2026, 11, 22)


def profiled(columns: dict[str, list[str | None]], fields: dict[str, str] | None = None, **options) -> Table:
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    lines = pl.int_range(2, frame.height + 2, dtype=pl.UInt32, eager=True)
    raw = RawTable("t.csv", frame, lines, list(columns))
    mappings = tuple(FieldMapping(h, f) for h, f in (fields or {}).items())
    mapped = MappedTable(raw, "crm", "generic", "contact", ("person",), mappings)
    return profile([raw], [mapped], None, ProfileSettings(as_of=AS_OF, **options), Silent()).tables[0]


def column(cells: list[str | None], field: str | None = None, **options) -> Column:
    return profiled({"c": cells}, {"c": field} if field else None, **options).columns[0]


def test_counts() -> None:
    one = column(["x", "y", "x", None, "  ", "", "zz"])
    assert (one.rows, one.filled, one.distinct, one.single) == (7, 4, 3, 2)
    assert [(p.name, p.rows) for p in one.top] == [("x", 2)]
    assert one.lengths is not None
    assert (one.lengths.shortest, one.lengths.mean, one.lengths.longest) == (1, 1.25, 2)
    assert one.basis.exact and not one.is_key


def test_empty_table_and_empty_column() -> None:
    table = profiled({"a": [], "b": []})
    assert (table.rows, table.cells_filled) == (0, 0.0)
    one = column([None, None])
    assert (one.kind, one.filled, one.distinct, one.patterns, one.lowest) == ("empty", 0, 0, (), None)


def test_patterns() -> None:
    one = column(["AB-12", "CD-34", "x9", "Ñu 1"])
    assert {p.name: p.rows for p in one.patterns} == {"AA-99": 2, "a9": 1, "Aa 9": 1}
    words = column([f"{'a' * (i % 30 + 1)} {'b' * (i // 30 + 1)}" for i in range(200)])
    assert words.patterns[0].name == "a+ a+"


@pytest.mark.parametrize(
    ("cells", "lowest", "highest"),
    [
        (["10", "9", "-3"] * 8, "-3", "10"),
        (["1.234,50", "900,00", "7,25"] * 8, "7,25", "1.234,50"),
        (["1,234.50", "900.00", "7.25"] * 8, "7.25", "1,234.50"),
        (["b", "a", "ccc"], "a", "ccc"),
    ],
)
def test_smallest_and_largest(cells: list[str | None], lowest: str, highest: str) -> None:
    one = column(cells)
    assert (one.lowest, one.highest) == (lowest, highest)


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["ana@acme.es", "luis@gil.com", "eva@acme.es", "x"] * 4, "email"),
        (["+34 612 345 678", "(55) 1234-5678", "912345678"] * 9, "phone"),
        (["2024-01-31", "2023-12-01"], "date"),
        (["31/01/2024", "1.12.2023"], "date"),
        (["2024-01-31T10:00:00Z"] * 3, "timestamp"),
        (["true", "false", "true"], "flag"),
        (["1", "2.5", "-3"] * 9, "number"),
        ([f"{i:05d}" for i in range(0, 30_000, 700)] * 2, "code"),
        ([str(i) for i in range(1000, 1100)], "id"),
        (["https://acme.es", "www.gil.com"] * 3, "url"),
        (["A", "B", "C"] * 30, "category"),
        (["AB-1", "CD-2", "EF-3"], "code"),
        (
            ["the customer asked for an offer on three machines", "no answer, will try again next week at nine"],
            "free_text",
        ),
        (["Ana", "Luis", "Eva"], "text"),
    ],
)  # fmt: skip
def test_kind_from_content(cells: list[str | None], kind: str) -> None:
    one = column(cells)
    assert (one.kind, one.kind_from) == (kind, "content")


def test_kind_from_mapping_wins() -> None:
    one = column(["1", "2"], "status")
    assert (one.kind, one.kind_from) == ("code", "mapping")


@pytest.mark.parametrize(
    ("code", "field", "cells", "rows"),
    [
        ("placeholders", None, ["Ana", "n/a", "N/A", "sin dato"], 3),
        ("placeholders", "email", ["ana@acme.es", "no@no.com"], 1),
        ("placeholders", "given_name", ["Ana", "test"], 1),
        ("blanks_around", None, ["Ana ", " Luis", "Eva"], 2),
        ("doubled_blanks", None, ["Ana  López", "Luis Gil"], 1),
        ("mojibake", None, ["MarÃ­a", "María", "Ângela"], 1),
        ("lost_characters", None, ["Mar\ufffda", "Ana"], 1),
        ("control_characters", None, ["a\x00b", "ab"], 1),
        ("spreadsheet_errors", None, ["#REF!", "#¡VALOR!", "#12"], 2),
        ("scientific_numbers", None, ["5.25512E+11", "525512345678"], 1),
        ("html", None, ["Ana &amp; Eva", "<b>Ana</b>", "a < b"], 2),
        ("other_type", None, ["1", "2", "3", "4", "5", "6", "7", "8", "9", "many"], 1),
        ("mixed_dates", None, ["2024-01-31", "2024-02-01", "31/01/2024"], 1),
        ("mixed_decimals", None, ["1.5", "2.5", "3,5"], 1),
        ("all_capitals", "family_name", ["GARCÍA", "López"], 1),
        ("all_small_letters", "family_name", ["garcía", "López"], 1),
        ("zeros_lost", "postal_code", ["28013", "28014", "28015", "8001"], 1),
        ("spelling_variants", None, ["España", "España", "Espana", "ESPAÑA", "Chile"], 2),
    ],
)
def test_problems(code: str, field: str | None, cells: list[str | None], rows: int) -> None:
    found = {p.code: p.rows for p in column(cells, field).problems}
    assert found.get(code) == rows


def test_sound_columns_have_no_problems() -> None:
    columns = {
        "name": ["María José", "O'Neill", "Jean-Luc", "Ñuñez"],
        "zip": ["08001", "28013", "46001", "01001"],
        "amount": ["1.5", "22.75", "-3.0", "0.1"],
        "city": ["Sevilla", "Bogotá", "Lima", "São Paulo"],
    }
    assert all(not c.problems for c in profiled(columns, {"name": "given_name", "zip": "postal_code"}).columns)


class TestSampling:
    CELLS = [f"user{i:06d}@acme.es" for i in range(6000)] + [f"bad{i}" for i in range(600)] + ["no@no.com"] * 900

    def test_counts_stay_exact(self) -> None:
        one = column(self.CELLS, "email", sample=1000)
        assert not one.basis.exact and one.basis.values < 3000
        assert (one.filled, one.distinct, one.single) == (7500, 6601, 6600)
        assert [(p.name, p.rows) for p in one.top] == [("no@no.com", 900)]
        assert one.lengths is not None and one.lengths.longest == 18

    def test_shares_are_close_and_frequent_values_exact(self) -> None:
        one = column(self.CELLS, "email", sample=1000)
        assert sum(p.rows for p in one.verdicts) == pytest.approx(7500, abs=2)
        assert one.verdict("placeholder") == pytest.approx(900 / 7500, rel=1e-4)
        assert one.verdict("invalid") == pytest.approx(600 / 7500, abs=0.02)

    def test_the_order_of_rows_changes_nothing(self) -> None:
        shuffled = random.Random(5).sample(self.CELLS, len(self.CELLS))
        assert column(self.CELLS, "email", sample=1000) == column(shuffled, "email", sample=1000)


CELLS = st.lists(
    st.one_of(st.none(), st.text(max_size=15), st.sampled_from(["n/a", "1", "a@b.co", " ", "#REF!"])), max_size=30
)


def is_blank(cell: str) -> bool:
    """Blank as Unicode says (Python counts four separators of control as blanks too)."""
    return all(c.isspace() and c not in "\x1c\x1d\x1e\x1f" for c in cell)


@settings(max_examples=60, deadline=None)
@given(cells=CELLS, order=st.randoms(use_true_random=False))
def test_any_text_in_any_order(cells: list[str | None], order: random.Random) -> None:
    first = profiled({"a": cells, "b": cells[::-1]})
    one = first.columns[0]
    filled = [c for c in cells if c is not None and not is_blank(c)]
    assert one.filled == len(filled)
    assert one.distinct == len(set(filled))
    assert 0 <= one.single <= one.distinct <= one.filled <= one.rows == len(cells)
    if one.types:
        assert sum(p.rows for p in one.types) == one.filled
    rows = list(zip(cells, cells[::-1], strict=True))
    order.shuffle(rows)
    again = profiled({"a": [a for a, _b in rows], "b": [b for _a, b in rows]})
    assert again == first


def test_weights_add_up_to_all_rows() -> None:
    frame = pl.DataFrame({"v": [f"{i % 4000}-{i % 7}" for i in range(9000)]})
    values = count(frame, 500)["v"]
    assert not values.exact
    assert values.total / UNIT == pytest.approx(9000, rel=1e-4)
    assert values.sample.height < FREQUENT + 1500
