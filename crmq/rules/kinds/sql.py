"""A condition of the SQL subset holds (see ``crmq.rules.expression``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from crmq import declarative
from crmq.rules.checks import RowCheck
from crmq.rules.pack import Rule, parse
from crmq.rules.views import View

FIELDS = (0, 0)


class Params(declarative.Section):
    """``holds``: the condition that every row must meet; where it is unknown (an empty cell) a row is not checked."""

    holds: str


def prepare(rule: Rule, where: str) -> Rule:
    """Parse the condition when the pack is loaded; the columns it names become the rule's fields."""
    params: Any = rule.params
    return replace(rule, fields=parse(params.holds, rule.table, where).columns)


def checks(rule: Rule, params: Params, view: View) -> Sequence[RowCheck]:
    """One check."""
    condition = parse(params.holds, rule.table, rule.where)
    return [RowCheck(condition.to_polars(view.scope), tuple(rule.fields))]
