"""Deduplication side by side: crmq and Splink 5 on DuckDB, on the same files, in one run, taking turns.

    python benchmarks/run_speed.py --peer-python PATH [--records 1000000] [--rounds 3]

``--peer-python`` is the interpreter of an environment with splink and duckdb. Each engine reads the raw CSV files and
writes clusters; wall clock, CPU seconds and peak memory are those of the whole process. The best round of each engine
counts (the others had to share the machine with something). Writes ``benchmarks/results/speed.json``.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path

import persons
import polars as pl
from processes import ROOT, Measured, crmq, crmq_env, machine, measure, tail
from scoring import score

HERE = ROOT / "benchmarks"
ENGINES = ("crmq", "splink", "splink limited EM")


def run_engine(engine: str, data: Path, work: Path, peer: str, threads: int) -> tuple[Measured, pl.DataFrame]:
    """Run one engine once; return what it took and its clusters."""
    shutil.rmtree(work, ignore_errors=True)
    if engine == "crmq":
        inputs = [data / f"{system}.csv" for system in persons.SYSTEMS]
        took = measure(crmq("dedupe", *inputs, "-o", work / "run", "--threads", threads, "--quiet"), work, crmq_env())
        clusters = work / "run" / "clusters.csv"
    else:
        clusters = work / "clusters.parquet"
        command = [peer, str(HERE / "splink_dedupe.py"), str(data), "--out", str(clusters), "--threads", str(threads)]
        took = measure([*command, *(("--max-pairs", "1000000") if "limited" in engine else ())], work)
    if took.returncode:
        raise SystemExit(f"{engine} failed:\n{tail(took.stderr, 20)}")
    if clusters.suffix == ".parquet":
        return took, pl.read_parquet(clusters)
    return took, pl.read_csv(clusters, infer_schema=False)


def line(engine: str, entry: dict) -> str:
    """Return one run as a line for the terminal."""
    return (
        f"{engine:18} {entry['wall']:7.1f} s  {entry['cpu']:7.1f} CPU s  {entry['peak_mb']:6} MB  "
        f"P {entry['precision']:.4f} R {entry['recall']:.4f} F1 {entry['f1']:.4f}"
    )


def main() -> int:
    """Generate the data where needed, run all engines in turns, write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--peer-python", help="interpreter with splink and duckdb; without it crmq runs alone")
    parser.add_argument("--data", type=Path, default=HERE / "data")
    parser.add_argument("--out", type=Path, default=HERE / "results" / "speed.json")
    options = parser.parse_args()
    data = options.data / f"persons_{options.records}"
    if not (data / "truth.parquet").exists():
        persons.generate(data, options.records)
    truth = pl.read_parquet(data / "truth.parquet")
    engines = ENGINES if options.peer_python else ENGINES[:1]
    rounds: dict[str, list[dict]] = {engine: [] for engine in engines}
    for number in range(options.rounds):
        # every round starts with another engine, so that none always runs on a warm cache
        for engine in engines[number % len(engines) :] + engines[: number % len(engines)]:
            work = options.data / "work" / engine.replace(" ", "_")
            took, clusters = run_engine(engine, data, work, options.peer_python, options.threads)
            entry = {**took.figures(), **score(truth, clusters)}
            if engine == "crmq":
                entry["merge"] = score(truth, clusters, "merge_id")
            else:
                entry["phases"] = json.loads(took.stdout.strip().splitlines()[-1])
            rounds[engine].append(entry)
            print(f"round {number + 1}  {line(engine, entry)}", flush=True)
    best = {engine: min(entries, key=lambda e: e["wall"]) for engine, entries in rounds.items()}
    result = {
        "machine": machine(),
        "records": options.records,
        "threads": options.threads,
        "rounds": rounds,
        "best": best,
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
