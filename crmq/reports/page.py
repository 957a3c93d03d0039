"""Pages in HTML: no script, no outside address, readable by keyboard and screen reader.

Landmarks, one heading order, captions and scopes on every table, numbers beside every bar, AA contrast in light and
dark, and a print style. Everything is escaped, and a content policy forbids the page to load or run anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import IO

import crmq
from crmq import locales
from crmq.locales import _
from crmq.reports.document import Cell, Chart, Document, Table

STYLE = """
:root{--ink:#1b1f24;--quiet:#57606a;--paper:#fff;--panel:#f6f8fa;--line:#d0d7de;--good:#116329;--bad:#a40e26;
--warn:#7a4b00;--info:#0a4c95;--bar:#2f6fb3;--rest:#dfe5eb}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--quiet:#a3adb8;--paper:#0f141a;--panel:#171d25;--line:#333c47;
--good:#5fd38a;--bad:#ff8f96;--warn:#f0b45b;--info:#7db8ff;--bar:#6aa8ee;--rest:#2a323c}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main,header,footer{max-width:72rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:2rem}h1{font-size:1.7rem;margin:0 0 .25rem}h2{font-size:1.25rem;margin:2.25rem 0 .5rem}
h3{font-size:1rem;margin:1.4rem 0 .3rem}summary h3{margin:0;display:inline}
.part{border-top:2px solid var(--line);margin-top:2.5rem}.part h2{margin-top:1.2rem}
p{margin:.4rem 0}.quiet{color:var(--quiet);font-size:.9rem}
a{color:var(--info)}a:focus-visible,summary:focus-visible,.scroll:focus-visible{
outline:3px solid var(--info);outline-offset:2px}
.skip{position:absolute;left:-999px}.skip:focus{left:1rem;top:1rem;background:var(--paper);padding:.5rem;z-index:1}
.verdict{border:1px solid var(--line);border-left:.5rem solid;border-radius:.4rem;background:var(--panel);
padding:.9rem 1.1rem;margin:1rem 0;font-size:1.15rem;font-weight:600}
.verdict.good{border-left-color:var(--good)}.verdict.bad{border-left-color:var(--bad)}
.tiles{display:flex;flex-wrap:wrap;gap:.75rem;margin:1rem 0;padding:0;list-style:none}
.tiles li{background:var(--panel);border:1px solid var(--line);border-radius:.4rem;padding:.6rem 1rem;min-width:8.5rem}
.tiles strong{display:block;font-size:1.5rem;font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.93rem}
caption{text-align:left;color:var(--quiet);font-size:.9rem;padding-bottom:.35rem}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
th,td{text-align:left;vertical-align:top;padding:.4rem .7rem .4rem 0;border-bottom:1px solid var(--line)}
thead th{color:var(--quiet);font-weight:600;white-space:nowrap}tbody th{font-weight:600;white-space:nowrap}
tbody th.w{min-width:7rem}tbody th code{white-space:normal}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}.w{overflow-wrap:break-word}
.bar{display:inline-block;width:7rem;height:.6rem;border-radius:.3rem;background:var(--rest);margin-left:.6rem;overflow:hidden}
.bar i{display:block;height:100%;background:var(--bar)}
details{border:1px solid var(--line);border-radius:.4rem;margin:.5rem 0;padding:.5rem .9rem;background:var(--panel)}
summary{cursor:pointer}details>div{margin-top:.5rem}
.tag{border:1px solid;border-radius:1rem;padding:0 .55rem;font-size:.82rem;white-space:nowrap}
.error{color:var(--bad)}.warning{color:var(--warn)}.info{color:var(--info)}
.chart{width:7.5rem;height:1.6rem;display:block}.chart rect{fill:var(--bar)}
nav ul{columns:2 16rem;padding-left:1.2rem;margin:.5rem 0}
code{font:.9em ui-monospace,SFMono-Regular,Consolas,monospace;overflow-wrap:anywhere}
footer{padding-bottom:3rem;margin-top:2rem}
@media print{details{break-inside:avoid;background:none}.skip{display:none}body{font-size:11pt}}
"""


def begin(out: IO[str], title: str, lead: str) -> None:
    """Write everything up to the content of the page."""
    out.write(f'<!doctype html>\n<html lang="{locales.language()}">\n<head>\n<meta charset="utf-8">\n')
    out.write('<meta name="viewport" content="width=device-width, initial-scale=1">\n')
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    out.write(f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n')
    out.write(f"<title>{escaped(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n")
    skip = _("Skip to the content")
    out.write(f'<a class="skip" href="#main">{escaped(skip)}</a>\n')
    out.write(f"<header>\n<h1>{escaped(title)}</h1>\n")
    out.write(f'<p class="quiet">{escaped(lead)}</p>\n</header>\n<main id="main">\n')


def end(out: IO[str], note: str) -> None:
    """Write everything below the content of the page."""
    out.write(f'</main>\n<footer class="quiet"><p>{escaped(note)} crmq {escaped(crmq.__version__)}</p></footer>\n')
    out.write("</body>\n</html>\n")


def tiles(out: IO[str], numbers: Sequence[tuple[str, str]]) -> None:
    """Write numbers to see first, each with what it counts."""
    out.write('<ul class="tiles">\n')
    for number, what in numbers:
        out.write(f"<li><strong>{escaped(number)}</strong>{escaped(what)}</li>\n")
    out.write("</ul>\n")


def table(out: IO[str], one: Table, level: int = 2) -> None:
    """Write a table with its heading of that level; an empty one is left out."""
    if not one.rows:
        return
    out.write(f'<section>\n<h{level}>{escaped(one.title)}</h{level}>\n<div class="scroll" tabindex="0" role="region" ')
    hidden = "" if one.note else ' class="unseen"'  # the heading says it already, but not to a screen reader's table
    out.write(f'aria-label="{escaped(one.title)}">\n<table>\n')
    out.write(f"<caption{hidden}>{escaped(one.note or one.title)}</caption>\n<thead><tr>")
    for i, header in enumerate(one.headers):
        out.write(f'<th scope="col"{_number(one, i)}>{escaped(header)}</th>')
    out.write("</tr></thead>\n<tbody>\n")
    for row in one.rows:
        out.write("<tr>")
        for i, cell in enumerate(row):
            name = 'th scope="row"' if i == 0 else "td"
            out.write(f"<{name}{_number(one, i)}>{_cell(cell)}{_bar(cell) if i == one.score else ''}</{name[:2]}>")
        out.write("</tr>\n")
    out.write("</tbody>\n</table>\n</div>\n</section>\n")


def _number(one: Table, i: int) -> str:
    return ' class="n"' if i in one.numeric else ' class="w"'


def _cell(cell: Cell) -> str:
    if isinstance(cell, Chart):
        return _chart(cell)
    if isinstance(cell, str):
        return escaped(cell)
    return f"{cell:,}" if isinstance(cell, int) else f"{cell:.1f}"


def _bar(cell: Cell) -> str:
    if isinstance(cell, str | Chart):
        return ""
    share = max(0.0, min(float(cell), 100.0))
    return f'<span class="bar" aria-hidden="true"><i style="width:{share:.1f}%"></i></span>'


def _chart(chart: Chart) -> str:
    """Return the chart as a drawing in the page: bars of one width on a line."""
    n = len(chart.bars)
    if not n:
        return ""
    bars = "".join(_rectangle(i, share) for i, share in enumerate(chart.heights))
    box = f'viewBox="0 0 {n * 10} 40" preserveAspectRatio="none"'
    return f'<svg class="chart" role="img" aria-label="{escaped(chart.label)}" {box}>{bars}</svg>'


def _rectangle(i: int, share: float) -> str:
    height = max(share * 38, 1.5) if share else 0.0
    return f'<rect x="{i * 10 + 1}" y="{40 - height:.1f}" width="8" height="{height:.1f}"/>'


def escaped(text: str) -> str:
    """Return text as it may stand in a page."""
    return escape(text.replace("\x00", ""), quote=True)


def write(document: Document, out: IO[str]) -> None:
    """Write a whole document as a page."""
    begin(out, document.title, document.lead)
    out.write(f'<p class="verdict good" role="status">{escaped(document.verdict)}</p>\n')
    tiles(out, document.tiles)
    if len(document.parts) > 1:
        contents = _("Contents")
        out.write(f'<nav aria-label="{escaped(contents)}"><ul>\n')
        for number, part in enumerate(document.parts, start=1):
            out.write(f'<li><a href="#part-{number}">{escaped(part.title)}</a></li>\n')
        out.write("</ul></nav>\n")
    for one in document.tables:
        table(out, one)
    for number, part in enumerate(document.parts, start=1):
        out.write(f'<section class="part">\n<h2 id="part-{number}">{escaped(part.title)}</h2>\n')
        for fact in part.facts:
            out.write(f"<p>{escaped(fact)}</p>\n")
        for one in part.tables:
            table(out, one, level=3)
        out.write("</section>\n")
    end(out, document.note)
