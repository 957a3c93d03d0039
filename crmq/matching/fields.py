"""The columns that persons and organisations are compared on, taken from the standardised tables."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crmq.matching.aliases import alias_words
from crmq.matching.layout import Column, Form, encode
from crmq.model.tables import KEY, Tables
from crmq.model.verdicts import POSSIBLE, VALID
from crmq.threads import together
from crmq.values import cells

LEGAL_WORDS = frozenset(
    [
        "inc",
        "incorporated",
        "corp",
        "corporation",
        "co",
        "company",
        "llc",
        "llp",
        "lp",
        "ltd",
        "limited",
        "plc",
        "pty",
        "pte",
        "pvt",
        "gmbh",
        "mbh",
        "ag",
        "kg",
        "kgaa",
        "ohg",
        "ug",
        "ev",
        "sa",
        "s",
        "a",
        "sas",
        "sarl",
        "sasu",
        "eurl",
        "sl",
        "slu",
        "sll",
        "slne",
        "srl",
        "spa",
        "snc",
        "bv",
        "b",
        "v",
        "nv",
        "n",
        "vof",
        "oy",
        "oyj",
        "ab",
        "as",
        "aps",
        "kk",
        "sc",
        "rl",
        "cv",
        "de",
        "rv",
        "sab",
        "sapi",
        "ltda",
        "eireli",
        "me",
        "cia",
        "spzoo",
        "zoo",
        "doo",
        "group",
        "holding",
        "holdings",
        "the",
    ]
)
"""Words that say what legal form a company has; they are left out of names where other words remain."""

_STREET_WORDS = {
    "street": "st", "str": "st", "strasse": "st", "avenue": "av", "ave": "av", "avda": "av", "avenida": "av",
    "road": "rd", "drive": "dr", "lane": "ln", "place": "pl", "plaza": "pl", "pza": "pl", "plz": "pl",
    "boulevard": "bl", "blvd": "bl", "blv": "bl", "bulevar": "bl", "court": "ct", "crescent": "cr", "cres": "cr",
    "circuit": "cct", "close": "cl", "terrace": "tce", "parade": "pde", "highway": "hwy", "calle": "c",
    "paseo": "po", "pso": "po", "carrera": "cra", "carretera": "ctra", "camino": "cno", "rua": "r", "rue": "r",
    "north": "n", "south": "s", "east": "e", "west": "w", "suite": "ste", "saint": "st", "square": "sq",
}  # fmt: skip
"""Common words of addresses and the short forms they are brought to (EN, ES, DE, FR, PT)."""


def _words(values: pl.Series) -> pl.Series:
    """Comparison form of names: folded words; an apostrophe joins (``O'Neil`` is ``oneil``)."""
    return cells.words(values.str.replace_all(r"['’`´]", ""))


def _compact(values: pl.Series) -> pl.Series:
    """Comparison form of codes: folded letters and digits without anything between."""
    return _words(values).str.replace_all(" ", "", literal=True)


def _lower(values: pl.Series) -> pl.Series:
    """Comparison form of e-mails, which are standardised already."""
    return values.str.to_lowercase()


def _of(values: pl.Series, made: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    """Apply an expression to a series."""
    return values.rename("value").to_frame().select(made(pl.col("value")).alias("value"))["value"]


def _together(*makers: Callable[[], list[Column]]) -> list[Column]:
    """Return the columns of all makers, in order; the makers run side by side."""
    return [column for made in together(*makers) for column in made]


def _phone_digits(values: pl.Series) -> pl.Series:
    """The last nine digits, which hold without country and trunk prefixes; fewer than six are no number."""
    digits = values.str.replace_all(r"[+\-./() ]", "").str.strip_chars_start("0")
    return _of(digits, lambda e: pl.when(e.str.len_bytes() >= 6).then(e.str.slice(-9)))


def _address_words(values: pl.Series) -> pl.Series:
    def shortened(words: pl.Expr) -> pl.Expr:
        spaced = pl.lit(" ") + words.str.replace_all(" ", "  ", literal=True) + pl.lit(" ")
        short = spaced.str.replace_many({f" {word} ": f" {form} " for word, form in _STREET_WORDS.items()})
        # German writes the kind of street and its name together
        joined = short.str.replace_all(r"([a-z]{3,})(?:strasse|str) ", "${1}  st ")
        return joined.str.replace_all(r" +", " ").str.strip_chars()

    return _of(_words(values), shortened)


def _street_name(values: pl.Series) -> pl.Series:
    """The words of a street without numbers; all of it where a number is the name (``Calle 93``, ``5th Av``)."""

    def named(words: pl.Expr) -> pl.Expr:
        bare = words.str.replace_all(r"\b\d+[a-z]?\b", " ").str.replace_all(r" +", " ").str.strip_chars()
        return pl.when(bare.str.contains(r"[a-z]{4}")).then(bare).otherwise(words)

    return _of(_address_words(values), named)


def _plain(name: str, raw: pl.Series, form: Form, *, worded: bool = False) -> Column:
    codes, values = encode(raw, form)
    return Column(name, codes, values, worded=worded, drop=LEGAL_WORDS if worded else frozenset())


def _usable(verdict: str) -> pl.Expr:
    return (pl.col(verdict) == VALID) | (pl.col(verdict) == POSSIBLE)


def _checked(records: pl.DataFrame, name: str) -> pl.Series:
    """Return a column of ``records`` where its verdict allows to use it."""
    usable = _usable(f"{name}_verdict") | pl.col(f"{name}_verdict").is_null()
    return records.select(pl.when(usable).then(pl.col(name)).alias(name))[name]


def _with_more(name: str, first: pl.Series, further: pl.DataFrame, form: Form) -> Column:
    """Return a column with several values per record: ``first`` beside ``further`` (row, value)."""
    codes, values = encode(pl.concat([first.rename("raw"), further["value"].rename("raw")]), form)
    head, tail = codes[: len(first)], codes[len(first) :]
    pairs = (
        pl.DataFrame({"row": further["row"].cast(pl.Int64), "code": tail})
        .filter(pl.col("code") > 0)
        .unique()
        .sort("row", "code")
    )
    rows, more = pairs["row"].to_numpy(), pairs["code"].to_numpy()
    new = head[rows] != more
    rows, more = rows[new], more[new]
    return Column(name, np.ascontiguousarray(head), values, more=(rows, more) if len(rows) else None)


def _contact(tables: Tables, records: pl.DataFrame, rows: pl.DataFrame, kind: str, form: Form) -> Column:
    """Return the e-mails or phones of all records: the first from ``records``, the others from ``contact_points``."""
    table = tables["contact_points"]
    wanted = (
        ((pl.col("slot") > 1) | (pl.col("value_alt") != pl.col("value_norm")).fill_null(value=False))
        & (pl.col("cp_type") == kind)
        & _usable("verdict")
        & (pl.col("usage").is_null() | (pl.col("usage") != "fax"))
        & pl.col("value_norm").is_not_null()
    )
    # by place: a filter would copy the whole wide table before it drops most of it
    places = table.select(wanted.fill_null(value=False).arg_true()).to_series()
    points = table.select(pl.col(*KEY, "value_norm", "value_alt").gather(places))
    further = points.join(rows, on=KEY, how="inner", maintain_order="left")
    long = pl.concat(
        [
            further.select("row", value="value_norm"),
            further.filter(pl.col("value_alt").is_not_null()).select("row", value="value_alt"),
        ]
    )
    return _with_more(kind, _checked(records, kind), long, form)


def _identifiers(name: str, kinds: tuple[str, ...], tables: Tables, rows: pl.DataFrame) -> Column:
    """Return identifiers of the given kinds; the number of a value keeps its scheme and whether it was confirmed."""
    table = (
        tables["identifiers"]
        .filter(pl.col("id_kind").is_in(kinds) & _usable("verdict") & pl.col("value_norm").is_not_null())
        .join(rows, on=KEY, how="inner", maintain_order="left")
        .with_columns(strong=(pl.col("verdict").cast(pl.String) == VALID) & pl.col("scheme").is_not_null())
        .sort("row", "strong", "value_norm", descending=[False, True, False])
    )
    leading = table.unique("row", keep="first", maintain_order=True)
    first = rows.select("row").join(leading.select("row", "value_norm"), on="row", how="left", maintain_order="left")
    column = _with_more(name, first["value_norm"], table.select("row", value="value_norm"), _compact)
    schemes = {scheme: n + 1 for n, scheme in enumerate(sorted(table["scheme"].drop_nulls().unique().to_list()))}
    facts = (
        table.with_columns(_compact(table["value_norm"]).alias("value"))
        .group_by("value")
        .agg(pl.col("scheme").drop_nulls().min(), pl.col("strong").any())
    )
    known = {value: 2 * schemes.get(scheme, 0) + int(strong) for value, scheme, strong in facts.iter_rows()}
    number = np.array([known.get(value, 0) for value in column.values], dtype=np.int32)
    return Column(name, column.codes, column.values, number=number, more=column.more)


def _street_columns(records: pl.DataFrame) -> list[Column]:
    """Return street and house number; a number inside the street serves where there is no column for it."""
    named = _plain("street", records["street"], _street_name)
    lacking = records.select("street", "house_number").with_row_index("row")
    lacking = lacking.filter(pl.col("house_number").is_null() & pl.col("street").str.contains(r"\d"))
    number = records["house_number"]
    if lacking.height:
        inside = _of(_address_words(lacking["street"]), lambda e: e.str.extract(r"\b(\d+[a-z]?)\b"))
        number = number.scatter(lacking["row"], inside)
    return [named, _plain("house_number", number, _compact)]


def _address(records: pl.DataFrame) -> list[Column]:
    second = records.select(
        x=pl.concat_str(pl.col("unit"), pl.col("district"), separator=" ", ignore_nulls=True).replace("", None)
    )["x"]
    return [
        *_street_columns(records),
        _plain("address_2", second, _address_words),
        _plain("postal_code", _checked(records, "postal_code"), _compact),
        _plain("city", records["city"], _words),
        _plain("region", records["region"], _words),
        _plain("country", _checked(records, "country"), _compact),
    ]


def _birth_date(records: pl.DataFrame) -> Column:
    """Return birth dates as eight digits, zeros for unknown parts."""

    def digits(expr: pl.Expr) -> pl.Expr:
        year = expr.str.extract(r"^(\d{4})").fill_null("0000")
        month = expr.str.extract(r"^(?:\d{4}|-)-(\d\d)").fill_null("00")
        day = expr.str.extract(r"^(?:\d{4}|-)-\d\d-(\d\d)").fill_null("00")
        whole = year + month + day
        return pl.when(whole != "00000000").then(whole)

    codes, values = encode(_checked(records, "birth_date"), lambda values: _of(values, digits))
    return Column("birth_date", codes, values, number=values.cast(pl.Int32).to_numpy())


def _middle(records: pl.DataFrame) -> pl.Series:
    """Return middle names: as given, else the words of the full name that neither given name nor surname hold."""
    given = records["middle_name"]
    parts = pl.concat_str("given_name", pl.coalesce("family_name", "surname_1"), separator=" ", ignore_nulls=True)
    # a full name no longer than its parts has nothing in the middle
    longer = pl.col("full_name").str.len_bytes() > parts.str.len_bytes() + 1
    rows = records.select((pl.col("middle_name").is_null() & longer).arg_true().alias("row"))["row"]
    if rows.is_empty():
        return given
    known = pl.concat_str("given_name", "family_name", "surname_1", "surname_2", separator=" ", ignore_nulls=True)
    some = records[rows].select("full_name", known=known)
    words = pl.DataFrame(
        {"full": _words(some["full_name"]).str.split(" "), "known": _words(some["known"]).str.split(" ")}
    )
    rest = words.select(
        pl.when(pl.col("known").is_not_null()).then(
            pl.col("full").list.set_difference(pl.col("known")).list.join(" ").replace("", None)
        )
    ).to_series()
    return given.scatter(rows, rest)


def _full_name(records: pl.DataFrame, split: NDArray[np.int32]) -> Column:
    """Return full names, which are only compared where a record has nothing else; none where no record needs them."""
    alone = (split == 0) & records["full_name"].is_not_null().to_numpy()
    raw = records["full_name"] if alone.any() else pl.Series("full_name", [None] * len(records), dtype=pl.String)
    return _plain("full_name", raw, _words, worded=True)


RECORD_COLUMNS = (
    *KEY, "record_key", "master_key", "honorific", "given_name", "middle_name", "family_name", "surname_1", "surname_2",
    "name_suffix", "full_name", "gender", "birth_date", "birth_date_verdict", "age", "job_title", "company_name",
    "org_name", "org_core", "trade_name", "website_domain", "industry", "email", "email_verdict", "phone",
    "phone_verdict", "street", "house_number", "unit", "district", "city", "region", "postal_code",
    "postal_code_verdict", "country", "country_verdict",
)  # fmt: skip
"""What matching reads of the records."""


def person(records: pl.DataFrame, rows: pl.DataFrame, tables: Tables) -> list[Column]:
    """Return the columns of persons."""
    names = records.select(
        "given_name",
        surname=pl.coalesce(
            "family_name",
            pl.concat_str("surname_1", "surname_2", separator=" ", ignore_nulls=True).replace("", None),
        ),
    )
    given_codes, given = encode(names["given_name"], _words)
    surname = _plain("surname", names["surname"], _words)
    split = np.where((given_codes > 0) | (surname.codes > 0), 1, 0).astype(np.int32)
    age_codes, ages = encode(records["age"], lambda values: values.str.extract(r"^\s*(\d{1,3})(?:[.,]0*)?\s*$"))
    return [
        Column("given_name", given_codes, given, alias=alias_words(given)),
        surname,
        Column("split_name", split, pl.Series("value", ["split"])),
        Column("age", age_codes, ages, number=ages.cast(pl.Int32).to_numpy()),
        *_together(
            lambda: [_contact(tables, records, rows, "email", _lower)],
            lambda: [_contact(tables, records, rows, "phone", _phone_digits)],
            lambda: [_plain("middle_name", _middle(records), _words)],
            lambda: [_full_name(records, split)],
            lambda: _address(records),
            lambda: [_birth_date(records)],
            lambda: [
                _plain("suffix", records["name_suffix"], _compact),
                _plain("gender", records["gender"], _compact),
                _plain("company", records["company_name"], _words, worded=True),
                _plain("job_title", records["job_title"], _words),
                _identifiers("identifier", ("tax", "national_id"), tables, rows),
                _identifiers("customer_key", ("customer_no", "external_key", "other"), tables, rows),
            ],
        ),
    ]


def organisation(records: pl.DataFrame, rows: pl.DataFrame, tables: Tables) -> list[Column]:
    """Return the columns of organisations."""
    name = records.select(x=pl.coalesce("org_core", "org_name", "full_name"))["x"]
    return [
        _plain("org_name", name, _words, worded=True),
        _plain("trade_name", records["trade_name"], _words, worded=True),
        _plain("web_domain", records["website_domain"], cells.fold),
        _plain("industry", records["industry"], _words),
        _contact(tables, records, rows, "email", _lower),
        _contact(tables, records, rows, "phone", _phone_digits),
        _identifiers("identifier", ("tax", "national_id"), tables, rows),
        _identifiers("customer_key", ("customer_no", "external_key", "other"), tables, rows),
        *_address(records),
    ]


def domain_codes(column: Column) -> NDArray[np.int32]:
    """Return a number per distinct e-mail domain for each value of an e-mail column."""
    codes, _domains = encode(column.values, lambda values: values.str.extract(r"@(.+)$"))
    return codes
