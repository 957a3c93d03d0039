"""The cache of machine code: right after any change, and safe to share between processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CALLED = """
from crmq.compiled import part
STEP = {step}
@part
def step(x):
    return x + STEP
"""
CALLER = """
import sys
from called import step
from crmq.compiled import kernel
@kernel
def twice(x):
    return step(x) * 2
if __name__ == "__main__":
    for word in sys.argv[1:]:
        print(twice(float(word) if "." in word else int(word)))
"""


@pytest.fixture
def script(tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Start a script whose kernel calls a function of another module; the cache lies beside it."""
    (tmp_path / "caller.py").write_text(CALLER)
    (tmp_path / "called.py").write_text(CALLED.format(step=1))
    env = {**os.environ, "PYTHONPATH": str(ROOT), "NUMBA_CACHE_DIR": str(tmp_path / "cache")}

    def start(*words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-B", str(tmp_path / "caller.py"), *words], env=env, stdout=subprocess.PIPE, text=True
        )

    return start


def files(folder: Path) -> set[str]:
    return {path.name for path in (folder / "cache").rglob("*") if path.is_file()}


def test_a_change_in_another_module_is_noticed(script: Callable[..., subprocess.Popen[str]], tmp_path: Path) -> None:
    assert script("3").communicate()[0].split() == ["8"]
    kept = files(tmp_path)
    assert len(kept) == 1
    assert script("3").communicate()[0].split() == ["8"]
    assert files(tmp_path) == kept, "the second process compiled nothing"
    (tmp_path / "called.py").write_text(CALLED.format(step=5))
    assert script("3").communicate()[0].split() == ["16"]


def test_processes_that_compile_at_once_do_not_disturb_each_other(
    script: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    together = [script("3"), script("0.5")]
    assert [process.communicate()[0].strip() for process in together] == ["8", "3.0"]
    assert len(files(tmp_path)) == 2, "one file per type"
    assert script("3", "0.5").communicate()[0].split() == ["8", "3.0"]
    assert len(files(tmp_path)) == 2


def test_a_damaged_file_is_compiled_again(script: Callable[..., subprocess.Popen[str]], tmp_path: Path) -> None:
    script("3").communicate()
    for path in (tmp_path / "cache").rglob("*.nbc"):
        path.write_bytes(b"")
    assert script("3").communicate()[0].split() == ["8"]


def test_an_inner_part_has_no_way_in_from_python() -> None:
    from crmq.matching.blocks import _pair_hash

    with pytest.raises(TypeError, match="no way in"):
        _pair_hash(1, 2)
