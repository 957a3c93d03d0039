"""The plan for one table: what it is, what each column feeds, and which rows are of another kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import polars as pl

from crmq.connectors import headers
from crmq.connectors.catalogue import TRUE, Column, Condition, Object, Split, System
from crmq.locales import _
from crmq.mapping import decode, identity, objects, propose, slots
from crmq.mapping.content import SURELY_ORGANISATION, SURELY_PERSON, ColumnFacts, look_at
from crmq.mapping.context import ORGANISATION_NAMES, TableContext
from crmq.mapping.decode import Decoding
from crmq.mapping.propose import ColumnProposal, extra
from crmq.mapping.recognise import Recognised, recognise
from crmq.model import fields as canonical
from crmq.model.mapped import DateOrder, Entity, FieldMapping
from crmq.model.tables import ORGANISATION
from crmq.values import party_kind, text

if TYPE_CHECKING:
    from crmq.mapping.settings import MappingSettings, SourceOverride
    from crmq.model.raw import RawTable

_ORDER_GROUPS = ("record", "order")


@dataclass(frozen=True)
class Part:
    """Rows of a table that are read alike.

    Attributes:
        object: Canonical object.
        vendor_object: The system's own name of it, or None.
        entities: The parties a row may hold.
        columns: What each column feeds.
        rows: Which rows; None for all.
        note: What tells these rows apart, in words.
        always: Fields that have one value in all of them.
    """

    object: str
    vendor_object: str | None
    entities: tuple[Entity, ...]
    columns: dict[str, ColumnProposal]
    rows: pl.Series | None = None
    note: str = ""
    always: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TablePlan:
    """What is to be made of one raw table.

    Attributes:
        raw: The table.
        system: Name of the system.
        title: The system's object, for people.
        confidence: How sure system and object are.
        evidence: Why, one sentence each.
        parts: One, or several where rows of different kinds share the table; the first is the usual kind.
        zone: Time zone of its timestamps: an IANA name, or None for that of the run.
        order: Order of day, month and year where the system fixes it.
        quirks: Of the system.
        facts: What is known about its columns.
        source_column: The column whose values name the source of each row, if this table has it.
        decoding: What is done to its cells before they are read.
        trials: Which rows are no data but trials of the system itself; None: it has none of the kind.
    """

    raw: RawTable
    system: str
    title: str
    confidence: float
    evidence: tuple[str, ...]
    parts: tuple[Part, ...]
    facts: Mapping[str, ColumnFacts] = field(repr=False)
    zone: str | None = None
    order: DateOrder | None = None
    quirks: tuple[str, ...] = ()
    source_column: str | None = None
    decoding: Decoding = field(default_factory=Decoding)
    trials: pl.Series | None = None


def plan(raw: RawTable, settings: MappingSettings, override: SourceOverride | None) -> TablePlan:
    """Return what is to be made of one table."""
    facts = {name: ColumnFacts(raw.frame[name]) for name in raw.frame.columns}
    look_at(list(facts.values()))
    ignore = (*settings.ignore, *(override.ignore if override else ()))
    dropped = {c for c in raw.frame.columns if identity.named([c], ignore)}
    source_column = identity.named(raw.frame.columns, [settings.source_column] if settings.source_column else [])
    if source_column:
        dropped.add(source_column)
    wanted_ids = (*((override.id,) if override and override.id else ()), *settings.id_columns)
    id_header = identity.named([c for c in raw.frame.columns if c not in dropped], wanted_ids)
    found = recognise(raw, facts, override.system if override else None, override.object if override else None)
    country = (override.country if override else None) or settings.country
    said = {c: _left_out(c, source_column, facts[c]) for c in raw.frame.columns if c in dropped}
    if found.system is None:
        return _plain(raw, facts, said, id_header, country, found, override, source_column)
    return _vendor(raw, facts, said, id_header, country, found, source_column)


def _left_out(header: str, source_column: str | None, fact: ColumnFacts) -> ColumnProposal:
    if header == source_column:
        return extra(header, _("It names the source of each row."), fact, "ignored")
    return extra(header, _("You left it out."), fact, "ignored")


# ------------------------------------------------------------------ tables of a known system


def _vendor(
    raw: RawTable,
    facts: dict[str, ColumnFacts],
    said: dict[str, ColumnProposal],
    id_header: str | None,
    country: str | None,
    found: Recognised,
    source_column: str | None,
) -> TablePlan:
    system, obj = found.system, found.object
    assert system is not None and obj is not None
    decoding = decode.decoding(found, raw)
    seen = decode.decode(raw, decoding)
    changed = seen.frame.columns if decoding.blank else [*decoding.cells, *decoding.added]
    facts = facts | {h: ColumnFacts(seen.frame[h]) for h in changed}
    made_columns: dict[str, tuple[Column, str | None]] = {h: (column, None) for h, column in decoding.added.items()}
    found = replace(found, columns=found.columns | made_columns)
    parts = [_vendor_part(seen, facts, said, id_header, country, found)]
    first = next((s for s in obj.spec.split if _split_header(found, s)), None)
    header = _split_header(found, first) if first else None
    if first is not None and header is not None:
        rest = pl.repeat(True, raw.frame.height, dtype=pl.Boolean, eager=True)
        for split in (s for s in obj.spec.split if s.column == first.column):
            mask = rest & _where(seen.frame[header], split.values, split.begins)
            if split.also is not None:
                beside = _split_header(found, split.also)
                mask &= _where(seen.frame[beside], split.also.values, split.also.begins) if beside else ~mask
            if mask.any():
                columns = _columns(system, split.use, raw) | made_columns
                other = replace(found, object=system.objects[split.use], columns=columns)
                made = _vendor_part(seen, facts, said, id_header, country, other)
                note = _("rows where {column} says so").format(column=header)
                parts.append(replace(made, rows=mask, note=note, always={**obj.spec.always, **made.always}))
                rest &= ~mask
        if len(parts) > 1:
            parts[0] = replace(parts[0], rows=rest)
    timestamps = system.file.timestamps.get(found.form) if found.form else None
    zone = timestamps.zone if timestamps and timestamps.zone != "user" else None
    return TablePlan(
        raw, system.name, obj.spec.title, round(found.confidence, 2), found.evidence, tuple(parts), facts, zone,
        timestamps.order if timestamps else None, tuple(system.file.quirks), source_column, decoding,
        decode.trial_rows(found, seen.frame),
    )  # fmt: skip


def _columns(system: System, name: str, raw: RawTable) -> dict[str, tuple[Column, str | None]]:
    obj = system.objects[name]
    return {h: hit for h in raw.frame.columns if (hit := system.find(obj, h)) is not None}


def _split_header(found: Recognised, split: Split | Condition) -> str | None:
    return next((h for h, (column, _text) in found.columns.items() if column.name == split.column), None)


def _where(column: pl.Series, values: tuple[str, ...], begins: tuple[str, ...] = ()) -> pl.Series:
    folded = column.to_frame("v").select(text.fold(pl.col("v")))["v"].fill_null("")
    if not values and not begins:
        return folded != ""
    found = folded.is_in(list(values))
    bare = column.str.strip_chars().fill_null("")
    for start in begins:
        found |= bare.str.starts_with(start)
    return found


def _vendor_part(
    raw: RawTable,
    facts: Mapping[str, ColumnFacts],
    said: Mapping[str, ColumnProposal],
    id_header: str | None,
    country: str | None,
    found: Recognised,
) -> Part:
    obj = found.object
    assert obj is not None
    known = {h: p for h, p in propose.by_system(found, facts).items() if h not in said}
    context = TableContext(raw, facts, country, frozenset(said))
    custom = propose.custom_columns(found, context, known)
    merged = {h: said.get(h) or known.get(h) or custom[h] for h in raw.frame.columns}
    if id_header is not None:
        merged = _with_id(merged, id_header, facts)
    resolved = slots.resolve(merged, _precedence(obj, found, raw))
    return Part(obj.spec.object, obj.name, obj.entities, resolved, always=obj.spec.always)


def _precedence(obj: Object, found: Recognised, raw: RawTable) -> dict[str, int]:
    """Rank headers by the order of the system's columns; columns it does not know come last."""
    rank = {column.name: i for i, column in enumerate(obj.columns)}
    last = len(rank)
    known = {h: rank[column.name] for h, (column, _text) in found.columns.items()}
    return {h: known.get(h, last) for h in raw.frame.columns}


