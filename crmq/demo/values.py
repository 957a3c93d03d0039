"""What one record shows of a person or a firm, written down and not yet put into a system's columns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from crmq.demo import handwriting as hand
from crmq.demo import tax_numbers
from crmq.demo.dice import Dice
from crmq.demo.sightings import FirmSighting, PersonSighting
from crmq.demo.world import Address


@dataclass(frozen=True)
class Care:
    """How carefully a system is kept: shares (0..1) of records with a defect.

    Attributes:
        placeholder: Something is typed where nothing is known.
        mail_typo: The mail domain is mistyped.
        zeros: Leading zeros of postal codes are lost.
        country: The country is filled.
    """

    placeholder: float = 0.05
    mail_typo: float = 0.03
    zeros: float = 0.0
    country: float = 0.96


@dataclass(frozen=True)
class WrittenAddress:
    """An address as it stands in a system's fields; what is not known is empty."""

    street: str = ""
    district: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""


@dataclass(frozen=True)
class Written:
    """The values of one record; what it does not show is empty."""

    email: str
    mobile: str
    phone: str
    birth: date | None
    tax: str
    address: WrittenAddress


def address(dice: Dice, home: Address, shown: bool, care: Care, *, one_line: bool = False) -> WrittenAddress:
    """Write an address, or only city and country of one that the record does not show."""
    country = hand.country(dice, home.country) if dice.chance(care.country) else ""
    if not shown:
        return WrittenAddress(city=hand.city(dice, home) if dice.chance(0.5) else "", country=country)
    district = home.district if dice.chance(0.8) else ""
    street = hand.street_line(dice, home)
    if one_line and district:
        street, district = f"{street}, {dice.pick(('Col. ', '')) if home.country == 'MX' else ''}{district}", ""
    region = home.place.region if dice.chance(0.6) else home.place.region_code
    return WrittenAddress(
        street, district, hand.city(dice, home), region if dice.chance(0.85) else "",
        hand.postal_code(dice, home.postal_code, care.zeros) if dice.chance(0.8) else "", country,
    )  # fmt: skip


def of_person(dice: Dice, sighting: PersonSighting, care: Care, *, one_line: bool = False) -> Written:
    """Write what one record shows of a person."""
    person, shows = sighting.person, sighting.shows
    # a mistyped address no longer tells anybody apart
    mail_typo = 0.0 if "email" in person.tells_apart else care.mail_typo
    email = hand.email(dice, sighting.email, mail_typo) if sighting.email else ""
    if not email and dice.chance(care.placeholder):
        email = dice.pick(hand.NO_EMAIL)
    mobile = hand.phone(dice, person.mobile, mobile=True) if "mobile" in shows else ""
    firm = person.employer
    phone = ""
    if firm and not person.own_firm and dice.chance(0.65):
        phone = hand.phone(
            dice, firm.phone, mobile=False, extension=str(dice.between(101, 599)) if dice.chance(0.4) else ""
        )
    elif "landline" in shows:
        phone = hand.phone(dice, person.landline, mobile=False)
    if not phone and mobile and dice.chance(0.07):
        phone, mobile = mobile, ""
    if not phone and dice.chance(care.placeholder):
        phone = dice.pick(hand.NO_PHONE)
    birth = person.born if "birth" in shows else None
    if birth is None and dice.chance(care.placeholder * 0.6):
        birth = dice.pick(hand.NO_BIRTH)
    tax = tax_numbers.written(person.tax_number, person.country, False, dice.below(3)) if "tax" in shows else ""
    home = firm.address if firm and not person.own_firm and dice.chance(0.7) else person.address
    return Written(email, mobile, phone, birth, tax, address(dice, home, "address" in shows, care, one_line=one_line))


def of_firm(dice: Dice, sighting: FirmSighting, care: Care, *, one_line: bool = False) -> Written:
    """Write what one record shows of a firm (its mail is that of the accounts department)."""
    firm, shows = sighting.firm, sighting.shows
    email = (
        f"{dice.pick(('facturacion', 'contabilidad', 'info'))}@{firm.domain}"
        if "domain" in shows and firm.domain
        else ""
    )
    if firm.mailbox and dice.chance(0.6):
        email = firm.mailbox
    phone = hand.phone(dice, firm.phone, mobile=firm.legal_form is None) if "phone" in shows else ""
    if not phone and dice.chance(care.placeholder):
        phone = dice.pick(hand.NO_PHONE)
    tax = ""
    if "tax" in shows:
        tax = tax_numbers.written(firm.tax_number, firm.country, firm.legal_form is not None, dice.below(3))
    return Written(
        email, "", phone, None, tax, address(dice, firm.address, "address" in shows, care, one_line=one_line)
    )
