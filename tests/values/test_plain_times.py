"""A column of timestamps written alike is read in one go, with the verdicts that the general way gives."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from crmq.values import date

SPECIAL = ["1900-01-01", "1970-01-01", "2021-10-31", "2021-03-28", "2077-01-01", "9999-12-31", "1899-06-06"]


@given(
    times=st.lists(
        st.one_of(
            st.none(),
            st.datetimes(dt.datetime(1890, 1, 1), dt.datetime(2060, 1, 1)),
            st.builds(
                lambda day, hour: dt.datetime.fromisoformat(f"{day} {hour:02}:30:00"),
                st.sampled_from(SPECIAL),
                st.integers(0, 3),
            ),
        ),
        min_size=1,
        max_size=20,
    ),
    form=st.sampled_from(["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.125", "%Y-%m-%dT%H:%M:%S.5Z"]),
    zone=st.sampled_from(["UTC", "America/Mexico_City", "Europe/Madrid"]),
)
def test_the_short_way_says_what_the_general_way_says(times, form, zone) -> None:
    raw = pl.Series("t", [None if t is None else t.strftime(form) for t in times], dtype=pl.String)
    today = dt.date(2026, 11, 1)
    short = date.timestamps(raw, zone, as_of=today)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(date, "plain_times", lambda _raw: None)
        general = date.timestamps(raw, zone, as_of=today)
    assert_frame_equal(short, general)


@pytest.mark.parametrize("odd", ["2024-13-01 00:00:00", "2024-02-30 10:00:00", "01/02/2024 10:00", "n/a"])
def test_one_odd_cell_sends_the_column_the_general_way(odd) -> None:
    assert date.plain_times(pl.Series("t", ["2024-01-01 10:00:00", odd])) is None
