"""Hard knowledge: merges that a source declares, and decisions of data stewards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crmq.matching.features import Features
from crmq.model.tables import KEY, Tables

DECLARING = ("merged_into", "converted_to")
"""Types of relationship by which a source says that two of its records are one party."""


@dataclass(frozen=True)
class Known:
    """Pairs of records of one entity about which something is known for sure.

    Attributes:
        first: (P,) number of the smaller record.
        second: (P,) number of the larger record.
        same: (P,) whether they are the same party.
        steward: (P,) whether a steward said so (a declaration of the source otherwise).
        unused: Number of decisions that name a record which is not in the data.
    """

    first: NDArray[np.int32]
    second: NDArray[np.int32]
    same: NDArray[np.bool_]
    steward: NDArray[np.bool_]
    unused: int = 0


def known_pairs(features: Features, tables: Tables, decisions: pl.DataFrame | None) -> Known:
    """Return the pairs that declarations and decisions are about; a steward's word overrides a declaration."""
    keys = features.keys.with_row_index("row")
    parts = [_masters(keys), _relationships(keys, tables, features.entity)]
    unused = 0
    if decisions is not None and not decisions.is_empty():
        decided, unused = _decided(keys, decisions, features.entity)
        parts.append(decided)
    pairs = (
        pl.concat(parts)
        .filter(pl.col("a") != pl.col("b"))
        .select(
            pl.min_horizontal("a", "b").alias("first"),
            pl.max_horizontal("a", "b").alias("second"),
            "same",
            "steward",
        )
        # the last word per pair: steward before source, "different" before "same"
        .sort("first", "second", "steward", "same", descending=[False, False, True, False])
        .unique(["first", "second"], keep="first", maintain_order=True)
    )
    return Known(
        first=pairs["first"].to_numpy().astype(np.int32),
        second=pairs["second"].to_numpy().astype(np.int32),
        same=pairs["same"].to_numpy(),
        steward=pairs["steward"].to_numpy(),
        unused=unused,
    )


def _edges(frame: pl.DataFrame, *, same: pl.Expr, steward: bool) -> pl.DataFrame:
    return frame.select(pl.col("a").cast(pl.Int64), pl.col("b").cast(pl.Int64), same=same, steward=pl.lit(steward))


def _masters(keys: pl.DataFrame) -> pl.DataFrame:
    """Return edges from each record to its declared survivor, and between those whose survivor is not in the data."""
    named = keys.filter(pl.col("master_key").is_not_null())
    targets = keys.select("source", "object", master_key="record_key", b="row").filter(
        pl.col("master_key").is_not_null()
    )
    to_master = named.rename({"row": "a"}).join(
        targets, on=["source", "object", "master_key"], how="inner", maintain_order="left"
    )
    siblings = named.with_columns(a=pl.col("row"), b=pl.col("row").min().over("source", "object", "master_key"))
    return pl.concat([_edges(part, same=pl.lit(True), steward=False) for part in (to_master, siblings)])


def _relationships(keys: pl.DataFrame, tables: Tables, entity: str) -> pl.DataFrame:
    declared = tables["relationships"].filter(
        pl.col("rel_type").is_in(DECLARING)
        & (pl.col("entity") == entity)
        & (pl.col("to_entity").is_null() | (pl.col("to_entity") == entity))
        & pl.col("to_record_key").is_not_null()
    )
    own = keys.select(*KEY, a="row")
    other = keys.select("source", to_object="object", to_record_key="record_key", b="row")
    found = declared.join(own, on=KEY, how="inner", maintain_order="left").join(
        other, on=["source", "to_object", "to_record_key"], how="inner", maintain_order="left"
    )
    return _edges(found, same=pl.lit(True), steward=False)


def _decided(keys: pl.DataFrame, decisions: pl.DataFrame, entity: str) -> tuple[pl.DataFrame, int]:
    """Return edges of the decisions about records of this entity, and how many name unknown records.

    One row of a source may be a person and an organisation: a decision that names its entity is about that one only.
    """
    wanted = decisions.filter(pl.col("decision").is_in(["same", "different"]))
    if "entity" in wanted.columns:
        wanted = wanted.filter(pl.col("entity").is_null() | pl.col("entity").is_in(["", entity]))
    sides = {
        side: keys.select(
            pl.col("source").alias(f"source_{side}"),
            pl.col("object").alias(f"object_{side}"),
            pl.col("record_id").alias(f"record_id_{side}"),
            pl.col("row").alias(side),
        )
        for side in ("a", "b")
    }
    found = wanted
    for side, frame in sides.items():
        on = [f"source_{side}", f"object_{side}", f"record_id_{side}"]
        found = found.join(frame, on=on, how="inner", maintain_order="left")
    return _edges(found, same=pl.col("decision") == "same", steward=True), len(wanted) - len(found)
