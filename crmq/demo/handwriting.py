"""How clerks, forms and faulty exports write the same thing: names, phones, addresses, firms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from crmq.demo.dice import Dice, Weighted
from crmq.demo.folding import mojibake, plain, question_marks
from crmq.demo.vocabulary import COUNTRY_NAME, LANGUAGE, NAME_SHORT, ORG_SHORT, nicknames
from crmq.demo.world import Address, Firm, Person

_KEYBOARD = {
    "a": "s", "b": "v", "c": "v", "d": "f", "e": "r", "f": "g", "g": "h", "i": "o", "l": "k", "m": "n", "n": "m",
    "o": "p", "r": "t", "s": "d", "t": "y", "u": "i", "z": "s", "v": "b", "y": "u", "h": "j", "j": "k", "p": "o",
}  # fmt: skip
_MAIL_TYPOS = {
    "gmail.com": ("gmial.com", "gmal.com", "gamil.com", "gmail.con", "gmai.com", "gmmail.com"),
    "hotmail.com": ("hotmal.com", "hormail.com", "hotmail.con", "hotmai.com"),
    "outlook.com": ("outlok.com",),
    "yahoo.com": ("yaho.com", "yahoo.con"),
}
_HONORIFIC: dict[str, dict[str, tuple[str, ...]]] = {
    "es": {"f": ("Sra.", "Sra.", "Lic.", "Dra.", "Ing."), "m": ("Sr.", "Sr.", "Lic.", "Dr.", "Ing.")},
    "pt": {"f": ("Sra.", "Dra."), "m": ("Sr.", "Dr.")},
    "en": {"f": ("Ms.", "Mrs."), "m": ("Mr.", "Dr.")},
}

NO_EMAIL = ("noemail@noemail.com", "sincorreo@gmail.com", "notiene@hotmail.com", "no@no.com", "sincorreo@temporal.com",
            "n/a", "no tiene", "correo@correo.com")  # fmt: skip
"""What people type into an e-mail field that must not stay empty."""
NO_PHONE = ("9999999999", "5555555555", "0000000000", "999999999", "1234567890", "1111111111", "s/n", "no tiene")
"""What people type into a phone field that must not stay empty."""
NO_NAME = ("Sin apellido", "-", ".", "N/A", "X", "Cliente")
"""What people type into a surname field that must not stay empty."""
NO_COMPANY = ("Particular", "N/A", "[Unknown]", "Sin empresa", "-", "No aplica")
"""What stands in the company of a lead who has none."""
NO_BIRTH = (date(1900, 1, 1), date(1901, 1, 1), date(1970, 1, 1), date(1980, 1, 1))
"""Dates that stand for "unknown"."""


@dataclass(frozen=True)
class NameHabit:
    """How a system's users write names: shares (0..1) of what happens to a name.

    Attributes:
        one_surname: The second surname is left out.
        first_given: Only the first of several given names is written.
        capitals, lower: The whole name in capitals, or in small letters.
        nickname: The short form instead of the given name.
        damage: A typing error, a short form (``Hdez.``), a wrong code page or exchanged fields.
        honorific: A title stands in its field.
    """

    one_surname: float
    first_given: float
    capitals: float
    lower: float
    nickname: float
    damage: float
    honorific: float


@dataclass(frozen=True)
class WrittenName:
    """A name as it stands in a system's fields."""

    honorific: str
    given: str
    middle: str
    family: str

    @property
    def full(self) -> str:
        """Given names and surnames as one text."""
        return " ".join(filter(None, (self.given, self.middle, self.family)))


_DAMAGE = Weighted(
    [("typo", 40), ("short", 22), ("mojibake", 12), ("question", 6), ("swapped", 8), ("in_given", 7), ("blanks", 5)]
)


def typo(dice: Dice, text: str) -> str:
    """Return ``text`` with one typing error (never in its first letter)."""
    if len(text) < 4:
        return text
    at = dice.between(1, len(text) - 2)
    kind = dice.below(4)
    if kind == 0:
        return text[:at] + text[at + 1 :]
    if kind == 1:
        return text[:at] + text[at] + text[at:]
    if kind == 2 and text[at] != " " and text[at + 1] != " ":
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    near = _KEYBOARD.get(text[at].lower(), text[at])
    return text[:at] + near + text[at + 1 :]


def _shortened(text: str) -> str:
    return " ".join(NAME_SHORT.get(word, word) for word in text.split())


