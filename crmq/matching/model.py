"""Fitting the model to one entity: candidates, passes of fit and clustering, weights of all candidate pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crmq.compiled import kernel
from crmq.matching import kernels, weights
from crmq.matching.blocking import Blocking
from crmq.matching.clustering import average_linkage, components
from crmq.matching.comparison import MOST_LEVELS, RIVALS
from crmq.matching.features import Features
from crmq.matching.kernels import CLIP, Weights
from crmq.matching.sorting import unique
from crmq.matching.weights import Fit, Patterns
from crmq.progress import Progress
from crmq.threads import side_by_side

RANDOM_PAIRS = 300_000
SEED = 20_240_229
FULL_PAIRS = 8_000_000
"""Up to this many candidate pairs (counted per key) all are kept and serve the fit."""
SAMPLE_PAIRS = 500_000
"""Above it, the fit sees a sample of about this many, counted per key."""
PASSES = 4
LEAST_FREQUENCY = 1e-7
SLACK = 6.0
"""Bits below even odds down to which a pair is kept while the weights may still move."""
CHUNK = 50_000


@dataclass
class Pairs:
    """Compared pairs of one entity, P of them, in order of their records.

    Attributes:
        first: (P,) number of the smaller record.
        second: (P,) number of the larger record.
        levels: (P, K) levels of agreement.
        values: (P, K) value id both agree on, or -1.
        weight: (P,) log2 odds of a match.
    """

    first: NDArray[np.int32]
    second: NDArray[np.int32]
    levels: NDArray[np.uint8]
    values: NDArray[np.int32]
    weight: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.first)


def _keys(pairs: Pairs) -> NDArray[np.int64]:
    return (pairs.first.astype(np.int64) << 32) | pairs.second.astype(np.int64)


def contains(ordered: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which of the wanted numbers stand among the ordered ones."""
    if len(ordered) == 0:
        return np.zeros(len(wanted), dtype=np.bool_)
    place = np.minimum(np.searchsorted(ordered, wanted), len(ordered) - 1)
    result: NDArray[np.bool_] = ordered[place] == wanted
    return result


@dataclass
class Model:
    """What is known after the fit.

    Attributes:
        fit: Shares per level, priors.
        weights: The same in bits, with the rarity of values.
        counts: (T,) number of parties with each value, by value id.
        holders: (C,) number of parties that have any value in the column.
        same_source: Bits added where both records come from one source ...
        other_source: ... and where they come from two.
    """

    fit: Fit
    weights: Weights
    counts: NDArray[np.int64]
    holders: NDArray[np.int64]
    same_source: float = 0.0
    other_source: float = 0.0


