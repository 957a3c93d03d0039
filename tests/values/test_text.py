"""Folding, cleaning, mending of mojibake."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmq.values import text


def one(fn, value):
    return pl.select(fn(pl.lit(value, dtype=pl.String))).item()


@pytest.mark.parametrize(
    ("raw", "folded"),
    [
        ("  María   del\tCarmen ", "maria del carmen"),
        ("ÑANDÚ Çelik", "nandu celik"),
        ("Straße, Ørsted & Łódź", "strasse, orsted & lodz"),
        ("D´Angelo O’Brien", "d'angelo o'brien"),
        ("Mª José – 1º", "ma jose - 1o"),
        ("ＡＢＣ １２", "abc 12"),
        ("", ""),
        (None, None),
    ],
)
def test_fold(raw, folded):
    assert one(text.fold, raw) == folded


def test_words_drops_punctuation_and_empties():
    assert one(text.words, "  S.A. de C.V.  (México) ") == "s a de c v mexico"
    assert one(text.words, " -- / ") is None
    assert one(text.words, None) is None


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("\u200b Ana\u00a0\u00a0María \ufeff", "Ana María"),
        ("'0034911234567", "0034911234567"),
        ("'t Hart", "'t Hart"),
        ('="00123"', "00123"),
        ("línea 1\r\nlínea 2", "línea 1 línea 2"),
        (" \t ", None),
        ("a\x00b", "ab"),
    ],
)
def test_clean(raw, cleaned):
    assert one(text.clean, raw) == cleaned


@pytest.mark.parametrize(
    "word",
    [
        "María Muñoz",
        "ESPAÑA MARTÍN ÁÉÍÓÚ",
        "Çağrı Öztürk",
        "Łukasz",
        "“hola” – 5 €",
        "l’Hôpital",
        "¿Qué?",
        "Besançon Ïo",
    ],
)
def test_repair_mends_one_and_two_misreadings(word):
    def misread(value: str) -> str:
        return "".join(
            bytes([b]).decode("latin-1" if b in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else "cp1252") for b in value.encode()
        )

    assert one(text.repair, misread(word)) == word
    assert one(text.repair, misread(misread(word))) == word


@pytest.mark.parametrize(
    "real", ["SÃO PAULO", "João", "Âncora", "IRMÃOS", "“AMANHÔ", "Åland", "Ärzte", "Müller", "ÃĀ", "MÃE", "crêpe €5"]
)
def test_repair_leaves_real_text_alone(real):
    assert one(text.repair, real) == real


def test_repair_restores_a_lost_soft_hyphen():
    assert one(text.cell, "MarÃa GarcÃa") == "María García"


@given(st.text())
def test_fold_words_and_clean_are_idempotent(value):
    for fn in (text.fold, text.words, text.clean):
        once = one(fn, value)
        assert one(fn, once) == once


@given(st.text(alphabet=st.characters(codec="cp1252")))
def test_repair_never_fails_and_keeps_ascii(value):
    repaired = one(text.repair, value)
    assert isinstance(repaired, str)
    if value.isascii():
        assert repaired == value


def test_once_per_value_calls_once_per_distinct_value():
    seen = []

    def measure(value):
        seen.append(value)
        return len(value), value.upper()

    series = pl.Series(["a", None, "bb", "a", "bb", "a"])
    result = text.once_per_value(series, measure, {"n": pl.Int64, "upper": pl.String})
    assert sorted(seen) == ["a", "bb"]
    assert result.rows() == [(1, "A"), (None, None), (2, "BB"), (1, "A"), (2, "BB"), (1, "A")]


def test_once_per_value_on_nothing():
    result = text.once_per_value(pl.Series([None, None], dtype=pl.String), lambda _: (1,), {"n": pl.Int64})
    assert result.rows() == [(None,), (None,)]
    assert text.once_per_value(pl.Series([], dtype=pl.String), lambda _: (1,), {"n": pl.Int64}).height == 0
