"""The commonest tax and national ids judged as whole columns: the same answers as one by one, many times sooner.

Only numbers that are surely right and surely real are decided here; whatever looks like a placeholder, fails its check
digit or has another form goes the long way (:mod:`crmq.values.identifier`). The tests hold the two against each other.
"""

from __future__ import annotations

from functools import cache

import polars as pl
from stdnum.mx import rfc

from crmq.values import facts, identifier_checks
from crmq.values.judging import Schema

SCHEMA: Schema = {
    "value": pl.String,
    "reason": pl.String,
    "scheme": pl.String,
    "entity": pl.String,
    "embedded": pl.String,
}

_PLAIN = r"^[0-9A-ZÑ&][0-9A-ZÑ& ./-]*$"
_SUSPECT = "|".join([*(f"{digit}{{6,}}" for digit in range(10)), "1234567", "87654"])
"""What the denylists or the patterns of :mod:`crmq.values.identifier` might call a placeholder."""
_MOD_11 = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_CNPJ = (5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
_DATE = r"\d\d(?:(?:0[13578]|1[02])(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)(?:0[1-9]|[12]\d|30)|02(?:0[1-9]|1\d|2[0-8]))"
_RFC_FORM = r"^[A-ZÑ&]{3,4}" + _DATE
_RFC_TAIL = r"[1-9A-V][1-9A-Z][0-9A]$"

Answer = tuple[str, str, pl.Expr, str | None]
"""Country, scheme, condition on ``compact``, and the reason (null: valid)."""


def decide(cells: pl.Series, countries: pl.Series, scheme: str | None, kind: str) -> pl.DataFrame:
    """Decide the plain cases of distinct cells.

    Args:
        cells: Cleaned, capitals.
        countries: ISO alpha-2 per cell.
        scheme: Canonical name of the only scheme to try, or None for those of the country.
        kind: ``tax`` or ``national_id``.

    Returns:
        Columns of :data:`SCHEMA`, ``value`` null where nothing is decided.
    """
    cell, compact = pl.col("cell"), pl.col("compact")
    frame = pl.DataFrame([cells.rename("cell"), countries.rename("country")])
    if scheme is not None:
        frame = frame.with_columns(country=pl.lit(scheme[:2]))
    plain = cell.str.contains(_PLAIN) & ~cell.str.contains(r"^\d+[.,]0+$")
    frame = frame.select(
        "country",
        "cell",
        compact=pl.when(plain & pl.col("country").is_in(sorted(_COUNTRIES))).then(cell.str.replace_all("[ ./-]", "")),
    )
    real = ~compact.str.contains(_SUSPECT) & ~compact.is_in(_listed())
    frame = frame.with_columns(compact=pl.when(real).then("compact"))
    groups = []
    for (country,), group in frame.with_row_index("row").partition_by("country", as_dict=True).items():
        answers = [a for a in _COUNTRIES[str(country)](kind) if scheme in (None, a[1])] if country in _COUNTRIES else []
        groups.append(_answer(group, answers))
    empty = pl.DataFrame(schema={"row": pl.UInt32, **SCHEMA})
    return pl.concat([empty, *groups]).sort("row").drop("row") if groups else empty.drop("row")


def _answer(group: pl.DataFrame, answers: list[Answer]) -> pl.DataFrame:
    """Return ``row`` and the columns of :data:`SCHEMA` for the cells of one country."""
    name, reason = pl.lit(None, pl.String), pl.lit(None, pl.String)
    for _country, scheme, holds, why in reversed(answers):
        name = pl.when(holds).then(pl.lit(scheme)).otherwise(name)
        reason = pl.when(holds).then(pl.lit(why, pl.String)).otherwise(reason)
    value = pl.col("value")
    # companies' numbers without their check digit get it
    added = pl.concat_str("compact", _co_check(pl.col("compact"), 9))
    group = group.with_columns(name.alias("scheme"), reason.alias("reason")).with_columns(
        value=pl.when(pl.col("reason") == "check_digit_added")
        .then(added)
        .when(pl.col("scheme").is_not_null())
        .then("compact")
    )
    owner = pl.lit(None, pl.String)
    for scheme in sorted({answer[1] for answer in answers}):
        owner = pl.when(pl.col("scheme") == scheme).then(_entity(scheme, value)).otherwise(owner)
    group = group.with_columns(owner.alias("entity"))
    return group.select("row", "value", "reason", "scheme", "entity", _embedded().alias("embedded")).cast(
        pl.Schema({"row": pl.UInt32, **SCHEMA})
    )


def _entity(scheme: str, value: pl.Expr) -> pl.Expr:
    """Return :func:`identifier_checks.entity` of one scheme as an expression."""
    if (fixed := identifier_checks.ENTITY.get(scheme)) is not None:
        return pl.lit(fixed)
    person, organisation = identifier_checks.ENTITY_RULES[scheme]
    return (
        pl.when(value.str.contains(f"^(?:{person})"))
        .then(pl.lit("person"))
        .when(value.str.contains(f"^(?:{organisation})"))
        .then(pl.lit("organisation"))
    )


def _embedded() -> pl.Expr:
    """Return :func:`identifier_checks.embedded` for the schemes decided here."""
    value, scheme = pl.col("value"), pl.col("scheme")
    return (
        pl.when((scheme == "AR:CUIT") & (pl.col("entity") == "person"))
        .then(value.str.slice(2, 8).str.strip_chars_start("0"))
        .when((scheme == "PE:RUC") & value.str.starts_with("10"))
        .then(value.str.slice(2, 8))
        .when(scheme == "CO:NIT")
        .then(value.str.head(-1))
        .when(scheme == "BR:CNPJ")
        .then(value.str.head(8))
        .when((scheme == "MX:RFC") & (value.str.len_chars() == 13))
        .then(value.str.head(10))
    )


def _digit(compact: pl.Expr, at: int) -> pl.Expr:
    return compact.str.slice(at, 1).cast(pl.Int32, strict=False)


def _weighted(compact: pl.Expr, weights: tuple[int, ...], start: int = 0) -> pl.Expr:
    return pl.sum_horizontal(*(_digit(compact, start + i) * weight for i, weight in enumerate(weights)))


def _es(_kind: str) -> list[Answer]:
    compact = pl.col("compact")
    digits = compact.str.slice(0, 8).str.replace("^X", "0").str.replace("^Y", "1").str.replace("^Z", "2")
    letters = {i: identifier_checks.es_letter(str(i)) for i in range(23)}
    letter = (digits.cast(pl.Int32, strict=False) % 23).replace_strict(letters, default=None, return_dtype=pl.String)
    return [("ES", "ES:NIF", compact.str.contains(r"^[0-9XYZ]\d{7}[A-Z]$") & (compact.str.slice(8) == letter), None)]


def _mx(_kind: str) -> list[Answer]:
    compact = pl.col("compact")
    # the check counts from the right: a company's twelve signs are filled up with a blank
    whole = compact.str.head(-1).str.pad_start(12, " ")
    values = {sign: i for i, sign in enumerate(rfc._alphabet)}
    total = pl.sum_horizontal(
        *(
            whole.str.slice(i, 1).replace_strict(values, default=None, return_dtype=pl.Int32) * (13 - i)
            for i in range(12)
        )
    )
    marks = {i: rfc._alphabet[i] for i in range(11)}
    right = ((11 - total % 11) % 11).replace_strict(marks, default=None, return_dtype=pl.String)
    blocked = compact.str.head(4).is_in(sorted(rfc._name_blacklist)) & (compact.str.len_chars() == 13)
    # letters that a dash sets apart may be a label (CIF-...)
    undashed = pl.col("cell").str.contains(r"^[A-ZÑ&]{3,4}\d")
    fits = compact.str.contains(_RFC_FORM + _RFC_TAIL) & undashed & ~blocked
    return [("MX", "MX:RFC", fits & (compact.str.tail(1) == right), None)]


def _ar(_kind: str) -> list[Answer]:
    compact = pl.col("compact")
    rest = 11 - _weighted(compact, _MOD_11) % 11
    check = pl.when(rest == 11).then(0).when(rest == 10).then(9).otherwise(rest)
    tax = compact.str.contains(r"^(?:2[0347]|3[034]|5[015])\d{9}$") & (_digit(compact, 10) == check)
    return [
        ("AR", "AR:CUIT", tax & ~compact.str.starts_with("5"), None),
        ("AR", "AR:DNI", compact.str.contains(r"^[1-9]\d{6,7}$"), "no_check_digit"),
    ]


def _cl(_kind: str) -> list[Answer]:
    compact = pl.col("compact")
    body = compact.str.head(-1).str.pad_start(8, "0")
    total = _weighted(body, (3, 2, 7, 6, 5, 4, 3, 2)) % 11
    check = (
        pl.when(total == 0).then(pl.lit("0")).when(total == 1).then(pl.lit("K")).otherwise((11 - total).cast(pl.String))
    )
    return [("CL", "CL:RUT", compact.str.contains(r"^\d{7,8}[0-9K]$") & (compact.str.tail(1) == check), None)]


def _pe(_kind: str) -> list[Answer]:
    compact = pl.col("compact")
    check = (11 - _weighted(compact, _MOD_11) % 11) % 10
    return [
        ("PE", "PE:RUC", compact.str.contains(r"^(?:1[057]|20)\d{9}$") & (_digit(compact, 10) == check), None),
        ("PE", "PE:DNI", compact.str.contains(r"^\d{8}$"), "no_check_digit"),
    ]


def _br(_kind: str) -> list[Answer]:
    compact = pl.col("compact")

    def digit(weights: tuple[int, ...]) -> pl.Expr:
        rest = _weighted(compact, weights) % 11
        return pl.when(rest < 2).then(0).otherwise(11 - rest)

    cpf = (_digit(compact, 9) == digit(tuple(range(10, 1, -1)))) & (
        _digit(compact, 10) == digit(tuple(range(11, 1, -1)))
    )
    cnpj = (_digit(compact, 12) == digit(_CNPJ)) & (_digit(compact, 13) == digit((6, *_CNPJ)))
    return [
        ("BR", "BR:CPF", compact.str.contains(r"^\d{11}$") & cpf, None),
        ("BR", "BR:CNPJ", compact.str.contains(r"^\d{14}$") & cnpj, None),
    ]


def _co(kind: str) -> list[Answer]:
    compact = pl.col("compact")
    # a single digit set apart at the end is a check digit: the long way
    joined = ~pl.col("cell").str.contains(r"[ ./-]\d$")
    company = compact.str.contains(r"^[89]\d{9}$") & (compact.str.tail(1) == _co_check(compact, 9))
    bare = compact.str.contains(r"^[89]\d{8}$") & joined
    person = compact.str.contains(r"^(?:[1-9]\d{5,7}|[1-7]\d{8}|1\d{9})$") & joined
    first = ("CO", "CO:NIT", bare, "check_digit_added") if kind == "tax" else ("CO", "CO:CC", bare, "no_check_digit")
    return [("CO", "CO:NIT", company & joined, None), first, ("CO", "CO:CC", person, "no_check_digit")]


def _co_check(compact: pl.Expr, length: int) -> pl.Expr:
    """Return the check digit of the first ``length`` digits of a Colombian NIT."""
    rest = _weighted(compact, identifier_checks.CO_PRIMES[:length][::-1]) % 11
    return pl.when(rest < 2).then(rest).otherwise(11 - rest).cast(pl.String)


_COUNTRIES = {"ES": _es, "MX": _mx, "AR": _ar, "CL": _cl, "PE": _pe, "BR": _br, "CO": _co}


@cache
def _listed() -> list[str]:
    lists = facts.read("identifiers.yaml")
    return sorted({str(n) for group in ("generic", "denied") for numbers in lists[group].values() for n in numbers})
