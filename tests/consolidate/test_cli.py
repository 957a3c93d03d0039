"""``crmq consolidate`` through the real command line."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import polars as pl
import pytest

CRM = """Id,First Name,Last Name,Email,Phone,Birth Date,Email Opt Out
1,Ana,Ruiz López,ana.ruiz@acenor.mx,55 1234 5678,1984-04-12,false
2,Bo,Li,bo.li@acenor.mx,55 8765 4321,1990-01-31,true
"""
WEB = """Id,First Name,Last Name,Email,Phone,Birth Date
77,Ana,Ruiz,ana.ruiz@acenor.mx,+52 55 1234 5678,1984-04-12
"""


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports")
    (folder / "crm.csv").write_text(CRM, encoding="utf-8")
    (folder / "web.csv").write_text(WEB, encoding="utf-8")
    return folder


def test_the_whole_command(crmq, exports: Path, tmp_path: Path) -> None:
    out, database = tmp_path / "out", tmp_path / "customer.duckdb"
    done = crmq(
        "consolidate", f"crm={exports / 'crm.csv'}", f"web={exports / 'web.csv'}", "-o", out, "--country", "MX",
        "--to", f"duckdb:///{database}", "--trust", "crm=90", "--format", "json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["schema"] == "crmq.consolidate/1"
    balance = told["balance"]
    assert balance["records.survivors"] + balance["records.merged"] == balance["records.all"] == 3
    crosswalk = pl.read_csv(out / "golden/crosswalk.csv", infer_schema=False)
    assert crosswalk.height == 3
    connection = duckdb.connect(str(database), read_only=True)
    assert connection.execute("select count(*) from party").fetchall() == [(balance["parties"],)]
    assert connection.execute("select count(*) from party_flat").fetchall() == [(balance["parties"],)]
    connection.close()
    assert (out / "golden/party.csv").stat().st_mode & 0o777 == 0o600
    again = crmq("consolidate", out)
    assert again.returncode == 0, again.stderr
    assert "✓ 3 records became" in again.stdout.splitlines()[-1]
    assert not any(secret in again.stdout for secret in ("ana.ruiz@acenor.mx", "1984-04-12", "5512345678"))


@pytest.mark.parametrize(
    ("options", "where"),
    [
        (["--trust", "crm"], "--trust"), (["--trust", "crm=101"], "--trust"), (["--to", "customer.duckdb"], "--to"),
        (["--to", "postgresql://host/db"], "--to"), (["--tables", "xlsx"], "--tables"),
    ],
)  # fmt: skip
def test_wrong_options_are_refused_before_any_work(crmq, exports: Path, tmp_path: Path, options, where) -> None:
    done = crmq("consolidate", exports / "crm.csv", "-o", tmp_path / "out", *options)
    assert done.returncode == 2
    assert where in done.stderr
    assert not (tmp_path / "out").exists()
