"""The score of single pairs, field by field: what explanations and reviews show.

The parts add up to the weight that :mod:`crmq.matching.engine` stored, because both come from the same kernel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crmq.matching.comparison import RIVALS
from crmq.matching.features import Features
from crmq.matching.kernels import AREA
from crmq.matching.model import Model, probability, score
from crmq.matching.vetoes import CODES, vetoes


@dataclass(frozen=True)
class FieldScore:
    """One field of a pair.

    Attributes:
        name: Name of the comparison; unmapped columns begin with ``extra:``.
        level: Name of the level of agreement (see :data:`crmq.matching.comparison.LEVELS`).
        weight: Bits for a match against strangers, the rarity of the value included.
        rarity: The part of ``weight`` that is due to the rarity of the common value.
        rivals: Bits for each rival class against strangers; a class that does not share the field is left out.
        value: The value both agree on, in its comparison form, or None.
    """

    name: str
    level: str
    weight: float
    rarity: float
    rivals: dict[str, float]
    value: str | None


@dataclass(frozen=True)
class PairScore:
    """A pair, taken apart.

    ``weight`` is ``prior_bits`` plus the weights of the fields plus ``source_bits`` minus ``rival_bits``.

    Attributes:
        fields: The compared fields, in the order of the model.
        prior_bits: log2 odds of a match against strangers before anything is compared.
        source_bits: Bits added because both come from one source, or from two.
        rival_bits: Bits by which the rival explanations (household, area) lower the odds.
        rivals: log2 odds of each rival class against strangers.
        weight: log2 odds of a match.
        probability: Posterior of a match, rounded as it is stored.
        veto: Code of what keeps the pair from an automatic merge, or ``none``.
    """

    fields: tuple[FieldScore, ...]
    prior_bits: float
    source_bits: float
    rival_bits: float
    rivals: dict[str, float]
    weight: float
    probability: float
    veto: str


def score_pairs(features: Features, i: int, j: int, model: Model) -> PairScore:
    """Return the score of records ``i`` and ``j`` (their places in ``features.keys``), field by field."""
    low, high = min(i, j), max(i, j)
    pairs = score(features, np.array([low], dtype=np.int32), np.array([high], dtype=np.int32), model)
    levels, values = pairs.levels[0], pairs.values[0]
    weights = model.weights
    strangers = float(weights.prior[-1])
    fields: list[FieldScore] = []
    rivals = {
        rival: float(weights.prior[1 + r]) - strangers for r, rival in enumerate(RIVALS) if weights.shared[r].any()
    }
    total = float(weights.prior[0]) - strangers
    for k, comparison in enumerate(features.comparisons):
        level = int(levels[k])
        rarity = float(weights.rarity[values[k]]) if values[k] >= 0 else 0.0
        own = {}
        for r, rival in enumerate(RIVALS):
            if weights.shared[r, k]:
                own[rival] = float(weights.rival[r, k, level]) + (rarity if r != AREA else 0.0)
                rivals[rival] += own[rival]
        weight = float(weights.match[k, level]) + rarity
        total += weight
        column = features.columns[comparison.column]
        code = int(values[k] - features.layout.start[comparison.column])
        value = column.values[code - 1] if values[k] >= 0 else None
        fields.append(FieldScore(comparison.name, comparison.levels[level], weight, rarity, own, value))
    same = features.source[low] == features.source[high]
    source_bits = model.same_source if same else model.other_source
    weight = float(pairs.weight[0])
    code = int(vetoes(features, model, pairs, np.zeros(1, dtype=np.int64))[0])
    return PairScore(
        fields=tuple(fields),
        prior_bits=float(weights.prior[0]) - strangers,
        source_bits=source_bits,
        rival_bits=total + source_bits - weight,
        rivals=rivals,
        weight=weight,
        probability=float(np.round(probability(pairs.weight)[0], 6)),
        veto=CODES[code],
    )


def place_of(features: Features, source: str, object_: str, record_id: str) -> int | None:
    """Return the place of a record in ``features.keys``, or None when it is not there."""
    keys = features.keys
    found = (
        ((keys["source"] == source) & (keys["object"] == object_) & (keys["record_id"] == record_id))
        .arg_true()
        .to_list()
    )
    return int(found[0]) if found else None
