"""Blocks of records with one key, and the walk over the pairs inside them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crmq.compiled import kernel, part
from crmq.matching.growing import grown
from crmq.matching.kernels import NEVER, Scheme, Weights, pair_weight, weight_bound
from crmq.matching.layout import Layout
from crmq.matching.sorting import sort_part


@kernel
def group(keys: NDArray[np.uint64], owners: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Group records by key; keys of 0 and keys of one record alone are left out.

    A counting sort by the leading bits of the key, then a small sort inside each bucket.

    Args:
        keys: (E,) well-mixed keys.
        owners: (E,) the records that have them, ascending for equal keys; one record may have several keys.

    Returns:
        Members of all blocks one after the other, and where each block starts (with the end of the last).
    """
    bits = 1
    while (1 << bits) < len(keys) and bits < 22:
        bits += 1
    shift = np.uint64(64 - bits)
    counts = np.zeros((1 << bits) + 1, dtype=np.int64)
    for e in range(len(keys)):
        if keys[e] != 0:
            counts[(keys[e] >> shift) + np.uint64(1)] += 1
    for b in range(1 << bits):
        counts[b + 1] += counts[b]
    total = counts[1 << bits]
    sorted_keys = np.empty(total, dtype=np.uint64)
    sorted_owners = np.empty(total, dtype=np.int32)
    place = counts[:-1].copy()
    for e in range(len(keys)):
        if keys[e] != 0:
            bucket = keys[e] >> shift
            sorted_keys[place[bucket]] = keys[e]
            sorted_owners[place[bucket]] = owners[e]
            place[bucket] += 1
    widest = 0
    for b in range(1 << bits):
        widest = max(widest, counts[b + 1] - counts[b])
    spare_keys = np.empty(widest, dtype=np.uint64)
    members = np.empty(total, dtype=np.int32)
    starts = np.empty(total // 2 + 2, dtype=np.int64)
    blocks = 0
    kept = 0
    for b in range(1 << bits):
        first, last = counts[b], counts[b + 1]
        if last - first < 2:
            continue
        sort_part(sorted_keys, sorted_owners, first, last, spare_keys, members[kept:])
        p = first
        while p < last:
            q = p + 1
            while q < last and sorted_keys[q] == sorted_keys[p]:
                q += 1
            if q - p > 1:
                starts[blocks] = kept
                blocks += 1
                for r in range(p, q):
                    members[kept] = sorted_owners[r]
                    kept += 1
            p = q
    starts[blocks] = kept
    return members[:kept].copy(), starts[: blocks + 1].copy()


@kernel
def size_limit(starts: NDArray[np.int64], budget: int, largest: int) -> tuple[int, int]:
    """Return the largest block size whose pairs, with those of all smaller blocks, stay within ``budget``.

    Args:
        starts: Where blocks start.
        budget: Pairs allowed.
        largest: No block above this size is walked whatever the budget says.

    Returns:
        The limit (1 when not even pairs fit) and the number of pairs in blocks up to it.
    """
    pairs = np.zeros(largest + 2, dtype=np.int64)
    for b in range(len(starts) - 1):
        size = starts[b + 1] - starts[b]
        if size <= largest:
            pairs[size] += size * (size - 1) // 2
    total = 0
    for size in range(2, largest + 1):
        if total + pairs[size] > budget:
            return size - 1, total
        total += pairs[size]
    return largest, total


@part
def _pair_hash(i: int, j: int) -> np.uint64:
    word = (np.uint64(i) << np.uint64(32)) ^ np.uint64(j)
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


@kernel
def sample_pairs(
    members: NDArray[np.int32], starts: NDArray[np.int64], limit: int, window: int, thin: int
) -> NDArray[np.int64]:
    """Return one in ``thin`` pairs (``first << 32 | second``, first < second) of the blocks up to ``limit``.

    A pair is taken or not by a hash of itself, so that several keys never raise its chance.

    Args:
        members: Records, block after block.
        starts: Where blocks start.
        limit: Largest block that is walked pair by pair.
        thin: One pair in so many is taken.
        window: In larger blocks each member is paired with this many followers; 0 leaves them out.
    """
    pairs = np.empty(1024, dtype=np.int64)
    count = 0
    for b in range(len(starts) - 1):
        size = starts[b + 1] - starts[b]
        reach = size if size <= limit else window
        for p in range(starts[b], starts[b + 1]):
            for q in range(p + 1, min(p + 1 + reach, starts[b + 1])):
                i, j = members[p], members[q]
                if i > j:
                    i, j = j, i
                if i == j or (thin > 1 and _pair_hash(i, j) % np.uint64(thin) != 0):
                    continue
                if count == len(pairs):
                    pairs = grown(pairs)
                pairs[count] = (np.int64(i) << 32) | np.int64(j)
                count += 1
    return pairs[:count].copy()


@kernel
def promising_pairs(
    members: NDArray[np.int32],
    starts: NDArray[np.int64],
    limit: int,
    window: int,
    lay: Layout,
    scheme: Scheme,
    weights: Weights,
    floor: float,
    seen: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the pairs of the blocks whose weight reaches ``floor``, with it; nothing else is kept in memory.

    Args:
        members: Records, block after block.
        starts: Where blocks start.
        limit: Largest block that is walked pair by pair.
        window: Followers each record has in larger blocks.
        lay: The records.
        scheme: The comparisons.
        weights: The model.
        floor: Least weight.
        seen: Pairs returned for other keys, each in the place its hash says (a power of two of places, -1 for none);
            they are not returned again as long as nothing overwrites them.
    """
    comparisons = len(scheme.kind)
    levels = np.zeros(comparisons, dtype=np.uint8)
    values = np.zeros(comparisons, dtype=np.int32)
    ceilings = np.zeros(comparisons, dtype=np.float64)
    scratch = np.zeros(128, dtype=np.uint8)
    codes, sketch, start = lay.codes, lay.sketch, lay.start
    match, ceiling, rarity = weights.match, weights.ceiling, weights.rarity
    last = codes.shape[1] - 1  # tells whether a record has further values
    # a hair more, so that rounding never rules out what can be reached
    base = weights.prior[0] - weights.prior[len(weights.prior) - 1] + 1e-6
    pairs = np.empty(1024, dtype=np.int64)
    found = np.empty(1024, dtype=np.float64)
    count = 0
    for b in range(len(starts) - 1):
        size = starts[b + 1] - starts[b]
        reach = size if size <= limit else window
        for p in range(starts[b], starts[b + 1]):
            for q in range(p + 1, min(p + 1 + reach, starts[b + 1])):
                i, j = members[p], members[q]
                if i > j:
                    i, j = j, i
                pair = (np.int64(i) << 32) | np.int64(j)
                place = _pair_hash(i, j) & np.uint64(len(seen) - 1)
                if i == j or seen[place] == pair:
                    continue
                if codes[i, last] + codes[j, last] == 0:
                    bound = weight_bound(codes, sketch, start, scheme, match, ceiling, rarity, i, j)
                    if base + bound < floor:
                        continue
                weight = pair_weight(lay, scheme, weights, i, j, floor, levels, values, ceilings, scratch)
                if weight == NEVER:
                    continue
                if count == len(pairs):
                    pairs = grown(pairs)
                    found = grown(found)
                pairs[count] = pair
                found[count] = weight
                seen[place] = pair
                count += 1
    return pairs[:count].copy(), found[:count].copy()


@kernel
def pairs_within(
    members: NDArray[np.int32], starts: NDArray[np.int64], limit: int, window: int, part: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Return the pairs of the blocks whose records lie in one part (a connected component, say); part -1 is none."""
    pairs = np.empty(1024, dtype=np.int64)
    count = 0
    for b in range(len(starts) - 1):
        size = starts[b + 1] - starts[b]
        reach = size if size <= limit else window
        for p in range(starts[b], starts[b + 1]):
            own = part[members[p]]
            if own < 0:
                continue
            for q in range(p + 1, min(p + 1 + reach, starts[b + 1])):
                if part[members[q]] != own or members[p] == members[q]:
                    continue
                i, j = members[p], members[q]
                if i > j:
                    i, j = j, i
                if count == len(pairs):
                    pairs = grown(pairs)
                pairs[count] = (np.int64(i) << 32) | np.int64(j)
                count += 1
    return pairs[:count].copy()
