"""Packs ``load_SYSTEM``: what a system asks of a row before it takes it, made from the load side of its YAML.

Only what stands in a canonical field can be checked before the load file is made: required fields, longest texts,
closed picklists, and that the upsert key stands once. Facts and their sources are those of
``crmq/connectors/systems``; a fact that nobody confirmed (M) warns, it closes no gate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from crmq import declarative
from crmq.connectors import catalogue
from crmq.connectors.catalogue import Object, System
from crmq.connectors.load_side import ObjectLoad, Sourced
from crmq.model.tables import RECORDS

PREFIX = "load_"
_ENTITY = {"contact": "person", "account": "organisation", "lead": "person", "customer": "person"}
"""Objects that parties are loaded into, and which of the two parties of a row must have the fields."""
_OWN_WORDS = frozenset({"gender", "country", "language"})
"""Fields whose canonical values are codes of their own: they are put into the target's words when it is loaded."""
_KEYS = frozenset({"email", "phone", "tax_id", "website_domain"})
"""Fields that a target may find its records by, and that no two records should share."""
_SAMPLES = {
    "given_name": "Ana", "family_name": "López", "full_name": "Ana López", "org_name": "Pinturas Vega",
    "company_name": "Pinturas Vega", "email": "ana.lopez@acme.es", "phone": "+34 612 904 718", "middle_name": "Luz",
    "job_title": "Gerente", "department": "Ventas", "city": "Sevilla", "street": "Calle Feria 12",
}  # fmt: skip


def names() -> list[str]:
    """Return the names of the packs, sorted."""
    return [PREFIX + name for name, system in catalogue.systems().items() if any(_rules(system))]


def document(name: str) -> declarative.Document | None:
    """Return the pack of a system as a document, or None when there is nothing to check before a load into it."""
    system = catalogue.systems().get(name.removeprefix(PREFIX)) if name.startswith(PREFIX) else None
    rules = list(_rules(system)) if system is not None else []
    if system is None or not rules:
        return None
    mark = re.sub("[^A-Z0-9]", "", system.name.upper())
    for number, rule in enumerate(rules, start=1):
        rule["id"] = f"LOAD-{mark}-{number:03d}"
    title = system.file.title
    data = {
        "pack": name,
        "title": {"en": f"Ready to be loaded into {title}", "es": f"Listo para cargar en {title}"},
        "applies_to": {"table": "records"},
        "rules": rules,
    }
    return declarative.Document(str(catalogue.FOLDER / f"{system.name}.yaml"), data)


def _rules(system: System) -> Iterator[dict[str, Any]]:
    for obj in system.objects.values():
        if obj.spec.load is not None and obj.spec.object in _ENTITY:
            yield from _of_object(system, obj)


def _of_object(system: System, obj: Object) -> Iterator[dict[str, Any]]:
    load, entity = obj.spec.load, _ENTITY[obj.spec.object]
    assert load is not None
    applies: dict[str, Any] = {"entity": entity}
    if obj.spec.object == "lead":
        applies["objects"] = ["lead"]
    target = f"{system.file.title} {obj.spec.title}"

    def rule(
        what: str, column: str, kind: str, fields: list[str], fact: Sourced | None, said: tuple[str, str],
        advice: tuple[str, str], **more: Any,
    ) -> dict[str, Any]:  # fmt: skip
        word = re.sub("[^a-z0-9]+", "_", f"{obj.name}_{column}".lower()).strip("_")
        return {
            "id": "", "name": f"{PREFIX}{system.name}.{word}_{what}", "kind": kind, "fields": fields,
            "applies_to": applies, "message": dict(zip(("en", "es"), said, strict=True)),
            **_certainty(load, fact, advice), **more,
        }  # fmt: skip

    for wanted in load.required:
        columns = [wanted] if isinstance(wanted, str) else list(wanted)
        fields = [field for field in (_field(obj, column) for column in columns) if field is not None]
        if len(fields) < len(columns):
            continue  # what is not in the model can be checked in the load file only
        label, either = ", ".join(columns), len(fields) > 1
        en = f"{target} takes no row without {'one of ' if either else ''}{label}"
        es = f"{target} no acepta filas sin {'alguno de ' if either else ''}{label}"
        advice = "Complete it, or leave the record behind.", "Complételo o no migre el registro."
        kind = "any_present" if either else "not_null"
        yield rule(
            "required", columns[0], kind, fields, None, (en, es), advice, dimension="completeness",
            **_examples(entity, fields, obj.spec.object),
        )  # fmt: skip
    for column, field, most, fact in _shortest(obj, load):
        en = f"{target} takes at most {most} characters in {column}"
        es = f"{target} admite como máximo {most} caracteres en {column}"
        advice = "Shorten it before the load, by rule and not by cutting.", "Acórtelo antes de la carga, no lo corte."
        yield rule(
            "length", column, "length", [field], fact, (en, es), advice, dimension="validity", params={"max": most},
            **_long_examples(entity, field, most, obj.spec.object),
        )  # fmt: skip
    for picklist in load.picklists:
        listed = _field(obj, picklist.column)
        if listed is not None and not picklist.open and listed not in _OWN_WORDS:
            en = f"{target} does not have this value of {picklist.column}"
            es = f"{target} no tiene este valor de {picklist.column}"
            advice = "Map it to a value that the target has.", "Asígnele un valor que exista en el destino."
            more = {"params": {"values": list(picklist.values)}, "dimension": "validity"}
            yield rule("picklist", picklist.column, "in_set", [listed], picklist, (en, es), advice, **more)
    keyed = [(k, k.columns[0], f) for k in load.keys if len(k.columns) == 1 and (f := _key(obj, k.columns[0]))]
    for key, column, by in keyed[:1]:
        en = f"Several records have the same {column}, by which {target} finds what to update"
        es = f"Varios registros tienen el mismo {column}, con el que {target} busca qué actualizar"
        advice = (
            "Consolidate first: of several rows with one key the last one wins.",
            "Consolide antes: de varias filas con la misma clave gana la última.",
        )
        yield rule(
            "upsert_key", column, "unique", [by], key, (en, es), advice, dimension="uniqueness",
            params={"within": "all"},
        ) | {"severity": "warning"}  # fmt: skip


