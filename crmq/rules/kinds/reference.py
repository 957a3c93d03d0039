"""The record a reference points to is there: the id exists in the other object of the same source."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from crmq import declarative
from crmq.rules.checks import RowCheck
from crmq.rules.pack import Rule
from crmq.rules.views import View

FIELDS = (0, 0)
TABLES = ("relationships", "orders")
_COLUMNS = {"relationships": ("rel_type", "to_object", "to_record_key"), "orders": ("", "party_object", "party_key")}


class Params(declarative.Section):
    """``types``: kinds of relationship to look at (default: all); ``objects``: objects pointed to (default: all)."""

    types: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()


def table(_fields: Sequence[str], _params: Params) -> str:
    """References between records stand in ``relationships``; the customer of an order in ``orders``."""
    return "relationships"


def checks(_rule: Rule, params: Params, view: View) -> Sequence[RowCheck]:
    """A reference into an object that is not among the inputs of that source is not checked."""
    kind, to_object, to_key = _COLUMNS[view.table]
    records = view.context.tables.records
    known = records.select("source", "object", "record_key").drop_nulls().unique()
    # a unit separator keeps ("a", "bc") and ("ab", "c") apart
    keys = known.select(pl.concat_str("source", "object", "record_key", separator="\x1f")).to_series()
    objects = known.select(pl.concat_str("source", "object", separator="\x1f")).to_series().unique()
    target = pl.concat_str("source", to_object, to_key, separator="\x1f")
    looked_at = pl.concat_str("source", to_object, separator="\x1f").is_in(objects.implode())
    if params.types and kind:
        looked_at = looked_at & pl.col(kind).is_in(pl.Series(params.types).implode())
    if params.objects:
        looked_at = looked_at & pl.col(to_object).is_in(pl.Series(params.objects).implode())
    found = target.is_in(keys.implode())
    passes = pl.when(looked_at & pl.col(to_key).is_not_null()).then(found)
    return [RowCheck(passes, (to_key,), detail=pl.format("{}", pl.col(to_object)))]
