"""What every command does first and last: language, threads, progress, and the project that the options describe."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crmq import locales
from crmq.errors import UsageError, did_you_mean
from crmq.locales import _

if TYPE_CHECKING:
    from crmq.progress import Progress

FORMATS = ("terminal", "json")


@dataclass(frozen=True)
class Session:
    """One command under way.

    Attributes:
        progress: Give it to the stages.
        show_pii: Whether reports may show personal data.
        quiet: Whether stderr stays silent.
    """

    progress: Progress
    show_pii: bool = False
    quiet: bool = False

    def note(self, text: str) -> None:
        """Print a note for the person at the terminal on stderr."""
        if not self.quiet:
            print(text, file=sys.stderr)


@contextmanager
def session(
    *, lang: str | None = None, threads: int | None = None, quiet: bool = False, show_pii: bool = False
) -> Iterator[Session]:
    """Set language and threads, and show progress on stderr when that is a terminal.

    Must be entered before Polars or numba are imported: both read the number of threads at import.
    """
    if lang:
        if lang not in locales.available():
            raise UsageError(
                _("There is no language {lang}.").format(lang=lang),
                where="--lang",
                hint=_("Known: {names}.").format(names=", ".join(locales.available())),
            )
        locales.use(lang)
    if threads:
        for name in ("POLARS_MAX_THREADS", "NUMBA_NUM_THREADS"):
            os.environ[name] = str(threads)
    from crmq.reports.terminal.progress import shown

    with shown(enabled=not quiet and sys.stderr.isatty()) as progress:
        yield Session(progress, show_pii, quiet)


def one_of(value: str, known: tuple[str, ...], option: str) -> str:
    """Return ``value`` when it is among the known ones.

    Raises:
        UsageError: It is not; the message suggests the closest.
    """
    if value in known:
        return value
    close = did_you_mean(value, known)
    hint = _("Did you mean {word}?") if close else _("Known: {names}.")
    raise UsageError(
        _("{value} is not known.").format(value=value),
        where=option,
        hint=hint.format(word=close, names=", ".join(known)),
    )


def again(inputs: Iterable[str]) -> str:
    """Return inputs as the words of the next command; the password of a database URL is left to the environment."""
    from crmq.connectors.databases import kept

    return shlex.join(map(kept, inputs))


def default_out(out: Path | None, command: str) -> Path:
    """Return the output folder: the one asked for, else ``crmq-out`` here."""
    return out if out is not None else Path("crmq-out")
