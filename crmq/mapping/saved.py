"""mapping.yaml: the accepted decisions of ``crmq map --write``, meant to be read and edited by hand.

The file lists tables by name (without date and part number) and the field of every column. ``field: null`` leaves a
column without a place (it travels as an extra), ``ignore: true`` keeps it out of everything.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from crmq import declarative
from crmq.connectors import catalogue, headers
from crmq.connectors.catalogue import FALSE, TRUE, Channel, Purpose, Values
from crmq.errors import ConfigError, OutputError, did_you_mean
from crmq.locales import _
from crmq.mapping.naming import table_stem
from crmq.mapping.plan import Part, TablePlan
from crmq.mapping.propose import ColumnProposal, State
from crmq.model import fields as canonical
from crmq.model.mapped import FieldMapping
from crmq.model.raw import RawTable

VERSION = 1
_LEAST_COMMON = 0.3


class SavedColumn(declarative.Section):
    """The decision on one column; attributes as in :class:`crmq.model.mapped.FieldMapping`."""

    field: str | None = None
    usage: str | None = None
    slot: int = 1
    confidence: float = 1.0
    reason: str = ""
    channel: Channel | None = None
    purpose: Purpose | None = None
    subscription: str | None = None
    granted: Values = ()
    denied: Values = ()
    to_object: str | None = None
    scheme: str | None = None
    separator: str | None = None
    ignore: bool = False
    metadata: bool = False
    proposal: str | None = None
    """What crmq would have made of it, had it been surer."""


class SavedTable(declarative.Section):
    """The decisions on one table.

    Attributes:
        table: Name of the sheet, member or file without date and part number.
        source: Name of its source when it was written.
        system, object: What it is: the system's own name of the object, or the canonical one of a plain table.
        columns: Per header.
        parts: For rows of another kind in the same table: the columns that are different there.
    """

    table: str
    source: str | None = None
    system: str | None = None
    object: str | None = None
    columns: dict[str, SavedColumn]
    parts: dict[str, dict[str, SavedColumn]] = {}


class SavedMapping(declarative.Section):
    """The shape of mapping.yaml."""

    version: int
    tables: tuple[SavedTable, ...]


def load_saved(path: Path) -> SavedMapping:
    """Load and check a mapping file.

    Raises:
        ConfigError: It cannot be read, or names an unknown field or system; with file and line.
    """
    document = declarative.read(path)
    saved = declarative.check(document, SavedMapping)
    if saved.version != VERSION:
        message = _("This file has version {have}; this crmq reads version {want}.")
        raise ConfigError(message.format(have=saved.version, want=VERSION), where=document.where(("version",)))
    for i, table in enumerate(saved.tables):
        known = {*catalogue.systems(), "generic", None}
        if table.system not in known:
            where = document.where(("tables", i, "system"))
            raise ConfigError(_("There is no system {name}.").format(name=table.system), where=where)
        for loc, column in _all_columns(table):
            if column.field is not None and column.field not in canonical.fields():
                close = did_you_mean(column.field, canonical.fields())
                raise ConfigError(
                    _("There is no field {name}.").format(name=column.field),
                    where=document.where(("tables", i, *loc, "field")),
                    hint=_("Did you mean {word}?").format(word=close) if close else _("See crmq model."),
                )
    return saved


def _all_columns(table: SavedTable) -> Iterator[tuple[declarative.Loc, SavedColumn]]:
    for name, column in table.columns.items():
        yield ("columns", name), column
    for part, columns in table.parts.items():
        for name, column in columns.items():
            yield ("parts", part, name), column


def find(saved: SavedMapping, raw: RawTable) -> SavedTable | None:
    """Return the saved table that a raw table is a new delivery of, by name and headers, or None."""
    stem = headers.key(table_stem(raw.sheet or raw.member or raw.path))
    mine = {headers.key(h) for h in raw.frame.columns}
    best: tuple[bool, float, int] | None = None
    found = None
    for i, table in enumerate(saved.tables):
        theirs = {headers.key(h) for h in table.columns}
        union = mine | theirs
        common = len(mine & theirs) / len(union) if union else 0.0
        same_name = headers.key(table.table) == stem
        rank = (same_name, common, -i)
        if common >= _LEAST_COMMON and (best is None or rank > best):
            best, found = rank, table
    return found


def mapping_from(header: str, column: SavedColumn) -> FieldMapping:
    """Return the mapping that a saved column stands for."""
    assert column.field is not None
    return FieldMapping(
        header=header, field=column.field, usage=column.usage, slot=column.slot, confidence=column.confidence,
        reason=column.reason or _("It stands in the mapping file."), channel=column.channel, purpose=column.purpose,
        subscription=column.subscription, granted=column.granted, denied=column.denied, to_object=column.to_object,
        scheme=column.scheme, separator=column.separator, source="user",
    )  # fmt: skip


def decided(item: ColumnProposal, column: SavedColumn) -> ColumnProposal:
    """Return the proposal for a column with the saved decision in its place."""
    if column.ignore:
        return replace(item, state="ignored", mapping=None, reason=_("You left it out."))
    if column.field is None:
        state: State = "metadata" if column.metadata else "extra"
        return replace(item, state=state, mapping=None, reason=column.reason or item.reason)
    return replace(item, state="accepted", mapping=mapping_from(item.header, column), reason=column.reason)


# ------------------------------------------------------------------ writing


def write(path: Path, plans: Sequence[TablePlan], sources: Sequence[str]) -> None:
    """Write the accepted mapping of all tables; a file that is there is replaced as a whole.

    Raises:
        OutputError: The place cannot be written to.
    """
    write_text(path, render(plans, sources))


def write_text(path: Path, text: str) -> None:
    """Write a file as a whole: a reader sees the old text or the new one.

    Raises:
        OutputError: The place cannot be written to.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8", errors="replace")
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        reason = error.strerror or type(error).__name__
        raise OutputError(_("The file cannot be written: {reason}.").format(reason=reason), where=str(path)) from None


