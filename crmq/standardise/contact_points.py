"""Contact points of a table: e-mails, phones, web sites and addresses, one row each, with verdict and raw value."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from crmq.model.mapped import FieldMapping
from crmq.model.tables import CONTACT_POINTS, ORGANISATION, PERSON
from crmq.model.verdicts import POSSIBLE, VALID, Verdict
from crmq.standardise.holders import is_single
from crmq.standardise.rows import Rows
from crmq.values import address, email, phone, web_domain

USABLE = (VALID, POSSIBLE)

ADDRESS_PARTS = ("street", "street_2", "house_number", "unit", "district", "city", "region", "postal_code", "country")
TYPES = ("email", "phone", "postal", "web", "social")
"""Types of contact points, in the order in which they stand in the table."""

_BOTH = None
_HOLDER: dict[str, str | None] = {
    "email": PERSON,
    "web": ORGANISATION,
    "phone": _BOTH,
    "postal": _BOTH,
    "social": _BOTH,
}
"""Who holds a contact point of a row with a person and an organisation; None: both, as the row says it of both."""

_OWN_USAGE = {"mobile": PERSON, "home": PERSON, "whatsapp": PERSON}


def places_and_phones(rows: Rows, default_country: str | None) -> tuple[dict[str, pl.DataFrame], pl.Series]:
    """Return addresses and phones of all rows, and the country each row states or its table stands for.

    Returns:
        Per type: points with the columns of ``CONTACT_POINTS`` but the record key, and ``at`` (row) and ``holder``
        (``person``, ``organisation`` or null for both); slots are numbered later. The country per row is ISO alpha-2
        or null.
    """
    found: dict[str, pl.DataFrame] = {}
    stated, places = _addresses(rows, default_country)
    if places:
        found["postal"] = pl.concat([_conform(p) for p in places], how="diagonal")
    land = stated.to_frame("c").select(pl.col("c").fill_null(pl.lit(default_country, pl.String)).alias("c"))["c"]
    phones = _pieces(rows, "phone", phone.split)
    if phones is not None:
        made = phone.standardise(phones["raw"], land.gather(phones["at"]))
        found["phone"] = phones.with_columns(
            value_norm=made["value"], value_alt=made["alt"], verdict=made["verdict"], reason=made["reason"],
            country=made["country"], phone_type=made["phone_type"], extension=made["extension"],
        )  # fmt: skip
    return _held(found), stated


def mails_and_sites(rows: Rows) -> dict[str, pl.DataFrame]:
    """Return e-mails and web sites of all rows; see :func:`places_and_phones`, which does not need them."""
    found: dict[str, pl.DataFrame] = {}
    emails = _pieces(rows, "email", email.split)
    if emails is not None:
        made = email.standardise(emails["raw"])
        found["email"] = emails.with_columns(
            value_norm=made["value"], value_alt=made["alt"], verdict=made["verdict"], reason=made["reason"]
        )
    sites = _pieces(rows, "website", None)
    if sites is not None:
        made = web_domain.standardise(sites["raw"])
        found["web"] = sites.with_columns(value_norm=made["value"], verdict=made["verdict"], reason=made["reason"])
    return _held(found)


def _held(found: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Add who holds the points where a row gives two records."""
    usage = pl.col("usage").replace_strict(_OWN_USAGE, default=None, return_dtype=pl.String)
    return {
        kind: _conform(frame.with_columns(cp_type=pl.lit(kind), holder=pl.coalesce(usage, pl.lit(_HOLDER[kind]))))
        for kind, frame in found.items()
    }


_SCHEMA = {
    "at": pl.UInt32,
    "order": pl.UInt32,
    "holder": pl.String,
    "postal_code_verdict": Verdict,
    "country_verdict": Verdict,
    **{
        name: dtype for name, dtype in CONTACT_POINTS.items() if name not in ("source", "object", "record_id", "entity")
    },
}


