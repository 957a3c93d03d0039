"""Packs ``load_SYSTEM``: what a system asks of a row before it takes it, made from the load side of its YAML.

Only what stands in a canonical field can be checked before the load file is made: required fields, longest texts,
picklists, and that the upsert key stands once. Facts and their sources are those of ``crmq/connectors/systems``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from crmq import declarative
from crmq.connectors import catalogue
from crmq.connectors.catalogue import Object, System
from crmq.model.tables import RECORDS

PREFIX = "load_"
_ENTITY = {"contact": "person", "account": "organisation", "lead": "person", "customer": "person"}
"""Objects that parties are loaded into, and which of the two parties of a row must have the fields."""
_SAMPLES = {
    "given_name": "Ana", "family_name": "López", "full_name": "Ana López", "org_name": "Pinturas Vega",
    "company_name": "Pinturas Vega", "email": "ana.lopez@acme.es", "phone": "+34 612 904 718",
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

    def rule(what: str, column: str, kind: str, fields: list[str], en: str, es: str, **more: Any) -> dict[str, Any]:
        word = re.sub("[^a-z0-9]+", "_", f"{obj.name}_{column}".lower()).strip("_")
        return {
            "id": "", "name": f"{PREFIX}{system.name}.{word}_{what}", "kind": kind, "fields": fields,
            "applies_to": applies, "severity": "error", "message": {"en": en, "es": es}, **more,
        }  # fmt: skip

    for wanted in load.required:
        columns = [wanted] if isinstance(wanted, str) else list(wanted)
        fields = [field for field in (_field(obj, column) for column in columns) if field is not None]
        if len(fields) < len(columns):
            continue  # what is not in the model can be checked in the load file only
        label, either = ", ".join(columns), len(fields) > 1
        en = f"{target} takes no row without {'one of ' if either else ''}{label}"
        es = f"{target} no acepta filas sin {'alguno de ' if either else ''}{label}"
        kind = "any_present" if either else "not_null"
        yield rule(
            "required", columns[0], kind, fields, en, es, dimension="completeness",
            remediation={"en": "Complete it, or leave the record behind.", "es": "Complételo o no migre el registro."},
            **_examples(entity, fields, obj.spec.object),
        )  # fmt: skip
    shortest: dict[str, int] = {}
    for column, most in load.lengths.items():
        field = _field(obj, column)
        # several columns of the target may be filled from one field: the record holds the first of its values
        if field is not None and most < shortest.get(field, most + 1):
            shortest[field] = most
            en, es = f"{target} cuts {column} after {most} characters", f"{target} corta {column} a {most} caracteres"
            yield rule("length", column, "length", [field], en, es, dimension="validity", params={"max": most})
    for column, values in load.picklists.items():
        field = _field(obj, column)
        if field is not None:
            en, es = f"{target} does not have this value of {column}", f"{target} no tiene este valor de {column}"
            more = {"params": {"values": list(values)}, "dimension": "validity"}
            yield rule("picklist", column, "in_set", [field], en, es, **more)
    keys = [(column, field) for column in load.upsert if (field := _upsert(obj, column)) is not None]
    for column, field in keys[:1]:
        en = f"Several records have the same {column}, by which {target} finds what to update"
        es = f"Varios registros tienen el mismo {column}, con el que {target} busca qué actualizar"
        yield rule(
            "upsert_key", column, "unique", [field], en, es, dimension="uniqueness", params={"within": "all"},
            remediation={
                "en": "Consolidate first: of several rows with one key the last one wins.",
                "es": "Consolide antes: de varias filas con la misma clave gana la última.",
            },
        ) | {"severity": "warning"}  # fmt: skip


def _field(obj: Object, name: str) -> str | None:
    """Return the column of ``records`` that a column of the target is filled from."""
    field = next((column.field for column in obj.columns if column.name == name), None)
    field = {"website": "website_domain"}.get(field or "", field)
    return field if field in RECORDS and field != "record_id" else None


def _upsert(obj: Object, name: str) -> str | None:
    field = _field(obj, name)
    return field if field in ("email", "phone", "tax_id") else None


def _examples(entity: str, fields: list[str], object_: str) -> dict[str, Any]:
    """Return examples for required fields whose sample values are known."""
    if any(field not in _SAMPLES for field in fields):
        return {}
    base = {"object": object_, "record_id": "1", "phone": _SAMPLES["phone"]}
    if entity == "person" and "given_name" not in fields:
        base["given_name"] = _SAMPLES["given_name"]
    filled = {field: _SAMPLES[field] for field in fields}
    return {"examples": {"good": [base | filled], "bad": [base | dict.fromkeys(fields, "")]}}
