"""What spreadsheets do to columns: zeros lost, ids rounded, codes turned into dates, dates into day numbers."""

from __future__ import annotations

import polars as pl

from crmq.profile import shapes
from crmq.profile.counting import Values

_LONG = r"^\d{16,}$"
_ROUNDED = r"^\d{15}0+$"
_LEAST_ZEROS = r"000$"
_BY_CHANCE = 0.02
"""Share of long numbers that may end in zeros by chance."""
_MOST = 0.5
"""Above this share of the column, day numbers or months are what it holds."""


def find(facts: pl.DataFrame, values: Values, kind: str) -> dict[str, pl.Series]:
    """Return which of the values looked at a spreadsheet has damaged, per kind of damage.

    Args:
        facts: ``value, weight`` of the values looked at.
        values: The counts they come from.
        kind: What the column holds.
    """
    bare = facts["value"].str.strip_chars()
    found: dict[str, pl.Series] = {}
    if kind in ("postal_code", "id", "code", "tax_id"):
        found["zeros_lost"] = _zeros_lost(facts, values, kind)
    if kind in ("id", "code", "number", "tax_id", "phone", "text"):
        long = bare.str.contains(_LONG)
        rounded = bare.str.contains(_ROUNDED) & bare.str.contains(_LEAST_ZEROS)
        if int(rounded.sum()) > max(1, _BY_CHANCE * int(long.sum())):
            found["digits_rounded"] = rounded
    if kind in ("id", "code", "text", "category", "number"):
        _add(found, "codes_as_dates", bare.str.contains(shapes.CODE_AS_DATE), facts, values)
    if kind in ("date", "timestamp"):
        _add(found, "serial_dates", bare.str.contains(shapes.SERIAL), facts, values)
    return found


def _add(found: dict[str, pl.Series], code: str, mask: pl.Series, facts: pl.DataFrame, values: Values) -> None:
    if 0 < int(facts.filter(mask)["weight"].sum()) < _MOST * values.total:
        found[code] = mask


def _zeros_lost(facts: pl.DataFrame, values: Values, kind: str) -> pl.Series:
    """Return digits that are one or two shorter than the usual length of the column, where no zero leads.

    A column of codes of fixed length in which no code begins with zero, but some are too short, went through a
    spreadsheet.
    """
    none = pl.repeat(False, facts.height, dtype=pl.Boolean, eager=True)
    digits = facts["value"].str.contains(r"^\d+$")
    size = facts["value"].str.len_bytes().cast(pl.Int64)
    weights = facts.select(size=size, weight="weight").filter(digits)
    lengths = weights.group_by("size").agg(pl.col("weight").sum()).sort(-pl.col("weight"), "size")
    if lengths.is_empty() or lengths["weight"].sum() < 0.5 * values.total:
        return none
    usual, weight = lengths.row(0)
    leading: pl.Series = digits & facts["value"].str.starts_with("0") & (size == usual)
    if usual < 4 or weight < 0.6 * values.total or leading.any():
        return none
    if kind == "id" and values.distinct == values.filled:
        return none  # numbers drawn or given one after the other differ in length by themselves
    short: pl.Series = digits & (size < usual) & (size >= usual - 2)
    return short
