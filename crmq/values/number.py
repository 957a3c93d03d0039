"""Numbers as people and systems write them: the decimal sign decided per column, exact decimal text out.

``1,234`` is a thousand or a little more than one, and nothing in the cell tells which. The other cells of the column
do: ``1,234.50`` or ``12,5`` can be read in one way only. Where they are silent the point is taken for the decimal sign
and the cell is marked ``assumed_separator``; where they contradict one another such a cell has no value.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import polars as pl

from crmq.model.verdicts import INVALID, MISSING, PLACEHOLDER, POSSIBLE, VALID, Verdict
from crmq.values import cells, placeholder, text
from crmq.values.currency import CODES
from crmq.values.judging import SCHEMA, Schema, decide

NUMBER_SCHEMA: Schema = {**SCHEMA, "currency": pl.String}

DecimalSign = Literal[".", ","]

_SIGNS = {
    "€": "EUR", "£": "GBP", "r$": "BRL", "us$": "USD", "u$s": "USD", "mx$": "MXN", "ar$": "ARS", "cop$": "COP",
    "clp$": "CLP", "s/": "PEN", "₡": "CRC", "₲": "PYG", "₹": "INR", "₽": "RUB", "₩": "KRW", "zł": "PLN", "chf": "CHF",
}  # fmt: skip
"""Signs that stand for one currency; a bare ``$`` or ``¥`` stands for several and tells none."""

_AROUND = r"^(?P<before>[^\d\s.,'()+−-]{0,4})\s*(?P<body>.*?)\s*(?P<after>[^\d\s.,'()+−-]{0,4})$"
_SCIENTIFIC = r"^\d+(?:[.,]\d+)?[eE][+-]?\d{1,2}$"
_PLAIN = r"^-?\d+(?:\.\d+)?$"
_EITHER = r"^[1-9]\d{0,2}[.,]\d{3}$"


@dataclass(frozen=True)
class ColumnSign:
    """The decimal sign of a column.

    Attributes:
        sign: None when no cell can be read in one way only.
        mixed: Some cells can only be read with the point, others only with the comma.
        open: How many distinct cells could be either.
    """

    sign: DecimalSign | None
    mixed: bool
    open: int


def column_sign(raw: pl.Series) -> ColumnSign:
    """Decide the decimal sign of a whole column from the cells that can be read in one way only."""
    return _sign(_parts(cells.clean(raw).drop_nulls().unique().rename("cell")))


def standardise(raw: pl.Series) -> pl.DataFrame:
    """Standardise a column of numbers or amounts.

    Args:
        raw: The cells, as read: national separators, blanks or apostrophes between thousands, signs or codes of
            currencies, a minus before or after, or parentheses.

    Returns:
        ``value`` (decimal text with a point, as exact as written), ``verdict``, ``reason`` (``not_a_number``,
        ``assumed_separator``, ``mixed_separators``, ``denylist``) and ``currency`` (ISO 4217, where the cell tells).
    """
    simple = _simple(raw)
    if simple is not None:
        return simple
    given = cells.clean(raw)
    distinct = given.drop_nulls().unique().rename("cell")
    parts = _parts(distinct)
    decided = _sign(parts)
    sign = decided.sign or "."
    body = pl.col("body")
    one, other = (r"\.", ",") if sign == "." else (",", r"\.")
    by_column = body.str.replace_all(other, "").str.replace(one, ".")
    read = (
        pl.when(pl.col("form") == "point").then(body.str.replace_all(",", "", literal=True))
        .when(pl.col("form") == "comma")
        .then(body.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True))
        .when(pl.col("form") == "either").then(by_column)
        .when(pl.col("form").is_in(["whole", "exact"])).then(body)
        .when(pl.col("form") == "thousands").then(body.str.replace_all(r"[.,]", ""))
    )  # fmt: skip
    open_ = pl.col("form") == "either"
    cases = [
        (pl.col("filler"), PLACEHOLDER, "denylist"),
        (pl.col("form").is_null(), INVALID, "not_a_number"),
        (open_ & decided.mixed, INVALID, "mixed_separators"),
        (open_ & (decided.sign is None), POSSIBLE, "assumed_separator"),
    ]
    judged = parts.with_columns(read=read, filler=placeholder.is_placeholder(parts["cell"]) & parts["form"].is_null())
    verdict, reason = decide(judged, cases, otherwise=(VALID, None))
    judged = judged.with_columns(verdict, reason)
    signed = pl.when(pl.col("minus") & (pl.col("read") != "0")).then("-" + pl.col("read")).otherwise("read")
    judged = judged.select(
        "cell", pl.when(pl.col("verdict").is_in([VALID, POSSIBLE])).then(signed).alias("value"), "verdict", "reason",
        "currency",
    )  # fmt: skip
    out = text.spread(given.rename("cell"), judged)
    return out.with_columns(pl.col("verdict").fill_null(pl.lit(MISSING, Verdict))).select(*NUMBER_SCHEMA)


def _simple(raw: pl.Series) -> pl.DataFrame | None:
    """Return the outcome for a column of plain numbers with a point, which most are; None for any other."""
    filled = raw.drop_nulls()
    if not filled.str.contains(_PLAIN).all():
        return None
    either = filled.str.contains(_EITHER)
    if either.any() and not (filled.str.contains(".", literal=True) & ~either).any():
        return None
    value = raw.rename("value").to_frame()
    verdict = pl.when(pl.col("value").is_null()).then(pl.lit(MISSING)).otherwise(pl.lit(VALID)).cast(Verdict)
    return value.with_columns(
        verdict=verdict, reason=pl.lit(None, pl.String), currency=pl.lit(None, pl.String)
    ).select(*NUMBER_SCHEMA)  # fmt: skip


def _sign(parts: pl.DataFrame) -> ColumnSign:
    forms = dict(parts["form"].drop_nulls().value_counts().iter_rows())
    point, comma, open_ = (int(forms.get(name, 0)) for name in ("point", "comma", "either"))
    if point and comma:
        return ColumnSign(None, mixed=True, open=open_)
    return ColumnSign("." if point else "," if comma else None, mixed=False, open=open_)


def _parts(distinct: pl.Series) -> pl.DataFrame:
    """Return per distinct cell its bare digits and separators, its sign, its currency, and how it can be read.

    ``form``: ``whole``; ``point`` or ``comma`` (the decimal sign, beyond doubt); ``thousands`` (several groups of one
    separator); ``either``; ``exact`` (spelled out already); null: no number.
    """
    plain = distinct.str.contains(_PLAIN)
    frame = distinct.to_frame()
    if plain.all():
        bare = frame.with_columns(
            body=pl.col("cell").str.strip_prefix("-"), minus=pl.col("cell").str.starts_with("-"),
            currency=pl.lit(None, pl.String),
        )  # fmt: skip
        return bare.with_columns(form=_form())
    around = frame.select("cell", pl.col("cell").str.extract_groups(_AROUND).alias("g")).unnest("g")
    body = pl.col("body").str.replace_all("−", "-", literal=True)
    minus = body.str.contains(r"^-|-$|^\(.*\)$").fill_null(value=False)
    bare = around.with_columns(
        minus=minus, body=body.str.strip_chars("()").str.strip_chars("+-").str.strip_chars(), currency=_currency()
    )
    grouped = pl.col("body").str.contains(r"^\d{1,3}(?:[ '’]\d{3})+(?:[.,]\d+)?$")
    bare = bare.with_columns(
        pl.when(grouped).then(pl.col("body").str.replace_all(r"[ '’]", "")).otherwise("body").alias("body")
    )
    # what stands around must be a sign or code of money
    strange = pl.concat_str(pl.col("before", "after").fill_null("")).str.contains(r"[%#/]|^[\p{L}]{1,2}$|^\p{L}{4,}$")
    bare = bare.with_columns(form=pl.when(~strange | pl.col("currency").is_not_null()).then(_form()))
    return _spelled_out(bare).select("cell", "body", "minus", "currency", "form")


def _form() -> pl.Expr:
    body = pl.col("body")
    return (
        pl.when(body.str.contains(r"^\d+$")).then(pl.lit("whole"))
        .when(body.str.contains(_EITHER)).then(pl.lit("either"))
        .when(body.str.contains(r"^(?:\d+|\d{1,3}(?:,\d{3})+)?\.\d+$")).then(pl.lit("point"))
        .when(body.str.contains(r"^(?:\d+|\d{1,3}(?:\.\d{3})+)?,\d+$")).then(pl.lit("comma"))
        .when(body.str.contains(r"^\d{1,3}(?:(?:,\d{3}){2,}|(?:\.\d{3}){2,})$")).then(pl.lit("thousands"))
    )  # fmt: skip


def _currency() -> pl.Expr:
    found = pl.concat_str(pl.col("before", "after").fill_null("")).str.strip_chars().str.to_lowercase()
    code = pl.when(found.str.to_uppercase().is_in(sorted(CODES))).then(found.str.to_uppercase())
    return pl.coalesce(code, found.replace_strict(_SIGNS, default=None, return_dtype=pl.String)).alias("currency")


def _spelled_out(bare: pl.DataFrame) -> pl.DataFrame:
    """Return the parts with numbers in scientific notation (floats of an export) written out."""
    floats = bare["cell"].str.contains(r"\d[eE][+-]?\d")
    if not floats.any():
        return bare
    spelled = text.once_per_value(bare["cell"].filter(floats), _written_out, {"body": pl.String})["body"]
    at = floats.arg_true()
    known = spelled.is_not_null()
    at, spelled = at.filter(known), spelled.filter(known)
    return bare.with_columns(
        bare["body"].scatter(at, spelled), bare["form"].scatter(at, "exact"),
        bare["minus"].scatter(at, bare["cell"].gather(at).str.starts_with("-")),
    )  # fmt: skip


def _written_out(cell: str) -> tuple[str | None]:
    bare = cell.strip().lstrip("+-")
    if not pl.Series([bare]).str.contains(_SCIENTIFIC)[0]:
        return (None,)
    return (f"{Decimal(bare.replace(',', '.')):f}",)
