"""Contact points and identifiers: every value is kept, equal ones of a party become one row with all its sources."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from crmq.consolidate.knockout import Criterion, Ints, decide
from crmq.consolidate.lineage import Lineage
from crmq.consolidate.parties import Parties, lean
from crmq.model.tables import KEY

RANK = {"valid": 4, "possible": 3, "missing": 2, "invalid": 1, "placeholder": 0}
"""Verdicts, the best with the greatest number."""
USABLE = ("valid", "possible")


@dataclass(frozen=True)
class Kind:
    """What collapses in a child table.

    Attributes:
        table: Name of the table.
        kind: Column that says what kind of value it is.
        by: Columns that must be equal besides the party and the value.
        fill: Columns taken from the others where the representative row has none.
        sort: Columns that put the rows of one record into a total order.
    """

    table: str
    kind: str
    by: tuple[str, ...]
    fill: tuple[str, ...]
    sort: tuple[str, ...]


CONTACT_POINTS = Kind(
    "contact_points", "cp_type", ("cp_type",), ("usage", "value_alt", "country", "phone_type", "extension"),
    ("cp_type", "slot", "column", "value_norm", "value_raw", "usage", "reason", "verdict"),
)  # fmt: skip
IDENTIFIERS = Kind(
    "identifiers", "id_kind", ("id_kind", "scheme"), ("issuer_country",),
    ("id_kind", "scheme", "column", "value_norm", "value_raw", "reason", "verdict"),
)  # fmt: skip


@dataclass(frozen=True)
class Collapsed:
    """A child table before and after.

    Attributes:
        rows: The child rows of known records in golden order, with ``row`` and ``party``.
        into: The number of the golden row each went into (UInt32).
        golden: The golden rows: the columns of the representative, ``sources`` and ``records``; by party.
        orphans: Rows whose record is not there, with the same columns as ``golden``.
    """

    rows: pl.DataFrame
    into: pl.Series
    golden: pl.DataFrame
    orphans: pl.DataFrame


def collapse(children: pl.DataFrame, kind: Kind, parties: Parties, trail: Lineage) -> Collapsed:
    """Collapse the rows of each party that hold the same value, and tell ``trail`` what became of them.

    A value without a usable form (invalid, placeholder) is compared by its raw text, so that it is kept as well. The
    representative is the row with the best verdict, of a live record, the most trusted source, the latest modification,
    the fullest record, the first slot, the smallest raw text and source key.
    """
    needed = (*KEY, *kind.by, *kind.fill, "value_norm", "value_raw", "verdict", "column", "slot")
    children = lean(children, needed)
    order = [name for name in kind.sort if name in children.columns]
    attached = parties.attach(children).sort("row", *order, nulls_last=True)
    single = attached.with_columns(sources=pl.col("source"), records=pl.lit(1, pl.UInt32))
    orphans, rows = single.filter(pl.col("row").is_null()), single.filter(pl.col("row").is_not_null())
    value = pl.coalesce("value_norm", pl.format("\x1f{}", pl.col("value_raw").fill_null("")))
    first = (
        rows.select("party", *kind.by, value.alias("same"))
        .with_row_index("at")
        .select("at", pl.col("at").min().over("party", *kind.by, "same").alias("first"))
    )
    number = (first["first"] == first["at"]).cum_sum()
    into = (number.gather(first["first"]) - 1).cast(pl.UInt32)
    ordered = pl.DataFrame({"into": into}).with_row_index("at").sort("into", "at")
    if not rows.height:
        return Collapsed(rows, into, rows, orphans)
    text = rows["value_raw"].fill_null("").gather(ordered["at"])
    decision = decide(ordered["into"].to_numpy(), _criteria(rows.select(pl.all().gather(ordered["at"])), parties), text)
    chosen = ordered["at"].gather(pl.Series(decision.winners, dtype=pl.UInt32))
    golden = rows.select(pl.all().gather(chosen))
    several = ordered.with_columns(n=pl.len().over("into")).filter(pl.col("n") > 1)
    if several.height:
        golden = _with_others(golden, several, rows, chosen, kind, trail)
    return Collapsed(rows, into, golden, orphans)


def _criteria(rows: pl.DataFrame, parties: Parties) -> list[Criterion]:
    def of_record(name: str, values: Ints) -> Criterion:
        mine = values[rows["row"].to_numpy()]
        return name, mine.__getitem__

    verdict = (
        rows["verdict"].cast(pl.String).fill_null("missing").replace_strict(RANK, return_dtype=pl.Int64).to_numpy()
    )
    criteria: list[Criterion] = [
        ("best_verdict", verdict.__getitem__),
        of_record("live_record", parties.live),
        of_record("most_trusted", parties.source_trust),
        of_record("most_recent", parties.modified),
        of_record("fullest_record", parties.filled),
    ]
    if "slot" in rows.columns:
        slot = -rows["slot"].cast(pl.Int64).fill_null(0xFFFF).to_numpy()
        criteria.append(("source_order", slot.__getitem__))
    return criteria


def _with_others(
    golden: pl.DataFrame, several: pl.DataFrame, rows: pl.DataFrame, chosen: pl.Series, kind: Kind, trail: Lineage
) -> pl.DataFrame:
    """Give the golden rows what they take from the rows that were collapsed into them."""
    members = several.with_columns(
        rows[name].gather(several["at"]).alias(name) for name in (*kind.fill, "source", "value_raw", "row")
    )
    taken = members.group_by("into", maintain_order=True).agg(
        pl.col("source").unique().sort().str.join(";").alias("sources"),
        pl.len().cast(pl.UInt32).alias("records"),
        *(pl.col(name).drop_nulls().first() for name in kind.fill),
    )
    mine = golden.with_row_index("into").with_columns(pl.col("into").cast(pl.UInt32))
    mine = mine.join(taken, on="into", how="left", maintain_order="left", suffix="_of_all")
    golden = mine.with_columns(
        pl.coalesce("sources_of_all", "sources").alias("sources"),
        pl.coalesce("records_of_all", "records").alias("records"),
        *(pl.coalesce(name, f"{name}_of_all").alias(name) for name in kind.fill),
    ).select(golden.columns)
    kept = chosen.gather(members["into"])
    others = members.filter(members["at"] != kept).select(
        "into", pl.col("value_raw").alias("other_value"), pl.col("row").alias("other_row")
    )
    told = golden.select(
        "party", kind.kind, pl.coalesce("value_norm", "value_raw").alias("value"), "row", "column"
    ).select(pl.all().gather(others["into"]))
    trail.add_collapsed(kind.table, kind.kind, pl.concat([told, others.drop("into")], how="horizontal"))
    return golden
