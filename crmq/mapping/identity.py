"""Finds the column that identifies the rows of a plain table, and the columns that point to other records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from crmq.connectors import headers
from crmq.connectors.generic import rules
from crmq.errors import UsageError, did_you_mean
from crmq.locales import _
from crmq.mapping.content import ColumnFacts

IdKind = Literal["plain", "person", "organisation", "customer", "order", "invoice", "unknown"]

MIN_UNIQUE = 0.9
"""Below this share of distinct values a column called id is no key of the table; a few repeated ids are a finding."""
MIN_FILL = 0.95


@dataclass(frozen=True)
class RecordId:
    """The column with the record id, how sure that is, and why."""

    header: str
    confidence: float
    reason: str


@lru_cache(maxsize=20_000)
def kind_of(header: str) -> IdKind | None:
    """Return what a header is the id of, or None when it is no id.

    ``id`` and ``rec_id`` are plain, ``customer_id`` and ``id_cliente`` belong to a customer, ``beer_id`` to something
    unknown.
    """
    known = rules()
    words = headers.words(headers.without_custom_mark(header))
    whole = "".join(words) or header.strip()
    if whole in known.ids and known.ids[whole] == "plain":
        return "plain"
    for rest in _without_mark(words, whole):
        found = known.ids.get(rest)
        if found is not None:
            return _kind(found)
        inside = [known.ids[w] for w in headers.words(header) if w in known.ids and known.ids[w] != "plain"]
        if inside and rest:
            return _kind(inside[-1])
        if rest and _STRONG & set(words):
            return "unknown"
    return None


_STRONG = {"id", "ids", "key", "uuid", "guid", "pk"}
"""Words that make any header an id; a number or a code of something unknown may be anything."""


def _kind(text: str) -> IdKind:
    kinds: Mapping[str, IdKind] = {
        "plain": "plain", "person": "person", "organisation": "organisation", "customer": "customer",
        "order": "order", "invoice": "invoice",
    }  # fmt: skip
    return kinds[text]


def _without_mark(words: Sequence[str], whole: str) -> list[str]:
    """Return what remains of a header without its word for "id", in front or behind."""
    marks = rules().marks
    found = []
    if len(words) > 1:
        if words[-1] in marks:
            found.append("".join(words[:-1]))
        elif words[0] in marks:
            found.append("".join(w for w in words[1:] if w not in ("de", "del", "la", "el", "do", "of")))
    elif len(words) == 1:
        for mark in ("id", "uuid", "guid"):
            if whole.endswith(mark) and whole[: -len(mark)] in rules().ids:
                found.append(whole[: -len(mark)])
            elif whole.startswith(mark) and whole[len(mark) :] in rules().ids:
                found.append(whole[len(mark) :])
    return found


def named(columns: Sequence[str], wanted: Sequence[str]) -> str | None:
    """Return the column that the user named as the id, or None when this table has none of them."""
    for name in wanted:
        exact = next((c for c in columns if c == name), None)
        close = next((c for c in columns if headers.key(c) == headers.key(name)), None)
        if exact or close:
            return exact or close
    return None


def require_known(wanted: Sequence[str], columns: Sequence[str], option: str) -> None:
    """Check that each column the user named is in some table.

    Raises:
        UsageError: One is in none; the message suggests the closest.
    """
    keys = {headers.key(c) for c in columns}
    for name in wanted:
        if name not in columns and headers.key(name) not in keys:
            close = did_you_mean(name, columns)
            hint = _("Did you mean {word}?").format(word=close) if close else None
            raise UsageError(_("No table has a column {name}.").format(name=name), where=option, hint=hint)


def record_id(facts: Mapping[str, ColumnFacts], *, order: bool, has_person: bool, table: str | None) -> RecordId | None:
    """Return the column that identifies the rows, or None.

    Args:
        facts: The columns that may be it, by name, in order.
        order: The rows are orders: ids of customers point elsewhere.
        has_person: The rows name persons: ids of companies point elsewhere.
        table: Object that the table's name announces.
    """
    ranked = []
    for position, (header, fact) in enumerate(facts.items()):
        kind = kind_of(header)
        if kind is None:
            continue
        rank = _rank(header, kind, order=order, has_person=has_person, table=table)
        if rank is None or (fact.rows and (fact.fill < MIN_FILL or fact.unique < MIN_UNIQUE)):
            continue
        if rank == _UNKNOWN and (fact.unique < 1 or fact.fill < 1 or fact.rows < _FEW):
            continue
        ranked.append((rank, position, header, fact))
    if not ranked:
        return None
    rank, _position, header, fact = min(ranked, key=lambda r: (r[0], r[1]))
    if rank == _UNKNOWN:
        return RecordId(header, 0.7, _("Its name ends like an id, and it is filled and unique in every row."))
    if not fact.rows:
        return RecordId(header, 0.85, _("It is called an id."))
    if fact.unique == 1:
        return RecordId(header, 0.95, _("It is called an id and is unique."))
    share = f"{fact.unique:.0%}"
    return RecordId(header, 0.85, _("It is called an id; {share} of its values are distinct.").format(share=share))


_COUNTERS = {"index", "idx", "rownumber", "rowno", "serial", "row"}
"""A mere count of rows: an id only when there is nothing better."""
_UNKNOWN = 3
_FEW = 3


def _rank(header: str, kind: IdKind, *, order: bool, has_person: bool, table: str | None) -> int | None:
    if kind == "plain":
        return 2 if headers.key(header) in _COUNTERS else 0
    if kind in ("order", "invoice"):
        return 0 if order else _UNKNOWN
    if order:
        return None
    if kind == "organisation":
        return None if has_person and table not in ("account", "customer") else 1
    if kind in ("person", "customer"):
        return 1
    return _UNKNOWN


def party_reference(columns: Sequence[str]) -> str | None:
    """Return the column of an order table that says whose order it is."""
    order = ("customer", "organisation", "person")
    found = [(order.index(k), i, c) for i, c in enumerate(columns) if (k := kind_of(c)) in order and not _staff(c)]
    return min(found)[2] if found else None


def _staff(header: str) -> bool:
    return bool(
        {"employee", "empleado", "user", "usuario", "rep", "seller", "vendedor", "agent"} & set(headers.words(header))
    )
