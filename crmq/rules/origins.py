"""Where each row of a view comes from: the raw table and the row in it, as numbers.

Locators, cells of the source and the order of findings all follow from these two numbers, so that nothing has to be
joined on texts once they are known.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from crmq.model.mapped import MappedTable
from crmq.model.tables import KEY

TABLE, ROW = "table", "row"
SCHEMA = {TABLE: pl.UInt32, ROW: pl.UInt32}


def ranked(mapped: Sequence[MappedTable]) -> list[MappedTable]:
    """Return the raw tables in the order in which findings are told: by file, sheet, source and object."""
    return sorted(mapped, key=lambda t: (t.raw.file, t.raw.sheet or "", t.source, t.object))


def of_raw(table: MappedTable, tables: Sequence[MappedTable]) -> pl.DataFrame:
    """Return the origins of the rows of a raw table: itself."""
    number = next(i for i, other in enumerate(tables) if other is table)
    return pl.DataFrame(
        {
            TABLE: pl.repeat(number, table.raw.frame.height, dtype=pl.UInt32, eager=True),
            ROW: pl.int_range(table.raw.frame.height, dtype=pl.UInt32, eager=True),
        }
    )


def of_records(frame: pl.DataFrame, tables: Sequence[MappedTable]) -> pl.DataFrame:
    """Return the origins of records or facts, found by source, object, file, sheet and line; null where unknown."""
    place = ["source", "object", "file", "sheet"]
    known = pl.DataFrame(
        [(t.source, t.object, t.raw.file, t.raw.sheet, i) for i, t in enumerate(tables)],
        schema={**dict.fromkeys(place, pl.String), TABLE: pl.UInt32},
        orient="row",
    ).unique(place, keep="first", maintain_order=True)
    lines = [pl.DataFrame(schema={TABLE: pl.UInt32, "line": pl.UInt32, ROW: pl.UInt32})]
    for i, table in enumerate(tables):
        rows = pl.DataFrame({"line": table.raw.lines}).with_row_index(ROW)
        lines.append(rows.select(pl.lit(i, pl.UInt32).alias(TABLE), "line", ROW).unique(["line"], keep="first"))
    placed = frame.select(*place, "line").join(known, on=place, how="left", nulls_equal=True, maintain_order="left")
    found = placed.select(TABLE, "line").join(pl.concat(lines), on=[TABLE, "line"], how="left", maintain_order="left")
    return found.select(TABLE, ROW)


def record_rows(frame: pl.DataFrame, records: pl.DataFrame) -> pl.Series:
    """Return, for each row of a long table, the number of the record it belongs to; null where there is none.

    Keys are compared as 64-bit hashes; a row whose record then has another id (a collision) gets no record.
    """
    ours = frame.select(*KEY)
    numbered = pl.DataFrame({"hash": records.select(*KEY).hash_rows()}).with_row_index("rec")
    found = pl.DataFrame({"hash": ours.hash_rows()}).join(
        numbered.unique("hash", keep="first"), on="hash", how="left", maintain_order="left"
    )["rec"]
    same = records["record_id"].gather(found).eq_missing(ours["record_id"])
    return found if same.all() else found.set(~same, None)


_PARTS = {
    "full_name": ("given_name", "middle_name", "family_name", "surname_1", "surname_2"),
    "family_name": ("surname_1", "surname_2"),
    "birth_date": ("birth_year", "birth_month", "birth_day"),
    "org_name": ("legal_name", "trade_name", "company_name"),
    "street": ("street", "street_2"),
}
"""Fields that are often read from several columns, and which."""


def cells(name: str, origin: pl.DataFrame, tables: Sequence[MappedTable], *, header: bool = False) -> pl.DataFrame:
    """Return ``header`` and ``cell`` for rows of some origin.

    Args:
        name: A canonical field, or a header when ``header`` is true.
        origin: Table and row of each.
        tables: The raw tables, in the order that the table numbers mean.
        header: Whether ``name`` is the header itself.

    Returns:
        Null where the table has no such column. Of a field that several columns make up (a name, say) the header of the
        first, and the cells joined by blanks.
    """
    out_header = pl.repeat(None, origin.height, dtype=pl.String, eager=True)
    out_cell = out_header.clone()
    for number, table in enumerate(tables):
        columns = [name] if header else _headers(table, name)
        columns = [column for column in columns if column in table.raw.frame.columns]
        if not columns:
            continue
        mine = (origin[TABLE] == number).fill_null(value=False) & origin[ROW].is_not_null()
        rows = origin[ROW].filter(mine)
        part = table.raw.frame.select(pl.col(columns).gather(rows))
        cell = (
            part.to_series()
            if len(columns) == 1
            else part.select(pl.concat_str(pl.all(), separator=" ", ignore_nulls=True)).to_series()
        )
        at = mine.arg_true()
        out_cell = out_cell.scatter(at, cell)
        out_header = out_header.scatter(at, columns[0])
    return pl.DataFrame({"header": out_header, "cell": out_cell})


def _headers(table: MappedTable, field: str) -> list[str]:
    """Return the columns behind a field: the one that feeds it, else the parts that make it up.

    Of several columns for one field none is *the* cell: then there is none.
    """
    mappings = table.mapped_to(field)
    if len(mappings) == 1:
        return [mappings[0].header]
    if mappings:
        return []
    parts = [mapping for part in _PARTS.get(field, ()) for mapping in table.mapped_to(part)[:1]]
    return [mapping.header for mapping in parts]
