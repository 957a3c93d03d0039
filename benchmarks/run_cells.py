"""Erroneous cells found without configuration: ``crmq rules suggest`` on a dirty table, its rules run on that table.

    python benchmarks/run_cells.py --data FOLDER [--ydata-python PATH]

``--data`` holds the pairs of dirty and clean tables (``shared/data/dirty_clean``); a cell is erroneous where the two
differ, as listed in ``errors.csv``. ``--ydata-python`` is the interpreter of an environment with pandas and
fg-data-profiling. Writes ``benchmarks/results/cells.json``.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import sys
from pathlib import Path

from processes import ROOT, crmq, crmq_env, machine, measure, tail

HERE = ROOT / "benchmarks"
SETS = ("hospital", "beers", "tax_people")
UNSURE = {"tax_people": ("zip", "rate")}
"""Columns whose clean side is itself damaged: left out on both sides."""
Cell = tuple[int, str]


def main() -> int:
    """Run all tools on all sets, write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "dirty_clean")
    parser.add_argument("--work", type=Path, default=HERE / "data" / "cells")
    parser.add_argument("--ydata-python", help="interpreter with pandas and fg-data-profiling")
    parser.add_argument("--out", type=Path, default=HERE / "results" / "cells.json")
    options = parser.parse_args()
    results = []
    for name in SETS:
        dirty = options.data / name / "dirty.csv"
        truth = _truth(options.data / name / "errors.csv", UNSURE.get(name, ()))
        found = {"crmq": _crmq(dirty, options.work / name, ("error", "warning"))}
        found["crmq with information"] = _found(options.work / name / "out", ("error", "warning", "info"))
        if options.ydata_python:
            found["ydata-profiling alerts"] = _peer(options.ydata_python, "cells_ydata.py", dirty, options.work / name)
        for tool, cells in found.items():
            kept = {cell for cell in cells if cell[1] not in UNSURE.get(name, ())}
            results.append({"set": name, "tool": tool, **_scores(kept, truth)})
            print(results[-1], flush=True)
    whole = {"machine": machine(), "results": results}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    return 0


def _truth(path: Path, unsure: tuple[str, ...]) -> set[Cell]:
    with path.open(encoding="utf-8", newline="") as lines:
        return {(int(row["row0"]), row["column"]) for row in csv.DictReader(lines) if row["column"] not in unsure}


def _crmq(dirty: Path, work: Path, severities: tuple[str, ...]) -> set[Cell]:
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    pack = work / "suggested.yaml"
    for command in (
        crmq("rules", "suggest", dirty, "-o", pack),
        crmq("validate", dirty, "--pack", pack, "-o", work / "out", "--fail-on", "never"),
    ):
        took = measure(command, work / "said", crmq_env())
        if took.returncode not in (0, 1):
            raise SystemExit(f"crmq failed:\n{tail(took.stderr, 20)}")
    return _found(work / "out", severities)


def _found(folder: Path, severities: tuple[str, ...]) -> set[Cell]:
    """Return the cells of the findings; the header is line 1 and no cell of these tables has a line break."""
    with (folder / "findings.csv").open(encoding="utf-8-sig", newline="") as lines:
        return {
            (int(row["line"]) - 2, row["field"].split(",")[0].strip())
            for row in csv.DictReader(lines)
            if row["line"] and row["severity"] in severities
        }


def _peer(python: str, script: str, dirty: Path, work: Path) -> set[Cell]:
    out = work / f"{script}.json"
    took = measure([python, str(HERE / script), str(dirty), str(out)], work / "peer")
    if took.returncode:
        raise SystemExit(f"{script} failed:\n{tail(took.stderr, 20)}")
    return {(int(row), str(column)) for row, column in json.loads(out.read_text(encoding="utf-8"))}


def _scores(found: set[Cell], truth: set[Cell]) -> dict[str, float | int]:
    right = len(found & truth)
    precision = right / len(found) if found else 0.0
    recall = right / len(truth)
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return {"erroneous": len(truth), "pointed_to": len(found), "right": right, "precision": round(precision, 4),
            "recall": round(recall, 4), "f1": round(f1, 4)}  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
