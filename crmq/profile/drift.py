"""What has changed from one delivery to the next: columns, filling, values, forms, validity, and which records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import log, sqrt
from typing import Any

import polars as pl

from crmq.profile.counting import Values
from crmq.profile.model import Column, Table
from crmq.profile.numbers import parsed

FILL = 0.05
VALID = 0.05
"""Least change of the filled or valid share that is shown."""
DISTANCE = 0.1
"""Least distance of two distributions that is shown: so many of the rows have moved to another value."""
_FEW = 50
_BINS = 10
_ALIKE = 0.3
"""Least share of common headers for two tables to be two deliveries of one."""
_FLOOR = 1e-4
"""Share given to a value that is absent, so that the index stays finite."""
MOVES = 8


@dataclass(frozen=True)
class Move:
    """A value whose share of the filled rows has changed; None before or after: it was not there."""

    value: str
    before: float
    after: float


@dataclass(frozen=True)
class ColumnDrift:
    """How a column of two deliveries differs.

    Attributes:
        header: As in both files.
        kind, kind_after: What it holds.
        fill, fill_after: Filled share of the rows.
        distinct, distinct_after: Distinct values.
        valid, valid_after: Share of valid and possible values, for kinds that have verdicts.
        by: What the distance compares: ``values``, ``numbers`` (tenths of the first delivery) or ``forms``.
        distance: Total variation distance of the two distributions: the part of the rows that has moved.
        stability: Population stability index of the same (0.1: some change, 0.25: large), or None without values.
        new, gone: Distinct values in the second only, and in the first only.
        changed: Rows of records in both deliveries whose cell differs, where records can be told.
        moves: Values whose share changed most, of columns with few values.
        findings: Codes: ``kind``, ``filled``, ``valid``, ``distribution``, ``new_values``, ``gone_values``.
    """

    header: str
    kind: str
    kind_after: str
    fill: float
    fill_after: float
    distinct: int
    distinct_after: int
    valid: float | None
    valid_after: float | None
    by: str
    distance: float
    stability: float | None
    new: int
    gone: int
    changed: int | None
    moves: tuple[Move, ...]
    findings: tuple[str, ...]


@dataclass(frozen=True)
class Records:
    """Which records stand in both deliveries, told by a column that identifies them.

    Attributes:
        header: The column.
        kept, new, gone: Records in both, in the second only, in the first only.
        changed: Those in both of which any cell differs.
    """

    header: str
    kept: int
    new: int
    gone: int
    changed: int


@dataclass(frozen=True)
class TableDrift:
    """How a table of two deliveries differs."""

    file: str
    file_after: str
    sheet: str | None
    object: str
    rows: int
    rows_after: int
    added: tuple[str, ...]
    removed: tuple[str, ...]
    records: Records | None
    columns: tuple[ColumnDrift, ...]


@dataclass(frozen=True)
class Comparison:
    """Two deliveries side by side.

    Attributes:
        tables: Tables in both.
        only_before, only_after: Files of tables without a counterpart.
    """

    as_of: str
    tables: tuple[TableDrift, ...]
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]

    def plain(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return asdict(self)


@dataclass(frozen=True)
class Side:
    """One table of one delivery: its facts, its counted values, its rows."""

    table: Table
    counted: Mapping[str, Values]
    frame: pl.DataFrame


def compare(as_of: str, before: Sequence[Side], after: Sequence[Side]) -> Comparison:
    """Compare two deliveries, table by table; tables belong together by object and common headers."""
    left = list(after)
    tables, alone = [], []
    for one in before:
        ranked = sorted(((_likeness(one, other), -i) for i, other in enumerate(left)), reverse=True)
        if not ranked or ranked[0][0] < _ALIKE:
            alone.append(one.table.file)
            continue
        tables.append(_table(one, left.pop(-ranked[0][1])))
    return Comparison(as_of, tuple(tables), tuple(alone), tuple(one.table.file for one in left))


def _likeness(a: Side, b: Side) -> float:
    first, second = ({c.header for c in side.table.columns} for side in (a, b))
    common = len(first & second) / max(1, len(first | second))
    return common + 0.1 * (a.table.object == b.table.object) * (common > 0) + 0.01 * (a.table.sheet == b.table.sheet)


def _table(a: Side, b: Side) -> TableDrift:
    of = {c.header: c for c in b.table.columns}
    common = [c for c in a.table.columns if c.header in of]
    records, changed = _records(a, b, common, of)
    here = {c.header for c in common}
    return TableDrift(
        a.table.file, b.table.file, a.table.sheet, a.table.object, a.table.rows, b.table.rows,
        tuple(c.header for c in b.table.columns if c.header not in here),
        tuple(c.header for c in a.table.columns if c.header not in here),
        records,
        tuple(_column(a, b, c, of[c.header], changed.get(c.header)) for c in common),
    )  # fmt: skip


def _records(
    a: Side, b: Side, common: Sequence[Column], of: Mapping[str, Column]
) -> tuple[Records | None, dict[str, int]]:
    keys = [c for c in common if c.is_key and of[c.header].is_key]
    if not keys:
        return None, {}
    key = min(keys, key=lambda c: (c.field != "record_id", c.position)).header
    rest = [c.header for c in common if c.header != key]
    first, second = (
        side.frame.select(
            pl.col(key).str.strip_chars().alias("k"), *(pl.col(h).alias(f"{n}{i}") for i, h in enumerate(rest))
        )
        for n, side in (("a", a), ("b", b))
    )
    both = first.join(second, on="k", how="inner")
    differs = both.select((pl.col(f"a{i}").ne_missing(pl.col(f"b{i}"))).alias(h) for i, h in enumerate(rest))
    changed = {h: int(differs[h].sum()) for h in rest}
    rows = int(differs.select(pl.any_horizontal(pl.all())).to_series().sum()) if rest and differs.height else 0
    return Records(key, both.height, second.height - both.height, first.height - both.height, rows), changed


def _column(a: Side, b: Side, one: Column, other: Column, changed: int | None) -> ColumnDrift:
    before, after = a.counted[one.header], b.counted[one.header]
    common = before.counts.join(after.counts, on="hash", how="semi").height
    by, first, second = _shares(one, other, before, after)
    distance = sum(abs(first.get(v, 0.0) - second.get(v, 0.0)) for v in first.keys() | second.keys()) / 2
    sizes = min(before.filled, after.filled)
    # that far two samples of one distribution are apart by chance
    by_chance = sqrt(len(first.keys() | second.keys()) / sizes) if sizes else 1.0
    valid, valid_after = _valid(one), _valid(other)
    new, gone = after.distinct - common, before.distinct - common
    found = []
    if one.kind != other.kind and "empty" not in (one.kind, other.kind):
        found.append("kind")
    if abs(one.fill - other.fill) >= FILL:
        found.append("filled")
    if valid is not None and valid_after is not None and abs(valid - valid_after) >= VALID:
        found.append("valid")
    if distance >= max(DISTANCE, by_chance):
        found.append("distribution")
    moves: tuple[Move, ...] = ()
    if by == "values":
        found += ["new_values"] * bool(new) + ["gone_values"] * bool(gone)
        ranked = sorted(first.keys() | second.keys(), key=lambda v: (-abs(first.get(v, 0.0) - second.get(v, 0.0)), v))
        moves = tuple(
            Move(v, round(first.get(v, 0.0), 6), round(second.get(v, 0.0), 6))
            for v in ranked[:MOVES]
            if first.get(v) != second.get(v)
        )
    stability = _stability(first, second) if first and second else None
    return ColumnDrift(
        one.header, one.kind, other.kind, one.fill, other.fill, one.distinct, other.distinct, valid, valid_after, by,
        round(distance, 6), stability, new, gone, changed, moves, tuple(found),
    )  # fmt: skip


def _valid(column: Column) -> float | None:
    return column.verdict("valid") + column.verdict("possible") if column.verdicts else None


def _stability(first: Mapping[str, float], second: Mapping[str, float]) -> float:
    out = 0.0
    for value in sorted(first.keys() | second.keys()):
        p, q = max(first.get(value, 0.0), _FLOOR), max(second.get(value, 0.0), _FLOOR)
        out += (q - p) * log(q / p)
    return round(out, 6)


def _shares(
    one: Column, other: Column, before: Values, after: Values
) -> tuple[str, dict[str, float], dict[str, float]]:
    """Return what is compared, and its shares in both deliveries."""
    if not before.filled or not after.filled:
        return "values", {}, {}
    if max(before.distinct, after.distinct) <= _FEW and before.exact and after.exact:
        return "values", _of_values(before), _of_values(after)
    if one.kind == other.kind == "number":
        first, second = (_numbers(v) for v in (before, after))
        if first.height and second.height:
            edges = _edges(first)
            return "numbers", _binned(first, edges), _binned(second, edges)
    shares = ({p.name: p.share for p in c.patterns} for c in (one, other))
    first_forms, second_forms = ({**s, "*": max(0.0, 1.0 - sum(s.values()))} for s in shares)
    return "forms", first_forms, second_forms


def _of_values(values: Values) -> dict[str, float]:
    return {str(v): w / values.total for v, w in values.sample.select("value", "weight").iter_rows()}


def _numbers(values: Values) -> pl.DataFrame:
    return values.sample.select(parsed(pl.col("value")).alias("n"), "weight").drop_nulls().sort("n")


def _edges(numbers: pl.DataFrame) -> list[float]:
    reached = numbers.with_columns(share=pl.col("weight").cum_sum() / pl.col("weight").sum())
    cuts = [reached.filter(pl.col("share") >= i / _BINS)["n"].head(1) for i in range(1, _BINS)]
    return sorted({float(c[0]) for c in cuts if len(c)})


def _binned(numbers: pl.DataFrame, edges: list[float]) -> dict[str, float]:
    total = int(numbers["weight"].sum())
    which = pl.Series(edges, dtype=pl.Float64).search_sorted(numbers["n"], side="left")
    counted = numbers.with_columns(bin=which).group_by("bin").agg(pl.col("weight").sum())
    return {str(b): w / total for b, w in counted.iter_rows()}
