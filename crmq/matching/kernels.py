"""Compiled comparison of record pairs: levels of agreement per field, and the weight they add up to.

One function, :func:`pair_weight`, serves every use: the fit of the model, the search for candidates (where it stops
as soon as the best that a pair could still reach lies below the floor), the final score and the explanation. So there
is one number everywhere.

The levels per kind of comparison are named in :mod:`crmq.matching.comparison`; 0 is "missing on one side".
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from crmq.compiled import kernel, leaf, part
from crmq.matching.layout import Layout
from crmq.matching.similarity import (
    bit_count,
    jaro_winkler,
    jaro_winkler_bound,
    same_alias,
    same_bytes,
    within_one_edit,
    within_two_edits,
    words_contained,
)

# kinds of comparison: numbers, because compiled code compares them
EXACT = 0
GIVEN = 1
SURNAME = 2
MIDDLE = 3
DATE = 4
EMAIL = 5
PHONE = 6
IDENTIFIER = 7
STREET = 8
POSTCODE = 9
CITY = 10
TEXT = 11
AGE = 12
ORGANISATION = 13
WORDS = 14
FULL_NAME = 15

FIRST_BYTE = np.uint64(0xFF << 38)
FIRST_THREE = np.uint64(0xFFFF << 38)
"""The bits of a sketch that hold the first byte, and the first three."""
OPEN = 255
"""Level not decided yet: the values differ, how much is to be seen."""
HOUSEHOLD = 0
AREA = 1
"""Numbers of the rival classes."""

NEVER = -1e30
"""Floor that no weight lies below: :func:`pair_weight` then decides every level."""
DIFFERENT = 0b10
"""Two values that, by their sketches, can only be at the level of disagreement."""

CLIP = 12.0
"""No single field adds or takes more than 12 bits (1 : 4096), however rare its value."""


SEEN = np.uint64(0xFFFFFFFF)
"""The half of a character bag that tells which characters occur, however often."""


class Scheme(NamedTuple):
    """The comparisons of one entity, K of them, as arrays."""

    kind: NDArray[np.int64]
    column: NDArray[np.int64]
    other: NDArray[np.int64]
    """(K,): second column a comparison looks at, or -1: given names need surnames to see a swap, full names are only
    compared where one side has nothing else."""
    top: NDArray[np.int64]
    """(K,): the level of equal values."""
    sketch: NDArray[np.int64]
    """(K,): place of the column's sketches in the layout, or -1."""
    other_sketch: NDArray[np.int64]
    """(K,): the same for the second column."""


class Weights(NamedTuple):
    """What a fitted model says in bits, K comparisons with L levels at most."""

    match: NDArray[np.float64]
    """(K, L): log2 m/u of the match class."""
    rival: NDArray[np.float64]
    """(R, K, L): log2 of share over u in each rival class; zero for fields the class does not share."""
    shared: NDArray[np.uint8]
    """(R, K): 1 where the rival class shares the field."""
    ceiling: NDArray[np.float64]
    """(K, 2^L): largest match weight of a set of levels, by the bits of the set."""
    rarity: NDArray[np.float64]
    """(T,): bits that equality on this very value adds to the weight of the top level."""
    prior: NDArray[np.float64]
    """(R + 2,): log2 of the prior of match, the rivals, strangers."""


@part
def _similarity(lay: Layout, a: int, b: int) -> float:
    return jaro_winkler(lay.pool, lay.offset[a], lay.length[a], lay.offset[b], lay.length[b])


@part
def _likeness_from(lay: Layout, a: int, b: int, least: float) -> float:
    """Return the similarity of two values, or 0 where it certainly lies below ``least``."""
    return _similarity(lay, a, b) if _bound(lay, a, b) >= least else 0.0


@part
def _bound(lay: Layout, a: int, b: int) -> float:
    return jaro_winkler_bound(lay.bag[a], lay.length[a], lay.bag[b], lay.length[b])


@part
def _one_edit(lay: Layout, a: int, b: int) -> bool:
    # one edit takes one character out and puts one in at most
    if bit_count(lay.bag[a] ^ lay.bag[b]) > 2:
        return False
    return within_one_edit(lay.pool, lay.offset[a], lay.length[a], lay.offset[b], lay.length[b])


