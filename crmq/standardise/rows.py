"""Rows of a mapped table: which of them are read, what identifies them, and what became of the others."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import polars as pl

from crmq.model.mapped import FieldMapping, MappedTable
from crmq.values import cells

EMPTY_ROW = "empty_row"
NO_PARTY = "no_party"

_GUID_LENGTHS = (36, 37, 38)
"""Characters of a GUID without braces, with one or both."""

_CASE_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
"""Suffix letters of 18-character Salesforce ids: one per five characters, by which of them are capitals."""


@dataclass
class Rows:
    """The rows of one mapped table that are read, R of them.

    Attributes:
        table: The mapped table.
        frame: Its cells, first in file order, then in the order of the ids (:func:`in_order_of_ids`); the column
            ``_row`` is the row's index in ``table.raw.frame``.
        ids: Final record id of each row.
        keys: Normalised ids.
        dropped: Rows that give nothing, with the reason: ``row`` and ``reason``.
    """

    table: MappedTable
    frame: pl.DataFrame
    ids: pl.Series
    keys: pl.Series
    dropped: pl.DataFrame

    @property
    def height(self) -> int:
        """Number of rows that are read."""
        return self.frame.height

    def cell(self, mapping: FieldMapping) -> pl.Series:
        """Return the raw cells of one mapped column."""
        return self.frame[mapping.header]

    def first(self, name: str) -> pl.Series | None:
        """Return the first filled cell among the columns mapped to a field, or None when no column is."""
        columns = [m.header for m in self.table.mapped_to(name)]
        if not columns:
            return None
        if len(columns) == 1:
            return self.frame[columns[0]].rename(name)
        filled = [pl.when(pl.col(c).str.strip_chars() != "").then(pl.col(c)) for c in columns]
        return self.frame.select(pl.coalesce(filled).alias(name))[name]


def read_rows(table: MappedTable) -> Rows:
    """Return the rows of a table that are neither excluded nor empty, with their ids as exported or hashed."""
    raw = table.raw.frame.with_row_index("_row")
    left_out = table.excluded.select(pl.col("row").alias("_row"))
    kept = raw.join(left_out, on="_row", how="anti", maintain_order="left") if left_out.height else raw
    columns = table.raw.frame.columns
    suspects = kept
    for column in columns:  # hardly ever are there any left after the first
        if suspects.is_empty():
            break
        blank = pl.col(column).is_null() | (pl.col(column).str.strip_chars() == "")
        suspects = suspects.filter(blank)
    dropped = suspects.select(pl.col("_row").alias("row"), pl.lit(EMPTY_ROW).alias("reason"))
    frame = kept.join(suspects, on="_row", how="anti", maintain_order="left") if dropped.height else kept
    ids = _ids(table, frame)
    return Rows(table, frame, ids, normalised(ids, table), dropped)


def in_order_of_ids(rows: Rows) -> Rows:
    """Return the rows in the order of their settled ids, which are unique: whatever their order in the file was."""
    order = rows.ids.arg_sort()
    return Rows(rows.table, rows.frame[order], rows.ids.gather(order), rows.keys.gather(order), rows.dropped)


def _ids(table: MappedTable, frame: pl.DataFrame) -> pl.Series:
    """Return the record id of each row: the cell of the id column, else a hash of the row's content."""
    mapped = table.mapped_to("record_id")
    if not mapped:
        return content_ids(frame, table.raw.frame.columns)
    given = cells.tidy(frame[mapped[0].header]).rename("id")
    if not given.null_count():
        return given
    lacking = frame.filter(given.is_null())
    hashed = content_ids(lacking, table.raw.frame.columns)
    filler = pl.DataFrame({"_row": lacking["_row"], "hashed": hashed})
    joined = pl.DataFrame({"_row": frame["_row"], "id": given}).join(
        filler, on="_row", how="left", maintain_order="left"
    )
    return joined.select(pl.coalesce("id", "hashed").alias("id"))["id"]


def content(frame: pl.DataFrame, columns: list[str]) -> pl.Series:
    """Return the content of each row as one text, whatever the order of columns."""
    parts = [pl.concat_str(pl.lit(f"{c}="), pl.col(c).fill_null("")) for c in sorted(columns)]
    return frame.select(pl.concat_str(parts, separator="\x1f").alias("content"))["content"]


def content_ids(frame: pl.DataFrame, columns: list[str]) -> pl.Series:
    """Return ``h:`` and 16 hex digits of the SHA-256 of each row's content."""
    found = [f"h:{hashlib.sha256(c.encode()).hexdigest()[:16]}" for c in content(frame, columns).to_list()]
    return pl.Series("id", found, dtype=pl.String)


