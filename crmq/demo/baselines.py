"""What two simple recipes make of a data set: merging on equal e-mail, merging on equal name and phone.

``crmq demo`` prints them beside its own result: they are what is usually done by hand, and they show how hard the
bundled example is.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from crmq.model.tables import KEY, ORGANISATION, Tables
from crmq.model.verdicts import POSSIBLE, VALID
from crmq.values.text import words


@dataclass(frozen=True)
class Baseline:
    """How one recipe scores against the truth, by pairs of records.

    Attributes:
        recipe: ``email`` or ``name_and_phone``.
        precision, recall, f1: 0..1.
    """

    recipe: str
    precision: float
    recall: float
    f1: float


def baselines(tables: Tables, truth: Path) -> list[Baseline]:
    """Score the two recipes on standardised tables.

    They are given every chance: all usable e-mails and phones of a record count, written forms are standardised,
    placeholders are left out, persons and organisations are kept apart, and records that share a key are joined
    transitively.

    Args:
        tables: As ``standardise`` returns them.
        truth: CSV with source, object, record_id, entity and entity_id.
    """
    entity = pl.read_csv(truth, infer_schema=False).select(*KEY, "entity_id")
    points = tables["contact_points"].filter(
        pl.col("verdict").is_in([VALID, POSSIBLE]), pl.col("value_norm").is_not_null()
    )
    org = pl.col("entity") == ORGANISATION
    named = tables.records.select(
        *KEY, name=words(pl.when(org).then(pl.col("org_name")).otherwise(pl.col("full_name")))
    ).drop_nulls("name")
    emails = points.filter(cp_type="email").select(
        *KEY, pl.concat_str("entity", "value_norm", separator="|").alias("key")
    )
    phones = (
        points.filter(cp_type="phone")
        .join(named, on=KEY)
        .select(*KEY, pl.concat_str("entity", "name", "value_norm", separator="|").alias("key"))
    )
    return [_score("email", emails, entity), _score("name_and_phone", phones, entity)]


def _score(recipe: str, keyed: pl.DataFrame, truth: pl.DataFrame) -> Baseline:
    records = truth.with_row_index("record")
    pairs = records.join(keyed, on=KEY).select("record", "key").unique()
    group = _components(records.height, pairs)
    scored = records.with_columns(pl.Series("group", group))
    found, true = _pairs(scored, "group"), _pairs(scored, "entity_id")
    right = _pairs(scored, "group", "entity_id")
    return Baseline(
        recipe,
        right / found if found else 1.0,
        right / true if true else 1.0,
        2 * right / (found + true) if found + true else 1.0,
    )


def _pairs(frame: pl.DataFrame, *by: str) -> int:
    size = frame.group_by(*by).len()["len"].cast(pl.Int64)
    return int((size * (size - 1) // 2).sum())


def _components(n: int, pairs: pl.DataFrame) -> list[int]:
    """Return the smallest record of each record's group, records with a common key being in one group."""
    parent = list(range(n))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    first: dict[str, int] = {}
    for record, key in pairs.sort("record", "key").iter_rows():
        a, b = root(first.setdefault(key, record)), root(record)
        parent[max(a, b)] = min(a, b)
    return [root(i) for i in range(n)]
