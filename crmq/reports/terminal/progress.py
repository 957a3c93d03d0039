"""Progress bars on stderr, only when it is a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from crmq.progress import Progress, Silent


class _Bars:
    """One Rich bar for the step under way."""

    def __init__(self, bars: object) -> None:
        from rich.progress import Progress as RichProgress

        assert isinstance(bars, RichProgress)
        self._bars = bars
        self._task = bars.add_task("", total=None)

    def step(self, title: str, total: int | None = None) -> None:
        """Show the title of the next step."""
        self._bars.reset(self._task, description=title, total=total)

    def advance(self, units: int = 1) -> None:
        """Move the bar."""
        self._bars.advance(self._task, units)


@contextmanager
def shown(*, enabled: bool) -> Iterator[Progress]:
    """Yield a progress that is shown on stderr, or a silent one."""
    if not enabled:
        yield Silent()
        return
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as RichProgress

    from crmq.reports.terminal import console

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=24), TimeElapsedColumn())
    with RichProgress(*columns, console=console(stderr=True), transient=True) as bars:
        yield _Bars(bars)
