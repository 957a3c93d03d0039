"""The rows of a MySQL or MariaDB server as CSV, compiled: a Python object per cell would take most of the time.

A result is a run of packets: three bytes with the length of the payload, one with a number, the payload. The payload of
a row is, cell by cell, its length (one byte, or a code and two, three or eight) and its bytes; 251 stands for NULL. A
short packet that begins with 254 ends the result, one that begins with 255 is an error. (Source: the client/server
protocol as documented by both vendors, text result sets.)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crmq.compiled import kernel

MORE, END, ERROR, LONG = range(4)
"""Why the scan stopped: the packet is not all there, the result is over, an error, a row of several packets."""

LARGEST = 0xFFFFFF
"""Payload of a packet that is continued by the next one."""
_HEADER = 4
_NULL, _TWO, _THREE, _EIGHT = 251, 252, 253, 254
_QUOTE, _COMMA, _NEWLINE, _MARK = (ord(c) for c in '",\nx')


@kernel
def room(size: int) -> int:
    """Return how long the CSV of so many bytes of packets can be: every byte a quote, every cell empty."""
    return 4 * size + 16


@kernel
def row(data: NDArray[np.uint8], at: int, stop: int, out: NDArray[np.uint8], to: int) -> int:
    """Write one row, given as the payload from ``at`` to ``stop``, as CSV; return where it ends in ``out``."""
    out[to] = _MARK
    to += 1
    while at < stop:
        out[to] = _COMMA
        to += 1
        length = int(data[at])
        at += 1
        if length == _NULL:
            continue
        if length > _NULL:
            width = 2 if length == _TWO else 3 if length == _THREE else 8
            length = 0
            for i in range(width):
                length |= int(data[at + i]) << (8 * i)
            at += width
        out[to] = _QUOTE
        to += 1
        for i in range(at, at + length):
            byte = data[i]
            out[to] = byte
            to += 1
            if byte == _QUOTE:
                out[to] = _QUOTE
                to += 1
        out[to] = _QUOTE
        to += 1
        at += length
    out[to] = _NEWLINE
    return to + 1


@kernel
def scan(data: NDArray[np.uint8], size: int, out: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """Write the rows of all whole packets in ``data[:size]`` as CSV.

    Args:
        data: What the server sent.
        size: How much of it is there.
        out: At least :func:`room` of ``size`` bytes.

    Returns:
        Why it stopped, where in ``data``, how many bytes it wrote, and how many rows.
    """
    at, to, rows = 0, 0, 0
    while at + _HEADER <= size:
        length = int(data[at]) | int(data[at + 1]) << 8 | int(data[at + 2]) << 16
        begin = at + _HEADER
        if length == LARGEST:
            return LONG, at, to, rows
        if begin + length > size:
            break
        if length and data[begin] == 255:
            return ERROR, at, to, rows
        if length and length < 9 and data[begin] == 254:
            return END, begin + length, to, rows
        to = row(data, begin, begin + length, out, to)
        rows += 1
        at = begin + length
    return MORE, at, to, rows
