"""Parquet: every type as text without loss, damaged files as clear errors."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import polars as pl
import pytest

from crmq.connectors import inputs
from crmq.errors import SourceError


def written(tmp_path, frame):
    path = tmp_path / "t.parquet"
    frame.write_parquet(path)
    (table,) = inputs.read([str(path)]).tables
    return table


def test_types(tmp_path):
    frame = pl.DataFrame(
        {
            "id": [2**60, 1],
            "price": [Decimal("12.50"), None],
            "at": [dt.datetime(2024, 1, 2, 3, 4, 5, 500_000), dt.datetime(2024, 1, 2)],
            "zoned": pl.Series([dt.datetime(2024, 7, 1), None]).dt.replace_time_zone("Europe/Madrid"),
            "day": [dt.date(2024, 1, 31), None],
            "clock": [dt.time(10, 30), None],
            "flag": [True, False],
            "ratio": [0.1, 1e300],
            "code": [3.0, None],
            "raw": [b"\x00\xff", b"a"],
            "word": [b"abc", None],
            "empty": ["", "x"],
        }
    )
    table = written(tmp_path, frame)
    assert table.frame.rows() == [
        ("1152921504606846976", "12.50", "2024-01-02T03:04:05.5", "2024-07-01T00:00:00+02:00", "2024-01-31", "10:30:00",
         "true", "0.1", "3", "00ff", "abc", None),
        ("1", None, "2024-01-02T00:00:00", None, None, None, "false", "1e+300", None, "61", None, "x"),
    ]  # fmt: skip
    assert {fact.name: fact.value for fact in table.facts}["whole_numbers"] == "code"


def test_nested_columns_are_json(tmp_path):
    table = written(tmp_path, pl.DataFrame({"l": [[1, 2], None], "s": [{"a": 1, "b": ["x"]}, {"a": None, "b": []}]}))
    assert table.frame["l"].to_list() == ["[1,2]", None]
    assert table.frame["s"].to_list() == ['{"a":1,"b":["x"]}', '{"a":null,"b":[]}']


def test_a_folder_name_with_wildcards_is_no_glob(tmp_path):
    folder = tmp_path / "a[1]*"
    folder.mkdir()
    pl.DataFrame({"id": ["007"]}).write_parquet(folder / "t.parquet")
    (table,) = inputs.read([str(folder / "t.parquet")]).tables
    assert table.frame.rows() == [("007",)]


@pytest.mark.parametrize("name", ["ARROW-GH-41317.parquet", "ARROW-GH-45185.parquet"])
def test_public_bad_files(shared_data, name):
    with pytest.raises(SourceError, match="damaged"):
        inputs.read([str(shared_data(f"files/parquet_testing/bad_data/{name}"))])


def test_public_good_files(shared_data):
    """One of them uses an encoding that neither reader knows; all rows of the others arrive."""
    result = inputs.read([str(shared_data("files/parquet_testing/data"))])
    assert [one.where.rsplit("/", 1)[1] for one in result.failures] == ["byte_stream_split_extended.gzip.parquet"]
    rows = {table.path.rsplit("/", 1)[1]: table.frame.height for table in result.tables}
    assert rows["alltypes_plain.parquet"] == 8
    assert rows["nation.dict-malformed.parquet"] == 25
    assert rows["repeated_no_annotation.parquet"] == 6
    assert rows["delta_encoding_optional_column.parquet"] == 100
