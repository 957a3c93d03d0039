"""Files as clients send them: crmq, Polars, DuckDB, pandas, clevercsv and frictionless with their defaults.

    python benchmarks/run_files.py --data /path/to/data --peer-python PATH [--rows 1000000] [--rounds 3]

``--peer-python`` is the interpreter of an environment with polars, duckdb, pandas, clevercsv and frictionless. Every
file whose content is known is compared cell by cell; every other delimited text of the public sets must be read or
refused. Then a clean file is read beside plain Polars. Writes ``benchmarks/results/files.json``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import fmean

import files_sets
import wide
from files_readers import READERS
from processes import ROOT, crmq_env, machine, measure, tail

HERE = ROOT / "benchmarks"
SCRIPT = str(HERE / "files_readers.py")


def read(tool: str, python: str, paths: list[Path]) -> dict[str, dict]:
    """Return what a tool read of each file; a process that dies is started again behind the file that killed it."""
    env = {**os.environ, **(crmq_env() if tool == "crmq" else {"PYTHONPATH": ""})}
    found: dict[str, dict] = {}
    left = [str(path) for path in paths]
    while left:
        done = subprocess.run([python, SCRIPT, tool], input=json.dumps(left), capture_output=True, text=True,
                              env=env, check=False)  # fmt: skip
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        found |= {line["path"]: line for line in lines}
        left = left[len(lines) :]
        if left:
            found[left[0]] = {"path": left[0], "error": f"the process died with {done.returncode}", "died": True}
            left = left[1:]
    return found


def judged(cases: list[files_sets.Case], found: dict[str, dict]) -> dict:
    """Return the scores of a tool: per set, per file and over all."""
    files, rows = {}, {"rows": 0, "equal": 0, "set_aside": 0, "unsaid": 0}
    errors = 0
    for case in cases:
        line = found[str(case.path)]
        errors += "error" in line
        got = files_sets.score(line.get("cells", []), case.expected, line.get("set_aside", 0))
        if "error" in line and case.expected:
            got = files_sets.Score(0.0, got.rows, 0, got.rows)  # it says that it cannot
        files[f"{case.folder}/{case.path.name}"] = round(got.cells, 5)
        for key in rows:
            rows[key] += getattr(got, key)
    sets = {
        folder: round(fmean(score for name, score in files.items() if name.startswith(folder)), 5)
        for folder in files_sets.FOLDERS
        if any(name.startswith(folder) for name in files)
    }
    return {"mean": round(fmean(files.values()), 5), "sets": sets, "perfect": sum(s == 1 for s in files.values()),
            "errors": errors, **rows, "files": files}  # fmt: skip


def speed(options: argparse.Namespace) -> dict:
    """Read a clean file with crmq and with plain Polars, both as text and taking turns; the best counts."""
    table = options.work / f"wide_{options.rows}.csv"
    if not table.exists():
        wide.generate(table, options.rows)
    rounds: dict[str, list[dict]] = {"crmq": [], "polars": []}
    for number in range(options.rounds):
        for tool, entries in rounds.items():
            env = {**crmq_env(), "POLARS_MAX_THREADS": str(options.threads)}
            took = measure([sys.executable, SCRIPT, tool, str(table)], options.work / "work" / tool, env)
            if took.returncode:
                raise SystemExit(f"{tool} failed:\n{tail(took.stderr, 20)}")
            inside = json.loads(took.stdout)
            if inside["rows"] != options.rows:
                raise SystemExit(f"{tool} read {inside['rows']} rows, not {options.rows}")
            entries.append({**took.figures(), "seconds": inside["seconds"]})
            print(f"round {number + 1}  {tool:8} {inside['seconds']:6.2f} s reading  {took.wall:6.2f} s  "
                  f"{took.cpu:6.2f} CPU s  {took.peak_mb:6} MB", flush=True)  # fmt: skip
    best = {tool: min(entries, key=lambda e: e["seconds"]) for tool, entries in rounds.items()}
    return {"rows": options.rows, "columns": 20, "megabytes": round(table.stat().st_size / 1e6),
            "threads": options.threads, "rounds": rounds, "best": best}  # fmt: skip


def main() -> int:
    """Read all files with all tools, compare, time, write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the public sets; files/ stands in it")
    parser.add_argument("--peer-python", help="interpreter of the peers' environment; without it they are left out")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the clean file; 0 leaves it out")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--work", type=Path, default=HERE / "data")
    parser.add_argument("--out", type=Path, default=HERE / "results" / "files.json")
    options = parser.parse_args()
    cases, others = list(files_sets.cases(options.data)), files_sets.texts(options.data)
    if not cases:
        raise SystemExit(f"there are no files below {options.data / 'files'}")
    paths = list(dict.fromkeys([*(case.path for case in cases), *others]))
    tools = {}
    for tool in READERS if options.peer_python else ("crmq",):
        found = read(tool, sys.executable if tool == "crmq" else options.peer_python, paths)
        own = tools[tool] = judged(cases, found)
        own["texts"] = len(others)
        own["texts_read"] = sum("error" not in found[str(path)] for path in others)
        own["died"] = sum("died" in line for line in found.values())
        sets = "  ".join(f"{name} {mean:.4f}" for name, mean in own["sets"].items())
        print(f"{tool:18} {own['mean']:.4f}  {sets}  unsaid {own['unsaid']}", flush=True)
    result = {"machine": machine(), "count": len(cases), "tools": tools}
    if options.rows:
        result["clean"] = speed(options)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
