"""Whole commands over a database: what is written down, what is read again, and what is shown."""

from __future__ import annotations

import json
import re

import pytest

from crmq.pipeline import Pipeline, Request
from crmq.progress import Silent

SECRET = "s3cret:pass"


@pytest.fixture
def contacts(mariadb):
    """A table that only a user with a password may read: the URL with the password, and one with a variable."""
    user = "crmq_test_writer"
    mariadb.run(
        f"CREATE USER IF NOT EXISTS {user}@'127.0.0.1' IDENTIFIED BY '{SECRET}'",
        f"GRANT SELECT ON `{mariadb.name}`.* TO {user}@'127.0.0.1'",
        "SET NAMES utf8mb4",
        "DROP TABLE IF EXISTS customers",
        "CREATE TABLE customers (id int, first_name varchar(50), last_name varchar(50), email varchar(80))",
        """INSERT INTO customers VALUES (1, 'Ana', 'Ruiz', 'ana@ejemplo-real.mx'),
            (2, 'Luis', 'Gil', 'luis@ejemplo-real.mx'), (3, 'Ana', 'Ruiz', 'ana@ejemplo-real.mx')""",
    )
    place = mariadb.url.split("@")[1]
    yield (
        f"mysql://{user}:s3cret%3Apass@{place}?table=customers",
        f"mysql://{user}:${{MYSQL_PWD}}@{place}?table=customers",
    )
    mariadb.run("DROP TABLE customers", f"DROP USER {user}@'127.0.0.1'")


def everything(folder, *outputs):
    written = "".join(path.read_bytes().decode("latin-1") for path in folder.rglob("*") if path.is_file())
    return written + "".join(outputs)


def test_no_secret_in_reports_and_run_folders(crmq, contacts, tmp_path):
    plain, variable = contacts
    told = []
    for command in (["inspect"], ["profile"], ["dedupe", "-o", "out"]):
        done = crmq(command[0], f"erp={plain}", *command[1:], cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        told += [done.stdout, done.stderr]
    assert not re.search("s3cret", everything(tmp_path, *told))
    assert any(f"erp={variable}" in text for text in told), "the next command names a variable"
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["settings"]["inputs"] == [f"erp={variable}"]
    assert manifest["inputs"][0]["size"] == 3
    assert manifest["inputs"][0]["path"].endswith("!customers")


def test_a_run_folder_is_read_again_with_and_without_the_password(crmq, contacts, tmp_path):
    plain, _variable = contacts
    assert crmq("dedupe", plain, "-o", "out", cwd=tmp_path).returncode == 0
    for env in ({}, {"MYSQL_PWD": "wrong"}):
        done = crmq("consolidate", "out", "-o", "out", cwd=tmp_path, env=env)
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "out" / "golden").is_dir()


def test_a_changed_table_is_not_taken_from_the_run_folder(contacts, mariadb, monkeypatch):
    plain, variable = contacts

    def key(url):
        line = Pipeline(Request((url,)), Silent())
        return line.tables_key, line.input_files[0]["size"]

    first = key(plain)
    monkeypatch.setenv("MYSQL_PWD", SECRET)
    assert key(variable) == first, "the same table: how the password comes makes no difference"
    mariadb.run("INSERT INTO customers VALUES (4, 'Eva', 'Sol', 'eva@ejemplo-real.mx')")
    changed = key(plain)
    assert changed[1] == 4
    assert changed[0] != first[0]
    mariadb.run("DELETE FROM customers WHERE id = 4")
    assert key(plain) == first


def test_a_project_file_keeps_the_variable(crmq, contacts, tmp_path):
    plain, variable = contacts
    done = crmq("init", f"erp={plain}", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "crmq.yaml").read_text()
    assert variable in text
    assert "s3cret" not in everything(tmp_path, done.stdout, done.stderr)
    done = crmq("inspect", "crmq.yaml", "--format", "json", cwd=tmp_path, env={"MYSQL_PWD": SECRET})
    assert done.returncode == 0, done.stderr
    assert '"customers"' in done.stdout
    done = crmq("inspect", "crmq.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert "MYSQL_PWD" in done.stderr
    assert "crmq.yaml" in done.stderr
