"""Precision, recall and F1 of clusters against a truth, by pairs of records.

A pair counts when both records have the same true entity (truth side) or the same cluster id (crmq side). All pairs
are counted from the sizes of groups, never listed: with n records in a group there are n(n-1)/2 pairs.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from crmq.errors import SourceError, UsageError
from crmq.locales import _

_SOURCE = ("source", "object", "entity")


@dataclass(frozen=True)
class Score:
    """Pair counts and what follows from them.

    Attributes:
        true_pairs: Pairs of records with the same true entity.
        found_pairs: Pairs with the same cluster id.
        right_pairs: Pairs with both.
    """

    true_pairs: int
    found_pairs: int
    right_pairs: int

    @property
    def precision(self) -> float:
        """Share of found pairs that are right; 1 when none was found."""
        return self.right_pairs / self.found_pairs if self.found_pairs else 1.0

    @property
    def recall(self) -> float:
        """Share of true pairs that were found; 1 when there are none."""
        return self.right_pairs / self.true_pairs if self.true_pairs else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        both = self.true_pairs + self.found_pairs
        return 2 * self.right_pairs / both if both else 1.0


@dataclass(frozen=True)
class Evaluation:
    """Scores at both levels.

    Attributes:
        cluster: Score of ``cluster_id``, the best estimate.
        merge: Score of ``merge_id``, the automatic merges.
        records: Records of the truth.
        missing: Records of the truth that the clusters do not hold; they count as singletons.
    """

    cluster: Score
    merge: Score
    records: int
    missing: int

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain data, shares rounded to six digits."""
        levels = {}
        for name, score_ in (("cluster_id", self.cluster), ("merge_id", self.merge)):
            levels[name] = {
                "precision": round(score_.precision, 6),
                "recall": round(score_.recall, 6),
                "f1": round(score_.f1, 6),
                "true_pairs": score_.true_pairs,
                "found_pairs": score_.found_pairs,
                "right_pairs": score_.right_pairs,
            }
        return {"records": self.records, "missing": self.missing, **levels}


def pairs_in(sizes: pl.Series) -> int:
    """Return the number of pairs inside groups of these sizes."""
    n = sizes.cast(pl.Int64)
    return int((n * (n - 1) // 2).sum() or 0)


def score(frame: pl.DataFrame, found: str, truth: str = "entity_id") -> Score:
    """Score one column of group ids against another; a null on either side is a group of its own."""
    true = frame.drop_nulls(truth).group_by(truth).len()["len"]
    mine = frame.drop_nulls(found).group_by(found).len()["len"]
    both = frame.drop_nulls([truth, found]).group_by(truth, found).len()["len"]
    return Score(pairs_in(true), pairs_in(mine), pairs_in(both))


def evaluate(clusters: pl.DataFrame, truth: pl.DataFrame) -> Evaluation:
    """Compare clusters with a truth of one row per record.

    Args:
        clusters: As in ``model.matches.CLUSTERS``.
        truth: ``record_id`` and ``entity_id``; ``source``, ``object`` and ``entity`` where record ids alone are not
            unique. Records that only the clusters hold are left out.

    Raises:
        UsageError: Record ids of the truth do not tell the records apart.
    """
    keys = ["record_id", *(c for c in _SOURCE if c in truth.columns)]
    if clusters.select(keys).is_duplicated().any():
        raise UsageError(
            _("The truth does not tell all records apart: the same record id stands in several sources or objects."),
            where="--truth",
            hint=_("Add the columns source, object and entity."),
        )
    truth = truth.unique(keys, maintain_order=True)
    frame = truth.join(clusters.select(*keys, "cluster_id", "merge_id"), on=keys, how="left")
    missing = frame["cluster_id"].null_count()
    return Evaluation(score(frame, "cluster_id"), score(frame, "merge_id"), frame.height, missing)


def evaluate_pairs(clusters: pl.DataFrame, pairs: pl.DataFrame) -> Evaluation:
    """Compare clusters with labelled pairs.

    Args:
        clusters: As in ``model.matches.CLUSTERS``.
        pairs: ``record_id_a``, ``record_id_b``, with ``source_a`` and ``source_b`` where needed, ``same``.
            Only these pairs count.
    """
    frame = pairs.with_row_index("_row")
    for side in ("a", "b"):
        keys = {f"record_id_{side}": "record_id"}
        if f"source_{side}" in pairs.columns:
            keys[f"source_{side}"] = "source"
        mine = clusters.unique(list(keys.values()), maintain_order=True)
        frame = frame.join(
            mine.select(
                *(pl.col(v).alias(k) for k, v in keys.items()),
                pl.col("cluster_id").alias(f"cluster_{side}"),
                pl.col("merge_id").alias(f"merge_{side}"),
            ),
            on=list(keys),
            how="left",
            maintain_order="left",
        )
    missing = frame.filter(pl.col("cluster_a").is_null() | pl.col("cluster_b").is_null()).height

    def level(name: str) -> Score:
        same = (pl.col(f"{name}_a") == pl.col(f"{name}_b")).fill_null(False)
        counts = frame.select(
            pl.col("same").sum().alias("true"), same.sum().alias("found"), (same & pl.col("same")).sum().alias("right")
        ).row(0)
        return Score(*(int(c or 0) for c in counts))

    return Evaluation(level("cluster"), level("merge"), frame.height, missing)


def read_truth(path: Path) -> pl.DataFrame:
    """Read a truth file: records with entity ids, or labelled pairs.

    Records: columns ``record_id`` and ``entity_id`` (or ``cluster``), optionally ``source``, ``object``, ``entity``.
    Pairs: ``record_id_a`` and ``record_id_b`` (or ``record_id_l`` and ``record_id_r``), optionally ``source_a``,
    ``source_b`` and ``same`` (true/false/1/0; without it every row is a match).

    Raises:
        SourceError: The file cannot be read.
        UsageError: The columns are not those of a truth file.
    """
    try:
        frame = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        kind = type(error).__name__
        raise SourceError(_("The truth file cannot be read ({kind}).").format(kind=kind), where=str(path)) from None
    frame = frame.rename({c: c.strip().lower() for c in frame.columns}).cast(pl.String)
    if {"record_id_l", "record_id_r"} <= set(frame.columns):
        frame = frame.rename(
            {c: c[:-2] + {"_l": "_a", "_r": "_b"}[c[-2:]] for c in frame.columns if c.endswith(("_l", "_r"))}
        )
    if {"record_id_a", "record_id_b"} <= set(frame.columns):
        if "same" not in frame.columns:
            return frame.with_columns(pl.lit(True).alias("same"))
        yes = pl.col("same").str.strip_chars().str.to_lowercase().is_in(["1", "true", "yes", "same", "match"])
        return frame.with_columns(yes.alias("same"))
    if "entity_id" not in frame.columns and "cluster" in frame.columns:
        frame = frame.rename({"cluster": "entity_id"})
    if {"record_id", "entity_id"} <= set(frame.columns):
        return frame
    raise UsageError(
        _("This is no truth file."),
        where=str(path),
        hint=_("It needs the columns record_id and entity_id, or record_id_a and record_id_b."),
    )
