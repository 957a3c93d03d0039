"""Typed columns as text without loss: decimals to the last digit, timestamps as ISO 8601, nested values as JSON."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from crmq.locales import _
from crmq.model.raw import Fact

_EXACT = 2**53
"""Whole numbers up to here are exact in a double."""


def frame_as_text(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[Fact]]:
    """Return a frame with every column as text, empty text as null, and what is worth telling about it."""
    facts: list[Fact] = []
    columns = []
    told: dict[str, list[str]] = {}
    for column in frame.get_columns():
        made, note = as_text(column)
        if note:
            told.setdefault(note, []).append(column.name)
        columns.append(made)
    for note, names in sorted(told.items()):
        facts.append(Fact(note, ", ".join(names[:5]) + (" ..." if len(names) > 5 else ""), WHY[note]()))
    text = pl.DataFrame(columns) if columns else frame
    return text.select(pl.when(pl.all() != "").then(pl.all())) if columns else text, facts


def as_text(column: pl.Series) -> tuple[pl.Series, str]:
    """Return a column as text, and the code of what happened to it when that is not plain."""
    dtype = column.dtype
    if dtype == pl.String:
        return column, ""
    if dtype.is_float():
        return _floats(column)
    if dtype == pl.Boolean:
        return column.replace_strict({True: "true", False: "false"}, default=None, return_dtype=pl.String), ""
    if isinstance(dtype, pl.Datetime):
        text = column.dt.to_string("iso:strict")
        whole = text.str.replace(r"\.0+($|Z|[+-]\d\d:?\d\d$)", "$1")
        return whole.str.replace(r"(\.\d*[1-9])0+($|Z|[+-]\d\d:?\d\d$)", "$1$2"), ""
    if dtype == pl.Duration:
        return column.dt.to_string("iso"), ""
    if dtype == pl.Binary:
        return _binary(column)
    if dtype == pl.Null:
        return pl.Series(column.name, [None] * len(column), dtype=pl.String), ""
    if dtype.is_nested() or dtype == pl.Object:
        return _nested(column), "nested_columns"
    return column.cast(pl.String), ""


def _floats(column: pl.Series) -> tuple[pl.Series, str]:
    """Return floats in their shortest form; a column of whole numbers only (ids next to gaps) loses its ``.0``."""
    filled = column.drop_nulls()
    whole = len(filled) > 0 and bool((filled.is_finite() & (filled.abs() < _EXACT) & (filled == filled.round(0))).all())
    if whole:
        return column.cast(pl.Int64).cast(pl.String), "whole_numbers"
    return column.cast(pl.String), ""


def _binary(column: pl.Series) -> tuple[pl.Series, str]:
    """Return binary cells as the text they hold, where all of them hold text, else in hexadecimal."""
    try:
        text = column.cast(pl.String)
    except pl.exceptions.PolarsError:
        return column.bin.encode("hex"), "binary_columns"
    if text.str.contains(r"[\x00-\x08\x0e-\x1f]").any():
        return column.bin.encode("hex"), "binary_columns"
    return text, ""


def _nested(column: pl.Series) -> pl.Series:
    name = column.name
    try:
        wrapped = pl.DataFrame({"v": column}).select(pl.struct("v").struct.json_encode()).to_series()
        text = wrapped.str.slice(5).str.head(-1)  # {"v":...}
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        text = pl.Series([json.dumps(value, default=_plain, ensure_ascii=False) for value in column])
    return pl.select(pl.when(column.is_not_null()).then(text)).to_series().alias(name)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, pl.Series):
        return value.to_list()
    return str(value)


WHY = {
    "whole_numbers": lambda: _("floating-point columns that hold whole numbers only are read without decimals"),
    "binary_columns": lambda: _("binary cells that hold no text are given in hexadecimal"),
    "nested_columns": lambda: _("lists and structures are given as JSON"),
}
"""What the notes of :func:`as_text` mean."""
