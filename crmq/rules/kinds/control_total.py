"""The sum of a column is the control total that the source gave with the file."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

import polars as pl
from pydantic import Field

from crmq import declarative
from crmq.rules.checks import FAILURES, TableCheck
from crmq.rules.pack import Rule
from crmq.rules.views import GROUP, View

FIELDS = (1, 1)
_SCALE = 6


class Params(declarative.Section):
    """``total``: what the sum must be (as text where it has decimals); ``tolerance``; ``decimal``: the decimal sign."""

    total: Decimal
    tolerance: Decimal = Field(default=Decimal(0), ge=0)
    decimal: Literal[".", ","] = "."


def table(_fields: Sequence[str], _params: Params) -> str:
    """The raw tables, unless the rule names another."""
    return "raw"


def checks(rule: Rule, params: Params, view: View) -> Sequence[TableCheck]:
    """One fact per raw table, or per object of a source that has the column; exact to six decimals.

    Cells that are no number break it.
    """
    name = rule.fields[0]
    frame = view.frame.lazy().filter(view.applies).select(GROUP, view.text(name).alias("cell")).drop_nulls().collect()
    groups = [group for group in view.matching(rule.applies_to) if view.present(name, group)]
    return [_fact(frame.filter(pl.col(GROUP) == group)["cell"], params, view.physical(name), group) for group in groups]


def _fact(cells: pl.Series, params: Params, column: str, group: int) -> TableCheck:
    plain = cells.str.replace_all(r"[\s'\u00a0]", "")
    if params.decimal == ",":
        plain = plain.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    else:
        plain = plain.str.replace_all(",", "", literal=True)
    numbers = plain.cast(pl.Decimal(38, _SCALE), strict=False)
    unread = len(cells) - numbers.count()
    total = Decimal(str(numbers.sum() or 0))
    if not unread and abs(total - params.total) <= params.tolerance:
        return TableCheck(1, group=group)
    told = f"{total.normalize():f}" + (f", {unread} ?" if unread else "")
    bad = [(None, column, None, f"{told} <> {params.total.normalize():f}")]
    return TableCheck(1, pl.DataFrame(bad, schema=FAILURES, orient="row"), group)
