"""Dates: order per column, partial dates, made-up dates; points in time in UTC."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmq.values import date

NOW = dt.date(2026, 11, 22)


def column(values, order=None, *, birth=False):
    return date.standardise(pl.Series(values, dtype=pl.String), order, birth=birth, as_of=NOW)


def one(value, order=None, *, birth=False):
    return column([value], order, birth=birth).row(0)


def moment(value, zone=None, order=None):
    return date.timestamps(pl.Series([value], dtype=pl.String), zone, order, as_of=NOW).row(0)


@pytest.mark.parametrize(
    "raw",
    [
        "1984-04-25",
        "1984/4/25",
        "1984.04.25",
        "25/04/1984",
        "25-4-1984",
        "25.04.1984",
        "25 04 1984",
        "19840425",
        "25041984",
        "25 de abril de 1984",
        "25 abr 1984",
        "25-ABR-1984",
        "25 de abr. de 1984",
        "April 25, 1984",
        "Apr 25 1984",
        "25th April 1984",
        "25 avril 1984",
        "25. April 1984",
        "1984-abr-25",
        "miércoles, 25 de abril de 1984",
        "1984-04-25T10:00:00Z",
        "25/04/1984 3:14 p. m.",
        "Wed, 25 Apr 1984 10:00:00 +0000",
        "451706400000",
        "/Date(451706400000)/",
        " 25/04/1984\u00a0",
        "4/25/1984",
    ],
)
def test_one_day_written_in_many_ways(raw):
    assert one(raw) == ("1984-04-25", "valid", None, "day")


@pytest.mark.parametrize(
    ("raw", "value", "precision"),
    [
        ("1984", "1984", "year"),
        ("1984-04", "1984-04", "month"),
        ("04/1984", "1984-04", "month"),
        ("abr 1984", "1984-04", "month"),
        ("abril de 1984", "1984-04", "month"),
        ("abr-84", "1984-04", "month"),
        ("--04-12", "--04-12", "month_day"),
        ("--0412", "--04-12", "month_day"),
        ("12 de abril", "--04-12", "month_day"),
        ("1604-04-12", "--04-12", "month_day"),
        ("1604-02-29", "--02-29", "month_day"),
    ],
)
def test_partial_dates(raw, value, precision):
    assert one(raw) == (value, "valid", None, precision)
    assert one(value) == (value, "valid", None, precision)


@pytest.mark.parametrize(("raw", "value"), [("1984-05-00", "1984-05"), ("00/00/1984", "1984"), ("1984-00-00", "1984")])
def test_zeros_mean_unknown(raw, value):
    assert one(raw, birth=True)[:3] == (value, "possible", "partial_zero")


def test_order_is_decided_by_the_column():
    day = date.column_order(pl.Series(["03/04/2024", "25/04/2024", None, "01/02/2024"]))
    assert (day.order, day.mixed) == ("day_first", False)
    assert day.evidence == {"day_first": 1, "month_first": 0, "year_first": 0, "ambiguous": 2}
    assert date.column_order(pl.Series(["03/04/2024", "04/25/2024"])).order == "month_first"
    assert date.column_order(pl.Series(["2024-04-25", "2024-04-03"])).order == "year_first"
    assert date.column_order(pl.Series(["03/04/2024", "05/05/2024"])).order is None
    mixed = date.column_order(pl.Series(["25/04/2024", "26/04/2024", "04/25/2024"]))
    assert (mixed.order, mixed.mixed) == ("day_first", True)


def test_ambiguous_cells_follow_the_column():
    assert column(["03/04/2024", "04/25/2024"])["value"].to_list() == ["2024-03-04", "2024-04-25"]
    assert column(["03/04/2024", "25/04/2024"])["value"].to_list() == ["2024-04-03", "2024-04-25"]
    assert column(["03/04/2024", "25/04/2024"])["verdict"].to_list() == ["valid", "valid"]


def test_nothing_tells_the_order():
    assert column(["03/04/2024", "05/05/2024"]).rows() == [
        ("2024-04-03", "possible", "assumed_order", "day"),
        ("2024-05-05", "valid", None, "day"),
    ]
    assert column(["03/04/2024"], "month_first").rows() == [("2024-03-04", "valid", None, "day")]


def test_mixed_order_is_an_issue_of_the_ambiguous_cells_only():
    assert column(["13/05/2024", "05/14/2024", "04/05/2024", "06/06/2024"]).rows() == [
        ("2024-05-13", "valid", None, "day"),
        ("2024-05-14", "valid", None, "day"),
        ("2024-05-04", "possible", "mixed_order", "day"),
        ("2024-06-06", "valid", None, "day"),
    ]


def test_known_order_against_the_column():
    # single cells that cannot be in the known order are turned round
    assert column(["25/03/2024", "03/25/2024", "04/05/2024"], "day_first").rows() == [
        ("2024-03-25", "valid", None, "day"),
        ("2024-03-25", "possible", "order_contradicts", "day"),
        ("2024-05-04", "valid", None, "day"),
    ]
    # a column that only has the other order overrules it
    assert column(["03/25/2024", "04/05/2024"], "day_first")["value"].to_list() == ["2024-03-25", "2024-04-05"]


@pytest.mark.parametrize(
    ("raw", "birth", "value"),
    [
        ("25/04/84", False, "1984-04-25"),
        ("25/04/26", False, "2026-04-25"),
        ("25/04/27", False, "2027-04-25"),
        ("25/04/28", False, "1928-04-25"),
        ("25/04/26", True, "2026-04-25"),
        ("25/04/27", True, "1927-04-25"),
        ("84-04-25", True, "1984-04-25"),
    ],
)
def test_two_digit_years(raw, birth, value):
    result = one(raw, birth=birth)
    assert result[0] == value
    assert result[1:3] == (("possible", "two_digit_year") if birth else ("valid", None))


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("31/02/1984", "no_such_day"),
        ("29/02/2023", "no_such_day"),
        ("2023-13-40", "no_such_day"),
        ("hola", "not_a_date"),
        ("12345678901234567", "not_a_date"),
        ("2026-11-23", "future"),
        ("2031", "future"),
        ("1880-05-05", "too_old"),
    ],
)
def test_invalid_births(raw, reason):
    assert one(raw, birth=True) == (None, "invalid", reason, None)


def test_events_may_lie_ahead():
    assert one("2027-01-31")[1] == "valid"
    assert one("2026-11-22", birth=True)[1] == "valid"
    assert one("2090-01-31")[1:3] == ("invalid", "out_of_range")
    assert one("1812-01-31")[1:3] == ("invalid", "out_of_range")


@pytest.mark.parametrize(
    "raw",
    [
        "1900-01-01",
        "01/01/1901",
        "1970-01-01",
        "1980-01-01",
        "01/01/2000",
        "0001-01-01",
        "1899-12-30",
        "1753-01-01",
        "9999-12-31",
        "0000-00-00",
        "0/0/00",
        "00/00/0000",
        "n/a",
        "-",
        "sin dato",
    ],
)
def test_births_that_nobody_has(raw):
    assert one(raw, birth=True) == (None, "placeholder", "denylist", None)


def test_events_have_fewer_fillers():
    assert one("2000-01-01")[1] == "valid"
    assert one("1970-01-01")[1] == "placeholder"


def test_spikes_in_births():
    others = [f"19{40 + i // 28}-05-{1 + i % 28:02d}" for i in range(300)]
    values = ["1985-07-01"] * 21 + ["1985-07-02"] * 20 + others
    result = column(values, birth=True)
    assert result["verdict"].to_list() == ["placeholder"] * 21 + ["valid"] * 320
    assert result["reason"][0] == "spike"
    assert set(column(values)["verdict"]) == {"valid"}
    assert set(column(["1985"] * 50 + others, birth=True)["verdict"]) == {"valid"}


def test_a_log_that_repeats_every_person_has_no_spike():
    values = [f"19{50 + i}-03-0{1 + i % 9}" for i in range(40)] * 30
    assert set(column(values, birth=True)["verdict"]) == {"valid"}


def test_a_column_of_the_past_is_not_full_of_errors():
    result = column(["1856-06-18", "1861-02-01", "1863-04-05", "1870-12-24", "1871-01-02", "1872-03-04"], birth=True)
    assert result["value"].null_count() == 0
    assert set(result["reason"]) == {"too_old"}
    assert set(result["verdict"]) == {"possible"}
    # single ones in a column of the living are errors
    assert column(["1856-06-18", *["1984-04-25", "1985-05-26"] * 200], birth=True).row(0)[1:3] == ("invalid", "too_old")


def test_slips_do_not_make_a_column_mixed():
    cells = [*[f"04/{13 + i % 15}/1984" for i in range(200)], "25/04/1984", "04/05/1984"]
    assert not date.column_order(pl.Series(cells)).mixed
    assert column(cells).rows()[-2:] == [
        ("1984-04-25", "possible", "order_contradicts", "day"),
        ("1984-04-05", "valid", None, "day"),
    ]


def test_spreadsheet_days_only_where_the_whole_column_is():
    assert column(["44927", "44928.5", None, "44930"])["value"].to_list() == [
        "2023-01-01",
        "2023-01-02",
        None,
        "2023-01-04",
    ]
    assert column(["44927", "2023-01-02", "2023-01-03"])["value"].to_list() == [None, "2023-01-02", "2023-01-03"]


def test_missing():
    assert column([None, "", " "])["verdict"].to_list() == ["missing"] * 3


UTC = ZoneInfo("UTC")


@pytest.mark.parametrize(
    ("raw", "zone", "expected"),
    [
        ("2024-03-12T15:14:00Z", "Europe/Madrid", (15, 14)),
        ("2024-03-12 15:14:00", None, (15, 14)),
        ("2024-03-12 15:14:00", "Europe/Madrid", (14, 14)),
        ("2024-03-12T15:14:00.000+0000", "America/Lima", (15, 14)),
        ("2024-03-12T15:14:00+02:00", None, (13, 14)),
        ("2024-03-12T15:14:00-06", None, (21, 14)),
        ("12/03/2024 3:14 p. m.", "America/Mexico_City", (21, 14)),
        ("12/03/2024 03:14:00 a.m.", None, (3, 14)),
        ("12/03/2024 12:14 a. m.", None, (0, 14)),
        ("12/03/2024 12:14 PM", None, (12, 14)),
        ("12 mar 2024, 15:14", None, (15, 14)),
        ("1710256440", "Europe/Madrid", (15, 14)),
        ("1710256440000", None, (15, 14)),
        ("20240312151400", None, (15, 14)),
        ("20240312T151400Z", "Europe/Madrid", (15, 14)),
        ("Tue, 12 Mar 2024 15:14:00 +0000", None, (15, 14)),
        ("2024-03-12", None, (0, 0)),
    ],
)
def test_moments(raw, zone, expected):
    value, verdict, reason = moment(raw, zone, "day_first")
    assert value == dt.datetime(2024, 3, 12, *expected, tzinfo=UTC)
    assert (verdict, reason) == ("valid", None)


def test_midnight_is_the_zones():
    assert moment("2024-03-12", "Europe/Madrid")[0] == dt.datetime(2024, 3, 11, 23, tzinfo=UTC)


def test_microseconds_and_spreadsheet_times():
    assert moment("2024-03-12T15:14:00.123456789Z")[0] == dt.datetime(2024, 3, 12, 15, 14, 0, 123456, tzinfo=UTC)
    serial = date.timestamps(pl.Series(["45363.5", "45363.75"]), "America/Lima", as_of=NOW)["value"].to_list()
    assert serial == [dt.datetime(2024, 3, 12, 17, tzinfo=UTC), dt.datetime(2024, 3, 12, 23, tzinfo=UTC)]


def test_clock_changes():
    repeated = moment("2024-10-27 02:30:00", "Europe/Madrid")
    assert repeated == (dt.datetime(2024, 10, 27, 0, 30, tzinfo=UTC), "possible", "ambiguous_time")
    skipped = moment("2024-03-31 02:30:00", "Europe/Madrid")
    assert skipped == (dt.datetime(2024, 3, 31, 1, 30, tzinfo=UTC), "possible", "nonexistent_time")
    # an offset leaves no doubt
    assert moment("2024-10-27 02:30:00+01:00", "Europe/Madrid")[1] == "valid"
    # Mexico ended its summer time in 2022
    assert moment("2022-07-01 12:00", "America/Mexico_City")[0].hour == 17
    assert moment("2023-07-01 12:00", "America/Mexico_City")[0].hour == 18


@pytest.mark.parametrize(
    ("raw", "verdict", "reason"),
    [
        ("2024-03", "possible", "partial"),
        ("2024-03-12 15:14 CET", "possible", "zone_abbreviation"),
        ("2024-03-12 25:14", "invalid", "no_such_day"),
        ("nope", "invalid", "not_a_date"),
        ("1970-01-01T00:00:00Z", "placeholder", "denylist"),
        ("0000-00-00 00:00:00", "placeholder", "denylist"),
        ("3024-03-12", "invalid", "out_of_range"),
        (None, "missing", None),
    ],
)
def test_doubtful_moments(raw, verdict, reason):
    value, *rest = moment(raw)
    assert rest == [verdict, reason]
    assert (value is not None) == (verdict == "possible")


def test_unknown_zone_is_an_error_of_the_caller():
    with pytest.raises(ZoneInfoNotFoundError):
        moment("2024-03-12", "Europe/Atlantis")


@given(
    st.lists(st.dates(dt.date(1917, 1, 2), dt.date(2026, 11, 1)), min_size=1, max_size=10),
    st.sampled_from(["%d/%m/%Y", "%d.%m.%Y", "%Y-%m-%d", "%Y%m%d"]),
)
def test_every_day_comes_back(days, pattern):
    # with the order fixed by a day above 12
    fixed = column([*(day.strftime(pattern) for day in days), dt.date(2001, 5, 25).strftime(pattern)], birth=True)
    for day, value in zip(days, fixed["value"], strict=False):
        assert value in (None, day.isoformat())
    assert fixed["value"].null_count() == fixed["verdict"].is_in(["placeholder"]).sum()


@given(
    st.lists(st.datetimes(dt.datetime(1999, 1, 2), dt.datetime(2026, 11, 1)), min_size=1, max_size=10),
    st.sampled_from(["America/Santiago", "Europe/Lisbon", "UTC"]),
)
def test_every_moment_comes_back(moments, zone):
    local = [when.replace(microsecond=0, tzinfo=ZoneInfo(zone)) for when in moments]
    raw = pl.Series([when.isoformat() for when in local])
    assert date.timestamps(raw, as_of=NOW)["value"].to_list() == [when.astimezone(UTC) for when in local]


date_like = st.text(alphabet="0123456789/-.: TZabrpm,'+de", max_size=24)


@given(
    st.lists(st.none() | date_like | st.text(max_size=20), max_size=8),
    st.none() | st.sampled_from(["day_first", "month_first", "year_first"]),
    st.booleans(),
)
def test_never_fails_keeps_height_and_is_idempotent(values, order, birth):
    raw = pl.Series(values, dtype=pl.String)
    first = date.standardise(raw, order, birth=birth, as_of=NOW)
    assert dict(first.schema) == date.SCHEMA
    assert first.height == len(values)
    assert first["verdict"].null_count() == 0
    again = date.standardise(first["value"], order, birth=birth, as_of=NOW)
    assert again["value"].to_list() == first["value"].to_list()
    times = date.timestamps(raw, "America/Santiago", order, as_of=NOW)
    assert dict(times.schema) == date.TIMESTAMP_SCHEMA
    assert times.height == len(values)
    assert times["verdict"].null_count() == 0
    date.column_order(raw)
