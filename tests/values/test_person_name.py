"""Names of persons: what a reader would expect of each shape of name, and that nothing is ever lost."""

from __future__ import annotations

import random

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from crmq.values import person_name, text

PARTS = ("honorific", "given_name", "middle_name", "surname_1", "surname_2", "name_suffix")


def read(**columns: str | None) -> dict[str, object]:
    return person_name.standardise(**{k: pl.Series([v], dtype=pl.String) for k, v in columns.items()}).row(
        0, named=True
    )


def parts(row: dict[str, object]) -> tuple[object, ...]:
    return tuple(row[name] for name in PARTS)


@pytest.mark.parametrize(
    ("full", "expected"),
    [
        ("Juan Pérez", (None, "Juan", None, "Pérez", None, None)),
        ("Ana García López", (None, "Ana", None, "García", "López", None)),
        ("DR. JUAN CARLOS PÉREZ GARCÍA", ("Dr.", "Juan Carlos", None, "Pérez", "García", None)),
        ("García López, Juan", (None, "Juan", None, "García", "López", None)),
        ("GARCIA LOPEZ JUAN", (None, "Juan", None, "Garcia", "Lopez", None)),
        (
            "maría del carmen garcía-lópez de la torre",
            (None, "María del Carmen", None, "García-López", "de la Torre", None),
        ),
        ("María José García de la Torre Pérez", (None, "María José", None, "García de la Torre", "Pérez", None)),
        ("Mª Carmen Hdez. Rguez.", (None, "María Carmen", None, "Hernández", "Rodríguez", None)),
        ("Fco. Javier Gutiérrez", (None, "Francisco Javier", None, "Gutiérrez", None, None)),
        ("María López vda. de Pérez", (None, "María", None, "López", None, "vda. de Pérez")),
        ("José Ortega y Gasset", (None, "José", None, "Ortega", "y Gasset", None)),
        ("João da Silva Santos Filho", (None, "João", None, "da Silva", "Santos", "Filho")),
        ("D. Pedro Ruiz", ("D.", "Pedro", None, "Ruiz", None, None)),
        ("Sr. García", ("Sr.", None, None, "García", None, None)),
        ("John Smith", (None, "John", None, "Smith", None, None)),
        ("John Q. Smith", (None, "John", "Q.", "Smith", None, None)),
        ("John Michael Smith Jr.", (None, "John", "Michael", "Smith", None, "Jr.")),
        ("Smith Jr., John", (None, "John", None, "Smith", None, "Jr.")),
        ("Jane Doe, PhD", (None, "Jane", None, "Doe", None, "PhD")),
        ("Don Johnson", (None, "Don", None, "Johnson", None, None)),
        ("Ludwig van Beethoven", (None, "Ludwig", None, "van Beethoven", None, None)),
        ("Van Morrison", (None, "Van", None, "Morrison", None, None)),
        ("Müller Hans", (None, "Hans", None, "Müller", None, None)),
        ("O'BRIEN, SEAN", (None, "Sean", None, "O'Brien", None, None)),
        ("MCDONALD, RONALD", (None, "Ronald", None, "McDonald", None, None)),
        ('John "Johnny" Doe', (None, "John", "Johnny", "Doe", None, None)),
        ("Prof. Dr. Klaus Schmidt", ("Prof. Dr.", "Klaus", None, "Schmidt", None, None)),
        ("thomas clifford, 1st baron clifford", (None, "Thomas", None, "Clifford", None, "1st Baron Clifford")),
    ],
)
def test_one_field_names(full, expected):
    assert parts(read(full=full)) == expected


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"given": "Mary Ann", "family": "Smith Jones"}, ("Mary Ann", None, "Smith Jones", "Mary Ann Smith Jones")),
        ({"given": "JUAN", "family": "DE LA CRUZ"}, ("Juan", None, "de la Cruz", "Juan de la Cruz")),
        ({"given": "John Q", "family": "Smith"}, ("John", "Q", "Smith", "John Q Smith")),
        ({"given": "J. Robert", "family": "Oppenheimer"}, ("J. Robert", None, "Oppenheimer", "J. Robert Oppenheimer")),
        ({"given": "Dr. Ana", "family": "Ruiz"}, ("Ana", None, "Ruiz", "Ana Ruiz")),
        ({"given": None, "family": "Pérez Ruiz, Ana"}, ("Ana", None, "Pérez Ruiz", "Ana Pérez Ruiz")),
        ({"given": None, "family": "Ana García"}, ("Ana", None, "García", "Ana García")),
        ({"given": "Ana García", "family": "Ana García"}, ("Ana", None, "García", "Ana García")),
        ({"given": "Scott", "family": "James"}, ("Scott", None, "James", "Scott James")),
        ({"given": "García", "family": "Juan"}, ("García", None, "Juan", "García Juan")),
    ],
)
def test_parts_are_cleaned_and_not_reinterpreted(columns, expected):
    row = read(**columns)
    assert tuple(row[c] for c in ("given_name", "middle_name", "family_name", "full_name")) == expected


