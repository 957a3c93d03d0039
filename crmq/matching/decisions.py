"""Decisions of a steward: ``same`` or ``different`` for two records, by their source ids, replayed on every run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
    """Read what matching needs of ``decisions.csv``; see :func:`read_table`."""
    return read_table(path).select(list(DECISIONS))


def read_table(path: Path) -> pl.DataFrame:
    """Read ``decisions.csv``, or a review list in which the column ``your_decision`` was filled.

    Rows without a decision are left out; of two rows about the same pair the last one counts. Further columns of the
    file are kept.

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
    return _one_per_pair(frame)


def _one_per_pair(frame: pl.DataFrame) -> pl.DataFrame:
    """Keep the last decision on each pair, whichever way round its records stand."""
    sides = [pl.concat_str(f"source_{s}", f"object_{s}", f"record_id_{s}", separator="\x1f") for s in ("a", "b")]
    return (
        frame.with_columns(pl.min_horizontal(sides).alias("_low"), pl.max_horizontal(sides).alias("_high"))
        .unique(["_low", "_high", "entity"], keep="last", maintain_order=True)
        .sort("line")
    )


def fates(decisions: pl.DataFrame, clusters: pl.DataFrame) -> dict[str, Any]:
    """Return as plain data how many decisions were given and followed, and those that were not."""
    states = followed(decisions, clusters)
    found: dict[str, Any] = {"given": states.height, "followed": states.filter(pl.col("state") == "followed").height}
    for state in ("unknown", "contradicted"):
        found[state] = states.filter(pl.col("state") == state).select(list(DECISIONS)).to_dicts()
    return found


def followed(decisions: pl.DataFrame, clusters: pl.DataFrame) -> pl.DataFrame:
    """Return the decisions with what became of them in the column ``state``.

    ``followed``; ``unknown``: a record is not in the data any more; ``contradicted``: other decisions, or merges that
    a source declares, say otherwise and hold together what this one keeps apart.

    Args:
        decisions: As :func:`read_decisions` gives them.
        clusters: As in ``model.matches.CLUSTERS``.
    """
    frame = decisions.with_row_index("_row")
    found = frame
    for side in ("a", "b"):
        keys = {f"{name}_{side}": name for name in ("source", "object", "record_id")}
        own = clusters.select(
            *(pl.col(name).alias(column) for column, name in keys.items()),
            pl.col("entity").alias(f"_entity_{side}"),
            pl.col("merge_id").alias(f"_merge_{side}"),
            pl.col("cluster_id").alias(f"_cluster_{side}"),
        )
        found = found.join(own, on=list(keys), how="inner", maintain_order="left")
    same = pl.col("decision") == "same"
    held = (
        pl.when(same)
        .then(pl.col("_merge_a") == pl.col("_merge_b"))
        .otherwise(pl.col("_cluster_a") != pl.col("_cluster_b"))
    )
    states = (
        found.filter(
            pl.col("_entity_a") == pl.col("_entity_b"),
            pl.col("entity").is_null() | (pl.col("entity") == "") | (pl.col("entity") == pl.col("_entity_a")),
        )
        .group_by("_row")
        .agg(held=held.all())
        .select("_row", state=pl.when("held").then(pl.lit("followed")).otherwise(pl.lit("contradicted")))
    )
    return (
        frame.join(states, on="_row", how="left", maintain_order="left")
        .with_columns(pl.col("state").fill_null("unknown"))
        .drop("_row")
    )
