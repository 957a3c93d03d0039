"""Countries as people write them (English, Spanish, Portuguese, native, codes, typos) to ISO 3166-1 alpha-2.

The names stand in ``data/countries.csv``: facts from the Unicode CLDR, with formal names, old names and abbreviations.
``XK`` (Kosovo) is a user-assigned code that CLDR and libphonenumber share.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import polars as pl
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from crmq.values import placeholder, text
from crmq.values.judging import Case, decide

_FORMAL = (
    r"^(?:the )?(?:republica|republic|rep|republique|reino|kingdom|principado|commonwealth) "
    r"(?:of |de |da |do |del )?(?:the |la |el )?"
)
"""What a country calls itself before its name; tried only where the whole name is unknown."""
_ARTICLES = r"\b(?:the|of|and|y|e|et|und|la|las|el|los|de|del|da|do|das|dos|du|des)\b"
_FUZZY_LENGTH = 5
"""Shorter names have neighbours at one edit (Iran, Iraq; Mali, Malta)."""


@cache
def table() -> pl.DataFrame:
    """Return the countries: ``alpha_2, alpha_3, en, es, pt, other`` (further names, ``|``-joined)."""
    with files("crmq.values").joinpath("data/countries.csv").open("rb") as handle:
        return pl.read_csv(handle.read(), infer_schema=False)


@cache
def _by_key() -> dict[str, str]:
    frame = table()
    written = pl.concat(
        [
            *(frame.select("alpha_2", name=column) for column in ("alpha_2", "alpha_3", "en", "es", "pt")),
            frame.select("alpha_2", name=pl.col("other").str.split("|")).explode("name").filter(pl.col("name") != ""),
        ]
    )
    keyed = written.with_columns(key=_key(text.words(pl.col("name")))).drop_nulls()
    return dict(keyed.select("key", "alpha_2").unique(keep="first", maintain_order=True).iter_rows())


@cache
def _squeezed() -> dict[str, str]:
    """Return the names without blanks, for ``U.S.A.`` and ``PuertoRico``."""
    out: dict[str, str] = {}
    for key, code in _by_key().items():
        out.setdefault(key.replace(" ", ""), code)
    return out


@cache
def _calling_codes() -> dict[str, str]:
    """Return the country of each calling code."""
    return {str(code): owners[0] for code, owners in sorted(COUNTRY_CODE_TO_REGION_CODE.items()) if owners[0] != "001"}


@cache
def names(language: str = "en") -> dict[str, str]:
    """Return the name of each country by alpha-2 code, in ``en``, ``es`` or ``pt``."""
    return dict(table().select("alpha_2", language).iter_rows())


def standardise(raw: pl.Series) -> pl.DataFrame:
    """Standardise a column of countries.

    Args:
        raw: The cells, as read.

    Returns:
        ``value`` (alpha-2), ``verdict`` and ``reason``: ``typo`` (possible: one edit away from exactly one country),
        ``calling_code`` (possible: ``+34``; the largest country where several share one),
        ``unknown_country`` (invalid), ``denylist`` (placeholder). ``NA`` counts as "not available": Namibia is
        ``NAM`` or written out.
    """
    series = raw.cast(pl.String).rename("raw")
    distinct = series.unique().drop_nulls().sort().to_frame()
    known = _by_key()
    frame = distinct.with_columns(words=text.words(text.cell(pl.col("raw"))))
    frame = frame.with_columns(key=_key(pl.col("words"))).with_columns(
        exact=pl.col("key").replace_strict(known, default=None, return_dtype=pl.String),
        formal=_key(pl.col("words").str.replace(_FORMAL, "")).replace_strict(
            known, default=None, return_dtype=pl.String
        ),
        squeezed=pl.col("words")
        .str.replace_all(" ", "")
        .replace_strict(_squeezed(), default=None, return_dtype=pl.String),
    )
    frame = frame.with_columns(
        found=pl.coalesce("exact", "formal", "squeezed"),
        dialled=pl.col("raw")
        .str.extract(r"^\s*\+\s?([1-9]\d{0,2})\s*$")
        .replace_strict(_calling_codes(), default=None, return_dtype=pl.String),
        empty=text.cell(pl.col("raw")).is_null(),
        junk=placeholder.is_placeholder(frame["raw"]) & (frame["exact"].is_null() | (frame["words"] == "na")),
    )
    unknown = frame.filter(pl.col("found").is_null() & ~pl.col("junk"))["key"].drop_nulls().unique().sort()
    near = {key: code for key in unknown if (code := _one_edit_away(key)) is not None}
    frame = frame.with_columns(
        near=pl.col("key").replace_strict(near, default=None, return_dtype=pl.String)
        if near
        else pl.lit(None, pl.String)
    )
    cases: list[Case] = [
        (pl.col("empty"), "missing", None),
        (pl.col("junk"), "placeholder", "denylist"),
        (pl.col("found").is_not_null(), "valid", None),
        (pl.col("dialled").is_not_null(), "possible", "calling_code"),
        (pl.col("near").is_not_null(), "possible", "typo"),
    ]
    verdict, reason = decide(frame, cases, otherwise=("invalid", "unknown_country"))
    judged = frame.select(
        "raw", pl.when(~pl.col("junk")).then(pl.coalesce("found", "dialled", "near")).alias("value"), verdict, reason
    )
    return text.spread(series, judged).with_columns(pl.col("verdict").fill_null("missing"))


def _key(words: pl.Expr) -> pl.Expr:
    """Return the words without articles and prepositions, or all of them where nothing else is there (``DO``)."""
    bare = words.str.replace_all(_ARTICLES, " ").str.replace_all(" +", " ").str.strip_chars()
    return pl.when(bare == "").then(words).otherwise(bare)


@cache
def _deletions() -> dict[str, frozenset[str]]:
    """Return, for each long known name and each of its forms with one letter less, the countries it may mean."""
    out: dict[str, set[str]] = {}
    for key, code in _by_key().items():
        if len(key) >= _FUZZY_LENGTH:
            for form in (key, *_shorter(key)):
                out.setdefault(form, set()).add(code)
    return {form: frozenset(codes) for form, codes in out.items()}


def _one_edit_away(key: str) -> str | None:
    """Return the only country that ``key`` may be a typo of (one letter added, lost, changed or swapped), or None."""
    if len(key) < _FUZZY_LENGTH or len(key) > 60:
        return None
    index = _deletions()
    codes = set(index.get(key, ()))
    for form in _shorter(key):
        codes |= index.get(form, frozenset())
    return codes.pop() if len(codes) == 1 else None


def _shorter(key: str) -> list[str]:
    return [key[:i] + key[i + 1 :] for i in range(len(key))]
