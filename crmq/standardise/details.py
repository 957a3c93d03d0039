"""What else a row says of its parties: dates of its life, birth, gender, work, identifiers, references, consent."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from crmq.model.mapped import FieldMapping
from crmq.model.tables import ORGANISATION, PERSON
from crmq.model.verdicts import MISSING, PLACEHOLDER, VALID, Verdict
from crmq.standardise.rows import Rows, normalised
from crmq.values import date, identifier, placeholder, text

_GENDERS = {
    **dict.fromkeys(["f", "female", "mujer", "femenino", "feminino", "fem", "w", "woman", "weiblich", "femme"], "f"),
    **dict.fromkeys(["m", "male", "hombre", "masculino", "masc", "man", "mannlich", "h", "v", "varon", "homme"], "m"),
    **dict.fromkeys(["x", "non binary", "no binario", "nao binario", "diverse", "other", "otro", "divers"], "x"),
}  # fmt: skip

_TRUE = ("1", "true", "yes", "y", "si", "s", "verdadero", "sim", "t", "on", "x")

_TEXTS = ("owner", "status", "language", "job_title", "department", "age", "industry")
_TIMES = ("created_at", "modified_at", "last_activity_at")

_REFERENCES = {
    # field: (relation, entity of the record it belongs to, entity it points to, object where the mapping names none)
    "account_id": ("employed_by", PERSON, ORGANISATION, "account"),
    "parent_id": ("subsidiary_of", ORGANISATION, ORGANISATION, "account"),
    "reports_to_id": ("reports_to", PERSON, PERSON, "contact"),
    "converted_contact_id": ("converted_to", PERSON, PERSON, "contact"),
    "converted_account_id": ("converted_to", ORGANISATION, ORGANISATION, "account"),
}


@dataclass
class DateOrders:
    """Columns of dates whose order of day and month the values leave open, or that mix both orders."""

    found: list[tuple[str, str]] = field(default_factory=list)

    def note(self, header: str, raw: pl.Series, order: str | None) -> None:
        """Look at one column unless its system fixes the order."""
        if order is None:
            seen = date.column_order(raw)
            if seen.mixed:
                self.found.append((header, "mixed"))
            elif seen.order is None and seen.evidence["ambiguous"]:
                self.found.append((header, "ambiguous"))


def scalars(rows: Rows, as_of: dt.date, orders: DateOrders) -> pl.DataFrame:
    """Return one column per scalar field that both kinds of records share or that is the person's alone."""
    made: dict[str, pl.Series] = {}
    for name in _TEXTS:
        raw = rows.first(name)
        if raw is not None:
            made[name] = raw.to_frame("x").select(text.clean(pl.col("x")).alias(name))[name]
    for name in _TIMES:
        raw = rows.first(name)
        if raw is not None:
            zone = rows.table.timezone or "UTC"
            made[name] = date.timestamps(raw, zone, rows.table.date_order, as_of=as_of)["value"].alias(name)
    gender = rows.first("gender")
    if gender is not None:
        folded = gender.to_frame("x").select(text.words(pl.col("x")).alias("x"))["x"]
        seen = set(folded.drop_nulls().unique())
        known = _GENDERS | {"m": "f"} if "h" in seen and "f" not in seen else _GENDERS  # hombre and mujer
        made["gender"] = folded.replace_strict(known, default=None, return_dtype=pl.String).alias("gender")
    deleted = rows.first("is_deleted")
    if deleted is not None:
        folded = deleted.to_frame("x").select(text.words(pl.col("x")).alias("x"))["x"]
        made["is_deleted"] = folded.is_in(list(_TRUE)).fill_null(False).alias("is_deleted")
    master = rows.first("master_id")
    if master is not None:
        made["master_key"] = normalised(master, rows.table).alias("master_key")
    made |= _birth(rows, as_of, orders)
    return pl.DataFrame(made) if made else pl.DataFrame({"_none": pl.repeat(None, rows.height, eager=True)})


