"""Legal forms of organisations: which words at the end of a name are one, in which country, and how it is written."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import polars as pl

from crmq.values import facts, text

_FILE = "legal_forms.yaml"

LONGEST = 11
"""Words of the longest form, every letter with its dot counted (``S.A.P.I. de C.V. SOFOM E.N.R.``)."""


class Form(NamedTuple):
    """A legal form as it is written, the countries that have it, and whether its bare letters may be another word."""

    written: str
    countries: frozenset[str]
    ambiguous: bool


@cache
def known() -> dict[str, tuple[Form, ...]]:
    """Return the forms by their compact key: folded letters and digits only, ``sadecv``.

    Forms of one key that are written differently stand in the order of the file.
    """
    listed = facts.read(_FILE)
    entries = [(form, country, form) for country, forms in listed["forms"].items() for form in forms]
    entries += [(words, None, form) for words, form in listed["words"].items()]
    folded = pl.DataFrame({"form": [entry[0] for entry in entries]}).select(text.words(pl.col("form"))).to_series()
    found: dict[str, dict[str, set[str]]] = {}
    for words, (_, country, form) in zip(folded, entries, strict=True):
        countries = found.setdefault(words.replace(" ", ""), {}).setdefault(form, set())
        countries.update([country] if country else [])
    ambiguous = set(listed["ambiguous"])
    return {
        key: tuple(Form(written, frozenset(countries), key in ambiguous) for written, countries in forms.items())
        for key, forms in sorted(found.items())
    }


@cache
def endings() -> frozenset[str]:
    """Return every ending of every key: what the last words of a name with a form, run together, may be."""
    return frozenset(key[-n:] for key in known() for n in range(1, len(key) + 1))


@cache
def spellings() -> pl.DataFrame:
    """Return how each form is written: ``form_key``, ``country`` (null: where no country decides), ``written``."""
    rows: list[tuple[str, str | None, str]] = []
    for key, forms in known().items():
        rows.append((key, None, forms[0].written))
        seen: set[str] = set()
        for form in forms:
            rows.extend((key, country, form.written) for country in sorted(form.countries - seen))
            seen |= form.countries
    return pl.DataFrame(rows, schema=["form_key", "country", "written"], orient="row")


def keys(*, ambiguous: bool) -> list[str]:
    """Return the keys of the forms that are (or are not) ambiguous."""
    return [key for key, forms in known().items() if forms[0].ambiguous == ambiguous]
