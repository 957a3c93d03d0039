"""Failing rows as findings: kept as row numbers, given their locator, value and message only when asked for."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from crmq.model.tables import FINDINGS, conform
from crmq.rules.checks import RowCheck
from crmq.rules.pack import Rule
from crmq.rules.references import raw_header
from crmq.rules.views import LOGICAL, View

OPEN, WAIVED, KNOWN = "open", "waived", "baseline"
"""States of a finding: it counts; somebody accepted it for a time; it was there at the baseline."""

_KIND_COLUMNS = {"contact_points": "cp_type", "identifiers": "id_kind"}
_VALUE_COLUMNS = ("value_norm", "value_alt", "value_raw")
_FIELD_NAMES = {"tax": "tax_id", "postal": "street", "web": "website", "external_key": "external_id"}
"""Kinds of contact points and identifiers whose canonical field has another name."""


@dataclass(frozen=True)
class Failing:
    """The rows that one check of a rule refused (or, from a table check, its findings as they are).

    Attributes:
        rule: The rule.
        view: The rows it looked at.
        rows: UInt32 row numbers in ``view.frame``.
        check: The check, or None for findings of a table check.
        made: Findings of a table check: ``line, field, value, detail``.
        group: For a table check: the group of the view that it is about.
        states: What became of each, in the order of :meth:`frame` (``open``, ``waived``, ``baseline``); None: all open.
    """

    rule: Rule
    view: View
    rows: pl.Series = field(repr=False)
    check: RowCheck | None = None
    made: pl.DataFrame | None = field(default=None, repr=False)
    group: int = 0
    states: pl.Series | None = field(default=None, repr=False)
    _sorted: list[pl.Series] = field(default_factory=list, repr=False, compare=False)

    @property
    def height(self) -> int:
        """How many there are."""
        return self.made.height if self.made is not None else len(self.rows)

    @property
    def ordered(self) -> pl.Series:
        """The row numbers in the order of file and line (sorted when first asked for)."""
        if not self._sorted:
            self._sorted.append(self.view.in_order(self.rows))
        return self._sorted[0]

    def lines(self) -> pl.DataFrame:
        """Return the physical rows of the open ones: ``file, sheet, line``."""
        still_open = None if self.states is None else self.states == OPEN
        if self.made is None:
            rows = self.rows if still_open is None else self.ordered.filter(still_open)
            return self.view.places(rows).select("file", "sheet", "line").drop_nulls("line")
        raw = self.view.raw.raw if self.view.raw is not None else None  # of standardised rows no line is to blame
        file, sheet = (raw.file, raw.sheet) if raw is not None else (None, None)
        place = (pl.lit(file, pl.String).alias("file"), pl.lit(sheet, pl.String).alias("sheet"))
        made = self.made if still_open is None else self.made.filter(still_open)
        return made.select(*place, "line").drop_nulls("line")

    def frame(self, start: int, length: int | None) -> pl.DataFrame:
        """Return a slice of them as findings."""
        located = self._from_table(start, length) if self.made is not None else self._from_rows(start, length)
        located = located.join(
            self.view.context.positions,
            on=["file", "sheet", "header"],
            how="left",
            maintain_order="left",
            nulls_equal=True,
        )
        # a detail is a code of ours or text that a kind composed, never a value of the data
        title = pl.lit(self.rule.title)
        message = pl.when(pl.col("detail").is_not_null()).then(pl.format("{} ({})", title, "detail")).otherwise(title)
        located = located.with_columns(
            rule_id=pl.lit(self.rule.id),
            severity=pl.lit(self.rule.entry.severity),
            dimension=pl.lit(self.rule.entry.dimension),
            message=message,
            state=pl.lit(OPEN) if self.states is None else self.states.slice(start, length),
        )
        return conform(located, FINDINGS)

    def _from_table(self, start: int, length: int | None) -> pl.DataFrame:
        assert self.made is not None
        about, raw = self.view.groups[self.group], self.view.raw.raw if self.view.raw is not None else None
        place = {
            "source": about.source, "object": about.object,
            "file": raw.file if raw is not None else None, "sheet": raw.sheet if raw is not None else None,
        }  # fmt: skip
        named = (pl.lit(text, pl.String).alias(name) for name, text in place.items())
        part = self.made.slice(start, length).with_columns(*named, header=pl.col("field"))
        if raw is None:
            return part.with_columns(pl.lit(None, pl.String).alias("header"), record_id=pl.lit(None, pl.String))
        key = ["file", "sheet", "line"]
        return part.join(self.view.context.ledger_ids, on=key, how="left", maintain_order="left", nulls_equal=True)

    def _from_rows(self, start: int, length: int | None) -> pl.DataFrame:
        assert self.check is not None
        rows = self.ordered.slice(start, length)
        frame = self.view.frame[rows]
        nothing = pl.repeat(None, len(rows), dtype=pl.String, eager=True)
        detail = nothing
        if self.check.detail is not None:
            made = frame.select(self.check.detail.cast(pl.String)).to_series()
            detail = made if len(made) == len(rows) else pl.repeat(made[0], len(rows), dtype=pl.String, eager=True)
        suggestion = self.check.suggest(frame, rows) if self.check.suggest else nothing
        header, value, name = self._source(frame, rows)
        return self.view.places(rows).with_columns(
            header.alias("header"),
            value.alias("value"),
            name.alias("field"),
            detail.alias("detail"),
            suggestion.alias("suggestion"),
        )

    def _source(self, frame: pl.DataFrame, rows: pl.Series) -> tuple[pl.Series, pl.Series, pl.Series]:
        """Return header, value and name of the field that each finding is about."""
        nothing = pl.repeat(None, frame.height, dtype=pl.String, eager=True)

        def repeated(text: str) -> pl.Series:
            return pl.repeat(text, frame.height, dtype=pl.String, eager=True)

        name = self.check.fields[0] if self.check and self.check.fields else None
        if name is None:
            return nothing, nothing, nothing
        header = raw_header(name) or (name if self.view.raw is not None else None)
        if header is not None:
            return repeated(header), frame[self.view.physical(name)], repeated(header)
        shown = frame[name].cast(pl.String) if name in frame.columns else nothing
        if "column" in frame.columns:  # long tables name the column of the source themselves
            kind = _KIND_COLUMNS.get(self.view.table)
            if kind is not None and (name in LOGICAL or name in _VALUE_COLUMNS):
                return frame["column"], frame["value_raw"], frame[kind].replace(_FIELD_NAMES)
            if name == "to_record_key":
                return frame["column"], shown, frame["rel_type"]
            return frame["column"], shown, repeated(name)
        behind = self.view.cells(name, rows)
        return behind["header"], behind.select(pl.coalesce("cell", shown)).to_series(), repeated(name)
