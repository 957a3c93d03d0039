"""Signs that a column is damaged or mixed: found by form, counted in rows, each with an example."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from crmq.profile import shapes
from crmq.profile.counting import UNIT, Values
from crmq.profile.model import Portion, Problem
from crmq.values import placeholder, text

_FAMILIES = {
    **dict.fromkeys(shapes.NUMERIC, "number"),
    **dict.fromkeys(shapes.TEMPORAL, "date"),
    "boolean": "flag", "email": "email", "url": "url", "guid": "id", "code": "code", "phone": "phone", "text": "text",
    "scientific": "number",
}  # fmt: skip
_EXPECTED = {
    "number": {"number"}, "date": {"date"}, "timestamp": {"date"}, "email": {"email"}, "url": {"url"},
}  # fmt: skip
"""Families of types that a kind may hold; other kinds hold anything."""
_TEXTUAL = ("text", "name", "organisation", "category", "code", "country", "free_text", "id", "flag", "number")
_NAMES = ("name", "organisation")
_VARIANTS_BELOW = 5_000
"""Distinct values up to which spelling variants are looked for: beyond, equal folded forms are chance."""
_RARE = 0.2
"""A second form of writing dates or decimals below this share is a slip; above, the column is mixed on purpose."""


def find(
    facts: pl.DataFrame, values: Values, kind: str, types: Sequence[Portion], judged: pl.DataFrame | None
) -> tuple[Problem, ...]:
    """Return the problems of a column, those that concern most rows first.

    Args:
        facts: The sample with its types, patterns and signs.
        values: The distinct values it comes from.
        kind: What the column holds.
        types: Share of each type.
        judged: Verdicts of the sample, for kinds that have them.
    """
    if facts.is_empty():
        return ()
    found = {name: facts[name] for name in (*shapes.PROBLEMS, "mojibake")}
    if judged is None:
        found["placeholders"] = _placeholders(facts, kind)
    found.update(_of_types(facts, kind, types))
    if kind in _NAMES:
        found["all_capitals"] = facts["upper"]
        found["all_small_letters"] = facts["lower"]
    if kind in ("postal_code", "id", "code", "tax_id"):
        found["zeros_lost"] = _zeros_lost(facts, values)
    if kind in ("category", "country", "text", "code") and values.exact and values.distinct <= _VARIANTS_BELOW:
        found["spelling_variants"] = _variants(facts)
    out = [_problem(name, mask.fill_null(value=False), facts, values) for name, mask in found.items() if mask.any()]
    if judged is not None:
        out += _judged_placeholders(judged)
    return tuple(sorted(out, key=lambda p: (-p.rows, p.code)))


def _problem(code: str, mask: pl.Series, facts: pl.DataFrame, values: Values) -> Problem:
    rows = facts.filter(mask)
    weight = int(rows["weight"].sum())
    example = rows.sort(-pl.col("weight"), pl.col("value"))["value"][0]
    return Problem(code, max(1, round(weight / UNIT)), weight / values.total, example)


def _judged_placeholders(judged: pl.DataFrame) -> list[Problem]:
    """Return the placeholders of a kind that has verdicts: the value module knows them."""
    found = judged.filter(pl.col("verdict") == "placeholder").sort(-pl.col("weight"), pl.col("raw"))
    if found.is_empty():
        return []
    weight, total = int(found["weight"].sum()), int(judged["weight"].sum())
    return [Problem("placeholders", max(1, round(weight / UNIT)), weight / total, found["raw"][0])]


def _placeholders(facts: pl.DataFrame, kind: str) -> pl.Series:
    if kind not in _TEXTUAL:
        return pl.repeat(False, facts.height, dtype=pl.Boolean, eager=True)
    named = placeholder.is_placeholder(facts["value"], "name" if kind in _NAMES else "text")
    if kind in ("flag", "number", "category", "code", "id"):
        # 0 and 1234 are values there
        named = named & (facts["type"] == "text")
    return named


def _of_types(facts: pl.DataFrame, kind: str, types: Sequence[Portion]) -> dict[str, pl.Series]:
    """Return cells of another type than the column's, and the rarer of two ways of writing dates or decimals."""
    found: dict[str, pl.Series] = {}
    family = facts["type"].replace_strict(_FAMILIES, default="text", return_dtype=pl.String)
    if kind in _EXPECTED:
        found["other_type"] = ~family.is_in(sorted(_EXPECTED[kind]))
    share = {part.name: part.share for part in types}
    for code, forms in (("mixed_dates", shapes.TEMPORAL), ("mixed_decimals", ("decimal", "decimal_comma"))):
        present = sorted((share[name], name) for name in forms if share.get(name))
        if len(present) > 1 and kind in ("date", "timestamp", "number"):
            found[code] = facts["type"].is_in([name for _share, name in present[:-1]])
    return found


def _zeros_lost(facts: pl.DataFrame, values: Values) -> pl.Series:
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
    short: pl.Series = digits & (size < usual) & (size >= usual - 2)
    return short


def _variants(facts: pl.DataFrame) -> pl.Series:
    """Return values that are written in another, more frequent way too: ``Espana`` beside ``España``."""
    folded = facts.select("value", "rows", key=text.fold(pl.col("value")).str.strip_chars("., "))
    most = pl.col("value").sort_by([-pl.col("rows").cast(pl.Int64), pl.col("value")]).first().over("key")
    return folded.select(pl.col("value") != most).to_series()