def _birth(rows: Rows, as_of: dt.date, orders: DateOrders) -> dict[str, pl.Series]:
    raw = rows.first("birth_date")
    if raw is None:
        parts = [rows.first(n) for n in ("birth_year", "birth_month", "birth_day")]
        if parts[0] is None:
            return {}
        raw = _joined(parts)
    elif rows.table.date_order is None:
        orders.note(rows.table.mapped_to("birth_date")[0].header, raw, rows.table.date_order)
    made = date.standardise(raw, order=rows.table.date_order, birth=True, as_of=as_of)
    return {
        "birth_date": made["value"].alias("birth_date"),
        "birth_date_verdict": made["verdict"].alias("birth_date_verdict"),
    }


def _joined(parts: list[pl.Series | None]) -> pl.Series:
    """Return year, month and day as one ISO date; what is missing at the end is left out."""
    frame = pl.DataFrame({f"p{i}": p for i, p in enumerate(parts) if p is not None})
    for i in range(3):
        if f"p{i}" not in frame.columns:
            frame = frame.with_columns(pl.lit(None, pl.String).alias(f"p{i}"))
    number = [pl.col(f"p{i}").str.strip_chars().str.replace(r"\.0$", "") for i in range(3)]
    year, month, day = number[0], number[1].str.zfill(2), number[2].str.zfill(2)
    return frame.select(
        pl.when(month.is_null())
        .then(year)
        .when(day.is_null())
        .then(pl.concat_str(year, month, separator="-"))
        .otherwise(pl.concat_str(year, month, day, separator="-"))
        .alias("birth_date")
    )["birth_date"]


def identifiers(rows: Rows, land: pl.Series) -> pl.DataFrame | None:
    """Return the identifiers of all rows, with ``at``, ``order`` and ``holder``."""
    parts = []
    for order, (name, mapping) in enumerate(
        (n, m) for n in ("tax_id", "national_id", "customer_no", "external_id") for m in rows.table.mapped_to(n)
    ):
        cells = _filled(rows, mapping)
        if cells.height:
            judged = (
                _tax(cells, mapping, name, land) if name in ("tax_id", "national_id") else _key(cells, mapping, name)
            )
            parts.append(judged.with_columns(order=pl.lit(order, pl.UInt32), column=pl.lit(mapping.header)))
    return pl.concat(parts, how="diagonal") if parts else None


def _filled(rows: Rows, mapping: FieldMapping) -> pl.DataFrame:
    cells = pl.DataFrame({"value_raw": rows.cell(mapping)}).with_row_index("at")
    cells = cells.filter(pl.col("value_raw").str.strip_chars() != "")
    if mapping.separator:
        cells = cells.with_columns(pl.col("value_raw").str.split(mapping.separator)).explode("value_raw")
        cells = cells.filter(pl.col("value_raw").str.strip_chars() != "")
    return cells


def _tax(cells: pl.DataFrame, mapping: FieldMapping, name: str, land: pl.Series) -> pl.DataFrame:
    kind: Literal["tax", "national_id"] = "tax" if name == "tax_id" else "national_id"
    made = identifier.standardise(
        cells["value_raw"], country=land.gather(cells["at"]), scheme=mapping.scheme, kind=kind
    )
    holder = pl.lit(ORGANISATION if kind == "tax" else PERSON)
    return cells.with_columns(
        id_kind=pl.lit(kind),
        scheme=made["scheme"],
        issuer_country=made["issuer_country"],
        value_norm=made["value"],
        verdict=made["verdict"],
        reason=made["reason"],
        holder=pl.coalesce(made["entity"], holder),
    )


def _key(cells: pl.DataFrame, mapping: FieldMapping, name: str) -> pl.DataFrame:
    junk = placeholder.is_placeholder(cells["value_raw"])
    value = text.clean(pl.col("value_raw"))
    return cells.with_columns(
        id_kind=pl.lit("customer_no" if name == "customer_no" else "external_key"),
        scheme=pl.lit(mapping.scheme, pl.String),
        issuer_country=pl.lit(None, pl.String),
        value_norm=pl.when(~junk).then(value),
        verdict=pl.when(junk).then(pl.lit(PLACEHOLDER)).otherwise(pl.lit(VALID)).cast(Verdict),
        reason=pl.when(junk).then(pl.lit("denylist")),
        holder=pl.lit(None, pl.String),
    )


