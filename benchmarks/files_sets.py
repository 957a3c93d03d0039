"""Files as clients send them, with what stands in them, and how well a reading agrees: counted without crmq's code."""

from __future__ import annotations

import csv
import difflib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

Cells = list[list[str]]

FOLDERS = ("pollock_polluted", "csv_spectrum", "csvkit_examples")
"""Folders below ``files/`` that say what their files hold."""
ANY = ("csvkit_examples", "frictionless_data", "clevercsv_examples", "salesforce_dataloader_encodings", "csv_spectrum",
       "pollock_polluted")  # fmt: skip
"""Folders of which every delimited text must be read or refused in words."""
_TEXTS = frozenset({".csv", ".tsv", ".txt"})


@dataclass(frozen=True)
class Case:
    """One file and its content.

    Attributes:
        folder: The set it belongs to.
        path: The file.
        expected: The header, where there is one, and the rows.
    """

    folder: str
    path: Path
    expected: Cells


@dataclass(frozen=True)
class Score:
    """How a reading agrees with the truth.

    Attributes:
        cells: F1 of the cells, rows aligned: twice the equal cells by all cells of both.
        rows: Rows of the truth, the header included.
        equal: Of these, read exactly.
        set_aside: Rows that were not read and are told with line and reason.
    """

    cells: float
    rows: int
    equal: int
    set_aside: int

    @property
    def unsaid(self) -> int:
        """Rows that were neither read exactly nor set aside: changed or lost without a word."""
        return max(0, self.rows - self.equal - self.set_aside)


def cases(root: Path) -> Iterator[Case]:
    """Yield the files with a known content, below ``root/files``; sets that are not there are left out."""
    folder = root / "files" / "pollock_polluted"
    for path in sorted((folder / "csv").glob("*.csv")):
        yield Case("pollock_polluted", path, _csv(folder / "clean" / path.name))
    folder = root / "files" / "csv_spectrum"
    for path in sorted((folder / "csvs").glob("*.csv")):
        rows = json.loads((folder / "json" / f"{path.stem}.json").read_text(encoding="utf-8"))
        rows = rows if isinstance(rows, list) else [rows]
        yield Case("csv_spectrum", path, [list(rows[0]), *([*map(str, row.values())] for row in rows)])
    folder = root / "files" / "csvkit_examples"
    for converted in sorted(folder.glob("*_converted.csv")):
        stem = converted.stem.removesuffix("_converted")
        for path in (folder / f"{stem}.csv", folder / stem):
            if path.exists():
                yield Case("csvkit_examples", path, _csv(converted))


def texts(root: Path) -> list[Path]:
    """Return every delimited text of the folders, known content or not."""
    found = [p for name in ANY for p in sorted((root / "files" / name).rglob("*")) if p.suffix.lower() in _TEXTS]
    return [p for p in found if p.is_file() and "clean" not in p.parts]


def score(got: Cells, expected: Cells, set_aside: int = 0) -> Score:
    """Return how a reading agrees with the truth; a nameless file without content agrees with an empty reading."""
    got_rows, rows = [tuple(row) for row in got], [tuple(row) for row in expected]
    equal = 0
    for tag, a, b, c, d in difflib.SequenceMatcher(None, got_rows, rows, autojunk=False).get_opcodes():
        if tag == "equal":
            equal += sum(map(len, rows[c:d]))
        elif tag == "replace":
            pairs = zip(got_rows[a:b], rows[c:d], strict=False)
            equal += sum(x == y for g, e in pairs for x, y in zip(g, e, strict=False))
    total = sum(map(len, got_rows)) + sum(map(len, rows))
    exact = (Counter(got_rows) & Counter(rows)).total()
    return Score(2 * equal / total if total else 1.0, len(rows), exact, set_aside)


def _csv(path: Path) -> Cells:
    with path.open(newline="", encoding="utf-8-sig") as handle:
        return list(csv.reader(handle))
