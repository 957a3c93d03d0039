"""Tax and identity numbers with right check digits, for persons and firms that do not exist."""

from __future__ import annotations

from datetime import date

from stdnum.ar import cuit
from stdnum.br import cnpj
from stdnum.cl import rut
from stdnum.co import nit
from stdnum.es import cif, dni
from stdnum.mx import rfc
from stdnum.pe import ruc

from crmq.demo.dice import Dice

_RFC_LETTERS = "ABCDEFGHIJKLMNPQRSTUV123456789"
_RFC_VOWELS = "AEIOU"
_RFC_UNSEEMLY = (
    "BUEI", "BUEY", "CACA", "CACO", "CAGA", "CAGO", "CAKA", "COGE", "COJA", "COJE", "COJI",
    "COJO", "CULO", "FETO", "GUEY", "JOTO", "KACA", "KACO", "KAGA", "KAGO", "KAKA", "KOGE",
    "KOJO", "KULO", "LOCA", "LOCO", "LOKA", "LOKO", "MAME", "MAMO", "MEAR", "MEAS", "MEON",
    "MION", "MOCO", "MULA", "PEDA", "PEDO", "PENE", "PUTA", "PUTO", "QULO", "RATA", "RUIN",
)  # fmt: skip
"""Words that the tax office does not print: their last letter becomes an X."""
_PLAIN = str.maketrans("ÁÉÍÓÚÜÑ", "AEIOUUX")


def _letters(name: str) -> str:
    return "".join(c for c in name.upper().translate(_PLAIN) if c.isalpha()) or "X"


def _with_rfc_digit(dice: Dice, stem: str, born: date) -> str:
    body = f"{stem}{born:%y%m%d}{dice.pick(_RFC_LETTERS)}{dice.pick(_RFC_LETTERS)}"
    return body + str(rfc.calc_check_digit(body))


def _with_cpf_digits(body: str) -> str:
    for _ in range(2):
        total = sum(int(c) * weight for c, weight in zip(body, range(len(body) + 1, 1, -1), strict=True))
        body += str(total * 10 % 11 % 10)
    return body


def of_person(dice: Dice, country: str, given: str, surname_1: str, surname_2: str | None, born: date) -> str:
    """Return the number a person is known by to the tax office, without separators ("" where none is used)."""
    if country == "MX":
        first = _letters(surname_1)
        vowel = next((c for c in first[1:] if c in _RFC_VOWELS), "X")
        stem = first[0] + vowel + _letters(surname_2 or "X")[0] + _letters(given)[0]
        return _with_rfc_digit(dice, f"{stem[:3]}X" if stem in _RFC_UNSEEMLY else stem, born)
    # identity numbers grow with the year of birth in these countries
    years = born.year - 1935
    if country == "CO":
        if born.year > 1987:
            return str(dice.between(1_000_000_000, 1_150_000_000))
        return str(dice.between(19_000_000, 98_999_999))
    if country == "AR":
        body = f"{dice.pick(('20', '27', '23'))}{4_000_000 + years * 560_000 + dice.below(500_000):08d}"
        return body + str(cuit.calc_check_digit(body))
    if country == "CL":
        body = str(3_000_000 + years * 250_000 + dice.below(240_000))
        return body + str(rut.calc_check_digit(body))
    if country == "PE":
        return f"{dice.between(6_000_000, 79_999_999):08d}"
    if country == "ES":
        body = f"{dice.between(1_200_000, 79_000_000):08d}"
        return body + str(dni.calc_check_digit(body))
    if country == "BR":
        return _with_cpf_digits(dice.digits("#########"))
    return ""


def of_firm(dice: Dice, country: str, name: str, founded: date) -> str:
    """Return the tax number of a firm, without separators (Colombian ones with their check digit)."""
    if country == "MX":
        return _with_rfc_digit(dice, (_letters(name) + "XX")[:3], founded)
    if country == "CO":
        body = str(dice.between(800_000_000, 901_900_000))
        return body + str(nit.calc_check_digit(body))
    if country == "AR":
        body = "30" + str(dice.between(50_000_000, 71_900_000))
        return body + str(cuit.calc_check_digit(body))
    if country == "CL":
        body = str(dice.between(76_000_000, 77_900_000))
        return body + str(rut.calc_check_digit(body))
    if country == "PE":
        body = "20" + dice.digits("########")
        return body + str(ruc.calc_check_digit(body))
    if country == "ES":
        body = "B" + dice.digits("########")[:7]
        return body + cif.calc_check_digits(body)[0]
    if country == "BR":
        return of_branch(dice.digits("########"), 1)
    return dice.pick(("59", "74")) + dice.digits("#######")


def of_branch(root: str, number: int) -> str:
    """Return the Brazilian CNPJ of a branch: the firm's eight digits, the branch's four and two check digits."""
    body = f"{root}{number:04d}"
    return body + str(cnpj.calc_check_digits(body))


def written(number: str, country: str, firm: bool, style: int) -> str:
    """Write a number as clerks do: ``style`` 0 plain, 1 with the separators of the country, 2 half of them."""
    if style == 0 or not number:
        return number
    if country == "CL":
        dotted = f"{int(number[:-1]):,}".replace(",", ".") if style == 1 else number[:-1]
        return f"{dotted}-{number[-1]}"
    if country == "AR" and len(number) == 11:
        return f"{number[:2]}-{number[2:10]}-{number[10]}"
    if country == "CO" and firm:
        return (
            f"{int(number[:-1]):,}".replace(",", ".") + f"-{number[-1]}"
            if style == 1
            else f"{number[:-1]}-{number[-1]}"
        )
    if country == "CO":
        return f"{int(number):,}".replace(",", ".") if style == 1 else number
    if country == "BR" and len(number) == 11:
        return f"{number[:3]}.{number[3:6]}.{number[6:9]}-{number[9:]}"
    if country == "BR":
        return f"{number[:2]}.{number[2:5]}.{number[5:8]}/{number[8:12]}-{number[12:]}"
    if country == "US":
        return f"{number[:2]}-{number[2:]}"
    if country == "MX" and style == 1:
        cut = 3 if firm else 4
        return f"{number[:cut]}-{number[cut:-3]}-{number[-3:]}"
    if country == "ES" and style == 1:
        return f"{number[:-1]}-{number[-1]}" if not firm else f"{number[0]}-{number[1:]}"
    return number
