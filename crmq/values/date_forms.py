"""The ways dates and times are written: recognised one after the other, each taken apart into numbers.

Nothing here decides between day and month or judges plausibility; :mod:`crmq.values.date` does.
"""

from __future__ import annotations

import polars as pl

from crmq.values import text

PARTS = {
    "form": pl.String,  # name of the form below, null: none fits
    "y": pl.Int32,
    "m": pl.Int32,
    "d": pl.Int32,
    "a": pl.Int32,  # first and second number where day and month are not told apart
    "b": pl.Int32,
    "year_digits": pl.Int32,
    "hour": pl.Int32,
    "minute": pl.Int32,
    "second": pl.Int32,
    "micro": pl.Int32,
    "half": pl.String,  # a, p
    "offset": pl.String,  # z, +02:00
    "abbreviation": pl.String,  # cet, pst: not trusted
    "epoch_us": pl.Int64,  # microseconds since 1970, UTC
    "serial": pl.Float64,  # days of a spreadsheet
}

_NAMES = {
    1: "january jan enero ene janeiro janvier janv gennaio gen januar jaenner",
    2: "february feb febrero fevereiro fev fevrier fevr febbraio februar",
    3: "march mar marzo mzo marco mars maerz marz mrz",
    4: "april apr abril abr avril avr aprile",
    5: "may mayo may maio mai maggio mag",
    6: "june jun junio junho juin giugno giu juni",
    7: "july jul julio julho juillet juil luglio lug juli",
    8: "august aug agosto ago agto aout",
    9: "september sep sept septiembre setiembre set setembro settembre septembre",
    10: "october oct octubre outubro out octobre ottobre ott oktober okt",
    11: "november nov noviembre novembro novembre",
    12: "december dec diciembre dic dezembro dez decembre dicembre dezember",
}
MONTHS = {name: number for number, names in _NAMES.items() for name in names.split()}
"""Month names and abbreviations in English, Spanish, Portuguese, French, Italian and German, folded."""

_WEEKDAY = (
    r"(?:(?:mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun|monday|tuesday|wednesday|thursday|friday|saturday|sunday|lun|mie|jue|vie|"
    r"sab|dom|lunes|martes|miercoles|jueves|viernes|sabado|domingo|seg|ter|qua|qui|sex|segunda|terca|quarta|quinta|sexta)"
    r"(?:-feira)?\.?,?\s+)?"
)
_MONTH = "(?<mon>" + "|".join(sorted(MONTHS, key=lambda name: (-len(name), name))) + r")\.?"
_OF = r"(?:[\s/.,-]|\bde\b|\bdel\b|\bof\b)*"
_ORDINAL = r"(?:st|nd|rd|th|o|a|°)?"
_TIME = (
    r"(?:[t\s,]+|\s+a las\s+|\s-\s)"
    r"(?<hour>\d{1,2})[:h](?<minute>\d{2})(?:[:m](?<second>\d{2})(?:[.,](?<fraction>\d{1,9}))?)?s?"
    r"\s*(?:(?<half>[ap])\.?\s?m\.?)?\s*(?<offset>z|utc|gmt|[+-]\d{2}:?(?:\d{2})?)?\s*(?:\(?(?<abbreviation>[a-z]{2,5})\)?)?"
)

_DATES = {
    "ymd": r"(?<y>\d{4})\s?[-/.]\s?(?<m>\d{1,2})\s?[-/.]\s?(?<d>\d{1,2})",
    "numbers": r"(?<a>\d{1,2})\s?[-/. ]\s?(?<b>\d{1,2})\s?[-/. ]\s?(?<y>\d{4}|\d{2})",
    "d_mon_y": _WEEKDAY + r"(?<d>\d{1,2})" + _ORDINAL + _OF + _MONTH + _OF + r"(?<y>\d{4}|'?\d{2})",
    "mon_d_y": _WEEKDAY + _MONTH + r"[\s.-]+(?<d>\d{1,2})(?:st|nd|rd|th)?(?:,\s*|\s+|-)(?<y>\d{4})",
    "y_mon_d": r"(?<y>\d{4})[\s/.-]*" + _MONTH + r"[\s/.-]*(?<d>\d{1,2})",
    "compact": r"(?<y>(?:1[5-9]|20)\d{2})(?<m>\d{2})(?<d>\d{2})",
}
_TIMELESS = {
    "compact_time": r"(?<y>(?:19|20)\d{2})(?<m>\d{2})(?<d>\d{2})"
    r"t?(?<hour>\d{2})(?<minute>\d{2})(?<second>\d{2})?(?<offset>z)?",
    "compact_numbers": r"(?<a>\d{2})(?<b>\d{2})(?<y>(?:19|20)\d{2})",
    "mon_y": _MONTH + r"(?:" + _OF + r"(?<y>\d{4})|\s?[-/'](?<yy>\d{2}))",
    "d_mon": r"(?<d>\d{1,2})" + _ORDINAL + _OF + _MONTH,
    "mon_d": _MONTH + r"\s+(?<d>\d{1,2})(?:st|nd|rd|th)?",
    "ym": r"(?<y>\d{4})[-/.](?<m>\d{1,2})",
    "my": r"(?<m>\d{1,2})[-/.](?<y>\d{4})",
    "year": r"(?<y>\d{4})",
    "month_day": r"--(?<m>\d{2})-?(?<d>\d{2})",
    "two_numbers": r"(?<a>\d{1,2})[-/](?<b>\d{1,2})",
    "epoch_s": r"(?<seconds>\d{10})(?:\.0*)?",
    "epoch_ms": r"(?:/date\()?(?<millis>-?\d{11,14})(?:[+-]\d{4})?(?:\)/)?",
}
_PLAIN = r"^[0-9][0-9:./TZtz+ -]*[0-9Zz]$"
_SERIAL = r"^\d{5}(?:[.,]\d+)?$"
_SERIAL_SHARE = 0.9
_FIRST_SERIAL, _LAST_SERIAL = 1, 73_050
"""1900-01-01 to 2099-12-31 as days of a spreadsheet."""


