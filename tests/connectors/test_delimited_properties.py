"""What must hold of every delimited text: it reads back as written, no row is lost, and all ways of reading agree."""

from __future__ import annotations

import csv
import io
from unittest import mock

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmq.connectors.content import Content
from crmq.connectors.delimited import body, bulk
from crmq.connectors.delimited.expect import learn
from crmq.connectors.delimited.grammar import Dialect
from crmq.connectors.delimited.repair import exact
from crmq.connectors.formats import ReadSettings, delimited

RELAXED = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

WORDS = st.sampled_from(
    ["Ana", "García", "O'Brien", "S.A.", "Núñez", "12", "3,5", "a;b", "x|y", "10:30", 'the "big" one', "tab\there",
     "line\nbreak", "two\n\nbreaks", "ñandú", "Zürich", "", " padded ", "#1", "café", "-", "50%"]
)  # fmt: skip
CELLS = st.lists(WORDS, min_size=0, max_size=3).map(" ".join)
ROWS = st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=3, max_size=12)
DIALECTS = st.fixed_dictionaries(
    {
        "delimiter": st.sampled_from([",", ";", "\t", "|"]),
        "quoting": st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
        "lineterminator": st.sampled_from(["\n", "\r\n"]),
    }
)
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-32"])
HEADERS = ["id", "email", "name", "city", "notes"]


def table_of(rows):
    """Give every row an id and an address, as tables of customers have."""
    return [[str(i), f"user{i}@example.com", *row] for i, row in enumerate(rows, 1)]


def read(data: bytes, **given_settings):
    return delimited.read(Content("t.csv", data=data), ReadSettings(**given_settings))


@given(rows=ROWS, dialect=DIALECTS, encoding=ENCODINGS, final_break=st.booleans())
@RELAXED
def test_what_is_written_is_read(rows, dialect, encoding, final_break):
    table = table_of(rows)
    out = io.StringIO()
    writer = csv.writer(out, **dialect)
    writer.writerow(HEADERS)
    writer.writerows(table)
    text = out.getvalue()
    if not final_break:
        text = text.removesuffix(dialect["lineterminator"])
    (found,) = read(text.encode(encoding))
    assert found.headers == HEADERS
    assert found.rejected.height == 0
    assert [[cell or "" for cell in row] for row in found.frame.rows()] == table


@given(rows=ROWS, delimiter=st.sampled_from([",", ";", "\t"]))
@RELAXED
def test_escaped_text_is_read(rows, delimiter):
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL, doublequote=False, escapechar="\\")
    writer.writerow(HEADERS)
    writer.writerows(table_of(rows))
    (found,) = read(out.getvalue().encode())
    if "\\" in out.getvalue():
        assert [[cell or "" for cell in row] for row in found.frame.rows()] == table_of(rows)


RAGGED = st.lists(
    st.one_of(
        st.just("1,a,b\n"), st.just('2,"x, y",z\n'), st.just('3,"two\nlines",z\n'), st.just("4,a\n"),
        st.just("5,a,b,c\n"),
        st.just("6,a,b,\n"), st.just("\n"), st.just("  \n"), st.just('7,"open,b\n'), st.just('8,mid"dle,b\n'),
        st.just("9,é,b\n"), st.just("10,,\n"), st.just('11,"",""\n'), st.just("12,a\rb,c\n"), st.just('13,"a"b,c\n'),
        st.just(",,\n"), st.just("14,a,b\r\n"),
    ),
    min_size=1,
    max_size=40,
)  # fmt: skip


WAYS = ("plain", "bulk", "compiled")


def bodies(text: bytes, dialect: Dialect, width: int):
    span = body.Span(text, 0, len(text), 1)
    return [body.read(span, dialect, width, learn([], width), way=way) for way in WAYS]


@given(
    pieces=RAGGED, width=st.sampled_from([1, 2, 3, 4]), quote=st.sampled_from(['"', "", "'"]), skip=st.booleans(),
    block=st.sampled_from([5, 16, 1000]),
)  # fmt: skip
@RELAXED
def test_all_scanners_agree(pieces, width, quote, skip, block):
    dialect = Dialect(",", quote, skip_space=skip)
    with mock.patch.object(bulk, "_BLOCK", block):  # records of many blocks, and blocks of many records
        plain, *others = bodies("".join(pieces).encode(), dialect, width)
    for other in others:
        assert plain.frame.equals(other.frame)
        assert plain.lines.equals(other.lines)
        assert plain.rejected.equals(other.rejected)
        assert plain.notes == other.notes


