"""What a caller may decide about matching; every value has a default that needs no thought."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

BALANCED_THRESHOLD = 0.5
"""Posterior at which ``cluster_id`` joins two records: the best estimate, neither cautious nor bold."""

TARGET_PRECISION = 0.99
"""Expected share of right pairs among those that ``merge_id`` joins without anyone's look."""

REPORT_THRESHOLD = 0.05
"""Pairs below this posterior are counted but not written."""


@dataclass(frozen=True)
class MatchSettings:
    """Settings of :func:`crmq.matching.engine.match`.

    Attributes:
        threshold: Posterior of ``cluster_id``.
        target_precision: Expected precision that automatic merges (``merge_id``) must reach.
        ignore: Headers of unmapped columns that must not serve as evidence (a truth label, say).
        use_extras: Whether unmapped columns may serve as evidence at all.
        threads: Worker threads; None takes what the machine has. Results do not depend on it.
        decisions: Steward decisions, or None: ``source_a, object_a, record_id_a, source_b, object_b, record_id_b,
            decision`` with ``decision`` one of ``same`` and ``different``.
    """

    threshold: float = BALANCED_THRESHOLD
    target_precision: float = TARGET_PRECISION
    ignore: frozenset[str] = field(default_factory=frozenset)
    use_extras: bool = True
    threads: int | None = None
    decisions: pl.DataFrame | None = None
