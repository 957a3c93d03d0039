"""What a scan over regular records tells, and the shape of what scans."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Run:
    """A run of regular records.

    Attributes:
        start, end: Its bytes.
        records: Number of records.
        breaks: Number of line ends, those inside quoted cells included.
        first_line: Line of the first record.
        empty_quoted: Whether a cell may be an empty pair of quotes.
    """

    start: int
    end: int
    records: int
    breaks: int
    first_line: int
    empty_quoted: bool


class Scanner(Protocol):
    """Passes over regular records."""

    def run(self, at: int, line: int) -> Run:
        """Return the run of regular records that begins at ``at``; it is empty when the first record is irregular."""

    def broken_lines(self, run: Run) -> NDArray[np.uint32]:
        """Return the line of each record of a run that has line ends inside cells."""
