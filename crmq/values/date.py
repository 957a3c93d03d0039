"""Dates and times: the order of day and month decided per column, partial dates kept, made-up ones found.

A single ``03/04/2024`` cannot tell day from month, a column usually can: any first number above 12 means day first.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple
from zoneinfo import ZoneInfo

import polars as pl

from crmq.model.mapped import DateOrder
from crmq.model.verdicts import Verdict
from crmq.values import date_forms, placeholder
from crmq.values.distinct import Distinct, distinct
from crmq.values.judging import Case, Schema, decide
from crmq.values.plain_times import plain_times

SCHEMA: Schema = {"value": pl.String, "verdict": Verdict, "reason": pl.String, "precision": pl.String}
TIMESTAMP_SCHEMA: Schema = {"value": pl.Datetime("us", "UTC"), "verdict": Verdict, "reason": pl.String}

_OLDEST_AGE = 110
_FIRST_EVENT_YEAR = 1900
_YEARS_AHEAD = 30
"""Years that a planned event may lie ahead."""
_UNKNOWN_YEAR = 1604
"""What Google and Apple write as the year of a birthday without one."""
_EXCEL_EPOCH = dt.date(1899, 12, 30)
_SPIKE_SHARE = 0.01
_SPIKE_COUNT = 20
_SPIKE_TIMES = 5
_SPIKE_PEERS = 5
"""One birth date is nobody's when it stands on more than this share of the rows, on more than this many of them, and
that many times as often as any but the five commonest dates. The last keeps visit logs, where every patient is many
rows, and archives, where only the year is known and January the first stands for it."""
_PAST_SHARE = 0.02
_PAST_COUNT = 5
"""A column where more births than these lie over 110 years back is about people of the past, not full of errors."""
_MIXED_SHARE = 0.02
"""Up to this share of the telling cells, dates in the other order are slips of single cells."""

_EPOCHS = (
    "0001-01-01",
    "1601-01-01",
    "1753-01-01",
    "1899-12-30",
    "1899-12-31",
    "1900-01-01",
    "1901-01-01",
    "1970-01-01",
)
_ENDS = ("9999-12-31", "9999-01-01", "2999-12-31", "2099-12-31", "2100-12-31", "1111-11-11")
_BIRTH_FILLERS = ("1900-12-31", "1910-01-01", "1950-01-01", "1960-01-01", "1980-01-01", "1990-01-01", "2000-01-01")


class ColumnOrder(NamedTuple):
    """How a column writes its dates.

    Attributes:
        order: None when nothing in the column tells day from month.
        evidence: Cells per kind: ``day_first``, ``month_first``, ``year_first``, ``ambiguous``.
        mixed: Both orders occur, and not just by slips: cells that could be either are uncertain.
    """

    order: DateOrder | None
    evidence: Mapping[str, int]
    mixed: bool = False


def column_order(raw: pl.Series) -> ColumnOrder:
    """Decide the order of day and month for a whole column from the cells that can be read in one way only."""
    counts = _counted(_cells(raw))
    return _order(date_forms.take_apart(counts["cell"], serials=False).with_columns(n=counts["n"]))


def _cells(raw: pl.Series) -> Distinct:
    """Return the cleaned cells; several distinct cells as read may be one when clean."""
    read = distinct(raw.cast(pl.String))
    return replace(read, values=date_forms.clean(read.values))


def _counted(cells: Distinct) -> pl.DataFrame:
    """Return each distinct cell with the number of rows it stands in: ``cell`` and ``n``."""
    rows = cells.place.drop_nulls().value_counts(name="n").sort(cells.place.name)["n"]
    counted = pl.DataFrame([cells.values.alias("cell"), rows]).drop_nulls("cell")
    return counted.group_by("cell", maintain_order=True).agg(pl.col("n").sum())


def _order(parts: pl.DataFrame) -> ColumnOrder:
    a, b, n = pl.col("a"), pl.col("b"), pl.col("n")
    low_a, low_b = a.is_between(1, 12), b.is_between(1, 12)
    counted = parts.select(
        day_first=n.filter(a.is_between(13, 31) & low_b).sum(),
        month_first=n.filter(low_a & b.is_between(13, 31)).sum(),
        year_first=n.filter(pl.col("form").is_in(["ymd", "y_mon_d", "compact", "compact_time", "ym"])).sum(),
        ambiguous=n.filter(low_a & low_b & (a != b)).sum(),
    )
    evidence = {name: int(count) for name, count in counted.row(0, named=True).items()}
    days, months = evidence["day_first"], evidence["month_first"]
    if days or months:
        mixed = min(days, months) > _MIXED_SHARE * (days + months)
        return ColumnOrder("day_first" if days >= months else "month_first", evidence, mixed)
    return ColumnOrder("year_first" if evidence["year_first"] and not evidence["ambiguous"] else None, evidence)


def standardise(
    raw: pl.Series, order: DateOrder | None = None, *, birth: bool = False, as_of: dt.date | None = None
) -> pl.DataFrame:
    """Standardise a column of dates; a time of day is dropped.

    Args:
        raw: The cells, as read.
        order: Order of day and month where the source fixes it, overruled by a column that only has the other one.
            None: decided for the column, day first where nothing tells.
        birth: Whether these are birth dates: none in the future or over 110 years ago, more fillers known.
        as_of: What "now" means; default: today.

    Returns:
        ``value``: ISO 8601, partial where the cell is (``1984-04``, ``1984``, ``--04-12``). ``precision``: ``day``,
        ``month``, ``year``, ``month_day``. Reasons: ``assumed_order``, ``mixed_order``, ``order_contradicts``,
        ``two_digit_year``, ``partial_zero``, ``too_old`` in a column of the past (possible); ``not_a_date``,
        ``no_such_day``, ``future``, ``too_old``, ``out_of_range`` (invalid); ``denylist``, ``spike`` (placeholder).
    """
    now = as_of or dt.date.today()
    cells, parts = _parts(raw, order, birth=birth, now=now)
    parts = _written(parts)
    cases = [*_broken(parts, birth=birth), *_implausible(parts, birth=birth, now=now)]
    cases.append((pl.col("note").is_not_null(), "possible", None))
    verdict, reason = decide(parts, cases, otherwise=("valid", None))
    judged = parts.with_columns(verdict, reason)
    usable = pl.col("verdict").is_in(["valid", "possible"])
    precision = (
        pl.when("no_year")
        .then(pl.lit("month_day"))
        .when(pl.col("d").is_not_null())
        .then(pl.lit("day"))
        .when(pl.col("m").is_not_null())
        .then(pl.lit("month"))
        .otherwise(pl.lit("year"))
    )
    judged = judged.select(
        "cell",
        pl.when(usable).then("iso").alias("value"),
        "verdict",
        pl.when(pl.col("verdict") == "possible")
        .then(pl.coalesce("reason", "note"))
        .otherwise("reason")
        .alias("reason"),
        pl.when(usable).then(precision).alias("precision"),
    )
    return _spread(cells, judged, SCHEMA)


def _written(parts: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with ``iso``, the date as far as it is known, and ``no_year``."""
    y, m, d = (pl.col(name) for name in ("y", "m", "d"))
    no_year = (y == _UNKNOWN_YEAR) | (y.is_null() & m.is_not_null() & d.is_not_null())
    iso = (
        pl.when(no_year)
        .then(pl.format("--{}-{}", _pad(m, 2), _pad(d, 2)))
        .when(d.is_not_null())
        .then(pl.format("{}-{}-{}", _pad(y, 4), _pad(m, 2), _pad(d, 2)))
        .when(m.is_not_null())
        .then(pl.format("{}-{}", _pad(y, 4), _pad(m, 2)))
        .when(y.is_not_null())
        .then(_pad(y, 4))
    )
    return parts.with_columns(iso=iso, no_year=no_year)


