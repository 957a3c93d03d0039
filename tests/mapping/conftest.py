"""Tables made in a test, and real files read and mapped."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import polars as pl
import pytest

from crmq.connectors import inputs
from crmq.mapping import MappingResult, MappingSettings, map_tables
from crmq.model.raw import RawTable


@pytest.fixture
def table() -> Callable[..., RawTable]:
    """Return a raw table of the given columns."""

    def make(columns: Mapping[str, Sequence[str | None]], path: str = "exports/data.csv", **rest: object) -> RawTable:
        frame = pl.DataFrame({name: pl.Series(values, dtype=pl.String) for name, values in columns.items()})
        lines = pl.Series(range(2, frame.height + 2), dtype=pl.UInt32)
        return RawTable(path, frame, lines, list(columns), **rest)  # type: ignore[arg-type]

    return make


@pytest.fixture
def read_and_map() -> Callable[..., MappingResult]:
    """Read files and map them."""

    def run(*paths: Path | str, **settings: object) -> MappingResult:
        raws = inputs.read([str(p) for p in paths]).tables
        return map_tables(raws, MappingSettings(**settings))  # type: ignore[arg-type]

    return run


@pytest.fixture
def fed() -> Callable[..., dict[str, str]]:
    """Return field (with usage, and slot from the second on) per accepted column of one table of a result."""

    def describe(result: MappingResult, index: int = 0, part: int = 0) -> dict[str, str]:
        columns = result.proposals[index].plan.parts[part].columns
        found = {}
        for header, item in columns.items():
            if item.state == "accepted" and item.mapping is not None:
                slot = f"#{item.mapping.slot}" if item.mapping.slot > 1 else ""
                usage = f"/{item.mapping.usage}" if item.mapping.usage else ""
                found[header] = f"{item.mapping.field}{usage}{slot}"
        return found

    return describe


@pytest.fixture
def cli(capsys, monkeypatch):
    """Run a command in this process, which is quicker than the real one: returns code, stdout and stderr."""
    from crmq import locales
    from crmq.cli import app

    def run(*args: object, columns: int = 100, cwd: Path | None = None) -> tuple[int, str, str]:
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("NO_COLOR", "1")
        if cwd is not None:
            monkeypatch.chdir(cwd)
        locales.use("en")
        code = app.run([str(a) for a in args])
        out, err = capsys.readouterr()
        return code, out, err

    return run
