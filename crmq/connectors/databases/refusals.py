"""What a database refuses, in words that hold neither secrets nor values of cells."""

from __future__ import annotations

from collections.abc import Iterable

from crmq.errors import SourceError
from crmq.locales import _

_LONGEST = 300


def unreachable(kind: str, where: str, reason: str, secrets: Iterable[str] = ()) -> SourceError:
    """Return the error of a database that cannot be connected to."""
    return SourceError(
        _("{kind} cannot be reached: {reason}").format(kind=kind, reason=_clean(reason, secrets)),
        where=where,
        hint=_(
            "Check host, port, database, user and password; a password in the environment is named as ${{NAME}}."
        ).format(),
    )


def refused(kind: str, where: str, reason: str, secrets: Iterable[str] = ()) -> SourceError:
    """Return the error of a database that is there but does not do what is asked.

    Args:
        kind: Name of the database product.
        where: Its address, without secrets.
        reason: What it says; the caller leaves out messages that may quote values.
        secrets: Texts that must not appear.
    """
    return SourceError(
        _("{kind} refuses: {reason}").format(kind=kind, reason=_clean(reason, secrets)),
        where=where,
        hint=_("The database is opened read-only; check the table, the query and that no one is writing."),
    )


def _clean(reason: str, secrets: Iterable[str]) -> str:
    """Return the first lines of a message in one, without secrets."""
    text = " ".join(reason.split())[:_LONGEST]
    for secret in secrets:
        text = text.replace(secret, "***")
    return text
