"""Persons and organisations told apart by the name alone."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmq.values import party_kind


def share(name: str | None) -> float | None:
    return party_kind.org_share(pl.Series([name], dtype=pl.String)).item()


@pytest.mark.parametrize(
    "name",
    [
        "Juan Pérez",
        "García López, Juan",
        "Sr. Pérez",
        "Maria",
        "J. Smith",
        "Müller Hans",
        "John & Mary Smith",
        "Charlotte Church",
    ],
)
def test_persons(name):
    assert share(name) < 0.5


@pytest.mark.parametrize(
    "name",
    ["Aceros del Norte S.A.", "Talleres García", "Banco Santander", "Pérez & García", "Juan Pérez Consulting",
     "Juan Pérez S.L.", "Fundación José Ortega y Gasset", "Inversiones 2000", "Ayuntamiento de Madrid",
     "Mary Kay Inc", "4711 GmbH"],
)  # fmt: skip
def test_organisations(name):
    assert share(name) > 0.5


@pytest.mark.parametrize("name", [None, " ", "n/a", "particular", "consumidor final"])
def test_nothing_to_judge(name):
    assert share(name) is None


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=20)), max_size=8))
def test_a_share_is_a_share(names):
    out = party_kind.org_share(pl.Series(names, dtype=pl.String))
    assert len(out) == len(names)
    assert out.drop_nulls().is_between(0, 1).all()


def test_public_name_pairs_are_mostly_told_apart(shared_data):
    pairs = pl.read_csv(shared_data("er/name_pairs_nomenklatura/name_pairs.csv"))
    wrong = {}
    for kind, is_org in (("Person", False), ("Company", True)):
        shares = party_kind.org_share(pairs.filter(pl.col("schema") == kind)["name1"]).drop_nulls()
        wrong[kind] = ((shares >= 0.5) != is_org).mean()
    assert wrong["Company"] < 0.1
    assert wrong["Person"] < 0.35  # most of its persons are Chinese, Korean and Russian names that no list here has


def test_columns_that_say_it():
    said = party_kind.read(pl.Series(["Persona Física", "B2B", "juridica", "Individual", "x", None]))
    assert said.to_list() == ["person", "organisation", "organisation", "person", None, None]
