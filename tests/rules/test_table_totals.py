"""Kinds that state one fact about a table: control total and distribution."""

from __future__ import annotations

import polars as pl
import pytest

from crmq.model.facts import ORDERS
from crmq.model.tables import Tables, conform


@pytest.mark.parametrize(
    ("cells", "params", "passes"),
    [
        (["10.10", "0.20", None], {"total": "10.30"}, True),
        (["10.10", "0.20"], {"total": "10.31"}, False),
        (["10.10", "0.20"], {"total": "10.31", "tolerance": "0.01"}, True),
        (["1.234,50", "0,50"], {"total": "1235", "decimal": ","}, True),
        (["10.10", "n/a"], {"total": "10.10"}, False),
        (["0.1"] * 10, {"total": "1"}, True),
    ],
)
def test_control_total(made, cells, params, passes) -> None:
    pack = made.one_rule("control_total", field="a", params=params, applies_to={"table": "raw"})
    (result,) = made.check(pack, [made.raw_table({"a": cells})]).results
    assert result.evaluated == 1
    assert (result.status == "pass") is passes


@pytest.mark.parametrize(
    ("cells", "passes"),
    [(["A"] * 6 + ["B"] * 4, True), (["A"] * 3 + ["B"] * 7, False), (["A"] * 6 + [None] * 4, False)],
)
def test_distribution(made, cells, passes) -> None:
    params = {"shares": {"A": 0.6, "B": 0.4}, "max_distance": 0.1}
    pack = made.one_rule("distribution", field="a", params=params, applies_to={"table": "raw"})
    (result,) = made.check(pack, [made.raw_table({"a": cells})]).results
    assert (result.status == "pass") is passes


def test_dependency_suggests_the_usual_value(made) -> None:
    pack = made.one_rule("functional_dependency", fields=["a", "b"], applies_to={"table": "raw"})
    table = made.raw_table({"a": ["1", "1", "1", "2", "2"], "b": ["Lima", "Lima", "Quito", "x", "y"]})
    found = made.check(pack, [table]).findings
    assert found.select("line", "suggestion").rows() == [(4, "Lima")]  # of the tie of 2 nothing is known to be right


def _orders(*rows: tuple[str, str, str]) -> Tables:
    named = {"source": pl.String, "record_id": pl.String, "total": pl.String}
    frame = pl.DataFrame(rows, schema=named, orient="row").with_columns(object=pl.lit("order"))
    return Tables({"orders": conform(frame, ORDERS)})


def test_totals_of_standardised_rows_are_told_per_object_of_a_source(made) -> None:
    tables = _orders(("erp", "1", "10.10"), ("erp", "2", "0.20"), ("shop", "3", "10.30"), ("shop", "4", "1"))
    applies = {"applies_to": {"table": "orders"}}
    total = made.one_rule("control_total", field="total", params={"total": "10.30"}, **applies)
    validation = made.check(total, tables=tables)
    (result,) = validation.results
    assert [(g.group.source, g.evaluated, g.failed) for g in result.groups] == [("erp", 1, 0), ("shop", 1, 1)]
    (found,) = validation.findings.to_dicts()
    assert (found["source"], found["object"], found["file"], found["line"]) == ("shop", "order", None, None)
    assert (found["field"], found["message"]) == ("total", "Not as it should be (11.3 <> 10.3)")
    assert validation.gate("error").failed == (result,)


def test_rows_in_scope_are_counted_per_object_of_a_source(made) -> None:
    tables = _orders(("erp", "1", "10"), ("erp", "2", "20"), ("shop", "3", "30"))
    applies = {"applies_to": {"table": "orders"}}
    (result,) = made.check(made.one_rule("row_count", params={"min": 2}, **applies), tables=tables).results
    assert [(g.group.source, g.failed) for g in result.groups] == [("erp", 0), ("shop", 1)]
    some = made.one_rule("row_count", params={"min": 1}, when="CAST(total AS DOUBLE) >= 20", **applies)
    assert made.check(some, tables=tables).results[0].status == "pass"
    more = made.one_rule("row_count", params={"min": 1}, when="CAST(total AS DOUBLE) > 20", **applies)
    assert [d["source"] for d in made.check(more, tables=tables).findings.to_dicts()] == ["erp"]
