"""Why two records matched or did not: weights per field that add up to the printed probability, in words and bars.

The odds of a match stand against rivals: strangers, members of one household (or site), neighbours. The waterfall is
drawn against the strongest of them; what the weaker ones add is a bar of its own, so that the bars add up exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crmq.errors import UsageError
from crmq.locales import _
from crmq.matching import features as building
from crmq.matching import persistence, vetoes
from crmq.matching.blocking import Blocking, Blocks
from crmq.matching.comparison import RIVALS
from crmq.matching.features import Features
from crmq.matching.kernels import AREA
from crmq.matching.model import Model, Pairs, probability, score, source_bits
from crmq.matching.reasons import LEAST_BITS, RARE_BITS, field_name, level_words, veto_words
from crmq.matching.settings import MatchSettings
from crmq.model.matches import Matches
from crmq.model.tables import ORGANISATION, PERSON, Tables

STRANGERS = "strangers"

RecordName = tuple[str, str, str]
"""Source, object and record id."""


@dataclass(frozen=True)
class Bar:
    """One bar of the waterfall.

    Attributes:
        name: ``prior``, ``sources``, ``other_rival``, or the name of a comparison.
        title: The same in words.
        words: What the comparison saw, in words ("same rare surname"); empty for the others.
        weight: Bits (log2) it adds to or takes from the odds of a match.
        first, second: The two values, where the bar is a comparison.
    """

    name: str
    title: str
    words: str
    weight: float
    first: str | None = None
    second: str | None = None


@dataclass(frozen=True)
class Explanation:
    """Why a pair stands where it stands.

    Attributes:
        entity: ``person`` or ``organisation``.
        first, second: The records.
        probability: Posterior of a match, the same number as in ``pairs``.
        match_weight: The same as log2 odds: the sum of all bars.
        rival: ``strangers``, ``household`` or ``area``: what else would explain the pair best.
        bars: The waterfall, prior first, then the fields from the strongest down.
        outcome: ``merged``, ``same_cluster`` (best estimate, not merged), or ``apart``.
        veto: Why it was kept from merging, in words, or empty.
        decided_by: As in ``pairs``, or ``model``.
        keys: Blocking keys that brought the two together; empty: they never met.
        missed: Keys on which they agree but whose block was too large to compare all its pairs.
    """

    entity: str
    first: RecordName
    second: RecordName
    probability: float
    match_weight: float
    rival: str
    bars: tuple[Bar, ...]
    outcome: str
    veto: str
    decided_by: str
    keys: tuple[str, ...]
    missed: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The reasons for and against, strongest first, as one sentence."""
        return sentence_of(self.bars, self.veto)

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        bars = [
            {
                "name": b.name, "title": b.title, "words": b.words, "weight": round(b.weight, 3), "first": b.first,
                "second": b.second,
            }
            for b in self.bars
        ]  # fmt: skip
        return {
            "entity": self.entity, "first": list(self.first), "second": list(self.second),
            "probability": self.probability, "match_weight": self.match_weight, "rival": self.rival,
            "sentence": self.sentence, "outcome": self.outcome, "veto": self.veto, "decided_by": self.decided_by,
            "bars": bars, "blocking_keys": list(self.keys), "too_large_blocks": list(self.missed),
        }  # fmt: skip


def sentence_of(bars: tuple[Bar, ...], veto: str) -> str:
    """Return the reasons for and against, strongest first, as one sentence."""
    fields = [b for b in bars if b.words and abs(b.weight) >= LEAST_BITS]
    agree = "; ".join(dict.fromkeys(b.words for b in fields if b.weight > 0)) or _("nothing of weight agrees")
    against = list(dict.fromkeys(b.words for b in fields if b.weight < 0))
    if veto and veto not in against:
        against.append(veto)
    if not against:
        return _("For: {agree}.").format(agree=agree)
    return _("For: {agree}. Against: {against}.").format(agree=agree, against="; ".join(against))


def find_record(matches: Matches, text: str) -> pl.DataFrame:
    """Return the cluster rows of a record named by its id, source/id or source/object/id, each also with /entity.

    Raises:
        UsageError: No record, or several records, have that name.
    """
    hits = _named(matches.clusters, text)
    bare, _slash, entity = text.rpartition("/")
    if hits.is_empty() and entity in (PERSON, ORGANISATION):
        hits = _named(matches.clusters.filter(pl.col("entity") == entity), bare)
    if hits.is_empty():
        raise UsageError(
            _("There is no record {name} in this run.").format(name=text),
            hint=_("Name a record by its id, or by source/object/id; add /organisation where it is a person, too."),
        )
    names = hits.select("source", "object", "record_id").unique().sort(pl.all())
    if names.height > 1:
        known = ", ".join("/".join(row) for row in names.head(5).iter_rows())
        raise UsageError(_("Several records are called {name}: {known}.").format(name=text, known=known))
    return hits


