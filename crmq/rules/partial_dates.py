"""Partial ISO 8601 dates (``1984``, ``1984-04``, ``1984-04-12``) as the first and last day they can mean."""

from __future__ import annotations

import polars as pl

_SHAPE = r"^\d{4}(?:-\d\d(?:-\d\d)?)?$"


def _whole(expr: pl.Expr) -> pl.Expr:
    """Return the date part of a timestamp, and nothing of what is no date at all."""
    day = expr.str.strip_chars().str.extract(r"^(\d{4}(?:-\d\d(?:-\d\d(?:[T ].*)?)?)?)$", 1).str.slice(0, 10)
    return pl.when(day.str.contains(_SHAPE)).then(day)


def first_day(expr: pl.Expr) -> pl.Expr:
    """Return the first day a partial date can mean; null for a date without a year or for no date."""
    text = _whole(expr)
    size = text.str.len_bytes()
    padded = pl.when(size == 4).then(text + "-01-01").when(size == 7).then(text + "-01").otherwise(text)
    return padded.str.to_date("%Y-%m-%d", strict=False)


def last_day(expr: pl.Expr) -> pl.Expr:
    """Return the last day a partial date can mean; null for a date without a year or for no date."""
    size = _whole(expr).str.len_bytes()
    first = first_day(expr)
    return (
        pl.when(size == 4)
        .then(first.dt.offset_by("1y").dt.offset_by("-1d"))
        .when(size == 7)
        .then(first.dt.month_end())
        .otherwise(first)
    )
