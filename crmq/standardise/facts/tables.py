"""Which column of each table of facts comes from which canonical field, and the facts of one mapped table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

import polars as pl

from crmq.model.facts import FACTS, PARTICIPANTS, TABLE_OF
from crmq.model.tables import conform
from crmq.model.verdicts import Verdict
from crmq.standardise.facts import interactions, leftover, references, states
from crmq.standardise.facts.cells import Cells
from crmq.standardise.rows import Rows

Columns = dict[str, pl.Series]


@dataclass(frozen=True)
class Facts:
    """What one table gives.

    Attributes:
        table: Table of facts.
        frame: Its rows, with the columns of the table's schema that they have.
        participants: Further parties of these facts, or None.
        lines: Lines of orders that stand on the orders' own rows, or None.
        dates, numbers: Columns whose order of day and month, or decimal sign, is open or mixed.
    """

    table: str
    frame: pl.DataFrame
    participants: pl.DataFrame | None = None
    lines: pl.DataFrame | None = None
    dates: list[tuple[str, str]] = field(default_factory=list)
    numbers: list[tuple[str, str]] = field(default_factory=list)


_TEXTS = {
    "orders": {"order_no": "order_no", "status": "status", "currency": "currency", "channel": "channel"},
    "order_lines": {"line_no": "line_no", "sku": "sku", "product_name": "product_name", "currency": "currency",
                    "status": "status"},
    "invoices": {"invoice_no": "invoice_no", "status": "status", "currency": "currency", "tax_id": "tax_id"},
    "deals": {"name": "subject", "pipeline": "pipeline", "stage": "status", "currency": "currency",
              "lost_reason": "lost_reason"},
    "cases": {"case_no": "case_no", "subject": "subject", "kind": "activity_type", "priority": "priority",
              "status": "status", "satisfaction": "satisfaction"},
    "interactions": {},
    "campaign_members": {"status": "status"},
    "products": {"sku": "sku", "name": "product_name", "category": "category", "currency": "currency"},
}  # fmt: skip
"""Column -> field, per table: cleaned text."""

_TIMES = {
    "orders": {"ordered_at": "ordered_at"},
    "order_lines": {"ordered_at": "ordered_at"},
    "invoices": {"issued_at": "issued_at", "due_at": "due_at", "paid_at": "paid_at"},
    "deals": {"expected_close_at": "expected_close_at", "closed_at": "closed_at"},
    "cases": {"opened_at": "started_at", "closed_at": "closed_at"},
    "campaign_members": {"responded_at": "responded_at"},
}
_AMOUNTS = {
    "orders": {"total": "total", "tax": "tax", "discount": "discount", "shipping": "shipping"},
    "order_lines": {"quantity": "quantity", "unit_price": "unit_price", "discount": "discount", "tax": "tax",
                    "total": "total"},
    "invoices": {"total": "total", "tax": "tax"},
    "deals": {"amount": "amount", "probability": "probability"},
    "products": {"unit_price": "unit_price"},
}  # fmt: skip
_LINKS = {
    "orders": ("deal_id",),
    "order_lines": ("order_id", "deal_id", "product_id"),
    "invoices": ("order_id",),
    "deals": ("campaign_id",),
    "cases": ("parent_id",),
    "interactions": ("deal_id", "case_id", "order_id", "campaign_id", "thread_id", "regarding_id"),
    "campaign_members": ("campaign_id",),
}


def facts_of(rows: Rows, as_of: dt.date, country: str | None) -> Facts:
    """Return the facts of one table.

    Args:
        rows: Its rows; the object is one of :data:`crmq.model.facts.TABLE_OF`.
        as_of: What "now" means for two-digit years.
        country: ISO 3166-1 alpha-2 of phone numbers without a country code.
    """
    table = TABLE_OF[rows.table.object]
    cells = Cells(rows, as_of)
    cells.mapped("record_id")
    parties = references.parties(cells, country)
    if table == "participants":
        frame = references.linked(cells, parties)
        return Facts(table, conform(_keyed(frame, rows), PARTICIPANTS))
    made: Columns = dict(parties.columns) | _own(cells, table, country) | references.links(cells, _LINKS.get(table, ()))
    if table == "interactions":
        made = interactions.with_other_side(made, rows.height)
    lines = _first_lines(cells, made) if table == "orders" else None
    frame = pl.DataFrame({"at": pl.int_range(rows.height, dtype=pl.UInt32, eager=True)}).with_columns(
        series.alias(name) for name, series in made.items()
    )
    frame = _keyed(frame, rows).with_columns(
        rows.keys.alias("record_key"), pl.lit(rows.table.system).alias("system"), *_leftover(cells)
    )
    others = references.participants(cells, parties.further)
    further = None if others is None else conform(_keyed(others, rows), PARTICIPANTS)
    return Facts(table, conform(frame, FACTS[table]), further, lines, cells.dates, cells.numbers)


def _first_lines(cells: Cells, order: Columns) -> pl.DataFrame | None:
    """Return the lines that stand on the rows of their orders (the first of each, in exports with a row per line)."""
    told = [m for name in ("product_name", "sku") for m in cells.mapped(name)]
    if not told:
        return None
    made: dict[str, pl.Series | None] = {n: cells.text(f) for n, f in _TEXTS["order_lines"].items() if n != "status"}
    for name in ("quantity", "unit_price"):
        read = cells.amount(name)
        made[name] = None if read is None else read["value"]
    shared = ("party_object", "party_key", "party_value", "account_object", "account_key", "ordered_at")
    made |= {name: order[name] for name in shared if name in order}
    rows = cells.rows
    frame = pl.DataFrame({"at": pl.int_range(rows.height, dtype=pl.UInt32, eager=True)}).with_columns(
        series.alias(name) for name, series in made.items() if series is not None
    )
    named = pl.any_horizontal(pl.col(name).is_not_null() for name in ("product_name", "sku") if name in frame.columns)
    frame = _keyed(frame, rows).with_columns(rows.keys.alias("order_key"), pl.lit(rows.table.system).alias("system"))
    return conform(frame.filter(named), FACTS["order_lines"])


def _own(cells: Cells, table: str, country: str | None) -> Columns:
    """Return the columns of the fact itself."""
    made: dict[str, pl.Series | None] = {"owner": cells.text("owner"), "is_deleted": cells.flag("is_deleted")}
    made |= {name: cells.time(name) for name in ("created_at", "modified_at")}
    made |= {name: cells.text(field) for name, field in _TEXTS[table].items()}
    made |= {name: cells.time(field) for name, field in _TIMES.get(table, {}).items()}
    amounts = {name: cells.amount(field) for name, field in _AMOUNTS.get(table, {}).items()}
    currency: pl.Series | None = made.get("currency")
    for name, read in amounts.items():
        if read is None:
            continue
        made[name] = read["value"]
        if f"{name}_verdict" in FACTS[table]:
            made[f"{name}_verdict"] = read["verdict"].cast(Verdict)
        if "currency" in FACTS[table] and read["currency"].null_count() < read.height:
            currency = (
                read["currency"] if currency is None else currency.zip_with(currency.is_not_null(), read["currency"])
            )
    made["currency"] = currency
    special = _SPECIAL.get(table)
    if special is not None:
        made |= special(cells, made)
    if table == "interactions":
        made |= interactions.columns(cells, country)
    return {name: series.alias(name) for name, series in made.items() if series is not None}


def _deal(cells: Cells, made: dict[str, pl.Series | None]) -> dict[str, pl.Series | None]:
    stage, told = made["stage"], cells.text("outcome")
    words = [states.deal_outcome(s) for s in (told, stage) if s is not None]
    said = words[0] if words else None
    if len(words) > 1:
        said = words[0].zip_with(words[0].is_not_null(), words[1])
    outcome = states.by_flags(said, cells.flag("is_closed"), cells.flag("is_won"))
    if told is not None:
        interactions.cells_changed(cells, "outcome")
    return {"outcome": outcome}


def _case(cells: Cells, made: dict[str, pl.Series | None]) -> dict[str, pl.Series | None]:
    status, channel, closed = made["status"], cells.text("channel"), cells.flag("is_closed")
    state = None if status is None else states.case_state(status)
    if closed is not None:
        said = closed.replace_strict({True: "closed", False: "open"}, default=None, return_dtype=pl.String)
        state = said if state is None else said.zip_with(said.is_not_null(), state)
    opened = made["opened_at"] if made["opened_at"] is not None else made["created_at"]
    told = None if channel is None else interactions.channel_of(channel)
    return {"case_state": state, "channel": told, "channel_raw": channel, "opened_at": opened}


def _product(cells: Cells, _made: dict[str, pl.Series | None]) -> dict[str, pl.Series | None]:
    return {"is_active": cells.flag("is_active")}


_SPECIAL: dict[str, Callable[[Cells, dict[str, pl.Series | None]], dict[str, pl.Series | None]]] = {
    "deals": _deal, "cases": _case, "products": _product,
}  # fmt: skip


def _leftover(cells: Cells) -> list[pl.Series]:
    """Return ``raw`` and ``extras``: changed cells of the columns that were used, and all columns that were not."""
    table, frame = cells.rows.table, cells.rows.frame
    changed = {h: where for h, where in cells.changed.items() if where.any()}
    unused = [m.header for m in table.fields if m.header not in cells.used]
    rest = [c for c in (*table.unmapped, *unused) if frame[c].null_count() < frame.height]
    return [
        leftover.objects(frame, list(changed), changed).alias("raw"),
        leftover.objects(frame, rest).alias("extras"),
    ]


def _keyed(frame: pl.DataFrame, rows: Rows) -> pl.DataFrame:
    """Return rows with ``at`` as facts with their key and place instead."""
    raw = rows.table.raw
    at = frame["at"]
    return frame.drop("at").with_columns(
        rows.ids.gather(at).alias("record_id"),
        raw.lines.gather(rows.frame["_row"].gather(at)).alias("line"),
        source=pl.lit(rows.table.source), object=pl.lit(rows.table.object), file=pl.lit(raw.file),
        sheet=pl.lit(raw.sheet, pl.String),
    )  # fmt: skip
