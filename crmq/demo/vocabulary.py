"""The words the demo is made of: names, places, streets, firms. All from ``demo/data``, written for this purpose.

The weights are rough relative frequencies from general knowledge (García and Hernández are common, Ccopa is rare):
the shape of the distribution matters to the matching, single figures do not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from crmq.demo.dice import Weighted

_DATA = Path(__file__).parent / "data"

LANGUAGE = {"MX": "es", "CO": "es", "AR": "es", "CL": "es", "PE": "es", "ES": "es", "BR": "pt", "US": "en"}
"""Language of names and firms per country."""

COUNTRY_NAME = {
    "MX": "México", "CO": "Colombia", "AR": "Argentina", "CL": "Chile", "PE": "Perú", "ES": "España",
    "BR": "Brasil", "US": "Estados Unidos",
}  # fmt: skip

COUNTRY_WEIGHT = Weighted([("MX", 43), ("CO", 15), ("AR", 12), ("CL", 10), ("PE", 9), ("ES", 5), ("BR", 4), ("US", 2)])
"""Where the customers of the group live."""

ORG_SHORT = {
    "Comercializadora": "Com.", "Distribuidora": "Dist.", "Construcciones": "Constr.", "Constructora": "Constr.",
    "Transportes": "Transp.", "Servicios": "Serv.", "Industriales": "Ind.", "Laboratorios": "Lab.",
    "Inmobiliaria": "Inm.", "Productos": "Prod.", "Importadora": "Imp.", "Ingeniería": "Ing.", "Suministros": "Sum.",
}  # fmt: skip
"""How clerks shorten the words of firm names."""

NAME_SHORT = {
    "María": "Ma.", "Francisco": "Fco.", "Guadalupe": "Gpe.", "Fernando": "Fdo.", "Hernández": "Hdez.",
    "González": "Glez.", "Fernández": "Fdez.", "Martínez": "Mtz.", "Rodríguez": "Rdz.", "Gutiérrez": "Gtz.",
    "Domínguez": "Dguez.",
}  # fmt: skip
"""How clerks shorten given names and surnames."""


@dataclass(frozen=True)
class Place:
    """A city with what addresses and landlines in it look like."""

    country: str
    city: str
    region: str
    region_code: str
    postal_pattern: str
    area_code: str
    districts: tuple[str, ...]


@dataclass(frozen=True)
class StreetKind:
    """A kind of street (avenue, calle ...), the ways to write it, and the streets of that kind."""

    forms: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True)
class LegalForm:
    """A legal form and the ways to write it, the official one first."""

    name: str
    forms: tuple[str, ...]


def _rows(name: str) -> Iterator[list[str]]:
    for line in (_DATA / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")


@cache
def names(language: str, kind: str) -> Weighted[str]:
    """Return given names (``f``, ``m``) or surnames (``s``) of a language."""
    return Weighted((name, float(w)) for lang, k, name, w in _rows("names.tsv") if (lang, k) == (language, kind))


@cache
def nicknames() -> dict[str, str]:
    """Return short forms by given name (``José`` -> ``Pepe``)."""
    return {row[0]: row[1] for row in _rows("nicknames.tsv")}


@cache
def places(country: str) -> Weighted[Place]:
    """Return the cities of a country."""
    return Weighted(
        (Place(cc, city, region, code, postal, area, tuple(filter(None, districts.split(";")))), float(weight))
        for cc, city, region, code, postal, area, weight, districts in _rows("places.tsv")
        if cc == country
    )


@cache
def streets(country: str) -> tuple[StreetKind, ...]:
    """Return the streets of a country by kind."""
    return tuple(
        StreetKind(tuple(forms.split("|")), tuple(listed.split(";")))
        for cc, forms, listed in _rows("streets.tsv")
        if cc == country
    )


@cache
def words(kind: str, country: str) -> tuple[str, ...]:
    """Return firm words: ``activity``, ``proper``, ``trade``, ``role``, ``title``, ``industry``."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for k, language, listed in _rows("firms.tsv"):
        if k == kind:
            found[language].extend(listed.split(";"))
    return tuple(found.get(LANGUAGE[country]) or found["*"])


@cache
def legal_forms(country: str) -> Weighted[LegalForm]:
    """Return the legal forms of a country."""
    return Weighted(
        (LegalForm(name, tuple(forms.split(";"))), float(weight))
        for cc, name, weight, forms in _rows("legal_forms.tsv")
        if cc == country
    )
