"""The words that Typer itself writes into help and errors, so that they are in the catalogues too.

Typer looks its words up with :func:`gettext.gettext`, in the default domain and the language of the environment.
"""

from __future__ import annotations

import gettext
import os
from pathlib import Path

from crmq import locales


def N_(message: str) -> str:  # noqa: N802 -- the name that tools of gettext know
    """Mark ``message`` for translation without translating it: Typer does that when it writes it."""
    return message


WORDS = (
    N_("Arguments"),
    N_("Options"),
    N_("Commands"),
    N_("required"),
    N_("default: {default}"),
    N_("(dynamic)"),
    N_("Missing command."),
    N_("No such command {name!r}."),
)
"""What Typer may write of its own in a help text or an error, in its spelling."""


def speak(language: str) -> None:
    """Let Typer find its words in the catalogue of ``language``; it writes English where there is none."""
    os.environ["LANGUAGE"] = language
    gettext.bindtextdomain(locales.DOMAIN, str(Path(locales.__file__).parent))
    gettext.textdomain(locales.DOMAIN)
