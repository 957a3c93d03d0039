"""What the engine hands to whatever evaluates rules, and what it gets back.

The engine evaluates checks itself, as one Polars query per view. Another evaluator (Great Expectations, where the
tables stand) keeps the same contract, so that results, findings and the gate are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import polars as pl

from crmq.rules.checks import RowCheck, TableCheck
from crmq.rules.pack import Rule
from crmq.rules.views import View


@dataclass(frozen=True)
class Planned:
    """A check of a rule that is to be evaluated on a view.

    Attributes:
        rule: The rule.
        check: What its kind made.
        groups: Groups of the view that it looks at.
        applies: Which rows it is about (Boolean expression over the view's frame).
    """

    rule: Rule
    check: RowCheck | TableCheck
    groups: tuple[int, ...]
    applies: pl.Expr


@dataclass(frozen=True)
class Outcome:
    """What became of a planned check.

    Attributes:
        counts: Evaluated and failed rows per group, where any was evaluated.
        rows: UInt32 numbers of the failing rows in ``view.frame``, ascending.
        made: For a table check: its failures.
        view: The rows that ``rows`` number, where they are not those of the view that was given (rows that stand in a
            client's database are fetched only when they fail).
        check: The check as made for that view, where there is one: findings take details and suggestions from it.
    """

    counts: dict[int, tuple[int, int]] = field(default_factory=dict)
    rows: pl.Series = field(default_factory=lambda: pl.Series([], dtype=pl.UInt32))
    made: pl.DataFrame | None = None
    view: View | None = None
    check: RowCheck | None = None


class Evaluator(Protocol):
    """Evaluates the checks of one view."""

    def evaluate(self, view: View, planned: Sequence[Planned]) -> list[Outcome]:
        """Return one outcome per planned check, in order."""
