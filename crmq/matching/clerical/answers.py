"""A file of answers taken back: what can be used is used, every other line is named with the reason.

Nothing is lost: the file stays as it is, answers in it that were given before are known again, and a line that cannot
be used changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from crmq import locales
from crmq.errors import ConfigError
from crmq.locales import _
from crmq.matching.clerical.questions import question_id
from crmq.matching.clerical.store import Decision, Store, now
from crmq.matching.decisions import DECISIONS, DIFFERENT, SAME
from crmq.model.tables import ORGANISATION, PERSON

KEY_COLUMNS = tuple(name for name in DECISIONS if name != "decision")
ANSWER = "your_decision"
"""The column for the answer in what is given to people; ``decision`` in ``decisions.csv``."""


@dataclass(frozen=True)
class Line:
    """One line of a file of answers.

    Attributes:
        place: Where it stands, for people.
        cells: Stable name of a column to its text.
    """

    place: str
    cells: dict[str, str]


@dataclass(frozen=True)
class Problem:
    """A line that cannot be used: where it stands, and why."""

    place: str
    what: str


@dataclass
class Taken:
    """What became of a file of answers.

    Attributes:
        new: Answers to questions that had none.
        changed: Answers that differ from the one before; the later one counts.
        known: Answers that were there already.
        open: Lines without an answer.
        problems: Lines that cannot be used.
    """

    new: int = 0
    changed: int = 0
    known: int = 0
    open: int = 0
    problems: list[Problem] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        problems = [{"where": p.place, "what": p.what} for p in self.problems]
        return {
            "new": self.new, "changed": self.changed, "known": self.known, "open": self.open, "problems": problems,
        }  # fmt: skip


def csv_lines(path: Path) -> list[Line]:
    """Return the lines of ``decisions.csv``, or of a filled review list.

    Raises:
        ConfigError: The file cannot be read, or a column is missing.
    """
    try:
        frame = pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        kind = type(error).__name__
        raise ConfigError(_("The decisions cannot be read ({kind}).").format(kind=kind), where=str(path)) from None
    check_columns(frame.columns, path)
    rows = frame.with_columns(pl.all().fill_null("")).iter_rows(named=True)
    return [Line(_("line {n}").format(n=number), row) for number, row in enumerate(rows, start=2)]


def check_columns(names: Iterable[str], path: Path) -> None:
    """Check that a file of answers has the columns it needs.

    Raises:
        ConfigError: It has not.
    """
    have = set(names)
    needed = [name for name in KEY_COLUMNS if name != "entity"]
    missing = [name for name in needed if name not in have]
    if not have & {ANSWER, "decision"}:
        missing.append("decision")
    if missing:
        raise ConfigError(
            _("The column {name} is missing.").format(name=missing[0]),
            where=str(path),
            hint=_("A file of decisions has the columns {names}.").format(names=", ".join(DECISIONS)),
        )


def take(lines: Iterable[Line], clusters: pl.DataFrame, store: Store) -> Taken:
    """Take the answers of a file over into the decisions.

    Args:
        lines: The lines of the file.
        clusters: As in ``model.matches.CLUSTERS``: the records there are.
        store: The decisions so far.

    Raises:
        OutputError: The decisions cannot be written; then none of them is taken.
    """
    records = set(clusters.select("source", "object", "record_id", "entity").iter_rows())
    words = _words()
    taken = Taken()
    found: dict[str, tuple[Line, Decision]] = {}
    told: dict[str, set[str]] = {}
    for line in lines:
        said = line.cells.get(ANSWER, line.cells.get("decision", "")).strip()
        if not said:
            taken.open += 1
            continue
        key = tuple(line.cells.get(name, "") for name in KEY_COLUMNS)
        answer = words.get(said.casefold(), "")
        why = _wrong(line, key, answer, records)
        if why:
            taken.problems.append(Problem(line.place, why))
            continue
        made = Decision(
            key, answer, line.cells.get("drawn", ""), line.cells.get("decided_at") or now(), line.cells.get("note", "")
        )
        told.setdefault(made.id, set()).add(answer)
        found[made.id] = (line, made)
    changes: dict[str, Decision | None] = {}
    for name, (line, made) in found.items():
        if len(told[name]) > 1:
            taken.problems.append(Problem(line.place, _("The pair stands there twice with different answers.")))
            continue
        before = store.decisions.get(name)
        if before and before.answer == made.answer and (before.note == made.note or not made.note):
            taken.known += 1
            continue
        kind = "new" if before is None else "changed" if before.answer != made.answer else "known"
        setattr(taken, kind, getattr(taken, kind) + 1)
        changes[name] = made
    if changes:
        store.change(changes)
    return taken


def _words() -> dict[str, str]:
    """Return every word for an answer, in all languages."""
    words = {SAME: SAME, DIFFERENT: DIFFERENT}
    before = locales.language()
    try:
        for language in locales.available():
            locales.use(language)
            words |= {_("same").casefold(): SAME, _("different").casefold(): DIFFERENT}
    finally:
        locales.use(before)
    return words


def _wrong(line: Line, key: tuple[str, ...], answer: str, records: set[tuple[str, ...]]) -> str:
    """Return why a line cannot be used, or nothing."""
    if not answer:
        return _("The decision is neither same nor different.")
    if line.cells.get("question") and line.cells["question"] != question_id(key):
        return _("The ids of the records are not those that were handed out.")
    kinds = (key[6],) if key[6] else (PERSON, ORGANISATION)
    sides = (key[0:3], key[3:6])
    if sides[0] == sides[1]:
        return _("Both records are the same one.")
    if not any((*sides[0], kind) in records and (*sides[1], kind) in records for kind in kinds):
        gone = Counter(side for side in sides for kind in kinds if (*side, kind) not in records).most_common(1)
        return _("There is no record {name} in this run.").format(name="/".join(gone[0][0]))
    return ""