@part
def _two_edits(lay: Layout, a: int, b: int) -> bool:
    if bit_count(lay.bag[a] ^ lay.bag[b]) > 4:
        return False
    return within_two_edits(lay.pool, lay.offset[a], lay.length[a], lay.offset[b], lay.length[b])


@part
def _prefix(lay: Layout, a: int, b: int, least: int) -> bool:
    """Whether the shorter value, at least ``least`` bytes long, begins the longer one."""
    size = min(lay.length[a], lay.length[b])
    return size >= least and same_bytes(lay.pool, lay.offset[a], lay.offset[b], size)


@part
def _contained(lay: Layout, a: int, b: int) -> bool:
    shorter, longer = (a, b) if lay.length[a] <= lay.length[b] else (b, a)
    if lay.bag[shorter] & ~lay.bag[longer] & SEEN:
        return False
    return words_contained(lay.pool, lay.offset[a], lay.length[a], lay.offset[b], lay.length[b])


@part
def _join(lay: Layout, a: int, b: int, scratch: NDArray[np.uint8], place: int) -> int:
    """Write the two values without blanks one after the other into ``scratch``; return the length, 62 at most."""
    size = 0
    for v in (a, b):
        for p in range(lay.length[v]):
            char = lay.pool[lay.offset[v] + p]
            if char != 32 and size < 62:
                scratch[place + size] = char
                size += 1
    return size


@part
def _swapped(
    lay: Layout, given_a: int, surname_a: int, given_b: int, surname_b: int, straight: float, scratch: NDArray[np.uint8]
) -> bool:
    """Whether given name and surname stand exchanged, or the two names are cut at another place.

    Args:
        lay: The records.
        given_a: Value id of the first record's given name; likewise the next three.
        surname_a: Surname of the first.
        given_b: Given name of the second.
        surname_b: Surname of the second.
        straight: Similarity of given with given plus surname with surname.
        scratch: At least 128 bytes.
    """
    if _bound(lay, given_a, surname_b) >= 0.9 and _bound(lay, given_b, surname_a) >= 0.9:
        cross_a = _similarity(lay, given_a, surname_b)
        if cross_a >= 0.9:
            cross_b = _similarity(lay, given_b, surname_a)
            if cross_b >= 0.9 and straight < cross_a + cross_b - 0.1:
                return True
    size_a = lay.length[given_a] + lay.length[surname_a]
    size_b = lay.length[given_b] + lay.length[surname_b]
    # a similarity of .95 needs lengths within a quarter of each other
    if 4 * min(size_a, size_b) < 3 * max(size_a, size_b):
        return False
    if lay.pool[lay.offset[given_a]] != lay.pool[lay.offset[given_b]]:
        return False
    joined_a = (lay.bag[given_a] | lay.bag[surname_a]) & SEEN
    joined_b = (lay.bag[given_b] | lay.bag[surname_b]) & SEEN
    if jaro_winkler_bound(joined_a, size_a, joined_b, size_b) < 0.95:
        return False
    size_a = _join(lay, given_a, surname_a, scratch, 0)
    size_b = _join(lay, given_b, surname_b, scratch, 64)
    return jaro_winkler(scratch, 0, size_a, 64, size_b) >= 0.95


@part
def _given_level(lay: Layout, a: int, b: int, likeness: float) -> int:
    if _contained(lay, a, b):
        return 6
    if likeness >= 0.92 or _one_edit(lay, a, b):
        return 5
    if same_alias(lay.alias[a], lay.alias[b]):
        return 4
    if _prefix(lay, a, b, 1):
        return 3
    if likeness >= 0.78:
        return 2
    return 1


@part
def _surname_level(lay: Layout, a: int, b: int, likeness: float) -> int:
    if _contained(lay, a, b):
        return 5
    if likeness >= 0.95 or _one_edit(lay, a, b):
        return 4
    if likeness >= 0.9 or _prefix(lay, a, b, 4):
        return 3
    if likeness >= 0.8:
        return 2
    return 1


