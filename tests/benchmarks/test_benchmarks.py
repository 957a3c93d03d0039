"""The benchmark tools: the data are the same every time, the scores are right, the page is made of the results."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch):
    """Import a script of ``benchmarks/`` by name."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))

    def load(name: str) -> ModuleType:
        return importlib.import_module(name)

    return load


def test_persons_are_the_same_every_time_and_a_third_is_duplicated(tool, tmp_path: Path) -> None:
    persons = tool("persons")
    for folder in ("one", "two"):
        persons.generate(tmp_path / folder, 6_000)
    names = sorted(p.name for p in (tmp_path / "one").iterdir())
    assert names == ["crm_a.csv", "crm_b.csv", "crm_c.csv", "truth.parquet"]
    for name in names[:3]:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    truth = pl.read_parquet(tmp_path / "one" / "truth.parquet")
    assert truth.equals(pl.read_parquet(tmp_path / "two" / "truth.parquet"))
    records = pl.concat(pl.read_csv(tmp_path / "one" / n, infer_schema=False) for n in names[:3])
    assert records.height == truth.height == 6_000
    assert sorted(records["record_id"].cast(pl.Int64)) == sorted(truth["record_id"])
    copies = truth.group_by("entity_id").len()["len"]
    assert 0.27 < (copies > 1).mean() < 0.33
    assert copies.max() <= 4


def test_ids_and_row_order_say_nothing_about_the_truth(tool, tmp_path: Path) -> None:
    persons = tool("persons")
    persons.generate(tmp_path, 4_000)
    truth = pl.read_parquet(tmp_path / "truth.parquet")
    ordered = truth.sort("record_id")["entity_id"]
    rows = pl.concat(pl.read_csv(tmp_path / f"{s}.csv") for s in persons.SYSTEMS).join(
        truth, on="record_id", maintain_order="left"
    )
    for entities in (ordered, rows["entity_id"]):
        neighbours = (entities == entities.shift(1)).sum()
        assert neighbours < 10  # 1,200 of the entities have two or more records


def test_another_seed_gives_other_persons(tool, tmp_path: Path) -> None:
    persons = tool("persons")
    persons.generate(tmp_path / "a", 500, seed=1)
    persons.generate(tmp_path / "b", 500, seed=2)
    assert (tmp_path / "a" / "crm_a.csv").read_bytes() != (tmp_path / "b" / "crm_a.csv").read_bytes()


def test_wide_table_has_twenty_columns(tool, tmp_path: Path) -> None:
    tool("wide").generate(tmp_path / "w.csv", 1_000)
    frame = pl.read_csv(tmp_path / "w.csv", infer_schema=False)
    assert frame.shape == (1_000, 20)


def _truth(**entities: str) -> pl.DataFrame:
    rows = [(r, e) for e, members in entities.items() for r in members]
    return pl.DataFrame(rows, schema=["record_id", "entity_id"], orient="row")


@pytest.mark.parametrize(
    ("clusters", "precision", "recall", "f1"),
    [
        ({"a": "1", "b": "1", "c": "1", "d": "2", "e": "2"}, 1.0, 1.0, 1.0),
        ({"a": "1", "b": "2", "c": "3", "d": "4", "e": "5"}, 1.0, 0.0, 0.0),
        # one cluster of all: 10 pairs said, 4 of them right
        ({"a": "1", "b": "1", "c": "1", "d": "1", "e": "1"}, 0.4, 1.0, 0.5714),
        # a-b right, c-d wrong: 1 of 2 said, 1 of 4 true
        ({"a": "1", "b": "1", "c": "2", "d": "2", "e": "3"}, 0.5, 0.25, 0.3333),
        # e is missing: alone, and so is a record without a cluster
        ({"a": "1", "b": "1", "c": "1", "d": None}, 1.0, 0.75, 0.8571),
        # a record that the truth does not know changes nothing
        ({"a": "1", "b": "1", "c": "1", "d": "2", "e": "2", "x": "2"}, 1.0, 1.0, 1.0),
    ],
)
def test_scores_of_cases_done_by_hand(tool, clusters, precision: float, recall: float, f1: float) -> None:
    found = pl.DataFrame(list(clusters.items()), schema={"record_id": pl.String, "cluster_id": pl.String}, orient="row")
    result = tool("scoring").score(_truth(X="abc", Y="de"), found)
    assert (result["precision"], result["recall"], result["f1"]) == (precision, recall, f1)


