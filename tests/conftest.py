"""Fixtures for all tests: the shared public data, a runner for the real CLI, and a closed network."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from crmq import locales

# The same examples at every run, so that a green commit stays green; HYPOTHESIS_PROFILE=explore draws new ones.
settings.register_profile("fixed", derandomize=True, deadline=None, max_examples=40)
settings.register_profile("explore", derandomize=False, deadline=None, print_blob=True, max_examples=400)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))

ROOT = Path(__file__).resolve().parent.parent
_LOCAL = {"127.0.0.1", "::1", "localhost"}


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """Return a path below the folder of public data sets, or skip when that folder is not there."""
    root = Path(os.environ.get("CRMQ_SHARED_DATA", ROOT.parent / "shared" / "data"))

    def find(relative: str) -> Path:
        path = root / relative
        if not path.exists():
            pytest.skip(f"public data set {relative} is absent (set CRMQ_SHARED_DATA to its folder)")
        return path

    return find


@pytest.fixture(autouse=True, scope="session")
def closed_network() -> None:
    """Refuse every connection but to this machine: crmq never calls out."""
    real_connect = socket.socket.connect

    def connect(self: socket.socket, address: object) -> object:
        host = address[0] if isinstance(address, tuple) else None
        if self.family in (socket.AF_INET, socket.AF_INET6) and host not in _LOCAL:
            raise AssertionError(f"a test tried to reach {host}")
        return real_connect(self, address)  # type: ignore[arg-type]

    socket.socket.connect = connect  # type: ignore[method-assign,assignment]


@pytest.fixture(autouse=True)
def english() -> None:
    """Let every test begin in English: a test in the same process may have asked for another language."""
    locales.use("en")


@pytest.fixture
def crmq() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the real command line in a process of its own; returns code, stdout and stderr."""

    def run(*args: object, cwd: Path | None = None, env: dict[str, str] | None = None, timeout: float = 300):
        return subprocess.run(
            [sys.executable, "-m", "crmq", *map(str, args)],
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "COLUMNS": "100", "NO_COLOR": "1",
                 "CRMQ_LANG": "en", **(env or {})},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=timeout,
            check=False,
        )  # fmt: skip

    return run
