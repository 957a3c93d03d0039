"""A record gives one answer per channel and purpose, not yes in one column and no in another."""

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


class Params(declarative.Section):
    """None."""


def table(_fields: Sequence[str], _params: Params) -> str:
    """Consents only."""
    return "consents"


def checks(_rule: Rule, _params: Params, view: View) -> Sequence[RowCheck]:
    """Rows that say yes or no are checked; a no for any channel contradicts a yes for each."""
    yes, no = pl.col("status") == "given", pl.col("status").is_in(["refused", "withdrawn"])
    group = [pl.col(name).fill_null("") for name in (*KEY, "purpose", "subscription")]
    # the answer for all channels counts beside that of each one
    channel = [*group, pl.col("channel").fill_null("any")]
    both = (yes.any().over(channel)) & (no.any().over(channel))
    general_no = (no & (pl.col("channel") == "any")).any().over(group)
    # a no for one channel is an exception from a general yes, not its contradiction
    contradicted = both | (yes & general_no) | (no & (pl.col("channel") == "any") & yes.any().over(group))
    place = pl.format("{}/{}", pl.col("channel"), pl.col("purpose"))
    return [RowCheck(pl.when(yes | no).then(~contradicted), ("status",), detail=place)]
