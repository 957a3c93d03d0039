"""What consolidate can be told: the shipped rules of ``survivorship.yaml`` and what a project changes in them.

A project's section ``survivorship`` names a rule and gives a strategy, a list of them, or more::

    survivorship:
      birth_date: most_recent
      owner: {strategy: [most_trusted, most_recent], trust: {erp: 90}}
      shared_from: 5
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, create_model

from crmq import declarative
from crmq.errors import InternalError
from crmq.model.golden import PARTY

Strategy = Literal[
    "most_trusted",
    "most_recent",
    "least_recent",
    "most_frequent",
    "most_complete",
    "most_precise",
    "longest",
    "most_words",
    "usual_words",
    "best_verdict",
    "not_truncated",
    "best_spelling",
    "tax_validated",
    "not_shared",
    "source_order",
]
"""How a value is chosen; each is described in :mod:`crmq.consolidate.strategies`."""

DEFAULT_TRUST = 50
"""Trust of a source that nobody rated, 0..100."""

_VerdictName = Literal["valid", "possible", "missing", "invalid", "placeholder"]
_Trust = Annotated[int, Field(ge=0, le=100)]


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Strategies = Annotated[tuple[Strategy, ...], BeforeValidator(_listed), Field(min_length=1)]


class Rule(declarative.Section):
    """How the values of one field, or of a group of fields that move together, survive.

    The attributes are described at the head of ``survivorship.yaml``.
    """

    name: str = ""
    fields: tuple[str, ...]
    strategy: Strategies
    verdict: str | None = None
    accept: tuple[_VerdictName, ...] = ("valid", "possible")
    alike: tuple[_VerdictName, ...] = ()
    measure: str | None = None
    core: tuple[str, ...] = ()
    checked: dict[str, str] = {}
    gaps: tuple[str, ...] = ()
    trust: dict[str, _Trust] = {}


class _Defaults(declarative.Section):
    rules: dict[str, Rule]
    shared_from: int
    conflicts: dict[str, float]
    quality: dict[Literal["person", "organisation"], dict[str, float]]
    inactive: list[str]


@cache
def defaults() -> _Defaults:
    """Return the shipped ``survivorship.yaml``.

    Raises:
        InternalError: A column of the golden party has no rule, or two.
    """
    loaded = declarative.load(Path(__file__).with_name("survivorship.yaml"), _Defaults)
    covered = [golden_name(f) for rule in loaded.rules.values() for f in rule.fields]
    if sorted(covered) != sorted(set(PARTY) - _DERIVED):
        raise InternalError("survivorship.yaml does not cover every golden field exactly once")
    return loaded


_DERIVED = {
    "party_id", "party_kind", "status", "display_name", "known_since", "modified_at", "last_activity_at", "sources",
    "source_records", "quality_score",
}  # fmt: skip
"""Columns of the golden party that are computed from others and survive from no single cell."""


def golden_name(column: str) -> str:
    """Return the golden name of a column of ``records`` (the raw status keeps apart from the party's own)."""
    return "source_status" if column == "status" else column


class Override(declarative.Section):
    """What a project may change in one rule."""

    strategy: Strategies | None = None
    accept: tuple[_VerdictName, ...] | None = None
    trust: dict[str, _Trust] = {}


def _override(value: Any) -> Any:
    return {"strategy": value} if isinstance(value, str | list) else value


class _SectionBase(declarative.Section):
    shared_from: int | None = Field(default=None, ge=2)

    def rules(self) -> list[Rule]:
        """Return all rules, with the project's changes, in the order of the shipped file."""
        made = []
        for name, rule in defaults().rules.items():
            change: Override | None = getattr(self, name)
            update: dict[str, Any] = {"name": name}
            if change is not None:
                update |= {k: v for k, v in change if v}
            made.append(rule.model_copy(update=update))
        return made


_field: Any = (Annotated[Override | None, BeforeValidator(_override)], None)
SurvivorshipSection: type[_SectionBase] = create_model(
    "SurvivorshipSection",
    __base__=_SectionBase,
    __module__=__name__,
    **dict.fromkeys(defaults().rules, _field),
)
"""The section ``survivorship`` of crmq.yaml: one key per rule, so that a wrong one is told with its line."""


@dataclass(frozen=True)
class ConsolidateSettings:
    """Settings of the stage.

    Attributes:
        survivorship: The project's section, or the defaults.
        trust: Trust per source, 0..100; others have :data:`DEFAULT_TRUST`.
        as_of: What "now" means; the results do not depend on it yet, it is kept with them.
    """

    survivorship: _SectionBase = field(default_factory=SurvivorshipSection)
    trust: Mapping[str, int] = field(default_factory=dict)
    as_of: date | None = None

    @property
    def shared_from(self) -> int:
        """Number of parties from which on a contact value counts as shared."""
        return self.survivorship.shared_from or defaults().shared_from


STRATEGIES: tuple[str, ...] = get_args(Strategy)
