"""Names the source of each table, and finds out which tables belong to one source.

A source is an instance, not a vendor: two HubSpot portals are two sources. A given name wins; else a table belongs to
its recognised system, or to its file. Two files of one system and object are one source only when they are deliveries
or parts of one export (equal names but for date and part number, the same headers); else they are told apart by what
differs in their names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crmq.connectors import headers
from crmq.mapping.naming import bare, folder_stem, identifier, table_stem, without_suffix

_SAME_HEADERS = 0.8


@dataclass(frozen=True)
class Place:
    """What naming needs to know of a table.

    Attributes:
        path, member, sheet: Where it stands.
        given: The source's name, where the user gave one.
        system: Recognised system, ``generic`` for a plain table.
        object: What its rows are, by the system's own name of the object where there is one.
        headers: Comparison keys of its headers.
    """

    path: str
    member: str | None
    sheet: str | None
    given: str | None
    system: str
    object: str
    headers: frozenset[str]

    @property
    def is_database(self) -> bool:
        """Whether the tables are those of one database."""
        return "://" in self.path or self.path.lower().endswith((".sqlite", ".sqlite3", ".db", ".duckdb"))

    @property
    def container(self) -> str:
        """What the table shares with others of one export: archive, database, workbook or folder."""
        if self.member is None and self.sheet is None:
            return folder_stem(self.path)
        inside = folder_stem(self.member) if self.member and not self.is_database else ""
        return "/".join(x for x in (folder_stem(self.path), table_stem(self.path), inside) if x)

    @property
    def stem(self) -> str:
        """The name of the table itself, without date and part number."""
        return table_stem(self.sheet or self.member or self.path)

    def residue(self, words: frozenset[str]) -> str:
        """Return what is left of the name without words for objects and systems: the name of an instance."""
        kept = [w for w in headers.words(self.stem) if w not in words]
        return "_".join(kept)


def name_all(places: Sequence[Place], object_words: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the source of each table.

    Args:
        places: The tables, in the order they were read.
        object_words: Per system the words that name its objects and the system itself in file names.
    """
    names: list[str | None] = _given(places)
    systems = sorted({p.system for p, n in zip(places, names, strict=True) if n is None and p.system != "generic"})
    taken = {n for n in names if n}
    for system in systems:
        mine = [i for i, p in enumerate(places) if names[i] is None and p.system == system]
        words = frozenset(w for text in object_words.get(system, ()) for w in headers.words(text))
        for i, name in _instances(system, [(i, places[i]) for i in mine], words, taken).items():
            names[i] = name
        taken |= {n for n in names if n}  # a file name that two systems share is not one source
    plain = [(i, p) for i, p in enumerate(places) if names[i] is None]
    for i, name in _plain(plain, taken).items():
        names[i] = name
    return [n or "source" for n in names]


def _given(places: Sequence[Place]) -> list[str | None]:
    """Return the names that the user gave; of one database, tables with ids of their own are told apart."""
    names: list[str | None] = []
    for place in places:
        same = [p for p in places if p.given == place.given and p.path == place.path]
        clash = place.given is not None and place.is_database and place.object in _clashing(same)
        names.append(identifier(f"{place.given}_{place.stem}") if clash else place.given)
    return names


def _instances(system: str, tables: list[tuple[int, Place]], words: frozenset[str], taken: set[str]) -> dict[int, str]:
    """Group the tables of one system into instances; one instance has the system's name."""
    groups: dict[tuple[str, str], list[tuple[int, Place]]] = {}
    for i, place in tables:
        groups.setdefault((place.container, ""), []).append((i, place))
    split: dict[tuple[str, str], list[tuple[int, Place]]] = {}
    for (container, _empty), members in groups.items():
        if _one_export([p for _i, p in members]):
            split[(container, "")] = members
            continue
        for i, place in members:
            split.setdefault((container, place.residue(words) or ""), []).append((i, place))
    final: dict[tuple[str, str], list[tuple[int, Place]]] = {}
    for key, members in split.items():
        if _one_export([p for _i, p in members]):
            final[key] = members
        else:
            for i, place in members:
                alike = [p for _i, p in members if p.stem == place.stem]
                own = place.stem if _one_export(alike) else without_suffix(place.sheet or place.member or place.path)
                final.setdefault((key[0], own), []).append((i, place))
    if len(final) == 1:
        return {i: _free(system, taken) for members in final.values() for i, _p in members}
    named: dict[int, str] = {}
    used = set(taken)
    for (container, residue), members in sorted(final.items(), key=lambda item: item[0]):
        text = residue or identifier(bare(container.rsplit("/", 1)[-1])) if (residue or container) else system
        name = _free(identifier(text), used)
        used.add(name)
        named |= {i: name for i, _p in members}
    return named


def _one_export(places: list[Place]) -> bool:
    """Tell whether no two tables claim one object, deliveries and parts of one file apart."""
    seen: dict[str, Place] = {}
    for place in places:
        other = seen.setdefault(place.object, place)
        if other is not place and not same_export(other, place):
            return False
    return True


def same_export(a: Place, b: Place) -> bool:
    """Tell whether two files are deliveries or parts of one export: one name, the same headers."""
    if headers.key(a.stem) != headers.key(b.stem) or a.container != b.container:
        return False
    if (a.path, a.member, a.sheet) == (b.path, b.member, b.sheet):
        return False
    union = a.headers | b.headers
    return not union or len(a.headers & b.headers) / len(union) >= _SAME_HEADERS


def _plain(tables: list[tuple[int, Place]], taken: set[str]) -> dict[int, str]:
    """Name plain tables: by their database, workbook or archive when it holds several, else by their file.

    Two tables of one database that hold the same kind of party (suppliers and shippers) have ids of their own: they
    are told apart by their names.
    """
    wholes: dict[str, list[tuple[int, Place]]] = {}
    for i, place in tables:
        inside = place.is_database or place.member is not None or place.sheet is not None
        key = place.container if inside else f"{place.container}/{place.stem}"
        wholes.setdefault(key, []).append((i, place))
    named: dict[int, str] = {}
    used = set(taken)
    for key, members in sorted(wholes.items()):
        base = _base(key, used)
        used.add(base)
        clashing = _clashing([p for _i, p in members])
        for i, place in members:
            if place.object not in clashing:
                named[i] = base
                continue
            earlier = next((named[j] for j, p in members if j in named and same_export(p, place)), None)
            inside = place.member is not None or place.sheet is not None
            own = f"{base}_{place.stem}" if inside else without_suffix(place.path)
            named[i] = earlier or _free(identifier(own), used - {base})
            used.add(named[i])
    return named


def _base(key: str, used: set[str]) -> str:
    """Return a free name from the last part of a place, with the folder before it when that name is taken."""
    *folders, last = key.split("/")
    name = identifier(last)
    if name in used and folders and folders[-1]:
        name = identifier(f"{folders[-1]}_{last}")
    return _free(name, used)


def _clashing(places: list[Place]) -> set[str]:
    """Return the objects that several tables hold, deliveries and parts of one table apart."""
    found = set()
    for kind in sorted({p.object for p in places} - {"other"}):
        if not _one_export([p for p in places if p.object == kind]):
            found.add(kind)
    return found


def _free(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    n = 2
    while f"{name}_{n}" in taken:
        n += 1
    return f"{name}_{n}"
