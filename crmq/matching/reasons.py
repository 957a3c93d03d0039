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
        "second_names_differ": _("second given names contradict"),
        "contacts_differ": _("e-mail and phone both contradict"),
        "places_differ": _("places contradict"),
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
    words = _field_words(features, model)
    texts = [_words(words, marks[row]) for row in first]
    return pl.Series("reasons", texts, dtype=pl.String).gather(inverse)


Said = tuple[float, int, str]
"""What a level of a field says: minus its bits, the number of the field, the words."""


def _field_words(features: Features, model: Model) -> list[dict[int, Said]]:
    """Return for each comparison what its levels say (a rare value at 100 more); those that say little are left out."""
    found: list[dict[int, Said]] = []
    for k, comparison in enumerate(features.comparisons):
        field = field_name(comparison)
        own: dict[int, Said] = {}
        for level in range(1, len(comparison.levels)):
            strength = abs(float(model.weights.match[k, level]))
            if strength >= LEAST_BITS:
                for mark, rare in ((level, False), (level + 100, True)):
                    words = level_words(comparison.levels[level], rare).format(field=field)
                    own[mark] = (-strength, k, words)
        found.append(own)
    return found


def _words(words: list[dict[int, Said]], marks: NDArray[np.uint8]) -> str:
    said = sorted(own[mark] for own, mark in zip(words, marks[:-1].tolist(), strict=True) if mark in own)
    parts = list(dict.fromkeys(text for _weight, _k, text in said))[:MOST_REASONS]
    veto = int(marks[-1])
    if veto:
        parts.append(veto_words(vetoes.CODES[veto]))
    return "; ".join(parts)