@part
def name_levels(
    lay: Layout, given_a: int, surname_a: int, given_b: int, surname_b: int, has: int, scratch: NDArray[np.uint8]
) -> tuple[int, int]:
    """Return the levels of given name and surname of two records.

    Args:
        lay: The records.
        given_a: Value id of the first record's given name; likewise the next three.
        surname_a: Surname of the first.
        given_b: Given name of the second.
        surname_b: Surname of the second.
        scratch: At least 128 bytes.
        has: Bit 1: both have a given name, bit 2: both have a surname.
    """
    given_level = 0
    surname_level = 0
    given_likeness = 0.0
    surname_likeness = 0.0
    if has & 1:
        if given_a == given_b:
            given_level = 7
            given_likeness = 1.0
        else:
            given_likeness = _likeness_from(lay, given_a, given_b, 0.78)
            given_level = _given_level(lay, given_a, given_b, given_likeness)
    if has & 2:
        if surname_a == surname_b:
            surname_level = 6
            surname_likeness = 1.0
        else:
            surname_likeness = _likeness_from(lay, surname_a, surname_b, 0.8)
            surname_level = _surname_level(lay, surname_a, surname_b, surname_likeness)
    if has == 3 and given_likeness < 0.9 and surname_likeness < 0.9:
        straight = given_likeness + surname_likeness
        if _swapped(lay, given_a, surname_a, given_b, surname_b, straight, scratch):
            return 8, 7
    return given_level, surname_level


@part
def _date_level(lay: Layout, a: int, b: int) -> int:
    x = lay.number[a]
    y = lay.number[b]
    year_x, month_x, day_x = x // 10000, x // 100 % 100, x % 100
    year_y, month_y, day_y = y // 10000, y // 100 % 100, y % 100
    whole_x = year_x > 0 and month_x > 0 and day_x > 0
    whole_y = year_y > 0 and month_y > 0 and day_y > 0
    if x == y:
        return 6 if whole_x else 4 if month_x > 0 else 3
    if not (whole_x and whole_y):
        if year_x > 0 and year_y > 0:
            if year_x != year_y:
                return 2 if abs(year_x - year_y) <= 1 else 1
            return 3 if month_x == 0 or month_y == 0 or month_x == month_y else 2
        return 4 if month_x == month_y and day_x == day_y else 1
    if (year_x == year_y and month_x == day_y and day_x == month_y) or _one_edit(lay, a, b):
        return 5
    equal = int(year_x == year_y) + int(month_x == month_y) + int(day_x == day_y)
    if equal >= 2 or _two_edits(lay, a, b):
        return 4
    if year_x == year_y and ((month_x == 1 and day_x == 1) or (month_y == 1 and day_y == 1)):
        return 3
    if abs(year_x - year_y) <= 1:
        return 2
    return 1


@part
def _digits_differ(lay: Layout, a: int, b: int) -> bool:
    """Whether a digit stands where two values differ first: it tells one mailbox from the next, a slip rarely does."""
    size = min(lay.length[a], lay.length[b])
    p = 0
    while p < size and lay.pool[lay.offset[a] + p] == lay.pool[lay.offset[b] + p]:
        p += 1
    for v in (a, b):
        if p < lay.length[v] and 48 <= lay.pool[lay.offset[v] + p] <= 57:
            return True
    return False


@part
def _email_level(lay: Layout, a: int, b: int) -> int:
    if a == b:
        return 4
    if _one_edit(lay, a, b) and not _digits_differ(lay, a, b):
        return 3
    p, q = lay.offset[a], lay.offset[b]
    size = min(lay.length[a], lay.length[b])
    for k in range(size):
        if lay.pool[p + k] != lay.pool[q + k]:
            return 1
        if lay.pool[p + k] == 64:
            return 2 if k > 0 else 1
    return 1


