"""Atoms of blocking keys: small parts of a record's values as 32-bit hashes, computed on distinct values.

An atom is 0 where the record has no such part. A blocking key is a few atoms that must all agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from crmq.compiled import kernel, part
from crmq.matching.growing import grown
from crmq.matching.layout import Layout

WHOLE = 0
FIRST_WORD = 1
LAST_WORD = 2
LONGEST_WORD = 3
LONGEST_WORD_4 = 4
PREFIX_1 = 5
PREFIX_3 = 6
PREFIX_4 = 7
SUFFIX_4 = 8
SUFFIX_6 = 9
SOUND = 10
LOCAL_PART = 11
YEAR = 12
MONTH_DAY = 13
YEAR_MONTH = 14
YEAR_DAY = 15
ALIAS = 16
DOMAIN = 17


@part
def _hash_bytes(pool: NDArray[np.uint8], start: int, stop: int, seed: np.uint64) -> np.uint64:
    """FNV-1a (Fowler, Noll, Vo) over a slice, continued from ``seed``; blanks do not count."""
    word = seed
    for p in range(start, stop):
        if pool[p] != 32:
            word = (word ^ np.uint64(pool[p])) * np.uint64(0x100000001B3)
    return word


@part
def _finish(word: np.uint64) -> np.uint32:
    """Return 32 well-mixed bits that are never 0."""
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    short = np.uint32((word ^ (word >> np.uint64(31))) & np.uint64(0xFFFFFFFF))
    return short if short != 0 else np.uint32(1)


_SEED = np.uint64(0xCBF29CE484222325)


@part
def _sound(pool: NDArray[np.uint8], start: int, stop: int) -> np.uint64:
    """Hash of up to four sounds of a word: consonants that languages of Europe spell alike, vowels only at the front.

    A simplification of Philips' Metaphone (1990): ph = f, ck = c = q = k, sch = sh = s = z, v = w = b, d = t, m = n,
    j = g, y = i, x = ks; h and doubled letters are silent.
    """
    word = _SEED
    sounds = 0
    last = 0
    p = start
    if stop - p >= 2:
        x, y = pool[p], pool[p + 1]
        # kn, gn, pn, wr: the first is silent
        if (y == 110 and (x == 107 or x == 103 or x == 112)) or (x == 119 and y == 114):
            p += 1
    while p < stop and sounds < 4:
        char: int = np.int64(pool[p])  # type: ignore[assignment]
        follow: int = np.int64(pool[p + 1]) if p + 1 < stop else 0  # type: ignore[assignment]
        step = 1
        if char == 112 and follow == 104:
            char, step = 102, 2
        elif char == 115 and follow == 99 and p + 2 < stop and pool[p + 2] == 104:
            step = 3
        elif char == 113 and follow == 117:
            char, step = 107, 2
        elif char == 99 or char == 113:
            char = 107
        elif char == 122:
            char = 115
        elif char == 118 or char == 119:
            char = 98
        elif char == 100:
            char = 116
        elif char == 109:
            char = 110
        elif char == 106:
            char = 103
        elif char == 121:
            char = 105
        elif char == 120:
            char = 107
        silent = char == 104
        vowel = char == 97 or char == 101 or char == 105 or char == 111 or char == 117
        if not silent and (not vowel or sounds == 0) and char != last:
            word = (word ^ np.uint64(char)) * np.uint64(0x100000001B3)
            sounds += 1
        if not silent:
            last = char
        p += step
    return word


@part
def _word_bounds(pool: NDArray[np.uint8], start: int, stop: int, which: int) -> tuple[int, int]:
    """Return the bounds of the first, last or longest word of a slice."""
    best_start, best_stop = start, start
    p = start
    while p < stop:
        end = p
        while end < stop and pool[end] != 32:
            end += 1
        longer = end - p > best_stop - best_start
        if best_stop == best_start or which == LAST_WORD or (which == LONGEST_WORD and longer):
            best_start, best_stop = p, end
        if which == FIRST_WORD:
            break
        p = end + 1
    return best_start, best_stop


@kernel
def value_atom(lay: Layout, v: int, part: int) -> np.uint32:
    """Return the atom of one value id; 0 where it has no such part."""
    start = lay.offset[v]
    stop = start + lay.length[v]
    if part >= YEAR and part <= YEAR_DAY:
        year, month, day = lay.number[v] // 10000, lay.number[v] // 100 % 100, lay.number[v] % 100
        if (part != MONTH_DAY and year == 0) or (part != YEAR and part != YEAR_DAY and month == 0):
            return np.uint32(0)
        if (part == MONTH_DAY or part == YEAR_DAY) and day == 0:
            return np.uint32(0)
        number = year if part == YEAR else month * 100 + day + 20000 if part == MONTH_DAY else 0
        if part == YEAR_MONTH:
            number = 40000 + year * 100 + month
        if part == YEAR_DAY:
            number = 4000000 + year * 100 + day
        return _finish(np.uint64(number))
    if part == ALIAS and lay.alias[v] != 0:
        return _finish(lay.alias[v] & np.uint64(0xFFFF))
    if part == FIRST_WORD or part == SOUND or part == ALIAS:
        start, stop = _word_bounds(lay.pool, start, stop, FIRST_WORD)
        if part == SOUND:
            return _finish(_sound(lay.pool, start, stop))
    elif part == LAST_WORD:
        start, stop = _word_bounds(lay.pool, start, stop, LAST_WORD)
    elif part == LONGEST_WORD or part == LONGEST_WORD_4:
        start, stop = _word_bounds(lay.pool, start, stop, LONGEST_WORD)
        if part == LONGEST_WORD_4:
            stop = min(stop, start + 4)
    elif part == PREFIX_1:
        stop = min(stop, start + 1)
    elif part == PREFIX_3:
        stop = min(stop, start + 3)
    elif part == PREFIX_4:
        stop = min(stop, start + 4)
    elif part == SUFFIX_4:
        start = max(start, stop - 4)
    elif part == SUFFIX_6:
        start = max(start, stop - 6)
    elif part == LOCAL_PART or part == DOMAIN:
        at = start
        while at < stop and lay.pool[at] != 64:
            at += 1
        if part == LOCAL_PART:
            stop = at
        else:
            start = min(at + 1, stop)
    if start >= stop:
        return np.uint32(0)
    return _finish(_hash_bytes(lay.pool, start, stop, _SEED))


@kernel
def value_atoms(lay: Layout, column: int, part: int, size: int) -> NDArray[np.uint32]:
    """Return the atom of each of the ``size`` values of a column, by code (0: missing)."""
    atoms = np.zeros(size + 1, dtype=np.uint32)
    for code in range(1, size + 1):
        atoms[code] = value_atom(lay, lay.start[column] + code, part)
    return atoms


@kernel
def _spelled(lay: Layout, column: int, size: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return per code a polynomial hash of the value's bytes without blanks, and the factor for what stands before."""
    hashes = np.zeros(size + 1, dtype=np.uint64)
    shifts = np.ones(size + 1, dtype=np.uint64)
    base = np.uint64(0x100000001B3)
    for code in range(1, size + 1):
        v = lay.start[column] + code
        word, shift = np.uint64(0), np.uint64(1)
        for p in range(lay.offset[v], lay.offset[v] + lay.length[v]):
            if lay.pool[p] != 32:
                word = word * base + np.uint64(lay.pool[p]) + np.uint64(1)
                shift *= base
        hashes[code] = word
        shifts[code] = shift
    return hashes, shifts


