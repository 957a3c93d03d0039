"""Signs that a column is damaged or mixed: found by form, counted in rows, each with an example."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from crmq.profile import shapes, spreadsheet, variants
from crmq.profile.counting import UNIT, Values
from crmq.profile.model import Portion, Problem
from crmq.profile.parts import Variant
from crmq.values import placeholder

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
_LISTED = ("category", "country", "text", "code")
_CODED = ("id", "code", "tax_id", "postal_code", "phone", "text", "category")
_SPECIAL = (
    "serial_dates",
    "codes_as_dates",
    "digits_rounded",
    "scientific_numbers",
    "spreadsheet_errors",
    "near_duplicates",
)
"""Problems that say what exactly is wrong with a value of another type or form."""
_CUT = ("text", "name", "organisation", "free_text", "url")
_VARIANTS = {
    "spelling_variants": ("spelling",), "near_duplicates": ("typing", "short"), "several_names": ("country",),
}  # fmt: skip
"""Problem per way in which two values may be one (:attr:`crmq.profile.parts.Variant.how`)."""
_ONE_FORM = 0.95
_CODE_LETTERS = 3
_CUT_LENGTH, _CUT_VALUES, _CUT_TIMES, _CUT_SHARE = 10, 10, 4, 0.5
"""Least characters, values and times more values than at the lengths before, most values, for a column to be cut."""
_NUMBERS_SHARE, _UNIT_SHARE = 0.7, 0.05
"""Least share of numbers with and without a unit, and of those with one, for units to be looked at."""


@dataclass(frozen=True)
class Found:
    """The problems of a column.

    Attributes:
        problems: Those that concern most rows first.
        masks: Per code, which of the values looked at are concerned; ``invalid`` stands for the verdict of that name.
        variants: Groups of near-duplicates.
    """

    problems: tuple[Problem, ...] = ()
    masks: Mapping[str, pl.Series] = field(default_factory=dict)
    variants: tuple[Variant, ...] = ()


def find(
    facts: pl.DataFrame,
    values: Values,
    kind: str,
    types: Sequence[Portion],
    judged: pl.DataFrame | None,
    outliers: pl.Series | None = None,
) -> Found:
    """Return the problems of a column.

    Args:
        facts: The sample with its types, patterns and signs.
        values: The distinct values it comes from.
        kind: What the column holds.
        types: Share of each type.
        judged: Verdicts of the sample, for kinds that have them.
        outliers: Which of the values are outliers, for numbers.
    """
    if facts.is_empty():
        return Found()
    found = {name: facts[name] for name in (*shapes.PROBLEMS, "mojibake")}
    if judged is None:
        found["placeholders"] = _placeholders(facts, kind)
    found.update(_of_types(facts, kind, types))
    if judged is not None and "other_type" in found:
        # what the kind's own check accepts, or knows to be no value, is not of another type
        settled = judged.filter(pl.col("verdict") != "invalid")["hash"]
        found["other_type"] = found["other_type"] & ~facts["hash"].is_in(settled.implode())
    found.update(spreadsheet.find(facts, values, kind))
    if kind in _NAMES:
        found["all_capitals"] = facts["upper"]
        found["all_small_letters"] = facts["lower"]
    if outliers is not None:
        found["outliers"] = outliers
    if kind in _CODED and "units_in_numbers" not in found:
        found["other_form"] = _other_form(facts, found.get("placeholders"))
    if kind in _CUT:
        found["cut_off"] = _cut_off(facts)
    near: variants.Found = {}
    if kind in _LISTED and values.exact and values.distinct <= variants.MOST_VALUES:
        near = variants.find(facts, values, kind)
        for code, ways in _VARIANTS.items():
            found[code] = facts["value"].is_in([value for value, group in near.items() if group.how in ways])
    for general in ("other_type", "other_form"):
        for special in _SPECIAL:
            if general in found and special in found:
                found[general] = found[general] & ~found[special]
    masks = {name: mask.fill_null(value=False) for name, mask in found.items()}
    masks = {name: mask for name, mask in masks.items() if mask.any()}
    out = [_problem(name, mask, facts, values) for name, mask in masks.items()]
    if judged is not None:
        out += _judged_placeholders(judged)
        for code, verdict in (("placeholders", "placeholder"), ("invalid", "invalid")):
            hashes = judged.filter(pl.col("verdict") == verdict)["hash"]
            if len(hashes):
                masks[code] = facts["hash"].is_in(hashes.implode())
    return Found(tuple(sorted(out, key=lambda p: (-p.rows, p.code))), masks, variants.grouped(near))


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
    if named.any():
        named = named & ~_like_the_others(facts)
    return named


def _like_the_others(facts: pl.DataFrame) -> pl.Series:
    """Return codes of few letters in a column of such codes: there ``SD`` is South Dakota, not "sin dato"."""
    facts = facts.with_columns(pl.col("pattern").str.strip_chars())
    forms = facts.group_by("pattern").agg(pl.col("weight").sum(), pl.len().alias("n"))
    usual = forms.sort(-pl.col("weight"), "pattern").row(0)
    listed = len(usual[0]) <= _CODE_LETTERS and usual[0].isalpha() and usual[2] > 2 * _CODE_LETTERS
    if not listed or usual[1] < 0.8 * int(facts["weight"].sum()):
        return pl.repeat(False, facts.height, dtype=pl.Boolean, eager=True)
    alike: pl.Series = facts["pattern"] == usual[0]
    return alike


def _of_types(facts: pl.DataFrame, kind: str, types: Sequence[Portion]) -> dict[str, pl.Series]:
    """Return cells of another type than the column's, and the rarer of two ways of writing dates or decimals."""
    found: dict[str, pl.Series] = {}
    family = facts["type"].replace_strict(_FAMILIES, default="text", return_dtype=pl.String)
    if kind in _EXPECTED:
        found["other_type"] = ~family.is_in(sorted(_EXPECTED[kind]))
    share = {part.name: part.share for part in types}
    if kind in ("text", "category", "code", "number"):
        found.update(_units(facts))
    if kind in ("date", "timestamp"):
        day, month = (facts["value"].str.strip_chars().str.contains(p) for p in (shapes.DAY_FIRST, shapes.MONTH_FIRST))
        weight = [int(facts.filter(mask)["weight"].sum()) for mask in (day, month)]
        if min(weight) > 0:
            found["mixed_date_orders"] = day if weight[0] < weight[1] else month
    for code, forms in (("mixed_dates", shapes.TEMPORAL), ("mixed_decimals", ("decimal", "decimal_comma"))):
        present = sorted((share[name], name) for name in forms if share.get(name))
        if len(present) > 1 and kind in ("date", "timestamp", "number"):
            found[code] = facts["type"].is_in([name for _share, name in present[:-1]])
    return found


