"""Reading a table of 20 columns from PostgreSQL and MariaDB: crmq beside other ways, and beside standardising it.

    python benchmarks/run_database.py --peer-python PATH [--rows 1000000] [--rounds 3]

Needs the extra ``crmq[databases]`` and a PostgreSQL server (``--postgresql HOST:PORT:USER``); with ``--mariadb
HOST:PORT:USER`` the same for MariaDB (``LOCAL INFILE`` must be allowed). The database ``crmq_bench`` is made anew and
removed in the end. ``--peer-python`` is the interpreter of an environment with adbc-driver-postgresql, connectorx,
psycopg, pymysql, pyarrow and polars. Writes ``benchmarks/results/database.json``.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import database_load
import wide
from processes import ROOT, crmq_env, machine, measure, tail

HERE = ROOT / "benchmarks"
PEERS = {
    "postgresql": {
        "ADBC": ("adbc",), "ADBC, cast to text": ("adbc", "text"), "connectorx": ("connectorx",),
        "connectorx, cast to text": ("connectorx", "text"), "psycopg rows": ("rows",),
    },
    "mariadb": {"connectorx": ("connectorx",), "connectorx, cast to text": ("connectorx", "text"),
                "PyMySQL rows": ("rows",)},
}  # fmt: skip


def place(text: str) -> tuple[str, int, str]:
    """Return host, port and user of ``HOST:PORT:USER``."""
    host, port, user = text.split(":")
    return host, int(port), user


def commands(kind: str, url: str, peer: str | None) -> dict[str, list[str]]:
    """Return what is run against one server, by name."""
    stages = [sys.executable, str(HERE / "database_stages.py"), f"{url}?table={database_load.TABLE}"]
    made = {"crmq": [*stages, "read"], "crmq, and standardised": stages}
    if peer:
        for name, (tool, *text) in PEERS[kind].items():
            made[name] = [peer, str(HERE / "database_peers.py"), tool, url, database_load.TABLE, *text]
    return made


def main() -> int:
    """Load the table, run all in turns, write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--postgresql", type=place, default=("127.0.0.1", 5432, "postgres"))
    parser.add_argument("--mariadb", type=place, help="without it only PostgreSQL is measured")
    parser.add_argument("--peer-python", help="interpreter with the peers; without it crmq runs alone")
    parser.add_argument("--data", type=Path, default=HERE / "data")
    parser.add_argument("--out", type=Path, default=HERE / "results" / "database.json")
    options = parser.parse_args()
    table = options.data / f"wide_{options.rows}.csv"
    if not table.exists():
        wide.generate(table, options.rows)
    urls = {"postgresql": database_load.postgresql(table, *options.postgresql)}
    if options.mariadb:
        urls["mariadb"] = database_load.mariadb(table, *options.mariadb)
    result = {"machine": machine(), "rows": options.rows, "columns": 20, "megabytes": round(table.stat().st_size / 1e6),
              "best": {}, "rounds": {}}  # fmt: skip
    for kind, url in urls.items():
        rounds: dict[str, list[dict]] = {}
        for number in range(options.rounds):
            for name, command in commands(kind, url, options.peer_python).items():
                took = measure(command, options.data / "work" / "database", crmq_env())
                if took.returncode:
                    raise SystemExit(f"{name} failed:\n{tail(took.stderr, 20)}")
                entry = {**took.figures(), **json.loads(took.stdout)}
                if entry["rows"] != options.rows:
                    raise SystemExit(f"{name} read {entry['rows']} rows")
                rounds.setdefault(name, []).append(entry)
                print(f"{kind} round {number + 1}  {name:26} {took.wall:6.1f} s  {took.cpu:6.1f} CPU s  "
                      f"{took.peak_mb:6} MB  {entry.get('seconds', '')}", flush=True)  # fmt: skip
        result["rounds"][kind] = rounds
        result["best"][kind] = {name: min(entries, key=lambda e: e["wall"]) for name, entries in rounds.items()}
    database_load.drop(options.postgresql, options.mariadb)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