def _broken(parts: pl.DataFrame, *, birth: bool) -> list[Case]:
    """Return the cases of cells that stand for no date, or for one that does not exist."""
    y, m, d, n = (pl.col(name) for name in ("y", "m", "d", "n"))
    fillers = (*_EPOCHS, *_ENDS, *(_BIRTH_FILLERS if birth else ()))
    # a leap year lets --02-29 be
    day = pl.format("{}-{}-{}", _pad(pl.when("no_year").then(2000).otherwise(y), 4), _pad(m, 2), _pad(d, 2))
    day_exists = d.is_null() | day.str.to_date("%Y-%m-%d", strict=False).is_not_null()
    month_exists = m.is_null() | m.is_between(1, 12)
    junk = pl.col("denied") | pl.col("iso").is_in(fillers) | (y == 0)
    peers = parts.filter(~junk.fill_null(value=False) & d.is_not_null())["n"].sort(descending=True)
    common = int(peers[_SPIKE_PEERS]) if len(peers) > _SPIKE_PEERS else int(parts["n"].sum() or 0)
    spike = n > max(_SPIKE_COUNT, _SPIKE_SHARE * int(parts["n"].sum() or 0), _SPIKE_TIMES * common)
    return [
        (junk.fill_null(value=False), "placeholder", "denylist"),
        (pl.col("iso").is_null() & pl.col("form").is_null(), "invalid", "not_a_date"),
        (pl.col("iso").is_null() | ~day_exists | ~month_exists, "invalid", "no_such_day"),
        (spike & d.is_not_null() & pl.lit(birth), "placeholder", "spike"),
    ]


