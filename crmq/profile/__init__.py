"""Facts about every column of every table, and about what the sources have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from crmq.locales import _
from crmq.model.mapped import MappedTable
from crmq.model.raw import RawTable
from crmq.model.tables import Tables
from crmq.profile import columns as column_facts
from crmq.profile import dependencies, drift, effort, freshness, keys, missing, overlap, rows, verdicts
from crmq.profile.counting import SAMPLE, Values
from crmq.profile.drift import Comparison, Side
from crmq.profile.model import Column, Profile, Sharing, Table
from crmq.progress import Progress

__all__ = ["Comparison", "Profile", "ProfileSettings", "compare", "profile"]

_SHARED_KINDS = ("email", "phone", "tax_id")


@dataclass(frozen=True)
class ProfileSettings:
    """How to profile.

    Attributes:
        country: Default country of phones, postal codes and tax ids.
        as_of: What "now" means for freshness.
        sample: Distinct values per column to look at beside the frequent ones; columns with fewer are exact.
    """

    country: str | None = None
    as_of: date = field(default_factory=date.today)
    sample: int = SAMPLE


def profile(
    raws: Sequence[RawTable],
    mapped: Sequence[MappedTable],
    tables: Tables | None,
    settings: ProfileSettings,
    progress: Progress,
) -> Profile:
    """Profile raw tables, and what their sources have in common.

    Args:
        raws: Everything that was read.
        mapped: The same tables, recognised.
        tables: The standardised tables, where they were made: needed for facts across sources, and for verdicts that
            look at every row. None: verdicts come from the distinct values of each column.
        settings: Sample size, as-of date, default country.
        progress: Told about every column.
    """
    total = sum(table.frame.width for table in raws)
    progress.step(_("Profiling columns"), total)
    described = tuple(_table(one, tables, settings, progress)[0] for one in mapped)
    across = None
    if tables is not None and tables.records.height:
        progress.step(_("Comparing sources"))
        across = overlap.across(tables)
    return Profile(settings.as_of.isoformat(), described, across)


def compare(
    before: Sequence[MappedTable], after: Sequence[MappedTable], settings: ProfileSettings, progress: Progress
) -> Comparison:
    """Profile two deliveries and compare them.

    Args:
        before: The tables of the first, recognised.
        after: Those of the second.
        settings: Sample size, as-of date, default country.
        progress: Told about every column.
    """
    progress.step(_("Profiling columns"), sum(one.raw.frame.width for one in (*before, *after)))
    sides = []
    for delivery in (before, after):
        made = [(one, *_table(one, None, settings, progress)) for one in delivery]
        sides.append([Side(table, counted, one.raw.frame) for one, table, counted in made])
    return drift.compare(settings.as_of.isoformat(), *sides)


def _table(
    mapped: MappedTable, tables: Tables | None, settings: ProfileSettings, progress: Progress
) -> tuple[Table, dict[str, Values]]:
    """Return the facts about one table, and the distinct values of its columns."""
    raw = mapped.raw
    standardised = verdicts.of_standardised(mapped, tables) if tables is not None else {}
    made = column_facts.describe(
        mapped, settings.country, settings.as_of, settings.sample, standardised, progress.advance
    )
    described, counted = made.columns, made.counted
    sample, whole = rows.chosen(raw.frame, counted) if raw.frame.width else (raw.frame, True)
    follows = dependencies.find(sample, described)
    cells = raw.frame.height * raw.frame.width
    facts = Table(
        file=raw.file,
        sheet=raw.sheet,
        source=mapped.source,
        system=mapped.system,
        object=mapped.object,
        rows=raw.frame.height,
        unreadable=raw.rejected.height,
        excluded=mapped.excluded.height,
        columns=described,
        cells_filled=sum(c.filled for c in described) / cells if cells else 0.0,
        repeated_rows=_repeated_rows(raw.frame, described),
        keys=keys.candidates(raw.frame, described, counted),
        freshness=freshness.of_table(mapped, counted, settings.as_of),
        sharing=_sharing(described, counted, made.judged),
        dependencies=follows,
        missing_together=missing.find(sample, described),
        effort=effort.of_table(sample, whole, raw.frame.height, counted, made.masks, follows),
    )
    return facts, counted


def _repeated_rows(frame: pl.DataFrame, described: Sequence[Column]) -> int:
    """Return how many rows stand in the table again; a column without repeats answers without looking."""
    if frame.is_empty() or any(c.is_key for c in described):
        return 0
    hashes = frame.hash_rows()
    return frame.height - hashes.n_unique()


def _sharing(
    described: Sequence[Column], counted: Mapping[str, Values], judged: Mapping[str, pl.DataFrame]
) -> tuple[Sharing, ...]:
    """Return how many rows share an e-mail, phone or tax id with another row; unusable values are left out.

    On very large columns only the frequent values are known to be unusable: the number is then an upper bound.
    """
    out = []
    for column in described:
        if column.kind not in _SHARED_KINDS or column.header not in judged:
            continue
        verdict = judged[column.header]
        unusable = verdict.filter(~pl.col("verdict").is_in(["valid", "possible"]))["hash"]
        usable = counted[column.header].counts.filter(~pl.col("hash").is_in(unusable.implode()))["rows"]
        shared = usable.filter(usable > 1)
        largest = usable.to_frame("rows").select(pl.col("rows").max().fill_null(0)).item()
        out.append(Sharing(column.header, column.kind, int(usable.sum()), int(shared.sum()), largest))
    return tuple(out)
