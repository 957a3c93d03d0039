"""The cells that the alerts of ydata-profiling (fg-data-profiling) point to.

Alerts speak of columns. Those that speak of certain cells are taken at their word (missing, zeros, infinite); all
others (high correlation, imbalance, unique, skewed ...) name no cell. Runs in an environment of its own.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pandas as pd
from data_profiling import ProfileReport


def main() -> None:
    """Write the cells of the table given first, as JSON, into the file given second."""
    frame = pd.read_csv(sys.argv[1], low_memory=False)
    alerts = ProfileReport(frame, progress_bar=False).get_description().alerts
    cells: set[tuple[int, str]] = set()
    for alert in alerts:
        kind, column = alert.alert_type.name, alert.column_name
        if kind == "MISSING":
            mask = frame[column].isna()
        elif kind == "ZEROS":
            mask = frame[column] == 0
        elif kind == "INFINITE":
            mask = frame[column].isin([float("inf"), float("-inf")])
        else:
            continue
        cells |= {(int(row), column) for row in frame.index[mask]}
    Path(sys.argv[2]).write_text(json.dumps(sorted(cells)), encoding="utf-8")


if __name__ == "__main__":
    main()
