"""Which fields of two records are compared, how, and what is believed of each before any data are seen.

The levels go from disagreement (1) to equality; 0 means that one side has no value, which is no evidence. A level
beyond equality (names exchanged) comes last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crmq.matching import kernels

LEVELS: dict[int, tuple[str, ...]] = {
    kernels.EXACT: ("missing", "different", "equal"),
    kernels.GIVEN: (
        "missing", "different", "similar", "initial_or_prefix", "nickname", "one_edit", "words_contained", "equal",
        "names_swapped",
    ),
    kernels.SURNAME: (
        "missing", "different", "similar", "prefix", "one_edit", "words_contained", "equal", "names_swapped",
    ),
    kernels.MIDDLE: ("missing", "different", "initial_or_similar", "close", "equal"),
    kernels.DATE: ("missing", "different", "year_close", "year_equal", "two_parts_equal", "one_edit", "equal"),
    kernels.EMAIL: ("missing", "different", "local_part_equal", "one_edit", "equal"),
    kernels.PHONE: ("missing", "different", "one_edit", "equal"),
    kernels.IDENTIFIER: ("missing", "both_valid_different", "different", "two_edits", "one_edit", "equal"),
    kernels.STREET: ("missing", "different", "similar", "equal"),
    kernels.POSTCODE: ("missing", "different", "area_equal", "equal"),
    kernels.CITY: ("missing", "different", "similar", "equal"),
    kernels.TEXT: ("missing", "different", "similar", "equal"),
    kernels.AGE: ("missing", "different", "close", "equal"),
    kernels.ORGANISATION: ("missing", "different", "some_words", "many_words", "most_words", "nearly_equal", "equal"),
    kernels.WORDS: ("missing", "different", "some_words", "many_words", "equal"),
    kernels.FULL_NAME: ("missing", "different", "some_words", "many_words", "most_words", "nearly_equal", "equal"),
}  # fmt: skip
"""Names of the levels of each kind, from 0."""

SWAPPED = "names_swapped"
MOST_LEVELS = max(len(names) for names in LEVELS.values())
SWAP_SHARE = 0.02
"""Share of the records of one person in which given name and surname are believed to be exchanged."""


@dataclass(frozen=True)
class Field:
    """A comparison as it is declared, before it is known whether the data have the field.

    Attributes:
        name: Name of the comparison and of the column it compares.
        kind: One of the kinds of :mod:`crmq.matching.kernels`.
        shared: Whether the members of a household (of an organisation's site) share the value.
        area: Whether all neighbours share it.
        differs: Believed share of matches that disagree entirely.
        equals: Believed share of matches that agree entirely.
        other: A second column that the comparison looks at.
    """

    name: str
    kind: int
    shared: bool
    differs: float
    equals: float
    other: str | None = None
    area: bool = False


PERSON_FIELDS = (
    Field("birth_date", kernels.DATE, False, 0.04, 0.85),
    Field("email", kernels.EMAIL, False, 0.35, 0.50),
    Field("phone", kernels.PHONE, True, 0.35, 0.60),
    Field("identifier", kernels.IDENTIFIER, False, 0.05, 0.85),
    Field("customer_key", kernels.IDENTIFIER, False, 0.30, 0.60),
    Field("given_name", kernels.GIVEN, False, 0.06, 0.70, "surname"),
    Field("surname", kernels.SURNAME, True, 0.06, 0.75, "given_name"),
    Field("middle_name", kernels.MIDDLE, False, 0.15, 0.60),
    Field("full_name", kernels.FULL_NAME, False, 0.05, 0.40, "split_name"),
    Field("gender", kernels.EXACT, False, 0.03, 0.97),
    Field("age", kernels.AGE, False, 0.20, 0.50),
    Field("suffix", kernels.EXACT, False, 0.10, 0.90),
    Field("house_number", kernels.EXACT, True, 0.25, 0.70),
    Field("street", kernels.STREET, True, 0.25, 0.50),
    Field("address_2", kernels.TEXT, True, 0.40, 0.40),
    Field("postal_code", kernels.POSTCODE, True, 0.20, 0.65, area=True),
    Field("city", kernels.CITY, True, 0.15, 0.70, area=True),
    Field("region", kernels.EXACT, True, 0.10, 0.90, area=True),
    Field("country", kernels.EXACT, True, 0.03, 0.97, area=True),
    Field("company", kernels.WORDS, True, 0.30, 0.50),
    Field("job_title", kernels.TEXT, False, 0.30, 0.60),
)

ORGANISATION_FIELDS = (
    Field("identifier", kernels.IDENTIFIER, False, 0.05, 0.85),
    Field("customer_key", kernels.IDENTIFIER, False, 0.30, 0.60),
    Field("phone", kernels.PHONE, True, 0.35, 0.60),
    Field("email", kernels.EMAIL, True, 0.35, 0.50),
    Field("web_domain", kernels.EXACT, True, 0.25, 0.70),
    Field("house_number", kernels.EXACT, True, 0.25, 0.70),
    Field("postal_code", kernels.POSTCODE, True, 0.20, 0.65, area=True),
    Field("city", kernels.CITY, True, 0.15, 0.70, area=True),
    Field("region", kernels.EXACT, True, 0.10, 0.90, area=True),
    Field("country", kernels.EXACT, True, 0.03, 0.97, area=True),
    Field("street", kernels.STREET, True, 0.25, 0.50),
    Field("address_2", kernels.TEXT, True, 0.40, 0.40),
    Field("industry", kernels.EXACT, True, 0.30, 0.70),
    Field("org_name", kernels.ORGANISATION, False, 0.05, 0.40),
    Field("trade_name", kernels.ORGANISATION, False, 0.10, 0.40),
)

RIVALS = ("household", "area")
"""What else than a match may explain agreement: living (or sitting) together, living near one another."""

EXTRA_MOST_BITS = 6.0
EXTRA_LEAST_BITS = -3.0
"""What a column that nothing is known of may add or take at most: it may be a copy of another field in disguise."""
EXTRA_EXACT = (0.30, 0.60)
EXTRA_WORDS = (0.40, 0.30)
"""Believed shares (disagree, agree entirely) of matches in a column that nothing is known of."""


@dataclass(frozen=True)
class Comparison:
    """A comparison that takes part: a declared field with its columns.

    Attributes:
        field: The declaration.
        column: Number of its column in the layout.
        other: Number of the second column, or -1.
        extra: Whether the column was not mapped to any field.
    """

    field: Field
    column: int
    other: int
    extra: bool = False

    @property
    def name(self) -> str:
        """Name of the comparison."""
        return self.field.name

    @property
    def levels(self) -> tuple[str, ...]:
        """Names of its levels."""
        return LEVELS[self.field.kind]

    @property
    def top(self) -> int:
        """The level of equal values."""
        return self.levels.index("equal")

    def shared_by(self, rival: str) -> bool:
        """Return whether the parties of a rival class share the field."""
        return self.field.area if rival == "area" else self.field.shared

    def believed(self) -> NDArray[np.float64]:
        """Return the believed shares of the levels among matches; level 0 has none, the rest add up to 1.

        What agreement and disagreement leave goes to the levels between, twice as much to each closer one.
        """
        shares = np.zeros(len(self.levels))
        shares[1] = self.field.differs
        shares[self.top] = self.field.equals
        between = [level for level in range(2, len(shares)) if level != self.top and self.levels[level] != SWAPPED]
        rest = max(1.0 - self.field.differs - self.field.equals, 0.02)
        for step, level in enumerate(between):
            shares[level] = rest * 2.0**step / (2.0 ** len(between) - 1.0)
        if self.field.kind == kernels.IDENTIFIER:
            shares[1], shares[2] = 0.2 * self.field.differs, 0.8 * self.field.differs
        if SWAPPED in self.levels:
            shares[-1] = SWAP_SHARE
        result: NDArray[np.float64] = shares / shares.sum()
        return result


SKETCHED = (
    kernels.GIVEN, kernels.SURNAME, kernels.MIDDLE, kernels.EMAIL, kernels.PHONE, kernels.STREET, kernels.CITY,
    kernels.TEXT, kernels.POSTCODE,
)  # fmt: skip
"""Kinds whose levels sketches of the values can bound."""


def scheme_of(comparisons: Sequence[Comparison]) -> kernels.Scheme:
    """Return the comparisons as the arrays the kernels take."""
    sketched = sketched_columns(comparisons)
    place = {column: n for n, column in enumerate(sketched)}
    return kernels.Scheme(
        kind=np.array([c.field.kind for c in comparisons], dtype=np.int64),
        column=np.array([c.column for c in comparisons], dtype=np.int64),
        other=np.array([c.other for c in comparisons], dtype=np.int64),
        top=np.array([c.top for c in comparisons], dtype=np.int64),
        sketch=np.array([place.get(c.column, -1) for c in comparisons], dtype=np.int64),
        other_sketch=np.array([place.get(c.other, -1) for c in comparisons], dtype=np.int64),
    )


def sketched_columns(comparisons: Sequence[Comparison]) -> list[int]:
    """Return the columns of the layout that need sketches of their values in each record's row."""
    return [c.column for c in comparisons if c.field.kind in SKETCHED]
