"""What a profile holds: plain dataclasses that turn into JSON as they are.

Shares are between 0 and 1. Values stand as they are in the source; reports mask them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from crmq.profile.parts import Dependency, Distribution, Effort, MissingTogether, Personal, Variant


@dataclass(frozen=True)
class Portion:
    """A named part of the filled rows of a column: a type, a pattern, a verdict.

    ``rows`` is a whole number where every distinct value was looked at, and an estimate otherwise.
    """

    name: str
    rows: int
    share: float
    example: str | None = None


@dataclass(frozen=True)
class Problem:
    """Something about a column that a person should look at.

    Attributes:
        code: Stable name (``placeholder``, ``mojibake``, ``zeros_lost`` ...).
        rows: How many rows are concerned.
        share: Their share of the filled rows.
        example: One value.
    """

    code: str
    rows: int
    share: float
    example: str | None = None


@dataclass(frozen=True)
class Basis:
    """What the facts about a column's values rest on.

    Attributes:
        values: Distinct values that were looked at.
        exact: All of them were; otherwise a sample by hash, and the frequent ones in full.
    """

    values: int
    exact: bool


@dataclass(frozen=True)
class Lengths:
    """Characters of the filled cells."""

    shortest: int
    mean: float
    longest: int


@dataclass(frozen=True)
class Column:
    """Facts about one column of a raw table.

    Attributes:
        header, position: As in the file; the position counts from 1.
        field: Canonical field it is mapped to, if any.
        kind: What its values are (``email``, ``phone``, ``date``, ``number``, ``category``, ``text`` ...).
        kind_from: ``mapping`` or ``content``.
        rows: Rows of the table.
        filled: Rows with a value that is not blank.
        distinct: Number of distinct values (exact up to a hash collision in 10^13).
        single: Distinct values that stand in exactly one row.
        types: What the values look like, by share.
        patterns: Shapes (``A`` upper case, ``a`` lower case, ``9`` digit; ``+`` repeated), most frequent first.
        pattern_count: How many shapes there are among the values looked at.
        top: Most frequent values, if any value repeats.
        lowest, highest: Smallest and largest value: as numbers or dates where the column holds these, else as text.
        verdicts: Shares of the verdicts of its kind, if the kind has any.
        problems: Worst first.
        distribution: How numbers, dates or lengths are spread.
        variants: Values that seem to be one, written in several ways.
        personal: Kinds of personal data found.
        is_key: Every row has a value and no value repeats.
    """

    header: str
    position: int
    field: str | None
    kind: str
    kind_from: str
    rows: int
    filled: int
    distinct: int
    single: int
    basis: Basis
    types: tuple[Portion, ...] = ()
    patterns: tuple[Portion, ...] = ()
    pattern_count: int = 0
    lengths: Lengths | None = None
    top: tuple[Portion, ...] = ()
    lowest: str | None = None
    highest: str | None = None
    verdicts: tuple[Portion, ...] = ()
    problems: tuple[Problem, ...] = ()
    distribution: Distribution | None = None
    variants: tuple[Variant, ...] = ()
    personal: tuple[Personal, ...] = ()

    @property
    def fill(self) -> float:
        """Filled share of the rows."""
        return self.filled / self.rows if self.rows else 0.0

    @property
    def is_key(self) -> bool:
        """Whether every row has a value of its own."""
        return self.rows > 0 and self.filled == self.rows == self.distinct

    def verdict(self, name: str) -> float:
        """Return the share of a verdict."""
        return next((part.share for part in self.verdicts if part.name == name), 0.0)


@dataclass(frozen=True)
class KeyCandidate:
    """Columns that could identify the rows.

    Attributes:
        headers: One column, or several together.
        rows: Rows in which all of them are filled.
        repeated: Rows whose values stand in another row too.
    """

    headers: tuple[str, ...]
    rows: int
    repeated: int


@dataclass(frozen=True)
class Freshness:
    """How old the records are: rows by age of a timestamp, seen from the as-of date.

    Attributes:
        field: ``modified_at``, ``created_at`` or ``last_activity_at``.
        header: The column.
        buckets: Rows per age: ``month`` (30 days), ``quarter``, ``year``, ``two_years``, ``five_years``, ``older``,
            ``future``, ``unknown``.
        earliest, latest: ISO dates.
    """

    field: str
    header: str
    buckets: dict[str, int]
    earliest: str | None = None
    latest: str | None = None


@dataclass(frozen=True)
class Sharing:
    """Rows that share an exact contact point or id with another row of the table: duplicates at a first look.

    Attributes:
        header: The column.
        kind: ``email``, ``phone``, ``tax_id``.
        rows: Rows with a usable value.
        shared: Those whose value stands in another row too.
        largest: Rows of the value that stands most often.
    """

    header: str
    kind: str
    rows: int
    shared: int
    largest: int


@dataclass(frozen=True)
class Table:
    """Facts about one raw table.

    Attributes:
        file, sheet: Where it stands.
        source, system, object: What it was recognised as.
        rows: Rows that were read; ``unreadable`` are those that were not.
        cells_filled: Filled share of all cells.
        repeated_rows: Rows that stand in the table a second time, cell for cell.
        dependencies: Columns whose value follows from another, and how many rows break that.
        missing_together: Columns that are empty in the same rows, or in opposite ones.
        effort: What cleaning asks of people.
    """

    file: str
    sheet: str | None
    source: str
    system: str
    object: str
    rows: int
    unreadable: int
    excluded: int
    columns: tuple[Column, ...]
    cells_filled: float
    repeated_rows: int
    keys: tuple[KeyCandidate, ...] = ()
    freshness: tuple[Freshness, ...] = ()
    sharing: tuple[Sharing, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    missing_together: tuple[MissingTogether, ...] = ()
    effort: Effort | None = None


@dataclass(frozen=True)
class Population:
    """How many records of one object and entity a source holds."""

    source: str
    object: str
    entity: str
    records: int


@dataclass(frozen=True)
class Pairing:
    """What two sources have in common.

    Attributes:
        a, b: The sources.
        common: Distinct values in both.
        share_a, share_b: Their share of the distinct values of each.
    """

    a: str
    b: str
    common: int
    share_a: float
    share_b: float


@dataclass(frozen=True)
class Overlap:
    """How a kind of contact point or id is spread over the sources.

    Attributes:
        kind: ``email``, ``phone``, ``tax_id``, ``national_id``, ``web``, ``name_birth`` ...
        values: Distinct usable values per source.
        in_sources: Distinct values by the number of sources they stand in.
        combinations: Distinct values by the exact set of sources (joined by `` + ``), largest first.
        pairs: Every two sources.
        repeated: Per source, records that share such a value with another record of the same source.
    """

    kind: str
    values: dict[str, int]
    in_sources: dict[int, int]
    combinations: dict[str, int]
    pairs: tuple[Pairing, ...]
    repeated: dict[str, int]


@dataclass(frozen=True)
class Across:
    """Facts across sources."""

    population: tuple[Population, ...]
    overlaps: tuple[Overlap, ...]
    multi_source_records: int = 0
    records: int = 0


@dataclass(frozen=True)
class Profile:
    """The profile of a set of inputs."""

    as_of: str
    tables: tuple[Table, ...]
    across: Across | None = None
    notes: tuple[str, ...] = field(default=())

    def plain(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return asdict(self)
