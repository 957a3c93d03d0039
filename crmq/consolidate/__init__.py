"""Golden records: clusters become parties with surviving values, lineage, consent, and a way back to every row.

The way of the data inside the stage: :mod:`parties` (records in golden order), :mod:`survivorship` (values, with
:mod:`strategies` and :mod:`knockout`), :mod:`union` and :mod:`contact_points` (what is kept side by side),
:mod:`relationships`, :mod:`facts`, :mod:`consent`, :mod:`conflicts`, :mod:`party`, :mod:`crosswalk`, :mod:`lineage`,
and at last :mod:`balance`, which must close.
"""

from __future__ import annotations

import polars as pl

from crmq.consolidate import balance, conflicts, consent, contact_points, facts, relationships, union
from crmq.consolidate.crosswalk import crosswalk
from crmq.consolidate.lineage import Lineage
from crmq.consolidate.parties import Parties, group
from crmq.consolidate.party import party
from crmq.consolidate.settings import ConsolidateSettings, SurvivorshipSection
from crmq.consolidate.survivorship import Survived, of_records, survive
from crmq.locales import _
from crmq.model.golden import GOLDEN_IDENTIFIERS, Golden
from crmq.model.matches import Matches
from crmq.model.tables import Tables, conform
from crmq.progress import Progress, Silent

__all__ = ["ConsolidateSettings", "SurvivorshipSection", "consolidate"]


def consolidate(
    tables: Tables,
    matches: Matches,
    settings: ConsolidateSettings | None = None,
    progress: Progress | None = None,
) -> Golden:
    """Make one golden party of each merge group, with its children, lineage, conflicts and consent.

    Raises:
        BalanceError: Something would be lost or counted twice.
        InternalError: The tables and the clusters do not belong together.
    """
    settings, progress = settings or ConsolidateSettings(), progress or Silent()
    progress.step(_("Grouping records into parties"))
    parties = group(tables.records, matches.clusters, settings.trust)
    trail = Lineage(parties, tables.headers)
    points = union.collapse(tables["contact_points"], union.CONTACT_POINTS, parties, trail)
    is_shared = contact_points.mark_shared(points, settings.shared_from)
    survived = _survive(settings, parties, points, is_shared, trail, progress)
    progress.step(_("Attaching children"))
    events, links = parties.attach(tables["consents"]), parties.attach(tables["relationships"])
    targets = relationships.targets(parties, links)
    made = {
        "contact_points": contact_points.table(points, is_shared, survived, parties),
        "identifiers": _identifiers(tables, parties, trail),
        "relationships": relationships.relationships(links, targets, parties),
        "consents": relationships.consents(events, parties),
        "extras": relationships.extras(tables["extras"], parties),
        **facts.attach(tables, targets, points, parties),
    }
    progress.step(_("Working out who may be contacted"))
    made["contactability"] = consent.contactability(events, points, parties)
    progress.step(_("Finding contradictions"))
    made["conflicts"] = conflicts.conflicts(parties, survived, events)
    made["party"] = party(parties, survived, made["consents"], made["orders"])
    made["crosswalk"] = crosswalk(parties, tables.ledger)
    made["lineage"] = trail.frame()
    counts = balance.balance(tables, made)
    balance.check(counts)
    return Golden(made, counts)


def _survive(
    settings: ConsolidateSettings,
    parties: Parties,
    points: union.Collapsed,
    is_shared: pl.Series,
    trail: Lineage,
    progress: Progress,
) -> Survived:
    rules = settings.survivorship.rules()
    survived = Survived(parties.count)
    progress.step(_("Choosing golden values"), len(rules))
    for rule in rules:
        if rule.fields[0] in contact_points.FIELDS:
            offered = contact_points.candidates(rule, points, is_shared, parties)
        else:
            offered = of_records(rule, parties)
        survive(rule, offered, parties, trail, survived)
        progress.advance()
    return survived


def _identifiers(tables: Tables, parties: Parties, trail: Lineage) -> pl.DataFrame:
    collapsed = union.collapse(tables["identifiers"], union.IDENTIFIERS, parties, trail)
    golden = collapsed.golden.sort("party", "id_kind", "scheme", "value_norm", "value_raw", nulls_last=True)
    golden = conform(golden.with_columns(parties.id_of(golden["party"])), GOLDEN_IDENTIFIERS)
    if not collapsed.orphans.height:
        return golden
    return pl.concat([golden, conform(collapsed.orphans, GOLDEN_IDENTIFIERS)])
