"""Average linkage over scored pairs: records join while the mean weight between two groups stays above zero.

Connected components chain strangers together by single bad links; complete linkage tears parties apart by single
missing values. Average linkage weighs all links between two groups; pairs that were never scored count as neutral.

Weights are clipped, so that one overwhelming link cannot outvote several that contradict.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

NEVER_TOGETHER = 1 << 20
BITS = 8.0
"""Edges count for or against a join with 8 bits at most (odds of 256 : 1)."""


@njit(cache=True, nogil=True)
def _root(parent: NDArray[np.int32], i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@njit(cache=True, nogil=True)
def components(
    size: int, first: NDArray[np.int32], second: NDArray[np.int32], joined: NDArray[np.bool_]
) -> NDArray[np.int32]:
    """Return for each record the smallest record it is connected with through the ``joined`` pairs."""
    parent = np.arange(size).astype(np.int32)
    for p in range(len(first)):
        if joined[p]:
            a, b = _root(parent, first[p]), _root(parent, second[p])
            if a < b:
                parent[b] = a
            elif b < a:
                parent[a] = b
    for i in range(size):
        parent[i] = _root(parent, i)
    return parent


@njit(cache=True, nogil=True)
def _tie(a: int, b: int) -> np.uint64:
    """Well-mixed number of an edge: breaks ties, so that equal links join in few rounds."""
    word = (np.uint64(min(a, b)) << np.uint64(32)) ^ np.uint64(max(a, b))
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    return word ^ (word >> np.uint64(27))


@njit(cache=True, nogil=True)
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
    joined = (weight > 0.0) | must
    component = components(size, first, second, joined)
    # the pairs inside components, component by component
    count = np.zeros(size + 1, dtype=np.int64)
    for p in range(len(first)):
        if component[first[p]] == component[second[p]]:
            count[component[first[p]] + 1] += 1
    for i in range(size):
        count[i + 1] += count[i]
    place = count[:-1].copy()
    order = np.empty(count[size], dtype=np.int64)
    for p in range(len(first)):
        c = component[first[p]]
        if c == component[second[p]]:
            order[place[c]] = p
            place[c] += 1
    group = np.arange(size).astype(np.int32)
    best = np.zeros(size, dtype=np.int64)
    for c in range(size):
        if count[c + 1] > count[c]:
            _link_component(order[count[c] : count[c + 1]], first, second, weight, must, against, group, best)
    return group


@njit(cache=True, nogil=True)
def _link_component(
    chosen: NDArray[np.int64],
    first: NDArray[np.int32],
    second: NDArray[np.int32],
    weight: NDArray[np.float64],
    must: NDArray[np.bool_],
    against: NDArray[np.int32],
    group: NDArray[np.int32],
    best: NDArray[np.int64],
) -> None:
    """Group the records of one connected component; ``group`` is the result, ``best`` is scratch of the same length."""
    edges = len(chosen)
    a = np.empty(edges, dtype=np.int32)
    b = np.empty(edges, dtype=np.int32)
    total = np.empty(edges, dtype=np.float64)
    links = np.ones(edges, dtype=np.int32)
    votes = np.zeros(edges, dtype=np.int64)
    for e in range(edges):
        p = chosen[e]
        a[e], b[e] = first[p], second[p]
        total[e] = min(max(weight[p], -BITS), BITS)
        votes[e] = against[p]
        if must[p]:
            x, y = _root(group, a[e]), _root(group, b[e])
            if x != y:
                group[max(x, y)] = min(x, y)
    edges = _merge_edges(a, b, total, links, votes, edges, group)
    while edges > 0:
        for e in range(edges):
            best[a[e]] = -1
            best[b[e]] = -1
        for e in range(edges):
            if total[e] <= 0.0 or 4 * votes[e] > links[e]:
                continue
            for node in (a[e], b[e]):
                f = best[node]
                if f < 0 or _better(a, b, total, links, e, f):
                    best[node] = e
        merged = False
        for e in range(edges):
            if best[a[e]] == e and best[b[e]] == e:
                group[max(a[e], b[e])] = min(a[e], b[e])
                merged = True
        if not merged:
            break
        edges = _merge_edges(a, b, total, links, votes, edges, group)
    for e in range(len(chosen)):
        p = chosen[e]
        group[first[p]] = _root(group, first[p])
        group[second[p]] = _root(group, second[p])


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def _merge_edges(
    a: NDArray[np.int32],
    b: NDArray[np.int32],
    total: NDArray[np.float64],
    links: NDArray[np.int32],
    votes: NDArray[np.int64],
    edges: int,
    group: NDArray[np.int32],
) -> int:
    """Rename the ends of edges to their groups, drop those inside a group, add up parallel ones; return how many."""
    keys = np.empty(edges, dtype=np.int64)
    kept = 0
    for e in range(edges):
        x, y = _root(group, a[e]), _root(group, b[e])
        if x == y:
            continue
        a[kept], b[kept] = min(x, y), max(x, y)
        total[kept], links[kept], votes[kept] = total[e], links[e], votes[e]
        keys[kept] = (np.int64(a[kept]) << 32) | np.int64(b[kept])
        kept += 1
    if kept < 2:
        return kept
    order = np.argsort(keys[:kept], kind="mergesort")
    new_total = total[:kept][order]
    new_links = links[:kept][order]
    new_votes = votes[:kept][order]
    new_keys = keys[:kept][order]
    out = 0
    for e in range(kept):
        if e > 0 and new_keys[e] == new_keys[e - 1]:
            total[out - 1] += new_total[e]
            links[out - 1] += new_links[e]
            votes[out - 1] += new_votes[e]
        else:
            a[out] = np.int32(new_keys[e] >> 32)
            b[out] = np.int32(new_keys[e] & 0xFFFFFFFF)
            total[out], links[out], votes[out] = new_total[e], new_links[e], new_votes[e]
            out += 1
    return out
