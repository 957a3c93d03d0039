"""The rule engine: statuses, limits, scope, locators, scores, and the split into good and bad rows."""

from __future__ import annotations

from types import SimpleNamespace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmq.errors import ConfigError
from crmq.model.tables import FINDINGS, Tables
from crmq.rules import requested
from crmq.rules.split import REASON_COLUMNS, split

RAW = {"applies_to": {"table": "raw"}}


def test_a_finding_says_where_it_stands(made: SimpleNamespace) -> None:
    table = made.raw_table({"name": ["Ana", "Luis"], "mail": ["a@b.co", "nothing"]}, path="x/contacts.csv")
    pack = made.one_rule("regex", field="mail", params={"pattern": ".+@.+"}, **RAW)
    (found,) = made.check(pack, [table]).findings.to_dicts()
    assert (found["file"], found["line"], found["column"]) == ("x/contacts.csv", 3, 2)
    assert (found["rule_id"], found["field"], found["value"]) == ("T-001", "mail", "nothing")
    assert (found["severity"], found["state"], found["source"]) == ("error", "open", "crm")


def test_findings_have_the_agreed_schema(made: SimpleNamespace) -> None:
    validation = made.check(made.one_rule("not_null", field="a", **RAW), [made.raw_table({"a": ["x", None]})])
    assert dict(validation.findings.schema) == dict(pl.DataFrame(schema=FINDINGS).schema)
    assert [part.height for part in validation.iter_findings(chunk=1)] == [1]


def test_empty_cells_are_checked_by_not_null_only(made: SimpleNamespace) -> None:
    table = made.raw_table({"a": ["x", None, "  ", ""]})
    assert made.check(made.one_rule("not_null", field="a", **RAW), [table]).results[0].failed == 3
    other = made.check(made.one_rule("length", field="a", params={"max": 5}, **RAW), [table]).results[0]
    assert (other.evaluated, other.failed) == (1, 0)


@pytest.mark.parametrize(
    ("cells", "evaluated", "failed"),
    [
        (["ab", "cd", None], 2, 0),  # nothing around the cells: they are checked as they stand
        (["ab", "", None, "abc"], 2, 1),
        (["ab ", "\tab", "\u00a0ab", "ab\u3000", " ", "", " abc", "a b"], 6, 2),
    ],
)
def test_blanks_around_a_cell_do_not_count(
    made: SimpleNamespace, cells: list[str | None], evaluated: int, failed: int
) -> None:
    table = made.raw_table({"a": cells, "b": ["1"] * len(cells)})
    result = made.check(made.one_rule("length", field="a", params={"max": 2}, **RAW), [table]).results[0]
    assert (result.evaluated, result.failed) == (evaluated, failed)
    whole = made.check(made.one_rule("not_null", field="a", **RAW), [table]).results[0]
    assert whole.failed == len(cells) - evaluated


@pytest.mark.parametrize(
    ("limits", "status"),
    [
        ({}, "fail"), ({"max_count": 2}, "pass"), ({"max_count": 1}, "fail"), ({"max_share": 0.5}, "pass"),
        ({"max_share": 0.49}, "fail"), ({"max_count": 5, "max_share": 0.1}, "fail"),
    ],
)  # fmt: skip
def test_limits(made: SimpleNamespace, limits: dict[str, float], status: str) -> None:
    pack = made.one_rule("not_null", field="a", limits=limits, **RAW)
    result = made.check(pack, [made.raw_table({"a": ["x", None, "y", None], "b": ["1"] * 4})]).results[0]
    assert (result.status, result.failed, result.evaluated) == (status, 2, 4)


def test_when_restricts_and_unknown_does_not_apply(made: SimpleNamespace) -> None:
    pack = made.one_rule("not_null", field="a", when="kind = 'k'", **RAW)
    table = made.raw_table({"a": [None, None, "x", None], "kind": ["k", "other", "k", None]})
    result = made.check(pack, [table]).results[0]
    assert (result.evaluated, result.failed) == (2, 1)


