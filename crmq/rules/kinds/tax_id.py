"""A tax or national id of one country has none of the refused verdicts (wrong check digit, generic number ...)."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from pydantic import Field

from crmq import declarative
from crmq.model.verdicts import MISSING, VERDICTS
from crmq.rules import issuers
from crmq.rules.checks import RowCheck
from crmq.rules.kinds.verdict import VerdictName
from crmq.rules.pack import Rule
from crmq.rules.views import LOGICAL, View

FIELDS = (1, 1)
TABLES = ("identifiers",)
KNOWN_FIELDS = ("tax_id", "national_id")


class Params(declarative.Section):
    """``country``: whose numbers; ``refuse``: verdicts that fail; ``reasons``: fail only with one of these codes.

    ``schemes``: only numbers of these (``MX:CURP``); a number that is none of a country's schemes has none.
    """

    country: str = Field(pattern=r"^[A-Z]{2}$")
    refuse: tuple[VerdictName, ...] = ("invalid",)
    reasons: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ()


def table(_fields: Sequence[str], _params: Params) -> str:
    """Identifiers only."""
    return "identifiers"


def checks(rule: Rule, params: Params, view: View) -> Sequence[RowCheck]:
    """Empty cells and numbers of other countries are not checked."""
    (name,) = rule.fields
    mine = (pl.col("id_kind") == LOGICAL[name][2]) & issuers.issued_in(view, params.country)
    if params.schemes:
        mine = mine & pl.col("scheme").is_in(pl.Series(params.schemes).implode())
    refused = pl.col("verdict").is_in(pl.Series(params.refuse, dtype=pl.Enum(VERDICTS)).implode())
    if params.reasons:
        refused = refused & pl.col("reason").is_in(pl.Series(params.reasons).implode()).fill_null(value=False)
    passes = pl.when(mine & (pl.col("verdict") != MISSING)).then(~refused)
    return [RowCheck(passes, (name,), detail=pl.col("reason"))]
