"""PostgreSQL: types without loss, what is asked for, what is refused, and what is never shown."""

from __future__ import annotations

import random

import pytest

from crmq.connectors import inputs
from crmq.connectors.databases import csv_stream
from crmq.errors import SourceError
from tests.connectors.databases.conftest import columns, table


@pytest.fixture(scope="module")
def pg(postgresql):
    postgresql.run(
        "CREATE TYPE mood AS ENUM ('sad', 'ok')",
        "CREATE TYPE pair AS (a int, b text)",
        "CREATE DOMAIN mail AS text CHECK (value LIKE '%@%')",
        """CREATE TABLE "all types" (
            n int, v_numeric numeric, v_scale numeric(12,2), v_double float8, v_single float4, v_timestamp timestamp,
            v_zoned timestamptz, v_date date, v_time time, v_interval interval, v_bytes bytea, v_ints int[],
            v_texts text[], v_json json, v_jsonb jsonb, v_uuid uuid, v_bits bit(3), v_mood mood, v_moods mood[],
            v_pair pair, v_mail mail, v_bool bool, v_char char(6), v_money money, v_inet inet, v_range int4range,
            v_text text, v_big int8)""",
        r"""INSERT INTO "all types" VALUES (1, 12345678901234567890.1234567890, 10.50, 0.1, 0.1,
            '2024-01-02 03:04:05.5', '2024-01-02 03:04:05+02', '2024-01-31',
            '10:20:30.123456', '1 year 2 mons -3 days 04:05:06.7', '\x00ff',
            '{1,NULL,3}', '{"a,b","","q\"q"}', '{"b": 1,  "a":1.10}', '{"b": 1, "a":1.10}',
            'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', B'101', 'ok', '{sad,ok}', (1,'x'), 'a@b.c', true, 'ab',
            '1234.50', '10.0.0.1/8', '[1,5)', '', 9223372036854775807)""",
        r"""INSERT INTO "all types" (n, v_numeric, v_double, v_single, v_timestamp, v_zoned, v_date, v_bool, v_text)
            VALUES (2, 'NaN', 'Infinity', 16777216, 'infinity', '-infinity', '0044-03-15 BC', false,
            E'\uFEFFline\r\nbreak, "quoted" \\N \\. \t')""",
        """INSERT INTO "all types" (n, v_double, v_timestamp, v_zoned)
            VALUES (3, 1e300, '0044-03-15 10:00 BC', '1890-01-01 00:00:00+00')""",
        "CREATE SCHEMA sales",
        "CREATE TABLE sales.contacts (id int, name text)",
        "INSERT INTO sales.contacts VALUES (1, 'Ana'), (2, NULL)",
        "CREATE VIEW names AS SELECT name FROM sales.contacts WHERE name IS NOT NULL",
        "CREATE TABLE orders (id int, day date) PARTITION BY RANGE (day)",
        "CREATE TABLE orders_24 PARTITION OF orders FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')",
        "INSERT INTO orders VALUES (7, '2024-05-05')",
        "CREATE TABLE parents (id int)",
        "CREATE TABLE children (toy text) INHERITS (parents)",
        "INSERT INTO parents VALUES (1)",
        "INSERT INTO children VALUES (2, 'ball')",
        'CREATE TABLE "odd""; name" ("x""y" text)',
    )
    return postgresql


def test_types_without_loss(pg):
    made = columns(table(f'{pg.url}?query=SELECT * FROM "all types" ORDER BY n').frame)
    assert made == {
        "n": ["1", "2", "3"],
        "v_numeric": ["12345678901234567890.1234567890", "NaN", None],
        "v_scale": ["10.50", None, None],
        "v_double": ["0.1", "Infinity", "1e+300"],
        "v_single": ["0.1", "1.6777216e+07", None],
        "v_timestamp": ["2024-01-02T03:04:05.5", "infinity", "0044-03-15T10:00:00 BC"],
        "v_zoned": ["2024-01-02T01:04:05+00:00", "-infinity", "1890-01-01T00:00:00+00:00"],
        "v_date": ["2024-01-31", "0044-03-15 BC", None],
        "v_time": ["10:20:30.123456", None, None],
        "v_interval": ["P1Y2M-3DT4H5M6.7S", None, None],
        "v_bytes": ["00ff", None, None],
        "v_ints": ["[1,null,3]", None, None],
        "v_texts": ['["a,b","","q\\"q"]', None, None],
        "v_json": ['{"b": 1,  "a":1.10}', None, None],
        "v_jsonb": ['{"a": 1.10, "b": 1}', None, None],
        "v_uuid": ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", None, None],
        "v_bits": ["101", None, None],
        "v_mood": ["ok", None, None],
        "v_moods": ['["sad","ok"]', None, None],
        "v_pair": ['{"a":1,"b":"x"}', None, None],
        "v_mail": ["a@b.c", None, None],
        "v_bool": ["true", "false", None],
        "v_char": ["ab", None, None],
        "v_money": ["1234.50", None, None],
        "v_inet": ["10.0.0.1/8", None, None],
        "v_range": ["[1,5)", None, None],
        "v_text": [None, '\ufeffline\r\nbreak, "quoted" \\N \\. \t', None],
        "v_big": ["9223372036854775807", None, None],
    }


