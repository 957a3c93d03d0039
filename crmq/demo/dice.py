"""Seeded choices that come out the same on every Python version.

Only :meth:`random.Random.random` is promised to give the same sequence for a seed on all versions, so everything
here is built on it; ``choice``, ``shuffle`` and ``sample`` of the standard library are not.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import accumulate
from typing import Generic, TypeVar

T = TypeVar("T")


class Weighted(Generic[T]):
    """A fixed list of items with the weights they are drawn with."""

    def __init__(self, items: Iterable[tuple[T, float]]) -> None:
        pairs = list(items)
        self.items = [item for item, _ in pairs]
        self.bounds = list(accumulate(weight for _, weight in pairs))


class Dice:
    """A stream of seeded choices; :meth:`child` gives an independent stream with a name.

    Args:
        seed: Any text or number; equal seeds give equal streams.
    """

    def __init__(self, seed: int | str) -> None:
        self._seed = str(seed)
        self._random = random.Random(self._seed)

    def child(self, name: str) -> Dice:
        """Return the stream called ``name``: what other streams draw does not change it."""
        return Dice(f"{self._seed}/{name}")

    def below(self, n: int) -> int:
        """Return a whole number from 0 to ``n - 1``."""
        return int(self._random.random() * n)

    def between(self, low: int, high: int) -> int:
        """Return a whole number from ``low`` to ``high``, both included."""
        return low + self.below(high - low + 1)

    def chance(self, share: float) -> bool:
        """Return True in ``share`` (0..1) of the cases."""
        return self._random.random() < share

    def pick(self, items: Sequence[T]) -> T:
        """Return one of ``items``, all equally likely."""
        return items[self.below(len(items))]

    def weighted(self, table: Weighted[T]) -> T:
        """Return one item of ``table``, drawn with its weight."""
        bounds = table.bounds
        return table.items[min(bisect_right(bounds, self._random.random() * bounds[-1]), len(bounds) - 1)]

    def some(self, items: Sequence[T], n: int) -> list[T]:
        """Return ``n`` different items (all, shuffled, when there are fewer)."""
        return self.shuffled(items)[:n]

    def shuffled(self, items: Iterable[T]) -> list[T]:
        """Return the items in another order."""
        out = list(items)
        for i in range(len(out) - 1, 0, -1):
            j = self.below(i + 1)
            out[i], out[j] = out[j], out[i]
        return out

    def digits(self, pattern: str) -> str:
        """Fill a pattern: ``#`` is a digit, ``%`` one but 0, ``@`` a capital letter, everything else stays."""
        draw = {
            "#": lambda: str(self.below(10)),
            "%": lambda: str(self.between(1, 9)),
            "@": lambda: chr(65 + self.below(26)),
        }
        return "".join(draw[c]() if c in draw else c for c in pattern)

    def day(self, first: date, last: date) -> date:
        """Return a day from ``first`` to ``last``, both included."""
        return first + timedelta(days=self.below((last - first).days + 1))

    def moment(self, first: datetime, last: datetime) -> datetime:
        """Return a whole second from ``first`` to just before ``last``."""
        return first + timedelta(seconds=self.below(max(1, int((last - first).total_seconds()))))
