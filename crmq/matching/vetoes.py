"""What keeps two records from being merged without anyone's look, however likely they are one party.

A veto never splits ``cluster_id``: data contain typos. It keeps ``merge_id`` apart, so that a person decides. The
rules look at levels of agreement only, so they hold for any data.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crmq.matching.features import Features
from crmq.matching.model import Model, Pairs
from crmq.model.tables import PERSON

NO_VETO = 0
IDENTIFIERS_DIFFER = 1
SUFFIXES_DIFFER = 2
BIRTH_DATES_DIFFER = 3
GIVEN_NAMES_DIFFER = 4
SURNAMES_DIFFER = 5
GENDERS_DIFFER = 6
AGES_DIFFER = 7
TOO_LITTLE_EVIDENCE = 8
NAMES_DIFFER = 9
DECIDED_DIFFERENT = 10
SECOND_NAMES_DIFFER = 11
CONTACTS_DIFFER = 12
PLACES_DIFFER = 13

CODES = (
    "none", "identifiers_differ", "suffixes_differ", "birth_dates_differ", "given_names_differ", "surnames_differ",
    "genders_differ", "ages_differ", "too_little_evidence", "names_differ", "decided_different",
    "second_names_differ", "contacts_differ", "places_differ",
)  # fmt: skip
"""Stable machine codes, by number."""

SOFT = (TOO_LITTLE_EVIDENCE,)
"""A veto for want of evidence only means that this pair is no reason to merge; others of the group may be."""
CERTAIN = (IDENTIFIERS_DIFFER, SUFFIXES_DIFFER, DECIDED_DIFFERENT, SECOND_NAMES_DIFFER)
"""Vetoes that one pair is enough for; the others need a share of the pairs between two groups."""

ESTABLISHED = 4
"""A name that this many parties have is a name, not a slip of the pen."""


class _Levels:
    """Levels of some pairs by the name of the comparison; a comparison that does not take part is all missing."""

    def __init__(self, features: Features, pairs: Pairs, rows: NDArray[np.int64]) -> None:
        self._levels = pairs.levels[rows]
        self._place = {c.name: k for k, c in enumerate(features.comparisons)}
        self._blank = np.zeros(len(rows), dtype=np.uint8)
        self._names = {c.name: c.levels for c in features.comparisons}

    def __call__(self, name: str) -> NDArray[np.uint8]:
        place = self._place.get(name)
        return self._blank if place is None else self._levels[:, place]

    def among(self, name: str, *levels: str) -> NDArray[np.bool_]:
        """Return where the comparison shows one of the named levels."""
        if name not in self._names:
            return np.zeros(len(self._blank), dtype=np.bool_)
        wanted = [self._names[name].index(level) for level in levels]
        result: NDArray[np.bool_] = np.isin(self(name), wanted)
        return result


def vetoes(features: Features, model: Model, pairs: Pairs, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return the veto of each of the given pairs as a number of this module, 0 for none; the gravest wins."""
    rule = _person_vetoes if features.entity == PERSON else _organisation_vetoes
    found = np.zeros(len(rows), dtype=np.uint8)
    for code, applies in rule(features, model, pairs, rows):
        found[(found == NO_VETO) & applies] = code
    return found


def _person_vetoes(
    features: Features, model: Model, pairs: Pairs, rows: NDArray[np.int64]
) -> list[tuple[int, NDArray[np.bool_]]]:
    levels = _Levels(features, pairs, rows)
    identifier = levels.among("identifier", "equal", "one_edit")
    email = levels.among("email", "equal")
    phone = levels.among("phone", "equal")
    birth = levels.among("birth_date", "equal", "one_edit")
    given = levels.among("given_name", "equal", "words_contained", "nickname", "one_edit", "names_swapped")
    close_given = given | levels.among("given_name", "initial_or_prefix")
    close_surname = levels.among("surname", "equal", "words_contained", "one_edit", "prefix", "names_swapped")
    named = (close_given & close_surname) | levels.among("full_name", "equal", "nearly_equal", "most_words")
    other_names = levels.among("given_name", "one_edit", "similar") & _both_established(features, model, pairs, rows)
    unlike = levels.among("given_name", "similar") & ~(birth | email)
    exact_given = levels.among("given_name", "equal", "names_swapped")
    return [
        (IDENTIFIERS_DIFFER, levels.among("identifier", "both_valid_different")),
        (SUFFIXES_DIFFER, levels.among("suffix", "different")),
        (SECOND_NAMES_DIFFER, _second_names_differ(features, pairs, rows, levels) & ~identifier),
        (
            # two mailboxes and two lines under one name and roof are two namesakes as soon as one person who moved on
            CONTACTS_DIFFER,
            levels.among("email", "different")
            & levels.among("phone", "different")
            & ~(identifier | (birth & exact_given)),
        ),
        (BIRTH_DATES_DIFFER, levels.among("birth_date", "different") & ~identifier),
        (BIRTH_DATES_DIFFER, levels.among("birth_date", "year_close") & ~(identifier | (named & (email | phone)))),
        (
            BIRTH_DATES_DIFFER,
            levels.among("birth_date", "two_parts_equal", "year_equal") & ~(identifier | email | named),
        ),
        (GIVEN_NAMES_DIFFER, (levels.among("given_name", "different") | (other_names & ~email) | unlike) & ~identifier),
        (
            SURNAMES_DIFFER,
            levels.among("surname", "different", "similar") & ~(identifier | (given & birth & (email | phone))),
        ),
        (GENDERS_DIFFER, levels.among("gender", "different") & ~(identifier | (given & birth))),
        (AGES_DIFFER, levels.among("age", "different") & ~(identifier | birth)),
        (TOO_LITTLE_EVIDENCE, ~_enough_on_a_person(levels, named, close_given | close_surname)),
    ]