def _with_id(
    columns: dict[str, ColumnProposal], header: str, facts: Mapping[str, ColumnFacts]
) -> dict[str, ColumnProposal]:
    """Make the user's column the record id; what was the id before travels as an extra."""
    made = dict(columns)
    for name, item in columns.items():
        if item.field == "record_id" and name != header:
            made[name] = extra(name, _("You named another column as the id."), facts[name])
    mapping = FieldMapping(header, "record_id", reason=_("You named it."), source="user")
    made[header] = propose.proposal(mapping, facts[header])
    return made


# ------------------------------------------------------------------ plain tables


def _plain(
    raw: RawTable,
    facts: Mapping[str, ColumnFacts],
    said: dict[str, ColumnProposal],
    id_header: str | None,
    country: str | None,
    found: Recognised,
    override: SourceOverride | None,
    source_column: str | None,
) -> TablePlan:
    context = TableContext(raw, facts, country, frozenset(said))
    made = propose.plain_columns(context, id_header)
    merged = {h: said.get(h) or made[h] for h in raw.frame.columns}
    resolved = slots.resolve(merged, {})
    decision = objects.decide(context, resolved)
    if override and override.object and override.object in canonical.objects():
        kind = canonical.objects()[override.object]
        decision = objects.Decision(kind.name, kind.entities, 1.0, _("You said so."))
    if decision.object == "order":
        resolved = _order_columns(resolved, facts)
    parts = _split_plain(raw, context, decision, resolved)
    title = canonical.objects()[decision.object].label
    mixed = len(parts) > 1
    evidence = (*found.evidence, _("One column names persons and companies.") if mixed else decision.reason)
    return TablePlan(raw, "generic", title, decision.confidence, evidence, parts, facts, source_column=source_column)


