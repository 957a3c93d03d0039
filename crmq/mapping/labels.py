"""Reads a plain header by the generic rules: which label it is, for which usage, and how much of it was understood."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from crmq.connectors import headers
from crmq.connectors.generic import Ambiguous, Label, rules

Kind = Literal["label", "ambiguous", "plain", "metadata", "unknown"]
How = Literal["exact", "words", "glued", "typo", "part", "somebody_else"]

CONFIDENCE: dict[How, float] = {
    "exact": 0.95, "words": 0.9, "glued": 0.85, "typo": 0.6, "part": 0.45, "somebody_else": 0.2,
}  # fmt: skip
"""How sure a reading is before the values are looked at."""

_SILENT = frozenset(
    {
        "column", "columna", "coluna", "col", "campo", "field", "f", "c", "v", "var", "value", "valor", "attr",
        "attribute", "unnamed", "x", "dato", "data", "feld", "spalte", "colonne", "noname",
    }
)  # fmt: skip
_MIN_TYPO = 6
_MIN_GLUED = 4


@dataclass(frozen=True)
class Reading:
    """What a header says.

    Attributes:
        header: The header.
        kind: Whether it is a label with one meaning, an ambiguous one, one without a place in the model, a column that
            a tool added, or nothing that is known.
        label, ambiguous: The rule behind it.
        how: How it was understood.
        usage: What the words around the label tell.
        number: A number in the header (``E-mail 2``), if it has one.
        silent: The header says nothing at all (``column_3``, ``f4``, or empty).
    """

    header: str
    kind: Kind
    label: Label | None = None
    ambiguous: Ambiguous | None = None
    how: How = "exact"
    usage: str | None = None
    number: int | None = None
    silent: bool = False

    @property
    def confidence(self) -> float:
        """How sure the reading is before the values are looked at."""
        return CONFIDENCE[self.how]

    @property
    def fields(self) -> tuple[str, ...]:
        """The canonical fields it may mean."""
        if self.label is not None and self.label.field is not None:
            return (self.label.field,)
        return tuple(dict.fromkeys(c.field for c in self.ambiguous.choose)) if self.ambiguous else ()


@lru_cache(maxsize=20_000)
def read(header: str) -> Reading:
    """Read one header by the generic rules."""
    known = rules()
    if known.is_metadata(header):
        return Reading(header, "metadata")
    text = headers.without_custom_mark(headers.restore_accents(header.strip(), known.vocabulary))
    exact = _known(header, "".join(headers.words(text)) or header.strip())
    if exact is not None:
        return exact
    words = headers.words(text)
    if _is_silent(words):
        return Reading(header, "unknown", silent=True)
    return (
        _by_words(header, words) or _glued(header, words) or _typo(header, "".join(words)) or Reading(header, "unknown")
    )


def _known(
    header: str, key: str, *, how: How = "exact", usage: str | None = None, number: int | None = None
) -> Reading | None:
    known = rules()
    if key in known.labels:
        return Reading(header, "label", label=known.labels[key], how=how, usage=usage, number=number)
    if key in known.ambiguous:
        return Reading(header, "ambiguous", ambiguous=known.ambiguous[key], how=how, usage=usage, number=number)
    if key in known.plain:
        return Reading(header, "plain", how=how)
    return None


def _is_silent(words: tuple[str, ...]) -> bool:
    return all(w.isdigit() or w in _SILENT or not w.isascii() for w in words)


def _by_words(header: str, words: tuple[str, ...]) -> Reading | None:
    """Look for the longest run of words that is a label; the words around it must be understood too."""
    best: Reading | None = None
    for start, end in _runs(len(words)):
        found = _known(header, "".join(words[start:end]))
        if found is None:
            continue
        reading = _with_rest(found, words[:start] + words[end:])
        if reading.kind == "plain" and reading.how == "part":
            continue
        if best is None or reading.confidence > best.confidence:
            best = reading
    return best


def _runs(length: int) -> Iterator[tuple[int, int]]:
    """Yield all runs of words but the whole, longest first, then from the right (``customer contact phone``)."""
    for size in range(length - 1, 0, -1):
        for start in range(length - size, -1, -1):
            yield start, start + size


def _with_rest(found: Reading, rest: tuple[str, ...]) -> Reading:
    known = rules()
    usage, number, how = None, None, "words"
    for word in rest:
        if word.isdigit() and len(word) == 1:
            number = int(word)
        elif word in known.others:
            how = "somebody_else"
        elif word in known.usages:
            usage = usage or known.usages[word]
        elif word not in known.neutral and how == "words":
            how = "part"
    made: How = "somebody_else" if how == "somebody_else" else "part" if how == "part" else "words"
    return Reading(found.header, found.kind, found.label, found.ambiguous, made, usage, number)


def _glued(header: str, words: tuple[str, ...]) -> Reading | None:
    """Take a known word off the front or the back of a header that is written as one (``MAILINGCITY``)."""
    if len(words) != 1:
        return None
    known, key = rules(), words[0]
    stem = key.rstrip("0123456789")
    number = int(key[len(stem) :]) if len(key) - len(stem) == 1 else None
    if number is not None:
        found = _known(header, stem, how="words", number=number)
        if found is not None:
            return found
    for cut in range(2, len(stem) - 1):
        for word, rest in ((stem[:cut], stem[cut:]), (stem[cut:], stem[:cut])):
            if word in known.others and len(word) >= _MIN_GLUED and _known(header, rest):
                found = _known(header, rest, how="somebody_else", number=number)
                if found is not None and found.kind != "plain":
                    return found
            if len(word) >= _MIN_GLUED and (word in known.usages or word in known.neutral) and len(rest) > 1:
                found = _known(header, rest, how="glued", usage=known.usages.get(word), number=number)
                if found is not None and found.kind != "plain":
                    return found
    return None


def _typo(header: str, key: str) -> Reading | None:
    """Return the only label that is one letter away from the header."""
    if len(key) < _MIN_TYPO:
        return None
    known = rules()
    close = [k for k in (*known.labels, *known.ambiguous) if k[0] == key[0] and one_edit_apart(key, k)]
    fields = {str(known.labels.get(k) or known.ambiguous.get(k)) for k in close}
    return _known(header, sorted(close)[0], how="typo") if len(fields) == 1 else None


def one_edit_apart(a: str, b: str) -> bool:
    """Tell whether one letter added, lost, changed or swapped with its neighbour turns ``a`` into ``b``."""
    if abs(len(a) - len(b)) > 1 or a == b:
        return False
    i = 0
    while i < min(len(a), len(b)) and a[i] == b[i]:
        i += 1
    if len(a) == len(b):
        return a[i + 1 :] == b[i + 1 :] or (a[i : i + 2] == b[i : i + 2][::-1] and a[i + 2 :] == b[i + 2 :])
    longer, shorter = (a, b) if len(a) > len(b) else (b, a)
    return longer[i + 1 :] == shorter[i:]
