"""Ids that a spreadsheet has rounded or written in scientific notation are told, whole ones are not."""

from __future__ import annotations

import random

from crmq.mapping import MappingSettings, map_tables

DICE = random.Random(5)
WHOLE = [str(DICE.randrange(10**17, 10**18)) for _ in range(400)]
ROUNDED = [f"{DICE.randrange(10**14, 10**15)}000" for _ in range(3)]


def findings(table, ids, **more):
    columns = {"Record ID": ids, "First Name": ["Ana"] * len(ids), "Last Name": ["Ruiz"] * len(ids), **more}
    found = map_tables([table(columns)], MappingSettings()).findings
    return [(r["rule_id"], r["value"], r["line"], r["field"]) for r in found.iter_rows(named=True)], found


def test_rounded_and_scientific_ids_are_told(table):
    told, found = findings(table, ["70123456789", *ROUNDED, "7.01235E+11"])
    assert told == [("MAP-006", ROUNDED[0], 3, "record_id")]
    assert found["message"][0] == "4 of 5 ids in Record ID have lost digits in a spreadsheet."
    assert (found["column"][0], found["severity"][0]) == (1, "warning")


def test_a_single_one_in_scientific_notation_is_enough(table):
    told, _found = findings(table, [*WHOLE, "5.7123E+17"])
    assert told == [("MAP-006", "5.7123E+17", 402, "record_id")]


def test_whole_ids_are_not_told_even_when_one_ends_in_zeros(table):
    assert findings(table, [*WHOLE, "123456789012345000"])[0] == []
    assert findings(table, ["1000000", "2000000", "15E+01"[:4]])[0] == []


def test_references_are_looked_at_too(table):
    more = {"Contact owner": ["x"] * 2, "Associated Company IDs": ["9.1E+10", "7"]}
    told, _found = findings(table, ["1", "2"], **more)
    assert told == [("MAP-006", "9.1E+10", 2, "account_id")]
