"""Packs as ExpectationSuites of GX 1.x, and suites as packs.

A suite is about one table, so a pack becomes one suite per table that its rules look at. Every expectation carries the
rule it comes from; read back, an unchanged one gives that rule again, a changed one is read for what it now says. What
crmq has no kind for becomes a rule of the kind ``gx``, which hands it to GX as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from crmq import declarative
from crmq.errors import ConfigError
from crmq.locales import _
from crmq.rules import pack as packs
from crmq.rules.gx import translation
from crmq.rules.gx.conditions import of_data
from crmq.rules.gx.counterparts import EVERYWHERE, Backend, Counterpart
from crmq.rules.pack import Pack, Rule
from crmq.rules.references import pattern_problem

META = "crmq"
_SEVERITIES = {name: ours for ours, name in translation.SEVERITY.items()}
_ENTITY_TABLES = frozenset(("records", "contact_points", "identifiers", "relationships", "consents"))


# ---------------------------------------------------------------------- export


def export(pack: Pack, backend: Backend | None = None) -> list[dict[str, Any]]:
    """Return a pack as suites, one per table, each as GX writes it.

    Args:
        pack: The pack.
        backend: Where the suites will run: rules for which GX has an equal expectation there become one. None: only
            those that are equal everywhere.

    Raises:
        ConfigError: GX cannot be loaded.
    """
    tables = list(dict.fromkeys(rule.table for rule in pack.rules))
    return [_suite(pack, table, [r for r in pack.rules if r.table == table], backend) for table in tables]


def _suite(pack: Pack, table: str, rules: Sequence[Rule], backend: Backend | None) -> dict[str, Any]:
    from crmq.rules.gx import loading

    gx = loading.load()
    from great_expectations import __version__
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    made = []
    for rule in rules:
        for number, one in enumerate(expectations(rule, backend)):
            meta: dict[str, Any] = {"pack": pack.id, "rule": rule.id, "for": backend}
            if number == 0:
                meta["written"] = translation.as_written(rule)
            made.append(ExpectationConfiguration(**one, meta={META: meta}).to_domain_obj())
    about = {
        "pack": pack.id,
        "version": pack.version,
        "title": pack.title.model_dump(exclude_none=True),
        "table": table,
    }
    if pack.examples_as_of is not None:
        about["examples_as_of"] = pack.examples_as_of.isoformat()
    suite = gx.ExpectationSuite(
        name=f"{pack.id}.{table}",
        expectations=made,
        meta={META: about, "great_expectations_version": __version__},
        notes=pack.title.here(),
    )
    written: dict[str, Any] = json.loads(json.dumps(suite.to_json_dict()))
    return written


def expectations(rule: Rule, backend: Backend | None) -> list[dict[str, Any]]:
    """Return the expectations that stand for a rule, as plain data: type, kwargs, notes, severity."""
    common = {"notes": f"{rule.id}: {rule.title}", "severity": translation.SEVERITY[rule.entry.severity]}
    own = {"type": translation.OWN, "kwargs": translation.own_arguments(rule, None), **common}
    applies = rule.applies_to
    if applies.objects or applies.sources or applies.systems or applies.files:
        return [own]  # these name what crmq knows of a table, not columns that GX could look at
    rows = translation.scope(rule, _types(rule), entities=rule.table in _ENTITY_TABLES)
    found = _equal(rule, backend)
    if found is None or rows is None:
        return [own]
    return [{"type": one.type, "kwargs": translation.arguments(one, rule, rows, {}, {}), **common} for one in found]


def _equal(rule: Rule, backend: Backend | None) -> list[Counterpart] | None:
    wanted: Iterable[Backend] = EVERYWHERE if backend is None else (backend,)
    found = None
    for one in wanted:
        about = translation.about_table(rule, one)
        found = [about] if about is not None else translation.counterparts(rule, rule.fields, one)
        if found is None:
            return None
    return found


def _types(rule: Rule) -> Mapping[str, Any] | None:
    from crmq.model.tables import RECORDS, SCHEMAS

    return None if rule.table == "raw" else {**RECORDS, **SCHEMAS[rule.table]}


# ---------------------------------------------------------------------- import


def read(path: Path) -> list[dict[str, Any]]:
    """Read suites from a JSON file: one, or a list of them.

    Raises:
        ConfigError: The file cannot be read or holds no suite of GX 1.x.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(_("The file does not exist."), where=str(path)) from None
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise ConfigError(
            _("The file cannot be read: {reason}.").format(reason=type(error).__name__), where=str(path)
        ) from None
    suites = data if isinstance(data, list) else [data]
    for suite in suites:
        listed = suite.get("expectations") if isinstance(suite, dict) else None
        if not isinstance(listed, list) or not all(_is_expectation(item) for item in listed):
            hint = _("Suites of GX 1.x have a name, and expectations with type and kwargs.")
            raise ConfigError(_("This is no ExpectationSuite."), where=str(path), hint=hint)
    return suites