def probability(weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the posterior of a match from log2 odds."""
    result: NDArray[np.float64] = 1.0 / (1.0 + np.exp2(-np.clip(weight, -60.0, 60.0)))
    return result


def bits(posterior: float) -> float:
    """Return log2 odds from a posterior."""
    return float(np.log2(posterior / (1.0 - posterior)))


def compare(
    features: Features, model_weights: Weights, first: NDArray[np.int32], second: NDArray[np.int32], threads: int
) -> Pairs:
    """Return the levels and weights (without source priors) of pairs."""
    size, fields = len(first), len(features.comparisons)
    levels = np.zeros((size, fields), dtype=np.uint8)
    values = np.zeros((size, fields), dtype=np.int32)
    weight = np.zeros(size, dtype=np.float64)

    def work(start: int) -> None:
        stop = min(start + CHUNK, size)
        kernels.compare_pairs(
            features.layout, features.scheme, model_weights, first, second, start, stop, levels, values, weight
        )

    side_by_side(work, range(0, size, CHUNK), threads)
    return Pairs(first, second, levels, values, weight)


def source_bits(
    features: Features, first: NDArray[np.int32], second: NDArray[np.int32], model: Model
) -> NDArray[np.float64]:
    """Return the bits that a pair's sources add: within one source, or across two."""
    same = features.source[first] == features.source[second]
    return np.where(same, model.same_source, model.other_source)


def score(
    features: Features, first: NDArray[np.int32], second: NDArray[np.int32], model: Model, threads: int = 1
) -> Pairs:
    """Return pairs with their levels and final weights: the number that is printed everywhere."""
    pairs = compare(features, model.weights, first, second, threads)
    pairs.weight += source_bits(features, first, second, model)
    return pairs


def party_counts(features: Features, party: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return how many parties have each value, and how many have any value per column.

    Counting parties instead of records keeps a family of duplicates from making its own name look common.
    """
    lay = features.layout
    counts = np.zeros(len(lay.offset), dtype=np.int64)
    holders = np.zeros(len(features.columns), dtype=np.int64)
    _count_parties(
        np.argsort(party, kind="stable"), party, lay.codes, lay.start, lay.more_start, lay.more_column, lay.more_code,
        counts, holders,
    )  # fmt: skip
    return counts, holders


@kernel
def _count_parties(
    order: NDArray[np.int64],
    party: NDArray[np.int32],
    codes: NDArray[np.int32],
    start: NDArray[np.int64],
    more_start: NDArray[np.int64],
    more_column: NDArray[np.int32],
    more_code: NDArray[np.int32],
    counts: NDArray[np.int64],
    holders: NDArray[np.int64],
) -> None:
    """Count each party once per value and once per column; ``order`` lists the records party by party."""
    last = np.full(len(counts), -1, dtype=np.int32)
    seen = np.full(len(start), -1, dtype=np.int32)
    for i in order:
        who = party[i]
        for c in range(len(holders)):
            code = codes[i, c]
            if code == 0:
                continue
            if seen[c] != who:
                seen[c] = who
                holders[c] += 1
            value = start[c] + code
            if last[value] != who:
                last[value] = who
                counts[value] += 1
        for p in range(more_start[i], more_start[i + 1]):
            value = start[more_column[p]] + more_code[p]
            if last[value] != who:
                last[value] = who
                counts[value] += 1


def rarity_of(
    features: Features, fit: Fit, counts: NDArray[np.int64], holders: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the bits that equality on each value adds to its field's top level (term frequencies)."""
    rarity = np.zeros(len(counts), dtype=np.float64)
    for k, comparison in enumerate(features.comparisons):
        start = features.layout.start[comparison.column]
        stop = start + len(features.columns[comparison.column].values) + 1
        usual = max(fit.random[k, comparison.top], LEAST_FREQUENCY)
        share = np.maximum(counts[start:stop] / max(holders[comparison.column], 1), LEAST_FREQUENCY)
        rarity[start:stop] = np.clip(np.log2(usual / share), -CLIP, 0.0 if comparison.extra else CLIP)
        rarity[start] = 0.0
    return rarity


def coincidences(features: Features, counts: NDArray[np.int64], holders: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return for each comparison the chance that two parties have an equal value."""
    chances = np.empty(len(features.comparisons), dtype=np.float64)
    for k, comparison in enumerate(features.comparisons):
        start = features.layout.start[comparison.column]
        stop = start + len(features.columns[comparison.column].values) + 1
        own = counts[start + 1 : stop].astype(np.float64)
        many = max(int(holders[comparison.column]), 1)
        # half a party instead of the value's own one: a value seen once may be shared by a party not seen yet
        chances[k] = max(float((own * np.maximum(own - 0.5, 0.0)).sum()) / many**2, LEAST_FREQUENCY)
    return chances


def weights_from(features: Features, fit: Fit, counts: NDArray[np.int64], holders: NDArray[np.int64]) -> Weights:
    """Return the weights of a fit with the frequencies of the values."""
    return weights.weights_of(
        fit,
        features.comparisons,
        rarity_of(features, fit, counts, holders),
        coincidences(features, counts, holders),
    )


class Fitting:
    """The fit of one entity, step by step."""

    def __init__(self, features: Features, threads: int, progress: Progress) -> None:
        self.features = features
        self.threads = threads
        self.progress = progress
        self.all_pairs = features.size * (features.size - 1) / 2.0
        self.blocking = Blocking(features, threads)
        self.thin = 1 if self.blocking.pairs <= FULL_PAIRS else -(-self.blocking.pairs // SAMPLE_PAIRS)
        blank = self._blank_weights()
        self.sample = compare(features, blank, *self.blocking.sample(self.thin), threads)
        self.random = compare(features, blank, *self._random_pairs(), threads)
        self.random.values = np.zeros((0, 0), dtype=np.int32)  # only their levels are counted
        self.outside = ~contains(_keys(self.sample), _keys(self.random))

    def run(self, threshold: float) -> tuple[Model, Pairs, NDArray[np.int32]]:
        """Fit, cluster, count again, four times over.

        Args:
            threshold: Posterior at which two records count as one party.

        Returns:
            The model, the compared candidate pairs with their final weights, and the group of each record.
        """
        party = np.arange(self.features.size, dtype=np.int32)
        patterns = weights.patterns_of(self.sample.levels)
        pairs = self.sample if self.thin == 1 else None
        model = self._fit(patterns, party, None)
        for step in range(PASSES):
            if step > 0:
                model = self._fit(patterns, party, model.fit)
            if pairs is None:
                pairs = self._search(model)
                self.blocking.forget()
                self.sample = self.random
            if step == PASSES - 1:
                self._choose_values(pairs, model)
            self._weigh(pairs, model)
            if step < PASSES - 1:
                party = self._cluster(pairs, threshold)
        assert pairs is not None
        self._source_priors(pairs, model)
        return model, pairs, self._cluster(pairs, threshold)

    def _blank_weights(self) -> Weights:
        """Weights that say nothing: levels can be compared before there is a model."""
        fields = len(self.features.comparisons)
        shape = (fields, MOST_LEVELS)
        return Weights(
            match=np.zeros(shape),
            rival=np.zeros((len(RIVALS), *shape)),
            shared=np.zeros((len(RIVALS), fields), dtype=np.uint8),
            ceiling=np.zeros((fields, 1 << MOST_LEVELS)),
            rarity=np.zeros(len(self.features.layout.offset)),
            prior=np.zeros(len(RIVALS) + 2),
        )

    def _random_pairs(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return seeded random pairs of records; content order makes them independent of the order of rows."""
        size = self.features.size
        generator = np.random.Generator(np.random.PCG64(SEED))
        draws = int(min(RANDOM_PAIRS, self.all_pairs))
        a, b = generator.integers(0, size, draws), generator.integers(0, size, draws)
        apart = a != b
        a, b = a[apart], b[apart]
        return np.minimum(a, b).astype(np.int32), np.maximum(a, b).astype(np.int32)

    def _fit(self, patterns: Patterns, party: NDArray[np.int32], start: Fit | None) -> Model:
        apart = party[self.random.first] != party[self.random.second]
        fitted = weights.fit(
            self.features.comparisons,
            patterns,
            float(self.thin),
            weights.level_counts(self.random.levels[apart]),
            weights.patterns_of(self.random.levels[apart & self.outside]),
            self.all_pairs,
            start,
        )
        counts, holders = party_counts(self.features, party)
        return Model(fitted, weights_from(self.features, fitted, counts, holders), counts, holders)

    def _search(self, model: Model) -> Pairs:
        """Return all candidate pairs that may matter: promising ones, and those inside the groups these form."""
        features = self.features
        self._weigh(self.sample, model)
        likely = self.sample.weight > 0
        self.blocking.keep_useful(self.sample.first[likely], self.sample.second[likely], self.thin)
        first, second, weight = self.blocking.promising(features.scheme, model.weights, -SLACK)
        part = components(features.size, first, second, weight > -SLACK / 2)
        sizes = np.bincount(part, minlength=features.size)
        part[sizes[part] < 3] = -1
        inside = self.blocking.within(part)
        union = unique(
            np.concatenate(
                [
                    first.astype(np.int64) << 32 | second.astype(np.int64),
                    inside[0].astype(np.int64) << 32 | inside[1].astype(np.int64),
                ]
            )
        )
        return compare(
            features,
            model.weights,
            (union >> 32).astype(np.int32),
            (union & 0xFFFFFFFF).astype(np.int32),
            self.threads,
        )

    def _choose_values(self, pairs: Pairs, model: Model) -> None:
        """Let pairs that agree on several values agree on the one that is rarest by the final model.

        They were compared under an earlier one; whoever scores the pair again must get the same weight.
        """
        several = np.diff(self.features.layout.more_start) > 0
        chosen = np.flatnonzero(several[pairs.first] | several[pairs.second])
        again = compare(self.features, model.weights, pairs.first[chosen], pairs.second[chosen], self.threads)
        pairs.levels[chosen], pairs.values[chosen] = again.levels, again.values

    def _weigh(self, pairs: Pairs, model: Model) -> None:
        def work(start: int) -> None:
            stop = min(start + CHUNK, len(pairs))
            kernels.weigh_levels(model.weights, pairs.levels, pairs.values, start, stop, pairs.weight)

        side_by_side(work, range(0, len(pairs), CHUNK), self.threads)

    def _cluster(self, pairs: Pairs, threshold: float) -> NDArray[np.int32]:
        no = np.zeros(len(pairs), dtype=np.bool_)
        none = np.zeros(len(pairs), dtype=np.int32)
        return average_linkage(self.features.size, pairs.first, pairs.second, pairs.weight - bits(threshold), no, none)

    def _source_priors(self, pairs: Pairs, model: Model) -> None:
        """Give pairs within one source and across sources a prior of their own, from their own posteriors."""
        source = self.features.source
        sizes = np.bincount(source).astype(np.float64)
        within = float((sizes * (sizes - 1) / 2.0).sum())
        across = self.all_pairs - within
        if within <= 0 or across <= 0:
            return
        same = source[pairs.first] == source[pairs.second]
        plain = pairs.weight.copy()
        for _round in range(6):
            posterior = probability(pairs.weight)
            rate_same = (posterior[same].sum() + 0.5) / within
            rate_other = (posterior[~same].sum() + 0.5) / across
            rate = (rate_same * within + rate_other * across) / self.all_pairs
            model.same_source = float(np.clip(np.log2(rate_same / rate), -8.0, 3.0))
            model.other_source = float(np.clip(np.log2(rate_other / rate), -8.0, 3.0))
            pairs.weight = plain + np.where(same, model.same_source, model.other_source)