def _named(clusters: pl.DataFrame, text: str) -> pl.DataFrame:
    """Return the rows of a record named by its id, by source/id or by source/object/id."""
    hits = clusters.filter(pl.col("record_id") == text)
    if hits.is_empty() and "/" in text:
        source, rest = text.split("/", 1)
        scoped = clusters.filter(pl.col("source") == source)
        hits = scoped.filter(pl.col("record_id") == rest)
        if hits.is_empty() and "/" in rest:
            object_, record = rest.split("/", 1)
            hits = scoped.filter((pl.col("object") == object_) & (pl.col("record_id") == record))
    return hits


def cluster_members(tables: Tables, matches: Matches, name: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the members of a cluster, with a name each, and the scored pairs inside it.

    Args:
        tables: The standardised tables.
        matches: Clusters and pairs.
        name: A cluster id, a merge id, or a record as :func:`find_record` takes it.

    Raises:
        UsageError: There is nothing of that name.
    """
    clusters = matches.clusters
    hits = clusters.filter((pl.col("cluster_id") == name) | (pl.col("merge_id") == name))
    if hits.is_empty():
        hits = find_record(matches, name)
    keys = ["source", "object", "record_id", "entity"]
    names = tables.records.select(*keys, pl.coalesce("full_name", "org_name", "email", "phone").alias("name"))
    members = (
        clusters.filter(pl.col("cluster_id") == hits.sort(keys)["cluster_id"][0])
        .join(names, on=keys, how="left")
        .sort("merge_id", *keys)
    )
    pairs = matches.pairs
    for side in ("a", "b"):
        side_keys = [f"{k}_{side}" for k in keys[:3]]
        mine = members.select(*(pl.col(k).alias(s) for k, s in zip(keys[:3], side_keys, strict=True)), "entity")
        pairs = pairs.join(mine, on=[*side_keys, "entity"], how="semi")
    return members, pairs


def explain_pair(tables: Tables, matches: Matches, first: str, second: str, settings: MatchSettings) -> Explanation:
    """Explain one pair of records, whether or not crmq ever compared them.

    Raises:
        UsageError: A record is not known, or the two are of different kinds and were never to be compared.
    """
    rows_a, rows_b = find_record(matches, first), find_record(matches, second)
    shared = sorted(set(rows_a["entity"]) & set(rows_b["entity"]), reverse=True)
    if not shared:
        raise UsageError(
            _("A person and an organisation are never merged: they are linked."),
            hint=_("Name two records of the same kind."),
        )
    entity = shared[0]
    if entity not in matches.model:
        raise UsageError(_("There is no model of {entity} records in this run.").format(entity=entity))
    a, b = (rows.row(by_predicate=pl.col("entity") == entity, named=True) for rows in (rows_a, rows_b))
    features = building.build(tables, entity, settings)
    model = persistence.from_dict(features, matches.model[entity])
    place = [_place(features, row) for row in (a, b)]
    if place[0] == place[1]:
        raise UsageError(_("The two names are of one record."))
    low, high = min(place), max(place)
    pair = score(features, np.array([low], dtype=np.int32), np.array([high], dtype=np.int32), model)
    blocked = vetoes.vetoes(features, model, pair, np.array([0]))
    outcome = "apart"
    if a["merge_id"] == b["merge_id"]:
        outcome = "merged"
    elif a["cluster_id"] == b["cluster_id"]:
        outcome = "same_cluster"
    met, missed = _meeting(Blocking(features, 1).blocks, low, high)
    names: list[RecordName] = [(row["source"], row["object"], row["record_id"]) for row in (a, b)]
    flip = place[0] > place[1]
    rival, bars = waterfall(features, model, pair, flip)
    return Explanation(
        entity=entity,
        first=names[0],
        second=names[1],
        probability=round(float(probability(pair.weight)[0]), 6),
        match_weight=round(float(pair.weight[0]), 3),
        rival=rival,
        bars=bars,
        outcome=outcome,
        veto=veto_words(vetoes.CODES[int(blocked[0])]) if blocked[0] else "",
        decided_by=_stored(matches.pairs, names[0], names[1], entity) or "model",
        keys=met,
        missed=missed,
    )


def _place(features: Features, row: dict[str, Any]) -> int:
    found = features.keys.with_row_index("place").filter(
        *(pl.col(name) == row[name] for name in ("source", "object", "record_id"))
    )
    return int(found["place"][0])


def _stored(pairs: pl.DataFrame, a: RecordName, b: RecordName, entity: str) -> str | None:
    """Return what decided the pair, where it stands in the pairs of the run."""
    for one, two in ((a, b), (b, a)):
        sides = [
            pl.col(f"{name}_{side}") == value
            for side, key in (("a", one), ("b", two))
            for name, value in zip(("source", "object", "record_id"), key, strict=True)
        ]
        hit = pairs.filter(*sides, pl.col("entity") == entity)
        if hit.height:
            return str(hit["decided_by"][0])
    return None


def waterfall(features: Features, model: Model, pair: Pairs, flip: bool) -> tuple[str, tuple[Bar, ...]]:
    """Return the stronger rival and the bars against it; they add up to the weight of the pair.

    Args:
        features: The records.
        model: The fitted model.
        pair: One scored pair.
        flip: Whether the value of its second record is to stand first.
    """
    weights = model.weights
    levels, values = pair.levels[0], pair.values[0]
    rarity = np.where(values >= 0, weights.rarity[np.maximum(values, 0)], 0.0)
    count = len(features.comparisons)
    match = weights.match[np.arange(count), levels] + rarity
    strangers = weights.prior[-1]
    # each hypothesis against strangers: the bits of its fields, and its odds as a whole
    bits_of = {STRANGERS: np.zeros(count)}
    odds = {STRANGERS: 0.0}
    for r, name in enumerate(RIVALS):
        shared = weights.shared[r].astype(bool)
        if shared.any():
            own = weights.rival[r, np.arange(count), levels] + (0.0 if r == AREA else rarity)
            bits_of[name] = np.where(shared, own, 0.0)
            odds[name] = float(weights.prior[1 + r] - strangers + bits_of[name].sum())
    rival = max(odds, key=lambda name: odds[name])
    bits = match - bits_of[rival]
    prior = weights.prior[0] - strangers - (odds[rival] - bits_of[rival].sum())
    bars = [Bar("prior", _("before looking"), "", float(prior))]
    fields = []
    for k, comparison in enumerate(features.comparisons):
        if levels[k] == 0:
            continue
        rare = bool(rarity[k] >= RARE_BITS)
        words = level_words(comparison.levels[levels[k]], rare).format(field=field_name(comparison))
        texts = _values(features, comparison.column, pair)
        fields.append(
            Bar(comparison.name, field_name(comparison), words, float(bits[k]), *(texts[::-1] if flip else texts))
        )
    bars += sorted(fields, key=lambda bar: (-abs(bar.weight), bar.name))
    sources = float(source_bits(features, pair.first, pair.second, model)[0])
    if sources:
        bars.append(Bar("sources", _("the sources of the two"), "", sources))
    # what the weaker rivals take together
    rest = -float(np.log2(sum(2.0 ** (other - odds[rival]) for other in odds.values())))
    bars.append(Bar("other_rival", _("the other rivals"), "", rest))
    return rival, tuple(bars)


def _values(features: Features, column: int, pair: Pairs) -> tuple[str | None, str | None]:
    """Return the two values of a column as they were compared, further values behind a comma."""
    lay = features.layout
    names = features.columns[column].values

    def text(record: int) -> str | None:
        codes = [int(lay.codes[record, column])]
        further = range(int(lay.more_start[record]), int(lay.more_start[record + 1]))
        codes += [int(lay.more_code[at]) for at in further if lay.more_column[at] == column]
        found = [str(names[code - 1]) for code in codes if code > 0]
        return ", ".join(found) or None

    return text(int(pair.first[0])), text(int(pair.second[0]))


def _meeting(all_blocks: list[Blocks], low: int, high: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the keys that compared the two, and those on which they agree in a block too large for it."""
    met: list[str] = []
    missed: list[str] = []
    for blocks in all_blocks:
        places = [np.flatnonzero(blocks.members == record) for record in (low, high)]
        if not len(places[0]) or not len(places[1]):
            continue
        homes = [_homes(blocks, at) for at in places]
        for home in sorted(set(homes[0]) & set(homes[1])):
            size = int(blocks.starts[home + 1] - blocks.starts[home])
            gap = min(abs(homes[0][home] - homes[1][home]), size)
            near = size <= blocks.limit or (blocks.window > 0 and gap <= blocks.window)
            (met if near else missed).append(blocks.name)
    return tuple(dict.fromkeys(met)), tuple(name for name in dict.fromkeys(missed) if name not in met)


def _homes(blocks: Blocks, at: NDArray[np.int64]) -> dict[int, int]:
    """Return the blocks that a record stands in, each with its place."""
    homes = np.searchsorted(blocks.starts, at, side="right") - 1
    return {int(home): int(place) for home, place in zip(homes, at, strict=True)}
