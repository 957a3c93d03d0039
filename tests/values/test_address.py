"""Postal addresses in the orders that countries write them; nothing typed is lost; keys of one place are equal."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from crmq.values import address, cells


def read(default_country: str | None = None, **columns: str | None) -> dict[str, object]:
    series = {name: pl.Series([value], dtype=pl.String) for name, value in columns.items()}
    return address.standardise(**series, default_country=default_country).row(0, named=True)


@pytest.mark.parametrize(
    ("line", "street", "number", "unit"),
    [
        ("Calle Mayor 12, 3º B", "Calle Mayor", "12", "3º B"),
        ("C/ MAYOR Nº 12 3B", "C/ MAYOR", "12", "3B"),
        ("Avda. de la Constitución, 5, 2º izq.", "Avda. de la Constitución", "5", "2º izq."),
        ("12 Main St Apt 4", "Main St", "12", "Apt 4"),
        ("12 Main Street #4", "Main Street", "12", "#4"),
        ("350 5th Avenue", "5th Avenue", "350", None),
        ("1234 NW 5th St Suite 200", "NW 5th St", "1234", "Suite 200"),
        ("Flat 2, 12 High Street", "High Street", "12", "Flat 2"),
        ("Hauptstr. 5", "Hauptstr.", "5", None),
        ("Straße des 17. Juni 135", "Straße des 17. Juni", "135", None),
        ("Via Roma, 5", "Via Roma", "5", None),
        ("12 bis rue de la Paix", "rue de la Paix", "12 bis", None),
        ("Av. Juárez No. 10 Int. 5", "Av. Juárez", "10", "Int. 5"),
        ("Calle 5 de Mayo 12", "Calle 5 de Mayo", "12", None),
        ("20 de Noviembre 300", "20 de Noviembre", "300", None),
        ("Av. 9 de Julio 1234 Piso 3 Dto. B", "Av. 9 de Julio", "1234", "Piso 3 Dto. B"),
        ("Cra. 7 # 71-21 Apto 302", "Cra. 7", "71-21", "Apto 302"),
        ("Calle 100 No. 8A-55", "Calle 100", "8A-55", None),
        ("Rua Augusta, 123 - Apto 45", "Rua Augusta", "123", "Apto 45"),
        ("Plaza de la Torre 5", "Plaza de la Torre", "5", None),
        ("Calle Mayor s/n", "Calle Mayor", "S/N", None),
        ("PO Box 123", "PO Box 123", None, None),
        ("Carretera N-340 km 12", "Carretera N-340 km 12", None, None),
        ("200 m norte de la iglesia", "200 m norte de la iglesia", None, None),
        ("200m norte de la iglesia", "200m norte de la iglesia", None, None),
        ("Calle Mayor", "Calle Mayor", None, None),
    ],
)
def test_street_lines(line, street, number, unit):
    row = read(street=line, city="X")
    assert (row["street"], row["house_number"], row["unit"]) == (street, number, unit)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Calle Mayor 12, 28013 Madrid", ("Calle Mayor", "12", None, "Madrid", None, "28013", None)),
        ("Calle Mayor, 12, 3ºB, 28013 Madrid, España", ("Calle Mayor", "12", "3ºB", "Madrid", None, "28013", "ES")),
        ("12 Main St, Springfield, IL 62704", ("Main St", "12", None, "Springfield", "IL", "62704", None)),
        ("10 Downing Street, London SW1A 2AA, United Kingdom",
         ("Downing Street", "10", None, "London", None, "SW1A 2AA", "GB")),
        ("Cl. 185 # 44-2\n417962\nPital, Huila", ("Cl. 185", "44-2", None, "Pital", "Huila", "417962", None)),
        ("Hauptstr. 5 26133 Oldenburg", ("Hauptstr.", "5", None, "Oldenburg", None, "26133", None)),
    ],
)  # fmt: skip
def test_whole_addresses_in_one_cell(line, expected):
    row = read(street=line)
    names = ("street", "house_number", "unit", "city", "region", "postal_code", "country")
    assert tuple(row[name] for name in names) == expected


def test_what_follows_the_number_finds_its_place():
    assert read(street="Av. Reforma 222, Col. Juárez", city="CDMX")["district"] == "Col. Juárez"
    assert read(street="Calle Mayor 5, Madrid")["city"] == "Madrid"
    assert read(street="Calle Mayor 5, Madrid", city="Madrid")["district"] is None
    row = read(street="Calle Mayor 5, Chueca", district="Centro", city="Madrid")
    assert (row["district"], row["unit"]) == ("Centro", "Chueca")


def test_number_and_unit_columns():
    row = read(street="Calle Mayor", house_number="12", unit="3B", city="X")
    assert (row["street"], row["house_number"], row["unit"]) == ("Calle Mayor", "12", "3B")
    row = read(street="Calle Mayor 12", house_number="12", city="X")
    assert (row["street"], row["house_number"]) == ("Calle Mayor", "12")
    row = read(street="Calle 12", house_number="7", city="X")
    assert (row["street"], row["house_number"]) == ("Calle 12", "7")


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("Apt 4", "unit", "Apt 4"),
        ("Col. Centro", "district", "Col. Centro"),
        ("12", "house_number", "12"),
        ("Polígono Sur", "street", "Calle Mayor, Polígono Sur"),
    ],
)
def test_second_lines(line, field, value):
    if line == "Polígono Sur":
        assert read(street="Calle Mayor", street_2=line, district="Centro", city="X")[field] == value
    else:
        assert read(street="Calle Mayor", street_2=line, city="X")[field] == value


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Avda. de la Constitución, 5, 2º izq.", "AVENIDA CONSTITUCION 5 2 IZQUIERDA"),
        ("C/ Mayor, 12 - 3º B", "Calle Mayor 12 Piso 3 Pta. B"),
        ("12 Main St Apt 4", "12 Main Street #4"),
        ("Hauptstr. 5", "Hauptstraße 5"),
        ("P.º de la Castellana, 125", "Paseo Castellana 125"),
        ("Cra. 7 # 71-21", "Carrera 7 No. 71 - 21"),
    ],
)
def test_keys_of_one_place_are_equal(one, other):
    first, second = (read(street=line, postal_code="28013", country="Spain")["key"] for line in (one, other))
    assert first == second
    assert first != read(street=one.replace("5", "6").replace("2", "9"), postal_code="28013")["key"]


@pytest.mark.parametrize(
    ("columns", "verdict", "reason"),
    [
        ({"street": "Calle Mayor 1", "city": "Madrid"}, "valid", None),
        ({"street": "Calle Mayor 1"}, "possible", "no_locality"),
        ({"street": None, "city": "Madrid"}, "possible", "no_street"),
        ({"street": "domicilio conocido"}, "placeholder", "placeholder"),
        ({"street": "s/n", "city": "-"}, "placeholder", "placeholder"),
        ({"street": "Calle Mayor 1", "postal_code": "99999", "country": "ES"}, "possible", None),
        ({"street": " ", "city": None}, "missing", None),
    ],
)
def test_verdicts(columns, verdict, reason):
    row = read(**columns)
    assert row["verdict"] == verdict
    if reason:
        assert row["reason"] == reason


def test_codes_and_countries_are_judged_by_their_own():
    row = read(street="Calle Mayor 1", city="Barcelona", postal_code="8001", country="España")
    assert (row["postal_code"], row["country"], row["country_verdict"]) == ("08001", "ES", "valid")
    row = read(street="Calle Mayor 1", postal_code="8001", default_country="ES")
    assert (row["postal_code"], row["country"], row["country_verdict"]) == ("08001", None, "missing")


WORD_LIST = """Calle Mayor C/ Av. 12 5 de Mayo Nº No. # 3º B Apt 4 , - ; 28013 Madrid España Main St Suite Piso s/n km
Hauptstr. Cra. 71-21 Col. Centro IL 62704 PO Box 1st 田 ½ ( ) Flat 2, rue bis ."""
LINES = st.one_of(
    st.none(), st.text(max_size=15), st.lists(st.sampled_from(WORD_LIST.split()), max_size=8).map(" ".join)
)


def _words(*values: object) -> set[str]:
    series = pl.Series([v for v in values if v is not None], dtype=pl.String)
    return {word for line in cells.words(cells.clean(series)).drop_nulls() for word in line.split()}


@settings(max_examples=60, deadline=None)
@example([("Av. Reforma 222, Col. Juárez", None, None)])
@given(st.lists(st.tuples(LINES, LINES, st.sampled_from((None, "Madrid", "12"))), min_size=1, max_size=6))
def test_no_word_of_street_or_town_is_lost(rows):
    columns = {
        name: pl.Series([row[at] for row in rows], dtype=pl.String)
        for at, name in enumerate(("street", "street_2", "city"))
    }
    out = address.standardise(**columns)
    for at, name in enumerate(("street", "street_2")):
        alone = address.standardise(**{name: columns[name]})["verdict"]
        columns[name] = columns[name].set(alone.cast(pl.String) == "placeholder", None)
        assert out.height == len(rows), at
    marks = {"n", "no", "nº", "num", "sn", "s", "cp"}  # what only says that a number follows
    for row, cleaned in zip(out.iter_rows(named=True), pl.DataFrame(columns).iter_rows(), strict=True):
        if row["country"] is not None or row["postal_code_verdict"] in ("invalid", "placeholder"):
            continue
        parts = ("street", "house_number", "unit", "district", "city", "region", "postal_code")
        kept = _words(*(row[name] for name in parts))
        assert _words(*cleaned) - marks <= kept | _words("no"), (cleaned, row)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(LINES, LINES), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_order_of_rows_changes_nothing(rows, rng):
    order = list(range(len(rows)))
    rng.shuffle(order)
    street, number = (pl.Series([row[at] for row in rows], dtype=pl.String) for at in (0, 1))
    straight = address.standardise(street=street, house_number=number)
    assert_frame_equal(
        straight[order], address.standardise(street=street.gather(order), house_number=number.gather(order))
    )


def test_needs_a_column():
    with pytest.raises(ValueError, match="at least one"):
        address.standardise()
