"""Denylists and over-shared values."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmq.values import placeholder


def flags(values, kind="text"):
    return placeholder.is_placeholder(pl.Series(values, dtype=pl.String), kind).to_list()


@pytest.mark.parametrize(
    "value",
    [
        "N/A",
        "n.a.",
        "#N/A",
        "#¡VALOR!",
        "NULL",
        "[object Object]",
        "-",
        "--",
        "..",
        "xxx",
        "???",
        "0",
        "000",
        "Test",
        "PRUEBA 2",
        "test test",
        "asdf",
        "aaa",
        "123",
        "12345",
        "No aplica",
        "S/D",
        "s/n",
        "Sin Datos",
        "Desconocido",
        "não informado",
        "<test lead: dummy data for full_name>",
        "unbekannt",
    ],
)
def test_any_text(value):
    assert flags([value]) == [True]


@pytest.mark.parametrize(
    "value", ["Sin nombre", "Público en General", "CONSUMIDOR FINAL", "[not provided]", "Facebook User"]
)
def test_names(value):
    assert flags([value], "name") == [True]
    assert flags([value], "address") == [value == "[not provided]"]


@pytest.mark.parametrize("value", ["Domicilio conocido", "Sin dirección", "calle", "s/n"])
def test_addresses(value):
    assert flags([value], "address") == [True]


@pytest.mark.parametrize(
    "value",
    [
        "Juan Pérez",
        "Nil",
        "Na",
        "III",
        "Carlos III",
        "Jane Doe",
        "Juan Test",
        "Cliente Feliz SL",
        "Otros Aires SA",
        "De la Cruz",
    ],
)
def test_real_names_are_left(value):
    assert flags([value], "name") == [False]


@pytest.mark.parametrize("value", ["12", "1245", "2024", "12 de octubre", "Calle 5", "1236"])
def test_real_addresses_are_left(value):
    assert flags([value], "address") == [False]


def test_missing_is_no_placeholder():
    assert flags([None, "", "  "]) == [False, False, False]


@given(st.lists(st.none() | st.text(), max_size=8), st.sampled_from(["text", "name", "address"]))
def test_never_fails_and_keeps_height(values, kind):
    result = flags(values, kind)
    assert len(result) == len(values)
    assert all(isinstance(flag, bool) for flag in result)


def test_overused_counts_parties_not_rows():
    values = pl.Series(["a"] * 21 + ["b"] * 20 + ["c"] * 40 + [None] * 30)
    parties = pl.Series(
        [f"a{i}" for i in range(21)] + [f"b{i}" for i in range(20)] + ["c"] * 40 + [f"n{i}" for i in range(30)]
    )
    assert placeholder.is_overused(values, parties).to_list() == [True] * 21 + [False] * 90


def test_overused_grows_with_the_data():
    values, parties = pl.Series(["a"] * 40), pl.Series(range(40))
    assert placeholder.is_overused(values, parties).all()
    assert not placeholder.is_overused(values, parties, rows=10_000).any()


@pytest.mark.parametrize("kind", ["text", "name", "address"])
def test_the_short_look_at_the_first_word_misses_none(kind):
    listed = sorted(placeholder.denylist(kind))
    marks = ["<", "(", "*", " ", "¡", "'", '"', "-", "™", "te\u200b", "\x00", "é", "#", ""]
    ends = [">", " ", "!", "9", "\u200b", "", ".", " x", "\u0301"]
    values = [f"{mark}{entry}{ends[n % len(ends)]}" for n, entry in enumerate(listed) for mark in marks]
    values += [entry.upper().replace(" ", sign) for entry in listed for sign in ("-", "_", "  ", "/", "\u00a0")]
    values += [
        "test1 prueba2",
        "TEST-TEST",
        "aaaa",
        "zzz",
        "12345",
        "<test lead: dummy data for x>",
        "cliente de prueba 7",
    ]
    series = pl.Series(values)
    missed = placeholder._judge(series, kind) & ~placeholder._may_be(series, kind)
    assert series.filter(missed).to_list() == []


@given(st.lists(st.text(alphabet="aesxt nN/A.-1209#<é\u200bª½™_'`´\t\u0301", max_size=8), max_size=30))
def test_the_short_look_changes_nothing(values):
    series = pl.Series(values, dtype=pl.String)
    assert flags(values) == placeholder._judge(series, "text").to_list()
