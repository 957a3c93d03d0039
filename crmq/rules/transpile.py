"""Turns a parsed SQL expression into a Polars expression: one small function per kind of node.

What has no function here is outside the subset (:mod:`crmq.rules.expression` documents it) and is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any, Literal

import polars as pl
from sqlglot import exp

from crmq.locales import _
from crmq.rules.references import Scope, pattern_problem, raw_ref

Type = Literal["text", "number", "boolean", "date", "datetime", "null"]
Typed = tuple[pl.Expr, Type]

_NUMBER = r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$"


class RefusedError(Exception):
    """Something lies outside the subset; the text says what, in the user's language."""


def reference(node: exp.Column) -> str:
    """Return the name of a column as rules write it: a canonical name or ``raw."Header"``."""
    if isinstance(node.this, exp.Star) or node.args.get("db") is not None:
        raise RefusedError(_("{what} is not part of the expressions that crmq knows.").format(what=node.sql()))
    if not node.table:
        return str(node.name)
    if node.table.lower() != "raw":
        message = _('A column is named "field" or "raw."Header"", not {what}.')
        raise RefusedError(message.format(what=node.sql(dialect="duckdb")))
    return raw_ref(node.name)


def type_of(dtype: pl.DataType | type[pl.DataType]) -> Type:
    """Return the kind of value that a column of that Polars type holds in an expression."""
    if dtype == pl.Null:
        return "null"
    if dtype == pl.Boolean:
        return "boolean"
    if dtype == pl.Date:
        return "date"
    if dtype == pl.Datetime:
        return "datetime"
    return "number" if dtype.is_numeric() else "text"


