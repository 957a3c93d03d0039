"""What a profile holds beside the plain counts: distributions, near-duplicates, dependencies, personal data, effort.

Plain dataclasses that turn into JSON as they are, like those of :mod:`crmq.profile.model`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Bin:
    """One bar of a distribution: rows from ``lower`` (included) to ``upper`` (left out, but for the last bar)."""

    lower: str
    upper: str
    rows: int


@dataclass(frozen=True)
class Distribution:
    """How the values of a column are spread.

    Attributes:
        of: ``number``, ``date`` or ``length`` (characters of the value).
        scale: ``linear`` or ``log`` (bars of equal ratio).
        bins: Lowest first; outliers are left out of them and counted in ``below`` and ``above``.
        below, above: Rows beyond the bars.
        quantiles: Values at 5, 25, 50, 75 and 95 % of the rows, as written in the source or as ISO dates.
        mean, deviation: Of numbers and lengths, all rows.
        zeros, negative: Rows with zero or less, of numbers.
    """

    of: str
    scale: str
    bins: tuple[Bin, ...]
    below: int
    above: int
    quantiles: dict[str, str]
    mean: float | None = None
    deviation: float | None = None
    zeros: int = 0
    negative: int = 0


@dataclass(frozen=True)
class Form:
    """One way of writing a value."""

    value: str
    rows: int


@dataclass(frozen=True)
class Variant:
    """Several ways of writing what looks like one value.

    Attributes:
        main: The most frequent form.
        rows: Its rows.
        forms: The others, most frequent first.
        how: ``spelling`` (case, accents, blanks), ``typing`` (one letter apart and rare), ``country`` (one country by
            several names or codes), ``short`` (the beginning of the longer form).
    """

    main: str
    rows: int
    forms: tuple[Form, ...]
    how: str


@dataclass(frozen=True)
class Personal:
    """A kind of personal data in a column.

    Attributes:
        kind: ``name``, ``email``, ``phone``, ``birth``, ``address``, ``tax_id``, ``national_id``, ``bank_account``,
            ``payment_card``, ``ip_address``, ``gender``, ``special`` (GDPR article 9) ...
        rows: Rows that hold it; estimated where the column was sampled.
        seen_in: ``mapping``, ``content`` (the values have its form), ``inside`` (within a longer text), ``header``.
    """

    kind: str
    rows: int
    seen_in: str


@dataclass(frozen=True)
class Dependency:
    """A column whose value follows from that of another: one postal code, one city.

    Attributes:
        determinant, dependent: The columns.
        rows: Rows looked at whose determinant stands in several rows.
        broken: Those that differ from the value most rows of their group have.
        strength: How much better the dependent is known with the determinant than without: 1 always, 0 not at all (tau
            of Piatetsky-Shapiro and Matheus, 1993, over pairs of different rows, each group weighted by its rows).
        value, usual, found: An example of a broken row: the value of the determinant, what most rows of it have, and
            what stands there.
    """

    determinant: str
    dependent: str
    rows: int
    broken: int
    strength: float
    value: str | None = None
    usual: str | None = None
    found: str | None = None


@dataclass(frozen=True)
class MissingTogether:
    """Columns that are empty in the same rows, or in opposite ones.

    Attributes:
        headers: The columns.
        correlation: Least phi between two of them (1: always together; -1: one or the other).
        rows: Rows looked at in which the first one is empty.
    """

    headers: tuple[str, ...]
    correlation: float
    rows: int


@dataclass(frozen=True)
class Effort:
    """What cleaning a table asks of people.

    Attributes:
        sound: Rows in which nothing was found.
        automatic: Rows with something that standardising mends without a question.
        values: Distinct values that a person decides once, for all rows that have them.
        value_rows: Rows that have such values.
        records: Rows that a person must look at one by one.
        estimated: Whether the rows were estimated from a sample of them.
        minutes_per_record, minutes_per_value: What the hours assume.
        hours: Working hours of a person.
    """

    sound: int
    automatic: int
    values: int
    value_rows: int
    records: int
    estimated: bool
    minutes_per_record: float
    minutes_per_value: float
    hours: float
