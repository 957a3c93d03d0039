"""Reports for the terminal (Rich): the console, and the pieces that all reports share.

stdout carries the report, stderr everything else. Width, ``NO_COLOR`` and pipes are respected by Rich; colour never
carries meaning alone.
"""

from __future__ import annotations

import os
import shutil
import sys
from typing import Literal

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.theme import Theme

from crmq.errors import ExitCode

THEME = Theme(
    {
        "title": "bold",
        "head": "bold cyan",
        "quiet": "bright_black",
        "good": "green",
        "warn": "yellow",
        "bad": "bold red",
        "number": "default",
        "bar": "cyan",
        "bar.rest": "bright_black",
    }
)
MAX_WIDTH = 140
ROOMY = 100
"""Columns of the terminal from which long headers stand in one line."""
LONG_HEADER = 12
"""Characters from which a header is broken in a narrower one."""
_EIGHTHS = " ▏▎▍▌▋▊▉█"


def console(*, stderr: bool = False) -> Console:
    """Return a console on stdout (or stderr) in the house style, at most :data:`MAX_WIDTH` columns wide."""
    stream = sys.stderr if stderr else sys.stdout
    width = min(shutil.get_terminal_size((100, 24)).columns, MAX_WIDTH)
    return Console(
        file=stream, theme=THEME, width=width, highlight=False, soft_wrap=False, no_color="NO_COLOR" in os.environ
    )


def heading(out: Console, text: str, note: str = "") -> None:
    """Print a heading, with a quiet note behind it."""
    out.print()
    out.print(Text.assemble((text, "title"), ("  " + note if note else "", "quiet")))


def table(*columns: str, right: tuple[str, ...] = (), ratio: tuple[str, ...] = ()) -> Table:
    """Return an empty table in the house style.

    Args:
        columns: Headers.
        right: Headers of the columns that are aligned to the right (numbers).
        ratio: Headers of the columns that share the free width and may fold.
    """
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="head", show_edge=False)
    narrow = console().width < ROOMY
    for name in columns:
        wide = name in ratio
        header = _in_two_lines(name) if narrow and not wide else name
        justify: Literal["left", "right"] = "right" if name in right else "left"
        made.add_column(header, justify=justify, overflow="fold", ratio=1 if wide else None, no_wrap=not wide)
    return made


def _in_two_lines(header: str) -> str:
    """Return a long header broken at the blank nearest to its middle: cut off it would say nothing."""
    blanks = [at for at, sign in enumerate(header) if sign == " "]
    if len(header) < LONG_HEADER or not blanks:
        return header
    at = min(blanks, key=lambda place: (abs(place - len(header) / 2), place))
    return f"{header[:at]}\n{header[at + 1 :]}"


def indented(body: object) -> Padding:
    """Return a renderable with the indent that tables below a heading have."""
    return Padding(body, (0, 0, 0, 2))  # type: ignore[arg-type]


def bar(share: float, width: int = 12) -> Text:
    """Return a horizontal bar for a share between 0 and 1, in eighths of a character."""
    share = min(max(share, 0.0), 1.0)
    units = round(share * width * 8)
    if share > 0 and units == 0:
        units = 1
    full, rest = divmod(units, 8)
    text = "█" * full + (_EIGHTHS[rest] if rest else "")
    return Text.assemble((text, "bar"), ("·" * (width - len(text)), "bar.rest"))


def percent(share: float | None, digits: int = 1) -> str:
    """Return a share as a percentage; never rounds something to nothing or to all."""
    if share is None:
        return "-"
    least = 10.0**-digits
    value = share * 100
    if 0 < value < least:
        return f"<{least:.{digits}f} %"
    if 100 - least < value < 100:
        return f">{100 - least:.{digits}f} %"
    return f"{value:.{digits}f} %"


def count(number: int) -> str:
    """Return a whole number with thin groups of three: ``1,234,567``."""
    return f"{number:,}"


def verdict(out: Console, code: ExitCode, sentence: str, next_command: str | None = None) -> None:
    """Print the last line of a report: the verdict, and the command that comes next."""
    style, mark = {ExitCode.OK: ("good", "✓"), ExitCode.FINDINGS: ("bad", "✗")}.get(code, ("warn", "!"))
    out.print()
    line = Text.assemble((f"{mark} ", style), (sentence, style))
    if next_command:
        line.append("  →  ", "quiet")
        line.append(next_command, "head")
    out.print(line, soft_wrap=True)
