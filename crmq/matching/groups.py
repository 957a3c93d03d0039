"""From weighted pairs to groups of records: the best estimate, and what is safe to merge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crmq.matching.clustering import NEVER_TOGETHER, average_linkage
from crmq.matching.features import Features
from crmq.matching.hard import Known
from crmq.matching.model import Model, Pairs, bits, contains, probability, score
from crmq.matching.vetoes import CERTAIN, DECIDED_DIFFERENT, SOFT, vetoes

COMPLETED_GROUP = 60
"""Groups up to this size have all their pairs compared before anything in them is merged."""
LEAST_MERGE = 0.95
"""No pair links a merge below this posterior, whatever the expected precision is."""
STEPS = 12
"""How often the merge threshold is raised, one bit at a time, to reach the target precision."""


@dataclass
class Grouping:
    """Groups of the records, and the pairs behind them.

    Attributes:
        cluster: (N,) smallest record of each record's cluster.
        merge: (N,) smallest record of each record's merge group, which lies inside its cluster.
        pairs: All scored pairs, those added for the merge included.
        veto: (P,) number of the veto on each pair (see :mod:`crmq.matching.vetoes`), 0 for none.
        must: (P,) pairs that hard knowledge joins.
        never: (P,) pairs that hard knowledge keeps apart.
        merge_threshold: Posterior from which a pair links a merge.
        expected: Expected number of pairs, and of right ones, in clusters and in merges.
        steward: (P,) pairs that a steward decided about.
    """

    cluster: NDArray[np.int32]
    merge: NDArray[np.int32]
    pairs: Pairs
    veto: NDArray[np.uint8]
    must: NDArray[np.bool_]
    never: NDArray[np.bool_]
    merge_threshold: float
    expected: dict[str, float]
    steward: NDArray[np.bool_]


def group(
    features: Features,
    model: Model,
    pairs: Pairs,
    known: Known,
    threshold: float,
    target_precision: float,
    threads: int,
) -> Grouping:
    """Return the groups of the records.

    Args:
        features: The records.
        model: The fitted model.
        pairs: Candidate pairs with their weights.
        known: Declared merges and decisions.
        threshold: Posterior of the best estimate.
        target_precision: Expected precision of merges.
        threads: Worker threads.
    """
    pairs = _with_pairs(features, model, pairs, known.first, known.second, threads)
    must, never, _steward = _hard_marks(pairs, known)
    cluster = average_linkage(
        features.size, pairs.first, pairs.second, pairs.weight - bits(threshold), must, never * np.int32(NEVER_TOGETHER)
    )
    pairs = _with_pairs(features, model, pairs, *_pairs_inside(cluster), threads)
    must, never, steward = _hard_marks(pairs, known)
    inside = np.flatnonzero(cluster[pairs.first] == cluster[pairs.second])
    veto = np.zeros(len(pairs), dtype=np.uint8)
    veto[inside] = vetoes(features, model, pairs, inside)
    veto[never] = DECIDED_DIFFERENT
    veto[must] = 0
    merge, merge_threshold = _merge(features.size, pairs, inside, veto, must, target_precision)
    return Grouping(
        cluster=cluster,
        merge=merge,
        pairs=pairs,
        veto=veto,
        must=must,
        never=never,
        merge_threshold=merge_threshold,
        expected=_expected(pairs, cluster, merge, must),
        steward=steward,
    )


def _keys(first: NDArray[np.int32], second: NDArray[np.int32]) -> NDArray[np.int64]:
    return (first.astype(np.int64) << 32) | second.astype(np.int64)


def _with_pairs(
    features: Features,
    model: Model,
    pairs: Pairs,
    first: NDArray[np.int32],
    second: NDArray[np.int32],
    threads: int,
) -> Pairs:
    """Return the pairs with further ones added where they are new, in order."""
    if len(first) == 0:
        return pairs
    have = _keys(pairs.first, pairs.second)
    wanted = _keys(first, second)
    new = np.unique(wanted[~contains(have, wanted)])
    if len(new) == 0:
        return pairs
    added = score(features, (new >> 32).astype(np.int32), (new & 0xFFFFFFFF).astype(np.int32), model, threads)
    places = np.searchsorted(have, new)
    return Pairs(
        np.insert(pairs.first, places, added.first),
        np.insert(pairs.second, places, added.second),
        np.insert(pairs.levels, places, added.levels, axis=0),
        np.insert(pairs.values, places, added.values, axis=0),
        np.insert(pairs.weight, places, added.weight),
    )


def _hard_marks(pairs: Pairs, known: Known) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which pairs must be joined, must not be, and were decided by a steward."""
    place = np.searchsorted(_keys(pairs.first, pairs.second), _keys(known.first, known.second))
    must, never, steward = (np.zeros(len(pairs), dtype=np.bool_) for _mark in range(3))
    must[place[known.same]] = True
    never[place[~known.same]] = True
    steward[place[known.steward]] = True
    return must, never, steward


