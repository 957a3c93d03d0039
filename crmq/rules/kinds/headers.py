"""Every column has a header of its own (none is empty, none stands twice)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import polars as pl

from crmq import declarative
from crmq.rules.checks import FAILURES, TableCheck
from crmq.rules.pack import Rule
from crmq.rules.views import View

FIELDS = (0, 0)
TABLES = ("raw",)


class Params(declarative.Section):
    """None."""


def table(_fields: Sequence[str], _params: Params) -> str:
    """Raw tables only."""
    return "raw"


def checks(_rule: Rule, _params: Params, view: View) -> Sequence[TableCheck]:
    """Counts columns."""
    assert view.raw is not None
    raw = view.raw.raw
    times = Counter(header.strip() for header in raw.headers)
    bad = [
        (None, column, None, "empty" if not header.strip() else "repeated")
        for header, column in zip(raw.headers, raw.frame.columns, strict=True)
        if not header.strip() or times[header.strip()] > 1
    ]
    return [TableCheck(len(raw.headers), pl.DataFrame(bad, schema=FAILURES, orient="row"))]
