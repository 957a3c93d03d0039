from __future__ import annotations

from pathlib import Path

import pytest

from crmq import declarative, project
from crmq.errors import ConfigError


def write(folder: Path, text: str) -> Path:
    path = folder / "crmq.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_an_unknown_key_names_file_line_column_and_the_word_meant(tmp_path: Path) -> None:
    path = write(tmp_path, "name: x\nsources:\n  - name: a\n    path: b\n    trst: 5\n")
    with pytest.raises(ConfigError) as caught:
        project.load(path)
    assert caught.value.where == f"{path}:5:5"
    assert "sources.0.trst" in caught.value.what
    assert caught.value.hint == "Did you mean trust?"


def test_a_wrong_type_names_its_place(tmp_path: Path) -> None:
    path = write(tmp_path, "sources:\n  - name: a\n    path: b\n    trust: much\n")
    with pytest.raises(ConfigError) as caught:
        project.load(path)
    assert caught.value.where == f"{path}:4:5"


def test_norway_is_a_country_and_not_false(tmp_path: Path) -> None:
    assert project.load(write(tmp_path, "country: NO\n")).file.country == "NO"


def test_a_repeated_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="twice") as caught:
        project.load(write(tmp_path, "name: a\nname: b\n"))
    assert caught.value.where is not None
    assert caught.value.where.endswith(":2:1")


def test_broken_yaml_names_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, "name: [a\nlanguage: en\n")
    with pytest.raises(ConfigError) as caught:
        project.load(path)
    assert str(path) in str(caught.value.where)


def test_nested_aliases_cannot_eat_the_memory() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    with pytest.raises(ConfigError, match="too many"):
        declarative.parse("\n".join(lines), "bomb.yaml")


def test_secrets_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, "sources:\n  - name: erp\n    path: postgresql://u:${ERP_PASSWORD}@host/db\n")
    monkeypatch.setenv("ERP_PASSWORD", "s3cret")
    # put in by the connector alone, so that no manifest and no message can hold it
    assert project.load(path).inputs() == ["erp=postgresql://u:${ERP_PASSWORD}@host/db"]
    monkeypatch.delenv("ERP_PASSWORD")
    with pytest.raises(ConfigError, match="ERP_PASSWORD") as caught:
        project.load(path).inputs()
    assert caught.value.where == f"{path}:3:5"


def test_two_sources_of_one_name_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "sources:\n  - {name: a, path: x}\n  - {name: a, path: y}\n")
    with pytest.raises(ConfigError, match="Two sources"):
        project.load(path)


@pytest.mark.parametrize(
    "text", ["0034612904718", "007", "1e5", "NO", "yes", "~", "2024-01-31", "1_000", "", " x", "a: b"]
)
def test_a_written_text_is_read_back_as_that_text(text: str) -> None:
    assert declarative.parse(declarative.dump({"key": [text, 5, 1.5, True, None]}), "x").data == {
        "key": [text, 5, 1.5, True, None]
    }
