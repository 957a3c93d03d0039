"""At least one of the fields is filled."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from crmq import declarative
from crmq.rules.checks import RowCheck
from crmq.rules.pack import Rule
from crmq.rules.views import View

FIELDS = (2, None)
NEEDS = "any"


class Params(declarative.Section):
    """None."""


def checks(rule: Rule, _params: Params, view: View) -> Sequence[RowCheck]:
    """One check over all fields that the table has."""
    there = [name for name in view.expand(rule.fields) if view.physical(name) in view.frame.columns]
    return [RowCheck(pl.any_horizontal(view.text(name).is_not_null() for name in there), tuple(rule.fields))]
