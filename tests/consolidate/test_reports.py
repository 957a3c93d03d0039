"""The report of consolidate: figures that add up, personal data masked."""

from __future__ import annotations

import json

import pytest

from crmq.consolidate import balance
from crmq.reports import golden as report
from crmq.reports.terminal.golden import consolidated


@pytest.fixture
def golden(world):
    w = world()
    for source, birth, tax in (("crm", "1984-04-12", "RUAA840412AB1"), ("erp", "1990-01-31", "RUAA900131XY9")):
        who = w.person(
            "p", source, full_name="Ana Ruiz", email="ana@x.com", birth_date=birth, tax_id=tax, tax_scheme="MX:RFC",
            owner="Eva",
        )  # fmt: skip
        w.consent(who, "given" if source == "crm" else "withdrawn")
    w.person("q", "crm", full_name="Bo Li", phone="+34600123456")
    return w.golden()


def test_the_figures_add_up(golden) -> None:
    body = report.body(golden, show_pii=False)
    assert body["parties"] == [
        {
            "party_kind": "person",
            "parties": 2,
            "records": 3,
            "in_several_sources": 1,
            "quality": body["parties"][0]["quality"],
        }
    ]
    assert sum(entry["parties"] for entry in body["overlap"]) == 2
    assert {"party_kind": "person", "sources": ["crm", "erp"], "parties": 1} in body["overlap"]
    assert body["conflicts"]["by_field"] == {"birth_date": 1, "consent": 1, "tax_id": 1}
    email = next(e for e in body["contactability"] if (e["channel"], e["purpose"]) == ("email", "commercial"))
    assert email == {"channel": "email", "purpose": "commercial", "yes": 0, "no": 1, "unknown": 0}
    assert body["refusals"] == {"withdrawn_undated": 1}
    json.dumps(body)


SECRETS = ("RUAA840412AB1", "RUAA900131XY9", "1984-04-12", "1990-01-31", "ana@x.com", "+34600123456")


def test_personal_data_is_masked_unless_asked_for(golden, capsys) -> None:
    for show_pii in (False, True):
        body = report.body(golden, show_pii=show_pii)
        consolidated(golden, body, balance.equations(), folder="out", store=None)
        text = capsys.readouterr().out + json.dumps(body)
        assert [secret for secret in SECRETS if secret in text] == (list(SECRETS[:4]) if show_pii else [])


def test_the_last_line_is_the_verdict_and_the_next_command(golden, capsys) -> None:
    consolidated(golden, report.body(golden, show_pii=False), balance.equations(), folder="out", store=None)
    last = capsys.readouterr().out.strip().splitlines()[-1]
    assert last.startswith("✓ 3 records became 2 golden records")
    assert last.endswith("crmq consolidate out --to duckdb:///customer.duckdb")


def test_conflicts_are_listed_by_weight_with_their_owner(golden) -> None:
    conflicts = golden["conflicts"]
    assert conflicts["weight"].is_sorted(descending=True)
    assert conflicts["field"].to_list() == ["tax_id", "birth_date", "consent"]
    assert conflicts["weight"].to_list() == [0.5, 0.4, 0.4]
    assert set(conflicts["owner"]) == {"Eva"}
    (first, *_rest) = conflicts["values"]
    assert {said["value"] for said in json.loads(first)} == {"RUAA840412AB1", "RUAA900131XY9"}
