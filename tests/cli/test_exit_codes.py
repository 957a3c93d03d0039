"""One test per exit code, and what a user reads with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

GOOD = "id,first name,last name,email\n1,Ana,Ruiz,ana@ejemplo-real.mx\n2,Luis,Gil,luis@ejemplo-real.mx\n"
BAD = "id,first name,last name,email\n1,Ana,Ruiz,ana(at)nowhere\n2,Luis,Gil,\n"


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.csv"
    path.write_text(GOOD)
    return path


def test_0_nothing_at_or_above_the_limit(crmq, good: Path) -> None:
    done = crmq("validate", good)
    assert done.returncode == 0, done.stderr + done.stdout


def test_1_findings(crmq, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(BAD)
    done = crmq("validate", path)
    assert done.returncode == 1, done.stderr + done.stdout
    assert "nowhere" not in done.stdout, "personal data is masked"
    assert crmq("validate", path, "--fail-on", "never").returncode == 0


WRONG = [
    ["dedupe"],
    ["dedupe", "x.csv", "--format", "yaml"],
    ["nonsense"],
    ["dedupe", "x.csv", "--lang", "xx"],
    ["dedupe", "x.csv", "--threads", "0"],
]


@pytest.mark.parametrize("arguments", WRONG)
def test_2_usage(crmq, arguments: list[str]) -> None:
    done = crmq(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_2_a_folder_that_crmq_did_not_write_is_left_alone(crmq, good: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine"
    out.mkdir()
    (out / "thesis.txt").write_text("x")
    done = crmq("dedupe", good, "-o", out)
    assert done.returncode == 2
    assert [p.name for p in out.iterdir()] == ["thesis.txt"]


def test_2_a_typo_in_the_project_file_names_its_line(crmq, good: Path, tmp_path: Path) -> None:
    project = tmp_path / "crmq.yaml"
    project.write_text("sources:\n  - name: a\n    path: good.csv\ncuntry: MX\n")
    done = crmq("dedupe", project, "-o", tmp_path / "out")
    assert done.returncode == 2
    assert "crmq.yaml:4:1" in done.stderr
    assert "country" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", [None, b""])
def test_3_a_source_that_cannot_be_read(crmq, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "absent.csv"
    if content is not None:
        path.write_bytes(content)
    done = crmq("dedupe", path, "-o", tmp_path / "out")
    assert done.returncode == 3, done.stderr
    assert "absent.csv" in done.stderr
    assert not (tmp_path / "out").exists()


def test_4_an_internal_error_shows_no_data_and_no_traceback(crmq, good: Path, tmp_path: Path) -> None:
    """A defect provoked from outside: a stage module that raises with personal data in its message."""
    package = tmp_path / "broken"
    package.mkdir()
    (package / "sitecustomize.py").write_text(
        "import importlib.abc, sys\n"
        "class Finder(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'crmq.standardise': raise RuntimeError('ana@ejemplo-real.mx')\n"
        "sys.meta_path.insert(0, Finder())\n"
    )
    root = Path(__file__).resolve().parents[2]
    env = {"PYTHONPATH": os.pathsep.join([str(package), str(root)])}
    done = crmq("dedupe", good, "-o", tmp_path / "out", env=env)
    assert done.returncode == 4, done.stderr
    assert "ana@" not in done.stderr
    assert "Traceback" not in done.stderr
    shown = crmq("dedupe", good, "-o", tmp_path / "out", "--debug", env=env)
    assert "Traceback" in shown.stderr


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C cannot be sent to one process on Windows")
def test_130_interrupted(tmp_path: Path) -> None:
    rows = "".join(f"{i},Ana{i},Ruiz{i % 97},a{i}@ejemplo-real.mx\n" for i in range(200_000))
    path = tmp_path / "many.csv"
    path.write_text("id,first name,last name,email\n" + rows)
    child = subprocess.Popen(
        [sys.executable, "-m", "crmq", "dedupe", str(path), "-o", str(tmp_path / "out")],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        # a shell that started the tests in the background may have had Ctrl-C ignored
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    time.sleep(1.5)
    child.send_signal(signal.SIGINT)
    _out, err = child.communicate(timeout=120)
    assert child.returncode == 130, err
    assert "Traceback" not in err
    assert [p.name for p in tmp_path.iterdir()] == ["many.csv"]
