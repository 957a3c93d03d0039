"""E-mail addresses: tidied, judged as email-validator judges, with a form for comparison and what the address tells.

A regular expression decides the plain addresses (over 99 % in CRM data); it accepts nothing that the library would
refuse or write differently, and says "no" only where there is no at-sign at all. Everything else goes to the library,
once per distinct value. Nothing is looked up in the network.
"""

from __future__ import annotations

import unicodedata
from functools import cache

import polars as pl
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from crmq.model.verdicts import Verdict
from crmq.values import facts, mail_domains, placeholder, text
from crmq.values.judging import Case, Schema, decide

SCHEMA: Schema = {
    "value": pl.String,
    "verdict": Verdict,
    "reason": pl.String,
    "alt": pl.String,
    "domain": pl.String,
    "is_role": pl.Boolean,
    "is_disposable": pl.Boolean,
    "suggestion": pl.String,
}

_FILE = "emails.yaml"
_ATEXT = r"[A-Za-z0-9_!#$%&'*+\-/=?^`{|}~]"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
# a leading apostrophe or brace is a quotation mark of the export, not part of the mailbox
_PLAIN = (
    rf"^[A-Za-z0-9_!#$%&*+\-/=?^`|}}~]{_ATEXT}*(?:\.{_ATEXT}+)*"
    rf"@(?:{_LABEL}\.)+[A-Za-z](?:[A-Za-z0-9-]{{0,61}}[A-Za-z])?$"
)
_LIBRARY_ONLY = r"(?:[@.]..--)|(?i:[@.](?:" + "|".join(SPECIAL_USE_DOMAIN_NAMES) + r")$)"
_MAX_LENGTH = 254
"""Octets of an address (RFC 5321, erratum 1690)."""
_MAX_LOCAL = 64
"""Octets before the at-sign (RFC 5321, 4.5.3.1.1)."""

_PIECE = r"""[^\s;,/|<>()\[\]"']+@[^\s;,/|<>()\[\]"']+"""
_EDGES = " \"'“”«»<>()[]{},;:"
_WRITTEN_AT = r"(?i)\s*[\[({]\s*(?:at|arroba)\s*[\])}]\s*|\s+(?:at|arroba)\s+"
_NO_MAILBOX = (
    r"^(?:(?:no|sin|sem|nao)[._-]?(?:tiene|tengo|hay|posee|usa|possui|tem)?[._-]?(?:un)?(?:correo|e?-?mail)s?[._-]?"
    r"(?:electronico)?[._-]?\d*|no[._-]?tiene\d*|x{2,}|0+|1+|9+|123(?:4(?:5(?:6)?)?)?)$"
)
_DOTLESS = ("gmail.com", "googlemail.com")
_PLUS_TAGS = frozenset(
    {
        *_DOTLESS,
        "outlook.com",
        "hotmail.com",
        "live.com",
        "icloud.com",
        "me.com",
        "proton.me",
        "protonmail.com",
        "fastmail.com",
    }
)


def standardise(raw: pl.Series) -> pl.DataFrame:
    """Standardise a column of e-mail addresses, one address per cell (see :func:`split`).

    Args:
        raw: The cells, as read.

    Returns:
        Columns of :data:`SCHEMA`. ``value``: lower case, domain as A-label. ``alt``: the mailbox for comparison, filled
        wherever ``value`` is: without dots and ``+tag`` where the provider ignores them, with the domain that was
        meant. ``suggestion``: the address that was probably meant. Reasons: ``typo_domain``, ``unknown_tld``,
        ``non_ascii_local``, ``at_written``, ``comma_for_dot`` (possible); ``no_at_sign``, ``several_addresses``,
        ``blank_inside``, ``no_dot_in_domain``, ``bad_local``, ``bad_domain``, ``special_domain``, ``too_long``
        (invalid); ``denylist`` (placeholder).
    """
    series = raw.cast(pl.String).rename("raw")
    frame = series.to_frame().with_columns(plain=is_plain(pl.col("raw")).fill_null(value=False))
    rest = frame.filter(~pl.col("plain"))["raw"].drop_nulls().unique().sort()
    if len(rest) == 0:
        frame = frame.with_columns(
            address=pl.col("raw").str.to_lowercase(),
            error=pl.when(pl.col("raw").is_null()).then(pl.lit("missing")),
            note=pl.lit(None, pl.String),
        )
    else:
        frame = frame.join(_odd(rest), on="raw", how="left", maintain_order="left").with_columns(
            address=pl.when("plain").then(pl.col("raw").str.to_lowercase()).otherwise("address"),
            error=pl.when(pl.col("raw").is_null()).then(pl.lit("missing")).otherwise("error"),
        )
    return _describe(frame.select("address", "error", "note"))


def is_plain(expr: pl.Expr) -> pl.Expr:
    """Return which texts are addresses that the library accepts and gives back as their lower-case form."""
    return (
        expr.str.contains(_PLAIN)
        & (expr.str.len_bytes() <= _MAX_LENGTH)
        & (expr.str.find("@", literal=True) <= _MAX_LOCAL)
        & ~expr.str.contains(_LIBRARY_ONLY)
    )


