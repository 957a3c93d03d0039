"""Sources agree on a field only where they write it in the same words."""

from __future__ import annotations

import json
from pathlib import Path

PEOPLE = ["Ana López", "Luis Prieto", "Eva Marín", "Rosa Gil", "Iván Cano", "Sara Nieto"]
NAMES = ["Marta Ruiz", "Jorge Patiño", "Olga Vega", "Raúl Soto", "Inés Paz", "Hugo Leal"]


def written(folder: Path, name: str, owners: list[str]) -> Path:
    path = folder / f"{name}.csv"
    rows = [f"{n},{who},{n}.x@acme.es,{owner}" for n, (who, owner) in enumerate(zip(PEOPLE, owners, strict=True))]
    path.write_text("\n".join(["Id,Full Name,Email,Owner", *rows]) + "\n", encoding="utf-8")
    return path


def failed(crmq, *paths: Path) -> int:
    done = crmq("validate", *paths, "--format", "json")
    rules = json.loads(done.stdout)["rules"]
    return next(rule["failed"] for rule in rules if rule["id"] == "CROSS-003")


def test_user_numbers_here_and_names_there_are_no_contradiction(crmq, tmp_path) -> None:
    numbers = [f"0055f00000{n}" for n in range(len(PEOPLE))]
    assert not failed(crmq, written(tmp_path, "one", NAMES), written(tmp_path, "two", numbers))


def test_another_of_the_same_names_is_one(crmq, tmp_path) -> None:
    assert failed(crmq, written(tmp_path, "one", NAMES), written(tmp_path, "two", [NAMES[1], *NAMES[1:]])) == 2
