"""Puts the world together: ordinary customers, and the groups that make merging them dangerous."""

from __future__ import annotations

from datetime import date, timedelta

from crmq.demo import tax_numbers
from crmq.demo.dice import Dice, Weighted
from crmq.demo.folding import plain, slug
from crmq.demo.makers import Maker
from crmq.demo.vocabulary import COUNTRY_WEIGHT, places, words
from crmq.demo.world import Firm, Person, World

GROUPS = 64
"""How many groups of each dangerous kind there are (at least 50 are asked for)."""

_SPANISH = Weighted([("MX", 48), ("CO", 17), ("AR", 10), ("CL", 12), ("PE", 13)])

# Names that twins get; those in the second list differ in one or two letters.
_TWINS = (
    ("m", "Juan Carlos", "m", "Juan Pablo"), ("f", "Ana María", "f", "Ana Laura"),
    ("m", "Luis Fernando", "m", "Luis Alberto"),
    ("m", "José Luis", "m", "José Manuel"), ("f", "María José", "f", "María Fernanda"), ("m", "Diego", "m", "Rodrigo"),
    ("f", "Karla", "f", "Karen"), ("m", "Eduardo", "m", "Ernesto"), ("f", "Rosa María", "f", "Rosa Elena"),
    ("m", "Carlos", "f", "Camila"), ("m", "Sebastián", "m", "Santiago"), ("f", "Valeria", "f", "Valentina"),
    ("f", "Sofía", "f", "Lucía"), ("m", "Javier", "m", "Jorge"), ("f", "Claudia", "f", "Carolina"),
)  # fmt: skip
_NEAR_TWINS = (
    ("m", "Adrián", "f", "Adriana"), ("m", "Gabriel", "f", "Gabriela"), ("m", "Alejandro", "f", "Alejandra"),
    ("f", "Paola", "f", "Paula"), ("m", "Daniel", "f", "Daniela"),
)  # fmt: skip

# Firm names that differ in little: (first, second) with {a} an activity and {s} a surname.
_LOOK_ALIKES = (
    ("{a} del Norte", "{a} del Noreste"), ("{a} {s} Hermanos", "{a} {s} e Hijos"), ("{a} Santa Rosa", "{a} Santa Rita"),
    ("{a} La Unión", "{a} La Reunión"), ("{a} Altamira", "{a} Altamirano"), ("{a} Hernández", "{a} Fernández"),
    ("{a} San Martín", "{a} San Marino"), ("{a} del Pacífico", "{a} del Pacífico Sur"), ("{a} Delta", "{a} Delta Plus"),
    ("{a} Valle Verde", "{a} Valle Hermoso"), ("{a} Estrella", "{a} La Estrella"), ("{a} Monterrey", "{a} Monterroso"),
    ("{a} Los Pinos", "{a} Los Pinares"), ("{a} Nova", "{a} Innova"), ("{a} Titán", "{a} Titanio"),
)  # fmt: skip
_BRANCH_WORD = {
    "MX": ("Sucursal", "Suc.", "Planta", "CEDIS"), "CO": ("Sede", "Sucursal", "Agencia"), "AR": ("Sucursal", "Suc."),
    "CL": ("Sucursal", "Planta"), "PE": ("Agencia", "Sede", "Sucursal"), "ES": ("Delegación", "Sucursal"),
    "BR": ("Filial",), "US": ("Branch",),
}  # fmt: skip


def build(dice: Dice) -> World:
    """Return the world: some 3,100 persons and 1,050 firms; every third party stands in a dangerous group."""
    town = _Town(dice)
    town.ordinary_firms(560)
    town.branches()
    town.look_alike_firms()
    town.mailboxes()
    town.traders()
    town.households()
    town.fathers_and_sons()
    town.twins()
    town.homonyms()
    town.employees()
    town.consumers(1050)
    return town.world


