"""Matching: who is who among all records, decided from the data alone.

For each entity: features, candidates by many blocking keys, weights by expectation maximisation, average linkage.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from crmq.locales import _
from crmq.matching import diagnostics, features, outcome, persistence, repeats
from crmq.matching.clustering import components
from crmq.matching.features import Features
from crmq.matching.groups import Grouping, group
from crmq.matching.hard import Known, known_pairs
from crmq.matching.model import Fitting, Model, Pairs, score
from crmq.matching.settings import MatchSettings
from crmq.model.matches import Matches
from crmq.model.tables import KEY, ORGANISATION, PERSON, Tables
from crmq.progress import Progress, Silent
from crmq.threads import together

ENTITIES = (PERSON, ORGANISATION)


@dataclass
class EntityResult:
    """What matching found for one entity."""

    features: Features
    model: Model | None
    grouping: Grouping
    known: Known
    diagnostics: dict[str, object]


def match(
    tables: Tables,
    settings: MatchSettings | None = None,
    progress: Progress | None = None,
    prepared: Callable[[], None] | None = None,
) -> Matches:
    """Match the records of the standardised tables.

    Args:
        tables: What standardise wrote.
        settings: Thresholds, decisions and the like; None for the defaults.
        progress: Is told about the steps.
        prepared: Called when nothing will be read from the tables any more.

    Returns:
        A cluster row for every party record, the scored pairs, the model and diagnostics.
    """
    chosen = settings or MatchSettings()
    told = progress or Silent()
    parts = []
    for entity in ENTITIES:
        told.step(_("Preparing {entity} records").format(entity=entity))
        everyone = features.build(tables, entity, chosen)
        if everyone.size:
            parts.append((everyone, known_pairs(everyone, tables, chosen.decisions)))
    keys = tables.records.select(*KEY)
    if prepared is not None:
        prepared()
    found, kept = [], {}
    while parts:
        result = match_entity(*parts.pop(0), chosen, told)
        if result.model is not None:
            kept[result.features.entity] = persistence.to_dict(result.features, result.model, result.grouping, chosen)
        # the values have done their work: what follows needs the memory
        found.append(replace(result, features=result.features.without_values()))
        del result
    grouped, models = [(r.features, r.grouping) for r in found], [r.model for r in found]
    clusters, pairs = together(
        lambda: outcome.cluster_table(grouped, keys),
        lambda: outcome.pair_table(grouped, models, keys),
    )
    return Matches(
        clusters=clusters,
        pairs=pairs,
        model=kept,
        diagnostics={r.features.entity: r.diagnostics for r in found},
    )


def match_entity(everyone: Features, known: Known, settings: MatchSettings, progress: Progress) -> EntityResult:
    """Match the records of one entity."""
    threads = settings.threads or os.cpu_count() or 1
    entity = everyone.entity
    decided = np.unique(np.concatenate([known.first[known.steward], known.second[known.steward]]))
    leader = repeats.representatives(everyone, decided.astype(np.int64))
    keep = np.flatnonzero(leader == np.arange(everyone.size)).astype(np.int64)
    if len(keep) < 2 or not everyone.comparisons:
        return _without_model(everyone, known)
    core = everyone if len(keep) == everyone.size else repeats.subset(everyone, keep)
    place = np.zeros(everyone.size, dtype=np.int32)
    place[keep] = np.arange(len(keep), dtype=np.int32)
    progress.step(_("Comparing {entity} records").format(entity=entity))
    fitting = Fitting(core, threads, progress)
    progress.step(_("Learning weights for {entity} records").format(entity=entity))
    model, pairs, _groups = fitting.run(settings.threshold)
    progress.step(_("Grouping {entity} records").format(entity=entity))
    grouping = group(
        core, model, pairs, _moved(known, place[leader]), settings.threshold, settings.target_precision, threads
    )
    facts = diagnostics.collect(core, fitting, model, grouping, settings)
    facts["repeated_records"] = everyone.size - len(keep)
    repeated = core is not everyone
    del fitting, core
    if repeated:
        grouping = _spread(everyone, model, grouping, leader, keep, known, threads)
    return EntityResult(everyone, model, grouping, known, facts)


def _moved(known: Known, place: NDArray[np.int32]) -> Known:
    """Return the known pairs between representatives; those between equal records need no word."""
    a, b = place[known.first], place[known.second]
    apart = a != b
    low, high = np.minimum(a, b)[apart], np.maximum(a, b)[apart]
    _keys, first = np.unique((low.astype(np.int64) << 32) | high, return_index=True)
    return Known(low[first], high[first], known.same[apart][first], known.steward[apart][first], known.unused)


def _spread(
    everyone: Features,
    model: Model,
    grouping: Grouping,
    leader: NDArray[np.int32],
    keep: NDArray[np.int64],
    known: Known,
    threads: int,
) -> Grouping:
    """Return the grouping of all records: repeated ones join the record that stands for them."""
    wide = keep.astype(np.int32)
    members = np.flatnonzero(leader != np.arange(everyone.size)).astype(np.int32)
    leaders = leader[members]
    links = score(everyone, np.minimum(members, leaders), np.maximum(members, leaders), model, threads)
    joins = links.weight > 0
    core_cluster, core_merge = np.arange(everyone.size, dtype=np.int32), np.arange(everyone.size, dtype=np.int32)
    core_cluster[keep] = wide[grouping.cluster]
    core_merge[keep] = wide[grouping.merge]
    cluster, merge = core_cluster.copy(), core_merge.copy()
    cluster[members[joins]] = core_cluster[leaders[joins]]
    merge[members[joins]] = core_merge[leaders[joins]]
    pairs = grouping.pairs
    both = Pairs(
        np.concatenate([wide[pairs.first], links.first]),
        np.concatenate([wide[pairs.second], links.second]),
        np.concatenate([pairs.levels, links.levels]),
        np.concatenate([pairs.values, links.values]),
        np.concatenate([pairs.weight, links.weight]),
    )
    added = np.zeros(len(links), dtype=np.bool_)
    return Grouping(
        cluster=cluster,
        merge=merge,
        pairs=both,
        veto=np.concatenate([grouping.veto, added.astype(np.uint8)]),
        must=np.concatenate([grouping.must, added]),
        never=np.concatenate([grouping.never, added]),
        merge_threshold=grouping.merge_threshold,
        expected=grouping.expected,
        steward=np.concatenate([grouping.steward, added]),
    )


def _without_model(everyone: Features, known: Known) -> EntityResult:
    """Return the result where nothing can be compared: hard knowledge alone groups."""
    size = everyone.size
    cluster = components(size, known.first, known.second, known.same)
    count = len(known.first)
    pairs = Pairs(
        known.first,
        known.second,
        np.zeros((count, len(everyone.comparisons)), dtype=np.uint8),
        np.full((count, len(everyone.comparisons)), -1, dtype=np.int32),
        np.zeros(count),
    )
    grouping = Grouping(
        cluster=cluster,
        merge=cluster.copy(),
        pairs=pairs,
        veto=np.zeros(count, dtype=np.uint8),
        must=known.same,
        never=~known.same,
        merge_threshold=1.0,
        expected={},
        steward=known.steward,
    )
    return EntityResult(everyone, None, grouping, known, diagnostics.nothing_to_compare(everyone))
