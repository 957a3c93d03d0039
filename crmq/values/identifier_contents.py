"""What a valid tax or national id says of its holder: whether a company has it, and the birth date.

Sources: the published make-up of the numbers, as python-stdnum documents them (mx.curp, mx.rfc, za.idnr,
it.codicefiscale, fr.nir, ar.cuit, pe.ruc, ec.ruc, es.nif, br.cnpj, cr.cpj).
"""

from __future__ import annotations

import polars as pl

_COMPANY: dict[str, str] = {
    "ES:NIF": r"^[ABCDEFGHJNPQRSUVW]",
    "MX:RFC": r"^[A-ZÑ&]{3}\d{6}",
    "AR:CUIT": r"^3[034]",
    "PE:RUC": r"^20",
    "EC:RUC": r"^\d\d[69]",
    "BR:CNPJ": r"^.",
    "CR:CPJ": r"^.",
    "GB:CRN": r"^.",
    "ZA:CK": r"^.",
    "PT:NIF": r"^[56]",
    "VE:RIF": r"^[JG]",
}
"""Schemes whose numbers tell companies from persons, with the pattern of a company's (anchored at its beginning)."""

_PERSON = ("BR:CPF", "CR:CPF", "US:SSN")
"""Schemes of persons only, whose numbers stand in tax columns."""

_MONTHS = "ABCDEHLMPRST"
"""Letters of the months in an Italian fiscal code, January first."""
_STANDING_FOR = dict(zip("LMNPQRSTUV", "0123456789", strict=True))
"""Letters that stand for digits in a fiscal code where two persons would share one."""


def is_company(number: pl.Expr, scheme: pl.Expr) -> pl.Expr:
    """Return whether a number is one that only companies have; null where the scheme does not tell.

    A yes is a reason to look, never a proof: a Brazilian sole trader has a CNPJ. Schemes that sole traders share with
    companies everywhere (EIN, SIREN, RUT of Uruguay) tell nothing.
    """
    said: pl.Expr = pl.when(scheme.is_in(_PERSON)).then(pl.lit(value=False))
    for name, pattern in _COMPANY.items():
        said = pl.when(scheme == name).then(number.str.contains(pattern)).otherwise(said)
    return said


def birth_digits(number: pl.Expr, scheme: pl.Expr) -> pl.Expr:
    """Return the birth date inside a number as ``YYMMDD`` (``YYMM`` where it has no day), or null."""
    return (
        pl.when(scheme == "MX:CURP")
        .then(number.str.slice(4, 6))
        .when((scheme == "MX:RFC") & number.str.contains(r"^[A-ZÑ&]{4}\d{6}"))
        .then(number.str.slice(4, 6))
        .when(scheme == "ZA:ID")
        .then(number.str.slice(0, 6))
        .when(scheme == "FR:NIR")
        .then(_real_month(number.str.slice(1, 4)))
        .when(scheme == "IT:CF")
        .then(_italian(number))
    )


def _real_month(digits: pl.Expr) -> pl.Expr:
    """Return year and month, null where the month is one of those given to persons of unknown birth (20 and more)."""
    return pl.when(digits.str.slice(2, 2).is_in(pl.Series([f"{m:02}" for m in range(1, 13)]).implode())).then(digits)


def _italian(number: pl.Expr) -> pl.Expr:
    def digits(start: int, length: int) -> pl.Expr:
        part = number.str.slice(start, length)
        for letter, digit in _STANDING_FOR.items():
            part = part.str.replace_all(letter, digit, literal=True)
        return part

    month = number.str.slice(8, 1).replace_strict(
        {letter: f"{m:02}" for m, letter in enumerate(_MONTHS, start=1)}, default=None, return_dtype=pl.String
    )
    day = digits(9, 2).cast(pl.Int32, strict=False)
    # forty is added to the day for women
    written = (day - pl.when(day > 40).then(40).otherwise(0)).cast(pl.String).str.zfill(2)
    return pl.concat_str(digits(6, 2), month, written)
