"""map, init, systems and model as people run them."""

from __future__ import annotations

import json

import pytest

FOLDERS = ("crm/onboarding_messy_samples", "crm/lead_exports_groweasy", "crm/odoo_import_templates",
           "crm/clientes_sucios_es", "crm/salesforce_api_seeds", "crm/hubspot_api_seeds")  # fmt: skip


def test_the_real_command(crmq, shared_data):
    done = crmq("map", shared_data("crm/onboarding_messy_samples"))
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout.rstrip().splitlines()[-1].startswith("✓ ")


def test_map_shows_proposals_coverage_and_what_has_no_place(cli, shared_data):
    code, out, err = cli("map", shared_data("crm/onboarding_messy_samples"))
    assert (code, err) == (0, "")
    for text in ("contacts_messy · Contact", "hubspot · Contact", "full_name", "Coverage", "LinkedIn"):
        assert text in out
    assert "--write mapping.yaml" in out.rstrip().splitlines()[-1]


def test_examples_are_masked_unless_asked_for(cli, shared_data):
    path = shared_data("crm/onboarding_messy_samples/contacts_messy.csv")
    _code, out, _err = cli("map", path)
    assert "sarah" not in out.lower()
    assert "linkedin.com" not in out
    _code, out, _err = cli("map", path, "--show-pii", columns=140)
    assert "linkedin.c" in out


@pytest.mark.parametrize("width", [80, 120])
def test_map_fits_the_terminal(cli, shared_data, width):
    _code, out, _err = cli("map", "--all", shared_data("crm/salesforce_api_seeds/sf_account_data.csv"), columns=width)
    assert max(len(line) for line in out.rstrip().splitlines()[:-1]) <= width
    assert "BillingCity" in out or "billing_city" in out


@pytest.mark.parametrize("folder", FOLDERS)
def test_map_as_json(cli, shared_data, folder):
    code, out, err = cli("map", shared_data(folder), "--format", "json", "--quiet")
    assert code == 0, err
    report = json.loads(out)
    assert report["schema"] == "crmq.map/1"
    for table in report["tables"]:
        assert sum(part["rows"] for part in table["parts"]) == table["rows"]
        for part in table["parts"]:
            for column in part["columns"]:
                assert column["state"] in ("accepted", "proposed", "extra", "metadata", "ignored")
                assert column["state"] == "ignored" or column["reason"]
                if column["state"] == "accepted":
                    assert column["confidence"] >= 0.5


def test_call_list(cli, shared_data):
    report = json.loads(cli("map", shared_data("crm/customer_call_list_xlsx"), "--format", "json")[1])
    (table,) = report["tables"]
    fields = {c["header"]: c.get("field") for c in table["parts"][0]["columns"] if c["state"] == "accepted"}
    assert fields["First_Name"] == "given_name"
    assert fields["Phone_Number"] == "phone"
    assert fields["Do_Not_Contact"] == "consent"
    assert table["parts"][0]["object"] == "customer"


def test_ignore_and_id_that_no_table_has(cli, shared_data):
    path = shared_data("crm/tiny_crm_raw_clean")
    for option in ("--ignore", "--id", "--source-column"):
        code, _out, err = cli("map", path, option, "Emial")
        assert code == 2
        assert "Email" in err
    report = json.loads(cli("map", path, "--ignore", "email", "--format", "json")[1])
    states = {c["header"]: c["state"] for c in report["tables"][0]["parts"][0]["columns"]}
    assert states["Email"] == "ignored"


def test_init_then_map_with_what_it_wrote(cli, shared_data, tmp_path):
    exports = tmp_path / "exports"
    exports.mkdir()
    for name in ("contacts_messy.csv", "accounts_messy.csv", "hubspot_contacts.csv"):
        source = shared_data(f"crm/onboarding_messy_samples/{name}")
        (exports / name).write_bytes(source.read_bytes())
    code, out, err = cli("init", "exports", cwd=tmp_path)
    assert code == 0, err
    assert "crmq run crmq.yaml" in out
    text = (tmp_path / "crmq.yaml").read_text(encoding="utf-8")
    assert text.count("- name:") == 3
    assert "exports/hubspot_contacts.csv" in text
    assert (tmp_path / "mapping.yaml").exists()

    code, _out, err = cli("init", "exports")
    assert code == 2
    assert "--force" in err
    assert cli("init", "exports", "--force")[0] == 0
    assert (tmp_path / "crmq.yaml").read_text(encoding="utf-8") == text

    report = json.loads(cli("map", "crmq.yaml", "--format", "json")[1])
    assert report["findings"] == []
    assert {t["source"] for t in report["tables"]} == {"contacts_messy", "accounts_messy", "hubspot"}
    by = {c.get("by") for t in report["tables"] for p in t["parts"] for c in p["columns"] if c["state"] == "accepted"}
    assert by == {"user"}

    contacts = exports / "contacts_messy.csv"
    contacts.write_text(contacts.read_text(encoding="utf-8").replace("LinkedIn", "Perfil", 1), encoding="utf-8")
    code, out, _err = cli("map", "crmq.yaml")
    assert "MAP-001" in out
    assert "MAP-002" in out


def test_init_elsewhere_writes_paths_relative_to_the_project(cli, shared_data, tmp_path):
    folder = shared_data("crm/tiny_crm_raw_clean")
    code, out, err = cli("init", folder, "--to", tmp_path / "p.yaml", "--format", "json")
    assert code == 0, err
    for source in json.loads(out)["sources"]:
        assert all((tmp_path / path).resolve().exists() for path in source["paths"])


def test_systems(cli):
    code, out, _err = cli("systems")
    assert code == 0
    for name in ("salesforce", "hubspot", "dynamics365", "generic"):
        assert name in out
    _code, one, _err = cli("systems", "show", "hubspot", columns=120)
    for fact in (
        "Record ID",
        "ID de registro",
        "merged_ids",
        "required",
        "512 MB",
        "cannot be undone",
        "Not confirmed",
    ):
        assert fact in one
    code, _out, err = cli("systems", "show", "hubspt")
    assert code == 2
    assert "hubspot" in err
    assert json.loads(cli("systems", "--format", "json")[1])["schema"] == "crmq.systems/1"
    assert json.loads(cli("systems", "show", "salesforce", "--format", "json")[1])["name"] == "salesforce"


def test_model(cli):
    assert "birth_date" in cli("model")[1]
    shown = cli("model", "show", "email", columns=120)[1]
    assert "schema.org" in shown
    assert "emailaddress1" in shown
    assert cli("model", "show", "emial")[0] == 2
    report = json.loads(cli("model", "show", "consent", "--format", "json")[1])
    assert {row["system"] for row in report["fed_by"]} >= {"salesforce", "hubspot", "dynamics365"}
