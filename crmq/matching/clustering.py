"""Average linkage over scored pairs: records join while the mean weight between two groups stays above zero.

Connected components chain strangers together by single bad links; complete linkage tears parties apart by single
missing values. Average linkage weighs all links between two groups; pairs that were never scored count as neutral.

Weights are clipped, so that one overwhelming link cannot outvote several that contradict.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from crmq.compiled import leaf, part
from crmq.matching.sorting import sort_part

NEVER_TOGETHER = 1 << 20
BEYOND = 1.0 / 256.0
"""What lies beyond counts for so little that it only decides which of several overwhelming links joins first."""
BITS = 8.0
"""Edges count for or against a join with 8 bits at most (odds of 256 : 1)."""


@part
def _root(parent: NDArray[np.int32], i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


def components(
    size: int, first: NDArray[np.int32], second: NDArray[np.int32], joined: NDArray[np.bool_]
) -> NDArray[np.int32]:
    """Return for each record the smallest record it is connected with through the ``joined`` pairs."""
    parent = np.arange(size, dtype=np.int32)
    _connect(parent, first, second, joined)
    return parent


@leaf
def _connect(
    parent: NDArray[np.int32], first: NDArray[np.int32], second: NDArray[np.int32], joined: NDArray[np.bool_]
) -> None:
    for p in range(len(first)):
        if joined[p]:
            a, b = _root(parent, first[p]), _root(parent, second[p])
            if a < b:
                parent[b] = a
            elif b < a:
                parent[a] = b
    for i in range(len(parent)):
        parent[i] = _root(parent, i)


@part
def _tie(a: int, b: int) -> np.uint64:
    """Well-mixed number of an edge: breaks ties, so that equal links join in few rounds."""
    word = (np.uint64(min(a, b)) << np.uint64(32)) ^ np.uint64(max(a, b))
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    return word ^ (word >> np.uint64(27))


def average_linkage(
    size: int,
    first: NDArray[np.int32],
    second: NDArray[np.int32],
    weight: NDArray[np.float64],
    must: NDArray[np.bool_],
    against: NDArray[np.int32],
) -> NDArray[np.int32]:
    """Return the group of each record, named by its smallest record.

    Args:
        size: Number of records.
        first: (P,) smaller record of each scored pair.
        second: (P,) larger record.
        weight: (P,) log2 odds of the pair minus the threshold: above zero speaks for a join.
        must: (P,) pairs that are joined whatever else is known.
        against: (P,) votes against standing in one group: two groups never join while the votes against it exceed a
            quarter of the links between them. One vote for an ordinary doubt, :data:`NEVER_TOGETHER` for certainty.

    Joining every pair of groups that are each other's best, round by round, gives the groups of the greedy order:
    the mean over the union of two groups never exceeds the larger of the two means.
    """
    component = components(size, first, second, (weight > 0.0) | must)
    starts = np.zeros(size + 1, dtype=np.int64)
    _count_links(component, first, second, starts)
    widest = int(starts.max())
    starts = np.cumsum(starts)
    links = Links(
        a=np.empty(widest, dtype=np.int32),
        b=np.empty(widest, dtype=np.int32),
        total=np.empty(widest, dtype=np.float64),
        pairs=np.empty(widest, dtype=np.int32),
        votes=np.empty(widest, dtype=np.int64),
        old_total=np.empty(widest, dtype=np.float64),
        old_pairs=np.empty(widest, dtype=np.int32),
        old_votes=np.empty(widest, dtype=np.int64),
        keys=np.empty(widest, dtype=np.uint64),
        rank=np.empty(widest, dtype=np.int32),
        spare_keys=np.empty(widest, dtype=np.uint64),
        spare_rank=np.empty(widest, dtype=np.int32),
    )
    group = np.arange(size, dtype=np.int32)
    order = np.empty(starts[-1], dtype=np.int64)
    best = np.zeros(size, dtype=np.int64)
    _link(component, first, second, weight, must, against, starts, starts[:-1].copy(), order, links, group, best)
    return group


class Links(NamedTuple):
    """The links between the groups of one component, and room to sort them."""

    a: NDArray[np.int32]
    b: NDArray[np.int32]
    """Smaller and larger group of each link."""
    total: NDArray[np.float64]
    """Sum of the weights of the pairs that it stands for."""
    pairs: NDArray[np.int32]
    """Number of those pairs."""
    votes: NDArray[np.int64]
    """Votes against it."""
    old_total: NDArray[np.float64]
    old_pairs: NDArray[np.int32]
    old_votes: NDArray[np.int64]
    keys: NDArray[np.uint64]
    rank: NDArray[np.int32]
    spare_keys: NDArray[np.uint64]
    spare_rank: NDArray[np.int32]


@leaf
def _count_links(
    component: NDArray[np.int32], first: NDArray[np.int32], second: NDArray[np.int32], counts: NDArray[np.int64]
) -> None:
    """Count the pairs inside each component, each in the place after its own."""
    for p in range(len(first)):
        if component[first[p]] == component[second[p]]:
            counts[component[first[p]] + 1] += 1


@leaf
def _link(
    component: NDArray[np.int32],
    first: NDArray[np.int32],
    second: NDArray[np.int32],
    weight: NDArray[np.float64],
    must: NDArray[np.bool_],
    against: NDArray[np.int32],
    starts: NDArray[np.int64],
    place: NDArray[np.int64],
    order: NDArray[np.int64],
    links: Links,
    group: NDArray[np.int32],
    best: NDArray[np.int64],
) -> None:
    """Group the records of all components; ``group`` is the result, ``place``, ``order`` and ``best`` are scratch."""
    # the pairs inside components, component by component
    for p in range(len(first)):
        c = component[first[p]]
        if c == component[second[p]]:
            order[place[c]] = p
            place[c] += 1
    for c in range(len(group)):
        if starts[c + 1] > starts[c]:
            _link_component(starts[c], starts[c + 1], order, first, second, weight, must, against, links, group, best)


@part
def _link_component(
    start: int,
    stop: int,
    chosen: NDArray[np.int64],
    first: NDArray[np.int32],
    second: NDArray[np.int32],
    weight: NDArray[np.float64],
    must: NDArray[np.bool_],
    against: NDArray[np.int32],
    links: Links,
    group: NDArray[np.int32],
    best: NDArray[np.int64],
) -> None:
    """Group the records of one connected component, whose pairs are ``chosen[start:stop]``."""
    a, b, total, count, votes = links.a, links.b, links.total, links.pairs, links.votes
    edges = stop - start
    for e in range(edges):
        p = chosen[start + e]
        a[e], b[e] = first[p], second[p]
        clipped = min(max(weight[p], -BITS), BITS)
        total[e] = clipped + (weight[p] - clipped) * BEYOND
        count[e] = 1
        votes[e] = against[p]
        if must[p]:
            x, y = _root(group, a[e]), _root(group, b[e])
            if x != y:
                group[max(x, y)] = min(x, y)
    merged = True
    while merged:
        edges = _merge_links(links, edges, group)
        for e in range(edges):
            best[a[e]] = -1
            best[b[e]] = -1
        for e in range(edges):
            if total[e] <= 0.0 or 4 * votes[e] > count[e]:
                continue
            for node in (a[e], b[e]):
                f = best[node]
                if f < 0 or _better(a, b, total, count, e, f):
                    best[node] = e
        merged = False
        for e in range(edges):
            if best[a[e]] == e and best[b[e]] == e:
                group[max(a[e], b[e])] = min(a[e], b[e])
                merged = True
    for e in range(start, stop):
        p = chosen[e]
        group[first[p]] = _root(group, first[p])
        group[second[p]] = _root(group, second[p])


@part
def _better(
    a: NDArray[np.int32], b: NDArray[np.int32], total: NDArray[np.float64], links: NDArray[np.int32], e: int, f: int
) -> bool:
    """Whether edge ``e`` stands before edge ``f``: by mean weight, then by a hash, then by the records."""
    x, y = total[e] / links[e], total[f] / links[f]
    if x != y:
        return x > y
    x_tie, y_tie = _tie(a[e], b[e]), _tie(a[f], b[f])
    if x_tie != y_tie:
        return bool(x_tie > y_tie)
    return (min(a[e], b[e]), max(a[e], b[e])) < (min(a[f], b[f]), max(a[f], b[f]))


@part
def _merge_links(links: Links, edges: int, group: NDArray[np.int32]) -> int:
    """Rename the ends of links to their groups, drop those inside a group, add up parallel ones; return how many."""
    a, b, total, count, votes = links.a, links.b, links.total, links.pairs, links.votes
    keys, rank = links.keys, links.rank
    kept = 0
    for e in range(edges):
        x, y = _root(group, a[e]), _root(group, b[e])
        if x == y:
            continue
        a[kept], b[kept] = min(x, y), max(x, y)
        total[kept], count[kept], votes[kept] = total[e], count[e], votes[e]
        keys[kept] = (np.uint64(a[kept]) << np.uint64(32)) | np.uint64(b[kept])
        kept += 1
    if kept < 2:
        return kept
    for e in range(kept):
        rank[e] = e
        links.old_total[e], links.old_pairs[e], links.old_votes[e] = total[e], count[e], votes[e]
    sort_part(keys, rank, 0, kept, links.spare_keys, links.spare_rank)
    out = 0
    for e in range(kept):
        f = rank[e]
        if e > 0 and keys[e] == keys[e - 1]:
            total[out - 1] += links.old_total[f]
            count[out - 1] += links.old_pairs[f]
            votes[out - 1] += links.old_votes[f]
        else:
            a[out] = np.int32(keys[e] >> np.uint64(32))
            b[out] = np.int32(keys[e] & np.uint64(0xFFFFFFFF))
            total[out], count[out], votes[out] = links.old_total[f], links.old_pairs[f], links.old_votes[f]
            out += 1
    return out