class TestNotEvaluated:
    def test_missing_column_fails_the_gate_only_when_asked_for(self, made: SimpleNamespace) -> None:
        pack = made.one_rule("not_null", field="absent", **RAW)
        other = made.one_rule("not_null", field="a", **RAW)
        table = made.raw_table({"a": ["x"]})
        result = made.check(pack, [table], required=True)
        assert result.results[0].status == "not_evaluated"
        assert result.results[0].reason == "missing_field"
        assert not result.gate("error").passed
        assert result.gate("error", allow_not_evaluated=True).passed
        assert made.check([pack, other], [table]).gate("error").passed

    def test_no_rows(self, made: SimpleNamespace) -> None:
        result = made.check(made.one_rule("not_null", field="a", **RAW), [made.raw_table({"a": []})], required=True)
        assert (result.results[0].status, result.results[0].reason) == ("not_evaluated", "no_rows")
        assert not result.gate("error").passed

    def test_a_gate_is_never_green_because_nothing_was_checked(self, made: SimpleNamespace) -> None:
        result = made.check(made.one_rule("not_null", field="email"), [made.raw_table({"a": ["x"]})])
        assert result.gate("error").nothing_checked
        assert not result.gate("error").passed
        assert result.gate("never").passed

    def test_one_of_two_tables_lacks_the_column(self, made: SimpleNamespace) -> None:
        tables = [made.raw_table({"a": ["x"]}, source="one"), made.raw_table({"b": ["x"]}, source="two")]
        result = made.check(made.one_rule("not_null", field="a", **RAW), tables, required=True)
        assert result.results[0].status == "pass"
        assert [group.source for group in result.results[0].absent] == ["two"]
        assert not result.gate("error").passed
        allowed = made.one_rule("not_null", field="a", may_be_absent=True, **RAW)
        assert made.check(allowed, tables, required=True).gate("error").passed

    def test_files_restrict(self, made: SimpleNamespace) -> None:
        tables = [made.raw_table({"a": ["x"]}, path="in/one.csv"), made.raw_table({"b": ["x"]}, path="in/two.csv")]
        pack = made.one_rule("not_null", field="a", applies_to={"table": "raw", "files": "one*.csv"})
        assert made.check(pack, tables, required=True).gate("error").passed


@pytest.mark.parametrize(
    ("severity", "fail_on", "passed"),
    [
        ("error", "error", False), ("warning", "error", True), ("warning", "warning", False), ("info", "warning", True),
        ("info", "info", False), ("error", "never", True), ("error", "info", False),
    ],
)  # fmt: skip
def test_fail_on(made: SimpleNamespace, severity: str, fail_on: str, passed: bool) -> None:
    pack = made.one_rule("not_null", field="a", severity=severity, **RAW)
    assert made.check(pack, [made.raw_table({"a": [None], "b": ["x"]})]).gate(fail_on).passed is passed


def test_findings_of_earlier_stages_count(made: SimpleNamespace) -> None:
    finding = {"rule_id": "MAP-001", "severity": "error", "state": "open", "message": "The header changed"}
    tables = Tables(findings=pl.DataFrame([finding], schema_overrides=FINDINGS).pipe(
        lambda frame: frame.with_columns(pl.lit(None, t).alias(n) for n, t in FINDINGS.items() if n not in finding)
    ).select(*FINDINGS))  # fmt: skip
    validation = made.check(made.one_rule("not_null", field="a", **RAW), [made.raw_table({"a": ["x"]})], tables)
    assert not validation.gate("error").passed
    assert validation.findings["rule_id"].to_list() == ["MAP-001"]


