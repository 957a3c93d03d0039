"""Interactions: over which channel, in which direction, how long, and with what result."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from crmq.standardise.facts import references, states
from crmq.standardise.facts.cells import Cells
from crmq.values import cells as whole
from crmq.values import number, text

_FACTOR = {"min": 60.0, "h": 3600.0, "ms": 0.001}
"""Seconds per unit of a duration; without a unit it is seconds."""

_CLOCK = r"^(?:(\d+):)?(\d{1,3}):(\d{1,2})(?:\.\d+)?$"


def columns(cells: Cells, country: str | None) -> dict[str, pl.Series]:
    """Return the columns that only interactions have."""
    made: dict[str, pl.Series | None] = {}
    kind, channel = cells.text("activity_type"), cells.text("channel")
    if kind is None:  # an event that is an answer (unsubscribe) stands in the column of answers
        kind = cells.text("consent")
    made["kind"] = kind
    told, base = _channel(cells, channel, kind)
    made["channel"], made["channel_raw"] = told, base
    said = cells.text("direction")
    if said is not None:
        made["direction"] = _direction(said)
        cells_changed(cells, "direction")
    status, disposition = cells.text("status"), cells.text("outcome")
    made["status"] = status
    made["outcome"] = _outcome(disposition, kind, status)
    if disposition is not None:
        cells_changed(cells, "outcome")
    made["subject"] = cells.text("subject")
    made |= _times(cells)
    for name in ("from_value", "to_value"):
        made[name] = _endpoint(cells, name, country)
    return {name: series.alias(name) for name, series in made.items() if series is not None}


def cells_changed(cells: Cells, field: str) -> None:
    """Keep the words of a field whose meaning alone stands in the fact."""
    for mapping in cells.mapped(field):
        raw = cells.rows.cell(mapping)
        cells.keep(mapping.header, (raw.str.strip_chars() != "").fill_null(value=False))


def _channel(
    cells: Cells, channel: pl.Series | None, kind: pl.Series | None
) -> tuple[pl.Series | None, pl.Series | None]:
    """Return the channel, and the words that tell it; the channel's own column before the kind of activity."""
    told = [s for s in (channel, kind) if s is not None]
    if not told:
        return None, None
    meant = [channel_of(s) for s in told]
    frame = pl.DataFrame({**{f"m{i}": m for i, m in enumerate(meant)}, **{f"t{i}": t for i, t in enumerate(told)}})
    numbers = range(len(told))
    out = frame.select(
        pl.coalesce([f"m{i}" for i in numbers]).alias("channel"), pl.coalesce([f"t{i}" for i in numbers]).alias("raw")
    )
    constant = cells.always("channel")
    if constant is not None and channel is not None and not cells.mapped("channel"):
        return out["channel"], kind  # what holds for the whole table is nobody's word
    return out["channel"], out["raw"]


def channel_of(raw: pl.Series) -> pl.Series:
    """Return the channel that words of a source mean; null where they are not known."""
    given = whole.clean(raw)
    distinct = given.drop_nulls().unique()
    spaced = whole.words(distinct.str.replace_all(r"([a-z])([A-Z])", "${1} ${2}"))
    table = pl.DataFrame({"raw": distinct, "words": spaced}).with_columns(
        exact=pl.col("words").replace_strict(states.vocabulary("channel_phrase"), default=None, return_dtype=pl.String)
    )
    parts = (
        pl.col("words")
        .str.split(" ")
        .list.eval(pl.element().replace_strict(states.vocabulary("channel"), default=None, return_dtype=pl.String))
    )
    known = table.select("raw", channel=pl.coalesce("exact", parts.list.drop_nulls().list.get(0, null_on_oob=True)))
    return text.spread(given, known).to_series().rename(raw.name)


def _direction(said: pl.Series) -> pl.Series:
    return states.read(said, "direction")


def _outcome(disposition: pl.Series | None, kind: pl.Series | None, status: pl.Series | None) -> pl.Series | None:
    """Return the outcome: what the disposition says, else an event that is its own result (bounce), else the status."""
    made: pl.Series | None = None
    for words in (disposition, kind, status):
        if words is not None:
            meant = states.outcome(words)
            made = meant if made is None else made.zip_with(made.is_not_null(), meant)
    return made


def _times(cells: Cells) -> dict[str, pl.Series | None]:
    start, end = cells.time("started_at"), cells.time("ended_at")
    if start is None:
        start = cells.time("created_at")
    seconds = _seconds(cells)
    if seconds is None and start is not None and end is not None:
        passed = (end - start).dt.total_milliseconds() / 1000
        seconds = passed.set((passed <= 0).fill_null(value=False), None)  # days without a time of day tell nothing
    return {"started_at": start, "ended_at": end, "duration_s": seconds}


def _seconds(cells: Cells) -> pl.Series | None:
    """Return the duration in seconds, from ``h:mm:ss``, ``mm:ss`` or a number in the unit of its column."""
    made: pl.Series | None = None
    for mapping in cells.mapped("duration"):
        raw = cells.rows.cell(mapping)
        factor = _FACTOR.get(mapping.usage or "", 1.0)
        clock = raw.to_frame("raw").select(pl.col("raw").str.strip_chars().str.extract_groups(_CLOCK).alias("g"))["g"]
        parts = clock.struct.unnest().with_columns(pl.all().cast(pl.Float64))
        clocked = parts.select(pl.col("1").fill_null(0) * 3600 + pl.col("2") * 60 + pl.col("3"))["1"]
        plain = number.standardise(raw)["value"].cast(pl.Float64) * factor
        value = clocked.zip_with(clocked.is_not_null(), plain)
        if factor != 1.0 or clocked.null_count() < clocked.len() or value.null_count() > raw.null_count():
            cells.keep(mapping.header, (raw.str.strip_chars() != "").fill_null(value=False))
        made = value if made is None else (made + value.fill_null(0.0) if mapping.usage == "min" else
                                           made.zip_with(made.is_not_null(), value))  # fmt: skip
    return made


def _endpoint(cells: Cells, name: str, country: str | None) -> pl.Series | None:
    made: pl.Series | None = None
    for mapping in cells.mapped(name):
        raw = cells.rows.cell(mapping)
        value = references.reached(raw, country)
        cells.keep(mapping.header, (raw.ne_missing(value) & (raw.str.strip_chars() != "")).fill_null(value=False))
        made = value if made is None else made.zip_with(made.is_not_null(), value)
    return made


def with_other_side(columns: Mapping[str, pl.Series], height: int) -> dict[str, pl.Series]:
    """Return the columns with ``party_value``: the address or number on the customer's side of each interaction.

    Who called in, or who was called; where the direction is not known nothing is guessed.
    """
    made = dict(columns)
    if "direction" not in made or not {"from_value", "to_value"} & made.keys():
        return made
    empty = pl.repeat(None, height, dtype=pl.String, eager=True)
    frame = pl.DataFrame(
        {
            "known": made.get("party_value", empty), "direction": made["direction"],
            "from": made.get("from_value", empty), "to": made.get("to_value", empty),
        }
    )  # fmt: skip
    side = pl.when(pl.col("direction") == "in").then("from").when(pl.col("direction") == "out").then("to")
    usable = frame.with_columns(side.alias("side")).select(
        pl.coalesce(
            "known",
            pl.when(pl.col("side").str.contains("@", literal=True) | pl.col("side").str.starts_with("+")).then("side"),
        ).alias("party_value")
    )
    made["party_value"] = usable.to_series()
    return made
