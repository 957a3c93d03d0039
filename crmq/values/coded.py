"""Values as single systems write them: day counts, marks in front of values, keys and times in several columns.

Each coding gives plain text that the other modules of ``crmq.values`` read; text that does not fit a coding stays as
it is, so that nothing is lost and the fault is found where the value is judged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import polars as pl

KEY_JOINT = ":"
"""Between the parts of a key that stands in several columns."""

_ACCOUNTNO = r"^([A-Z]\d|\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])([ \d]{5})"


def without_mark(cells: pl.Series, marks: Sequence[str]) -> pl.Series:
    """Return the cells without the first of ``marks`` that they begin with (``p:``, an apostrophe), blanks apart.

    Args:
        cells: Text.
        marks: Compared as they are written, longest first.
    """
    name = cells.name
    bare = pl.col("c").str.strip_chars_start()
    ordered = sorted(marks, key=lambda m: (-len(m), m))
    taken_off = [pl.when(bare.str.starts_with(mark)).then(bare.str.slice(len(mark))) for mark in ordered]
    return cells.rename("c").to_frame().select(pl.coalesce(*taken_off, "c").alias(name))[name]


def from_cyyddd(cells: pl.Series) -> pl.Series:
    """Return ISO dates of JD Edwards day numbers: centuries after 1900, year, day of the year (``125001``).

    ``99365`` (leading zero lost) is in 1999. What is no such number stays as it is.
    """
    name = cells.name
    return cells.rename("c").to_frame().select(pl.coalesce(_day(pl.col("c")), "c").alias(name))[name]


def _day(column: pl.Expr) -> pl.Expr:
    """Return the ISO date of a day number, or null where it is none."""
    number = column.str.strip_chars().str.extract(r"^(\d{4,6})(?:\.0*)?$", 1).cast(pl.Int32)
    year, day = 1900 + number // 1000, number % 1000
    leap = ((year % 4 == 0) & (year % 100 != 0)) | (year % 400 == 0)
    date = pl.date(year, 1, 1) + pl.duration(days=day - 1)
    fits = (day >= 1) & (day <= pl.when(leap).then(366).otherwise(365))
    return pl.when(fits).then(date.dt.to_string("iso"))


def _day_and_time(columns: Sequence[pl.Series]) -> pl.Series:
    """Return ISO times of a JD Edwards day number and a time HHMMSS whose leading zeros are lost."""
    frame = pl.DataFrame([s.rename(f"c{i}") for i, s in enumerate(columns)])
    digits = pl.col("c1").str.strip_chars().str.extract(r"^(\d{1,6})(?:\.0*)?$", 1).str.zfill(6)
    fits = digits.str.contains(r"^(?:[01]\d|2[0-3])[0-5]\d[0-5]\d$")
    clock = pl.concat_str(digits.str.slice(0, 2), digits.str.slice(2, 2), digits.str.slice(4, 2), separator=":")
    day = _day(pl.col("c0"))
    timed = pl.when(fits).then(pl.concat_str(day, clock, separator=" "))
    return frame.select(pl.coalesce(timed, day, "c0").alias("made"))["made"]


def _goldmine_moment(columns: Sequence[pl.Series]) -> pl.Series:
    """Return the local time that GoldMine's ACCOUNTNO begins with: YYMMDD (2000 is A0, 2010 is B0), then seconds."""
    found = columns[0].rename("c").to_frame().select(pl.col("c").str.extract_groups(_ACCOUNTNO).alias("g")).unnest("g")
    year, month, day, seconds = (pl.col(str(i)) for i in range(1, 5))
    decade = year.str.slice(0, 1)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    tens = decade.replace_strict(
        dict(zip(letters, range(len(letters)), strict=True)), default=None, return_dtype=pl.Int32
    )
    unit = year.str.slice(1, 1).cast(pl.Int32, strict=False)
    full = pl.when(tens.is_not_null()).then(2000 + tens * 10 + unit).otherwise(1900 + year.cast(pl.Int32, strict=False))
    after = seconds.str.strip_chars().cast(pl.Int32, strict=False)
    moment = pl.concat_str(full.cast(pl.String), month, day, separator="-").str.to_datetime(
        "%Y-%m-%d", strict=False
    ) + pl.duration(seconds=after)
    made = pl.when(after.is_between(0, 86_399)).then(moment.dt.to_string("%Y-%m-%d %H:%M:%S"))
    return found.select(made.alias("made"))["made"]


def _parts(columns: Sequence[pl.Series]) -> pl.DataFrame:
    cells = [s.rename(f"c{i}").str.strip_chars() for i, s in enumerate(columns)]
    return pl.DataFrame(cells).select(pl.when(pl.all() != "").then(pl.all()))


def _key(columns: Sequence[pl.Series]) -> pl.Series:
    """Return keys of several columns as one; null where all parts are empty."""
    frame = _parts(columns)
    whole = pl.concat_str(pl.all().fill_null(""), separator=KEY_JOINT)
    return frame.select(pl.when(pl.any_horizontal(pl.all().is_not_null())).then(whole).alias("made"))["made"]


def _words(columns: Sequence[pl.Series]) -> pl.Series:
    """Return what stands in several columns with a blank between: a day and a time, an area code and a number."""
    made = _parts(columns).select(pl.concat_str(pl.all(), separator=" ", ignore_nulls=True).alias("made"))
    return made.select(pl.when(pl.col("made") != "").then("made"))["made"]


def _filled(columns: Sequence[pl.Series]) -> pl.Series:
    """Return ``yes`` where the cell holds anything: the time of an answer tells that it was given."""
    return _parts(columns).select(pl.when(pl.col("c0").is_not_null()).then(pl.lit("yes")).alias("made"))["made"]


def _international(columns: Sequence[pl.Series]) -> pl.Series:
    """Return numbers that stand with their country code and without a plus (``34612345678``) with it; else null."""
    digits = pl.col("c0").str.extract(r"^\+?(\d{8,15})$", 1)
    return _parts(columns).select(pl.concat_str(pl.lit("+"), digits).alias("made"))["made"]


MADE_OF: Mapping[str, tuple[int | None, Callable[[Sequence[pl.Series]], pl.Series]]] = {
    "key": (None, _key),
    "words": (None, _words),
    "filled": (1, _filled),
    "international": (1, _international),
    "cyyddd_time": (2, _day_and_time),
    "goldmine_moment": (1, _goldmine_moment),
}
"""How a column is made of others: of how many (None: two or more), and by what."""
