"""Golden contact points: collapsed, ranked, shared ones marked; and what they offer as a party's e-mail and phone."""

from __future__ import annotations

import numpy as np
import polars as pl

from crmq.consolidate.parties import Parties
from crmq.consolidate.settings import Rule
from crmq.consolidate.strategies import Candidates
from crmq.consolidate.survivorship import Survived
from crmq.consolidate.union import RANK, USABLE, Collapsed
from crmq.model.golden import GOLDEN_CONTACT_POINTS
from crmq.model.tables import conform
from crmq.values import email

FIELDS = {"email": "email", "phone": "phone"}
"""Golden fields whose value is one of the party's contact points, with the type of those."""

_NO_SLOT = 0xFFFF


def mark_shared(points: Collapsed, shared_from: int) -> pl.Series:
    """Return which golden contact points belong to no single party.

    A value that stands on ``shared_from`` parties or more is shared, and so is a role mailbox (info@, ventas@ ...).
    """
    rows = points.golden.select("cp_type", "value_norm")
    if not rows.height:
        return pl.Series("is_shared", [], dtype=pl.Boolean)
    parties = rows.select(pl.len().over("cp_type", "value_norm")).to_series()
    shared = (parties >= shared_from) & rows["value_norm"].is_not_null()
    mailboxes = rows.filter(pl.col("cp_type") == "email")["value_norm"].drop_nulls().unique()
    roles = mailboxes.filter(email.standardise(mailboxes)["is_role"])
    is_role = (rows["cp_type"] == "email") & rows["value_norm"].is_in(roles.implode()).fill_null(False)
    return pl.Series("is_shared", shared | is_role)


def candidates(rule: Rule, points: Collapsed, is_shared: pl.Series, parties: Parties) -> Candidates | None:
    """Return what the records offer as e-mail or phone: all their contact points of that type, shared ones marked.

    A value that stands on the record alone (no contact point of the record holds it) takes part as well.
    """
    name = rule.fields[0]
    assert rule.verdict is not None
    rows = points.rows.select(
        "row", "party", "value_norm", "verdict", "slot", "column",
        is_shared.gather(points.into).cast(pl.Int64).alias("shared"), "cp_type",
    )  # fmt: skip
    rows = rows.filter((pl.col("cp_type") == FIELDS[name]) & pl.col("value_norm").is_not_null()).drop("cp_type")
    own = pl.DataFrame(
        {
            "row": pl.int_range(parties.height, dtype=pl.UInt32, eager=True), "party": parties.of_row,
            "value_norm": parties.column(name), "verdict": parties.column(rule.verdict),
        }
    ).filter(pl.col("value_norm").is_not_null())  # fmt: skip
    own = own.join(rows, on=["row", "value_norm"], how="anti", maintain_order="left")
    both = pl.concat([rows, own], how="diagonal").sort("row", "slot", "value_norm", "column", nulls_last=True)
    if not both.height:
        return None
    offered = both.select(pl.col("value_norm").alias(name))
    return Candidates(
        both["row"].to_numpy(), both["party"].to_numpy(), offered, offered,
        both["verdict"].cast(pl.String).fill_null("valid"),
        np.asarray(both["shared"].fill_null(0).to_numpy()),
        np.asarray(both["slot"].cast(pl.Int64).fill_null(_NO_SLOT).to_numpy()),
        both["column"].fill_null(name),
    )  # fmt: skip


def table(points: Collapsed, is_shared: pl.Series, survived: Survived, parties: Parties) -> pl.DataFrame:
    """Return the golden table (schema ``GOLDEN_CONTACT_POINTS``), orphans at the end without a party.

    ``slot`` is the order within (party, type): usable values first, of these the one that stands on the party itself,
    then the better verdict, those of this party alone, those of more source rows, the order of the sources, the text.
    """
    rows = points.golden.with_columns(is_shared)
    party = rows["party"]
    own = pl.Series([False]).new_from_index(0, rows.height)
    for name, cp_type in FIELDS.items():
        own = own | (
            (rows["cp_type"] == cp_type) & (rows["value_norm"] == survived.column(name).gather(party)).fill_null(False)
        )
    verdict = rows["verdict"].cast(pl.String).fill_null("missing")
    rows = rows.with_columns(
        usable=verdict.is_in(USABLE) & rows["value_norm"].is_not_null(),
        own=own,
        rank=verdict.replace_strict(RANK, return_dtype=pl.Int8),
    ).sort(
        "party", "cp_type", "usable", "own", "rank", "is_shared", "records", "slot", "value_norm", "value_raw",
        descending=[False, False, True, True, True, False, True, False, False, False], nulls_last=True,
    )  # fmt: skip
    rows = rows.with_columns(slot=pl.int_range(1, pl.len() + 1).over("party", "cp_type").cast(pl.UInt16))
    made = conform(rows.with_columns(parties.id_of(rows["party"])), GOLDEN_CONTACT_POINTS)
    if not points.orphans.height:
        return made
    return pl.concat([made, conform(points.orphans.with_columns(is_shared=pl.lit(False)), GOLDEN_CONTACT_POINTS)])
