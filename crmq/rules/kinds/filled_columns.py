"""Every column has values (none is empty from top to bottom)."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import polars as pl
from pydantic import Field

from crmq import declarative
from crmq.rules.checks import FAILURES, TableCheck
from crmq.rules.pack import Rule
from crmq.rules.views import View

FIELDS = (0, 0)
TABLES = ("raw",)

_HEAD = 1000


class Params(declarative.Section):
    """``min_share``: the least share of rows in which a column must be filled (default: any)."""

    min_share: float = Field(default=0.0, ge=0, le=1)


def table(_fields: Sequence[str], _params: Params) -> str:
    """Raw tables only."""
    return "raw"


def checks(_rule: Rule, params: Params, view: View) -> Sequence[TableCheck]:
    """Counts columns; a table without rows has nothing to say."""
    assert view.raw is not None
    frame = view.raw.raw.frame
    if frame.is_empty():
        return []
    least = max(1, ceil(params.min_share * frame.height))
    thin = []
    for name in frame.columns:
        # the first values settle it for almost every column
        if least > _HEAD or _filled(frame[name].drop_nulls().head(_HEAD)) < least:
            count = _filled(frame[name])
            if count < least:
                thin.append((None, name, None, f"{count} / {frame.height}"))
    return [TableCheck(frame.width, pl.DataFrame(thin, schema=FAILURES, orient="row"))]


def _filled(cells: pl.Series) -> int:
    return int((cells.str.strip_chars() != "").sum())
