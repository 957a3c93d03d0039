"""Checks of identifiers that python-stdnum does not know, and what a valid number tells about its owner."""

from __future__ import annotations

import re

_GT_MUNICIPALITIES = (17, 8, 16, 16, 13, 14, 19, 8, 24, 21, 9, 30, 32, 21, 8, 17, 14, 5, 11, 11, 7, 17)
"""Municipalities of the 22 departments of Guatemala as the civil registry numbers them."""

CO_PRIMES = (3, 7, 13, 17, 19, 23, 29, 37, 41, 43, 47, 53, 59, 67, 71)
"""Weights of the digits of a Colombian NIT, from the right."""


def luhn(number: str) -> bool:
    """Return whether the last digit is the Luhn digit of the others (ISO/IEC 7812-1)."""
    total = 0
    for i, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if i % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def uy_ci(number: str) -> bool:
    """Return whether a Uruguayan identity card number of 8 digits carries its check digit."""
    total = sum(int(d) * w for d, w in zip(number, (2, 9, 8, 7, 6, 3, 4), strict=False))
    return int(number[7]) == (10 - total % 10) % 10


def gt_dpi(number: str) -> bool:
    """Return whether a Guatemalan CUI of 13 digits is right: 8 digits, mod-11 digit, department, municipality."""
    department, municipality = int(number[9:11]), int(number[11:])
    if not 1 <= department <= len(_GT_MUNICIPALITIES) or not 1 <= municipality <= _GT_MUNICIPALITIES[department - 1]:
        return False
    return sum(int(d) * w for d, w in zip(number[:8], range(2, 10), strict=True)) % 11 == int(number[8])


def fr_nir(number: str) -> bool:
    """Return whether a French social security number of 15 signs carries its key (97 minus the number mod 97)."""
    body = number[:13].replace("2A", "19").replace("2B", "18")
    return body.isdigit() and int(number[13:]) == 97 - int(body) % 97


def pa_cedula(text: str) -> str | None:
    """Return a Panamanian cédula or RUC base in its own writing (``8-123-456``), or None."""
    match = re.fullmatch(
        r"(PE|E|N|\d{1,2}(?:AV|PI|NT)?|PI|AV|NT)\s*-\s*0*(\d{1,4})\s*-\s*0*(\d{1,6})(?:\s*(?:DV|-)?\s*(\d{2}))?", text
    )
    if match is None or (match[1][0].isdigit() and not 1 <= int(re.sub(r"\D", "", match[1])) <= 13):
        return None
    return f"{match[1].lstrip('0')}-{match[2]}-{match[3]}"


def co_check_digit(number: str) -> str:
    """Return the check digit of a Colombian NIT (primes of the DIAN, mod 11)."""
    rest = sum(int(d) * p for d, p in zip(reversed(number), CO_PRIMES, strict=False)) % 11
    return str(rest if rest < 2 else 11 - rest)


def es_letter(number: str) -> str:
    """Return the control letter of the digits of a Spanish DNI."""
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23]


def entity(scheme: str, value: str) -> str | None:
    """Return ``person`` or ``organisation`` where the number tells it, else None."""
    fixed = ENTITY.get(scheme)
    if fixed is not None:
        return fixed
    rule = ENTITY_RULES.get(scheme)
    if rule is None:
        return None
    person, organisation = rule
    if re.match(person, value):
        return "person"
    return "organisation" if re.match(organisation, value) else None


def embedded(scheme: str, value: str) -> str | None:
    """Return the other identifier that this one contains, compact, or None.

    The DNI inside a person's CUIT or RUC, the cédula inside an Ecuadorian RUC or a Colombian NIT, the SIREN inside
    SIRET and VAT number, the root of a CNPJ, the first ten signs that RFC and CURP of a person share.
    """
    if scheme == "AR:CUIT":
        return value[2:10].lstrip("0") if entity(scheme, value) == "person" else None
    if scheme == "PE:RUC":
        return value[2:10] if value.startswith("10") else None
    if scheme == "EC:RUC":
        return value[:10] if entity(scheme, value) == "person" else None
    if scheme == "CO:NIT":
        return value[:-1]
    if scheme == "FR:TVA":
        return value[2:]
    if scheme == "FR:SIRET":
        return value[:9]
    if scheme == "BR:CNPJ":
        return value[:8]
    if scheme == "MX:CURP" or (scheme == "MX:RFC" and len(value) in (10, 13)):
        return value[:10]
    return None


_PERSON = (
    "MX:CURP MX:NSS AR:DNI CO:CC PE:DNI PE:CE BR:CPF US:SSN US:ITIN ZA:ID CR:CPF CR:DIMEX EC:CI GT:DPI UY:CI DO:CEDULA"
)
_PERSON += " PA:CEDULA DE:IDNR FR:NIR FR:NIF GB:NINO PT:CC"
_ORGANISATION = "BR:CNPJ US:EIN ZA:CK CR:CPJ DO:RNC FR:SIREN FR:SIRET FR:TVA GB:CRN"
ENTITY = {
    **dict.fromkeys(_PERSON.split(), "person"),
    **dict.fromkeys(_ORGANISATION.split(), "organisation"),
}
ENTITY_RULES = {
    "ES:NIF": (r"[0-9XYZKLM]", r"[A-HJNP-SUVW]"),
    "MX:RFC": (r".{13}$|.{10}$", r".{12}$"),
    "AR:CUIT": (r"2[034567]", r"3[034]"),
    # companies' numbers begin at 50 million
    "CL:RUT": (r"(?:[1-4]?\d{7}|\d{6})[0-9K]$", r"[5-9]\d{7}[0-9K]$"),
    "CO:NIT": (r"(?:\d{5,8}|[1-7]\d{8}|1\d{9})\d$", r"[89]\d{8}\d$"),
    "PE:RUC": (r"1[057]", r"20"),
    "EC:RUC": (r"\d\d[0-5]", r"\d\d[69]"),
    "IT:CF": (r"[A-Z]", r"\d"),
    "PT:NIF": (r"[123]|45", r"[569]"),
    "VE:RIF": (r"[VEP]", r"[JGC]"),
    "ZA:TIN": (r"[0-3]", r"9"),
}
"""Patterns at the start of the compact number: of a person, of an organisation."""
