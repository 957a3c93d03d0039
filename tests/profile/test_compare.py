"""``crmq profile A B --compare``: what has changed between two deliveries, and nothing where nothing has."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

N = 500


def delivery(path: Path, rows: list[list[str]], header: str = "id,nombre,pais,importe,email,alta") -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join([header, *(",".join(row) for row in rows)]) + "\n", encoding="utf-8")
    return path


def sound(seed: int = 3) -> list[list[str]]:
    draw = random.Random(seed)
    return [
        [f"K{i:04d}", f"Ana{i}", draw.choice(("España", "Francia", "Chile")), f"{draw.uniform(10, 90):.2f}",
         f"ana{i}@acme.es", f"2026-{draw.randint(1, 9):02d}-{draw.randint(10, 28)}"]
        for i in range(N)
    ]  # fmt: skip


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    """Two deliveries: a column renamed, records gone, new and changed, one column emptied, one shifted, a new value."""
    before = sound()
    after = [list(row) for row in before[20:]]
    after += [[f"N{i}", "Eva", "España", "12.00", f"eva{i}@acme.es", "2026-10-01"] for i in range(7)]
    for row in after[:30]:
        row[1] = "Nuevo"
    for row in after[:100]:
        row[4] = ""
    for row in after[:40]:
        row[2] = "Perú"
    for row in after:
        row[3] = f"{float(row[3]) * 3:.2f}"
    return (
        delivery(tmp_path / "mayo" / "clientes.csv", before),
        delivery(tmp_path / "junio" / "clientes.csv", after, "id,nombre,pais,importe,email,fecha alta"),
    )


def compared(crmq, *arguments: object) -> dict[str, Any]:
    done = crmq("profile", *arguments, "--compare", "--format", "json", "--as-of", "2026-11-22")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_what_has_changed_is_found(crmq, two: tuple[Path, Path]) -> None:
    document = compared(crmq, *two)
    assert document["schema"] == "crmq.profile-comparison/1"
    (table,) = document["tables"]
    assert (table["rows"], table["rows_after"]) == (N, N - 20 + 7)
    assert (table["added"], table["removed"]) == (["fecha alta"], ["alta"])
    records = table["records"]
    assert (records["header"], records["kept"], records["new"], records["gone"]) == ("id", N - 20, 7, 20)
    assert records["changed"] == N - 20
    columns = {c["header"]: c for c in table["columns"]}
    assert {h: c["findings"] for h, c in columns.items() if c["findings"]} == {
        "pais": ["new_values"], "importe": ["distribution"], "email": ["filled", "distribution"],
    }  # fmt: skip
    assert columns["nombre"]["changed"] == 30
    assert (columns["pais"]["new"], columns["pais"]["gone"]) == (1, 0)
    assert ("Perú", 0.0) in [(m["value"], m["before"]) for m in columns["pais"]["moves"]]
    assert columns["importe"]["by"] == "numbers" and columns["importe"]["stability"] > 0.25
    assert columns["email"]["new"] == 7


def test_two_equal_deliveries_have_no_drift(crmq, tmp_path: Path) -> None:
    one = delivery(tmp_path / "a" / "clientes.csv", sound())
    other = delivery(tmp_path / "b" / "clientes.csv", random.Random(1).sample(sound(), N))
    (table,) = compared(crmq, one, other)["tables"]
    assert [c["header"] for c in table["columns"] if c["findings"] or c["distance"] or c["changed"]] == []
    assert (table["records"]["kept"], table["records"]["changed"]) == (N, 0)


def test_two_samples_of_one_distribution_have_no_drift(crmq, tmp_path: Path) -> None:
    one = delivery(tmp_path / "a" / "clientes.csv", sound(3))
    other = delivery(tmp_path / "b" / "clientes.csv", sound(4))
    (table,) = compared(crmq, one, other)["tables"]
    assert [(c["header"], c["findings"]) for c in table["columns"] if c["findings"]] == []


@pytest.mark.parametrize("form", ["terminal", "html", "markdown"])
def test_the_comparison_is_a_report_too(crmq, two: tuple[Path, Path], form: str) -> None:
    done = crmq("profile", *two, "--compare", "--format", form, env={"COLUMNS": "100"})
    assert done.returncode == 0, done.stderr
    for said in ("What has changed", "fecha alta", "new values", "480"):
        assert said in done.stdout
    assert "ana1@acme.es" not in done.stdout


def test_tables_without_a_counterpart_are_named(crmq, two: tuple[Path, Path]) -> None:
    delivery(two[1].parent / "pedidos.csv", [["1", "2"]] * 3, "numero,bultos")
    document = compared(crmq, two[0].parent, two[1].parent)
    assert [Path(f).name for f in document["only_after"]] == ["pedidos.csv"]
    assert document["only_before"] == []


@pytest.mark.parametrize("inputs", [1, 3])
def test_it_takes_two_inputs(crmq, two: tuple[Path, Path], inputs: int) -> None:
    done = crmq("profile", *(two * 2)[:inputs], "--compare")
    assert (done.returncode, done.stdout) == (2, "")
