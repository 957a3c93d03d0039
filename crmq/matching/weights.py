"""The model: how much each level of agreement says, fitted without labels.

Fellegi, I. P. and Sunter, A. B. (1969), "A Theory for Record Linkage", with more latent classes than two: the same
party, two rivals (members of one household or site, neighbours), strangers. Household members share surname, address
and phone, but not given name and birth date; without their class, families are pulled together. Neighbours share
postal code and city, which depend on each other; without their class, a city counts twice.

The shares of levels in the classes are fitted by expectation maximisation on counts of agreement patterns of
candidate pairs; u comes from random pairs and is corrected for the matches among them; the priors refer to all pairs
of the data, not to candidates. Winkler, W. E. (1988), "Using the EM Algorithm for Weight Computation in the
Fellegi-Sunter Model of Record Linkage".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crmq.compiled import kernel
from crmq.matching.comparison import EXTRA_LEAST_BITS, EXTRA_MOST_BITS, MOST_LEVELS, RIVALS, Comparison
from crmq.matching.kernels import AREA, Weights

PSEUDO_PAIRS = 30.0
"""Weight of the believed shares in the fit of m, in pairs ..."""
PSEUDO_SHARE = 0.05
"""... and as a share of the matches."""
SMOOTHING = 0.3
"""Pairs added to each level, so that nothing is impossible."""
RANDOM_SMOOTHING = 0.5
LEAST_RANDOM = 0.03
"""u never falls below this share of what random pairs showed, however many of them are matches."""
ANY_CLASS = 0
NO_MATCH = 1
NEIGHBOURS = 2
"""Which classes a pattern may belong to: all; all but the match; strangers and neighbours only."""
IMPLAUSIBLE_BITS = -10.0
"""A pair that belief alone puts this many bits below even odds never counts as a match in the fit."""
MOST_ROUNDS = 80
TOLERANCE = 1e-4


@dataclass
class Fit:
    """A fitted model of K comparisons with L levels at most; level 0 (missing) has share 0 everywhere.

    Attributes:
        match: (K, L) m: shares of the levels among matches.
        rival: (R, K, L) shares among pairs of each rival class.
        random: (K, L) u: shares among strangers.
        prior_match: Share of matches among all pairs of records.
        prior_rival: (R,) share of each rival class.
        shared: (R, K) whether the rival class shares the field.
        extra: (K,) whether the field is an unmapped column.
        rounds: Rounds of expectation maximisation.
        pairs: Pairs that the fit saw (scaled up where they are a sample).
    """

    match: NDArray[np.float64]
    rival: NDArray[np.float64]
    random: NDArray[np.float64]
    prior_match: float
    prior_rival: NDArray[np.float64]
    shared: NDArray[np.uint8]
    extra: NDArray[np.bool_]
    rounds: int
    pairs: float

    @property
    def priors(self) -> NDArray[np.float64]:
        """Shares of all classes among all pairs: match, rivals, strangers."""
        strangers = max(1.0 - self.prior_match - float(self.prior_rival.sum()), 1e-6)
        shares = np.concatenate([[self.prior_match], self.prior_rival, [strangers]])
        result: NDArray[np.float64] = np.maximum(shares, 1e-300)
        return result


@dataclass(frozen=True)
class Patterns:
    """Agreement patterns of candidate pairs, each with the number of pairs that show it."""

    levels: NDArray[np.uint8]
    counts: NDArray[np.int64]


def patterns_of(levels: NDArray[np.uint8]) -> Patterns:
    """Count the distinct rows of a (P, K) matrix of levels."""
    if len(levels) == 0:
        return Patterns(levels, np.zeros(0, dtype=np.int64))
    _distinct, first, counts = np.unique(row_hashes(levels), return_index=True, return_counts=True)
    return Patterns(np.ascontiguousarray(levels[first]), counts.astype(np.int64))


@kernel
def row_hashes(levels: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return a hash of each row of a matrix."""
    hashes = np.empty(len(levels), dtype=np.uint64)
    for p in range(len(levels)):
        word = np.uint64(0x243F6A8885A308D3)
        for k in range(levels.shape[1]):
            word = (word ^ np.uint64(levels[p, k])) * np.uint64(0x9E3779B97F4A7C15)
            word ^= word >> np.uint64(29)
        hashes[p] = word
    return hashes


