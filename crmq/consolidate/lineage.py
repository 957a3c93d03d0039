"""The way back from every golden cell: value, source record and header, what decided, and every value it beat."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from crmq.consolidate.parties import Parties
from crmq.model.golden import LINEAGE
from crmq.model.tables import conform

NONE_USABLE = "none_usable"
"""Rule of a cell that stays empty because every value offered is invalid or a placeholder."""
UNANIMOUS = "unanimous"
"""Rule of a cell that the winning record leaves empty and all others fill with the same value."""
UNION = "union"
"""Rule of a contact point or identifier: all are kept, equal ones become one row."""

NOBODY = np.int64(-1)
"""Stands for "no row" in arrays of rows."""


class Lineage:
    """Collects the lineage of a run."""

    def __init__(self, parties: Parties, headers: pl.DataFrame) -> None:
        self._parties = parties
        self._parts: list[pl.DataFrame] = []
        pairs = parties.keys.select("source", "object").with_columns(
            pl.concat_str("source", pl.lit("\x1f"), "object").cast(pl.Categorical).alias("pair")
        )
        known = pairs.unique("pair", maintain_order=True)
        self._pairs = known.select("source", "object")
        names = known["pair"].cast(pl.String).to_list()
        self._pair_of_row = pairs["pair"].cast(pl.Enum(names)).to_physical().cast(pl.UInt32)
        self._headers = {(s, o, f): h for s, o, f, h in headers.iter_rows()}

    def add(
        self,
        field: str,
        *,
        golden: pl.Series,
        rows: npt.NDArray[np.int64],
        rules: pl.Series,
        party: npt.NDArray[np.uint32],
        offered: pl.Series,
        offered_rows: npt.NDArray[np.uint32],
        columns: pl.Series | None = None,
    ) -> None:
        """Add the cells of one field of the golden party.

        Args:
            field: Golden name of the field.
            golden: The golden value of each party.
            rows: The record each was taken from, or :data:`NOBODY`.
            rules: What decided, per party.
            party: The party of each value offered, ascending.
            offered: Every value that records offer (null: none).
            offered_rows: The record that offers it.
            columns: The header each golden value was read from, per party, where that is not known by the field.
        """
        have = offered.is_not_null().to_numpy()
        if not have.any():
            return
        offering = party[have]  # ascending
        present = offering[np.append(True, offering[1:] != offering[:-1])]
        at = pl.Series(present, dtype=pl.UInt32)
        lost = have & offered.ne_missing(golden.gather(pl.Series(party, dtype=pl.UInt32))).to_numpy()
        losers = self._losers(party[lost], offered.filter(pl.Series(lost)), offered_rows[lost])
        row = _nullable(rows[present])
        headers = columns.gather(at) if columns is not None else self._header_of(field, row)
        part = pl.DataFrame(
            {"party": at, "value": golden.gather(at), "row": row, "rule": rules.gather(at), "source_field": headers}
        ).join(losers, on="party", how="left", maintain_order="left")
        self._append("party", field, part)

    def add_collapsed(self, table: str, kind: str, collapsed: pl.DataFrame) -> None:
        """Add rows of a child table that several source rows were collapsed into.

        Args:
            table: Name of the golden table.
            kind: Name of the column that says what kind of value it is.
            collapsed: Columns party, ``kind``, value, row, column, and the others as ``other_value``, ``other_row``:
                one line per other.
        """
        if not collapsed.height:
            return
        by = ["party", kind, "value", "row", "column"]
        others = self._with_keys(
            collapsed.select(*by, pl.col("other_value").alias("v"), pl.col("other_row").alias("r"))
        )
        joined = others.group_by(by, maintain_order=True).agg(pl.col("json").str.join(","))
        joined = joined.with_columns(pl.format("[{}]", "json").alias("losers"), rule=pl.lit(UNION, pl.Categorical))
        joined = joined.rename({"column": "source_field"})
        for (name,), part in joined.partition_by(kind, as_dict=True, maintain_order=True).items():
            self._append(table, str(name), part)

    def frame(self) -> pl.DataFrame:
        """Return everything that was added (schema ``LINEAGE``): by field, then by party."""
        if not self._parts:
            return pl.DataFrame(schema=dict(LINEAGE))
        return pl.concat(self._parts, rechunk=False)

    # ------------------------------------------------------------------ parts

    def _append(self, table: str, field: str, part: pl.DataFrame) -> None:
        pair = self._pair_of_row.gather(part["row"])
        part = part.with_columns(
            self._parties.id_of(part["party"]),
            self._pairs["source"].cast(pl.Categorical).gather(pair),
            self._pairs["object"].cast(pl.Categorical).gather(pair),
            self._parties.keys["record_id"].gather(part["row"]),
            pl.lit(table, pl.Categorical).alias("table"),
            pl.lit(field, pl.Categorical).alias("field"),
            pl.col("losers").fill_null("[]"),
        )
        self._parts.append(conform(part, LINEAGE))

    def _header_of(self, field: str, row: pl.Series) -> pl.Series:
        """Return the header that fed the field in the table of each row; the field's name where it is not known."""
        record_column = "status" if field == "source_status" else field
        per_pair = [self._headers.get((s, o, record_column), field) for s, o in self._pairs.iter_rows()]
        return pl.Series(per_pair, dtype=pl.Categorical).gather(self._pair_of_row.gather(row))

    def _with_keys(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Add the value ``v`` of row ``r`` with the key of its record, as one JSON object."""
        keys = self._parties.keys
        told = pl.struct(
            pl.col("v").alias("value"),
            *(keys[name].gather(frame["r"]).alias(name) for name in ("source", "object", "record_id")),
        )
        return frame.with_columns(told.struct.json_encode().alias("json"))

    def _losers(self, party: npt.NDArray[np.uint32], values: pl.Series, rows: npt.NDArray[np.uint32]) -> pl.DataFrame:
        frame = self._with_keys(pl.DataFrame({"party": party, "v": values, "r": rows}))
        joined = frame.group_by("party", maintain_order=True).agg(pl.col("json").str.join(","))
        return joined.select("party", pl.format("[{}]", "json").alias("losers"))


def _nullable(rows: npt.NDArray[np.int64]) -> pl.Series:
    series = pl.Series(rows)
    return series.set(series == NOBODY, None).cast(pl.UInt32)


def values_as_json(frame: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Return per group of ``by`` the JSON list ``values`` of {value, source, object, record_id}, in the given order."""
    told = frame.with_columns(pl.struct("value", "source", "object", "record_id").struct.json_encode().alias("json"))
    joined = told.group_by(by, maintain_order=True).agg(pl.col("json").str.join(","))
    return joined.select(*by, pl.format("[{}]", "json").alias("values"))
