"""Finds the dialect of delimited text: every candidate reads a sample, and the one with the best table wins.

The measure of a candidate is the product of two shares: how many records agree on one width, weighted by where the odd
ones stand (notes above and below a table are common, odd rows inside are not), and how many cells look like values
rather than like several values stuck together.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace

from crmq.connectors.delimited.grammar import NO_DELIMITER, Dialect
from crmq.connectors.shapes import CODE, EMPTY, TEXT, shape
from crmq.locales import _
from crmq.model.raw import Fact

CANDIDATES = (",", ";", "\t", "|", "^", "~", "\x1e", "\x1f", "\x01", ":", " ")
"""Delimiters that are tried, the likelier first."""

_PRIOR = {":": 0.75, " ": 0.55, "~": 0.95, "^": 0.95}
"""Characters that stand in ordinary text need better evidence."""

_WRAPPED = 0.45
"""Least score of a delimiter that stands on both sides of nearly all quoted cells, however odd the widths are."""

_RECORDS = 160


@dataclass(frozen=True)
class Detected:
    """A dialect, the facts that speak for it, and the bytes to leave out at the beginning (a ``sep=`` line)."""

    dialect: Dialect
    facts: tuple[Fact, ...]
    skip: int = 0


@dataclass(frozen=True)
class _Candidate:
    dialect: Dialect
    score: float
    width: int
    agree: int
    records: int
    broken: int


def detect(sample: bytes, delimiter: str | None = None) -> Detected:
    """Return the dialect of a sample of UTF-8 text that begins with a record and holds whole lines.

    Args:
        sample: The beginning of the text.
        delimiter: The delimiter, when the user or a ``sep=`` line named it.
    """
    line_end, line_fact = _line_end(sample)
    facts = [line_fact]
    skip = 0
    stated = re.match(rb"(?:\"?)sep=(.)\"?[ \t]*(?:\r\n|\n|\r|\Z)", sample, re.IGNORECASE)
    why = _("asked for")
    if stated:
        skip = stated.end()
        sample = sample[skip:]
        if delimiter is None:
            delimiter, why = stated.group(1).decode("latin-1"), _("the first line of the file says so (sep=)")
    tried = [delimiter] if delimiter is not None else [c for c in CANDIDATES if c.encode() in sample]
    found = [c for d in tried for c in _variants(sample, d, line_end)]
    single = _measure(sample, Dialect(NO_DELIMITER, _quote_of(sample, NO_DELIMITER), "", line_end))
    best = max(found, key=lambda c: (c.score, c.width), default=None)
    if best is None or (delimiter is None and best.score <= single.score):
        only = Dialect(NO_DELIMITER if delimiter is None else delimiter, single.dialect.quote, "", line_end)
        told = _("no character divides the lines into an equal number of cells")
        return Detected(only, (*facts, Fact("delimiter", _("none (one column)"), told)), skip)
    if delimiter is None:
        why = _(
            "{agree} of {records} sampled records have {width} cells with it; the next best would be {other}"
        ).format(agree=best.agree, records=best.records, width=best.width, other=_runner_up(found, best, single))
    facts.append(Fact("delimiter", _name(best.dialect.delimiter), why))
    facts += _quoting_facts(sample, best.dialect)
    return Detected(best.dialect, tuple(facts), skip)


def _name(delimiter: str) -> str:
    names = {
        ",": _("comma"), ";": _("semicolon"), "\t": _("tab"), "|": _("pipe"), ":": _("colon"), " ": _("blank"),
        "^": _("caret"), "~": _("tilde"), "\x1e": _("record separator (0x1E)"), "\x1f": _("unit separator (0x1F)"),
        "\x01": "0x01",
    }  # fmt: skip
    return names.get(delimiter, repr(delimiter))


def _runner_up(found: list[_Candidate], best: _Candidate, single: _Candidate) -> str:
    others = [c for c in found if c.dialect.delimiter != best.dialect.delimiter]
    second = max(others, key=lambda c: c.score, default=single)
    name = _("one column") if second is single or second.width < 2 else _name(second.dialect.delimiter)
    return _("{name} ({share} as good)").format(name=name, share=f"{100 * second.score / best.score:.0f} %")


def _line_end(sample: bytes) -> tuple[str, Fact]:
    """Return the line end; lone CRs count as line ends only where hardly any LF does."""
    crlf = sample.count(b"\r\n")
    lf, cr = sample.count(b"\n") - crlf, sample.count(b"\r") - crlf
    if cr > 4 * (crlf + lf) or (cr and not crlf + lf):
        return "\r", Fact("line_end", "CR", _("{n} lines of the sample end so").format(n=cr))
    name = "CRLF" if crlf and not lf else "LF" if lf and not crlf else _("CRLF and LF, mixed") if lf and crlf else "LF"
    return "\n", Fact("line_end", name, _("{n} lines of the sample end so").format(n=crlf + lf))


def _variants(sample: bytes, delimiter: str, line_end: str) -> list[_Candidate]:
    """Measure a delimiter with the quote, escape and blank handling that the sample speaks for."""
    base = Dialect(delimiter, _quote_of(sample, delimiter), "", line_end)
    d = re.escape(delimiter.encode())
    if delimiter != " ":
        spaced = len(re.findall(d + rb" (?=\S)", sample))
        all_of_them = len(re.findall(d + rb"(?=[^\s" + d + rb"])", sample)) + spaced
        quoted_after = base.quote and re.search(d + rb" " + base.quote.encode(), sample)
        if spaced and (spaced == all_of_them or (quoted_after and spaced >= 0.9 * all_of_them)):
            base = replace(base, skip_space=True)
    measured = [_measure(sample, base)]
    special = base.quote.encode() + delimiter.encode()
    if b"\\" in sample and re.search(rb"\\[" + re.escape(special) + rb"]", sample):
        escaped = _measure(sample, replace(base, escape="\\"))
        broken = [sample_records(sample, c.dialect, _RECORDS, loose=False)[1] for c in (escaped, measured[0])]
        if (broken[0], -escaped.score) < (broken[1], -measured[0].score):
            measured = [escaped]
    return measured


def _quote_of(sample: bytes, delimiter: str) -> str:
    """Return the quote character: one that opens and closes cells, not one that merely stands in text."""
    d = re.escape(delimiter.encode())
    counts = {}
    for quote in (b'"', b"'"):
        opening = len(
            re.findall(rb"(?:^|[\r\n]|" + d + rb" ?)" + quote + rb"(?!" + quote + rb"(?:[\r\n]|" + d + rb"))", sample)
        )
        closing = len(re.findall(quote + rb"(?=[\r\n]|" + d + rb"|\Z)", sample))
        counts[quote] = (opening, closing)
    double, single = counts[b'"'], counts[b"'"]
    if min(single) >= 2 and min(single) >= 0.8 * max(single) and min(single) > 2 * min(double):
        return "'"
    if double[0] and double[1] < 0.5 * double[0] and not _pairs(sample, d):
        return ""
    return '"'


def _pairs(sample: bytes, d: bytes) -> bool:
    """Tell whether at least one cell is properly wrapped in double quotes."""
    return re.search(rb"(?:^|[\r\n]|" + d + rb' ?)"(?:[^"]|"")*"(?=[\r\n]|' + d + rb"|\Z)", sample) is not None


def _measure(sample: bytes, dialect: Dialect) -> _Candidate:
    rows, broken = sample_records(sample, dialect, _RECORDS)
    rows = [row for row in rows if row != [b""]]
    if not rows:
        return _Candidate(dialect, 0.0, 1, 0, 0, broken)
    widths = [len(row) for row in rows]
    counts = Counter(w for w in widths if w > 1) or Counter({1: len(rows)})
    width = max(counts, key=lambda w: (counts[w], w == widths[0], w))
    agree = counts[width]
    first, last = widths.index(width), len(widths) - 1 - widths[::-1].index(width)
    inside = widths[first : last + 1]
    # shorter rows lack trailing cells at worst; longer ones contradict the width
    odd = sum(1.0 if w > width else 0.5 for w in inside if w != width)
    outside = len(widths) - len(inside)
    consistency = agree / (agree + odd) * agree / (agree + 0.4 * outside) * (1 - min(0.9, broken / len(rows)))
    cells = [cell.decode("utf-8", "replace") for row in rows if len(row) == width for cell in row]
    quality = sum(_tidy(cell, dialect.delimiter) for cell in cells) / len(cells)
    if width == 1:
        return _Candidate(dialect, 0.3 * quality, 1, agree, len(rows), broken)
    prior = _PRIOR.get(dialect.delimiter, 1.0)
    if dialect.delimiter == ":":  # it divides hours from minutes
        prior *= 1 - min(1.0, 1.3 * len(re.findall(rb"\d:\d\d", sample)) / sample.count(b":"))
    if prior < 0.8 and (agree < 0.8 * len(rows) - 1 or len(rows) < 2):
        prior *= 0.3
    score = consistency * consistency * quality * (1 - 0.5 / width) * prior
    if _wraps(sample, dialect, len(rows)):
        score = max(score, _WRAPPED)
    return _Candidate(dialect, score, width, agree, len(rows), broken)


def _wraps(sample: bytes, dialect: Dialect, records: int) -> bool:
    """Tell whether nearly all quoted cells, and there are many, stand between two delimiters of this kind."""
    if not dialect.quote:
        return False
    d, q = re.escape(dialect.delimiter.encode()), dialect.quote.encode()
    wrapped = len(
        re.findall(rb"(?:^|[\r\n]|" + d + rb" ?)" + q + rb"[^" + q + rb"\r\n]+" + q + rb"(?=" + d + rb")", sample)
    )
    return wrapped >= max(8, records) and wrapped >= 0.4 * sample.count(q)


def sample_records(sample: bytes, dialect: Dialect, most: int, *, loose: bool = True) -> tuple[list[list[bytes]], int]:
    """Return the cells of up to ``most`` records, and how many had broken quotes (those are cut at line ends)."""
    patterns = dialect.patterns
    rows: list[list[bytes]] = []
    at = broken = 0
    while at < len(sample) and len(rows) < most:
        split = patterns.split(sample, at, loose=loose)
        if split is None:
            line = patterns.line.match(sample, at)
            assert line is not None
            rows.append(line.group(1).split(patterns.delimiter))
            broken += 1
            at = line.end()
        else:
            rows.append(split[0])
            at = split[1]
    return rows, broken


def _tidy(cell: str, delimiter: str) -> float:
    """Return how much a cell looks like one value: 1 for a date, a number or a plain word, less for a jumble."""
    kind = shape(cell)
    if kind == EMPTY:
        return 0.75
    if kind not in (TEXT, CODE):
        return 1.0
    value = 0.95
    if any(c in cell for c in ",;\t|" if c != delimiter):
        value = 0.55 if len(cell) > 40 or ", " in cell or "; " in cell else 0.35
    if cell.count('"') % 2:
        value -= 0.2
    if delimiter in ":/" and cell.startswith("//"):
        value -= 0.3
    return value


def _quoting_facts(sample: bytes, dialect: Dialect) -> list[Fact]:
    facts = []
    if not dialect.quote:
        facts.append(Fact("quote", _("none"), _("quotes in the sample do not open and close cells")))
    elif dialect.quote.encode() in sample:
        facts.append(Fact("quote", dialect.quote, _("it opens and closes cells in the sample")))
    if dialect.escape:
        facts.append(Fact("escape", dialect.escape, _("with it the records of the sample hold together")))
    if dialect.skip_space:
        facts.append(
            Fact("blank_after_delimiter", _("left out"), _("every delimiter of the sample is followed by one"))
        )
    return facts
