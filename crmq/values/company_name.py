"""Names of organisations: cleaned, the legal form and the trade name taken apart, a key for comparison."""

from __future__ import annotations

import re
from functools import cache

import polars as pl

from crmq.model.verdicts import INVALID, MISSING, PLACEHOLDER, POSSIBLE, VALID, Verdict
from crmq.values import cells, facts, judging, legal_forms, placeholder, text

SCHEMA = {
    "value": pl.String,
    "core": pl.String,
    "legal_form": pl.String,
    "trade_name": pl.String,
    "key": pl.String,
    "verdict": Verdict,
    "reason": pl.String,
}

_FILE = "company_words.yaml"
_BRACKETED = re.compile(r"(.*\w.*?)\s*[(\[]([^()\[\]]{3,})[)\]]\s*[.,;]?\s*([^()\[\]]{0,24})")
_EDGES = " ,;:-–(["
_OPEN_END = r"[\s,;:(\[\-–&+/]+$"


def standardise(raw: pl.Series, country: pl.Series | str | None = None) -> pl.DataFrame:
    """Standardise a column of company names.

    Args:
        raw: The cells, as read.
        country: ISO alpha-2 per row, for all rows, or None: whose legal forms to expect. Forms whose bare letters mean
            something else (``CA``, ``SE``, ``Co``) are only taken off with their dots or in a country that has them.

    Returns:
        Columns of ``SCHEMA``, as high as ``raw``. ``value``: the name, cleaned, without the name it trades under; its
        case is kept. ``core``: without the legal form. ``legal_form``: as it is written in the country.
        ``trade_name``: what stood in brackets or behind ``dba``, ``nombre comercial`` and the like. ``key``: folded
        words of the core without articles and conjunctions. Reasons: ``placeholder``, ``has_at_sign``, ``no_letters``,
        ``web_address``.
    """
    series = raw.cast(pl.String).rename("raw")
    lands = country if isinstance(country, pl.Series) else pl.repeat(country, len(series), dtype=pl.String, eager=True)
    asked = pl.DataFrame([series, lands.cast(pl.String).rename("country")])
    distinct = series.drop_nulls().unique()
    names = pl.DataFrame([distinct, cells.clean_distinct(distinct).rename("cell")]).drop_nulls("cell")
    names = _judge(_trade_names(names))
    pairs = asked.unique().join(names.select("raw", "value"), on="raw", how="inner")
    formed = _legal_form(pairs)
    result = asked.join(names, on="raw", how="left", maintain_order="left").join(
        formed, on=["raw", "country"], how="left", maintain_order="left", nulls_equal=True
    )
    return result.select(
        *("value", "core", "legal_form", "trade_name", "key"),
        pl.col("verdict").fill_null(pl.lit(MISSING).cast(Verdict)),
        "reason",
    )


def _trade_names(names: pl.DataFrame) -> pl.DataFrame:
    """Add ``value`` and ``trade_name``: the cell without the name it trades under, and that name."""
    suspects = pl.col("cell").str.contains(r"[(\[]") | pl.col("cell").str.contains(_marker())
    some = names.filter(suspects)["cell"].unique()
    parts = text.once_per_value(some, _split, {"left": pl.String, "inside": pl.String, "marked": pl.Boolean})
    bare = text.words(pl.col("inside"))
    no_name = (
        bare.is_null() | bare.is_in(_folded("not_trade_names")) | bare.str.replace_all(" ", "").is_in(_form_keys())
    )
    parts = parts.insert_column(0, some).filter(pl.col("marked") | ~no_name).drop("marked")
    return names.join(parts, on="cell", how="left", maintain_order="left").select(
        "raw", value=pl.coalesce("left", "cell"), trade_name="inside"
    )


@cache
def _marker() -> str:
    words = sorted(facts.strings(_FILE, "trading_as"), key=len, reverse=True)
    return rf"(?i)[\s(](?:{'|'.join(re.escape(word) for word in words)})[\s:.]"


@cache
def _folded(name: str) -> list[str]:
    return (
        pl.DataFrame({"w": facts.strings(_FILE, name)})
        .select(text.words(pl.col("w")))
        .to_series()
        .drop_nulls()
        .to_list()
    )


@cache
def _form_keys() -> list[str]:
    return sorted(legal_forms.known())


def _split(cell: str) -> tuple[str | None, str | None, bool]:
    """Return the name, what it may trade under, and whether a marker says so (else brackets do)."""
    at = re.search(_marker(), cell)
    if at and any(c.isalnum() for c in cell[: at.start()]):
        inside = cell[at.end() :].strip(" ,;:.-–()")
        if inside:
            return cell[: at.start()].strip(_EDGES), inside, True
    found = re.fullmatch(_BRACKETED, cell)
    if not found:
        return None, None, False
    left, inside, rest = found.groups()
    return f"{left} {rest}".strip(_EDGES), inside.strip(), False


