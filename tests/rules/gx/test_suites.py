"""Packs as suites of GX, suites as packs, and an exported suite in a client's own context."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crmq import declarative
from crmq.errors import ConfigError
from crmq.rules import pack
from crmq.rules.gx import suites

FOREIGN: dict[str, Any] = {
    "name": "mine",
    "expectations": [
        {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "Name", "mostly": 0.9}, "notes": "Named"},
        {"type": "expect_column_mean_to_be_between", "kwargs": {"column": "Age", "min_value": 18, "max_value": 35}},
        {
            "type": "expect_column_values_to_match_strftime_format",
            "kwargs": {"column": "Born", "strftime_format": "%Y-%m-%d"},
            "severity": "warning",
        },
        {
            "type": "expect_column_values_to_be_in_set",
            "kwargs": {
                "column": "Kind",
                "value_set": ["a", "b"],
                "row_condition": {
                    "type": "comparison", "column": {"name": "Age"}, "operator": ">", "parameter": 20,
                },
            },
        },
        {"type": "expect_column_values_to_match_regex", "kwargs": {"column": "Name", "regex": "^(?!x).*"}},
        {"type": "expect_table_row_count_to_equal", "kwargs": {"value": 3}},
        {"type": "expect_column_value_lengths_to_be_between", "kwargs": {"column": "Kind", "max_value": 2,
                                                                         "strict_max": True}},
    ],
}  # fmt: skip
PEOPLE = "Name,Age,Born,Kind,Kids\nAna,30,1990-01-01,a,1\nLuis,25,01/02/1990,c,30\n,19,1999-09-09,c,\nxavi,90,,b,2\n"


def same(rule: pack.Rule) -> tuple[Any, ...]:
    entry = rule.entry
    return (
        rule.id, entry.name, entry.aliases, entry.kind, rule.table, rule.fields, rule.params, entry.when,
        rule.applies_to.model_dump(exclude={"table"}), entry.severity, entry.dimension, entry.limits,
        entry.may_be_absent, entry.message, entry.remediation, entry.examples,
    )  # fmt: skip


@pytest.mark.parametrize("name", pack.shipped())
@pytest.mark.parametrize("backend", [None, "pandas"])
def test_a_pack_comes_back_as_it_was(name: str, backend: Any, tmp_path: Path) -> None:
    one = pack.find(name)
    made = suites.export(one, backend)
    listed = [item["meta"]["crmq"]["rule"] for suite in made for item in suite["expectations"]]
    assert set(listed) == {rule.id for rule in one.rules}
    path = tmp_path / "suite.json"
    path.write_text(json.dumps(made), encoding="utf-8")
    back = pack.build(declarative.parse(declarative.dump(suites.to_pack(suites.read(path), str(path))), "back.yaml"))
    assert (back.id, back.version, back.title, back.examples_as_of) == (
        one.id, one.version, one.title, one.examples_as_of
    )  # fmt: skip
    assert {rule.id: same(rule) for rule in back.rules} == {rule.id: same(rule) for rule in one.rules}


def test_a_suite_is_what_gx_reads() -> None:
    from crmq.rules.gx import loading

    gx = loading.load()
    for made in suites.export(pack.find("email"), "pandas"):
        read = gx.ExpectationSuite(**made)
        assert len(read.expectations) == len(made["expectations"]) == 6
        assert {e.expectation_type for e in read.expectations} > {"expect_crmq_rule_to_hold"}


def test_a_changed_expectation_is_read_as_changed() -> None:
    text = "pack: p\ntitle: P\napplies_to: {table: raw}\nrules:\n  - {id: P-001, name: p.a, kind: in_set, field: k,"
    text += " params: {values: [a]}, dimension: validity, message: Wrong kind}\n"
    (made,) = suites.export(pack.build(declarative.parse(text, "p.yaml")))
    made["expectations"][0]["kwargs"]["value_set"] = ["a", "b"]
    (rule,) = suites.to_pack([made], "p.json")["rules"]
    assert rule["params"]["values"] == ["a", "b"]


def test_a_foreign_suite_runs_as_a_pack(crmq: Any, tmp_path: Path) -> None:
    (tmp_path / "suite.json").write_text(json.dumps(FOREIGN), encoding="utf-8")
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    mine = tmp_path / "mine.yaml"
    done = crmq("rules", "import", tmp_path / "suite.json", "-o", mine)
    assert done.returncode == 0, done.stderr
    assert "7 rules, 3 of them checked by GX itself" in done.stderr
    assert crmq("rules", "import", tmp_path / "suite.json", "-o", mine).returncode == 2  # never over a file
    asked = ("validate", tmp_path / "people.csv", "--pack", mine, "--format", "json")
    found = {}
    for via in ("crmq", "gx"):
        done = crmq(*asked, "--via", via)
        assert done.returncode == 1, done.stderr
        rules = json.loads(done.stdout)["rules"]
        found[via] = [(rule["evaluated"], rule["failed"]) for rule in rules]
    assert found["crmq"] == [(4, 1), (1, 1), (3, 1), (3, 1), (3, 1), (1, 1), (4, 0)]
    assert found["gx"] == found["crmq"]


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", '{"expectations": [{"expectation_type": "x"}]}', '{"name": "a", "expectations": []}']
)
def test_what_is_no_suite(text: str, tmp_path: Path) -> None:
    path = tmp_path / "suite.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError):
        suites.to_pack(suites.read(path), str(path))


def test_an_unknown_expectation_names_its_rule(crmq: Any, tmp_path: Path) -> None:
    suite = {"name": "odd", "expectations": [{"type": "expect_the_unexpected", "kwargs": {}}]}
    (tmp_path / "suite.json").write_text(json.dumps(suite), encoding="utf-8")
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    assert crmq("rules", "import", tmp_path / "suite.json", "-o", tmp_path / "odd.yaml").returncode == 0
    done = crmq("validate", tmp_path / "people.csv", "--pack", tmp_path / "odd.yaml")
    assert done.returncode == 2
    assert "ODD-001" in done.stderr and "Traceback" not in done.stderr


def test_an_exported_suite_runs_in_a_context_of_the_clients_own(tmp_path: Path) -> None:
    """Nothing of a run of crmq is there: the batch is all that the expectation of crmq has."""
    import pandas as pd

    from crmq.rules.gx import loading

    text = "pack: p\ntitle: P\napplies_to: {table: raw}\nrules:\n"
    text += "  - {id: P-001, name: p.a, kind: range, field: n, params: {min: 2}, dimension: validity, message: Small}\n"
    text += "  - {id: P-002, name: p.b, kind: not_null, field: n, dimension: validity, message: Empty}\n"
    text += "  - {id: P-003, name: p.c, kind: unique_together, fields: [n, m], dimension: validity, message: Twice}\n"
    (made,) = suites.export(pack.build(declarative.parse(text, "p.yaml")), "pandas")
    gx = loading.load()
    source = loading.context().data_sources.add_pandas("mine")
    batch = source.add_dataframe_asset("t").add_batch_definition_whole_dataframe("all")
    data = pd.DataFrame({"n": ["1", "2", None, "3"], "m": ["a", "b", "c", "d"]})
    answer = batch.get_batch({"dataframe": data}).validate(gx.ExpectationSuite(**made))
    told = {
        r.expectation_config.meta["crmq"]["rule"]: (r.success, r.result.get("unexpected_count")) for r in answer.results
    }
    assert told == {"P-001": (False, 1), "P-002": (False, 1), "P-003": (True, 0)}
