"""Every class of finding, provoked in a real file through the command line; without the defects the file is clean."""

from __future__ import annotations

import csv
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
N = 400
CITIES = {
    "28013": "Sevilla", "41001": "Bilbao", "50003": "Granada", "15004": "Cartagena", "29005": "Tarragona",
    "46006": "Pamplona",
}  # fmt: skip
WORDS = ("mesa", "silla", "armario", "lampara", "estante", "espejo", "alfombra", "cortina", "cama", "cuadro")


def sound() -> dict[str, list[str]]:
    """Return a table without a defect."""
    draw = random.Random(7)
    codes = [draw.choice(list(CITIES)) for _ in range(N)]
    names = [" ".join(draw.sample(WORDS, draw.choice((1, 2, 3, 4)))) for _ in range(N)]
    return {
        "ref": [f"AB-{i:05d}" for i in range(N)],
        "zona": codes,
        "plaza": [CITIES[code] for code in codes],
        "pais": [draw.choice(("España", "Francia", "Italia")) for _ in range(N)],
        "importe": [f"{draw.lognormvariate(5, 0.5):.2f}" for _ in range(N)],
        "peso": [f"{draw.randint(1, 30)} kg" for _ in range(N)],
        "alta": [f"{draw.randint(1, 28):02d}/{draw.randint(1, 12):02d}/2024" for _ in range(N)],
        "baja": [f"2025-{draw.randint(1, 12):02d}-{draw.randint(1, 28):02d}" for _ in range(N)],
        "articulo": names,
        "talla": [f"{draw.choice('SMLX')}-{draw.randint(10, 99)}" for _ in range(N)],
        "numero largo": [str(draw.randint(10**17, 10**18 - 1)) for _ in range(N)],
        "fax 1": [f"+3491{draw.randint(10**6, 10**7 - 1)}" if i % 3 else "" for i in range(N)],
        "tramo": ["bajo" if draw.random() < 0.5 else "alto" for i in range(N)],
        "grupo": [draw.choice(("norte", "sur", "este")) if draw.random() < 0.6 else "" for i in range(N)],
        "color": [draw.choice(("rojo", "verde")) if draw.random() < 0.6 else "" for i in range(N)],
        "observaciones": [f"llamar por el pedido de {name} cuando llegue" for name in names],
        "clave": [draw.choice(("ES", "FR", "SD", "IT", "PT", "DE", "PL", "SE")) for _ in range(N)],
    }


def broken() -> dict[str, list[str]]:
    """Return the same table with one defect of each class."""
    table = sound()
    table["ref"][3] = "AB-0O00x3"
    table["plaza"][5] = "Zaragoza"
    i = table["plaza"].index("Tarragona")
    table["plaza"][i] = "Taragona"
    for row, value in enumerate(("Espana", "ESP", "ESPAÑA")):
        table["pais"][row] = value
    table["importe"][8] = "9999999.00"
    for row in range(0, N, 3):
        table["peso"][row] = table["peso"][row].removesuffix(" kg")
    table["alta"][9] = "05/27/2024"
    table["baja"][10] = "45291"
    table["articulo"] = [name[:22].strip() for name in table["articulo"]]
    table["talla"][11] = "3-mar"
    table["observaciones"][13] = "llamar a la tienda O''Neill por el pedido"
    for row in range(20):
        table["numero largo"][row] = table["numero largo"][row][:15] + "000"
    table["observaciones"][12] = "escribir a ana.lopez@example.org cuando llegue el pedido"
    for row in range(N):
        if not table["grupo"][row]:
            table["color"][row] = ""
        elif not table["color"][row]:
            table["color"][row] = "rojo"
    return table


def profile(path: Path, table: dict[str, list[str]]) -> dict[str, Any]:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(table)
        writer.writerows(zip(*table.values(), strict=True))
    done = subprocess.run(
        [sys.executable, "-m", "crmq", "profile", str(path), "--format", "json", "--show-pii", "--as-of", "2026-11-22"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}, capture_output=True, check=True,
    )  # fmt: skip
    (found,) = json.loads(done.stdout)["tables"]
    return found


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return profile(tmp_path_factory.mktemp("clean") / "almacen.csv", sound())


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return profile(tmp_path_factory.mktemp("dirty") / "almacen.csv", broken())


def problems(table: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(c["header"], p["code"]): p for c in table["columns"] for p in c["problems"]}


PROVOKED = [
    ("ref", "other_form", 1, "AB-0O00x3"),
    ("plaza", "near_duplicates", 1, "Taragona"),
    ("pais", "several_names", 3, None),
    ("importe", "outliers", 1, "9999999.00"),
    ("peso", "units_in_numbers", 266, None),
    ("alta", "mixed_date_orders", 1, "05/27/2024"),
    ("baja", "serial_dates", 1, "45291"),
    ("articulo", "cut_off", None, None),
    ("talla", "codes_as_dates", 1, "3-mar"),
    ("observaciones", "doubled_quotes", 1, None),
    ("numero largo", "digits_rounded", None, None),
]


