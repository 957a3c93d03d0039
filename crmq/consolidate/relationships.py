"""References that survive the merge: relationships lead to golden parties, none is dropped.

A reference names a record by source, object, normalised id and entity. Where it leaves out the entity and the row holds
a person and a firm, the firm is meant; where it leaves out the object it is resolved only when one party has that id in
the whole source. An id that stands in its table twice leads to the first in golden order. The id of a record that was
merged away in its source leads to the record that tells so (``replaces``). A reference that leads nowhere (the record
is missing, or was deleted and excluded) is an orphan: kept, with its dangling key.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from crmq.consolidate.parties import Parties
from crmq.model.golden import GOLDEN_CONSENTS, GOLDEN_EXTRAS, GOLDEN_RELATIONSHIPS
from crmq.model.tables import conform

ATTACHED = "attached"
ORPHAN = "orphan"


REPLACES = "replaces"
"""Relationship of a record to the ids that were merged into it in its source."""

_PARTS = ("object", "entity")
_TARGET = ("source", *_PARTS, "key")


def targets(parties: Parties, relationships: pl.DataFrame) -> pl.DataFrame:
    """Return where each normalised id leads: columns source, object, entity, key, to_party; golden order.

    Args:
        parties: The parties.
        relationships: The relationships of the standardised tables, attached: their ``replaces`` lead on.
    """
    rows = parties.keys.with_columns(
        parties.column("record_key").alias("key"), pl.Series("to_party", parties.of_row, dtype=pl.UInt32)
    )
    records = rows.filter(pl.col("key").is_not_null()).select(*_TARGET, "to_party")
    former = relationships.filter(
        (pl.col("rel_type") == REPLACES) & pl.col("party").is_not_null() & pl.col("to_record_key").is_not_null()
    )
    former = former.select("source", "row", object="to_object", entity="entity", key="to_record_key", to_party="party")
    former = former.join(records, on=list(_TARGET), how="anti").sort("row", *_TARGET, nulls_last=True)
    return pl.concat([records, former.select(records.columns)])


def resolve(references: pl.DataFrame, targets: pl.DataFrame) -> pl.Series:
    """Return the party each reference leads to (null: none).

    Args:
        references: Columns source, object, entity, key; object and entity may be null.
        targets: What :func:`targets` returns.
    """
    found = pl.Series([], dtype=pl.UInt32).extend_constant(None, references.height)
    for given in (("object", "entity"), ("object",), ("entity",), ()):
        mine = references["key"].is_not_null()
        for part in _PARTS:
            mine &= references[part].is_not_null() if part in given else references[part].is_null()
        if not mine.any():
            continue
        on = ["source", *given, "key"]
        hits = references.select(on).join(_one_each(targets, on), on=on, how="left", maintain_order="left")
        found = found.zip_with(~mine, hits["to_party"])
    return found.alias("to_party")


def _one_each(targets: pl.DataFrame, on: Sequence[str]) -> pl.DataFrame:
    """Return the one party each key leads to."""
    if "entity" not in on:
        firm = pl.col("entity") == "organisation"
        targets = targets.filter(firm | ~firm.any().over(on))
    one = targets.group_by(on, maintain_order=True).agg(
        pl.col("to_party").n_unique().alias("n"), pl.col("to_party").first()
    )
    if "object" not in on:
        one = one.filter(pl.col("n") == 1)
    return one.select(*on, "to_party")


def relationships(attached: pl.DataFrame, targets: pl.DataFrame, parties: Parties) -> pl.DataFrame:
    """Return the relationships, attached, as the golden ones (schema ``GOLDEN_RELATIONSHIPS``)."""
    rows = attached.sort(
        "row", "rel_type", "to_object", "to_record_key", "to_entity", "to_name", "column", nulls_last=True
    )
    references = rows.select(
        "source", object=pl.col("to_object"), entity=pl.col("to_entity"), key=pl.col("to_record_key")
    )
    to_party = resolve(references, targets)
    named_only = rows["to_record_key"].is_null() & rows["to_name"].is_not_null()
    leads = rows["party"].is_not_null() & (to_party.is_not_null() | named_only)
    rows = rows.with_columns(
        parties.id_of(rows["party"]),
        parties.id_of(to_party).alias("to_party_id"),
        _state(leads),
    )
    return conform(rows, GOLDEN_RELATIONSHIPS)


def consents(events: pl.DataFrame, parties: Parties) -> pl.DataFrame:
    """Return the consent events, attached, as the golden event log (schema ``GOLDEN_CONSENTS``)."""
    rows = events.sort(
        "row", "channel", "purpose", "subscription", "captured_at", "status", "column", "value_raw", "suppression",
        "evidence", "lawful_basis", nulls_last=True,
    )  # fmt: skip
    return conform(rows.with_columns(parties.id_of(rows["party"])), GOLDEN_CONSENTS)


def extras(children: pl.DataFrame, parties: Parties) -> pl.DataFrame:
    """Return the columns that were never mapped, with their party (schema ``GOLDEN_EXTRAS``)."""
    rows = parties.attach(children)
    names = pl.Enum(rows["column"].unique().drop_nulls().sort())
    rows = rows.with_columns(pl.col("column").cast(names)).sort("row", "column", "raw", nulls_last=True)
    return conform(rows.with_columns(parties.id_of(rows["party"])), GOLDEN_EXTRAS)


def _state(attached: pl.Series) -> pl.Series:
    return pl.select(pl.when(attached).then(pl.lit(ATTACHED)).otherwise(pl.lit(ORPHAN)).alias("state")).to_series()
