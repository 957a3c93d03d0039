"""Runs the examples of rule packs through standardise and the rule engine."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from crmq.errors import UsageError
from crmq.locales import _
from crmq.progress import Silent
from crmq.rules import examples, pack

if TYPE_CHECKING:
    from crmq.model.mapped import MappedTable
    from crmq.model.tables import Tables


def run(names: tuple[str, ...], as_of: str | None = None) -> dict[str, list[examples.Outcome]]:
    """Return the outcome of every example, per pack.

    Args:
        names: Names or files of packs; none: all that are shipped.
        as_of: What "today" is for packs that do not say so (``examples_as_of``), as YYYY-MM-DD; default: today.

    Raises:
        ConfigError: A pack is unknown or wrong.
    """
    try:
        today = date.fromisoformat(as_of) if as_of else date.today()
    except ValueError:
        raise UsageError(_("{text} is not a date.").format(text=as_of), where="--as-of", hint="YYYY-MM-DD") from None
    packs = [pack.find(name) for name in names or pack.shipped()]
    out = {}
    for one in packs:
        when = one.examples_as_of or today
        out[one.id] = examples.run(one, partial(_standardise, when), when)
    return out


def _standardise(today: date, mapped: list[MappedTable]) -> Tables:
    from crmq import standardise

    return standardise.standardise(mapped, standardise.StandardiseSettings(None, None, today), Silent())
