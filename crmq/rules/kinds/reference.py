"""The record a reference points to is there: the id exists in the other object of the same source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import polars as pl

from crmq import declarative
from crmq.model.facts import FACTS
from crmq.rules.checks import RowCheck
from crmq.rules.pack import Rule
from crmq.rules.views import View

FIELDS = (0, 0)
TABLES = ("relationships", *(name for name in FACTS if name != "products"))
_POINTED = {"deal": "deals", "case": "cases", "order": "orders", "product": "products", "thread": "interactions"}
"""Facts that other facts point to: ``<name>_key`` -> table."""


class Params(declarative.Section):
    """``types``: kinds of relationship to look at (default: all); ``objects``: objects pointed to (default: all).

    ``to``: which reference of a fact: ``party`` (default), ``account``, or another fact (``deal``, ``case``, ``order``,
    ``product``).
    """

    types: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    to: Literal["party", "account", "deal", "case", "order", "product", "thread"] = "party"


def table(_fields: Sequence[str], _params: Params) -> str:
    """References between records stand in ``relationships``; those of a fact in its own table."""
    return "relationships"


def checks(_rule: Rule, params: Params, view: View) -> Sequence[RowCheck]:
    """A reference into an object that is not among the inputs of that source is not checked."""
    if view.table != "relationships":
        return _of_facts(params, view)
    known = _records(view)
    # a unit separator keeps ("a", "bc") and ("ab", "c") apart
    keys = known.select(pl.concat_str("source", "object", "record_key", separator="\x1f")).to_series()
    target = pl.concat_str("source", "to_object", "to_record_key", separator="\x1f")
    looked_at = _among(known, "to_object")
    if params.types:
        looked_at = looked_at & pl.col("rel_type").is_in(pl.Series(params.types).implode())
    if params.objects:
        looked_at = looked_at & pl.col("to_object").is_in(pl.Series(params.objects).implode())
    found = target.is_in(keys.implode())
    passes = pl.when(looked_at & pl.col("to_record_key").is_not_null()).then(found)
    return [RowCheck(passes, ("to_record_key",), detail=pl.format("{}", pl.col("to_object")))]


def _of_facts(params: Params, view: View) -> Sequence[RowCheck]:
    """An id without an object may be that of any record of its source."""
    key = f"{params.to}_key"
    if key not in view.frame.columns:
        return []
    anywhere = pl.concat_str("source", key, separator="\x1f")
    if params.to in _POINTED:
        known = view.context.tables[_POINTED[params.to]].select("source", "record_key").drop_nulls().unique()
        sources = known["source"].unique()
        keys = known.select(pl.concat_str("source", "record_key", separator="\x1f")).to_series()
        looked_at = pl.col("source").is_in(sources.implode()) & pl.col(key).is_not_null()
        return [RowCheck(pl.when(looked_at).then(anywhere.is_in(keys.implode())), (key,))]
    known = _records(view)
    object_ = f"{params.to}_object"
    exact = known.select(pl.concat_str("source", "object", "record_key", separator="\x1f")).to_series()
    loose = known.select(pl.concat_str("source", "record_key", separator="\x1f")).to_series().unique()
    target = pl.concat_str("source", object_, key, separator="\x1f")
    named = pl.col(object_).is_not_null()
    found = pl.when(named).then(target.is_in(exact.implode())).otherwise(anywhere.is_in(loose.implode()))
    looked_at = (
        pl.when(named)
        .then(_among(known, object_))
        .otherwise(pl.col("source").is_in(known["source"].unique().implode()))
    )
    if params.objects:
        looked_at = looked_at & pl.col(object_).is_in(pl.Series(params.objects).implode())
    passes = pl.when(looked_at & pl.col(key).is_not_null()).then(found)
    return [RowCheck(passes, (key,), detail=pl.col(object_))]


def _records(view: View) -> pl.DataFrame:
    return view.context.tables.records.select("source", "object", "record_key").drop_nulls().unique()


def _among(known: pl.DataFrame, object_: str) -> pl.Expr:
    """Return whether the object pointed to is among the inputs of the source."""
    objects = known.select(pl.concat_str("source", "object", separator="\x1f")).to_series().unique()
    return pl.concat_str("source", object_, separator="\x1f").is_in(objects.implode())
