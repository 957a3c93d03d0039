"""Puts the records of all tables and their children together, in the order of the record keys.

A record has a number while the tables are read (``rec``); when all are known the records are sorted by key and the
numbers become places in that order, so that children are sorted by one integer.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import polars as pl

from crmq.model.tables import (
    CONSENTS,
    CONTACT_POINTS,
    EXTRAS,
    FINDINGS,
    IDENTIFIERS,
    KEY,
    LEDGER,
    ORDERS,
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


@dataclass
class _Holders:
    """Numbers of the records that each row of a table gave; null where it gave none of the kind."""

    person: pl.Series
    organisation: pl.Series

    def attach(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Give each child the record that holds it: ``at`` and ``holder`` become ``rec``."""
        people, firms = self.person.gather(frame["at"]), self.organisation.gather(frame["at"])
        if "holder" not in frame.columns:
            frame = frame.with_columns(holder=pl.lit(PERSON))
        frame = frame.with_columns(people.alias("_p"), firms.alias("_o"))
        one = (
            pl.when(pl.col("holder") == ORGANISATION)
            .then(pl.coalesce("_o", "_p"))
            .otherwise(pl.coalesce("_p", "_o"))
            .alias("rec")
        )
        first = frame.with_columns(one)
        both = frame.filter(pl.col("holder").is_null() & pl.col("_p").is_not_null() & pl.col("_o").is_not_null())
        second = both.with_columns(pl.col("_o").alias("rec"))
        return pl.concat([first, second]).filter(pl.col("rec").is_not_null()).drop("_p", "_o", "holder", "at")


