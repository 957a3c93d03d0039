"""What was agreed about rules beside the packs: overrides of a rule, and waivers with owner and expiry.

Both stand in the section ``rules`` of crmq.yaml, or in a file of their own given with ``--waivers``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from pydantic import Field, field_validator

from crmq import declarative
from crmq.errors import ConfigError, did_you_mean
from crmq.locales import _
from crmq.rules.pack import Limits, Pack, Rule, Severity, Words


class Override(declarative.Section):
    """What a project changes about a rule; what is left out stays as the pack says."""

    severity: Severity | None = None
    limits: Limits | None = None
    may_be_absent: bool | None = None
    enabled: bool = True


class WaiverEntry(declarative.Section):
    """Findings that somebody accepts for a time.

    ``sources``, ``objects``, ``fields``, ``records`` restrict which findings of the rule are meant; ``max_count`` is
    how many were accepted: when there are more, none of them is waived.
    """

    rule: str
    owner: str = Field(min_length=1)
    reason: str = Field(min_length=1)
    until: str
    sources: Words = ()
    objects: Words = ()
    fields: Words = ()
    records: Words = ()
    max_count: int | None = Field(default=None, ge=1)

    @field_validator("until")
    @classmethod
    def _is_a_day(cls, value: str) -> str:
        try:
            date.fromisoformat(value)
        except ValueError:
            raise ValueError(_("{text} is not a date.").format(text=value)) from None
        return value

    @property
    def whole_rule(self) -> bool:
        """Whether it covers every finding of its rule."""
        return not (self.sources or self.objects or self.fields or self.records) and self.max_count is None


class RulesSection(declarative.Section):
    """The section ``rules`` of crmq.yaml, and the shape of a file for ``--waivers``."""

    overrides: dict[str, Override] = {}
    waivers: list[WaiverEntry] = []
    baseline: str | None = None


@dataclass(frozen=True)
class Waiver:
    """A waiver of a rule that is known, with the place where it stands."""

    entry: WaiverEntry
    rule: str
    where: str

    @property
    def until(self) -> date:
        """The last day it holds."""
        return date.fromisoformat(self.entry.until)


@dataclass(frozen=True)
class Agreements:
    """Overrides and waivers of all files of a run, each with the place where it stands."""

    overrides: tuple[tuple[str, Override, str], ...] = ()
    waivers: tuple[tuple[WaiverEntry, str], ...] = ()

    def __add__(self, other: Agreements) -> Agreements:
        return Agreements(self.overrides + other.overrides, self.waivers + other.waivers)


def of_section(section: RulesSection, document: declarative.Document | None, at: declarative.Loc) -> Agreements:
    """Return what a checked section agrees, with the place of each part in its document."""

    def where(*loc: str | int) -> str:
        return document.where((*at, *loc)) if document is not None else ""

    return Agreements(
        tuple((rule, override, where("overrides", rule)) for rule, override in section.overrides.items()),
        tuple((waiver, where("waivers", i)) for i, waiver in enumerate(section.waivers)),
    )


def load(path: Path) -> Agreements:
    """Load a file of agreements.

    Raises:
        ConfigError: It cannot be read or does not fit; file, line and column stand in the message.
    """
    document = declarative.read(path)
    section = declarative.check(document, RulesSection)
    if section.baseline is not None:
        where = document.where(("baseline",))
        raise ConfigError(_("A baseline is named in crmq.yaml or with --baseline."), where=where)
    return of_section(section, document, ())


def overridden(packs: Sequence[Pack], agreements: Agreements) -> list[Pack]:
    """Return the packs with the overrides applied; rules that are switched off are gone.

    Raises:
        ConfigError: An override names a rule that no shipped or chosen pack has.
    """
    changed: dict[str, Override] = {}
    for name, override, where in agreements.overrides:
        changed[_known(name, packs, where)] = override
    return [replace(pack, rules=tuple(_apply(pack.rules, changed))) for pack in packs]


def _apply(rules: Iterable[Rule], changed: dict[str, Override]) -> Iterable[Rule]:
    for rule in rules:
        override = changed.get(rule.id)
        if override is None:
            yield rule
        elif override.enabled:
            given = {name: getattr(override, name) for name in ("severity", "limits", "may_be_absent")}
            update = {name: value for name, value in given.items() if value is not None}
            yield replace(rule, entry=rule.entry.model_copy(update=update))


def waivers(packs: Sequence[Pack], agreements: Agreements, others: Iterable[str] = ()) -> list[Waiver]:
    """Return the waivers with the ids of their rules.

    Args:
        packs: The packs of the run.
        agreements: What was agreed.
        others: Ids of findings that no pack has (those of reading and mapping).

    Raises:
        ConfigError: A waiver names a rule that does not exist.
    """
    return [Waiver(entry, _known(entry.rule, packs, where, others), where) for entry, where in agreements.waivers]


def _known(name: str, packs: Sequence[Pack], where: str, others: Iterable[str] = ()) -> str:
    """Return the id of a rule named by id, name or alias: of the chosen packs, else of any that is shipped."""
    from crmq.rules import pack as packs_

    words: dict[str, str] = {other: other for other in others}
    for one in packs:
        for rule in one.rules:
            words |= dict.fromkeys((rule.id, rule.entry.name, *rule.entry.aliases), rule.id)
    if name in words:
        return words[name]
    for one in (packs_.find(shipped) for shipped in packs_.shipped()):
        for rule in one.rules:
            words |= dict.fromkeys((rule.id, rule.entry.name, *rule.entry.aliases), rule.id)
    if name in words:
        return words[name]
    close = did_you_mean(name, words)
    hint = _("Did you mean {word}?").format(word=close) if close else None
    raise ConfigError(_("There is no rule {name}.").format(name=name), where=where, hint=hint)