@part
def _identifier_level(lay: Layout, a: int, b: int) -> int:
    """Level of two identifiers; ``number`` is twice the scheme (0: unknown) plus 1 for a confirmed check digit."""
    if a == b:
        return 5
    scheme_a, scheme_b = lay.number[a] // 2, lay.number[b] // 2
    if scheme_a != scheme_b and scheme_a > 0 and scheme_b > 0:
        return 0
    if lay.number[a] & 1 and lay.number[b] & 1:
        return 1
    if _one_edit(lay, a, b):
        return 4
    if _two_edits(lay, a, b):
        return 3
    return 2


@part
def word_similarity(lay: Layout, a: int, b: int) -> float:
    """Return the soft cosine of the words of two values, each word weighing by its rarity.

    A word matches an equal one fully, a similar one by its Jaro-Winkler similarity (Cohen, Ravikumar and Fienberg
    2003, "A Comparison of String Distance Metrics for Name-Matching Tasks": SoftTFIDF), an initial by 0.6; numbers
    match only when equal. 40 words at most take part.
    """
    a0, b0 = lay.word_start[a], lay.word_start[b]
    a1, b1 = min(lay.word_start[a + 1], a0 + 40), min(lay.word_start[b + 1], b0 + 40)
    if a1 == a0 or b1 == b0:
        return -1.0
    one = np.uint64(1)
    total_a = 0.0
    total_b = 0.0
    for x in range(a0, a1):
        total_a += lay.word_weight[lay.word_id[x]]
    for y in range(b0, b1):
        total_b += lay.word_weight[lay.word_id[y]]
    used = np.uint64(0)
    done = np.uint64(0)
    shared_a = 0.0
    shared_b = 0.0
    for x in range(a0, a1):
        for y in range(b0, b1):
            if lay.word_id[x] == lay.word_id[y] and not used & (one << np.uint64(y - b0)):
                used |= one << np.uint64(y - b0)
                done |= one << np.uint64(x - a0)
                shared_a += lay.word_weight[lay.word_id[x]]
                shared_b += lay.word_weight[lay.word_id[y]]
                break
    for x in range(a0, a1):
        if done & (one << np.uint64(x - a0)):
            continue
        best = 0.0
        partner = -1
        for y in range(b0, b1):
            if used & (one << np.uint64(y - b0)):
                continue
            likeness = _word_likeness(lay, lay.word_id[x], lay.word_id[y])
            if likeness > best:
                best = likeness
                partner = y
        if partner >= 0 and best >= 0.6:
            used |= one << np.uint64(partner - b0)
            shared_a += lay.word_weight[lay.word_id[x]] * best
            shared_b += lay.word_weight[lay.word_id[partner]] * best
    return float(np.sqrt(shared_a / total_a * shared_b / total_b))


@part
def _word_likeness(lay: Layout, a: int, b: int) -> float:
    first_a, first_b = lay.pool[lay.offset[a]], lay.pool[lay.offset[b]]
    len_a, len_b = lay.length[a], lay.length[b]
    if len_a == 1 or len_b == 1:
        return 0.6 if first_a == first_b and first_a > 57 else 0.0
    if first_a <= 57 and first_b <= 57:
        return 0.0
    if _bound(lay, a, b) < 0.85:
        return 0.0
    likeness = _similarity(lay, a, b)
    if likeness < 0.85:
        return 0.0
    close = _one_edit(lay, a, b) if min(len_a, len_b) < 6 else _two_edits(lay, a, b)
    if close:
        return likeness
    return likeness - 0.1 if likeness >= 0.9 else 0.0


@part
def _organisation_level(lay: Layout, a: int, b: int) -> int:
    likeness = 1.0 if a == b else word_similarity(lay, a, b)
    if likeness >= 0.9999:
        return 6
    if likeness >= 0.92:
        return 5
    if likeness >= 0.82:
        return 4
    if likeness >= 0.7:
        return 3
    if likeness >= 0.55:
        return 2
    return 1


