"""``crmq rules suggest``: a draft that loads, holds for the data it was made from, and finds what later goes wrong."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from crmq.rules import pack

HEADER = "codigo,nombre,e-mail,estado,pedido"


def rows(n: int = 60) -> list[str]:
    states = ("Activo", "Baja", "Prospecto")
    return [f"{i},Ana Gil {i},ana{i}@gil.es,{states[i % 3]},PE-{1000 + i}" for i in range(1, n + 1)]


@pytest.fixture
def delivery(tmp_path: Path) -> Path:
    path = tmp_path / "contactos.csv"
    path.write_text("\n".join([HEADER, *rows()]) + "\n", encoding="utf-8")
    return path


def test_it_loads_and_the_data_pass(crmq, delivery, tmp_path) -> None:
    file = tmp_path / "suggested.yaml"
    done = crmq("rules", "suggest", delivery, "-o", file)
    assert done.returncode == 0, done.stderr
    made = pack.load(file)
    kinds = {(rule.entry.kind, rule.fields[0]) for rule in made.rules}
    assert {("not_null", 'raw."nombre"'), ("unique", 'raw."codigo"'), ("in_set", 'raw."estado"')} <= kinds
    assert file.read_text(encoding="utf-8").count("  # ") >= len(made.rules)  # a reason each
    assert crmq("validate", delivery, "--pack", file, "--fail-on", "warning").returncode == 0


def test_it_finds_what_goes_wrong_later(crmq, delivery, tmp_path) -> None:
    file = tmp_path / "suggested.yaml"
    crmq("rules", "suggest", delivery, "-o", file)
    later = [*rows(), "60,,ana61.gil.es,Actvio,x"]
    delivery.write_text("\n".join([HEADER, *later]) + "\n", encoding="utf-8")
    done = crmq("validate", delivery, "--pack", file, "--format", "json", "--fail-on", "warning")
    assert done.returncode == 1
    failed = {(r["kind"], r["fields"][0]) for r in json.loads(done.stdout)["rules"] if r["failed"]}
    wanted = {("unique", "codigo"), ("not_null", "nombre"), ("verdict", "e-mail"), ("in_set", "estado")}
    assert {(kind, f'raw."{name}"') for kind, name in wanted} <= failed


def test_on_stdout_and_never_over_a_file(crmq, delivery, tmp_path) -> None:
    assert crmq("rules", "suggest", delivery).stdout.startswith("# ")
    (tmp_path / "mine.yaml").write_text("keep", encoding="utf-8")
    assert crmq("rules", "suggest", delivery, "-o", tmp_path / "mine.yaml").returncode == 2
    assert (tmp_path / "mine.yaml").read_text(encoding="utf-8") == "keep"


def test_a_table_that_shows_nothing(crmq, tmp_path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    assert crmq("rules", "suggest", path).returncode == 2


def test_what_the_profile_found_becomes_rules_that_point_to_the_cells(crmq, tmp_path) -> None:
    zones = {"28013": "Sevilla", "41001": "Bilbao", "50003": "Granada"}
    codes = list(zones)
    lines = [f"{i},{codes[i % 3]},{zones[codes[i % 3]]},AB-{i % 40:03d},{i % 9 + 1}" for i in range(90)]
    lines[7] = lines[7].replace(zones[codes[7 % 3]], "Cartagena")
    lines[8] = lines[8].replace("AB-", "A8-")
    lines[9] = lines[9].replace("Sevilla", "Sevila")
    path = tmp_path / "envios.csv"
    path.write_text("\n".join(["n,zona,plaza,articulo,bultos", *lines]) + "\n", encoding="utf-8")
    crmq("rules", "suggest", path, "-o", tmp_path / "suggested.yaml")
    out = tmp_path / "out"
    done = crmq("validate", path, "--pack", tmp_path / "suggested.yaml", "-o", out, "--fail-on", "never")
    assert done.returncode == 0, done.stderr
    with (out / "findings.csv").open(encoding="utf-8-sig", newline="") as found:
        cells = {(int(row["line"]), row["field"].split(",")[0]) for row in csv.DictReader(found)}
    assert cells == {(9, "plaza"), (10, "articulo"), (11, "plaza")}
