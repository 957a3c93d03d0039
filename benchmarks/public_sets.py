"""The public data sets of the accuracy table, ready to be matched: no labels, ids that say nothing, rows shuffled.

Several of the sets carry the truth in a label column, in the record id or in the order of rows. Here labels and ids
are cut out, every record gets a random id, and the rows of each source are shuffled (always the same way).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

_ID, _ENTITY, _ROW = "record_id", "entity_id", "_row"


@dataclass(frozen=True)
class PublicSet:
    """One set as the benchmark uses it.

    Attributes:
        name: Folder below ``er/``.
        entity: ``person`` or ``organisation``: what the truth is about.
        tables: The sources by name; every column is text, ``record_id`` comes first.
        truth: ``record_id`` and ``entity_id``; entities without a known truth are alone.
        remark: What the reader of the table should know.
    """

    name: str
    entity: str
    tables: dict[str, pl.DataFrame]
    truth: pl.DataFrame
    remark: str = ""


def load(name: str, root: Path, seed: int = 11) -> PublicSet:
    """Read a set from ``root/er/<name>``.

    Raises:
        FileNotFoundError: The set is not there.
        KeyError: No such set is known.
    """
    build = SETS[name]
    folder = root / "er" / name
    if not folder.is_dir():
        raise FileNotFoundError(folder)
    return build(name, folder, np.random.default_rng((seed, *name.encode())))


def _read(path: Path) -> pl.DataFrame:
    if path.suffix == ".parquet":
        return pl.read_parquet(path).cast(pl.String)
    # one set has rows with a cell too many
    return pl.read_csv(path, infer_schema=False, truncate_ragged_lines=True)


def _anonymous(
    sources: dict[str, pl.DataFrame], drop: list[str], rng: np.random.Generator
) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """Cut out ``drop``, give every record a random id and shuffle; the sources carry the truth as ``entity_id``."""
    total = sum(frame.height for frame in sources.values())
    ids = [f"{n:08x}" for n in rng.choice(1 << 32, total, replace=False)]
    tables, truth, start = {}, [], 0
    for name, frame in sources.items():
        frame = frame.with_columns(pl.Series(_ID, ids[start : start + frame.height]))
        start += frame.height
        truth.append(frame.select(_ID, pl.col(_ENTITY).fill_null("alone:" + pl.col(_ID))))
        rest = [c for c in frame.columns if c not in (_ID, _ENTITY, *drop)]
        tables[name] = frame.select(_ID, *rest)[rng.permutation(frame.height)]
    return tables, pl.concat(truth)


def _label(
    file: str, label: str, drop: tuple[str, ...] = (), entity: str = "person", pattern: str = "", remark: str = ""
) -> Callable[[str, Path, np.random.Generator], PublicSet]:
    """Return a builder for one file whose truth is a column (``pattern`` cuts the entity out of it)."""

    def build(name: str, folder: Path, rng: np.random.Generator) -> PublicSet:
        frame = _read(folder / file)
        value = pl.col(label).str.extract(pattern) if pattern else pl.col(label)
        frame = frame.with_columns(value.alias(_ENTITY))
        return PublicSet(name, entity, *_anonymous({"data": frame}, [label, *drop], rng), remark)

    return build


def _febrl_link(name: str, folder: Path, rng: np.random.Generator) -> PublicSet:
    truth = _read(folder / "truth.csv").select("rec_id", _ENTITY)
    files = sorted(p for p in folder.glob("dataset_*.csv"))
    sources = {
        ("originals" if "_org_" in p.name else "duplicates" if "_dup_" in p.name else "data"): _read(p).join(
            truth, on="rec_id", how="left", maintain_order="left"
        )
        for p in files
    }
    return PublicSet(name, "person", *_anonymous(sources, ["rec_id", "blocking_number"], rng))


def _fodors(name: str, folder: Path, rng: np.random.Generator) -> PublicSet:
    pairs = _read(folder / "matches_fodors_zagats.csv")
    zagats = _read(folder / "zagats.csv").with_columns(("z" + pl.col("id")).alias(_ENTITY))
    fodors = _read(folder / "fodors.csv").join(
        pairs.select(id="fodors_id", entity_id="z" + pl.col("zagats_id")), on="id", how="left", maintain_order="left"
    )
    remark = "restaurants; every pair over all 864 records counts"
    return PublicSet(name, "organisation", *_anonymous({"fodors": fodors, "zagats": zagats}, ["id"], rng), remark)


def _mdm(name: str, folder: Path, rng: np.random.Generator) -> PublicSet:
    frame = _read(folder / "customers_all_sources.csv").with_columns(pl.col("true_golden_id").alias(_ENTITY))
    sources = {str(key[0]): part for key, part in frame.group_by("source_system", maintain_order=True)}
    drop = ["source_customer_id", "source_system", "true_golden_id"]
    return PublicSet(name, "person", *_anonymous(sources, drop, rng))


def _patents(name: str, folder: Path, rng: np.random.Generator) -> PublicSet:
    truth = _read(folder / "patstat_reference.csv").select("person_id", pl.col("leuven_id").alias(_ENTITY))
    frame = _read(folder / "patstat_input.csv").join(truth, on="person_id", how="left", maintain_order="left")
    remark = "102 applicants with up to hundreds of spellings each; some are inventors"
    return PublicSet(name, "organisation", *_anonymous({"data": frame}, ["person_id"], rng), remark)


def _silos(name: str, folder: Path, rng: np.random.Generator) -> PublicSet:
    truth = _read(folder / "ground_truth.csv.gz")
    sources = {}
    for silo in ("primary_care", "pharmacy", "labs", "er"):
        frame = _read(folder / f"{silo}.csv.gz")
        key = frame.columns[0]
        entity = truth.filter(silo=silo).select(
            pl.col("record_id").alias(key), pl.col("synthea_patient_id").alias(_ENTITY)
        )
        sources[silo] = frame.join(entity, on=key, how="left", maintain_order="left").drop(key)
    remark = "events: each of 113 patients repeats in hundreds of rows"
    return PublicSet(name, "person", *_anonymous(sources, [], rng), remark)


def _pseudopeople(name: str, folder: Path, rng: np.random.Generator) -> PublicSet:
    sources = {
        source: _read(folder / f"{file}.csv.gz").with_columns(pl.col("simulant_id").alias(_ENTITY))
        for source, file in (("census", "decennial_census_2020"), ("w2", "w2_1099_2020"))
    }
    return PublicSet(name, "person", *_anonymous(sources, ["simulant_id", "household_id", "employer_id"], rng))


SETS: dict[str, Callable[[str, Path, np.random.Generator], PublicSet]] = {
    "febrl3": _label("dataset3.csv", "rec_id", pattern=r"rec-(\d+)-"),
    "splink_historical_50k": _label("historical_figures_with_errors_50k.parquet", "cluster", ("unique_id",)),
    "splink_fake_1000": _label("fake_1000.csv", "cluster", ("unique_id",)),
    "pseudopeople_census_w2": _pseudopeople,
    "rldata500": _label("RLdata500.csv", "ent_id", ("rec_id",)),
    "febrl_dsgen_A1000": _febrl_link,
    "febrl_dsgen_D1000_link": _febrl_link,
    "zingg_febrl_65": _label("testWithHeader.csv", "recId", pattern=r"rec-(\d+)-", remark="tiny"),
    "mdm_crm_billing_support": _mdm,
    "patient_silos": _silos,
    "fodors_zagats": _fodors,
    "dedupe_patent_applicants": _patents,
}
"""The sets with a truth per record, in the order of the table."""