def split(raw: pl.Series) -> pl.Series:
    """Return the addresses of each cell as a list: one item unless the cell holds several at-signs; null stays null."""
    cell = raw.cast(pl.String).rename("raw")
    frame = cell.to_frame().with_columns(pieces=pl.lit(None, pl.List(pl.String)))
    many = cell.str.count_matches("@", literal=True).fill_null(0) > 1
    if many.any():
        found = text.clean(pl.col("raw")).str.extract_all(_PIECE)
        frame = frame.with_columns(many=many).with_columns(
            pieces=pl.when(pl.col("many") & (found.list.len() > 1)).then(found)
        )
    whole = pl.when(pl.col("raw").is_not_null()).then(pl.concat_list("raw"))
    return frame.select(pl.coalesce("pieces", whole).alias(raw.name)).to_series()


def _odd(rest: pl.Series) -> pl.DataFrame:
    """Return ``raw, address, error, note`` for distinct values that are not plain as they stand."""
    frame = rest.to_frame().with_columns(tidy=text.cell(pl.col("raw")).str.replace_many({"＠": "@", "．": "."}))
    frame = frame.with_columns(junk=_means_none(frame["tidy"]))
    tidy, one_at = pl.col("tidy"), pl.col("tidy").str.count_matches("@", literal=True) == 1
    written = (
        ~tidy.str.contains("@", literal=True) & tidy.str.contains(_WRITTEN_AT) & tidy.str.contains(r"\.\p{L}{2,}\s*$")
    )
    frame = frame.with_columns(note=pl.when(written).then(pl.lit("at_written")))
    frame = frame.with_columns(
        tidy=pl.when(written).then(tidy.str.replace_all(r"\s*" + _WRITTEN_AT + r"\s*", "@")).otherwise(tidy)
    )
    frame = frame.with_columns(tidy=pl.when(one_at).then(_unwrap(tidy)).otherwise(tidy))
    frame = frame.with_columns(
        note=pl.when(tidy.str.contains(r"@[\w-]+,[\w.,-]+$")).then(pl.lit("comma_for_dot")).otherwise("note"),
        tidy=pl.when(tidy.str.contains(r"@[\w-]+,[\w.,-]+$"))
        .then(tidy.str.replace_all(",", ".", literal=True))
        .otherwise(tidy),
    )
    frame = frame.with_columns(plain=is_plain(tidy).fill_null(value=False))
    # without an at-sign the library always says no
    hard = frame.filter(~pl.col("plain") & tidy.str.contains("@", literal=True) & ~pl.col("junk"))["tidy"]
    asked = text.once_per_value(hard, _ask_library, {"found": pl.String, "error": pl.String})
    table = pl.DataFrame([hard, *asked.get_columns()]).unique("tidy", keep="any")
    frame = frame.join(table, on="tidy", how="left", maintain_order="left")
    return frame.select(
        "raw",
        address=pl.when("plain").then(tidy.str.to_lowercase()).otherwise("found"),
        error=pl.when(tidy.is_null())
        .then(pl.lit("missing"))
        .when("junk")
        .then(pl.lit("denylist"))
        .when(~tidy.str.contains("@", literal=True))
        .then(pl.lit("no_at_sign"))
        .otherwise("error"),
        note="note",
    )


def _unwrap(tidy: pl.Expr) -> pl.Expr:
    """Return the address without what stands around it: display name, label, ``mailto:``, remarks, stray signs."""
    return (
        tidy.str.replace(r"^.*<\s*([^<>]*@[^<>]*)>.*$", "${1}")
        .str.replace(r"^[^@:]*:\s*", "")
        .str.replace(r"(@[^?\s]+)\?.*$", "${1}")
        .str.replace(r"^([^\s@]+\s?@\s?[^\s@]+\.[A-Za-z]{2,})[.,;:]*[\s(\[;/|][^@]*$", "${1}")
        .str.replace(r"\s*@\s*", "@")
        .str.replace_all(r"\s*\.\s+|\s+\.\s*", ".")
        .str.strip_chars(_EDGES)
        .str.strip_chars_end(".")
        .str.strip_chars(_EDGES)
    )


def _means_none(tidy: pl.Series) -> pl.Series:
    """Return which cells say that there is no address: a placeholder of any field or of the part before the at-sign."""
    local = text.fold(pl.col("tidy")).str.replace(r"@.*$", "").str.strip_chars(_EDGES + ".")
    squeezed = local.str.replace_all(r"[\s._-]", "")
    is_none = squeezed.is_in(sorted(_squeezed_locals())) | squeezed.str.contains(_NO_MAILBOX)
    listed = tidy.rename("tidy").to_frame().select(is_none.fill_null(value=False)).to_series()
    return listed | placeholder.is_placeholder(tidy)