def _legal_form(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return ``core``, ``legal_form`` and ``key`` for each pair of ``raw`` and ``country``; ``value`` is given."""
    values = pairs["value"].drop_nulls().unique()
    folded = pl.DataFrame([values, cells.words(values).rename("words")])
    tails = _tails(folded)
    joined = pairs.select("raw", "country", "value")
    for column in ("sure", "unsure"):
        cut = _cut(tails.filter(pl.col("kind") == column))
        renamed = cut.rename({c: f"{column}_{c}" for c in cut.columns if c != "value"})
        joined = joined.join(renamed, on="value", how="left", maintain_order="left")
    joined = joined.join(
        _countries(), on=["unsure_form_key", "country"], how="left", maintain_order="left", nulls_equal=True
    )
    trusted = pl.col("unsure_dotted") | pl.col("in_country").is_not_null()
    take = trusted & (pl.col("unsure_length") > pl.col("sure_length").fill_null(0))
    picked = joined.select(
        "raw",
        "country",
        core=pl.coalesce(pl.when(take).then("unsure_core"), "sure_core", "value"),
        form_key=pl.when(take).then("unsure_form_key").otherwise("sure_form_key"),
    )
    spelled = _spelled(picked)
    cores = spelled["core"].drop_nulls().unique()
    keys = pl.DataFrame([cores, _key(cores).rename("key")])
    return spelled.join(keys, on="core", how="left", maintain_order="left")


def _tails(folded: pl.DataFrame) -> pl.DataFrame:
    """Return the longest sure and the longest ambiguous form that each name ends in (``kind``), with its length."""
    ends = sorted(legal_forms.endings())
    left = folded.with_columns(tail=pl.col("words").str.extract(r"(\S+)$")).filter(pl.col("tail").is_in(ends))
    left = left.with_columns(words=pl.col("words").str.split(" ")).with_columns(count=pl.col("words").list.len())
    found = []
    kinds = {"sure": legal_forms.keys(ambiguous=False), "unsure": legal_forms.keys(ambiguous=True)}
    for length in range(1, legal_forms.LONGEST + 1):
        left = left.filter(pl.col("count") > length).with_columns(
            form_key=pl.col("words").list.tail(length).list.join("")
        )
        left = left.filter(pl.col("form_key").is_in(ends))
        for kind, keys in kinds.items():
            hits = left.filter(pl.col("form_key").is_in(keys))
            found.append(hits.select("value", "form_key", kind=pl.lit(kind), length=pl.lit(length, pl.UInt8)))
    every = pl.concat(found)
    return every.sort("length").unique(["value", "kind"], keep="last", maintain_order=True)


def _cut(tails: pl.DataFrame) -> pl.DataFrame:
    """Return per value the core before its last words, the key of these words, and whether they are dotted."""
    pieces = [tails.clear().with_columns(tail=pl.lit(None, pl.String), core=pl.lit(None, pl.String))]
    for length in range(1, legal_forms.LONGEST + 1):
        tail = rf"((?:[\p{{L}}\p{{M}}\p{{N}}]+[^\p{{L}}\p{{M}}\p{{N}}]*){{{length}}})$"
        some = tails.filter(pl.col("length") == length).with_columns(tail=pl.col("value").str.extract(tail))
        pieces.append(some.with_columns(core=pl.col("value").str.strip_suffix(pl.col("tail"))))
    written_out = pl.col("tail").str.contains(r"\p{L}[./]|SpA") | pl.col("core").str.contains(r"[&+]\s*$")
    return (
        pl.concat(pieces)
        .filter(pl.col("core").str.contains(r"[\p{L}\p{N}]"))
        .select("value", "length", "form_key", core=pl.col("core").str.replace(_OPEN_END, ""), dotted=written_out)
    )


@cache
def _countries() -> pl.DataFrame:
    rows = [
        (key, country, True)
        for key, forms in legal_forms.known().items()
        if forms[0].ambiguous
        for country in sorted(set().union(*(form.countries for form in forms)))
    ]
    schema = {"unsure_form_key": pl.String, "country": pl.String, "in_country": pl.Boolean}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _spelled(picked: pl.DataFrame) -> pl.DataFrame:
    """Replace ``form_key`` by ``legal_form`` as it is written in the country, or where it was first listed."""
    table = legal_forms.spellings()
    anywhere = table.filter(pl.col("country").is_null()).select("form_key", anywhere="written")
    joined = picked.join(table.drop_nulls("country"), on=["form_key", "country"], how="left", maintain_order="left")
    joined = joined.join(anywhere, on="form_key", how="left", maintain_order="left")
    return joined.select("raw", "country", "core", legal_form=pl.coalesce("written", "anywhere"))


def _key(cores: pl.Series) -> pl.Series:
    """Return the folded words without articles and conjunctions; all of them where nothing else is there."""
    words = cells.words(cores.str.replace_many({".": "", "'": "", "’": ""})).rename("words")
    fillers = {f" {word} ": " " for word in _folded("filler")}
    # blanks are doubled so that two fillers in a row are both found
    padded = pl.concat_str(pl.lit(" "), pl.col("words").str.replace_many({" ": "  "}), pl.lit(" "))
    bare = padded.str.replace_many(fillers).str.split(" ").list.eval(pl.element().filter(pl.element() != ""))
    joined = bare.list.join(" ")
    return words.to_frame().select(pl.when(joined == "").then("words").otherwise(joined)).to_series()


def _judge(names: pl.DataFrame) -> pl.DataFrame:
    """Add verdict and reason; placeholders lose their value."""
    listed = cells.words(names["value"]).is_in(_folded("placeholders")).fill_null(value=False)
    blank = placeholder.is_placeholder(names["value"], kind="name") | listed
    value = pl.col("value")
    verdict, reason = judging.decide(
        names,
        [
            (pl.lit(blank), PLACEHOLDER, "placeholder"),
            (value.str.contains(r"^[^\s@]+@[^\s@]+\.[^\s@]+$"), INVALID, "has_at_sign"),
            (~value.str.contains(r"\p{L}"), POSSIBLE, "no_letters"),
            (value.str.contains(r"(?i)^(?:https?://|www\.)\S+$"), POSSIBLE, "web_address"),
        ],
        (VALID, None),
    )
    return names.with_columns(verdict, reason).with_columns(
        pl.when(~pl.lit(blank)).then(name).alias(name) for name in ("value", "trade_name")
    )