def test_a_record_in_two_clusters_is_refused(tool) -> None:
    found = pl.DataFrame({"record_id": ["a", "a"], "cluster_id": ["1", "2"]})
    with pytest.raises(ValueError, match="twice"):
        tool("scoring").score(_truth(X="abc"), found)


def test_own_score_agrees_with_crmq_evaluate(tool) -> None:
    from crmq.matching import evaluate

    truth = _truth(X="abc", Y="de")
    clusters = pl.DataFrame({"record_id": list("abcde"), "cluster_id": list("11223"), "merge_id": list("12345")})
    theirs = evaluate.evaluate(clusters, truth)
    ours = tool("scoring").score(truth, clusters)
    assert (round(theirs.cluster.precision, 4), round(theirs.cluster.f1, 4)) == (ours["precision"], ours["f1"])


def test_public_sets_carry_no_label_and_no_telling_id(tool, shared_data) -> None:
    sets = tool("public_sets")
    root = shared_data("er/rldata500").parent.parent
    labels = {"ent_id", "rec_id", "true_golden_id", "source_customer_id", "simulant_id", "household_id", "employer_id",
              "cluster", "unique_id", "entity_id", "leuven_id", "person_id", "recId"}  # fmt: skip
    for name in (
        "rldata500",
        "febrl3",
        "mdm_crm_billing_support",
        "fodors_zagats",
        "zingg_febrl_65",
        "febrl_dsgen_D1000_link",
    ):
        item = sets.load(name, root)
        records = pl.concat([t.select("record_id") for t in item.tables.values()])
        assert sorted(records["record_id"]) == sorted(item.truth["record_id"])
        assert not records["record_id"].is_duplicated().any()
        for table in item.tables.values():
            assert not labels & set(table.columns)
        again = sets.load(name, root)
        assert all(again.tables[k].equals(t) for k, t in item.tables.items())
    pairs = {"rldata500": 50, "febrl3": 6_538, "mdm_crm_billing_support": 961, "fodors_zagats": 112}
    for name, expected in pairs.items():
        truth = sets.load(name, root).truth
        assert tool("scoring").pairs(truth.group_by("entity_id").len()["len"]) == expected


def test_measuring_sees_time_memory_and_failure(tool, tmp_path: Path) -> None:
    processes = tool("processes")
    code = "import sys; block = bytearray(80 * 2**20); print('out'); print('err', file=sys.stderr); sys.exit(3)"
    took = processes.measure([sys.executable, "-c", code], tmp_path)
    assert (took.returncode, took.stdout.strip(), took.stderr.strip()) == (3, "out", "err")
    assert took.peak_mb >= 80
    assert took.wall > 0