def _is_expectation(item: Any) -> bool:
    return isinstance(item, dict) and isinstance(item.get("type"), str) and isinstance(item.get("kwargs", {}), dict)


def to_pack(suites: Sequence[Mapping[str, Any]], where: str) -> dict[str, Any]:
    """Return suites as one pack, as plain data that :mod:`crmq.rules.pack` accepts.

    Args:
        suites: As :func:`read` gives them.
        where: The file, for messages.

    Raises:
        ConfigError: A rule that an expectation carries is wrong.
    """
    about: dict[str, Any] = next((s["meta"][META] for s in suites if META in (s.get("meta") or {})), {})
    name = str(about.get("pack") or _slug(str(suites[0].get("name") or "gx")))
    rules: list[dict[str, Any]] = []
    for suite in suites:
        for group in _groups(suite.get("expectations", [])):
            written = _unchanged(group, name)
            if written is not None:
                rules.append(written)
            else:
                rules.extend(_foreign(item, name, len(rules) + offset) for offset, item in enumerate(group, start=1))
    if not rules:
        raise ConfigError(_("The suite holds no expectation."), where=where)
    title = about.get("title") or {"en": str(suites[0].get("name") or name)}
    out: dict[str, Any] = {"pack": name, "version": about.get("version", 1), "title": title}
    if "examples_as_of" in about:
        out["examples_as_of"] = about["examples_as_of"]
    out["rules"] = _told_apart(rules)
    packs.build(declarative.parse(declarative.dump(out), where))
    return out


def _groups(listed: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Return the expectations with those together that come from one rule."""
    out: dict[str, list[Mapping[str, Any]]] = {}
    for number, item in enumerate(listed):
        rule = ((item.get("meta") or {}).get(META) or {}).get("rule")
        out.setdefault(str(rule) if rule else f"#{number}", []).append(item)
    return list(out.values())


def _unchanged(group: Sequence[Mapping[str, Any]], pack: str) -> dict[str, Any] | None:
    """Return the rule that expectations were made from, when they still say the same."""
    from crmq.rules.gx.standalone import rule_of

    first = group[0]
    written = next((m["written"] for m in _metas(group) if isinstance(m.get("written"), dict)), None)
    if written is None:
        return dict(first["kwargs"]["rule"]) if first["type"] == translation.OWN and "rule" in first["kwargs"] else None
    rule = rule_of(pack, written)
    backend = _metas(group)[0].get("for")
    made = json.loads(json.dumps(expectations(rule, backend)))
    if sorted(_essence(item) for item in made) != sorted(_essence(item) for item in group):
        return dict(first["kwargs"]["rule"]) if first["type"] == translation.OWN and "rule" in first["kwargs"] else None
    return dict(written)


def _metas(group: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [(item.get("meta") or {}).get(META) or {} for item in group]


def _essence(item: Mapping[str, Any]) -> str:
    """Return what an expectation asks, as text to compare: without texts for people, and what has no value."""
    kwargs = {key: value for key, value in item["kwargs"].items() if value is not None and key != "batch_id"}
    if item["type"] == translation.OWN:
        kwargs.pop("as_of", None)
    return json.dumps([item["type"], kwargs, item.get("severity", "critical")], sort_keys=True)


def _told_apart(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rules with ids and names that stand once."""
    taken: set[str] = set()
    for rule in rules:
        for key, pattern in (("id", r"^(.*?-)(\d{3})$"), ("name", r"^(.*?)(\d*)$")):
            while rule[key] in taken:
                match = re.match(pattern, rule[key])
                assert match is not None
                number = int(match.group(2) or 1) + 1
                rule[key] = f"{match.group(1)}{number:03d}" if key == "id" else f"{match.group(1)}{number}"
            taken.add(rule[key])
    return rules


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9_]+", "-", text.lower()).strip("-_") or "gx"


