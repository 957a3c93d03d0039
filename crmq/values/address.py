"""Postal addresses: house number and unit told apart from the street, codes and countries checked, a comparison key.

What people read stays as they wrote it; abbreviations (``Avda.``, ``C/``, ``St``) are brought together in ``key`` only.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import polars as pl

from crmq.model.verdicts import MISSING, PLACEHOLDER, POSSIBLE, VALID, Verdict
from crmq.values import address_line, cells, facts, judging, placeholder, postal_code, street_line, text
from crmq.values import country as country_values
from crmq.values.distinct import distinct

PARTS = ("street", "street_2", "house_number", "unit", "district", "city", "region", "postal_code", "country")

SCHEMA = {
    "street": pl.String,
    "house_number": pl.String,
    "unit": pl.String,
    "district": pl.String,
    "city": pl.String,
    "region": pl.String,
    "postal_code": pl.String,
    "postal_code_verdict": Verdict,
    "country": pl.String,
    "country_verdict": Verdict,
    "key": pl.String,
    "verdict": Verdict,
    "reason": pl.String,
}


def standardise(
    *,
    street: pl.Series | None = None,
    street_2: pl.Series | None = None,
    house_number: pl.Series | None = None,
    unit: pl.Series | None = None,
    district: pl.Series | None = None,
    city: pl.Series | None = None,
    region: pl.Series | None = None,
    postal_code: pl.Series | None = None,
    country: pl.Series | None = None,
    default_country: str | None = None,
) -> pl.DataFrame:
    """Standardise the address columns of one table.

    Args:
        street: First line, with or without the number, or the whole address in one cell. All columns have one height;
            one that the table does not have is None.
        street_2: Second line.
        house_number: Number, where it has its own column.
        unit: Floor, door, flat, office.
        district: Colonia, barrio, urbanisation.
        city: Town.
        region: State, province or department.
        postal_code: Postal code.
        country: Country, as written.
        default_country: ISO alpha-2 to check postal codes with where the row names no country. It is never written
            into ``country``.

    Returns:
        A frame of the same height with the columns of ``SCHEMA``. ``key``: street, number, unit, and code or town, in
        their comparison form; null without a street. Reasons: ``no_street``, ``no_locality``, ``postal_code_invalid``,
        ``placeholder``.
    """
    given = {
        "street": street, "street_2": street_2, "house_number": house_number, "unit": unit, "district": district,
        "city": city, "region": region, "postal_code": postal_code, "country": country,
    }  # fmt: skip
    have = {name: series for name, series in given.items() if series is not None}
    if not have:
        raise ValueError("address.standardise needs at least one column")
    height = len(next(iter(have.values())))
    empty = pl.repeat(None, height, dtype=pl.String, eager=True)
    read = {name: _cells(have[name], name) if name in have else (empty, None) for name in PARTS}
    frame = pl.DataFrame([read[name][0].rename(name) for name in PARTS])
    none = pl.repeat(value=False, n=height, eager=True)
    junk = [none, *(flags for _, flags in read.values() if flags is not None)]
    junk_at = pl.DataFrame([flags.rename(str(n)) for n, flags in enumerate(junk)]).select(
        pl.any_horizontal(pl.all()).alias("junk")
    )
    frame = _second_line(_split(_one_line(frame)))
    frame = _localise(frame, default_country)
    return _judge(pl.concat([frame, junk_at], how="horizontal"))


def _cells(series: pl.Series, name: str) -> tuple[pl.Series, pl.Series | None]:
    """Return the cleaned cells without placeholders, and where these were; codes and countries have their own."""
    found = distinct(series.cast(pl.String))
    values = found.values
    if name in ("street", "street_2"):
        # the lines of a cell are the lines of an envelope
        values = values.str.replace_all(r"\s*[\r\n]+\s*", ", ")
    clean, junk = _clean(values, name)
    return found.laid_out(clean), found.laid_out(junk).fill_null(value=False) if junk.any() else None


def _clean(values: pl.Series, name: str) -> tuple[pl.Series, pl.Series]:
    """Return distinct cells cleaned and without placeholders, and where these were."""
    clean = cells.clean_distinct(values)
    none = pl.repeat(value=False, n=len(values), eager=True)
    if name in ("postal_code", "country"):
        return clean, none
    if name == "house_number":
        number = clean.str.replace(r"(?i)^s\s*/?\s*n[º°.]?$", "S/N").str.replace(r"\.0+$", "")
        junk = placeholder.among(number) & (number != "S/N").fill_null(value=True) & ~number.str.contains(r"\d")
    else:
        number, junk = clean, placeholder.among(clean, kind="address")
        if name == "unit":
            junk &= ~clean.str.contains(r"^\w{1,4}$").fill_null(value=False)
    junk = junk.fill_null(value=False)
    return number.set(junk, None), junk


def _one_line(frame: pl.DataFrame) -> pl.DataFrame:
    """Take apart addresses that stand in the street cell as a whole."""
    alone = pl.col("city").is_null() & pl.col("postal_code").is_null() & pl.col("street").is_not_null()
    whole = frame.select(alone & pl.col("street").str.contains(address_line.CANDIDATE)).to_series()
    if not whole.fill_null(value=False).any():
        return frame
    lines = frame.filter(whole)["street"].unique().rename("street")
    parts = pl.concat([lines.to_frame(), address_line.read(lines).rename(lambda c: f"line_{c}")], how="horizontal")
    joined = frame.with_columns(__whole=whole.fill_null(value=False)).join(
        parts, on="street", how="left", maintain_order="left"
    )
    found = pl.col("__whole") & pl.col("line_street").is_not_null()
    filled = [
        pl.when(found).then(pl.coalesce(name, f"line_{name}")).otherwise(name).alias(name)
        for name in ("district", "city", "region", "postal_code", "country")
    ]
    return joined.with_columns(*filled, street=pl.when(found).then("line_street").otherwise("street")).select(PARTS)


def _split(frame: pl.DataFrame) -> pl.DataFrame:
    """Move house number, unit and what follows them out of the street."""
    streets = distinct(frame["street"])
    if streets.values.is_empty():
        return frame
    table = text.spread(streets.values, street_line.split(streets.values))
    joined = pl.concat([frame, streets.laid_out(table)], how="horizontal")
    own = pl.col("number").is_not_null()
    if frame["house_number"].null_count() < frame.height:
        # a number column that contradicts the street leaves the street whole
        same = (_squeezed("house_number") == _squeezed("number")).fill_null(value=True)
        joined = joined.with_columns(
            pl.when(same).then("name").alias("name"),
            *(pl.when(same).then(c).alias(c) for c in ("number", "flat", "rest")),
        )
    unit = pl.col("flat") if frame["unit"].null_count() == frame.height else _listed(pl.col("flat"), pl.col("unit"))
    split = joined.with_columns(
        street=pl.when(own).then("name").otherwise("street"),
        house_number=pl.coalesce("house_number", "number"),
        unit=unit,
    )
    if table["rest"].null_count() < table.height:
        split = _place_rest(split)
    return split.select(PARTS)


def _place_rest(frame: pl.DataFrame) -> pl.DataFrame:
    """Put what follows the number and is no unit into the town, the district or the unit, whichever is free."""
    rest = pl.col("rest")
    located = pl.any_horizontal(pl.col(c).is_not_null() for c in ("city", "postal_code", "district"))
    repeated = (rest.str.to_lowercase() == pl.col("city").str.to_lowercase()).fill_null(value=False)
    to_city = rest.is_not_null() & ~located & ~rest.str.contains(street_line.DISTRICT_LINE)
    to_district = rest.is_not_null() & ~to_city & ~repeated & pl.col("district").is_null()
    leftover = rest.is_not_null() & ~to_city & ~repeated & ~to_district
    return frame.with_columns(
        city=pl.when(to_city).then(rest).otherwise("city"),
        district=pl.when(to_district).then(rest).otherwise("district"),
        unit=_listed(pl.col("unit"), pl.when(leftover).then(rest)),
    )


def _squeezed(name: str) -> pl.Expr:
    return pl.col(name).str.to_lowercase().str.replace_all(r"[\s.]+", "")


def _listed(*parts: pl.Expr) -> pl.Expr:
    """Return the texts joined by commas, an equal one once; null when there is none."""
    first, *others = parts
    kept = [first]
    for at, part in enumerate(others):
        same = pl.any_horizontal(part.str.to_lowercase() == before.str.to_lowercase() for before in parts[: at + 1])
        kept.append(pl.when(~same.fill_null(value=False)).then(part))
    joined = pl.concat_str(kept, separator=", ", ignore_nulls=True)
    return pl.when(joined != "").then(joined)


def _second_line(frame: pl.DataFrame) -> pl.DataFrame:
    """Put the second line where it belongs: unit, district, house number, or the end of the street."""
    if frame["street_2"].null_count() == frame.height:
        return frame.drop("street_2")
    line = pl.col("street_2")
    is_unit = line.str.contains(street_line.UNIT_LINE)
    is_number = line.str.contains(street_line.NUMBER_LINE) & pl.col("house_number").is_null()
    is_district = line.str.contains(street_line.DISTRICT_LINE) & pl.col("district").is_null()
    other = line.is_not_null() & ~is_unit & ~is_number & ~is_district
    return frame.with_columns(
        unit=_listed(pl.col("unit"), pl.when(is_unit & ~is_number).then(line)),
        house_number=pl.when(is_number).then(line).otherwise("house_number"),
        district=pl.when(is_district & ~is_unit & ~is_number).then(line).otherwise("district"),
        street=_listed(pl.col("street"), pl.when(other).then(line)),
    ).drop("street_2")


def _localise(frame: pl.DataFrame, default_country: str | None) -> pl.DataFrame:
    countries = country_values.standardise(frame["country"])
    region = countries["value"].fill_null(default_country) if default_country else countries["value"]
    codes = postal_code.standardise(frame["postal_code"], region)
    return frame.with_columns(
        codes["value"].alias("postal_code"),
        codes["verdict"].cast(Verdict).alias("postal_code_verdict"),
        countries["value"].alias("country"),
        countries["verdict"].cast(Verdict).alias("country_verdict"),
    )


def _judge(frame: pl.DataFrame) -> pl.DataFrame:
    keys = _keys(frame)
    street, locality = (
        pl.col("street").is_not_null(),
        pl.col("city").is_not_null() | pl.col("postal_code").is_not_null(),
    )
    others = [pl.col(c).is_not_null() for c in ("house_number", "unit", "district", "region", "country")]
    bad_code = pl.col("postal_code_verdict") == "invalid"
    anything = pl.any_horizontal(street, locality, *others)
    verdict, reason = judging.decide(
        frame,
        [
            (~anything & (pl.col("junk") | (pl.col("postal_code_verdict") == PLACEHOLDER)), PLACEHOLDER, "placeholder"),
            (~anything & ~bad_code & (pl.col("country_verdict") == MISSING), MISSING, None),
            (bad_code, POSSIBLE, "postal_code_invalid"),
            (~street, POSSIBLE, "no_street"),
            (~locality, POSSIBLE, "no_locality"),
        ],
        (VALID, None),
    )
    return frame.with_columns(verdict, reason, keys).select(*SCHEMA)


def _keys(frame: pl.DataFrame) -> pl.Series:
    """Return the comparison form of each address; null without a street."""
    street = _once(frame["street"], _street_key)
    unit = _once(frame["unit"], _unit_key)
    city = _once(frame["city"], cells.words)
    number = _once(frame["house_number"], _number_key)
    code = _once(frame["postal_code"], lambda codes: codes.str.to_lowercase().str.replace_all(r"[^a-z0-9]+", ""))
    parts = pl.DataFrame([street.alias("s"), number.alias("n"), unit.alias("u"), code.alias("c"), city.alias("t")])
    line = pl.concat_str(["s", "n"], separator=" ", ignore_nulls=True)
    place = pl.coalesce("c", "t", pl.lit(""))
    key = pl.concat_str([line, pl.col("u").fill_null(""), place], separator="|")
    return parts.select(key=pl.when(pl.col("s").is_not_null()).then(key)).to_series()


def _once(series: pl.Series, fn: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """Apply a function of a series to the distinct values."""
    found = distinct(series)
    return found.laid_out(fn(found.values))


@cache
def _same_words() -> dict[str, str]:
    """Return the replacements of single words, each between blanks."""
    listed = facts.read("street_words.yaml")
    same = {word: short for short, words in listed["same"].items() for word in words.split()}
    same |= dict.fromkeys(str(listed["dropped"]).split(), "")
    return {f" {word} ": f" {short} " for word, short in sorted(same.items()) if word != short}


def _street_key(values: pl.Series) -> pl.Series:
    """Return the folded words, abbreviations brought together; all words where none but dropped ones are there."""
    plain = values.str.replace_all(r"(?i)(\p{L}{3})(?:strasse|straße|str\.?)(\s|$)", "${1}str ${2}")
    words = cells.words(plain.str.replace(r"(?i)\bp\.?º", "po "))
    padded = pl.concat_str(pl.lit(" "), pl.col("words").str.replace_many({" ": "  "}), pl.lit(" "))
    short = padded.str.replace_many(_same_words()).str.replace_all(" +", " ").str.strip_chars(" ")
    return words.alias("words").to_frame().select(pl.when(short == "").then("words").otherwise(short)).to_series()


def _number_key(values: pl.Series) -> pl.Series:
    """Return the house number in small letters, groups of other signs as one hyphen; null for "no number"."""
    short = values.str.to_lowercase().str.replace_all(" ", "", literal=True).str.replace_all(r"[^a-z0-9]+", "-")
    return short.replace({"s-n": None})


def _unit_key(values: pl.Series) -> pl.Series:
    """Return the folded words run together, without the kind of unit: ``3º B``, ``Piso 3, pta. B`` -> ``3b``."""
    short = _street_key(values.str.replace_all(r"(\d)\s?[ºª°.]", "${1} ")).alias("short")
    padded = pl.concat_str(pl.lit(" "), pl.col("short").str.replace_many({" ": "  "}), pl.lit(" "))
    kinds = {f" {word} ": "" for word in ("apt", "p", "pta", "ste", "of", "int", "loc", "local")}
    bare = padded.str.replace_many(kinds).str.replace_all(" ", "")
    return short.to_frame().select(pl.when(bare == "").then("short").otherwise(bare)).to_series()
