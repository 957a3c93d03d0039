"""No two rows of a source share the value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import polars as pl

from crmq import declarative
from crmq.rules import duplicates
from crmq.rules.checks import RowCheck
from crmq.rules.pack import Rule
from crmq.rules.views import View
from crmq.values import text

FIELDS = (1, None)
SUGGESTS = "place"
NEEDS = "each"


class Params(declarative.Section):
    """``within``: rows of one object of a source, of one source, or all; ``fold``: case and accents do not count."""

    within: Literal["object", "source", "all"] = "object"
    fold: bool = False


def checks(rule: Rule, params: Params, view: View) -> Sequence[RowCheck]:
    """Each field on its own, among the rows that the rule is about; empty cells are not checked."""
    out = []
    for name in view.expand(rule.fields):
        value = text.fold(view.text(name)) if params.fold else view.text(name)
        value = pl.when(view.applies).then(value)
        key = [*duplicates.inside(view, params.within), value]
        alone = pl.when(value.is_not_null()).then(~duplicates.repeated(key))
        out.append(RowCheck(alone, (name,), suggest=duplicates.first_place(view, key)))
    return out
