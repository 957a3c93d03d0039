"""Text whose cells stand below each other without a delimiter: fixed width, and tables as database shells print them.

Where a column begins and ends is told by a rule under the labels (``----- ------``, ``----+------``), else by the
positions that are blank in every line. The text is rewritten as ordinary delimited text, line for line, so that one
grammar reads everything; a line in which no place can be found to cut stays whole and is dealt with there.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from crmq.connectors.delimited.grammar import NO_DELIMITER
from crmq.connectors.shapes import TYPED, shape
from crmq.locales import _
from crmq.model.raw import Fact

_RULE = re.compile(r"\s*[+|]?[-=]{2,}(?:(?:[+|]| {1,3})[-=]{2,})+[+|]?\s*")
_DASHES = re.compile(r"[-=]+")
_GAP = re.compile(r"\S {2,}(?=\S)")
_LEAST_LINES = 8
_LEAST_COLUMNS = 3
_MOST_LINES = 400
_IN_LINE = 0.98
"""Share of the lines that must be blank between two columns."""
_FORGIVING = 20
"""Lines from which a single one may be filled there."""
_DELIMITERS = ",;|\t^~"


@dataclass(frozen=True)
class Aligned:
    """Columns by their place in a line, counted in characters.

    Attributes:
        spans: First character of each column and the one after its last.
        left: Whether the cells of a column all begin in its first character and end in different ones.
        ruled: Whether a rule under the labels says so.
    """

    spans: tuple[tuple[int, int], ...]
    left: tuple[bool, ...]
    ruled: bool

    def facts(self) -> list[Fact]:
        """Return what was found as facts about the file."""
        if self.ruled:
            why = _("a rule of dashes under the labels shows where each column stands")
        else:
            why = _("between the columns every line of the sample is blank")
        places = ", ".join(f"{first + 1}-{stop}" for first, stop in self.spans)
        return [Fact("delimiter", _("none (fixed width)"), why), Fact("columns", places, _("characters of a line"))]


def find(sample: bytes) -> Aligned | None:
    """Return the columns of a text without delimiters, None when it is none.

    Args:
        sample: The beginning of the text, UTF-8, whole lines.
    """
    if b"  " not in sample and b"--" not in sample:
        return None
    lines = [line.rstrip() for line in sample.decode("utf-8", "replace").split("\n")[:_MOST_LINES]]
    lines = [line for line in lines if line]
    return _by_rule(lines) or _by_gutters(lines)


def _by_rule(lines: list[str]) -> Aligned | None:
    at = next((i for i, line in enumerate(lines[:20]) if _RULE.fullmatch(line)), None)
    if at is None:
        return None
    spans = [match.span() for match in _DASHES.finditer(lines[at])]
    labels = lines[at - 1] if at and not lines[at].lstrip().startswith("+") else "".join(lines[at + 1 : at + 2])
    if not all(labels[first:stop].strip(" |") for first, stop in spans):
        return None
    if at and len(lines) > at + 1:
        spans[-1] = (spans[-1][0], max(spans[-1][1], *(len(line) for line in lines)))
    below = [line for line in lines[at + 1 :] if not _RULE.fullmatch(line) and len(line) > spans[1][0]]
    between = [
        all(line[j] in " |" for (_a, stop), (start, _b) in pairwise(spans) for j in range(stop, start) if j < len(line))
        for line in below
    ]
    if sum(between) < max(1, 0.8 * len(between), 0.6 * (len(lines) - at - 1)):
        return None
    bars = any(line[spans[0][1] : spans[0][1] + 1] == "|" for line in below)
    if bars:
        spans[-1] = (spans[-1][0], next(m.end() for m in reversed(list(_DASHES.finditer(lines[at])))))
    return Aligned(tuple(spans), (True,) * len(spans), True)


def _by_gutters(lines: list[str]) -> Aligned | None:
    full = [line for line in lines if len(_GAP.findall(line)) >= _LEAST_COLUMNS - 1]
    if len(full) < _LEAST_LINES or len(full) < 0.8 * len(lines):
        return None
    width = max(map(len, full))
    blank = Counter(j for line in full for j in range(width) if j >= len(line) or line[j] == " ")
    least = min(_IN_LINE * len(full), len(full) - (len(full) >= _FORGIVING))
    gutter = [blank[j] >= least for j in range(width)] + [True]
    edges = [j for j in range(width + 1) if gutter[j] != (gutter[j - 1] if j else True)]
    spans = _without_blanks_inside(list(zip(edges[::2], edges[1::2], strict=True)), full)
    if len(spans) < _LEAST_COLUMNS:
        return None
    if any(_divides(full, delimiter) for delimiter in _DELIMITERS):
        return None
    left = tuple(_filled_at(full, first) and not _filled_at(full, stop - 1) for first, stop in spans)
    return Aligned(tuple(spans), left, False)


def _filled_at(lines: list[str], place: int) -> bool:
    return sum(line[place : place + 1].strip() != "" for line in lines) >= _IN_LINE * len(lines)


def _without_blanks_inside(spans: list[tuple[int, int]], lines: list[str]) -> list[tuple[int, int]]:
    """Return columns joined where a single blank divides what makes one value together (``+34 600...``, date and time).

    A label that begins behind the blank speaks against it.
    """
    joined: list[tuple[int, int]] = []
    for first, stop in spans:
        labelled = lines[0][first - 1 : first] == " " and lines[0][first : first + 1].isalpha()
        if joined and first - joined[-1][1] == 1 and not labelled:
            whole = [shape(line[joined[-1][0] : stop]) for line in lines if line[first:stop].strip()]
            if sum(kind in TYPED for kind in whole) >= 0.9 * len(whole):
                first = joined.pop()[0]
        joined.append((first, stop))
    return joined


def _divides(lines: list[str], delimiter: str) -> bool:
    """Tell whether nearly all lines have an equal number of delimiters: padded cells; decimal commas do not count."""
    counts = Counter(
        len(re.findall(rf"(?<!\d){re.escape(delimiter)}|{re.escape(delimiter)}(?!\d)", line)) for line in lines
    )
    number, times = counts.most_common(1)[0]
    return number >= (2 if delimiter == "," else 1) and times >= 0.9 * len(lines)


def rewrite(data: bytes, aligned: Aligned) -> bytes:
    """Return the text with a unit separator between cells and the blanks around cells left out."""
    divide = NO_DELIMITER
    lines = data.decode("utf-8").split("\n")
    return "\n".join(divide.join(_quoted(cell) for cell in _cells(line, aligned)) for line in lines).encode()


def _cells(line: str, aligned: Aligned) -> list[str]:
    """Return the cells of a line; the line as one where it is a note, or where two cells have grown together."""
    line = line.rstrip()
    if not line or _RULE.fullmatch(line):
        return [""]
    spans = aligned.spans
    if len(line) <= spans[0][1]:
        return [line.strip()] + [""] * (len(spans) - 1)
    if not aligned.ruled and not _GAP.search(line.lstrip()) and len(line) < 0.7 * spans[-1][1]:
        return [line.strip()]
    cuts = list(_cuts(line, aligned))
    if any(cut is None for cut in cuts):
        return [line.strip()]
    edges = [0 if not aligned.ruled else spans[0][0], *(cut for cut in cuts if cut is not None), len(line)]
    cells = [line[a:b].strip() for a, b in pairwise(edges)]
    return [cell.strip("|").strip() for cell in cells] if aligned.ruled else cells


def _cuts(line: str, aligned: Aligned) -> Iterator[int | None]:
    """Yield where each column but the first begins in this line; None where that cannot be told."""
    for k, ((_first, stop), (start, _stop)) in enumerate(pairwise(aligned.spans), 1):
        between = line[stop:start]
        if aligned.ruled:
            yield start if not between.strip(" |") else None
        elif not between.strip():
            yield start
        elif " " in between:
            # a longer cell reaches into the gap, from the left or from the right
            yield stop + (between.index(" ") if between[0] != " " else between.rindex(" ") + 1)
        else:
            yield start if aligned.left[k] else None


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if '"' in cell else cell
