"""Golden files are written anew with ``CRMQ_UPDATE_GOLDEN=1 pytest tests/profile``; look at the difference."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest


@pytest.fixture
def update_golden() -> bool:
    """Whether golden files are to be written instead of compared."""
    return os.environ.get("CRMQ_UPDATE_GOLDEN") == "1"


@pytest.fixture
def crmq(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., SimpleNamespace]:
    """Run the command line in this process (the root fixture starts one per call, which costs half a second)."""
    from crmq import locales
    from crmq.cli import app

    def run(*args: object, cwd: Path | None = None, env: dict[str, str] | None = None) -> SimpleNamespace:
        with monkeypatch.context() as changed:
            for name, value in {"COLUMNS": "100", "NO_COLOR": "1", **(env or {})}.items():
                changed.setenv(name, value)
            if cwd is not None:
                changed.chdir(cwd)
            capsys.readouterr()
            locales.use("en")
            code = app.run([str(arg) for arg in args])
        said = capsys.readouterr()
        locales.use("en")
        return SimpleNamespace(returncode=code, stdout=said.out, stderr=said.err)

    return run
