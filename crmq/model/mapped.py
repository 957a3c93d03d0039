"""The mapping between headers of a source and fields of the canonical model, and a table it was applied to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from crmq.model.raw import RawTable

Entity = Literal["person", "organisation"]
DateOrder = Literal["day_first", "month_first", "year_first"]

EXCLUDED = {"row": pl.UInt32, "reason": pl.String, "by": pl.String}
"""Rows of a table that are left out: which, why, and for superseded rows the file that has the newer state."""


@dataclass(frozen=True)
class FieldMapping:
    """One header and the canonical field it feeds.

    Attributes:
        header: Column name in ``RawTable.frame``.
        field: Name in ``model/fields.yaml``.
        usage: For contact points and addresses: work, home, mobile, billing, shipping, other ...
        slot: Which of several values of the same field (1 is the first); for address parts, which address.
        confidence: 0..1, how sure the proposal is.
        reason: Why, in words.
        channel, purpose, subscription: For ``consent`` columns.
        granted, denied: For ``consent`` columns: the values (folded) that mean yes and no. Polarity is here and only
            here: an opt-out column has ``denied=("true", ...)`` and an empty ``granted`` (absence of an opt-out is
            unknown, never a grant).
        to_object: For references: the object of the same source that the id points to.
        scheme: For identifiers: the scheme, where the header tells it (``ES:NIF``).
        separator: Where one cell holds several values.
        source: ``system`` (the vendor's YAML), ``header`` (generic label), ``content``, ``user`` (mapping file).
    """

    header: str
    field: str
    usage: str | None = None
    slot: int = 1
    confidence: float = 1.0
    reason: str = ""
    channel: str | None = None
    purpose: str | None = None
    subscription: str | None = None
    granted: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    to_object: str | None = None
    scheme: str | None = None
    separator: str | None = None
    source: str = "header"


@dataclass(frozen=True)
class MappedTable:
    """A raw table whose system, object and columns are known.

    Attributes:
        raw: The table as read; marks and codings of the system undone, and columns made of several others put last.
        origin: The table exactly as read, where ``raw`` is not.
        source: Instance name: the ``source`` of every record in it.
        system: Name of the system YAML (``salesforce``, ``hubspot`` ... ``generic``).
        object: Canonical object: contact, account, lead, customer, order ... (``model/fields.yaml``).
        entities: The parties one row may hold: ("person",), ("organisation",) or both. With both, a row gives the
            organisation record only when it names one (``org_name``, ``legal_name`` or ``trade_name``, else
            ``company_name``), and the person record only when it names a person.
        fields: Accepted mappings.
        unmapped: Columns of ``raw.frame`` that feed no field: they travel as ``extras``. Columns in neither ``fields``
            nor ``unmapped`` were left out by the user (``--ignore``, ``--source-column``).
        country: ISO 3166 alpha-2 default for phones, postal codes and tax ids, or None.
        timezone: IANA zone of timestamps without offset, or None for UTC.
        date_order: Where the system fixes it; None: decided per column.
        excluded: Rows left out, one per row index of ``raw.frame``, with the reason (``EXCLUDED``).
        quirks: Named quirks of the system that standardise must know (``salesforce_ids`` ...).
        metadata: Those of ``unmapped`` that say something about the record's life in its system (row checksum, photo
            address, time of synchronisation) and nothing about the party: never evidence for a match.
    """

    raw: RawTable
    source: str
    system: str
    object: str
    entities: tuple[Entity, ...]
    fields: tuple[FieldMapping, ...]
    unmapped: tuple[str, ...] = ()
    country: str | None = None
    timezone: str | None = None
    date_order: DateOrder | None = None
    excluded: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=EXCLUDED))
    quirks: tuple[str, ...] = ()
    metadata: tuple[str, ...] = ()
    origin: RawTable | None = None
    always: Mapping[str, str] = field(default_factory=dict)

    def mapped_to(self, name: str) -> list[FieldMapping]:
        """Return the mappings of one canonical field, in slot order."""
        return sorted((f for f in self.fields if f.field == name), key=lambda f: (f.slot, f.header))
