"""Any pair of records of a run, scored again with the model of that run."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crmq.errors import UsageError
from crmq.locales import _
from crmq.matching import features as building
from crmq.matching import persistence
from crmq.matching.features import Features
from crmq.matching.model import Model, Pairs, score
from crmq.matching.settings import MatchSettings
from crmq.matching.vetoes import vetoes
from crmq.model.matches import Matches
from crmq.model.tables import KEY, Tables

RowArray = NDArray[np.int64]
"""Places of records in the table of records, which is in the order of their keys."""


class Evidence:
    """The records and pairs of a run, with what is needed to compare any two of them.

    Args:
        tables: The standardised tables of the run.
        matches: Its clusters, pairs and model.
        settings: The settings it was matched with.

    Raises:
        UsageError: The clusters are not those of the tables.
    """

    def __init__(self, tables: Tables, matches: Matches, settings: MatchSettings) -> None:
        if not tables.records.select(KEY).equals(matches.clusters.select(KEY)):
            raise UsageError(
                _("The records of the run folder are not those that were matched."),
                hint=_("Run crmq dedupe on it again."),
            )
        self.tables = tables
        self.matches = matches
        self._settings = settings
        self._of: dict[str, tuple[Features, Model, RowArray]] = {}

    @cached_property
    def rows(self) -> pl.DataFrame:
        """Key, cluster, merge group and ``row`` of each record."""
        return self.matches.clusters.select(*KEY, "cluster_id", "merge_id").with_row_index("row")

    @cached_property
    def pairs(self) -> pl.DataFrame:
        """The listed pairs: entity, probability, decision, ``row_a`` and ``row_b``, and how the two stand.

        ``standing`` is ``merged``, ``together`` (one cluster, not merged) or ``apart``.
        """
        found = self.matches.pairs
        for side in ("a", "b"):
            found = found.join(
                self.rows.select(
                    *(pl.col(k).alias(f"{k}_{side}") for k in KEY[:3]),
                    "entity",
                    *(pl.col(k).alias(f"{k}_{side}") for k in ("row", "cluster_id", "merge_id")),
                ),
                on=[*(f"{k}_{side}" for k in KEY[:3]), "entity"],
                how="inner",
                maintain_order="left",
            )
        return found.select(
            "entity", "probability", "decision", "decided_by", "row_a", "row_b", "merge_id_a", "merge_id_b",
            standing=pl.when(pl.col("merge_id_a") == pl.col("merge_id_b"))
            .then(pl.lit("merged"))
            .when(pl.col("cluster_id_a") == pl.col("cluster_id_b"))
            .then(pl.lit("together"))
            .otherwise(pl.lit("apart")),
        )  # fmt: skip

    @cached_property
    def groups(self) -> dict[str, list[int]]:
        """The rows of each merge group, in order."""
        grouped = self.rows.group_by("merge_id", maintain_order=True).agg("row")
        return dict(zip(grouped["merge_id"].to_list(), grouped["row"].to_list(), strict=True))

    def expected_right(self) -> float:
        """Return the right pairs that the models expect among all that were compared."""
        levels = [facts["expected"]["cluster"] for facts in self.matches.diagnostics.values() if facts.get("expected")]
        return float(sum(e["pairs"] * e["precision"] / e["recall"] for e in levels if e["recall"]))

    def knows(self, entity: str) -> bool:
        """Tell whether there is a model of this entity."""
        return entity in self.matches.model

    def of(self, entity: str) -> tuple[Features, Model, RowArray]:
        """Return features and model of an entity, and the place of each row among its features (-1: not there)."""
        if entity not in self._of:
            features = building.build(self.tables, entity, self._settings)
            place = np.full(self.tables.records.height, -1, dtype=np.int64)
            place[features.row] = np.arange(features.size)
            self._of[entity] = (features, persistence.from_dict(features, self.matches.model[entity]), place)
        return self._of[entity]

    def scored(self, entity: str, first: RowArray, second: RowArray) -> Pairs:
        """Return pairs of rows, scored; the record that stands first among the features comes first."""
        features, model, place = self.of(entity)
        a, b = place[first], place[second]
        low, high = np.minimum(a, b).astype(np.int32), np.maximum(a, b).astype(np.int32)
        return score(features, low, high, model)

    def vetoed(self, entity: str, pairs: Pairs) -> NDArray[np.uint8]:
        """Return what keeps each pair from merging, as a number of :mod:`crmq.matching.vetoes`."""
        features, model, _place = self.of(entity)
        return vetoes(features, model, pairs, np.arange(len(pairs)))
