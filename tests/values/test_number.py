"""Numbers: the decimal sign is the column's, never guessed in silence."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmq.values import number


def read(*cells: str | None) -> list[tuple[str | None, str | None]]:
    made = number.standardise(pl.Series(cells, dtype=pl.String))
    return list(made.select("value", "reason").iter_rows())


def test_the_column_decides_what_a_cell_leaves_open() -> None:
    assert read("1,234.50", "2,000") == [("1234.50", None), ("2000", None)]
    assert read("1.234,50", "2.000") == [("1234.50", None), ("2000", None)]


def test_what_nothing_decides_is_marked() -> None:
    assert read("1.234", "7") == [("1.234", "assumed_separator"), ("7", None)]
    assert read("1,234") == [("1234", "assumed_separator")]


def test_a_column_of_both_signs_gives_no_value_to_open_cells() -> None:
    assert read("1.5", "1,5", "1,234") == [("1.5", None), ("1.5", None), (None, "mixed_separators")]


@pytest.mark.parametrize(
    ("cell", "value", "currency"),
    [
        ("(12,00)", "-12.00", None), ("5-", "-5", None), ("-0.10", "-0.10", None), ("R$ 5,00", "5.00", "BRL"),
        ("12 EUR", "12", "EUR"), ("$ 1,000.00", "1000.00", None), ("1'234.50", "1234.50", None),
        ("1 234 567", "1234567", None), ("1.5E+03", "1500", None), ("1.234.567", "1234567", None),
    ],
)  # fmt: skip
def test_ways_of_writing(cell: str, value: str, currency: str | None) -> None:
    made = number.standardise(pl.Series([cell]))
    assert made.select("value", "currency").row(0) == (value, currency)


@pytest.mark.parametrize("cell", ["Infinity", "12%", "12.", "1,23,4", "12 abcd", "10/2"])
def test_what_is_no_number_has_no_value(cell: str) -> None:
    made = number.standardise(pl.Series([cell])).row(0, named=True)
    assert (made["value"], made["verdict"]) == (None, "invalid")


@given(
    st.lists(st.one_of(st.none(), st.text(max_size=12), st.decimals(allow_nan=False, allow_infinity=False).map(str)))
)
def test_never_raises_and_what_it_writes_it_reads_again(cells: list[str | None]) -> None:
    made = number.standardise(pl.Series(cells, dtype=pl.String))
    assert made.height == len(cells)
    exact = made["value"].drop_nulls().cast(pl.Float64, strict=False)
    assert exact.null_count() == 0
