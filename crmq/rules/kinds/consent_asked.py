"""For every usable address or number of a person an answer to advertising is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import polars as pl
from pydantic import Field

from crmq import declarative
from crmq.model.tables import KEY
from crmq.rules.checks import RowCheck
from crmq.rules.pack import Rule
from crmq.rules.views import View

FIELDS = (0, 0)
TABLES = ("contact_points",)
_USABLE = ("valid", "possible")
_KINDS = {"email": "email", "phone": "phone", "post": "postal"}
_CHANNELS = {"email": ("email", "any"), "phone": ("phone", "sms", "whatsapp", "any"), "post": ("post", "any")}


class Params(declarative.Section):
    """``channels``: email, phone, post; ``purpose``: what the answer must be about (default: commercial)."""

    channels: tuple[Literal["email", "phone", "post"], ...] = Field(default=("email",), min_length=1)
    purpose: str = "commercial"


def table(_fields: Sequence[str], _params: Params) -> str:
    """Contact points only."""
    return "contact_points"


def checks(_rule: Rule, params: Params, view: View) -> Sequence[RowCheck]:
    """One check per channel over its usable contact points; a yes or a no for it or for all channels is an answer."""
    consents = view.context.tables["consents"].filter(
        (pl.col("status") != "unknown") & (pl.col("purpose") == params.purpose)
    )
    out = []
    for channel in params.channels:
        answers = consents.filter(pl.col("channel").is_in(_CHANNELS[channel])).select(*KEY).unique()
        keys = view.frame.select(*KEY)
        found = keys.join(answers.with_columns(known=pl.lit(True)), on=KEY, how="left", maintain_order="left")["known"]
        usable = pl.col("verdict").cast(pl.String).is_in(_USABLE) & pl.col("value_norm").is_not_null()
        mine = usable & (pl.col("cp_type") == _KINDS[channel])
        out.append(RowCheck(pl.when(mine).then(pl.lit(found.fill_null(value=False))), ("value_norm",)))
    return out
