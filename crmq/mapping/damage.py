"""Ids that a spreadsheet has damaged: written in scientific notation, or rounded to fifteen digits.

Such ids join nothing any more, and two records may share one. Spreadsheets keep fifteen digits of a number: every digit
after them is a zero. A whole id may end so by chance, a share of a column does not.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from crmq.locales import _, ngettext
from crmq.model import fields as canonical
from crmq.model.mapped import MappedTable
from crmq.model.tables import FINDINGS, conform

RULE = "MAP-006"
"""Ids of a column have lost digits."""

_SCIENTIFIC = r"^\d(?:[.,]\d+)?[Ee]\+?\d{2}$"
_ROUNDED = r"^\d{15}0+$"
_LEAST_ZEROS = r"000$"
_BY_CHANCE = 0.02


def damaged_ids(tables: Sequence[MappedTable]) -> pl.DataFrame:
    """Return a finding for each column of ids that a spreadsheet has damaged (``FINDINGS``)."""
    rows = []
    for table in tables:
        for mapping in table.fields:
            if canonical.fields()[mapping.field].kind != "id":
                continue
            cells = table.raw.frame[mapping.header].str.strip_chars()
            filled = int((cells != "").sum() or 0)
            bad = _bad(cells, filled)
            count = int(bad.sum())
            if not count:
                continue
            first = int(bad.arg_true()[0])
            message = ngettext(
                "{n} of {total} ids in {header} has lost digits in a spreadsheet.",
                "{n} of {total} ids in {header} have lost digits in a spreadsheet.",
                count,
            )
            rows.append(
                {
                    "rule_id": RULE, "severity": "warning", "dimension": "integrity", "source": table.source,
                    "object": table.object, "file": table.raw.file, "sheet": table.raw.sheet,
                    "line": table.raw.lines[first], "column": table.raw.frame.columns.index(mapping.header) + 1,
                    "field": mapping.field, "value": cells[first], "state": "open",
                    "message": message.format(n=count, total=filled, header=mapping.header),
                    "suggestion": _("Export the file again, and open it with its columns as text."),
                }
            )  # fmt: skip
    return conform(pl.DataFrame(rows, infer_schema_length=None), FINDINGS) if rows else pl.DataFrame(schema=FINDINGS)


def _bad(cells: pl.Series, filled: int) -> pl.Series:
    """Return which cells are damaged."""
    scientific = cells.str.contains(_SCIENTIFIC).fill_null(value=False)
    rounded = (cells.str.contains(_ROUNDED) & cells.str.contains(_LEAST_ZEROS)).fill_null(value=False)
    if int(rounded.sum()) <= _BY_CHANCE * filled:
        return scientific
    return scientific | rounded
