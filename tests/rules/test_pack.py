"""The pack format: every mistake is named by file, line and column; shipped packs are complete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from crmq.errors import ConfigError
from crmq.rules import catalogue, pack

HEAD = "pack: mine\ntitle: Mine\nrules:\n"
RULE = "  - id: M-001\n    name: mine.rule\n    dimension: validity\n    message: Bad\n"

MISTAKES = [
    ("    kind: regexx\n    field: email\n", 8, "regexx", "regex"),
    ("    kind: not_null\n    field: emial\n", 9, "emial", "email"),
    ("    kind: regex\n    field: email\n", 4, "pattern", None),
    ("    kind: regex\n    field: email\n    params: {patern: x}\n", 10, "patern", None),
    ("    kind: regex\n    field: email\n    params:\n      pattern: '(?=x)'\n", 11, "pattern", None),
    ("    kind: not_null\n    field: email\n    severty: error\n", 10, "severty", "severity"),
    ("    kind: not_null\n    field: email\n    when: emial = 'x'\n", 10, "emial", "email"),
    ("    kind: not_null\n    field: email\n    when: COUNT(*) > 1\n", 10, "COUNT", None),
    ("    kind: not_null\n    field: email\n    fields: [phone]\n", 9, "field or fields", None),
    ("    kind: compare_fields\n    fields: [created_at]\n    params: {operator: '='}\n", 9, "compare_fields", None),
    ("    kind: readable_rows\n    applies_to: {table: records}\n", 8, "readable_rows", None),
    ("    kind: verdict\n    field: owner\n", 9, "owner", None),
    ("    kind: verdict\n    field: Mail\n    applies_to: {table: raw}\n", 4, "params.as", None),
    ("    kind: range\n    field: total\n    params: {}\n    applies_to: {table: orders}\n", 10, "min or max", None),
    ("    kind: relative_date\n    field: birth_date\n    params: {min: yesterday}\n", 10, "today", None),
    ("    kind: sql\n    params: {holds: 'emial IS NULL'}\n", 9, "emial", "email"),
    ("    kind: not_null\n    field: 'raw.\"X\"'\n    applies_to: {table: orders}\n", 9, "source", None),
    ("    kind: not_null\n    field: email\n    limits: {max_share: 2}\n", 10, "max_share", None),
    ("    kind: not_null\n    field: email\n    examples: {good: [], bad: []}\n", 10, "good", None),
]


@pytest.mark.parametrize(("body", "line", "word", "suggested"), MISTAKES)
def test_mistakes_are_named(tmp_path: Path, body: str, line: int, word: str, suggested: str | None) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(HEAD + RULE + body, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        pack.load(path)
    error = caught.value
    assert error.where is not None and error.where.startswith(f"{path}:{line}:"), error.where
    assert word in error.what
    if suggested:
        assert suggested in (error.hint or "")


def test_ids_and_names_stand_once(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    one = RULE + "    kind: not_null\n    field: email\n"
    path.write_text(HEAD + one + one.replace("M-001", "M-002"), encoding="utf-8")
    with pytest.raises(ConfigError, match=re.escape("mine.rule names two rules")):
        pack.load(path)


def test_unknown_pack_suggests() -> None:
    with pytest.raises(ConfigError) as caught:
        pack.find("emial")
    assert "email" in (caught.value.hint or "")


def test_missing_file() -> None:
    with pytest.raises(ConfigError, match="does not exist"):
        pack.find("absent/mine.yaml")


def test_text_falls_back_to_english() -> None:
    from crmq import locales

    text = pack.Texts(en="Bad", es="Mal")
    assert text.here() == "Bad"
    locales.use("es")
    try:
        assert text.here() == "Mal"
        assert pack.Texts(en="Bad").here() == "Bad"
    finally:
        locales.use("en")


@pytest.mark.parametrize("name", pack.shipped())
def test_shipped_packs_are_complete(name: str) -> None:
    one = pack.find(name)
    assert one.id == name
    assert one.title.es
    for rule in one.rules:
        assert rule.entry.message.es, rule.id
        assert rule.entry.remediation and rule.entry.remediation.es, rule.id
        assert rule.entry.name.split(".")[0] in (name, name.rstrip("s")), rule.id
        assert not rule.entry.message.en.endswith("."), rule.id
        # what a row cannot show: rows that were not read, and headers
        assert rule.entry.examples or rule.entry.kind in ("readable_rows", "headers"), rule.id


def test_rule_ids_are_unique_over_all_packs() -> None:
    ids = [word for one in catalogue.packs() for rule in one.rules for word in (rule.id, rule.entry.name)]
    assert len(ids) == len(set(ids))


def test_a_rule_is_found_by_id_and_name() -> None:
    by_id = catalogue.find("email-001")[1]
    by_name = catalogue.find("email.syntax")[1]
    assert by_id is not None and by_name is not None and by_id.id == by_name.id == "EMAIL-001"
    with pytest.raises(ConfigError):
        catalogue.find("EMAIL-999")
