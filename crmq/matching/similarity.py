"""String similarity on byte pools, compiled by numba.

Strings live one after the other in one ``uint8`` array (the pool); a string is its offset and length. Values are
folded to lower-case ASCII before they get here wherever their script allows, so that bytes are characters.

All functions are pure and allocate nothing, so that they can be called a few million times per second.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crmq.compiled import kernel, leaf

LONGEST = 63
"""Only the first 63 bytes of a value take part: positions are kept in the bits of one 64-bit word."""


@leaf
def jaro_winkler(pool: NDArray[np.uint8], a: int, len_a: int, b: int, len_b: int) -> float:
    """Return the Jaro-Winkler similarity of two strings, 0 to 1.

    Winkler, W. E. (1990), "String Comparator Metrics and Enhanced Decision Rules in the Fellegi-Sunter Model of
    Record Linkage": Jaro's measure raised by 0.1 per common leading character, four at most.
    """
    if len_a > LONGEST:
        len_a = LONGEST
    if len_b > LONGEST:
        len_b = LONGEST
    if len_a == 0 or len_b == 0:
        return 0.0
    reach = max(len_a, len_b) // 2 - 1
    if reach < 0:
        reach = 0
    used_a = np.uint64(0)
    used_b = np.uint64(0)
    one = np.uint64(1)
    matches = 0
    for i in range(len_a):
        char = pool[a + i]
        first = i - reach if i > reach else 0
        last = i + reach + 1 if i + reach + 1 < len_b else len_b
        for j in range(first, last):
            bit = one << np.uint64(j)
            if pool[b + j] == char and (used_b & bit) == 0:
                used_b |= bit
                used_a |= one << np.uint64(i)
                matches += 1
                break
    if matches == 0:
        return 0.0
    transposed = 0
    j = 0
    for i in range(len_a):
        if used_a & (one << np.uint64(i)):
            while (used_b & (one << np.uint64(j))) == 0:
                j += 1
            if pool[a + i] != pool[b + j]:
                transposed += 1
            j += 1
    jaro = (matches / len_a + matches / len_b + (matches - transposed / 2.0) / matches) / 3.0
    prefix = 0
    while prefix < 4 and prefix < len_a and prefix < len_b and pool[a + prefix] == pool[b + prefix]:
        prefix += 1
    return jaro + prefix * 0.1 * (1.0 - jaro)


@leaf
def bit_count(word: np.uint64) -> np.int64:
    """Return the number of set bits of a 64-bit word (Warren, "Hacker's Delight", figure 5-2)."""
    x = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    x = (x & np.uint64(0x3333333333333333)) + ((x >> np.uint64(2)) & np.uint64(0x3333333333333333))
    x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((x * np.uint64(0x0101010101010101)) >> np.uint64(56))


@leaf
def character_bags(
    pool: NDArray[np.uint8], offset: NDArray[np.int64], length: NDArray[np.int32], bags: NDArray[np.uint64]
) -> None:
    """Fill ``bags`` with one word per string: a bit for each character class seen once, another for seen twice.

    32 classes: letters by their place in the alphabet, digits and all else folded onto the rest. Two strings whose
    bags differ in many bits cannot be similar, which saves looking at the strings.
    """
    one = np.uint64(1)
    for v in range(len(offset)):
        word = np.uint64(0)
        last = min(length[v], LONGEST)
        for p in range(last):
            bit = one << np.uint64(pool[offset[v] + p] & 31)
            if word & bit:
                word |= bit << np.uint64(32)
            else:
                word |= bit
        bags[v] = word


@leaf
def jaro_winkler_bound(bag_a: np.uint64, len_a: int, bag_b: np.uint64, len_b: int) -> float:
    """Return a similarity that :func:`jaro_winkler` of two strings with these bags and lengths cannot exceed."""
    if len_a > LONGEST:
        len_a = LONGEST
    if len_b > LONGEST:
        len_b = LONGEST
    if len_a == 0 or len_b == 0:
        return 0.0
    most = min(len_a - bit_count(bag_a & ~bag_b), len_b - bit_count(bag_b & ~bag_a))
    if most <= 0:
        return 0.0
    jaro = (most / len_a + most / len_b + 1.0) / 3.0
    return jaro + 0.4 * (1.0 - jaro)


@leaf
def same_bytes(pool: NDArray[np.uint8], a: int, b: int, count: int) -> bool:
    """Return whether ``count`` bytes from ``a`` equal those from ``b``."""
    for p in range(count):
        if pool[a + p] != pool[b + p]:
            return False
    return True


@leaf
def within_one_edit(pool: NDArray[np.uint8], a: int, len_a: int, b: int, len_b: int) -> bool:
    """Return whether one insertion, deletion, substitution or exchange of neighbours at most tells them apart."""
    if len_a < len_b:
        a, b = b, a
        len_a, len_b = len_b, len_a
    if len_a - len_b > 1:
        return False
    p = 0
    while p < len_b and pool[a + p] == pool[b + p]:
        p += 1
    if p == len_b:
        return True
    if len_a > len_b:
        return same_bytes(pool, a + p + 1, b + p, len_b - p)
    if same_bytes(pool, a + p + 1, b + p + 1, len_b - p - 1):
        return True
    return (
        p + 1 < len_b
        and pool[a + p] == pool[b + p + 1]
        and pool[a + p + 1] == pool[b + p]
        and same_bytes(pool, a + p + 2, b + p + 2, len_b - p - 2)
    )


@leaf
def within_two_edits(pool: NDArray[np.uint8], a: int, len_a: int, b: int, len_b: int) -> bool:
    """Return whether two edits at most (as in :func:`within_one_edit`) tell two strings apart."""
    p = 0
    while p < len_a and p < len_b and pool[a + p] == pool[b + p]:
        p += 1
    a += p
    b += p
    len_a -= p
    len_b -= p
    if len_a == 0 or len_b == 0:
        return max(len_a, len_b) <= 2
    if within_one_edit(pool, a + 1, len_a - 1, b, len_b) or within_one_edit(pool, a, len_a, b + 1, len_b - 1):
        return True
    if within_one_edit(pool, a + 1, len_a - 1, b + 1, len_b - 1):
        return True
    return (
        len_a > 1
        and len_b > 1
        and pool[a] == pool[b + 1]
        and pool[a + 1] == pool[b]
        and within_one_edit(pool, a + 2, len_a - 2, b + 2, len_b - 2)
    )


@leaf
def words_contained(pool: NDArray[np.uint8], a: int, len_a: int, b: int, len_b: int) -> bool:
    """Return whether every blank-separated word of the shorter string stands in the longer one; one word must exist."""
    if len_a > len_b:
        a, b = b, a
        len_a, len_b = len_b, len_a
    start = 0
    words = 0
    while start < len_a:
        stop = start
        while stop < len_a and pool[a + stop] != 32:
            stop += 1
        size = stop - start
        if size > 0:
            words += 1
            found = False
            q = 0
            while q + size <= len_b and not found:
                if (
                    (q == 0 or pool[b + q - 1] == 32)
                    and (q + size == len_b or pool[b + q + size] == 32)
                    and same_bytes(pool, a + start, b + q, size)
                ):
                    found = True
                q += 1
            if not found:
                return False
        start = stop + 1
    return words > 0


@leaf
def same_alias(a: np.uint64, b: np.uint64) -> bool:
    """Return whether two alias words (four 16-bit group numbers each, 0 for none) share a group."""
    if a == 0 or b == 0:
        return False
    lane = np.uint64(0xFFFF)
    for p in range(4):
        x = (a >> np.uint64(16 * p)) & lane
        if x == 0:
            return False
        for q in range(4):
            if x == (b >> np.uint64(16 * q)) & lane:
                return True
    return False


@leaf
def spread_sketches(own: NDArray[np.uint64], codes: NDArray[np.int32], sketch: NDArray[np.uint64], place: int) -> None:
    """Write the sketch of each record's value into column ``place`` of the records' sketches."""
    for i in range(len(codes)):
        sketch[i, place] = own[codes[i]]


@kernel
def sketches(
    pool: NDArray[np.uint8], offset: NDArray[np.int64], length: NDArray[np.int32], alias: NDArray[np.uint64]
) -> NDArray[np.uint64]:
    """Return the sketch of each value (see ``Layout.sketch``); 0 for an empty one."""
    result = np.zeros(len(offset), dtype=np.uint64)
    one = np.uint64(1)
    for v in range(len(offset)):
        size = min(length[v], LONGEST)
        if size == 0:
            continue
        word = np.uint64(size) << np.uint64(32)
        for p in range(size):
            word |= one << np.uint64(pool[offset[v] + p] & 31)
        word |= np.uint64(pool[offset[v]]) << np.uint64(38)
        following = 0
        for p in range(1, min(size, 3)):
            following = following * 31 + pool[offset[v] + p]
        word |= np.uint64(following & 0xFF) << np.uint64(46)
        for lane in range(4):
            group = (alias[v] >> np.uint64(16 * lane)) & np.uint64(0xFFFF)
            if group:
                word |= one << (np.uint64(54) + group % np.uint64(10))
        result[v] = word
    return result
