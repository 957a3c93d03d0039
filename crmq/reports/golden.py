"""The figures of a consolidation as plain data, personal values masked: what the terminal shows and JSON holds."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from crmq.model.golden import Golden
from crmq.reports.masking import shown

HEAVIEST = 3
"""Conflicts of each fact that a report lists; all of them stand in the table ``conflicts``."""


def body(golden: Golden, *, show_pii: bool) -> dict[str, Any]:
    """Return the report.

    Returns:
        ``parties`` per kind, ``overlap`` (parties per kind and set of sources), ``contactability`` (contact values per
        channel, purpose and answer), ``refusals`` (how many of the answers "no" have which reason), ``conflicts``
        (counts and the heaviest), ``orphans`` per child table, ``balance``.
    """
    return {
        "parties": _parties(golden["party"]),
        "overlap": _overlap(golden["party"]),
        "contactability": _contactability(golden["contactability"]),
        "refusals": _refusals(golden["contactability"]),
        "conflicts": _conflicts(golden["conflicts"], show_pii),
        "orphans": {k.removesuffix(".orphan"): n for k, n in golden.balance.items() if k.endswith(".orphan") and n},
        "balance": dict(golden.balance),
    }


def _parties(party: pl.DataFrame) -> list[dict[str, Any]]:
    kinds = party.group_by("party_kind").agg(
        pl.len().alias("parties"),
        pl.col("source_records").sum().alias("records"),
        pl.col("sources").str.contains(";", literal=True).sum().alias("in_several_sources"),
        pl.col("quality_score").mean().round(1).alias("quality"),
    )
    return kinds.sort("party_kind", descending=True).to_dicts()


def _overlap(party: pl.DataFrame) -> list[dict[str, Any]]:
    sets = party.group_by("party_kind", "sources").agg(pl.len().alias("parties"))
    sets = sets.sort("party_kind", "parties", "sources", descending=[True, True, False])
    return [{"party_kind": kind, "sources": sources.split(";"), "parties": n} for kind, sources, n in sets.iter_rows()]


def _text(frame: pl.DataFrame, *names: str) -> pl.DataFrame:
    return frame.with_columns(pl.col(name).cast(pl.String) for name in names)


def _contactability(view: pl.DataFrame) -> list[dict[str, Any]]:
    general = _text(view, "channel", "purpose", "allowed").filter(pl.col("subscription").is_null())
    counts = general.group_by("channel", "purpose").agg(
        *((pl.col("allowed") == answer).sum().alias(answer) for answer in ("yes", "no", "unknown"))
    )
    return counts.sort("channel", "purpose").to_dicts()


def _refusals(view: pl.DataFrame) -> dict[str, int]:
    refused = _text(view, "allowed", "reason").filter(pl.col("allowed") == "no")
    counts = refused.group_by("reason").len().sort("len", "reason", descending=[True, False])
    return dict(counts.iter_rows())


def _conflicts(conflicts: pl.DataFrame, show_pii: bool) -> dict[str, Any]:
    fields = conflicts.group_by("field").len().sort("len", "field", descending=[True, False])
    listed = conflicts.filter(pl.int_range(pl.len()).over("field") < HEAVIEST)
    heaviest = [
        {
            "party_id": row["party_id"],
            "field": row["field"],
            "weight": row["weight"],
            "owner": row["owner"],
            "values": [
                {"source": said["source"], "value": shown(said["value"], row["field"], show_pii=show_pii)}
                for said in json.loads(row["values"])
            ],
        }
        for row in listed.iter_rows(named=True)
    ]
    return {"total": conflicts.height, "by_field": dict(fields.iter_rows()), "heaviest": heaviest}
