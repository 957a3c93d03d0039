"""Profiling side by side: crmq, DuckDB's SUMMARIZE and ydata-profiling's minimal mode, reading the CSV included.

    python benchmarks/run_profile.py --peer-python PATH [--rows 1000000] [--rounds 3]

``--peer-python`` is the interpreter of an environment with pandas and fg-data-profiling. crmq and DuckDB take turns
for some rounds and the best counts; ydata-profiling, which takes minutes, runs once. Writes
``benchmarks/results/profile.json``.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import wide
from processes import ROOT, crmq, crmq_env, machine, measure, tail

HERE = ROOT / "benchmarks"


def main() -> int:
    """Generate the table where needed, run all, write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--peer-python", help="interpreter with pandas and fg-data-profiling; without it ydata is left out"
    )
    parser.add_argument("--data", type=Path, default=HERE / "data")
    parser.add_argument("--out", type=Path, default=HERE / "results" / "profile.json")
    options = parser.parse_args()
    table = options.data / f"wide_{options.rows}.csv"
    if not table.exists():
        wide.generate(table, options.rows)
    work = options.data / "work"
    commands = {
        "crmq": (crmq("profile", table, "--format", "json", "--threads", options.threads), crmq_env()),
        "duckdb summarize": ([sys.executable, str(HERE / "profile_duckdb.py"), str(table), str(options.threads)], None),
    }
    if options.peer_python:
        command = [options.peer_python, str(HERE / "profile_ydata.py"), str(table), str(work / "ydata.json")]
        commands["ydata-profiling minimal"] = (command, None)
    rounds: dict[str, list[dict]] = {tool: [] for tool in commands}
    for number in range(options.rounds):
        for tool, (command, env) in commands.items():
            if tool.startswith("ydata") and number:
                continue
            took = measure(command, work / tool.split()[0], env)
            if took.returncode not in (0, 1):
                raise SystemExit(f"{tool} failed:\n{tail(took.stderr, 20)}")
            rounds[tool].append(took.figures())
            print(
                f"round {number + 1}  {tool:24} {took.wall:7.1f} s  {took.cpu:7.1f} CPU s  {took.peak_mb:6} MB",
                flush=True,
            )
    best = {tool: min(entries, key=lambda e: e["wall"]) for tool, entries in rounds.items()}
    result = {"machine": machine(), "rows": options.rows, "columns": 20, "megabytes": round(table.stat().st_size / 1e6),
              "threads": options.threads, "rounds": rounds, "best": best}  # fmt: skip
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
