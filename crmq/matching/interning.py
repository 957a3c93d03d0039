"""Numbers the distinct values of a column of text: one pass over its bytes instead of a sort and two joins."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crmq.compiled import kernel, part


def bytes_of(values: pl.Series) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int32]]:
    """Return the UTF-8 bytes of all values one after the other, with offsets and lengths (-1 for null)."""
    length = values.str.len_bytes().cast(pl.Int32).fill_null(-1).to_numpy()
    offset = np.zeros(len(length), dtype=np.int64)
    np.cumsum(np.maximum(length[:-1], 0), out=offset[1:])
    joined = values.str.join("").item() if len(values) else ""
    return np.frombuffer((joined or "").encode(), dtype=np.uint8), offset, np.ascontiguousarray(length)


def hex_digests(values: pl.Series) -> pl.Series:
    """Return 16 hex digits for each text: two of a million are alike with a chance of 3 in 100 million."""
    words = _digests(*bytes_of(values))
    quarter = pl.Series([f"{n:04x}" for n in range(1 << 16)])
    parts = [quarter.gather((words >> np.uint64(shift)) & np.uint64(0xFFFF)) for shift in (48, 32, 16, 0)]
    return pl.select(pl.concat_str(*(pl.lit(part) for part in parts)).alias("digest"))["digest"]


@part
def _mixed_bytes(pool: NDArray[np.uint8], start: int, stop: int) -> np.uint64:
    """Return FNV-1a (Fowler, Noll and Vo) of some bytes, mixed as SplitMix64 ends (Steele, Lea and Flood 2014)."""
    word = np.uint64(0xCBF29CE484222325)
    for p in range(start, stop):
        word = (word ^ np.uint64(pool[p])) * np.uint64(0x100000001B3)
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


@kernel
def _digests(pool: NDArray[np.uint8], offset: NDArray[np.int64], length: NDArray[np.int32]) -> NDArray[np.uint64]:
    words = np.empty(len(length), dtype=np.uint64)
    for i in range(len(length)):
        words[i] = _mixed_bytes(pool, offset[i], offset[i] + max(length[i], 0))
    return words


def intern(values: pl.Series) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.uint64]]:
    """Number the distinct values of a String series in the order in which they first occur.

    Returns:
        (N,) the number of each value, from 1; 0 for null and empty ones. (D,) where each distinct value stands first.
        (D,) a hash of each.
    """
    pool, offset, length = bytes_of(values)
    bits = max(int(2 * len(values)).bit_length(), 4)
    return _interned(pool, offset, length, bits)


def order_of(values: pl.Series, hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return distinct values in an order that depends on nothing but themselves: by hash, which sorts fast."""
    order = np.argsort(hashes, kind="stable")
    ranked = hashes[order]
    if (ranked[1:] == ranked[:-1]).any():  # two texts with one hash of 64 bits
        return values.arg_sort().to_numpy().astype(np.int64)
    return order.astype(np.int64)


@kernel
def _interned(
    pool: NDArray[np.uint8], offset: NDArray[np.int64], length: NDArray[np.int32], bits: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.uint64]]:
    """Number byte strings with an open hash table of 2**bits places."""
    size = len(length)
    mask = np.uint64((1 << bits) - 1)
    table = np.zeros(1 << bits, dtype=np.int32)
    codes = np.zeros(size, dtype=np.int32)
    first = np.empty(size, dtype=np.int32)
    hashes = np.empty(size, dtype=np.uint64)
    count = 0
    for i in range(size):
        many = length[i]
        if many <= 0:
            continue
        start = offset[i]
        word = _mixed_bytes(pool, start, start + many)
        place = word & mask
        while True:
            code = table[place]
            if code == 0:
                first[count] = i
                hashes[count] = word
                count += 1
                table[place] = count
                codes[i] = count
                break
            other = first[code - 1]
            if hashes[code - 1] == word and length[other] == many:
                same = True
                known = offset[other]
                for p in range(many):
                    if pool[start + p] != pool[known + p]:
                        same = False
                        break
                if same:
                    codes[i] = code
                    break
            place = (place + np.uint64(1)) & mask
    return codes, first[:count].copy(), hashes[:count].copy()


@kernel
def first_use(codes: NDArray[np.int32], size: int) -> NDArray[np.int32]:
    """Return a new number for each of the codes 1 to ``size``: in the order of their first use, unused ones last."""
    number = np.zeros(size + 1, dtype=np.int32)
    count = 0
    for i in range(len(codes)):
        if codes[i] != 0 and number[codes[i]] == 0:
            count += 1
            number[codes[i]] = count
    for code in range(1, size + 1):
        if number[code] == 0:
            count += 1
            number[code] = count
    return number
