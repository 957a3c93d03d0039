"""From standardised tables to what is compared: one :class:`Features` per entity.

Records stand in *content order*: sorted by how their names begin and by a hash of all compared values, equal ones by
key. So nothing that follows (sampling, ties, windows) can depend on the order of rows or on ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crmq.matching import fields, kernels, layout
from crmq.matching.comparison import ORGANISATION_FIELDS, PERSON_FIELDS, Comparison, Field, scheme_of, sketched_columns
from crmq.matching.extras import extra_columns
from crmq.matching.layout import Column, Layout
from crmq.matching.settings import MatchSettings
from crmq.model.tables import KEY, PERSON, Tables

CONTRADICTING = ("identifier", "suffix")
"""Fields whose difference keeps records apart, so that they are compared even where no two values are equal."""

BEGINNING = 4
"""Letters of a name by which records are laid side by side."""

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Features:
    """The records of one entity as the engine sees them, N of them in content order.

    Attributes:
        entity: ``person`` or ``organisation``.
        keys: (N rows) source, object, record_id, and what hard knowledge needs (record_key, master_key); none where
            these are some of the records of other features.
        row: (N,) place of each record among the records of all entities, which stand in the order of their keys.
        source: (N,) number of each record's source.
        sources: Names of the sources, in order of their numbers.
        columns: The columns of the layout.
        layout: The arrays for the kernels.
        comparisons: What is compared.
        scheme: The same for the kernels.
    """

    entity: str
    keys: pl.DataFrame
    row: NDArray[np.int64]
    source: NDArray[np.int32]
    sources: list[str]
    columns: list[Column]
    layout: Layout
    comparisons: list[Comparison]
    scheme: kernels.Scheme
    number: dict[str, int] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Number of records."""
        return len(self.row)

    def without_values(self) -> Features:
        """Return what is left when nothing will be compared any more: who the records are."""
        return replace(self, columns=[], layout=layout.build([], 0))

    def column(self, name: str) -> Column | None:
        """Return a column by name, or None where the data have no such values."""
        place = self.number.get(name)
        return None if place is None else self.columns[place]


def build(tables: Tables, entity: str, settings: MatchSettings) -> Features:
    """Return the features of one entity's records."""
    mine = (tables.records["entity"] == entity).fill_null(value=False)
    everyone = tables.records.select(fields.RECORD_COLUMNS)
    records = everyone if mine.all() else everyone.filter(mine) if mine.any() else everyone.clear()
    rows = records.select(KEY).with_row_index("row")
    compared = fields.person if entity == PERSON else fields.organisation
    columns = compared(records, rows, tables) if records.height else []
    declared: list[tuple[Field, bool]] = [
        (f, False) for f in (PERSON_FIELDS if entity == PERSON else ORGANISATION_FIELDS)
    ]
    if settings.use_extras and records.height:
        found = extra_columns(tables["extras"], rows, records, columns, settings.ignore)
        columns += [column for column, _field in found]
        declared += [(extra, True) for _column, extra in found]
    columns = [column for column in columns if column.filled]
    order = _content_order(columns, len(records))
    columns = layout.reorder(columns, order)
    ordered = records.select(*KEY, "record_key", "master_key")[order]
    sources = sorted(records["source"].unique().to_list())
    source = ordered["source"].replace_strict(sources, list(range(len(sources))), return_dtype=pl.Int32).to_numpy()
    number = {column.name: c for c, column in enumerate(columns)}
    comparisons = [
        Comparison(f, number[f.name], number.get(f.other, -1) if f.other else -1, extra)
        for f, extra in declared
        if f.name in number and _can_agree(columns[number[f.name]], f)
    ]
    return Features(
        entity=entity,
        keys=ordered,
        row=mine.arg_true().to_numpy()[order].astype(np.int64),
        source=np.ascontiguousarray(source, dtype=np.int32),
        sources=sources,
        columns=columns,
        layout=layout.build(columns, len(records), sketched_columns(comparisons)),
        comparisons=comparisons,
        scheme=scheme_of(comparisons),
        number=number,
    )


def _can_agree(column: Column, declared: Field) -> bool:
    """Whether the comparison can ever say anything: some value occurs twice, values may be similar or contradict."""
    filled = int(np.count_nonzero(column.codes)) + (0 if column.more is None else len(column.more[0]))
    if declared.name in CONTRADICTING:
        return filled > 1
    if declared.kind not in (kernels.EXACT, kernels.IDENTIFIER):
        return True
    return 0 < len(column.values) < filled and (len(column.values) > 1 or filled < len(column.codes))


def _content_order(columns: Sequence[Column], records: int) -> NDArray[np.int64]:
    """Return the order of records by the beginnings of names, then a hash of all values; equal contents go by key."""
    content = content_hash(columns, records)
    # the records came in the order of their keys, which a stable sort keeps among equal ones
    order = np.argsort(content, kind="stable")
    return order[np.argsort(_neighbourhood(columns, records)[order], kind="stable")]


def _neighbourhood(columns: Sequence[Column], records: int) -> NDArray[np.int64]:
    """Return a number per record, equal where names begin alike: records that will be compared stand close together.

    Nothing but speed depends on it: what lies close together in memory is read once.
    """
    named = {column.name: column for column in columns}
    number = np.zeros(records, dtype=np.int64)
    for names in (("surname", "org_name", "full_name"), ("given_name",)):
        part = np.zeros(records, dtype=np.int64)
        for name in names:
            if name in named:
                beginning, _distinct = layout.encode(named[name].values.str.slice(0, BEGINNING))
                own = np.concatenate([np.zeros(1, dtype=np.int32), beginning])[named[name].codes]
                part = np.where(part == 0, own, part)
        number = number * (int(part.max(initial=0)) + 1) + part
    return number


def content_hash(columns: Sequence[Column], records: int) -> NDArray[np.uint64]:
    """Return a hash of each record's values in the given columns."""
    content = np.zeros(records, dtype=np.uint64)
    for c, column in enumerate(columns):
        content = _mixed(content * _GOLDEN + column.codes.astype(np.uint64))
        if column.more is not None:
            rows, codes = column.more
            np.add.at(content, rows, _mixed(codes.astype(np.uint64) * _GOLDEN + np.uint64(c)))
    return content


def _mixed(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return well-mixed words (the finaliser of SplitMix64; Steele, Lea and Flood 2014)."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))
