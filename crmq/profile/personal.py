"""Kinds of personal data in a column: by what it is mapped to, by the form of its values, by its header."""

from __future__ import annotations

import ipaddress
import re

import polars as pl
from stdnum import iban, luhn

from crmq.model import fields
from crmq.profile.counting import UNIT, Values
from crmq.profile.parts import Personal
from crmq.values import text

_FIELDS = {
    "email": "email", "phone": "phone", "birth_date": "birth", "birth_year": "birth", "birth_month": "birth",
    "birth_day": "birth", "age": "birth", "tax_id": "tax_id", "national_id": "national_id", "gender": "gender",
    "street": "address", "street_2": "address", "house_number": "address", "unit": "address",
    "postal_code": "address", "nationality": "nationality",
}  # fmt: skip
_KINDS = {"email": "email", "phone": "phone", "tax_id": "tax_id"}

_SPECIAL = (
    "health", "salud", "illness", "enfermedad", "diagnosis", "diagnostico", "disability", "discapacidad", "blood type",
    "grupo sanguineo", "religion", "religious", "ethnicity", "etnia", "race", "raza", "political", "partido politico",
    "trade union", "sindicato", "sexual orientation", "orientacion sexual", "biometric", "huella dactilar",
)  # fmt: skip
"""Words of a header that tell of special categories of personal data (Regulation (EU) 2016/679, article 9.1)."""

_MAIL = r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
_PHONE = r"(?:^|[^\w.,/-])(?:\+|00)\d[\d\s().-]{7,16}\d(?:\D|$)"
_IBAN = r"^[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){2,7}\s?[A-Z0-9]{0,4}$"
_CARD = r"^\d(?:[ -]?\d){12,18}$"
_ADDRESS = r"^(?:\d{1,3}\.){3}\d{1,3}$|^[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}$"
_CERTAIN = 0.5
"""Least share of the values with the form of a bank account, card or address for the column to be one."""
_TEXTS = ("text", "free_text", "organisation", "name", "category")
_NUMBERS = ("text", "category", "id", "code", "number", "phone")


def find(header: str, field: str | None, kind: str, facts: pl.DataFrame, values: Values) -> tuple[Personal, ...]:
    """Return the kinds of personal data of a column.

    Args:
        header: As in the file.
        field: Canonical field it is mapped to.
        kind: What it holds.
        facts: ``value, weight`` of the values looked at.
        values: The counts they come from.
    """
    if not values.filled:
        return ()
    out = []
    known = fields.fields().get(field) if field else None
    named = _FIELDS.get(field or "") or ("name" if known and known.kind == "name" else None)
    if named:
        out.append(Personal(named, values.filled, "mapping"))
    elif kind in _KINDS:
        out.append(Personal(_KINDS[kind], values.filled, "content"))
    else:
        out += _by_form(kind, facts, values)
    if kind in _TEXTS and not named:
        for name, pattern in (("email", _MAIL), ("phone", _PHONE)):
            inside = facts.filter(pl.col("value").str.contains(pattern))
            if inside.height:
                out.append(Personal(name, max(1, round(int(inside["weight"].sum()) / UNIT)), "inside"))
    words = f" {pl.select(text.words(pl.lit(_split(header)))).item()} "
    if any(f" {word} " in words for word in _SPECIAL):
        out.append(Personal("special", values.filled, "header"))
    return tuple(out)


def _split(header: str) -> str:
    """Return a header with the words of ``camelCase`` and ``snake_case`` apart."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header).replace("_", " ")


def _by_form(kind: str, facts: pl.DataFrame, values: Values) -> list[Personal]:
    if kind not in _NUMBERS:
        return []
    forms = (("bank_account", _IBAN, _is_iban), ("payment_card", _CARD, _is_card), ("ip_address", _ADDRESS, _is_ip))
    for name, pattern, holds in forms:
        fit = facts.filter(pl.col("value").str.strip_chars().str.contains(pattern))
        if int(fit["weight"].sum()) < _CERTAIN * values.total:
            continue
        # the check digit of a card is right by chance in one of ten numbers: most must be right
        some = fit.head(500)["value"].to_list()
        if some and sum(holds(value.strip()) for value in some) >= _CERTAIN * len(some):
            return [Personal(name, max(1, round(int(fit["weight"].sum()) / UNIT)), "content")]
    return []


def _is_iban(value: str) -> bool:
    return bool(iban.is_valid(value))


def _is_card(value: str) -> bool:
    digits = re.sub(r"\D", "", value)
    return digits[0] in "23456" and bool(luhn.is_valid(digits))


def _is_ip(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True