def is_serial_column(counts: pl.DataFrame) -> bool:
    """Return whether a column holds spreadsheet days and hardly anything else (``44927``, ``44927.5``).

    Args:
        counts: Its distinct filled cells (``cell``) and in how many rows each stands (``n``).
    """
    if counts.is_empty():
        return False
    filled, rows = counts["cell"], counts["n"]
    days = filled.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    fits = filled.str.contains(_SERIAL) & days.is_between(_FIRST_SERIAL, _LAST_SERIAL)
    return int(rows.filter(fits).sum() or 0) >= _SERIAL_SHARE * int(rows.sum() or 0)


def take_apart(cells: pl.Series, *, serials: bool) -> pl.DataFrame:
    """Take distinct, cleaned cells apart.

    Args:
        cells: Without null, folded (lower case, no accents).
        serials: Whether numbers of five digits are spreadsheet days.

    Returns:
        One row per cell, in order: ``cell`` and the columns of :data:`PARTS`.
    """
    left = cells.rename("cell").to_frame().with_row_index("row")
    parts: list[pl.DataFrame] = []
    if serials:
        left = _take(left, "serial", r"^(?<serial>\d{1,5}(?:[.,]\d+)?)$", parts)
    for name, date in _DATES.items():
        left = _take(left, name, f"^{date}(?:{_TIME})?$", parts)
    for name, whole in _TIMELESS.items():
        left = _take(left, name, f"^{whole}$", parts)
    parts.append(left.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in PARTS.items()))
    return pl.concat(parts).sort("row").drop("row")


def _take(left: pl.DataFrame, name: str, pattern: str, parts: list[pl.DataFrame]) -> pl.DataFrame:
    """Move the rows that a form fits from ``left`` to ``parts``; return the rest."""
    if left.is_empty():
        return left
    fits = left["cell"].str.contains(pattern)
    if not fits.any():
        return left
    groups = left.filter(fits).with_columns(found=pl.col("cell").str.extract_groups(pattern)).unnest("found")
    have = set(groups.columns)

    def number(column: str) -> pl.Expr:
        return (
            pl.col(column).str.strip_chars("'").cast(pl.Int32, strict=False)
            if column in have
            else pl.lit(None, pl.Int32)
        )

    def words(column: str) -> pl.Expr:
        return pl.col(column) if column in have else pl.lit(None, pl.String)

    year = pl.coalesce(words("y"), words("yy")).str.strip_chars("'")
    month = words("mon").replace_strict(MONTHS, default=None, return_dtype=pl.Int32)
    fraction = words("fraction").str.pad_end(6, "0").str.slice(0, 6).cast(pl.Int32, strict=False)
    micros = pl.coalesce(
        words("seconds").cast(pl.Int64, strict=False) * 1_000_000, words("millis").cast(pl.Int64, strict=False) * 1_000
    )
    parts.append(
        groups.select(
            "row",
            "cell",
            pl.lit(name).alias("form"),
            year.cast(pl.Int32, strict=False).alias("y"),
            pl.coalesce(number("m"), month).alias("m"),
            number("d").alias("d"),
            number("a").alias("a"),
            number("b").alias("b"),
            year.str.len_chars().cast(pl.Int32).alias("year_digits"),
            number("hour").alias("hour"),
            number("minute").alias("minute"),
            number("second").alias("second"),
            fraction.alias("micro"),
            words("half").alias("half"),
            words("offset").alias("offset"),
            words("abbreviation").alias("abbreviation"),
            micros.alias("epoch_us"),
            words("serial").str.replace(",", ".", literal=True).cast(pl.Float64, strict=False).alias("serial"),
        )
    )
    return left.filter(~fits)


def clean(raw: pl.Series) -> pl.Series:
    """Return the cells as the forms expect them: tidied, folded, whole numbers without the ``.0`` of a spreadsheet."""
    series = raw.cast(pl.String).rename("raw")
    plain = series.str.contains(_PLAIN).fill_null(value=False)
    odd = series.filter(~plain).drop_nulls().unique().to_frame()
    cell = pl.col("raw").str.to_lowercase()
    frame = series.to_frame()
    if odd.height:
        folded = text.fold(text.cell(pl.col("raw")))
        table = odd.with_columns(folded=pl.when(folded != "").then(folded))
        frame = frame.hstack([text.spread(series, table)["folded"], plain.rename("plain")])
        cell = pl.when("plain").then(cell).otherwise("folded")
    return frame.select(cell.str.replace(r"^(\d{6,14})\.0+$", "${1}").alias("cell")).to_series()
