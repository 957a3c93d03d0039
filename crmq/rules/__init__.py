"""Rule packs and the gate: which rows break which rules, where they stand, and whether the data may go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import polars as pl

from crmq.errors import ConfigError
from crmq.locales import _
from crmq.model.mapped import MappedTable
from crmq.model.tables import Tables
from crmq.progress import Progress
from crmq.rules import accepted, agreements, engine, pack
from crmq.rules.agreements import Agreements, RulesSection
from crmq.rules.baseline import Baseline
from crmq.rules.evaluation import Evaluator
from crmq.rules.pack import Pack
from crmq.rules.result import Validation
from crmq.rules.views import Context

__all__ = ["Agreements", "Baseline", "Requested", "RuleSettings", "RulesSection", "Validation", "requested", "validate"]


@dataclass(frozen=True)
class RuleSettings:
    """What a validation needs beside data and packs.

    Attributes:
        as_of: What "today" means for relative dates, ``CURRENT_DATE`` and the expiry of waivers.
        agreements: Overrides and waivers.
        baseline: Findings of an earlier validation: only what is new or worse fails.
    """

    as_of: date = field(default_factory=date.today)
    agreements: Agreements = field(default_factory=Agreements)
    baseline: Baseline | None = None


@dataclass(frozen=True)
class Requested:
    """A pack, and whether the user asked for it by name: then its rules must be evaluated."""

    pack: Pack
    required: bool = False


DEFAULT = "default"
"""The name that stands for all packs which run when none is asked for."""


def requested(names: Sequence[str], folder: Path) -> list[Requested]:
    """Return the packs of those names or files, or the default packs when there are none.

    Args:
        names: Ids of shipped packs, files, or ``default``.
        folder: What relative paths are relative to.

    Raises:
        ConfigError: A pack is unknown or wrong, or two packs have a rule of the same id.
    """
    packs = [Requested(pack.find(name, folder), required=True) for name in names if name != DEFAULT]
    if not names or DEFAULT in names:
        packs = [*(Requested(p) for p in pack.defaults()), *packs]
    out: dict[str, Requested] = {}
    for one in packs:  # a pack named twice runs once, and is required when it was named
        earlier = out.get(one.pack.id)
        if earlier is not None and earlier.pack.path != one.pack.path:
            raise ConfigError(_("Two packs are called {name}.").format(name=one.pack.id), where=one.pack.path)
        out[one.pack.id] = one
    seen: dict[str, str] = {}
    for one in out.values():
        for rule in one.pack.rules:
            if rule.id in seen:
                message = _("The rule {rule} stands in the packs {one} and {two}.")
                raise ConfigError(message.format(rule=rule.id, one=seen[rule.id], two=one.pack.id), where=rule.where)
            seen[rule.id] = one.pack.id
    return list(out.values())


def validate(
    tables: Tables,
    mapped: Sequence[MappedTable],
    packs: Sequence[Requested],
    settings: RuleSettings,
    progress: Progress,
    evaluator: Evaluator | None = None,
) -> Validation:
    """Run rule packs over standardised and raw tables.

    Args:
        tables: The standardised tables (they may be empty: plain tables are checked by rules on raw columns).
        mapped: All tables that were read, those that map to nothing included.
        packs: What to run, in order.
        settings: The run's as-of date.
        progress: Told about each table.
        evaluator: What evaluates the checks; default: crmq's own engine.

    Returns:
        The outcome of each rule; findings are made when asked for. What an earlier stage had found and a rule finds
        again (it is among the rule's aliases) is told once.

    Raises:
        ConfigError: A rule cannot be evaluated on the tables it names; an override or a waiver names an unknown rule.
    """
    agreed = agreements.overridden([r.pack for r in packs], settings.agreements)
    packs = [replace(request, pack=one) for request, one in zip(packs, agreed, strict=True)]
    rules = [(rule, request.required) for request in packs for rule in request.pack.rules]
    progress.step(_("Checking rules"), total=None)
    results = engine.run(rules, Context(tables, mapped, settings.as_of), progress.advance, evaluator)
    told = {alias for r in results if r.status != "not_evaluated" for alias in r.rule.entry.aliases}
    earlier = tables.findings.filter(~pl.col("rule_id").is_in(sorted(told)))
    validation = Validation(tuple(r.pack for r in packs), tuple(results), earlier)
    others = earlier["rule_id"].drop_nulls().unique().to_list()
    waivers = agreements.waivers(agreed, settings.agreements, others)
    return accepted.judge(validation, waivers, settings.baseline, settings.as_of)
