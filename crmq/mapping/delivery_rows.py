"""The rows of a file that may be a delivery: their ids, their content, and when the file was made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from crmq.mapping.naming import delivery_date
from crmq.mapping.plan import TablePlan
from crmq.model.mapped import MappedTable
from crmq.values import date

ROWS = {
    "piece": pl.UInt32, "row": pl.UInt32, "key": pl.String, "id": pl.String, "content": pl.UInt64, "filled": pl.UInt32,
    "file": pl.String, "sheet": pl.String, "line": pl.UInt32,
}  # fmt: skip
"""One row of a delivery: where it stands, its id (as compared and as written) and a hash of what it says."""

_LIFE = frozenset(
    {"record_id", "created_at", "modified_at", "last_activity_at", "is_deleted", "master_id", "merged_ids"}
)
"""Fields about the life of a record: two rows of one customer may differ in them and say the same."""
_STAMPS = ("modified_at", "last_activity_at", "created_at")
_ENOUGH = 2
"""Rows with fewer filled cells say too little to be known again by their content."""
_SHORT_ID = 15
"""The characters of a Salesforce id that tell records apart; the other three repeat their case."""


@dataclass(frozen=True)
class DeliveryTable:
    """One file on its way through the deliveries.

    Attributes:
        file, sheet: Its locator.
        pieces: Numbers of the mapped tables that its rows are in, with the tables.
        date: The date in its name, or None.
        stamp: Its newest time of change, or None.
        rows: Its rows that are data (``ROWS``).
        total: All its rows.
        has_ids: It has a column with the record id; else rows are known by their content alone.
    """

    file: str
    sheet: str | None
    pieces: dict[int, MappedTable]
    date: str | None
    stamp: str | None
    rows: pl.DataFrame
    total: int
    has_ids: bool

    @property
    def label(self) -> str:
        """What it is called in a sentence and in the ledger."""
        return f"{self.file} [{self.sheet}]" if self.sheet else self.file

    @property
    def moment(self) -> str | None:
        """When it was made, as far as anybody can tell."""
        return self.date or self.stamp


def read(plan: TablePlan, pieces: Sequence[tuple[int, MappedTable]]) -> DeliveryTable:
    """Return a file with its rows, their content still unknown."""
    raw = plan.raw
    has_ids = all(table.mapped_to("record_id") for _number, table in pieces)
    stamps = [stamp for _number, table in pieces if (stamp := _newest(table)) is not None]
    frames = [_rows(number, table) for number, table in pieces]
    return DeliveryTable(
        raw.file, raw.sheet, dict(pieces), delivery_date(raw.path, raw.member, raw.sheet), max(stamps, default=None),
        pl.concat(frames), sum(table.raw.frame.height for _number, table in pieces), has_ids,
    )  # fmt: skip


def with_content(tables: Sequence[DeliveryTable]) -> list[DeliveryTable]:
    """Return the files with what their rows say, in the columns that all of them have."""
    shared: set[str] | None = None
    for table in (t for one in tables for t in one.pieces.values()):
        life = {m.header for m in table.fields if m.field in _LIFE} | set(table.metadata)
        own = set(table.raw.frame.columns) - life
        shared = own if shared is None else shared & own
    columns = sorted(shared or ())
    return [_said(table, columns) for table in tables]


def _said(one: DeliveryTable, columns: list[str]) -> DeliveryTable:
    frames = []
    for number, table in one.pieces.items():
        cells = [pl.col(c).str.strip_chars().fill_null("").alias(c) for c in columns]
        texts = table.raw.frame.select(cells) if cells else table.raw.frame.select(pl.lit("").alias("nothing"))
        said = texts.hash_rows(seed=0) if columns else pl.zeros(table.raw.frame.height, pl.UInt64, eager=True)
        filled = texts.select(pl.sum_horizontal(pl.all() != "").cast(pl.UInt32)).to_series()
        rows = one.rows.filter(pl.col("piece") == number)
        places = rows["row"]
        frames.append(rows.with_columns(said.gather(places).alias("content"), filled.gather(places).alias("filled")))
    rows = pl.concat(frames)
    if not one.has_ids:
        rows = rows.with_columns(pl.col("content").cast(pl.String).alias("key"))
    rows = rows.filter(pl.col("key") != "").select(list(ROWS))
    return replace(one, rows=rows)


def _rows(number: int, table: MappedTable) -> pl.DataFrame:
    """Return the rows of a piece that are not left out already, with their ids."""
    raw = table.raw
    ids = table.mapped_to("record_id")
    given = raw.frame[ids[0].header] if ids else pl.repeat("", raw.frame.height, dtype=pl.String, eager=True)
    frame = pl.DataFrame(
        {
            "row": pl.Series(range(raw.frame.height), dtype=pl.UInt32), "id": given.str.strip_chars().fill_null(""),
            "line": raw.lines,
        }
    )  # fmt: skip
    frame = frame.join(table.excluded.select("row"), on="row", how="anti", maintain_order="left")
    return frame.select(
        pl.lit(number, pl.UInt32).alias("piece"), "row", _compared(table).alias("key"), "id",
        pl.lit(0, pl.UInt64).alias("content"), pl.lit(0, pl.UInt32).alias("filled"),
        pl.lit(raw.file).alias("file"), pl.lit(raw.sheet, pl.String).alias("sheet"), "line",
    )  # fmt: skip


def _compared(table: MappedTable) -> pl.Expr:
    """Return the id in the form in which two deliveries of one system agree on it."""
    column = pl.col("id")
    if "salesforce_ids" in table.quirks:
        return column.str.slice(0, _SHORT_ID)
    if "guid_ids" in table.quirks:
        return column.str.strip_chars("{}").str.to_uppercase()
    return column


def _newest(table: MappedTable) -> str | None:
    """Return the newest time in the first column of times of change that has one, as ISO 8601 in UTC."""
    for field in _STAMPS:
        for mapping in table.mapped_to(field):
            cells = table.raw.frame[mapping.header].drop_nulls().unique().sort()
            found = date.timestamps(cells, table.timezone, table.date_order)["value"].max()
            if found is not None:
                return str(found)
    return None


def same_content(gone: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of ``gone`` whose content stands in exactly one row of ``new``, with that row's id (``id_now``).

    Only content that is unique on both sides counts, and only rows that say enough.
    """

    def telling(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.filter((pl.col("filled") >= _ENOUGH) & pl.col("content").is_unique())

    return telling(gone).join(telling(new).select("content", id_now="id"), on="content", how="inner").sort("key")
