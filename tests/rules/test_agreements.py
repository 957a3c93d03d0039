"""Waivers, overrides and baselines: what they let through and what they do not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

HEADER = "id,nombre completo,e-mail,telefono"
BAD = ["1,Ana López,ana.lopez,+34 612 904 718", "2,Luis Gil,luis.gil,+34 612 904 719"]
GOOD = "3,José Muñoz,jose@munoz.es,+34 699 120 453"
BASE = ("--country", "ES", "--id", "id", "--as-of", "2026-11-22", "--pack", "email", "--allow-not-evaluated")


@pytest.fixture
def contacts(tmp_path: Path) -> Path:
    return written(tmp_path, [*BAD, GOOD])


def written(folder: Path, rows: list[str]) -> Path:
    path = folder / "contactos.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return path


def agreed(folder: Path, text: str) -> Path:
    path = folder / "waivers.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def waiver(**keys: object) -> str:
    entry = {"rule": "EMAIL-001", "owner": "Marta Ruiz", "reason": "Known", "until": "2027-01-31", **keys}
    return "waivers:\n  - " + json.dumps(entry) + "\n"


def document(crmq, *arguments: object) -> tuple[int, dict]:
    done = crmq("validate", *arguments, *BASE, "--format", "json")
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, json.loads(done.stdout)


def rule(document: dict, name: str = "EMAIL-001") -> dict:
    return next(r for r in document["rules"] if r["id"] == name)


class TestWaivers:
    def test_one_that_holds_opens_the_gate_and_keeps_the_findings(self, crmq, contacts, tmp_path) -> None:
        code, out = document(crmq, contacts, "--waivers", agreed(tmp_path, waiver()))
        assert code == 0
        assert (rule(out)["failed"], rule(out)["waived"], rule(out)["open"]) == (2, 2, 0)
        assert {e["state"] for e in rule(out)["examples"]} == {"waived"}
        assert rule(out)["score"] < 100  # the data are no better for it
        assert out["waivers"][0]["state"] == "used"

    @pytest.mark.parametrize(
        ("keys", "state"),
        [
            ({"until": "2026-11-21"}, "expired"),
            ({"max_count": 1}, "exceeded"),
            ({"sources": ["another"]}, "unused"),
        ],
    )
    def test_one_that_does_not_hold(self, crmq, contacts, tmp_path, keys, state) -> None:
        code, out = document(crmq, contacts, "--waivers", agreed(tmp_path, waiver(**keys)))
        assert code == 1
        assert rule(out)["waived"] == 0
        assert out["waivers"][0]["state"] == state

    def test_the_last_day_still_holds(self, crmq, contacts, tmp_path) -> None:
        assert document(crmq, contacts, "--waivers", agreed(tmp_path, waiver(until="2026-11-22")))[0] == 0

    def test_one_record_only(self, crmq, contacts, tmp_path) -> None:
        code, out = document(crmq, contacts, "--waivers", agreed(tmp_path, waiver(records=["1"])))
        assert code == 1
        assert (rule(out)["waived"], rule(out)["open"]) == (1, 1)

    def test_waived_rows_are_not_quarantined_and_all_rows_are_kept(self, crmq, contacts, tmp_path) -> None:
        file = agreed(tmp_path, waiver(records=["1"]))
        crmq("validate", contacts, *BASE, "--waivers", file, "-o", tmp_path / "out")
        good = (tmp_path / "out" / "clean.csv").read_text(encoding="utf-8").splitlines()[1:]
        bad = (tmp_path / "out" / "quarantine.csv").read_text(encoding="utf-8").splitlines()[1:]
        assert [line.split(",")[0] for line in good] == ["1", "3"]
        assert [line.split(",")[0] for line in bad] == ["2"]

    def test_mistakes_name_their_line(self, crmq, contacts, tmp_path) -> None:
        file = agreed(tmp_path, waiver(rule="EMAIL-01"))
        done = crmq("validate", contacts, *BASE, "--waivers", file)
        assert done.returncode == 2
        assert f"{file}:2:" in done.stderr and "EMAIL-001" in done.stderr

    def test_an_owner_is_needed(self, crmq, contacts, tmp_path) -> None:
        file = agreed(tmp_path, "waivers:\n  - {rule: EMAIL-001, reason: x, until: '2027-01-31'}\n")
        done = crmq("validate", contacts, *BASE, "--waivers", file)
        assert done.returncode == 2 and "owner" in done.stderr


class TestOverrides:
    def test_severity(self, crmq, contacts, tmp_path) -> None:
        file = agreed(tmp_path, "overrides:\n  EMAIL-001: {severity: warning}\n")
        code, out = document(crmq, contacts, "--waivers", file)
        assert code == 0 and rule(out)["severity"] == "warning" and rule(out)["failed"] == 2

    def test_limits(self, crmq, contacts, tmp_path) -> None:
        file = agreed(tmp_path, "overrides:\n  EMAIL-001: {limits: {max_count: 2}}\n")
        assert document(crmq, contacts, "--waivers", file)[0] == 0

    def test_switched_off(self, crmq, contacts, tmp_path) -> None:
        file = agreed(tmp_path, "overrides:\n  email.syntax: {enabled: false}\n")
        _code, out = document(crmq, contacts, "--waivers", file)
        assert "EMAIL-001" not in {r["id"] for r in out["rules"]}

    def test_in_the_project_file(self, crmq, contacts, tmp_path) -> None:
        project = tmp_path / "crmq.yaml"
        project.write_text(
            "as_of: '2026-11-22'\npacks: [email]\nsources: [{name: crm, path: contactos.csv}]\n"
            "rules:\n  overrides:\n    EMAIL-001: {severity: info}\n",
            encoding="utf-8",
        )
        done = crmq("validate", project, "--format", "json", "--allow-not-evaluated")
        assert done.returncode == 0, done.stderr
        assert rule(json.loads(done.stdout))["severity"] == "info"


class TestBaseline:
    @pytest.fixture
    def baseline(self, crmq, contacts, tmp_path) -> Path:
        path = tmp_path / "baseline.json"
        assert crmq("validate", contacts, *BASE, "--write-baseline", path).returncode == 1
        return path

    def test_the_same_data_pass(self, crmq, contacts, baseline) -> None:
        code, out = document(crmq, contacts, "--baseline", baseline)
        assert code == 0
        assert (rule(out)["in_baseline"], rule(out)["open"]) == (2, 0)

    def test_rows_may_move(self, crmq, tmp_path, baseline) -> None:
        assert document(crmq, written(tmp_path, [GOOD, *BAD[::-1]]), "--baseline", baseline)[0] == 0

    def test_a_new_one_fails_though_an_old_one_was_mended(self, crmq, tmp_path, baseline) -> None:
        code, out = document(crmq, written(tmp_path, [BAD[0], GOOD, "4,Eva Sanz,eva.sanz,"]), "--baseline", baseline)
        assert code == 1
        assert (rule(out)["failed"], rule(out)["open"]) == (2, 1)

    def test_a_worse_value_of_the_same_record_is_new(self, crmq, tmp_path, baseline) -> None:
        changed = [BAD[0].replace("ana.lopez", "ana"), BAD[1], GOOD]
        assert document(crmq, written(tmp_path, changed), "--baseline", baseline)[0] == 1

    def test_a_rule_that_is_no_longer_checked_fails(self, crmq, tmp_path, contacts) -> None:
        path = tmp_path / "baseline.json"
        crmq("validate", contacts, "--as-of", "2026-11-22", "--write-baseline", path)
        contacts.write_text("id,nombre completo,telefono\n3,José Muñoz,+34 699 120 453\n", encoding="utf-8")
        plain = crmq("validate", contacts, "--as-of", "2026-11-22", "--country", "ES")
        assert plain.returncode == 0, plain.stdout
        done = crmq("validate", contacts, "--as-of", "2026-11-22", "--country", "ES", "--baseline", path)
        assert done.returncode == 1

    def test_it_holds_no_value_of_the_data(self, baseline) -> None:
        text = baseline.read_text(encoding="utf-8")
        assert "luis" not in text and json.loads(text)["schema"] == "crmq.baseline/1"

    @pytest.mark.parametrize("content", ["", "[]", '{"schema": "other/1"}', '{"schema": "crmq.baseline/1"}'])
    def test_what_is_none_is_refused(self, crmq, contacts, tmp_path, content) -> None:
        path = tmp_path / "broken.json"
        path.write_text(content, encoding="utf-8")
        assert crmq("validate", contacts, *BASE, "--baseline", path).returncode == 2
