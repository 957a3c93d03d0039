"""The review list: pairs that crmq does not dare to merge, side by side with what a person needs to decide."""

from __future__ import annotations

import polars as pl

from crmq.model.matches import Matches
from crmq.model.tables import Tables

_SHOWN = ("name", "birth_date", "email", "phone", "tax_id", "street", "city", "company_name")
_KEYS = ("source", "object", "record_id")

PAIR_COLUMNS = (
    "source_a", "object_a", "record_id_a", "source_b", "object_b", "record_id_b", "entity", "probability",
    "match_weight", "decision", "decided_by", "reasons",
)  # fmt: skip


def review_list(matches: Matches, tables: Tables) -> pl.DataFrame:
    """Return the pairs to look at, surest first, with the main values of both records.

    Two groups of records that merge safely among themselves are one question, however many pairs lie between them:
    the surest pair stands for all. The columns are those of ``pairs``, then ``cluster_id`` and, per value,
    ``<value>_a`` and ``<value>_b``; a steward writes ``same`` or ``different`` into the empty last column
    ``your_decision`` and gives the file to ``crmq dedupe --decisions``.
    """
    asked = matches.pairs.filter(pl.col("decision") == "review")
    sides = [asked.select(*(pl.col(f"{k}_{side}").alias(k) for k in _KEYS), "entity") for side in ("a", "b")]
    # clusters and records have their rows in one order
    grouped = matches.clusters.select(*_KEYS, "entity", "cluster_id", "merge_id").with_row_index("row")
    grouped = grouped.join(pl.concat(sides).unique(), on=[*_KEYS, "entity"], how="semi")
    pairs = _one_per_question(asked, grouped)
    name = pl.when(pl.col("entity") == "person").then(
        pl.coalesce("full_name", pl.concat_str("given_name", "family_name", separator=" ", ignore_nulls=True))
    )
    shown = tables.records[grouped["row"]].select(
        *_KEYS,
        "entity",
        name.otherwise(pl.coalesce("org_name", "trade_name")).alias("name"),
        pl.concat_str("street", "house_number", separator=" ", ignore_nulls=True).replace("", None).alias("street"),
        *(c for c in _SHOWN if c not in ("name", "street")),
        grouped["cluster_id"],
    )
    out = pairs
    for side in ("a", "b"):
        keys = [f"{k}_{side}" for k in _KEYS]
        values = shown.select(
            *(pl.col(k).alias(f"{k}_{side}") for k in _KEYS),
            "entity",
            *(pl.col(c).alias(f"{c}_{side}") for c in _SHOWN),
            *(["cluster_id"] if side == "a" else []),
        )
        out = out.join(values, on=[*keys, "entity"], how="left")
    order = ["source_a", "object_a", "record_id_a", "source_b", "object_b", "record_id_b", "entity"]
    return out.select(
        *PAIR_COLUMNS,
        "cluster_id",
        *(f"{c}_{side}" for c in _SHOWN for side in ("a", "b")),
        pl.lit(None, dtype=pl.String).alias("your_decision"),
    ).sort(["probability", *order], descending=[True] + [False] * len(order))


def _one_per_question(pairs: pl.DataFrame, grouped: pl.DataFrame) -> pl.DataFrame:
    """Return the surest pair between any two merge groups, ties by the keys; ``grouped`` has the groups of records."""
    keys = [f"{k}_{side}" for side in ("a", "b") for k in _KEYS]
    found = pairs
    for side in ("a", "b"):
        groups = grouped.select(
            *(pl.col(k).alias(f"{k}_{side}") for k in _KEYS), "entity", pl.col("merge_id").alias(f"merge_{side}")
        )
        found = found.join(groups, on=[*(f"{k}_{side}" for k in _KEYS), "entity"], how="left")
    return (
        found.with_columns(low=pl.min_horizontal("merge_a", "merge_b"), high=pl.max_horizontal("merge_a", "merge_b"))
        .filter(pl.col("low") != pl.col("high"))
        .sort("probability", *keys, descending=[True, *[False] * len(keys)])
        .unique(["low", "high"], keep="first", maintain_order=True)
        .select(pairs.columns)
    )
