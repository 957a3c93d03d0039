"""Text whose fields and rows end with several characters, as bulk exports of databases write it (``+|`` and ``&|``).

It is rewritten as ordinary delimited text, line for line, so that one grammar reads everything.
"""

from __future__ import annotations

import re

from crmq.connectors.delimited.grammar import NO_DELIMITER
from crmq.locales import _
from crmq.model.raw import Fact

_FIELD_ENDS = (b"+|", b"~|~", b"|~|", b"^|^", b"||", b"@@", b"##")
_ROW_ENDS = (b"&|", b"~~", b"@#@#", b"")


def find(sample: bytes) -> tuple[bytes, bytes] | None:
    """Return the field and row terminators when every row of the sample has the same number of such fields."""
    for field_end in _FIELD_ENDS:
        if field_end not in sample or _stands_alone(sample, field_end):
            continue
        for row_end in _ROW_ENDS:
            rows = re.split(re.escape(row_end) + rb"\r?\n", sample)
            counts = {row.count(field_end) for row in rows[:-1] or rows if row.strip()}
            if len(counts) == 1 and counts != {0} and (not row_end or sample.count(row_end) > 0):
                return field_end, row_end
    return None


def _stands_alone(sample: bytes, field_end: bytes) -> bool:
    """Tell whether the bar (or the doubled sign) also occurs outside of the terminator, other than in a row's end."""
    rest = sample.replace(field_end, b"").replace(b"&|", b"")
    return (b"|" if b"|" in field_end else field_end[:1]) in rest


def rewrite(data: bytes, field_end: bytes, row_end: bytes) -> bytes:
    """Return the text with fields divided by the unit separator and quoted where they need it."""
    if not row_end and b'"' not in data:
        return data.replace(field_end, NO_DELIMITER.encode())
    rows = re.split(re.escape(row_end) + rb"\r?\n", data)
    if rows and not rows[-1].strip():
        rows.pop()
    divide = NO_DELIMITER.encode()
    return b"".join(divide.join(_quoted(cell) for cell in row.split(field_end)) + b"\n" for row in rows)


def _quoted(cell: bytes) -> bytes:
    if b'"' in cell or b"\n" in cell or b"\r" in cell:
        return b'"' + cell.replace(b'"', b'""') + b'"'
    return cell


def fact(field_end: bytes, row_end: bytes) -> Fact:
    """Return the terminators as a fact about the file."""
    if row_end:
        why = _("every row has the same number of them and ends with {end}").format(end=row_end.decode())
    else:
        why = _("every row has the same number of them")
    return Fact("delimiter", field_end.decode(), why)
