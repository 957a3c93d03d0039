"""Write the table of supported systems into ``docs/systems.md``, or check that it is what the system files say.

The table stands between ``<!-- systems -->`` and ``<!-- end systems -->``. Which objects have a sample is read from
``tests/systems/samples``; an object without one is marked.

    python docs/systems_table.py            rewrite the table
    python docs/systems_table.py --check    exit 1 when it differs
"""

from __future__ import annotations

import difflib
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import yaml

from crmq import locales
from crmq.connectors import catalogue
from crmq.connectors.catalogue import Object, System
from crmq.connectors.load_side import shares
from crmq.model import fields as canonical

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "systems.md"
SAMPLES = ROOT / "tests" / "systems" / "samples"
BEGIN, END = "<!-- systems -->\n", "<!-- end systems -->\n"
INTRODUCTION = """Of each system, the objects that crmq recognises. *References* counts the columns that point to other
records, *consent* those with a polarity, *merges* whether the system declares them. *Sure* says how the names and
labels are known: F seen in real files or in code written against them, D documented, M from memory and matched
tolerantly. \\* marks an object without a sample of its own. *Loads into* says how sure the facts of the load side are.
"""


def sampled() -> dict[str, set[str]]:
    """Return per system the objects that have a sample."""
    found: dict[str, set[str]] = {}
    for path in sorted(SAMPLES.rglob("*.expected.yaml")):
        expected = yaml.safe_load(path.read_text(encoding="utf-8"))
        found.setdefault(expected["system"], set()).add(expected["object"])
    return found


def names(objects: Iterable[Object], samples: set[str]) -> str:
    """Return the titles of the objects that a table can be recognised as."""
    shown = {True: "", False: r" \*"}
    return ", ".join(o.spec.title + shown[o.name in samples] for o in objects if o.spec.fingerprints)


def row(system: System, samples: set[str]) -> str:
    """Return the line of one system."""
    objects = system.objects.values()
    parties = names((o for o in objects if o.entities), samples)
    rest = names((o for o in objects if not o.entities), samples)
    columns = {(o.name, c.name): c for o in objects for c in o.columns}
    fed = Counter(canonical.fields()[c.field].group for c in columns.values() if c.field)
    references = fed["reference"] + sum(c.field == "party_id" for c in columns.values())
    merges = {c.field for c in columns.values()} & {"master_id", "merged_ids"}
    loads = [o.name for o in objects if o.spec.load]
    load = f"{', '.join(loads)} ({shares(system.load_certainties())})" if loads else "none"
    cells = [
        f"**{system.file.title}** `{system.name}`", parties or "-", rest or "-", str(references or "-"),
        str(fed["consent"] or "-"), "yes" if merges else "-", load, shares(system.certainties()),
    ]  # fmt: skip
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def table() -> str:
    """Return the whole block."""
    locales.use("en")
    samples = sampled()
    known = sorted(catalogue.systems().values(), key=lambda s: s.file.title.casefold())
    head = "| System | Parties | Other objects | References | Consent | Merges | Loads into | Sure |"
    lines = [head, "|---|---|---|--:|--:|---|---|---|", *(row(s, samples.get(s.name, set())) for s in known)]
    return f"{INTRODUCTION}\n" + "\n".join(lines) + f"\n\n{len(known)} systems.\n"


def main(check: bool) -> int:
    """Refresh or check the document."""
    old = DOCUMENT.read_text(encoding="utf-8")
    before, _begin, rest = old.partition(BEGIN)
    _old_table, _end, after = rest.partition(END)
    if not rest:
        before, after = old.rstrip("\n") + "\n\n## Supported systems\n\n", ""
    new = f"{before}{BEGIN}{table()}{END}{after}"
    if new == old:
        return 0
    if check:
        sys.stdout.writelines(
            difflib.unified_diff(old.splitlines(True), new.splitlines(True), "docs/systems.md", "now")
        )
        return 1
    DOCUMENT.write_text(new, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
