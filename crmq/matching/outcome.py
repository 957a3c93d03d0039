"""The tables that matching hands on: one row per record, one row per scored pair."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crmq.matching.features import Features
from crmq.matching.groups import Grouping
from crmq.matching.model import Model, probability
from crmq.matching.reasons import reasons
from crmq.matching.settings import REPORT_THRESHOLD
from crmq.model.matches import CLUSTERS, PAIRS

_ID = ("source", "object", "record_id")
_DIGITS = 16
"""Hex digits of a group id: 64 bits, so that a million groups collide with a chance of 3 in 100 million."""


def cluster_table(results: Sequence[tuple[Features, Grouping]], records: pl.DataFrame) -> pl.DataFrame:
    """Return the ``clusters`` table, sorted by key."""
    parts = [_clusters_of(features, grouping) for features, grouping in results]
    if not parts:
        return pl.DataFrame(schema=CLUSTERS)
    return pl.concat(parts).sort("source", "object", "record_id", "entity")


def _clusters_of(features: Features, grouping: Grouping) -> pl.DataFrame:
    strongest, decided = _links(features, grouping)
    ids = _group_ids(features, grouping)
    return features.keys.select(*_ID, "entity").with_columns(
        cluster_id=ids[0],
        merge_id=ids[1],
        probability=pl.Series(strongest),
        decided_by=pl.Series(decided),
    )


def _group_ids(features: Features, grouping: Grouping) -> tuple[pl.Series, pl.Series]:
    """Return cluster and merge ids: a digest of the smallest key of the group."""
    size = features.size
    rank = np.arange(size, dtype=np.int64)
    shared = np.flatnonzero(np.bincount(grouping.cluster, minlength=size)[grouping.cluster] > 1)
    if len(shared):
        keys = features.keys.select(*_ID)[shared].with_columns(row=pl.Series(shared))
        rank[keys.sort(*_ID)["row"].to_numpy()] = np.arange(len(shared))
    heads = [_smallest(group, rank) for group in (grouping.cluster, grouping.merge)]
    wanted = np.zeros(size, dtype=bool)
    for head in heads:
        wanted[head] = True
    place = np.cumsum(wanted) - 1
    keys = features.keys.select(_ID)[np.flatnonzero(wanted)].select(
        pl.concat_str(pl.lit(features.entity), *_ID, separator="\0")
    )
    digests = pl.Series([_digest(key) for key in keys.to_series()], dtype=pl.String)
    cluster, merge = (digests.gather(place[head]) for head in heads)
    return "c:" + cluster, "m:" + merge


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def _smallest(group: NDArray[np.int32], rank: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each record the record of its group with the smallest rank."""
    best = np.full(len(group), np.iinfo(np.int64).max)
    np.minimum.at(best, group, rank)
    head = np.empty(len(group), dtype=np.int64)
    mine = np.flatnonzero(best[group] == rank)
    head[group[mine]] = mine
    result: NDArray[np.int64] = head[group]
    return result


def _links(features: Features, grouping: Grouping) -> tuple[NDArray[np.float64], NDArray[np.str_]]:
    """Return each record's strongest link into its cluster, and who decided about it."""
    size = features.size
    pairs = grouping.pairs
    inside = grouping.cluster[pairs.first] == grouping.cluster[pairs.second]
    posterior = np.where(grouping.must, 1.0, probability(pairs.weight))
    strongest = np.zeros(size)
    for side in (pairs.first, pairs.second):
        np.maximum.at(strongest, side[inside], posterior[inside])
    alone = np.bincount(grouping.cluster, minlength=size)[grouping.cluster] == 1
    strongest[alone] = 1.0
    decided = np.where(alone, "none", "model").astype("U8")
    declared = grouping.must & ~grouping.steward
    for name, chosen in (("declared", declared), ("steward", grouping.steward)):
        for side in (pairs.first, pairs.second):
            decided[side[chosen]] = name
    return np.round(strongest, 6), decided


def pair_table(results: Sequence[tuple[Features, Grouping]], models: Sequence[Model | None]) -> pl.DataFrame:
    """Return the ``pairs`` table, sorted by probability (largest first) and keys."""
    parts = [_pairs_of(features, grouping, model) for (features, grouping), model in zip(results, models, strict=True)]
    if not parts:
        return pl.DataFrame(schema=PAIRS)
    keys = [f"{name}_{side}" for side in "ab" for name in _ID]
    return (
        pl.concat(parts)
        .sort("probability", *keys, "entity", descending=[True, *[False] * (len(keys) + 1)])
        .select(pl.col(name).cast(dtype) for name, dtype in PAIRS.items())
    )


def _pairs_of(features: Features, grouping: Grouping, model: Model | None) -> pl.DataFrame:
    """Return the rows of one entity: pairs of a reported posterior, those inside clusters, those decided."""
    pairs = grouping.pairs
    posterior = np.round(np.where(grouping.must, 1.0, probability(pairs.weight)), 6)
    posterior = np.where(grouping.never, 0.0, posterior)
    hard = grouping.must | grouping.never
    merged = grouping.merge[pairs.first] == grouping.merge[pairs.second]
    together = grouping.cluster[pairs.first] == grouping.cluster[pairs.second]
    chosen = np.flatnonzero((posterior >= REPORT_THRESHOLD) | together | hard)
    decision = np.where(merged, "merge", np.where(together | (posterior >= 0.5), "review", "no"))
    decided = np.where(grouping.steward, "steward", np.where(grouping.must, "declared", "model"))
    decision = np.where(grouping.never, "no", decision)
    sides = [
        features.keys.select(pl.col(name).alias(f"{name}_{side}") for name in _ID)[rows[chosen]]
        for side, rows in (("a", pairs.first), ("b", pairs.second))
    ]
    frame = pl.concat(sides, how="horizontal").with_columns(
        entity=pl.lit(features.entity),
        probability=pl.Series(posterior[chosen]),
        match_weight=pl.Series(np.round(pairs.weight[chosen], 3)),
        decision=pl.Series(decision[chosen]),
        decided_by=pl.Series(decided[chosen]),
        reasons=reasons(features, model, pairs, chosen, grouping),
    )
    return _smaller_first(frame)


def _smaller_first(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs with the smaller key on side a."""
    later = (
        (pl.col("source_b") < pl.col("source_a"))
        | ((pl.col("source_b") == pl.col("source_a")) & (pl.col("object_b") < pl.col("object_a")))
        | (
            (pl.col("source_b") == pl.col("source_a"))
            & (pl.col("object_b") == pl.col("object_a"))
            & (pl.col("record_id_b") < pl.col("record_id_a"))
        )
    )
    exchanged = [
        expression
        for name in _ID
        for expression in (
            pl.when(later).then(pl.col(f"{name}_b")).otherwise(pl.col(f"{name}_a")).alias(f"{name}_a"),
            pl.when(later).then(pl.col(f"{name}_a")).otherwise(pl.col(f"{name}_b")).alias(f"{name}_b"),
        )
    ]
    return frame.with_columns(exchanged)
