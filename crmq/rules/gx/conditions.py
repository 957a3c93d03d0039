"""Conditions as Great Expectations knows them: an OR of ANDs of comparisons of a column with a constant.

Conditions are kept as plain data here, so that packs can be looked at without loading GX. Only what means the same on
every backend is translated: texts compared for equality, lists, and being filled. Unknown (null) counts as false, as
everywhere in crmq; so that pandas agrees, where null differs from everything, a negative comparison also asks for a
value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from crmq.rules.references import raw_header

if TYPE_CHECKING:
    from crmq.rules.expression import Expression

Operator = Literal["==", "!=", "IN", "NOT_IN", "null", "filled"]

MAX_LEAVES = 100
"""GX refuses row conditions with more comparisons."""


@dataclass(frozen=True)
class Leaf:
    """One comparison: a column (as rules name it), an operator, and what it is compared with."""

    column: str
    operator: Operator
    value: Any = None

    def opposite(self) -> tuple[Leaf, ...]:
        """Return what is true exactly where this one is false (neither is true where it is unknown)."""
        other: dict[Operator, Operator] = {
            "==": "!=", "!=": "==", "IN": "NOT_IN", "NOT_IN": "IN", "null": "filled", "filled": "null",
        }  # fmt: skip
        return (Leaf(self.column, other[self.operator], self.value),)


Rows = tuple[tuple[Leaf, ...], ...]
"""Some rows: they meet all leaves of one of the alternatives."""

ALL_ROWS: Rows = ((),)


def both(one: Rows, other: Rows) -> Rows:
    """Return the rows that belong to both."""
    return tuple((*a, *b) for a in one for b in other)


def of_expression(expression: Expression, types: Mapping[str, Any] | None) -> Rows | None:
    """Return the rows that meet a condition, or None when GX cannot say it.

    Args:
        expression: The condition.
        types: Polars types of the columns; None: all are text.
    """
    try:
        rows = _visit(expression.tree, types, wanted=True)
    except _BeyondError:
        return None
    return rows if sum(len(part) for part in rows) <= MAX_LEAVES else None


def as_data(rows: Rows, names: Mapping[str, str] | None = None) -> dict[str, Any] | None:
    """Return rows as GX writes a row condition (None: all rows).

    Args:
        rows: The rows.
        names: What columns are called in the table, where they have another name there.
    """
    parts = [[leaf for made in part for leaf in _leaf_data(made, names or {})] for part in rows]
    if any(not part for part in parts):
        return None
    made = [part[0] if len(part) == 1 else {"type": "and", "conditions": part} for part in parts]
    return made[0] if len(made) == 1 else {"type": "or", "conditions": made}


def _leaf_data(leaf: Leaf, names: Mapping[str, str]) -> list[dict[str, Any]]:
    name = names.get(leaf.column, raw_header(leaf.column) or leaf.column)
    column = {"name": name}
    filled = {"type": "nullity", "column": column, "is_null": False}
    if leaf.operator in ("null", "filled"):
        return [{**filled, "is_null": leaf.operator == "null"}]
    value = list(leaf.value) if leaf.operator in ("IN", "NOT_IN") else leaf.value
    made = {"type": "comparison", "column": column, "operator": leaf.operator, "parameter": value}
    return [filled, made] if leaf.operator in ("!=", "NOT_IN") else [made]


def of_data(data: Any) -> str | None:
    """Return a row condition of GX as an expression of crmq on columns of the source, or None when it has none."""
    if not isinstance(data, Mapping):
        return None
    kind = data.get("type")
    if kind in ("and", "or"):
        parts = [of_data(part) for part in data.get("conditions", [])]
        if not parts or any(part is None for part in parts):
            return None
        return f" {kind.upper()} ".join(f"({part})" for part in parts)
    name = str(data.get("column", {}).get("name", ""))
    column = 'raw."' + name.replace('"', '""') + '"'
    if kind == "nullity":
        return f"{column} IS NULL" if data.get("is_null") else f"{column} IS NOT NULL"
    if kind != "comparison":
        return None
    operator, value = data.get("operator"), data.get("parameter")
    if operator in ("IN", "NOT_IN"):
        items = [_literal(item) for item in value] if isinstance(value, Sequence) and value else [None]
        if any(item is None for item in items):
            return None
        listed = ", ".join(str(item) for item in items)
        return f"{column} {'NOT IN' if operator == 'NOT_IN' else 'IN'} ({listed})"
    signs = {"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
    said = _literal(value)
    return f"{column} {signs[operator]} {said}" if operator in signs and said is not None else None


def _literal(value: Any) -> str | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return repr(value) if isinstance(value, (int, float)) else None


class _BeyondError(Exception):
    """GX cannot say it."""


def _visit(node: Any, types: Mapping[str, Any] | None, *, wanted: bool) -> Rows:
    """Return the rows where a condition is true (or false, where that is ``wanted``)."""
    from sqlglot import exp

    if isinstance(node, exp.Paren):
        return _visit(node.this, types, wanted=wanted)
    if isinstance(node, exp.Not):
        return _visit(node.this, types, wanted=not wanted)
    if isinstance(node, (exp.And, exp.Or)):
        left = _visit(node.this, types, wanted=wanted)
        right = _visit(node.expression, types, wanted=wanted)
        return both(left, right) if isinstance(node, exp.And) is wanted else (*left, *right)
    leaf = _leaf(node, types)
    return ((leaf,),) if wanted else (leaf.opposite(),)


def _leaf(node: Any, types: Mapping[str, Any] | None) -> Leaf:
    from sqlglot import exp

    if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
        return Leaf(_column(node.this, types, text=False), "null")
    if isinstance(node, (exp.EQ, exp.NEQ)):
        sides = (node.this, node.expression)
        column, value = sides if isinstance(sides[0], exp.Column) else sides[::-1]
        return Leaf(_column(column, types), "==" if isinstance(node, exp.EQ) else "!=", _text(value))
    if isinstance(node, exp.In) and node.expressions and node.args.get("query") is None:
        return Leaf(_column(node.this, types), "IN", tuple(_text(item) for item in node.expressions))
    raise _BeyondError


def _column(node: Any, types: Mapping[str, Any] | None, *, text: bool = True) -> str:
    from sqlglot import exp

    from crmq.rules.transpile import reference

    if not isinstance(node, exp.Column):
        raise _BeyondError
    name = reference(node)
    if text and types is not None and types.get(name) not in (pl.String, pl.Enum, pl.Categorical):
        raise _BeyondError
    return name


def _text(node: Any) -> str:
    from sqlglot import exp

    if not isinstance(node, exp.Literal) or not node.is_string:
        raise _BeyondError
    return str(node.this)