def test_the_settings_of_the_server_change_nothing(pg):
    pg.run(
        f"ALTER DATABASE {pg.name} SET datestyle = 'German'", f"ALTER DATABASE {pg.name} SET timezone = 'Asia/Tokyo'",
        f"ALTER DATABASE {pg.name} SET intervalstyle = 'postgres_verbose'",
        f"ALTER DATABASE {pg.name} SET bytea_output = 'escape'",
    )  # fmt: skip
    try:
        test_types_without_loss(pg)
    finally:
        pg.run(f"ALTER DATABASE {pg.name} RESET ALL")


def test_null_and_empty_are_counted_apart(pg):
    facts = {fact.name: fact for fact in table(f"{pg.url}?table=all%20types").facts}
    assert facts["empty_texts"].value == "1"
    assert facts["format"].value == "PostgreSQL"


def test_all_tables_once_each(pg):
    made = {one.member: one.frame.rows() for one in inputs.read([pg.url]).tables}
    assert set(made) == {"all types", "children", 'odd"; name', "orders", "parents", "sales.contacts"}
    assert made["orders"] == [("7", "2024-05-05")], "a partition is no table of its own"
    assert (made["parents"], made["children"]) == ([("1",)], [("2", "ball")]), "rows of a child stand there only"


def test_a_table_a_view_a_partition_by_name(pg):
    assert table(f"{pg.url}?table=NAMES").frame.rows() == [("Ana",)]
    assert table(f"{pg.url}?table=contacts").member == "sales.contacts", "the schema may be left out"
    assert table(f"{pg.url}?table=orders_24").frame.height == 1
    assert table(f"{pg.url}?table=parents").frame.height == 2
    two = inputs.read([f"crm={pg.url}?table=sales.contacts&table=names"]).tables
    assert [(one.source, one.member, one.path) for one in two] == [
        ("crm", "sales.contacts", pg.url), ("crm", "names", pg.url),
    ]  # fmt: skip


def test_a_query(pg):
    made = table(
        f"{pg.url}?name=people&query=SELECT id AS a, name AS a, '50%25' AS c FROM sales.contacts WHERE id=1; -- x"
    )
    assert made.member == "people"
    assert made.headers == ["a", "a", "c"]
    assert made.frame.columns == ["a", "a (2)", "c"]
    assert made.frame.rows() == [("1", "Ana", "50%")]
    assert table(f"{pg.url}?query=VALUES (1, NULL)").frame.rows() == [("1", None)]
    assert table(f"{pg.url}?query=SELECT 1 AS x WHERE false").frame.shape == (0, 1)


WRITES = [
    "DELETE FROM sales.contacts",
    "WITH gone AS (DELETE FROM sales.contacts RETURNING *) SELECT * FROM gone",
    "SELECT 1; DELETE FROM sales.contacts; COMMIT",
    "SELECT 1) TO STDOUT; DELETE FROM sales.contacts; COMMIT; COPY (SELECT 1",
    "COMMIT",
    "SELECT * INTO copied FROM sales.contacts",
    "COPY sales.contacts TO '/tmp/crmq_written'",
    "SELECT setval('s', 5)",
    "",
]


@pytest.mark.parametrize("sql", WRITES)
def test_a_database_is_never_written(pg, sql):
    pg.run("CREATE SEQUENCE IF NOT EXISTS s")
    with pytest.raises(SourceError):
        inputs.read([f"{pg.url}?query={sql}"])
    assert table(f"{pg.url}?table=sales.contacts").frame.height == 2
    assert table(f"{pg.url}?query=SELECT last_value FROM s").frame.rows() == [("1",)]
    with pytest.raises(SourceError):
        inputs.read([f"{pg.url}?table=copied"])


def test_errors_say_what_is_wrong_and_quote_no_values(pg):
    with pytest.raises(SourceError, match="nowhere") as caught:
        inputs.read([f"{pg.url}?query=SELECT * FROM nowhere"])
    assert caught.value.where == pg.url
    with pytest.raises(SourceError, match="22P02") as caught:
        inputs.read([f"{pg.url}?query=SELECT name::int FROM sales.contacts"])
    assert "Ana" not in caught.value.what
    with pytest.raises(SourceError, match="contcts") as caught:
        inputs.read([f"{pg.url}?table=contcts"])
    assert "sales.contacts" in caught.value.hint


