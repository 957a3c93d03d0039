"""Websites and mail domains."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmq.values import web_domain


def one(value):
    return web_domain.standardise(pl.Series([value], dtype=pl.String)).row(0, named=True)


@pytest.mark.parametrize(
    ("raw", "domain"),
    [
        ("https://www.Acme.com.mx/contacto?x=1", "acme.com.mx"),
        ("acme.es", "acme.es"),
        ("WWW.ACME.CO.UK", "acme.co.uk"),
        ("http://tienda.acme.com.ar:8080/", "acme.com.ar"),
        ("http//acme.com", "acme.com"),
        ("ventas@mail.acme.com.br", "acme.com.br"),
        ("mailto:ana@acme.cl", "acme.cl"),
        ("acme.co.cr", "acme.co.cr"),
        ("acme.gub.uy", "acme.gub.uy"),
        ("https://peña.com", "xn--pea-8ma.com"),
        ("acme.blogspot.com", "acme.blogspot.com"),
        ("//cdn.acme.de", "acme.de"),
        ("acme.com, acme.es", "acme.com"),
        ("go.acme.it", "acme.it"),
    ],
)
def test_registrable_domain(raw, domain):
    result = one(raw)
    assert (result["value"], result["verdict"], result["reason"]) == (domain, "valid", None)
    assert one(domain)["value"] == domain


@pytest.mark.parametrize(
    ("raw", "verdict", "reason"),
    [
        ("acme", "invalid", "no_dot"),
        ("192.168.1.10", "invalid", "ip_address"),
        ("com.mx", "invalid", "public_suffix"),
        ("co.uk", "invalid", "public_suffix"),
        ("acme..com", "invalid", "bad_host"),
        ("acme.zzzz", "possible", "unknown_tld"),
        ("n/a", "placeholder", "denylist"),
        ("http://", "placeholder", "denylist"),
        ("www.example.com", "placeholder", "denylist"),
        ("www.", "placeholder", "denylist"),
        (None, "missing", None),
        (" ", "missing", None),
    ],
)
def test_other_verdicts(raw, verdict, reason):
    result = one(raw)
    assert (result["verdict"], result["reason"]) == (verdict, reason)
    assert (result["value"] is not None) == (verdict == "possible")


def test_flags():
    assert one("ana@gmail.com")["is_free_mail"]
    assert one("https://www.facebook.com/acme")["is_platform"]
    assert not one("acme.es")["is_free_mail"]
    assert not one("acme.es")["is_platform"]
    assert one("tienda.acme.es")["host"] == "tienda.acme.es"


url_like = st.text(alphabet="abc.:/@-www?#\u00f1 1", max_size=24)


@given(st.lists(st.none() | st.text(max_size=30) | url_like | st.emails(), max_size=8))
def test_never_fails_keeps_height_and_is_idempotent(values):
    first = web_domain.standardise(pl.Series(values, dtype=pl.String))
    assert dict(first.schema) == web_domain.SCHEMA
    assert first.height == len(values)
    assert first["verdict"].null_count() == 0
    again = web_domain.standardise(first["value"])
    assert again["value"].to_list() == first["value"].to_list()
