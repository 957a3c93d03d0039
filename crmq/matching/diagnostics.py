"""Facts about a run that tell whether its model is to be trusted."""

from __future__ import annotations

from typing import Any

import numpy as np

from crmq.matching.comparison import RIVALS
from crmq.matching.features import Features
from crmq.matching.groups import Grouping
from crmq.matching.model import Fitting, Model
from crmq.matching.settings import MatchSettings

FEW_MATCHES = 30.0
"""Fewer expected matches than this leave the shares of the levels to prior belief."""
SILENT_BITS = 0.5
GIANT_BLOCK = 0.05
"""A block that holds more than this share of the records ..."""
GIANT_RECORDS = 1000
"""... and this many of them is worth a word."""


def collect(
    features: Features, fitting: Fitting, model: Model, grouping: Grouping, settings: MatchSettings
) -> dict[str, Any]:
    """Return the diagnostics of one entity: counts, shares, expectations, warnings as codes."""
    expected = grouping.expected
    facts: dict[str, Any] = {
        "records": features.size,
        "candidate_pairs": fitting.blocking.pairs,
        "compared_pairs": len(grouping.pairs),
        "sampled_one_in": fitting.thin,
        "pairs_per_key": [
            {"key": b.name, "pairs": b.pairs, "largest_block": b.largest, "block_limit": b.limit}
            for b in fitting.blocking.blocks
        ],
        "priors": {"match": model.fit.prior_match, **dict(zip(RIVALS, model.fit.prior_rival.tolist(), strict=True))},
        "thresholds": {"cluster": settings.threshold, "merge": grouping.merge_threshold},
        "rounds": model.fit.rounds,
        "expected": {
            "cluster": _expectation(expected, "cluster"),
            "merge": _expectation(expected, "merge"),
        },
        "warnings": _warnings(features, fitting, model),
    }
    return facts


def nothing_to_compare(features: Features) -> dict[str, Any]:
    """Return the diagnostics where no field can be compared."""
    return {
        "records": features.size,
        "candidate_pairs": 0,
        "compared_pairs": 0,
        "expected": {},
        "warnings": [{"code": "nothing_to_compare"}],
    }


def _expectation(expected: dict[str, float], level: str) -> dict[str, float]:
    pairs, right = expected[f"{level}_pairs"], expected[f"{level}_right"]
    return {
        "pairs": pairs,
        "precision": round(right / pairs, 6) if pairs else 1.0,
        "recall": round(right / expected["right"], 6) if expected["right"] else 1.0,
        "errors": round(pairs - right, 1),
    }


def _warnings(features: Features, fitting: Fitting, model: Model) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    matches = model.fit.prior_match * fitting.all_pairs
    if matches < FEW_MATCHES:
        found.append({"code": "few_matches", "expected_matches": round(matches, 1)})
    for k, comparison in enumerate(features.comparisons):
        bits = model.weights.match[k, 1 : len(comparison.levels)]
        if float(np.abs(bits).max()) < SILENT_BITS:
            found.append({"code": "silent_field", "field": comparison.name})
    giant = max(GIANT_RECORDS, GIANT_BLOCK * features.size)
    found.extend(
        {"code": "giant_block", "key": blocks.name, "records": blocks.largest}
        for blocks in fitting.blocking.blocks
        if blocks.largest > giant
    )
    return found
