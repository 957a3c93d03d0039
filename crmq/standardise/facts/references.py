"""Whom a row of facts is about, and which other facts it points to."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from crmq.model.facts import FACTS, TABLE_OF
from crmq.standardise.facts.cells import Cells
from crmq.standardise.rows import normalised
from crmq.values import email, phone
from crmq.values.cells import clean

LINKS = {
    "deal_id": "deal_key", "case_id": "case_key", "order_id": "order_key", "campaign_id": "campaign_key",
    "product_id": "product_key", "thread_id": "thread_key", "regarding_id": "regarding_key", "parent_id": "parent_key",
}  # fmt: skip
"""Reference field -> the column of a fact that holds it."""

_FACT_OF = {"deal_id": "deals", "case_id": "cases", "order_id": "orders", "interaction_id": "interactions"}
_NUMBER = r"^(?:whatsapp|tel|sip|sms|callto):\s*"
_REFERENCE = {"at": pl.UInt32, "order": pl.UInt32, "object": pl.String, "key": pl.String, "column": pl.String}


@dataclass(frozen=True)
class Parties:
    """Whom the rows of one table are about.

    Attributes:
        columns: party_object, party_key, party_value, account_object, account_key: those the table has.
        further: Every other reference: at (row), object, key, column; None where there is none.
    """

    columns: dict[str, pl.Series]
    further: pl.DataFrame | None


def parties(cells: Cells, country: str | None) -> Parties:
    """Return whom each row is about.

    Args:
        cells: The table.
        country: ISO 3166-1 alpha-2 that phone numbers without a country code are read in.
    """
    columns: dict[str, pl.Series] = {}
    further = []
    for field, name, default in (("party_id", "party", _default_object(cells)), ("account_id", "account", "account")):
        found = _references(cells, field, default)
        if found is None:
            continue
        first = found.unique("at", keep="first", maintain_order=True)
        if first.height == cells.rows.height:
            place = first
        else:
            every = pl.DataFrame({"at": pl.int_range(cells.rows.height, dtype=pl.UInt32, eager=True)})
            place = every.join(first, on="at", how="left", maintain_order="left")
        columns[f"{name}_object"], columns[f"{name}_key"] = place["object"], place["key"]
        if first.height < found.height:
            rest = found.join(first.select("at", "object", "key"), on=["at", "object", "key"], how="anti",
                              nulls_equal=True, maintain_order="left")  # fmt: skip
            further.append(rest.unique(["at", "object", "key"], keep="first", maintain_order=True))
    value = _value(cells, country)
    if value is not None:
        columns["party_value"] = value
    return Parties(columns, pl.concat(further) if further else None)


def _default_object(cells: Cells) -> str | None:
    """A plain table of orders means its customers; a system that names no object means any of its own."""
    return "customer" if cells.rows.table.system == "generic" else None


def _references(cells: Cells, field: str, default: str | None) -> pl.DataFrame | None:
    """Return all filled references of a field in the order of row and column (schema ``_REFERENCE``)."""
    mapped = cells.mapped(field)
    parts = []
    for order, mapping in enumerate(mapped):
        frame = pl.DataFrame({"key": cells.key(mapping)}).with_row_index("at")
        frame = frame.filter(pl.col("key").str.strip_chars() != "")
        if mapping.separator:
            frame = frame.with_columns(pl.col("key").str.split(mapping.separator)).explode("key")
            frame = frame.with_columns(normalised(frame["key"], cells.rows.table).alias("key"))
            frame = frame.filter(pl.col("key").is_not_null())
            several = frame.filter(pl.col("at").is_duplicated())["at"].unique()
            cells.keep(mapping.header, pl.repeat(False, cells.rows.height, eager=True).scatter(several, True))
        object_ = pl.lit(mapping.to_object or default, pl.String)
        parts.append(frame.select("at", pl.lit(order, pl.UInt32).alias("order"), object_.alias("object"), "key",
                                  pl.lit(mapping.header).alias("column")))  # fmt: skip
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else pl.concat(parts).sort("at", "order", maintain_order=True)


def _value(cells: Cells, country: str | None) -> pl.Series | None:
    """Return the address or number that the row gives of its party, addresses first."""
    made: pl.Series | None = None
    for field in ("party_email", "party_phone"):
        for mapping in cells.mapped(field):
            raw = cells.rows.cell(mapping)
            value = reached(raw, country)
            usable = value.str.contains("@", literal=True) | value.str.starts_with("+")
            value = value.to_frame("v").select(pl.when(usable).then(pl.col("v")).alias("v"))["v"]
            cells.keep(mapping.header, (raw.ne_missing(value) & (raw.str.strip_chars() != "")).fill_null(value=False))
            made = value if made is None else made.zip_with(made.is_not_null(), value)
    return made


def reached(raw: pl.Series, country: str | None) -> pl.Series:
    """Return addresses lower-cased, numbers as E.164, and anything else (an extension, a name) cleaned.

    Of a cell with several addresses the first one counts.
    """
    cells = clean(raw).rename("raw")
    distinct = cells.drop_nulls().unique()
    bare = distinct.str.replace(_NUMBER, "")
    is_mail = bare.str.contains("@", literal=True)
    mails, others = bare.filter(is_mail), bare.filter(~is_mail)
    first = email.split(mails).list.get(0, null_on_oob=True)
    read_mails = email.standardise(first)["value"] if mails.len() else mails
    read_others = phone.standardise(others, country)["value"] if others.len() else others
    known = pl.concat(
        [
            pl.DataFrame({"raw": distinct.filter(is_mail), "value": read_mails, "else": mails}),
            pl.DataFrame({"raw": distinct.filter(~is_mail), "value": read_others, "else": others}),
        ]
    ).select("raw", value=pl.coalesce("value", "else"))
    return cells.to_frame().join(known, on="raw", how="left", maintain_order="left")["value"].rename(raw.name)


def links(cells: Cells, wanted: tuple[str, ...]) -> dict[str, pl.Series]:
    """Return the references to other facts: column of the fact -> normalised ids."""
    made = {}
    for field in wanted:
        keys = cells.first_key(field)
        if keys is not None:
            made[LINKS[field]] = keys.alias(LINKS[field])
    return made


def participants(cells: Cells, further: pl.DataFrame | None) -> pl.DataFrame | None:
    """Return the further parties of a table's own facts, with ``at``."""
    if further is None or further.is_empty():
        return None
    keys = cells.rows.keys.gather(further["at"])
    return further.select(
        "at", "column", party_object=pl.col("object"), party_key=pl.col("key"), fact_key=keys,
        fact=pl.lit(TABLE_OF[cells.rows.table.object]),
    )  # fmt: skip


