"""The SQL subset: what it computes (against DuckDB, which speaks the same SQL), and what it refuses."""

from __future__ import annotations

from datetime import date

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmq.errors import ConfigError
from crmq.rules import expression
from crmq.rules.references import Scope, raw_header, raw_ref

AS_OF = date(2026, 11, 22)
FRAME = pl.DataFrame(
    {
        "a": ["abc", "12", None, "Ábc d", "", "x%y"],
        "b": ["abc", None, None, "abc", " z ", "x_y"],
        "n": [1, 2, 3, None, -4, 0],
        "f": [1.5, None, -2.0, 0.0, 100.25, 3.0],
        "d": [date(2020, 1, 1), None, date(2030, 1, 31), date(2026, 11, 22), date(1999, 12, 31), date(2000, 2, 29)],
        "t": ["2020-01-01", "2030-05-05", "1984", None, "nonsense", "2000-02-29"],
        "flag": [True, False, None, True, False, True],
        'raw."Customer Type"': ["x", "y", None, "X", "", "y"],
    }
)


def evaluate(text: str, frame: pl.DataFrame = FRAME) -> list[bool | None]:
    scope = Scope(dict(frame.schema), pl.col, AS_OF)
    return frame.select(expression.parse(text).to_polars(scope)).to_series().to_list()


SAME_AS_DUCKDB = [
    "a = b", "a <> b", "a IS NULL", "a IS NOT NULL AND b IS NULL", "NOT (a = 'abc')", "a IN ('abc', '12')",
    "a NOT IN ('abc', '12')", "n IN (1, NULL)", "n BETWEEN 1 AND 2", "n NOT BETWEEN 1 AND 2", "a LIKE 'a%'",
    "a ILIKE 'A_C'", "a NOT LIKE '%b%'", "a LIKE 'x%%y'", "n > f", "n >= 1 OR f < 0", "n + f * 2 > 3", "n - 1 = 0",
    "n % 2 = 0", "-n < 0", "ABS(n) = 4", "ROUND(f) = 2", "ROUND(f, 1) = 1.5", "LENGTH(a) > 2", "LOWER(a) = 'abc'",
    "UPPER(a) = 'ABC'", "TRIM(b) = 'z'", "SUBSTR(a, 2, 2) = 'bc'", "SUBSTR(a, 2) = 'bc'",
    "REPLACE(a, 'b', 'x') = 'axc'",
    "a || b = 'abcabc'", "CONCAT(a, b) = 'abc'", "COALESCE(a, b, 'q') = 'q'", "NULLIF(a, 'abc') IS NULL",
    "CASE WHEN n = 1 THEN 'p' WHEN n = 2 THEN 'q' ELSE 'r' END = 'r'", "CASE WHEN n = 1 THEN 5 END = 5",
    "d < DATE '2020-06-01'", "d + INTERVAL '1 month' > DATE '2026-12-01'",
    "d - INTERVAL '18 years' < DATE '1990-01-01'",
    "YEAR(d) = 2020", "MONTH(d) = 1", "DAY(d) = 31", "EXTRACT(YEAR FROM d) = 2030", "flag", "NOT flag", "flag IS TRUE",
    "flag IS NOT TRUE", "flag AND n > 0", "flag OR n IS NULL", "STARTS_WITH(a, 'ab')", "REGEXP_MATCHES(a, '^[a-z]+$')",
    "TRY_CAST(a AS INTEGER) = 12", "TRY_CAST(t AS DATE) > DATE '2001-01-01'", "n = 1 AND NULL", "n = 1 OR NULL",
    "IF(n > 1, a, b) = '12'",
]  # fmt: skip


@pytest.mark.parametrize("text", SAME_AS_DUCKDB)
def test_same_as_duckdb(text: str) -> None:
    # DuckDB reads the frame through plain Python values: no Arrow bridge is needed
    connection = duckdb.connect()
    columns = 'a VARCHAR, b VARCHAR, n INTEGER, f DOUBLE, d DATE, t VARCHAR, flag BOOLEAN, "raw" VARCHAR'
    connection.execute(f"CREATE TABLE data ({columns})")
    connection.executemany("INSERT INTO data VALUES (?, ?, ?, ?, ?, ?, ?, ?)", FRAME.rows())
    expected = [row[0] for row in connection.execute(f"SELECT CAST(({text}) AS BOOLEAN) FROM data").fetchall()]
    assert evaluate(text) == expected


def test_text_is_read_as_what_it_is_compared_with() -> None:
    assert evaluate("a > 3") == [None, True, None, None, None, None]
    assert evaluate("t < DATE '2010-01-01'") == [False, False, None, None, None, True]
    assert evaluate("t > CURRENT_DATE") == [False, True, None, None, None, False]


def test_current_date_is_the_as_of_date() -> None:
    assert evaluate("d = CURRENT_DATE") == [False, None, False, True, False, False]


def test_division_by_zero_is_unknown() -> None:
    assert evaluate("1 / n > 0.4") == [True, True, False, None, False, None]


def test_columns_of_the_source() -> None:
    parsed = expression.parse("raw.\"Customer Type\" = 'x' OR n > 2")
    assert parsed.columns == ("n", 'raw."Customer Type"')
    assert evaluate("raw.\"Customer Type\" = 'x'") == [True, False, None, False, False, False]


def test_headers_with_quotes_survive() -> None:
    header = 'He said "no" – 50 %'
    assert raw_header(raw_ref(header)) == header
    assert expression.parse(f"{raw_ref(header)} IS NULL").columns == (raw_ref(header),)


REFUSED = [
    "SELECT 1", "a IN (SELECT b FROM data)", "a = (SELECT 1)", "EXISTS (SELECT 1)", "COUNT(*) > 1", "a; DROP TABLE x",
    "__import__('os')", "RANDOM() > 0.5", "NOW() > d", "a = ?", "other.a = 1", "a.b.c = 1", "* = 1", "a =", "'a", "",
    "LOWER(a)", "REGEXP_MATCHES(a, '(?=x)')", "CASE a WHEN 'x' THEN 1 END = 1", "a LIKE b",
    "TRIM(BOTH 'x' FROM a) = ''",
    "CAST(a AS BLOB) IS NULL", "d + INTERVAL '1 second' > d", "d = DATE 'soon'", "SUM(n) OVER () > 1", "[1,2][1] = 1",
    "list_filter([1], x -> x > 0) IS NULL", "read_csv('/etc/passwd') IS NULL", "getenv('HOME') = 'x'",
]  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_refused_on_load(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        expression.parse(text, "pack.yaml:7:5")
    assert caught.value.where == "pack.yaml:7:5"


@pytest.mark.parametrize("text", ["n = 'many'", "flag = 'yes'", "a AND flag", "d > 5"])
def test_types_that_do_not_go_together(text: str) -> None:
    with pytest.raises(ConfigError):
        evaluate(text)


def test_hostile_nesting_and_length() -> None:
    with pytest.raises(ConfigError):
        expression.parse("(" * 4000 + "1 = 1" + ")" * 4000)
    with pytest.raises(ConfigError):
        expression.parse("a = '" + "x" * 20_000 + "'")


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        parsed = expression.parse(text)
    except ConfigError:
        return
    assert parsed.text == text