@part
def _value_level(lay: Layout, kind: int, a: int, b: int) -> int:
    """Level of two present values of one column (names of persons have :func:`name_levels`)."""
    if kind == EXACT:
        return 2 if a == b else 1
    if kind == DATE:
        return _date_level(lay, a, b)
    if kind == EMAIL:
        return _email_level(lay, a, b)
    if kind == PHONE:
        return 3 if a == b else 2 if _one_edit(lay, a, b) else 1
    if kind == IDENTIFIER:
        return _identifier_level(lay, a, b)
    if kind == STREET or kind == CITY or kind == TEXT:
        if a == b:
            return 3
        least = 0.85 if kind == STREET else 0.88
        return 2 if _bound(lay, a, b) >= least and _similarity(lay, a, b) >= least else 1
    if kind == POSTCODE:
        if a == b:
            return 3
        size = min(lay.length[a], lay.length[b])
        return 2 if size >= 3 and same_bytes(lay.pool, lay.offset[a], lay.offset[b], 3) else 1
    if kind == AGE:
        gap = abs(lay.number[a] - lay.number[b])
        return 3 if gap == 0 else 2 if gap <= 2 else 1
    if kind == ORGANISATION or kind == FULL_NAME:
        return _organisation_level(lay, a, b)
    if kind == WORDS:
        if a == b:
            return 4
        likeness = word_similarity(lay, a, b)
        return 3 if likeness >= 0.7 else 2 if likeness >= 0.35 else 1
    if a == b:
        return 4
    likeness = _likeness_from(lay, a, b, 0.7)
    if likeness >= 0.9:
        return 3
    return 2 if likeness >= 0.7 or _prefix(lay, a, b, 1) else 1


@part
def _best_of_several(
    lay: Layout, kind: int, column: int, top: int, i: int, j: int, rarity: NDArray[np.float64]
) -> tuple[int, int]:
    """Return the best level over all values of both records, and the value of the rarest equality (or -1)."""
    best = 0
    value = -1
    start = lay.start[column]
    for p in range(lay.more_start[i] - 1, lay.more_start[i + 1]):
        if p < lay.more_start[i]:
            a = lay.codes[i, column]
        elif lay.more_column[p] == column:
            a = lay.more_code[p]
        else:
            continue
        if a == 0:
            continue
        for q in range(lay.more_start[j] - 1, lay.more_start[j + 1]):
            if q < lay.more_start[j]:
                b = lay.codes[j, column]
            elif lay.more_column[q] == column:
                b = lay.more_code[q]
            else:
                continue
            if b == 0:
                continue
            level = _value_level(lay, kind, start + a, start + b)
            if level > best:
                best = level
            if level == top and (value < 0 or rarity[start + a] > rarity[value]):
                value = start + a
    return best, value


@part
def _has_more(lay: Layout, i: int, j: int) -> bool:
    # said in the records' own rows: looking it up in ``more_start`` would read two more lines of memory
    last = lay.codes.shape[1] - 1
    return lay.codes[i, last] + lay.codes[j, last] > 0


@leaf
def _may_reach(a: np.uint64, b: np.uint64, likeness: float) -> np.bool_:
    """Whether the Jaro-Winkler similarity of two sketched values may reach ``likeness``.

    At most ``most`` characters match, so Jaro's measure is at most (most / la + most / lb + 1) / 3; a common first
    byte may raise it by 0.4 of what is missing. Solved for ``most``, this needs no division.
    """
    len_a = np.int64(a >> np.uint64(32)) & 63
    len_b = np.int64(b >> np.uint64(32)) & 63
    most = min(len_a - bit_count(a & ~b & SEEN), len_b - bit_count(b & ~a & SEEN))
    jaro = likeness if (a ^ b) & FIRST_BYTE else (likeness - 0.4) / 0.6
    # a hair below, so that rounding never rules out what can be reached
    return most * (len_a + len_b) >= (3.0 * jaro - 1.0) * len_a * len_b - 1e-6


