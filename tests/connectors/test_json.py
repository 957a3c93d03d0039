"""JSON and JSON lines: numbers keep their source text, nothing is lost."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmq.connectors.content import Content
from crmq.connectors.formats import ReadSettings
from crmq.connectors.formats import json as reader
from crmq.errors import SourceError


def read(text, name="t.json"):
    data = text.encode() if isinstance(text, str) else text
    return reader.read(Content(name, data=data), ReadSettings())


def test_an_array_of_objects():
    (table,) = read(
        '[\n {"id": 12345678901234567890, "name": "Ana", "ok": true, "x": null, "n": 1.0},\n {"id": 2, "new": []}\n]'
    )
    assert table.headers == ["id", "name", "ok", "x", "n", "new"]
    assert table.frame.rows() == [
        ("12345678901234567890", "Ana", "true", None, "1.0", None),
        ("2", None, None, None, None, "[]"),
    ]
    assert table.lines.to_list() == [2, 3]


def test_nested_objects_are_dotted_and_lists_stay_json():
    (table,) = read(
        '[{"id": 1, "address": {"city": "Lima", "geo": {"lat": -12.0460}}, "tags": ["a", 1.50, {"b": null}]}]'
    )
    assert table.frame.row(0, named=True) == {
        "id": "1", "address.city": "Lima", "address.geo.lat": "-12.0460", "tags": '["a", 1.50, {"b": null}]',
    }  # fmt: skip


def test_an_object_around_an_array():
    (table,) = read('{"paging": {"next": 3}, "results": [{"id": "a"}, {"id": "b"}]}')
    assert table.frame.rows() == [("a",), ("b",)]
    assert table.member is None


def test_an_object_around_several_arrays():
    accounts, contacts = read('{"accounts": [{"id": 1}], "contacts": [{"id": 2}, {"id": 3}]}')
    assert (accounts.member, contacts.member) == ("accounts", "contacts")
    assert contacts.frame.height == 2


def test_one_object_is_one_row():
    (table,) = read('{"id": 1, "name": "Ana"}')
    assert table.frame.rows() == [("1", "Ana")]


def test_lines_that_are_no_objects_are_rejected():
    (table,) = read('{"id": 1}\n\n{"id": 2\n[3]\n{"id": 4}\n', "t.ndjson")
    assert table.frame.rows() == [("1",), ("4",)]
    assert table.lines.to_list() == [1, 5]
    assert table.rejected.rows() == [(3, "invalid_json", '{"id": 2'), (4, "not_an_object", "[3]")]


def test_lines_are_recognised_without_their_extension():
    (table,) = read('{"id": 1}\n{"id": 2}\n')
    assert table.frame.height == 2


def test_an_array_that_breaks_off_keeps_what_stands_before():
    (table,) = read('[{"id": 1},\n{"id": 2},\n{"id": 3, "na')
    assert table.frame.height == 2
    assert table.rejected["line"].to_list() == [3]


def test_repeated_keys_are_kept():
    (table,) = read('[{"a": 1, "a": 2}]')
    assert table.frame.rows() == [("1", "2")]
    assert table.frame.columns == ["a", "a (2)"]


@pytest.mark.parametrize("text", ["{", "[", '{"a": }', "nul", "{'a': 1}"])
def test_what_is_no_json_is_a_clear_error(text):
    with pytest.raises(SourceError):
        if not any(table.frame.height for table in read(text)):
            raise SourceError("nothing")


def test_deep_nesting_is_a_clear_error():
    with pytest.raises(SourceError, match=r"deep|valid"):
        read('{"a":' * 100_000 + "1" + "}" * 100_000)


def test_lone_surrogates_and_nul():
    (table,) = read('[{"a": "\\ud800x", "b": "y\\u0000z"}]')
    assert table.frame.rows() == [("\ufffdx", "yz")]


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["id", "name", "city", "n"]),
            st.one_of(
                st.none(),
                st.booleans(),
                st.integers(),
                st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
            ),
            min_size=1,
        ),
        min_size=1,
        max_size=8,
    )
)
@settings(max_examples=150, deadline=None)
def test_both_shapes_give_the_same(records):
    (array,) = read(json.dumps(records))
    (lines,) = read("\n".join(json.dumps(record) for record in records), "t.jsonl")
    assert array.frame.equals(lines.frame)
    kept = [r for r in records if any(v not in (None, "") for v in r.values())]
    assert array.frame.height == len(kept)
    for row, record in zip(array.frame.iter_rows(named=True), kept, strict=True):
        for key, value in record.items():
            shown = None if value in (None, "") else str(value).lower() if isinstance(value, bool) else str(value)
            assert row[key] == shown
