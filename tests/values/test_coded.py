"""Codings of single systems give plain text; what does not fit stays as it is."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmq.values import coded, date


def made(how, *columns):
    return coded.MADE_OF[how][1]([pl.Series(c, dtype=pl.String) for c in columns]).to_list()


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("125001", "2025-01-01"), ("99365", "1999-12-31"), ("124366", "2024-12-31"), ("100060", "2000-02-29"),
        (" 125001 ", "2025-01-01"), ("125001.0", "2025-01-01"), ("125366", "125366"), ("125000", "125000"),
        ("0", "0"), ("", ""), ("2025-01-01", "2025-01-01"), (None, None),
    ],
)  # fmt: skip
def test_days_of_jd_edwards(cell, expected):
    assert coded.from_cyyddd(pl.Series([cell], dtype=pl.String)).to_list() == [expected]


@given(st.dates(dt.date(1905, 1, 1), dt.date(2099, 12, 31)))
def test_every_day_comes_back(day):
    number = f"{(day.year - 1900) * 1000 + day.timetuple().tm_yday}"
    assert coded.from_cyyddd(pl.Series([number])).to_list() == [day.isoformat()]


def test_times_of_jd_edwards_have_lost_their_zeros():
    days = ["125001", "125001", "125001", "125001", "0", None]
    times = ["93005", "5", None, "256000", "1", "1"]
    assert made("cyyddd_time", days, times) == [
        "2025-01-01 09:30:05", "2025-01-01 00:00:05", "2025-01-01", "2025-01-01", "0", None,
    ]  # fmt: skip


def test_account_numbers_of_goldmine_begin_with_the_moment_of_their_making():
    numbers = [
        "99123186399AbCdEfJoh",
        "A1050134567)xYzAbJoh",
        "B0031500000AbCdEfMar",
        "B0023100000AbCdEfJoh",
        "4711",
        None,
    ]
    assert made("goldmine_moment", numbers) == [
        "1999-12-31 23:59:59", "2001-05-01 09:36:07", "2010-03-15 00:00:00", None, None, None,
    ]  # fmt: skip


def test_keys_and_words_of_several_columns():
    assert made("key", ["SHARE", " ", None], ["1001", "2", ""]) == ["SHARE:1001", ":2", None]
    assert made("words", ["20240131", "91", None], ["10:15", " ", None]) == ["20240131 10:15", "91", None]


def test_a_day_and_a_time_are_read_as_one_time():
    raw = pl.Series(made("words", ["2024-01-31"], ["10:15"]))
    assert date.timestamps(raw, "UTC", None)["value"].to_list() == [dt.datetime(2024, 1, 31, 10, 15, tzinfo=dt.UTC)]


def test_marks_are_taken_off_once():
    cells = pl.Series(["p:+34 600", "'00123", " p:1", "''x", "600", "", None])
    assert coded.without_mark(cells, ["p:", "'"]).to_list() == ["+34 600", "00123", "1", "'x", "600", "", None]


def test_what_is_filled_and_numbers_without_their_plus():
    assert made("filled", ["2026-01-02", " ", None]) == ["yes", None, None]
    assert made("international", ["34612345678", "+525512345678", "CO.1234", "612", None]) == [
        "+34612345678", "+525512345678", None, None, None,
    ]  # fmt: skip
