"""The DuckDB file: whole or not at all, the same twice, and nothing of others touched."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import polars as pl
import pytest

from crmq.consolidate import stores
from crmq.errors import OutputError, UsageError
from crmq.model.golden import GOLDEN_SCHEMAS


@pytest.fixture
def golden(world):
    w = world()
    firm = w.organisation("f", "crm:9", org_name="Acenor", object="account")
    first = w.person(
        "p", "crm:1", full_name="Ana Ruiz", email="ana@x.com", created_at="2020-01-01", modified_at="2021-01-01",
        street="Calle 1", city="León", postal_code="37000",
    )  # fmt: skip
    w.person("p", "erp:2", full_name="Ana Ruiz", phone="+5215512345678", tax_id="RUAA840412AB1", tax_scheme="MX:RFC")
    w.rows["contact_points"][-1]["phone_type"] = "mobile"
    w.person("q", "crm:3", full_name="O'Hara; DROP TABLE party", email="bo@x.com")
    w.consent(first, "given", captured_at="2020-05-05")
    w.add("relationships", first, rel_type="employed_by", to_object="account", to_record_key="9")
    w.add("extras", first, column="Título, ó", raw="a\nb,'c'")
    assert firm
    return w.golden()


def read(path: Path, sql: str) -> list[tuple]:
    connection = duckdb.connect(str(path), read_only=True)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def content(path: Path) -> dict[str, list[tuple]]:
    return {
        name: read(path, f"select columns(*)::varchar from {name} order by all")
        for name in (*GOLDEN_SCHEMAS, "party_flat")
    }


def test_all_tables_are_there_with_types_keys_and_comments(golden, tmp_path: Path) -> None:
    path = tmp_path / "customer.duckdb"
    stores.load_duckdb(golden, path)
    for name, schema in GOLDEN_SCHEMAS.items():
        assert read(path, f"select count(*) from {name}") == [(golden[name].height,)]
        columns = dict(read(path, f"select column_name, data_type from duckdb_columns() where table_name = '{name}'"))
        columns.pop("no", None)
        assert list(columns) == list(schema)
    tables = read(path, "select table_name, has_primary_key, comment from duckdb_tables()")
    assert all(keyed and comment.startswith("crmq: ") for _name, keyed, comment in tables)
    assert read(path, "select count(*) from duckdb_columns() where comment is null and column_name <> 'no' "
                      f"and table_name in {tuple(GOLDEN_SCHEMAS)}") == [(0,)]  # fmt: skip
    types = dict(read(path, "select column_name, data_type from duckdb_columns() where table_name = 'party'"))
    assert (types["known_since"], types["quality_score"]) == ("TIMESTAMP WITH TIME ZONE", "UTINYINT")
    assert path.stat().st_mode & 0o777 == 0o600


def test_values_arrive_as_they_are(golden, tmp_path: Path) -> None:
    path = tmp_path / "customer.duckdb"
    stores.load_duckdb(golden, path)
    assert read(path, "select display_name from party") == [(name,) for name in golden["party"]["display_name"]]
    assert read(path, 'select "column", raw from extras') == [("Título, ó", "a\nb,'c'")]
    assert read(path, "select captured_at::varchar from consents") == [("2020-05-05 00:00:00+00",)]


def test_the_flat_view_has_one_row_per_party(golden, tmp_path: Path) -> None:
    path = tmp_path / "customer.duckdb"
    stores.load_duckdb(golden, path)
    rows = read(
        path,
        "select full_name, email_1, email_1_ok, mobile_e164, tax_id, street, consent_email_commercial, "
        "consent_phone_commercial, employer_party_id, sources, source_keys from party_flat where party_kind = 'person' "
        "order by full_name",
    )
    firm = golden["party"].filter(pl.col("party_kind") == "organisation")["party_id"].item()
    assert rows[0] == (
        "Ana Ruiz", "ana@x.com", True, "+5215512345678", "RUAA840412AB1", "Calle 1", "yes", "unknown", firm,
        "crm;erp", "crm|contact|1;erp|contact|2",
    )  # fmt: skip
    assert len(rows) == 2
    assert read(path, "select count(*) from party_flat") == [(3,)]


def test_a_second_run_leaves_the_same_content_and_size(golden, tmp_path: Path) -> None:
    path = tmp_path / "customer.duckdb"
    stores.load_duckdb(golden, path)
    before, size = content(path), path.stat().st_size
    stores.load_duckdb(golden, path)
    assert content(path) == before
    assert path.stat().st_size == size
    assert [p.name for p in tmp_path.iterdir()] == ["customer.duckdb"]


def test_tables_of_others_in_the_same_file_stay(golden, world, tmp_path: Path) -> None:
    path = tmp_path / "customer.duckdb"
    connection = duckdb.connect(str(path))
    connection.execute("create table budget as select 42 as amount; comment on table budget is 'mine'")
    connection.execute("create sequence s start 7")
    connection.close()
    stores.load_duckdb(golden, path)
    smaller = world()
    smaller.person("p", "crm:1", full_name="Ana")
    stores.load_duckdb(smaller.golden(), path)
    assert read(path, "select amount from budget") == [(42,)]
    assert read(path, "select comment from duckdb_tables() where table_name = 'budget'") == [("mine",)]
    assert read(path, "select start_value from duckdb_sequences()") == [(7,)]
    assert read(path, "select display_name from party_flat join party using (party_id)") == [("Ana",)]


@pytest.mark.parametrize("made", ["create table party (x int)", "create view party_flat as select 1 as x"])
def test_a_table_of_the_same_name_that_crmq_did_not_write_is_refused(golden, tmp_path: Path, made: str) -> None:
    path = tmp_path / "customer.duckdb"
    connection = duckdb.connect(str(path))
    connection.execute(made)
    connection.close()
    before = path.read_bytes()
    with pytest.raises(OutputError):
        stores.load_duckdb(golden, path)
    assert path.read_bytes() == before


def test_what_is_no_database_or_is_in_use_is_refused(golden, tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("not a database " * 1000)
    with pytest.raises(OutputError):
        stores.load_duckdb(golden, text)
    assert text.read_text().startswith("not a database")
    with pytest.raises(OutputError):
        stores.load_duckdb(golden, tmp_path)
    path = tmp_path / "busy.duckdb"
    holder = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == b"open\n"
        with pytest.raises(OutputError):
            stores.load_duckdb(golden, path)
        process.communicate()


@pytest.mark.parametrize(
    ("url", "file"),
    [("duckdb:///customer.duckdb", "customer.duckdb"), ("duckdb:////tmp/a%20b.duckdb", "/tmp/a b.duckdb")],
)
def test_addresses(url: str, file: str) -> None:
    assert stores.database_file(url) == Path(file)


@pytest.mark.parametrize("url", ["postgresql://h/d", "customer.duckdb", "duckdb://", "duckdb:///", "duckdb:///a?x=1"])
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(UsageError):
        stores.database_file(url)


_WRITER = """
import pickle, sys
from pathlib import Path
from crmq.consolidate import stores
from crmq.model.golden import Golden
tables = pickle.loads(Path(sys.argv[1]).read_bytes())
print("ready", flush=True)
while True:
    stores.load_duckdb(Golden(tables), Path(sys.argv[2]))
"""


def test_a_killed_run_leaves_the_old_file_or_the_new_one(golden, tmp_path: Path) -> None:
    import pickle

    path, tables = tmp_path / "customer.duckdb", tmp_path / "tables.pickle"
    tables.write_bytes(pickle.dumps(golden.tables))
    stores.load_duckdb(golden, path)
    expected = content(path)
    for delay in (0.02, 0.13, 0.31):
        process = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(tables), str(path)], stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )  # fmt: skip
        assert process.stdout is not None and process.stdout.readline() == b"ready\n"
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert content(path) == expected
    stores.load_duckdb(golden, path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["customer.duckdb", "tables.pickle"]


def test_the_catalogue_describes_every_column() -> None:
    described = stores.catalogue()
    assert set(described.tables) == set(GOLDEN_SCHEMAS)
    for name, schema in GOLDEN_SCHEMAS.items():
        assert all(described.describe(name, column) for column in schema)
        assert set(described.tables[name].columns) <= set(schema)
