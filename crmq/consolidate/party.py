"""The golden party itself: what survived, and the columns computed from it and from its records."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import polars as pl

from crmq.consolidate.parties import Parties
from crmq.consolidate.settings import defaults
from crmq.consolidate.survivorship import Survived
from crmq.model.golden import PARTY
from crmq.model.tables import ORGANISATION, PERSON, conform
from crmq.values import text

EVIDENCE_FROM = datetime(1980, 1, 1, tzinfo=UTC)
"""Earlier timestamps are defaults of databases (1900-01-01, 1970-01-01), no evidence of an acquaintance."""

_WORTH = {"valid": 1.0, "possible": 0.75, "missing": 0.75, "invalid": 0.25}


def party(parties: Parties, survived: Survived, consents: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    """Return the golden parties (schema ``PARTY``).

    Args:
        parties: The parties.
        survived: Their golden values.
        consents: Golden consents: the time of a consent is evidence that the party was known.
        orders: Golden orders, for the same reason.
    """
    kind = pl.select(pl.when(pl.Series(parties.is_person)).then(pl.lit(PERSON)).otherwise(pl.lit(ORGANISATION)))
    frame = pl.DataFrame({"party_id": parties.ids, "party_kind": kind.to_series(), **survived.columns})
    frame = frame.with_columns(pl.lit(None, pl.String).alias(name) for name in PARTY if name not in frame.columns)
    frame = frame.with_columns(
        _display_name().alias("display_name"),
        _status(parties),
        *_times(parties, consents, orders),
        _sources(parties),
        pl.Series("source_records", parties.sizes, dtype=pl.UInt32),
        quality_score(parties, survived),
    )
    return conform(frame, PARTY)


def _display_name() -> pl.Expr:
    joined = pl.concat_str("given_name", "middle_name", "family_name", separator=" ", ignore_nulls=True)
    person = pl.coalesce("full_name", pl.when(joined != "").then(joined), "org_name")
    organisation = pl.coalesce("org_name", "trade_name", "full_name")
    name = pl.when(pl.col("party_kind") == PERSON).then(person).otherwise(organisation)
    return pl.coalesce(name, "email", "phone", "website_domain")


def _per_party(parties: Parties, column: pl.Series) -> pl.DataFrame:
    return pl.DataFrame({"party": parties.of_row, "value": column})


def _status(parties: Parties) -> pl.Series:
    """Return "inactive" for a party all of whose records are deleted or carry a status that says so."""
    statuses = parties.column("status").unique().drop_nulls()
    folded = pl.DataFrame({"status": statuses}).with_columns(folded=text.fold(pl.col("status")).str.strip_chars())
    idle_words = folded.filter(pl.col("folded").is_in(defaults().inactive))["status"]
    idle = parties.column("status").is_in(idle_words.implode()).fill_null(False) | pl.Series(parties.live == 0)
    if not parties.count:
        return pl.Series("status", [], dtype=pl.String)
    all_idle = np.logical_and.reduceat(idle.to_numpy(), parties.starts)
    return (
        pl.select(pl.when(pl.Series(all_idle)).then(pl.lit("inactive")).otherwise(pl.lit("active")).alias("status"))
        .to_series()
    )  # fmt: skip


def _sources(parties: Parties) -> pl.Series:
    """Return the sources of each party, sorted and joined by ";"."""
    source = parties.keys["source"]
    if not parties.count:
        return pl.Series("sources", [], dtype=pl.String)
    alone = source.gather(pl.Series(parties.starts, dtype=pl.UInt32))  # rows are sorted by source within a party
    last = source.gather(pl.Series(parties.starts + parties.sizes - 1, dtype=pl.UInt32))
    mixed = np.repeat((alone != last).to_numpy(), parties.sizes)
    several = (
        _per_party(parties, source).filter(pl.Series(mixed)).unique(maintain_order=True)
        .group_by("party", maintain_order=True).agg(pl.col("value").str.join(";"))
    )  # fmt: skip
    made = pl.DataFrame({"party": np.arange(parties.count, dtype=np.uint32), "alone": alone})
    made = made.join(several, on="party", how="left", maintain_order="left")
    return made.select(pl.coalesce("value", "alone").alias("sources")).to_series()


def _times(parties: Parties, consents: pl.DataFrame, orders: pl.DataFrame) -> list[pl.Series]:
    """Return known_since, modified_at and last_activity_at of each party."""
    named = pl.DataFrame({"party": np.arange(parties.count, dtype=np.uint32), "party_id": parties.ids})
    found = [
        pl.DataFrame({"party": parties.of_row, "time": parties.column(name)})
        for name in ("created_at", "modified_at", "last_activity_at")
    ]
    for frame, column in ((consents, "captured_at"), (orders, "ordered_at")):
        dated = frame.select("party_id", time=pl.col(column)).filter(pl.col("time").is_not_null())
        found.append(dated.join(named, on="party_id", how="inner").select("party", "time"))
    evidence = pl.concat(found).filter(pl.col("time") >= EVIDENCE_FROM)
    since = evidence.group_by("party").agg(pl.col("time").min().alias("known_since"))
    latest = (
        pl.DataFrame(
            {
                "party": parties.of_row, "modified_at": parties.column("modified_at"),
                "last_activity_at": parties.column("last_activity_at"),
            }
        ).group_by("party").agg(pl.col("modified_at", "last_activity_at").max())
    )  # fmt: skip
    made = named.select("party").join(since, on="party", how="left", maintain_order="left")
    made = made.join(latest, on="party", how="left", maintain_order="left")
    return made.drop("party").get_columns()


def quality_score(parties: Parties, survived: Survived) -> pl.Series:
    """Return completeness times validity of each party, 0 to 100.

    Both are weighted by what a good record of its kind has (``quality`` in ``survivorship.yaml``, weights w).
    Completeness is the weight of what is filled over the weight of all. Validity is the mean worth v of what is filled,
    by the verdict of the golden value: valid 1, possible or unjudged 0.75, invalid 0.25. Their product is
    ``sum(w * v) / sum(w)`` over the filled ones.
    """
    total = np.zeros(parties.count)
    for kind, weights in defaults().quality.items():
        mine = parties.is_person if kind == PERSON else ~parties.is_person
        score = np.zeros(parties.count)
        for rule, weight in weights.items():
            worth = survived.verdict(rule).replace_strict(_WORTH, default=0.0, return_dtype=pl.Float64).fill_null(0.0)
            score += weight * worth.to_numpy()
        total = np.where(mine, score / sum(weights.values()), total)
    return pl.Series("quality_score", np.floor(total * 100 + 0.5), dtype=pl.UInt8, strict=False)
