"""SQL Server without a server: what is asked of it, and what becomes of what a driver gives.

The driver is a fake with the interface of the real one (DB-API 2.0): it answers the statements that crmq sends with
rows of Python objects, as pymssql does.
"""

from __future__ import annotations

import datetime as dt
import decimal
import re
import sys
import types
import uuid

import pytest

from crmq.connectors import inputs
from crmq.connectors.databases import cells, guard, sqlserver
from crmq.errors import SourceError
from tests.connectors.databases.conftest import columns, table

URL = "mssql://reader:s3cret@sql.example:1433/crm"
SHOWN = "mssql://reader@sql.example:1433/crm"


class Fake(types.ModuleType):
    """The module ``pymssql``: remembers connections and statements."""

    apilevel, threadsafety, paramstyle, __version__ = "2.0", 1, "pyformat", "2.3.9"

    class Error(Exception): ...

    class DatabaseError(Error): ...

    class OperationalError(DatabaseError): ...

    class ProgrammingError(DatabaseError): ...

    InterfaceError = DataError = IntegrityError = InternalError = NotSupportedError = DatabaseError

    def __init__(self) -> None:
        super().__init__("pymssql")
        self.__spec__ = types.SimpleNamespace(name="pymssql")
        self.given: dict[str, object] = {}
        self.sent: list[str] = []
        self.ended: list[str] = []
        self.answers: list[tuple[str, list[str], list[tuple]]] = []
        self.error: Exception | None = None

    def connect(self, **given):
        self.given = given
        if self.error is not None:
            raise self.error
        return Connection(self)

    def answer(self, pattern: str, header: list[str], rows: list[tuple]) -> None:
        self.answers.insert(0, (pattern, header, rows))


class Connection:
    def __init__(self, fake: Fake) -> None:
        self.fake = fake

    def cursor(self):
        return Cursor(self.fake)

    def rollback(self):
        self.fake.ended.append("rollback")

    def commit(self):
        self.fake.ended.append("commit")

    def close(self):
        self.fake.ended.append("close")

    def autocommit(self, on):
        raise AssertionError("no statement may commit itself")


class Cursor:
    arraysize = 1
    rowcount = -1

    def __init__(self, fake: Fake) -> None:
        self.fake = fake
        self.rows: list[tuple] = []
        self.description = None

    def execute(self, sql, *parameters):
        self.fake.sent.append(sql)
        for pattern, header, rows in self.fake.answers:
            if re.search(pattern, sql, re.I | re.S):
                if isinstance(rows, Exception):
                    raise rows
                self.rows = list(rows)
                self.description = [(name, None, None, None, None, None, None) for name in header]
                return
        raise AssertionError(f"not expected: {sql}")

    def fetchone(self):
        return self.rows.pop(0) if self.rows else None

    def fetchmany(self, size=1):
        part, self.rows = self.rows[:size], self.rows[size:]
        return part

    def fetchall(self):
        part, self.rows = self.rows, []
        return part

    def close(self): ...


@pytest.fixture
def fake(monkeypatch):
    pytest.importorskip("sqlalchemy", reason="the extra crmq[databases] is not installed")
    made = Fake()
    made.answer("@@version", [""], [("Microsoft SQL Server 2022 - 16.0.1000.6 (X64)",)])
    made.answer(r"schema_name\(\)\s*$", [""], [("dbo",)])
    made.answer(
        "transaction_isolation_level|sysprocesses|SERVERPROPERTY|sp_executesql|fn_listextendedproperty|cast\\(|system_views",
        [""],
        [("READ COMMITTED",)],
    )
    made.answer("FROM sys.objects", ["s", "o", "view", "own", "readable"], [
        ("dbo", "Contacts", 0, 1, 1), ("dbo", "Names", 1, 1, 1), ("sales", "Odd]; name", 0, 0, 1),
        ("dbo", "Payroll", 0, 1, 0),
    ])  # fmt: skip
    made.answer("FROM sys.columns", ["name", "type"], [("Id", "int")])
    made.answer("SELECT .*FROM \\[", ["Id"], [(1,), (2,)])
    monkeypatch.setitem(sys.modules, "pymssql", made)
    return made


