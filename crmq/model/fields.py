"""The catalogue of canonical fields and objects (``fields.yaml``), with labels and the standards they correspond to."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from crmq import declarative
from crmq.errors import UsageError, did_you_mean
from crmq.locales import _, language
from crmq.model.mapped import Entity

Group = Literal[
    "record", "person", "organisation", "contact", "address", "identifier", "reference", "consent", "order", "fact"
]
Kind = Literal[
    "text", "name", "organisation", "email", "phone", "date", "timestamp", "year", "month", "day", "number", "id",
    "tax_id", "postal_code", "country", "url", "flag", "code",
]  # fmt: skip

STANDARDS = {
    "cdm": "Microsoft Common Data Model",
    "schema": "schema.org",
    "fhir": "HL7 FHIR",
    "dc": "Salesforce Customer 360 Data Model",
}
"""Published models that a field may correspond to, by the short name used in ``fields.yaml``."""


class Field(declarative.Section):
    """One canonical field.

    Attributes:
        name: The name that mappings, rules and reports use.
        group: Which part of the record it belongs to.
        kind: What its values are.
        repeated: Whether a record may hold several values, told apart by usage and slot.
        en, es: Labels.
        standards: Nearest field of published models, by the keys of :data:`STANDARDS`.
    """

    name: str = ""
    group: Group
    kind: Kind
    repeated: bool = False
    en: str
    es: str
    standards: dict[Literal["cdm", "schema", "fhir", "dc"], str] = {}

    @property
    def label(self) -> str:
        """Return the label in the language in use."""
        return self.es if language() == "es" else self.en


class ObjectType(declarative.Section):
    """One kind of table: what a row of it may be.

    Attributes:
        name: contact, account, lead, customer, order, deal ... other.
        entities: The parties one row may hold; none for tables that only belong to parties.
        en, es: Labels.
    """

    name: str = ""
    entities: tuple[Entity, ...]
    en: str
    es: str

    @property
    def label(self) -> str:
        """Return the label in the language in use."""
        return self.es if language() == "es" else self.en


class _Catalogue(declarative.Section):
    fields: dict[str, Field]
    objects: dict[str, ObjectType]


@cache
def _catalogue() -> _Catalogue:
    return declarative.load(Path(__file__).with_name("fields.yaml"), _Catalogue)


@cache
def fields() -> Mapping[str, Field]:
    """Return all canonical fields by name, in the order of the file."""
    return MappingProxyType({n: f.model_copy(update={"name": n}) for n, f in _catalogue().fields.items()})


@cache
def objects() -> Mapping[str, ObjectType]:
    """Return all canonical objects by name, in the order of the file."""
    return MappingProxyType({n: o.model_copy(update={"name": n}) for n, o in _catalogue().objects.items()})


def field(name: str, where: str | None = None) -> Field:
    """Return one field.

    Raises:
        UsageError: There is no such field; the message suggests the closest.
    """
    found = fields().get(name)
    if found is None:
        close = did_you_mean(name, fields())
        hint = _("Did you mean {word}?").format(word=close) if close else _("See crmq model.")
        raise UsageError(_("There is no field {name}.").format(name=name), where=where, hint=hint)
    return found