def _units(facts: pl.DataFrame) -> dict[str, pl.Series]:
    """Return numbers with a unit, where units are written in several ways or stand in some of the cells only."""
    bare = facts["value"].str.strip_chars()
    unit = bare.str.extract(shapes.WITH_UNIT)
    seen = facts.select("weight", unit=unit, plain=bare.str.contains(shapes.PLAIN_NUMBER))
    with_unit, plain = (int(seen.filter(p)["weight"].sum()) for p in (pl.col("unit").is_not_null(), pl.col("plain")))
    ways = seen.drop_nulls("unit").group_by("unit").agg(pl.col("weight").sum())
    several = ways.filter(pl.col("weight") >= _UNIT_SHARE * with_unit).height > 1
    numbers = with_unit + plain >= _NUMBERS_SHARE * int(seen["weight"].sum())
    frequent = with_unit >= _UNIT_SHARE * int(seen["weight"].sum())
    repeated = unit.drop_nulls().n_unique() * 5 * UNIT <= with_unit
    mixed = plain >= _UNIT_SHARE * with_unit
    if not (numbers and frequent and repeated and (several or mixed)):
        return {}
    return {"units_in_numbers": unit.is_not_null()}


def _other_form(facts: pl.DataFrame, placeholders: pl.Series | None) -> pl.Series:
    """Return codes of another form than nearly all: letters among digits, a sign that the others do not have."""
    none = pl.repeat(False, facts.height, dtype=pl.Boolean, eager=True)
    real = ~placeholders if placeholders is not None else ~none
    made = facts.select("weight", form=shapes.signature(pl.col("value")))
    seen = made.filter(real)
    if seen.is_empty():
        return none
    forms = seen.group_by("form").agg(pl.col("weight").sum()).sort(-pl.col("weight"), "form")
    usual, weight = forms.row(0)
    if "9" not in usual or weight < _ONE_FORM * int(seen["weight"].sum()):
        return none
    other: pl.Series = (made["form"] != usual) & real
    return other


def _cut_off(facts: pl.DataFrame) -> pl.Series:
    """Return the values of the greatest length, where far more end there than just before.

    Lengths thin out towards the longest; a column that was cut has them piled up at its last one.
    """
    size = facts["value"].str.len_chars()
    longest = facts.select(pl.col("value").str.len_chars().max()).item()
    at_end: pl.Series = size == longest
    before = facts.select(n=size).filter((pl.col("n") < longest) & (pl.col("n") >= longest - 3))
    usual = before.height / 3
    few = int(at_end.sum()) < max(_CUT_VALUES, _CUT_TIMES * usual)
    if longest < _CUT_LENGTH or few or int(at_end.sum()) > _CUT_SHARE * facts.height or usual == 0:
        return pl.repeat(False, facts.height, dtype=pl.Boolean, eager=True)
    return at_end