def person_name(dice: Dice, person: Person, habit: NameHabit) -> WrittenName:
    """Write a person's name as the users of a system do."""
    given, middle = person.given, ""
    family = person.surname_1 if dice.chance(habit.one_surname) else person.surnames
    if dice.chance(habit.nickname) and person.given in nicknames():
        given = nicknames()[person.given]
    elif " " in given and dice.chance(habit.first_given):
        given = given.split()[0]
    elif given.count(" ") == 1 and dice.chance(0.12):
        given, middle = given.split()
    if dice.chance(habit.damage):
        given, family = _damaged(dice, given, family)
    if dice.chance(habit.capitals):
        given, middle, family = given.upper(), middle.upper(), family.upper()
        if dice.chance(0.7):
            given, middle, family = plain(given), plain(middle), plain(family)
    elif dice.chance(habit.lower):
        given, middle, family = given.lower(), middle.lower(), family.lower()
    elif dice.chance(0.12):
        given, middle, family = plain(given), plain(middle), plain(family)
    honorific = ""
    if dice.chance(habit.honorific):
        honorific = dice.pick(_HONORIFIC[LANGUAGE[person.country]][person.sex])
    return WrittenName(honorific, given, middle, family)


def _damaged(dice: Dice, given: str, family: str) -> tuple[str, str]:
    kind = dice.weighted(_DAMAGE)
    if kind == "short":
        return _shortened(given), _shortened(family)
    if kind == "mojibake":
        return mojibake(given), mojibake(family)
    if kind == "question":
        return question_marks(given), question_marks(family)
    if kind == "swapped":
        return family, given
    if kind == "in_given":
        return f"{given} {family}", dice.pick(NO_NAME)
    if kind == "blanks":
        return f" {given} ", family.replace(" ", "  ") + "\u00a0"
    return (typo(dice, given), family) if dice.chance(0.35) else (given, typo(dice, family))


def surname_first(dice: Dice, person: Person) -> str:
    """Write a person as one field of an ERP: capitals, no accents, surnames first, cut after 40 letters."""
    family, given = plain(person.surnames).upper(), plain(person.given).upper()
    if dice.chance(0.05):
        family = typo(dice, family)
    if dice.chance(0.06):
        given = _shortened(person.given).upper()
    style = dice.below(20)
    text = f"{family}, {given}" if style < 7 else f"{given} {family}" if style < 11 else f"{family} {given}"
    return text[:40].strip()


def email(dice: Dice, address: str, damage: float) -> str:
    """Write an e-mail address; ``damage`` is the share of addresses with a mistyped domain."""
    local, _, domain = address.partition("@")
    if dice.chance(damage) and domain in _MAIL_TYPOS:
        return f"{local}@{dice.pick(_MAIL_TYPOS[domain])}"
    kind = dice.below(100)
    if kind < 6:
        return address.upper()
    if kind < 9:
        return f"{local.title()}@{domain}"
    if kind == 9:
        return f" {address} "
    if kind == 10:
        return f"mailto:{address}"
    if kind == 11:
        return address + dice.pick(".,;")
    return address


def phone(dice: Dice, number: str, mobile: bool, extension: str = "") -> str:
    """Write an E.164 number in one of the ways it is written in its country."""
    code = next(c for c in ("52", "57", "54", "56", "51", "34", "55", "1") if number.startswith("+" + c))
    rest = number[1 + len(code) :]
    forms = _national(dice, code, rest, mobile)
    forms += [number, f"+{code} {rest}", f"+{code}{rest}", f"00{code}{rest}", f"(+{code}) {rest}"]
    text = dice.pick(forms)
    return text + dice.pick((" ext. ", " ext ", " x", " int. ", " anexo ")) + extension if extension else text


