"""Finds the tables that are asked for among those of a database."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from crmq.errors import SourceError
from crmq.locales import _


def chosen(where: str, known: Sequence[str], asked: Sequence[str]) -> list[str]:
    """Return the names of the tables asked for as the database spells them, each once.

    Case does not matter unless it tells two tables apart; the schema may be left out where one table only has the name.

    Args:
        where: The database, for the error.
        known: Its tables and views, with their schema where that is not the usual one.
        asked: What the user named.

    Raises:
        SourceError: There is no such table, or several.
    """
    return list(dict.fromkeys(_one(where, known, name) for name in asked))


def _one(where: str, known: Sequence[str], asked: str) -> str:
    if asked in known:
        return asked
    folded = asked.casefold()
    found = [name for name in known if name.casefold() == folded]
    found = found or [name for name in known if name.casefold().rpartition(".")[2] == folded]
    if len(found) == 1:
        return found[0]
    if found:
        hint = _("Name one of them: {names}.").format(names=", ".join(found[:10]))
        raise SourceError(_("There are several tables {name}.").format(name=asked), where=where, hint=hint)
    raise SourceError(_("There is no table {name}.").format(name=asked), where=where, hint=_near(known, folded))


def _near(known: Sequence[str], folded: str) -> str:
    by_key: dict[str, str] = {}
    for name in known:
        by_key.setdefault(name.casefold(), name)
        by_key.setdefault(name.casefold().rpartition(".")[2], name)
    near = dict.fromkeys(by_key[key] for key in difflib.get_close_matches(folded, list(by_key), n=3, cutoff=0.6))
    if near:
        return _("Did you mean {word}?").format(word=", ".join(near))
    if not known:
        return _("This user sees no table in it at all.")
    listed = ", ".join(known[:20]) + (" ..." if len(known) > 20 else "")
    return _("Known: {names}.").format(names=listed)
