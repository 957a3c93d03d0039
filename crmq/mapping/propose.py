"""Proposes a canonical field for each header of a table, with a confidence and a reason in words.

A system's own file decides first, plain labels next, the values last: they may doubt what a header promises, and speak
where it says nothing. What stays below :data:`ACCEPT` is listed and never applied.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from crmq.connectors.catalogue import Meaning
from crmq.locales import _
from crmq.mapping import evidence, identity
from crmq.mapping.content import ColumnFacts
from crmq.mapping.context import PERSON_NAMES, TableContext
from crmq.mapping.labels import Reading
from crmq.mapping.recognise import Recognised
from crmq.model import fields as canonical
from crmq.model.mapped import FieldMapping

ACCEPT = 0.5
"""From this confidence on a proposal is applied."""
MENTION = 0.25
"""Below this a proposal is not worth a person's look: the values contradict the header."""

State = Literal["accepted", "proposed", "extra", "metadata", "ignored"]

_SYSTEM = 0.98
_FOREIGN = 0.8
_CONFIRMING = ("email", "phone", "date", "postal_code", "url")
"""Kinds whose values speak plainly enough to confirm a header that was understood in part."""

_FROM_CUSTOM = ("contact", "address", "identifier", "consent", "person")
"""Groups that an unknown (custom) column of a recognised system may feed."""

_NOT_FROM_CUSTOM = PERSON_NAMES | {
    "middle_name", "company_name", "job_title", "department", "honorific", "name_suffix", "external_id", "birth_year",
    "birth_month", "birth_day", "age",
}  # fmt: skip


_TIMES = ("created_at", "modified_at")


@dataclass(frozen=True)
class ColumnProposal:
    """What crmq makes of one column.

    Attributes:
        header: Column of the raw table.
        state: ``accepted`` (applied), ``proposed`` (not sure enough), ``extra`` (no place in the model), ``metadata``
            (says nothing about the party) or ``ignored`` (the user's word).
        mapping: The proposal, where there is one.
        reason: Why, in words.
        fill: Share of rows that have a value.
    """

    header: str
    state: State
    mapping: FieldMapping | None = None
    reason: str = ""
    fill: float = 0.0

    @property
    def field(self) -> str | None:
        """The proposed field."""
        return self.mapping.field if self.mapping else None

    @property
    def confidence(self) -> float:
        """How sure the proposal is; 0 without one."""
        return self.mapping.confidence if self.mapping else 0.0


def extra(header: str, reason: str, fact: ColumnFacts, state: State = "extra") -> ColumnProposal:
    """Return the proposal of a column that feeds no field."""
    return ColumnProposal(header, state, None, reason, round(fact.fill, 4))


def proposal(mapping: FieldMapping, fact: ColumnFacts) -> ColumnProposal:
    """Return the proposal of a mapping; it is accepted when it is sure enough."""
    if mapping.confidence < MENTION:
        return extra(mapping.header, mapping.reason, fact)
    state: State = "accepted" if mapping.confidence >= ACCEPT else "proposed"
    return ColumnProposal(mapping.header, state, mapping, mapping.reason, round(fact.fill, 4))


def by_system(found: Recognised, facts: Mapping[str, ColumnFacts]) -> dict[str, ColumnProposal]:
    """Return the proposals for the columns that a recognised system knows."""
    assert found.system is not None and found.object is not None
    title = found.system.file.title
    names = {column.name for column, _text in found.columns.values()}
    made = {}
    for header, (column, text) in found.columns.items():
        fact = facts[header]
        if column.field is None:
            state: State = "metadata" if column.metadata else "extra"
            reason = column.note or _("{system} column {name}; it has no place in the model.").format(
                system=title, name=column.name
            )
            made[header] = extra(header, reason, fact, state)
            continue
        beside = next((name for name in column.unless if name in names), None)
        if beside is not None:
            reason = _("{name} holds the same and more.").format(name=beside)
            made[header] = extra(header, reason, fact)
            continue
        reason = _("{system} column {name}.").format(system=title, name=column.name)
        sure = _SYSTEM if found.confidence >= _SURE else 0.9
        made[header] = proposal(mapping_of(header, column, sure, reason, "system", text), fact)
    return made


