"""What consolidate writes: golden parties, their children, and the way back to every source cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from crmq.model.facts import FACTS
from crmq.model.tables import CONSENTS, CONTACT_POINTS, IDENTIFIERS, KEY, RECORDS, Schema

_NOT_GOLDEN = {
    *KEY, "file", "sheet", "line", "record_key", "master_key", "system", "is_deleted",
    "created_at", "modified_at", "last_activity_at", "owner", "status",
}  # fmt: skip

PARTY: Schema = {
    "party_id": pl.String,
    "party_kind": pl.String,  # person, organisation
    "status": pl.String,  # active, inactive
    "display_name": pl.String,
    **{name: dtype for name, dtype in RECORDS.items() if name not in _NOT_GOLDEN and not name.endswith("_verdict")},
    "owner": pl.String,
    "source_status": pl.String,  # as the source wrote it
    "known_since": pl.Datetime("us", "UTC"),
    "modified_at": pl.Datetime("us", "UTC"),
    "last_activity_at": pl.Datetime("us", "UTC"),
    "sources": pl.String,  # ";"-joined, sorted
    "source_records": pl.UInt32,
    "quality_score": pl.UInt8,  # 0..100
}

CROSSWALK: Schema = {
    **dict.fromkeys(KEY, pl.String),
    "party_id": pl.String,  # null only for excluded rows
    "state": pl.String,  # survivor, merged, excluded
    "cluster_id": pl.String,
    "merge_id": pl.String,
    "probability": pl.Float64,
    "decided_by": pl.String,
    "reason": pl.String,  # why a row is excluded
    "superseded_by": pl.String,  # file with the newer state, for rows of older deliveries
    "record_key": pl.String,
    "master_key": pl.String,
    "file": pl.String,
    "sheet": pl.String,
    "line": pl.UInt32,
    "created_at": pl.Datetime("us", "UTC"),
    "modified_at": pl.Datetime("us", "UTC"),
    "last_activity_at": pl.Datetime("us", "UTC"),
    "is_deleted": pl.Boolean,
}

LINEAGE: Schema = {
    "party_id": pl.String,
    "table": pl.Categorical,  # party, contact_points, identifiers
    "field": pl.Categorical,
    "value": pl.String,  # null: the cell stays empty, every value offered was unusable
    "source": pl.Categorical,
    "object": pl.Categorical,
    "record_id": pl.String,
    "source_field": pl.Categorical,  # header
    "rule": pl.Categorical,  # only_value, agreed, or what decided: most_trusted, most_recent, longest ...
    "losers": pl.String,  # JSON list of {value, source, object, record_id}: every cell with another value
}
"""One row per cell of ``party`` that any record offers a value for, and per contact point or identifier that several
rows were collapsed into (the others name their one source row themselves). Categorical: there are ten million rows
and more, of few distinct words."""

CONFLICTS: Schema = {
    "party_id": pl.String,
    "field": pl.String,  # tax_id, birth_date, country, consent ...
    "weight": pl.Float64,
    "values": pl.String,  # JSON list of {value, source, object, record_id}
    "owner": pl.String,
}

_CHILD: Schema = {name: dtype for name, dtype in CONTACT_POINTS.items() if name not in KEY}
_ORIGIN: Schema = {
    "sources": pl.String,  # ";"-joined, sorted
    "records": pl.UInt32,  # how many source rows were collapsed into this one
    **dict.fromkeys(KEY, pl.String),  # the record the row was taken from
}
GOLDEN_CONTACT_POINTS: Schema = {"party_id": pl.String, **_CHILD, "is_shared": pl.Boolean, **_ORIGIN}
GOLDEN_IDENTIFIERS: Schema = {
    "party_id": pl.String,
    **{name: dtype for name, dtype in IDENTIFIERS.items() if name not in KEY},
    **_ORIGIN,
}
GOLDEN_RELATIONSHIPS: Schema = {
    "party_id": pl.String,
    "rel_type": pl.String,
    "to_party_id": pl.String,  # null when the reference dangles or only names the other
    "to_name": pl.String,
    "source": pl.String,
    "object": pl.String,
    "record_id": pl.String,
    "state": pl.String,  # attached, orphan
    "entity": pl.String,
    "to_object": pl.String,
    "to_record_key": pl.String,
    "column": pl.String,
}
GOLDEN_CONSENTS: Schema = {"party_id": pl.String, **CONSENTS}
CONTACTABILITY: Schema = {
    "party_id": pl.String,
    "channel": pl.Categorical,
    "contact_value": pl.String,  # address or number the answer is about; null: the party as a whole
    "purpose": pl.Categorical,
    "allowed": pl.Categorical,  # yes, no, unknown; no row: unknown
    "reason": pl.Categorical,
    "since": pl.Datetime("us", "UTC"),
    "subscription": pl.Categorical,  # null: the general answer
}
GOLDEN_EXTRAS: Schema = {
    "party_id": pl.String, "source": pl.String, "object": pl.String, "record_id": pl.String,
    "column": pl.String, "raw": pl.String, "entity": pl.String,
}  # fmt: skip
_ATTACHED: Schema = {"party_id": pl.String, "state": pl.String}
_WAY: Schema = {
    "attached_by": pl.String,  # reference, participant, value, account, deal, case, order, regarding, thread
    "account_party_id": pl.String,  # the company the fact names
}
GOLDEN_FACTS: Mapping[str, Schema] = {
    name: schema
    if name == "products"
    else {**_ATTACHED, **schema}
    if name == "participants"
    else {**_ATTACHED, **schema, **_WAY}
    for name, schema in FACTS.items()
}
"""Facts with the golden party they belong to; products belong to nobody."""

GOLDEN_SCHEMAS: Mapping[str, Schema] = {
    "party": PARTY,
    "contact_points": GOLDEN_CONTACT_POINTS,
    "identifiers": GOLDEN_IDENTIFIERS,
    "relationships": GOLDEN_RELATIONSHIPS,
    "consents": GOLDEN_CONSENTS,
    "contactability": CONTACTABILITY,
    "extras": GOLDEN_EXTRAS,
    **GOLDEN_FACTS,
    "crosswalk": CROSSWALK,
    "lineage": LINEAGE,
    "conflicts": CONFLICTS,
}


@dataclass(frozen=True)
class Golden:
    """The golden tables by name (``GOLDEN_SCHEMAS``) and the two-level balance as counts."""

    tables: dict[str, pl.DataFrame]
    balance: dict[str, int] = field(default_factory=dict)

    def __getitem__(self, name: str) -> pl.DataFrame:
        """Return a table; facts that the run does not have are empty."""
        if name not in self.tables and name in GOLDEN_FACTS:
            return pl.DataFrame(schema=GOLDEN_SCHEMAS[name])
        return self.tables[name]
