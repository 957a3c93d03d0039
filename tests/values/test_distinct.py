"""Distinct values of a column: laid out again they are the column, whatever their hashes are."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from crmq.values.distinct import distinct, numbered

cells = st.lists(st.one_of(st.none(), st.sampled_from(("", "a", "A", "á", " a", "b")), st.text(max_size=3)))


@given(cells)
def test_laid_out_again_they_are_the_column(values):
    series = pl.Series("v", values, dtype=pl.String)
    found = distinct(series)
    assert found.values.null_count() == 0
    assert found.values.to_list() == list(dict.fromkeys(v for v in values if v is not None))
    assert found.laid_out(found.values).to_list() == values
    frame = found.laid_out(pl.DataFrame({"twice": found.values + found.values}))
    assert frame["twice"].to_list() == [None if v is None else v + v for v in values]


@given(cells)
def test_equal_hashes_of_unequal_values_are_found_out(values):
    series = pl.Series("v", values, dtype=pl.String)
    alike = pl.Series([7] * len(values), dtype=pl.UInt64)
    assert numbered(series, alike).laid_out(numbered(series, alike).values).to_list() == values
