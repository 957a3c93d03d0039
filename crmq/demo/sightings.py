"""Which system knows whom, and what it knows of them.

Every party has a few *anchors*: attributes that nearly all its records show, so that a careful reader can tell that
they are one. All else is shown now and then. That keeps the task hard (no single attribute links everything) and
possible (two records of one party almost never lack common ground).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crmq.demo.dice import Dice, Weighted
from crmq.demo.world import Firm, Person, World

TODAY = datetime(2026, 9, 30, 6, 0, 0)
"""When the demo's exports were made; nothing in it is later."""

ACCOUNT, CONTACT, LEAD, HUBSPOT, DYNAMICS, ERP = "account", "contact", "lead", "hubspot", "dynamics", "erp"

_PRESENCE = {
    "employee": {CONTACT: 0.62, LEAD: 0.36, HUBSPOT: 0.55, DYNAMICS: 0.45, ERP: 0.0},
    "trader": {CONTACT: 0.55, LEAD: 0.35, HUBSPOT: 0.5, DYNAMICS: 0.2, ERP: 1.0},
    "consumer": {CONTACT: 0.42, LEAD: 0.16, HUBSPOT: 0.62, DYNAMICS: 0.25, ERP: 0.62},
}
_TWICE = {CONTACT: 0.12, LEAD: 0.08, HUBSPOT: 0.07, DYNAMICS: 0.07, ERP: 0.08}
_ANCHORS = {
    "employee": (("mobile", 5.0), ("email", 2.5), ("birth", 3.0)),
    "trader": (("mobile", 6.0), ("email", 3.0), ("address", 3.0)),
    "consumer": (("mobile", 4.5), ("email", 3.0), ("birth", 4.0), ("address", 4.0)),
}
_BY_THE_WAY = {
    CONTACT: {"email": 0.45, "mobile": 0.25, "birth": 0.12, "tax": 0.12, "address": 0.55, "landline": 0.4},
    LEAD: {"email": 0.5, "mobile": 0.25, "birth": 0.04, "tax": 0.0, "address": 0.3, "landline": 0.2},
    HUBSPOT: {"email": 0.6, "mobile": 0.25, "birth": 0.1, "tax": 0.05, "address": 0.25, "landline": 0.15},
    DYNAMICS: {"email": 0.4, "mobile": 0.3, "birth": 0.15, "tax": 0.2, "address": 0.5, "landline": 0.4},
    ERP: {"email": 0.3, "mobile": 0.25, "birth": 0.3, "tax": 0.85, "address": 0.85, "landline": 0.4},
}


@dataclass
class PersonSighting:
    """One record of a person before it is written.

    Attributes:
        shows: The attributes it shows: email, mobile, birth, tax, address, landline.
        email: The address it shows, if any.
        no_email: The person refused e-mail, and this system knows.
        no_calls: The person refused calls, and this system knows.
        merged_into: For a record that its system merged: the surviving one.
        converted: For a lead: the contact it became.
        deleted: For a record that was deleted outright.
        record_id: Id in its system, set before anything is written.
    """

    person: Person
    system: str
    shows: frozenset[str]
    email: str
    no_email: bool
    no_calls: bool
    created: datetime
    modified: datetime
    merged_into: PersonSighting | None = None
    converted: PersonSighting | None = None
    deleted: bool = False
    record_id: str = ""


@dataclass
class FirmSighting:
    """One record of a firm (an account or an ERP customer) before it is written."""

    firm: Firm
    system: str
    shows: frozenset[str]
    created: datetime
    modified: datetime
    merged_into: FirmSighting | None = None
    record_id: str = ""


@dataclass
class Census:
    """All records of all systems before they are written, in no particular order."""

    persons: list[PersonSighting] = field(default_factory=list)
    firms: list[FirmSighting] = field(default_factory=list)

    def of(self, system: str) -> list[PersonSighting]:
        """Return the person records of one system."""
        return [s for s in self.persons if s.system == system]


def take(dice: Dice, world: World) -> Census:
    """Decide who stands where."""
    clerk = _Clerk(dice.child("sightings"))
    census = Census()
    for person in world.persons:
        records = clerk.person(person)
        # somebody known to one system only, and deleted there: nothing else depends on the row
        if len(records) == 1 and records[0].system == CONTACT and not person.tells_apart:
            records[0].deleted = clerk.dice.chance(0.2)
        census.persons.extend(records)
    seen_in_crm = {s.person.employer.key for s in census.of(CONTACT) if s.person.employer}
    for firm in world.firms:
        census.firms.extend(clerk.firm(firm, needs_account=firm.key in seen_in_crm))
    return census