def _order_columns(columns: dict[str, ColumnProposal], facts: Mapping[str, ColumnFacts]) -> dict[str, ColumnProposal]:
    """Of an order only what belongs to the order: names and addresses in it are those of a delivery."""
    made = {}
    for header, item in columns.items():
        group = canonical.fields()[item.field].group if item.field else None
        if item.state == "accepted" and group not in _ORDER_GROUPS:
            made[header] = extra(header, _("It belongs to the delivery, not to the customer."), facts[header])
        else:
            made[header] = item
    return made


def _split_plain(
    raw: RawTable, context: TableContext, decision: objects.Decision, columns: dict[str, ColumnProposal]
) -> tuple[Part, ...]:
    """Split a table whose one name column holds persons and companies, by its own flag or by the names themselves."""
    whole = Part(decision.object, None, decision.entities, columns)
    one_name = ("full_name", "org_name", "legal_name")
    names = [h for h, p in columns.items() if p.state == "accepted" and p.field in one_name]
    separate = {"given_name", "family_name", "surname_1"} & {p.field for p in columns.values() if p.state == "accepted"}
    if len(names) != 1 or separate or not decision.entities:
        return (whole,)
    name = names[0]
    kind = next((h for h, p in columns.items() if p.state == "accepted" and p.field == "party_kind"), None)
    mask = _kind_mask(raw, context, kind) if kind else None
    note = _("rows where {column} says so").format(column=kind) if kind else ""
    either = context.readings[name].kind == "ambiguous" or columns[name].field == "legal_name"
    if mask is None and either and decision.object in ("customer", "contact", "account"):
        mask = _name_mask(context, raw.frame[name], name)
        note = _("rows whose name is a company's")
    if mask is None or not mask.any():
        return (whole,)
    firm = columns[name].field if columns[name].field in ORGANISATION_NAMES else "org_name"
    company = _as(str(firm), name, columns, context)
    person = _as("full_name", name, columns, context)
    found = "customer" if decision.object != "lead" else "lead"
    fed = {p.field for p in person.values() if p.state == "accepted"}
    # a trader: a person whose row also names the firm
    trader = "trade_name" in fed and "company_name" not in fed
    entities: tuple[Entity, ...] = ("person", "organisation") if trader else ("person",)
    people = Part(found, None, entities, person, ~mask)
    firms = Part(found, None, ("organisation",), company, mask, note)
    return (people, firms) if not mask.all() else (replace(firms, rows=None, note=""),)


def _kind_mask(raw: RawTable, context: TableContext, header: str) -> pl.Series | None:
    """Return which rows are companies by a column that says so, or None when its values are not understood."""
    fact = context.facts[header]
    if fact.flags >= _ALMOST_ALL:
        yes = _where(raw.frame[header], TRUE)
        return ~yes if {"person", "persona"} & set(headers.words(header)) else yes
    said = party_kind.read(fact.sample)
    if said.null_count() > (1 - _ALMOST_ALL) * max(said.len(), 1):
        return None
    return (party_kind.read(raw.frame[header]) == ORGANISATION).fill_null(value=False)


_ALMOST_ALL = 0.9


def _name_mask(context: TableContext, column: pl.Series, header: str) -> pl.Series | None:
    """Return which rows are companies by their names, when both kinds are plainly there; the doubtful go with most."""
    fact = context.facts[header]
    if fact.kind_of_names != "both":
        return None
    cut = SURELY_PERSON if fact.organisations > fact.persons else SURELY_ORGANISATION
    return party_kind.org_share(column).fill_null(0.0) >= cut


def _as(wanted: str, name: str, columns: dict[str, ColumnProposal], context: TableContext) -> dict[str, ColumnProposal]:
    """Return the columns of one kind of row: its name feeds ``wanted``; what persons alone have is left to persons."""
    made = dict(columns)
    mapping = columns[name].mapping
    assert mapping is not None
    made[name] = replace(columns[name], mapping=replace(mapping, field=wanted))
    if wanted in ORGANISATION_NAMES:
        for header, item in columns.items():
            if header != name and item.field and canonical.fields()[item.field].group == "person":
                made[header] = extra(header, _("Companies do not have it."), context.facts[header])
    return made
