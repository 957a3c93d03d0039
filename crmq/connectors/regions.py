"""Where the tables of one sheet stand, when it holds several: one below the other, or side by side.

A table is never torn apart without evidence. Below an empty row another table begins only where labels stand over
values of other kinds; beside an empty column only where the two sides do not begin and end in the same rows, or have
the same labels. Everything else stays one table, whatever is empty inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from crmq.connectors import layout

_HEAD_ROWS = 160
_LEAST_ROWS = 2
"""Data rows that a table must have to be told from notes."""


@dataclass(frozen=True)
class Region:
    """A part of a sheet, rows and columns from 0, the last ones exclusive."""

    top: int
    left: int
    bottom: int
    right: int

    def cells(self, grid: Sequence[Sequence[str]]) -> list[list[str]]:
        """Return the cells of the region."""
        return [list(row[self.left : self.right]) for row in grid[self.top : self.bottom]]


def find(grid: Sequence[Sequence[str]]) -> list[Region]:
    """Return the regions of a sheet that hold a table each, from top to bottom, then from left to right.

    Args:
        grid: All rows of the sheet; they may differ in length.
    """
    width = max(map(len, grid), default=0)
    whole = Region(0, 0, len(grid), width)
    return [
        part
        for stripe in _below_each_other(grid, whole)
        for side in _side_by_side(grid, stripe)
        for part in (_below_each_other(grid, side) if side != stripe else [side])
    ]


# ---------------------------------------------------------------------- one below the other


def _below_each_other(grid: Sequence[Sequence[str]], region: Region) -> list[Region]:
    """Return the region cut above each table that follows another."""
    blocks = _blocks([any(map(str.strip, row)) for row in region.cells(grid)], region.top)
    if len(blocks) < 2:
        return [region]
    cuts: list[int] = []
    begin = region.top
    for before, (top, bottom) in pairwise(blocks):
        rows = Region(top, region.left, bottom, region.right).cells(grid)
        if not _is_table(rows):
            continue
        cut = top
        if before[1] - before[0] == 1 and before[0] > begin and _filled(grid[before[0]], region) <= 1:
            cut = before[0]  # a title that stands alone belongs to what follows
        above = Region(begin, region.left, cut, region.right).cells(grid)
        if _is_table(above):
            cuts.append(cut)
            begin = cut
    edges = [region.top, *cuts, region.bottom]
    return [Region(a, region.left, b, region.right) for a, b in pairwise(edges)]


def _blocks(filled: Sequence[bool], offset: int) -> list[tuple[int, int]]:
    """Return the stretches that are filled, the end exclusive."""
    blocks, start = [], None
    for i, full in enumerate([*filled, False]):
        if full and start is None:
            start = i
        elif not full and start is not None:
            blocks.append((start + offset, i + offset))
            start = None
    return blocks


def _filled(row: Sequence[str], region: Region) -> int:
    return sum(1 for cell in row[region.left : region.right] if cell.strip())


def _is_table(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether rows are a table of their own: labels, and below them values that are none."""
    found = layout.find(rows[:_HEAD_ROWS])
    labels = [label for label in found.headers if label.strip()]
    data = [row for row in rows[found.body :] if any(map(str.strip, row))]
    if not found.header_rows or len(labels) < 2 or len(data) < _LEAST_ROWS:
        return False
    if any(label.strip().endswith(":") for label in labels) or len(set(labels)) < len(labels):
        return False
    if len(labels) == 2 and len(data) == _LEAST_ROWS:
        return False  # names and values of a head of letter
    if found.why == "typed":
        return True
    usual = sum(map(layout.is_usual_label, labels))
    return found.why == "labels" and usual >= (2 if len(labels) == 2 else len(labels) / 2)


# ---------------------------------------------------------------------- side by side


def _side_by_side(grid: Sequence[Sequence[str]], region: Region) -> list[Region]:
    """Return the region cut at empty columns between two tables."""
    rows = region.cells(grid)
    width = region.right - region.left
    columns = [any(j < len(row) and row[j].strip() for row in rows) for j in range(width)]
    islands = _blocks(columns, region.left)
    parts: list[Region] = []
    for left, right in islands:
        part = Region(region.top, left, region.bottom, right)
        if parts and not _are_two(grid, parts[-1], part):
            last = parts.pop()
            part = Region(region.top, last.left, region.bottom, right)
        parts.append(part)
    if len(parts) < 2:
        return [region]
    return parts


def _are_two(grid: Sequence[Sequence[str]], one: Region, other: Region) -> bool:
    """Tell whether what stands left and right of an empty column are two tables rather than one with a gap."""
    if min(one.right - one.left, other.right - other.left) < 2:
        return False
    heads = []
    for part in (one, other):
        rows = part.cells(grid)
        if not _is_table(rows):
            return False
        found = layout.find(rows[:_HEAD_ROWS])
        full = [i for i, row in enumerate(rows) if any(map(str.strip, row))]
        body = [i for i in full if i >= found.body]
        if len(body) <= body[-1] - body[0]:
            return False  # rows without a value on this side only: columns that are seldom filled
        heads.append((found.body, body[-1], tuple(label.strip().lower() for label in found.headers)))
    (first, last, labels), (first_beside, last_beside, labels_beside) = heads
    return (first, last) != (first_beside, last_beside) or labels == labels_beside
