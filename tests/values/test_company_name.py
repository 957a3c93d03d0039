"""Names of organisations: legal forms by country, trade names, keys, placeholders."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from crmq.values import cells, company_name, legal_forms, text


def read(name: str | None, country: str | None = None) -> dict[str, object]:
    return company_name.standardise(pl.Series([name], dtype=pl.String), country).row(0, named=True)


@pytest.mark.parametrize(
    ("name", "country", "core", "form"),
    [
        ("Aceros del Norte, S.A. de C.V.", None, "Aceros del Norte", "S.A. de C.V."),
        ("ACEROS DEL NORTE SA DE CV", None, "ACEROS DEL NORTE", "S.A. de C.V."),
        ("Acme S.L.", None, "Acme", "S.L."),
        ("Acme SL", None, "Acme", "S.L."),
        ("Acme S. L. U.", None, "Acme", "S.L.U."),
        ("Acme GmbH & Co. KG", None, "Acme", "GmbH & Co. KG"),
        ("Acme (Pty) Ltd", "ZA", "Acme", "(Pty) Ltd"),
        ("Apple Inc", None, "Apple", "Inc."),
        ("Acme Corporation", None, "Acme", "Corp."),
        ("Foo UG (haftungsbeschränkt)", None, "Foo", "UG (haftungsbeschränkt)"),
        ("J&J Construcciones E.I.R.L.", "PE", "J&J Construcciones", "E.I.R.L."),
        ("Pérez Hnos. y Cía. Ltda.", "CL", "Pérez Hnos.", "y Cía. Ltda."),
        ("Telefónica Sociedad Anónima", None, "Telefónica", "S.A."),
        ("Tienda & Co", None, "Tienda", "Co."),
        ("Müller AG", None, "Müller", "AG"),
        ("X SAS", "CO", "X", "S.A.S."),
        ("X SAS", "FR", "X", "SAS"),
        ("X SAS", "IT", "X", "S.a.s."),
        ("Ferrero SpA", None, "Ferrero", "SpA"),
        # the same letters are a state, a word or the name itself
        ("Burbank CA", "US", "Burbank CA", None),
        ("Burbank CA", "VE", "Burbank", "C.A."),
        ("Burbank, C.A.", None, "Burbank", "C.A."),
        ("Serenity Spa", None, "Serenity Spa", None),
        ("Mesa", None, "Mesa", None),
        ("Visa", None, "Visa", None),
        ("SAS", None, "SAS", None),
        ("S.L.", None, "S.L.", None),
    ],
)
def test_legal_forms(name, country, core, form):
    row = read(name, country)
    assert (row["core"], row["legal_form"]) == (core, form)


@pytest.mark.parametrize(
    ("name", "value", "trade_name"),
    [
        ("Aceros del Norte S.A. (Acenor)", "Aceros del Norte S.A.", "Acenor"),
        ("Aceros (Acenor), S.A.", "Aceros S.A.", "Acenor"),
        ("Acme LLC dba Bob's Diner", "Acme LLC", "Bob's Diner"),
        ("Acme S.L. Nombre comercial: Casa Lola", "Acme S.L.", "Casa Lola"),
        ("Smith Holdings Ltd t/a The Red Lion", "Smith Holdings Ltd", "The Red Lion"),
        ("Acme (Spain) S.L.", "Acme (Spain) S.L.", None),
        ("Acme S.L. (en liquidación)", "Acme S.L. (en liquidación)", None),
        ("Acme (UK) Ltd", "Acme (UK) Ltd", None),
    ],
)
def test_trade_names(name, value, trade_name):
    row = read(name)
    assert (row["value"], row["trade_name"]) == (value, trade_name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Aceros del Norte, S.A. de C.V.", "ACEROS NORTE SA"),
        ("A.B.C. Ltd", "ABC Limited"),
        ("The Coffee Company", "Coffee Co."),
        ("Pérez y García S.L.", "Perez & Garcia, S.L.U."),
        ("Müller GmbH", "MULLER gmbh"),
    ],
)
def test_keys_of_one_company_are_equal(one, other):
    assert read(one)["key"] == read(other)["key"] is not None


def test_a_name_of_fillers_only_keeps_its_key():
    assert read("The The")["key"] == "the the"


@pytest.mark.parametrize(
    ("name", "verdict", "reason"),
    [
        ("Acme", "valid", None),
        ("particular", "placeholder", "placeholder"),
        ("AUTÓNOMO", "placeholder", "placeholder"),
        ("N/A", "placeholder", "placeholder"),
        ("self-employed", "placeholder", "placeholder"),
        ("info@acme.example", "invalid", "has_at_sign"),
        ("4711", "possible", "no_letters"),
        ("www.acme.com", "possible", "web_address"),
        ("  ", "missing", None),
        (None, "missing", None),
    ],
)
def test_verdicts(name, verdict, reason):
    row = read(name)
    assert (row["verdict"], row["reason"]) == (verdict, reason)
    assert (row["value"] is None) == (verdict in ("placeholder", "missing"))


NAMES = st.one_of(
    st.none(),
    st.text(max_size=25),
    st.lists(
        st.sampled_from(("Acme", "Pérez", "S.A.", "S.", "L.", "SL", "de", "C.V.", "(", ")", "Ltd", "&", "Co", "GmbH",
                         ",", "dba", "½", "ß", "e.K.", "-", "Inc", "/", "CA")),
        max_size=7,
    ).map(" ".join),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@example(["( dba x", "x () ()", "dba"])
@given(st.lists(NAMES, max_size=8))
def test_never_raises_and_the_core_begins_the_name(names):
    out = company_name.standardise(pl.Series(names, dtype=pl.String))
    assert out.height == len(names)
    for row in out.iter_rows(named=True):
        if row["value"] is not None:
            assert row["value"].startswith(row["core"])
            assert row["core"] == row["value"] or row["legal_form"] is not None
    again = company_name.standardise(out["value"])
    settled = out["value"].is_not_null()
    assert again.filter(settled)["verdict"].to_list() == out.filter(settled)["verdict"].to_list()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(NAMES, st.sampled_from((None, "ES", "VE", "FR"))), min_size=1, max_size=8), st.randoms())
def test_order_of_rows_changes_nothing(rows, rng):
    order = list(range(len(rows)))
    rng.shuffle(order)
    names, lands = (pl.Series([row[at] for row in rows], dtype=pl.String) for at in (0, 1))
    straight = company_name.standardise(names, lands)
    assert_frame_equal(straight[order], company_name.standardise(names.gather(order), lands.gather(order)))


def test_every_listed_form_is_recognised_in_its_country():
    cases = [
        (form.written, country)
        for forms in legal_forms.known().values()
        for form in forms
        for country in form.countries
    ]
    names = pl.Series([f"Zzyzx {written}" for written, _ in cases])
    out = company_name.standardise(names, pl.Series([country for _, country in cases]))
    assert len(cases) > 300
    assert set(out["core"]) == {"Zzyzx"}
    assert out["legal_form"].null_count() == 0


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=12), st.sampled_from(("Ab`c", "a  b", "ÑandÚ", "x\u200b")))))
def test_the_short_way_for_plain_text_equals_the_general_one(values):
    series = pl.Series("v", values, dtype=pl.String)
    frame = series.to_frame()
    assert cells.words(series).to_list() == frame.select(text.words(pl.col("v")))["v"].to_list()
    assert cells.fold(series).to_list() == frame.select(text.fold(pl.col("v")))["v"].to_list()
    assert cells.clean(series).to_list() == frame.select(text.cell(pl.col("v")))["v"].to_list()
