"""Database URLs: what they name, and that nothing secret in them is ever shown."""

from __future__ import annotations

import importlib

import pytest

from crmq.connectors import databases, inputs
from crmq.connectors.databases import drivers
from crmq.errors import ConfigError, SourceError


def told(error: SourceError) -> str:
    return f"{error.what} {error.where} {error.hint} {error!r}"


def test_a_server_taken_apart():
    made = databases.parse(
        "postgres://an%40a:p%2Fw@[::1]:5433/my%20crm?sslmode=require&table=a&table=b%26c&name=x&query=SELECT 1&2"
    )
    assert (made.kind, made.user, made.password, made.host, made.port, made.database) == (
        "postgresql", "an@a", "p/w", "::1", 5433, "my crm",
    )  # fmt: skip
    assert made.options == {"sslmode": "require"}
    assert (made.tables, made.query, made.name) == (("a", "b&c"), "SELECT 1&2", "x")
    assert made.shown == "postgres://an%40a@[::1]:5433/my%20crm"
    assert databases.parse("mariadb+pymysql://h/d").kind == "mysql"
    assert databases.parse("mssql+pyodbc://h/d?driver=ODBC+Driver+18+for+SQL+Server").options == {
        "driver": "ODBC Driver 18 for SQL Server"
    }


def test_variables_need_no_escaping(monkeypatch):
    monkeypatch.setenv("CRMQ_T_PW", "p@s:s/w?r&d%41")
    monkeypatch.setenv("CRMQ_T_HOST", "DB.example")
    made = databases.parse("mysql://u:${CRMQ_T_PW}@${CRMQ_T_HOST}/d")
    assert (made.password, made.host) == ("p@s:s/w?r&d%41", "DB.example")
    assert "p@s" not in repr(made)
    monkeypatch.delenv("CRMQ_T_PW")
    with pytest.raises(ConfigError, match="CRMQ_T_PW"):
        databases.parse("mysql://u:${CRMQ_T_PW}@h/d")


UNESCAPED = [
    "postgresql://user:s3c/ret@host/db", "postgresql://user:s3c?ret@host/db", "postgresql://user:s3c?ret=x@host/db",
    "postgresql://user:123/s3cret@host/db", "postgresql://user:s3cret@host:s3cret/db", "mysql://u:a@b@s3cret:x/db",
    "postgresql://host:99999/db?password=s3cret", "postgresql://[::1:s3cret/db", "mysql://u:12?s3c@h/d",
]  # fmt: skip


@pytest.mark.parametrize("url", UNESCAPED)
def test_a_password_that_was_not_escaped_is_not_shown(url):
    with pytest.raises(SourceError) as caught:
        inputs.read([f"crm={url}"])
    assert "s3c" not in told(caught.value)
    assert "s3c" not in databases.shown(f"crm={url}")


def test_what_may_be_shown_and_what_may_be_written_down(monkeypatch):
    url = "crm=postgresql://u:s3cret@h/d?sslpassword=s3cret&table=t"
    assert databases.shown(url) == "crm=postgresql://u@h/d"
    assert databases.kept(url) == "crm=postgresql://u:${PGPASSWORD}@h/d?sslpassword=${PGPASSWORD}&table=t"
    assert databases.kept("mysql://u:${MINE}@h/d?query=SELECT ':a@b'") == "mysql://u:${MINE}@h/d?query=SELECT ':a@b'"
    assert databases.kept("contacts.csv") == databases.shown("contacts.csv") == "contacts.csv"
    assert databases.kept("sqlite:///a.db?table=t") == "sqlite:///a.db?table=t"
    monkeypatch.setenv("CRMQ_T_URL", "mysql://u:s3cret@h/d")
    assert databases.kept("${CRMQ_T_URL}?table=t") == "${CRMQ_T_URL}?table=t"
    assert databases.shown("${CRMQ_T_URL}?table=t") == "mysql://u@h/d"


def test_unknown_databases_and_parameters():
    with pytest.raises(SourceError, match="foo"):
        inputs.read(["foo://u:s3cret@x/y"])
    with pytest.raises(SourceError, match="tabel") as caught:
        inputs.read(["sqlite:///x.db?tabel=t"])
    assert "table" in caught.value.hint


@pytest.mark.parametrize("url", ["postgresql://h/d", "mysql://h/d", "oracle://h/d"])
def test_a_missing_driver_says_what_to_install(monkeypatch, url):
    known = importlib.import_module

    def absent(name, *rest):
        if name in ("psycopg", "pymysql", "sqlalchemy"):
            raise ImportError(name=name)
        return known(name, *rest)

    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(SourceError, match="driver") as caught:
        inputs.read([url])
    assert f"crmq[{drivers.EXTRA}]" in caught.value.hint


def test_nobody_listens_there():
    for url in ("postgresql://u:s3cret@127.0.0.1:9/d", "mysql://u:s3cret@127.0.0.1:9/d"):
        with pytest.raises(SourceError, match=r"127\.0\.0\.1") as caught:
            inputs.read([url])
        assert caught.value.where == url.replace(":s3cret", "")
        assert "s3cret" not in told(caught.value)


def test_the_command_line_tells_host_and_database_but_no_secret(crmq, tmp_path):
    for url in ("postgresql://u:s3cret@127.0.0.1:9/crm?table=t", "mysql://u:s3cret@127.0.0.1:9/crm?table=t"):
        for command in ("inspect", "map", "profile", "validate"):
            done = crmq(command, url, "--debug", cwd=tmp_path)
            assert done.returncode == 3
            assert "127.0.0.1:9/crm" in done.stderr
            assert "s3cret" not in done.stderr + done.stdout
