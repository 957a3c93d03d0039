"""Records as arrays: what the compiled kernels read.

Every compared column becomes integer codes (0 is missing; others number the distinct values), and
the distinct values of all columns stand in one table: bytes in a pool, length, character bag, a number where the
value has one, nickname groups, words. A value's place in that table is its *value id*: ``start[column] + code``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crmq.matching import similarity
from crmq.matching.interning import bytes_of, first_use, intern, order_of
from crmq.threads import side_by_side


class Layout(NamedTuple):
    """The arrays of one entity's records, N records in C columns with T distinct values."""

    codes: NDArray[np.int32]
    """(N, C and some), row-major and filled up to whole cache lines; the last column: 1 where a record has further
    values."""
    start: NDArray[np.int64]
    """(C,): value id of each column's missing value."""
    offset: NDArray[np.int64]
    length: NDArray[np.int32]
    pool: NDArray[np.uint8]
    bag: NDArray[np.uint64]
    """(T,): see :func:`crmq.matching.similarity.character_bags`."""
    number: NDArray[np.int32]
    """(T,): what the column's kind keeps as a number: a date as yyyymmdd, an age, a scheme and its check."""
    alias: NDArray[np.uint64]
    """(T,): nickname groups of a given name, four 16-bit numbers."""
    sketch: NDArray[np.uint64]
    """(N, S), row-major: what bounds the similarity of the values of S columns without a look at them. Bits 0 to 31:
    which characters occur, 32 to 37: length, 38 to 45: first byte, 46 to 53: hash of the next two, 54 to 63: nickname
    groups. 0 where the value is missing."""
    more_start: NDArray[np.int64]
    more_column: NDArray[np.int32]
    more_code: NDArray[np.int32]
    """Further values of columns with several values per record: record i has those from more_start[i]."""
    word_start: NDArray[np.int64]
    word_id: NDArray[np.int64]
    """Words of a value v of a worded column, as value ids: from word_start[v]."""
    word_weight: NDArray[np.float64]
    """(T,): log(1 + records / records with the word), for the ids of words."""


@dataclass(frozen=True)
class Column:
    """One compared column.

    Attributes:
        name: Its name, as in the model.
        codes: (N,) codes of each record's first value.
        values: Distinct values in code order; ``values[0]`` belongs to code 1.
        number: (V,) number per value, or None.
        alias: (V,) nickname groups, or None.
        more: Records and codes of further values, or None.
        worded: Whether the words of the values are compared.
        drop: Words that are left out where others remain (legal forms).
    """

    name: str
    codes: NDArray[np.int32]
    values: pl.Series
    number: NDArray[np.int32] | None = None
    alias: NDArray[np.uint64] | None = None
    more: tuple[NDArray[np.int64], NDArray[np.int32]] | None = None
    worded: bool = False
    drop: frozenset[str] = frozenset()

    @property
    def filled(self) -> bool:
        """Whether any record has a value."""
        return len(self.values) > 0

    def all_codes(self, row: int) -> list[int]:
        """Return the codes of all values of one record."""
        codes = [int(self.codes[row])] if self.codes[row] else []
        if self.more is not None:
            codes += self.more[1][self.more[0] == row].tolist()
        return codes


Form = Callable[[pl.Series], pl.Series]
"""Turns distinct values into their comparison forms, in their order (null: no value)."""


def encode(raw: pl.Series, form: Form | None = None) -> tuple[NDArray[np.int32], pl.Series]:
    """Number the distinct values of a String series, in an order that depends on nothing but them.

    Args:
        raw: One value per record, null for missing.
        form: Turns a value into its comparison form; runs on distinct values only.

    Returns:
        Codes (int32, 0 for missing) and the distinct values in code order.
    """
    codes, first, hashes = intern(raw)
    if len(first) == 0:
        return codes, pl.Series("value", [], dtype=pl.String)
    distinct = raw.gather(first).rename("value")
    values = distinct if form is None else form(distinct).rename("value")
    if form is not None and not (values == distinct).fill_null(value=False).all():
        numbers, kept, hashes = intern(values)
        codes = np.concatenate([np.zeros(1, dtype=np.int32), numbers])[codes]
        values = values.gather(kept)
    order = order_of(values, hashes)
    rank = np.zeros(len(order) + 1, dtype=np.int32)
    rank[order + 1] = np.arange(1, len(order) + 1, dtype=np.int32)
    return rank[codes], values.gather(order)


