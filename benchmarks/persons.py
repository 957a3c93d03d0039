"""Synthetic persons from three overlapping systems, with the truth: the set that the speed figures are of.

    python benchmarks/persons.py OUT --records 1000000

writes ``crm_a.csv``, ``crm_b.csv``, ``crm_c.csv`` and ``truth.parquet`` (record_id, entity_id). 30 % of the persons
have two to four records. Spanish, US, French and German names with Zipf-like frequencies, households that share an
address and often a phone, typing errors, missing values, and each system's own way to write things: A is careful,
B writes capitals without accents and dates day first, C is a web form.

The same arguments give the same files. Record ids are random: they say nothing about the truth or the order.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import names
import numpy as np
import polars as pl

SYSTEMS = ("crm_a", "crm_b", "crm_c")
HOME = ("street", "number", "city", "postal_code")
_COPIES, _COPY_SHARES = (1, 2, 3, 4), (0.70, 0.19, 0.08, 0.03)
_MAIL = ("gmail.com", "hotmail.com", "outlook.com", "yahoo.com", "icloud.com", "orange.fr", "web.de", "aol.com")
_KEYS = "abcdefghijklmnopqrstuvwxyz"
_CODE = {"ES": "+34", "US": "+1", "FR": "+33", "DE": "+49"}


def entities(n: int, rng: np.random.Generator, seed: int) -> pl.DataFrame:
    """Return ``n`` persons as they really are."""
    country = rng.choice(len(names.COUNTRIES), n, p=names.SHARES)
    frame = pl.DataFrame({"entity_id": np.arange(n, dtype=np.uint32), "country": np.array(names.COUNTRIES)[country]})
    parts = []
    for code, group in frame.group_by("country", maintain_order=True):
        parts.append(_of_country(group, str(code[0]), rng, seed))
    everybody = pl.concat(parts).sort("entity_id")
    days = rng.integers(0, 21_500, n)
    everybody = everybody.with_columns(
        born=pl.Series(days).cast(pl.Int32) + pl.lit(-8000, pl.Int32),
        mail_form=pl.Series(rng.integers(0, 5, n)),
        mail_number=pl.Series(rng.integers(1, 9999, n)),
        mail_host=pl.Series(np.array(_MAIL)[rng.integers(0, len(_MAIL), n)]),
    ).with_columns(born=pl.col("born").cast(pl.Date))
    return _households(everybody, rng).with_columns(email=_email("mail_number"), other_email=_email("other_number"))


def _of_country(group: pl.DataFrame, code: str, rng: np.random.Generator, seed: int) -> pl.DataFrame:
    n = group.height

    def draw(pool: list[str], shift: float) -> np.ndarray:
        return np.array(pool)[np.searchsorted(names.zipf(len(pool), shift), rng.random(n))]

    surnames = names.pool(names.SURNAMES[code], code, 12_000, seed)
    given = names.pool(names.GIVEN[code], code, 500, seed)
    roads = names.pool("", code, 4_000, seed + 1)
    first, second = draw(given, 5), draw(given, 5)
    double = rng.random(n) < {"ES": 0.3, "FR": 0.12}.get(code, 0.05)
    streets = [form.format(road) for road in roads for form in names.STREETS[code]]
    # some 2,000 postal codes a country, each in one city, the first ones more crowded
    cities, areas = np.array(names.CITIES[code].split()), np.searchsorted(names.zipf(2_000, 100), rng.random(n))
    digits = {"US": 10}.get(code, 9)
    mobile = {"ES": 6, "US": 2, "FR": 6, "DE": 1}[code]
    return group.with_columns(
        first_name=pl.Series(np.where(double, np.char.add(np.char.add(first, " "), second), first)),
        surname_1=pl.Series(draw(surnames, 4)),
        surname_2=pl.Series(draw(surnames, 4)) if code == "ES" else pl.lit(None, pl.String),
        street=pl.Series(np.array(streets)[rng.integers(0, len(streets), n)]),
        number=pl.Series(rng.integers(1, 250, n)),
        city=pl.Series(cities[areas % len(cities)]),
        postal_code=pl.Series(1_003 + areas * 47).cast(pl.String).str.zfill(5),
        phone=pl.Series(mobile * 10 ** (digits - 1) + rng.integers(0, 10 ** (digits - 1), n)),
        other_number=pl.Series(rng.integers(10_000, 99_999, n)),
    )


def _households(frame: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Let 8 % of the persons live with the one before them: one address, one first surname, often one phone."""
    n = frame.height
    order = frame.sort("country", "entity_id", maintain_order=True)
    joins = rng.random(n) < 0.08
    joins[0] = False
    head = np.maximum.accumulate(np.where(joins, 0, np.arange(n)))
    same = pl.Series(head).cast(pl.UInt32)
    phone_too = pl.Series(rng.random(n) < 0.4)
    alike = pl.col("country") == pl.col("country").gather(same)
    return order.with_columns(
        *(pl.when(alike).then(pl.col(c).gather(same)).otherwise(c).alias(c) for c in ("surname_1", *HOME)),
        phone=pl.when(alike & phone_too).then(pl.col("phone").gather(same)).otherwise("phone"),
    ).sort("entity_id")