def normalised(ids: pl.Series, table: MappedTable) -> pl.Series:
    """Return ids in the one form in which they are compared: 18-character Salesforce ids, upper-case GUIDs."""
    column = pl.col("id")
    frame = cells.tidy(ids).rename("id").to_frame()
    if frame["id"].str.len_bytes().is_in(_GUID_LENGTHS).any():
        guid = column.str.contains(r"^\{?[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}\}?$")
        made = pl.when(guid).then(column.str.strip_chars("{}").str.to_uppercase()).otherwise(column)
        frame = frame.select(made.alias("id"))
    if "salesforce_ids" in table.quirks:
        short = pl.col("id").str.contains("^[0-9A-Za-z]{15}$")
        frame = frame.select(
            pl.when(short).then(pl.concat_str("id", *_case_letters())).otherwise(pl.col("id")).alias("id")
        )
    return frame["id"]


def _case_letters() -> list[pl.Expr]:
    """Return the three letters that make an 18-character id of a 15-character one."""
    letters = []
    for start in (0, 5, 10):
        number = pl.sum_horizontal(
            [
                pl.col("id").str.slice(start + bit, 1).str.contains("[A-Z]").cast(pl.UInt8) * (1 << bit)
                for bit in range(5)
            ]
        )
        letters.append(
            number.replace_strict(list(range(32)), list(_CASE_LETTERS), default=None, return_dtype=pl.String)
        )
    return letters


def settle_repeated_ids(all_rows: list[Rows]) -> pl.DataFrame:
    """Give the second, third ... row with one id in one object of a source the ids ``~2``, ``~3`` ...

    Which row is which depends on the content of the rows, never on their order. The normalised key stays that of the
    first one only.

    Returns:
        The repeated rows: ``table`` (index), ``row``, ``record_id`` (as settled), ``given`` (the id they share).
    """
    same = ["source", "object", "key"]
    groups: dict[tuple[str, str], list[int]] = {}
    for t, rows in enumerate(all_rows):
        groups.setdefault((rows.table.source, rows.table.object), []).append(t)
    parts = []
    for members in groups.values():
        if pl.concat([all_rows[t].keys for t in members]).is_duplicated().any():
            parts += [
                pl.DataFrame({"given": all_rows[t].ids, "key": all_rows[t].keys}).with_columns(
                    table=pl.lit(t, pl.UInt32), at=pl.int_range(pl.len(), dtype=pl.UInt32),
                    source=pl.lit(all_rows[t].table.source), object=pl.lit(all_rows[t].table.object),
                )
                for t in members
            ]  # fmt: skip
    if not parts:
        return pl.DataFrame(schema={"table": pl.UInt32, "row": pl.UInt32, "record_id": pl.String, "given": pl.String})
    listed = pl.concat(parts)
    repeated = listed.filter(listed.select(same).is_duplicated())
    texts = []
    for (t,), part in repeated.partition_by("table", as_dict=True, maintain_order=True).items():
        rows = all_rows[int(str(t))]
        texts.append(part.with_columns(content(rows.frame[part["at"]], rows.table.raw.frame.columns)))
    ranked = (
        pl.concat(texts)
        .sort(*same, "content", "given", "table", "at")
        .with_columns(n=pl.int_range(1, pl.len() + 1).over(same))
    )
    ranked = _suffixed(ranked, listed["given"])
    told = []
    for (t,), part in ranked.partition_by("table", as_dict=True, maintain_order=True).items():
        rows = all_rows[int(str(t))]
        ids, keys = rows.ids.clone(), rows.keys.clone()
        rows.ids = ids.scatter(part["at"], part["record_id"])
        later = part.filter(pl.col("n") > 1)
        rows.keys = keys.scatter(later["at"], later["record_id"])
        told.append(part.with_columns(row=rows.frame["_row"].gather(part["at"])))
    return pl.concat(told).select("table", "row", "record_id", "given")


def _suffixed(ranked: pl.DataFrame, known: pl.Series) -> pl.DataFrame:
    """Add ``record_id``; the mark before the number grows until no id of the source looks like a made one."""
    mark = "~"
    while True:
        made = pl.when(pl.col("n") == 1).then("given").otherwise(pl.concat_str("given", pl.lit(mark), "n"))
        found = ranked.with_columns(record_id=made)
        later = found.filter(pl.col("n") > 1)["record_id"]
        if not later.is_in(known.unique().implode()).any():
            return found
        mark += "~"
