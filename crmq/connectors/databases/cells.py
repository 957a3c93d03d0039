"""Values as drivers give them, as text without loss."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import polars as pl


def frame(batches: Iterable[Sequence[Sequence[Any]]], width: int) -> tuple[pl.DataFrame, int]:
    """Return rows as columns of text, ``c0``, ``c1`` ..., and how many cells are empty texts.

    Args:
        batches: The rows, some at a time: only one batch is held as Python objects.
        width: Columns of each row.
    """
    schema = {f"c{i}": pl.String for i in range(width)}
    parts = []
    empty = 0
    for rows in batches:
        columns = [_column(column) for column in zip(*rows, strict=True)]
        part = pl.DataFrame(columns, schema=schema, orient="col")
        empty += int(part.select(pl.sum_horizontal((pl.all() == "").sum())).item())
        parts.append(part)
    return (pl.concat(parts) if parts else pl.DataFrame(schema=schema)), empty


def _column(values: Sequence[Any]) -> Sequence[str | None]:
    kinds = set(map(type, values))
    if kinds <= {str, type(None)}:
        return values
    return [text(value) for value in values]


def text(value: Any) -> str | None:
    """Return one value as text.

    Numbers to the last digit, dates and times as ISO 8601 (with the offset they have), binary in hexadecimal, lists and
    structures as JSON; None is None.
    """
    if value is None or isinstance(value, str):
        return value
    write = _WRITERS.get(type(value))
    if write is not None:
        return write(value)
    return next((write(value) for kind, write in _WRITERS.items() if isinstance(value, kind)), str(value))


def _decimal(value: Decimal) -> str:
    return format(value, "f") if value.is_finite() else str(value)


def _float(value: float) -> str:
    return repr(value) if math.isfinite(value) else {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")


def _moment(value: dt.datetime | dt.time) -> str:
    """Return a moment as ISO 8601; a fraction has no more digits than it needs."""
    whole, dot, rest = value.isoformat().partition(".")
    return whole + (("." + rest[:6].rstrip("0") + rest[6:]) if dot else "")


def _span(value: dt.timedelta) -> str:
    """Return a length of time as ISO 8601: ``P1DT2H3M4.5S``; a negative one has its sign before it."""
    micros = value // dt.timedelta(microseconds=1)
    sign, micros = ("-", -micros) if micros < 0 else ("", micros)
    seconds, micros = divmod(micros, 1_000_000)
    days, seconds = divmod(seconds, 86_400)
    hours, minutes, seconds = seconds // 3600, seconds // 60 % 60, seconds % 60
    fraction = f".{micros:06d}".rstrip("0") if micros else ""
    time = "".join((f"{hours}H" * bool(hours), f"{minutes}M" * bool(minutes),
                    f"{seconds}{fraction}S" * bool(seconds or micros)))  # fmt: skip
    date = f"{days}D" if days else ""
    return f"{sign}P{date}{'T' + time if time else ''}" if date or time else "PT0S"


def _json(value: Any) -> str:
    return json.dumps(value, default=text, ensure_ascii=False)


_WRITERS: dict[type, Callable[[Any], str]] = {
    bool: lambda value: "true" if value else "false",
    int: str,
    float: _float,
    Decimal: _decimal,
    bytes: bytes.hex,
    bytearray: bytearray.hex,
    memoryview: memoryview.hex,
    dt.datetime: _moment,
    dt.date: dt.date.isoformat,
    dt.time: _moment,
    dt.timedelta: _span,
    dict: _json,
    list: _json,
    tuple: _json,
}
"""How each type is written; subclasses as the first that fits (``bool`` before ``int``, moments before days)."""


def batches(fetch: Callable[[], Sequence[Sequence[Any]]]) -> Iterator[Sequence[Sequence[Any]]]:
    """Yield what ``fetch`` gives until it gives nothing."""
    while rows := fetch():
        yield rows
