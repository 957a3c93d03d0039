"""Country names in several languages, codes, typos."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmq.values import country


def one(value):
    return country.standardise(pl.Series([value], dtype=pl.String)).row(0)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("España", "ES"),
        ("ESPAÑA ", "ES"),
        ("espana", "ES"),
        ("Spain", "ES"),
        ("EspaÃ±a", "ES"),
        ("ESP", "ES"),
        ("es", "ES"),
        ("México", "MX"),
        ("Mejico", "MX"),
        ("Estados Unidos Mexicanos", "MX"),
        ("EE.UU.", "US"),
        ("U.S.A.", "US"),
        ("United States of America", "US"),
        ("UK", "GB"),
        ("Inglaterra", "GB"),
        ("Rep. Dominicana", "DO"),
        ("DO", "DO"),
        ("República Dominicana", "DO"),
        ("República de Panamá", "PA"),
        ("Republic of Korea", "KR"),
        ("PuertoRico", "PR"),
        ("Brasil", "BR"),
        ("Deutschland", "DE"),
        ("DE", "DE"),
        ("LA", "LA"),
        ("El Salvador", "SV"),
        ("Holanda", "NL"),
        ("África do Sul", "ZA"),
        ("Sudáfrica", "ZA"),
        ("Venezuela, Bolivarian Republic of", "VE"),
        ("Namibia", "NA"),
    ],
)
def test_known(raw, code):
    assert one(raw) == (code, "valid", None)


@pytest.mark.parametrize(
    ("raw", "code"), [("Argentna", "AR"), ("Urugauy", "UY"), ("Colombbia", "CO"), ("Ecuado", "EC")]
)
def test_typos_of_one_country_only(raw, code):
    assert one(raw) == (code, "possible", "typo")


@pytest.mark.parametrize(("raw", "code"), [("+34", "ES"), ("+1", "US"), (" + 52 ", "MX")])
def test_calling_codes(raw, code):
    assert one(raw) == (code, "possible", "calling_code")


@pytest.mark.parametrize("raw", ["34", "+999", "Austrlia", "Atlantis", "Madrid", "E", "12", "Irak Iran"])
def test_unknown(raw):
    assert one(raw) == (None, "invalid", "unknown_country")


def test_placeholders_and_missing():
    assert one("N/A") == (None, "placeholder", "denylist")
    assert one("NA") == (None, "placeholder", "denylist")
    assert one("-") == (None, "placeholder", "denylist")
    assert one(None) == one("  ") == (None, "missing", None)


def test_every_code_and_name_leads_to_its_country():
    table = country.table()
    for column in ("alpha_2", "alpha_3", "en", "es", "pt"):
        result = country.standardise(table[column])
        wrong = table.hstack(result).filter((pl.col("value") != pl.col("alpha_2")).fill_null(value=True))
        assert wrong["alpha_2"].to_list() == (["NA"] if column == "alpha_2" else []), column


def test_complete_against_the_public_list(shared_data):
    for name in ("country_en.csv", "country_es.csv"):
        listed = pl.read_csv(shared_data("vectors/country_names") / name, infer_schema=False)
        result = country.standardise(listed["value"])
        wrong = listed.hstack(result.rename({"value": "code"})).filter(
            (pl.col("code") != pl.col("id")).fill_null(value=True)
        )
        assert wrong.is_empty(), wrong
        assert set(listed["id"]) <= set(country.table()["alpha_2"])


@given(st.lists(st.none() | st.text(), max_size=8))
def test_never_fails_and_keeps_height(values):
    result = country.standardise(pl.Series(values, dtype=pl.String))
    assert result.height == len(values)
    assert result["verdict"].null_count() == 0


def test_names():
    assert country.names("es")["DE"] == "Alemania"
