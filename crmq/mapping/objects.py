"""Decides what the rows of a plain table are: contacts, companies, leads, customers, orders, or no parties at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crmq.locales import _
from crmq.mapping import identity
from crmq.mapping.context import ORGANISATION_NAMES, PERSON_NAMES, TableContext
from crmq.mapping.propose import ColumnProposal
from crmq.model.mapped import Entity

_CONTACTABLE = frozenset(("email", "phone"))
_IDENTIFYING = frozenset(("tax_id", "national_id", "birth_date"))


@dataclass(frozen=True)
class Decision:
    """What a row is: the canonical object, the parties it may hold, how sure that is and why."""

    object: str
    entities: tuple[Entity, ...]
    confidence: float
    reason: str


def decide(context: TableContext, proposals: Mapping[str, ColumnProposal]) -> Decision:
    """Return what the rows of a plain table are, by the fields its columns feed and by its name."""
    fields = {p.field for p in proposals.values() if p.state == "accepted" and p.field}
    if context.is_order and "party_id" in fields:
        return Decision("order", (), 0.85, _("It has customers, and dates or amounts of orders."))
    if context.table == "other" and not _names_many(fields):
        return Decision("other", (), 0.7, _("Its name says that it holds no parties."))
    person, organisation = bool(PERSON_NAMES & fields), bool(ORGANISATION_NAMES & fields)
    kinds = {identity.kind_of(h) for h in context.readings}
    is_customer = context.table == "customer" or ("customer" in kinds and context.table is None)
    if person and organisation:
        found = "account" if context.table == "account" else "customer"
        return Decision(found, ("person", "organisation"), 0.8, _("It names companies and persons."))
    if organisation:
        found = "customer" if is_customer else "account"
        return Decision(found, ("organisation",), 0.8, _("It names companies."))
    if person:
        return _persons(context, fields, is_customer=is_customer)
    if _CONTACTABLE & fields or len(_IDENTIFYING & fields) > 1:
        found = "lead" if context.table == "lead" or _is_lead(context) else "contact"
        return Decision(found, ("person",), 0.6, _("It has no names, but ways to reach somebody."))
    return Decision("other", (), 0.6, _("No column names a person or a company."))


def _names_many(fields: set[str]) -> bool:
    """More than a name: the table is one of parties in spite of what it is called."""
    return bool({"family_name", "surname_1"} & fields) and bool(_CONTACTABLE & fields)


def _persons(context: TableContext, fields: set[str], *, is_customer: bool) -> Decision:
    if context.table == "lead" or _is_lead(context):
        entities: tuple[Entity, ...] = ("person", "organisation") if "company_name" in fields else ("person",)
        return Decision("lead", entities, 0.8, _("It names persons and speaks of leads."))
    if is_customer:
        return Decision("customer", ("person",), 0.8, _("It names persons and speaks of customers."))
    return Decision("contact", ("person",), 0.8, _("It names persons."))


def _is_lead(context: TableContext) -> bool:
    """The headers speak of leads."""
    words = {w for h in context.readings for w in h.lower().replace("_", " ").split()}
    return bool({"lead", "leads", "prospecto", "gclid"} & words) and context.table is None