def _pairs_inside(group_of: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return all pairs of records inside groups that are not too large."""
    order = np.argsort(group_of, kind="stable").astype(np.int32)
    starts = np.flatnonzero(np.r_[True, group_of[order][1:] != group_of[order][:-1]])
    sizes = np.diff(np.r_[starts, len(order)])
    firsts: list[NDArray[np.int32]] = [np.zeros(0, dtype=np.int32)]
    seconds: list[NDArray[np.int32]] = [np.zeros(0, dtype=np.int32)]
    for size in range(2, COMPLETED_GROUP + 1):
        at = starts[sizes == size]
        a, b = np.triu_indices(size, 1)
        firsts.append(order[at[:, None] + a].ravel())
        seconds.append(order[at[:, None] + b].ravel())
    # records of a group ascend: the sort was stable
    return np.concatenate(firsts), np.concatenate(seconds)


def _merge(
    size: int,
    pairs: Pairs,
    inside: NDArray[np.int64],
    veto: NDArray[np.uint8],
    must: NDArray[np.bool_],
    target_precision: float,
) -> tuple[NDArray[np.int32], float]:
    """Return merge groups inside clusters, at the lowest threshold whose expected precision reaches the target."""
    first, second = pairs.first[inside], pairs.second[inside]
    soft = np.isin(veto[inside], SOFT)
    against = np.where((veto[inside] > 0) & ~soft, 1, 0).astype(np.int32)
    against[np.isin(veto[inside], CERTAIN)] = NEVER_TOGETHER
    weight = pairs.weight[inside]
    least = bits(LEAST_MERGE)
    merge = np.arange(size, dtype=np.int32)
    for step in range(STEPS):
        above = weight - least - step
        above[soft] = np.minimum(above[soft], 0.0)
        merge = average_linkage(size, first, second, above, must[inside], against)
        joined = merge[first] == merge[second]
        right = np.where(must[inside][joined], 1.0, probability(weight[joined]))
        if len(right) == 0 or right.mean() >= target_precision:
            break
    return merge, float(probability(np.array([least + step]))[0])


def _expected(
    pairs: Pairs, cluster: NDArray[np.int32], merge: NDArray[np.int32], must: NDArray[np.bool_]
) -> dict[str, float]:
    """Return expected counts: pairs in clusters and merges, right ones among them, right ones anywhere."""
    right = np.where(must, 1.0, probability(pairs.weight))
    in_cluster = cluster[pairs.first] == cluster[pairs.second]
    in_merge = merge[pairs.first] == merge[pairs.second]
    return {
        "cluster_pairs": float(in_cluster.sum()),
        "cluster_right": float(right[in_cluster].sum()),
        "merge_pairs": float(in_merge.sum()),
        "merge_right": float(right[in_merge].sum()),
        "right": float(right.sum()),
    }
