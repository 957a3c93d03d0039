"""The tables that matching hands on: one row per record, one row per scored pair."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crmq.matching.features import Features
from crmq.matching.groups import Grouping
from crmq.matching.interning import hex_digests
from crmq.matching.model import Model, probability
from crmq.matching.reasons import reasons
from crmq.matching.settings import REPORT_THRESHOLD
from crmq.model.matches import CLUSTERS, PAIRS

_ID = ("source", "object", "record_id")
_DECIDERS = ("none", "model", "declared", "steward")
_DECISIONS = ("merge", "review", "no")


def cluster_table(results: Sequence[tuple[Features, Grouping]], records: pl.DataFrame) -> pl.DataFrame:
    """Return the ``clusters`` table, in the order of the records: that of their keys."""
    if not results:
        return pl.DataFrame(schema=CLUSTERS)
    cluster_head, merge_head = np.zeros(records.height, dtype=np.int64), np.zeros(records.height, dtype=np.int64)
    strongest, decided = np.zeros(records.height), np.zeros(records.height, dtype=np.int64)
    for features, grouping in results:
        cluster_head[features.row] = _smallest(grouping.cluster, features.row)
        merge_head[features.row] = _smallest(grouping.merge, features.row)
        strongest[features.row], decided[features.row] = _links(features, grouping)
    ids = _group_ids(records, cluster_head, merge_head)
    return records.select(*_ID, "entity").with_columns(
        cluster_id=ids[0],
        merge_id=ids[1],
        probability=pl.Series(strongest),
        decided_by=pl.Series(_DECIDERS).gather(decided),
    )


def _smallest(group: NDArray[np.int32], row: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each record the smallest row among those of its group."""
    best = np.full(len(group), np.iinfo(np.int64).max)
    np.minimum.at(best, group, row)
    result: NDArray[np.int64] = best[group]
    return result


def _group_ids(
    records: pl.DataFrame, cluster_head: NDArray[np.int64], merge_head: NDArray[np.int64]
) -> tuple[pl.Series, pl.Series]:
    """Return cluster and merge ids: a digest of the key of the group's first record."""
    wanted = np.zeros(records.height, dtype=bool)
    wanted[cluster_head] = wanted[merge_head] = True
    place = np.cumsum(wanted) - 1
    keys = records.select(pl.concat_str("entity", *_ID, separator="\0").alias("key"))["key"]
    digests = hex_digests(keys.filter(pl.Series(wanted)))
    return "c:" + digests.gather(place[cluster_head]), "m:" + digests.gather(place[merge_head])


def _links(features: Features, grouping: Grouping) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return each record's strongest link into its cluster, and who decided about it (place in ``_DECIDERS``)."""
    size = features.size
    pairs = grouping.pairs
    inside = grouping.cluster[pairs.first] == grouping.cluster[pairs.second]
    posterior = np.where(grouping.must, 1.0, probability(pairs.weight))
    strongest = np.zeros(size)
    for side in (pairs.first, pairs.second):
        np.maximum.at(strongest, side[inside], posterior[inside])
    alone = np.bincount(grouping.cluster, minlength=size)[grouping.cluster] == 1
    strongest[alone] = 1.0
    decided = np.where(alone, _DECIDERS.index("none"), _DECIDERS.index("model")).astype(np.int64)
    declared = grouping.must & ~grouping.steward
    for name, chosen in (("declared", declared), ("steward", grouping.steward)):
        for side in (pairs.first, pairs.second):
            decided[side[chosen]] = _DECIDERS.index(name)
    return np.round(strongest, 6), decided


def pair_table(
    results: Sequence[tuple[Features, Grouping]], models: Sequence[Model | None], records: pl.DataFrame
) -> pl.DataFrame:
    """Return the ``pairs`` table, sorted by probability (largest first) and keys."""
    parts = [_pairs_of(features, grouping, model) for (features, grouping), model in zip(results, models, strict=True)]
    if not parts:
        return pl.DataFrame(schema=PAIRS)
    # rows stand in the order of their keys
    found = pl.concat(parts).sort("probability", "row_a", "row_b", descending=[True, False, False])
    keys = [
        records.select(pl.col(name).gather(found[f"row_{side}"]).alias(f"{name}_{side}") for name in _ID)
        for side in "ab"
    ]
    return pl.concat([*keys, found], how="horizontal").select(pl.col(name).cast(dtype) for name, dtype in PAIRS.items())


def _pairs_of(features: Features, grouping: Grouping, model: Model | None) -> pl.DataFrame:
    """Return the rows of one entity: pairs of a reported posterior, those inside clusters, those decided."""
    pairs = grouping.pairs
    posterior = np.round(np.where(grouping.must, 1.0, probability(pairs.weight)), 6)
    posterior = np.where(grouping.never, 0.0, posterior)
    hard = grouping.must | grouping.never
    merged = grouping.merge[pairs.first] == grouping.merge[pairs.second]
    together = grouping.cluster[pairs.first] == grouping.cluster[pairs.second]
    chosen = np.flatnonzero((posterior >= REPORT_THRESHOLD) | together | hard)
    decision = np.where(merged, 0, np.where(together | (posterior >= 0.5), 1, 2))
    decision = np.where(grouping.never, 2, decision)
    model_, declared, steward = (_DECIDERS.index(name) for name in ("model", "declared", "steward"))
    decided = np.where(grouping.steward, steward, np.where(grouping.must, declared, model_))
    rows = features.row[pairs.first[chosen]], features.row[pairs.second[chosen]]
    return pl.DataFrame(
        {
            "row_a": np.minimum(*rows),
            "row_b": np.maximum(*rows),
            "probability": posterior[chosen],
            "match_weight": np.round(pairs.weight[chosen], 3),
            "decision": pl.Series(_DECISIONS).gather(decision[chosen]),
            "decided_by": pl.Series(_DECIDERS).gather(decided[chosen]),
            "reasons": reasons(features, model, pairs, chosen, grouping),
        }
    ).with_columns(entity=pl.lit(features.entity))
