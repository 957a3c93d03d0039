"""Facts on the whole way: read by the system's file, attached to golden parties, nothing lost."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

SAMPLES = Path(__file__).parent.parent / "systems" / "samples"


def run(*arguments: object) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "crmq", *map(str, arguments), "--quiet"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def golden(tmp_path_factory):
    out = tmp_path_factory.mktemp("facts") / "out"
    run("consolidate", SAMPLES / "salesforce", "-o", out, "--tables", "parquet")
    return out


def rows(out: Path, name: str, key: str) -> dict[str, object]:
    frame = pl.read_parquet(out / "golden" / f"{name}.parquet")
    return frame.filter(pl.col("record_id") == key).row(0, named=True)


def party_of(out: Path, key: str) -> str:
    crosswalk = pl.read_parquet(out / "golden" / "crosswalk.parquet")
    return crosswalk.filter(pl.col("record_id") == key)["party_id"][0]


CONTACT, ACCOUNT, LEAD = "0035e00000AbCdEAAV", "0015e00000XyZwVAAV", "00Q5e00000AbCdEEAV"


@pytest.mark.parametrize(
    ("table", "key", "who", "way"),
    [
        ("cases", "5005e00000CaSeAAAV", CONTACT, "reference"),
        ("interactions", "00T5e00000TaSkAEAV", CONTACT, "reference"),
        ("interactions", "00T5e00000TaSkBEAV", LEAD, "reference"),
        ("interactions", "02s5e00000MaIlAAAV", CONTACT, "value"),
        ("campaign_members", "00v5e00000MeMbBEAV", LEAD, "reference"),
        ("deals", "0065e00000OpPoRAAV", CONTACT, "participant"),
        ("order_lines", "00k5e00000LiNeAAAV", CONTACT, "deal"),
        ("orders", "8015e00000OrDeRAAV", ACCOUNT, "reference"),
    ],
)
def test_facts_find_their_party(golden, table: str, key: str, who: str, way: str) -> None:
    fact = rows(golden, table, key)
    crosswalk = pl.read_parquet(golden / "golden" / "crosswalk.parquet").filter(pl.col("record_id") == who)
    assert fact["party_id"] in set(crosswalk["party_id"])
    assert (fact["state"], fact["attached_by"]) == ("attached", way)


def test_the_company_of_a_deal_is_told_beside_its_contact(golden) -> None:
    assert rows(golden, "deals", "0065e00000OpPoRAAV")["account_party_id"] == party_of(golden, ACCOUNT)


def test_nothing_of_a_row_is_lost(golden) -> None:
    deal = rows(golden, "deals", "0065e00000OpPoRAAV")
    assert json.loads(str(deal["extras"])) == {
        "ExpectedRevenue": "1500", "ForecastCategoryName": "Pipeline", "HasOpportunityLineItem": "true", "Type": "New",
    }  # fmt: skip
    task = rows(golden, "interactions", "00T5e00000TaSkAEAV")
    assert json.loads(str(task["raw"])) == {"CallDisposition": "Contactado", "CallType": "Outbound"}


def test_the_balance_counts_every_fact(golden) -> None:
    balance = json.loads((golden / "golden" / "balance.json").read_text())
    for name in ("deals", "cases", "interactions", "order_lines", "campaign_members", "participants"):
        assert balance[f"{name}.all"] == balance[f"{name}.attached"] + balance[f"{name}.orphan"] > 0


def test_a_run_without_facts_has_no_tables_of_facts(tmp_path) -> None:
    run("consolidate", SAMPLES / "salesforce" / "Contact.csv", "-o", tmp_path / "out")
    names = {path.stem for path in (tmp_path / "out").rglob("*.*")}
    assert not names & {"deals", "cases", "interactions", "order_lines", "campaign_members", "products"}