def _words(column: Column) -> pl.DataFrame:
    """Return the words of each value (``value``: index, ``word``), in order of appearance, each once."""
    listed = pl.DataFrame(
        {"value": np.arange(len(column.values), dtype=np.int64), "word": column.values.str.split(" ")}
    )
    words = listed.explode("word").filter(pl.col("word") != "").unique(["value", "word"], maintain_order=True)
    if column.drop:
        kept = words.filter(~pl.col("word").is_in(sorted(column.drop)))
        # a name that consists of legal forms only keeps them
        bare = words.join(kept, on="value", how="anti", maintain_order="left")
        words = pl.concat([kept, bare]).sort("value", maintain_order=True)
    return words


LINE = 64
"""Bytes of a cache line."""


def lined_up(rows: int, width: int, dtype: type[np.generic]) -> NDArray[Any]:
    """Return a matrix of zeros whose rows fill whole cache lines and start where one starts."""
    size = np.dtype(dtype).itemsize
    wide = -(-width * size // LINE) * LINE // size
    held = np.zeros(rows * wide * size + LINE, dtype=np.uint8)
    start = -held.ctypes.data % LINE
    result: NDArray[Any] = held[start : start + rows * wide * size].view(dtype).reshape(rows, wide)
    return result


def taken(matrix: NDArray[Any], rows: NDArray[np.int64]) -> NDArray[Any]:
    """Return some rows of a matrix, lined up as it is."""
    result = lined_up(len(rows), matrix.shape[1], matrix.dtype.type)
    np.take(matrix, rows, axis=0, out=result, mode="clip")  # checking the rows would copy the matrix once more
    return result


def build(columns: Sequence[Column], records: int, sketched: Sequence[int] = ()) -> Layout:
    """Lay the columns of ``records`` records out for the kernels, those in ``sketched`` with sketches."""
    codes = lined_up(records, len(columns) + 1, np.int32)
    start = np.zeros(max(len(columns), 1), dtype=np.int64)
    strings: list[pl.Series] = []
    numbers: list[NDArray[np.int32]] = []
    aliases: list[NDArray[np.uint64]] = []
    blank = pl.Series("value", [""], dtype=pl.String)
    total = 0
    side_by_side(partial(_fill, codes, columns), range(len(columns)))
    for c, column in enumerate(columns):
        start[c] = total
        size = len(column.values)
        strings += [blank, column.values]
        number = np.zeros(size + 1, dtype=np.int32)
        if column.number is not None:
            number[1:] = column.number
        alias = np.zeros(size + 1, dtype=np.uint64)
        if column.alias is not None:
            alias[1:] = column.alias
        numbers.append(number)
        aliases.append(alias)
        total += size + 1
    words, weights, vocabulary = _word_table(columns, codes, start, total)
    strings.append(vocabulary)
    pool, offset, length = bytes_of(pl.concat(strings))
    numbers.append(np.zeros(len(vocabulary), dtype=np.int32))
    aliases.append(np.zeros(len(vocabulary), dtype=np.uint64))
    values = len(offset)
    bag = np.zeros(values, dtype=np.uint64)
    similarity.character_bags(pool, offset, length, bag)
    word_start, word_id = _starts(words, values)
    more_start, more_column, more_code = further(columns, records)
    codes[:, -1] = np.diff(more_start) > 0
    word_weight = np.zeros(values, dtype=np.float64)
    word_weight[total:] = weights
    alias = np.concatenate(aliases)
    sketch = lined_up(records, max(len(sketched), 1), np.uint64)

    def sketch_column(place: int) -> None:
        c = sketched[place]
        stop = start[c] + 1 + len(columns[c].values)
        own = similarity.sketches(pool, offset[start[c] : stop], length[start[c] : stop], alias[start[c] : stop])
        similarity.spread_sketches(own, columns[c].codes, sketch, place)

    side_by_side(sketch_column, range(len(sketched)))
    return Layout(
        codes=codes,
        start=start,
        offset=offset,
        length=length,
        pool=pool,
        bag=bag,
        number=np.concatenate(numbers),
        alias=alias,
        sketch=sketch,
        more_start=more_start,
        more_column=more_column,
        more_code=more_code,
        word_start=word_start,
        word_id=word_id,
        word_weight=word_weight,
    )


def _fill(codes: NDArray[np.int32], columns: Sequence[Column], c: int) -> None:
    codes[:, c] = columns[c].codes


def _word_table(
    columns: Sequence[Column], codes: NDArray[np.int32], start: NDArray[np.int64], total: int
) -> tuple[tuple[NDArray[np.int64], NDArray[np.int64]], NDArray[np.float64], pl.Series]:
    """Return (value ids, word ids) of all worded columns, the words' weights, and the vocabulary."""
    value_ids: list[NDArray[np.int64]] = []
    word_ids: list[NDArray[np.int64]] = []
    weights: list[NDArray[np.float64]] = []
    vocabulary: list[pl.Series] = [pl.Series("value", [], dtype=pl.String)]
    first = total
    for c, column in enumerate(columns):
        if not column.worded or not column.filled:
            continue
        words = _words(column)
        number, distinct = encode(words["word"])
        value = words["value"].to_numpy()
        uses = np.bincount(codes[:, c], minlength=len(column.values) + 1)[1:]
        holding = np.bincount(number - 1, weights=uses[value].astype(np.float64), minlength=len(distinct))
        weights.append(np.log1p(max(int(uses.sum()), 1) / np.maximum(holding, 1.0)))
        value_ids.append(start[c] + 1 + value)
        word_ids.append(first + number.astype(np.int64) - 1)
        vocabulary.append(distinct)
        first += len(distinct)
    empty = np.zeros(0, dtype=np.int64)
    table = (np.concatenate([empty, *value_ids]), np.concatenate([empty, *word_ids]))
    return table, np.concatenate([np.zeros(0), *weights]), pl.concat(vocabulary)


def _starts(
    words: tuple[NDArray[np.int64], NDArray[np.int64]], values: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    owner, ids = words
    starts = np.zeros(values + 1, dtype=np.int64)
    np.cumsum(np.bincount(owner, minlength=values), out=starts[1:])
    return starts, ids


def further(columns: Sequence[Column], records: int) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """Return the further values of all columns record by record: starts, columns, codes."""
    parts = [(c, *column.more) for c, column in enumerate(columns) if column.more is not None]
    rows = np.concatenate([np.zeros(0, dtype=np.int64), *(p[1] for p in parts)])
    number = np.concatenate([np.zeros(0, dtype=np.int32), *(np.full(len(p[1]), p[0], dtype=np.int32) for p in parts)])
    code = np.concatenate([np.zeros(0, dtype=np.int32), *(p[2] for p in parts)])
    order = np.lexsort((code, number, rows))
    starts = np.zeros(records + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=records), out=starts[1:])
    return starts, np.ascontiguousarray(number[order]), np.ascontiguousarray(code[order])


def reorder(columns: Sequence[Column], order: NDArray[np.int64]) -> list[Column]:
    """Return the columns with their records in the given order (``order[new] = old``).

    The values are numbered anew, in the order in which the records first have them: what is looked up for records that
    stand side by side then lies side by side, too.
    """
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return [_reordered(column, order, place) for column in columns]


def _reordered(column: Column, order: NDArray[np.int64], place: NDArray[np.int64]) -> Column:
    codes = column.codes[order]
    number = first_use(codes, len(column.values))
    old = np.empty(len(column.values), dtype=np.int64)
    old[number[1:] - 1] = np.arange(len(old))
    return replace(
        column,
        codes=number[codes],
        values=column.values.gather(old),
        number=None if column.number is None else column.number[old],
        alias=None if column.alias is None else column.alias[old],
        more=None if column.more is None else (place[column.more[0]], number[column.more[1]]),
    )
