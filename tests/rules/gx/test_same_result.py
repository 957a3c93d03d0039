"""The same result per rule through Great Expectations as by crmq's own engine, wherever the tables stand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import polars as pl
import pytest

from crmq.pipeline.pack_examples import _standardise
from crmq.rules import engine, examples, pack
from crmq.rules.result import RuleResult
from crmq.rules.views import Context

BACKENDS = ("pandas", "sqlite", "postgresql", "mysql")
AS_OF = date(2026, 11, 22)
RUN = engine.run


def told(result: RuleResult) -> tuple[Any, ...]:
    """Return everything that a rule's result says, findings aside."""
    return (
        result.rule.id, result.status, result.reason, result.evaluated, result.failed, result.groups, result.absent,
        result.fields,
    )  # fmt: skip


def assert_same(ours: list[RuleResult], theirs: list[RuleResult]) -> None:
    for one, other in zip(ours, theirs, strict=True):
        assert told(one) == told(other)
        assert one.findings().equals(other.findings()), one.rule.id


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", pack.shipped())
def test_all_packs_and_their_examples(
    name: str, backend: str, evaluator: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = pack.find(name)
    when = one.examples_as_of or AS_OF
    gx = evaluator(backend, when)
    compared: list[str] = []

    def twice(rules: Any, context: Context, advance: Any) -> list[RuleResult]:
        ours = RUN(rules, context, advance)
        theirs = RUN(rules, context, advance, gx)
        assert_same(ours, theirs)
        compared.extend(result.rule.id for result in theirs if result.status != "not_evaluated")
        return theirs

    monkeypatch.setattr(examples.engine, "run", twice)
    outcomes = examples.run(one, partial(_standardise, when), when)
    assert all(outcome.as_promised for outcome in outcomes)
    assert {outcome.rule for outcome in outcomes} <= set(compared)
    assert gx.natives | gx.owned >= set(compared)


CELLS = [
    "a", "A", "á", " a ", "  ", None, "a", "10", "-3", "+7", "1.5", "a\nb", "quo'te", 'dou"ble', "100%", ":x",
    "{batch}", "\0", "a\0b", "ab", "日本語", "e\u0301", "\u00a0nbsp\u00a0", "\\d", "ß", "x" * 300, "NULL", "None",
    "nan", "a", "١٢",
]  # fmt: skip
RULES = """
pack: hard
title: Hard
applies_to: {table: raw}
rules:
"""
BODIES = {
    "filled": "kind: not_null, field: v",
    "length": "kind: length, field: v, params: {min: 1, max: 3}",
    "shortest": "kind: length, field: v, params: {min: 2}",
    "listed": "kind: in_set, field: v, params: {values: [a, '10', ab, 'quo''te', '100%']}",
    "refused": "kind: in_set, field: v, params: {values: [a, ':x', '{batch}'], refuse: true}",
    "folded": "kind: in_set, field: v, params: {values: [a], fold: true}",
    "pattern": "kind: regex, field: v, params: {pattern: '[a-z0-9]+'}",
    "digits": "kind: regex, field: v, params: {pattern: '\\\\d+', refuse: true}",
    "part": "kind: regex, field: v, params: {pattern: '^a|%$', whole: false}",
    "caseless": "kind: regex, field: v, params: {pattern: 'a+', ignore_case: true}",
    "whole": "kind: type, field: v, params: {is: integer}",
    "unique": "kind: unique, field: v",
    "some_unique": "kind: unique, field: v, when: 'k IN (''x'', ''y'')'",
    "rows": "kind: row_count, params: {min: 1, max: 3}",
    "when_not": "kind: not_null, field: v, when: k <> 'x'",
    "when_null": "kind: not_null, field: v, when: 'k IS NULL OR (k = ''x'' AND NOT (v IN (''a'', ''10'')))'",
    "when_like": "kind: not_null, field: v, when: k LIKE 'x%'",
    "share": "kind: not_null, field: v, limits: {max_share: 0.5}",
    "count": "kind: not_null, field: v, limits: {max_count: 1}",
    "both": "kind: not_null, fields: [v, k], limits: {max_share: 0.2}",
    "any": "kind: any_present, fields: [v, k]",
    "range": "kind: range, field: v, params: {min: 0, max: 9}",
    "damaged": "kind: text_damage, fields: ['*'], params: {kinds: [control_character]}",
    "repeated": "kind: unique_together, fields: ['*']",
    "absent": "kind: not_null, field: Nowhere",
    "odd header": "kind: not_null, field: 'Año: \"%s\" {x}'",
}


def hard_rules() -> pack.Pack:
    from crmq import declarative

    text = RULES
    for number, (name, body) in enumerate(BODIES.items(), start=1):
        text += f"  - {{id: HARD-{number:03d}, name: hard.r{number}, dimension: validity, message: {name}, {body}}}\n"
    return pack.build(declarative.parse(text, "hard.yaml"))


@pytest.mark.parametrize("backend", BACKENDS)
def test_hard_values(backend: str, evaluator: Callable[..., Any], made: Any) -> None:
    from crmq.model.tables import Tables

    keys = [("x", "y", None, "x ", "z")[i % 5] for i in range(len(CELLS))]
    odd = [cell if i % 3 else None for i, cell in enumerate(CELLS)]
    table = made.raw_table({"v": CELLS, "k": keys, 'Año: "%s" {x}': odd, "K": keys})
    context = Context(Tables(), [table], AS_OF)
    rules = [(rule, True) for rule in hard_rules().rules]
    gx = evaluator(backend, AS_OF)
    ours, theirs = RUN(rules, context, lambda _n: None), RUN(rules, context, lambda _n: None, gx)
    assert_same(ours, theirs)
    titles = {result.rule.id: result.rule.title for result in ours}
    natives = {titles[rule] for rule in gx.natives}
    assert {"filled", "listed", "refused", "rows", "when_not", "when_null", "share", "unique"} <= natives
    assert not natives & {"folded", "caseless", "when_like", "count", "both", "any", "range", "damaged", "repeated"}


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_table_without_rows(backend: str, evaluator: Callable[..., Any], made: Any) -> None:
    from crmq.model.tables import Tables

    context = Context(Tables(), [made.raw_table({"v": [], "k": []})], AS_OF)
    rules = [(rule, True) for rule in hard_rules().rules]
    ours = RUN(rules, context, lambda _n: None)
    assert_same(ours, RUN(rules, context, lambda _n: None, evaluator(backend, AS_OF)))
    assert {r.status for r in ours if r.rule.title == "rows"} == {"fail"}


@pytest.mark.parametrize("backend", BACKENDS)
def test_totals_of_standardised_rows(backend: str, evaluator: Callable[..., Any], made: Any) -> None:
    from crmq.model.facts import ORDERS
    from crmq.model.tables import Tables, conform

    rows = [("erp", "1", "10.10"), ("erp", "2", "0.20"), ("shop", "3", "10.30"), ("shop", "4", "n/a")]
    frame = pl.DataFrame(rows, schema=["source", "record_id", "total"], orient="row")
    tables = Tables({"orders": conform(frame.with_columns(object=pl.lit("order")), ORDERS)})
    applies = {"table": "orders"}
    total = made.one_rule("control_total", field="total", params={"total": "10.30"}, applies_to=applies)
    count = made.one_rule("row_count", params={"min": 2}, when="total <> 'n/a'", applies_to=applies)
    context = Context(tables, [], AS_OF)
    for one in (total, count):
        rules = [(rule, True) for rule in one.rules]
        ours = RUN(rules, context, lambda _n: None)
        assert [(r.status, r.evaluated, r.failed) for r in ours] == [("fail", 2, 1)]
        assert_same(ours, RUN(rules, context, lambda _n: None, evaluator(backend, AS_OF)))


@pytest.mark.parametrize("backend", BACKENDS)
def test_groups_are_counted_apart(backend: str, evaluator: Callable[..., Any], made: Any) -> None:
    """Several sources in one table: what a source does not have is not counted there."""
    from crmq.model.tables import Tables

    rows = [
        {"source": s, "object": "contact", "record_id": str(i), "entity": "person", "city": c, "email": e}
        for s, i, c, e in [
            ("a", 1, "Lima", None), ("a", 2, None, None), ("b", 1, "Quito", "x@y.es"), ("b", 2, None, "x@y.es"),
        ]
    ]  # fmt: skip
    tables = Tables({"records": made.standardised("records", rows)})
    text = RULES.replace("{table: raw}", "{entity: person}")
    text += "  - {id: H-001, name: h.r1, dimension: validity, message: m, kind: not_null, fields: [city, email]}\n"
    text += "  - {id: H-002, name: h.r2, dimension: validity, message: m, kind: unique, field: email}\n"
    text += (
        "  - {id: H-003, name: h.r3, dimension: validity, message: m, kind: not_null, field: city,"
        " applies_to: {sources: [b]}}\n"
    )
    from crmq import declarative

    one = pack.build(declarative.parse(text, "h.yaml"))
    context = Context(tables, [], AS_OF)
    rules = [(rule, True) for rule in one.rules]
    gx = evaluator(backend, AS_OF)
    ours, theirs = RUN(rules, context, lambda _n: None), RUN(rules, context, lambda _n: None, gx)
    assert_same(ours, theirs)
    assert [(g.group.source, g.evaluated, g.failed) for g in theirs[0].groups] == [("a", 2, 1), ("b", 4, 1)]
    assert "H-001" in gx.natives


def test_an_error_in_the_database_leaves_no_tables(place: Callable[[str], str | None], made: Any) -> None:
    import sqlalchemy

    from crmq.rules.gx import loading, stores

    url = place("sqlite")
    store = stores.of(url, loading.context())
    from crmq.model.tables import Tables
    from crmq.rules import views

    table = made.raw_table({"v": ["a"]})
    store.batch(views.raw(Context(Tables(), [table], AS_OF), table), "v")
    engine_ = sqlalchemy.create_engine(str(url))
    assert sqlalchemy.inspect(engine_).get_table_names()
    store.close()
    assert not sqlalchemy.inspect(engine_).get_table_names()


def test_names_in_a_batch_are_plain_and_told_apart() -> None:
    from crmq.rules.gx import stores

    names = stores.batch_names(["a", "A", "Año", "ano", "1st", "x" * 80, "", "crmq_row", "日本"])
    assert names["a"] == "a" and names["ano"] == "ano"
    assert len(set(names.values())) == len(names)
    assert all(name.isascii() and name.isidentifier() and len(name) < 60 for name in names.values())


def test_padded_columns_are_found() -> None:
    from crmq.rules.gx import stores

    assert stores.padded(pl.DataFrame({"a": ["x"], "b": [" x"], "c": [" "], "d": [None]})) == ["b", "c"]