@dataclass
class Assembly:
    """Collects what the tables give."""

    settings: StandardiseSettings
    count: int = 0
    records: list[pl.DataFrame] = field(default_factory=list)
    children: dict[str, list[pl.DataFrame]] = field(default_factory=lambda: {name: [] for name in _CHILDREN})
    orders: list[pl.DataFrame] = field(default_factory=list)
    ledger: list[pl.DataFrame] = field(default_factory=list)
    findings: list[pl.DataFrame] = field(default_factory=list)

    def add(self, rows: Rows) -> None:
        """Add one table."""
        table = rows.table
        given = pl.repeat(0, rows.height, dtype=pl.UInt8, eager=True)
        if table.entities:
            given = self._add_parties(rows)
        elif table.object == "order":
            self.orders.append(
                details.orders(rows, self.settings.as_of).with_columns(
                    **_place(rows), source=pl.lit(table.source), object=pl.lit("order")
                )
            )
            given = pl.repeat(1, rows.height, dtype=pl.UInt8, eager=True)
        self._account(rows, given)

    # ------------------------------------------------------------------ one table

    def _add_parties(self, rows: Rows) -> pl.Series:
        """Add the records and children of a table; return how many records each row gave."""
        table = rows.table
        country = table.country or self.settings.country
        orders = details.DateOrders()
        # Polars works outside the interpreter lock: names and dates go on while contact points are judged
        with ThreadPoolExecutor(max(pl.thread_pool_size() - 1, 1)) as pool:
            names = pool.submit(names_of, rows, country)
            dates = pool.submit(details.scalars, rows, self.settings.as_of, orders)
            points, land = contact_points.points_of(rows, country)
            shared = dates.result()
            parties = parties_of(rows, names.result(), contact_points.is_reachable(rows, points))
        self.findings.append(findings.date_orders(table, orders.found))
        holders = self._number(parties)
        self._records(rows, parties, shared, holders)
        land = land.to_frame("c").select(pl.col("c").fill_null(pl.lit(country, pl.String)).alias("c"))["c"]
        both = parties.is_person & parties.is_organisation
        employer = parties.employer.to_frame("e").with_columns(
            parties.organisation["value"].alias("o"), both.alias("b")
        )
        employer_name = employer.select(pl.coalesce("e", pl.when("b").then("o")).alias("e"))["e"]
        made = {
            "contact_points": points,
            "identifiers": details.identifiers(rows, land),
            "relationships": details.relationships(rows, employer_name, both),
            "consents": details.consents(rows),
            "extras": _extras(rows),
        }
        for name, frame in made.items():
            if frame is not None and frame.height:
                self.children[name].append(holders.attach(frame))
        return parties.is_person.cast(pl.UInt8) + parties.is_organisation.cast(pl.UInt8)

    def _number(self, parties: Parties) -> _Holders:
        numbers = []
        for mask in (parties.is_person, parties.is_organisation):
            frame = mask.to_frame("m").select(
                pl.when(pl.col("m")).then(pl.col("m").cast(pl.UInt32).cum_sum() - 1 + self.count).alias("n")
            )
            numbers.append(frame["n"].cast(pl.UInt32))
            self.count += int(mask.sum())
        return _Holders(*numbers)

    def _records(self, rows: Rows, parties: Parties, shared: pl.DataFrame, holders: _Holders) -> None:
        """Add the records, in the order in which they were numbered."""
        table = rows.table
        base = pl.DataFrame({"record_id": rows.ids, "record_key": rows.keys}).with_columns(
            **_place(rows), source=pl.lit(table.source), object=pl.lit(table.object), system=pl.lit(table.system)
        )
        base = pl.concat([base, shared], how="horizontal")
        if parties.is_person.any():
            names = parties.person.rename({"verdict": "name_verdict"}).drop("reason")
            frame = pl.concat([base, names, parties.employer.to_frame("company_name")], how="horizontal")
            frame = frame.with_columns(entity=pl.lit(PERSON), rec=holders.person).filter(parties.is_person)
            self.records.append(_conformed(frame))
        if parties.is_organisation.any():
            org = parties.organisation.rename({"value": "org_name", "core": "org_core", "verdict": "org_name_verdict"})
            frame = pl.concat([base, org.drop("reason")], how="horizontal")
            frame = frame.drop([c for c in _PERSON_ONLY if c in frame.columns])
            frame = frame.with_columns(entity=pl.lit(ORGANISATION), rec=holders.organisation)
            self.records.append(_conformed(frame.filter(parties.is_organisation)))

    def _account(self, rows: Rows, given: pl.Series) -> None:
        """Write the fate of each physical row of the table."""
        table, raw = rows.table, rows.table.raw
        fate = pl.when((pl.col("records") == 0) & pl.lit(bool(table.entities)))
        read = pl.DataFrame({"records": given, "record_id": rows.ids}).with_columns(
            **_place(rows),
            disposition=fate.then(pl.lit("quarantined")).otherwise(pl.lit("mapped")),
            reason=fate.then(pl.lit(NO_PARTY)),
        )
        lines = raw.lines
        out = [read]
        for frame, name in ((table.excluded, "excluded"), (rows.dropped, "quarantined")):
            if frame.height:
                out.append(frame.select("reason", disposition=pl.lit(name), line=lines.gather(frame["row"])))
        if raw.rejected.height:
            out.append(raw.rejected.select("reason", "line", disposition=pl.lit("unreadable")))
            self.findings.append(findings.unreadable(table))
        whole = pl.concat(out, how="diagonal_relaxed").with_columns(
            source=pl.lit(table.source), object=pl.lit(table.object), file=pl.lit(raw.file),
            sheet=pl.lit(raw.sheet, pl.String), records=pl.col("records").fill_null(0),
        )  # fmt: skip
        self.ledger.append(conform(whole, LEDGER))

    # ------------------------------------------------------------------ all tables

    def tables(self, repeated: pl.DataFrame | None) -> Tables:
        """Return the standardised tables, sorted by record key."""
        records = self._sorted_records()
        place = pl.DataFrame({"rec": records["rec"]}).with_row_index("rid").sort("rec")["rid"]
        keys = records.select(KEY)
        children = {name: self._child(name, place, keys) for name in _CHILDREN}
        records = conform(self._with_first_values(records.drop("rec"), children), RECORDS)
        found = [f for f in self.findings if f.height]
        if repeated is not None and repeated.height:
            found.append(findings.repeated_ids(records))
        orders = pl.concat([conform(o, ORDERS) for o in self.orders]) if self.orders else pl.DataFrame(schema=ORDERS)
        ledger = pl.concat(self.ledger) if self.ledger else pl.DataFrame(schema=LEDGER)
        made = {name: frame.select(list(_CHILDREN[name])) for name, frame in children.items()}
        return Tables(
            {"records": records, **made, "orders": orders.sort("source", "object", "record_id")},
            ledger.sort("file", "sheet", "line", nulls_last=True),
            pl.concat(found) if found else pl.DataFrame(schema=FINDINGS),
        )

    def _sorted_records(self) -> pl.DataFrame:
        """Return all records in the order of their keys, with the columns that any of them has."""
        if not self.records:
            return pl.DataFrame(schema={**dict.fromkeys(KEY, pl.String), "rec": pl.UInt32})
        groups: dict[tuple[str, str], list[pl.DataFrame]] = {}
        for frame in self.records:  # each frame is of one source, object and entity
            groups.setdefault((frame["source"][0], frame["object"][0]), []).append(frame)
        self.records.clear()
        return pl.concat(
            [pl.concat(groups.pop(key), how="diagonal").sort("record_id", "entity") for key in sorted(groups)],
            how="diagonal",
        )

    def _child(self, name: str, place: pl.Series, keys: pl.DataFrame) -> pl.DataFrame:
        schema = _CHILDREN[name]
        parts = self.children.pop(name)
        if not parts:
            return pl.DataFrame(schema={**schema, "rid": pl.UInt32})
        frame = pl.concat(parts, how="diagonal_relaxed")
        parts.clear()
        frame = frame.with_columns(place.gather(frame["rec"]).alias("rec"))
        if name == "contact_points":
            frame = contact_points.numbered(frame)
        else:
            order = [c for c in ("order", *schema) if c in frame.columns]
            frame = frame.sort("rec", *order, nulls_last=True)
        whole = pl.concat([keys[frame["rec"]], frame.rename({"rec": "rid"})], how="horizontal")
        more = {c: t for c, t in frame.schema.items() if c in ("postal_code_verdict", "country_verdict")}
        return conform(whole, {**schema, "rid": pl.UInt32, **more})

    def _with_first_values(self, records: pl.DataFrame, children: dict[str, pl.DataFrame]) -> pl.DataFrame:
        """Fill the scalar columns with the first usable value of each repeated kind."""
        points = children["contact_points"]
        records = records.with_row_index("rid")
        for kind in ("email", "phone"):
            first = points.filter((pl.col("cp_type") == kind) & (pl.col("slot") == 1))
            value = first.select("rid", pl.col("value_norm").alias(kind), pl.col("verdict").alias(f"{kind}_verdict"))
            records = _joined(records, value)
        site = contact_points.first_of(points, "web").select("rid", website_domain="value_norm")
        records = _joined(records, site)
        if "postal_code_verdict" in points.columns:
            postal = points.filter((pl.col("cp_type") == "postal") & (pl.col("slot") == 1))
            names = ("street", "house_number", "unit", "district", "city", "region", "postal_code",
                     "postal_code_verdict", "country", "country_verdict")  # fmt: skip
            records = _joined(records, postal.select("rid", *names))
        ids = children["identifiers"].filter(pl.col("id_kind").is_in(["tax", "national_id"]))
        if ids.height:
            rank = (~pl.col("verdict").is_in([VALID])).cast(pl.UInt8) + (
                ~pl.col("verdict").is_in([VALID, POSSIBLE])
            ).cast(pl.UInt8)
            first = ids.sort("rid", rank, maintain_order=True).unique("rid", keep="first", maintain_order=True)
            records = _joined(
                records,
                first.select("rid", tax_id="value_norm", tax_scheme="scheme", tax_id_verdict="verdict"),
            )
        return conform(records, RECORDS).with_columns(details.missing_verdict(name) for name in _VERDICTS)