class _Clerk:
    def __init__(self, dice: Dice) -> None:
        self.dice = dice
        self._hubspot_emails: set[str] = set()

    def _times(self, earliest: datetime | None = None) -> tuple[datetime, datetime]:
        created = self.dice.moment(earliest or datetime(2015, 1, 5), TODAY - timedelta(days=3))
        modified = created if self.dice.chance(0.15) else self.dice.moment(created, TODAY)
        return created, modified

    # --- persons

    def person(self, person: Person) -> list[PersonSighting]:
        """Return the records of one person."""
        dice = self.dice
        role = "trader" if person.own_firm else "employee" if person.employer else "consumer"
        systems = [s for s, share in _PRESENCE[role].items() if dice.chance(share)]
        if len(systems) < 2 and person.tells_apart and dice.chance(0.7):
            systems = dice.some([s for s, share in _PRESENCE[role].items() if share], 2)
        systems = systems or [dice.pick((CONTACT, HUBSPOT))]
        for system in list(systems):
            if dice.chance(_TWICE[system]):
                systems.append(system)
        anchors = self._anchors(person, role)
        no_email, no_calls = dice.chance(0.14), dice.chance(0.08)
        out = [self._record(person, system, anchors, no_email, no_calls) for system in systems]
        self._link(out)
        return out

    def _anchors(self, person: Person, role: str) -> set[str]:
        anchors = set(person.tells_apart)
        table = Weighted(_ANCHORS[role])
        wanted = 3 if person.tells_apart else 2
        while len(anchors) < min(wanted, len(table.items)):
            anchors.add(self.dice.weighted(table))
        return anchors

    def _record(self, person: Person, system: str, anchors: set[str], no_email: bool, no_calls: bool) -> PersonSighting:
        dice = self.dice
        # what tells somebody from a relative is never missing; an ordinary anchor is, now and then
        shows = {a for a in sorted(anchors) if a in person.tells_apart or dice.chance(0.95)}
        shows |= {a for a, share in _BY_THE_WAY[system].items() if dice.chance(share)}
        if system == LEAD and "tax" in shows:
            shows = shows - {"tax"} | {"mobile"}
        if not person.tax_number:
            shows.discard("tax")
        if not shows & {"mobile", "email", "birth", "tax", "address"}:
            shows |= anchors
        email = self._email(person, system, "email" in anchors) if "email" in shows else ""
        created, modified = self._times()
        return PersonSighting(
            person, system, frozenset(shows), email, no_email and dice.chance(0.6), no_calls and dice.chance(0.6),
            created, modified,
        )  # fmt: skip

    def _email(self, person: Person, system: str, anchored: bool) -> str:
        dice = self.dice
        own = person.emails[0] if anchored else dice.pick(person.emails)
        address = own
        if person.shared_email and "email" not in person.tells_apart and dice.chance(0.75):
            address = person.shared_email
        if system != HUBSPOT:
            return address
        # HubSpot keys contacts by their e-mail: no address stands there twice
        for candidate in (address, own, *person.emails):
            if candidate not in self._hubspot_emails:
                self._hubspot_emails.add(candidate)
                return candidate
        return ""

    def _link(self, records: list[PersonSighting]) -> None:
        dice = self.dice
        contacts = [r for r in records if r.system == CONTACT]
        for duplicate in contacts[1:]:
            if dice.chance(0.35):
                duplicate.merged_into = contacts[0]
        for lead in records:
            if lead.system == LEAD and contacts and dice.chance(0.55):
                # now and then the contact it became was merged away later
                lead.converted = contacts[-1]
                lead.created = min(lead.created, contacts[-1].created)
                lead.modified = max(lead.created, lead.modified)

    # --- firms

    def firm(self, firm: Firm, needs_account: bool) -> list[FirmSighting]:
        """Return the records of one firm (leads that name it are written with their persons)."""
        dice = self.dice
        trader = firm.legal_form is None
        places = [ACCOUNT] if needs_account or firm.parent or dice.chance(0.6 if trader else 0.86) else []
        if not trader and not firm.parent and (not places or dice.chance(0.58)):
            places.append(ERP)
        if not firm.parent:
            places += [place for place in places if dice.chance(0.12 if place == ACCOUNT else 0.08)]
        anchors = self._firm_anchors(firm)
        out = [self._firm_record(firm, place, anchors) for place in places]
        accounts = [r for r in out if r.system == ACCOUNT]
        for duplicate in accounts[1:]:
            if dice.chance(0.35):
                duplicate.merged_into = accounts[0]
        return out

    def _firm_anchors(self, firm: Firm) -> set[str]:
        if firm.parent:
            return {"address", "phone"}
        if firm.tells_apart:
            return {"tax", "domain", "address"}
        table = Weighted([("tax", 5.0), ("domain", 4.0 if firm.domain else 0.0), ("phone", 4.0), ("address", 3.0)])
        # a firm with two names needs something else to be known by
        anchors = {"domain"} if firm.trade_name else set()
        while len(anchors) < 2:
            anchors.add(self.dice.weighted(table))
        return anchors

    def _firm_record(self, firm: Firm, place: str, anchors: set[str]) -> FirmSighting:
        dice = self.dice
        by_the_way = {"tax": 0.3, "domain": 0.45, "phone": 0.5, "address": 0.6}
        if place == ERP:
            by_the_way = {"tax": 0.93, "domain": 0.35, "phone": 0.5, "address": 0.9}
        if firm.parent:
            by_the_way |= {"tax": 0.0, "domain": 0.7}
        shows = {a for a in sorted(anchors) if firm.tells_apart or dice.chance(0.95)}
        shows |= {a for a, share in by_the_way.items() if dice.chance(share)}
        created, modified = self._times()
        return FirmSighting(firm, place, frozenset(shows), created, modified)
