"""What a phone cell says before any numbering plan is asked: digits, plus sign, extension, several numbers."""

from __future__ import annotations

import re

import polars as pl

from crmq.values import placeholder, text
from crmq.values.judging import Schema

SCHEMA: Schema = {"plus": pl.Boolean, "digits": pl.String, "extension": pl.String, "fault": pl.String}

_SIMPLE = r"^[\s(]*\+?[\s(]*[0-9][0-9\s().-]*$"
_NOT_SIMPLE = r"\(0\)|^\s*[0-9]+\.0+\s*$"
_OTHER_DIGITS = {
    chr(start + i): str(i) for start in (0x0660, 0x06F0, 0x0966, 0xFF10) for i in range(10)
}  # Arabic-Indic, Persian, Devanagari, full-width
_EXTENSION = (
    r"(?i)[\s,;(]*\b(?:ext(?:ensi[oó]n)?|extn|interno|int|anexo|anx|ramal|poste|opci[oó]n|x)\b?[\s.:=#]*([0-9]{1,6})\)?\s*$"
    r"|\s*#\s*([0-9]{1,6})\s*$"
)
_DATE = r"^[0-9]{1,4}[/-][0-9]{1,2}[/-][0-9]{2,4}$"
_NONE = [
    "sin telefono",
    "sin tel",
    "sin celular",
    "sin movil",
    "sin fono",
    "no telefono",
    "no tiene telefono",
    "no tiene celular",
    "no tiene tel",
    "no phone",
    "no number",
    "no fijo",
    "sem telefone",
    "nao tem telefone",
    "telefono",
    "phone",
    "celular",
    "st",
    "s t",
]

_SEPARATORS = re.compile(r"\s*(?:[/;|\n\r,&]|\s(?:y|o|e|ou|or|and|u)\s|\s-\s(?=\+))\s*", re.IGNORECASE)
_ENOUGH = 6
"""Digits that a number of its own has at least."""


def read(raw: pl.Series) -> pl.DataFrame:
    """Return what each cell dials, one row per cell.

    Returns:
        ``plus`` (a plus sign or ``00`` in front), ``digits`` (without it), ``extension``, and ``fault`` where there is
        no number to judge: ``missing``, ``denylist``, ``no_digits``, ``excel_rounded``, ``looks_like_date``, ``email``.
    """
    series = raw.cast(pl.String).rename("raw")
    cell = pl.col("raw")
    frame = series.to_frame().with_columns(
        simple=(cell.str.contains(_SIMPLE) & ~cell.str.contains(_NOT_SIMPLE)).fill_null(value=False)
    )
    rest = frame.filter(~pl.col("simple"))["raw"].drop_nulls().unique().sort()
    digits: pl.Expr = pl.when("simple").then(cell.str.replace_all("[^0-9]+", ""))
    plus: pl.Expr = pl.when("simple").then(cell.str.contains("+", literal=True))
    if len(rest):
        odd = text.spread(series, _odd(rest).rename({"digits": "odd_digits", "plus": "odd_plus"}))
        frame = frame.hstack(odd)
        digits, plus = pl.coalesce(digits, "odd_digits"), pl.coalesce(plus, "odd_plus")
    else:
        frame = frame.with_columns(extension=pl.lit(None, pl.String), fault=pl.lit(None, pl.String))
    frame = frame.select(
        plus=plus.fill_null(value=False),
        digits=digits,
        extension="extension",
        fault=pl.when(cell.is_null()).then(pl.lit("missing")).otherwise("fault"),
    )
    international = ~pl.col("plus") & pl.col("digits").str.contains("^00[1-9][0-9]{6}")
    zeros = pl.col("plus") & pl.col("digits").str.starts_with("0")
    return frame.with_columns(
        plus=pl.col("plus") | international,
        digits=pl.when(international | zeros).then(pl.col("digits").str.strip_chars_start("0")).otherwise("digits"),
    ).cast(pl.Schema(SCHEMA))