def render(plans: Sequence[TablePlan], sources: Sequence[str]) -> str:
    """Return the text of a mapping file."""
    lines = [
        "# " + _("The accepted mapping: which field of the canonical model each column feeds (crmq model lists them)."),
        "# " + _("Edit freely. 'field: null' leaves a column without a place: it travels with the record as it is."),
        "# " + _("'ignore: true' keeps a column out of everything. 'proposal' is what crmq was not sure enough about."),
        f"version: {VERSION}",
        "tables:",
    ]
    seen: set[tuple[str, str]] = set()
    for plan, source in zip(plans, sources, strict=True):
        name = table_stem(plan.raw.sheet or plan.raw.member or plan.raw.path)
        if (name, source) in seen:
            continue  # a further delivery of the same table
        seen.add((name, source))
        lines += _table(name, plan, source)
    return "\n".join(lines) + "\n"


def _table(name: str, plan: TablePlan, source: str) -> list[str]:
    main, *others = plan.parts
    lines = [f"  - table: {scalar(name)}", f"    source: {scalar(source)}"]
    lines += [f"    # {one_line(sentence)}" for sentence in plan.evidence]
    lines += [f"    system: {plan.system}", f"    object: {scalar(main.vendor_object or main.object)}", "    columns:"]
    lines += [_column(item, 6) for item in main.columns.values()]
    if others:
        lines.append("    parts:")
    for part in others:
        lines.append(f"      {scalar(part_name(part))}:  # {one_line(part.note)}")
        different = [item for header, item in part.columns.items() if item != main.columns[header]]
        lines += [_column(item, 8) for item in different]
    return lines


def part_name(part: Part) -> str:
    """Return the name of a part in a mapping file: the system's object, or what the rows are."""
    return part.vendor_object or "_".join(part.entities) or part.object


def _column(item: ColumnProposal, indent: int) -> str:
    pairs: list[tuple[str, object]] = []
    mapping = item.mapping
    if item.state == "ignored":
        pairs.append(("ignore", True))
    elif item.state == "accepted" and mapping is not None:
        pairs += _pairs(mapping)
    else:
        pairs.append(("field", None))
        if mapping is not None:
            pairs += [("proposal", mapping.field), ("confidence", mapping.confidence)]
        if item.state == "metadata":
            pairs.append(("metadata", True))
        pairs.append(("reason", item.reason))
    body = ", ".join(f"{key}: {scalar(value)}" for key, value in pairs)
    return f"{' ' * indent}{scalar(item.header)}: {{{body}}}  # {item.fill:.0%}"


def _pairs(mapping: FieldMapping) -> list[tuple[str, object]]:
    pairs: list[tuple[str, object]] = [("field", mapping.field)]
    texts = ("usage", "channel", "purpose", "subscription", "to_object", "scheme", "separator")
    pairs += [(key, getattr(mapping, key)) for key in texts if getattr(mapping, key) is not None]
    if mapping.slot != 1:
        pairs.append(("slot", mapping.slot))
    pairs += [(key, _polarity(getattr(mapping, key))) for key in ("granted", "denied") if getattr(mapping, key)]
    return [*pairs, ("confidence", mapping.confidence), ("reason", mapping.reason)]


def _polarity(values: tuple[str, ...]) -> list[str]:
    """Return the values of a consent column with all words for yes, or for no, as one."""
    for words, name in ((TRUE, "any yes"), (FALSE, "any no")):
        if set(words) <= set(values):
            return [name, *_polarity(tuple(v for v in values if v not in words))]
    return list(values)


def one_line(text: str) -> str:
    """Return a text that can stand in a comment."""
    return " ".join(text.split())


_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?: [A-Za-z0-9_]+)*")
_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


def scalar(value: object) -> str:
    """Return a value as it stands in a YAML file: plain where that is safe, else in quotes."""
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)