def _implausible(parts: pl.DataFrame, *, birth: bool, now: dt.date) -> list[Case]:
    """Return the cases of dates that exist and can hardly be meant."""
    y, known_year = pl.col("y"), ~pl.col("no_year")
    if not birth:
        return [(known_year & ~y.is_between(_FIRST_EVENT_YEAR, now.year + _YEARS_AHEAD), "invalid", "out_of_range")]
    late = pl.col("iso") > pl.lit(now.isoformat()).str.slice(0, pl.col("iso").str.len_chars())
    old = known_year & (y < now.year - _OLDEST_AGE)
    count = int(parts.select(pl.col("n").filter(old).sum()).item() or 0)
    of_the_past = count > max(_PAST_COUNT, _PAST_SHARE * int(parts["n"].sum() or 0))
    return [(known_year & late, "invalid", "future"), (old, "possible" if of_the_past else "invalid", "too_old")]


def timestamps(
    raw: pl.Series, zone: str | None = None, order: DateOrder | None = None, *, as_of: dt.date | None = None
) -> pl.DataFrame:
    """Standardise a column of points in time.

    Args:
        raw: The cells, as read: ISO 8601 with or without offset, national forms with ``p. m.``, epoch seconds or
            milliseconds, spreadsheet days.
        zone: IANA zone of times without offset; None means UTC.
        order: As in :func:`standardise`.
        as_of: What "now" means for two-digit years; default: today.

    Returns:
        ``value`` (UTC), ``verdict`` and ``reason``: those of :func:`standardise`, and ``ambiguous_time`` (the hour that
        the clocks repeat: the first one is taken), ``nonexistent_time`` (the hour they skip: taken an hour later),
        ``zone_abbreviation`` (not trusted), ``partial`` (the start of the month or year).

    Raises:
        zoneinfo.ZoneInfoNotFoundError: ``zone`` is no IANA zone.
    """
    ZoneInfo(zone or "UTC")
    now = as_of or dt.date.today()
    plain = plain_times(raw)
    if plain is not None:
        return _judged_times(plain, zone or "UTC", now).select(*TIMESTAMP_SCHEMA)
    cells, parts = _parts(raw, order, birth=False, now=now)
    hour = pl.col("hour").fill_null(0)
    half = pl.col("half")
    hour = (
        pl.when((half == "p") & (hour < 12)).then(hour + 12).when((half == "a") & (hour == 12)).then(0).otherwise(hour)
    )
    clock = pl.format(
        "{}:{}:{}", _pad(hour, 2), _pad(pl.col("minute").fill_null(0), 2), _pad(pl.col("second").fill_null(0), 2)
    )
    start = pl.format(
        "{}-{}-{}", _pad(pl.col("y"), 4), _pad(pl.col("m").fill_null(1), 2), _pad(pl.col("d").fill_null(1), 2)
    )
    written = pl.format("{} {}", start, clock).str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us", strict=False)
    seconds_of_day = ((pl.col("serial") - pl.col("serial").floor()) * 86_400).round().cast(pl.Int64)
    naive = (
        written
        + pl.duration(microseconds=pl.col("micro").fill_null(0))
        + pl.duration(seconds=seconds_of_day.fill_null(0))
    )
    parts = parts.with_columns(
        naive=naive,
        shift=_offset_minutes(pl.col("offset")),
        denied=pl.col("denied") | start.is_in((*_EPOCHS, *_ENDS)) | (pl.col("y") == 0),
        partial=pl.col("d").is_null() & pl.col("epoch_us").is_null(),
        timed=pl.col("hour").is_not_null(),
    )
    return _spread(cells, _judged_times(parts, zone or "UTC", now), TIMESTAMP_SCHEMA)


