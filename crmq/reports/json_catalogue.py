"""The catalogues of systems and of the canonical model as JSON."""

from __future__ import annotations

from typing import Any

from crmq.connectors.catalogue import System
from crmq.model import fields as canonical
from crmq.model.fields import Field


def systems(known: list[System]) -> dict[str, Any]:
    """Return the list of systems (``crmq.systems/1``)."""
    return {
        "systems": [
            {
                "name": s.name,
                "title": s.file.title,
                "vendor": s.file.vendor,
                "about": s.file.about,
                "certainty": s.file.certainty,
                "objects": [
                    {
                        "name": o.name, "object": o.spec.object, "entities": list(o.entities),
                        "columns": len(o.columns), "load": o.spec.load is not None,
                    }
                    for o in s.objects.values()
                ],
            }
            for s in known
        ]
    }  # fmt: skip


def one_system(system: System) -> dict[str, Any]:
    """Return everything that is known of a system (``crmq.system/2``): its file, defaults left out."""
    return system.file.model_dump(mode="json", exclude_defaults=True)


def model() -> dict[str, Any]:
    """Return the canonical fields and objects (``crmq.model/1``)."""
    return {
        "fields": [f.model_dump(mode="json") for f in canonical.fields().values()],
        "objects": [o.model_dump(mode="json") for o in canonical.objects().values()],
    }


def one_field(entry: Field, fed_by: list[tuple[str, str, str]]) -> dict[str, Any]:
    """Return one field and the columns that feed it (``crmq.field/1``)."""
    keys = ("system", "object", "column")
    return {**entry.model_dump(mode="json"), "fed_by": [dict(zip(keys, row, strict=True)) for row in fed_by]}
