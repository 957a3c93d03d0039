"""Contradictions between the records of one party on facts of which only one can be true: a work list by weight.

The weight of a conflict is the weight of the fact (``survivorship.yaml``) times the share of the records stating it
that contradict the golden value. Values that do not exclude each other are no conflict: 1984 and 1984-04-12, a Spanish
and a Mexican tax id.
"""

from __future__ import annotations

import polars as pl

from crmq.consolidate.consent import GIVEN, NEGATIVE
from crmq.consolidate.lineage import values_as_json
from crmq.consolidate.parties import Parties
from crmq.consolidate.settings import defaults
from crmq.consolidate.survivorship import Survived
from crmq.model.golden import CONFLICTS
from crmq.model.tables import conform

_FACTS = {
    "tax_id": ("tax_id_verdict", "tax_scheme"),
    "birth_date": ("birth_date_verdict", None),
    "country": ("country_verdict", None),
    "gender": (None, None),
}
"""Per fact: its verdict column, and the column that must be equal for two values to exclude each other."""


def conflicts(parties: Parties, survived: Survived, events: pl.DataFrame) -> pl.DataFrame:
    """Return the conflicts (schema ``CONFLICTS``), the heaviest first.

    Args:
        parties: The parties.
        survived: Their golden values.
        events: The consent events of the standardised tables, attached to the parties.
    """
    found = [_on(fact, parties, survived) for fact in _FACTS]
    found.append(_on_consent(events))
    rows = pl.concat(found).with_columns(
        weight=(pl.col("field").replace_strict(defaults().conflicts, return_dtype=pl.Float64) * pl.col("share")).round(
            4
        )
    )
    rows = rows.sort("weight", "party", "field", "values", descending=[True, False, False, False])
    owner = survived.column("owner").gather(rows["party"])
    return conform(rows.with_columns(parties.id_of(rows["party"]), owner.alias("owner")), CONFLICTS)


def _on(fact: str, parties: Parties, survived: Survived) -> pl.DataFrame:
    verdict, scope = _FACTS[fact]
    party = pl.Series(parties.of_row, dtype=pl.UInt32)
    value, golden = parties.column(fact), survived.column(fact).gather(party)
    stated = value.is_not_null() & golden.is_not_null()
    if verdict:
        stated &= parties.column(verdict).cast(pl.String).is_in(["valid", "possible"]).fill_null(True)
    against = stated & (value != golden).fill_null(False)
    if scope:
        against &= parties.column(scope).eq_missing(survived.column(scope).gather(party))
    if not against.any():
        return _nothing()
    frame = parties.keys.with_columns(
        party=party, value=value, golden=golden, against=against, stated=stated,
    ).filter(stated)  # fmt: skip
    if fact == "birth_date":
        frame = frame.with_columns(against=pl.col("against") & ~_partial(pl.col("value"), pl.col("golden")))
    frame = frame.filter(pl.col("against").any().over("party"))
    return _listed(frame, fact)


def _partial(a: pl.Expr, b: pl.Expr) -> pl.Expr:
    """Tell whether one date is a part of the other: 1984 of 1984-04, ``--04-12`` of 1984-04-12."""
    return (
        a.str.starts_with(b)
        | b.str.starts_with(a)
        | a.str.ends_with(b.str.strip_prefix("-"))
        | b.str.ends_with(a.str.strip_prefix("-"))
    ).fill_null(False)


def _on_consent(events: pl.DataFrame) -> pl.DataFrame:
    """Return parties that said both yes and no to the same channel, purpose and subscription."""
    topic = ["channel", "purpose", "subscription"]
    rows = events.filter(pl.col("row").is_not_null() & ((pl.col("status") == GIVEN) | pl.col("status").is_in(NEGATIVE)))
    rows = rows.with_columns(no=pl.col("status") != GIVEN)
    rows = rows.filter(pl.col("no").any().over("party", *topic) & ~pl.col("no").all().over("party", *topic))
    if not rows.height:
        return _nothing()
    rows = rows.with_columns(
        value=pl.concat_str(*topic, "status", separator="/", ignore_nulls=True),
        against=~pl.col("no"),
    ).sort("row", *topic, "status", "column", "value_raw", nulls_last=True)
    return _listed(rows, "consent")


def _listed(frame: pl.DataFrame, fact: str) -> pl.DataFrame:
    shares = frame.group_by("party", maintain_order=True).agg(pl.col("against").mean().alias("share"))
    told = values_as_json(frame, ["party"])
    return shares.join(told, on="party", how="left", maintain_order="left").select(
        "party", pl.lit(fact).alias("field"), "share", "values"
    )


def _nothing() -> pl.DataFrame:
    return pl.DataFrame(schema={"party": pl.UInt32, "field": pl.String, "share": pl.Float64, "values": pl.String})