def _foreign(item: Mapping[str, Any], pack: str, number: int) -> dict[str, Any]:
    """Return the rule that an expectation of a client's own stands for."""
    kwargs = {
        k: v for k, v in item.get("kwargs", {}).items() if v is not None and k not in ("batch_id", "result_format")
    }
    kind, body = _kind_of(str(item["type"]), kwargs)
    prefix = re.sub(r"[^A-Z0-9]+", "-", pack.upper()).strip("-")
    prefix = prefix if prefix[:1].isalpha() else f"GX-{prefix}"
    columns = [str(kwargs[key]) for key in ("column", "column_A", "column_B") if key in kwargs]
    columns += [str(name) for name in kwargs.get("column_list", [])]
    notes = item.get("notes")
    notes = " ".join(notes) if isinstance(notes, list) else notes
    spoken = str(item["type"]).removeprefix("expect_").replace("_", " ")
    rule: dict[str, Any] = {
        "id": f"{prefix}-{number:03d}",
        "name": f"{re.sub(r'[^a-z0-9_]+', '_', pack)}.{kind}_{number}",
        "kind": kind,
        **body,
        "applies_to": {"table": "raw"},
        "severity": _SEVERITIES.get(str(item.get("severity", "critical")), "error"),
        "dimension": _DIMENSIONS.get(kind, "validity"),
        "message": str(notes) if notes else f"{', '.join(columns)}: {spoken}".removeprefix(": "),
    }
    mostly = kwargs.get("mostly")
    if isinstance(mostly, (int, float)) and mostly < 1:
        rule["limits"] = {"max_share": round(1 - mostly, 12)}
    return rule


_DIMENSIONS = {
    "not_null": "completeness", "unique": "uniqueness", "unique_together": "uniqueness", "row_count": "completeness",
}  # fmt: skip