@kernel
def joined_atoms(lay: Layout, first: int, second: int, sizes: tuple[int, int], ordered: bool) -> NDArray[np.uint32]:
    """Return an atom of two columns together: their bytes in order, or as a set (whichever stands where)."""
    count = lay.codes.shape[0]
    atoms = np.zeros(count, dtype=np.uint32)
    x, _shifts = _spelled(lay, first, sizes[0])
    y, shifts = _spelled(lay, second, sizes[1])
    for i in range(count):
        a, b = lay.codes[i, first], lay.codes[i, second]
        if a == 0 or b == 0:
            continue
        if ordered:
            atoms[i] = _finish(x[a] * shifts[b] + y[b])
        else:
            atoms[i] = _finish(min(x[a], y[b]) * np.uint64(31) + max(x[a], y[b]))
    return atoms


@kernel
def combine(key: NDArray[np.uint64], atoms: NDArray[np.uint32]) -> None:
    """Mix another atom into the keys; a key is 0 once any of its atoms is."""
    for i in range(len(key)):
        if key[i] == 0 or atoms[i] == 0:
            key[i] = 0
            continue
        word = (key[i] ^ np.uint64(atoms[i])) * np.uint64(0x9E3779B97F4A7C15)
        word ^= word >> np.uint64(32)
        key[i] = word if word != 0 else np.uint64(1)


class Words(NamedTuple):
    """The words of the values of some columns, as numbers that go by the words' hashes."""

    columns: NDArray[np.int64]
    """(C,) the columns."""
    base: NDArray[np.int64]
    """(C,) place of each column's missing value in ``start``."""
    start: NDArray[np.int64]
    """Words of the value with code c of column k: from ``start[base[k] + c]`` to the next."""
    word: NDArray[np.int32]
    holding: NDArray[np.int32]
    """(W,) number of records that have each word."""


