"""The pipelines in ``examples/ci``: the commands that they hold are run as they stand."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from crmq import declarative

CI = Path(__file__).parents[2] / "examples" / "ci"
HEADER = "codigo cliente,nombre completo,e-mail,telefono,empresa\n"
GOOD = (
    HEADER + "1,Ana López,ana@lopez.es,+34 612 904 718,Acme\n4,José Muñoz,jose@munoz.es,+34 699 120 453,Muñoz e Hijos\n"
)
BAD = GOOD.replace("jose@munoz.es", "jose.munoz")


def commands(name: str) -> list[list[str]]:
    """Return the commands of crmq in a file, found in its YAML wherever they stand."""
    found: list[list[str]] = []

    def walk(node: object) -> None:
        if isinstance(node, str) and node.startswith("crmq "):
            found.append(shlex.split(node)[1:])
        for item in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            walk(item)

    walk(declarative.read(CI / name).data)
    return found


@pytest.mark.parametrize("name", ["github-actions.yml", "gitlab-ci.yml"])
@pytest.mark.parametrize(("text", "code"), [(GOOD, 0), (BAD, 1)])
def test_the_gate(crmq, tmp_path: Path, name: str, text: str, code: int) -> None:
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "contactos.csv").write_text(text, encoding="utf-8")
    (command,) = commands(name)
    done = crmq(*command, cwd=tmp_path)
    assert done.returncode == code, done.stdout + done.stderr
    whole = (CI / name).read_text(encoding="utf-8")
    made = {p.name for p in (tmp_path / "quality").iterdir()}
    for file in ("report.html", "report.md", "junit.xml", "validation.sarif"):
        assert (f"quality/{file}" not in whole) or file in made


def test_the_hooks(crmq, tmp_path: Path) -> None:
    first, second = commands("pre-commit-hooks.yaml")
    pack = tmp_path / "mine.yaml"
    pack.write_text(
        "pack: mine\ntitle: Mine\nrules:\n  - id: MINE-001\n    name: mine.code\n    kind: regex\n    field: code\n"
        "    params: {pattern: '[A-Z]{3}'}\n    dimension: validity\n    message: No code\n"
        "    applies_to: {table: raw}\n    examples: {good: [{code: ABC}], bad: [{code: abc}]}\n",
        encoding="utf-8",
    )
    assert crmq(*first, pack).returncode == 0
    broken = pack.read_text(encoding="utf-8").replace("bad: [{code: abc}]", "bad: [{code: ABD}]")
    pack.write_text(broken, encoding="utf-8")
    assert crmq(*first, pack).returncode == 1
    file = tmp_path / "contactos.csv"
    for text, code in ((GOOD, 0), (BAD, 1)):
        file.write_text(text, encoding="utf-8")
        assert crmq(*second, file).returncode == code
