"""The e-mail address belongs to a person: no shared role mailbox (info@, ventas@), no throw-away provider."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import polars as pl
from pydantic import Field

from crmq import declarative
from crmq.rules.checks import RowCheck
from crmq.rules.pack import Rule
from crmq.rules.views import View

FIELDS = (1, 1)
TABLES = ("contact_points",)
KNOWN_FIELDS = ("email",)
_COLUMNS = {"role": "is_role", "disposable": "is_disposable"}


class Params(declarative.Section):
    """``refuse``: ``role``, ``disposable`` or both."""

    refuse: tuple[Literal["role", "disposable"], ...] = Field(min_length=1)


def table(_fields: Sequence[str], _params: Params) -> str:
    """E-mail addresses stand in the contact points."""
    return "contact_points"


def checks(rule: Rule, params: Params, view: View) -> Sequence[RowCheck]:
    """Addresses without a usable form are not checked."""
    address = pl.when(pl.col("cp_type") == "email").then(pl.col("value_norm"))
    refused = pl.lit(False)
    for name in params.refuse:
        # the provider alone tells a throw-away address, the first word of the mailbox alone a shared one
        part = address.str.extract(r"@(.+)$" if name == "disposable" else r"^([^.+_@-]+)", 1)
        refused = refused | part.is_in(_marked(part, name, view).implode()).fill_null(value=False)
    return [RowCheck(pl.when(address.is_not_null()).then(~refused), rule.fields)]


def _marked(part: pl.Expr, name: str, view: View) -> pl.Series:
    """Return the providers or mailboxes that the e-mail module marks, asked once per distinct one."""
    from crmq.values import email

    distinct = view.frame.select(part.unique().drop_nulls().sort().alias("part"))
    address = pl.format("{}@crmq-some-company.com", "part") if name == "role" else pl.format("crmq.someone@{}", "part")
    judged = email.standardise(distinct.select(address).to_series())
    return distinct["part"].filter(judged[_COLUMNS[name]].fill_null(value=False))