_SURE = 0.8


def mapping_of(
    header: str, meaning: Meaning, confidence: float, reason: str, source: str, subscription: str | None = None
) -> FieldMapping:
    """Return the mapping of a header to what a system file or a label means."""
    assert meaning.field is not None
    slot = meaning.slot
    if meaning.field != "consent" and subscription is not None:  # "Phone 2 - Value" is the second phone
        slot = int(subscription) if subscription.isascii() and subscription.isdigit() else slot
        subscription = None
    return FieldMapping(
        header=header,
        field=meaning.field,
        usage=meaning.usage,
        slot=slot,
        confidence=round(confidence, 2),
        reason=reason,
        channel=meaning.channel,
        purpose=meaning.purpose,
        subscription=subscription or meaning.subscription,
        granted=meaning.granted,
        denied=meaning.denied,
        to_object=meaning.to,
        scheme=meaning.scheme,
        separator=meaning.separator,
        source=source,
    )


def by_header(context: TableContext, header: str) -> FieldMapping | None:
    """Return what a plain header means by its label and its company, the values not yet looked at."""
    reading = context.readings[header]
    if reading.kind == "label" and reading.label is not None:
        made = mapping_of(header, reading.label, reading.confidence, _label_reason(reading), "header")
        if reading.label.schemes:
            scheme = evidence.scheme(reading.label.schemes, context.facts[header], context.country)
            made = replace(made, scheme=scheme)
        return _with_words(made, reading)
    if reading.kind == "ambiguous" and reading.how != "part":
        choice = context.choose(header)
        if choice is None:
            return None
        reason = _why(choice.when)
        confidence = min(choice.confidence, reading.confidence)
        if reading.how == "somebody_else":
            reason = _label_reason(reading)
        made = mapping_of(header, Meaning(field=choice.field), confidence, reason, "header")
        if _lone_name(context, header, made):
            made = replace(made, confidence=0.4, reason=_("Nothing else in the table speaks of persons or companies."))
        return _with_words(made, reading)
    return None


def _why(condition: str | None) -> str:
    """Return why a choice holds, in words."""
    reasons = {
        "contact_person_beside": _("A contact person stands beside it: the row is a company's."),
        "person_name_beside": _("The name of a person stands beside it."),
        "no_person_name_beside": _("No name of a person stands beside it."),
        "family_name_beside": _("A surname stands beside it."),
        "company_beside": _("The company has a column of its own."),
        "organisation_table": _("The table is one of companies."),
        "values_organisations": _("The values look like names of companies."),
        "values_persons": _("The values look like names of persons."),
        "values_mixed": _("The values look like names of persons and of companies."),
        "party_facts_beside": _("Contact data stand beside it."),
        "values_honorifics": _("The values are forms of address."),
        "values_status": _("The values are words for a status."),
        "few_values": _("It has only a few different values."),
        "address_beside": _("Other parts of an address stand beside it."),
        "values_regions": _("The values are names of regions."),
        "department_country": _("In this country departments are regions."),
        "city_beside": _("The city has a column of its own."),
        "no_region_beside": _("No other column is a region."),
        "street_beside": _("The street stands beside it."),
        "birth_parts_beside": _("Other parts of a birth date stand beside it."),
        "values_countries": _("The values name countries."),
        "order_table": _("The table is one of orders."),
        "party_reference_beside": _("The row points to a customer."),
    }
    return reasons.get(condition or "", _("The header can mean several things; this is the usual one."))


def _label_reason(reading: Reading) -> str:
    if reading.how == "exact":
        return _("The header says so.")
    if reading.how in ("words", "glued"):
        return _("The header says so, in other words.")
    if reading.how == "typo":
        return _("The header is one letter away from a known one.")
    if reading.how == "somebody_else":
        return _("The header speaks of somebody else.")
    return _("A part of the header says so.")


