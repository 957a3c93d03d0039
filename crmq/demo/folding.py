"""Letters without accents, and how texts look after they went through the wrong code page."""

from __future__ import annotations

import unicodedata


def plain(text: str) -> str:
    """Return ``text`` without accents (ñ becomes n)."""
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def slug(text: str) -> str:
    """Return the letters and digits of ``text`` in lower case without accents, as addresses and domains have them."""
    return "".join(c for c in plain(text).lower() if c.isalnum() and c.isascii())


def mojibake(text: str) -> str:
    """Return ``text`` as it looks when its UTF-8 bytes are read as Windows-1252 (unchanged where that fails)."""
    try:
        return text.encode("utf-8").decode("cp1252")
    except UnicodeDecodeError:
        return text


def question_marks(text: str) -> str:
    """Return ``text`` as it looks after a 7-bit export: every accented letter is a question mark."""
    return text.encode("ascii", "replace").decode("ascii")
