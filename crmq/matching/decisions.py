"""Decisions of a steward: ``same`` or ``different`` for two records, by their source ids, replayed on every run."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from crmq.errors import ConfigError
from crmq.locales import _

DECISIONS = {
    "source_a": pl.String,
    "object_a": pl.String,
    "record_id_a": pl.String,
    "source_b": pl.String,
    "object_b": pl.String,
    "record_id_b": pl.String,
    "entity": pl.String,
    "decision": pl.String,  # same, different
}
SAME = "same"
DIFFERENT = "different"


def read_decisions(path: Path) -> pl.DataFrame:
    """Read ``decisions.csv``, or a review list in which the column ``your_decision`` was filled.

    Rows without a decision are left out; of two rows about the same pair the last one counts.

    Raises:
        ConfigError: The file cannot be read, a column is missing, or a decision is neither same nor different (the
            message names the line).
    """
    try:
        frame = pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        kind = type(error).__name__
        raise ConfigError(_("The decisions cannot be read ({kind}).").format(kind=kind), where=str(path)) from None
    if "your_decision" in frame.columns:
        frame = frame.drop("decision", strict=False).rename({"your_decision": "decision"})
    missing = [name for name in DECISIONS if name not in frame.columns and name != "entity"]
    if missing:
        raise ConfigError(
            _("The column {name} is missing.").format(name=missing[0]),
            where=str(path),
            hint=_("A file of decisions has the columns {names}.").format(names=", ".join(DECISIONS)),
        )
    if "entity" not in frame.columns:
        frame = frame.with_columns(pl.lit(None, dtype=pl.String).alias("entity"))
    frame = (
        frame.with_row_index("line", offset=2)
        .with_columns(pl.col("decision").str.strip_chars().str.to_lowercase().replace("", None))
        .drop_nulls("decision")
    )
    wrong = frame.filter(~pl.col("decision").is_in([SAME, DIFFERENT]))
    if wrong.height:
        raise ConfigError(
            _("A decision must be same or different."), where=f"{path}:{wrong['line'][0]}", hint=_("Correct the line.")
        )
    return _one_per_pair(frame).select(list(DECISIONS))


def _one_per_pair(frame: pl.DataFrame) -> pl.DataFrame:
    """Keep the last decision on each pair, whichever way round its records stand."""
    sides = [pl.concat_str(f"source_{s}", f"object_{s}", f"record_id_{s}", separator="\x1f") for s in ("a", "b")]
    return (
        frame.with_columns(pl.min_horizontal(sides).alias("_low"), pl.max_horizontal(sides).alias("_high"))
        .unique(["_low", "_high", "entity"], keep="last", maintain_order=True)
        .sort("line")
    )