def test_two_surname_columns():
    row = read(given="Ana", surname_1="de la Fuente", surname_2="Ruiz")
    assert (row["surname_1"], row["surname_2"], row["family_name"]) == ("de la Fuente", "Ruiz", "de la Fuente Ruiz")


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (
            {"given": "Ana", "family": None, "full": "Ana García López"},
            ("Ana", None, "García López", "Ana García López", None),
        ),
        (
            {"given": "Ana", "family": "García", "full": "Ana García López"},
            ("Ana", None, "García López", "Ana García López", None),
        ),
        ({"given": None, "family": "Ruiz", "full": "Ruiz, Ana"}, ("Ana", None, "Ruiz", "Ana Ruiz", None)),
        ({"given": "Ana", "family": "Ruiz", "full": "Dra. ANA RUIZ"}, ("Ana", None, "Ruiz", "Ana Ruiz", None)),
        (
            {"given": "Juan", "family": "Pérez", "full": "Juan Carlos Pérez"},
            ("Juan", "Carlos", "Pérez", "Juan Carlos Pérez", None),
        ),
        (
            {"given": "Juan", "family": "Pérez", "full": "Eva Ruiz"},
            ("Juan", None, "Pérez", "Eva Ruiz", "full_name_differs"),
        ),
    ],
)
def test_a_full_name_beside_parts_fills_what_they_lack(columns, expected):
    row = read(**columns)
    assert tuple(row[c] for c in ("given_name", "middle_name", "family_name", "full_name", "reason")) == expected


@pytest.mark.parametrize(
    ("columns", "verdict", "reason"),
    [
        ({"given": "Ana", "family": "Ruiz"}, "valid", None),
        ({"full": "Ana Ruiz"}, "possible", "split_guessed"),
        ({"full": "Ruiz, Ana"}, "valid", None),
        ({"full": "sin nombre"}, "placeholder", "placeholder"),
        ({"full": "CONSUMIDOR FINAL"}, "placeholder", "placeholder"),
        ({"full": "<test lead: dummy data for full_name>"}, "placeholder", "placeholder"),
        ({"given": "Ana", "family": "[not provided]"}, "possible", "placeholder_part"),
        ({"given": "n/a", "family": "."}, "placeholder", "placeholder"),
        ({"given": "ana@example.org", "family": "Ruiz"}, "invalid", "has_at_sign"),
        ({"full": "Juan 612345678"}, "invalid", "has_digits"),
        ({"given": "J0hn", "family": "Smith"}, "possible", "has_digits"),
        ({"given": "Ana", "family": None}, "possible", "no_family_name"),
        ({"given": None, "family": "Ruiz"}, "possible", "no_given_name"),
        ({"full": "Juan y María García"}, "possible", "two_people"),
        ({"full": "John & Mary Smith"}, "possible", "two_people"),
        ({"given": None, "family": None}, "missing", None),
        ({"honorific": "Dr", "given": " ", "family": None}, "missing", None),
    ],
)
def test_verdicts(columns, verdict, reason):
    row = read(**columns)
    assert (row["verdict"], row["reason"]) == (verdict, reason)