def test_scores_are_weighted_by_severity(made: SimpleNamespace) -> None:
    text = """
pack: two
title: Two
applies_to: {table: raw}
rules:
  - {id: A-001, name: a.x, kind: not_null, field: a, dimension: completeness, message: m, severity: error}
  - {id: A-002, name: a.y, kind: not_null, field: b, dimension: validity, message: m, severity: info}
"""
    table = made.raw_table({"a": ["x", "x", "x", "x"], "b": ["x", None, None, None]})
    scores = made.check(made.rule_pack(text), [table]).scores
    assert scores.dimensions == {"completeness": 100.0, "validity": 25.0}
    assert scores.overall == pytest.approx((4 * 100 + 1 * 25) / 5)


def test_result_does_not_depend_on_the_order_of_rows(made: SimpleNamespace) -> None:
    values = ["a", "b", "a", None, "c", "b", "b"]
    pack = made.one_rule("unique", field="v", **RAW)

    def found(cells: list[str | None]) -> list[str]:
        return sorted(made.check(pack, [made.raw_table({"v": cells})]).findings["value"].to_list())

    assert found(values) == found(values[::-1]) == ["a", "a", "b", "b", "b"]


class TestStandardised:
    RECORDS = (
        {"source": "s", "object": "contact", "record_id": "1", "entity": "person", "file": "c.csv", "line": 2,
         "record_key": "1", "family_name": "López", "status": "active"},
        {"source": "s", "object": "contact", "record_id": "2", "entity": "person", "file": "c.csv", "line": 3,
         "record_key": "2", "family_name": None, "status": "old"},
    )  # fmt: skip

    def tables(self, made: SimpleNamespace) -> Tables:
        points = [
            {"source": "s", "object": "contact", "record_id": "1", "entity": "person", "cp_type": "email", "slot": 1,
             "value_raw": "x.y.z", "verdict": "invalid", "reason": "no_at_sign", "column": "Mail 2"},
            {"source": "s", "object": "contact", "record_id": "2", "entity": "person", "cp_type": "email", "slot": 1,
             "value_norm": "a@b.co", "value_raw": "a@b.co", "verdict": "valid", "reason": None, "column": "Mail"},
            {"source": "s", "object": "contact", "record_id": "2", "entity": "person", "cp_type": "phone", "slot": 1,
             "value_norm": None, "value_raw": "12", "verdict": "invalid", "reason": "too_short", "column": "Tel"},
        ]  # fmt: skip
        return Tables(
            {
                "records": made.standardised("records", [dict(r) for r in self.RECORDS]),
                "contact_points": made.standardised("contact_points", points),
            }
        )

    def mapped(self, made: SimpleNamespace):
        columns = {
            "Apellido": ["López", None],
            "Mail": [None, "a@b.co"],
            "Mail 2": ["x.y.z", None],
            "Tel": [None, "12"],
        }
        fields = {"Apellido": "family_name", "Mail": "email", "Mail 2": "email", "Tel": "phone"}
        return [made.raw_table(columns, source="s", name="contact", path="c.csv", fields=fields)]

    def test_verdicts_come_from_the_long_tables(self, made: SimpleNamespace) -> None:
        validation = made.check(made.one_rule("verdict", field="email"), self.mapped(made), self.tables(made))
        assert (validation.results[0].evaluated, validation.results[0].failed) == (2, 1)
        (found,) = validation.findings.to_dicts()
        assert (found["file"], found["line"], found["column"]) == ("c.csv", 2, 3)
        assert found["value"] == "x.y.z"
        assert found["message"] == "Not as it should be (no_at_sign)"

    def test_conditions_on_long_tables_may_name_the_record(self, made: SimpleNamespace) -> None:
        pack = made.one_rule("verdict", field="phone", when="status = 'active'")
        result = made.check(pack, self.mapped(made), self.tables(made)).results[0]
        assert (result.status, result.reason) == ("not_evaluated", "no_rows")

    def test_canonical_field_points_to_its_column(self, made: SimpleNamespace) -> None:
        validation = made.check(made.one_rule("not_null", field="family_name"), self.mapped(made), self.tables(made))
        (found,) = validation.findings.to_dicts()
        assert (found["record_id"], found["line"], found["column"], found["field"]) == ("2", 3, 1, "family_name")

    def test_columns_of_the_source_in_a_rule_on_records(self, made: SimpleNamespace) -> None:
        pack = made.one_rule("not_null", field="family_name", when="raw.\"Tel\" = '12'")
        result = made.check(pack, self.mapped(made), self.tables(made)).results[0]
        assert (result.evaluated, result.failed) == (1, 1)

    def test_entity_restricts(self, made: SimpleNamespace) -> None:
        pack = made.one_rule("not_null", field="family_name", applies_to={"entity": "organisation"})
        assert made.check(pack, self.mapped(made), self.tables(made)).results[0].reason == "no_table"

    def test_references(self, made: SimpleNamespace) -> None:
        tables = self.tables(made)
        key = {"source": "s", "object": "contact", "entity": "person", "rel_type": "reports_to", "to_object": "contact"}
        rows = [
            {**key, "record_id": "1", "to_record_key": "2", "column": "Jefe"},
            {**key, "record_id": "2", "to_record_key": "9", "column": "Jefe"},
            {**key, "record_id": "2", "to_record_key": "7", "to_object": "account", "column": "Cuenta"},
        ]
        tables.tables["relationships"] = made.standardised("relationships", rows)
        validation = made.check(made.one_rule("reference"), self.mapped(made), tables)
        # no account was read, so nothing can be said about the third
        assert (validation.results[0].evaluated, validation.results[0].failed) == (2, 1)
        assert validation.findings["value"].to_list() == ["9"]