def linked(cells: Cells, found: Parties) -> pl.DataFrame:
    """Return the rows of a table that links facts to parties, one per row at least, with ``at``."""
    height = cells.rows.height
    base = {"at": pl.int_range(height, dtype=pl.UInt32, eager=True), "role": cells.text("role")}
    fact = pl.repeat(None, height, dtype=pl.String, eager=True)
    key = fact.clone()
    for field, table in _FACT_OF.items():
        ids = cells.first_key(field)
        if ids is not None:
            fact = fact.zip_with(
                fact.is_not_null() | ids.is_null(), pl.repeat(table, height, dtype=pl.String, eager=True)
            )
            key = key.zip_with(key.is_not_null(), ids)
    frame = pl.DataFrame({n: s for n, s in base.items() if s is not None}).with_columns(
        fact.alias("fact"), key.alias("fact_key")
    )
    assert set(_FACT_OF.values()) <= set(FACTS)
    parts = []
    for name in ("party", "account"):
        if f"{name}_key" in found.columns:
            object_, ids = found.columns[f"{name}_object"], found.columns[f"{name}_key"]
            field = f"{name}_id"
            header = cells.rows.table.mapped_to(field)[0].header
            parts.append(
                frame.with_columns(
                    object_.alias("party_object"), ids.alias("party_key"), pl.lit(header).alias("column")
                ).filter(pl.col("party_key").is_not_null())
            )
    if not parts:
        return frame
    whole = pl.concat(parts)
    if found.further is not None:
        extra = found.further.select("at", "column", party_object="object", party_key="key")
        whole = pl.concat([whole, extra.join(frame, on="at", how="left", maintain_order="left")], how="diagonal")
    bare = frame.join(whole.select("at").unique(), on="at", how="anti", maintain_order="left")
    return pl.concat([whole, bare], how="diagonal").sort("at", maintain_order=True)