def level_counts(levels: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return how often each column of a (P, K) matrix shows each level: (K, L)."""
    counts = np.zeros((levels.shape[1], MOST_LEVELS), dtype=np.int64)
    for k in range(levels.shape[1]):
        counts[k] = np.bincount(levels[:, k], minlength=MOST_LEVELS)[:MOST_LEVELS]
    return counts


def fit(
    comparisons: Sequence[Comparison],
    candidates: Patterns,
    scale: float,
    random_counts: NDArray[np.int64],
    strangers: Patterns,
    all_pairs: float,
    start: Fit | None = None,
) -> Fit:
    """Fit the model by expectation maximisation.

    Candidates are chosen because they agree on something, so they say nothing of how often strangers agree; random
    pairs do, and stand for all pairs that are no candidates. They are never matches or of one household here (a single
    one would stand for millions), but they may be neighbours.

    Args:
        comparisons: What is compared.
        candidates: Patterns of the candidate pairs.
        scale: Candidate pairs that each counted pair stands for.
        random_counts: (K, L) levels of random pairs of records that are not known to be one party.
        strangers: Patterns of those random pairs that are no candidates.
        all_pairs: Number of pairs of records in the data.
        start: An earlier fit to start from, or None.
    """
    size = len(comparisons)
    believed = blank_shares(size)
    random = blank_shares(size)
    levels_of = np.array([len(c.levels) for c in comparisons], dtype=np.int64)
    for k, comparison in enumerate(comparisons):
        believed[k, : levels_of[k]] = comparison.believed()
        random[k, 1 : levels_of[k]] = random_counts[k, 1 : levels_of[k]] + RANDOM_SMOOTHING
        random[k] /= random[k].sum()
    shared = np.array([[c.shared_by(rival) for c in comparisons] for rival in RIVALS], dtype=np.uint8)
    # a class that shares everything, or nothing, is no rival
    shared[shared.all(axis=1)] = 0
    pairs = float(candidates.counts.sum()) * scale
    prior = min(0.3, max(1e-9, pairs * 0.05 / all_pairs))
    fitted = Fit(
        match=(start.match if start else believed).copy(),
        rival=np.where(shared[:, :, None] == 1, start.rival if start else believed, random),
        random=random.copy(),
        prior_match=start.prior_match if start else prior,
        prior_rival=start.prior_rival.copy() if start else np.where(shared.any(axis=1), prior * 0.3, 0.0),
        shared=shared,
        extra=np.array([c.extra for c in comparisons], dtype=np.bool_),
        rounds=0,
        pairs=pairs,
    )
    plausible = _plausible(candidates.levels, believed, random, fitted.extra, all_pairs)
    levels = np.concatenate([candidates.levels, strangers.levels])
    classes = np.concatenate(
        [np.where(plausible, ANY_CLASS, NO_MATCH), np.full(len(strangers.counts), NEIGHBOURS)]
    ).astype(np.uint8)
    weights = np.concatenate(
        [
            candidates.counts * scale,
            strangers.counts * (max(all_pairs - pairs, 0.0) / max(int(strangers.counts.sum()), 1)),
        ]
    )
    for _round in range(MOST_ROUNDS):
        fitted.rounds += 1
        change = _improve(fitted, levels, weights, classes, believed, random, levels_of, all_pairs)
        if change < TOLERANCE and fitted.rounds > 5:
            break
    return fitted


def _plausible(
    levels: NDArray[np.uint8],
    believed: NDArray[np.float64],
    random: NDArray[np.float64],
    extra: NDArray[np.bool_],
    all_pairs: float,
) -> NDArray[np.bool_]:
    """Return which patterns may be matches at all, by what is believed before the fit.

    In large data pairs that depend in some other way (the same town and a common name) outnumber the matches by far;
    left alone, the fit would take them for the class it looks for.
    """
    bits = _log_ratio(believed, random, extra) / np.log(2.0)
    weight = bits[np.arange(levels.shape[1]), levels].sum(axis=1)
    result: NDArray[np.bool_] = weight - 0.5 * np.log2(2.0 * all_pairs) > IMPLAUSIBLE_BITS
    return result


def _improve(
    fitted: Fit,
    levels: NDArray[np.uint8],
    weights: NDArray[np.float64],
    classes: NDArray[np.uint8],
    believed: NDArray[np.float64],
    observed: NDArray[np.float64],
    levels_of: NDArray[np.int64],
    all_pairs: float,
) -> float:
    """Do one round: expectation over the patterns, then new shares. Returns the largest change of m."""
    log_match = _log_ratio(fitted.match, fitted.random, fitted.extra)
    log_rival = np.stack([_log_ratio(shares, fitted.random, fitted.extra) for shares in fitted.rival])
    matched = np.zeros_like(log_match)
    rivalled = np.zeros_like(log_rival)
    totals = np.zeros(1 + len(RIVALS))
    _expect(
        levels, weights, classes, log_match, log_rival, fitted.shared, np.log(fitted.priors), matched, rivalled, totals
    )
    fitted.prior_match = float(np.clip(totals[0] / all_pairs, 1e-12, 0.5))
    active = fitted.shared.any(axis=1)
    fitted.prior_rival = np.where(active, np.clip(totals[1:] / all_pairs, 1e-12, 0.3), 0.0)
    change = 0.0
    for k, count in enumerate(levels_of):
        seen = matched[k, 1:count]
        share = seen + SMOOTHING + (PSEUDO_PAIRS + PSEUDO_SHARE * seen.sum()) * believed[k, 1:count]
        share /= share.sum()
        change = max(change, float(np.abs(share - fitted.match[k, 1:count]).max()))
        fitted.match[k, 1:count] = share
        _correct_random(fitted, k, count, observed)
        for r in range(len(RIVALS)):
            if fitted.shared[r, k]:
                seen = rivalled[r, k, 1:count]
                # neighbours are seen among random pairs as they are; belief is for classes that are only inferred
                belief = 0.0 if r == AREA else PSEUDO_SHARE * seen.sum()
                share = seen + SMOOTHING + belief * believed[k, 1:count]
                fitted.rival[r, k, 1:count] = share / share.sum()
            else:
                fitted.rival[r, k, 1:count] = fitted.random[k, 1:count]
    return change


def _correct_random(fitted: Fit, k: int, count: int, observed: NDArray[np.float64]) -> None:
    """Take what matches and rivals contribute to the levels of random pairs out of those of strangers."""
    explained = fitted.prior_match * fitted.match[k, 1:count]
    others = fitted.prior_match
    for r, prior in enumerate(fitted.prior_rival):
        if fitted.shared[r, k]:
            explained = explained + prior * fitted.rival[r, k, 1:count]
            others += prior
    corrected = (observed[k, 1:count] - explained) / (1.0 - others)
    corrected = np.maximum(corrected, LEAST_RANDOM * observed[k, 1:count])
    fitted.random[k, 1:count] = corrected / corrected.sum()


def _log_ratio(
    shares: NDArray[np.float64], random: NDArray[np.float64], extra: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return natural logarithms of share over share among strangers; those of unmapped columns are clipped."""
    ratio = np.log(np.maximum(shares, 1e-9)) - np.log(np.maximum(random, 1e-12))
    ratio[extra] = np.clip(ratio[extra], EXTRA_LEAST_BITS * np.log(2.0), EXTRA_MOST_BITS * np.log(2.0))
    ratio[:, 0] = 0.0
    return ratio


@kernel
def _expect(
    levels: NDArray[np.uint8],
    weights: NDArray[np.float64],
    classes: NDArray[np.uint8],
    log_match: NDArray[np.float64],
    log_rival: NDArray[np.float64],
    shared: NDArray[np.uint8],
    log_priors: NDArray[np.float64],
    matched: NDArray[np.float64],
    rivalled: NDArray[np.float64],
    totals: NDArray[np.float64],
) -> None:
    """Add the expected numbers of levels among matches and rivals to ``matched`` and ``rivalled``, and their totals."""
    size = levels.shape[1]
    rivals = log_rival.shape[0]
    chance = np.zeros(rivals + 2)
    for p in range(len(levels)):
        for c in range(rivals + 2):
            chance[c] = log_priors[c]
        if classes[p] != ANY_CLASS:
            chance[0] = -1e300
        if classes[p] == NEIGHBOURS:
            chance[1] = -1e300
        for k in range(size):
            level = levels[p, k]
            chance[0] += log_match[k, level]
            for r in range(rivals):
                if shared[r, k]:
                    chance[1 + r] += log_rival[r, k, level]
        most = chance.max()
        whole = 0.0
        for c in range(rivals + 2):
            chance[c] = np.exp(chance[c] - most)
            whole += chance[c]
        for c in range(rivals + 1):
            expected = weights[p] * chance[c] / whole
            totals[c] += expected
            if expected < 1e-12:
                continue
            for k in range(size):
                if c == 0:
                    matched[k, levels[p, k]] += expected
                elif shared[c - 1, k]:
                    rivalled[c - 1, k, levels[p, k]] += expected


def weights_of(
    fitted: Fit,
    comparisons: Sequence[Comparison],
    rarity: NDArray[np.float64],
    coincidence: NDArray[np.float64],
) -> Weights:
    """Return the model in bits, as the kernels take it.

    Args:
        fitted: The model.
        comparisons: What is compared.
        rarity: (T,) bits that equality on each value adds for matches and households.
        coincidence: (K,) chance that two parties agree entirely, from the frequencies of values. Rarity refers
            matches to it; neighbours, whose rarity does not count, are referred to it as a whole.
    """
    bits = _log_ratio(fitted.match, fitted.random, fitted.extra) / np.log(2.0)
    rival = np.stack([_log_ratio(shares, fitted.random, fitted.extra) for shares in fitted.rival]) / np.log(2.0)
    rival[fitted.shared == 0] = 0.0
    for k, comparison in enumerate(comparisons):
        if fitted.shared[AREA, k]:
            share = max(fitted.rival[AREA, k, comparison.top], 1e-9)
            rival[AREA, k, comparison.top] = np.log2(share / coincidence[k])
    ceiling = np.zeros((len(comparisons), 1 << MOST_LEVELS))
    sets = np.arange(1 << MOST_LEVELS)
    for k, comparison in enumerate(comparisons):
        ceiling[k] = -np.inf
        for level in range(1, len(comparison.levels)):
            if level != comparison.top:
                ceiling[k] = np.where(sets >> level & 1, np.maximum(ceiling[k], bits[k, level]), ceiling[k])
    ceiling[:, 0] = 0.0
    return Weights(
        match=np.ascontiguousarray(bits),
        rival=np.ascontiguousarray(rival),
        shared=fitted.shared,
        ceiling=np.ascontiguousarray(ceiling),
        rarity=rarity,
        prior=np.log2(fitted.priors),
    )


def blank_shares(comparisons: int) -> NDArray[np.float64]:
    """Return a (K, L) matrix of shares, all zero."""
    return np.zeros((comparisons, MOST_LEVELS))
