"""Postal codes by country: form, lost leading zeros put back, one way of writing them.

The forms stand in ``data/postal_codes.csv``, one row per country: ``masks`` (``N`` a digit, ``A`` a letter, ``|``
between alternatives), ``prefix`` (optional when typed, always written), ``zeros`` (how many leading zeros a
spreadsheet may have eaten) and ``check`` (a pattern that the written code must match). Facts of the postal services.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import polars as pl

from crmq.values import placeholder, text
from crmq.values.judging import SCHEMA, Case, decide

_JUNK = r"^(?:0+|1{5,}|9{5,}|12345|123456|1234567|12345678)$"
_CODE = r"^[A-Z0-9][A-Z0-9 -]{0,10}$"
_EXCEL_FLOAT = r"^([0-9]+)[.,]0+$"
_COUNTRY_MARK = r"^(?:C\.?P\.?|ZIP|CEP|PLZ|[A-Z]{1,3})[\s:.-]+(\d)"
_LIMA = r"^(?:(LIMA)\s*-?\s*0?(\d{1,2})|(CALLAO)\s*-?\s*0?(\d))$"


@cache
def _masks() -> pl.DataFrame:
    """Return one row per country and shape: where the separator goes, prefix, check, and how many zeros were added."""
    with files("crmq.values").joinpath("data/postal_codes.csv").open("rb") as handle:
        listed = pl.read_csv(handle.read(), infer_schema=False).with_columns(pl.col("prefix", "check").fill_null(""))
    rows = []
    for country, masks, prefix, zeros, check in listed.iter_rows():
        for mask in masks.split("|"):
            shape = mask.replace(" ", "").replace("-", "")
            cut = next((i for i, sign in enumerate(mask) if sign in " -"), len(mask))
            sign = mask[cut : cut + 1]
            rows.append((country, shape, cut, sign, prefix, check, 0))
            if not shape.strip("N"):
                rows += [(country, shape[n:], cut, sign, prefix, check, n) for n in range(1, int(zeros) + 1)]
    names = ("country", "shape", "cut", "sign", "prefix", "check", "added")
    # a whole code wins over one that would need zeros (CR 1000, TW 104)
    return pl.DataFrame(rows, schema=names, orient="row").unique(
        ["country", "shape"], keep="first", maintain_order=True
    )


@cache
def countries() -> frozenset[str]:
    """Return the countries whose form of postal code is known."""
    return frozenset(_masks()["country"])


@cache
def _numeric() -> frozenset[str]:
    """Return the countries whose codes have no letters: there, letters before the code are a mark (``D-26133``)."""
    lettered = _masks().filter(pl.col("shape").str.contains("A"))["country"]
    return countries() - frozenset(lettered)


def standardise(raw: pl.Series, country: pl.Series | str | None = None) -> pl.DataFrame:
    """Standardise a column of postal codes.

    Args:
        raw: The cells, as read.
        country: ISO alpha-2 per row, for all rows, or None.

    Returns:
        ``value`` (upper case, in the country's own writing), ``verdict`` and ``reason``: ``zero_restored``,
        ``no_country``, ``no_rules`` (possible); ``wrong_form``, ``out_of_range`` (invalid); ``denylist``
        (placeholder).
    """
    series = raw.cast(pl.String).rename("raw")
    lands = country if isinstance(country, pl.Series) else pl.repeat(country, len(series), dtype=pl.String, eager=True)
    asked = pl.DataFrame([series, lands.cast(pl.String).rename("country")])
    distinct = asked.unique().sort("raw", "country")
    judged = distinct.hstack(_judge(distinct))
    return asked.join(judged, on=["raw", "country"], how="left", nulls_equal=True, maintain_order="left").select(
        *SCHEMA
    )


def _judge(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of the schema for distinct pairs of ``raw`` and ``country``."""
    raw, country = pl.col("raw"), pl.col("country")
    frame = frame.with_columns(
        bare=text.cell(raw).str.normalize("NFKC").str.to_uppercase().str.replace(_EXCEL_FLOAT, "${1}").str.strip_chars()
    ).with_columns(
        compact=pl.when(country.is_in(sorted(_numeric())))
        .then(pl.col("bare").str.replace(_COUNTRY_MARK, "${1}"))
        .otherwise("bare")
        .str.replace_all("[ -]", ""),
        lima=country.eq_missing("PE") & pl.col("bare").str.contains(_LIMA),
        junk=pl.col("bare").str.replace_all("[ -]", "").str.contains(_JUNK)
        | (placeholder.is_placeholder(frame["raw"]) & ~pl.col("bare").str.contains("^[0-9]+$")),
        known=country.is_in(sorted(countries())).fill_null(value=False),
    )
    prefixes = _masks().select("country", "prefix").unique(maintain_order=True)
    bare_prefix = pl.col("country_prefix").str.replace_all("[ -]", "")
    frame = frame.join(
        prefixes.rename({"prefix": "country_prefix"}), on="country", how="left", maintain_order="left"
    ).with_columns(
        compact=pl.when((bare_prefix != "") & pl.col("compact").str.starts_with(bare_prefix))
        .then(pl.col("compact").str.slice(bare_prefix.str.len_chars()))
        .otherwise("compact")
    )
    frame = frame.with_columns(
        shape=pl.col("compact").str.replace_all("[A-Z]", "A").str.replace_all("[0-9]", "N")
    ).join(_masks(), on=["country", "shape"], how="left", maintain_order="left")
    padded = pl.concat_str(pl.lit("0000").str.slice(0, pl.col("added")), pl.col("compact"))
    written = pl.concat_str(
        "prefix", padded.str.slice(0, pl.col("cut")), "sign", padded.str.slice(pl.col("cut")), ignore_nulls=False
    )
    frame = frame.with_columns(written=pl.when(_may_lack()).then(written)).with_columns(in_range=_in_range())
    free = pl.col("bare").str.contains(_CODE)
    value = (
        pl.when("lima")
        .then(pl.col("bare").str.replace(_LIMA, "${1}${3} ${2}${4}"))
        .when("known")
        .then(pl.when("in_range").then("written"))
        .when(free)
        .then("bare")
    )
    cases: list[Case] = [
        (pl.col("bare").is_null(), "missing", None),
        (pl.col("junk"), "placeholder", "denylist"),
        (pl.col("lima"), "valid", None),
        (pl.col("known") & pl.col("written").is_null(), "invalid", "wrong_form"),
        (pl.col("known") & ~pl.col("in_range"), "invalid", "out_of_range"),
        (pl.col("known") & (pl.col("added") > 0), "possible", "zero_restored"),
        (pl.col("known"), "valid", None),
        (~free, "invalid", "wrong_form"),
        (country.is_null(), "possible", "no_country"),
    ]
    verdict, reason = decide(frame, cases, otherwise=("possible", "no_rules"))
    return frame.select(pl.when(~pl.col("junk")).then(value).alias("value"), verdict, reason)


def _may_lack() -> pl.Expr:
    """Return whether the zeros that were added to a code can be those that a spreadsheet has taken away.

    They stood at its very beginning: what begins with a zero has lost none, and a separator still tells the parts.
    """
    at = pl.col("bare").str.find("[ -]") + pl.col("added")
    parted = pl.col("bare").str.contains("^[0-9]+[ -]")
    in_place = ~parted | (at == pl.col("cut"))
    return (pl.col("added") == 0) | (~pl.col("compact").str.starts_with("0") & in_place)


def _in_range() -> pl.Expr:
    """Return whether ``written`` matches the extra pattern of its country (true where there is none)."""
    ok = pl.lit(value=True)
    for check in _masks()["check"].unique().sort():
        if check:
            ok = pl.when(pl.col("check") == check).then(pl.col("written").str.contains(f"^(?:{check})$")).otherwise(ok)
    return ok
