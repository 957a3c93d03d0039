"""MySQL and MariaDB: types without loss, what is asked for, what is refused."""

from __future__ import annotations

import random

import pytest

from crmq.connectors import inputs
from crmq.connectors.databases import csv_stream, mysql
from crmq.errors import SourceError
from tests.connectors.databases.conftest import columns, table


@pytest.fixture(scope="module")
def my(mariadb):
    mariadb.run(
        """CREATE TABLE `all types` (
            n int, v_big bigint unsigned, v_decimal decimal(30,10), v_float float, v_double double, v_date date,
            v_datetime datetime(6), v_timestamp timestamp(3) NULL, v_time time(2), v_year year, v_blob blob,
            v_varbinary varbinary(10), v_text text, v_char char(5), v_folded varchar(10) COLLATE utf8mb4_bin,
            v_enum enum('a','b'), v_set set('x','y'), v_bit bit(1), v_bits bit(9), v_json json, v_bool bool,
            v_point point, v_latin varchar(20) CHARACTER SET latin1)""",
        """INSERT INTO `all types` VALUES (1, 18446744073709551615, '12345678901234567890.1234567890', 0.1, 0.1,
            '0000-00-00', '2024-01-02 03:04:05.5', NULL, '-838:59:59', 2024, x'00ff', 'ab', 'a\nb,"c"\\\\', 'ab',
            'Ñ', 'a', 'x,y', 1, 5, '{"a": 1.10}', true, point(1,2), 'Núñez')""",
        "SET time_zone = '+02:00'",
        "UPDATE `all types` SET v_timestamp = '2024-01-02 03:04:05.12' WHERE n = 1",
        """INSERT INTO `all types` (n, v_float, v_double, v_date, v_datetime, v_timestamp, v_text)
            VALUES (2, 16777217, 1e300, '2024-00-00', '0000-00-00', '0000-00-00 00:00:00', '')""",
        "INSERT INTO `all types` (n) VALUES (3)",
        "CREATE TABLE contacts (id int, name varchar(50))",
        "INSERT INTO contacts VALUES (1, 'Ana'), (2, NULL)",
        "CREATE VIEW names AS SELECT name FROM contacts WHERE name IS NOT NULL",
        "CREATE TABLE `odd``; name` (`x``y` text)",
    )
    return mariadb


def test_types_without_loss(my):
    made = columns(table(f"{my.url}?query=SELECT * FROM `all types` ORDER BY n").frame)
    assert made == {
        "n": ["1", "2", "3"],
        "v_big": ["18446744073709551615", None, None],
        "v_decimal": ["12345678901234567890.1234567890", None, None],
        "v_float": ["0.1", "16777216.0", None],
        "v_double": ["0.1", "1e300", None],
        "v_date": ["0000-00-00", "2024-00-00", None],
        "v_datetime": ["2024-01-02T03:04:05.5", "0000-00-00T00:00:00", None],
        "v_timestamp": ["2024-01-02T01:04:05.12+00:00", "0000-00-00T00:00:00", None],
        "v_time": ["-838:59:59.00", None, None],
        "v_year": ["2024", None, None],
        "v_blob": ["00ff", None, None],
        "v_varbinary": ["6162", None, None],
        "v_text": ['a\nb,"c"\\', None, None],
        "v_char": ["ab", None, None],
        "v_folded": ["Ñ", None, None],
        "v_enum": ["a", None, None],
        "v_set": ["x,y", None, None],
        "v_bit": ["1", None, None],
        "v_bits": ["000000101", None, None],
        "v_json": ['{"a": 1.10}', None, None],
        "v_bool": ["1", None, None],
        "v_point": ["000000000101000000000000000000f03f0000000000000040", None, None],
        "v_latin": ["Núñez", None, None],
    }
    facts = {fact.name: fact.value for fact in table(f"{my.url}?table=all%20types").facts}
    assert facts["empty_texts"] == "1"
    assert facts["format"] in ("MariaDB", "MySQL")


