"""Twenty usual checks side by side: crmq, Great Expectations on pandas, pandera and pointblank on Polars, plain Polars.

    python benchmarks/run_rules.py --peer-python PATH [--rows 1000000] [--rounds 3]

``--peer-python`` is the interpreter of an environment with great-expectations, pandera[polars], pointblank and polars.
Whole processes, reading the CSV included. The tools take turns for some rounds and the best counts; Great
Expectations runs once. All must count the same failing rows for each check (pandera, which names its cases in another
order, the same numbers). Writes ``benchmarks/results/rules.json``.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import wide
from processes import ROOT, crmq, crmq_env, machine, measure, tail
from rules_checks import CHECKS, pack

HERE = ROOT / "benchmarks"
PEERS = {
    "polars by hand": "polars", "pandera (polars)": "pandera", "pointblank (polars)": "pointblank", "gx (pandas)": "gx",
}  # fmt: skip
ONCE = ("gx (pandas)",)


def counts(tool: str, text: str) -> list[int]:
    """Return the failing rows per check that a tool printed."""
    start = text.index("{") if tool == "crmq" else text.rindex("[")
    data = json.loads(text[start:])
    return [rule["failed"] for rule in data["rules"]] if tool == "crmq" else data


def agree(tool: str, found: list[int], wanted: list[int]) -> bool:
    """Return whether the counts are the same; of pandera only which numbers there are is known."""
    return sorted(found) == sorted(n for n in wanted if n) if tool.startswith("pandera") else found == wanted


def main() -> int:
    """Generate the table where needed, run all, compare, write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--peer-python", help="interpreter of the peers' environment; without it they are left out")
    parser.add_argument("--data", type=Path, default=HERE / "data")
    parser.add_argument("--out", type=Path, default=HERE / "results" / "rules.json")
    options = parser.parse_args()
    table = options.data / f"wide_{options.rows}.csv"
    if not table.exists():
        wide.generate(table, options.rows)
    work = options.data / "work"
    work.mkdir(parents=True, exist_ok=True)
    rules = work / "bench.yaml"
    rules.write_text(json.dumps(pack()), encoding="utf-8")
    own = crmq("validate", table, "--pack", rules, "--format", "json", "--quiet", "--threads", options.threads)
    commands = {"crmq": (own, crmq_env())}
    for tool, name in PEERS.items() if options.peer_python else ():
        env = {"POLARS_MAX_THREADS": str(options.threads), "PYTHONPATH": ""}
        commands[tool] = ([options.peer_python, str(HERE / "rules_peers.py"), name, str(table)], env)
    rounds: dict[str, list[dict]] = {tool: [] for tool in commands}
    wanted: list[int] | None = None
    for number in range(options.rounds):
        for tool, (command, env) in commands.items():
            if tool in ONCE and number:
                continue
            took = measure(command, work / tool.split()[0], env)
            if took.returncode not in (0, 1) or not took.stdout:
                raise SystemExit(f"{tool} failed:\n{tail(took.stderr, 20)}")
            found = counts(tool, took.stdout)
            wanted = found if wanted is None else wanted
            if not agree(tool, found, wanted):
                raise SystemExit(f"{tool} counts {found}, not {wanted}")
            rounds[tool].append(took.figures())
            figures = f"{took.wall:7.1f} s  {took.cpu:7.1f} CPU s  {took.peak_mb:6} MB"
            print(f"round {number + 1}  {tool:24} {figures}", flush=True)
    best = {tool: min(entries, key=lambda e: e["wall"]) for tool, entries in rounds.items()}
    result = {
        "machine": machine(), "rows": options.rows, "columns": 20, "checks": len(CHECKS), "failing": sum(wanted or []),
        "megabytes": round(table.stat().st_size / 1e6), "threads": options.threads, "rounds": rounds, "best": best,
    }  # fmt: skip
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