def _enough_on_a_person(
    levels: _Levels, named: NDArray[np.bool_], partly_named: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return where the name agrees and something beside it, or a part of the name and two things, one of them personal.

    A name alone is not enough, however rare, and neither are name and town: homonyms have both.
    """
    street = levels.among("street", "equal", "similar")
    house = levels.among("house_number", "equal")
    address = (street & (house | levels.among("postal_code", "equal"))) | (house & levels.among("postal_code", "equal"))
    identifier = levels.among("identifier", "equal", "one_edit")
    email = levels.among("email", "equal")
    birth = levels.among("birth_date", "equal", "one_edit")
    phone = levels.among("phone", "equal")
    weaker = levels.among("birth_date", "two_parts_equal") | levels.among("email", "one_edit", "local_part_equal")
    weaker |= levels.among("customer_key", "equal")
    strong = sum(item.astype(np.int64) for item in (identifier, email, birth, phone, address))
    postal = levels.among("postal_code", "equal").astype(np.int64) * ~address
    result: NDArray[np.bool_] = (named & ((strong > 0) | weaker)) | (
        partly_named & (identifier | email | birth) & (strong + postal > 1)
    )
    return result


def _second_names_differ(
    features: Features, pairs: Pairs, rows: NDArray[np.int64], levels: _Levels
) -> NDArray[np.bool_]:
    """Return where two compound names begin alike and go on differently: ``José Luis`` and ``José Manuel``.

    Brothers and twins are told apart by the second name. Words that begin with one letter may be one word misspelt, or
    an initial, and do not count.
    """
    found = np.zeros(len(rows), dtype=np.bool_)
    alike = levels.among("given_name", "nickname")
    asked = np.flatnonzero(alike | levels.among("given_name", "different", "similar", "initial_or_prefix"))
    if len(asked) == 0:
        return found
    column = features.number["given_name"]
    codes = features.layout.codes[:, column]
    words = features.columns[column].values.str.split(" ")
    first, second = (words.gather(codes[side[rows[asked]]] - 1) for side in (pairs.first, pairs.second))
    frame = pl.DataFrame({"a": first, "b": second, "alike": alike[asked]})
    begin = pl.col("alike") | (pl.col("a").list.first() == pl.col("b").list.first())
    rest = {side: pl.col(side).list.slice(1) for side in "ab"}
    letters = [rest[side].list.eval(pl.element().str.head(1)) for side in "ab"]
    apart = letters[0].list.set_intersection(letters[1]).list.len() == 0
    several = (pl.col("a").list.len() > 1) & (pl.col("b").list.len() > 1)
    found[asked] = frame.select(begin & several & apart).to_series().fill_null(value=False).to_numpy()
    return found


def _both_established(features: Features, model: Model, pairs: Pairs, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return where both given names are names that several other parties have, so that neither is a typo."""
    if "given_name" not in features.number:
        return np.zeros(len(rows), dtype=np.bool_)
    column = features.number["given_name"]
    counts = model.counts[features.layout.start[column] :]
    codes = features.layout.codes[:, column]
    a, b = codes[pairs.first[rows]], codes[pairs.second[rows]]
    result: NDArray[np.bool_] = (counts[a] >= ESTABLISHED) & (counts[b] >= ESTABLISHED)
    return result


def _organisation_vetoes(
    features: Features, model: Model, pairs: Pairs, rows: NDArray[np.int64]
) -> list[tuple[int, NDArray[np.bool_]]]:
    levels = _Levels(features, pairs, rows)
    same_identifier = levels.among("identifier", "equal", "one_edit")
    near_name = levels.among("org_name", "equal", "nearly_equal", "most_words") | levels.among(
        "trade_name", "equal", "nearly_equal"
    )
    contact = levels.among("phone", "equal") | levels.among("email", "equal") | levels.among("web_domain", "equal")
    street = levels.among("street", "equal", "similar")
    place = street & (levels.among("house_number", "equal") | levels.among("postal_code", "equal"))
    elsewhere = levels.among("city", "different") & ~(place | levels.among("phone", "equal"))
    return [
        (IDENTIFIERS_DIFFER, levels.among("identifier", "both_valid_different")),
        # branches share name, web site and mailbox
        (PLACES_DIFFER, elsewhere & ~same_identifier),
        (NAMES_DIFFER, ~near_name & ~(same_identifier & levels.among("org_name", "many_words", "some_words"))),
        (TOO_LITTLE_EVIDENCE, ~(same_identifier | contact | place | levels.among("customer_key", "equal"))),
    ]
