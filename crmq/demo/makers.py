"""Makes single persons, firms, addresses and numbers; :mod:`crmq.demo.population` puts them together."""

from __future__ import annotations

from datetime import date
from itertools import count

from crmq.demo import tax_numbers
from crmq.demo.dice import Dice, Weighted
from crmq.demo.folding import slug
from crmq.demo.vocabulary import LANGUAGE, Place, legal_forms, names, places, streets, words
from crmq.demo.world import Address, Firm, Person

_FREE_MAIL = Weighted(
    [("gmail.com", 50), ("hotmail.com", 22), ("outlook.com", 10), ("yahoo.com", 9), ("icloud.com", 5), ("live.com", 4)]
)
_DOMAIN_END = {
    "MX": ".com.mx", "CO": ".com.co", "AR": ".com.ar", "CL": ".cl", "PE": ".com.pe", "ES": ".es", "BR": ".com.br",
    "US": ".com",
}  # fmt: skip

_UNIT = {
    "MX": ("Int. {}", "Depto. {}"), "CO": ("Apto {}", "Of. {}"), "CL": ("Depto. {}", "Of. {}"),
    "BR": ("Apto {}", "Sala {}"), "US": ("Apt {}", "Suite {}"),
}  # fmt: skip

# Number ranges that libphonenumber 9.0 holds valid throughout (checked with 500 to 3,000 numbers each).
_MOBILE = {
    "CO": ("300#######", "310#######", "311#######", "312#######", "313#######", "315#######", "320#######"),
    "CL": ("94#######", "95#######", "98#######"),
    "PE": ("9########",),
    "ES": ("6########",),
}
_CODE = {"MX": "52", "CO": "57", "AR": "54", "CL": "56", "PE": "51", "ES": "34", "BR": "55", "US": "1"}


