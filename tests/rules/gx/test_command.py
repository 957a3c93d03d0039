"""``crmq validate --via gx``, ``crmq rules export`` and ``import`` as users see them."""

from __future__ import annotations

import json
import re
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PLACE = """
pack: place
title: In place
applies_to: {table: raw}
rules:
  - {id: P-001, name: p.r1, kind: not_null, field: Name, dimension: completeness, message: m}
  - {id: P-002, name: p.r2, kind: in_set, field: Kind, params: {values: [a, b, c]}, dimension: validity, message: m}
  - {id: P-003, name: p.r3, kind: verdict, field: E-mail, params: {as: email}, dimension: validity, message: m}
  - {id: P-004, name: p.r4, kind: unique, field: Name, dimension: uniqueness, message: m}
  - {id: P-005, name: p.r5, kind: range, field: Age, params: {min: 18}, dimension: validity, message: m}
  - {id: P-006, name: p.r6, kind: row_count, params: {min: 10}, dimension: completeness, message: m}
  - {id: P-007, name: p.r7, kind: unique_together, fields: [Name, Age], dimension: uniqueness, message: m}
  - {id: P-008, name: p.r8, kind: regex, field: E-mail, params: {pattern: "[a-z]+@[a-z.]+"}, dimension: validity,
     message: m, when: "raw.\\"Kind\\" <> 'a'"}
  - {id: P-009, name: p.r9, kind: filled_columns, dimension: completeness, message: m}
"""
ROWS = [
    ("Ana", "ana@x.es", "a", 30), (" ", "luis@y", "c", 25), (None, "eva@z.pe", "b", None), ("Ana", "", "a", 30),
    ("Zoë ", "zoe@z.pe", "d", 7), ("x:y", "100%", "a", 1), ("O'Neil", "{a}@b", "e", 50),
]  # fmt: skip


def answered(done: Any) -> dict[str, Any]:
    document = json.loads(done.stdout)
    document.pop("written", None)
    return document


@pytest.fixture
def client(place: Callable[[str], str | None]) -> Any:
    """Return a function that makes the client's table on a backend and gives its URL."""
    import sqlalchemy as sa

    from crmq.rules.gx import stores

    made = []

    def make(backend: str) -> str:
        url = str(place(backend))
        engine = sa.create_engine(stores.engine_url(url, stores.backend_of(url)))
        columns = [sa.Column(n, sa.String(50)) for n in ("Name", "E-mail", "Kind")]
        table = sa.Table("crmq_test_people", sa.MetaData(), *columns, sa.Column("Age", sa.Integer))
        table.drop(engine, checkfirst=True)
        table.create(engine)
        with engine.begin() as connection:
            names = [column.name for column in table.columns]
            connection.execute(table.insert(), [dict(zip(names, row, strict=True)) for row in ROWS])
        made.append((table, engine))
        return f"{url}?table=crmq_test_people"

    yield make
    for table, engine in made:
        table.drop(engine)
        engine.dispose()


@pytest.mark.parametrize("backend", ["sqlite", "postgresql", "mysql"])
def test_raw_rules_run_where_the_rows_stand(crmq: Any, client: Any, backend: str, tmp_path: Path) -> None:
    url = client(backend)
    pack = tmp_path / "place.yaml"
    pack.write_text(PLACE, encoding="utf-8")
    asked = ("validate", f"crm={url}", "--pack", pack, "--show-pii", "--format", "json")
    ours = crmq(*asked)
    assert ours.returncode == 1, ours.stderr
    out = tmp_path / "out"
    theirs = crmq(*asked, "--via", "gx", "-o", out)
    assert theirs.returncode == 1, theirs.stderr
    assert answered(theirs) == answered(ours)
    ran = json.loads((out / "gx" / "rules.json").read_text(encoding="utf-8"))
    assert {"P-001", "P-002", "P-004", "P-006"} <= set(ran["as_expectations_of_gx"])
    assert not (out / "clean.csv").exists() and (out / "findings.csv").exists()


def test_the_clients_file_is_not_written_to(crmq: Any, client: Any, tmp_path: Path) -> None:
    url = client("sqlite")
    file = Path(url.removeprefix("sqlite:///").split("?")[0])
    before = file.read_bytes()
    pack = tmp_path / "place.yaml"
    pack.write_text(PLACE, encoding="utf-8")
    assert crmq("validate", url, "--pack", pack, "--via", "gx").returncode == 1
    assert file.read_bytes() == before
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("crmq_test_people",)]


@pytest.mark.parametrize("backend", ["pandas", "sqlite", "postgresql"])
def test_same_answer_and_code(crmq: Any, people: Path, place: Any, backend: str) -> None:
    where = place(backend)
    asked = ("validate", people, "--country", "ES", "--as-of", "2026-11-22", "--format", "json", "--show-pii")
    ours = crmq(*asked)
    theirs = crmq(*asked, "--via", "gx", *(["--gx-at", where] if where else []))
    assert (theirs.returncode, answered(theirs)) == (ours.returncode, answered(ours))
    assert ours.returncode == 1


def test_what_is_written(crmq: Any, people: Path, tmp_path: Path) -> None:
    """Suites, results and pages: the same at every run, without a value of the data, without a link elsewhere."""
    contents = []
    for name in ("one", "two"):
        out = tmp_path / name
        assert crmq("validate", people, "--as-of", "2026-11-22", "--via", "gx", "-o", out).returncode == 1
        files = sorted(path for path in (out / "gx").rglob("*") if path.is_file())
        contents.append({path.relative_to(out).as_posix(): path.read_text(encoding="utf-8") for path in files})
        if sys.platform != "win32":
            assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in files)
    assert contents[0] == contents[1]
    names = list(contents[0])
    assert any(name.startswith("gx/validations/") for name in names)
    assert any(name.startswith("gx/data_docs/validations/") and name.endswith(".html") for name in names)
    whole = "".join(contents[0].values())
    assert "EMAIL-001" in contents[0]["gx/validations/contact_points.json"]
    for value in ("luis.gil", "ana.lopez", "Eva Sanz", "612 904", "+346"):
        assert value not in whole
    pages = "".join(text for name, text in contents[0].items() if name.startswith("gx/data_docs/"))
    assert not re.findall(r"(?:src|href|url\()\s*=?\s*[\"']?(?:https?:)?//", pages)


def test_gx_is_loaded_for_nothing_else(people: Path) -> None:
    code = (
        "import sys; from crmq.cli import app; "
        f"app.run(['validate', {str(people)!r}, '--format', 'json']); app.run(['rules', 'test', 'table']); "
        "sys.exit(any(name.split('.')[0] == 'great_expectations' for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_analytics_are_off() -> None:
    import os

    from crmq.rules.gx import loading

    context = loading.context()
    assert context.config.analytics_enabled is False
    assert os.environ["GX_ANALYTICS_ENABLED"] == "false"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--gx-at", "sqlite:///x.db"], 2, "--via gx"),
        (["--via", "gx", "--gx-at", "oracle://somewhere"], 2, "sqlite:///"),
        (["--via", "spark"], 2, "--via"),
        (["--via", "gx", "--gx-at", "postgresql://me:secret@127.0.0.1:1/x"], 3, "postgresql"),
    ],
)
def test_mistakes(crmq: Any, people: Path, arguments: list[str], code: int, said: str) -> None:
    done = crmq("validate", people, *arguments)
    assert done.returncode == code
    assert said in done.stderr and "secret" not in done.stderr and "Traceback" not in done.stderr
