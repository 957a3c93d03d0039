"""Fill the console blocks of the documents with the output of real runs, or check that they are what a run prints.

A block stands between ``<!-- run: crmq … -->`` and ``<!-- end -->``. All blocks of all documents run in one temporary
folder, in order, so that a later block can use what an earlier one wrote. ``<!-- run: crmq demo -o demo | tail 20 -->``
keeps the last 20 lines, ``| head 20`` the first.

    python docs/refresh.py            rewrite the blocks
    python docs/refresh.py --check    exit 1 when a block differs from what a run prints
"""

from __future__ import annotations

import difflib
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = ("README.md", "examples/README.md")
BLOCK = re.compile(r"(<!-- run: (?P<command>[^\n]*?) -->\n)(?P<body>.*?)(<!-- end -->)", re.DOTALL)
CUT = re.compile(r"\s*\|\s*(head|tail) (\d+)$")


def output(command: str, folder: Path) -> str:
    """Run one command as a user would and return what the terminal shows, without colours."""
    cut = CUT.search(command)
    words = shlex.split(CUT.sub("", command))
    settings = {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "COLUMNS": "100", "NO_COLOR": "1", "CRMQ_LANG": "en"}
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=folder,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode not in (0, 1):
        raise SystemExit(f"{command}: exit code {done.returncode}\n{done.stderr}")
    lines = [line.rstrip() for line in done.stdout.strip("\n").splitlines()]
    if cut:
        number = int(cut.group(2))
        lines = ["…", *lines[-number:]] if cut.group(1) == "tail" else [*lines[:number], "…"]
    return "\n".join(lines)


def refreshed(text: str, folder: Path) -> str:
    """Return a document with all its blocks filled."""

    def fill(match: re.Match[str]) -> str:
        command = match["command"]
        shown = CUT.sub("", command)
        return f"{match[1]}```console\n$ {shown}\n{output(command, folder)}\n```\n{match[4]}"

    return BLOCK.sub(fill, text)


def main(check: bool) -> int:
    """Refresh or check all documents."""
    stale = 0
    with tempfile.TemporaryDirectory() as temporary:
        for name in DOCUMENTS:
            path = ROOT / name
            if not path.exists():
                continue
            old = path.read_text(encoding="utf-8")
            new = refreshed(old, Path(temporary))
            if new == old:
                continue
            stale += 1
            if check:
                sys.stdout.writelines(difflib.unified_diff(old.splitlines(True), new.splitlines(True), name, "a run"))
            else:
                path.write_text(new, encoding="utf-8", newline="\n")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
