"""The schemes of tax and national ids: which country, which form, how to check."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from types import ModuleType

from stdnum import get_cc_module
from stdnum.exceptions import InvalidChecksum, InvalidComponent, ValidationError

from crmq.values import identifier_checks as checks


@dataclass(frozen=True)
class Scheme:
    """One kind of identifier.

    Attributes:
        name: Country and short name, ``ES:NIF``.
        kind: ``tax`` or ``national_id``; where one number serves as both, ``tax``.
        form: Pattern of the compact text (capitals, no separators) of a candidate.
        module: Of python-stdnum, or None for an own check.
        check: Own check of the compact text; None with no module: the form is all there is.
        has_check_digit: Whether a right number can be told from a random one. Without it the verdict is ``possible``.
        soft: A failing check digit makes ``possible``, since official numbers are known to break the rule.
        length: Digits of the whole number where leading zeros get lost, else 0.
        unmistakable: Pattern of the text as written (capitals) that no other scheme shares, or None.
    """

    name: str
    kind: str
    form: str
    module: str | None = None
    check: Callable[[str], bool] | None = None
    has_check_digit: bool = True
    soft: bool = False
    length: int = 0
    unmistakable: str | None = None

    @property
    def country(self) -> str:
        """ISO alpha-2 of the issuing country."""
        return self.name[:2]


_RFC_LETTERS = "[A-ZÑ&]"
_CURP = r"[A-Z]{4}\d{6}[HMX][A-Z]{5}[A-Z0-9]\d"
_CNPJ_WRITTEN = r"[0-9A-Z]{2}\.[0-9A-Z]{3}\.[0-9A-Z]{3}/[0-9A-Z]{4}-\d\d"
_NINO = r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]"
_CRN = r"\d{8}|(?:SC|NI|OC|SO|NC|FC|SF|NF|GE|LP|SL|NL|IP|SP|RS|R0|CE|CS|ZC)\d{6}"
# letters stand for digits where two persons share a code (omocodia)
_CF_DIGIT = "[0-9LMNPQRSTUV]"
_CF = rf"[A-Z]{{6}}{_CF_DIGIT}{{2}}[A-EHLMPRST]{_CF_DIGIT}{{2}}[A-Z]{_CF_DIGIT}{{3}}[A-Z]"
_NIF_WRITTEN = r"(?:ES)?(?:\d{8}[A-Z]|[A-Z]\d{7}[A-Z0-9])"
_SCHEMES = (
    Scheme("ES:NIF", "tax", r"[A-Z0-9]\d{7}[A-Z0-9]", "es.nif", unmistakable=_NIF_WRITTEN),
    Scheme("MX:RFC", "tax", _RFC_LETTERS + r"{3,4}\d{6}(?:[A-Z0-9]{2}[0-9A])?", "mx.rfc",
           unmistakable=_RFC_LETTERS + r"{3,4}\d{6}[A-Z0-9]{2}[0-9A]"),
    Scheme("MX:CURP", "national_id", _CURP, "mx.curp", unmistakable=_CURP),
    Scheme("MX:NSS", "national_id", r"\d{11}", check=checks.luhn),
    Scheme("AR:CUIT", "tax", r"\d{11}", "ar.cuit", unmistakable=r"\d{2}-\d{8}-\d"),
    Scheme("AR:DNI", "national_id", r"[1-9]\d{6,7}", has_check_digit=False),
    Scheme("CO:NIT", "tax", r"\d{6,11}", "co.nit"),
    Scheme("CO:CC", "national_id", r"[1-9]\d{5,9}", has_check_digit=False),
    Scheme("CL:RUT", "tax", r"\d{7,8}[0-9K]", "cl.rut", unmistakable=r"\d{1,2}\.\d{3}\.\d{3}-[0-9K]|\d{7,8}-?K"),
    Scheme("PE:RUC", "tax", r"\d{11}", "pe.ruc"),
    Scheme("PE:DNI", "national_id", r"\d{8}", has_check_digit=False),
    Scheme("PE:DNI", "national_id", r"\d{8}[0-9A-K]", "pe.cui"),
    Scheme("PE:CE", "national_id", r"\d{9}", has_check_digit=False),
    Scheme("BR:CNPJ", "tax", r"[0-9A-Z]{12}\d{2}", "br.cnpj", length=14, unmistakable=_CNPJ_WRITTEN),
    Scheme("BR:CPF", "tax", r"\d{11}", "br.cpf", length=11, unmistakable=r"\d{3}\.\d{3}\.\d{3}-\d\d"),
    Scheme("US:EIN", "tax", r"\d{9}", "us.ein", has_check_digit=False),
    Scheme("US:SSN", "national_id", r"\d{9}", "us.ssn", has_check_digit=False),
    Scheme("US:ITIN", "national_id", r"9\d{8}", "us.itin", has_check_digit=False),
    Scheme("ZA:TIN", "tax", r"[01239]\d{9}", "za.tin"),
    Scheme("ZA:VAT", "tax", r"4\d{9}", check=checks.luhn, soft=True),
    Scheme("ZA:CK", "tax", r"(?:19|20)\d{10}", has_check_digit=False),
    Scheme("ZA:ID", "national_id", r"\d{13}", "za.idnr", length=13),
    Scheme("CR:CPJ", "tax", r"[2345]\d{9}", "cr.cpj", has_check_digit=False),
    Scheme("CR:CPF", "national_id", r"0?[1-9]\d{6,8}", "cr.cpf", has_check_digit=False),
    Scheme("CR:DIMEX", "national_id", r"1\d{10,11}", "cr.cr", has_check_digit=False),
    Scheme("EC:RUC", "tax", r"\d{13}", "ec.ruc", length=13),
    Scheme("EC:CI", "national_id", r"\d{10}", "ec.ci", length=10),
    Scheme("GT:NIT", "tax", r"\d{1,11}[0-9K]", "gt.nit"),
    Scheme("GT:DPI", "national_id", r"\d{13}", check=checks.gt_dpi),
    Scheme("UY:RUT", "tax", r"\d{12}", "uy.rut", length=12),
    Scheme("UY:CI", "national_id", r"\d{7,8}", check=checks.uy_ci),
    Scheme("DO:RNC", "tax", r"\d{9}", "do.rnc"),
    Scheme("DO:CEDULA", "national_id", r"\d{11}", "do.cedula", length=11),
    Scheme("PA:CEDULA", "national_id", r"(?:PE|E|N|\d).*\d", has_check_digit=False),
    Scheme("DE:VAT", "tax", r"(?:DE)?[1-9]\d{8}", "de.vat"),
    Scheme("DE:IDNR", "national_id", r"[1-9]\d{10}", "de.idnr"),
    Scheme("DE:STNR", "tax", r"\d{10,13}", "de.stnr", has_check_digit=False),
    Scheme("FR:SIREN", "tax", r"\d{9}", "fr.siren", length=9),
    Scheme("FR:SIRET", "tax", r"\d{14}", "fr.siret", length=14),
    Scheme("FR:TVA", "tax", r"(?:FR)?[A-Z0-9]{2}\d{9}", "fr.tva"),
    Scheme("FR:NIR", "national_id", r"[12]\d{4}(?:\d\d|2[AB])\d{8}", check=checks.fr_nir),
    Scheme("FR:NIF", "national_id", r"[0-3]\d{12}", "fr.nif"),
    Scheme("GB:VAT", "tax", r"(?:GB)?(?:\d{9}|\d{12}|GD\d{3}|HA\d{3})", "gb.vat"),
    Scheme("GB:UTR", "tax", r"\d{10}K?|K\d{10}", "gb.utr"),
    Scheme("GB:NINO", "national_id", _NINO, has_check_digit=False, unmistakable=_NINO),
    Scheme("GB:CRN", "tax", _CRN, has_check_digit=False),
    Scheme("IT:IVA", "tax", r"(?:IT)?\d{11}", "it.iva", length=11),
    Scheme("IT:CF", "national_id", _CF, "it.codicefiscale", unmistakable=_CF),
    Scheme("PT:NIF", "tax", r"(?:PT)?[1-9]\d{8}", "pt.nif"),
    Scheme("PT:CC", "national_id", r"\d{9}[A-Z0-9]{2}\d", "pt.cc"),
    Scheme("VE:RIF", "tax", r"[VEJPGC]\d{9}", "ve.rif", unmistakable=r"[VEJPGC]-?\d{8}-?\d"),
    Scheme("PY:RUC", "tax", r"\d{5,9}", "py.ruc"),
    Scheme("SV:NIT", "tax", r"\d{14}", "sv.nit"),
)  # fmt: skip

ALIASES = {
    "ES:DNI": "ES:NIF", "ES:NIE": "ES:NIF", "ES:CIF": "ES:NIF", "ES:VAT": "ES:NIF",
    "AR:CUIL": "AR:CUIT", "CL:RUN": "CL:RUT", "CO:CEDULA": "CO:CC", "PE:CUI": "PE:DNI",
    "BR:CNPJ_CPF": "BR:CNPJ", "US:TIN": "US:EIN", "PR:EIN": "US:EIN", "PR:SSN": "US:SSN",
    "ZA:IDNR": "ZA:ID", "CR:FISICA": "CR:CPF", "CR:JURIDICA": "CR:CPJ", "EC:CEDULA": "EC:CI",
    "GT:CUI": "GT:DPI", "UY:CEDULA": "UY:CI", "DO:CIE": "DO:CEDULA", "PA:RUC": "PA:CEDULA",
    "FR:VAT": "FR:TVA", "IT:VAT": "IT:IVA", "PT:NIPC": "PT:NIF", "PT:VAT": "PT:NIF",
}  # fmt: skip
"""Other names of the schemes, as headers and systems use them."""

_VAT_PREFIX = re.compile(
    r"(AT|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK)[0-9A-Z]{8,12}"
)


@cache
def of_country(country: str, kind: str) -> tuple[Scheme, ...]:
    """Return the schemes to try for a country, those of the asked kind first."""
    home = "US" if country == "PR" else country
    own = [scheme for scheme in _SCHEMES if scheme.country == home]
    if not own and (found := get_cc_module(home.lower(), "vat")) is not None:
        module = str(vars(found)["__name__"]).removeprefix("stdnum.")
        name = module.rpartition(".")[2].upper()
        own = [Scheme(f"{home}:{name}", "tax", r"[0-9A-Z]+", module)]
    return tuple(sorted(own, key=lambda scheme: scheme.kind != kind))


@cache
def by_name(name: str) -> tuple[Scheme, ...]:
    """Return the variants of one scheme by its name or alias; empty where it is unknown."""
    known = ALIASES.get(name.upper(), name.upper())
    return tuple(scheme for scheme in _SCHEMES if scheme.name == known)


def unmistakable(written: str) -> list[Scheme]:
    """Return the schemes whose form the text shows beyond doubt, without knowing the country."""
    if written.isdigit():
        return []
    found = [s for s in _SCHEMES if s.unmistakable and re.fullmatch(s.unmistakable, written)]
    bare = re.sub(r"[\s.-]", "", written)
    if match := _VAT_PREFIX.fullmatch(bare):
        home = "GR" if match[1] == "EL" else match[1]
        found += [s for s in of_country(home, "tax") if s.name in _VAT_NUMBERS.get(home, {s.name})]
    return list(dict.fromkeys(found))


_VAT_NUMBERS = {"DE": {"DE:VAT"}, "FR": {"FR:TVA"}, "IT": {"IT:IVA"}, "PT": {"PT:NIF"}, "ES": {"ES:NIF"}}


def verify(scheme: Scheme, written: str, compact: str) -> tuple[str | None, str | None]:
    """Check a candidate of a scheme.

    Args:
        scheme: What it is meant to be; its form fits.
        written: Capitals with their separators (some countries' parts have no fixed length).
        compact: The same without separators.

    Returns:
        The canonical value (None when it is not one) and the reason: ``check_digit``, ``bad_component``,
        ``wrong_form``, or None.
    """
    if scheme.name == "PA:CEDULA":
        value = checks.pa_cedula(written)
        return (value, None) if value else (None, "wrong_form")
    if scheme.name == "UY:CI":
        compact = compact.zfill(8)
    if scheme.module is None:
        if scheme.check is None or scheme.check(compact):
            return compact, None
        return (compact, "check_digit") if scheme.soft else (None, "check_digit")
    module = _module(scheme.module)
    try:
        if scheme.name == "MX:RFC":
            return _verify_rfc(module, compact)
        value = str(module.validate(written if scheme.country == "CR" else compact))
    except InvalidChecksum:
        return None, "check_digit"
    except InvalidComponent:
        return None, "bad_component"
    except (ValidationError, ValueError, IndexError, KeyError, TypeError, AttributeError):
        return None, "wrong_form"
    return (value[:8] if scheme.name == "PE:DNI" else value), None


def _verify_rfc(module: ModuleType, compact: str) -> tuple[str | None, str | None]:
    """Check an RFC: some older ones were issued with another digit, and many systems hold it without the last three."""
    plain = str(module.validate(compact))
    if len(plain) == 10:
        return plain, "partial"
    try:
        return str(module.validate(compact, validate_check_digits=True)), None
    except ValidationError:
        return plain, "check_digit"


@cache
def _module(name: str) -> ModuleType:
    return importlib.import_module(f"stdnum.{name}")