def test_page_says_what_was_met_missed_and_failed(tool, tmp_path: Path) -> None:
    report = tool("report")
    machine = {"processor": "P", "cores": 2, "memory_gb": 8, "python": "3.11", "system": "Linux"}
    score = {"precision": 0.9, "recall": 0.8, "f1": 0.8471, "true_pairs": 1, "found_pairs": 1, "missing_records": 0}
    base = {"entity": "person", "records": 1000, "sources": 1, "entities": 1, "remark": "", "wall": 1.0}
    sets = [
        {**base, "set": "splink_fake_1000", "cluster": score, "merge": score, "review_pairs": 7},
        {
            **base,
            "set": "febrl3",
            "cluster": {**score, "f1": 0.999},
            "merge": {**score, "precision": 0.99},
            "review_pairs": 0,
        },
        {**base, "set": "rldata500", "error": "boom"},
    ]
    (tmp_path / "accuracy.json").write_text(json.dumps({"machine": machine, "sets": sets}))
    page = report.page(tmp_path)
    assert "0.8471 (missed: 0.92)" in page
    assert "0.9990 (met: 0.995)" in page
    assert "0.9000 (missed: 0.97)" in page
    assert "rldata500: boom" in page
    own = {"wall": 10.0, "cpu": 15.0, "peak_mb": 900, **score, "merge": score}
    peer = {"wall": 25.0, "cpu": 45.0, "peak_mb": 1800, **score, "phases": {"splink": "5.0.0", "duckdb": "2.0.0"}}
    speed = {"machine": machine, "records": 1_000_000, "threads": 2, "rounds": {"crmq": [own], "splink": [peer]},
             "best": {"crmq": own, "splink": peer}}  # fmt: skip
    (tmp_path / "speed.json").write_text(json.dumps(speed))
    page = report.page(tmp_path)
    assert "| splink | 25.0 | 2.50x | 45.0 | 3.00x | 1,800 | 2.00x |" in page
    with pytest.raises(FileNotFoundError):
        report.page(tmp_path / "nowhere")


def test_page_tells_how_long_reading_a_database_takes_beside_standardising(tool, tmp_path: Path) -> None:
    machine = {"processor": "P", "cores": 2, "memory_gb": 8, "system": "Linux", "python": "3.11"}
    figures = {"cpu": 3.0, "peak_mb": 500, "rows": 10}
    best = {
        "crmq": {"wall": 4.0, **figures, "seconds": {"read": 3.0}},
        "crmq, and standardised": {"wall": 14.0, **figures, "seconds": {"read": 3.0, "mapping": 1.0, "tables": 8.0}},
        "ADBC": {"wall": 6.0, **figures, "types": ["Int64", "String"]},
    }
    results = {"machine": machine, "rows": 1_000_000, "columns": 20, "best": {"postgresql": best},
               "rounds": {"postgresql": {name: [entry] for name, entry in best.items()}}}  # fmt: skip
    (tmp_path / "database.json").write_text(json.dumps(results))
    page = tool("report").page(tmp_path)
    assert "| PostgreSQL: ADBC | 6.0 | 1.50x | 3.0 | 500 | Int64, String |" in page
    assert "| PostgreSQL | 3.0 | 1.0 | 8.0 | 25% |" in page
    assert "best of 1 round." in page.replace("\n", " ")


def test_every_disagreement_with_public_vectors_is_explained(tool, shared_data) -> None:
    results, alone = tool("run_vectors").judge(shared_data("vectors"))
    assert alone == []
    assert results["sets"]["tax id"]["refused"] == results["sets"]["tax id"]["unusable"]
    page = tool("report").vectors(results)
    assert all(told["why"] in page for told in results["disagreements"])


def test_a_disagreement_without_explanation_ends_the_run(tool, shared_data, tmp_path: Path, monkeypatch) -> None:
    run = tool("run_vectors")
    known = dict(run.explanations())
    gone = next(key for key in known if key[0] == "tax id")
    del known[gone]
    known["postal code", "XX", "yes", "valid", ""] = "of a country that is not there"
    monkeypatch.setattr(run, "explanations", lambda: known)
    _results, alone = run.judge(shared_data("vectors"))
    assert [line.split(":")[0] for line in alone] == ["not explained", "explains nothing"]
    monkeypatch.setattr(run.sys, "argv", ["run_vectors.py", "--vectors", str(shared_data("vectors")),
                                          "--out", str(tmp_path / "out.json")])  # fmt: skip
    assert run.main() == 1
    assert not (tmp_path / "out.json").exists()
