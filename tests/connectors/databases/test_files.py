"""SQLite and DuckDB: read-only, every type as text without loss."""

from __future__ import annotations

import contextlib
import sqlite3
import zipfile

import duckdb
import pytest

from crmq.connectors import databases, inputs
from crmq.errors import SourceError


@pytest.fixture
def sqlite(tmp_path):
    path = tmp_path / "erp.sqlite"
    with sqlite3.connect(path) as connection:
        connection.executescript(
            """
            CREATE TABLE customers (id INTEGER, name TEXT, balance REAL, code REAL, photo BLOB, note TEXT);
            INSERT INTO customers VALUES (9007199254740993, 'Núñez', 1.10, 7.0, x'00ff', '');
            INSERT INTO customers VALUES (2, NULL, 2.5, 8.0, NULL, 'x');
            CREATE TABLE "order lines" (id INTEGER, "the qty" INTEGER);
            INSERT INTO "order lines" VALUES (1, 5);
            CREATE VIEW names AS SELECT name FROM customers WHERE name IS NOT NULL;
            """
        )
    connection.close()
    return path


@pytest.fixture
def duck(tmp_path):
    path = tmp_path / "crm.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            """CREATE TABLE t AS SELECT 170141183460469231731687303715884105727::HUGEINT AS big,
            12.50::DECIMAL(10,2) AS price, TIMESTAMP '2024-01-02 03:04:05.5' AS at,
            TIMESTAMPTZ '2024-01-02 03:04:05+02' AS zoned, DATE '2024-01-31' AS day, [1, 2] AS list,
            {'a': 1, 'b': 'x'} AS pair, '\\x00\\xFF'::BLOB AS raw, true AS flag, 3.0::DOUBLE AS code, '' AS empty,
            NULL::INTEGER AS nothing, 'Ana' AS "the name" """
        )
        connection.execute("CREATE VIEW v AS SELECT price FROM t")
    return path


def test_all_tables_of_a_sqlite_file(sqlite):
    customers, lines = inputs.read([str(sqlite)]).tables
    assert (customers.member, lines.member) == ("customers", "order lines")
    assert customers.frame.rows() == [
        ("9007199254740993", "Núñez", "1.1", "7", "00ff", None),
        ("2", None, "2.5", "8", None, "x"),
    ]
    assert {fact.name: fact.value for fact in customers.facts}["empty_texts"] == "1"
    assert lines.frame.columns == ["id", "the qty"]


def test_a_table_a_view_and_a_query_by_url(sqlite):
    (table,) = inputs.read([f"erp=sqlite:///{sqlite}?table=Customers"]).tables
    assert (table.source, table.frame.height) == ("erp", 2)
    (view,) = inputs.read([f"sqlite:///{sqlite}?table=names"]).tables
    assert view.frame.rows() == [("Núñez",)]
    (found,) = inputs.read(
        [f"sqlite:///{sqlite}?query=SELECT id+1 AS n FROM customers WHERE name='Núñez' AND 1=1"]
    ).tables
    assert found.frame.rows() == [("9007199254740994",)]
    assert inputs.files([f"sqlite:///{sqlite}?table=names"]) == [sqlite]


@pytest.mark.parametrize(
    "sql", ["DELETE FROM customers", "CREATE TABLE x (a)", "PRAGMA journal_mode=WAL", "BEGIN", "nonsense"]
)
def test_a_database_is_never_written(sqlite, sql):
    before = sqlite.read_bytes()
    with contextlib.suppress(SourceError):
        inputs.read([f"sqlite:///{sqlite}?query={sql}"])
    assert sqlite.read_bytes() == before


def test_types_of_duckdb(duck):
    (table,) = inputs.read([f"duckdb:///{duck}"]).tables
    row = table.frame.row(0, named=True)
    assert row == {
        "big": "170141183460469231731687303715884105727", "price": "12.50", "at": "2024-01-02T03:04:05.5",
        "zoned": "2024-01-02T01:04:05+00:00", "day": "2024-01-31", "list": "[1,2]", "pair": '{"a":1,"b":"x"}',
        "raw": "00ff", "flag": "true", "code": "3", "empty": None, "nothing": None, "the name": "Ana",
    }  # fmt: skip
    (view,) = inputs.read([f"duckdb:///{duck}?table=v"]).tables
    assert view.frame.rows() == [("12.50",)]
    (found,) = inputs.read([f"duckdb:///{duck}?query=SELECT 1 AS a, 2 AS a"]).tables
    assert found.frame.columns == ["a", "a (2)"]


@pytest.mark.parametrize(
    "sql", ["CREATE TABLE x (a INT)", "COPY t TO '{folder}/out.csv'", "SELECT * FROM read_csv('{folder}/secret.csv')"]
)
def test_duckdb_neither_writes_nor_reads_other_files(duck, tmp_path, sql):
    (tmp_path / "secret.csv").write_text("id\n1\n")
    with pytest.raises(SourceError) as caught:
        inputs.read([f"duckdb:///{duck}?query={sql.format(folder=tmp_path)}"])
    assert caught.value.where == str(duck)
    assert not (tmp_path / "out.csv").exists()


def test_errors_quote_no_values(duck):
    with pytest.raises(SourceError) as caught:
        inputs.read([f'duckdb:///{duck}?query=SELECT CAST("the name" AS INTEGER) FROM t'])
    assert "Ana" not in caught.value.what


def test_an_unknown_table_is_told_with_the_known_ones(sqlite, duck):
    for url in (f"sqlite:///{sqlite}?table=clients", f"duckdb:///{duck}?table=clients"):
        with pytest.raises(SourceError, match="clients") as caught:
            inputs.read([url])
        assert caught.value.hint


def test_a_missing_or_damaged_file(tmp_path):
    with pytest.raises(SourceError, match="no such database"):
        inputs.read([f"sqlite:///{tmp_path}/none.db"])
    broken = tmp_path / "broken.db"
    broken.write_bytes(databases.SQLITE_MAGIC + b"\x10\x00" + bytes(200))
    with pytest.raises(SourceError):
        inputs.read([str(broken)])


def test_a_sqlite_file_inside_a_zip(sqlite, tmp_path):
    path = tmp_path / "erp.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(sqlite, "backup/erp.sqlite")
    assert [table.member for table in inputs.read([str(path)]).tables] == [
        "backup/erp.sqlite!customers",
        "backup/erp.sqlite!order lines",
    ]


def test_names_are_quoted(tmp_path):
    path = tmp_path / "odd.db"
    with sqlite3.connect(path) as connection:
        connection.execute('CREATE TABLE "a""; DROP TABLE b; --" ("x""y" TEXT)')
        connection.execute('INSERT INTO "a""; DROP TABLE b; --" VALUES (\'1\')')
        connection.execute("CREATE TABLE b (id INTEGER)")
    connection.close()
    odd, _plain = inputs.read([str(path)]).tables
    assert odd.frame.rows() == [("1",)]
