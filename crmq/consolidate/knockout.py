"""Chooses one candidate per party: criteria in order, each keeps the best of those the one before left over.

The order is total: what all criteria leave undecided goes by the value's text (the smallest code points), and what is
equal even there by the source key. Candidates are given in golden order, so the smallest key stands first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

Ints = npt.NDArray[np.int64]
Criterion = tuple[str, Callable[[Ints], Ints]]
"""A name, and a function from candidate positions to whole numbers: the greatest of each party stays."""

ONLY = "only_value"
AGREED = "agreed"
TEXT = "smallest_text"


@dataclass(frozen=True)
class Decision:
    """The outcome, one entry per party that has a candidate, in ascending order.

    Attributes:
        parties: The parties.
        winners: Position of the winning candidate.
        rules: What decided: :data:`ONLY` (one candidate), :data:`AGREED` (all say the same), or the name of the
            criterion by which the last candidate with another value fell.
    """

    parties: npt.NDArray[np.uint32]
    winners: Ints
    rules: pl.Series


def decide(party: npt.NDArray[np.uint32], criteria: Sequence[Criterion], text: pl.Series | None) -> Decision:
    """Choose a candidate for each party.

    Args:
        party: The party of each candidate, ascending.
        criteria: In order.
        text: The value of each candidate as text; None when there is nothing to compare but the criteria.
    """
    starts = _starts(party)
    sizes = np.diff(np.append(starts, len(party)))
    winners = starts.astype(np.int64)
    fallen = np.full(len(party), -1, dtype=np.int8)
    alive = np.flatnonzero(np.repeat(sizes > 1, sizes))
    ordinal = np.repeat(np.arange(len(starts)), sizes)  # the party's place in the result
    names = [name for name, _values in criteria]
    for i, (_name, values) in enumerate(criteria):
        if not len(alive):
            break
        alive = _round(alive, ordinal, values(alive), fallen, i)
        alive = _settle(alive, ordinal, winners)
    if len(alive) and text is not None:
        alive = _by_text(alive, ordinal, text, fallen, len(names))
    if len(alive):  # equal in everything: the first, which has the smallest source key
        first = _starts(ordinal[alive])
        winners[ordinal[alive[first]]] = alive[first]
    rules = _labels(sizes, ordinal, winners, fallen, [*names, TEXT], text)
    return Decision(party[starts], winners, rules)


def _starts(ascending: npt.NDArray[np.integer]) -> Ints:
    if not len(ascending):
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(np.append(True, ascending[1:] != ascending[:-1]))


def _round(alive: Ints, ordinal: Ints, values: Ints, fallen: npt.NDArray[np.int8], i: int) -> Ints:
    """Keep the candidates that have the greatest value of their party."""
    starts = _starts(ordinal[alive])
    best = np.maximum.reduceat(values, starts)
    keep = values == np.repeat(best, np.diff(np.append(starts, len(alive))))
    fallen[alive[~keep]] = i
    return np.asarray(alive[keep])


def _settle(alive: Ints, ordinal: Ints, winners: Ints) -> Ints:
    """Write down the parties with one candidate left, and return those of the others."""
    starts = _starts(ordinal[alive])
    sizes = np.diff(np.append(starts, len(alive)))
    alone = starts[sizes == 1]
    winners[ordinal[alive[alone]]] = alive[alone]
    return np.asarray(alive[np.repeat(sizes > 1, sizes)])


def _by_text(alive: Ints, ordinal: Ints, text: pl.Series, fallen: npt.NDArray[np.int8], i: int) -> Ints:
    frame = pl.DataFrame({"party": ordinal[alive], "text": text.gather(pl.Series(alive, dtype=pl.UInt32))})
    keep = frame.select(pl.col("text") == pl.col("text").min().over("party")).to_series().to_numpy()
    fallen[alive[~keep]] = i
    return np.asarray(alive[keep])


def _labels(
    sizes: Ints, ordinal: Ints, winners: Ints, fallen: npt.NDArray[np.int8], names: list[str], text: pl.Series | None
) -> pl.Series:
    if len(sizes) == 0:
        return pl.Series([], dtype=pl.Categorical)
    last = np.full(len(sizes), -1, dtype=np.int64)
    if text is not None:
        several = np.flatnonzero(np.repeat(sizes > 1, sizes))
        mine = text.gather(pl.Series(several, dtype=pl.UInt32))
        won = text.gather(pl.Series(winners[ordinal[several]], dtype=pl.UInt32))
        other = several[(mine != won).to_numpy()]
        np.maximum.at(last, ordinal[other], fallen[other].astype(np.int64))
    codes = np.where(sizes == 1, 0, np.where(last < 0, 1, last + 2))
    categories = [ONLY, AGREED, *names]
    unique = list(dict.fromkeys(categories))
    place = np.array([unique.index(name) for name in categories], dtype=np.uint32)
    return pl.Series(unique, dtype=pl.Categorical).gather(pl.Series(place[codes], dtype=pl.UInt32))
