"""Runs the examples of a pack through the real stages: they are the tests of its rules.

Every example becomes a source of its own, all of them are standardised and validated in one go, and each must come
out as promised: a good one is evaluated and passes, a bad one fails.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import polars as pl

from crmq.model import fields
from crmq.model.facts import FACTS, TABLE_OF
from crmq.model.mapped import FieldMapping, MappedTable
from crmq.model.raw import RawTable
from crmq.model.tables import Tables
from crmq.rules import engine
from crmq.rules.pack import Example, Pack, Row, Rule
from crmq.rules.references import raw_header
from crmq.rules.views import Context

OBJECT_KEY = "object"
SOURCE_KEY = "source"
_CONSENT = re.compile(r"(consent|optout)/([a-z]+)/([a-z_]+)")
"""A column with an answer: ``consent/email/commercial`` (yes or no) or ``optout/...`` (yes takes it back)."""
PLAIN = "other"
_REFERENCES = {
    "account_id": "account", "parent_id": "account", "reports_to_id": "contact", "converted_contact_id": "contact",
    "converted_account_id": "account",
}  # fmt: skip
_FIRST_LINE = 2

Side = Literal["good", "bad"]


@dataclass(frozen=True)
class Outcome:
    """What became of one example.

    Attributes:
        rule: Id of the rule.
        side: What it was to be.
        number: Which of them, from 1.
        evaluated, failed: How often the rule looked and refused.
    """

    rule: str
    side: Side
    number: int
    evaluated: int
    failed: int

    @property
    def as_promised(self) -> bool:
        """Whether a good example passed and a bad one failed."""
        return self.failed > 0 if self.side == "bad" else self.evaluated > 0 and self.failed == 0


def run(pack: Pack, standardise: Callable[[list[MappedTable]], Tables], as_of: date) -> list[Outcome]:
    """Run all examples of a pack.

    Args:
        pack: The pack.
        standardise: The stage of that name, bound to its settings.
        as_of: What "today" is.
    """
    cases: list[tuple[Rule, Side, int, str]] = []
    mapped: list[MappedTable] = []
    for rule in pack.rules:
        if rule.entry.examples is None:
            continue
        sides: tuple[tuple[Side, Sequence[Example]], ...] = (
            ("good", rule.entry.examples.good),
            ("bad", rule.entry.examples.bad),
        )
        for side, examples in sides:
            for number, example in enumerate(examples, start=1):
                source = f"{rule.id}.{side}{number}"
                cases.append((rule, side, number, source))
                mapped.extend(tables_of(source, example, rule))
    counts: dict[tuple[str, str], list[int]] = {}
    for rules, tables in _together(pack, cases, mapped):
        context = Context(standardise(tables), tables, as_of)
        for result in engine.run([(rule, True) for rule in rules], context, lambda _units: None):
            for part in result.groups:  # one per object of each source of the example
                count = counts.setdefault((result.rule.id, part.group.source.split("/")[0]), [0, 0])
                count[0] += part.evaluated
                count[1] += part.failed
    return [
        Outcome(rule.id, side, number, *counts.get((rule.id, source), (0, 0))) for rule, side, number, source in cases
    ]


def _together(
    pack: Pack, cases: Sequence[tuple[Rule, Side, int, str]], mapped: Sequence[MappedTable]
) -> Iterator[tuple[list[Rule], list[MappedTable]]]:
    """Yield what is evaluated in one go: all examples, but for rules across sources each example on its own."""
    alone = {rule.id for rule in pack.rules if rule.across_sources}
    shared = [table for table in mapped if table.source.split(".")[0] not in alone]
    if shared:
        yield [rule for rule in pack.rules if rule.id not in alone], shared
    for rule, _side, _number, source in cases:
        if rule.id in alone:
            yield [rule], [table for table in mapped if table.source.split("/")[0] == source]


def tables_of(source: str, example: Example, rule: Rule) -> list[MappedTable]:
    """Return an example as mapped tables: one per source and object, headers named like the fields they feed.

    On a raw table the key ``source`` is a header like any other.
    """
    rows = example if isinstance(example, list) else [example]
    default = _object(rule)
    placed: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        named = row.get(SOURCE_KEY) if rule.table != "raw" else None
        place = f"{source}/{named}" if named else source
        placed.setdefault((place, str(row.get(OBJECT_KEY, default))), []).append(row)
    return [
        _table(place, name, part, [n for p, n in placed if p == place and n != name], rule)
        for (place, name), part in placed.items()
    ]


def _object(rule: Rule) -> str:
    if rule.table == "raw":
        return PLAIN
    if rule.applies_to.objects:
        return rule.applies_to.objects[0]
    if rule.table in FACTS:
        return next(name for name, table in TABLE_OF.items() if table == rule.table)
    return "account" if rule.applies_to.entity == "organisation" else "contact"


def _consent(header: str, said: re.Match[str]) -> FieldMapping:
    sense, channel, purpose = said.groups()
    granted, denied = (("yes",), ("no",)) if sense == "consent" else ((), ("yes",))
    return FieldMapping(header, "consent", channel=channel, purpose=purpose, granted=granted, denied=denied)


def _table(source: str, name: str, rows: list[Row], others: list[str], rule: Rule) -> MappedTable:
    special = {OBJECT_KEY} if rule.table == "raw" else {OBJECT_KEY, SOURCE_KEY}
    headers = list(dict.fromkeys(key for row in rows for key in row if key not in special))
    cells = {h: [None if row.get(h) in (None, "") else str(row[h]) for row in rows] for h in headers}
    frame = pl.DataFrame(cells, schema=dict.fromkeys(headers, pl.String))
    lines = pl.int_range(_FIRST_LINE, _FIRST_LINE + len(rows), dtype=pl.UInt32, eager=True)
    raw = RawTable(f"{source}/{name}", frame, lines, headers, source=source)
    plain = rule.table == "raw" and name == PLAIN  # headers of a plain table mean nothing
    known = fields.fields() if not plain else {}
    mappings = tuple(
        FieldMapping(h, h, to_object=_REFERENCES.get(h) or (others[0] if others and h == "party_id" else None))
        for h in headers
        if h in known and raw_header(h) is None
    ) + tuple(_consent(h, match) for h in headers if not plain and (match := _CONSENT.fullmatch(h)))
    unmapped = tuple(h for h in headers if h not in {m.header for m in mappings})
    kind = fields.objects().get(name)
    entities = kind.entities if kind else ()
    return MappedTable(raw, source, "generic", name, entities, mappings, unmapped)
