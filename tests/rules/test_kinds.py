"""Every kind of check, by the cases of ``kinds.yaml`` and by the properties all kinds share."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmq import declarative, registry
from crmq.rules import catalogue
from crmq.rules.pack import KINDS_GROUP, KINDS_PACKAGE

CASES: list[dict[str, Any]] = declarative.read(Path(__file__).with_name("kinds.yaml")).data
IDS = [f"{case['kind']}-{i}" for i, case in enumerate(CASES)]
TABLE_KINDS = {
    "readable_rows", "filled_columns", "headers", "row_count", "row_fate", "control_total", "distribution",
}  # fmt: skip
# tried by the examples of the packs that ship with crmq
STANDARDISED_ONLY = {
    "reference", "mailbox", "kept", "agreement", "tax_id", "id_content", "consent_conflict", "consent_reach",
    "consent_asked", "gx", "lines_total",
}  # fmt: skip


def rule_of(made: SimpleNamespace, case: dict[str, Any]):
    keys: dict[str, Any] = {"applies_to": {"table": "raw"}, "params": case.get("params", {})}
    if "fields" in case:
        keys["fields"] = case["fields"]
    elif case.get("field", "a") is not None:
        keys["field"] = case.get("field", "a")
    return made.one_rule(case["kind"], **keys)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_case(made: SimpleNamespace, case: dict[str, Any]) -> None:
    rows: list[tuple[str, list[str | None]]] = []
    for outcome in ("passes", "fails", "skips"):
        rows += [(outcome, row if isinstance(row, list) else [row, None]) for row in case.get(outcome, [])]
    table = made.raw_table({"a": [row[0] for _o, row in rows], "b": [row[1] for _o, row in rows]})
    validation = made.check(rule_of(made, case), [table])
    result = validation.results[0]
    assert sorted(validation.findings["line"]) == [i for i, (o, _r) in enumerate(rows, start=2) if o == "fails"]
    assert result.evaluated == sum(1 for outcome, _row in rows if outcome != "skips")


def test_every_kind_has_cases_and_a_description() -> None:
    kinds = catalogue.kinds()
    assert len(kinds) >= 12
    assert {case["kind"] for case in CASES} == set(kinds) - TABLE_KINDS - STANDARDISED_ONLY
    assert all(text.endswith((".", ")")) for text in kinds.values())


def test_a_kind_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: SimpleNamespace) -> None:
    """A module that appears in the folder is a kind; nothing else has to be edited."""
    import crmq.rules.kinds

    source = Path(crmq.rules.kinds.__file__).with_name("not_null.py").read_text(encoding="utf-8")
    (tmp_path / "shouted.py").write_text(
        source.replace(".is_not_null()", ".str.contains('^[^a-z]*$')"), encoding="utf-8"
    )
    monkeypatch.setattr(crmq.rules.kinds, "__path__", [*crmq.rules.kinds.__path__, str(tmp_path)])
    monkeypatch.setattr("importlib.util.find_spec", lambda name: crmq.rules.kinds.__spec__)
    monkeypatch.setattr(crmq.rules.kinds.__spec__, "submodule_search_locations", crmq.rules.kinds.__path__)
    registry.names.cache_clear()
    try:
        assert "shouted" in registry.names(KINDS_PACKAGE, KINDS_GROUP)
        validation = made.check(
            made.one_rule("shouted", field="a", applies_to={"table": "raw"}), [made.raw_table({"a": ["ANA", "Ana"]})]
        )
        assert made.failing_lines(validation) == [3]
    finally:
        registry.names.cache_clear()


TEXTS = st.lists(st.one_of(st.none(), st.text(max_size=12)), min_size=1, max_size=8)


@pytest.mark.parametrize("case", CASES, ids=IDS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=TEXTS)
def test_no_kind_fails_on_any_text(made: SimpleNamespace, case: dict[str, Any], cells: list[str | None]) -> None:
    validation = made.check(rule_of(made, case), [made.raw_table({"a": cells, "b": cells[::-1]})])
    result = validation.results[0]
    assert 0 <= result.failed <= result.evaluated <= len(cells)
    assert validation.findings.height == result.failed


def test_suggestions(made: SimpleNamespace) -> None:
    table = made.raw_table({"a": ["Activo", "Actvo", "zzzz"], "b": ["x", "x", "MarÃ­a"]})
    raw = {"table": "raw"}
    closest = made.check(made.one_rule("in_set", field="a", params={"values": ["Activo"]}, applies_to=raw), [table])
    assert closest.findings["suggestion"].to_list() == ["Activo", None]
    twice = made.check(made.one_rule("unique", field="b", applies_to=raw), [table])
    assert twice.findings["suggestion"].to_list() == [None, "same as line 2"]
    mended = made.check(made.one_rule("text_damage", field="b", applies_to=raw), [table])
    assert mended.findings["suggestion"].to_list() == ["María"]
    typo = made.raw_table({"a": ["ana@gmial.com"]})
    params = {"as": "email", "refuse": ["possible"], "suggest": True}
    found = made.check(made.one_rule("verdict", field="a", params=params, applies_to=raw), [typo]).findings
    assert found["suggestion"].to_list() == ["ana@gmail.com"]


class TestTableKinds:
    def test_unreadable_rows(self, made: SimpleNamespace) -> None:
        table = made.raw_table({"a": ["x"]}, rejected=[(9, "too_many_cells", "x,y,z")])
        validation = made.check(made.one_rule("readable_rows"), [table])
        (found,) = validation.findings.to_dicts()
        assert (validation.results[0].evaluated, found["line"], found["value"]) == (2, 9, "x,y,z")
        assert found["message"].endswith("(too_many_cells)")

    def test_empty_columns(self, made: SimpleNamespace) -> None:
        table = made.raw_table({"a": ["x", None], "b": [None, " "], "c": ["", None]})
        found = made.check(made.one_rule("filled_columns"), [table]).findings
        assert (found["field"].to_list(), found["column"].to_list()) == (["b", "c"], [2, 3])
        half = made.check(made.one_rule("filled_columns", params={"min_share": 0.6}), [table]).findings
        assert half["field"].to_list() == ["a", "b", "c"]

    def test_headers(self, made: SimpleNamespace) -> None:
        columns = {"Mail": ["x"], "Mail (2)": ["y"], "column_3": ["z"], "ok": ["w"]}
        table = made.raw_table(columns, headers=["Mail", "Mail", "", "ok"])
        validation = made.check(made.one_rule("headers"), [table])
        assert validation.findings["field"].to_list() == ["Mail", "Mail (2)", "column_3"]
        assert validation.results[0].evaluated == 4

    def test_row_count(self, made: SimpleNamespace) -> None:
        pack = made.one_rule("row_count", params={"min": 1})
        assert made.check(pack, [made.raw_table({"a": []})]).results[0].status == "fail"
        assert made.check(pack, [made.raw_table({"a": ["x"]})]).results[0].status == "pass"
