"""Progress of long work, told by the stages and shown (or not) by the caller.

The stages know neither Rich nor the terminal: they get an object of this shape.
"""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """What a stage tells about its work."""

    def step(self, title: str, total: int | None = None) -> None:
        """A new step begins; ``total`` is the number of units it has, where known."""

    def advance(self, units: int = 1) -> None:
        """``units`` of the present step are done."""


class Silent:
    """Progress that nobody looks at."""

    def step(self, title: str, total: int | None = None) -> None:
        """Do nothing."""

    def advance(self, units: int = 1) -> None:
        """Do nothing."""
