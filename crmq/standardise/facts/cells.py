"""Reads the columns of a table of facts by canonical field, and remembers which were used and what changed in them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import polars as pl

from crmq.model.mapped import FieldMapping
from crmq.standardise.rows import Rows, normalised
from crmq.values import cells as whole
from crmq.values import date, number, text

_TRUE = ("1", "true", "yes", "y", "si", "s", "verdadero", "sim", "t", "on", "x")
_FALSE = ("0", "false", "no", "n", "falso", "nao", "f", "off")
_CLOCK = r"\d:\d|^\s*\d{9,}(?:\.\d+)?\s*$"
"""What a cell with a time of day holds: a clock, or seconds of the epoch."""
_SAME_TIME = r"^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d)(?:\.0+)?(?:Z|\+00:?00)?)?$"


@dataclass
class Cells:
    """The cells of one table of facts.

    Attributes:
        rows: Its rows.
        as_of: What "now" means for two-digit years.
        used: Headers whose content stands in the fact.
        changed: Header -> where its cell is not what stands in the fact.
        dates: Columns of dates whose order is open or mixed, as :mod:`crmq.standardise.findings` tells them.
        numbers: Columns of numbers whose decimal sign is open or mixed.
    """

    rows: Rows
    as_of: dt.date
    used: set[str] = field(default_factory=set)
    changed: dict[str, pl.Series] = field(default_factory=dict)
    dates: list[tuple[str, str]] = field(default_factory=list)
    numbers: list[tuple[str, str]] = field(default_factory=list)

    def mapped(self, name: str) -> list[FieldMapping]:
        """Return the mappings of a field whose columns have any value."""
        found = self.rows.table.mapped_to(name)
        self.used.update(m.header for m in found)
        return [m for m in found if self.rows.frame[m.header].null_count() < self.rows.height]

    def always(self, name: str) -> str | None:
        """Return the value that a field has in all rows where no column says otherwise."""
        return self.rows.table.always.get(name)

    def text(self, name: str) -> pl.Series | None:
        """Return a field as cleaned text (of several columns the first filled), or None without the field."""
        made: pl.Series | None = None
        for mapping in self.mapped(name):
            raw = self.rows.cell(mapping)
            value = whole.clean(raw)
            self._note(mapping.header, raw, value)
            made = value if made is None else made.zip_with(made.is_not_null(), value)
        constant = self.always(name)
        if constant is not None:
            filler = pl.repeat(constant, self.rows.height, dtype=pl.String, eager=True)
            made = filler if made is None else made.fill_null(constant)
        return None if made is None else made.alias(name)

    def time(self, name: str) -> pl.Series | None:
        """Return a field as points in time in UTC; a date without a time of day stays that day, whatever the zone."""
        made: pl.Series | None = None
        for mapping in self.mapped(name):
            raw = self.rows.cell(mapping)
            value = self._times(mapping.header, raw)
            self._note_times(mapping.header, raw, value)
            made = value if made is None else made.zip_with(made.is_not_null(), value)
        return None if made is None else made.alias(name)

    def _times(self, header: str, raw: pl.Series) -> pl.Series:
        table = self.rows.table
        read = date.timestamps(raw, table.timezone or "UTC", table.date_order, as_of=self.as_of)
        reasons = set(read["reason"].unique().drop_nulls())
        for reason, kind in (("assumed_order", "ambiguous"), ("mixed_order", "mixed")):
            if reason in reasons:
                self.dates.append((header, kind))
        if (table.timezone or "UTC") == "UTC":
            return read["value"]
        days = ~raw.str.contains(_CLOCK)
        if not days.any():
            return read["value"]
        plain = date.timestamps(raw.set(~days, None), "UTC", table.date_order, as_of=self.as_of)["value"]
        return read["value"].zip_with(~days.fill_null(value=False), plain)

    def amount(self, name: str) -> pl.DataFrame | None:
        """Return ``value`` (exact decimal text), ``verdict`` and ``currency`` of a field, or None without the field."""
        found = self.mapped(name)
        if not found:
            return None
        header = found[0].header
        raw = self.rows.cell(found[0])
        read = number.standardise(raw)
        reasons = set(read["reason"].unique().drop_nulls())
        for reason, kind in (("assumed_separator", "ambiguous"), ("mixed_separators", "mixed")):
            if reason in reasons:
                self.numbers.append((header, kind))
        self._note(header, raw, read["value"])
        return read.drop("reason")

    def flag(self, name: str) -> pl.Series | None:
        """Return a yes-or-no field as Booleans; what says neither is null."""
        found = self.mapped(name)
        if not found:
            return None
        raw = self.rows.cell(found[0])
        folded = raw.to_frame("x").select(text.words(pl.col("x")).alias("x"))["x"]
        known = {**dict.fromkeys(_TRUE, True), **dict.fromkeys(_FALSE, False)}
        value = folded.replace_strict(known, default=None, return_dtype=pl.Boolean)
        self.changed[found[0].header] = (value.is_null() & folded.is_not_null()).fill_null(value=False)
        return value.alias(name)

    def key(self, mapping: FieldMapping) -> pl.Series:
        """Return the ids of a column in the form in which ids are compared; several in a cell stay joined."""
        raw = self.rows.cell(mapping)
        if mapping.separator:
            return whole.clean(raw)
        value = normalised(raw, self.rows.table)
        self._note(mapping.header, raw, value)
        return value

    def first_key(self, name: str) -> pl.Series | None:
        """Return a reference field as normalised ids, or None when the table does not have it."""
        made: pl.Series | None = None
        for mapping in self.mapped(name):
            value = self.key(mapping)
            if mapping.separator:
                first = value.str.split(mapping.separator).list.get(0, null_on_oob=True)
                value = normalised(first, self.rows.table)
                self.changed[mapping.header] = value.is_not_null()
            made = value if made is None else made.zip_with(made.is_not_null(), value)
        return None if made is None else made.alias(name)

    def keep(self, header: str, where: pl.Series) -> None:
        """Remember that cells of a column are not what stands in the fact."""
        before = self.changed.get(header)
        self.changed[header] = where if before is None else before | where

    def _note(self, header: str, raw: pl.Series, value: pl.Series) -> None:
        different = raw.ne_missing(value)
        if different.any():
            blank = raw.is_null() | (raw.str.strip_chars() == "")
            self.keep(header, different & ~blank)

    def _note_times(self, header: str, raw: pl.Series, value: pl.Series) -> None:
        """Keep the cells that are not the point in time spelled out (an offset, a national form, a spreadsheet day)."""
        frame = pl.DataFrame({"raw": raw, "value": value}).with_columns(
            pl.col("raw").str.extract_groups(_SAME_TIME).alias("g")
        )
        written = pl.concat_str(
            pl.col("g").struct.field("1"), pl.col("g").struct.field("2").fill_null("00:00:00"), separator=" "
        )
        same = written == pl.col("value").dt.strftime("%Y-%m-%d %H:%M:%S")
        different = frame.select((~same.fill_null(value=False) & (pl.col("raw").str.strip_chars() != "")).alias("d"))[
            "d"
        ]
        if different.any():
            self.keep(header, different.fill_null(value=False))