def test_titles_are_written_alike_wherever_they_stand():
    assert read(honorific="DRA", given="Ana", family="Ruiz")["honorific"] == "Dra."
    assert read(honorific="Dra.", given="Dra Ana", family="Ruiz")["honorific"] == "Dra."
    assert read(honorific="Sra.", given="Dra. Ana", family="Ruiz")["honorific"] == "Sra. Dra."
    assert read(given="John", family="Smith", suffix="jr")["name_suffix"] == "Jr."


def test_the_country_decides_where_the_words_do_not():
    name = pl.Series(["Xochil Quexol Tepoz"])
    assert person_name.standardise(full=name, country="MX").row(0, named=True)["surname_2"] == "Tepoz"
    assert person_name.standardise(full=name, country="GB").row(0, named=True)["middle_name"] == "Quexol"


def test_a_column_of_full_names_decides_for_its_undecided_ones():
    spanish = pl.Series(["Ana García López", "Juan Pérez Ruiz", "Xochil Quexol Tepoz"])
    english = pl.Series(["John Smith", "Mary Jane Watson", "Xochil Quexol Tepoz"])
    assert person_name.standardise(full=spanish)["surname_2"].to_list()[-1] == "Tepoz"
    assert person_name.standardise(full=english)["surname_2"].to_list()[-1] is None


def test_needs_a_column():
    with pytest.raises(ValueError, match="at least one"):
        person_name.standardise()


WORD_LIST = """Juan JOHN maría García de la del y van Jr. Dr Sr. Mª Fco. O'Brien Smith-Jones J. q X Æther 田中
ana@x.org 12 1st vda. & / ( ) , " “ José Cruz sin nombre PhD Don ✨ . Müller Ñ é 'ana' Mc da e i ; : - —"""
WORDS = st.sampled_from(WORD_LIST.split())
NAMES = st.one_of(st.none(), st.lists(WORDS, min_size=0, max_size=7).map(" ".join), st.text(max_size=20))


def _letters(value: str | None) -> set[str]:
    """Return the folded words of letters and digits, abbreviations left out (they are expanded)."""
    cell = pl.DataFrame({"v": [value]}, schema={"v": pl.String}).select(text.words(text.cell(pl.col("v")))).item()
    return set((cell or "").split()) - {"ma", "m", "a", "fco", "sr", "jr"}


@settings(max_examples=60, deadline=None)
@example([(None, None, "0;;0")])
@example([(None, None, "\U00031350")])
@given(st.lists(st.tuples(NAMES, NAMES, NAMES), min_size=1, max_size=6))
def test_no_word_is_lost(rows):
    columns = {
        name: pl.Series([row[at] for row in rows], dtype=pl.String)
        for at, name in enumerate(("given", "family", "full"))
    }
    result = person_name.standardise(**columns)
    every = pl.Series([v for row in rows for v in row], dtype=pl.String)
    blank = set(every.filter(person_name.standardise(full=every)["verdict"] == "placeholder"))
    for source, row in zip(rows, result.iter_rows(named=True), strict=True):
        if row["verdict"] in ("placeholder", "missing") or row["reason"] == "placeholder_part":
            continue
        kept = set().union(*(_letters(row[name]) for name in (*PARTS, "family_name", "full_name")))
        wanted = set().union(*(_letters(v) for v in source if v not in blank))
        assert wanted <= kept, (source, row)