def test_all_tables_a_view_and_a_query(my):
    made = {one.member: one.frame.height for one in inputs.read([my.url]).tables}
    assert made == {"all types": 3, "contacts": 2, "odd`; name": 0}
    assert table(f"crm={my.url}?table=NAMES").frame.rows() == [("Ana",)]
    found = table(f"{my.url}?name=one&query=SELECT id AS a, '50%25;' AS b FROM contacts WHERE id = 1; -- x")
    assert (found.member, found.frame.rows()) == ("one", [("1", "50%;")])
    assert table(f"{my.url}?query=SELECT 1 AS x FROM contacts WHERE false").frame.shape == (0, 1)
    assert table(f"{my.url.rsplit('/', 1)[0]}?table={my.name}.contacts").frame.height == 2


WRITES = [
    "DELETE FROM contacts", "SELECT 1; DELETE FROM contacts", "COMMIT", "CREATE TABLE copied (a int)", "",
    "SELECT 1 INTO OUTFILE '{folder}/written'", "SELECT * FROM contacts INTO @x", "TRUNCATE contacts",
    "/*! DELETE FROM contacts */", "SELECT 1 /*! INTO OUTFILE '{folder}/written' */",
    "WITH a AS (SELECT 1) DELETE FROM contacts", "SELECT 1) AS q; DELETE FROM contacts; SELECT * FROM (SELECT 1",
    "HANDLER contacts OPEN", "CALL nothing()", "SET GLOBAL max_connections = 1",
]  # fmt: skip


@pytest.mark.parametrize("sql", WRITES)
def test_a_database_is_never_written(my, tmp_path, sql):
    tmp_path.chmod(0o777)
    with pytest.raises(SourceError):
        inputs.read([f"{my.url}?query={sql.format(folder=tmp_path)}"])
    assert not (tmp_path / "written").exists()
    assert table(f"{my.url}?table=contacts").frame.height == 2


def test_a_function_that_writes_is_refused_by_the_transaction(my):
    my.run(
        "CREATE OR REPLACE FUNCTION wipe() RETURNS int MODIFIES SQL DATA BEGIN DELETE FROM contacts; RETURN 1; END",
    )
    with pytest.raises(SourceError, match="1792"):
        inputs.read([f"{my.url}?query=SELECT wipe() AS x"])
    assert table(f"{my.url}?table=contacts").frame.height == 2


def test_errors_say_what_is_wrong_and_quote_no_values(my):
    with pytest.raises(SourceError, match="nowhere") as caught:
        inputs.read([f"{my.url}?query=SELECT * FROM nowhere"])
    assert caught.value.where == my.url
    with pytest.raises(SourceError, match="contcts") as caught:
        inputs.read([f"{my.url}?table=contcts"])
    assert "contacts" in caught.value.hint
    with pytest.raises(SourceError, match="same name") as caught:
        inputs.read([f"{my.url}?query=SELECT 1 AS a, 2 AS a"])
    with pytest.raises(SourceError, match="1242"):
        inputs.read([f"{my.url}?query=SELECT (SELECT name FROM contacts) AS x"])
    with pytest.raises(SourceError, match="sslmode") as caught:
        inputs.read([f"{my.url}?sslmode=require"])
    assert "ssl_mode" in caught.value.hint
    with pytest.raises(SourceError, match="connect_timeout"):
        inputs.read([f"{my.url}?connect_timeout=soon"])


def test_an_error_after_rows_were_sent_is_an_error(my, monkeypatch):
    monkeypatch.setattr(mysql, "_READ_BYTES", 1000)
    sql = "SELECT seq, IF(seq < 5000, repeat('x', 200), (SELECT 1 UNION SELECT seq)) AS y FROM seq_1_to_6000"
    with pytest.raises(SourceError, match="1242"):
        inputs.read([f"{my.url}?query={sql}"])


