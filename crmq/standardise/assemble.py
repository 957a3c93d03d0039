"""Puts the records of all tables and their children together, in the order of the record keys.

Rows are in the order of their ids from the start (:mod:`crmq.standardise.rows`), so that the records and children of a
table come in order too and the tables of all sources only have to be put one after the other. Only where several
files hold one object of one source are their records sorted in between one another.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import polars as pl

from crmq.model.facts import CHILD_OBJECTS, FACT_KEY, FACTS, TABLE_OF
from crmq.model.tables import (
    CONSENTS,
    CONTACT_POINTS,
    EXTRAS,
    FINDINGS,
    IDENTIFIERS,
    KEY,
    LEDGER,
    ORGANISATION,
    PERSON,
    RECORDS,
    RELATIONSHIPS,
    Schema,
    Tables,
    conform,
)  # fmt: skip
from crmq.model.verdicts import POSSIBLE, VALID, Verdict
from crmq.standardise import contact_points, details, findings
from crmq.standardise.adopted import Adoption
from crmq.standardise.facts import facts_of
from crmq.standardise.holders import Holders, holders_of, in_order, laid_out
from crmq.standardise.parties import Parties, names_of, parties_of
from crmq.standardise.rows import NO_PARTY, Rows
from crmq.standardise.settings import StandardiseSettings

_CHILDREN: dict[str, Schema] = {
    "contact_points": CONTACT_POINTS,
    "identifiers": IDENTIFIERS,
    "relationships": RELATIONSHIPS,
    "consents": CONSENTS,
    "extras": EXTRAS,
}
_VERDICTS = tuple(name for name, dtype in RECORDS.items() if dtype == Verdict)
_PERSON_ONLY = ("gender", "birth_date", "birth_date_verdict", "age", "language", "job_title", "department")

Sort = tuple[str, str]
"""A child table and the sort of child in it: the type of a contact point, the column of an extra, else empty."""


@dataclass
class _Part:
    """What one table gives.

    Attributes:
        records: Records in the order of (record_id, entity), with the columns of ``RECORDS``.
        children: Per child table and sort: children in the order of their records, with ``rec``, the place of the
            record they belong to.
    """

    records: pl.DataFrame
    children: dict[Sort, pl.DataFrame]


@dataclass
class Assembly:
    """Collects what the tables give."""

    settings: StandardiseSettings
    parts: dict[tuple[str, str], list[_Part]] = field(default_factory=dict)
    facts: dict[str, list[pl.DataFrame]] = field(default_factory=dict)
    adoption: Adoption = field(init=False)
    ledger: dict[tuple[str, str], list[pl.DataFrame]] = field(default_factory=dict)
    findings: list[pl.DataFrame] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.adoption = Adoption(self.settings.as_of, self.settings.country)

    def add(self, rows: Rows) -> None:
        """Add one table."""
        table = rows.table
        given = pl.repeat(0, rows.height, dtype=pl.UInt8, eager=True)
        if table.entities:
            given = self._add_parties(rows)
        elif table.object in TABLE_OF:
            given = self._add_facts(rows)
        elif table.object in CHILD_OBJECTS:
            given = self.adoption.add(rows)
        self._account(rows, given)

    def take(self, other: Assembly) -> None:
        """Add what another assembly has collected."""
        for group, parts in other.parts.items():
            self.parts.setdefault(group, []).extend(parts)
        for file, accounts in other.ledger.items():
            self.ledger.setdefault(file, []).extend(accounts)
        for name, frames in other.facts.items():
            self.facts.setdefault(name, []).extend(frames)
        self.adoption.take(other.adoption)
        self.findings += other.findings

    # ------------------------------------------------------------------ one table

    def _add_parties(self, rows: Rows) -> pl.Series:
        """Add the records and children of a table; return how many records each row gave."""
        table = rows.table
        country = table.country or self.settings.country
        orders = details.DateOrders()
        # Polars works outside the interpreter lock: names, mails and dates go on beside addresses and phones
        with ThreadPoolExecutor(max(pl.thread_pool_size() - 1, 1)) as pool:
            names = pool.submit(names_of, rows, country)
            mails = pool.submit(contact_points.mails_and_sites, rows)
            dates = pool.submit(details.scalars, rows, self.settings.as_of, orders)
            points, stated = contact_points.places_and_phones(rows, country)
            points |= mails.result()
            shared = dates.result()
            parties = parties_of(rows, names.result(), contact_points.is_reachable(rows, points))
        self.findings.append(findings.date_orders(table, orders.found))
        holders = holders_of(parties.is_person, parties.is_organisation)
        land = stated.to_frame("c").select(pl.col("c").fill_null(pl.lit(country, pl.String)).alias("c"))["c"]
        both = parties.is_person & parties.is_organisation
        employer = parties.employer.to_frame("e").with_columns(
            parties.organisation["value"].alias("o"), both.alias("b")
        )
        employer_name = employer.select(pl.coalesce("e", pl.when("b").then("o")).alias("e"))["e"]
        children: dict[Sort, pl.DataFrame] = {
            ("contact_points", kind): contact_points.numbered(holders.attach(frame)) for kind, frame in points.items()
        }
        made = {
            "identifiers": details.identifiers(rows, land),
            "relationships": details.relationships(rows, employer_name, both),
            "consents": details.consents(rows),
        }
        for name, frame in made.items():
            if frame is not None and frame.height:
                own = holders.attach(frame)
                children[name, ""] = in_order(own, [c for c in ("order", *_CHILDREN[name]) if c in own.columns])
        for column in sorted(table.unmapped):
            frame = _extras(rows, column)
            if frame.height:
                children["extras", column] = in_order(holders.attach(frame), ["raw"])
        records = _with_first_values(_records(rows, parties, shared, holders), children)
        finished = {
            sort: _keyed(frame, records, _CHILDREN[sort[0]]) for sort, frame in children.items() if frame.height
        }
        if records.height:
            self.parts.setdefault((table.source, table.object), []).append(_Part(records, finished))
        return holders.records_per_row

    def _add_facts(self, rows: Rows) -> pl.Series:
        """Add the facts of a table; return how many rows of facts each of its rows gave."""
        table = rows.table
        made = facts_of(rows, self.settings.as_of, table.country or self.settings.country)
        self.findings.append(findings.date_orders(table, made.dates))
        self.findings.append(findings.number_formats(table, made.numbers))
        if table.mapped_to("consent"):
            self.adoption.add_answers(rows)
        given = pl.repeat(0, rows.height, dtype=pl.UInt8, eager=True)
        for name, frame in (
            (made.table, made.frame), ("participants", made.participants), ("order_lines", made.lines),
        ):  # fmt: skip
            if frame is not None and frame.height:
                self.facts.setdefault(name, []).append(frame)
                places = rows.ids.to_frame("id").join(
                    frame.group_by("record_id").len("n"), left_on="id", right_on="record_id", how="left",
                    maintain_order="left",
                )  # fmt: skip
                given += places["n"].fill_null(0).cast(pl.UInt8)
        return given

    def _account(self, rows: Rows, given: pl.Series) -> None:
        """Write the fate of each physical row of the table."""
        table, raw = rows.table, rows.table.raw
        fate = pl.when((pl.col("records") == 0) & pl.lit(bool(table.entities)))
        read = pl.DataFrame({"records": given, "record_id": rows.ids}).with_columns(
            line=_place(rows)["line"],
            disposition=fate.then(pl.lit("quarantined")).otherwise(pl.lit("mapped")),
            reason=fate.then(pl.lit(NO_PARTY)),
        )
        out = [read]
        for frame, name in ((table.excluded, "excluded"), (rows.dropped, "quarantined")):
            if frame.height:
                by = {"superseded_by": "by"} if "by" in frame.columns else {}
                out.append(frame.select("reason", disposition=pl.lit(name), line=raw.lines.gather(frame["row"]), **by))
        if raw.rejected.height:
            out.append(raw.rejected.select("reason", "line", disposition=pl.lit("unreadable")))
            self.findings.append(findings.unreadable(table))
        whole = pl.concat(out, how="diagonal_relaxed").with_columns(
            source=pl.lit(table.source), object=pl.lit(table.object), file=pl.lit(raw.file),
            sheet=pl.lit(raw.sheet, pl.String), records=pl.col("records").fill_null(0),
        )  # fmt: skip
        self.ledger.setdefault((raw.file, raw.sheet or ""), []).append(conform(whole, LEDGER))

    # ------------------------------------------------------------------ all tables

    def tables(self, repeated: pl.DataFrame | None) -> Tables:
        """Return the standardised tables, sorted by record key."""
        merged = [_merged(self.parts.pop(group)) for group in sorted(self.parts)]
        records = _stacked([part.records for part in merged], RECORDS)
        made = {}
        for name, schema in _CHILDREN.items():
            sorts = sorted({sort for part in merged for sort in part.children if sort[0] == name}, key=_rank)
            frames = [part.children.pop(sort) for sort in sorts for part in merged if sort in part.children]
            made[name] = _stacked(frames, schema)
        found = [f for f in self.findings if f.height]
        if repeated is not None and repeated.height:
            found.append(findings.repeated_ids(records))
        ledger = [pl.concat(self.ledger.pop(file)).sort("line") for file in sorted(self.ledger)]
        made["records"] = records
        if self.adoption:
            made |= self.adoption.settled(made)
        for name, frames in self.facts.items():
            made[name] = pl.concat(frames).sort(*FACT_KEY, *_tie(name), nulls_last=True, maintain_order=True)
        return Tables(
            made,
            _stacked(ledger, LEDGER),
            pl.concat(found) if found else pl.DataFrame(schema=FINDINGS),
            adopted=self.adoption.count,
        )


def _tie(name: str) -> tuple[str, ...]:
    """Return what tells the rows of one fact apart: it may have several participants."""
    return tuple(c for c in FACTS[name] if c not in FACT_KEY) if name == "participants" else ()


def _rank(sort: Sort) -> tuple[int, str]:
    """Return the place of a sort of children in their table: contact points by type, extras by column."""
    name, kind = sort
    return (contact_points.TYPES.index(kind), "") if name == "contact_points" else (0, kind)


def _stacked(frames: Sequence[pl.DataFrame], schema: Schema) -> pl.DataFrame:
    return pl.concat(frames) if frames else pl.DataFrame(schema=schema)


def _merged(parts: list[_Part]) -> _Part:
    """Return the parts of one object of one source as one, in order."""
    if len(parts) == 1:
        return parts[0]
    records = pl.concat([part.records for part in parts]).with_row_index("rec")
    ordered = records.sort("record_id", "entity")
    place = pl.DataFrame({"rec": ordered["rec"]}).with_row_index("place").sort("rec")["place"]
    start = 0
    found: dict[Sort, list[pl.DataFrame]] = {}
    for part in parts:
        numbers = part.records.select(KEY).with_row_index("rec")
        for sort, frame in part.children.items():
            rec = frame.select(KEY).join(numbers, on=KEY, how="left", maintain_order="left")["rec"]
            found.setdefault(sort, []).append(frame.with_columns(place.gather(rec + start).alias("rec")))
        start += part.records.height
    children = {sort: pl.concat(frames).sort("rec", maintain_order=True).drop("rec") for sort, frames in found.items()}
    return _Part(ordered.drop("rec"), children)


def _records(rows: Rows, parties: Parties, shared: pl.DataFrame, holders: Holders) -> pl.DataFrame:
    """Return the records of a table in order, but for the values that stand in the tables of children."""
    table = rows.table
    base = pl.DataFrame({"record_id": rows.ids, "record_key": rows.keys}).with_columns(
        **_place(rows), source=pl.lit(table.source), object=pl.lit(table.object), system=pl.lit(table.system)
    )
    base = pl.concat([base, shared], how="horizontal")
    made = []
    if parties.is_person.any():
        names = parties.person.rename({"verdict": "name_verdict"}).drop("reason")
        frame = pl.concat([base, names, parties.employer.to_frame("company_name")], how="horizontal")
        made.append(_known(frame.with_columns(entity=pl.lit(PERSON), rec=holders.person), parties.is_person))
    if parties.is_organisation.any():
        org = parties.organisation.rename({"value": "org_name", "core": "org_core", "verdict": "org_name_verdict"})
        frame = pl.concat([base, org.drop("reason")], how="horizontal")
        frame = frame.drop([c for c in _PERSON_ONLY if c in frame.columns])
        frame = frame.with_columns(entity=pl.lit(ORGANISATION), rec=holders.organisation)
        made.append(_known(frame, parties.is_organisation))
    if not made:
        return pl.DataFrame(schema=RECORDS)
    return made[0] if len(made) == 1 else pl.concat(made, how="diagonal").sort("rec")


def _known(frame: pl.DataFrame, given: pl.Series) -> pl.DataFrame:
    """Return the rows that give a record, with the columns of ``RECORDS`` that the frame has."""
    have = set(frame.columns)
    chosen = frame.select(pl.col(n).cast(t) for n, t in {**RECORDS, "rec": pl.UInt32}.items() if n in have)
    return chosen if given.all() else chosen.filter(given)


def _with_first_values(records: pl.DataFrame, children: dict[Sort, pl.DataFrame]) -> pl.DataFrame:
    """Return the records with the first usable value of each repeated kind in their scalar columns."""
    columns: list[pl.Series] = []

    def take(frame: pl.DataFrame | None, **chosen: str) -> None:
        if frame is not None and frame.height:
            have = {name: column for name, column in chosen.items() if column in frame.columns}
            columns.extend(laid_out(frame, have, records.height))

    def points(kind: str) -> pl.DataFrame | None:
        frame = children.get(("contact_points", kind))
        return None if frame is None else frame.filter(pl.col("slot") == 1)

    for kind in ("email", "phone"):
        take(points(kind), **{kind: "value_norm", f"{kind}_verdict": "verdict"})
    take(points("web"), website_domain="value_norm")
    parts = ("street", "house_number", "unit", "district", "city", "region", "postal_code", "postal_code_verdict",
             "country", "country_verdict")  # fmt: skip
    take(points("postal"), **dict(zip(parts, parts, strict=True)))
    ids = children.get(("identifiers", ""))
    if ids is not None:
        ids = ids.filter(pl.col("id_kind").is_in(["tax", "national_id"]))
        worse = (pl.col("verdict") != VALID).cast(pl.UInt8) + (~pl.col("verdict").is_in([VALID, POSSIBLE])).cast(
            pl.UInt8
        )
        first = ids.sort("rec", worse, maintain_order=True).unique("rec", keep="first", maintain_order=True)
        take(first, tax_id="value_norm", tax_scheme="scheme", tax_id_verdict="verdict")
    return conform(records.with_columns(columns), RECORDS).with_columns(
        details.missing_verdict(name) for name in _VERDICTS
    )


def _keyed(frame: pl.DataFrame, records: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """Return children with the key of their record instead of its place."""
    keys = []
    for name in KEY:
        column = records[name]
        constant = name in ("source", "object") or (name == "entity" and column.n_unique() == 1)
        keys.append(pl.lit(column[0]).alias(name) if constant else column.gather(frame["rec"]).alias(name))
    return conform(frame.with_columns(keys), schema)


def _place(rows: Rows) -> dict[str, pl.Expr | pl.Series]:
    raw = rows.table.raw
    return {
        "file": pl.lit(raw.file),
        "sheet": pl.lit(raw.sheet, pl.String),
        "line": raw.lines.gather(rows.frame["_row"]).alias("line"),
    }


def _extras(rows: Rows, column: str) -> pl.DataFrame:
    """Return the filled cells of an unmapped column."""
    cells = pl.DataFrame({"raw": rows.frame[column]}).with_row_index("at")
    return cells.filter(pl.col("raw").str.strip_chars() != "").with_columns(column=pl.lit(column))