CELLS = st.one_of(st.none(), st.text(max_size=6), st.sampled_from(["", " ", "n/a", "#REF!", "MarÃ­a", "x@y.es", "1"]))


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(CELLS, CELLS), max_size=12),
    rejected=st.integers(0, 3),
    level=st.sampled_from(["error", "info"]),
)
def test_good_and_bad_rows_are_all_rows(made: SimpleNamespace, rows: list, rejected: int, level: str) -> None:
    columns = {"a": [a for a, _b in rows], "crmq_rules": [b for _a, b in rows]}
    refused = [(len(rows) + 2 + i, "too_many_cells", f"raw {i}") for i in range(rejected)]
    table = made.raw_table(columns, rejected=refused)
    packs = [request.pack for request in requested(["table"], folder=None)]
    validation = made.check([*packs, made.one_rule("not_null", field="a", **RAW)], [table])
    (part,) = split(validation, [table], level)
    assert part.good.height + part.bad.height == table.raw.physical_rows
    assert part.good.columns == table.raw.frame.columns
    assert len(part.bad.columns) == len(table.raw.frame.columns) + len(REASON_COLUMNS)
    bad = part.bad.head(part.bad.height - rejected).select(table.raw.frame.columns)
    together = pl.concat([part.good, bad])
    assert sorted(map(str, together.rows())) == sorted(map(str, table.raw.frame.rows()))
    for row in part.bad.iter_rows():
        assert row[2] is not None and row[3] is not None  # every bad row says which line and which rule


def test_two_packs_with_one_rule_id_are_refused(tmp_path) -> None:
    rule = "  - {id: EMAIL-001, name: a.b, kind: not_null, field: email, dimension: validity, message: m}\n"
    path = tmp_path / "mine.yaml"
    path.write_text("pack: mine\ntitle: Mine\nrules:\n" + rule, encoding="utf-8")
    with pytest.raises(ConfigError, match="EMAIL-001"):
        requested(["email", str(path)], tmp_path)


def test_packs_named_twice_run_once(tmp_path) -> None:
    names = [request.pack.id for request in requested(["default", "email"], tmp_path)]
    assert len(names) == len(set(names))
    assert {r.pack.id: r.required for r in requested(["default", "email"], tmp_path)}["email"]