def test_all_tables_and_what_may_not_be_read(fake):
    result = inputs.read([URL])
    assert [one.member for one in result.tables] == ["Contacts", "sales.Odd]; name"]
    assert [failure.where for failure in result.failures] == [f"{SHOWN}!Payroll"]
    assert {one.path for one in result.tables} == {SHOWN}
    assert fake.given["user"] == "reader"
    assert fake.given["password"] == "s3cret"
    assert fake.given["database"] == "crm"
    assert any("FROM [sales].[Odd]]; name]" in sql for sql in fake.sent)
    assert any("OBJECT_ID(N'[sales].[Odd]]; name]')" in sql for sql in fake.sent)
    assert "commit" not in fake.ended
    assert "rollback" in fake.ended


def test_a_view_by_name_and_near_names(fake):
    assert table(f"{URL}?table=names").member == "Names"
    with pytest.raises(SourceError, match="Contcts") as caught:
        inputs.read([f"{URL}?table=Contcts"])
    assert "Contacts" in caught.value.hint


def test_values_of_the_driver_as_text(fake):
    zone = dt.timezone(dt.timedelta(hours=-5, minutes=-30))
    header = ["n", "dec", "flt", "whole", "flag", "day", "at", "zoned", "time", "bin", "id", "big", "text", "gone"]
    rows = [
        (1, decimal.Decimal("1E+3"), 0.1, 7.0, True, dt.date(2024, 1, 31), dt.datetime(2024, 1, 2, 3, 4, 5, 500000),
         dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=zone), dt.time(10, 20, 30), b"\x00\xff",
         uuid.UUID("a0eebc999c0b4ef8bb6d6bb9bd380a11"), 2**63 - 1, "Ñ%s", None),
        (2, decimal.Decimal("10.50"), float("inf"), 8.0, False, None, None, None, None, None, None, None, "", None),
    ]  # fmt: skip
    fake.answer("FROM wide", header, rows)
    made = table(f"{URL}?name=wide&query=SELECT * FROM wide WHERE a LIKE 'x%25'")
    assert fake.sent[-1] == "SELECT * FROM wide WHERE a LIKE 'x%'"
    assert columns(made.frame) == {
        "n": ["1", "2"], "dec": ["1000", "10.50"], "flt": ["0.1", "Infinity"], "whole": ["7", "8"],
        "flag": ["true", "false"], "day": ["2024-01-31", None], "at": ["2024-01-02T03:04:05.5", None],
        "zoned": ["2024-01-02T03:04:05-05:30", None], "time": ["10:20:30", None], "bin": ["00ff", None],
        "id": ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", None], "big": ["9223372036854775807", None],
        "text": ["Ñ%s", None], "gone": [None, None],
    }  # fmt: skip
    assert {fact.name: fact.value for fact in made.facts} == {"format": "SQL Server", "empty_texts": "1"}


def test_single_precision_in_its_shortest_form(fake):
    fake.answer("FROM sys.columns", ["name", "type"], [("Id", "int"), ("Score", "real")])
    fake.answer(r"FROM \[dbo\]", ["Id", "Score"], [(1, 0.10000000149011612), (2, 2.5)])
    assert table(f"{URL}?table=Contacts").frame["Score"].to_list() == ["0.1", "2.5"]


def test_types_that_drivers_shorten_are_converted_by_the_server():
    kinds = [("a]b", "datetime2"), ("o", "datetimeoffset"), ("m", "money"), ("x", "xml"), ("i", "int"), ("c", "nchar")]
    assert sqlserver.selection("[dbo].[T]", kinds) == (
        "SELECT CONVERT(varchar(33), [a]]b], 126) AS [a]]b], CONVERT(varchar(40), [o], 126) AS [o], "
        "CONVERT(varchar(32), [m], 2) AS [m], CONVERT(nvarchar(max), [x]) AS [x], [i], RTRIM([c]) AS [c] "
        "FROM [dbo].[T]"
    )
    assert "OBJECT_ID(N'[dbo].[O''Hara]')" in sqlserver.columns_query("[dbo].[O'Hara]")


