"""Packs made from the load side of the system files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crmq.pipeline import pack_examples
from crmq.rules import load_readiness, pack


def test_there_is_one_for_every_target_that_says_what_it_needs() -> None:
    assert {"load_salesforce", "load_hubspot", "load_dynamics365"} <= set(load_readiness.names())


@pytest.mark.parametrize("name", load_readiness.names())
def test_it_is_a_sound_pack(name: str) -> None:
    made = pack.find(name)
    assert made.rules and all(rule.title for rule in made.rules)
    assert len({rule.entry.name for rule in made.rules}) == len(made.rules)


def test_its_examples_come_out_as_promised() -> None:
    outcomes = pack_examples.run(tuple(load_readiness.names()))
    assert all(found and all(o.as_promised for o in found) for found in outcomes.values())


def test_what_a_target_refuses_closes_the_gate(crmq, tmp_path: Path) -> None:
    path = tmp_path / "contactos.csv"
    rows = ["1,Ana,López,ana@lopez.es,+34 612 904 718"]
    rows += ["2,Maximiliana Guadalupe Concepción Inmaculada,Gil,luis@gil.es,+34 612 904 719"]
    rows += ["3,Eva,,eva@sanz.es,+34 612 904 720"]
    path.write_text("\n".join(["id,nombre,apellidos,e-mail,telefono", *rows]) + "\n", encoding="utf-8")
    done = crmq("validate", path, "--pack", "load_salesforce", "--allow-not-evaluated", "--format", "json")
    assert done.returncode == 1, done.stderr
    failed = {r["name"]: [e["line"] for e in r["examples"]] for r in json.loads(done.stdout)["rules"] if r["failed"]}
    assert failed["load_salesforce.contact_lastname_required"] == [4]
    assert failed["load_salesforce.contact_firstname_length"] == [3]


def test_an_unknown_target_is_refused(crmq, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a\n1\n", encoding="utf-8")
    assert crmq("validate", path, "--pack", "load_salesfroce").returncode == 2