def split(raw: pl.Series) -> pl.Series:
    """Return the numbers of each cell as a list: one item unless several stand in it; null stays null.

    ``555 1234 / 35`` gives both numbers: the short end replaces the last digits of the one before it.
    """
    series = raw.cast(pl.String).rename("raw")
    several = series.str.contains(r"[/;|\n\r,&]|(?i:\s(?:y|o|e|ou|or|and|u)\s)|\s-\s\+").fill_null(value=False)
    whole = series.to_frame().select(pl.when(pl.col("raw").is_not_null()).then(pl.concat_list("raw")).alias(raw.name))
    if not several.any():
        return whole.to_series()
    parts = text.once_per_value(
        series.set(~several, None), lambda cell: (_pieces(cell),), {"parts": pl.List(pl.String)}
    )
    return pl.select(pl.coalesce(parts["parts"], whole.to_series()).alias(raw.name)).to_series()


def _pieces(cell: str) -> list[str]:
    """Return the numbers that one cell lists; the cell itself where it is a single number with odd punctuation."""
    found: list[str] = []
    for part in _SEPARATORS.split(cell):
        count = sum(c.isdigit() for c in part)
        if count >= _ENOUGH:
            found.append(part.strip())
        elif count and found and re.fullmatch(r"[0-9]{1,4}", part.strip()) and re.search(r"[0-9]$", found[-1]):
            # an alternative ending
            tail = part.strip()
            stem = re.sub(r"[\s.-]", "", found[-1])
            found.append(stem[: -len(tail)] + tail)
        elif count:
            return [cell]
    return found if len(found) > 1 else [cell]


def _odd(rest: pl.Series) -> pl.DataFrame:
    """Return ``raw`` and the columns of :data:`SCHEMA` for distinct cells that are more than digits and punctuation."""
    tidy = pl.col("tidy")
    frame = rest.to_frame().with_columns(tidy=text.cell(pl.col("raw")).str.replace_many(_OTHER_DIGITS))
    words = text.words(tidy)
    frame = frame.with_columns(
        fault=pl.when(tidy.is_null())
        .then(pl.lit("missing"))
        .when(words.is_in(_NONE) | placeholder.is_placeholder(frame["tidy"]) & ~tidy.str.contains("[0-9]"))
        .then(pl.lit("denylist"))
        .when(tidy.str.contains("@", literal=True))
        .then(pl.lit("email"))
        .when(tidy.str.contains(_DATE))
        .then(pl.lit("looks_like_date")),
        whole=tidy.str.replace(r"^(\+?[0-9]+)[.,]0+$", "${1}"),
    )
    scientific = frame["tidy"].str.contains(text.SCIENTIFIC).fill_null(value=False)
    if scientific.any():
        mended = text.once_per_value(
            frame["tidy"].set(~scientific, None), lambda cell: (text.exact_digits(cell),), {"exact": pl.String}
        )
        frame = frame.with_columns(
            whole=pl.coalesce(mended["exact"], "whole"),
            fault=pl.when(scientific & mended["exact"].is_null()).then(pl.lit("excel_rounded")).otherwise("fault"),
        )
    whole = pl.col("whole")
    is_long = whole.str.replace(_EXTENSION, "").str.count_matches("[0-9]") >= _ENOUGH
    frame = frame.with_columns(
        extension=pl.when(is_long).then(
            pl.coalesce(whole.str.extract(_EXTENSION, 1), whole.str.extract(_EXTENSION, 2))
        ),
        number=pl.when(is_long).then(whole.str.replace(_EXTENSION, "")).otherwise(whole),
    )
    number = pl.col("number")
    italian = number.str.contains(r"^[^0-9]*(?:\+|00)\s*39\D")
    international = number.str.contains(r"^[^0-9]*\+|^[^0-9]*00")
    bare = pl.when(international & ~italian).then(number.str.replace(r"\(0\)", "")).otherwise(number)
    digits = bare.str.replace_all("[^0-9]+", "")
    return frame.select(
        "raw",
        plus=number.str.contains(r"^[^0-9]*\+"),
        digits=pl.when(pl.col("fault").is_null() & (digits != "")).then(digits),
        extension="extension",
        fault=pl.when(pl.col("fault").is_null() & (digits == "")).then(pl.lit("no_digits")).otherwise("fault"),
    )
