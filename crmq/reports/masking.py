"""Personal data in reports is masked: enough stays to recognise a case, never enough to reach a person.

Data tables, review lists, quarantine and load files hold the real values; only what people pass around is masked.
"""

from __future__ import annotations

import re

_KEEP = 2

PERSONAL = frozenset(
    {
        "email", "phone", "given_name", "middle_name", "family_name", "surname_1", "surname_2", "full_name",
        "birth_date", "birth_year", "birth_month", "birth_day", "street", "street_2", "house_number", "unit",
        "postal_code", "tax_id", "national_id", "customer_no", "value_norm", "value_raw", "display_name",
        "display", "external_id", "contact_value", "org_name", "legal_name", "trade_name", "company_name",
    }
)  # fmt: skip
"""Canonical fields whose values are personal (company names too: a sole trader's is a person's)."""


def mask(value: str | None, field: str | None = None) -> str:
    """Return the value with most of its characters hidden, keeping its shape.

    An e-mail keeps its first character, the first of the domain and the top-level domain (``j•••@g•••.com``); a value
    of four or more digits keeps the last two (``••••••••21``); any other text keeps the first character of each word
    (``M••••• G•••••``). ``field`` None means that the kind is not known: the same rules by shape.
    """
    if value is None:
        return ""
    if "@" in value:
        local, _at, domain = value.partition("@")
        host, dot, top = domain.rpartition(".")
        return f"{local[:1]}•••@{host[:1]}•••{dot}{top}" if host else f"{local[:1]}•••@•••"
    digits = sum(c.isdigit() for c in value)
    if digits >= 4 and digits * 2 >= len(value.strip()):
        hide = digits - _KEEP
        out = []
        for char in value:
            if char.isdigit() and hide > 0:
                out.append("•")
                hide -= 1
            else:
                out.append(char)
        return "".join(out)
    return re.sub(r"(\w)(\w*)", lambda m: m.group(1) + "•" * len(m.group(2)), value)


def shown(value: str | None, field: str | None, *, show_pii: bool, personal: bool = True) -> str:
    """Return a value as a report may show it.

    Args:
        value: The real value.
        field: Canonical field, where known; a field outside :data:`PERSONAL` is shown as it is.
        show_pii: The user asked for real values.
        personal: Whether a value of an unknown field is to be treated as personal.
    """
    if value is None:
        return ""
    hidden = field in PERSONAL if field is not None else personal
    return value if show_pii or not hidden else mask(value, field)
