"""Records of one party in several sources say the same (birth date, country, owner, consent)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import polars as pl
from pydantic import Field

from crmq import declarative
from crmq.rules import origins
from crmq.rules.checks import RowCheck
from crmq.rules.pack import Rule
from crmq.rules.views import View
from crmq.values import text

FIELDS = (1, None)
TABLES = ("records", "consents")
ACROSS_SOURCES = True
By = Literal["tax_id", "national_id", "email_and_name", "phone_and_name"]
_USABLE = ("valid", "possible")
_FULL_DATE = 10
VOCABULARY = 5
"""Different values from which on a source that shares none of them with another one is taken to write its own way."""
_ANSWERS = {"given": "yes", "refused": "no", "withdrawn": "no"}


class Params(declarative.Section):
    """``by``: what makes two records one party.

    ``tax_id`` and ``national_id``: the same valid number; ``email_and_name`` and ``phone_and_name``: the same usable
    address or number and the same words in the name.
    """

    by: tuple[By, ...] = Field(default=("national_id", "tax_id", "email_and_name"), min_length=1)


def checks(rule: Rule, params: Params, view: View) -> Sequence[RowCheck]:
    """Rows whose party stands in two sources or more with a value are checked; all of a contradiction fail.

    On ``records`` each field is compared on its own; on ``consents`` the yes or no per channel and purpose. A birth
    date that is not complete contradicts nothing.
    """
    if view.context.tables.records["source"].n_unique() < 2:
        return []  # nobody to agree with
    keys = _keys(view, params.by)
    consents = view.table == "consents"
    fields = (rule.fields[0],) if consents else rule.fields
    return [_check(view, name, keys, (rule.fields[0],) if consents else (name,)) for name in fields]


def _check(view: View, name: str, keys: pl.DataFrame, fields: tuple[str, ...]) -> RowCheck:
    rows = view.frame.select(
        "source", _compared(view, name).alias("v"), view.applies.alias("mine"), *_inside(view)
    ).with_row_index("number")
    rows = rows.filter(~pl.col("source").is_in(_of_their_own(rows)))
    inside = [f"in{i}" for i in range(len(_inside(view)))]
    paired = (
        keys.join(rows.filter(pl.col("v").is_not_null() & pl.col("mine")), on="number")
        .group_by("key", *inside)
        .agg("number", pl.col("v").n_unique().alias("values"), pl.col("source").unique().sort().alias("sources"))
        .filter(pl.col("sources").list.len() > 1)
        .explode("number")
        .group_by("number")
        .agg(pl.col("values").max(), pl.col("sources").sort_by("values", descending=True).first().list.join(", "))
    )
    judged = pl.DataFrame({"number": pl.int_range(view.frame.height, dtype=pl.UInt32, eager=True)})
    judged = judged.join(paired, on="number", how="left", maintain_order="left")
    passes = judged.select(pl.col("values") <= 1).to_series()
    sources = judged["sources"]

    def told(failing: pl.DataFrame, numbers: pl.Series) -> pl.Series:
        return sources.gather(numbers)

    return RowCheck(pl.lit(passes), fields, suggest=told)


def _of_their_own(rows: pl.DataFrame) -> list[str]:
    """Return the sources that write the values in words of their own, of which no other source knows any.

    An owner is a user number here and a name there: that is no contradiction. A handful of values may differ by chance.
    """
    said = rows.filter(pl.col("v").is_not_null()).select("source", "v").unique()
    own = (
        said.with_columns(known=pl.col("source").n_unique().over("v") > 1)
        .group_by("source")
        .agg(pl.col("known").any(), pl.len().alias("values"))
    )
    return own.filter(~pl.col("known") & (pl.col("values") >= VOCABULARY))["source"].sort().to_list()


SUGGESTS = "place"
"""What is told beside a finding is where the party stands, not a value."""


def _inside(view: View) -> list[pl.Expr]:
    """Return what must be equal beside the party for two rows to be compared."""
    if view.table != "consents":
        return []
    return [pl.col(name).fill_null("").alias(f"in{i}") for i, name in enumerate(("channel", "purpose", "subscription"))]


def _compared(view: View, name: str) -> pl.Expr:
    if view.table == "consents":
        return pl.col("status").replace_strict(_ANSWERS, default=None, return_dtype=pl.String)
    if name == "birth_date":
        return pl.when(pl.col(name).str.len_chars() == _FULL_DATE).then(pl.col(name))
    return text.fold(view.text(name))


def _keys(view: View, by: Sequence[By]) -> pl.DataFrame:
    """Return ``number, key``: the rows of the view with every key that their record has."""
    records = view.context.tables.records
    parts = [_record_keys(view, kind).select("rec", pl.lit(kind).alias("kind"), "entity", "key") for kind in by]
    keyed = pl.concat(parts).select("rec", pl.concat_str("kind", "entity", "key", separator="\x1f").alias("key"))
    numbers = (
        view.record_rows if view.record_rows is not None else pl.int_range(records.height, dtype=pl.UInt32, eager=True)
    )
    rows = pl.DataFrame({"rec": numbers.cast(pl.UInt32)}).with_row_index("number")
    return rows.join(keyed.unique(), on="rec").select("number", "key")


def _record_keys(view: View, kind: By) -> pl.DataFrame:
    """Return ``rec, entity, key`` of one kind of key."""
    tables, records = view.context.tables, view.context.tables.records
    usable = pl.col("verdict").cast(pl.String).is_in(_USABLE) & pl.col("value_norm").is_not_null()
    if kind in ("tax_id", "national_id"):
        wanted = "tax" if kind == "tax_id" else "national_id"
        # of a number that cannot be verified only the check digit shows that it was not mistyped into another's
        chosen = tables["identifiers"].filter(usable & (pl.col("id_kind") == wanted))
        key = pl.concat_str(pl.col("scheme").fill_null(""), "value_norm", separator=":")
    else:
        wanted = "email" if kind == "email_and_name" else "phone"
        chosen = tables["contact_points"].filter(usable & (pl.col("cp_type") == wanted))
        key = pl.col("value_norm")
    chosen = chosen.with_columns(origins.record_rows(chosen, records).cast(pl.UInt32).alias("rec"), key.alias("key"))
    chosen = chosen.drop_nulls("rec").select("rec", "entity", "key")
    if kind.endswith("_and_name"):
        names = records.select(_name_words().alias("words")).with_row_index("rec")
        chosen = chosen.join(names, on="rec").drop_nulls("words")
        chosen = chosen.with_columns(pl.concat_str("key", "words", separator="\x1f").alias("key"))
    return chosen.select("rec", "entity", "key")


def _name_words() -> pl.Expr:
    """Return the words of a name in alphabetical order, without accents and case."""
    parts = [pl.col(name) for name in ("given_name", "middle_name", "family_name")]
    name = pl.coalesce(pl.col("full_name"), pl.concat_str(parts, separator=" ", ignore_nulls=True), pl.col("org_name"))
    words = text.fold(name).str.replace_all(r"[^\p{L}\p{N} ]+", " ").str.extract_all(r"\S+").list.sort().list.join(" ")
    return pl.when(words != "").then(words)
