"""The profile as HTML, workbook and Markdown: whole, masked, readable without a network, in both languages."""

from __future__ import annotations

import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

SECRETS = ("maria.garcia", "612 904 718", "García", "1984", "12/04")
ROWS = [
    "codigo cliente,nombre,apellidos,e-mail,telefono,fecha nacimiento,situacion,importe",
    *(
        f"{i},María,García {'<b>' if i == 3 else ''}López,maria.garcia{i % 50}@gmail.com,+34 612 904 718,12/04/1984,"
        f"{'Activo' if i % 3 else 'Baja'},{i * 7 % 90}"
        for i in range(60)
    ),
]


@pytest.fixture
def contacts(tmp_path: Path) -> Path:
    path = tmp_path / "contactos.csv"
    path.write_text("\n".join(ROWS) + "\n", encoding="utf-8")
    return path


class Page(HTMLParser):
    """Collects tags and addresses of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href")]


def test_the_page_is_whole_and_loads_nothing(crmq, contacts: Path) -> None:
    done = crmq("profile", contacts, "--country", "ES", "--format", "html", "--as-of", "2026-11-22")
    assert done.returncode == 0, done.stderr
    page = Page()
    page.feed(done.stdout)
    assert "script" not in page.tags and "link" not in page.tags
    assert all(address.startswith("#") for address in page.addresses)
    assert page.tags.count("svg") >= 5 and "rect" in page.tags
    assert "<h2>What was read</h2>" in done.stdout and ">What stands out</h3>" in done.stdout
    assert "<b>" not in done.stdout


@pytest.mark.parametrize("form", ["html", "markdown"])
def test_documents_are_masked_unless_asked_for(crmq, contacts: Path, form: str) -> None:
    hidden = crmq("profile", contacts, "--country", "ES", "--format", form).stdout
    assert [secret for secret in SECRETS if secret in hidden] == []
    assert "Personal data are masked." in hidden
    shown = crmq("profile", contacts, "--country", "ES", "--format", form, "--show-pii").stdout
    assert "maria.garcia" in shown
    assert "This page holds personal data." in shown


def test_the_workbook_has_a_sheet_per_kind_of_fact(crmq, contacts: Path, tmp_path: Path) -> None:
    import os
    import subprocess
    import sys

    root = Path(__file__).parent.parent.parent
    made = tmp_path / "profile.xlsx"
    with made.open("wb") as out:
        subprocess.run(
            [sys.executable, "-m", "crmq", "profile", str(contacts), "--format", "xlsx", "--country", "ES"],
            env={**os.environ, "PYTHONPATH": str(root), "CRMQ_LANG": "en"}, stdout=out, check=True,
        )  # fmt: skip
    book = CalamineWorkbook.from_path(str(made))
    assert {"Summary", "Columns", "What stands out", "Values", "Keys"} <= set(book.sheet_names)
    columns = book.get_sheet_by_name("Columns").to_python()
    assert columns[0][:3] == ["table", "column", "holds"]
    assert [row[1] for row in columns[1:]] == ROWS[0].split(",")
    with zipfile.ZipFile(made) as parts:
        text = "".join(parts.read(name).decode() for name in parts.namelist() if name.endswith(".xml"))
    assert [secret for secret in SECRETS if secret in text] == []
    assert "<f>" not in text


def test_markdown_has_a_table_per_section(crmq, contacts: Path) -> None:
    text = crmq("profile", contacts, "--country", "ES", "--format", "markdown").stdout
    assert text.startswith("# Data profile\n")
    assert re.search(r"^### Columns$", text, re.M)
    assert "| column | holds | field |" in text
    widths = {
        line.count("|") - line.count("\\|") for line in text.split("### Columns")[1].split("\n\n")[2].splitlines()
    }
    assert len(widths) == 1