class Maker:
    """Makes entities with numbers and addresses that nobody else has."""

    def __init__(self, dice: Dice) -> None:
        self.dice = dice
        self._taken: set[str] = set()
        self._person_numbers = count(1)
        self._firm_numbers = count(1)

    def _unused(self, pattern: str) -> str:
        while True:
            value = self.dice.digits(pattern)
            if value not in self._taken and len(set(value[-7:])) > 3:
                self._taken.add(value)
                return value

    def mobile(self, place: Place) -> str:
        """Return a mobile number in E.164 form."""
        cc, area = place.country, place.area_code
        if cc in _MOBILE:
            pattern = self.dice.pick(_MOBILE[cc])
        elif cc == "MX":
            pattern = f"{area}{self.dice.pick('123456789')}".ljust(10, "#")
        elif cc == "AR":
            pattern = f"9{area}{self.dice.pick('56')}".ljust(11, "#")
        elif cc == "BR":
            pattern = f"{area}9{self.dice.pick('6789')}#######"
        else:
            pattern = f"{area}{self.dice.pick('23456789')}######"
        return self._unused(f"+{_CODE[cc]}{pattern}")

    def landline(self, place: Place) -> str:
        """Return a landline number in E.164 form."""
        cc, area = place.country, place.area_code
        length = {"MX": 10, "CO": 10, "AR": 10, "CL": 9, "PE": 8, "ES": 9, "BR": 10, "US": 10}[cc]
        first = {"CL": "2", "BR": "3", "AR": "4"}.get(cc) or self.dice.pick("23456")
        return self._unused(f"+{_CODE[cc]}" + f"{area}{first}".ljust(length, "#"))

    def address(self, country: str, place: Place | None = None) -> Address:
        """Return an address in ``place`` or in some city of the country."""
        dice = self.dice
        place = place or dice.weighted(places(country))
        kind = dice.pick(streets(country))
        number = str(dice.between(10, 2999))
        if country == "CO":
            number = f"{dice.between(1, 120)}{dice.pick(('', '', 'A'))}-{dice.between(2, 99):02d}"
        unit = ""
        if dice.chance(0.3):
            form = dice.pick(_UNIT.get(country, ("Piso {}", "Dpto. {}")))
            unit = form.format(dice.between(1, 9) if "Piso" in form else dice.between(101, 909))
        district = dice.pick(place.districts) if place.districts and dice.chance(0.8) else ""
        postal = dice.digits(place.postal_pattern)
        return Address(kind, dice.pick(kind.names), number, unit, district, place, postal)

    def surname(self, country: str) -> str:
        """Return one surname."""
        return self.dice.weighted(names(LANGUAGE[country], "s"))

    def given(self, country: str, sex: str) -> str:
        """Return one given name, often a composite one."""
        return self.dice.weighted(names(LANGUAGE[country], sex))

    def email(self, local: str, domain: str) -> str:
        """Return an address that nobody has yet, as near to ``local@domain`` as possible."""
        candidate, n = f"{local}@{domain}", 1
        while candidate in self._taken:
            n += 1
            candidate = f"{local}{n}@{domain}"
        self._taken.add(candidate)
        return candidate

    def private_email(self, given: str, surname: str, born: date) -> str:
        """Return an address at a free mail provider."""
        g, s, dice = slug(given.split()[0]), slug(surname), self.dice
        second = slug(given.split()[-1]) if " " in given else ""
        local = dice.pick(
            (f"{g}.{s}", f"{g}{s}", f"{g}_{s}{born:%y}", f"{g[0]}{s}{born:%y}", f"{s}.{g}", f"{g}{second}{born:%y}",
             f"{g}{s[:3]}{born:%d%m}", f"{s}{g}{dice.below(100)}", f"{g[:4]}{s[:4]}{born.year}")
        )  # fmt: skip
        return self.email(local, dice.weighted(_FREE_MAIL))

    def work_email(self, given: str, surname: str, domain: str) -> str:
        """Return an address at an employer."""
        g, s = slug(given.split()[0]), slug(surname)
        return self.email(self.dice.pick((f"{g}.{s}", f"{g}.{s}", f"{g[0]}{s}", f"{g}{s[0]}")), domain)

    def person(
        self,
        country: str,
        *,
        sex: str | None = None,
        given: str | None = None,
        surname_1: str | None = None,
        surname_2: str | None = None,
        one_surname: bool | None = None,
        born: date | None = None,
        address: Address | None = None,
        landline: str | None = None,
        employer: Firm | None = None,
    ) -> Person:
        """Return a person; what is not given is drawn."""
        dice = self.dice
        sex = sex or dice.pick("fm")
        given = given or self.given(country, sex)
        surname_1 = surname_1 or self.surname(country)
        if one_surname is None:
            one_surname = dice.chance({"AR": 0.75, "US": 1.0, "BR": 0.35}.get(country, 0.05))
        surname_2 = None if one_surname else surname_2 or self.surname(country)
        born = born or dice.day(date(1948, 1, 1), date(2005, 12, 31))
        address = address or self.address(country, employer.address.place if employer else None)
        emails = [self.private_email(given, surname_1, born)]
        if dice.chance(0.35):
            emails.append(self.private_email(given, surname_1, born))
        if employer and employer.domain:
            emails.insert(0, self.work_email(given, surname_1, employer.domain))
        return Person(
            key=f"P{next(self._person_numbers):05d}", sex=sex, given=given, surname_1=surname_1, surname_2=surname_2,
            born=born, address=address, mobile=self.mobile(address.place),
            landline=landline or self.landline(address.place), emails=emails,
            tax_number=tax_numbers.of_person(dice, country, given, surname_1, surname_2, born), employer=employer,
            title=dice.pick(words("title", country)) if employer else "",
        )  # fmt: skip

    def firm(self, country: str, name: str, *, address: Address | None = None, with_domain: float = 0.82) -> Firm:
        """Return a firm called ``name``."""
        dice = self.dice
        address = address or self.address(country)
        founded = dice.day(date(1965, 1, 1), date(2022, 12, 31))
        firm = Firm(
            key=f"O{next(self._firm_numbers):05d}", name=name, legal_form=dice.weighted(legal_forms(country)),
            address=address, phone=self.landline(address.place),
            tax_number=tax_numbers.of_firm(dice, country, name, founded), founded=founded,
            industry=dice.pick(words("industry", country)),
        )  # fmt: skip
        if dice.chance(with_domain):
            firm.domain = self.domain(slug(name)[:28], country)
        return firm

    def domain(self, stem: str, country: str) -> str:
        """Return a web domain that nobody has yet."""
        candidate, n = stem + _DOMAIN_END[country], 1
        while candidate in self._taken:
            n += 1
            candidate = f"{stem}{n}{_DOMAIN_END[country]}"
        self._taken.add(candidate)
        return candidate