@pytest.mark.parametrize(("header", "code", "rows", "example"), PROVOKED)
def test_each_defect_is_found(
    dirty: dict[str, Any], header: str, code: str, rows: int | None, example: str | None
) -> None:
    found = problems(dirty).get((header, code))
    assert found is not None, sorted(problems(dirty))
    assert rows is None or found["rows"] == rows
    assert example is None or found["example"] == example


def test_a_sound_table_has_no_finding(clean: dict[str, Any]) -> None:
    assert problems(clean) == {}
    assert [d for d in clean["dependencies"] if d["broken"]] == []
    assert clean["missing_together"] == []
    assert (clean["effort"]["sound"], clean["effort"]["hours"]) == (N, 0.0)
    assert all(not c["variants"] for c in clean["columns"])
    assert [p for c in clean["columns"] if c["header"] == "observaciones" for p in c["personal"]] == []


def test_names_of_one_country_stand_in_one_group(dirty: dict[str, Any]) -> None:
    (group,) = next(c["variants"] for c in dirty["columns"] if c["header"] == "pais")
    assert (group["main"], group["how"]) == ("España", "country")
    assert {f["value"]: f["rows"] for f in group["forms"]} == {"Espana": 1, "ESP": 1, "ESPAÑA": 1}


def test_a_dependency_and_the_rows_that_break_it(clean: dict[str, Any], dirty: dict[str, Any]) -> None:
    (held,) = [d for d in clean["dependencies"] if (d["determinant"], d["dependent"]) == ("zona", "plaza")]
    assert (held["rows"], held["broken"], held["strength"]) == (N, 0, 1.0)
    (bent,) = [d for d in dirty["dependencies"] if (d["determinant"], d["dependent"]) == ("zona", "plaza")]
    assert bent["broken"] == 2
    assert bent["usual"] == CITIES[bent["value"]]
    assert bent["found"] in ("Zaragoza", "Taragona")


def test_columns_that_are_missing_together(dirty: dict[str, Any]) -> None:
    (group,) = dirty["missing_together"]
    assert group["headers"] == ["grupo", "color"]
    assert group["correlation"] == 1.0


def test_personal_data_are_named(clean: dict[str, Any], dirty: dict[str, Any]) -> None:
    def kinds(table: dict[str, Any], header: str) -> list[tuple[str, int, str]]:
        of = next(c["personal"] for c in table["columns"] if c["header"] == header)
        return [(p["kind"], p["rows"], p["seen_in"]) for p in of]

    assert kinds(dirty, "observaciones") == [("email", 1, "inside")]
    assert [kind for kind, _rows, _how in kinds(clean, "fax 1")] == ["phone"]
    assert kinds(clean, "articulo") == []


def test_effort_counts_each_row_once(dirty: dict[str, Any]) -> None:
    effort = dirty["effort"]
    assert effort["sound"] + effort["automatic"] + effort["value_rows"] + effort["records"] == N
    assert effort["records"] >= 20 and effort["values"] >= 30
    hours = (effort["records"] * effort["minutes_per_record"] + effort["values"] * effort["minutes_per_value"]) / 60
    assert effort["hours"] == pytest.approx(hours, abs=0.06)
    assert effort["estimated"] is False


def test_distributions_hold_all_rows(clean: dict[str, Any], dirty: dict[str, Any]) -> None:
    of = {c["header"]: c["distribution"] for c in clean["columns"]}
    assert (of["importe"]["of"], of["alta"]["of"], of["articulo"]["of"]) == ("number", "date", "length")
    for header in ("importe", "alta", "articulo"):
        one = of[header]
        assert sum(b["rows"] for b in one["bins"]) + one["below"] + one["above"] == N
    spoilt = next(c["distribution"] for c in dirty["columns"] if c["header"] == "importe")
    assert spoilt["above"] == 1
    assert max(float(b["upper"]) for b in spoilt["bins"]) < 10_000


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["ES9121000418450200051332", "ES7921000813610123456789"], "bank_account"),
        (["4111111111111111", "5500005555555559"], "payment_card"),
        (["192.168.0.1", "10.0.0.7", "2001:db8::1"], "ip_address"),
    ],
)
def test_personal_data_by_the_form_of_the_values(tmp_path: Path, values: list[str], kind: str) -> None:
    found = profile(tmp_path / "datos.csv", {"dato": [values[i % len(values)] for i in range(60)],
                                             "n": [str(i) for i in range(60)]})  # fmt: skip
    assert [p["kind"] for p in found["columns"][0]["personal"]] == [kind]


def test_special_categories_by_the_header(tmp_path: Path) -> None:
    table = {"Religión": ["católica", "ninguna"] * 20, "region ventas": ["norte", "sur"] * 20}
    found = profile(tmp_path / "datos.csv", table)
    assert [[p["kind"] for p in c["personal"]] for c in found["columns"]] == [["special"], []]
