"""The shape of a cell: what kind of thing its text looks like, decided by form alone.

Shapes tell headers from data, one delimiter from another, and a shifted row from a whole one. They say nothing about
validity: that is the business of ``crmq.values``.
"""

from __future__ import annotations

import re
from functools import lru_cache

EMPTY = "empty"
TEXT = "text"
CODE = "code"
NUMBER = "number"

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|ene|abr|ago|dic)[a-z]*\.?"  # English and Spanish
_DATE = (
    rf"(?:\d{{1,4}}[-/.]\d{{1,2}}[-/.]\d{{1,4}}|\d{{1,2}}[-/ .]{_MONTH}[-/ .]\d{{2,4}}|{_MONTH} \d{{1,2}},? \d{{4}})"
)
_TIME = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:\s?[ap]\.?\s?m\.?)?"
_ZONE = r"(?:\s?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2}))?"
_MONEY = r"(?:[$€£¥]|USD|EUR|GBP|MXN|COP|ARS|S/\.?)?"

_SHAPES = re.compile(
    rf"""
    (?P<guid>\{{?[0-9a-f]{{8}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{12}}\}}?)
    |(?P<datetime>{_DATE}[T ,]\s?{_TIME}{_ZONE})
    |(?P<date>{_DATE})
    |(?P<time>{_TIME}{_ZONE})
    |(?P<integer>[+-]?\d+)
    |(?P<number>-?{_MONEY}\s?[+-]?(?:\d+|\d{{1,3}}(?:[.,' ]\d{{3}})+)?(?:[.,]\d+)?(?<=\d)
        (?:e[+-]?\d+)?\s?(?:%|[$€£¥])?)
    |(?P<email>[^\s@,;<>"]+@[^\s@,;<>"]+\.[^\s@,;<>"]+)
    |(?P<url>(?:https?://|www\.)\S+)
    |(?P<phone>\+?[(]?\d[\d\s().\-/]{{5,}}\d(?:\s?(?:x|ext\.?)\s?\d+)?)
    |(?P<boolean>true|false|yes|no|verdadero|falso|s[ií])
    |(?P<code>(?=[^\s]*\d)[\w][\w.\-/]*)
    """,
    re.VERBOSE | re.IGNORECASE,
)
TYPED = frozenset({"guid", "datetime", "date", "time", "integer", "number", "email", "url", "phone", "boolean"})
"""Shapes that a header of a column does not have, as a rule."""


@lru_cache(maxsize=65536)
def shape(cell: str) -> str:
    """Return the shape of a cell: ``empty``, one of :data:`TYPED`, ``code`` (no blanks, has a digit) or ``text``."""
    text = cell.strip()
    if not text:
        return EMPTY
    if len(text) > 200:
        return TEXT
    match = _SHAPES.fullmatch(text)
    if match is None or match.lastgroup is None:
        return TEXT
    return match.lastgroup


def family(name: str) -> str:
    """Return the shape with whole and broken numbers as one: a price column holds both."""
    return NUMBER if name == "integer" else name
