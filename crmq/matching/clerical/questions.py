"""The questions put to a person, those that teach most first.

Two groups of records that merge safely among themselves are one question, however many pairs lie between them. What an
answer teaches is taken as the uncertainty of the question, the entropy of its posterior in bits (uncertainty sampling:
D. Lewis and W. Gale, "A sequential algorithm for training text classifiers", SIGIR 1994), times its consequence, the
number of pairs of records it decides about.

The posterior of a question is that of the mean weight between the two groups, as average linkage sees them: the surest
pair alone would be outvoted by the others where these contradict. Where that mean says "same" and a rule kept the two
from merging all the same, two voices contradict each other, and the posterior is held near one half.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crmq.matching.clerical.evidence import Evidence
from crmq.matching.clustering import BITS
from crmq.matching.explain import Bar, RecordName, sentence_of, waterfall
from crmq.matching.model import Pairs, probability
from crmq.matching.reasons import rival_words, veto_words
from crmq.matching.review import SHOWN, one_per_question, shown_values
from crmq.matching.vetoes import CODES
from crmq.model.tables import KEY

MEMBERS_SHOWN = 6
MEMBERS_WEIGHED = 40
"""Of larger groups, the first so many records are weighed against those of the other."""
CONTRADICTED = 0.8
"""Posterior, at most, of a question in which a rule contradicts the model."""


@dataclass(frozen=True)
class Side:
    """One record of a question.

    Attributes:
        record: Source, object and record id.
        values: Name of a value (see :data:`crmq.matching.review.SHOWN`) to value.
        members: The first records of its merge group, itself included.
        size: Records of that group.
    """

    record: RecordName
    values: dict[str, str | None]
    members: tuple[RecordName, ...]
    size: int


@dataclass(frozen=True)
class Question:
    """Are these two records, and the groups they stand for, the same party?

    Attributes:
        id: Digest of the keys of both records.
        entity: ``person`` or ``organisation``.
        first, second: The two records.
        probability: Posterior of the pair, as in ``pairs``.
        match_weight: The same as log2 odds, the sum of all bars.
        rival: What else would explain the pair best, in words.
        bars: The waterfall of weights.
        sentence: For and against, in words.
        veto: Why it was kept from merging, in words, or empty.
        standing: ``merged``, ``together`` (best estimate, not merged) or ``apart``.
        pairs: Pairs of records that an answer decides about.
        teaches: What the answer teaches, in bits times pairs.
        stratum: Where the pair was drawn at random: from where; empty for a question of the review list.
    """

    id: str
    entity: str
    first: Side
    second: Side
    probability: float
    match_weight: float
    rival: str
    bars: tuple[Bar, ...]
    sentence: str
    veto: str
    standing: str
    pairs: int
    teaches: float
    stratum: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """Both record names and the entity, in the order of the columns of ``decisions.csv``."""
        return (*self.first.record, *self.second.record, self.entity)


def question_id(key: Sequence[str]) -> str:
    """Return the digest by which a question is known: 16 hex digits from its key, whichever record stands first."""
    sides = sorted([tuple(key[0:3]), tuple(key[3:6])])
    text = "\x1f".join([*sides[0], *sides[1], key[6]])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def review_questions(evidence: Evidence, limit: int | None = None) -> tuple[list[Question], int]:
    """Return the questions of the review list, those that teach most first, and how many there are in all.

    Args:
        evidence: The run.
        limit: Only so many are made; None for all.
    """
    wanted = one_per_question(evidence.matches).select(
        *(f"{k}_{side}" for side in ("a", "b") for k in KEY[:3]), "entity"
    )
    asked = _with_rows(evidence, wanted)
    weighed = pl.concat([_weighed(evidence, part) for part in _by_entity(evidence, asked)] or [_NOTHING])
    order = weighed.sort("teaches", "row_a", "row_b", descending=[True, False, False])
    return made(evidence, order.head(limit) if limit is not None else order), order.height


_PLACED = {
    "entity": pl.String, "row_a": pl.UInt32, "row_b": pl.UInt32, "merge_a": pl.String, "merge_b": pl.String,
    "standing": pl.String,
}  # fmt: skip
_NOTHING = pl.DataFrame(schema={**_PLACED, "pairs": pl.Int64, "teaches": pl.Float64})


def _with_rows(evidence: Evidence, wanted: pl.DataFrame) -> pl.DataFrame:
    """Return the rows and merge groups of pairs that are given by their keys."""
    for side in ("a", "b"):
        wanted = wanted.join(
            evidence.rows.select(
                *(pl.col(k).alias(f"{k}_{side}") for k in KEY[:3]),
                "entity",
                pl.col("row").alias(f"row_{side}"),
                pl.col("merge_id").alias(f"merge_{side}"),
                pl.col("cluster_id").alias(f"cluster_{side}"),
            ),
            on=[*(f"{k}_{side}" for k in KEY[:3]), "entity"],
            how="inner",
            maintain_order="left",
        )
    together = pl.col("cluster_a") == pl.col("cluster_b")
    return wanted.with_columns(standing=pl.when(together).then(pl.lit("together")).otherwise(pl.lit("apart"))).select(
        *_PLACED
    )


def _by_entity(evidence: Evidence, frame: pl.DataFrame) -> list[pl.DataFrame]:
    return [part for part in frame.partition_by("entity", maintain_order=True) if evidence.knows(part["entity"][0])]


def _weighed(evidence: Evidence, asked: pl.DataFrame) -> pl.DataFrame:
    """Return the questions of one entity with the pairs they decide about and what they teach."""
    groups = evidence.groups
    firsts: list[NDArray[np.int64]] = []
    seconds: list[NDArray[np.int64]] = []
    sizes, ends = [], [0]
    for merge_a, merge_b in asked.select("merge_a", "merge_b").iter_rows():
        a, b = groups[merge_a], groups[merge_b]
        sizes.append(len(a) * len(b))
        x, y = (np.array(group[:MEMBERS_WEIGHED], dtype=np.int64) for group in (a, b))
        firsts.append(np.repeat(x, len(y)))
        seconds.append(np.tile(y, len(x)))
        ends.append(ends[-1] + len(x) * len(y))
    pairs = evidence.scored(asked["entity"][0], np.concatenate(firsts), np.concatenate(seconds))
    weight = np.clip(pairs.weight, -BITS, BITS)
    mean = np.array([weight[start:stop].mean() for start, stop in pairwise(ends)])
    posterior = probability(mean)
    kept_back = (asked["standing"] == "together").to_numpy()
    posterior = np.where(kept_back, np.clip(posterior, 1 - CONTRADICTED, CONTRADICTED), posterior)
    entropy = -(posterior * np.log2(posterior) + (1 - posterior) * np.log2(1 - posterior))
    size = pl.Series("pairs", sizes, dtype=pl.Int64)
    return asked.with_columns(size, teaches=pl.Series(np.round(entropy * size.to_numpy(), 6)))


def made(evidence: Evidence, asked: pl.DataFrame) -> list[Question]:
    """Return questions in the order of the rows of ``asked``.

    Args:
        evidence: The run.
        asked: ``entity, row_a, row_b, merge_a, merge_b, standing, pairs, teaches`` and, for drawn pairs, ``stratum``.
    """
    asked = asked.with_row_index("place")
    values = _values(evidence, asked)
    found: dict[int, Question] = {}
    for part in _by_entity(evidence, asked):
        first, second = (part[f"row_{side}"].cast(pl.Int64).to_numpy() for side in ("a", "b"))
        pairs = evidence.scored(part["entity"][0], first, second)
        blocked = evidence.vetoed(part["entity"][0], pairs)
        for i, row in enumerate(part.iter_rows(named=True)):
            found[row["place"]] = _question(evidence, row, values, pairs, i, int(blocked[i]))
    return [found[place] for place in sorted(found)]


def _values(evidence: Evidence, asked: pl.DataFrame) -> dict[int, dict[str, Any]]:
    """Return the shown values of every record that takes part, by row."""
    rows = pl.concat([asked["row_a"], asked["row_b"]]).unique()
    wanted = evidence.rows.select("row", *KEY).filter(pl.col("row").is_in(rows.implode()))
    shown = shown_values(evidence.tables, wanted.select(KEY)).join(wanted, on=KEY, how="inner")
    return {row["row"]: row for row in shown.iter_rows(named=True)}


def _question(
    evidence: Evidence, row: dict[str, Any], values: dict[int, dict[str, Any]], pairs: Pairs, i: int, veto: int
) -> Question:
    features, model, place = evidence.of(row["entity"])
    one = Pairs(*(getattr(pairs, name)[i : i + 1] for name in ("first", "second", "levels", "values", "weight")))
    flip = bool(place[row["row_a"]] > place[row["row_b"]])
    rival, bars = waterfall(features, model, one, flip)
    words = veto_words(CODES[veto]) if veto else ""
    first, second = (_side(evidence, values[row[f"row_{s}"]], row[f"merge_{s}"]) for s in ("a", "b"))
    return Question(
        id=question_id((*first.record, *second.record, row["entity"])),
        entity=row["entity"],
        first=first,
        second=second,
        probability=round(float(probability(one.weight)[0]), 6),
        match_weight=round(float(one.weight[0]), 3),
        rival=rival_words(rival),
        bars=bars,
        sentence=sentence_of(bars, words),
        veto=words,
        standing=row["standing"],
        pairs=row["pairs"],
        teaches=row["teaches"],
        stratum=row.get("stratum") or "",
    )


def _side(evidence: Evidence, values: dict[str, Any], merge_id: str) -> Side:
    group = evidence.groups[merge_id]
    keys = evidence.rows.select(KEY[:3])
    others = [row for row in group if row != values["row"]][: MEMBERS_SHOWN - 1]
    members: list[RecordName] = [keys.row(row) for row in (values["row"], *others)]
    shown = {name: None if values[name] is None else str(values[name]) for name in SHOWN}
    return Side((values["source"], values["object"], values["record_id"]), shown, tuple(members), len(group))