def _joined(records: pl.DataFrame, values: pl.DataFrame) -> pl.DataFrame:
    """Put values into the columns of the same names."""
    if values.is_empty():
        return records
    taken = [c for c in values.columns if c != "rid"]
    return records.drop(taken, strict=False).join(values, on="rid", how="left", maintain_order="left")


def _conformed(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of ``RECORDS`` that the frame has; the others are added when all records are sorted."""
    have = set(frame.columns)
    return frame.select(pl.col(n).cast(t) for n, t in {**RECORDS, "rec": pl.UInt32}.items() if n in have)


def _place(rows: Rows) -> dict[str, pl.Expr | pl.Series]:
    raw = rows.table.raw
    return {
        "file": pl.lit(raw.file),
        "sheet": pl.lit(raw.sheet, pl.String),
        "line": raw.lines.gather(rows.frame["_row"]).alias("line"),
    }


def _extras(rows: Rows) -> pl.DataFrame | None:
    """Return the filled cells of all unmapped columns."""
    columns = list(rows.table.unmapped)
    if not columns:
        return None
    return (
        rows.frame.lazy()
        .select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("at"), *columns)
        .unpivot(index="at", on=columns, variable_name="column", value_name="raw")
        .filter(pl.col("raw").str.strip_chars() != "")
        .collect()
    )
