"""Good and bad rows apart: every row of every raw table goes to exactly one of two files.

A row is bad when a finding at or above a level is about it, or when it could not be read. Both files have the
columns as they were exported; the bad ones also say where the row stood, which rules it broke and what they say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from crmq.model.mapped import MappedTable
from crmq.rules.pack import Severity
from crmq.rules.result import FailOn, Validation, at_least

REASON_COLUMNS = ("crmq_line", "crmq_rules", "crmq_reasons", "crmq_unreadable")
"""Added to the bad rows: line in the source, ids of the rules, their messages, the text of a row that was not read."""


@dataclass(frozen=True)
class Split:
    """The rows of one raw table.

    Attributes:
        table: The table.
        good: Rows without a finding at the level; columns of the raw frame.
        bad: The others; columns of the raw frame, then :data:`REASON_COLUMNS`.
    """

    table: MappedTable
    good: pl.DataFrame
    bad: pl.DataFrame


def split(validation: Validation, mapped: Sequence[MappedTable], level: FailOn) -> Iterator[Split]:
    """Yield the good and the bad rows of every raw table.

    Args:
        validation: The outcome of the rules.
        mapped: The tables that were validated.
        level: Findings of this severity and above make a row bad; ``never`` means errors.
    """
    wanted: FailOn = "error" if level == "never" else level
    reasons = _reasons(validation, wanted)
    for table in mapped:
        yield _split(table, reasons)


def _reasons(validation: Validation, level: FailOn) -> pl.DataFrame:
    """Return ``file, sheet, line, rules, reasons``: one row per bad physical row."""
    schema = {"file": pl.String, "sheet": pl.String, "line": pl.UInt32, "rule": pl.String, "message": pl.String}
    parts = [pl.DataFrame(schema=schema)]
    for result in validation.results:
        if not at_least(result.rule.entry.severity, level):
            continue
        for failing in result.failing:
            named = failing.lines().with_columns(rule=pl.lit(result.rule.id), message=pl.lit(result.rule.title))
            parts.append(named.select(*schema))
    stage = validation.stage_findings
    severities: list[Severity] = [s for s in ("error", "warning", "info") if at_least(s, level)]
    open_ = stage.filter(pl.col("severity").is_in(severities) & (pl.col("state") == "open")).drop_nulls("line")
    parts.append(open_.select("file", "sheet", "line", rule="rule_id", message="message"))
    return (
        pl.concat(parts)
        .unique(["file", "sheet", "line", "rule"], keep="any")
        .sort("rule")
        .group_by("file", "sheet", "line", maintain_order=True)
        .agg(
            pl.col("rule").str.join("; ").alias("rules"),
            pl.col("message").unique().sort().str.join("; ").alias("reasons"),
        )
    )


def _split(table: MappedTable, reasons: pl.DataFrame) -> Split:
    raw = table.origin or table.raw
    columns = raw.frame.columns
    mine = reasons.filter((pl.col("file") == raw.file) & pl.col("sheet").eq_missing(pl.lit(raw.sheet, pl.String)))
    # positions instead of a join on the frame: a raw column may have any name
    rows = pl.DataFrame({"line": raw.lines}).join(
        mine.select("line", "rules", "reasons"), on="line", how="left", maintain_order="left"
    )
    bad = rows["rules"].is_not_null()
    kept = rows.filter(bad)
    noted = pl.DataFrame(
        [
            kept["line"].alias(REASON_COLUMNS[0]),
            kept["rules"].alias(REASON_COLUMNS[1]),
            kept["reasons"].alias(REASON_COLUMNS[2]),
            pl.repeat(None, kept.height, dtype=pl.String, eager=True).alias(REASON_COLUMNS[3]),
        ]
    )
    refused = raw.frame.filter(bad).hstack(_free(noted, columns))
    unread = _unreadable(table, mine, columns)
    return Split(table, raw.frame.filter(~bad), pl.concat([refused, unread]) if unread.height else refused)


def _unreadable(table: MappedTable, reasons: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """Return the rows that could not be read: empty in all columns but the reasons and the raw text."""
    rejected = table.raw.rejected.join(reasons.select("line", "rules"), on="line", how="left", maintain_order="left")
    nothing = [pl.repeat(None, rejected.height, dtype=pl.String, eager=True).alias(name) for name in columns]
    noted = rejected.select(
        pl.col("line").cast(pl.UInt32).alias(REASON_COLUMNS[0]),
        pl.col("rules").alias(REASON_COLUMNS[1]),
        pl.col("reason").alias(REASON_COLUMNS[2]),
        pl.col("raw").alias(REASON_COLUMNS[3]),
    )
    return pl.DataFrame([*nothing, *_free(noted, columns).get_columns()])


def _free(noted: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """Rename reason columns that the table itself has: a quarantine file may be validated again."""
    names = {}
    for name in noted.columns:
        free = name
        while free in columns:
            free += "_"
        names[name] = free
    return noted.rename(names)
