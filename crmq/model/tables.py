"""The standardised layer: the tables that standardise writes and every later stage reads.

Each table has one fixed schema; a column that a source does not have is null. The first four columns of every
table are the record key (source, object, record_id, entity): see :data:`KEY`; those of facts (deals, orders ...), which
no entity owns, stand in :mod:`crmq.model.facts`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from crmq.model.facts import FACTS, LOCATOR
from crmq.model.facts import Schema as Schema
from crmq.model.verdicts import Verdict

KEY = ("source", "object", "record_id", "entity")
"""A party record. ``record_id`` is unique within (source, object, entity): a repeated id gets ``~2``, ``~3`` ..."""

PERSON = "person"
ORGANISATION = "organisation"

_KEY: Schema = dict.fromkeys(KEY, pl.String)

RECORDS: Schema = {
    **_KEY,
    **LOCATOR,
    "record_key": pl.String,  # normalised id (18-character Salesforce id, upper-case GUID)
    "master_key": pl.String,  # declared survivor in the same source and object (normalised id), or null
    "system": pl.String,
    "created_at": pl.Datetime("us", "UTC"),
    "modified_at": pl.Datetime("us", "UTC"),
    "last_activity_at": pl.Datetime("us", "UTC"),
    "is_deleted": pl.Boolean,
    "owner": pl.String,
    "status": pl.String,
    # person
    "honorific": pl.String,
    "given_name": pl.String,
    "middle_name": pl.String,
    "family_name": pl.String,  # both surnames as one field would hold them
    "surname_1": pl.String,
    "surname_2": pl.String,
    "name_suffix": pl.String,
    "full_name": pl.String,
    "name_verdict": Verdict,
    "gender": pl.String,  # f, m, x
    "birth_date": pl.String,  # ISO 8601, partial allowed: 1984-04-12, 1984-04, 1984, --04-12
    "birth_date_verdict": Verdict,
    "age": pl.String,
    "language": pl.String,
    "job_title": pl.String,
    "department": pl.String,
    "company_name": pl.String,  # employer as written on a person's record
    # organisation
    "org_name": pl.String,  # as written, cleaned
    "org_core": pl.String,  # without the legal form
    "legal_form": pl.String,
    "trade_name": pl.String,
    "org_name_verdict": Verdict,
    "website_domain": pl.String,
    "industry": pl.String,
    # the first usable value of each repeated kind (all of them stand in the long tables)
    "email": pl.String,
    "email_verdict": Verdict,
    "phone": pl.String,  # E.164
    "phone_verdict": Verdict,
    "street": pl.String,
    "house_number": pl.String,
    "unit": pl.String,
    "district": pl.String,
    "city": pl.String,
    "region": pl.String,
    "postal_code": pl.String,
    "postal_code_verdict": Verdict,
    "country": pl.String,  # ISO 3166-1 alpha-2
    "country_verdict": Verdict,
    "tax_id": pl.String,
    "tax_scheme": pl.String,
    "tax_id_verdict": Verdict,
}

CONTACT_POINTS: Schema = {
    **_KEY,
    "cp_type": pl.String,  # email, phone, postal, web, social
    "usage": pl.String,  # work, home, mobile, fax, whatsapp, billing, shipping, other
    "slot": pl.UInt16,  # order within (record, cp_type): 1 is the first usable one
    "value_norm": pl.String,  # lower-cased e-mail, E.164, address key; null when there is no usable form
    "value_alt": pl.String,  # second form for comparison: gmail without dots, legacy +521 ...
    "value_raw": pl.String,
    "verdict": Verdict,
    "reason": pl.String,
    "column": pl.String,  # header it was read from
    "country": pl.String,
    "phone_type": pl.String,  # mobile, fixed, fixed_or_mobile, voip, other
    "extension": pl.String,
    "street": pl.String,
    "house_number": pl.String,
    "unit": pl.String,
    "district": pl.String,
    "city": pl.String,
    "region": pl.String,
    "postal_code": pl.String,
}

IDENTIFIERS: Schema = {
    **_KEY,
    "id_kind": pl.String,  # tax, national_id, customer_no, external_key, other
    "scheme": pl.String,  # ES:NIF, MX:RFC, salesforce:contact ... or null when unknown
    "issuer_country": pl.String,
    "value_norm": pl.String,
    "value_raw": pl.String,
    "verdict": Verdict,
    "reason": pl.String,
    "column": pl.String,
}

RELATIONSHIPS: Schema = {
    **_KEY,
    "rel_type": pl.String,  # employed_by, subsidiary_of, reports_to, converted_to, account_of
    "to_object": pl.String,
    "to_record_key": pl.String,  # normalised id, or null where only a name is given
    "to_entity": pl.String,
    "to_name": pl.String,
    "column": pl.String,
}

CONSENTS: Schema = {
    **_KEY,
    "channel": pl.String,  # email, sms, whatsapp, phone, post, push, web, any
    "purpose": pl.String,  # commercial, transactional, service, survey, profiling, third_party, research
    "subscription": pl.String,
    "status": pl.String,  # given, refused, withdrawn, unknown
    "lawful_basis": pl.String,
    "captured_at": pl.Datetime("us", "UTC"),
    "evidence": pl.String,  # what proves it (confirmation time, form ...), null when nothing does
    "suppression": pl.String,  # hard_bounce, complaint, dnc_list ... or null
    "value_raw": pl.String,
    "column": pl.String,
}

EXTRAS: Schema = {**_KEY, "column": pl.String, "raw": pl.String}

SCHEMAS: Mapping[str, Schema] = {
    "records": RECORDS,
    "contact_points": CONTACT_POINTS,
    "identifiers": IDENTIFIERS,
    "relationships": RELATIONSHIPS,
    "consents": CONSENTS,
    "extras": EXTRAS,
    **FACTS,
}

LEDGER: Schema = {
    "source": pl.String,
    "object": pl.String,
    **LOCATOR,
    "disposition": pl.String,  # unreadable, quarantined, excluded, mapped
    "reason": pl.String,
    "records": pl.UInt8,  # how many party or child records the row gave
    "record_id": pl.String,  # of those records
    "superseded_by": pl.String,  # file with the newer state of the record, for excluded rows of older deliveries
}
"""One row per physical data row: the row side of the balance."""

FINDINGS: Schema = {
    "rule_id": pl.String,
    "severity": pl.String,  # error, warning, info
    "dimension": pl.String,  # completeness, validity, uniqueness, consistency, timeliness, integrity
    "source": pl.String,
    "object": pl.String,
    "record_id": pl.String,
    **LOCATOR,
    "column": pl.UInt32,  # 1-based position of the column in the file, where known
    "field": pl.String,
    "value": pl.String,  # real value: reports mask it
    "message": pl.String,
    "suggestion": pl.String,
    "state": pl.String,  # open, waived, baseline
}


HEADERS: Schema = {
    "source": pl.String,
    "object": pl.String,
    "field": pl.String,  # column of records
    "header": pl.String,  # of the source, several joined by " + "
}
"""Which header each scalar column of ``records`` was read from (:mod:`crmq.model.headers` makes it)."""


def empty(name: str) -> pl.DataFrame:
    """Return the named table with its schema and no rows."""
    return pl.DataFrame(schema=dict(SCHEMAS[name]))


def conform(frame: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """Return ``frame`` with exactly the columns of ``schema``, in order: missing ones null, others dropped, cast."""
    have = set(frame.columns)
    return frame.select(
        (pl.col(name).cast(dtype) if name in have else pl.lit(None, dtype=dtype).alias(name))
        for name, dtype in schema.items()
    )


Load = Callable[[Sequence[str] | None], pl.DataFrame]
"""Returns a table that stands in a file: the named columns, or all of them (None)."""


@dataclass
class Tables:
    """The standardised tables of a run, the row ledger, findings made on the way, and the headers the fields had.

    ``adopted`` counts the rows of child tables (phones, consents ... that do not stand on their party's own row): the
    ledger counts them with the records.
    """

    tables: dict[str, pl.DataFrame] = field(default_factory=dict)
    ledger: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=LEDGER))
    findings: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=FINDINGS))
    headers: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=HEADERS))
    stored: dict[str, Load] = field(default_factory=dict)
    adopted: int = 0

    def __getitem__(self, name: str) -> pl.DataFrame:
        """Return a table; one that was never written is empty with its schema."""
        if name not in SCHEMAS:
            raise KeyError(name)
        if name in self.tables:
            return self.tables[name]
        return self.stored[name](None) if name in self.stored else empty(name)

    def columns(self, name: str, wanted: Sequence[str]) -> pl.DataFrame:
        """Return some columns of a table; of one that was let go of, nothing else is read."""
        if name not in self.tables and name in self.stored:
            return self.stored[name](wanted)
        return self[name].select(wanted)

    def release(self, name: str, load: Load) -> None:
        """Let go of a table that stands in a file; whoever asks for it again gets it from ``load``."""
        self.stored[name] = load
        self.tables.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        return iter(SCHEMAS)

    @property
    def records(self) -> pl.DataFrame:
        """One row per party record."""
        return self["records"]
