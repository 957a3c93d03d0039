"""Reads files with one tool and prints what it read as text, one JSON document per line.

    python files_readers.py TOOL < paths.json        # paths.json: a list of paths
    python files_readers.py TOOL PATH THREADS        # reads one file and prints rows and seconds

Every tool is called as its first example shows, with nothing but the path; ``-text`` is the same tool told not to
guess types, where it can be told.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import sys
import time
from typing import Any


def _shown(value: Any) -> str:
    """Return a value as text; missing ones are empty."""
    if value is None or value != value:
        return ""
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)


def _cells(header: list[Any], rows: list[Any]) -> list[list[str]]:
    return [[_shown(cell) for cell in row] for row in ([header] if header else []) + list(rows)]


def by_crmq(path: str) -> tuple[Any, int]:
    """Read with crmq: the raw layer, which is text."""
    from crmq.connectors import inputs
    from crmq.errors import CrmqError

    try:
        tables = inputs.read([path]).tables
    except CrmqError as error:
        raise ValueError(error.what) from None
    if not tables:
        return [], 0
    first = tables[0]
    header = list(first.headers) if any(first.headers) else []
    return _cells(header, first.frame.rows()), first.rejected.height


def by_polars(path: str, **told: Any) -> tuple[Any, int]:
    """Read with Polars."""
    import polars as pl

    frame = pl.read_csv(path, **told)
    return _cells(frame.columns, frame.rows()), 0


def by_duckdb(path: str, **told: Any) -> tuple[Any, int]:
    """Read with DuckDB, whose sniffer finds out dialect, header and types."""
    import duckdb

    found = duckdb.read_csv(path, **told)
    return _cells(found.columns, found.fetchall()), 0


def by_pandas(path: str, **told: Any) -> tuple[Any, int]:
    """Read with pandas."""
    import pandas as pd

    frame = pd.read_csv(path, **told)
    return _cells(list(frame.columns), frame.to_numpy(dtype=object).tolist()), 0


def by_clevercsv(path: str) -> tuple[Any, int]:
    """Read with clevercsv, which finds out the dialect and gives text."""
    import clevercsv

    return _cells([], clevercsv.read_table(path)), 0


def by_frictionless(path: str, **told: Any) -> tuple[Any, int]:
    """Read with frictionless, which finds out dialect, header and types."""
    from frictionless import Detector, Resource, system

    with system.use_context(trusted=True), Resource(path=path, detector=Detector(**told)) as resource:
        header = [str(label) for label in resource.labels]
        return _cells(header, [row.cells if told else row.to_list() for row in resource.row_stream]), 0


READERS = {
    "crmq": by_crmq,
    "polars": by_polars,
    "polars-text": lambda path: by_polars(path, infer_schema=False),
    "duckdb": by_duckdb,
    "duckdb-text": lambda path: by_duckdb(path, all_varchar=True),
    "pandas": by_pandas,
    "pandas-text": lambda path: by_pandas(path, dtype=str, keep_default_na=False),
    "clevercsv": by_clevercsv,
    "frictionless": by_frictionless,
    "frictionless-text": lambda path: by_frictionless(path, field_type="string"),
}


def _timed(tool: str, path: str) -> tuple[int, float]:
    """Return the rows of a clean file and the seconds that reading took, imports not counted."""
    if tool == "crmq":
        from crmq.connectors import inputs

        started = time.perf_counter()
        rows = inputs.read([path]).tables[0].frame.height
    else:
        import polars as pl

        started = time.perf_counter()
        rows = pl.read_csv(path, infer_schema=False).height
    return rows, time.perf_counter() - started


def main() -> None:
    """Read the files, or time one."""
    tool = sys.argv[1]
    if len(sys.argv) > 2:
        rows, seconds = _timed(tool, sys.argv[2])
        print(json.dumps({"rows": rows, "seconds": round(seconds, 3)}))
        return
    paths = json.load(sys.stdin)
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print is no result
    for path in paths:
        line: dict[str, Any] = {"path": path}
        try:
            with contextlib.redirect_stdout(sys.stderr):
                line["cells"], line["set_aside"] = READERS[tool](path)
        except BaseException as error:  # panics of compiled readers are no Exception
            line["error"] = f"{type(error).__name__}: {error}"[:300]
        out.write(json.dumps(line) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
