"""The field is filled: not empty and not just blanks."""

from __future__ import annotations

from collections.abc import Sequence

from crmq import declarative
from crmq.rules.checks import RowCheck
from crmq.rules.gx.counterparts import Counterpart
from crmq.rules.pack import Rule
from crmq.rules.views import View

FIELDS = (1, None)
NEEDS = "each"


class Params(declarative.Section):
    """None."""


def checks(rule: Rule, _params: Params, view: View) -> Sequence[RowCheck]:
    """Each field on its own."""
    return [RowCheck(view.text(name).is_not_null(), (name,)) for name in view.expand(rule.fields)]


def counterpart(field: str, _rule: Rule, _params: Params) -> Counterpart:
    """GX asks the same of each field."""
    return Counterpart("expect_column_values_to_not_be_null", columns=(field,), empty=True)
