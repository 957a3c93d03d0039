"""Person or organisation: what a free name, and what a column that says so, tell."""

from __future__ import annotations

from functools import cache

import polars as pl

from crmq.model.tables import ORGANISATION, PERSON
from crmq.values import cells, company_name, facts, name_words, person_name, placeholder

_FILE = "company_words.yaml"

_GIVEN = (name_words.GIVEN_IBERIAN, name_words.GIVEN_OTHER, name_words.GIVEN_ANY)
_SURNAME = (name_words.SURNAME_IBERIAN, name_words.SURNAME_OTHER)
_TITLES = (name_words.HONORIFIC, name_words.HONORIFIC_OR_SUFFIX)


def org_share(raw: pl.Series) -> pl.Series:
    """Return how much speaks for a free name being an organisation's: 1 surely, 0 surely a person's.

    A legal form or a word only companies use (``Talleres``, ``Consulting``) speaks for one, a title, a known given name
    and ``Surnames, Given`` against. 0.5 where nothing does; null for empty cells and placeholders. The figures are
    ranks, not measured probabilities: the cut is at one half.
    """
    series = raw.cast(pl.String).rename("raw")
    distinct = series.drop_nulls().unique()
    frame = pl.DataFrame([distinct, cells.clean_distinct(distinct).rename("cell")]).drop_nulls("cell")
    frame = frame.filter(~placeholder.is_placeholder(frame["cell"], kind="name"))
    if frame.is_empty():
        return pl.Series("org_share", [None] * len(series), dtype=pl.Float64)
    names = frame["cell"].unique()
    shapes = person_name.shapes(names)
    companies = company_name.standardise(shapes["value"])
    judged = shapes.select(cell="value", shape="shape").with_columns(
        has_form=companies["legal_form"].is_not_null(),
        has_word=_has_organisation_word(shapes["value"]),
        is_placeholder=companies["verdict"] == "placeholder",
    )
    kinds = judged["shape"].unique()
    persons = pl.DataFrame([kinds, pl.Series("person", [_person_share(shape) for shape in kinds], dtype=pl.Float64)])
    # "Charlotte Church" is a person, "Charlotte Church Foundation" is none
    is_surname = (pl.col("person") >= 0.95) & (pl.col("shape").str.len_chars() < 3)
    judged = judged.join(persons, on="shape", how="left", maintain_order="left").select(
        "cell",
        share=pl.when("is_placeholder").then(None)
        .when("has_form").then(pl.max_horizontal(pl.lit(0.9), 1 - pl.col("person") / 20))
        .when("has_word").then(pl.when(is_surname).then(0.4).otherwise(0.85))
        .otherwise(1 - pl.col("person")),
    )  # fmt: skip
    table = frame.join(judged, on="cell", how="left", maintain_order="left").select("raw", org_share="share")
    return series.to_frame().join(table, on="raw", how="left", maintain_order="left")["org_share"]


def _has_organisation_word(names: pl.Series) -> pl.Series:
    words = cells.words(names).rename("words").to_frame()
    padded = pl.concat_str(pl.lit(" "), pl.col("words"), pl.lit(" "))
    return words.select(padded.str.contains_any(_organisation_words()).fill_null(value=False)).to_series()


@cache
def _organisation_words() -> list[str]:
    return sorted({f" {word} " for word in str(facts.read(_FILE)["organisation_words"]).split()})


def _person_share(shape: str) -> float:
    """Return how much a shape (:mod:`crmq.values.name_words`) looks like a person's name."""
    w = name_words
    words = [c for c in shape if c not in (w.COMMA, w.OPENING, w.CLOSING, w.QUOTE, w.SYMBOL)]
    if not words:
        return 0.5
    if words[0] in _TITLES and len(words) > 1:
        return 0.97
    if w.NUMBER in words:
        return 0.15
    names = [c for c in words if c not in (w.PARTICLE, w.PARTICLE_OR_NAME, w.CONJUNCTION, w.INITIAL, w.SUFFIX)]
    given = sum(c in _GIVEN for c in names)
    known = given + sum(c in _SURNAME or c == w.GIVEN_OR_SURNAME for c in names)
    if w.COUPLE in words[1:]:
        # "Juan & María García" are two people; "Pérez & García" is a firm
        return 0.7 if words[0] in _GIVEN and words[words.index(w.COUPLE, 1) + 1 :][:1] in ([c] for c in _GIVEN) else 0.2
    if not names or len(names) > 6:
        return 0.5 if not names else 0.15
    if w.COMMA in shape[1:-1] and given:
        return 0.95
    if len(names) == 1:
        return 0.8 if given else 0.6 if known else 0.4
    if words[0] in _GIVEN or names[-1:] == [w.GIVEN_OTHER]:
        return 0.95 if known > given or len(names) <= 3 else 0.8
    share = known / len(names)
    if share >= 0.5:
        return 0.9 if share == 1 else 0.75 if given else 0.6
    return 0.65 if given else 0.6 - 0.05 * (len(names) - 1)


@cache
def _said() -> dict[str, str]:
    lists = facts.read(_FILE)["kinds"]
    return {word: kind for kind in (PERSON, ORGANISATION) for word in lists[kind]}


def read(raw: pl.Series) -> pl.Series:
    """Return ``person`` or ``organisation`` for a column that says which (``Persona física``, ``B2B``); null else."""
    words = cells.words(cells.clean(raw))
    return words.replace_strict(_said(), default=None, return_dtype=pl.String).rename("party_kind")