def _national(dice: Dice, code: str, rest: str, mobile: bool) -> list[str]:
    """Return the forms without country code that are usual in the country, historical ones included."""
    if code == "52":
        area = 2 if rest[:2] in ("55", "33", "81") else 3
        a, b, c = rest[:area], rest[area:-4], rest[-4:]
        forms = [rest, f"{a} {b} {c}", f"({a}) {b}-{c}", f"{a}-{b}-{c}", f"01 {a} {b}{c}"]
        return [*forms, f"044 {a} {b}{c}", f"+52 1 {a} {b} {c}", f"521{rest}"] if mobile else forms
    if code == "57":
        if mobile:
            return [rest, f"{rest[:3]} {rest[3:6]} {rest[6:]}", f"{rest[:3]}-{rest[3:]}"]
        return [rest, f"({rest[:3]}) {rest[3:6]} {rest[6:]}", f"({rest[2]}) {rest[3:]}"]
    if code == "54":
        subscriber = rest.removeprefix("9") if mobile else rest
        area = 2 if subscriber.startswith("11") else 3
        a, b = subscriber[:area], subscriber[area:]
        if mobile:
            return [f"0{a} 15-{b[:-4]}-{b[-4:]}", f"{a} 15 {b}", f"+54 9 {a} {b[:-4]}-{b[-4:]}", f"549{subscriber}"]
        return [f"0{a} {b[:-4]}-{b[-4:]}", f"({a}) {b}", subscriber]
    if code == "55":
        a, b = rest[:2], rest[2:]
        forms = [f"({a}) {b[:-4]}-{b[-4:]}", f"0{a} {b}", f"{a} {b[:-4]} {b[-4:]}"]
        return [*forms, f"({a}) {b[1:5]}-{b[5:]}"] if mobile else forms
    if code == "1":
        return [
            f"({rest[:3]}) {rest[3:6]}-{rest[6:]}",
            f"{rest[:3]}-{rest[3:6]}-{rest[6:]}",
            f"{rest[:3]}.{rest[3:6]}.{rest[6:]}",
        ]
    if mobile:
        return [rest, f"{rest[:3]} {rest[3:6]} {rest[6:]}", f"{rest[0]} {rest[1:5]} {rest[5:]}"]
    return [
        rest,
        f"({rest[:-7]}) {rest[-7:-4]} {rest[-4:]}" if len(rest) > 7 else rest,
        f"0{rest}" if code in ("51",) else rest,
    ]


def street_line(dice: Dice, address: Address, with_unit: bool = True) -> str:
    """Write street, number and flat in one line."""
    kind = dice.pick(address.kind.forms)
    if address.country == "US":
        line = f"{address.number} {address.street} {kind}"
    elif address.country == "CO":
        line = f"{kind} {address.street} {dice.pick(('# ', 'No. ', '#'))}{address.number}"
    else:
        joint = dice.pick((" ", " ", ", ", " No. ", " # ")) if address.country == "MX" else dice.pick((" ", " ", ", "))
        line = f"{kind} {address.street}{joint}{address.number}"
    if with_unit and address.unit:
        line += f"{dice.pick((', ', ' '))}{address.unit}"
    return line.strip()


def city(dice: Dice, address: Address) -> str:
    """Write the city."""
    name = address.place.city
    if name == "Ciudad de México":
        name = dice.pick((name, name, "CDMX", "México D.F.", "Ciudad de Mexico"))
    elif name == "Bogotá":
        name = dice.pick((name, "Bogotá D.C.", "Bogota"))
    elif dice.chance(0.1):
        name = plain(name)
    return name.upper() if dice.chance(0.06) else name


def country(dice: Dice, code: str) -> str:
    """Write the country, mostly by its Spanish name."""
    name = COUNTRY_NAME[code]
    return dice.pick((name, name, name, name, plain(name), code, name.upper()))


def postal_code(dice: Dice, code: str, damage: float) -> str:
    """Write a postal code; ``damage`` is the share of codes that went through Excel and lost their leading zeros."""
    return code.lstrip("0") if code.startswith("0") and dice.chance(damage) else code


def firm_name(dice: Dice, firm: Firm, *, form: float, capitals: float, damage: float, trade: float = 0.0) -> str:
    """Write a firm's name: ``form`` is the share with legal form, ``trade`` with the trade name instead."""
    if firm.trade_name and dice.chance(trade):
        return firm.trade_name.upper() if dice.chance(0.5) else firm.trade_name
    name = firm.name
    if dice.chance(damage):
        kind = dice.below(10)
        if kind < 4:
            name = typo(dice, name)
        elif kind < 8:
            name = " ".join(ORG_SHORT.get(word, word) for word in name.split())
        elif kind == 8:
            name = mojibake(name)
        else:
            name = name.replace(" y ", " & ")
    if firm.legal_form and dice.chance(form):
        name = f"{name}{dice.pick((' ', ' ', ', '))}{dice.pick(firm.legal_form.forms)}"
    if firm.branch:
        name = dice.pick((f"{name} - {firm.branch}", f"{name} {firm.branch}", f"{name} ({firm.branch})"))
    if dice.chance(capitals):
        return plain(name).upper()
    return plain(name) if dice.chance(0.15) else name
