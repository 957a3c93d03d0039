"""No two rows of a source share the combination of values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import polars as pl

from crmq import declarative
from crmq.rules import duplicates
from crmq.rules.checks import RowCheck
from crmq.rules.pack import ALL_COLUMNS, Rule
from crmq.rules.views import View
from crmq.values import text

FIELDS = (1, None)
SUGGESTS = "place"


class Params(declarative.Section):
    """``within``, ``fold``: as for ``unique``; ``repeats``: only the second and later rows of equal ones fail.

    With ``repeats`` what remains is unique, in the order of the lines; without it all equal rows fail.
    """

    within: Literal["object", "source", "all"] = "object"
    fold: bool = False
    repeats: bool = False


def checks(rule: Rule, params: Params, view: View) -> Sequence[RowCheck]:
    """One check among the rows that the rule is about; an empty cell equals an empty cell.

    Rows that are empty in all fields are not checked. ``*`` compares the rows as they were read.
    """
    names = view.expand(rule.fields)
    if not names:
        return []
    whole = rule.fields == (ALL_COLUMNS,)
    values = [_value(view, name, fold=params.fold, as_read=whole) for name in names]
    if rule.condition is not None:
        values = [pl.when(view.applies).then(value) for value in values]
    key = [*duplicates.inside(view, params.within), *values]
    filled = pl.any_horizontal(value.is_not_null() for value in values)
    equal = duplicates.later(key) if params.repeats else duplicates.repeated(key)
    shown = () if whole else tuple(names)
    return [RowCheck(pl.when(filled).then(~equal), shown, suggest=duplicates.first_place(view, key))]


def _value(view: View, name: str, *, fold: bool, as_read: bool) -> pl.Expr:
    if fold:
        return text.fold(view.text(name))
    return view.column(name) if as_read else view.text(name)
