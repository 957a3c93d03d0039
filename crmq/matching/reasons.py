"""Short words why a pair is likely or not: "same phone; same rare surname; birth dates contradict"."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crmq.locales import _
from crmq.matching import vetoes, weights
from crmq.matching.comparison import Comparison
from crmq.matching.features import Features
from crmq.matching.groups import Grouping
from crmq.matching.model import Model, Pairs

MOST_REASONS = 4
LEAST_BITS = 1.0
"""A field that moves the weight by less than one bit is no reason."""
RARE_BITS = 3.0
"""A value is called rare where its rarity adds this much over an average one."""


def field_name(comparison: Comparison) -> str:
    """Return the words for a compared field, in the user's language."""
    names = {
        "birth_date": _("birth date"),
        "email": _("e-mail"),
        "phone": _("phone"),
        "identifier": _("tax or national id"),
        "customer_key": _("customer number"),
        "given_name": _("given name"),
        "surname": _("surname"),
        "middle_name": _("middle name"),
        "full_name": _("full name"),
        "gender": _("gender"),
        "age": _("age"),
        "suffix": _("name suffix"),
        "house_number": _("house number"),
        "street": _("street"),
        "address_2": _("address line 2"),
        "postal_code": _("postal code"),
        "city": _("city"),
        "region": _("region"),
        "country": _("country"),
        "company": _("employer"),
        "job_title": _("job title"),
        "org_name": _("company name"),
        "trade_name": _("trade name"),
        "web_domain": _("web domain"),
        "industry": _("industry"),
    }
    return names.get(comparison.name, comparison.name.removeprefix("extra:"))


def level_words(level: str, rare: bool) -> str:
    """Return the pattern of words for a level of agreement, with ``{field}`` in it."""
    if level == "equal":
        return _("same rare {field}") if rare else _("same {field}")
    words = {
        "different": _("{field} differs"),
        "both_valid_different": _("{field} differs, both valid"),
        "similar": _("similar {field}"),
        "initial_or_prefix": _("{field} abbreviated"),
        "initial_or_similar": _("similar {field}"),
        "prefix": _("{field} cut short"),
        "nickname": _("{field} is a nickname"),
        "one_edit": _("{field} differs by one sign"),
        "two_edits": _("{field} differs by two signs"),
        "words_contained": _("{field} contained in the other"),
        "names_swapped": _("given name and surname exchanged"),
        "close": _("close {field}"),
        "year_close": _("{field} differs"),
        "year_equal": _("{field}: same year"),
        "two_parts_equal": _("{field}: two parts equal"),
        "local_part_equal": _("same {field} before the @"),
        "area_equal": _("same {field} area"),
        "some_words": _("some words of {field} equal"),
        "many_words": _("many words of {field} equal"),
        "most_words": _("most words of {field} equal"),
        "nearly_equal": _("nearly the same {field}"),
    }
    return words.get(level, level)


def rival_words(rival: str) -> str:
    """Return the words for what else would explain a pair (see :mod:`crmq.matching.explain`)."""
    words = {"strangers": _("two strangers"), "household": _("two members of one household or site"),
             "area": _("two neighbours")}  # fmt: skip
    return words[rival]


def veto_words(code: str) -> str:
    """Return the words for a veto."""
    words = {
        "identifiers_differ": _("two different valid ids"),
        "suffixes_differ": _("name suffixes contradict"),
        "birth_dates_differ": _("birth dates contradict"),
        "given_names_differ": _("given names contradict"),
        "surnames_differ": _("surnames contradict"),
        "genders_differ": _("genders contradict"),
        "ages_differ": _("ages contradict"),
        "too_little_evidence": _("too little evidence to merge"),
        "names_differ": _("names contradict"),
        "decided_different": _("a steward decided: different"),
    }
    return words[code]


def reasons(
    features: Features, model: Model | None, pairs: Pairs, chosen: NDArray[np.int64], grouping: Grouping
) -> pl.Series:
    """Return the reasons of the chosen pairs; each distinct pattern of levels is put into words once."""
    if len(chosen) == 0 or model is None:
        return pl.Series("reasons", [""] * len(chosen), dtype=pl.String)
    shown = pairs.levels[chosen].copy()
    values = pairs.values[chosen]
    rare = (values >= 0) & (model.weights.rarity[values] >= RARE_BITS)
    shown[rare] += 100
    marks = np.column_stack([shown, grouping.veto[chosen]])
    _distinct, first, inverse = np.unique(weights.row_hashes(marks), return_index=True, return_inverse=True)
    texts = [_words(features, model, marks[row]) for row in first]
    return pl.Series("reasons", texts, dtype=pl.String).gather(inverse)


def _words(features: Features, model: Model, marks: NDArray[np.uint8]) -> str:
    found: list[tuple[float, int, str]] = []
    for k, comparison in enumerate(features.comparisons):
        rare, level = marks[k] >= 100, int(marks[k]) % 100
        if level == 0:
            continue
        weight = float(model.weights.match[k, level])
        if abs(weight) < LEAST_BITS:
            continue
        pattern = level_words(comparison.levels[level], rare)
        found.append((-abs(weight), k, pattern.format(field=field_name(comparison))))
    parts = list(dict.fromkeys(text for _weight, _k, text in sorted(found)))[:MOST_REASONS]
    veto = int(marks[-1])
    if veto:
        parts.append(veto_words(vetoes.CODES[veto]))
    return "; ".join(parts)
