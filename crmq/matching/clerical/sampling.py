"""Pairs drawn at random in strata, so that a few hundred labels measure the precision and recall of a whole run.

Strata are the kind of party, how a pair stands (merged, in one cluster but not merged, apart) and its probability;
pairs of a group that were never listed are strata of their own. The pairs of a sample are shared out by the size of a
stratum times its expected standard deviation (Neyman's allocation; W. Cochran, "Sampling Techniques", 3rd ed. 1977,
section 5.5), with some for each. A larger sample holds the smaller one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import polars as pl

from crmq.errors import UsageError
from crmq.locales import _
from crmq.matching.clerical.evidence import Evidence
from crmq.matching.clerical.questions import Question, made

SEED = 20_241_107
LEAST = 3
"""Pairs drawn from each stratum, where it has as many."""
EDGES = {"merged": (0.95, 0.999), "together": (0.5, 0.95), "apart": (0.2, 0.5, 0.95)}
"""Where the range of probabilities is cut."""
UNLISTED = -1
"""Number of the stratum of pairs that are not listed."""
DOUBT = 0.05
"""Expected share of errors, at least: the model may be surer than it ought to be."""
TRIES = 5_000
"""Draws per wanted pair, at most, to hit on one that is not listed."""


@dataclass(frozen=True)
class Stratum:
    """Pairs of one kind.

    Attributes:
        entity: ``person`` or ``organisation``.
        standing: ``merged``, ``together`` or ``apart``.
        bin: Number of the range of probabilities, or :data:`UNLISTED`: pairs inside groups that are not listed.
        population: Number of pairs.
        expected: Mean probability of them.
    """

    entity: str
    standing: str
    bin: int
    population: int
    expected: float

    @property
    def name(self) -> str:
        """How the stratum is called where a drawn pair is written down."""
        return f"{self.entity}/{self.standing}/{self.bin}"


def strata_of(evidence: Evidence) -> tuple[list[Stratum], pl.DataFrame]:
    """Return the strata of a run, and its listed pairs with the ``stratum`` of each."""
    place = pl.lit(0)
    for standing, edges in EDGES.items():
        for edge in edges:
            place += ((pl.col("standing") == standing) & (pl.col("probability") >= edge)).cast(pl.Int32)
    listed = evidence.pairs.with_columns(bin=place).with_columns(
        stratum=pl.concat_str("entity", "standing", "bin", separator="/")
    )
    counted = listed.group_by("entity", "standing", "bin").agg(pl.len(), pl.col("probability").mean())
    found = [Stratum(*row) for row in counted.iter_rows()]
    inside = {(s, e): 0 for s in ("merged", "together") for e in listed["entity"].unique()}
    for stratum in found:
        if stratum.standing != "apart":
            inside[stratum.standing, stratum.entity] += stratum.population
    for (standing, entity), have in inside.items():
        missing = _pairs_inside(evidence, entity, standing) - have
        if missing > 0:
            found.append(Stratum(entity, standing, UNLISTED, missing, 0.5))
    return sorted(found, key=lambda s: (s.entity, s.standing, s.bin)), listed


def _pairs_inside(evidence: Evidence, entity: str, standing: str) -> int:
    """Return the number of pairs that are merged, or that stand together without being merged."""
    mine = evidence.rows.filter(pl.col("entity") == entity)
    merged, together = (
        int((sizes * (sizes - 1) // 2).sum() or 0)
        for sizes in (mine.group_by(name).len()["len"].cast(pl.Int64) for name in ("merge_id", "cluster_id"))
    )
    return merged if standing == "merged" else together - merged


def allocation(strata: list[Stratum], size: int) -> list[int]:
    """Return how many pairs to draw from each stratum.

    Raises:
        UsageError: The size does not give each stratum its least share.
    """
    least = [min(LEAST, stratum.population) for stratum in strata]
    if size < sum(least):
        raise UsageError(
            _("A sample of {n} pairs is too small: the strata of this run need {least}.").format(
                n=size, least=sum(least)
            ),
            where="--sample",
        )
    doubt = [min(max(stratum.expected, DOUBT), 1 - DOUBT) for stratum in strata]
    weight = [s.population * math.sqrt(p * (1 - p)) for s, p in zip(strata, doubt, strict=True)]
    given = list(least)
    left = size - sum(given)
    while left > 0:
        # the stratum that is furthest behind its share gets the next one: nested for growing sizes
        behind = [
            weight[i] / (given[i] + 1) if given[i] < stratum.population else -1.0 for i, stratum in enumerate(strata)
        ]
        best = max(range(len(strata)), key=lambda i: (behind[i], -i))
        if behind[best] <= 0:
            break
        given[best] += 1
        left -= 1
    return given


def sample_questions(evidence: Evidence, size: int) -> list[Question]:
    """Return a random sample of pairs as questions, in random order.

    Raises:
        UsageError: There are no pairs, or the size is too small.
    """
    strata, listed = strata_of(evidence)
    strata = [stratum for stratum in strata if evidence.knows(stratum.entity)]
    if not strata:
        raise UsageError(_("There are no pairs to draw from."))
    listed = listed.sort("row_a", "row_b")
    parts = []
    for stratum, wanted in zip(strata, allocation(strata, size), strict=True):
        if stratum.bin == UNLISTED:
            drawn = _unlisted(evidence, stratum, wanted, listed)
        else:
            mine = listed.filter(pl.col("stratum") == stratum.name).select("row_a", "row_b")
            drawn = mine[_generator(stratum).permutation(mine.height)[:wanted].tolist()]
        parts.append(
            drawn.with_columns(
                entity=pl.lit(stratum.entity), standing=pl.lit(stratum.standing), stratum=pl.lit(stratum.name)
            )
        )
    everything = pl.concat(parts)
    order = np.random.default_rng(SEED).permutation(everything.height).tolist()
    asked = everything[order].with_columns(pairs=pl.lit(1, dtype=pl.Int64), teaches=pl.lit(0.0))
    for side in ("a", "b"):
        groups = evidence.rows.select(pl.col("row").alias(f"row_{side}"), pl.col("merge_id").alias(f"merge_{side}"))
        asked = asked.join(groups, on=f"row_{side}", how="left", maintain_order="left")
    return made(evidence, asked)


def _generator(stratum: Stratum) -> np.random.Generator:
    return np.random.default_rng([SEED, *stratum.name.encode()])


def _unlisted(evidence: Evidence, stratum: Stratum, wanted: int, listed: pl.DataFrame) -> pl.DataFrame:
    """Return random pairs of records that share a group and are not listed."""
    mine = evidence.rows.filter(pl.col("entity") == stratum.entity)
    grouped = mine.group_by("cluster_id" if stratum.standing == "together" else "merge_id", maintain_order=True).agg(
        "row", pl.col("merge_id").alias("merges")
    )
    grouped = grouped.filter(pl.col("row").list.len() > 1)
    sizes = grouped["row"].list.len().cast(pl.Float64).to_numpy()
    chance = np.cumsum(sizes * (sizes - 1) / 2)
    rows, merges = grouped["row"].to_list(), grouped["merges"].to_list()
    ours = listed.filter(pl.col("entity") == stratum.entity)
    taken = set(ours.select(pl.min_horizontal("row_a", "row_b"), pl.max_horizontal("row_a", "row_b").alias("b")).rows())
    random = _generator(stratum)
    found: list[tuple[int, int]] = []
    for _try in range(TRIES * wanted):
        if len(found) == wanted:
            break
        at = int(np.searchsorted(chance, random.random() * chance[-1], side="right"))
        i, j = sorted(int(n) for n in random.integers(len(rows[at]), size=2))
        pair = (rows[at][i], rows[at][j])
        if i == j or pair in taken or (stratum.standing == "together" and merges[at][i] == merges[at][j]):
            continue
        taken.add(pair)
        found.append(pair)
    return pl.DataFrame(found, schema={"row_a": pl.UInt32, "row_b": pl.UInt32}, orient="row")
