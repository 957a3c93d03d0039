"""What single words of a person's name are: the vocabulary behind :mod:`crmq.values.person_name`.

A name is read by the classes of its words, never by its letters: each distinct word is classified once, and the
string of classes (the *shape*) decides where given names end and surnames begin. There are few shapes.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Any

import polars as pl
import yaml

from crmq.values import text

HONORIFIC = "h"
HONORIFIC_OR_NAME = "j"
"""``Don``, ``D.``, ``Rev``: a form of address only where a given name follows."""
HONORIFIC_OR_SUFFIX = "r"
"""``Sr.``: Señor in front, Senior behind."""
SUFFIX = "x"
MARRIED = "m"
PARTICLE = "p"
PARTICLE_OR_NAME = "P"
"""``van``, ``Ben``, ``Al``, ``San``: at the start of a full name they are a given name."""
CONJUNCTION = "c"
COUPLE = "k"
INITIAL = "i"
GIVEN_IBERIAN = "g"
GIVEN_OTHER = "e"
GIVEN_ANY = "b"
GIVEN_OR_SURNAME = "a"
SURNAME_IBERIAN = "s"
SURNAME_OTHER = "t"
WORD = "w"
ORDINAL = "o"
NOISY_WORD = "n"
"""A word with one or two digits in it: a misread letter (``J0hn``)."""
NUMBER = "d"
AT = "@"
COMMA = ","
OPENING = "("
CLOSING = ")"
QUOTE = '"'
SYMBOL = "z"

_ORDINAL = re.compile(r"^\d+(?:st|nd|rd|th|o|a|er|re|eme)$")
_INITIALS = re.compile(r"^(?:[^\W\d_]\.?-?){1,4}$")
_ROMAN = frozenset(("ii", "iii", "iv", "vi", "vii", "viii", "xii", "xiii", "xiv", "xv", "xvi"))
_VOWELS = frozenset("aeiou")
_ELIDED = re.compile(r"^(?:o|d|l|n|m)'(?=.{2})")
_WEAK_PARTICLES = frozenset(
    ("van", "al", "ben", "mac", "mc", "bin", "el", "te", "ter", "le", "lo", "du", "st", "ste", "saint", "san", "santa",
     "af", "av")
)  # fmt: skip


@cache
def _words() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(_data("name_words.yaml"))
    return loaded


def _data(name: str) -> str:
    return files("crmq.values").joinpath(f"data/{name}").read_text(encoding="utf-8")


def _folded(words: list[str]) -> set[str]:
    return set(pl.DataFrame({"word": words}, schema={"word": pl.String}).select(text.fold(pl.col("word")))["word"])


@cache
def _names() -> dict[str, str]:
    """Return class by folded name."""
    lists = yaml.safe_load(_data("person_names.yaml"))
    given = {origin: _folded(lists["given"][origin].split()) for origin in ("iberian", "other")}
    family = {origin: _folded(lists["surnames"][origin].split()) for origin in ("iberian", "other")}
    classes = {}
    for name in sorted(set().union(*given.values(), *family.values())):
        is_given = name in given["iberian"] or name in given["other"]
        is_family = name in family["iberian"] or name in family["other"]
        if is_given and is_family:
            classes[name] = GIVEN_OR_SURNAME
        elif is_given:
            both = name in given["iberian"] and name in given["other"]
            classes[name] = GIVEN_ANY if both else GIVEN_IBERIAN if name in given["iberian"] else GIVEN_OTHER
        else:
            classes[name] = SURNAME_IBERIAN if name in family["iberian"] else SURNAME_OTHER
    return classes


@cache
def _particles() -> dict[str, str]:
    every = {word for line in _words()["particles"] for word in line.split()}
    return {word: PARTICLE_OR_NAME if word in _WEAK_PARTICLES else PARTICLE for word in sorted(every)}


@cache
def _sets() -> dict[str, frozenset[str]]:
    words = _words()
    return {
        "capital_particles": frozenset(words["capital_particles"].split()),
        "conjunctions": frozenset(words["conjunctions"].split()),
        "couple": frozenset(words["couple"].split()),
        "married": frozenset(words["married"]),
        "short": frozenset(words["short_names"].split()),
    }


@cache
def _reserved() -> frozenset[str]:
    """Return the folded words that are, or may be, more than a plain name."""
    words, sets = _words(), _sets()
    tables = ("honorifics", "honorifics_before_given", "suffixes", "abbreviations", "dotted")
    keyed = {key for table in tables for key in words[table]}
    return frozenset(keyed | _folded(sorted(keyed)) | _ROMAN | set(_particles()) | sets["married"] | sets["couple"])


def classify(word: str, folded: str) -> tuple[str, str]:
    """Return the class of a word and how it is written in a clean name.

    Args:
        word: The word as it stands in the cleaned cell.
        folded: :func:`crmq.values.text.fold` of it.
    """
    if len(word) > 3 and word.isalpha() and folded not in _reserved():
        return _names().get(folded, WORD), in_case(word, folded)
    special = _special(word, folded)
    if special:
        return special
    bare = folded.replace(".", "")
    known = _names().get(bare)
    if any(c.isdigit() for c in bare):
        return _with_digits(word, bare)
    if known and len(bare) > 2:
        return known, in_case(word, bare)
    if bare in _particles():
        return _particles()[bare], _particle_in_case(word, bare)
    if bare in _sets()["conjunctions"] and "." not in word and (bare == "y" or word.islower()):
        return CONJUNCTION, word.lower()
    if _INITIALS.match(folded) and (
        len(bare) == 1 or "." in folded[:-1] or (word.isupper() and not _pronounceable(bare))
    ):
        return INITIAL, word.upper()
    return known or WORD, in_case(word, bare)


_SIGNS = {",": COMMA, ";": COMMA, "(": OPENING, "[": OPENING, ")": CLOSING, "]": CLOSING, '"': QUOTE, "&": COUPLE,
          "/": COUPLE, "+": COUPLE, "|": COUPLE}  # fmt: skip


def _special(word: str, folded: str) -> tuple[str, str] | None:
    """Return class and form of signs, titles, suffixes and abbreviations; None for all other words."""
    if folded in _SIGNS:
        return _SIGNS[folded], word
    if "@" in word:
        return AT, word
    # a letter newer than Python's Unicode tables is unassigned for it: it is still a letter
    if not any(c.isalnum() or unicodedata.category(c) == "Cn" for c in word):
        return SYMBOL, word
    words, bare = _words(), folded.replace(".", "")
    if bare == "sr":
        return HONORIFIC_OR_SUFFIX, "Sr."
    if bare in words["honorifics_before_given"]:
        return HONORIFIC_OR_NAME, in_case(word, bare) if len(bare) > 1 else word.upper()
    if bare in words["honorifics"]:
        return HONORIFIC, words["honorifics"][bare]
    if bare in words["suffixes"] and (bare not in _ROMAN or word.isupper() or bare in ("ii", "iii")):
        return SUFFIX, words["suffixes"][bare]
    spelled = word.lower().rstrip(".")
    if spelled in words["abbreviations"]:
        full = words["abbreviations"][spelled]
    elif word.endswith(".") and spelled in words["dotted"]:
        full = words["dotted"][spelled]
    elif bare in _sets()["married"]:
        return MARRIED, word.lower()
    elif folded in _sets()["couple"]:
        return COUPLE, word.lower()
    else:
        return None
    return _names().get(_folded([full]).pop(), WORD), full


def _with_digits(word: str, bare: str) -> tuple[str, str]:
    if _ORDINAL.match(bare):
        return ORDINAL, word
    digits = sum(c.isdigit() for c in bare)
    letters = sum(c.isalpha() for c in bare)
    return (NOISY_WORD, in_case(word, bare)) if digits <= 2 <= letters else (NUMBER, word)


def _pronounceable(bare: str) -> bool:
    """Return whether letters in capitals are a name (``AL``, ``ANA``) rather than initials (``JP``, ``MJ``)."""
    return bare in _sets()["short"] or (len(bare) > 2 and any(c in _VOWELS for c in bare)) or len(bare) > 3


def in_case(word: str, bare: str) -> str:
    """Return the word in mixed case when it shouts or whispers (``PÉREZ``, ``o'brien``), else as it is."""
    if not (word.isupper() or word.islower()) or (len(bare) == 1):
        return word
    if bare in _ROMAN and word.isupper():
        return word
    return "-".join(_capitalised(part) for part in word.lower().split("-"))


def _capitalised(part: str) -> str:
    if _ELIDED.match(part.replace("’", "'")):
        return part[0].upper() + part[1] + part[2:3].upper() + part[3:]
    if part.startswith("mc") and len(part) > 4:
        return "Mc" + part[2:3].upper() + part[3:]
    return part[:1].upper() + part[1:]


def _particle_in_case(word: str, bare: str) -> str:
    if bare in _sets()["capital_particles"]:
        return in_case(word, bare)
    return word.lower() if word.isupper() else word


def title(word: str, folded: str) -> str:
    """Return a word of a title or suffix column as it is written; unknown ones keep their letters."""
    words, bare = _words(), folded.replace(".", "")
    for table in ("honorifics", "suffixes", "honorifics_before_given"):
        if bare in words[table]:
            return str(words[table][bare])
    return in_case(word, bare) if len(bare) > 4 else word
