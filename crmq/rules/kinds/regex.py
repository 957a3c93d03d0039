"""The value matches a regular expression (Rust syntax: linear time, no look-around)."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import field_validator

from crmq import declarative
from crmq.rules.checks import RowCheck
from crmq.rules.gx.counterparts import Counterpart, regex_backends
from crmq.rules.pack import Rule
from crmq.rules.references import pattern_problem
from crmq.rules.views import View

FIELDS = (1, None)
NEEDS = "each"


class Params(declarative.Section):
    """``pattern``; ``whole``: it must match the whole value; ``refuse``: it must *not* match; ``ignore_case``."""

    pattern: str
    whole: bool = True
    refuse: bool = False
    ignore_case: bool = False

    @field_validator("pattern")
    @classmethod
    def _known_syntax(cls, value: str) -> str:
        problem = pattern_problem(value)
        if problem:
            raise ValueError(problem)
        return value


def checks(rule: Rule, params: Params, view: View) -> Sequence[RowCheck]:
    """Empty cells are not checked."""
    pattern = f"^(?:{params.pattern})$" if params.whole else params.pattern
    if params.ignore_case:
        pattern = f"(?i){pattern}"
    out = []
    for name in view.expand(rule.fields):
        found = view.text(name).str.contains(pattern)
        out.append(RowCheck(~found if params.refuse else found, (name,)))
    return out


def counterpart(field: str, _rule: Rule, params: Params) -> Counterpart | None:
    """GX asks the same of each field where the backend reads the pattern as crmq does."""
    if params.ignore_case:
        return None
    pattern = f"^(?:{params.pattern})$" if params.whole else params.pattern
    kind = "expect_column_values_to_not_match_regex" if params.refuse else "expect_column_values_to_match_regex"
    return Counterpart(kind, {"regex": pattern}, (field,), backends=regex_backends(pattern))
