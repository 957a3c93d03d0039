"""Where the parts of a person's name are, decided by the shape of the name alone.

A *shape* is one letter per word (:mod:`crmq.values.name_words`); :func:`read` gives every word of it exactly one role.
No word is dropped: only signs (commas, brackets, dashes) have none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from crmq.model.verdicts import INVALID, POSSIBLE, VALID
from crmq.values import name_words as w

Kind = Literal["given", "middle", "family", "full"]

TITLE, GIVEN, MIDDLE, FIRST, SECOND, BEHIND, SIGN = "HGM12X-"
ROLES = TITLE + GIVEN + MIDDLE + FIRST + SECOND + BEHIND
"""Order in which the parts of a name are written."""

GUESSED = "split_guessed"
TWO_PEOPLE = "two_people"

_SIGNS = frozenset((w.COMMA, w.OPENING, w.CLOSING, w.QUOTE, w.SYMBOL))
_GIVEN_ONLY = frozenset((w.GIVEN_IBERIAN, w.GIVEN_OTHER, w.GIVEN_ANY))
_IBERIAN = frozenset((w.GIVEN_IBERIAN, w.SURNAME_IBERIAN))
_OTHER = frozenset((w.GIVEN_OTHER, w.SURNAME_OTHER))


class Reading(NamedTuple):
    """The role of each word of a shape, and what is to be thought of the name."""

    roles: str
    verdict: str
    reason: str | None


@dataclass(frozen=True)
class _Unit:
    """A word with the particles in front of it: ``de la Cruz``."""

    positions: tuple[int, ...]
    kind: str
    has_particle: bool

    @property
    def given_only(self) -> bool:
        return self.kind in _GIVEN_ONLY


def is_iberian(shape: str) -> bool | None:
    """Return whether the words speak for a Spanish or Portuguese name (True), for another (False) or for neither."""
    iberian = sum(c in _IBERIAN for c in shape)
    other = sum(c in _OTHER for c in shape)
    return None if iberian == other else iberian > other


def read(shape: str, kind: Kind, iberian: bool) -> Reading:
    """Return the role of every word.

    Args:
        shape: One class per word.
        kind: What the cell holds: ``given`` names, ``middle`` names, ``family`` names, or a ``full`` name.
        iberian: What to take a name for that its own words do not decide: two surnames and any number of given names
            (True), or one surname and middle names (False).
    """
    roles = [SIGN if c in _SIGNS else "" for c in shape]
    open_ = [i for i, role in enumerate(roles) if not role]
    if not open_:
        return Reading("".join(roles), INVALID, "no_letters")
    bracketed = _bracketed(shape)
    for i in bracketed:
        roles[i] = MIDDLE if kind == "given" or any(j > i and j not in bracketed for j in open_) else BEHIND
    words = [i for i in open_ if not roles[i]] or open_
    own = is_iberian(shape)
    doubt = _assign(shape, kind, iberian if own is None else own, roles, words)
    for i in open_:
        roles[i] = roles[i] or (GIVEN if kind == "given" else MIDDLE if kind == "middle" else FIRST)
    return Reading("".join(roles), *_judge(shape, doubt))


def _judge(shape: str, doubt: str | None) -> tuple[str, str | None]:
    if w.AT in shape:
        return INVALID, "has_at_sign"
    if w.NUMBER in shape:
        return INVALID, "has_digits"
    if w.NOISY_WORD in shape:
        return POSSIBLE, "has_digits"
    if w.COUPLE in shape.strip(w.COUPLE):
        return POSSIBLE, TWO_PEOPLE
    return (POSSIBLE, doubt) if doubt else (VALID, None)


def _bracketed(shape: str) -> set[int]:
    """Return the positions between brackets or quotation marks."""
    found: set[int] = set()
    inside: list[int] = []
    closing = ""
    for i, c in enumerate(shape):
        if closing and c == closing:
            found.update(inside)
            closing, inside = "", []
        elif not closing and c in (w.OPENING, w.QUOTE):
            closing, inside = (w.CLOSING if c == w.OPENING else w.QUOTE), []
        elif closing and c not in _SIGNS:
            inside.append(i)
    return found


def _assign(shape: str, kind: Kind, iberian: bool, roles: list[str], words: list[int]) -> str | None:
    """Give the words their roles; return what is in doubt about them, if anything."""
    words = _strip_ends(shape, kind, roles, words)
    if kind == "middle":
        for i in words:
            roles[i] = MIDDLE
        return None
    if kind == "given":
        _given(shape, roles, words, iberian)
        return None
    if kind == "family":
        _family(shape, roles, words)
        return None
    commas = [i for i, c in enumerate(shape) if c == w.COMMA and words and words[0] < i < words[-1]]
    if commas:
        return _with_comma(shape, roles, words, commas, iberian)
    return _full(shape, roles, words, iberian)


def _strip_ends(shape: str, kind: Kind, roles: list[str], words: list[int]) -> list[int]:
    """Take titles off the front and suffixes off the back; at least one word stays."""
    while len(words) > 1 or (words and kind in ("given", "middle")):
        first = shape[words[0]]
        following = shape[words[1]] if len(words) > 1 else ""
        is_title = first == w.HONORIFIC or (first == w.HONORIFIC_OR_SUFFIX and kind != "family")
        is_title |= first == w.HONORIFIC_OR_NAME and following in (*_GIVEN_ONLY, w.GIVEN_OR_SURNAME)
        if not is_title:
            break
        roles[words[0]] = TITLE
        words = words[1:]
    while len(words) > 1:
        last, before = words[-1], shape[words[-1] - 1]
        behind_comma = before == w.COMMA
        is_suffix = shape[last] in (w.SUFFIX, w.HONORIFIC_OR_SUFFIX) and (
            len(words) > 2 or kind == "family" or behind_comma
        )
        is_title = shape[last] == w.HONORIFIC and behind_comma
        if not (is_suffix or is_title):
            break
        roles[last] = TITLE if is_title else BEHIND
        words = words[:-1]
    return words


def _given(shape: str, roles: list[str], words: list[int], iberian: bool) -> None:
    """All words are given names; a single initial behind them is a middle name where names have one."""
    for i in words:
        roles[i] = GIVEN
    if len(words) == 2 and shape[words[1]] == w.INITIAL and shape[words[0]] != w.INITIAL and not iberian:
        roles[words[1]] = MIDDLE


def _units(shape: str, words: list[int]) -> list[_Unit]:
    units: list[_Unit] = []
    pending: list[int] = []
    for i in words:
        if shape[i] in (w.PARTICLE, w.PARTICLE_OR_NAME, w.CONJUNCTION) and i != words[-1]:
            pending.append(i)
            continue
        units.append(_Unit((*pending, i), shape[i], bool(pending)))
        pending = []
    return units


def _family(shape: str, roles: list[str], words: list[int]) -> None:
    """The last of several surnames is the second one; what a widow adds goes behind the name."""
    for at, i in enumerate(words):
        if shape[i] == w.MARRIED and at:
            for j in words[at:]:
                roles[j] = BEHIND
            words = words[:at]
            break
    _surnames(_units(shape, words), roles)


def _surnames(units: list[_Unit], roles: list[str]) -> None:
    for at, unit in enumerate(units):
        for i in unit.positions:
            roles[i] = SECOND if at and at == len(units) - 1 else FIRST


def _with_comma(shape: str, roles: list[str], words: list[int], commas: list[int], iberian: bool) -> str | None:
    """``Surnames, Given``; but ``Name, 1st Baron of ...`` and further commas open what stands behind the name."""
    comma = commas[0]
    left = [i for i in words if i < comma]
    right = [i for i in words if i > comma]
    end = next((at for at in commas if at > right[0]), len(shape))
    for i in right:
        if i > end:
            roles[i] = BEHIND
    right = [i for i in right if i < end]
    if shape[right[0]] in (w.ORDINAL, w.NUMBER, w.SUFFIX, w.MARRIED):
        for i in right:
            roles[i] = BEHIND
        return _full(shape, roles, left, iberian) if len(left) > 1 else _single(shape, roles, left)
    right = _strip_ends(shape, "given", roles, right)
    left = _strip_ends(shape, "family", roles, left)
    surname = (w.SURNAME_IBERIAN, w.SURNAME_OTHER)
    if all(shape[i] in _GIVEN_ONLY for i in left) and right and all(shape[i] in surname for i in right):
        left, right = right, left
    _family(shape, roles, left)
    _given(shape, roles, right, iberian)
    return None


def _single(shape: str, roles: list[str], words: list[int]) -> str:
    """One word: a surname when it is known for one or a title stands before it, else a given name."""
    for i in words:
        family = shape[i] in (w.SURNAME_IBERIAN, w.SURNAME_OTHER) or (TITLE in roles and shape[i] not in _GIVEN_ONLY)
        roles[i] = FIRST if family else GIVEN
    return GUESSED


def _full(shape: str, roles: list[str], words: list[int], iberian: bool) -> str:
    words = _without_what_follows(shape, roles, words)
    if _couple(shape, roles, words):
        return TWO_PEOPLE
    if len(words) == 1:
        return _single(shape, roles, words)
    first_word = words[:1] if shape[words[0]] in (w.PARTICLE_OR_NAME, w.CONJUNCTION) else []
    units = [_Unit((i,), w.WORD, has_particle=False) for i in first_word] + _units(shape, words[len(first_word) :])
    if len(units) == 1:
        _surnames(units, roles)
    elif _family_first(units):
        cut = max(i for i, unit in enumerate(units) if not unit.given_only) + 1
        _surnames(units[:cut], roles)
        for unit in units[cut:]:
            for i in unit.positions:
                roles[i] = GIVEN
    else:
        cut = _iberian_cut(units) if iberian else len(units) - 1
        for at, unit in enumerate(units[:cut]):
            for i in unit.positions:
                roles[i] = GIVEN if iberian or not at else MIDDLE
        _surnames(units[cut:], roles)
    return GUESSED


def _without_what_follows(shape: str, roles: list[str], words: list[int]) -> list[int]:
    """Put what follows the name behind it: ``vda. de ...``, ``1st Earl of ...``, a second person."""
    for at, i in enumerate(words):
        second_person = shape[i] == w.COUPLE and shape[i - 1] not in _GIVEN_ONLY
        if (at and (shape[i] == w.MARRIED or second_person)) or (at > 1 and shape[i] == w.ORDINAL):
            for j in words[at:]:
                roles[j] = BEHIND
            return words[:at]
    return words


def _couple(shape: str, roles: list[str], words: list[int]) -> bool:
    """Give the roles when two given names stand before the one surname (``Juan y María García``)."""
    at = next((n for n, i in enumerate(words) if shape[i] in (w.COUPLE, w.CONJUNCTION)), 0)
    if not at or at + 2 >= len(words):
        return False
    if not all(shape[i] in _GIVEN_ONLY for i in (*words[:at], words[at + 1])):
        return False
    for i in words[: at + 2]:
        roles[i] = GIVEN
    _family(shape, roles, words[at + 2 :])
    return True


def _family_first(units: list[_Unit]) -> bool:
    """Return whether the surnames stand in front, without a comma: ``García López Juan``, ``Müller Hans``."""
    head, last = units[0], units[-1]
    opens_as_family = head.kind in (w.SURNAME_IBERIAN, w.SURNAME_OTHER) or (head.has_particle and not head.given_only)
    return last.given_only and not last.has_particle and opens_as_family


def _iberian_cut(units: list[_Unit]) -> int:
    """Return how many units are given names where two surnames are the rule."""
    count = len(units)
    given = 1
    while given < count - 1 and (units[given].given_only or units[given].kind == w.INITIAL):
        given += 1
    if count - given > 2 and units[given].kind == w.GIVEN_OR_SURNAME and given < 2:
        given += 1
    return given
