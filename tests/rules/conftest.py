"""Small raw and standardised tables, made by hand, for tests of the rule engine."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from crmq import declarative
from crmq.model.mapped import FieldMapping, MappedTable
from crmq.model.raw import REJECTED_SCHEMA, RawTable
from crmq.model.tables import SCHEMAS, Tables, conform
from crmq.progress import Silent
from crmq.rules import Requested, RuleSettings, Validation, pack, validate

AS_OF = date(2026, 11, 22)


def raw_table(
    columns: dict[str, Sequence[str | None]],
    *,
    source: str = "crm",
    name: str = "other",
    path: str = "plain.csv",
    rejected: Sequence[tuple[int, str, str]] = (),
    fields: dict[str, str] | None = None,
    headers: list[str] | None = None,
) -> MappedTable:
    """Return a raw table as it is mapped; the first data row stands on line 2."""
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    raw = RawTable(
        path,
        frame,
        pl.int_range(2, 2 + frame.height, dtype=pl.UInt32, eager=True),
        headers or list(columns),
        rejected=pl.DataFrame(rejected, schema=REJECTED_SCHEMA, orient="row"),
    )
    mappings = tuple(FieldMapping(h, f) for h, f in (fields or {}).items())
    entities = {"contact": ("person",), "account": ("organisation",)}.get(name, ())
    return MappedTable(raw, source, "generic", name, entities, mappings)


def standardised(name: str, rows: list[dict[str, object]]) -> pl.DataFrame:
    """Return a standardised table from rows that name only what matters."""
    schema = {key: dtype for key, dtype in SCHEMAS[name].items() if any(key in row for row in rows)}
    return conform(pl.DataFrame(rows, schema=schema, strict=False), SCHEMAS[name])


def rule_pack(text: str, path: str = "mine.yaml") -> pack.Pack:
    """Return a pack written in a test."""
    return pack.build(declarative.parse(text, path))


def one_rule(kind: str, **keys: object) -> pack.Pack:
    """Return a pack with one rule."""
    rule = {"id": "T-001", "name": "test.rule", "kind": kind, "dimension": "validity", "message": "Not as it should be"}
    return rule_pack(declarative.dump({"pack": "test", "title": "Test", "rules": [{**rule, **keys}]}))


def check(
    packs: pack.Pack | Sequence[pack.Pack],
    mapped: Sequence[MappedTable] = (),
    tables: Tables | None = None,
    *,
    required: bool = False,
) -> Validation:
    """Run packs."""
    chosen = [packs] if isinstance(packs, pack.Pack) else packs
    requests = [Requested(one, required) for one in chosen]
    return validate(tables or Tables(), list(mapped), requests, RuleSettings(AS_OF), Silent())


def failing_lines(validation: Validation) -> list[int]:
    """Return the lines of all findings."""
    return validation.findings["line"].to_list()


@pytest.fixture(scope="session")
def made() -> SimpleNamespace:
    """Give the functions of this module to tests."""
    return SimpleNamespace(
        raw_table=raw_table, standardised=standardised, rule_pack=rule_pack, one_rule=one_rule, check=check,
        failing_lines=failing_lines, as_of=AS_OF,
    )  # fmt: skip


@pytest.fixture
def update_golden() -> bool:
    """Whether golden files are to be written instead of compared (``CRMQ_UPDATE_GOLDEN=1``)."""
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
