"""``decisions.csv``: written whole after every answer, so that a killed session loses nothing.

The columns of :data:`crmq.matching.decisions.DECISIONS` come first; matching reads no others. ``drawn`` says whether
the pair was drawn at random, and from which run: only such answers can measure that run.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from crmq.errors import ConfigError, OutputError
from crmq.locales import _
from crmq.matching.clerical.questions import question_id
from crmq.matching.decisions import DECISIONS, read_table
from crmq.run import PRIVATE_FILE

COLUMNS = (*DECISIONS, "drawn", "decided_at", "note")


@dataclass(frozen=True)
class Decision:
    """One answer.

    Attributes:
        key: Both record names and the entity, as in :attr:`Question.key`; an empty entity stands for any.
        answer: ``same`` or ``different``.
        drawn: Digest of the run that drew the pair at random, or empty.
        decided_at: When, as ISO 8601 in UTC, or empty.
        note: What the steward wrote beside it.
    """

    key: tuple[str, ...]
    answer: str
    drawn: str = ""
    decided_at: str = ""
    note: str = ""

    @property
    def id(self) -> str:
        """The digest of the question it answers."""
        return question_id(self.key)


def now() -> str:
    """Return the present time as it is written beside an answer."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Store:
    """The decisions in one file.

    Args:
        path: The file; it need not exist yet.

    Raises:
        ConfigError: It cannot be read, or a decision in it is neither same nor different.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.decisions: dict[str, Decision] = {}
        if path.exists():
            frame = read_table(path)
            if "reasons" in frame.columns:
                raise ConfigError(
                    _("This is a review list, not a file of decisions."),
                    where=str(path),
                    hint=_("Take its answers over with crmq review RUN --from FILE --decisions decisions.csv."),
                )
            for row in frame.iter_rows(named=True):
                key = tuple(row[name] or "" for name in DECISIONS if name != "decision")
                more = (row.get(name) or "" for name in ("drawn", "decided_at", "note"))
                made = Decision(key, row["decision"], *more)
                self.decisions[made.id] = made

    def change(self, changes: Mapping[str, Decision | None]) -> None:
        """Take or withdraw (None) decisions, by the digest of their question, and write the file.

        Raises:
            OutputError: The file cannot be written; what it held before stands.
        """
        after = dict(self.decisions)
        for name, made in changes.items():
            if made is None:
                after.pop(name, None)
            else:
                after[name] = made
        _write(self.path, after.values())
        self.decisions = after


def _write(path: Path, decisions: Iterable[Decision]) -> None:
    """Write the file beside itself and put it in its place."""
    draft = path.with_name(f".{path.name}.crmq-{os.getpid()}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
            out = csv.writer(stream, lineterminator="\n")
            out.writerow(COLUMNS)
            for made in sorted(decisions, key=lambda d: d.key):
                out.writerow([*made.key, made.answer, made.drawn, made.decided_at, made.note])
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise OutputError(
            _("The decisions cannot be written: {reason}.").format(reason=error.strerror), where=str(path)
        ) from None
