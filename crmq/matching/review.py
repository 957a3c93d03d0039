"""The review list: pairs that crmq does not dare to merge, side by side with what a person needs to decide."""

from __future__ import annotations

import polars as pl

from crmq.model.matches import Matches
from crmq.model.tables import Tables

SHOWN = ("name", "birth_date", "email", "phone", "tax_id", "street", "city", "company_name")
"""The values of a record that a person needs to decide."""
_KEYS = ("source", "object", "record_id")
_READ = (
    *_KEYS, "entity", "full_name", "given_name", "family_name", "org_name", "trade_name", "street", "house_number",
    *(name for name in SHOWN if name not in ("name", "street")),
)  # fmt: skip
"""What the list reads of the records."""

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
    asked = _asked(matches)
    grouped = _grouped(matches, asked)
    pairs = _surest(asked, grouped)
    shown = _values(tables.columns("records", _READ)[grouped["row"]]).with_columns(grouped["cluster_id"])
    out = pairs
    for side in ("a", "b"):
        keys = [f"{k}_{side}" for k in _KEYS]
        values = shown.select(
            *(pl.col(k).alias(f"{k}_{side}") for k in _KEYS),
            "entity",
            *(pl.col(c).alias(f"{c}_{side}") for c in SHOWN),
            *(["cluster_id"] if side == "a" else []),
        )
        out = out.join(values, on=[*keys, "entity"], how="left")
    order = ["source_a", "object_a", "record_id_a", "source_b", "object_b", "record_id_b", "entity"]
    return out.select(
        *PAIR_COLUMNS,
        "cluster_id",
        *(f"{c}_{side}" for c in SHOWN for side in ("a", "b")),
        pl.lit(None, dtype=pl.String).alias("your_decision"),
    ).sort(["probability", *order], descending=[True] + [False] * len(order))


def shown_values(tables: Tables, wanted: pl.DataFrame) -> pl.DataFrame:
    """Return the key and the values :data:`SHOWN` of records.

    Args:
        tables: The standardised tables.
        wanted: Keys of the records (source, object, record_id, entity).
    """
    return _values(tables.records.join(wanted, on=[*_KEYS, "entity"], how="semi"))


def _values(records: pl.DataFrame) -> pl.DataFrame:
    name = pl.when(pl.col("entity") == "person").then(
        pl.coalesce("full_name", pl.concat_str("given_name", "family_name", separator=" ", ignore_nulls=True))
    )
    return records.select(
        *_KEYS,
        "entity",
        name.otherwise(pl.coalesce("org_name", "trade_name")).alias("name"),
        pl.concat_str("street", "house_number", separator=" ", ignore_nulls=True).replace("", None).alias("street"),
        *(c for c in SHOWN if c not in ("name", "street")),
    )


def one_per_question(matches: Matches) -> pl.DataFrame:
    """Return the surest pair between any two merge groups, ties by the keys.

    Groups that a steward keeps apart are no question any more, whatever else lies between them.
    """
    asked = _asked(matches)
    return _surest(asked, _grouped(matches, asked))


def _asked(matches: Matches) -> pl.DataFrame:
    """Return the pairs between merge groups that are a question, or were one that a steward answered."""
    return matches.pairs.filter((pl.col("decision") == "review") | (pl.col("decided_by") == "steward"))


def _grouped(matches: Matches, pairs: pl.DataFrame) -> pl.DataFrame:
    """Return the clusters' rows of the records in some pairs, with ``row``: their place, which the records share."""
    sides = [pairs.select(*(pl.col(f"{k}_{side}").alias(k) for k in _KEYS), "entity") for side in ("a", "b")]
    rows = matches.clusters.select(*_KEYS, "entity", "cluster_id", "merge_id").with_row_index("row")
    return rows.join(pl.concat(sides).unique(), on=[*_KEYS, "entity"], how="semi", maintain_order="left")


def _surest(pairs: pl.DataFrame, grouped: pl.DataFrame) -> pl.DataFrame:
    """Return the surest pair between any two merge groups."""
    keys = [f"{k}_{side}" for side in ("a", "b") for k in _KEYS]
    found = pairs
    for side in ("a", "b"):
        groups = grouped.select(
            *(pl.col(k).alias(f"{k}_{side}") for k in _KEYS), "entity", pl.col("merge_id").alias(f"merge_{side}")
        )
        found = found.join(groups, on=[*(f"{k}_{side}" for k in _KEYS), "entity"], how="left")
    return (
        found.with_columns(low=pl.min_horizontal("merge_a", "merge_b"), high=pl.max_horizontal("merge_a", "merge_b"))
        .filter(pl.col("low") != pl.col("high"), ~(pl.col("decided_by") == "steward").any().over("low", "high"))
        .sort("probability", *keys, descending=[True, *[False] * len(keys)])
        .unique(["low", "high"], keep="first", maintain_order=True)
        .select(pairs.columns)
    )