def _ask_library(address: str) -> tuple[str | None, str | None]:
    """Return the normal form that the library gives, or null and why it refuses."""
    try:
        found = validate_email(address, check_deliverability=False, strict=True)
        local = unicodedata.normalize("NFC", found.local_part.lower())
        value = f"{local}@{found.ascii_domain}"
        if value.isascii():
            return value, None
        # the lower-case form must itself be an address: Unicode can change on the way
        again = validate_email(value, check_deliverability=False, strict=True)
    except EmailNotValidError:
        return None, _why(address)
    if f"{again.local_part}@{again.ascii_domain}" != value:
        return None, "bad_local"
    return value, None


def _why(address: str) -> str:
    """Return the reason code of an address that the library refused."""
    local, at, domain = address.partition("@")
    if not at:
        return "no_at_sign"
    if "@" in domain:
        return "several_addresses"
    if any(c.isspace() for c in address):
        return "blank_inside"
    if len(local) > _MAX_LOCAL or len(address.encode()) > _MAX_LENGTH:
        return "too_long"
    if "." not in domain:
        return "no_dot_in_domain"
    if any(domain.lower().endswith("." + special) for special in SPECIAL_USE_DOMAIN_NAMES):
        return "special_domain"
    try:
        validate_email(f"{local}@crmq.com", check_deliverability=False, strict=True)
    except EmailNotValidError:
        return "bad_local"
    return "bad_domain"


def _describe(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of :data:`SCHEMA` for ``address, error, note``."""
    parts = pl.col("address").str.splitn("@", 2)
    frame = frame.with_columns(local=parts.struct.field("field_0"), domain=parts.struct.field("field_1"))
    frame = frame.join(mail_domains.describe(frame["domain"]), on="domain", how="left", maintain_order="left")
    local = pl.col("local")
    squeezed = local.str.replace_all(r"[._-]", "").str.replace(r"\d+$", "")
    token = local.str.extract(r"^([^.+_-]+)")
    same = pl.col("domain").str.starts_with(pl.concat_str(local, pl.lit(".")))
    weak = local.is_in(_locals("weak_locals")) & (pl.col("is_free") | same)
    frame = frame.with_columns(
        junk=(
            pl.col("is_junk")
            | local.is_in(_locals("placeholder_locals"))
            | squeezed.is_in([name for name in sorted(_squeezed_locals()) if len(name) > 4])
            | local.str.contains(_NO_MAILBOX)
            | weak
            | (same & (local.str.len_bytes() <= 2))
        ).fill_null(value=False),
        is_role=token.str.replace(r"\d+$", "").is_in(_locals("role_locals")).fill_null(value=False),
        meant=pl.coalesce("meant", "domain"),
    )
    cases: list[Case] = [
        (pl.col("error") == "missing", "missing", None),
        ((pl.col("error") == "denylist") | pl.col("junk"), "placeholder", "denylist"),
        (pl.col("meant") != pl.col("domain"), "possible", "typo_domain"),
        (pl.col("note") == "at_written", "possible", "at_written"),
        (pl.col("note") == "comma_for_dot", "possible", "comma_for_dot"),
        (local.str.contains(r"[^\x00-\x7F]"), "possible", "non_ascii_local"),
        (~pl.col("tld_known"), "possible", "unknown_tld"),
    ]
    verdict, reason = decide(frame, cases, otherwise=("valid", None))
    refused = pl.col("address").is_null() & ~pl.col("error").is_in(["missing", "denylist"])
    usable = ~pl.col("junk") & pl.col("address").is_not_null()
    mailbox = (
        pl.when(pl.col("meant").is_in(_DOTLESS)).then(local.str.replace_all(".", "", literal=True)).otherwise(local)
    )
    mailbox = (
        pl.when(pl.col("meant").is_in(sorted(_PLUS_TAGS)))
        .then(mailbox.str.replace(r"(.)\+.*$", "${1}"))
        .otherwise(mailbox)
    )
    typo = usable & (pl.col("meant") != pl.col("domain"))
    return frame.select(
        value=pl.when(usable).then("address"),
        verdict=pl.when(refused).then(pl.lit("invalid").cast(Verdict)).otherwise(verdict),
        reason=pl.when(refused).then("error").otherwise(reason),
        alt=pl.when(usable).then(
            pl.concat_str(mailbox, pl.lit("@"), pl.col("meant").replace({"googlemail.com": "gmail.com"}))
        ),
        domain=pl.when(usable).then("domain"),
        is_role=pl.col("is_role") & usable,
        is_disposable=(pl.col("is_disposable") & usable).fill_null(value=False),
        suggestion=pl.when(typo).then(pl.concat_str(local, pl.lit("@"), "meant")),
    )


@cache
def _locals(name: str) -> tuple[str, ...]:
    return tuple(sorted(facts.strings(_FILE, name)))


@cache
def _squeezed_locals() -> frozenset[str]:
    return frozenset(name.replace(".", "").replace("_", "").replace("-", "") for name in _locals("placeholder_locals"))
