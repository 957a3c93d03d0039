"""What matching hands to the later stages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import polars as pl

PAIRS = {
    "source_a": pl.String,
    "object_a": pl.String,
    "record_id_a": pl.String,
    "source_b": pl.String,
    "object_b": pl.String,
    "record_id_b": pl.String,
    "entity": pl.String,
    "probability": pl.Float64,  # posterior of "same party", rounded to 6 digits: the number printed everywhere
    "match_weight": pl.Float64,  # log2 odds, rounded to 3 digits
    "decision": pl.String,  # merge, review, no
    "decided_by": pl.String,  # declared, rule, model, steward
    "reasons": pl.String,  # short words: "same mobile; same rare surname; birth dates contradict"
}

CLUSTERS = {
    "source": pl.String,
    "object": pl.String,
    "record_id": pl.String,
    "entity": pl.String,
    "cluster_id": pl.String,
    "merge_id": pl.String,
    "probability": pl.Float64,  # strongest edge into its cluster (1.0 for singletons)
    "decided_by": pl.String,  # declared, rule, model, steward, none
}
"""Every party record has one row, singletons too. ``merge_id`` groups lie inside ``cluster_id`` groups."""


@dataclass(frozen=True)
class Matches:
    """Pairs, clusters and the model behind them.

    ``model`` is a plain dictionary, one entry per entity, that is written as ``model.json`` and is enough to
    explain any pair later: comparisons, levels, m and u probabilities, priors, thresholds, frequencies.
    ``diagnostics`` holds counts (candidate pairs, per blocking key), expected precision and recall, warnings.
    """

    clusters: pl.DataFrame
    pairs: pl.DataFrame
    model: dict[str, Any] = field(default_factory=dict)
    diagnostics: dict[str, Any] = field(default_factory=dict)
