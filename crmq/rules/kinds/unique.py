"""No two rows of a source share the value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import polars as pl

from crmq import declarative
from crmq.model.tables import SCHEMAS
from crmq.rules import duplicates
from crmq.rules.checks import RowCheck
from crmq.rules.gx.counterparts import EVERYWHERE, PANDAS, Counterpart
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


def counterpart(field: str, rule: Rule, params: Params) -> Counterpart | None:
    """GX asks the same of a column, or of a column within objects and sources; only pandas tells the rows then."""
    if params.fold:
        return None
    inside: tuple[str, ...] = ()
    if rule.table != "raw" and params.within != "all":
        inside = ("source",) if params.within == "source" else ("source", "object", "entity")
        inside = tuple(name for name in inside if name in SCHEMAS[rule.table])
    if inside:
        kwargs = {"ignore_row_if": "any_value_is_missing"}
        return Counterpart("expect_compound_columns_to_be_unique", kwargs, (*inside, field), backends=PANDAS)
    whole = rule.condition is None and rule.applies_to.entity is None  # databases compare with all rows otherwise
    backends = EVERYWHERE if whole else PANDAS
    return Counterpart("expect_column_values_to_be_unique", columns=(field,), backends=backends)
