"""Profile a CSV with ydata-profiling's minimal mode (fg-data-profiling), reading included, computed but not rendered.

Runs in an environment of its own (pandas, fg-data-profiling; no crmq).
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
from data_profiling import ProfileReport


def main() -> None:
    """Profile the file given as the first argument into the second."""
    frame = pd.read_csv(sys.argv[1], low_memory=False)
    report = ProfileReport(frame, minimal=True, progress_bar=False)
    description = report.get_description()
    Path(sys.argv[2]).write_text(f"{len(description.variables)} columns described\n", encoding="utf-8")


if __name__ == "__main__":
    main()
