"""The error tree of crmq and its exit codes.

Every error a user can meet is a :class:`CrmqError`; each subclass owns one exit code:

    CrmqError                     4  (never raised itself)
    +-- UsageError                2  the command line or an argument is wrong
    |   +-- ConfigError           2  a declarative file (crmq.yaml, mapping, pack, system) is wrong
    |   +-- OutputError         2  the output folder holds something crmq did not write
    +-- SourceError               3  a source cannot be read or reached
    +-- BalanceError              4  a run's own balance does not close: a defect of crmq, never of the data
    +-- InternalError             4  any other defect of crmq

Findings about data are not errors: they are rows of the ``findings`` table.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from enum import IntEnum


class ExitCode(IntEnum):
    """What the process returns; the table in README.md lists the same numbers."""

    OK = 0
    """Nothing at or above the limit."""
    FINDINGS = 1
    """Findings at or above ``--fail-on``."""
    USAGE = 2
    """Usage or configuration is wrong."""
    SOURCE = 3
    """A source cannot be read or reached."""
    INTERNAL = 4
    """Internal error, also a balance that does not close."""
    INTERRUPTED = 130
    """Stopped by Ctrl-C."""


class CrmqError(Exception):
    """An error with a code, what happened, where, and what to do about it.

    Args:
        what: One sentence that says what is wrong, without personal data or secrets.
        where: File, ``file:line:column``, source name or option the message is about.
        hint: What the user can do about it, as a sentence.
    """

    code = "internal"
    exit_code = ExitCode.INTERNAL

    def __init__(self, what: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.what, self.where, self.hint)


def _rebuild(cls: type[CrmqError], what: str, where: str | None, hint: str | None) -> CrmqError:
    return cls(what, where=where, hint=hint)


class UsageError(CrmqError):
    """The command line or an argument is wrong."""

    code = "usage"
    exit_code = ExitCode.USAGE


class ConfigError(UsageError):
    """A declarative file is wrong: unknown key, wrong type, bad reference."""

    code = "config"


class OutputError(UsageError):
    """The output folder is not empty and crmq did not write it."""

    code = "output"


class SourceError(CrmqError):
    """A source cannot be read or reached."""

    code = "source"
    exit_code = ExitCode.SOURCE


class BalanceError(CrmqError):
    """Rows or records would be lost or counted twice; the run is not published."""

    code = "balance"


class InternalError(CrmqError):
    """A defect of crmq."""


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """Return the known word closest to ``word``, or None when none is close."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return close[0] if close else None
