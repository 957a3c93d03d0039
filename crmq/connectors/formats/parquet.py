"""Apache Parquet."""

from __future__ import annotations

import os
import tempfile
from io import BytesIO
from pathlib import Path

import polars as pl

from crmq.connectors import assemble, databases, texts
from crmq.connectors.content import Content
from crmq.connectors.formats import ReadSettings
from crmq.errors import SourceError
from crmq.locales import _
from crmq.model.raw import Fact, RawTable

SUFFIXES = (".parquet", ".pq", ".parq")
_MAGIC = b"PAR1"


def recognises(content: Content) -> int:
    """Return how sure it is that the content is Parquet."""
    return 100 if content.head(4) == _MAGIC else 60 if content.suffix in SUFFIXES else 0


def read(content: Content, settings: ReadSettings) -> list[RawTable]:
    """Return the table of a Parquet file; a row's line is its ordinal.

    Raises:
        SourceError: The file is damaged.
    """
    frame, facts = _flat(content) or _careful(content)
    lines = pl.int_range(1, frame.height + 1, dtype=pl.UInt32, eager=True)
    return [assemble.table(content, frame, lines, frame.columns, (Fact("format", "Parquet"), *facts))]


def _flat(content: Content) -> tuple[pl.DataFrame, list[Fact]] | None:
    """Read with Polars what it is known to read well: files without nested columns whose rows all arrive."""
    # a time zone that Polars does not know must not end the process
    os.environ.setdefault("POLARS_IGNORE_TIMEZONE_PARSE_ERROR", "1")
    source = content.file if content.file is not None else BytesIO(content.read())
    try:
        lazy = pl.scan_parquet(source, glob=False)
        if any(dtype.is_nested() for dtype in lazy.collect_schema().dtypes()):
            return None
        frame = lazy.collect()
        rows = lazy.select(pl.len()).collect().item()
        if frame.height != rows:
            return None
        return texts.frame_as_text(frame)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError):
        return None


def _careful(content: Content) -> tuple[pl.DataFrame, list[Fact]]:
    """Read with DuckDB, which is stricter with nested columns and more tolerant of old writers."""
    if content.file is not None:
        return _duckdb(content.file, content)
    handle, name = tempfile.mkstemp(suffix=".parquet")
    path = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content.read())
        return _duckdb(path, content)
    finally:
        path.unlink()


def _duckdb(path: Path, content: Content) -> tuple[pl.DataFrame, list[Fact]]:
    try:
        with databases.duckdb_in_memory() as connection:
            return databases.duckdb_text(connection, "SELECT * FROM read_parquet(?)", [str(path)])
    except databases.DuckDBError as error:
        what = _("The Parquet file cannot be read: it is damaged, or uses an encoding that is not supported.")
        raise SourceError(what, where=content.where, hint=_("Export it again, or as CSV.")) from error
