"""What the sources have in common: contact points and ids that stand in several of them, and who holds what."""

from __future__ import annotations

from itertools import combinations

import polars as pl

from crmq.model.tables import KEY, Tables
from crmq.profile.model import Across, Overlap, Pairing, Population

_USABLE = ("valid", "possible")
_CONTACTS = (("email", "email"), ("phone", "phone"), ("web", "web"))
_IDS = (("tax_id", "tax"), ("national_id", "national_id"))


def across(tables: Tables) -> Across:
    """Return how the records of all sources relate, judged by exact values only."""
    records = tables.records
    population = tuple(
        Population(*row)
        for row in records.group_by("source", "object", "entity").len().sort("source", "object", "entity").iter_rows()
    )
    sources = sorted(records["source"].unique())
    overlaps = []
    for kind, values in _values(tables):
        if values.height:
            overlaps.append(_overlap(kind, values, sources))
    shared = _in_other_sources(tables)
    return Across(population, tuple(overlaps), shared, records.height)


def _values(tables: Tables) -> list[tuple[str, pl.DataFrame]]:
    """Return, per kind, which record holds which usable value: the key columns and ``value``."""
    usable = pl.col("verdict").cast(pl.String).is_in(_USABLE) & pl.col("value_norm").is_not_null()
    points = tables["contact_points"].lazy().filter(usable)
    out = []
    for name, cp_type in _CONTACTS:
        one = points.filter(pl.col("cp_type") == cp_type).select(*KEY, value=pl.coalesce("value_alt", "value_norm"))
        out.append((name, one.unique().collect()))
    ids = tables["identifiers"].lazy().filter(usable)
    for name, id_kind in _IDS:
        out.append((name, ids.filter(pl.col("id_kind") == id_kind).select(*KEY, value="value_norm").unique().collect()))
    return out


def _overlap(kind: str, values: pl.DataFrame, sources: list[str]) -> Overlap:
    of_source = values.select("source", "value").unique()
    counts = dict(of_source.group_by("source").len().iter_rows())
    sets = (
        of_source.group_by("value")
        .agg(pl.col("source").sort())
        .select(pl.col("source").list.join("\x1f").alias("sources"), pl.col("source").list.len().alias("n"))
        .group_by("sources", "n")
        .len()
        .sort(-pl.col("len").cast(pl.Int64), "sources")
    )
    combos = [(tuple(names.split("\x1f")), int(n), int(rows)) for names, n, rows in sets.iter_rows()]
    in_sources = {n: sum(rows for _names, m, rows in combos if m == n) for n in sorted({n for _x, n, _y in combos})}
    pairs = []
    for a, b in combinations(sources, 2):
        common = sum(rows for names, _n, rows in combos if a in names and b in names)
        have_a, have_b = counts.get(a, 0), counts.get(b, 0)
        pairs.append(Pairing(a, b, common, common / have_a if have_a else 0.0, common / have_b if have_b else 0.0))
    same = (
        values.group_by("source", "value")
        .agg(pl.struct(KEY).n_unique().alias("records"))
        .filter(pl.col("records") > 1)
        .group_by("source")
        .agg(pl.col("records").sum())
    )
    repeated = dict(same.iter_rows())
    return Overlap(
        kind,
        {s: counts.get(s, 0) for s in sources},
        in_sources,
        {" + ".join(names): rows for names, _n, rows in combos},
        tuple(pairs),
        {s: repeated.get(s, 0) for s in sources},
    )


def _in_other_sources(tables: Tables) -> int:
    """Return how many records share an e-mail, phone or tax id with a record of another source."""
    parts = [values.with_columns(kind=pl.lit(kind)) for kind, values in _values(tables) if kind != "web"]
    everything = pl.concat(parts)
    if everything.is_empty():
        return 0
    wide = everything.group_by("kind", "value").agg(pl.col("source").n_unique().alias("n")).filter(pl.col("n") > 1)
    return everything.join(wide, on=["kind", "value"], how="semi").select(*KEY).n_unique()
