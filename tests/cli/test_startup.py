"""The command line answers at once and shows everything it has."""

from __future__ import annotations

import subprocess
import sys

import pytest

from crmq.cli.app import COMMANDS

HEAVY = ("polars", "numpy", "numba", "pandas", "great_expectations", "duckdb", "rich", "phonenumbers")


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], *([name, "--help"] for name in COMMANDS)])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    code = (
        f"import sys; from crmq.cli import app; code = app.run({arguments!r})\n"
        f"loaded = sorted(set({HEAVY!r}) & set(sys.modules)); print(loaded, file=sys.stderr); sys.exit(bool(loaded))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_every_command_stands_in_help_in_stage_order(crmq) -> None:
    text = crmq("--help").stdout
    places = [text.index(f"\n  {name} ") for name in COMMANDS]
    assert places == sorted(places)


def test_every_option_has_a_help_text(crmq) -> None:
    for name in COMMANDS:
        lines = crmq(name, "--help").stdout.splitlines()
        for line, following in zip(lines, [*lines[1:], ""], strict=True):
            if line.startswith("  -") and len(line.split("  ")) < 3:
                assert following.startswith("      "), f"{name}: {line}"