ONLY_READING = [
    "SELECT TOP 5 * FROM t WHERE note = 'INSERT INTO x; DROP'", "WITH a AS (SELECT 1 AS x) SELECT x FROM a;",
    "(SELECT 1 AS x) UNION ALL SELECT 2", "SELECT [into], \"update\" FROM t -- DELETE", "SELECT 1 /* ; DROP */ AS x",
]  # fmt: skip
MORE = [
    "DELETE FROM t", "SELECT 1; DROP TABLE t", "SELECT 1 DROP TABLE t", "SELECT * INTO copy FROM t", "EXEC sp_who",
    "WITH a AS (SELECT 1 AS x) DELETE FROM t", "SELECT 1 EXEC('DROP TABLE t')", "", "-- nothing", "SELECT 'open",
    "BEGIN TRAN", "SELECT 1 COMMIT", "SELECT 1 TRUNCATE TABLE t", "SELECT 1 UPDATE t SET a = 1",
]  # fmt: skip


@pytest.mark.parametrize("sql", ONLY_READING)
def test_a_query_that_reads_is_let_through(sql):
    assert guard.one_query(sql, "tsql", SHOWN) == sql.rstrip(";")


@pytest.mark.parametrize("sql", MORE)
def test_anything_else_is_not_sent(fake, sql):
    with pytest.raises(SourceError, match="only reads"):
        inputs.read([f"{URL}?query={sql}"])
    assert not sql or sql not in fake.sent


def test_errors_hold_no_password_and_no_values(fake):
    for error, expected in (
        (Fake.OperationalError((18456, b"Login failed for user 'reader', password s3cret")), "Login failed"),
        (Fake.OperationalError(20009, b"Unable to connect: server is unavailable (sql.example)"), "sql.example"),
        (Fake.OperationalError("something with s3cret"), "OperationalError"),
    ):
        fake.error = error
        with pytest.raises(SourceError, match=expected) as caught:
            inputs.read([URL])
        assert caught.value.where == SHOWN
        assert "s3cret" not in f"{caught.value.what} {caught.value.hint}"
        assert caught.value.__suppress_context__, "a traceback would show the driver's own message"
    fake.error = None
    fake.answer("FROM bad", [], Fake.OperationalError((245, b"Conversion failed when converting the value 'Ana'")))
    with pytest.raises(SourceError, match="245") as caught:
        inputs.read([f"{URL}?query=SELECT CAST(name AS int) FROM bad"])
    assert "Ana" not in caught.value.what
    fake.answer("FROM nowhere", [], Fake.ProgrammingError((208, b"Invalid object name 'nowhere'.")))
    with pytest.raises(SourceError, match="nowhere"):
        inputs.read([f"{URL}?query=SELECT * FROM nowhere"])


def test_options_and_password_from_the_environment(fake, monkeypatch):
    monkeypatch.setenv("SQLCMDPASSWORD", "fromenv")
    inputs.read(["mssql+pymssql://reader@sql.example/crm?tds_version=7.4&encryption=require&table=Contacts"])
    assert fake.given["password"] == "fromenv"
    assert (fake.given["tds_version"], fake.given["encryption"]) == ("7.4", "require")


def test_lengths_of_time_and_structures():
    span = dt.timedelta
    assert [cells.text(v) for v in (span(0), span(days=1, hours=2, microseconds=500000), -span(minutes=90))] == [
        "PT0S", "P1DT2H0.5S", "-PT1H30M",
    ]  # fmt: skip
    assert cells.text({"a": [1, decimal.Decimal("1.10"), b"\x01", None]}) == '{"a": [1, "1.10", "01", null]}'
    assert cells.text([dt.date(2024, 1, 2), "ñ"]) == '["2024-01-02", "ñ"]'
    assert [cells.text(v) for v in (decimal.Decimal("NaN"), float("-inf"), float("nan"), 10**30)] == [
        "NaN", "-Infinity", "NaN", "1" + "0" * 30,
    ]  # fmt: skip
    assert cells.text(dt.datetime(2024, 1, 2, 3, 4, 5, 120000, dt.UTC)) == "2024-01-02T03:04:05.12+00:00"
