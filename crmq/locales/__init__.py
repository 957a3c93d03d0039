"""Every sentence a user reads goes through :func:`_` (gettext); adding a language is adding one catalogue file.

A catalogue is ``crmq/locales/<lang>/LC_MESSAGES/crmq.mo``, compiled from the ``.po`` beside it. English is the
source language and needs no catalogue.
"""

from __future__ import annotations

import gettext
import os
from contextvars import ContextVar
from functools import cache
from pathlib import Path

DOMAIN = "crmq"
_FOLDER = Path(__file__).parent
_current: ContextVar[str] = ContextVar("crmq_language", default="en")


def available() -> list[str]:
    """Return the languages that can be asked for, English first."""
    found = sorted(p.parent.parent.name for p in _FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.mo"))
    return ["en", *(x for x in found if x != "en")]


def use(language: str) -> None:
    """Make ``language`` the language of all messages from here on (an unknown one falls back to English)."""
    _current.set(language)


def language() -> str:
    """Return the language in use, as a two-letter code."""
    return _current.get()


def from_environment() -> str:
    """Return the language that ``CRMQ_LANG``, else the usual locale variables, ask for; English if none is known."""
    for name in ("CRMQ_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            code = value.split(".")[0].split("_")[0].lower()
            return code if code in available() else "en"
    return "en"


@cache
def _catalogue(lang: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, _FOLDER, languages=[lang], fallback=True)


def _(message: str) -> str:
    """Translate ``message``; use with :meth:`str.format` after translation, never with an f-string inside."""
    return _catalogue(_current.get()).gettext(message) if message else message


def ngettext(singular: str, plural: str, n: int) -> str:
    """Translate with the plural form that ``n`` needs."""
    return _catalogue(_current.get()).ngettext(singular, plural, n)
