"""Writes ``docs/benchmarks.md`` from the results of the other scripts: no figure on that page is typed by hand.

python benchmarks/report.py
"""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
PAGE = ROOT / "docs" / "benchmarks.md"

F1_GOALS = {
    "febrl3": 0.995, "splink_historical_50k": 0.85, "splink_fake_1000": 0.92, "pseudopeople_census_w2": 0.90,
}  # fmt: skip
"""Pairwise F1 of ``cluster_id`` that crmq sets itself, per set."""
MERGE_GOAL = 0.97
"""Precision of ``merge_id`` that crmq sets itself on every person set."""


def table(header: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table; every column but the first is right-aligned."""
    rule = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (header, rule, *rows))


def prose(text: str) -> str:
    """Return the text as a paragraph of lines that fit the page's source."""
    return textwrap.fill(" ".join(text.split()), 118, break_long_words=False, break_on_hyphens=False)


def accuracy(results: dict[str, Any]) -> str:
    """Return the section on accuracy."""
    rows, remarks = [], []
    for r in results["sets"]:
        name = f"{r['set']} ({r['entity']})"
        if "error" in r:
            rows.append([name, f"{r['records']:,}", *["failed"] * 3, "", "", "", f"{r['wall']:.1f}"])
            remarks.append(f"- {r['set']}: {r['error'].splitlines()[-1]}")
            continue
        c, m = r["cluster"], r["merge"]
        goal = F1_GOALS.get(r["set"])
        f1 = f"{c['f1']:.4f}" + (f" ({'met' if c['f1'] >= goal else 'missed'}: {goal})" if goal else "")
        merge = f"{m['precision']:.4f}"
        if r["entity"] == "person":
            merge += "" if m["precision"] >= MERGE_GOAL else f" (missed: {MERGE_GOAL})"
        rows.append([
            name, f"{r['records']:,}", f"{c['precision']:.4f}", f"{c['recall']:.4f}", f1, merge, f"{m['recall']:.4f}",
            f"{r['review_pairs']:,}" if r["review_pairs"] is not None else "", f"{r['wall']:.1f}",
        ])  # fmt: skip
        if r["remark"]:
            remarks.append(f"- {r['set']}: {r['remark']}")
    about = f"""`crmq dedupe` on public sets as shipped, through the command line. Before matching, label columns are
        cut out, record ids replaced by random ones and rows shuffled (several sets carry the truth in ids or row
        order); records missing from the clusters count as singletons. All pairs inside clusters are counted. P, R
        and F1 are those of `cluster_id`, the best estimate; merge P and merge R those of `merge_id`, what is merged
        without anyone's look; review is the length of the review list. Goals: F1 as marked; merge P {MERGE_GOAL} on
        every person set."""
    header = ["set", "records", "P", "R", "F1", "merge P", "merge R", "review", "s"]
    remarked = ["\n".join(remarks)] if remarks else []
    return "\n\n".join(["## Accuracy, no configuration", prose(about), table(header, rows), *remarked])


def speed(results: dict[str, Any]) -> str:
    """Return the section on deduplication speed."""
    best, own = results["best"], results["best"]["crmq"]

    def against(entry: dict[str, Any], key: str) -> str:
        return f"{entry[key] / own[key]:.2f}x" if own[key] else ""

    rows = [
        [engine, f"{e['wall']:.1f}", against(e, "wall"), f"{e['cpu']:.1f}", against(e, "cpu"), f"{e['peak_mb']:,}",
         against(e, "peak_mb"), f"{e['precision']:.4f}", f"{e['recall']:.4f}", f"{e['f1']:.4f}"]
        for engine, e in best.items()
    ]  # fmt: skip
    versions = next((e["phases"] for e in best.values() if "phases" in e), {})
    peer = f" (Splink {versions['splink']}, DuckDB {versions['duckdb']})" if versions else ""
    merge = own["merge"]
    about = f"""Synthetic persons of three systems (`benchmarks/persons.py`), raw CSV to written clusters, whole
        processes, {results["threads"]} threads, engines taking turns, best of {len(results["rounds"]["crmq"])} rounds.
        Splink is set up as its documentation advises (`benchmarks/splink_dedupe.py`), once with default EM, once with
        EM limited to 1e6 pairs. The columns marked `x` are ratios to crmq: above 1 means that crmq needs less. crmq's
        automatic merges (`merge_id`): P {merge["precision"]:.4f}, R {merge["recall"]:.4f}."""
    header = ["engine", "wall s", "x", "CPU s", "x", "peak MB", "x", "P", "R", "F1"]
    title = f"## Deduplication of {results['records']:,} persons{peer}"
    return "\n\n".join([title, prose(about), table(header, rows)])


def profiling(results: dict[str, Any]) -> str:
    """Return the section on profiling speed."""
    own = results["best"]["crmq"]
    rows = [
        [tool, f"{e['wall']:.1f}", f"{e['wall'] / own['wall']:.2f}x", f"{e['cpu']:.1f}", f"{e['peak_mb']:,}"]
        for tool, e in results["best"].items()
    ]
    about = f"""Reading included, whole processes, {results["threads"]} threads. `x` is the ratio to crmq. SUMMARIZE
        computes far less (no kinds, patterns, placeholders or verdicts); ydata-profiling runs in its minimal mode,
        nothing rendered."""
    size = f"{results['rows']:,} rows x {results['columns']} columns ({results['megabytes']} MB of CSV)"
    header = ["tool", "wall s", "x", "CPU s", "peak MB"]
    return "\n\n".join([f"## Profile of {size}", prose(about), table(header, rows)])


def database(results: dict[str, Any]) -> str:
    """Return the section on reading from databases."""
    rows, stages = [], []
    titles = {"postgresql": "PostgreSQL", "mariadb": "MariaDB"}
    for kind, best in results["best"].items():
        own = best["crmq"]
        for name, entry in best.items():
            if name == "crmq, and standardised":
                took = entry["seconds"]
                share = took["read"] / sum(took.values())
                stages.append(
                    [titles[kind], *(f"{took[stage]:.1f}" for stage in ("read", "mapping", "tables")), f"{share:.0%}"]
                )
                continue
            shown = f"{name} (of it reading {entry['seconds']['read']:.1f} s)" if name == "crmq" else name
            rows.append([
                f"{titles[kind]}: {shown}", f"{entry['wall']:.1f}", f"{entry['wall'] / own['wall']:.2f}x",
                f"{entry['cpu']:.1f}", f"{entry['peak_mb']:,}", ", ".join(entry.get("types", ["text"])),
            ])  # fmt: skip
    count = max(len(entries) for rounds in results["rounds"].values() for entries in rounds.values())
    about = f"""A whole table into columns, the start of the process included, server on the same machine; best of
        {count} round{"s" if count > 1 else ""}. `x` is the ratio to crmq. crmq reads every column as text, to the last
        digit; the others give the types named, connectorx for example `numeric` as a decimal of fixed scale. CPU
        seconds are those of the client."""
    header = ["server: tool", "wall s", "x", "CPU s", "peak MB", "types"]
    parts = [
        f"## Reading {results['rows']:,} rows x {results['columns']} columns from a database", prose(about),
        table(header, rows),
    ]  # fmt: skip
    if stages:
        told = "The same table read, mapped and standardised by crmq in one process, in seconds:"
        parts += [told, table(["server", "read", "map", "standardise", "share of reading"], stages)]
    return "\n\n".join(parts)


def validation(results: dict[str, Any]) -> str:
    """Return the section on the speed of rules."""
    own = results["best"]["crmq"]
    rows = [
        [
            tool, f"{e['wall']:.1f}", f"{e['wall'] / own['wall']:.2f}x", f"{e['cpu']:.1f}",
            f"{e['cpu'] / own['cpu']:.2f}x", f"{e['peak_mb']:,}",
        ]
        for tool, e in results["best"].items()
    ]  # fmt: skip
    about = f"""{results["checks"]} checks (filled, unique, pattern, length, list, range) that {results["failing"]:,}
        cells fail; whole processes, reading included, {results["threads"]} threads. `x` is the ratio to crmq. All count
        the same failing rows. crmq reads every column as text, recognises dialect and system, and keeps line numbers;
        the others are told the types. GX gives its `SUMMARY` result, pointblank no extracts."""
    size = f"{results['rows']:,} rows x {results['columns']} columns ({results['megabytes']} MB of CSV)"
    header = ["tool", "wall s", "x", "CPU s", "x", "peak MB"]
    return "\n\n".join([f"## Rules on {size}", prose(about), table(header, rows)])


def vectors(results: dict[str, Any]) -> str:
    """Return the section on verdicts against public vectors."""
    rows = [
        [name, *(f"{n.get(key, 0):,}" for key in ("usable", "accepted", "unusable", "refused"))]
        for name, n in results["sets"].items()
    ]
    told = [
        [
            f"{d['set']}: {d['why']}",
            f"{d['verdict']}" + (f" ({d['reason']})" if d["reason"] else ""),
            f"{d['values']:,}",
        ]
        for d in results["disagreements"]
    ]
    about = """Public vectors (isemail, libphonenumber, python-stdnum, libaddressinput): values that are of their kind
        and how many of them crmq accepts in the right standard form, values that are not and how many it refuses.
        `valid` and `possible` accept. E-mail addresses: only what may be used as it stands counts as one, and `test` is
        written `tess`, because crmq takes test@ for nobody's address. Postal codes: the examples, and each with its
        last character taken away or doubled, judged by the country's pattern. Every disagreement is explained in
        `benchmarks/vectors_explained.csv`:"""
    return "\n\n".join([
        "## Verdicts against public vectors", prose(about),
        table(["set", "values", "accepted", "no values", "refused"], rows),
        table(["why crmq says otherwise", "it says", "values"], told),
    ])  # fmt: skip


def cells(results: dict[str, Any]) -> str:
    """Return the section on erroneous cells found without configuration."""
    rows = [
        [
            e["set"], e["tool"], f"{e['erroneous']:,}", f"{e['pointed_to']:,}", f"{e['right']:,}",
            f"{e['precision']:.3f}" if e["pointed_to"] else "-", f"{e['recall']:.3f}", f"{e['f1']:.3f}",
        ]
        for e in results["results"]
    ]  # fmt: skip
    about = """Cells in which the dirty table of a public pair differs from the clean one. crmq: `crmq rules suggest` on
        the dirty table, its rules run on the same table, cells of warnings and errors; with information, words for a
        missing value count too, which one clean side keeps and another leaves empty. Alerts of ydata-profiling speak of
        columns: those on missing values and zeros count as the cells they are about, the others point to none.
        Great Expectations and pointblank were not measured. crmq was mended while looking at what it missed in these
        very sets: the figures say what it can find, not what it will find in others."""
    header = ["set", "tool", "erroneous", "pointed to", "right", "precision", "recall", "F1"]
    return "\n\n".join(["## Erroneous cells found without configuration", prose(about), table(header, rows)])


def files(results: dict[str, Any]) -> str:
    """Return the section on files as clients send them."""
    names = list(results["tools"]["crmq"]["sets"])
    counts = Counter(name.split("/")[0] for name in results["tools"]["crmq"]["files"])
    rows = [
        [
            tool.replace("-text", ", told to read text"), f"{e['mean']:.4f}", *(f"{e['sets'][n]:.4f}" for n in names),
            f"{e['perfect']}", f"{e['equal']:,}", f"{e['set_aside']:,}", f"{e['unsaid']:,}",
            f"{e['texts_read']} / {e['texts']}",
        ]
        for tool, e in sorted(results["tools"].items(), key=lambda item: -item[1]["mean"])
    ]  # fmt: skip
    about = f"""{results["count"]} files whose content is known: one table polluted in many ways (pollock_polluted), the
        grammar of CSV (csv_spectrum), and files with what csvkit makes of them (csvkit_examples). Every tool is given
        nothing but the path. The score of a file is the F1 of its cells, rows aligned; a file that a tool refuses
        scores 0. Rows, headers included, are read exactly, set aside (rejected with line and reason, or refused with
        the whole file), or neither: changed or lost without a word. The last column counts the delimited texts of all
        public folders that are read rather than refused."""
    remark = """What the sets expect is not always what the files say: csvkit's results are converted when it is told to
        (nulls, date and number formats), two files of csv_spectrum differ from their own JSON. Of a header that stands
        twice crmq takes the labels once, where Pollock expects `DATE DATE`."""
    header = ["tool", "mean", *(f"{n} ({counts[n]})" for n in names), "files perfect", "rows exact", "set aside",
              "unsaid", "texts read"]  # fmt: skip
    parts = ["## Files as clients send them", prose(about), table(header, rows), prose(remark)]
    clean = results.get("clean")
    if clean:
        polars = clean["best"]["polars"]
        told = f"""A clean file of {clean["rows"]:,} rows x {clean["columns"]} columns ({clean["megabytes"]} MB), every
            column as text, {clean["threads"]} threads, tools taking turns, best of {len(clean["rounds"]["crmq"])}
            rounds; crmq also finds out encoding, dialect and header and gives every row its line. `x` is the ratio to
            plain Polars; the goal is at most 1.5 for reading."""
        speeds = [
            [tool, f"{e['seconds']:.2f}", f"{e['seconds'] / polars['seconds']:.2f}x", f"{e['wall']:.2f}",
             f"{e['cpu']:.2f}", f"{e['peak_mb']:,}"]
            for tool, e in clean["best"].items()
        ]  # fmt: skip
        parts += [prose(told), table(["tool", "reading s", "x", "process s", "CPU s", "peak MB"], speeds)]
    return "\n\n".join(parts)


SECTIONS = (
    ("accuracy.json", accuracy),
    ("speed.json", speed),
    ("profile.json", profiling),
    ("cells.json", cells),
    ("rules.json", validation),
    ("database.json", database),
    ("vectors.json", vectors),
    ("files.json", files),
)


def page(folder: Path) -> str:
    """Return the page from the results that are there.

    Raises:
        FileNotFoundError: There are no results at all.
    """
    parts, machines = [], []
    for name, section in SECTIONS:
        path = folder / name
        if path.exists():
            results = json.loads(path.read_text(encoding="utf-8"))
            parts.append(section(results))
            machines.append(results["machine"])
    if not parts:
        raise FileNotFoundError(folder)
    form = "{processor}, {cores} cores, {memory_gb} GB, {system}, Python {python}"
    places = "; ".join(dict.fromkeys(form.format(**m) for m in machines))
    about = """Generated by `benchmarks/report.py` from `benchmarks/results/`; how to run them again stands in
        [benchmarks/README.md](../benchmarks/README.md). Sets on which crmq is weak are in the tables like the
        others."""
    return "\n\n".join(["# Benchmarks", prose(about), f"Measured on: {places}.", *parts]) + "\n"


def main() -> int:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--page", type=Path, default=PAGE)
    options = parser.parse_args()
    options.page.write_text(page(options.results), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
