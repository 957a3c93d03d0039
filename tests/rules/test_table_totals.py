"""Kinds that state one fact about a table: control total and distribution."""

from __future__ import annotations

import pytest


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
