"""The accuracy table: ``crmq dedupe`` without configuration on every public set, both levels scored.

    python benchmarks/run_accuracy.py [--data DIR] [--only NAME ...]

``--data`` (or CRMQ_SHARED_DATA) is the folder that holds ``er/``. Writes ``benchmarks/results/accuracy.json``;
``report.py`` makes the page of it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

import polars as pl
from processes import ROOT, crmq, crmq_env, machine, measure, tail
from public_sets import SETS, PublicSet, load
from scoring import score

RESULTS = ROOT / "benchmarks" / "results"


def clusters_of(run: Path, entity: str) -> pl.DataFrame:
    """Return one row per record id of a run's clusters: that of ``entity``, else the only one there is."""
    frame = pl.read_csv(run / "clusters.csv", infer_schema=False)
    wanted = pl.col("entity") == entity
    return frame.sort(wanted, descending=True, maintain_order=True).unique(
        "record_id", keep="first", maintain_order=True
    )


def run_set(item: PublicSet, folder: Path, threads: int) -> dict[str, object]:
    """Match one set through the command line and score it."""
    folder.mkdir(parents=True, exist_ok=True)
    inputs = []
    for source, frame in item.tables.items():
        path = folder / f"{source}.csv"
        frame.write_csv(path)
        inputs.append(str(path) if len(item.tables) == 1 else f"{source}={path}")
    run = folder / "run"
    took = measure(crmq("dedupe", *inputs, "-o", run, "--threads", threads, "--quiet"), folder, crmq_env())
    base = {"set": item.name, "entity": item.entity, "records": item.truth.height, "sources": len(item.tables),
            "entities": item.truth["entity_id"].n_unique(), "remark": item.remark, **took.figures()}  # fmt: skip
    if took.returncode not in (0, 1):
        return {**base, "error": tail(took.stderr)}
    clusters = clusters_of(run, item.entity)
    review = run / "review.csv"
    return {
        **base,
        "cluster": score(item.truth, clusters, "cluster_id"),
        "merge": score(item.truth, clusters, "merge_id"),
        "review_pairs": pl.read_csv(review, infer_schema=False).height if review.exists() else None,
    }


def main() -> int:
    """Run the sets asked for and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = os.environ.get("CRMQ_SHARED_DATA", str(ROOT.parent / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=Path(default), help="folder that holds er/")
    parser.add_argument("--only", nargs="*", choices=list(SETS), help="these sets alone")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="keep inputs and run folders here")
    parser.add_argument("--out", type=Path, default=RESULTS / "accuracy.json")
    options = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory() as scratch:
        work = options.keep or Path(scratch)
        for name in options.only or SETS:
            try:
                item = load(name, options.data)
            except FileNotFoundError as error:
                print(f"{name:26} not there: {error}", file=sys.stderr)
                continue
            result = run_set(item, work / name, options.threads)
            results.append(result)
            print(line(result), flush=True)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps({"machine": machine(), "sets": results}, indent=1) + "\n", encoding="utf-8")
    return 0


def line(result: dict) -> str:
    """Return one result as a line for the terminal."""
    if "error" in result:
        return f"{result['set']:26} failed: {result['error']}"
    c, m = result["cluster"], result["merge"]
    return (
        f"{result['set']:26} cluster P {c['precision']:.4f} R {c['recall']:.4f} F1 {c['f1']:.4f}   "
        f"merge P {m['precision']:.4f} R {m['recall']:.4f}   review {result['review_pairs']}   {result['wall']:.1f} s"
    )


if __name__ == "__main__":
    sys.exit(main())
