"""Which records each row of a table gives, and the children that belong to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from crmq.model.tables import ORGANISATION, PERSON


@dataclass(frozen=True)
class Holders:
    """The places of the records that each of R rows gave, in the order of (record id, entity).

    Attributes:
        person: (R,) UInt32, null where the row gave no person.
        organisation: (R,) UInt32, null where it gave no organisation.
    """

    person: pl.Series
    organisation: pl.Series

    @property
    def records_per_row(self) -> pl.Series:
        """(R,) UInt8: how many records each row gave."""
        return self.person.is_not_null().cast(pl.UInt8) + self.organisation.is_not_null().cast(pl.UInt8)

    def attach(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Give each child the record that holds it: ``at`` (row) and ``holder`` become ``rec``.

        ``holder`` names the entity where a row gives two records; null: both of them. Children of rows that gave no
        record go.
        """
        at = frame["at"]
        if not self.organisation.len() - self.organisation.null_count():
            return _of(frame.drop("holder", strict=False), self.person.gather(at))
        if not self.person.len() - self.person.null_count():
            return _of(frame.drop("holder", strict=False), self.organisation.gather(at))
        people, firms = self.person.gather(at), self.organisation.gather(at)
        if "holder" not in frame.columns:
            frame = frame.with_columns(holder=pl.lit(PERSON))
        frame = frame.with_columns(people.alias("_p"), firms.alias("_o"))
        one = (
            pl.when(pl.col("holder") == ORGANISATION)
            .then(pl.coalesce("_o", "_p"))
            .otherwise(pl.coalesce("_p", "_o"))
            .alias("rec")
        )
        first = frame.with_columns(one)
        both = frame.filter(pl.col("holder").is_null() & pl.col("_p").is_not_null() & pl.col("_o").is_not_null())
        second = both.with_columns(pl.col("_o").alias("rec"))
        return pl.concat([first, second]).filter(pl.col("rec").is_not_null()).drop("_p", "_o", "holder", "at")


def holders_of(is_person: pl.Series, is_organisation: pl.Series) -> Holders:
    """Number the records of all rows.

    Args:
        is_person: (R,) Booleans: rows in the order of their ids that give a person.
        is_organisation: (R,) the same for organisations, which come first where a row gives both.
    """
    frame = pl.DataFrame({"p": is_person, "o": is_organisation})
    count = pl.col("p").cast(pl.UInt32) + pl.col("o").cast(pl.UInt32)
    start = count.cum_sum() - count
    made = frame.select(
        person=pl.when("p").then(start + pl.col("o").cast(pl.UInt32)), organisation=pl.when("o").then(start)
    )
    return Holders(made["person"].cast(pl.UInt32), made["organisation"].cast(pl.UInt32))


def _of(frame: pl.DataFrame, rec: pl.Series) -> pl.DataFrame:
    frame = frame.drop("at").with_columns(rec.alias("rec"))
    return frame.filter(pl.col("rec").is_not_null()) if rec.null_count() else frame


def is_single(rec: pl.Series) -> bool:
    """Tell whether the children stand in the order of their records, one for each at most."""
    return len(rec) < 2 or bool((rec.slice(1) > rec.slice(0, len(rec) - 1)).all())


def in_order(frame: pl.DataFrame, further: Sequence[str]) -> pl.DataFrame:
    """Return children in the order of their records, those of one record by further columns."""
    return frame if is_single(frame["rec"]) else frame.sort("rec", *further, nulls_last=True)


def laid_out(frame: pl.DataFrame, columns: Mapping[str, str], height: int) -> list[pl.Series]:
    """Return columns of children (one per record at most) as columns of the records.

    Args:
        frame: Children with ``rec``.
        columns: Name among the records -> column of the frame.
        height: Number of records.
    """
    if frame.height == height:  # one for each record, in order
        return [frame[column].alias(name) for name, column in columns.items()]
    place = pl.repeat(None, height, dtype=pl.UInt32, eager=True)
    place = place.scatter(frame["rec"], pl.int_range(frame.height, dtype=pl.UInt32, eager=True))
    return [frame[column].gather(place).alias(name) for name, column in columns.items()]
