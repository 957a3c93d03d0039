"""Rules as expectations: GX's own where one is equal, crmq's where none is.

A rule becomes GX's own expectations only as a whole: when each of its checks has a counterpart on the backend, GX can
say which rows it is about, and its limits mean the same there (a share for a rule on one field; GX has no limit by
count, and none over several columns).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crmq import registry
from crmq.rules.gx.conditions import ALL_ROWS, Leaf, Rows, as_data, both, of_expression
from crmq.rules.gx.counterparts import Backend, Counterpart
from crmq.rules.gx.names import GROUP
from crmq.rules.pack import ALL_COLUMNS, KINDS_GROUP, KINDS_PACKAGE, Rule, Severity
from crmq.rules.references import raw_header

SEVERITY: Mapping[Severity, str] = {"error": "critical", "warning": "warning", "info": "info"}
"""What GX calls the severities."""

OWN = "expect_crmq_rule_to_hold"
"""The expectation that crmq ships."""


def counterparts(rule: Rule, fields: Sequence[str], backend: Backend) -> list[Counterpart] | None:
    """Return the counterpart of each check of a rule, or None when GX has none that is equal.

    Args:
        rule: The rule.
        fields: The field of each check, as the rule names it.
        backend: Where it is to run.
    """
    kind: Any = registry.load(KINDS_PACKAGE, rule.entry.kind, KINDS_GROUP)
    say = getattr(kind, "counterpart", None)
    limits = rule.entry.limits
    if say is None or limits.max_count is not None or (limits.max_share is not None and len(fields) > 1):
        return None
    if ALL_COLUMNS in fields or not fields:
        return None
    made = [say(name, rule, rule.params) for name in fields]
    return made if all(one is not None and backend in one.backends for one in made) else None


def about_table(rule: Rule, backend: Backend) -> Counterpart | None:
    """Return the counterpart of a rule about a table as a whole, or None."""
    kind: Any = registry.load(KINDS_PACKAGE, rule.entry.kind, KINDS_GROUP)
    say = getattr(kind, "counterpart", None)
    limits = rule.entry.limits
    if say is None or rule.fields or rule.condition is not None or limits.max_count is not None or limits.max_share:
        return None
    made: Counterpart | None = say(None, rule, rule.params)
    return made if made is not None and backend in made.backends else None


def scope(rule: Rule, types: Mapping[str, Any] | None, *, entities: bool) -> Rows | None:
    """Return the rows that a rule is about, or None when GX cannot say it.

    Args:
        rule: The rule.
        types: Polars types of the columns (None: unknown, all are taken for text).
        entities: Whether the table has the column ``entity``.
    """
    rows: Rows = ALL_ROWS
    if rule.applies_to.entity is not None and entities:
        rows = ((Leaf("entity", "==", rule.applies_to.entity),),)
    if rule.condition is not None:
        meant = of_expression(rule.condition, types)
        return None if meant is None else both(rows, meant)
    return rows


def in_groups(rows: Rows, groups: Sequence[int], of: int) -> Rows:
    """Return those of the rows that belong to some of the groups of a view."""
    return rows if len(groups) == of else both(rows, ((Leaf(GROUP, "IN", tuple(groups)),),))


def arguments(
    one: Counterpart, rule: Rule, rows: Rows, names: Mapping[str, str], texts: Mapping[str, str]
) -> dict[str, Any]:
    """Return the arguments of an expectation of GX.

    Args:
        one: The counterpart.
        rule: Its rule.
        rows: The rows that it is about.
        names: What columns are called in the batch; a column that is not there is called as in the rule.
        texts: The same for columns without blanks around their values.
    """
    out = dict(one.kwargs)
    columns = [texts.get(bare(name), bare(name)) for name in one.columns]
    if len(columns) == 1:
        out["column"] = columns[0]
    elif columns:
        out["column_list"] = columns
    condition = as_data(both(rows, (one.where,)), _as_written(names))
    if condition is not None and columns:
        out["row_condition"] = condition
    share = rule.entry.limits.max_share
    if share is not None and columns:
        out["mostly"] = 1 - share
    return out


def own_arguments(rule: Rule, as_of: str | None) -> dict[str, Any]:
    """Return the arguments of crmq's own expectation for a rule."""
    out: dict[str, Any] = {"rule": essence(rule), "pack": rule.pack, "holds": rule.table}
    return {**out, "as_of": as_of} if as_of else out


def essence(rule: Rule) -> dict[str, Any]:
    """Return what a rule needs to be evaluated and named; texts for people and examples stay in the pack."""
    whole = as_written(rule)
    return {name: value for name, value in whole.items() if name not in ("examples", "remediation", "aliases")}


def as_written(rule: Rule) -> dict[str, Any]:
    """Return a rule as a pack writes it, with the restrictions of its pack and its table."""
    out = rule.entry.model_dump(mode="json", exclude_unset=True, by_alias=True)
    applies = rule.applies_to.model_dump(mode="json", exclude_defaults=True)
    out["applies_to"] = {**applies, "table": rule.table}
    if not out.get("params"):
        out.pop("params", None)
    return out


def bare(name: str) -> str:
    """Return the header that ``raw."Header"`` names, or the name of a field as it is."""
    return raw_header(name) or name


def _as_written(names: Mapping[str, str]) -> dict[str, str]:
    """Return names for columns both as fields and as ``raw."Header"``."""
    from crmq.rules.references import raw_ref

    return {**names, **{raw_ref(name): here for name, here in names.items()}, GROUP: GROUP}
