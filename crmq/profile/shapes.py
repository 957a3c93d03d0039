"""What values look like, by form alone: types, patterns, and signs of damage. Says nothing about validity."""

from __future__ import annotations

import polars as pl

from crmq.values import text

_MONTH = r"(?:ene|jan|feb|fev|mar|apr|abr|may|mai|jun|jul|aug|ago|sep|set|oct|out|nov|dec|dic|dez)[a-z]*\.?"
_NUMERIC_DATE = r"(?:\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{4}[/.]\d{1,2}[/.]\d{1,2})"
_TIME = r"[T ]\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:\s?[ap]\.?\s?m\.?)?\s?(?:Z|UTC|[+-]\d{2}:?\d{2})?"

TYPES: tuple[tuple[str, str], ...] = (
    ("integer", r"^[+-]?\d{1,18}$"),
    ("decimal", r"^[+-]?(?:\d+\.\d+|\d{1,3}(?:,\d{3})+(?:\.\d+)?)$"),
    ("decimal_comma", r"^[+-]?(?:\d+,\d+|\d{1,3}(?:\.\d{3})+,\d+)$"),
    ("date_iso", r"^\d{4}-\d{2}-\d{2}$"),
    ("timestamp", rf"(?i)^(?:{_NUMERIC_DATE}|\d{{4}}-\d{{2}}-\d{{2}}){_TIME}$"),
    ("date", rf"(?i)^(?:{_NUMERIC_DATE}|\d{{1,2}}[- ]{_MONTH}[- ]\d{{2,4}}|{_MONTH} \d{{1,2}},? \d{{4}})$"),
    ("boolean", r"(?i)^(?:true|false|yes|no|y|n|si|sí|verdadero|falso)$"),
    ("email", r"^[^\s@]+@[^\s@]+\.[^\s@]{2,}$"),
    ("url", r"(?i)^(?:https?://|www\.)\S+$"),
    ("guid", r"(?i)^\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?$"),
    ("scientific", r"^\d(?:[.,]\d+)?[Ee]\+?\d+$"),
    ("phone", r"^\+?(?:\(?\d[\d\s().\-/]{5,}\d)(?:\s?(?:x|ext\.?)\s?\d+)?$"),
    ("code", r"^[\p{L}\d][\p{L}\d._/\-]*\d[\p{L}\d._/\-]*$"),
)  # fmt: skip
"""Types in the order in which they are tried; what fits none is ``text``."""

NUMERIC = frozenset({"integer", "decimal", "decimal_comma"})
TEMPORAL = frozenset({"date_iso", "date", "timestamp"})

MAX_PATTERN = 40
"""Longer patterns are cut: they say nothing any more."""


def type_of(value: pl.Expr) -> pl.Expr:
    """Return the type that a value looks like, as one of :data:`TYPES` or ``text``."""
    made = pl.lit("text")
    bare = value.str.strip_chars()
    for name, pattern in reversed(TYPES):
        made = pl.when(bare.str.contains(pattern)).then(pl.lit(name)).otherwise(made)
    return made


def pattern_of(value: pl.Expr) -> pl.Expr:
    """Return the value with letters as ``A`` or ``a`` and digits as ``9``, every one of them."""
    return (
        value.str.slice(0, MAX_PATTERN + 1)
        .str.replace_all(r"\p{Lu}", "A")
        .str.replace_all(r"[\p{Ll}\p{Lo}]", "a")
        .str.replace_all(r"[0-9]", "9")
    )


def collapsed(pattern: pl.Expr) -> pl.Expr:
    """Return a pattern with runs of letters as one letter and ``+``: ``Aaaaa Aaa`` becomes ``Aa+ Aa+``.

    Runs of digits stay: their length is what tells codes apart.
    """
    return pattern.str.replace_all(r"a{2,}", "a+").str.replace_all(r"A{2,}", "A+")


def leading_zero(value: pl.Expr) -> pl.Expr:
    """Return whether digits begin with a zero that a number would not have."""
    return value.str.contains(r"^0\d+$")


CODE_AS_DATE = rf"(?i)^(?:\d{{1,2}}[-/]{_MONTH}|{_MONTH}[-/]\d{{2,4}})$"
"""What a spreadsheet makes of the codes ``3-1`` or ``MAR-05``."""
DAY_FIRST = r"^(?:1[3-9]|2\d|3[01])[/.-](?:0?[1-9]|1[0-2])[/.-]\d{2,4}(?:\D|$)"
MONTH_FIRST = r"^(?:0?[1-9]|1[0-2])[/.-](?:1[3-9]|2\d|3[01])[/.-]\d{2,4}(?:\D|$)"
"""Dates that can be read in one order only."""
SERIAL = r"^[2-6]\d{4}(?:\.\d+)?$"
"""A date as a spreadsheet counts it: days since 1900 (1954 to 2091)."""
WITH_UNIT = r"^[<>~]?\s*[+-]?(?:0|[1-9]\d{0,8})[\d.,]{0,9}\s*(\p{L}{1,10}\.?(?:[ /-]\p{L}{1,10}\.?){0,2}|[%€$£°])$"
PLAIN_NUMBER = r"^[+-]?\d[\d.,]*$"


def signature(value: pl.Expr) -> pl.Expr:
    """Return the form of a code whatever its length: runs of digits as ``9+``, of letters as ``A+`` or ``a+``."""
    return (
        value.str.slice(0, 2 * MAX_PATTERN)
        .str.strip_chars()
        .str.replace_all(r"\p{Lu}+", "A+")
        .str.replace_all(r"[\p{Ll}\p{Lo}]+", "a+")
        .str.replace_all(r"[0-9]+", "9+")
    )


DOUBLED_QUOTE = r"\p{L}''\p{L}"
"""What is left of an apostrophe that was written for a database and never read by one: ``O''Neill``."""

PROBLEMS: dict[str, pl.Expr] = {
    "blanks_around": pl.col("value").str.contains(r"^\s|\s$"),
    "doubled_blanks": pl.col("value").str.contains(r"\S\s{2,}\S"),
    "doubled_quotes": pl.col("value").str.contains(DOUBLED_QUOTE),
    "control_characters": pl.col("value").str.contains(r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F]"),
    "lost_characters": pl.col("value").str.contains("\ufffd", literal=True),
    "spreadsheet_errors": pl.col("value").str.contains(r"^#(?:REF|VALUE|NAME|DIV/0|NULL|NUM|¡|¿NOMBRE|N/D|CAMPO)"),
    "scientific_numbers": pl.col("value").str.contains(r"^\d(?:[.,]\d+)?[Ee]\+\d{2}$"),
    "html": pl.col("value").str.contains(
        r"(?i)</?(?:p|br|div|span|b|i|a|table|td|tr)\b[^>]*>|&(?:nbsp|amp|lt|gt|#\d+);"
    ),
}
"""Signs of damage that one expression shows; the column ``value`` is looked at."""


def mojibake(values: pl.Series) -> pl.Series:
    """Return which values are UTF-8 that was read as Windows-1252 and can be mended."""
    suspect = values.str.contains(r"[ÂÃÄÅâ]").fill_null(value=False)
    if not suspect.any():
        return suspect
    return values.to_frame("v").select(pl.lit(suspect) & (text.repair(pl.col("v")) != pl.col("v"))).to_series()
