"""Facts about the columns of one raw table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

import polars as pl

from crmq.model.mapped import MappedTable
from crmq.profile import kinds, numbers, personal, problems, shapes, verdicts
from crmq.profile.counting import UNIT, Values, count
from crmq.profile.model import Basis, Column, Lengths, Portion
from crmq.profile.parts import Distribution

TOP = 10
PATTERNS = 8
MANY_PATTERNS = 40
"""Above so many patterns, runs of letters are collapsed: names and addresses have thousands of exact patterns."""


_MEASURED = ("text", "free_text", "name", "organisation", "id", "code", "tax_id", "email", "url")
"""Kinds whose chart is that of their lengths."""

Extremes = tuple[str | None, str | None, Lengths | None]
"""Smallest value, largest value, lengths."""


@dataclass(frozen=True)
class Seen:
    """One column while its facts are made.

    Attributes:
        values: Its distinct values.
        facts: The sample with ``type, pattern, upper, lower`` and one Boolean per sign of damage.
        types: Share of each type.
    """

    header: str
    values: Values
    facts: pl.DataFrame
    types: tuple[Portion, ...]

    def share(self, weight: float) -> float:
        """Return a weight as a share of the filled rows."""
        return weight / self.values.total if self.values.total else 0.0


@dataclass(frozen=True)
class Described:
    """The columns of a table, and what was made on the way.

    Attributes:
        columns: In order.
        counted: Distinct values per column.
        judged: Verdicts of the values looked at, where there are any.
        masks: Per column and code of a problem, which of the values looked at are concerned.
    """

    columns: tuple[Column, ...]
    counted: dict[str, Values]
    judged: dict[str, pl.DataFrame]
    masks: dict[str, Mapping[str, pl.Series]]


def describe(
    mapped: MappedTable,
    country: str | None,
    as_of: date,
    sample: int,
    standardised: Mapping[str, tuple[Portion, ...]],
    advance: Callable[[int], None],
) -> Described:
    """Describe the columns of a raw table.

    Args:
        mapped: The table.
        country: Default country of phones, postal codes and tax ids.
        as_of: What "now" is.
        sample: Distinct values to look at per column.
        standardised: Shares of verdicts per header, where the table was standardised.
        advance: Told about every column.

    """
    frame = mapped.raw.frame
    counted = count(frame, sample)
    seen = _look(counted)
    field_of = {m.header: m.field for m in mapped.fields}
    kind_of = {one.header: _kind(one, field_of.get(one.header)) for one in seen}
    sampled = [one for one in seen if not one.values.exact]
    wanted = {one.header: (kind_of[one.header][0], _local(one), one.values.blank > 0) for one in sampled}
    work = _Work(mapped, country, as_of, seen, kind_of, _extremes(frame, wanted), standardised)
    columns: list[Column] = []
    judgements: dict[str, pl.DataFrame] = {}
    masks: dict[str, Mapping[str, pl.Series]] = {}
    # small frames keep one core busy at a time: columns side by side use the others
    with ThreadPoolExecutor(pl.thread_pool_size()) as workers:
        for column, judged, found in workers.map(work.column, range(len(seen))):
            columns.append(column)
            masks[column.header] = found
            if judged is not None:
                judgements[column.header] = judged
            advance(1)
    return Described(tuple(columns), counted, judgements, masks)


@dataclass(frozen=True)
class _Work:
    """What the description of each column needs; the arguments of :func:`describe` and what was made of them.

    Attributes:
        kind_of: What each column holds, and how that is known.
        extremes: Smallest, largest and lengths of the columns that were sampled.
    """

    mapped: MappedTable
    country: str | None
    as_of: date
    seen: list[Seen]
    kind_of: Mapping[str, tuple[str, str]]
    extremes: Mapping[str, Extremes]
    standardised: Mapping[str, tuple[Portion, ...]]

    def column(self, number: int) -> tuple[Column, pl.DataFrame | None, Mapping[str, pl.Series]]:
        """Return one column, counted from 0, the verdicts of its values, and which of them have which problem."""
        one = self.seen[number]
        kind, kind_from = self.kind_of[one.header]
        judged = verdicts.judge(self.mapped, one.header, one.values, kind, self.country, self.as_of)
        lowest, highest, lengths = self.extremes.get(one.header) or _from_sample(one, kind, judged)
        if kind in ("date", "timestamp"):
            lowest, highest, _lengths = _from_sample(one, kind, judged)
        patterns, pattern_count = _patterns(one)
        distribution, outliers = _distribution(one, kind, judged)
        found = problems.find(one.facts, one.values, kind, one.types, judged, outliers)
        field = next((m.field for m in self.mapped.fields if m.header == one.header), None)
        column = Column(
            header=one.header,
            position=number + 1,
            field=field,
            kind=kind,
            kind_from=kind_from,
            rows=self.mapped.raw.frame.height,
            filled=one.values.filled,
            distinct=one.values.distinct,
            single=one.values.single,
            basis=Basis(one.values.sample.height, one.values.exact),
            types=one.types,
            patterns=patterns,
            pattern_count=pattern_count,
            lengths=lengths,
            top=_top(one),
            lowest=lowest,
            highest=highest,
            verdicts=self.standardised.get(one.header) or verdicts.portions(judged),
            problems=found.problems,
            distribution=distribution,
            variants=found.variants,
            personal=personal.find(one.header, field, kind, one.facts, one.values),
        )
        return column, judged, found.masks


def _distribution(one: Seen, kind: str, judged: pl.DataFrame | None) -> tuple[Distribution | None, pl.Series | None]:
    if kind == "number":
        return numbers.of_numbers(one.facts)
    if kind in ("date", "timestamp") and judged is not None:
        day = judged["value"].str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
        usable = judged["verdict"].is_in(["valid", "possible"])
        return numbers.of_dates(judged.select("weight", day=day).filter(usable).drop_nulls("day")), None
    if kind in _MEASURED:
        return numbers.of_lengths(one.facts), None
    return None, None


def _look(counted: Mapping[str, Values]) -> list[Seen]:
    value = pl.col("value")
    queries = [
        values.sample.lazy().with_columns(
            type=shapes.type_of(value),
            pattern=shapes.pattern_of(value),
            words=value.str.contains(r"\S\s\S"),
            upper=(value.str.to_uppercase() == value) & value.str.contains(r"\p{Lu}.*\p{Lu}"),
            lower=(value.str.to_lowercase() == value) & value.str.contains(r"\p{Ll}.*\p{Ll}"),
            **shapes.PROBLEMS,
        )
        for values in counted.values()
    ]
    out = []
    for (header, values), facts in zip(counted.items(), pl.collect_all(queries), strict=True):
        facts = facts.with_columns(mojibake=shapes.mojibake(facts["value"]))
        out.append(Seen(header, values, facts, portions_by(facts, "type", values)))
    return out


def portions_by(facts: pl.DataFrame, column: str, values: Values, most: int | None = None) -> tuple[Portion, ...]:
    """Return the shares of the values of ``column``, the largest first, each with its most frequent example."""
    if facts.is_empty():
        return ()
    grouped = (
        facts.lazy()
        .group_by(column)
        .agg(pl.col("weight").sum(), pl.col("value").sort_by([-pl.col("weight"), pl.col("value")]).first())
        .sort(-pl.col("weight"), pl.col(column))
        .collect()
    )
    rows = grouped.head(most).iter_rows() if most else grouped.iter_rows()
    return tuple(
        Portion(str(name), round(weight / UNIT), weight / values.total, example) for name, weight, example in rows
    )


def _kind(one: Seen, field: str | None) -> tuple[str, str]:
    mapped = kinds.from_mapping(field)
    if mapped is not None and one.values.filled:
        return mapped, "mapping"
    size = pl.col("value").str.len_chars()
    shortest, longest, characters, words, zeros = one.facts.select(
        size.min().alias("shortest"),
        size.max().alias("longest"),
        (size * pl.col("weight")).sum().alias("characters"),
        pl.col("weight").filter("words").sum().alias("words"),
        pl.col("weight").filter(shapes.leading_zero(pl.col("value"))).sum().alias("zeros"),
    ).row(0)
    types = {part.name: part.share for part in one.types}
    if types.get("integer", 0.0) >= 0.9 and one.share(zeros) > 0.005:
        types["code"] = types.pop("integer")
    return kinds.from_content(
        types, one.values.distinct, one.values.filled, one.share(characters), one.share(words), (shortest, longest)
    ), "content"


def _patterns(one: Seen) -> tuple[tuple[Portion, ...], int]:
    if one.facts.is_empty():
        return (), 0
    facts = one.facts
    count_ = facts["pattern"].n_unique()
    if count_ > MANY_PATTERNS:
        facts = facts.with_columns(pattern=shapes.collapsed(pl.col("pattern")))
        count_ = facts["pattern"].n_unique()
    return portions_by(facts, "pattern", one.values, PATTERNS), count_


def _top(one: Seen) -> tuple[Portion, ...]:
    """Return the most frequent values; a column in which no value repeats has none."""
    frequent = one.values.sample.filter(pl.col("rows") > 1).sort(-pl.col("rows").cast(pl.Int64), pl.col("value"))
    return tuple(
        Portion(value, rows, rows / one.values.filled)
        for value, rows in frequent.select("value", "rows").head(TOP).iter_rows()
    )


def _extremes(frame: pl.DataFrame, columns: Mapping[str, tuple[str, bool, bool]]) -> dict[str, Extremes]:
    """Return smallest and largest value and lengths of whole columns, in one query over all of them.

    Args:
        frame: The raw table.
        columns: Kind of each column to look at, whether its numbers need more than a plain cast, and whether it has
            blank cells.
    """
    if not columns:
        return {}
    asked: list[pl.Expr] = []
    for i, (name, (kind, local, blank)) in enumerate(columns.items()):
        column = pl.col(name)
        if blank:  # only then: filtering doubles the price
            column = column.filter(column.str.strip_chars() != "")
        size = column.str.len_chars()
        asked += [size.min().alias(f"{i}s"), size.mean().alias(f"{i}m"), size.max().alias(f"{i}l")]
        if kind == "number":
            number = numbers.parsed(column) if local else column.cast(pl.Float64, strict=False)
            # 1, 01 and 1.0 are one number: the first as text, so that the order of rows does not matter
            low, high = column.filter(number == number.min()).min(), column.filter(number == number.max()).min()
        else:
            low, high = column.min(), column.max()
        asked += [low.alias(f"{i}a"), high.alias(f"{i}z")]
    row = frame.lazy().select(asked).collect().row(0, named=True)
    out: dict[str, Extremes] = {}
    for i, name in enumerate(columns):
        lengths = Lengths(row[f"{i}s"], round(row[f"{i}m"], 2), row[f"{i}l"]) if row[f"{i}s"] is not None else None
        out[name] = (row[f"{i}a"], row[f"{i}z"], lengths)
    return out


def _local(one: Seen) -> bool:
    """Return whether numbers of the column have decimal commas or signs for thousands."""
    signs = one.facts.filter(pl.col("type").is_in(["decimal", "decimal_comma"]))["value"]
    return bool(signs.str.contains(",", literal=True).any())


def _from_sample(one: Seen, kind: str, judged: pl.DataFrame | None) -> Extremes:
    """Return the same for a column all of whose values are in the sample."""
    sample = one.values.sample
    if sample.is_empty():
        return None, None, None
    size = pl.col("value").str.len_chars()
    shortest, characters, longest = sample.select(
        size.min().alias("shortest"), (size * pl.col("weight")).sum().alias("characters"), size.max().alias("longest")
    ).row(0)
    lengths = Lengths(shortest, round(one.share(characters), 2), longest)
    if kind == "number":
        row = sample.select(
            low=pl.col("value").get(numbers.parsed(pl.col("value")).arg_min()),
            high=pl.col("value").get(numbers.parsed(pl.col("value")).arg_max()),
        ).row(0)
        return row[0], row[1], lengths
    values = sample["value"]
    if kind in ("date", "timestamp") and judged is not None:
        values = judged.filter(pl.col("verdict").is_in(["valid", "possible"]))["value"].drop_nulls()
    low, high = values.min(), values.max()
    return (str(low) if low is not None else None, str(high) if high is not None else None, lengths)