def _plain(column: str) -> pl.Expr:
    text = pl.col(column).str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.to_lowercase()
    return text.str.replace_all("ß", "ss").str.replace_all(r"[^a-z ]", "")


def _email(number: str) -> pl.Expr:
    g, s = _plain("first_name").str.split(" ").list.first(), _plain("surname_1").str.replace_all(" ", "")
    forms = [pl.concat_str(g, pl.lit("."), s), pl.concat_str(g.str.slice(0, 1), s), pl.concat_str(s, g),
             pl.concat_str(g, pl.lit("_"), s), pl.concat_str(g, s.str.slice(0, 3))]  # fmt: skip
    local = pl.when(pl.col("mail_form") == 0).then(forms[0])
    for i, form in enumerate(forms[1:], start=1):
        local = local.when(pl.col("mail_form") == i).then(form)
    return pl.concat_str(local, number, pl.lit("@"), "mail_host")


def records(people: pl.DataFrame, n: int, rng: np.random.Generator) -> pl.DataFrame:
    """Return ``n`` records of ``people``, each damaged in its own way."""
    copies = rng.choice(_COPIES, people.height, p=_COPY_SHARES)
    owner = np.repeat(np.arange(people.height), copies)[:n]
    if len(owner) < n:
        raise ValueError("too few persons for the records asked for")
    frame = people[owner].with_columns(system=pl.Series(rng.integers(0, 3, n).astype(np.int8)))
    frame = frame.with_columns(
        record_id=pl.Series(rng.permutation(n * 3)[:n] + 1_000_000),
        created_at=pl.Series(rng.integers(1_420_070_400, 1_790_000_000, n)).cast(pl.Int64),
        **{f"r{i}": pl.Series(rng.random(n, dtype=np.float32)) for i in range(10)},
    )
    frame = _missing(_moved(frame, rng), rng)
    for column, share in (("first_name", 0.05), ("last_name", 0.05), ("email", 0.02), ("street", 0.02)):
        frame = frame.with_columns(_with_typos(frame[column], share, rng))
    return _written(frame)