@part
def _possible_levels(kind: int, a: np.uint64, b: np.uint64) -> int:
    """Return the levels that two different values can reach, as bits, judged by their sketches alone."""
    same_first = (a ^ b) & FIRST_BYTE == 0
    apart = bit_count((a ^ b) & SEEN)
    if kind == PHONE:
        return 0b110 if apart <= 2 else 0b10
    if kind == EMAIL:
        return 0b10 | (0b100 if same_first else 0) | (0b1000 if apart <= 2 else 0)
    if kind == POSTCODE:
        return 0b110 if (a ^ b) & FIRST_THREE == 0 else 0b10
    if kind == STREET:
        return 0b110 if _may_reach(a, b, 0.85) else 0b10
    if kind == CITY or kind == TEXT:
        return 0b110 if _may_reach(a, b, 0.88) else 0b10
    possible = 0b10
    if kind == MIDDLE:
        if same_first or _may_reach(a, b, 0.7):
            possible |= 0b100
            if _may_reach(a, b, 0.9):
                possible |= 0b1000
        return possible
    contained = a & ~b & SEEN == 0 or b & ~a & SEEN == 0
    if kind == GIVEN:
        if _may_reach(a, b, 0.78):
            possible |= 0b100
            if _may_reach(a, b, 0.92):
                possible |= 0b100000
        if same_first:
            possible |= 0b1000
        if (a & b) >> np.uint64(54):
            possible |= 0b10000
        if apart <= 2:
            possible |= 0b100000
        if contained:
            possible |= 0b1000000
        return possible
    if _may_reach(a, b, 0.8):
        possible |= 0b100
        if _may_reach(a, b, 0.9):
            possible |= 0b1000
            if _may_reach(a, b, 0.95):
                possible |= 0b10000
    if same_first:
        possible |= 0b1000
    if apart <= 2:
        possible |= 0b10000
    if contained:
        possible |= 0b100000
    return possible


@part
def _may_be_swapped(
    given_a: np.uint64, surname_a: np.uint64, given_b: np.uint64, surname_b: np.uint64
) -> bool | np.bool_:
    """Whether the sketches allow that names are exchanged, or cut at another place."""
    if _may_reach(given_a, surname_b, 0.9) and _may_reach(given_b, surname_a, 0.9):
        return True
    if (given_a ^ given_b) & FIRST_BYTE:
        return False
    length = np.uint64(63) << np.uint64(32)
    size_a = min((given_a & length) + (surname_a & length), length)
    size_b = min((given_b & length) + (surname_b & length), length)
    joined_a, joined_b = (given_a | surname_a) & SEEN, (given_b | surname_b) & SEEN
    return _may_reach(joined_a | size_a, joined_b | size_b, 0.95)


@part
def _open_levels(lay: Layout, scheme: Scheme, k: int, i: int, j: int) -> int:
    """Return the levels that a comparison of two different values can reach, as bits; -1 where nothing tells."""
    kind = scheme.kind[k]
    own = scheme.sketch[k]
    if own < 0:
        return -1
    a, b = lay.sketch[i, own], lay.sketch[j, own]
    possible = _possible_levels(kind, a, b)
    other = scheme.other_sketch[k]
    if (kind == GIVEN or kind == SURNAME) and other >= 0:
        possible |= _swap_level(kind, a, b, lay.sketch[i, other], lay.sketch[j, other])
    return possible


@part
def weight_bound(
    codes: NDArray[np.int32],
    sketch: NDArray[np.uint64],
    start: NDArray[np.int64],
    scheme: Scheme,
    match: NDArray[np.float64],
    ceiling: NDArray[np.float64],
    rarity: NDArray[np.float64],
    i: int,
    j: int,
) -> float:
    """Return what the evidence of a pair without further values cannot exceed, from codes and sketches alone.

    It takes the arrays it needs instead of whole tuples of them, which a call would copy: most pairs end here, and the
    copies would cost more than all else.

    Args:
        codes: Those of the layout; likewise the next two.
        sketch: Sketches.
        start: Value ids of the missing values.
        scheme: The comparisons.
        match: Of the weights; likewise the next two.
        ceiling: Largest weights of sets of levels.
        rarity: Bits of values.
        i: One record.
        j: The other.
    """
    bound = 0.0
    every = ceiling.shape[1] - 1
    for k in range(len(scheme.kind)):
        column = scheme.column[k]
        a, b = codes[i, column], codes[j, column]
        if a == 0 or b == 0:
            bound += match[k, 0]
            continue
        kind = scheme.kind[k]
        if a == b:
            own = match[k, scheme.top[k]] + rarity[start[column] + a]
            if kind == DATE or kind == FULL_NAME:  # equal in part, or not compared at all
                own = max(own, ceiling[k, every], 0.0)
            bound += own
            continue
        if kind == EXACT:
            bound += match[k, 1]
            continue
        place = scheme.sketch[k]
        if place < 0:
            bound += max(ceiling[k, every], 0.0) if kind == FULL_NAME else ceiling[k, every]
            continue
        x, y = sketch[i, place], sketch[j, place]
        possible = _possible_levels(kind, x, y)
        beside = scheme.other_sketch[k]
        if (kind == GIVEN or kind == SURNAME) and beside >= 0:
            possible |= _swap_level(kind, x, y, sketch[i, beside], sketch[j, beside])
        bound += ceiling[k, possible]
    return bound


