"""Postal codes by country."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmq.values import postal_code


def one(value, land=None):
    return postal_code.standardise(pl.Series([value], dtype=pl.String), land).row(0)


@pytest.mark.parametrize(
    ("raw", "land", "value"),
    [
        ("28039", "ES", "28039"),
        ("CP 28039", "ES", "28039"),
        ("28 039", "ES", "28039"),
        ("D-26133", "DE", "26133"),
        ("c1070aam", "AR", "C1070AAM"),
        ("1111", "AR", "1111"),
        ("834-0457", "CL", "8340457"),
        ("lima 23", "PE", "LIMA 23"),
        ("40301110", "BR", "40301-110"),
        ("2725079", "PT", "2725-079"),
        ("ec1y8sy", "GB", "EC1Y 8SY"),
        ("1234ab", "NL", "1234 AB"),
        ("22162-1010", "US", "22162-1010"),
        ("LV1010", "LV", "LV-1010"),
        ("00930", "PR", "00930"),
        ("1000", "CR", "1000"),
    ],
)
def test_valid(raw, land, value):
    assert one(raw, land) == (value, "valid", None)
    assert one(value, land) == (value, "valid", None)


@pytest.mark.parametrize(
    ("raw", "land", "value"),
    [
        ("8001", "ES", "08001"),
        ("8001.0", "ES", "08001"),
        ("6082", "MX", "06082"),
        ("930", "PR", "00930"),
        ("83", "ZA", "0083"),
        ("90105", "EC", "090105"),
        ("1001000", "BR", "01001-000"),
        ("144", "IT", "00144"),
        ("2134-1234", "US", "02134-1234"),
        ("1001-000", "BR", "01001-000"),
    ],
)
def test_lost_zeros(raw, land, value):
    assert one(raw, land) == (value, "possible", "zero_restored")


@pytest.mark.parametrize(
    ("raw", "land", "expected"),
    [
        ("99123", "ES", (None, "invalid", "out_of_range")),
        ("280391", "ES", (None, "invalid", "wrong_form")),
        ("EC1Y 8S", "GB", (None, "invalid", "wrong_form")),
        ("0803", "ES", (None, "invalid", "wrong_form")),  # what begins with a zero has not lost one
        ("112-000", "JP", (None, "invalid", "wrong_form")),  # the separator says that the end is missing
        ("3177", "BH", (None, "invalid", "out_of_range")),
        ("CALLAO 22", "PE", (None, "invalid", "wrong_form")),
        ("00000", "ES", (None, "placeholder", "denylist")),
        ("99999", "MX", (None, "placeholder", "denylist")),
        ("n/a", "MX", (None, "placeholder", "denylist")),
        ("28039", None, ("28039", "possible", "no_country")),
        ("0816", "HK", ("0816", "possible", "no_rules")),
        ("somewhere over there", "HK", (None, "invalid", "wrong_form")),
        (None, "ES", (None, "missing", None)),
        (" ", None, (None, "missing", None)),
    ],
)
def test_other_verdicts(raw, land, expected):
    assert one(raw, land) == expected


def test_country_per_row():
    result = postal_code.standardise(pl.Series(["8001", "8001", "8001", None]), pl.Series(["ES", "CH", None, "ES"]))
    assert result["value"].to_list() == ["08001", "8001", "8001", None]


def test_public_examples(shared_data):
    listed = pl.read_csv(shared_data("vectors/postal_codes/postal_formats.csv"), infer_schema=False)
    examples = listed.select("country", example=pl.col("examples").str.split(",")).explode("example").drop_nulls()
    examples = examples.filter(pl.col("country") != "AC", pl.col("example") != "")
    result = examples.hstack(postal_code.standardise(examples["example"], examples["country"]))
    wrong = result.filter(pl.col("verdict") != "valid")
    # "12345" is the example of Sweden, and what people type when they have no code
    assert wrong.select("country", "example", "verdict").rows() == [("SE", "12345", "placeholder")]


@given(
    st.lists(
        st.tuples(st.none() | st.text(), st.none() | st.sampled_from(["ES", "GB", "PE", "LV", "HK", "??"])), max_size=8
    )
)
def test_never_fails_keeps_height_and_is_idempotent(pairs):
    lands = pl.Series([b for _, b in pairs], dtype=pl.String)
    first = postal_code.standardise(pl.Series([a for a, _ in pairs], dtype=pl.String), lands)
    assert first.height == len(pairs)
    assert first["verdict"].null_count() == 0
    again = postal_code.standardise(first["value"], lands)
    assert again["value"].to_list() == first["value"].to_list()
