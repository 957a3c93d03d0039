"""The value is written in a known form: UUID, web address, IBAN, BIC, EAN, IP address, ISO date, ISO code."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Literal

import polars as pl
from pydantic import Field

from crmq import declarative
from crmq.rules.checks import RowCheck
from crmq.rules.pack import Rule
from crmq.rules.views import View
from crmq.values import currency

FIELDS = (1, None)
NEEDS = "each"
Form = Literal[
    "uuid", "url", "ipv4", "e164", "iso_date", "iso_datetime", "country_code", "language_code", "currency_code",
    "hex_color", "iban", "bic", "ean", "lei",
]  # fmt: skip

_PATTERNS: dict[str, str] = {
    "uuid": r"(?i)^\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?$",
    "url": r"(?i)^https?://[^\s/?#.]+(?:\.[^\s/?#.]+)+(?:[/?#]\S*)?$",
    "ipv4": r"^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.|$)){4}$",
    "e164": r"^\+[1-9]\d{6,14}$",
    "iso_date": r"^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$",
    "iso_datetime": r"^\d{4}-\d\d-\d\d[T ][0-2]\d:[0-5]\d(?::[0-5]\d(?:[.,]\d+)?)?(?:Z|[+-][0-2]\d:?[0-5]\d)?$",
    "country_code": r"^[A-Z]{2}$",
    "language_code": r"^[a-z]{2,3}(?:[-_](?:[A-Z]{2}|\d{3}))?$",
    "currency_code": r"^[A-Z]{3}$",
    "hex_color": r"(?i)^#(?:[0-9a-f]{3}|[0-9a-f]{6})$",
    "iban": r"(?i)^[A-Z]{2}\d{2}(?: ?[0-9A-Z]){11,30}$",
    "bic": r"(?i)^[A-Z]{6}[0-9A-Z]{2}(?:[0-9A-Z]{3})?$",
    "ean": r"^\d{8}$|^\d{12,14}$",
    "lei": r"(?i)^[0-9A-Z]{18}\d{2}$",
}
_CHECKED = {"iban": "stdnum.iban", "bic": "stdnum.bic", "ean": "stdnum.ean", "lei": "stdnum.lei"}
"""Forms with check digits, verified once per distinct value."""


class Params(declarative.Section):
    """``is``: the form. ``iso_date`` must also be a day of the calendar, a country or currency one that exists."""

    model_config = declarative.Section.model_config | {"populate_by_name": True}

    is_: Form = Field(alias="is")


def checks(rule: Rule, params: Params, view: View) -> Sequence[RowCheck]:
    """Empty cells are not checked."""
    return [
        RowCheck(pl.when(cell.is_not_null()).then(_fits(cell, params.is_)), (name,))
        for name in view.expand(rule.fields)
        for cell in [view.text(name)]
    ]


def _fits(cell: pl.Expr, form: Form) -> pl.Expr:
    shaped = cell.str.contains(_PATTERNS[form])
    if form in ("iso_date", "iso_datetime"):
        return shaped & cell.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False).is_not_null()
    if form == "currency_code":
        return cell.is_in(pl.Series(sorted(currency.CODES)).implode())
    if form == "country_code":
        return shaped & cell.map_batches(_is_country, return_dtype=pl.Boolean)
    if form in _CHECKED:

        def verified(cells: pl.Series) -> pl.Series:
            module = importlib.import_module(_CHECKED[form])
            return cells.is_in([v for v in cells.unique().drop_nulls() if module.is_valid(v)])

        return shaped & cell.map_batches(verified, return_dtype=pl.Boolean)
    return shaped


def _is_country(cells: pl.Series) -> pl.Series:
    from crmq.values import country

    distinct = cells.unique().drop_nulls()
    known = distinct.filter((country.standardise(distinct)["value"] == distinct).fill_null(value=False))
    return cells.is_in(known.implode())
