"""What cleaning a table asks of people: rows that mend themselves, values to decide once, records to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from crmq.profile.counting import SEED, UNIT, Values
from crmq.profile.dependencies import broken_rows
from crmq.profile.parts import Dependency, Effort

MINUTES_PER_RECORD = 2.0
MINUTES_PER_VALUE = 1.0
"""Minutes of a person per record looked at and per value decided: assumptions that every report states."""

AUTOMATIC = frozenset(
    {
        "blanks_around", "doubled_blanks", "mojibake", "all_capitals", "all_small_letters", "mixed_dates", "html",
        "mixed_decimals", "spelling_variants", "placeholders", "control_characters", "serial_dates", "several_names",
    }
)  # fmt: skip
"""What standardising mends, or takes for what it is, without a question."""
BY_VALUE = frozenset({"near_duplicates", "units_in_numbers"})
"""What is decided once per distinct value."""


def of_table(
    sample: pl.DataFrame,
    whole: bool,
    rows: int,
    counted: Mapping[str, Values],
    masks: Mapping[str, Mapping[str, pl.Series]],
    dependencies: Sequence[Dependency],
) -> Effort:
    """Return the effort for a table.

    Columns all of whose values were looked at are judged row by row; what is found in others is taken to be spread
    over the rows independently.

    Args:
        sample: The rows to look at.
        whole: Whether these are all.
        rows: Rows of the table.
        counted: Distinct values per column.
        masks: Per column and code, which of its values are concerned.
        dependencies: Dependencies that rows break.
    """
    marks: dict[str, list[pl.Expr]] = {"automatic": [], "value": [], "record": []}
    apart = {"automatic": 1.0, "value": 1.0, "record": 1.0}
    values = 0
    for header, of_column in masks.items():
        looked_at = counted[header]
        for level, mask in _by_level(of_column).items():
            concerned = looked_at.sample.filter(mask)
            if level == "value":
                values += concerned.height
            if looked_at.exact:
                hashes = concerned["hash"].implode()
                marks[level].append(pl.col(header).hash(SEED).is_in(hashes) & pl.col(header).is_not_null())
            else:
                apart[level] *= 1 - int(concerned["weight"].sum()) / UNIT / max(rows, 1)
    flags = sample.select(
        (pl.any_horizontal(found) if found else pl.lit(False)).alias(level) for level, found in marks.items()
    )
    if flags.height != sample.height:
        flags = pl.select(pl.repeat(False, sample.height).alias(level) for level in marks)
    flags = flags.with_columns(record=pl.col("record") | broken_rows(sample, dependencies))
    share = _shares(flags, apart)
    records, value_rows, automatic = (round(share[name] * rows) for name in ("record", "value", "automatic"))
    hours = (records * MINUTES_PER_RECORD + values * MINUTES_PER_VALUE) / 60
    return Effort(
        sound=max(0, rows - records - value_rows - automatic), automatic=automatic, values=values,
        value_rows=value_rows, records=records, estimated=not (whole and all(counted[h].exact for h in masks)),
        minutes_per_record=MINUTES_PER_RECORD, minutes_per_value=MINUTES_PER_VALUE, hours=round(hours, 1),
    )  # fmt: skip


def _by_level(masks: Mapping[str, pl.Series]) -> dict[str, pl.Series]:
    out: dict[str, pl.Series] = {}
    for code, mask in masks.items():
        level = "automatic" if code in AUTOMATIC else "value" if code in BY_VALUE else "record"
        out[level] = out[level] | mask if level in out else mask
    return out


def _shares(flags: pl.DataFrame, apart: Mapping[str, float]) -> dict[str, float]:
    """Return the share of the rows per level; a row counts at the level that asks most of people."""
    n = max(flags.height, 1)
    record = 1 - (1 - int(flags["record"].sum()) / n) * apart["record"]
    below = flags.filter(~pl.col("record"))
    value = 1 - (1 - int(below["value"].sum()) / max(below.height, 1)) * apart["value"]
    rest = below.filter(~pl.col("value"))
    automatic = 1 - (1 - int(rest["automatic"].sum()) / max(rest.height, 1)) * apart["automatic"]
    return {"record": record, "value": (1 - record) * value, "automatic": (1 - record) * (1 - value) * automatic}
