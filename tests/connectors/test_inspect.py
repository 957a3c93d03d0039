"""``crmq inspect`` as the user sees it."""

from __future__ import annotations

import json

CONTACTS = (
    "Report of contacts\n\nid;name;email;city\n"
    "1;José Núñez;jose@example.com;Málaga\n2;Eva Paz;eva@example.com;Cádiz;x\n"
    "3;Luz Gil;luz@example.com;León\n"
).encode("cp1252")


def test_terminal(crmq, tmp_path):
    (tmp_path / "contacts.csv").write_bytes(CONTACTS)
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 nonsense")
    (tmp_path / "logo.png").write_bytes(b"\x89PNG")
    done = crmq("inspect", tmp_path, env={"COLUMNS": "80"})
    assert done.returncode == 0, done.stderr
    lines = done.stdout.rstrip().splitlines()
    assert all(len(line) <= 80 for line in lines[:-1])
    text = " ".join(done.stdout.split())
    for said in (
        "contacts.csv 2 rows, 4 columns",
        "Windows-1252",
        "semicolon",
        "too many cells",
        "broken.parquet",
        "logo.png",
    ):
        assert said in text
    assert lines[-1].startswith("! 2 rows in 1 table of 1 file read, 1 row rejected, 1 file could not be read.")
    assert "crmq map" in lines[-1]
    assert "jose@example.com" not in done.stdout and "eva@example.com" not in done.stdout
    assert done.stderr == ""


def test_json(crmq, tmp_path):
    path = tmp_path / "contacts.csv"
    path.write_bytes(CONTACTS)
    found = json.loads(crmq("inspect", path, "--format", "json", "--show-pii").stdout)
    assert found["schema"] == "crmq.inspect/1"
    (table,) = found["tables"]
    assert (table["rows"], table["columns"], table["headers"]) == (2, 4, ["id", "name", "email", "city"])
    facts = {fact["name"]: fact["value"] for fact in table["facts"]}
    assert facts["encoding"] == "Windows-1252" and facts["header_line"] == "3" and facts["preamble"] == "2"
    assert all(fact["why"] for fact in table["facts"])
    assert table["rejected"]["reasons"] == {"too_many_cells": 1}
    assert table["rejected"]["examples"] == [
        {"line": 5, "reason": "too_many_cells", "raw": "2;Eva Paz;eva@example.com;Cádiz;x"}
    ]
    masked = json.loads(crmq("inspect", path, "--format", "json").stdout)
    assert "eva@example.com" not in json.dumps(masked)


def test_what_cannot_be_read_has_its_exit_code(crmq, tmp_path):
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 nonsense")
    for given in ("broken.parquet", "missing.csv", "."):
        done = crmq("inspect", tmp_path / given)
        assert done.returncode == 3
        assert done.stdout == ""
        assert "what to do" in done.stderr or given == "missing.csv"
