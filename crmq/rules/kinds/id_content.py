"""What a tax or national id says of its holder is what the record says (person or company, birth date)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import polars as pl
from pydantic import Field

from crmq import declarative
from crmq.rules import issuers
from crmq.rules.checks import RowCheck
from crmq.rules.pack import Rule
from crmq.rules.views import View
from crmq.values import identifier_contents

FIELDS = (0, 0)
TABLES = ("identifiers",)
_USABLE = ("valid", "possible")


class Params(declarative.Section):
    """``agrees``: ``birth_date``, or ``holder`` (a person's record has no company's number); ``country``: whose."""

    agrees: Literal["birth_date", "holder"]
    country: str | None = Field(default=None, pattern=r"^[A-Z]{2}$")


def table(_fields: Sequence[str], _params: Params) -> str:
    """Identifiers only."""
    return "identifiers"


def checks(_rule: Rule, params: Params, view: View) -> Sequence[RowCheck]:
    """Numbers that say nothing of it, and records without the other side, are not checked.

    A company's record with a person's number is in order: a sole trader has one.
    """
    usable = pl.col("verdict").cast(pl.String).is_in(_USABLE)
    if params.country is not None:
        usable = usable & issuers.issued_in(view, params.country)
    number, scheme = pl.col("value_norm"), pl.col("scheme")
    if params.agrees == "holder":
        company = identifier_contents.is_company(number, scheme)
        return [RowCheck(pl.when(usable & (pl.col("entity") == "person")).then(~company), ("value_norm",))]
    records = view.context.tables.records
    rows = view.record_rows
    assert rows is not None
    born = records["birth_date"].gather(rows)
    # the century of most numbers is not written, so six digits are compared with six
    digits = born.str.extract(r"^\d\d(\d\d-\d\d-\d\d)$", 1).str.replace_all("-", "", literal=True)
    written = pl.lit(digits)
    told = identifier_contents.birth_digits(number, scheme)
    compared = pl.when(told.str.len_chars() == 4).then(written.str.head(4)).otherwise(written)
    return [RowCheck(pl.when(usable).then(told == compared), ("value_norm",))]
