"""Who agreed to a channel has a usable address or number for it."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from crmq import declarative
from crmq.model.tables import KEY
from crmq.rules.checks import RowCheck
from crmq.rules.pack import Rule
from crmq.rules.views import View

FIELDS = (0, 0)
TABLES = ("consents",)
_NEEDS = {"email": "email", "sms": "phone", "whatsapp": "phone", "phone": "phone", "post": "postal"}
"""Channels and the kind of contact point that each needs."""
_USABLE = ("valid", "possible")


class Params(declarative.Section):
    """None."""


def table(_fields: Sequence[str], _params: Params) -> str:
    """Consents only."""
    return "consents"


def checks(_rule: Rule, _params: Params, view: View) -> Sequence[RowCheck]:
    """Answers other than yes, and channels that need no address, are not checked."""
    points = view.context.tables["contact_points"]
    usable = pl.col("value_norm").is_not_null() & pl.col("verdict").cast(pl.String).is_in(_USABLE)
    there = points.filter(usable | (pl.col("cp_type") == "postal")).select(*KEY, "cp_type").unique()
    needed = pl.col("channel").replace_strict(_NEEDS, default=None, return_dtype=pl.String)
    wanted = view.frame.select(*KEY, needed.alias("cp_type"))
    found = wanted.join(there.with_columns(there=pl.lit(True)), on=[*KEY, "cp_type"], how="left", maintain_order="left")
    has = found["there"].fill_null(value=False)
    asked = (pl.col("status") == "given") & needed.is_not_null()
    return [RowCheck(pl.when(asked).then(pl.lit(has)), ("status",), detail=pl.col("channel"))]
