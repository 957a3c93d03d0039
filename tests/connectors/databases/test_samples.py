"""The public sample databases: read from their files, and the same cells from servers that they were copied to."""

from __future__ import annotations

import sqlite3

import pytest

from crmq.connectors import inputs
from tests.connectors.databases.conftest import table

SAMPLES = ["crm/chinook/Chinook_Sqlite.sqlite", "crm/northwind/northwind.sqlite"]


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_table_and_row_of_a_sample(shared_data, sample):
    path = shared_data(sample)
    made = {one.member: one for one in inputs.read([f"sqlite:///{path}"]).tables}
    with sqlite3.connect(path) as connection:
        names = [n for (n,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        names = [name for name in names if not name.startswith("sqlite_")]
        assert set(made) == set(names)
        for name in names:
            rows = connection.execute(f'SELECT * FROM "{name}"').fetchall()
            empty = [row for row in rows if all(cell in (None, "") for cell in row)]
            assert made[name].frame.height == len(rows) - len(empty)
    connection.close()


@pytest.mark.parametrize("server", ["postgresql", "mariadb"])
def test_the_same_cells_from_a_server(shared_data, request, server):
    target = request.getfixturevalue(server)
    url = f"sqlite:///{shared_data(SAMPLES[0])}?table=Customer"
    here = table(url).frame
    declared = ", ".join(f"c{i} varchar(200)" for i in range(1, here.width))
    target.run("DROP TABLE IF EXISTS customers", f"CREATE TABLE customers (c0 integer PRIMARY KEY, {declared})")

    def literal(cell):
        return "NULL" if cell is None else "'" + cell.replace("'", "''") + "'"

    rows = ", ".join("(" + ", ".join(map(literal, row)) + ")" for row in here.rows())
    target.run(*(["SET NAMES utf8mb4"] if server == "mariadb" else []), f"INSERT INTO customers VALUES {rows}")
    there = table(f"{target.url}?query=SELECT * FROM customers ORDER BY c0").frame
    assert here.height > 50
    assert there.rows() == here.sort(here["CustomerId"].cast(int)).rows()
    target.run("DROP TABLE customers")
