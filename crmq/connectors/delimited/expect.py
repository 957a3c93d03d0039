"""What regular rows lead one to expect of each column; tells a shifted row from a whole one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from crmq.connectors.shapes import CODE, EMPTY, TEXT, TYPED, family, shape

_ROWS = 20
"""Rows from which columns are taken to have a shape."""
_ALWAYS = 50
"""Rows from which a column that never was empty is taken to be filled always."""


@dataclass(frozen=True)
class Expectation:
    """Shapes of the columns.

    Attributes:
        shapes: Per column the shapes its cells have, where they are typed; None for text.
        filled: Per column whether it never was empty.
        hashes: Whether first cells begin with ``#`` (order numbers): such a line then is no comment.
    """

    shapes: tuple[frozenset[str] | None, ...]
    filled: tuple[bool, ...]
    hashes: bool = False

    def score(self, cells: Sequence[str]) -> int:
        """Return how well a row fits: one up for each typed cell in its place, two down for each that is not."""
        return sum(self.points(cell, j) for j, cell in enumerate(cells))

    def points(self, cell: str, column: int) -> int:
        """Return how well one cell fits a column."""
        wanted = self.shapes[column]
        if not cell or not cell.strip():
            return -int(self.filled[column])
        return 0 if wanted is None else 1 if family(shape(cell)) in wanted else -2

    def best_gap(self, cells: Sequence[str]) -> int:
        """Return where the missing cells of a short row fit best, as the number of cells before them; else the end."""
        missing = len(self.shapes) - len(cells)
        place = len(cells)
        score = best = sum(self.points(cell, j) for j, cell in enumerate(cells)) + sum(
            self.points("", j) for j in range(place, place + missing)
        )
        for i in range(len(cells) - 1, 0, -1):
            # the cell before the gap moves behind it
            score += self.points(cells[i], i + missing) - self.points(cells[i], i)
            score += self.points("", i) - self.points("", i + missing)
            if score > best:
                best, place = score, i
        return place

    def missing(self, cells: Sequence[str]) -> bool:
        """Tell whether a column that is always filled is empty in this row."""
        return any(always and not cell.strip() for cell, always in zip(cells, self.filled, strict=True))


def learn(rows: Sequence[Sequence[str]], width: int) -> Expectation:
    """Return what regular rows, all of ``width`` cells, lead one to expect; nothing when there are few."""
    shapes: list[frozenset[str] | None] = [None] * width
    filled = [False] * width
    if len(rows) >= _ROWS:
        for j in range(width):
            kinds = Counter(family(shape(row[j])) for row in rows)
            empty = kinds.pop(EMPTY, 0)
            filled[j] = not empty and len(rows) >= _ALWAYS
            total = kinds.total()
            plain = kinds[TEXT]
            typed = {k for k, n in kinds.items() if k in TYPED or k == CODE}
            if total >= _ROWS // 2 and plain <= 0.02 * total and kinds[CODE] in (0, total):
                shapes[j] = frozenset(typed)
    return Expectation(tuple(shapes), tuple(filled), any(row[0].startswith("#") for row in rows))
