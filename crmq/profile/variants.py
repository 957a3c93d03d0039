"""Near-duplicates among the values of a column with few of them: ``España``, ``Espana``, ``ESP``, ``Epsaña``."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from crmq.profile.counting import Values
from crmq.profile.parts import Form, Variant
from crmq.values import country, text

MOST_VALUES = 5_000
"""Distinct values up to which variants are looked for: beyond, equal folded forms are chance."""
_TYPING_VALUES = 2_000
_RARER = 10
"""How many times as frequent the right form is, for one letter to be a slip."""
_REPEATED = 5
"""Mean rows per value from which a column is a list of values, in which a rare near-duplicate is a slip."""
_LEAST_LETTERS = 5
_SHORT = 4
_SHORT_VALUES = 200
MOST_GROUPS = 20

Found = dict[str, Variant]
"""Per value that is not the main form: its group."""


def find(facts: pl.DataFrame, values: Values, kind: str) -> Found:
    """Return the values of a column that seem to be another value, each with the group it belongs to.

    Args:
        facts: ``value, rows`` of the distinct values; all of them must be there.
        values: The counts they come from.
        kind: What the column holds.
    """
    counted = facts.select("value", "rows", key=text.fold(pl.col("value")).str.strip_chars("., "))
    if kind == "country":
        codes = country.standardise(counted["value"])["value"]
        same = counted.with_columns(key=pl.coalesce(codes, pl.col("key")))
        return _groups(same, "country")
    found = _groups(counted, "spelling")
    mains = (
        counted.filter(~pl.col("value").is_in(list(found)))
        .join(counted.group_by("key").agg(all=pl.col("rows").sum()), on="key", how="left")
        .select("value", "key", rows="all")
        .sort(-pl.col("rows").cast(pl.Int64), "value")
    )
    repeated = values.filled >= _REPEATED * values.distinct
    if repeated and kind in ("category", "text") and 1 < mains.height <= _TYPING_VALUES:
        found.update(_slips(mains))
    if kind in ("category", "text") and repeated and mains.height <= _SHORT_VALUES:
        found.update(_short(mains.filter(~pl.col("value").is_in(list(found)))))
    return found


def grouped(found: Found) -> tuple[Variant, ...]:
    """Return the groups once each, those that concern most rows first."""
    groups = {(group.main, group.how): group for group in found.values()}
    order = sorted(groups.values(), key=lambda g: (-sum(f.rows for f in g.forms), g.main, g.how))
    return tuple(order[:MOST_GROUPS])


def _groups(counted: pl.DataFrame, how: str) -> Found:
    """Return the groups of values with the same key; without the most frequent of each."""
    several = (
        counted.filter(pl.len().over("key") > 1)
        .sort("key", -pl.col("rows").cast(pl.Int64), "value")
        .group_by("key", maintain_order=True)
        .agg("value", "rows")
    )
    out: Found = {}
    for _key, written, rows in several.iter_rows():
        forms = tuple(Form(v, n) for v, n in zip(written[1:], rows[1:], strict=True))
        out.update(dict.fromkeys(written[1:], Variant(written[0], rows[0], forms, how)))
    return out


def _slips(mains: pl.DataFrame) -> Found:
    """Return rare values that are one letter away from a value that is ten times as frequent."""
    known: dict[str, list[tuple[str, str, int]]] = {}
    found: dict[str, tuple[str, int]] = {}
    written: dict[str, Form] = {}
    for value, key, rows in mains.iter_rows():  # the most frequent first
        if len(key) < _LEAST_LETTERS:
            continue
        best: tuple[int, str] | None = None
        digits = "".join(c for c in key if c.isdigit())
        for near in _shorter(key):
            for main, other, often in known.get(near, ()):
                # slips hardly ever hit the first letter (Cortland is not Portland) nor the digits
                alike = other[0] == key[0] and "".join(c for c in other if c.isdigit()) == digits
                better = best is None or (-often, main) < best
                if often >= _RARER * rows and alike and better and one_apart(key, other):
                    best = (-often, main)
        if best is not None:
            found[value] = (best[1], -best[0])
            written[value] = Form(value, rows)
        else:
            for near in _shorter(key):
                known.setdefault(near, []).append((value, key, rows))
    return _by_main(found, written, "typing")


def _short(mains: pl.DataFrame) -> Found:
    """Return values of up to four letters with which exactly one longer value begins."""
    rows_of = {value: rows for value, _key, rows in mains.iter_rows()}
    keys = {value: key for value, key, _rows in mains.iter_rows()}
    found: dict[str, tuple[str, int]] = {}
    written: dict[str, Form] = {}
    for value, key in keys.items():
        if not 2 < len(key) <= _SHORT or not key.isalpha():
            continue
        longer = [v for v, k in keys.items() if len(k) > _SHORT and k.startswith(key) and k[len(key)].isalpha()]
        if len(longer) == 1:
            found[value] = (longer[0], rows_of[longer[0]])
            written[value] = Form(value, rows_of[value])
    return _by_main(found, written, "short")


def _by_main(found: dict[str, tuple[str, int]], written: dict[str, Form], how: str) -> Found:
    forms: dict[str, list[Form]] = {}
    for value, (main, _rows) in found.items():
        forms.setdefault(main, []).append(written[value])
    groups = {
        main: Variant(main, rows, tuple(sorted(forms[main], key=lambda f: (-f.rows, f.value))), how)
        for main, rows in set(found.values())
    }
    return {value: groups[main] for value, (main, _rows) in found.items()}


def _shorter(key: str) -> Iterator[str]:
    """Yield the key and the key without each one of its letters: what two keys one slip apart have in common."""
    yield key
    for i in range(len(key)):
        yield key[:i] + key[i + 1 :]


def one_apart(a: str, b: str) -> bool:
    """Return whether one letter was changed, left out, added, or exchanged with its neighbour."""
    if a == b or abs(len(a) - len(b)) > 1:
        return False
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    if len(a) == len(b):
        exchanged = a[start : start + 2] == b[start : start + 2][::-1] and a[start + 2 :] == b[start + 2 :]
        return exchanged or a[start + 1 :] == b[start + 1 :]
    long, short = (a, b) if len(a) > len(b) else (b, a)
    return long[start + 1 :] == short[start:]