def _kind_of(kind: str, kwargs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the kind of check and its part of the rule; the kind ``gx`` for what no other says exactly."""
    condition = kwargs.get("row_condition")
    when = of_data(condition) if condition is not None else None
    made = _KNOWN[kind](kwargs) if kind in _KNOWN and (condition is None or when is not None) else None
    if made is None:
        rest = {name: value for name, value in kwargs.items() if name != "mostly"}
        return "gx", {"params": {"expectation": kind, "kwargs": rest}}
    name, body, used = made
    if set(kwargs) - used - {"row_condition", "condition_parser", "mostly"}:
        rest = {name: value for name, value in kwargs.items() if name != "mostly"}
        return "gx", {"params": {"expectation": kind, "kwargs": rest}}
    return name, {**body, **({"when": when} if when is not None else {})}


_Made = tuple[str, dict[str, Any], set[str]] | None


def _one_field(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    return {"field": str(kwargs["column"])}


def _set(*, refuse: bool) -> Any:
    def made(kwargs: Mapping[str, Any]) -> _Made:
        values = kwargs.get("value_set")
        if not isinstance(values, list) or not values or not all(type(v) in (str, int) for v in values):
            return None
        params: dict[str, Any] = {"values": [str(value) for value in values]}
        return "in_set", {**_one_field(kwargs), "params": {**params, **_if(refuse=refuse)}}, {"column", "value_set"}

    return made


def _pattern(*, refuse: bool) -> Any:
    def made(kwargs: Mapping[str, Any]) -> _Made:
        pattern = kwargs.get("regex")
        if not isinstance(pattern, str) or pattern_problem(pattern) is not None:
            return None
        params: dict[str, Any] = {"pattern": pattern, "whole": False, **_if(refuse=refuse)}
        return "regex", {**_one_field(kwargs), "params": params}, {"column", "regex"}

    return made


def _if(*, refuse: bool) -> dict[str, bool]:
    return {"refuse": True} if refuse else {}


def _limits(kwargs: Mapping[str, Any], *, whole: bool) -> dict[str, Any] | None:
    """Return ``min`` and ``max``; strict limits of whole numbers become the next one, of others ``exclusive``."""
    out: dict[str, Any] = {}
    strict = {end: bool(kwargs.get(f"strict_{end}")) for end in ("min", "max")}
    for end, step in (("min", 1), ("max", -1)):
        value = kwargs.get(f"{end}_value")
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
            return None
        out[end] = value + step if whole and strict[end] else value
    if not out:
        return None
    if not whole and any(strict[end] for end in out):
        if not all(strict[end] for end in out):
            return None
        out["exclusive"] = True
    return out


_BETWEEN = {"min_value", "max_value", "strict_min", "strict_max"}


def _lengths(kwargs: Mapping[str, Any]) -> _Made:
    params = _limits(kwargs, whole=True)
    return None if params is None else ("length", {**_one_field(kwargs), "params": params}, {"column", *_BETWEEN})


def _length(kwargs: Mapping[str, Any]) -> _Made:
    value = kwargs.get("value")
    params = {"min": value, "max": value}
    return ("length", {**_one_field(kwargs), "params": params}, {"column", "value"}) if isinstance(value, int) else None


def _between(kwargs: Mapping[str, Any]) -> _Made:
    params = _limits(kwargs, whole=False)
    return None if params is None else ("range", {**_one_field(kwargs), "params": params}, {"column", *_BETWEEN})


def _together(kwargs: Mapping[str, Any]) -> _Made:
    if kwargs.get("ignore_row_if", "all_values_are_missing") != "all_values_are_missing":
        return None
    fields = [str(name) for name in kwargs.get("column_list", [])]
    return ("unique_together", {"fields": fields}, {"column_list", "ignore_row_if"}) if len(fields) > 1 else None


def _rows(kwargs: Mapping[str, Any]) -> _Made:
    params = _limits(kwargs, whole=True)
    return None if params is None or "row_condition" in kwargs else ("row_count", {"params": params}, set(_BETWEEN))


def _exact_rows(kwargs: Mapping[str, Any]) -> _Made:
    value = kwargs.get("value")
    if not isinstance(value, int) or "row_condition" in kwargs:
        return None
    return "row_count", {"params": {"min": value, "max": value}}, {"value"}


_KNOWN: dict[str, Any] = {
    "expect_column_values_to_not_be_null": lambda kwargs: ("not_null", _one_field(kwargs), {"column"}),
    "expect_column_values_to_be_in_set": _set(refuse=False),
    "expect_column_values_to_not_be_in_set": _set(refuse=True),
    "expect_column_values_to_match_regex": _pattern(refuse=False),
    "expect_column_values_to_not_match_regex": _pattern(refuse=True),
    "expect_column_value_lengths_to_be_between": _lengths,
    "expect_column_value_lengths_to_equal": _length,
    "expect_column_values_to_be_between": _between,
    "expect_column_values_to_be_unique": lambda kwargs: ("unique", _one_field(kwargs), {"column"}),
    "expect_compound_columns_to_be_unique": _together,
    "expect_table_row_count_to_be_between": _rows,
    "expect_table_row_count_to_equal": _exact_rows,
}
"""Expectations of GX that a kind of check says exactly, and what becomes of their arguments."""
