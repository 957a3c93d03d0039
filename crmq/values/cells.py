"""Cleaning of whole columns, once per distinct value."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from crmq.values import text
from crmq.values.distinct import distinct

_MAYBE_MISREAD = r"[ÂÃÄÅâ]"
"""What every misread sequence holds (:func:`crmq.values.text.repair`): mending is slow and rarely needed."""


_MAYBE_UNCLEAN = r"""^['=\s]|\s$|\s\s|[^\S ]|\p{Cf}|\p{Cc}|^$"""
"""What every cell holds that :func:`crmq.values.text.clean` changes."""


def clean_distinct(values: pl.Series) -> pl.Series:
    """Return :func:`crmq.values.text.cell` of distinct non-null values, in their order."""
    suspect = values.str.contains(_MAYBE_MISREAD) | values.str.contains(_MAYBE_UNCLEAN)
    if not suspect.any():
        return values
    some = values.filter(suspect).rename("raw").to_frame().select(text.cell(pl.col("raw"))).to_series()
    return values.clone().scatter(suspect.arg_true(), some)  # scatter writes in place


def tidy(series: pl.Series) -> pl.Series:
    """Return :func:`crmq.values.text.clean` of a column; cells that need it are rare among ids, say."""
    suspect = series.str.contains(_MAYBE_UNCLEAN).fill_null(value=False)
    if not suspect.any():
        return series
    some = series.filter(suspect).rename("raw").to_frame().select(text.clean(pl.col("raw"))).to_series()
    return series.clone().scatter(suspect.arg_true(), some)


def clean(series: pl.Series) -> pl.Series:
    """Return :func:`crmq.values.text.cell` of a column: mended, cleaned, null where nothing remains."""
    strings = series.cast(pl.String)
    found = distinct(strings)
    cells = clean_distinct(found.values)
    if (cells == found.values).fill_null(value=False).all():
        return strings
    return found.laid_out(cells).rename(series.name)


def words(values: pl.Series) -> pl.Series:
    """Return :func:`crmq.values.text.words` of a series; text of plain ASCII, most of it, takes a short way."""
    frame = values.rename("raw").to_frame()
    plain = pl.col("raw").str.to_lowercase().str.replace_all(r"[^a-z0-9]+", " ").str.strip_chars(" ")
    return _with_general(values, frame.select(pl.when(plain != "").then(plain)).to_series(), text.words)


def fold(values: pl.Series) -> pl.Series:
    """Return :func:`crmq.values.text.fold` of cleaned cells; plain ASCII takes a short way."""
    plain = (
        values.rename("raw").to_frame().select(pl.col("raw").str.to_lowercase().str.replace_all("`", "'")).to_series()
    )
    return _with_general(values, plain, text.fold, odd=values.str.contains(_MAYBE_UNCLEAN))


def _with_general(
    values: pl.Series, plain: pl.Series, general: Callable[[pl.Expr], pl.Expr], odd: pl.Series | None = None
) -> pl.Series:
    """Return ``plain`` with the cells that are not plain ASCII (or odd) folded by the general way."""
    other = values.str.contains(r"[^\x00-\x7F]")
    if odd is not None:
        other = other | odd
    other = other.fill_null(value=False)
    if other.any():
        some = values.filter(other).rename("raw").to_frame().select(general(pl.col("raw"))).to_series()
        plain = plain.scatter(other.arg_true(), some)
    return plain.rename(values.name)
