"""An expectation of Great Expectations that no other kind says (from an imported suite); GX is loaded to check it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from crmq import declarative
from crmq.rules.checks import TableCheck
from crmq.rules.pack import Rule
from crmq.rules.views import View

FIELDS = (0, 0)
TABLES = ("raw",)


class Params(declarative.Section):
    """``expectation``: its name, as GX writes it (``expect_column_mean_to_be_between``); ``kwargs``: its arguments."""

    expectation: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    kwargs: dict[str, Any] = {}


def table(_fields: Sequence[str], _params: Params) -> str:
    """Raw tables only: suites name columns as they are headed."""
    return "raw"


def checks(rule: Rule, params: Params, view: View) -> Sequence[TableCheck]:
    """Columns are read as pandas reads a CSV file, where such suites are at home; without its columns, no check."""
    assert view.raw is not None
    columns = view.raw.raw.frame.columns
    if any(name not in columns for name in _columns(params.kwargs)):
        return []
    from crmq.rules.gx import foreign

    return [foreign.check(params.expectation, params.kwargs, rule, view)]


def _columns(kwargs: Mapping[str, Any]) -> list[str]:
    named = [str(kwargs[key]) for key in ("column", "column_A", "column_B") if key in kwargs]
    return [*named, *(str(name) for name in kwargs.get("column_list", []))]