class Compiler:
    """Turns a tree into a Polars expression and its type, node by node; unknown nodes are refused."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def visit(self, node: Any) -> Typed:
        """Return the expression and type of one node."""
        handler = _HANDLERS.get(type(node))
        if handler is None or not _understood(node):
            what = node.sql(dialect="duckdb") if isinstance(node, exp.Expr) else str(node)
            raise RefusedError(_("{what} is not part of the expressions that crmq knows.").format(what=what[:80]))
        return handler(self, node)

    def text(self, node: Any) -> pl.Expr:
        """Return a node as text."""
        made, kind = self.visit(node)
        return made if kind in ("text", "null") else made.cast(pl.String)

    def number(self, node: Any) -> pl.Expr:
        """Return a node as a number; text that is none becomes null."""
        made, kind = self.visit(node)
        if kind in ("number", "null"):
            return made
        if kind == "text":
            return _as_number(made)
        raise RefusedError(_("{what} is not a number.").format(what=node.sql(dialect="duckdb")[:80]))

    def boolean(self, node: Any) -> pl.Expr:
        """Return a node as a condition."""
        made, kind = self.visit(node)
        if kind == "boolean":
            return made
        if kind == "null":
            return made.cast(pl.Boolean)
        raise RefusedError(_("{what} is not a condition.").format(what=node.sql(dialect="duckdb")[:80]))

    def pair(self, left: Any, right: Any) -> tuple[pl.Expr, pl.Expr]:
        """Return two nodes brought to one type, for a comparison."""
        (a, kind_a), (b, kind_b) = self.visit(left), self.visit(right)
        if "null" in (kind_a, kind_b) or kind_a == kind_b:
            return a, b
        kinds = {kind_a, kind_b}
        if kinds == {"text", "number"}:
            return tuple(
                self._read(n, e, k, _as_number, "number") for n, e, k in ((left, a, kind_a), (right, b, kind_b))
            )  # type: ignore[return-value]
        if kinds <= {"text", "date", "datetime"}:
            return tuple(self._moment(n, e, k) for n, e, k in ((left, a, kind_a), (right, b, kind_b)))  # type: ignore[return-value]
        raise RefusedError(
            _("{left} and {right} cannot be compared.").format(
                left=left.sql(dialect="duckdb")[:40], right=right.sql(dialect="duckdb")[:40]
            )
        )

    def _read(self, node: Any, made: pl.Expr, kind: Type, reader: Callable[[pl.Expr], pl.Expr], wanted: str) -> pl.Expr:
        if kind != "text":
            return made
        if isinstance(node, exp.Literal) and not re.fullmatch(_NUMBER, str(node.this).strip()):
            raise RefusedError(_("{what} is not a {kind}.").format(what=node.sql(), kind=wanted))
        return reader(made)

    def _moment(self, node: Any, made: pl.Expr, kind: Type) -> pl.Expr:
        if kind == "text":
            if isinstance(node, exp.Literal):
                made = pl.lit(_date_literal(str(node.this)))
            else:
                made = _as_date(made)
        if kind == "datetime":
            return made
        return made.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")


def _understood(node: Any) -> bool:
    """Return whether every part of a node is one that its function reads.

    A parser that learns a new flag (``negate`` on LIKE, say) must lead to a refusal, never to the opposite condition.
    """
    known = _ALWAYS_READ | _READ.get(type(node), frozenset())
    return all(value in (None, False, []) or name in known for name, value in node.args.items())


def _as_number(made: pl.Expr) -> pl.Expr:
    return made.str.strip_chars().cast(pl.Float64, strict=False)


def _as_date(made: pl.Expr) -> pl.Expr:
    return made.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)


def _date_literal(text: str) -> date:
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        raise RefusedError(_("{what} is not a date (YYYY-MM-DD).").format(what=repr(text[:20]))) from None


def _column(c: Compiler, node: exp.Column) -> Typed:
    name = reference(node)
    if name not in c.scope.types:
        raise RefusedError(_("There is no column {name} here.").format(name=name))
    dtype = c.scope.types[name]
    made = c.scope.column(name)
    if dtype in (pl.Enum, pl.Categorical):
        made = made.cast(pl.String)
    return made, type_of(dtype)


def _literal(_c: Compiler, node: exp.Literal) -> Typed:
    if node.is_string:
        return pl.lit(str(node.this)), "text"
    text = str(node.this)
    return pl.lit(int(text) if text.isdigit() else float(text)), "number"


def _comparison(operator: Callable[[pl.Expr, pl.Expr], pl.Expr]) -> Callable[[Compiler, Any], Typed]:
    def made(c: Compiler, node: Any) -> Typed:
        left, right = c.pair(node.this, node.expression)
        return operator(left, right), "boolean"

    return made


def _arithmetic(operator: Callable[[pl.Expr, pl.Expr], pl.Expr]) -> Callable[[Compiler, Any], Typed]:
    def made(c: Compiler, node: Any) -> Typed:
        if isinstance(node.expression, exp.Interval):
            return _shifted(c, node)
        return operator(c.number(node.this), c.number(node.expression)), "number"

    return made


_UNITS = {"DAY": "d", "WEEK": "w", "MONTH": "mo", "YEAR": "y"}


def _shifted(c: Compiler, node: Any) -> Typed:
    """Return a date plus or minus an interval."""
    made, kind = c.visit(node.this)
    if kind == "text":
        made, kind = _as_date(made), "date"
    unit = str(node.expression.unit).upper().rstrip("S")
    amount = node.expression.this
    if kind not in ("date", "datetime", "null") or unit not in _UNITS or not isinstance(amount, exp.Literal):
        raise RefusedError(
            _("{what} is not a date shifted by days, weeks, months or years.").format(what=node.sql()[:80])
        )
    if not re.fullmatch(r"\d{1,5}", str(amount.this)):
        raise RefusedError(_("{what} is not a whole number.").format(what=amount.sql()))
    sign = "-" if isinstance(node, exp.Sub) else ""
    if kind == "null":
        return made, "date"
    return made.dt.offset_by(f"{sign}{amount.this}{_UNITS[unit]}"), kind


def _divide(c: Compiler, node: Any) -> Typed:
    below = c.number(node.expression)
    # as in SQL engines that return null: a division by zero must not become infinity and pass a limit
    return c.number(node.this) / pl.when(below != 0).then(below), "number"


def _modulo(c: Compiler, node: Any) -> Typed:
    below = c.number(node.expression)
    return c.number(node.this) % pl.when(below != 0).then(below), "number"


def _is(c: Compiler, node: exp.Is) -> Typed:
    if isinstance(node.expression, exp.Null):
        return c.visit(node.this)[0].is_null(), "boolean"
    if isinstance(node.expression, exp.Boolean):
        return c.boolean(node.this).eq_missing(pl.lit(bool(node.expression.this))), "boolean"
    raise RefusedError(_("{what} is not part of the expressions that crmq knows.").format(what=node.sql()[:80]))


def _in(c: Compiler, node: exp.In) -> Typed:
    if node.args.get("query") is not None or not node.expressions:
        raise RefusedError(_("IN needs a list of values."))
    # not is_in: each value may need to be read as the type of the column
    tests = [c.pair(node.this, item) for item in node.expressions]
    return pl.any_horizontal([left == right for left, right in tests]), "boolean"


def _between(c: Compiler, node: exp.Between) -> Typed:
    low = c.pair(node.this, node.args["low"])
    high = c.pair(node.this, node.args["high"])
    return (low[0] >= low[1]) & (high[0] <= high[1]), "boolean"


def _like(c: Compiler, node: Any) -> Typed:
    if not isinstance(node.expression, exp.Literal) or not node.expression.is_string:
        raise RefusedError(_("LIKE needs a text in quotes."))
    parts = [{"%": ".*", "_": "."}.get(char, re.escape(char)) for char in str(node.expression.this)]
    flags = "(?is)" if isinstance(node, exp.ILike) else "(?s)"
    found = c.text(node.this).str.contains(f"{flags}^{''.join(parts)}$")
    return ~found if node.args.get("negate") else found, "boolean"


def _regexp(c: Compiler, node: exp.RegexpLike) -> Typed:
    if not isinstance(node.expression, exp.Literal):
        raise RefusedError(_("The pattern must be a text in quotes."))
    pattern = str(node.expression.this)
    problem = pattern_problem(pattern)
    if problem:
        raise RefusedError(problem)
    return c.text(node.this).str.contains(pattern), "boolean"


def _case(c: Compiler, node: exp.Case) -> Typed:
    if node.this is not None:
        raise RefusedError(_("CASE needs conditions: CASE WHEN ... THEN ... END."))
    branches = [(c.boolean(branch.this), branch.args["true"]) for branch in node.args["ifs"]]
    default = node.args.get("default")
    return _chosen(c, branches, default)


def _if(c: Compiler, node: exp.If) -> Typed:
    return _chosen(c, [(c.boolean(node.this), node.args["true"])], node.args.get("false"))


def _chosen(c: Compiler, branches: list[tuple[pl.Expr, Any]], default: Any) -> Typed:
    values = [c.visit(value) for _condition, value in branches]
    last: Typed = c.visit(default) if default is not None else (pl.lit(None), "null")
    kinds: set[Type] = {kind for _made, kind in [*values, last]} - {"null"}
    if len(kinds) > 1:
        raise RefusedError(_("All branches of CASE must give the same kind of value."))
    made = last[0]
    for (condition, _node), (value, _kind) in reversed(list(zip(branches, values, strict=True))):
        made = pl.when(condition).then(value).otherwise(made)
    return made, kinds.pop() if kinds else "null"


def _coalesce(c: Compiler, node: exp.Coalesce) -> Typed:
    parts = [c.visit(item) for item in (node.this, *node.expressions)]
    kinds: set[Type] = {kind for _made, kind in parts} - {"null"}
    if len(kinds) > 1:
        parts = [(c.text(item), "text") for item in (node.this, *node.expressions)]
        kinds = {"text"}
    return pl.coalesce([made for made, _kind in parts]), kinds.pop() if kinds else "null"


def _nullif(c: Compiler, node: exp.Nullif) -> Typed:
    left, right = c.pair(node.this, node.expression)
    made, kind = c.visit(node.this)
    return pl.when((left == right).fill_null(value=False)).then(None).otherwise(made), kind


def _cast(c: Compiler, node: Any) -> Typed:
    target = node.to.this
    if target in exp.DataType.INTEGER_TYPES:
        return c.number(node.this).cast(pl.Float64).round(0).cast(pl.Int64, strict=False), "number"
    if target in exp.DataType.NUMERIC_TYPES:
        return c.number(node.this).cast(pl.Float64), "number"
    if target in exp.DataType.TEXT_TYPES:
        return c.text(node.this), "text"
    if target == exp.DType.DATE:
        made, kind = c.visit(node.this)
        if isinstance(node.this, exp.Literal):
            return pl.lit(_date_literal(str(node.this.this))), "date"
        if kind == "text":
            made = _as_date(made)
        return (made.dt.date() if kind == "datetime" else made), "date"
    raise RefusedError(_("CAST to {what} is not known.").format(what=node.to.sql()))


def _date_part(part: Callable[[pl.Expr], pl.Expr]) -> Callable[[Compiler, Any], Typed]:
    def made(c: Compiler, node: Any) -> Typed:
        value, kind = c.visit(node.this)
        if isinstance(node.this, exp.TsOrDsToDate):
            value, kind = c.visit(node.this.this)
        if kind == "text":
            value = _as_date(value)
        elif kind not in ("date", "datetime", "null"):
            raise RefusedError(_("{what} is not a date.").format(what=node.this.sql()[:80]))
        return part(value.cast(pl.Date) if kind == "null" else value), "number"

    return made


def _substring(c: Compiler, node: exp.Substring) -> Typed:
    start, length = node.args.get("start"), node.args.get("length")
    if not isinstance(start, exp.Literal) or not str(start.this).isdigit() or int(start.this) < 1:
        raise RefusedError(_("SUBSTR counts from 1, in plain numbers."))
    if length is not None and (not isinstance(length, exp.Literal) or not str(length.this).isdigit()):
        raise RefusedError(_("SUBSTR counts from 1, in plain numbers."))
    return c.text(node.this).str.slice(int(start.this) - 1, int(length.this) if length is not None else None), "text"


def _replace(c: Compiler, node: exp.Replace) -> Typed:
    old, new = node.expression, node.args.get("replacement")
    if not isinstance(old, exp.Literal) or not isinstance(new, exp.Literal):
        raise RefusedError(_("REPLACE needs two texts in quotes."))
    return c.text(node.this).str.replace_all(str(old.this), str(new.this), literal=True), "text"


def _round(c: Compiler, node: exp.Round) -> Typed:
    decimals = node.args.get("decimals")
    if decimals is not None and not (isinstance(decimals, exp.Literal) and str(decimals.this).isdigit()):
        raise RefusedError(_("ROUND takes a plain number of decimals."))
    return c.number(node.this).cast(pl.Float64).round(int(decimals.this) if decimals is not None else 0), "number"


def _trim(c: Compiler, node: exp.Trim) -> Typed:
    if node.args.get("expression") is not None or node.args.get("position"):
        raise RefusedError(_("TRIM takes one text."))
    return c.text(node.this).str.strip_chars(), "text"


def _extract(c: Compiler, node: exp.Extract) -> Typed:
    part = str(node.this.name).lower()
    if part not in _PARTS:
        raise RefusedError(_("EXTRACT knows YEAR, MONTH and DAY."))
    return _date_part(_PARTS[part])(c, exp.Year(this=node.expression))


_PARTS: dict[str, Callable[[pl.Expr], pl.Expr]] = {
    "year": lambda e: e.dt.year(),
    "month": lambda e: e.dt.month(),
    "day": lambda e: e.dt.day(),
}

_HANDLERS: dict[type[Any], Callable[[Compiler, Any], Typed]] = {
    exp.Column: _column,
    exp.Literal: _literal,
    exp.Null: lambda _c, _n: (pl.lit(None), "null"),
    exp.Boolean: lambda _c, n: (pl.lit(bool(n.this)), "boolean"),
    exp.Paren: lambda c, n: c.visit(n.this),
    exp.And: lambda c, n: (c.boolean(n.this) & c.boolean(n.expression), "boolean"),
    exp.Or: lambda c, n: (c.boolean(n.this) | c.boolean(n.expression), "boolean"),
    exp.Not: lambda c, n: (~c.boolean(n.this), "boolean"),
    exp.EQ: _comparison(lambda a, b: a == b),
    exp.NEQ: _comparison(lambda a, b: a != b),
    exp.LT: _comparison(lambda a, b: a < b),
    exp.LTE: _comparison(lambda a, b: a <= b),
    exp.GT: _comparison(lambda a, b: a > b),
    exp.GTE: _comparison(lambda a, b: a >= b),
    exp.Add: _arithmetic(lambda a, b: a + b),
    exp.Sub: _arithmetic(lambda a, b: a - b),
    exp.Mul: _arithmetic(lambda a, b: a * b),
    exp.Div: _divide,
    exp.Mod: _modulo,
    exp.Neg: lambda c, n: (-c.number(n.this), "number"),
    exp.Is: _is,
    exp.In: _in,
    exp.Between: _between,
    exp.Like: _like,
    exp.ILike: _like,
    exp.RegexpLike: _regexp,
    exp.Case: _case,
    exp.If: _if,
    exp.DPipe: lambda c, n: (c.text(n.this) + c.text(n.expression), "text"),
    exp.Concat: lambda c, n: (pl.concat_str([c.text(x) for x in n.expressions], ignore_nulls=True), "text"),
    exp.Lower: lambda c, n: (c.text(n.this).str.to_lowercase(), "text"),
    exp.Upper: lambda c, n: (c.text(n.this).str.to_uppercase(), "text"),
    exp.Trim: _trim,
    exp.Length: lambda c, n: (c.text(n.this).str.len_chars(), "number"),
    exp.Substring: _substring,
    exp.Replace: _replace,
    exp.Coalesce: _coalesce,
    exp.Nullif: _nullif,
    exp.Abs: lambda c, n: (c.number(n.this).abs(), "number"),
    exp.Round: _round,
    exp.StartsWith: lambda c, n: (c.text(n.this).str.starts_with(c.text(n.expression)), "boolean"),
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.CurrentDate: lambda c, _n: (pl.lit(c.scope.as_of), "date"),
    exp.Year: _date_part(_PARTS["year"]),
    exp.Month: _date_part(_PARTS["month"]),
    exp.Day: _date_part(_PARTS["day"]),
    exp.Extract: _extract,
}

_ALWAYS_READ = frozenset({"this", "expression", "expressions"})
_READ: dict[type[Any], frozenset[str]] = {
    exp.Column: frozenset({"table"}),
    exp.Literal: frozenset({"is_string"}),
    exp.Between: frozenset({"low", "high"}),
    exp.Like: frozenset({"negate"}),
    exp.ILike: frozenset({"negate"}),
    exp.Case: frozenset({"ifs", "default"}),
    exp.If: frozenset({"true", "false"}),
    exp.Cast: frozenset({"to"}),
    exp.TryCast: frozenset({"to", "safe"}),
    exp.DPipe: frozenset({"safe"}),
    exp.Concat: frozenset({"safe", "coalesce"}),
    exp.Round: frozenset({"decimals"}),
    exp.Substring: frozenset({"start", "length"}),
    exp.Replace: frozenset({"replacement"}),
}
"""The parts of each kind of node that its function reads, beside those that all of them have."""
