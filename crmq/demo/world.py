"""Who exists in the demo: persons, firms, and the groups of them that are easily taken for one another.

This is the truth. What the systems know of it, and how badly they wrote it down, is decided elsewhere
(:mod:`crmq.demo.sightings`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from crmq.demo.vocabulary import LegalForm, Place, StreetKind


@dataclass(frozen=True)
class Address:
    """A postal address in its parts."""

    kind: StreetKind
    street: str
    number: str
    unit: str
    district: str
    place: Place
    postal_code: str

    @property
    def country(self) -> str:
        """ISO 3166 alpha-2 code."""
        return self.place.country


@dataclass
class Firm:
    """An organisation.

    Attributes:
        key: Entity id in the truth.
        name: Name without legal form, with its accents.
        trade_name: What everybody calls it, where that is another name.
        tax_number: Without separators; empty for a branch that has none of its own.
        mailbox: An address behind which several people sit (``ventas@...``), where there is one.
        parent, branch: For a branch: its mother and what tells it apart (``Sucursal Monterrey``).
        tells_apart: Firms with look-alikes always show what tells them apart (web domain and city).
    """

    key: str
    name: str
    legal_form: LegalForm | None
    address: Address
    phone: str
    tax_number: str
    founded: date
    industry: str
    domain: str | None = None
    trade_name: str | None = None
    mailbox: str | None = None
    parent: Firm | None = None
    branch: str = ""
    tells_apart: bool = False

    @property
    def country(self) -> str:
        """ISO 3166 alpha-2 code."""
        return self.address.country


@dataclass
class Person:
    """A human being.

    Attributes:
        key: Entity id in the truth.
        emails: Own addresses: the one used for work first, then private ones.
        landline: Home phone; members of a household share it.
        shared_email: An address used together with others (a family's, a department's), where there is one.
        tells_apart: Attributes that every record of the person shows, because without them nobody could tell
            the person from a relative or namesake.
        employer, title: Where the person works.
        own_firm: The firm of a trader, which bears the trader's phone, address and tax number.
    """

    key: str
    sex: str
    given: str
    surname_1: str
    surname_2: str | None
    born: date
    address: Address
    mobile: str
    landline: str
    emails: list[str]
    tax_number: str
    shared_email: str | None = None
    tells_apart: tuple[str, ...] = ()
    employer: Firm | None = None
    title: str = ""
    own_firm: Firm | None = None

    @property
    def country(self) -> str:
        """ISO 3166 alpha-2 code."""
        return self.address.country

    @property
    def surnames(self) -> str:
        """Both surnames as one field holds them."""
        return f"{self.surname_1} {self.surname_2}" if self.surname_2 else self.surname_1


@dataclass(frozen=True)
class Group:
    """Different parties that must not be merged, and why somebody might.

    ``kind``: household, father_and_son, twins, homonyms, shared_mailbox, branches, look_alike_firms, trader.
    """

    kind: str
    number: int
    members: tuple[Person | Firm, ...]


@dataclass
class World:
    """Everybody."""

    persons: list[Person] = field(default_factory=list)
    firms: list[Firm] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)

    def add_group(self, kind: str, *members: Person | Firm) -> None:
        """Note that ``members`` are different parties."""
        number = sum(1 for group in self.groups if group.kind == kind) + 1
        self.groups.append(Group(kind, number, members))