def relationships(rows: Rows, employer: pl.Series, has_both: pl.Series) -> pl.DataFrame | None:
    """Return references to other records of the source, with ``at`` and ``holder``.

    Args:
        rows: The rows of one table.
        employer: (R,) name of the company on a person's record.
        has_both: (R,) whether the row gives a person and an organisation.
    """
    parts = []
    for name, (relation, holder, target, default) in _REFERENCES.items():
        for mapping in rows.table.mapped_to(name):
            cells = _filled(rows, mapping)
            if cells.height:
                parts.append(
                    cells.select("at", to_record_key=normalised(cells["value_raw"], rows.table)).with_columns(
                        rel_type=pl.lit(relation), holder=pl.lit(holder), to_entity=pl.lit(target),
                        to_object=pl.lit(mapping.to_object or default), column=pl.lit(mapping.header),
                        to_name=employer.gather(cells["at"]) if relation == "employed_by" else pl.lit(None, pl.String),
                    )
                )  # fmt: skip
    for mapping in rows.table.mapped_to("merged_ids"):
        cells = _filled(rows, mapping)
        if cells.height:
            parts.append(
                cells.select("at", to_record_key=normalised(cells["value_raw"], rows.table)).with_columns(
                    rel_type=pl.lit("replaces"), holder=pl.lit(None, pl.String), to_entity=pl.lit(None, pl.String),
                    to_object=pl.lit(rows.table.object), column=pl.lit(mapping.header), to_name=pl.lit(None, pl.String),
                )
            )  # fmt: skip
    parts += _employers(rows, employer, has_both, parts)
    return pl.concat(parts, how="diagonal") if parts else None


def _employers(rows: Rows, employer: pl.Series, has_both: pl.Series, parts: list[pl.DataFrame]) -> list[pl.DataFrame]:
    """Link a person to the organisation of the same row, else to an employer known by name only."""
    header = next((m.header for n in ("company_name", "org_name", "legal_name") for m in rows.table.mapped_to(n)), None)
    frame = pl.DataFrame({"to_name": employer, "both": has_both, "key": rows.keys}).with_row_index("at")
    frame = frame.filter(pl.col("both") | pl.col("to_name").is_not_null())
    linked = [p.filter(pl.col("rel_type") == "employed_by").select("at") for p in parts if "rel_type" in p.columns]
    if linked:
        known = pl.concat(linked).unique()
        frame = frame.join(known, on="at", how="anti", maintain_order="left")
    if frame.is_empty():
        return []
    return [
        frame.select(
            "at",
            "to_name",
            rel_type=pl.lit("employed_by"),
            holder=pl.lit(PERSON),
            to_entity=pl.lit(ORGANISATION),
            to_object=pl.when("both").then(pl.lit(rows.table.object)),
            to_record_key=pl.when("both").then("key"),
            column=pl.lit(header, pl.String),
        )
    ]


def consents(rows: Rows) -> pl.DataFrame | None:
    """Return what each consent column says, with ``at``: given, refused, or unknown; never given by silence."""
    parts = []
    for mapping in rows.table.mapped_to("consent"):
        cells = _filled(rows, mapping)
        if cells.is_empty():
            continue
        folded = cells.select(text.words(pl.col("value_raw")).alias("x"))["x"]
        # "no" to an offer is a refusal; a set opt-out takes back what was allowed
        against = "refused" if mapping.granted else "withdrawn"
        said = (
            pl.when(folded.is_in([_folded(v) for v in mapping.denied]))
            .then(pl.lit(against))
            .when(folded.is_in([_folded(v) for v in mapping.granted]))
            .then(pl.lit("given"))
            .otherwise(pl.lit("unknown"))
        )
        parts.append(
            cells.with_columns(
                channel=pl.lit(mapping.channel or "any"), purpose=pl.lit(mapping.purpose or "commercial"),
                subscription=pl.lit(mapping.subscription, pl.String), status=said, column=pl.lit(mapping.header),
                holder=pl.lit(PERSON),
            )
        )  # fmt: skip
    return pl.concat(parts, how="diagonal") if parts else None


def _folded(value: str) -> str:
    return str(pl.DataFrame({"v": [value]}).select(text.words(pl.col("v")).fill_null(""))["v"][0])


def missing_verdict(name: str) -> pl.Expr:
    """Return a verdict column with what a record without the value has."""
    return pl.col(name).fill_null(pl.lit(MISSING, Verdict))
