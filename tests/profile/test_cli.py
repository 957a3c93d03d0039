"""``crmq profile`` as users see it."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent.parent / "golden"
ROWS = [
    "codigo cliente,nombre,apellidos,e-mail,telefono,fecha nacimiento,situacion,poblacion",
    "1,María,García López,maria.garcia@gmail.com,+34 612 904 718,12/04/1984,Activo,Sevilla",
    "2,José,Muñoz,jose.munoz@gmial.com,+34 699 111 223,01/02/1979,Activo,Sevilla",
    "3,Ana,PÉREZ,no@no.com,999999999,31/12/1990,Baja,Málaga",
    "4,Luis,Gil,luis.gil.acme.es,12,30/02/1988,Activo,MÃ¡laga",
    "5,Eva,Sanz,maria.garcia@gmail.com,,,activo,",
]


@pytest.fixture
def contacts(tmp_path: Path) -> Path:
    path = tmp_path / "contactos.csv"
    path.write_text("\n".join(ROWS) + "\n", encoding="utf-8")
    return path


def trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


@pytest.mark.parametrize("width", [80, 120])
def test_report_looks_as_agreed(crmq, contacts: Path, width: int, update_golden: bool) -> None:
    done = crmq("profile", f"crm={contacts.name}", "--country", "ES", "--as-of", "2026-11-22", cwd=contacts.parent,
                env={"COLUMNS": str(width)})  # fmt: skip
    assert done.returncode == 0, done.stderr
    golden = GOLDEN / f"profile-{width}.txt"
    if update_golden:
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(trimmed(done.stdout), encoding="utf-8")
    assert trimmed(done.stdout) == golden.read_text(encoding="utf-8")
    assert max(len(line) for line in trimmed(done.stdout).splitlines()[:-1]) <= width


def test_personal_data_is_masked_unless_asked_for(crmq, contacts: Path) -> None:
    for form in ("terminal", "json"):
        hidden = crmq("profile", contacts, "--country", "ES", "--format", form).stdout
        for secret in ("maria.garcia", "612 904 718", "García", "1984-04-12", "12/04/1984"):
            assert secret not in hidden
    shown = crmq("profile", contacts, "--country", "ES", "--format", "json", "--show-pii").stdout
    assert "maria.garcia@gmail.com" in shown


def test_json_is_one_versioned_document(crmq, contacts: Path) -> None:
    done = crmq("profile", contacts, "--country", "ES", "--format", "json")
    document = json.loads(done.stdout)
    assert document["schema"] == "crmq.profile/1"
    (table,) = document["tables"]
    assert (table["rows"], table["unreadable"]) == (5, 0)
    columns = {c["header"]: c for c in table["columns"]}
    assert columns["e-mail"]["kind"] == "email"
    assert columns["codigo cliente"]["is_key"] is True
    assert columns["telefono"]["fill"] == pytest.approx(0.8)
    verdicts = {v["name"]: v["rows"] for v in columns["e-mail"]["verdicts"]}
    assert verdicts == {"valid": 2, "possible": 1, "invalid": 1, "placeholder": 1}
    assert document["across"] is None


def test_two_sources_are_compared(crmq, contacts: Path, tmp_path: Path) -> None:
    other = tmp_path / "clientes.csv"
    other.write_text(
        "Código,Nombre completo,Email,Móvil\n"
        "A,María García López,MARIA.GARCIA@gmail.com,612904718\nB,Juan Ruiz,juan@ruiz.es,\n",
        encoding="utf-8",
    )
    done = crmq("profile", f"uno={contacts}", f"dos={other}", "--country", "ES", "--format", "json")
    across = json.loads(done.stdout)["across"]
    email = next(o for o in across["overlaps"] if o["kind"] == "email")
    assert email["pairs"] == [{"a": "dos", "b": "uno", "common": 1, "share_a": 0.5, "share_b": pytest.approx(1 / 2)}]
    assert across["multi_source_records"] == 3


def test_deep_gives_the_verdicts_of_every_row(crmq, contacts: Path) -> None:
    quick, deep = (
        json.loads(crmq("profile", contacts, "--country", "ES", "--format", "json", *more).stdout)
        for more in ((), ("--deep",))
    )

    def verdicts(document: dict) -> dict[str, dict[str, int]]:
        columns = document["tables"][0]["columns"]
        kinds = ("email", "phone")
        return {c["header"]: {v["name"]: v["rows"] for v in c["verdicts"]} for c in columns if c["kind"] in kinds}

    assert verdicts(quick) == verdicts(deep)


def test_the_last_line_is_the_verdict_and_the_next_command(crmq, contacts: Path) -> None:
    lines = crmq("profile", contacts).stdout.strip().splitlines()
    assert re.search(r"1 table, 5 rows, 8 columns; \d+ columns? needs? a look\.\s+→\s+crmq validate ", lines[-1])


def test_a_table_that_maps_to_nothing(crmq, tmp_path: Path) -> None:
    path = tmp_path / "plain.csv"
    path.write_text("sensor,value\n" + "".join(f"s{i % 3},{i}.5\n" for i in range(40)), encoding="utf-8")
    document = json.loads(crmq("profile", path, "--format", "json").stdout)
    kinds = {c["header"]: c["kind"] for c in document["tables"][0]["columns"]}
    assert kinds == {"sensor": "category", "value": "number"}


@pytest.mark.parametrize(
    ("arguments", "code"), [(("--format", "pdf"), 2), (("--sample", "5"), 2), (("--as-of", "soon"), 2)]
)
def test_usage_errors(crmq, contacts: Path, arguments: tuple[str, ...], code: int) -> None:
    assert crmq("profile", contacts, *arguments).returncode == code


def test_missing_file(crmq, tmp_path: Path) -> None:
    done = crmq("profile", tmp_path / "absent.csv")
    assert (done.returncode, done.stdout) == (3, "")


def test_threads_change_nothing(contacts: Path) -> None:
    import subprocess
    import sys

    root = Path(__file__).parent.parent.parent
    said = [
        subprocess.run(
            [sys.executable, "-m", "crmq", "profile", str(contacts), "--format", "json", "--threads", threads],
            env={**os.environ, "PYTHONPATH": str(root), "PYTHONUTF8": "1"}, capture_output=True, check=True,
        ).stdout
        for threads in ("1", "2")
    ]  # fmt: skip
    assert said[0] == said[1]
