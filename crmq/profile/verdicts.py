"""Verdicts of the values of a column: the same functions that standardise uses, on the distinct values looked at."""

from __future__ import annotations

from datetime import date

import polars as pl

from crmq.model.mapped import MappedTable
from crmq.model.tables import Tables
from crmq.model.verdicts import VERDICTS
from crmq.profile.counting import SEED, UNIT, Values, fewer
from crmq.profile.model import Portion

JUDGED = ("email", "phone", "tax_id", "postal_code", "country", "date", "timestamp", "url")
"""Kinds whose values have a verdict."""
_MOST = {"tax_id": 3_000}
"""Kinds that are judged value by value in Python (50 microseconds each): fewer of them are looked at."""
_BY_COUNTRY = ("phone", "tax_id", "postal_code")


def judge(
    mapped: MappedTable, header: str, values: Values, kind: str, country: str | None, as_of: date
) -> pl.DataFrame | None:
    """Return ``hash, raw, value, verdict, reason, weight`` of the values looked at, or None for other kinds."""
    if kind not in JUDGED or values.sample.is_empty():
        return None
    looked_at = fewer(values, _MOST[kind]) if kind in _MOST else values.sample
    lands = _lands(mapped, header, looked_at, country) if kind in _BY_COUNTRY else None
    judged = _standardise(mapped, header, looked_at["value"], kind, lands, as_of)
    return judged.select(pl.col("value").cast(pl.String), pl.col("verdict").cast(pl.String), "reason").with_columns(
        looked_at["hash"], looked_at["value"].alias("raw"), looked_at["weight"]
    )


def _standardise(
    mapped: MappedTable, header: str, raw: pl.Series, kind: str, lands: pl.Series | None, as_of: date
) -> pl.DataFrame:
    if kind == "email":
        from crmq.values import email

        return email.standardise(raw)
    if kind == "phone":
        from crmq.values import phone

        return phone.standardise(raw, lands)
    if kind == "tax_id":
        from crmq.values import identifier

        scheme = next((m.scheme for m in mapped.fields if m.header == header), None)
        field = next((m.field for m in mapped.fields if m.header == header), "tax_id")
        return identifier.standardise(raw, lands, scheme, "national_id" if field == "national_id" else "tax")
    if kind == "postal_code":
        from crmq.values import postal_code

        return postal_code.standardise(raw, lands)
    if kind == "country":
        from crmq.values import country

        return country.standardise(raw)
    if kind == "url":
        from crmq.values import web_domain

        return web_domain.standardise(raw)
    from crmq.values import date as dates

    if kind == "timestamp":
        stamps = dates.timestamps(raw, mapped.timezone, mapped.date_order, as_of=as_of)
        return stamps.with_columns(pl.col("value").dt.strftime("%Y-%m-%dT%H:%M:%SZ"))
    birth = any(m.header == header and m.field == "birth_date" for m in mapped.fields)
    return dates.standardise(raw, order=mapped.date_order, birth=birth, as_of=as_of)


def _lands(mapped: MappedTable, header: str, looked_at: pl.DataFrame, default: str | None) -> pl.Series:
    """Return the country each value is read in: that of the rows it stands in, else the default.

    A value that stands in rows of several countries takes the first code, so that the order of rows does not matter.
    """
    fallback = mapped.country or default
    columns = [m.header for m in mapped.mapped_to("country")]
    if not columns:
        return pl.repeat(fallback, looked_at.height, dtype=pl.String, eager=True)
    from crmq.values import country

    wanted = looked_at["hash"]
    rows = (
        mapped.raw.frame.lazy()
        .select(hash=pl.col(header).hash(SEED), land=pl.col(columns[0]))
        .filter(pl.col("hash").is_in(wanted.implode()) & pl.col("land").is_not_null())
        .group_by("hash")
        .agg(pl.col("land").min())
        .collect()
    )
    codes = rows.with_columns(country.standardise(rows["land"])["value"].alias("code"))
    found = looked_at.select("hash").join(codes, on="hash", how="left", maintain_order="left")["code"]
    return found.fill_null(fallback) if fallback else found


def portions(judged: pl.DataFrame | None) -> tuple[Portion, ...]:
    """Return the shares of the verdicts, in the order valid, possible, invalid, placeholder."""
    if judged is None:
        return ()
    weights: dict[str, int] = dict(judged.group_by("verdict").agg(pl.col("weight").sum()).iter_rows())
    total = sum(weights.values())
    return tuple(
        Portion(name, round(weights[name] / UNIT), weights[name] / total) for name in VERDICTS if weights.get(name)
    )


def of_standardised(mapped: MappedTable, tables: Tables) -> dict[str, tuple[Portion, ...]]:
    """Return the shares of verdicts per header from the standardised tables: every row, each with its own country."""
    out: dict[str, tuple[Portion, ...]] = {}
    mine = (pl.col("source") == mapped.source) & (pl.col("object") == mapped.object)
    files = (
        tables.records.lazy()
        .filter(mine & (pl.col("file") == mapped.raw.file))
        .select("source", "object", "record_id", "entity")
    )
    for name in ("contact_points", "identifiers"):
        counted = (
            tables[name]
            .lazy()
            .filter(mine & pl.col("column").is_in(mapped.raw.frame.columns))
            .join(files, on=["source", "object", "record_id", "entity"], how="semi")
            .group_by("column", pl.col("verdict").cast(pl.String))
            .len()
            .collect()
        )
        for header in counted["column"].unique():
            rows = dict(counted.filter(pl.col("column") == header).select("verdict", "len").iter_rows())
            total = sum(rows.values())
            out[header] = tuple(Portion(v, rows[v], rows[v] / total) for v in VERDICTS if rows.get(v))
    return out