def words_of(lay: Layout, columns: Sequence[int], sizes: Sequence[int]) -> Words:
    """Return the words of the values of some columns.

    Args:
        lay: The records.
        columns: Columns whose words count.
        sizes: Number of values of each.
    """
    starts, hashes = [], []
    base = np.zeros(len(columns), dtype=np.int64)
    places = total = 0
    for k, (column, size) in enumerate(zip(columns, sizes, strict=True)):
        start, found = _value_words(lay, column, size)
        base[k] = places
        starts.append(start[:-1] + total)
        hashes.append(found)
        places += size + 1
        total += len(found)
    starts.append(np.array([total], dtype=np.int64))
    distinct, word = np.unique(np.concatenate(hashes), return_inverse=True)
    words = Words(
        np.array(columns, dtype=np.int64), base, np.concatenate(starts), word.astype(np.int32),
        np.zeros(len(distinct), dtype=np.int32),
    )  # fmt: skip
    _count_words(lay, words)
    return words


@kernel
def _value_words(lay: Layout, column: int, size: int) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """Return where the words of each code start, and the hashes of the words."""
    start = np.zeros(size + 2, dtype=np.int64)
    total = 0
    for code in range(1, size + 1):
        start[code] = total
        v = lay.start[column] + code
        inside = False
        for p in range(lay.offset[v], lay.offset[v] + lay.length[v]):
            letter = lay.pool[p] != 32
            if letter and not inside:
                total += 1
            inside = letter
    start[size + 1] = total
    found = np.empty(total, dtype=np.uint32)
    at = 0
    for code in range(1, size + 1):
        v = lay.start[column] + code
        p = lay.offset[v]
        stop = p + lay.length[v]
        while p < stop:
            end = p
            while end < stop and lay.pool[end] != 32:
                end += 1
            if end > p:
                found[at] = _finish(_hash_bytes(lay.pool, p, end, _SEED))
                at += 1
            p = end + 1
    return start, found


@part
def _record_words(lay: Layout, words: Words, i: int, found: NDArray[np.int32]) -> int:
    """Write the record's distinct words into ``found``; return how many, as many as fit."""
    size = 0
    for k in range(len(words.columns)):
        code = lay.codes[i, words.columns[k]]
        if code == 0:
            continue
        v = words.base[k] + code
        for p in range(words.start[v], words.start[v + 1]):
            word = words.word[p]
            known = False
            for w in range(size):
                if found[w] == word:
                    known = True
            if not known and size < len(found):
                found[size] = word
                size += 1
    return size


@kernel
def _count_words(lay: Layout, words: Words) -> None:
    """Count the records that have each word."""
    found = np.zeros(64, dtype=np.int32)
    for i in range(lay.codes.shape[0]):
        for w in range(_record_words(lay, words, i, found)):
            words.holding[found[w]] += 1


@kernel
def word_keys(lay: Layout, words: Words, rarest: int, rare: int) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
    """Return keys of words and the records that have them: pairs of each record's rarest words, or single rare words.

    Args:
        lay: The records.
        words: The words of the columns that count.
        rarest: How many of the rarest words of a record are paired; 0 gives single words instead.
        rare: Single words that stand in more records than this are left out.
    """
    most = max(rarest * (rarest - 1) // 2, 8)
    records = lay.codes.shape[0]
    keys = np.empty(records * 2 + most, dtype=np.uint64)
    owners = np.empty(records * 2 + most, dtype=np.int32)
    found = np.zeros(64, dtype=np.int32)
    total = 0
    for i in range(records):
        if total + most > len(keys):
            keys = grown(keys)
            owners = grown(owners)
        kept = 0
        for w in range(_record_words(lay, words, i, found)):
            holding = words.holding[found[w]]
            if holding > 1 and (rarest > 0 or holding <= rare):
                found[kept] = found[w]
                kept += 1
        if rarest == 0:
            for w in range(min(kept, most)):
                keys[total] = np.uint64(found[w] + 1) * np.uint64(0x9E3779B97F4A7C15)
                owners[total] = i
                total += 1
            continue
        # insertion sort by (how many hold it, number): total, and independent of the order of words
        for w in range(1, kept):
            word = found[w]
            rank = words.holding[word]
            q = w - 1
            while q >= 0 and (words.holding[found[q]] > rank or (words.holding[found[q]] == rank and found[q] > word)):
                found[q + 1] = found[q]
                q -= 1
            found[q + 1] = word
        kept = min(kept, rarest)
        for x in range(kept):
            for y in range(x + 1, kept):
                low, high = min(found[x], found[y]), max(found[x], found[y])
                pair = (np.uint64(low + 1) << np.uint64(32)) ^ np.uint64(high + 1)
                pair = (pair ^ (pair >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
                pair = (pair ^ (pair >> np.uint64(32))) * np.uint64(0x94D049BB133111EB)
                keys[total] = pair ^ (pair >> np.uint64(29))
                owners[total] = i
                total += 1
    return keys[:total].copy(), owners[:total].copy()
