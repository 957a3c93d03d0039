"""What the documents for readers (HTML, workbook, Markdown) are made of, whatever they report on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_BLOCKS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True)
class Chart:
    """A small chart: one bar per number, the largest at full height.

    Attributes:
        bars: What the bars count.
        label: What the chart shows, in words, for who cannot see it.
    """

    bars: tuple[int, ...]
    label: str

    @property
    def heights(self) -> tuple[float, ...]:
        """Height of each bar as a share of the largest."""
        most = max(self.bars, default=0)
        return tuple(n / most if most else 0.0 for n in self.bars)

    def __str__(self) -> str:
        """Return the chart as one line of blocks; what is not empty has at least the lowest one."""
        levels = len(_BLOCKS) - 1
        return "".join(_BLOCKS[max(1 if h else 0, round(h * levels))] if h else " " for h in self.heights)


Cell = str | int | float | Chart


@dataclass(frozen=True)
class Table:
    """A small table.

    Attributes:
        title: Its heading.
        headers: Of the columns.
        rows: Cells: text, whole numbers, scores, or charts.
        numeric: Columns with numbers (aligned to the right).
        score: The column that is a score from 0 to 100, shown with a bar.
        note: A sentence below the heading.
    """

    title: str
    headers: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]
    numeric: tuple[int, ...] = ()
    score: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Part:
    """A part of a document with its own heading: what is said of one input table, for instance.

    Attributes:
        title: Its heading.
        facts: Sentences below it.
        tables: In order; empty ones are left out.
    """

    title: str
    facts: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True)
class Document:
    """A report for readers.

    Attributes:
        title: Of the whole.
        lead: A quiet line below it: as of when, of what.
        verdict: The sentence that sums it up.
        tiles: Numbers to see first, each with what it counts.
        tables: Of the whole.
        parts: The rest.
        note: Below everything: whether personal data are masked.
    """

    title: str
    lead: str
    verdict: str
    tiles: tuple[tuple[str, str], ...] = ()
    tables: tuple[Table, ...] = ()
    parts: tuple[Part, ...] = ()
    note: str = ""
