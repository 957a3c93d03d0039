"""The standardised value has none of the refused verdicts (an e-mail, phone, tax id, date ... that is not valid)."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any, Literal, get_args

import polars as pl
from pydantic import Field

from crmq import declarative
from crmq.errors import ConfigError
from crmq.locales import _
from crmq.model.verdicts import MISSING, VERDICTS
from crmq.rules.checks import RowCheck
from crmq.rules.gx.conditions import Leaf
from crmq.rules.gx.counterparts import Counterpart
from crmq.rules.pack import Rule
from crmq.rules.views import LOGICAL, View

FIELDS = (1, 1)
TABLES = ("records", "contact_points", "identifiers", "raw")

VERDICT_COLUMNS = {
    "birth_date": "birth_date_verdict",
    "full_name": "name_verdict",
    "given_name": "name_verdict",
    "family_name": "name_verdict",
    "org_name": "org_name_verdict",
    "postal_code": "postal_code_verdict",
    "country": "country_verdict",
}
"""Fields of ``records`` and the verdict column that judges them."""

KNOWN_FIELDS = (*LOGICAL, *VERDICT_COLUMNS)

VerdictName = Literal["valid", "possible", "invalid", "placeholder"]
ValueKind = Literal["email", "phone", "identifier", "postal_code", "country", "date", "web_domain"]


class Params(declarative.Section):
    """``refuse``: verdicts that fail; ``reasons``: fail only with one of these reason codes.

    On raw tables ``as`` names the kind of value and ``country`` the default country. ``suggest`` gives what the value
    module takes for the right value, where it has one.
    """

    model_config = declarative.Section.model_config | {"populate_by_name": True}

    refuse: tuple[VerdictName, ...] = ("invalid",)
    reasons: tuple[str, ...] = ()
    as_: ValueKind | None = Field(default=None, alias="as")
    country: str | None = None
    suggest: bool = False


def table(fields: Sequence[str], _params: Params) -> str:
    """Values that repeat have their verdicts in the long tables, the others on the record."""
    return LOGICAL[fields[0]][0] if fields[0] in LOGICAL else "records"


def prepare(rule: Rule, where: str) -> Rule:
    """Check that a rule on raw tables says which kind of value it means."""
    params: Any = rule.params
    if (params.as_ is None) == (rule.table == "raw"):
        text = (
            _("A verdict on a raw column needs params.as: {kinds}.")
            if rule.table == "raw"
            else _("params.as is for raw columns only: a canonical field has its kind.")
        )
        raise ConfigError(text.format(kinds=", ".join(get_args(ValueKind))), where=where)
    return rule


def checks(rule: Rule, params: Params, view: View) -> Sequence[RowCheck]:
    """Empty cells are not checked."""
    if view.table == "raw":
        return [_raw_check(name, params, view) for name in view.expand(rule.fields)]
    (name,) = rule.fields
    if view.table == "records":
        verdict = pl.col(VERDICT_COLUMNS[name])
        return [RowCheck(_refused(verdict, None, params), (name,))]
    _table, marker, kind = LOGICAL[name]
    mine = pl.col(marker) == kind
    passes = pl.when(mine).then(_refused(pl.col("verdict"), pl.col("reason"), params))
    suggest = _suggestions(name, "value_raw") if params.suggest else None
    return [RowCheck(passes, (name,), detail=pl.col("reason"), suggest=suggest)]


def _refused(verdict: pl.Expr, reason: pl.Expr | None, params: Params) -> pl.Expr:
    good = ~verdict.is_in(pl.Series(params.refuse, dtype=pl.Enum(VERDICTS)).implode())
    if params.reasons and reason is not None:
        good = good | ~reason.is_in(pl.Series(params.reasons, dtype=pl.String).implode()).fill_null(value=False)
    return pl.when(verdict != MISSING).then(good)


def _suggestions(kind: str, column: str) -> Callable[[pl.DataFrame, pl.Series], pl.Series]:
    def of(rows: pl.DataFrame, _numbers: pl.Series) -> pl.Series:
        judged = judge(rows[column], kind, None)
        nothing = pl.repeat(None, rows.height, dtype=pl.String, eager=True)
        return judged["suggestion"] if "suggestion" in judged.columns else nothing

    return of


def judge(raw: pl.Series, kind: str, country: str | None) -> pl.DataFrame:
    """Return what the value module of a kind says about a column: ``value, verdict, reason ...``."""
    module = importlib.import_module(f"crmq.values.{kind}")
    distinct = raw.cast(pl.String).unique()
    context: dict[str, Any] = {"country": country} if kind in ("phone", "identifier", "postal_code") else {}
    judged = module.standardise(distinct, **context)
    judged = judged.select(n for n in ("value", "verdict", "reason", "suggestion") if n in judged.columns)
    keyed = judged.with_columns(distinct.alias("__raw"))
    return (
        raw.cast(pl.String)
        .alias("__raw")
        .to_frame()
        .join(keyed, on="__raw", how="left", nulls_equal=True, maintain_order="left")
    )


def _raw_check(name: str, params: Params, view: View) -> RowCheck:
    kind = params.as_
    assert kind is not None

    def passes(raw: pl.Series) -> pl.Series:
        judged = judge(raw, kind, params.country)
        return judged.select(_refused(pl.col("verdict"), pl.col("reason"), params)).to_series()

    def detail(raw: pl.Series) -> pl.Series:
        return judge(raw, kind, params.country)["reason"]

    cell = view.text(name)
    return RowCheck(
        cell.map_batches(passes, return_dtype=pl.Boolean),
        (name,),
        detail=cell.map_batches(detail, return_dtype=pl.String),
        suggest=_suggestions(kind, view.physical(name)) if params.suggest else None,
    )


def counterpart(field: str, rule: Rule, params: Params) -> Counterpart | None:
    """The verdict column is not one of those refused; GX has no opinion of its own on raw values."""
    if rule.table == "raw" or params.reasons:
        return None
    column = VERDICT_COLUMNS[field] if rule.table == "records" else "verdict"
    where: tuple[Leaf, ...] = (Leaf(column, "!=", MISSING),)
    if rule.table != "records":
        _table, marker, kind = LOGICAL[field]
        where = (Leaf(marker, "==", kind), *where)
    kwargs = {"value_set": list(params.refuse)}
    return Counterpart("expect_column_values_to_not_be_in_set", kwargs, (column,), where)
