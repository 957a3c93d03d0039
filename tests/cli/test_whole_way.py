"""The main job through the real command line: the demo, its balance, its score, and that nothing depends on order."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

LOCATORS = ("file", "sheet", "line")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run the demo once."""
    import os
    import subprocess
    import sys

    root = Path(__file__).resolve().parents[2]
    folder = tmp_path_factory.mktemp("whole") / "demo"
    done = subprocess.run(
        [sys.executable, "-m", "crmq", "demo", "-o", str(folder), "--format", "json"],
        env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (folder.parent / "report.json").write_text(done.stdout, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def report(demo: Path) -> dict:
    return json.loads((demo.parent / "report.json").read_text(encoding="utf-8"))


def test_safe_merges_are_right(report: dict) -> None:
    assert report["truth"]["merge_id"]["precision"] >= 0.995
    assert report["truth"]["merge_id"]["recall"] >= 0.92
    assert report["truth"]["cluster_id"]["f1"] >= 0.93
    assert report["must_not_merge"]["merged"] == 0


def test_the_demo_is_hard_for_simple_recipes(report: dict) -> None:
    assert report["recipes"]["email"]["f1"] < 0.75
    assert report["recipes"]["name_and_phone"]["f1"] < 0.5


def test_the_balance_closes(report: dict, demo: Path) -> None:
    counts = report["balance"]
    fates = ("unreadable", "quarantined", "excluded", "mapped")
    assert sum(counts[f"rows.{f}"] for f in fates) == counts["rows.physical"] > 10_000
    assert counts["records.survivors"] + counts["records.merged"] == counts["records.all"]
    assert counts["parties"] == counts["records.survivors"]
    ledger = pl.read_parquet(demo / "run/ledger.parquet")
    assert ledger.height == counts["rows.physical"]


def test_every_record_stands_in_clusters_and_crosswalk_once(demo: Path) -> None:
    key = ["source", "object", "record_id", "entity"]
    records = pl.read_parquet(demo / "run/tables/records.parquet").select(key)
    clusters = pl.read_csv(demo / "run/clusters.csv", infer_schema=False)
    crosswalk = pl.read_csv(demo / "run/golden/crosswalk.csv", infer_schema=False).filter(pl.col("state") != "excluded")
    for table in (clusters, crosswalk):
        assert not table.select(key).is_duplicated().any()
        assert table.select(key).sort(key).equals(records.sort(key))
    groups = clusters.group_by("merge_id").agg(pl.col("cluster_id").n_unique())
    assert groups["cluster_id"].max() == 1, "merge groups lie inside clusters"


def test_a_second_run_reuses_and_changes_nothing(crmq, demo: Path, tmp_path: Path) -> None:
    before = {p: p.read_bytes() for p in sorted((demo / "run").rglob("*")) if p.is_file() and p.name != "manifest.json"}
    done = crmq("consolidate", demo / "run")
    assert done.returncode == 0, done.stderr
    after = {p: p.read_bytes() for p in sorted((demo / "run").rglob("*")) if p.is_file() and p.name != "manifest.json"}
    assert before == after


def test_order_and_threads_change_nothing_but_locators(crmq, demo: Path, tmp_path: Path) -> None:
    """Equal bytes for 1 and 2 threads; for shuffled rows and other file names equal but for locators."""
    source = next((demo / "exports").glob("hubspot*.csv"))
    lines = pl.read_csv(source, infer_schema=False)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    lines.write_csv(tmp_path / "a/contacts.csv")
    lines.sample(fraction=1.0, shuffle=True, seed=7).write_csv(tmp_path / "b/contacts.csv")
    runs = {}
    for name, folder, threads in (("one", "a", 1), ("two", "a", 2), ("shuffled", "b", 2)):
        out = tmp_path / name
        done = crmq(
            "dedupe", f"hub={tmp_path / folder / 'contacts.csv'}", "-o", out, "--threads", threads,
            "--as-of", "2026-10-01",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        runs[name] = out
    files = ["clusters.csv", "pairs.csv", "review.csv", "model.json", "summary.json", "tables/records.parquet"]
    for file in files:
        assert (runs["one"] / file).read_bytes() == (runs["two"] / file).read_bytes(), file
    for file in files[:-1]:
        assert (runs["one"] / file).read_bytes() == (runs["shuffled"] / file).read_bytes(), file
    for name in ("records", "contact_points", "identifiers", "relationships", "consents", "extras"):
        one, two = (pl.read_parquet(runs[r] / f"tables/{name}.parquet") for r in ("one", "shuffled"))
        drop = [c for c in LOCATORS if c in one.columns]
        assert one.drop(drop).equals(two.drop(drop)), name


def test_sources_are_never_changed(demo: Path, crmq, tmp_path: Path) -> None:
    files = sorted((demo / "exports").iterdir())
    before = [(p.name, p.read_bytes(), p.stat().st_mtime_ns) for p in files]
    done = crmq("dedupe", demo / "exports", "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert [(p.name, p.read_bytes(), p.stat().st_mtime_ns) for p in sorted((demo / "exports").iterdir())] == before


def test_explain_prints_the_probability_that_is_stored(crmq, demo: Path) -> None:
    pairs = pl.read_csv(demo / "run/pairs.csv", infer_schema=False)
    for row in pairs.sample(6, seed=3).iter_rows(named=True):
        names = (f"{row[f'source_{s}']}/{row[f'object_{s}']}/{row[f'record_id_{s}']}" for s in ("a", "b"))
        a, b = (f"{name}/{row['entity']}" for name in names)  # a lead is a person and an organisation
        done = crmq("explain", demo / "run", a, b, "--format", "json")
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert told["probability"] == float(row["probability"])
        assert sum(bar["weight"] for bar in told["bars"]) == pytest.approx(told["match_weight"], abs=0.02)
