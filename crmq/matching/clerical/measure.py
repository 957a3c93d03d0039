"""Precision and recall from the labels of a stratified sample, with intervals of 95 %.

Shares are those of the strata, weighted by their size (W. Cochran, "Sampling Techniques", 3rd ed. 1977, section 5.2).
Each stratum has Wilson's limits, corrected for finite populations; those of the weighted sum follow from them by the
method of variance estimates recovery (MOVER: G. Zou and A. Donner, "Construction of confidence limits about effect
measures: a general approach", Statistics in Medicine 27 (2008), 1693-1702), which keeps their skew: a stratum without
an error keeps its doubt, on the one side where it has any. Recall is one minus the share of right pairs outside; the
limits of the ratio of both totals come from their own limits in the same way (R. Newcombe, "MOVER-R confidence
intervals for ratios and products of two independently estimated quantities", Statistical Methods in Medical Research
25 (2016), 1774-1778).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from crmq.matching.clerical.evidence import Evidence
from crmq.matching.clerical.sampling import UNLISTED, Stratum
from crmq.matching.clerical.store import Decision
from crmq.matching.decisions import SAME
from crmq.model.tables import KEY

Z = 1.959964
"""Quantile of the normal distribution for 95 %."""

LEVELS = {"merge_id": ("merged",), "cluster_id": ("merged", "together")}
"""How pairs stand that each level joins."""


@dataclass(frozen=True)
class Counted:
    """Labels of one stratum: its pairs, those labelled, and those labelled as the same party."""

    population: int
    labelled: int
    same: int


@dataclass(frozen=True)
class Interval:
    """An estimate with its limits."""

    value: float
    low: float
    high: float

    def as_dict(self) -> dict[str, float]:
        """Return it as plain data, rounded to four digits."""
        return {"value": round(self.value, 4), "low": round(self.low, 4), "high": round(self.high, 4)}


def wilson(counted: Counted, z: float = Z) -> Interval:
    """Return the share of a stratum with Wilson's limits (E. Wilson, JASA 22 (1927), 209-212).

    The number of labels counts for more, the larger a part of the stratum they are.
    """
    share = counted.same / counted.labelled
    n = _effective(counted)
    if math.isinf(n):
        return Interval(share, share, share)
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return Interval(share, max(centre - half, 0.0), min(centre + half, 1.0))


def _effective(counted: Counted) -> float:
    """Return the number of labels, corrected for a finite population."""
    rest = counted.population - counted.labelled
    return counted.labelled * (counted.population - 1) / rest if rest > 0 else math.inf


def share(strata: Sequence[Counted]) -> Interval:
    """Return the share of "same" over all strata; every one has labels."""
    total = sum(s.population for s in strata)
    weights = [s.population / total for s in strata]
    limits = [wilson(counted) for counted in strata]
    value = math.fsum(w * limit.value for w, limit in zip(weights, limits, strict=True))
    below = math.hypot(*(w * (limit.value - limit.low) for w, limit in zip(weights, limits, strict=True)))
    above = math.hypot(*(w * (limit.high - limit.value) for w, limit in zip(weights, limits, strict=True)))
    return Interval(value, max(value - below, 0.0), min(value + above, 1.0))


def recall(inside: tuple[int, Interval], outside: tuple[int, Interval]) -> Interval | None:
    """Return the share of right pairs that stand inside, from the sizes of both parts and their shares of "same"."""
    a, b = (Interval(n * s.value, n * s.low, n * s.high) for n, s in (outside, inside))
    if b.low <= 0.0:
        return None
    product = a.value * b.value
    upper = _root(product * product - a.high * b.low * (2 * a.value - a.high) * (2 * b.value - b.low))
    most = (product + upper) / (b.low * (2 * b.value - b.low))
    lower = _root(product * product - a.low * b.high * (2 * a.value - a.low) * (2 * b.value - b.high))
    below = b.high * (2 * b.value - b.high)
    least = (product - lower) / below if below > 0 else 0.0
    return Interval(1 / (1 + a.value / b.value), 1 / (1 + most), 1 / (1 + max(least, 0.0)))


def _root(square: float) -> float:
    return math.sqrt(max(square, 0.0))


@dataclass(frozen=True)
class Measured:
    """What the labels say of one kind of party, or of all.

    Attributes:
        labels: Labels that count.
        precision: Per level (``merge_id``, ``cluster_id``), or None where there are no labels for it.
        recall: The same, among the pairs that crmq compared and found worth listing.
    """

    labels: int
    precision: dict[str, Interval | None]
    recall: dict[str, Interval | None]

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        figures = {
            level: {
                "precision": p.as_dict() if (p := self.precision[level]) else None,
                "recall": r.as_dict() if (r := self.recall[level]) else None,
            }
            for level in LEVELS
        }
        return {"labels": self.labels, **figures}


def tally(evidence: Evidence, listed: pl.DataFrame, labels: Iterable[Decision]) -> dict[str, tuple[int, int]]:
    """Return per stratum the labelled pairs, and those of them that are the same party.

    Args:
        evidence: The run.
        listed: Its listed pairs with their strata, as :func:`crmq.matching.clerical.sampling.strata_of` gives them.
        labels: Decisions about pairs of the run; others are passed over.
    """
    rows = {row[1:5]: (row[0], *row[5:7]) for row in evidence.rows.select("row", *KEY, "cluster_id", "merge_id").rows()}
    strata = dict(zip(listed.select("row_a", "row_b").iter_rows(), listed["stratum"].to_list(), strict=True))
    found: dict[str, tuple[int, int]] = {}
    for label in labels:
        a, b = (rows.get((*label.key[i : i + 3], label.key[6])) for i in (0, 3))
        if a is None or b is None:
            continue
        name = strata.get((a[0], b[0])) or strata.get((b[0], a[0]))
        if name is None and a[1] == b[1]:
            name = f"{label.key[6]}/{'merged' if a[2] == b[2] else 'together'}/{UNLISTED}"
        if name is not None:
            labelled, same = found.get(name, (0, 0))
            found[name] = (labelled + 1, same + (label.answer == SAME))
    return found


def measured(strata: Sequence[Stratum], labels: dict[str, tuple[int, int]]) -> Measured:
    """Return precision and recall of the strata given.

    Args:
        strata: All strata of what is measured.
        labels: Per name of a stratum, the labelled pairs and those of them that are the same party. A stratum
            without any is taken together with its neighbour.
    """
    parts: dict[str, list[Counted]] = {}
    for standing in ("merged", "together", "apart"):
        collapsed = []
        for entity in dict.fromkeys(s.entity for s in strata):
            mine = [s for s in strata if (s.entity, s.standing) == (entity, standing)]
            collapsed += _collapsed([Counted(s.population, *labels.get(s.name, (0, 0))) for s in mine])
        parts[standing] = collapsed
    precision: dict[str, Interval | None] = {}
    recalls: dict[str, Interval | None] = {}
    for level, joined in LEVELS.items():
        inside = [c for standing in joined for c in parts[standing]]
        outside = [c for standing in parts if standing not in joined for c in parts[standing]]
        precision[level] = recalls[level] = None
        if inside and all(c.labelled for c in inside):
            precision[level] = right = share(inside)
            if all(c.labelled for c in outside):
                rest = share(outside) if outside else Interval(0.0, 0.0, 0.0)
                recalls[level] = recall((_size(inside), right), (_size(outside), rest))
    return Measured(sum(c.labelled for part in parts.values() for c in part), precision, recalls)


def _size(strata: Sequence[Counted]) -> int:
    return sum(c.population for c in strata)


def _collapsed(strata: list[Counted]) -> list[Counted]:
    """Return the strata with those that have no labels added to the next one that has."""
    found: list[Counted] = []
    waiting = 0
    for counted in strata:
        if counted.labelled:
            found.append(Counted(counted.population + waiting, counted.labelled, counted.same))
            waiting = 0
        elif found:
            last = found[-1]
            found[-1] = Counted(last.population + counted.population, last.labelled, last.same)
        else:
            waiting += counted.population
    return found if not waiting else [Counted(waiting, 0, 0)]
