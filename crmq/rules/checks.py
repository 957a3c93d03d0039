"""What a check kind hands to the engine, and the contract that every kind module keeps.

A kind is one module in ``crmq/rules/kinds/`` (or an entry point of the group ``crmq.rules``) with:

- a docstring whose first line says what the kind checks: it stands in ``crmq rules list --kinds``;
- ``FIELDS``: the least and the most fields a rule of the kind names (None: no upper bound);
- ``Params``: the pydantic model of ``params`` in the pack;
- ``checks(rule, params, view)``: gives the checks for the rows of one view;
- optionally ``NEEDS``: which fields must be there: ``all`` (default), ``each`` (every field is checked on its own,
  where it is), ``any`` (one is enough);
- optionally ``SUGGESTS``: ``place`` when what it suggests is where to look, not a value (which reports would mask);
- optionally ``ACROSS_SOURCES``: true when records of one source are compared with those of others;
- optionally ``NEEDS_LEDGER``: true when rules on raw tables need the fate of each row;
- optionally ``counterpart(field, rule, params)``: the expectation of Great Expectations that is equal to the check of a
  field (:mod:`crmq.rules.gx.counterparts`); without it the rule runs there as crmq's own expectation;
- optionally ``TABLES``: the tables it can look at (default: all), and ``table(fields, params)``: the table a rule
  looks at unless it says so itself (default: ``records``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import polars as pl

from crmq import declarative

if TYPE_CHECKING:
    from crmq.rules.pack import Rule
    from crmq.rules.views import View

FAILURES = {
    "line": pl.UInt32,  # null: the finding is about the table as a whole
    "field": pl.String,
    "value": pl.String,
    "detail": pl.String,
}
"""What a :class:`TableCheck` says about each failure."""


@dataclass(frozen=True)
class RowCheck:
    """One condition that each row must meet.

    Attributes:
        passes: Boolean expression over the view's frame; null where the check does not apply (an empty cell, say).
        fields: What it is about; the first one stands in the finding.
        detail: Expression with a short addition to the message (a reason code), evaluated on failing rows only.
        suggest: Gets failing rows and their numbers in the view, returns a String series with what the value should
            perhaps be.
    """

    passes: pl.Expr
    fields: tuple[str, ...]
    detail: pl.Expr | None = None
    suggest: Callable[[pl.DataFrame, pl.Series], pl.Series] | None = None


@dataclass(frozen=True)
class TableCheck:
    """A fact about a raw table as a whole, or about the rows of one object of a source, already counted.

    Attributes:
        evaluated: How many things were looked at (rows, columns).
        failures: One row per failure, schema :data:`FAILURES`.
        group: The group of the view that it is about; a raw table is its only one.
    """

    evaluated: int
    failures: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=FAILURES))
    group: int = 0


class Kind(Protocol):
    """The shape of a kind module."""

    FIELDS: tuple[int, int | None]
    Params: type[declarative.Section]

    def checks(self, rule: Rule, params: Any, view: View) -> Sequence[RowCheck | TableCheck]:
        """Return the checks of one rule for one view."""