@settings(max_examples=40, deadline=None)
@given(st.lists(NAMES, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_order_of_rows_changes_nothing(names, rng):
    series = pl.Series(names, dtype=pl.String)
    order = list(range(len(names)))
    rng.shuffle(order)
    straight = person_name.standardise(full=series, given=series.reverse())
    shuffled = person_name.standardise(full=series.gather(order), given=series.reverse().gather(order))
    assert_frame_equal(straight[order], shuffled)


PLAIN_LIST = "Juan MARÍA de la García López Dr. Q van O'BRIEN smith-jones José y Hdez."
PLAIN = st.lists(st.sampled_from(PLAIN_LIST.split()), max_size=5).map(" ".join)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(PLAIN, PLAIN).filter(lambda r: r[0].lower() != r[1].lower()), min_size=1, max_size=6))
def test_clean_names_stay_as_they_are(rows):
    once = person_name.standardise(
        given=pl.Series([r[0] for r in rows], dtype=pl.String), family=pl.Series([r[1] for r in rows], dtype=pl.String)
    )
    again = person_name.standardise(
        given=once["given_name"],
        middle=once["middle_name"],
        family=once["family_name"],
        honorific=once["honorific"],
        suffix=once["name_suffix"],
    )
    settled = once["verdict"].is_in(["valid"]).to_list()
    for name in ("given_name", "family_name"):
        assert [v for v, ok in zip(once[name], settled, strict=True) if ok] == [
            v for v, ok in zip(again[name], settled, strict=True) if ok
        ]


def test_plain_english_names_come_out_unchanged():
    rng = random.Random(7)
    given_names = ["John", "Mary Ann", "Anne-Marie", "DeShawn", "Jean-Luc", "Sean", "Zoë", "Al", "Ben"]
    families = ["Smith", "O'Neil", "McArthur", "Van Buren", "St. John", "Smith-Jones", "de Vries", "Lee", "MacDonald"]
    rows = [(rng.choice(given_names), rng.choice(families)) for _ in range(200)]
    out = person_name.standardise(given=pl.Series([r[0] for r in rows]), family=pl.Series([r[1] for r in rows]))
    assert list(zip(out["given_name"], out["family_name"], strict=True)) == rows
    assert set(out["verdict"]) == {"valid"}


def test_real_names_of_a_public_set_keep_their_words(shared_data):
    frame = pl.read_parquet(shared_data("er/splink_historical_50k/historical_figures_with_errors_50k.parquet"))
    out = person_name.standardise(full=frame["full_name"])
    words = pl.concat([out.select(*PARTS), frame.select("full_name")], how="horizontal")
    kept = words.select(
        got=pl.concat_str(PARTS, separator=" ", ignore_nulls=True).pipe(text.words).str.split(" ").list.sort(),
        want=pl.col("full_name").pipe(text.cell).pipe(text.words).str.split(" ").list.sort(),
    ).drop_nulls()
    same = kept.filter(pl.col("got") == pl.col("want")).height / kept.height
    assert same > 0.99
    assert out["verdict"].is_in(["valid", "possible"]).mean() > 0.98


def test_nicknames_are_symmetric_and_folded():
    groups = person_name.nickname_groups()
    assert "francisco" in groups["paco"]
    assert "curro" in groups["paco"]
    assert "jose maria" in groups["chema"]
    assert "beth" in groups["elizabeth"]
    assert all(name in groups[other] for name, others in groups.items() for other in others)
    assert all(name not in others and name == name.lower() for name, others in groups.items())
    assert "alberto" not in groups["roberto"]


@pytest.mark.parametrize("path", ["vectors/nicknames_es/hipocoristicos.csv"])
def test_nicknames_cover_the_public_spanish_list(shared_data, path):
    frame = pl.read_csv(shared_data(path)).select(text.fold(pl.all()))
    groups = person_name.nickname_groups()
    missing = [(a, b) for a, b in frame.iter_rows() if b not in groups.get(a, ())]
    assert len(missing) <= frame.height * 0.1, missing