def _with_words(made: FieldMapping, reading: Reading) -> FieldMapping:
    group = canonical.fields()[made.field].group
    usage = reading.usage if group in ("contact", "address") and reading.usage else made.usage
    return replace(made, usage=usage, slot=reading.number or made.slot)


def _lone_name(context: TableContext, header: str, made: FieldMapping) -> bool:
    if "full_name" not in context.readings[header].fields or made.field not in ("full_name", "org_name"):
        return False
    return not context.has_party_signs() and not context.has_person_name(apart_from=header)


def with_values(context: TableContext, header: str, made: FieldMapping | None) -> ColumnProposal:
    """Return the final proposal for a plain header: what it says, weighed against its values."""
    fact, reading = context.facts[header], context.readings[header]
    doubt = None
    if made is not None:
        polarity = (*made.granted, *made.denied)
        doubt = evidence.doubt(made.field, fact, polarity) or evidence.doubt_place(made.field, fact)
        if reading.how == "part":
            made = _confirmed(made, fact, doubted=doubt is not None)
    if made is not None and doubt is not None and doubt.cap < made.confidence:
        made = replace(made, confidence=doubt.cap, reason=f"{made.reason} {doubt.reason}")
    if made is not None and made.confidence >= ACCEPT:
        return proposal(made, fact)
    seen = _by_content(context, header, doubted=doubt is not None)
    if seen is not None and (made is None or seen.confidence > made.confidence):
        return proposal(seen, fact)
    if made is not None:
        return proposal(made, fact)
    if reading.kind == "metadata":
        return extra(header, _("A tool added this column."), fact, "metadata")
    if reading.kind == "plain":
        return extra(header, _("It has no place in the model."), fact)
    if reading.kind == "ambiguous" and reading.how != "part":
        return extra(header, _("The header can mean several things, and nothing decides which."), fact)
    return extra(header, _("The header is not known and its values do not tell."), fact)


def _confirmed(made: FieldMapping, fact: ColumnFacts, *, doubted: bool) -> FieldMapping | None:
    """A header understood in part counts when its values plainly are of the kind, and not at all when they are not."""
    kind = canonical.fields()[made.field].kind
    if kind not in _CONFIRMING or doubted:
        return None if kind not in _CONFIRMING else made
    share = {"email": fact.emails, "phone": fact.phones, "date": fact.dates, "url": fact.urls}.get(
        kind, fact.postal_codes
    )
    if share < _PLAIN:
        return made
    reason = _("A part of the header says so, and the values fit.")
    return replace(made, confidence=0.6, reason=reason)


_PLAIN = 0.8


def _by_content(context: TableContext, header: str, *, doubted: bool) -> FieldMapping | None:
    """What the values say where the header says nothing, or something that they contradict."""
    reading, fact = context.readings[header], context.facts[header]
    if reading.kind in ("plain", "metadata") or reading.how == "somebody_else":
        return None
    silent = reading.silent or doubted
    seen = evidence.guess(fact, silent=silent)
    if seen is None:
        return None
    confidence = seen.confidence
    if not silent:
        most = _UNASKED.get(seen.field)
        if most is None:
            return None
        confidence = min(confidence, most)
    return FieldMapping(
        header, seen.field, seen.usage, confidence=round(confidence, 2), reason=seen.reason, scheme=seen.scheme,
        source="content",
    )  # fmt: skip


_UNASKED = {"email": 0.6, "tax_id": 0.6, "national_id": 0.6, "phone": 0.4}
"""How sure the values alone can make it where the header says something that is not known."""