def _moved(frame: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Second addresses, new homes, lost second surnames, initials, shortened given names, wrong birth dates."""
    other = pl.Series(rng.permutation(frame.height))
    moved = (pl.col("r0") < 0.12) & (pl.col("country") == pl.col("country").gather(other))
    new_phone = pl.Series(rng.integers(600_000_000, 699_999_999, frame.height))
    first = pl.col("first_name")
    surname = pl.concat_str("surname_1", pl.col("surname_2"), separator=" ")
    return frame.with_columns(
        *(pl.when(moved).then(pl.col(c).gather(other)).otherwise(c).alias(c) for c in HOME),
        phone=pl.when(pl.col("r1") < 0.15).then(new_phone).otherwise("phone"),
        email=pl.when(pl.col("r2") < 0.18).then("other_email").otherwise("email"),
        last_name=pl.when(pl.col("surname_2").is_null() | (pl.col("r3") < 0.3)).then("surname_1").otherwise(surname),
        first_name=pl.when(pl.col("r4") < 0.02).then(first.str.slice(0, 1) + ".")
        .when(pl.col("r4") < 0.2).then(first.str.split(" ").list.first()).otherwise(first),
        born=pl.when(pl.col("r5") < 0.015).then(pl.col("born") + pl.duration(days=10))
        .when(pl.col("r5") < 0.025).then(pl.col("born") + pl.duration(days=366)).otherwise("born"),
    )  # fmt: skip


def _missing(frame: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    shares = {"first_name": 0.01, "email": 0.32, "phone": 0.32, "born": 0.28}
    frame = frame.with_columns(
        pl.when(pl.Series(rng.random(frame.height) >= share)).then(c).alias(c) for c, share in shares.items()
    )
    lives = pl.Series(rng.random(frame.height) >= 0.2)
    return frame.with_columns(pl.when(lives).then(c).alias(c) for c in HOME)


def _with_typos(column: pl.Series, share: float, rng: np.random.Generator) -> pl.Series:
    """Return the column with one typing error in ``share`` of the cells."""
    at = np.flatnonzero(rng.random(len(column)) < share)
    places, kinds, letters = rng.random(len(at)), rng.integers(0, 4, len(at)), rng.integers(0, 26, len(at))
    cells = []
    for text, where, kind, letter in zip(column.gather(at).to_list(), places, kinds, letters, strict=True):
        if text is None or len(text) < 4:
            cells.append(text)
            continue
        i = 1 + int(where * (len(text) - 2))
        middle = ("", _KEYS[letter], text[i] + _KEYS[letter], text[i + 1] + text[i])[kind]
        cells.append(text[:i] + middle + text[i + (2 if kind == 3 else 1) :])
    return column.scatter(at, pl.Series(cells, dtype=pl.String)) if len(at) else column


def _written(frame: pl.DataFrame) -> pl.DataFrame:
    """Write each record the way its system does."""
    b, c = pl.col("system") == 1, pl.col("system") == 2

    def text(column: str) -> pl.Expr:
        capitals = pl.col(column).str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.to_uppercase()
        small = pl.col(column).str.to_lowercase()
        return pl.when(b).then(capitals).when(c & (pl.col("r6") < 0.15)).then(small).otherwise(column)

    number = pl.col("phone").cast(pl.String)
    code = pl.col("country").replace_strict(_CODE)
    spaced = pl.concat_str(number.str.slice(0, 3), number.str.slice(3, 3), number.str.slice(6), separator=" ")
    phone = pl.when(pl.col("r7") < 0.4).then(number).when(pl.col("r7") < 0.7).then(spaced)
    us = pl.col("country") == "US"
    road = pl.when(us).then(pl.concat_str(pl.col("number").cast(pl.String), "street", separator=" "))
    road = road.otherwise(pl.concat_str("street", pl.col("number").cast(pl.String), separator=" "))
    short = (
        road.str.replace("^Calle ", "C/ ").str.replace("^Avenida ", "Avda. ").str.replace("^Avenue ", "Av. ")
        .str.replace(" Street$", " St.").str.replace(" Avenue$", " Ave").str.replace("strasse ", "str. ")
    )  # fmt: skip
    frame = frame.with_columns(street=pl.when(pl.col("r8") < 0.35).then(short).otherwise(road))
    iso, local = pl.col("born").dt.to_string("%Y-%m-%d"), pl.col("born").dt.to_string("%d/%m/%Y")
    return frame.select(
        "system", "entity_id", "record_id", *(text(c).alias(c) for c in ("first_name", "last_name")),
        pl.when(pl.col("r9") < 0.06).then(pl.col("email").str.to_uppercase()).otherwise("email").alias("email"),
        phone.otherwise(pl.concat_str(code, number)).alias("phone"), text("street").alias("street"),
        text("city").alias("city"), "postal_code", "country", pl.when(b).then(local).otherwise(iso).alias("birth_date"),
        pl.from_epoch("created_at").dt.to_string("%Y-%m-%d %H:%M:%S").alias("created_at"),
    )  # fmt: skip


def generate(folder: Path, n: int, seed: int = 7) -> None:
    """Write ``n`` records as three CSV files and the truth as Parquet."""
    rng = np.random.default_rng(seed)
    # 1.44 records a person on the average; a little more persons than that needs
    people = entities(int(n / 1.44 * 1.02) + 50, rng, seed)
    frame = records(people, n, rng)
    frame = frame[rng.permutation(n)]
    folder.mkdir(parents=True, exist_ok=True)
    for number, system in enumerate(SYSTEMS):
        frame.filter(system=number).drop("system", "entity_id").write_csv(folder / f"{system}.csv")
    frame.select("record_id", "entity_id").write_parquet(folder / "truth.parquet")


def main() -> None:
    """Parse the command line and write the files."""
    parser = argparse.ArgumentParser(description="Write synthetic persons of three systems and their truth.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    generate(options.folder, options.records, options.seed)


if __name__ == "__main__":
    main()
