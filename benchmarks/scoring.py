"""Pair-wise precision, recall and F1 of clusters, counted on its own: it shares no code with what it measures."""

from __future__ import annotations

import polars as pl


def pairs(sizes: pl.Series) -> int:
    """Return how many pairs there are inside groups of these sizes."""
    n = sizes.cast(pl.Int64)
    return int((n * (n - 1) // 2).sum() or 0)


def score(truth: pl.DataFrame, clusters: pl.DataFrame, found: str = "cluster_id") -> dict[str, float | int]:
    """Score clusters against the truth over all pairs of records.

    Args:
        truth: ``record_id`` and ``entity_id``, one row per record.
        clusters: ``record_id`` and the column ``found``; a record of the truth that is missing here, or has null,
            is a cluster of its own. Further records are left out.
        found: Column with the cluster ids.
    """
    mine = clusters.select(pl.col("record_id").cast(truth.schema["record_id"]), pl.col(found).alias("_found"))
    if mine["record_id"].is_duplicated().any():
        raise ValueError("a record stands in the clusters twice")
    both = truth.join(mine, on="record_id", how="left")
    held = both.drop_nulls("_found")
    true = pairs(both.group_by("entity_id").len()["len"])
    said = pairs(held.group_by("_found").len()["len"])
    right = pairs(held.group_by("_found", "entity_id").len()["len"])
    return {
        "precision": round(right / said, 4) if said else 1.0,
        "recall": round(right / true, 4) if true else 1.0,
        "f1": round(2 * right / (said + true), 4) if said + true else 1.0,
        "true_pairs": true,
        "found_pairs": said,
        "missing_records": both.height - held.height,
    }
