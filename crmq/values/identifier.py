"""Tax and national ids: the numbers that identify nobody found first, then the check digits of the right country.

A right check digit does not make a number real (``12345678Z`` has one), and a nine-digit number passes some country's
check by chance. So the denylists come before the checks, and only schemes of the row's country are tried unless the
text shows its scheme beyond doubt.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

import polars as pl

from crmq.model.verdicts import Verdict
from crmq.values import facts, identifier_checks, identifier_fast, identifier_schemes, placeholder, text
from crmq.values.identifier_schemes import Scheme
from crmq.values.judging import Schema

Kind = Literal["tax", "national_id"]

SCHEMA: Schema = {
    "value": pl.String,
    "verdict": Verdict,
    "reason": pl.String,
    "scheme": pl.String,
    "issuer_country": pl.String,
    "entity": pl.String,
    "embedded": pl.String,
}

_FILE = "identifiers.yaml"
_LABEL = re.compile(
    r"^(?:NIF|CIF|NIE|DNI|RFC|CURP|CUIT|CUIL|NIT|RUT|RUN|RUC|RIF|CPF|CNPJ|EIN|SSN|RNC|VAT|TVA|NIPC|SIREN|SIRET|NINO|"
    r"P\.? ?IVA|C\.? ?F\.?|C\.? ?C\.?|C\.? ?I\.?|T\.? ?I\.?|C[ÉE]DULA|ID|N[º°]|NO\.)(?:[\s.:#/-]+|\s*:\s*)(?=.{5})"
)
_SEPARATORS = re.compile(r"[\s.,\-–/\\_·:*#'\"()]")
_PLAIN = r"^[0-9A-Za-z](?:[0-9A-Za-z./-]| [0-9A-Za-z])*$"
_FREE_FORM = re.compile(r"[A-Z0-9]{5,20}")


class _Judged(NamedTuple):
    value: str | None
    verdict: str
    reason: str | None
    scheme: str | None = None
    issuer_country: str | None = None
    entity: str | None = None
    embedded: str | None = None


def standardise(
    raw: pl.Series, country: pl.Series | str | None = None, scheme: str | None = None, kind: Kind = "tax"
) -> pl.DataFrame:
    """Standardise a column of tax or national ids.

    Args:
        raw: The cells, as read.
        country: ISO alpha-2 per row, for all rows, or None: whose schemes to try.
        scheme: The scheme, where the header tells it (``ES:NIF``, ``AR:CUIL`` ...); overrules ``country``.
        kind: What the column holds; only decides which schemes are tried first.

    Returns:
        Columns of :data:`SCHEMA`. ``value``: compact capitals. ``entity``: ``person`` or ``organisation`` where the
        number tells it. ``embedded``: another identifier inside this one. Reasons: ``check_digit``, ``partial``,
        ``no_check_digit``, ``check_digit_added``, ``zero_restored``, ``other_country``, ``no_country``,
        ``unknown_scheme`` (possible); ``check_digit``, ``bad_component``, ``wrong_form``, ``excel_rounded``
        (invalid); ``generic``, ``denylist`` (placeholder).
    """
    series = raw.cast(pl.String).rename("raw")
    lands = country if isinstance(country, pl.Series) else pl.repeat(country, len(series), dtype=pl.String, eager=True)
    asked = pl.DataFrame([series, lands.cast(pl.String).str.to_uppercase().rename("country")])
    distinct = asked.unique().sort("raw", "country")
    frame = distinct.with_columns(cell=_clean(distinct["raw"]))
    frame = frame.with_columns(none=_says_nothing(frame["cell"]))
    named = identifier_schemes.by_name(scheme) if scheme else ()
    only = named[0].name if named else None
    quick = identifier_fast.decide(frame["cell"].set(frame["none"], None), frame["country"], only, kind)
    frame = frame.hstack(quick)
    surely = frame.filter(pl.col("value").is_not_null()).select(
        "raw",
        "country",
        "value",
        pl.when(pl.col("reason").is_null())
        .then(pl.lit("valid"))
        .otherwise(pl.lit("possible"))
        .cast(Verdict)
        .alias("verdict"),
        "reason",
        "scheme",
        pl.col("scheme").str.head(2).alias("issuer_country"),
        "entity",
        "embedded",
    )
    rest = frame.filter(pl.col("value").is_null())
    rows = [
        _judge(cell, land, scheme, kind, none=bool(none))
        for cell, land, none in rest.select("cell", "country", "none").iter_rows()
    ]
    slow = rest.select("raw", "country").hstack(pl.DataFrame(rows, schema=pl.Schema(SCHEMA), orient="row"))
    judged = pl.concat([surely, slow])
    return asked.join(judged, on=["raw", "country"], how="left", nulls_equal=True, maintain_order="left").select(
        *SCHEMA
    )


def _clean(raw: pl.Series) -> pl.Series:
    """Return the cells tidied, in capitals; plain ones have nothing to tidy."""
    plain = raw.str.contains(_PLAIN).fill_null(value=False)
    odd = raw.filter(~plain).drop_nulls().unique().to_frame("raw")
    tidy = odd.with_columns(tidy=text.cell(pl.col("raw")).str.normalize("NFKC").str.to_uppercase().str.strip_chars())
    frame = raw.to_frame("raw").hstack(text.spread(raw, tidy))
    return frame.select(
        pl.when(plain).then(pl.col("raw").str.to_uppercase()).otherwise("tidy").alias("cell")
    ).to_series()


def _says_nothing(cells: pl.Series) -> pl.Series:
    """Return which cells hold words instead of a number; numbers have their own lists."""
    worded = cells.set(
        cells.str.contains(r"\d{4}|\d{3}[ ./-]\d{3}|^[0-9 .-]*[0-9][0-9 .-]*$").fill_null(value=False), None
    )
    bare = worded.to_frame("cell").select(text.words(pl.col("cell"))).to_series()
    return bare.is_in(facts.strings(_FILE, "none")).fill_null(value=False) | placeholder.is_placeholder(worded)


def _judge(cell: str | None, country: str | None, scheme: str | None, kind: Kind, *, none: bool | None) -> _Judged:
    """Return the verdict on one distinct cell."""
    if cell is None or cell == "":
        return _Judged(None, "missing", None)
    written = _LABEL.sub("", cell)
    named = identifier_schemes.by_name(scheme) if scheme else ()
    home = named[0].country if named else country
    if none:
        junk = _is_junk(_SEPARATORS.sub("", written), home)
        return _Judged(None, "placeholder", junk or "denylist")
    if re.fullmatch(r"[0-9]+[.,]0+", written) and "." not in written.replace(".0", "", 1):
        written = re.split(r"[.,]", written)[0]
    if "E+" in written:
        digits = text.exact_digits(written)
        if digits is None:
            return _Judged(None, "invalid", "excel_rounded")
        written = digits
    compact = _SEPARATORS.sub("", written)
    if not compact:
        return _Judged(None, "placeholder", "denylist")
    if junk := _is_junk(compact, home):
        return _Judged(None, "placeholder", junk)
    if named:
        tried = named
    elif country:
        tried = _in_order(identifier_schemes.of_country(country, kind), written)
    else:
        tried = ()
    failed: str | None = None
    if tried:
        found = _try(tried, written, compact)
        if found.verdict != "invalid":
            return found
        failed = found.reason
    # the number of another country, where its form leaves no doubt
    for other in identifier_schemes.unmistakable(written) or identifier_schemes.unmistakable(compact):
        found = _try((other,), written, compact)
        if found.verdict == "valid":
            return found._replace(verdict="possible", reason="other_country") if tried else found
    if failed and (failed != "wrong_form" or kind == "tax" or compact.isdigit() or named):
        return _Judged(None, "invalid", failed)
    if not _FREE_FORM.fullmatch(compact) or not any(c.isdigit() for c in compact):
        return _Judged(None, "invalid", "wrong_form")
    return _Judged(compact, "possible", "unknown_scheme" if country or scheme else "no_country")


def _in_order(schemes: tuple[Scheme, ...], written: str) -> tuple[Scheme, ...]:
    """Return the schemes with the one in front that the dashes of an American number tell."""
    if re.fullmatch(r"\d{3}-\d{2}-\d{4}", written):
        return tuple(sorted(schemes, key=lambda s: s.name == "US:EIN"))
    if re.fullmatch(r"\d{2}-\d{7}", written):
        return tuple(sorted(schemes, key=lambda s: s.name != "US:EIN"))
    return schemes


def _try(schemes: tuple[Scheme, ...], written: str, compact: str) -> _Judged:
    """Return the verdict of the first scheme that accepts; numbers with a check digit go before bare forms."""
    reason: str | None = None
    uncertain: _Judged | None = None
    for scheme in schemes:
        if scheme.name == "CO:NIT" and compact.isdigit():
            value, why = _colombian(written, compact)
        elif scheme.name == "ES:NIF" and re.fullmatch(r"\d{7,8}", compact):
            whole = compact.zfill(8)
            value, why = whole + identifier_checks.es_letter(whole), "check_digit_added"
        else:
            candidate = _completed(scheme, compact)
            if not re.fullmatch(scheme.form, candidate):
                continue
            value, why = identifier_schemes.verify(scheme, written if candidate == compact else candidate, candidate)
            if value is not None and why is None and scheme.length and len(candidate) > len(compact):
                why = "zero_restored"
        if value is None:
            reason = reason or why
        elif why is None and scheme.has_check_digit:
            return _accept(scheme, value, None)
        elif uncertain is None:
            uncertain = _accept(scheme, value, why or "no_check_digit")
    return uncertain or _Judged(None, "invalid", reason or "wrong_form")


def _completed(scheme: Scheme, compact: str) -> str:
    """Return the compact text with the leading zeros that people or spreadsheets left out."""
    if scheme.name == "ES:NIF":
        bare = compact.removeprefix("ES") if re.fullmatch(r"ES[0-9A-Z]{9}", compact) else compact
        return bare.zfill(9) if re.fullmatch(r"\d{6,7}[A-Z]", bare) else bare
    if scheme.length and compact.isdigit() and scheme.length - 2 <= len(compact) < scheme.length:
        return compact.zfill(scheme.length)
    return compact


def _colombian(written: str, compact: str) -> tuple[str | None, str | None]:
    """Return a NIT with its check digit: companies' numbers are written with and without it."""
    check = identifier_checks.co_check_digit
    if re.fullmatch(r"[89]\d{8}", compact) and not re.search(r"-\d$", written):
        return compact + check(compact), "check_digit_added"
    if not re.fullmatch(r"\d{6,11}", compact):
        return None, "wrong_form"
    if check(compact[:-1]) == compact[-1] and (
        re.search(r"[-.\s]\d$", written) or re.match(r"[89]\d{9}$|1\d{10}$", compact)
    ):
        return compact, None
    return None, "check_digit" if re.search(r"-\d$", written) or re.match(r"[89]\d{9}$", compact) else "wrong_form"


