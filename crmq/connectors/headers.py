"""Headers compared as people read them: case, accents, blanks, punctuation and camel case make no difference."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=[0-9])")
_DATABASE_ID = re.compile(r"(?:^|(?<=/))\.id$")
_CUSTOM = re.compile(r"_{1,2}p?c$", re.IGNORECASE)


@lru_cache(maxsize=20_000)
def key(header: str) -> str:
    """Return the comparison key: letters and digits only, lower case, without accents.

    ``First Name``, ``FirstName``, ``first_name`` and ``FIRSTNAME`` have one key, and so have ``E-mail`` and ``email``,
    or ``correo elec. en masa`` and what the Office database driver makes of it, ``correo elec# en masa``.
    """
    return "".join(words(header))


@lru_cache(maxsize=20_000)
def words(header: str) -> tuple[str, ...]:
    """Return the words of a header, lower case and without accents, camel case and digits split off.

    A header of capitals only is one word per blank: ``FIRSTNAME`` cannot be split. ``.id``, alone or after a slash, is
    Odoo's database id and another column than ``id``.
    """
    text = unicodedata.normalize("NFKC", header.replace("\ufeff", ""))
    text = _DATABASE_ID.sub("database id", text.strip())
    spaced = text if text.isupper() else _CAMEL.sub(" ", text)
    decomposed = unicodedata.normalize("NFKD", spaced.casefold())
    folded = "".join(c for c in decomposed if not unicodedata.category(c).startswith("M"))
    return tuple("".join(c if c.isalnum() else " " for c in folded).split())


def without_custom_mark(header: str) -> str:
    """Return a Salesforce field name without the mark of custom fields (``__c``, ``__pc``, or ``_c`` of pipelines)."""
    return _CUSTOM.sub("", header)


def masked(label: str) -> str:
    """Return what Salesforce makes of a label as a field name: every accented letter and every blank one ``_``.

    ``Código Postal`` becomes ``c_digo_postal``.
    """
    return "".join(c.lower() if c.isascii() and c.isalnum() else "_" for c in unicodedata.normalize("NFC", label))


def accent_vocabulary(labels: Iterable[str]) -> Mapping[str, str]:
    """Return the masked form of every word with an accent in ``labels``, and the word without its accent."""
    found: dict[str, str] = {}
    for label in labels:
        for word in label.split():
            bare = word.strip(".,:;()/?¿").lower()
            if bare.isascii() or not bare.isalpha():
                continue
            found[masked(bare)] = key(bare)
    return dict(sorted(found.items(), key=lambda item: (-len(item[0]), item[0])))


def restore_accents(header: str, vocabulary: Mapping[str, str]) -> str:
    """Return ``header`` with the words of ``vocabulary`` that lost an accent to ``_`` put right.

    ``C_digo_Postal__c`` becomes ``codigo_Postal__c``. Whole words only: one ``_`` stands for one letter.
    """
    if "_" not in header:
        return header
    text = header
    for lost, whole in vocabulary.items():
        if lost in text.lower():
            text = re.sub(rf"(?i)(?<![^_\W]){re.escape(lost)}(?![^_\W])", whole, text)
    return text