def test_an_error_after_rows_were_sent_is_an_error(pg):
    sql = "SELECT 1 / (50000 - g) AS x, repeat('y', 400) AS y FROM generate_series(1, 60000) AS g"
    with pytest.raises(SourceError, match="22012"):
        inputs.read([f"{pg.url}?query={sql}"])


def test_tables_without_permission(pg):
    role = f"{pg.name}_reader"
    pg.run(
        f"DROP ROLE IF EXISTS {role}", f"CREATE ROLE {role} LOGIN", "CREATE TABLE payroll (salary int)",
        f"GRANT SELECT ON orders, names TO {role}", "ALTER TABLE parents ENABLE ROW LEVEL SECURITY",
        f"GRANT SELECT ON parents TO {role}", f"CREATE POLICY own ON parents TO {role} USING (id > 5)",
    )  # fmt: skip
    url = pg.url.replace("://", f"://{role}@", 1).replace(f"{role}@postgres@", f"{role}@")
    try:
        result = inputs.read([url])
        made = {one.member: one for one in result.tables}
        assert set(made) == {"orders", "parents"}
        assert {fact.name for fact in made["parents"].facts} >= {"row_security"}
        assert f"{url}!payroll" in {failure.where for failure in result.failures}
        with pytest.raises(SourceError, match="permission denied"):
            inputs.read([f"{url}?table=payroll"])
    finally:
        pg.run("DROP POLICY own ON parents", "ALTER TABLE parents DISABLE ROW LEVEL SECURITY", "DROP TABLE payroll",
               f"DROP OWNED BY {role}", f"DROP ROLE {role}")  # fmt: skip


def test_secrets_from_the_environment(pg, monkeypatch):
    monkeypatch.setenv("CRMQ_TEST_USER", pg.url.split("://")[1].split("@")[0])
    monkeypatch.setenv("CRMQ_TEST_SECRET", "p@ss/word?:&")
    place = pg.url.split("@")[1]
    made = table(f"postgresql://${{CRMQ_TEST_USER}}:${{CRMQ_TEST_SECRET}}@{place}?table=names")
    assert made.path == pg.url
    monkeypatch.setenv("CRMQ_TEST_URL", pg.url)
    assert table("x=${CRMQ_TEST_URL}?table=names").source == "x"


@pytest.mark.parametrize("batch", [300, 8 << 20])
def test_hostile_cells_arrive_as_they_are(pg, monkeypatch, batch):
    monkeypatch.setattr(csv_stream, "BATCH_BYTES", batch)
    dice = random.Random(4)
    pieces = ["a", '"', "\n", "\r", ",", " ", "\\", "é", "\\.", "\\N", "\ufeff", "'", "#", "NULL", "\t", ";"]
    rows = [
        (i, *(None if dice.random() < 0.2 else "".join(dice.choices(pieces, k=dice.randrange(6))) for _ in range(3)))
        for i in range(500)
    ]

    def literal(cell):
        return "NULL" if cell is None else "'" + str(cell).replace("'", "''") + "'"

    values = ", ".join("(" + ", ".join(map(literal, row)) + ")" for row in rows)
    pg.run("DROP TABLE IF EXISTS hostile", "CREATE TABLE hostile (i int, a text, b text, c text)",
           f"INSERT INTO hostile VALUES {values}")  # fmt: skip
    made = table(f"{pg.url}?query=SELECT * FROM hostile ORDER BY i")
    assert made.frame.rows() == [tuple(str(cell) if cell not in (None, "") else None for cell in row) for row in rows]
    lone = [row[1] or None for row in rows]
    found = table(f"{pg.url}?query=SELECT a FROM hostile ORDER BY i")
    assert found.frame["a"].to_list() == [cell for cell in lone if cell is not None]
    assert found.lines.to_list() == [i + 1 for i, cell in enumerate(lone) if cell is not None]
    pg.run("DROP TABLE hostile")


def test_text_of_a_database_without_encoding(pg):
    name = f"{pg.name}_ascii"
    pg.run(f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    url = pg.url.replace(pg.name, name)
    try:
        made = table(f"{url}?query=SELECT convert_from('\\x4ef1f16f', 'SQL_ASCII') AS a UNION ALL SELECT 'Peña'")
        assert made.frame["a"].to_list() == ["Nñño", "Peña"]
    finally:
        pg.run(f"DROP DATABASE {name}")