def _conform(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of a contact point that the frame has."""
    have = set(frame.columns)
    return frame.select(pl.col(name).cast(dtype) for name, dtype in _SCHEMA.items() if name in have)


def _pieces(rows: Rows, field: str, split: Callable[[pl.Series], pl.Series] | None) -> pl.DataFrame | None:
    """Return the filled cells of the columns mapped to a field, cells with several values taken apart."""
    parts = []
    for order, mapping in enumerate(rows.table.mapped_to(field)):
        cells = _filled(rows, mapping, order)
        if cells.height:
            parts.append(cells)
    if not parts:
        return None
    found = pl.concat(parts)
    if split is not None:
        pieces = found.select(split(found["raw"]).alias("pieces"))["pieces"]
        found = found.with_columns(pl.coalesce(pieces, pl.concat_list("raw")).alias("raw")).explode("raw")
        found = found.filter(pl.col("raw").is_not_null())
    return found.with_columns(value_raw=pl.col("raw"))


def _filled(rows: Rows, mapping: FieldMapping, order: int) -> pl.DataFrame:
    cells = pl.DataFrame({"raw": rows.cell(mapping)}).with_row_index("at")
    cells = cells.filter(pl.col("raw").str.strip_chars() != "")
    if mapping.separator:
        cells = cells.with_columns(pl.col("raw").str.split(mapping.separator)).explode("raw")
        cells = cells.filter(pl.col("raw").str.strip_chars() != "")
    return cells.with_columns(
        order=pl.lit(order, pl.UInt32),
        usage=pl.lit(mapping.usage, pl.String),
        column=pl.lit(mapping.header),
    )


def _addresses(rows: Rows, default_country: str | None) -> tuple[pl.Series, list[pl.DataFrame]]:
    """Return the country each row states in its first address that has one, and all addresses as points."""
    slots: dict[int, dict[str, FieldMapping]] = {}
    for name in ADDRESS_PARTS:
        for mapping in rows.table.mapped_to(name):
            slots.setdefault(mapping.slot, {}).setdefault(name, mapping)
    stated = pl.Series("country", [None] * rows.height, dtype=pl.String)
    parts = []
    for slot, mappings in sorted(slots.items()):
        columns = {name: rows.cell(m) for name, m in mappings.items()}
        made = address.standardise(**columns, default_country=default_country)
        stated = pl.DataFrame({"a": stated, "b": made["country"]}).select(pl.coalesce("a", "b").alias("c"))["c"]
        filled = [pl.col(n).str.strip_chars() != "" for n in columns]
        any_filled = pl.DataFrame(columns).select(pl.any_horizontal(filled).fill_null(False).alias("any"))["any"]
        raw = pl.DataFrame(columns).select(
            pl.concat_str([pl.col(n).str.strip_chars().replace("", None) for n in columns], separator=", ",
                          ignore_nulls=True).alias("raw")
        )  # fmt: skip
        first = min(mappings.values(), key=lambda m: m.header)
        parts.append(
            made.with_columns(
                raw["raw"].alias("value_raw"), usage=pl.lit(first.usage, pl.String),
                order=pl.lit(slot, pl.UInt32), value_norm=pl.col("key"),
                column=pl.lit(" + ".join(m.header for m in mappings.values())),
            )
            .with_row_index("at")
            .filter(any_filled)
        )  # fmt: skip
    return stated, parts


def numbered(points: pl.DataFrame) -> pl.DataFrame:
    """Number the points of each record: usable ones first, then in the order of the columns, then by value.

    Args:
        points: Contact points of one type with ``rec`` (place of their record) and ``order``.

    Returns:
        The points sorted by record and ``slot``.
    """
    rec = points["rec"]
    if is_single(rec):
        return points.with_columns(slot=pl.lit(1, pl.UInt16))
    place = {VALID: 0, POSSIBLE: 1}
    rank = pl.col("verdict").cast(pl.String).replace_strict(place, default=2, return_dtype=pl.UInt8)
    # Most records have one point of a type: only the others need the values to be put in order.
    narrow = points.select("rec", rank.alias("rank"), "order", pl.int_range(pl.len()).alias("at"))
    several = narrow.select(pl.col("rec").is_duplicated().alias("several"))["several"]
    few = narrow.filter(several)
    values = points.filter(several).select("value_norm", "value_raw")
    few = (
        pl.concat([few, values], how="horizontal")
        .with_columns((pl.col("rank") == 2).alias("unusable"))
        .sort("rec", "unusable", "order", "rank", "value_norm", "value_raw", nulls_last=True)
        .with_columns(slot=(pl.int_range(pl.len()).over("rec") + 1).cast(pl.UInt16))
    )
    single = narrow.filter(~several).with_columns(slot=pl.lit(1, pl.UInt16))
    placed = pl.concat([single.select("rec", "slot", "at"), few.select("rec", "slot", "at")]).sort("rec", "slot")
    return points[placed["at"]].with_columns(placed["slot"])


def is_reachable(rows: Rows, points: dict[str, pl.DataFrame]) -> pl.Series:
    """Return where a row has a usable e-mail address or phone number."""
    reach = pl.repeat(False, rows.height, eager=True)
    for kind in ("email", "phone"):
        if kind in points:
            usable = points[kind].filter(pl.col("verdict").is_in(USABLE))["at"]
            reach = reach.scatter(usable, True)
    return reach.rename("reach")