def _judged_times(parts: pl.DataFrame, zone: str, now: dt.date) -> pl.DataFrame:
    """Return ``cell`` and the columns of ``TIMESTAMP_SCHEMA`` for points in time that were taken apart.

    Args:
        parts: ``cell``, ``form``, ``naive`` (as written), ``shift`` (minutes east of UTC, null without offset),
            ``epoch_us``, ``abbreviation``, ``denied``, ``partial``, ``timed`` (a time of day is given), ``note``.
        zone: Of times without offset.
        now: Today.
    """
    parts = parts.with_columns(_in_utc(zone))
    parts = parts.with_columns(
        when=pl.when(pl.col("epoch_us").is_not_null())
        .then(pl.from_epoch("epoch_us", time_unit="us").dt.replace_time_zone("UTC"))
        .when(pl.col("shift").is_not_null())
        .then((pl.col("naive") - pl.duration(minutes=pl.col("shift"))).dt.replace_time_zone("UTC"))
        .otherwise("local")
    )
    year = pl.col("when").dt.year()
    fillers = [dt.date.fromisoformat(day) for day in (*_EPOCHS, *_ENDS)]
    filler = pl.col("when").dt.date().is_in(fillers) | pl.col("naive").dt.date().is_in(fillers)
    zoneless = pl.col("shift").is_null() & pl.col("epoch_us").is_null()
    cases: list[Case] = [
        ((pl.col("denied") | filler).fill_null(value=False), "placeholder", "denylist"),
        (pl.col("form").is_null(), "invalid", "not_a_date"),
        (pl.col("when").is_null(), "invalid", "no_such_day"),
        (~year.is_between(_FIRST_EVENT_YEAR, now.year + _YEARS_AHEAD), "invalid", "out_of_range"),
        (zoneless & pl.col("abbreviation").is_not_null(), "possible", "zone_abbreviation"),
        (zoneless & pl.col("skipped"), "possible", "nonexistent_time"),
        (zoneless & pl.col("repeated") & pl.col("timed"), "possible", "ambiguous_time"),
        (pl.col("partial"), "possible", "partial"),
        (pl.col("note").is_not_null(), "possible", None),
    ]
    verdict, reason = decide(parts, cases, otherwise=("valid", None))
    judged = parts.select("cell", "when", "note", verdict, reason)
    missing = pl.col("cell").is_null()
    return judged.select(
        "cell",
        pl.when(pl.col("verdict").is_in(["valid", "possible"]) & ~missing).then("when").alias("value"),
        pl.when(missing).then(pl.lit("missing", Verdict)).otherwise("verdict").alias("verdict"),
        pl.when(missing)
        .then(None)
        .when(pl.col("verdict") == "possible")
        .then(pl.coalesce("reason", "note"))
        .otherwise("reason")
        .alias("reason"),
    )


def _parts(raw: pl.Series, order: DateOrder | None, *, birth: bool, now: dt.date) -> tuple[Distinct, pl.DataFrame]:
    """Return the cleaned cells, and per distinct cell its numbers with day, month and year told apart.

    ``denied``: a placeholder. ``note``: why the reading is uncertain, else null. ``n``: in how many cells it stands.
    """
    cells = _cells(raw)
    counts = _counted(cells)
    serials = date_forms.is_serial_column(counts)
    parts = date_forms.take_apart(counts["cell"], serials=serials).with_columns(n=counts["n"])
    decided = _order(parts)
    # a whole column of the other order is more than what the source is known for
    opposite = decided.order in ("day_first", "month_first") and not decided.mixed
    used = decided.order if opposite else (order or decided.order)
    a, b, y = pl.col("a"), pl.col("b"), pl.col("y")
    two = a.is_not_null() & b.is_not_null()
    year_in_front = (a > 31) & (pl.col("year_digits") == 2)
    day_first = pl.lit(used != "month_first")
    contradicts = pl.when(used != "month_first").then((b > 12) & (a <= 12)).otherwise((a > 12) & (b <= 12))
    straight = day_first ^ contradicts
    either = a.is_between(1, 12) & b.is_between(1, 12) & (a != b)
    uncertain = (
        pl.when(year_in_front)
        .then(pl.lit(None, pl.String))
        .when(two & contradicts)
        .then(pl.lit(None if decided.mixed and order is None else "order_contradicts", pl.String))
        .when(two & either & pl.lit(order is None and decided.mixed))
        .then(pl.lit("mixed_order"))
        .when(two & either & pl.lit(used is None or used == "year_first"))
        .then(pl.lit("assumed_order"))
    )
    parts = parts.with_columns(
        d=pl.when(two & year_in_front)
        .then("y")
        .when(two)
        .then(pl.when(straight).then("a").otherwise("b"))
        .otherwise("d"),
        m=pl.when(two & year_in_front)
        .then("b")
        .when(two)
        .then(pl.when(straight).then("b").otherwise("a"))
        .otherwise("m"),
        y=pl.when(two & year_in_front).then("a").otherwise("y"),
        note=uncertain,
        denied=placeholder.is_placeholder(parts["cell"].set(parts["form"].is_not_null(), None))
        | (two & (a == 0) & (b == 0) & (y.is_null() | (y == 0)))
        | parts["cell"].str.contains(r"^0+[-/.]0+[-/.]0+(?:\D.*)?$"),
    )
    if birth:
        short = (pl.col("year_digits") == 2) & y.is_not_null()
        parts = parts.with_columns(note=pl.coalesce("note", pl.when(short).then(pl.lit("two_digit_year"))))
    return cells, _from_serial(_zeros(_century(parts, birth=birth, now=now)))


