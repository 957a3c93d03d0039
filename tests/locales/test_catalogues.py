"""Every sentence of crmq stands in every catalogue, with the same placeholders, and the compiled file is up to date."""

from __future__ import annotations

import io
import re
import string
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

import crmq

PACKAGE = Path(crmq.__file__).parent
LANGUAGES = sorted(p.parent.parent.name for p in (PACKAGE / "locales").glob("*/LC_MESSAGES/crmq.po"))
KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "N_": None, "ngettext": (1, 2)}


@cache
def extracted() -> frozenset[str | tuple[str, ...]]:
    """Return the messages of the source: a text, or the singular and the plural."""
    found = extract_from_dir(str(PACKAGE), method_map=[("**.py", "python")], keywords=KEYWORDS)
    return frozenset(message for _file, _line, message, _comments, _context in found if message)


@cache
def catalogue(language: str) -> Catalog:
    """Return the catalogue as translators edit it."""
    with (PACKAGE / "locales" / language / "LC_MESSAGES" / "crmq.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def forms(text: str | tuple[str, ...] | list[str]) -> list[str]:
    """Return the singular and plural of a message, or the one text that it is."""
    return [text] if isinstance(text, str) else list(text)


def placeholders(text: str) -> set[str]:
    """Return the names in braces of a text for ``str.format``."""
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name is not None}


def test_spanish_is_there_and_the_source_has_sentences() -> None:
    assert "es" in LANGUAGES
    assert len(extracted()) > 500


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_translated(language: str) -> None:
    made = catalogue(language)
    missing = []
    for message in extracted():
        entry = made.get(message)
        if entry is None or entry.fuzzy or not all(forms(entry.string)):
            missing.append(str(message))
            continue
        wanted = 1 if isinstance(message, str) else made.num_plurals
        if len(forms(entry.string)) != wanted:
            missing.append(str(message))
    assert not sorted(missing)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_is_left_over(language: str) -> None:
    left = [m.id for m in catalogue(language) if m.id and m.id not in extracted()]
    assert not left, "run make messages"


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_are_those_of_the_source(language: str) -> None:
    wrong = []
    for message in catalogue(language):
        if not message.id:
            continue
        wanted = [placeholders(text) for text in forms(message.id)]
        given = [placeholders(text) for text in forms(message.string)]
        if given != wanted:
            wrong.append((message.id, message.string))
    assert not wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_the_edges_of_the_source(language: str) -> None:
    """Messages are joined to others: blanks at the edges and a full stop at the end belong to the layout."""
    wrong = []
    for message in catalogue(language):
        for source, made in zip(forms(message.id), forms(message.string), strict=True):
            if not source:
                continue
            edges = [re.match(r"\s*", x).group() + re.search(r"[.\s]*\Z", x).group() for x in (source, made)]  # type: ignore[union-attr]
            if edges[0] != edges[1]:
                wrong.append((source, made))
    assert not wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_compiles_without_complaint(language: str) -> None:
    complaints = [(message.id, str(errors[0])) for message, errors in catalogue(language).check()]
    assert not complaints


@pytest.mark.parametrize("language", LANGUAGES)
def test_compiled_file_is_the_catalogue(language: str) -> None:
    compiled = (PACKAGE / "locales" / language / "LC_MESSAGES" / "crmq.mo").read_bytes()
    made = io.BytesIO()
    write_mo(made, catalogue(language))

    def texts(data: bytes) -> dict[str, list[str]]:
        return {str(forms(m.id)): forms(m.string) for m in read_mo(io.BytesIO(data)) if m.id}

    assert texts(compiled) == texts(made.getvalue()), "run make messages"


def test_help_is_spanish(crmq) -> None:
    done = crmq("dedupe", "--help", env={"CRMQ_LANG": "es"})
    assert done.returncode == 0, done.stderr
    told = " ".join(done.stdout.split())
    assert "Pares, grupos y la lista de revisión" in told
    assert "Idioma de los informes." in told
    assert "Language of the reports." not in told
    assert "Opciones: " in told
    assert "[predeterminado: terminal]" in told


def test_help_of_the_version_is_spanish(crmq) -> None:
    told = " ".join(crmq("--help", "--lang", "es").stdout.split())
    assert "Mostrar la versión y salir." in " ".join(crmq("--help", env={"CRMQ_LANG": "es"}).stdout.split())
    assert "Show the version" not in told


def test_profile_report_is_spanish(crmq, tmp_path: Path) -> None:
    file = tmp_path / "clientes.csv"
    rows = ["id,nombre,apellido,correo", "1,Ana,Pérez,ana@acme.mx", "2,Luis,Gómez,luis@acme.mx", "3,Eva,Ruiz,"]
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    done = crmq("profile", file, "--lang", "es", "--quiet")
    assert done.returncode == 0, done.stderr
    told = " ".join(done.stdout.split())
    assert "3 filas · 4 columnas" in told
    assert "con valor" in told
    assert "id identifica cada fila" in told
    for english in ("rows", "columns", "filled", "distinct", "identifies"):
        assert english not in told


def test_errors_are_spanish(crmq, tmp_path: Path) -> None:
    done = crmq("profile", tmp_path / "nada.csv", "--lang", "es")
    assert done.returncode != 0
    assert "No existe ese archivo o carpeta." in done.stderr
    assert "dónde: " in done.stderr