@part
def _swap_level(kind: int, x: np.uint64, y: np.uint64, c: np.uint64, d: np.uint64) -> int:
    """Return the level of exchanged names as a bit where sketches allow it: of one name, and of the name beside it."""
    if c == 0 or d == 0:
        return 0
    if kind == GIVEN:
        return 0b100000000 if _may_be_swapped(x, c, y, d) else 0
    return 0b10000000 if _may_be_swapped(c, x, d, y) else 0


@part
def pair_weight(
    lay: Layout,
    scheme: Scheme,
    weights: Weights,
    i: int,
    j: int,
    floor: float,
    levels: NDArray[np.uint8],
    values: NDArray[np.int32],
    ceilings: NDArray[np.float64],
    scratch: NDArray[np.uint8],
) -> float:
    """Return the weight of a pair: log2 odds of match against the rivals and strangers together.

    First what integer codes decide; then the rest, field by field, as long as the pair can still reach ``floor``.

    Args:
        lay: The records.
        scheme: The comparisons.
        weights: The model.
        i: One record.
        j: The other.
        floor: Weight below which the exact value does not matter; :data:`NEVER` to decide every level.
        levels: (K,) receives the level of each comparison.
        values: (K,) receives the value id where both agree on a value, else -1.
        ceilings: (K,) scratch.
        scratch: At least 128 bytes.

    Returns:
        The weight, or :data:`NEVER` when it certainly lies below ``floor`` (levels are then incomplete).
    """
    several = _has_more(lay, i, j)
    weight = weights.prior[0] - weights.prior[len(weights.prior) - 1]
    open_best = 0.0
    for k in range(len(scheme.kind)):
        column = scheme.column[k]
        a = lay.codes[i, column]
        b = lay.codes[j, column]
        values[k] = -1
        kind = scheme.kind[k]
        if several and (kind == EMAIL or kind == PHONE or kind == IDENTIFIER):
            level, value = _best_of_several(lay, kind, column, scheme.top[k], i, j, weights.rarity)
            levels[k] = level
            values[k] = value
        elif (
            a == 0
            or b == 0
            or (kind == FULL_NAME and lay.codes[i, scheme.other[k]] * lay.codes[j, scheme.other[k]] > 0)
        ):
            levels[k] = 0
        elif a == b and kind != DATE:
            levels[k] = scheme.top[k]
            values[k] = lay.start[column] + a
        elif kind == EXACT:
            levels[k] = 1
        elif kind == DATE and a == b:
            levels[k] = _date_level(lay, lay.start[column] + a, lay.start[column] + b)
            if levels[k] == scheme.top[k]:
                values[k] = lay.start[column] + a
        else:
            possible = _open_levels(lay, scheme, k, i, j)
            if possible != DIFFERENT:
                levels[k] = OPEN
                # the last one holds for all levels
                ceilings[k] = weights.ceiling[k, possible]
                open_best += ceilings[k]
                continue
            levels[k] = 1
        weight += weights.match[k, levels[k]]
        if values[k] >= 0:
            weight += weights.rarity[values[k]]
    if floor > NEVER and weight + open_best < floor:
        return NEVER
    surname_pending = OPEN
    for k in range(len(scheme.kind)):
        if levels[k] != OPEN:
            continue
        kind = scheme.kind[k]
        if kind == GIVEN or kind == SURNAME:
            if kind == SURNAME and surname_pending != OPEN:
                levels[k] = surname_pending
            else:
                levels[k], surname_pending = _open_name(lay, scheme, k, i, j, scratch)
        else:
            start = lay.start[scheme.column[k]]
            levels[k] = _value_level(
                lay, kind, start + lay.codes[i, scheme.column[k]], start + lay.codes[j, scheme.column[k]]
            )
        if floor > NEVER:
            open_best -= ceilings[k]
            weight += weights.match[k, levels[k]]
            if weight + open_best < floor:
                return NEVER
    return total_weight(weights, levels, values)