def test_tables_without_permission(my):
    user = "crmq_test_reader"
    my.run(f"CREATE USER IF NOT EXISTS {user}@'127.0.0.1' IDENTIFIED BY 's3c:ret'",
           f"GRANT SELECT ON `{my.name}`.contacts TO {user}@'127.0.0.1'",
           f"GRANT SHOW VIEW ON `{my.name}`.`all types` TO {user}@'127.0.0.1'")  # fmt: skip
    place = my.url.split("@")[1]
    try:
        result = inputs.read([f"mysql://{user}:s3c%3Aret@{place}"])
        assert [one.member for one in result.tables] == ["contacts"]
        assert [failure.where for failure in result.failures] == [f"mysql://{user}@{place}!all types"]
        with pytest.raises(SourceError, match="denied") as caught:
            inputs.read([f"mysql://{user}:s3c%3Aret@{place}?table=all%20types"])
        assert "s3c" not in f"{caught.value.what}{caught.value.where}"
        with pytest.raises(SourceError, match="denied"):
            inputs.read([f"mysql://{user}:wrong@{place}"])
    finally:
        my.run(f"DROP USER {user}@'127.0.0.1'")


def test_ssl_options_reach_the_driver(my, monkeypatch):
    import pymysql

    seen = {}

    def connect(**given):
        seen.update(given)
        raise pymysql.OperationalError(2026, "SSL connection error")

    monkeypatch.setattr(pymysql, "connect", connect)
    options = "ssl_ca=/ca.pem&ssl-cert=/c.pem&ssl_key=/k.pem&ssl_verify_identity=true&connect_timeout=3"
    with pytest.raises(SourceError, match="SSL"):
        inputs.read([f"{my.url}?{options}"])
    assert {k: seen[k] for k in ("ssl_ca", "ssl_cert", "ssl_key", "ssl_verify_identity", "connect_timeout")} == {
        "ssl_ca": "/ca.pem", "ssl_cert": "/c.pem", "ssl_key": "/k.pem", "ssl_verify_identity": True,
        "connect_timeout": 3,
    }  # fmt: skip
    with pytest.raises(SourceError, match="SSL"):
        inputs.read([f"{my.url}?ssl-mode=VERIFY_IDENTITY"])
    assert seen["ssl_verify_cert"] is True


@pytest.mark.parametrize(("batch", "block"), [(300, 700), (8 << 20, 1 << 20)])
def test_hostile_cells_arrive_as_they_are(my, monkeypatch, batch, block):
    monkeypatch.setattr(csv_stream, "BATCH_BYTES", batch)
    monkeypatch.setattr(mysql, "_READ_BYTES", block)
    dice = random.Random(5)
    pieces = ["a", '"', "\n", "\r", ",", " ", "\\", "é", "\\N", "\ufeff", "'", "#", "NULL", "\t", "😀", "x" * 240]
    rows = [
        (i, *(None if dice.random() < 0.2 else "".join(dice.choices(pieces, k=dice.randrange(6))) for _ in range(3)))
        for i in range(500)
    ]

    def literal(cell):
        return "NULL" if cell is None else "'" + str(cell).replace("\\", "\\\\").replace("'", "''") + "'"

    values = ", ".join("(" + ", ".join(map(literal, row)) + ")" for row in rows)
    my.run("SET NAMES utf8mb4", "DROP TABLE IF EXISTS hostile", "CREATE TABLE hostile (i int, a text, b text, c text)",
           f"INSERT INTO hostile VALUES {values}")  # fmt: skip
    made = table(f"{my.url}?query=SELECT * FROM hostile ORDER BY i")
    assert made.frame.rows() == [tuple(str(cell) if cell not in (None, "") else None for cell in row) for row in rows]
    my.run("DROP TABLE hostile")


def test_a_row_of_several_packets(my):
    big, more = 8_300_000, 1_000_000
    long = f"SELECT REPEAT('x\"', {big}) AS a, REPEAT('z', {more}) AS b"
    made = table(f"{my.url}?query={long} UNION ALL SELECT 'y', NULL UNION ALL SELECT 'w', 'v'").frame
    assert made["a"][0] == 'x"' * big
    assert made["b"][0] == "z" * more
    assert made.rows()[1:] == [("y", None), ("w", "v")]
