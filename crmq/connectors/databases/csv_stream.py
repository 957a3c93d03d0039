"""Rows that arrive as CSV, parsed in batches beside the reading: memory holds the columns and one batch of text.

The text is CSV as PostgreSQL writes it: quotes are doubled, NULL is nothing at all, an empty text is ``""``. Each row
begins with a mark: a row of one NULL is no empty line, no cell is taken for a byte order mark, and a parser that lost
its way is noticed.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

import polars as pl

from crmq.errors import InternalError

MARK = "x"
"""The first cell of every row."""
BATCH_BYTES = 8 << 20
_WAITING = 2
"""Batches that may wait to be parsed: with a slow parser the reading waits, so that memory does not grow."""


class CsvStream:
    """Collects rows of CSV and gives one frame.

    Args:
        columns: Names of the columns; the mark is none of them.
        dates: Columns that hold timestamps as ``2024-01-02 03:04:05+00``.
    """

    def __init__(self, columns: list[str], dates: frozenset[str] = frozenset()) -> None:
        self.columns = columns
        self.dates = dates
        self.empty = 0
        self._frames: list[pl.DataFrame] = []
        self._buffer = bytearray()
        self._rows = 0
        self._pool = ThreadPoolExecutor(1)
        self._waiting: deque[Future[tuple[pl.DataFrame, int]]] = deque()

    def __enter__(self) -> CsvStream:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _tb: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def add(self, text: bytes | bytearray | memoryview, rows: int = 1) -> None:
        """Take whole rows, each with its line end."""
        self._buffer += text
        self._rows += rows
        if len(self._buffer) >= BATCH_BYTES:
            self._send()

    def frame(self) -> pl.DataFrame:
        """Return all rows; every column is text, empty texts are null and counted in ``empty``."""
        if self._rows:
            self._send()
        while self._waiting:
            self._take()
        return pl.concat(self._frames) if self._frames else pl.DataFrame(schema=dict.fromkeys(self.columns, pl.String))

    def _send(self) -> None:
        self._waiting.append(self._pool.submit(self._parse, self._buffer, self._rows))
        self._buffer, self._rows = bytearray(), 0
        while len(self._waiting) > _WAITING:
            self._take()

    def _take(self) -> None:
        frame, empty = self._waiting.popleft().result()
        self._frames.append(frame)
        self.empty += empty

    def _parse(self, text: bytearray, rows: int) -> tuple[pl.DataFrame, int]:
        frame = pl.read_csv(bytes(text), has_header=False, infer_schema=False, extra_columns="raise")
        if frame.shape != (rows, len(self.columns) + 1) or not (frame.to_series(0) == MARK).all():
            raise InternalError("the text that a database gave was not parsed as it was written")
        frame = frame[:, 1:]
        frame.columns = self.columns
        empty = int(frame.select(pl.sum_horizontal((pl.all() == "").sum())).item()) if frame.width else 0
        if empty:
            frame = frame.select(pl.when(pl.all() != "").then(pl.all()))
        if self.dates:
            frame = frame.with_columns(_iso(pl.col(name)) for name in frame.columns if name in self.dates)
        return frame, empty


def _iso(column: pl.Expr) -> pl.Expr:
    """Return timestamps with ``T`` for the blank and minutes in the offset."""
    return column.str.replace(" ", "T", literal=True).str.replace(r"([+-]\d\d)( BC)?$", "$1:00$2")
