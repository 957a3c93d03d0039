"""A small run with open questions: two sources, slips of the pen, fathers and sons who share name and phone."""

from __future__ import annotations

import csv
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from crmq.cli.app import run as crmq_main
from crmq.pipeline.review import Review
from crmq.progress import Silent

GIVEN = ("Ana", "Luis", "Marta", "Pedro", "Lucía", "Jorge", "Elena", "Diego", "Rosa", "Iván", "Carla", "Hugo", "Sofía")
SURNAMES = (
    "Ruiz", "Gil", "Soto", "Vega", "Mora", "Ríos", "León", "Paz", "Cano", "Vidal", "Rey", "Luna", "Prado", "Salas",
    "Toro", "Zamora", "Ibarra", "Quispe",
)  # fmt: skip


def _people(number: int, seed: int) -> list[list[dict[str, str]]]:
    """Return the rows of two sources; ``truth`` names the person."""
    dice = random.Random(seed)
    sources: list[list[dict[str, str]]] = [[], []]
    for person in range(number):
        family = f"{dice.choice(SURNAMES)} {dice.choice(SURNAMES)}"
        base = {
            "first name": dice.choice(GIVEN), "last name": family, "phone": f"+525{dice.randint(10**8, 10**9 - 1)}",
            "email": f"{family.split()[0].lower()}{dice.randint(1, 10**5)}@correo-real.mx",
            "birth date": f"{dice.randint(1950, 1999)}-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}",
            "city": dice.choice(["Monterrey", "Puebla", "Lima", "Quito"]), "truth": str(person),
        }  # fmt: skip
        for i, rows in enumerate(sources):
            if i and dice.random() < 0.3:
                continue
            row = dict(base)
            for name in ("phone", "email", "birth date"):
                if dice.random() < 0.25:
                    row[name] = ""
            if dice.random() < 0.15:
                row["first name"] = row["first name"][:-1] + "x"
            rows.append(row)
        if person % 6 == 0:  # a son with his father's name and phone
            son = {**base, "birth date": f"20{dice.randint(10, 19)}-03-04", "email": "", "truth": f"{person}s"}
            sources[person % 2].append(son)
    return sources


@pytest.fixture(scope="session")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Match the sources once."""
    home = tmp_path_factory.mktemp("review")
    for name, rows in zip(("north", "south"), _people(140, 5), strict=True):
        with (home / f"{name}.csv").open("w", newline="", encoding="utf-8") as stream:
            out = csv.DictWriter(stream, ["id", *rows[0]])
            out.writeheader()
            out.writerows({"id": f"{name[0]}{i:04}", **row} for i, row in enumerate(rows))
    code = crmq_main(
        ["dedupe", str(home / "north.csv"), str(home / "south.csv"), "-o", str(home / "run"), "--quiet", "--ignore",
         "truth", "--as-of", "2026-10-01", "--country", "MX", "--format", "json"]
    )  # fmt: skip
    assert code == 0
    return home


@pytest.fixture
def home(_made: Path, tmp_path: Path) -> Path:
    """Return a folder with the sources and a run of its own; nothing is decided yet."""
    shutil.copytree(_made, tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def run(home: Path) -> Path:
    """Return a copy of the run folder; its inputs stand where they were read."""
    return home / "run"


@pytest.fixture
def review(run: Path) -> Review:
    """Return the run under review."""
    return Review(run, Silent())


@pytest.fixture(scope="session")
def truth(_made: Path) -> Callable[[tuple[str, ...]], str]:
    """Return the function from the key of a question to what is true: ``same`` or ``different``."""
    known = {}
    for name in ("north", "south"):
        with (_made / f"{name}.csv").open(encoding="utf-8") as stream:
            known.update({(name, row["id"]): row["truth"] for row in csv.DictReader(stream)})

    def answer(key: tuple[str, ...]) -> str:
        return "same" if known[key[0], key[2]] == known[key[3], key[5]] else "different"

    return answer