def custom_columns(
    found: Recognised, context: TableContext, taken: Mapping[str, ColumnProposal]
) -> dict[str, ColumnProposal]:
    """Return the proposals for columns that a recognised system does not know: custom fields, or another language."""
    fed = {p.field for p in taken.values() if p.mapping is not None}
    made = {}
    for header in context.readings:
        if header in taken:
            continue
        result = with_values(context, header, by_header(context, header))
        mapping = result.mapping
        if mapping is not None:
            field = canonical.fields()[mapping.field]
            allowed = (
                field.group in _FROM_CUSTOM and mapping.field not in _NOT_FROM_CUSTOM
            ) or mapping.field not in fed
            own = {column.field for column in found.object.columns} if found.object else set()
            # a system that has no times of its own may have been given them
            structural = field.group in ("record", "reference", "order") and not (
                mapping.field in _TIMES and mapping.field not in own
            )
            structural |= mapping.field in PERSON_NAMES & fed
            if not allowed or structural or (mapping.source == "content" and mapping.confidence < ACCEPT):
                result = extra(header, _("A column of its own that {system} does not have by default.").format(
                    system=found.system.file.title if found.system else ""), context.facts[header])  # fmt: skip
            elif mapping.confidence > _FOREIGN:
                result = proposal(replace(mapping, confidence=_FOREIGN), context.facts[header])
        made[header] = result
    return made


def plain_columns(context: TableContext, id_header: str | None) -> dict[str, ColumnProposal]:
    """Return the proposals for all columns of a plain table."""
    order = context.is_order
    record = _record_id(context, order=order, named=id_header)
    party = identity.party_reference([h for h in context.readings if h != record]) if order else None
    made: dict[str, ColumnProposal] = {}
    for header in context.readings:
        fact = context.facts[header]
        if record is not None and header == record:
            made[header] = _record_proposal(context, header, order=order, named=id_header)
        elif header == party:
            to = "customer"
            reason = _("It says whose order it is.")
            made[header] = proposal(FieldMapping(header, "party_id", confidence=0.9, reason=reason, to_object=to), fact)
        else:
            made[header] = _reference(context, header, order=order) or with_values(
                context, header, by_header(context, header)
            )
    return made


def _candidates(context: TableContext) -> dict[str, ColumnFacts]:
    """The columns that may be the record id: those that do not already mean something else."""
    allowed = ("customer_no", "external_id", "order_no")
    return {
        header: context.facts[header]
        for header, reading in context.readings.items()
        if reading.kind in ("unknown", "ambiguous")
        or (reading.kind == "plain" and identity.kind_of(header) == "plain")
        or (reading.kind == "label" and (reading.fields[0] in allowed or reading.how == "part"))
    }


def _record_id(context: TableContext, *, order: bool, named: str | None) -> str | None:
    if named is not None:
        return named
    found = identity.record_id(
        _candidates(context), order=order, has_person=context.has_person_name(), table=context.table
    )
    return found.header if found else None


def _record_proposal(context: TableContext, header: str, *, order: bool, named: str | None) -> ColumnProposal:
    fact = context.facts[header]
    if named is not None:
        return proposal(FieldMapping(header, "record_id", reason=_("You named it."), source="user"), fact)
    found = identity.record_id({header: fact}, order=order, has_person=False, table=context.table)
    if found is None:
        return extra(header, "", fact)
    return proposal(FieldMapping(header, "record_id", confidence=found.confidence, reason=found.reason), fact)


def _reference(context: TableContext, header: str, *, order: bool) -> ColumnProposal | None:
    """An id that is not the record's: of the company a person belongs to, or a number the party is known by."""
    kind = identity.kind_of(header)
    reading = context.readings[header]
    if order or kind is None or reading.kind in ("label", "plain"):
        return None
    fact = context.facts[header]
    if kind == "organisation" and context.has_person_name():
        reason = _("It points to a company.")
        return proposal(FieldMapping(header, "account_id", confidence=0.8, reason=reason, to_object="account"), fact)
    if kind in ("customer", "person") and fact.unique >= identity.MIN_UNIQUE and fact.fill >= _HALF:
        return proposal(FieldMapping(header, "customer_no", confidence=0.6, reason=_("A number of the party.")), fact)
    return None


_HALF = 0.5