def _accept(scheme: Scheme, value: str, reason: str | None) -> _Judged:
    return _Judged(
        value,
        "possible" if reason else "valid",
        reason,
        scheme.name,
        scheme.country,
        identifier_checks.entity(scheme.name, value),
        identifier_checks.embedded(scheme.name, value),
    )


def _is_junk(compact: str, country: str | None) -> str | None:
    """Return ``generic`` or ``denylist`` for a number that identifies nobody, else None."""
    generic, denied = facts.read(_FILE)["generic"], facts.read(_FILE)["denied"]
    for names, reason in ((generic, "generic"), (denied, "denylist")):
        lands = [country] if country else sorted(names)
        for land in lands:
            # without a country only texts that are junk wherever they come from
            if compact in names.get("US" if land == "PR" else land, ()) and (country or not compact.isdigit()):
                return reason
    digits = re.sub(r"[^0-9]", "", compact)
    if digits and len(set(digits)) == 1 and (len(digits) >= 5 or digits == compact):
        return "denylist"
    # up to three signs in front, one digit over and over, up to two signs after it
    if re.fullmatch(r".{0,3}?(\d)\1{6,}.{0,2}", compact) and len(compact) != 14:
        return "denylist"
    if compact in ("123", "1234", "12345", "123456"):
        return "denylist"
    if re.fullmatch(r"[A-Z]?0?12345678?9?0?[0-9A-Z]?", compact) or re.fullmatch(r"0?9?876543210?", compact):
        return "denylist"
    return None