class _Town:
    """The world while it is being built."""

    def __init__(self, dice: Dice) -> None:
        self.dice = dice.child("population")
        self.make = Maker(self.dice)
        self.world = World()
        self._names: set[str] = set()

    # --- firms

    def _firm_name(self, country: str) -> str:
        dice = self.dice
        while True:
            activity = dice.pick(words("activity", country))
            proper = dice.pick(words("proper", country)) if dice.chance(0.6) else self.make.surname(country)
            name = f"{activity} {proper}"
            if dice.chance(0.12):
                name = f"{'Group' if country == 'US' else 'Grupo'} {name}"
            elif dice.chance(0.08):
                name = f"{name} y {self.make.surname(country)}" if country not in ("BR", "US") else name
            if self._claim(name):
                return name

    def _claim(self, name: str) -> bool:
        key = plain(name).lower()
        if key in self._names:
            return False
        self._names.add(key)
        return True

    def _add(self, firm: Firm) -> Firm:
        self.world.firms.append(firm)
        return firm

    def ordinary_firms(self, n: int) -> None:
        """Firms like any other; some go by an acronym of their name."""
        for _ in range(n):
            country = self.dice.weighted(COUNTRY_WEIGHT)
            firm = self._add(self.make.firm(country, self._firm_name(country)))
            parts = [p for p in firm.name.split() if p[0].isupper() and p not in ("Grupo", "Group")]
            acronym = "".join(slug(p)[:3] for p in parts[:3]).capitalize()
            if len(parts) > 1 and self.dice.chance(0.15) and self._claim(acronym):
                firm.trade_name = acronym
                firm.domain = firm.domain or self.make.domain(slug(acronym), country)

    def branches(self) -> None:
        """Mothers with branches in other cities: one name, one web domain, several places."""
        for _ in range(GROUPS):
            country = self.dice.weighted(COUNTRY_WEIGHT)
            mother = self._add(self.make.firm(country, self._firm_name(country), with_domain=1.0))
            cities = [p for p in places(country).items if p is not mother.address.place]
            family = [mother]
            for number, place in enumerate(self.dice.some(cities, self.dice.between(2, 4)), start=2):
                branch = self._add(self.make.firm(country, mother.name, address=self.make.address(country, place)))
                branch.legal_form, branch.domain, branch.parent = mother.legal_form, mother.domain, mother
                branch.industry, branch.founded = mother.industry, mother.founded
                branch.branch = f"{self.dice.pick(_BRANCH_WORD[country])} {place.city}"
                branch.tax_number = tax_numbers.of_branch(mother.tax_number[:8], number) if country == "BR" else ""
                family.append(branch)
            self.world.add_group("branches", *family)

    def look_alike_firms(self) -> None:
        """Names a letter apart, one name in two countries, and sister firms under one roof."""
        dice = self.dice
        for n in range(GROUPS):
            country = dice.weighted(_SPANISH)
            activity = dice.pick(words("activity", country))
            if n % 4 == 0:
                name = self._firm_name(country)
                other = dice.pick([c for c in ("MX", "CO", "AR", "CL", "PE") if c != country])
                pair = [self.make.firm(country, name, with_domain=1.0), self.make.firm(other, name, with_domain=1.0)]
            elif n % 4 == 1:
                proper = dice.pick(words("proper", country))
                first = self.make.firm(country, f"{activity} {proper}", with_domain=1.0)
                others = [w for w in words("activity", country) if w != activity]
                second = self.make.firm(
                    country, f"{dice.pick(others)} {proper}", address=first.address, with_domain=1.0
                )
                second.phone = first.phone
                pair = [first, second]
            else:
                patterns = dice.pick(_LOOK_ALIKES)
                surname = self.make.surname(country)
                pair = [self.make.firm(country, p.format(a=activity, s=surname), with_domain=1.0) for p in patterns]
            for firm in pair:
                self._claim(firm.name)
                firm.tells_apart = True
                self._add(firm)
            self.world.add_group("look_alike_firms", *pair)

    # --- persons

    def _born(self, first: int, last: int) -> date:
        return self.dice.day(date(first, 1, 1), date(last, 12, 31))

    def _settle(self, person: Person, *tells_apart: str) -> Person:
        person.tells_apart = tells_apart
        self.world.persons.append(person)
        return person

    def mailboxes(self) -> None:
        """Colleagues behind one address and one switchboard."""
        for _ in range(GROUPS):
            country = self.dice.weighted(COUNTRY_WEIGHT)
            firm = self._add(self.make.firm(country, self._firm_name(country), with_domain=0.7))
            if firm.domain:
                firm.mailbox = f"{self.dice.pick(words('role', country))}@{firm.domain}"
            else:
                firm.mailbox = self.make.email(slug(firm.name)[:24], "gmail.com")
            colleagues = []
            for _ in range(self.dice.between(3, 6)):
                person = self._settle(self.make.person(country, employer=firm), "mobile")
                person.shared_email = firm.mailbox
                colleagues.append(person)
            self.world.add_group("shared_mailbox", *colleagues)

    def traders(self) -> None:
        """Persons with their own firm: one phone, one address, one tax number, two parties."""
        for _ in range(GROUPS):
            country = self.dice.weighted(_SPANISH)
            person = self._settle(self.make.person(country), "tax")
            trade = self.dice.pick(words("trade", country))
            name = f"{trade} {person.given.split()[0]}" if self.dice.chance(0.4) else f"{trade} {person.surname_1}"
            if not self._claim(name):
                name = f"{trade} {person.given.split()[0]} {person.surname_1}"
                self._claim(name)
            firm = self._add(self.make.firm(country, name, address=person.address, with_domain=0.25))
            firm.legal_form, firm.phone, firm.tax_number = None, person.mobile, person.tax_number
            firm.mailbox = person.emails[-1]
            person.own_firm = person.employer = firm
            person.title = "Propietaria" if person.sex == "f" else "Propietario"
            self.world.add_group("trader", person, firm)

    def households(self) -> None:
        """Couples with children: one address, one landline, often one e-mail."""
        for n in range(GROUPS):
            country = self.dice.weighted(_SPANISH)
            father = self.make.person(country, sex="m", born=self._born(1955, 1978))
            home, line = father.address, father.landline
            mother = self.make.person(country, sex="f", born=self._born(1957, 1980), address=home, landline=line)
            family = [father, mother]
            for _ in range(self.dice.between(1, 2)):
                child = self.make.person(
                    country,
                    surname_1=father.surname_1,
                    surname_2=mother.surname_1,
                    one_surname=father.surname_2 is None,
                    born=self._born(1994, 2005),
                    address=home,
                    landline=line,
                )
                if child.given not in {p.given for p in family}:
                    family.append(child)
            shared = self.make.email(f"familia.{slug(father.surname_1)}", "gmail.com") if n % 2 == 0 else None
            for person in family:
                person.shared_email = shared
                self._settle(person, "birth", "mobile")
            self.world.add_group("household", *family)

    def fathers_and_sons(self) -> None:
        """Same name, same address, a generation apart; the second surname differs where there is one."""
        for _ in range(GROUPS):
            country = self.dice.weighted(_SPANISH)
            only_one = self.dice.chance(0.35)
            father = self.make.person(country, sex="m", born=self._born(1948, 1968), one_surname=only_one)
            son = self.make.person(
                country, sex="m", given=father.given, surname_1=father.surname_1, one_surname=only_one,
                born=self._born(father.born.year + 21, father.born.year + 34), address=father.address,
                landline=father.landline,
            )  # fmt: skip
            second = self.dice.pick(("mobile", "email"))
            self.world.add_group(
                "father_and_son", self._settle(father, "birth", second), self._settle(son, "birth", second)
            )

    def twins(self) -> None:
        """Same birthday, same surnames, same address, given names that sound alike."""
        for n in range(GROUPS):
            country = self.dice.weighted(_SPANISH)
            sex_1, given_1, sex_2, given_2 = self.dice.pick(_NEAR_TWINS if n % 6 == 0 else _TWINS)
            first = self.make.person(country, sex=sex_1, given=given_1, born=self._born(1970, 2004))
            second = self.make.person(
                country, sex=sex_2, given=given_2, surname_1=first.surname_1, surname_2=first.surname_2,
                one_surname=first.surname_2 is None, born=first.born, address=first.address, landline=first.landline,
            )  # fmt: skip
            self.world.add_group(
                "twins", self._settle(first, "mobile", "email"), self._settle(second, "mobile", "email")
            )

    def homonyms(self) -> None:
        """Strangers with one full name, in different cities (now and then in the same one)."""
        for n in range(GROUPS):
            country = self.dice.weighted(_SPANISH)
            first = self._settle(self.make.person(country), "birth", "email")
            group = [first]
            for _ in range(2 if n % 8 == 0 else 1):
                cities = [p for p in places(country).items if p is not first.address.place]
                place = first.address.place if n % 6 == 0 else self.dice.pick(cities)
                born = self._born(1948, 2005)
                while any(abs(born - p.born) < timedelta(days=800) for p in group):
                    born = self._born(1948, 2005)
                other = self.make.person(
                    country, sex=first.sex, given=first.given, surname_1=first.surname_1, surname_2=first.surname_2,
                    one_surname=first.surname_2 is None, born=born, address=self.make.address(country, place),
                )  # fmt: skip
                group.append(self._settle(other, "birth", "email"))
            self.world.add_group("homonyms", *group)

    def employees(self) -> None:
        """Contacts at the ordinary firms, the mothers and the look-alikes."""
        for firm in list(self.world.firms):
            if firm.mailbox or firm.parent:
                continue
            for _ in range(self.dice.pick((0, 1, 1, 1, 2, 2, 3))):
                self._settle(self.make.person(firm.country, employer=firm))

    def consumers(self, n: int) -> None:
        """Private customers."""
        for _ in range(n):
            self._settle(self.make.person(self.dice.weighted(COUNTRY_WEIGHT)))
