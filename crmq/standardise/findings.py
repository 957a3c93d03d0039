"""Structural findings that standardising makes on the way; what values are worth is the rules' matter."""

from __future__ import annotations

import polars as pl

from crmq.locales import _
from crmq.model.mapped import MappedTable
from crmq.model.tables import FINDINGS, conform

UNREADABLE = "ROW-UNREADABLE"
REPEATED_ID = "RECORD-DUPLICATE-ID"
DATE_ORDER = "DATE-ORDER"
NUMBER_FORMAT = "NUMBER-FORMAT"


def _finding(frame: pl.DataFrame, rule: str, severity: str, dimension: str, message: str) -> pl.DataFrame:
    return conform(
        frame.with_columns(
            rule_id=pl.lit(rule), severity=pl.lit(severity), dimension=pl.lit(dimension), message=pl.lit(message),
            state=pl.lit("open"),
        ),
        FINDINGS,
    )  # fmt: skip


def unreadable(table: MappedTable) -> pl.DataFrame:
    """Return one finding per row that could not be read."""
    frame = table.raw.rejected.select(
        "line", pl.col("reason").alias("value"), source=pl.lit(table.source), object=pl.lit(table.object),
        file=pl.lit(table.raw.file), sheet=pl.lit(table.raw.sheet, pl.String),
    )  # fmt: skip
    return _finding(frame, UNREADABLE, "error", "integrity", _("The row cannot be read."))


def repeated_ids(records: pl.DataFrame) -> pl.DataFrame:
    """Return one finding per record whose id stands on another row too."""
    again = records.filter(pl.col("record_id").str.contains(r"~+\d+$"))
    frame = again.select(
        "source", "object", "record_id", "file", "sheet", "line", field=pl.lit("record_id"),
        value=pl.col("record_id").str.replace(r"~+\d+$", ""),
    )  # fmt: skip
    return _finding(frame, REPEATED_ID, "warning", "uniqueness", _("Another row has the same record id."))


def date_orders(table: MappedTable, found: list[tuple[str, str]]) -> pl.DataFrame:
    """Return one finding per date column whose order of day and month is open or mixed."""
    messages = {
        "ambiguous": _("Day and month cannot be told apart in this column; day first was assumed."),
        "mixed": _("This column mixes dates with the day first and dates with the month first."),
    }
    return _of_columns(table, found, DATE_ORDER, messages)


def number_formats(table: MappedTable, found: list[tuple[str, str]]) -> pl.DataFrame:
    """Return one finding per column of numbers whose decimal sign is open or mixed."""
    messages = {
        "ambiguous": _(
            "Decimal sign and thousands separator cannot be told apart in this column; a point was assumed."
        ),
        "mixed": _("This column mixes numbers with a decimal point and numbers with a decimal comma."),
    }
    return _of_columns(table, found, NUMBER_FORMAT, messages)


def _of_columns(table: MappedTable, found: list[tuple[str, str]], rule: str, messages: dict[str, str]) -> pl.DataFrame:
    """Return one finding per column: header and kind of message."""
    parts = [pl.DataFrame(schema=FINDINGS)]
    for header, kind in found:
        columns = table.raw.frame.columns
        frame = pl.DataFrame(
            {
                "source": [table.source], "object": [table.object], "file": [table.raw.file], "field": [header],
                "column": [columns.index(header) + 1 if header in columns else None],
            }
        )  # fmt: skip
        severity = "warning" if kind == "mixed" else "info"
        parts.append(_finding(frame, rule, severity, "consistency", messages[kind]))
    return pl.concat(parts)