@part
def _open_name(lay: Layout, scheme: Scheme, k: int, i: int, j: int, scratch: NDArray[np.uint8]) -> tuple[int, int]:
    """Return the level of a given name or surname that differs, and of the surname beside it (or OPEN)."""
    column = scheme.column[k]
    other = scheme.other[k]
    a = lay.start[column] + lay.codes[i, column]
    b = lay.start[column] + lay.codes[j, column]
    both = other >= 0 and lay.codes[i, other] > 0 and lay.codes[j, other] > 0
    c = lay.start[other] + lay.codes[i, other] if both else 0
    d = lay.start[other] + lay.codes[j, other] if both else 0
    if scheme.kind[k] == GIVEN:
        given, surname = name_levels(lay, a, c, b, d, 3 if both else 1, scratch)
        return given, surname if both else OPEN
    _given, surname = name_levels(lay, c, a, d, b, 3 if both else 2, scratch)
    return surname, OPEN


@part
def total_weight(weights: Weights, levels: NDArray[np.uint8], values: NDArray[np.int32]) -> float:
    """Return the weight that decided levels add up to, always added in the same order."""
    weight = weights.prior[0] - weights.prior[len(weights.prior) - 1]
    for k in range(len(levels)):
        weight += weights.match[k, levels[k]]
        if values[k] >= 0:
            weight += weights.rarity[values[k]]
    return weight - _denominator(weights, levels, values)


@part
def _denominator(weights: Weights, levels: NDArray[np.uint8], values: NDArray[np.int32]) -> float:
    """Bits by which the rival classes raise the odds against a match above those of strangers alone."""
    total = 1.0
    for r in range(weights.shared.shape[0]):
        rival = weights.prior[1 + r] - weights.prior[len(weights.prior) - 1]
        for k in range(len(levels)):
            if weights.shared[r, k]:
                rival += weights.rival[r, k, levels[k]]
                # who lives where is as common among households as among persons; that neighbours share a common place
                # is as likely as that strangers do, so its rarity says nothing of them
                if values[k] >= 0 and r != AREA:
                    rival += weights.rarity[values[k]]
        total += 2.0 ** min(rival, 500.0)
    return float(np.log2(total))


@kernel
def compare_pairs(
    lay: Layout,
    scheme: Scheme,
    weights: Weights,
    first: NDArray[np.int32],
    second: NDArray[np.int32],
    start: int,
    stop: int,
    levels: NDArray[np.uint8],
    values: NDArray[np.int32],
    total: NDArray[np.float64],
) -> None:
    """Fill levels (P, K), values (P, K) and weights (P,) of the pairs ``start`` to ``stop``."""
    scratch = np.zeros(128, dtype=np.uint8)
    ceilings = np.zeros(len(scheme.kind), dtype=np.float64)
    for p in range(start, stop):
        total[p] = pair_weight(
            lay, scheme, weights, first[p], second[p], NEVER, levels[p], values[p], ceilings, scratch
        )


@kernel
def weigh_levels(
    weights: Weights,
    levels: NDArray[np.uint8],
    values: NDArray[np.int32],
    start: int,
    stop: int,
    total: NDArray[np.float64],
) -> None:
    """Fill the weights of pairs ``start`` to ``stop`` whose levels are known: equal to :func:`pair_weight`."""
    for p in range(start, stop):
        total[p] = total_weight(weights, levels[p], values[p])