@given(pieces=RAGGED, width=st.sampled_from([2, 3]))
@RELAXED
def test_the_fast_parser_agrees_with_the_grammar(pieces, width):
    text = "".join(pieces).encode()
    dialect = Dialect()
    found = bodies(text, dialect, width)[0]
    patterns = dialect.patterns
    regular, at = [], 0
    while at < len(text):
        match = patterns.regular(width).match(text, at)
        if match is None:
            match = patterns.line.match(text, at)
        else:
            cells, _end = patterns.split(text, at)
            regular.append(tuple(cell.decode() or None for cell in cells))
        at = match.end()
    assert set(regular) <= set(found.frame.rows())


@given(pieces=RAGGED)
@RELAXED
def test_no_row_is_lost(pieces):
    """Every physical line belongs to a row, a rejected row, a blank line, or is told as one of them."""
    text = "".join(["id,name,city\n", "100,Ana,Madrid\n", "101,Luis,Lima\n", "102,Eva,Quito\n", *pieces])
    tables = read(text.encode(), delimiter=",")
    covered = set()
    for table in tables:
        for line, row in zip(table.lines, table.frame.rows(), strict=True):
            breaks = sum((cell or "").count("\n") for cell in row)
            covered.update(range(line, line + breaks + 1))
        for line, raw in zip(table.rejected["line"], table.rejected["raw"], strict=True):
            covered.update(range(line, line + raw.count("\n") + 1))
        for fact in table.facts:
            if fact.name == "footer":
                end = len(text.rstrip("\n").split("\n")) + 1
                covered.update(range(end - int(fact.value) - text.count("\n\n"), end))
            if fact.name == "header_line":
                covered.add(int(fact.value))
    for number, line in enumerate(text.split("\n"), 1):
        assert number in covered or not line.strip(' ,"\r'), (number, line)


@given(line=st.text(alphabet='ab",\n ', max_size=30), width=st.integers(1, 6))
@RELAXED
def test_exact_reading_gives_the_width_or_nothing(line, width):
    found = exact(line.encode(), Dialect().patterns, width)
    assert found is None or len(found) == width


@given(data=st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_or_refused(data):
    from crmq.errors import SourceError

    try:
        tables = read(data)
    except SourceError:
        return
    for table in tables:
        assert table.frame.height == len(table.lines)
        assert table.frame.width == len(table.headers)
        assert all(dtype == pl.String for dtype in table.frame.dtypes)


@given(rows=ROWS, seed=st.integers(0, 1000))
@settings(max_examples=50, deadline=None)
def test_lines_point_at_the_row(rows, seed):
    table = table_of(rows)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADERS)
    writer.writerows(table)
    (found,) = read(out.getvalue().encode())
    physical = out.getvalue().split("\n")
    for line, row in zip(found.lines, found.frame.rows(), strict=True):
        assert physical[line - 1].startswith(row[0] + ",")


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("way", WAYS)
def test_large_and_small_ways_agree_on_line_ends(line_end, way):
    text = line_end.join(['1,"a' + line_end + 'b"', "2,c", "", '3,"d ""e"""', "4,f,g", "5,h"]).encode()
    end = "\r" if line_end == "\r" else "\n"
    found = body.read(body.Span(text, 0, len(text), 1), Dialect(line_end=end), 2, learn([], 2), way=way)
    assert found.frame.rows() == [("1", f"a{line_end}b"), ("2", "c"), ("3", 'd "e"'), ("5", "h")]
    assert found.lines.to_list() == [1, 3, 5, 7]
    assert found.rejected.rows() == [(6, "too_many_cells", "4,f,g")]


@given(
    values=st.lists(st.sampled_from(["", "7", "2024-01-02", "a@b.co", "word", "x1"]), min_size=1, max_size=6),
    width=st.integers(2, 8),
)
@RELAXED
def test_the_best_gap_is_the_best_of_all_places(values, width):
    if len(values) >= width:
        return
    sample = [[["7", "2024-01-02", "a@b.co", "word", "x1"][j % 5] for j in range(width)] for _row in range(60)]
    expected = learn(sample, width)
    missing = width - len(values)
    scores = {i: expected.score([*values[:i], *[""] * missing, *values[i:]]) for i in range(1, len(values) + 1)}
    best = max(scores.values())
    assert scores[expected.best_gap(values)] == best
    if scores[len(values)] == best:
        assert expected.best_gap(values) == len(values)
