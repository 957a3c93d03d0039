"""Websites and mail domains to the domain that was registered: the part that tells which company it is."""

from __future__ import annotations

from functools import cache

import polars as pl
from email_validator import EmailNotValidError, validate_email

from crmq.model.verdicts import Verdict
from crmq.values import facts, mail_domains, placeholder, text
from crmq.values.judging import Case, Schema, decide

SCHEMA: Schema = {
    "value": pl.String,
    "verdict": Verdict,
    "reason": pl.String,
    "host": pl.String,
    "is_free_mail": pl.Boolean,
    "is_platform": pl.Boolean,
}

_FILE = "domains.yaml"
_LABEL = r"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?"
_HOST = rf"^(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])?$"
_ADDRESS = r"^(?:\d{1,3}\.){3}\d{1,3}$"


def standardise(raw: pl.Series) -> pl.DataFrame:
    """Standardise a column of websites, domains or e-mail addresses.

    Args:
        raw: The cells, as read.

    Returns:
        Columns of :data:`SCHEMA`. ``value``: the registrable domain, lower case, A-label. ``host``: with its
        sub-domain, without ``www``. ``is_free_mail`` (gmail.com), ``is_platform`` (facebook.com): no company's own.
        Reasons: ``unknown_tld`` (possible); ``no_dot``, ``ip_address``, ``public_suffix``, ``bad_host`` (invalid);
        ``denylist`` (placeholder).
    """
    series = raw.cast(pl.String).rename("raw")
    distinct = series.drop_nulls().unique().sort().to_frame()
    cell = text.cell(pl.col("raw")).str.to_lowercase()
    frame = distinct.with_columns(cell=cell).with_columns(host=_host(pl.col("cell")))
    foreign = frame["host"].str.contains(r"[^\x00-\x7F]").fill_null(value=False)
    if foreign.any():
        labels = text.once_per_value(frame["host"].set(~foreign, None), _to_ascii, {"ascii": pl.String})
        frame = frame.with_columns(pl.when(foreign).then(labels["ascii"]).otherwise("host").alias("host"))
    host = pl.col("host")
    frame = frame.with_columns(domain=_registrable(host)).with_columns(
        junk=placeholder.is_placeholder(frame["cell"])
        | pl.col("domain").is_in(sorted(mail_domains.placeholders()))
        | (pl.col("cell").is_not_null() & host.eq("")),
        fits=host.str.contains(_HOST) & (host.str.len_bytes() <= 253),
        tld_known=host.str.extract(r"([^.]+)$").is_in(sorted(mail_domains.top_level())),
    )
    cases: list[Case] = [
        (pl.col("cell").is_null(), "missing", None),
        (pl.col("junk").fill_null(value=False), "placeholder", "denylist"),
        (host.str.contains(_ADDRESS), "invalid", "ip_address"),
        (~host.str.contains(".", literal=True), "invalid", "no_dot"),
        (~pl.col("fits").fill_null(value=False), "invalid", "bad_host"),
        (pl.col("domain").is_null(), "invalid", "public_suffix"),
        (~pl.col("tld_known"), "possible", "unknown_tld"),
    ]
    verdict, reason = decide(frame, cases, otherwise=("valid", None))
    judged = frame.select("raw", "host", "domain", verdict, reason)
    usable = pl.col("verdict").is_in(["valid", "possible"])
    judged = judged.select(
        "raw",
        pl.when(usable).then("domain").alias("value"),
        "verdict",
        "reason",
        pl.when(usable).then("host").alias("host"),
        (usable & pl.col("domain").is_in(sorted(mail_domains.free_mail()))).alias("is_free_mail"),
        (usable & pl.col("domain").is_in(facts.strings(_FILE, "platforms"))).alias("is_platform"),
    )
    return text.spread(series, judged).with_columns(
        pl.col("verdict").fill_null("missing"), pl.col("is_free_mail", "is_platform").fill_null(value=False)
    )


def _host(cell: pl.Expr) -> pl.Expr:
    """Return the host of a URL, of an e-mail address or of a bare domain."""
    return (
        cell.str.replace(r"^(?:[a-z][a-z0-9+.-]*:)?/*", "")
        .str.replace(r"^(?:https?|ftp)?[:;.]?//?", "")
        .str.replace(r"[/?#\\,;|\s].*$", "")
        .str.replace(r"^.*@", "")
        .str.replace(r":\d*$", "")
        .str.strip_chars(".\"'<>()[]")
        .str.replace(r"^w{2,4}\d?(?:\.|$)", "")
    )


def _registrable(host: pl.Expr) -> pl.Expr:
    """Return the public suffix and the label before it; null where the host is no more than a suffix."""
    last_two = host.str.extract(r"([^.]+\.[^.]+)$")
    last_three = host.str.extract(r"([^.]+\.[^.]+\.[^.]+)$")
    last_four = host.str.extract(r"([^.]+(?:\.[^.]+){3})$")
    hosting = facts.strings(_FILE, "hosting")
    return (
        pl.when(last_three.is_in(hosting))
        .then(pl.coalesce(last_four, last_three))
        .when(last_two.is_in(hosting))
        .then(pl.coalesce(last_three, last_two))
        .when(last_two.is_in(_suffixes()) | last_two.str.contains(_everywhere()))
        .then(last_three)
        .otherwise(last_two)
    )


@cache
def _suffixes() -> list[str]:
    return sorted(f"{name}.{tld}" for tld, names in facts.read(_FILE)["second_level"].items() for name in names)


@cache
def _everywhere() -> str:
    return r"^(?:" + "|".join(facts.strings(_FILE, "everywhere")) + r")\.[a-z]{2}$"


def _to_ascii(host: str) -> tuple[str | None]:
    """Return the A-label form, or the host as it is where it has none."""
    try:
        return (validate_email(f"a@{host}", check_deliverability=False).ascii_domain,)
    except EmailNotValidError:
        return (host,)