def _century(parts: pl.DataFrame, *, birth: bool, now: dt.date) -> pl.DataFrame:
    """Return the frame with two-digit years made four: births up to this year, events up to next year."""
    pivot = now.year if birth else now.year + 1
    full = pl.col("y") + (pivot // 100) * 100
    full = pl.when(full > pivot).then(full - 100).otherwise(full)
    return parts.with_columns(y=pl.when(pl.col("year_digits") == 2).then(full).otherwise("y"))


def _zeros(parts: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with ``1984-05-00`` and ``00/00/1984`` as what they are: a month, a year."""
    day_unknown = pl.col("d") == 0
    month_unknown = pl.col("m") == 0
    known = pl.col("y") > 0
    return parts.with_columns(
        d=pl.when((day_unknown | month_unknown) & known).then(None).otherwise("d"),
        m=pl.when(month_unknown & known).then(None).otherwise("m"),
        note=pl.when((day_unknown | month_unknown) & known).then(pl.lit("partial_zero")).otherwise("note"),
    )


def _from_serial(parts: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with year, month and day of spreadsheet days and of points in time."""
    days = pl.lit(_EXCEL_EPOCH) + pl.duration(days=pl.col("serial").floor().cast(pl.Int64))
    point = pl.coalesce(pl.from_epoch("epoch_us", time_unit="us").dt.date(), days)
    return parts.with_columns(
        y=pl.coalesce("y", point.dt.year()),
        m=pl.coalesce("m", point.dt.month().cast(pl.Int32)),
        d=pl.coalesce("d", point.dt.day().cast(pl.Int32)),
    )


def _in_utc(zone: str) -> list[pl.Expr]:
    """Return ``local`` (``naive`` in the zone, as UTC), ``skipped`` and ``repeated`` (hours of the clock change)."""
    naive = pl.col("naive")
    first = naive.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    last = naive.dt.replace_time_zone(zone, ambiguous="latest", non_existent="null")
    later = (naive + pl.duration(hours=1)).dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    return [
        pl.coalesce(first, later).dt.convert_time_zone("UTC").alias("local"),
        (first.is_null() & naive.is_not_null()).alias("skipped"),
        (first != last).fill_null(value=False).alias("repeated"),
    ]


def _offset_minutes(offset: pl.Expr) -> pl.Expr:
    """Return the minutes east of UTC of ``z``, ``utc``, ``+02``, ``+0200``, ``+02:00``; null for none."""
    digits = offset.str.replace_all(r"[^0-9]", "")
    minutes = digits.str.slice(0, 2).cast(pl.Int64, strict=False) * 60
    minutes = minutes + digits.str.slice(2, 2).cast(pl.Int64, strict=False).fill_null(0)
    signed = pl.when(offset.str.starts_with("-")).then(-minutes).otherwise(minutes)
    return pl.when(offset.is_in(["z", "utc", "gmt"])).then(pl.lit(0, pl.Int64)).otherwise(signed)


def _pad(number: pl.Expr, width: int) -> pl.Expr:
    return number.cast(pl.String).str.zfill(width)


def _spread(cells: Distinct, judged: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """Return the judged distinct cells in the order of the column; empty cells are missing."""
    clean = cells.values.alias("cell").to_frame()
    wide = cells.laid_out(clean.join(judged, on="cell", how="left", maintain_order="left").select(*schema))
    return wide.with_columns(pl.col("verdict").fill_null("missing"))
