"""The shares of the values of a column are about those of an earlier delivery."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from pydantic import Field

from crmq import declarative
from crmq.rules.checks import FAILURES, TableCheck
from crmq.rules.pack import Rule
from crmq.rules.views import View
from crmq.values import text

FIELDS = (1, 1)
TABLES = ("raw",)
_OTHERS = "*"
_EMPTY = ""


class Params(declarative.Section):
    """``shares``: share per value; ``""`` are the empty cells, ``*`` all other values.

    ``max_distance``: the largest part of the rows that may have moved from one value to another (the total variation
    distance: half the sum of the differences); ``fold``: case and accents do not count.
    """

    shares: dict[str, float] = Field(min_length=1)
    max_distance: float = Field(default=0.1, gt=0.0, le=1.0)
    fold: bool = False


def table(_fields: Sequence[str], _params: Params) -> str:
    """Raw tables only."""
    return "raw"


def checks(rule: Rule, params: Params, view: View) -> Sequence[TableCheck]:
    """One fact per table; what moved most stands in the finding."""
    name = rule.fields[0]
    cell = text.fold(view.text(name)) if params.fold else view.text(name)
    cells = view.frame.lazy().filter(view.applies).select(cell.fill_null(_EMPTY).alias("cell")).collect()["cell"]
    if cells.is_empty():
        return []
    wanted: dict[str, float] = {}
    for value, share in params.shares.items():
        key = _folded(value) if params.fold and value not in (_EMPTY, _OTHERS) else value
        wanted[key] = wanted.get(key, 0.0) + share
    found = {value: n / len(cells) for value, n in cells.value_counts().iter_rows()}
    others = sum(share for value, share in found.items() if value not in wanted)
    now = {value: found.get(value, 0.0) for value in wanted} | {_OTHERS: others}
    moves = {value: share - wanted.get(value, 0.0) for value, share in now.items()}
    distance = sum(abs(move) for move in moves.values()) / 2
    if distance <= params.max_distance:
        return [TableCheck(1)]
    # values of a column with few values are codes; still only how many moved is told, not which persons
    value, move = max(sorted(moves.items()), key=lambda item: abs(item[1]))
    told = f"{distance:.3f} > {params.max_distance:g}: {value or '∅'} {move:+.3f}"
    bad = [(None, view.physical(name), None, told)]
    return [TableCheck(1, pl.DataFrame(bad, schema=FAILURES, orient="row"))]


def _folded(value: str) -> str:
    return str(pl.DataFrame({"v": [value]}).select(text.fold(pl.col("v")))["v"][0])
