"""The scan over regular records, compiled: for large files, where a pattern per record would dominate the reading.

Positions are unsigned: with signed ones the compiler checks every index for being negative, a third of the time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from crmq.compiled import leaf, part

NO_QUOTE = 256
_OTHER, _DELIMITER, _QUOTE, _LINE_END, _RETURN, _SPECIAL = range(6)
_ONE, _TWO, _THREE, _FOUR = (np.uint64(n) for n in (1, 2, 3, 4))


@leaf
def scan(
    data: NDArray[np.uint8],
    start: int,
    stop: int,
    classes: NDArray[np.uint8],
    quoted: NDArray[np.uint8],
    quote: int,
    width: int,
    lines: NDArray[np.uint32],
    first_line: int,
) -> tuple[int, int, int, bool]:
    """Pass over regular records and stop before the first other one, or at ``stop``.

    Args:
        data: The text as bytes.
        start: Where the first record begins.
        stop: Where to stop.
        classes: What each byte value means outside of quotes, and
        quoted: inside of them, as :func:`classes_of` gives both.
        quote: The quote byte, or :data:`NO_QUOTE`.
        width: Cells of a regular record.
        lines: Filled with the line each record begins on, as far as it is long.
        first_line: Line number of the first record.

    Returns:
        Where the scan stopped, how many records and how many line ends it passed, and whether a quoted cell was empty.
    """
    at, end = np.uint64(start), np.uint64(stop)
    records = 0
    passed = 0
    empty_quoted = False
    room = lines.shape[0]
    while at < end:
        begin = at
        cells = 1
        inner = 0
        sound = not _blank(data, at, end, classes)
        done = False
        while sound and not done:
            at = _skip(data, at, end, classes)
            if at >= end:
                break
            kind = classes[data[at]]
            if kind == _DELIMITER:
                cells += 1
                at += _ONE
            elif kind == _LINE_END:
                at += _ONE
                done = True
            elif kind == _RETURN and at + _ONE < end and data[at + _ONE] == 10:
                at += _TWO
                done = True
            elif kind == _QUOTE and (at == begin or classes[data[at - _ONE]] == _DELIMITER):
                opened = at
                at, breaks = _close(data, at + _ONE, end, classes, quoted, quote)
                inner += breaks
                empty_quoted |= at == opened + _TWO
                sound = breaks >= 0
            else:
                sound = False
        if not sound or cells != width:
            return int(begin), records, passed, empty_quoted
        if records < room:
            lines[records] = first_line + passed
        records += 1
        passed += 1 + inner
    return int(end), records, passed, empty_quoted


@part
def _skip(data: NDArray[np.uint8], at: np.uint64, end: np.uint64, table: NDArray[np.uint8]) -> np.uint64:
    """Return the next place whose byte means something, four bytes at a time."""
    while at + _FOUR < end and (
        table[data[at]] | table[data[at + _ONE]] | table[data[at + _TWO]] | table[data[at + _THREE]]
    ) == 0:  # fmt: skip
        at += _FOUR
    while at < end and table[data[at]] == 0:
        at += _ONE
    return at


@part
def _blank(data: NDArray[np.uint8], at: np.uint64, end: np.uint64, classes: NDArray[np.uint8]) -> bool:
    """Tell whether only blanks and tabs stand between ``at`` and the line end."""
    while at < end and (data[at] == 32 or data[at] == 9):
        at += _ONE
    return bool(at >= end or classes[data[at]] == _LINE_END or classes[data[at]] == _RETURN)


@part
def _close(
    data: NDArray[np.uint8],
    at: np.uint64,
    end: np.uint64,
    classes: NDArray[np.uint8],
    quoted: NDArray[np.uint8],
    quote: int,
) -> tuple[np.uint64, int]:
    """Return where a quoted cell that was opened before ``at`` ends, and its line ends; -1 when it never ends well."""
    breaks = 0
    while at < end:
        at = _skip(data, at, end, quoted)
        if at >= end:
            break
        byte = data[at]
        if byte == quote:
            if at + _ONE < end and data[at + _ONE] == quote:
                at += _TWO
                continue
            at += _ONE
            kind = _LINE_END if at >= end else classes[data[at]]
            return at, breaks if kind in (_DELIMITER, _LINE_END, _RETURN) else -1
        if quoted[byte] == _SPECIAL:
            return at, -1
        breaks += 1
        at += _ONE
    return at, -1


def classes_of(
    delimiter: str, quote: str, escape: str, line_end: str, *, skip_space: bool
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return what each byte means outside and inside of quotes (where blanks are skipped, quotes are irregular)."""
    outside = np.zeros(256, np.uint8)
    outside[0] = outside[10] = outside[13] = _SPECIAL  # NUL characters have to be taken out first
    if line_end == "\n":
        outside[13] = _RETURN
    inside = np.zeros(256, np.uint8)
    inside[0] = _SPECIAL
    if escape:
        outside[ord(escape)] = inside[ord(escape)] = _SPECIAL
    if quote:
        outside[ord(quote)] = _SPECIAL if skip_space else _QUOTE
        inside[ord(quote)] = _QUOTE
    outside[ord(delimiter)] = _DELIMITER
    outside[ord(line_end)] = inside[ord(line_end)] = _LINE_END
    return outside, inside
