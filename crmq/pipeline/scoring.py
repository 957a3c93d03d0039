"""A run against a truth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from crmq import run
from crmq.model.matches import CLUSTERS

if TYPE_CHECKING:
    from crmq.matching.evaluate import Evaluation


def evaluate_run(folder: Path, truth: Path) -> Evaluation:
    """Score the clusters of a run folder against a truth file.

    Raises:
        SourceError: The folder or the file cannot be read.
        UsageError: The file is no truth file, or does not tell the records apart.
    """
    from crmq.matching import evaluate

    run.open_manifest(folder)
    clusters = run.read_table(folder, "clusters", CLUSTERS)
    labels = evaluate.read_truth(truth)
    if "same" in labels.columns:
        return evaluate.evaluate_pairs(clusters, labels)
    return evaluate.evaluate(clusters, labels)
