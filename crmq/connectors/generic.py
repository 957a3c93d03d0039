"""The rules for plain headers (``systems/generic.yaml``): labels, ambiguous labels, and the words around them."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from crmq import declarative
from crmq.connectors import headers
from crmq.connectors.catalogue import FOLDER, Meaning
from crmq.connectors.load_side import Certainty, Texts
from crmq.errors import ConfigError
from crmq.locales import _
from crmq.model import fields as canonical

Usage = Literal["home", "work", "mobile", "billing", "shipping", "mailing", "other"]
TableKind = Literal["contact", "account", "lead", "customer", "order", "other"]
IdKind = Literal["plain", "person", "organisation", "customer", "order", "invoice"]

CONDITIONS = (
    "contact_person_beside", "person_name_beside", "no_person_name_beside", "family_name_beside", "company_beside",
    "organisation_table", "values_organisations", "values_persons", "values_mixed", "party_facts_beside",
    "values_honorifics", "values_status", "few_values", "address_beside", "values_regions", "department_country",
    "city_beside", "no_region_beside", "street_beside", "birth_parts_beside", "values_countries", "order_table",
    "party_reference_beside", "no_other_full_name", "no_other_name",
)  # fmt: skip
"""What ``when`` may say; :mod:`crmq.mapping.context` decides each."""


class Label(Meaning):
    """A meaning, and the labels that have it.

    Attributes:
        en, es, pt: Labels.
        schemes: For identifiers: the schemes that are called so; country and values decide which it is.
    """

    en: Texts = ()
    es: Texts = ()
    pt: Texts = ()
    schemes: Texts = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """Return all labels."""
        return (*self.en, *self.es, *self.pt)


class Choice(declarative.Section):
    """One reading of an ambiguous label: the field it is when a condition holds, and how sure that is."""

    field: str
    when: str | None = None
    confidence: float


class Ambiguous(declarative.Section):
    """Labels whose meaning depends on what stands beside them; the first choice that holds decides."""

    labels: tuple[str, ...]
    choose: tuple[Choice, ...]


class GenericFile(declarative.Section):
    """The shape of ``generic.yaml``.

    Attributes:
        name, title, about, certainty, source: As for other systems.
        labels: Labels with one meaning.
        ambiguous: Labels with several.
        qualifiers: Words that tell the usage of a contact point or an address.
        neutral: Words that change nothing (``customer e-mail`` is an e-mail).
        others: Words which tell that a value is not the party's own (``assistant phone``).
        ids: Words that make a header an id, by what it is the id of; ``marks`` are the words for "id" themselves.
        tables: Words in file, sheet or table names, by the object they announce.
        plain: Headers with no place in the model.
        vocabulary: Folded values that tell what an ambiguous column holds; ``department_countries`` are the countries
            whose first-level regions are called departments.
        metadata: Names (with ``*``) of columns that tools add.
    """

    name: str
    title: str
    about: str
    certainty: Certainty
    source: str
    labels: tuple[Label, ...]
    ambiguous: tuple[Ambiguous, ...]
    qualifiers: dict[Usage, tuple[str, ...]]
    neutral: tuple[str, ...]
    others: tuple[str, ...]
    ids: dict[Literal["plain", "person", "organisation", "customer", "order", "invoice", "marks"], tuple[str, ...]]
    tables: dict[TableKind, tuple[str, ...]]
    plain: tuple[str, ...]
    vocabulary: dict[Literal["status", "regions", "department_countries"], tuple[str, ...]]
    metadata: tuple[str, ...]
    load: Literal["none"]


@dataclass(frozen=True)
class Rules:
    """The generic rules, indexed by comparison key (:func:`crmq.connectors.headers.key`)."""

    file: GenericFile
    labels: Mapping[str, Label]
    ambiguous: Mapping[str, Ambiguous]
    plain: frozenset[str]
    neutral: frozenset[str]
    others: frozenset[str]
    usages: Mapping[str, str]
    ids: Mapping[str, str]
    marks: frozenset[str]
    tables: Mapping[str, TableKind]
    vocabulary: Mapping[str, str]

    def is_metadata(self, header: str) -> bool:
        """Tell whether a tool added the column."""
        name = header.strip().lower()
        return any(fnmatch.fnmatchcase(name, pattern) for pattern in self.file.metadata)


@cache
def rules() -> Rules:
    """Load and check ``generic.yaml``.

    Raises:
        ConfigError: A label stands twice, a field or a condition is not known.
    """
    document = declarative.read(FOLDER / "generic.yaml")
    file = declarative.check(document, GenericFile)
    labels: dict[str, Label] = {}
    ambiguous: dict[str, Ambiguous] = {}
    seen: dict[str, str] = {}

    def claim(text: str, owner: str, loc: declarative.Loc) -> str:
        key = headers.key(text) or text
        if seen.setdefault(key, owner) != owner:
            message = _("The label {label} belongs to {one} and to {two}.")
            raise ConfigError(message.format(label=text, one=seen[key], two=owner), where=document.where(loc))
        return key

    for i, label in enumerate(file.labels):
        problem = label.problem()
        if problem:
            raise ConfigError(problem, where=document.where(("labels", i)))
        for text in label.texts:
            labels[claim(text, f"labels {i}", ("labels", i))] = label
    for i, entry in enumerate(file.ambiguous):
        for j, choice in enumerate(entry.choose):
            loc: declarative.Loc = ("ambiguous", i, "choose", j)
            if choice.field not in canonical.fields():
                raise ConfigError(_("There is no field {name}.").format(name=choice.field), where=document.where(loc))
            if choice.when is not None and choice.when not in CONDITIONS:
                raise ConfigError(
                    _("There is no condition {name}.").format(name=choice.when), where=document.where(loc)
                )
        for text in entry.labels:
            ambiguous[claim(text, f"ambiguous {i}", ("ambiguous", i))] = entry
    plain = frozenset(claim(text, "plain", ("plain",)) for text in file.plain)
    words = [w for label in file.labels for w in (*label.es, *label.pt)]
    return Rules(
        file=file,
        labels=labels,
        ambiguous=ambiguous,
        plain=plain,
        neutral=frozenset(file.neutral),
        others=frozenset(file.others),
        usages={headers.key(w): usage for usage, listed in file.qualifiers.items() for w in listed},
        ids={headers.key(w) or w: kind for kind, listed in file.ids.items() if kind != "marks" for w in listed},
        marks=frozenset(file.ids["marks"]),
        tables={headers.key(w): kind for kind, listed in file.tables.items() for w in listed},
        vocabulary=headers.accent_vocabulary([*_ACCENTED, *words]),
    )


_ACCENTED = (
    "código", "teléfono", "teléfonos", "móvil", "dirección", "año", "país", "correo electrónico", "población",
    "último", "última", "número", "razón", "género", "cédula", "identificación", "compañía", "creación",
    "modificación", "región", "delegación", "alcaldía", "facturación", "línea", "crédito", "envío", "título",
    "descripción", "observación", "ubicación", "organización",
)  # fmt: skip
"""Words with an accent: labels above are written without, since case and accents make no difference there."""