def _certainty(load: ObjectLoad, fact: Sourced | None, advice: tuple[str, str]) -> dict[str, Any]:
    """Return the severity of a rule and its remediation: what is not confirmed only warns, and says so."""
    sure, source = load.sure(fact), load.cited(fact)
    doubt = ("", "") if sure != "M" else (" Not confirmed: ask for it.", " Sin confirmar: consúltelo.")
    en, es = (
        f"{text}{more} ({word}: {source}, {sure})"
        for text, more, word in zip(advice, doubt, ("source", "fuente"), strict=True)
    )
    return {"severity": "warning" if sure == "M" else "error", "remediation": {"en": en, "es": es}}


def _shortest(obj: Object, load: ObjectLoad) -> Iterator[tuple[str, str, int, Sourced]]:
    """Yield per field the column with the shortest limit, in the order of the file.

    Several columns of the target may be filled from one field: the record holds the first of its values. Between equal
    limits the one that is surer speaks.
    """
    best: dict[str, tuple[str, int, Sourced]] = {}
    for fact in load.lengths:
        for column, most in fact.most.items():
            field = _field(obj, column)
            if field is None or field in _OWN_WORDS:
                continue
            held = best.get(field)
            if held is None or (most, load.sure(fact)) < (held[1], load.sure(held[2])):
                best[field] = (column, most, fact)
    yield from ((column, field, most, fact) for field, (column, most, fact) in best.items())


def _field(obj: Object, name: str) -> str | None:
    """Return the column of ``records`` that a column of the target is filled from."""
    field = next((column.field for column in obj.columns if column.name == name), None)
    field = {"website": "website_domain"}.get(field or "", field)
    return field if field in RECORDS and field != "record_id" else None


def _key(obj: Object, name: str) -> str | None:
    field = _field(obj, name)
    return field if field in _KEYS else None


def _examples(entity: str, fields: list[str], object_: str) -> dict[str, Any]:
    """Return examples for required fields whose sample values are known."""
    if any(field not in _SAMPLES for field in fields):
        return {}
    filled = {field: _SAMPLES[field] for field in fields}
    base = _base(entity, fields, object_)
    return {"examples": {"good": [base | filled], "bad": [base | dict.fromkeys(fields, "")]}}


def _long_examples(entity: str, field: str, most: int, object_: str) -> dict[str, Any]:
    """Return examples of a text that just fits and of one that is too long, where a text can be made longer."""
    sample = _SAMPLES.get(field)
    if sample is None or field in ("email", "phone", "street") or len(sample) > most:
        return {}  # stretched addresses and numbers are no longer what they were
    stretched = " ".join([sample] * (most // len(sample) + 1))
    base = _base(entity, [field], object_)
    return {"examples": {"good": [base | {field: sample}], "bad": [base | {field: stretched}]}}


def _base(entity: str, fields: list[str], object_: str) -> dict[str, str]:
    """Return the cells that make a row a person or an organisation without the fields in question."""
    base = {"object": object_, "record_id": "1", "phone": _SAMPLES["phone"]}
    name = "given_name" if entity == "person" else "org_name"
    if name not in fields and "full_name" not in fields:  # a full name is made of its parts
        base[name] = _SAMPLES[name]
    return base
