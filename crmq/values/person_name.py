"""Names of persons: cleaned, their parts told apart, titles and suffixes taken out, nothing lost.

Every word of the input ends in exactly one part. Cells go through once per distinct value; inside them each distinct
word is classified once (:mod:`crmq.values.name_words`) and each distinct shape is read once
(:mod:`crmq.values.name_shapes`), so that a million full names cost about as much as their few thousand words.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from functools import cache
from importlib.resources import files

import polars as pl

from crmq.model.verdicts import INVALID, MISSING, PLACEHOLDER, POSSIBLE, VALID, Verdict
from crmq.values import cells, name_shapes, name_words, placeholder, text
from crmq.values.distinct import distinct
from crmq.values.full_name import complete

TWO_SURNAMES = frozenset(
    ("ES", "MX", "AR", "CO", "CL", "PE", "BR", "PT", "PR", "CR", "EC", "GT", "UY", "DO", "PA", "VE", "BO", "PY", "SV",
     "HN", "NI", "CU", "AO", "MZ", "GQ", "PH", "AD")
)  # fmt: skip
"""Countries where a name usually ends in two surnames."""

PARTS = {
    "honorific": pl.String,
    "given_name": pl.String,
    "middle_name": pl.String,
    "family_name": pl.String,
    "surname_1": pl.String,
    "surname_2": pl.String,
    "name_suffix": pl.String,
    "full_name": pl.String,
}
SCHEMA = {**PARTS, "verdict": Verdict, "reason": pl.String}

_READ = {
    "honorific": pl.String,
    "given": pl.String,
    "middle": pl.String,
    "surname_1": pl.String,
    "surname_2": pl.String,
    "suffix": pl.String,
    "verdict": pl.String,
    "reason": pl.String,
}

_SEPARATED = r"([,;()\[\]\"/&+|])"
_QUOTES = {"“": '"', "”": '"', "«": '"', "»": '"', "„": '"', "″": '"', "''": '"'}


def standardise(
    *,
    given: pl.Series | None = None,
    middle: pl.Series | None = None,
    family: pl.Series | None = None,
    surname_1: pl.Series | None = None,
    surname_2: pl.Series | None = None,
    full: pl.Series | None = None,
    honorific: pl.Series | None = None,
    suffix: pl.Series | None = None,
    country: str | None = None,
) -> pl.DataFrame:
    """Return the parts of the names of one table.

    Args:
        given: Given names. All columns have one height; one that the table does not have is None.
        middle: Middle names.
        family: Surnames in one column.
        surname_1: First surname.
        surname_2: Second surname.
        full: The whole name in one column, alone or beside the parts.
        honorific: Titles.
        suffix: What stands behind the name.
        country: ISO 3166-1 alpha-2 of the data set: what to take a one-field name for when its own words do not tell
            whether it ends in one surname or two. None: what most names of the column are.

    Returns:
        A frame of the same height with the columns of ``SCHEMA``. ``family_name`` holds both surnames; ``full_name``
        is the name in reading order without its title. A part that is a placeholder is null; a name with no other
        part has the verdict ``placeholder``. Invalid names (digits, e-mail addresses) keep their words.

    Reasons: ``split_guessed`` (one field held the whole name), ``no_family_name``, ``no_given_name``,
    ``placeholder_part``, ``two_people``, ``full_name_differs``, ``has_digits``, ``has_at_sign``, ``no_letters``.
    """
    raw = {
        "given": given, "middle": middle, "family": family, "surname_1": surname_1, "surname_2": surname_2,
        "full": full, "honorific": honorific, "suffix": suffix,
    }  # fmt: skip
    columns = {name: series for name, series in raw.items() if series is not None}
    if not columns:
        raise ValueError("person_name.standardise needs at least one column")
    frame = pl.DataFrame([_cells(series, name) for name, series in columns.items()])
    frame = frame.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in raw if name not in columns)
    frame = _whole_names_in_one_part(frame)
    parts = _merge(frame, country)
    return _judge(parts)


def _cells(series: pl.Series, name: str) -> pl.Series:
    """Return the cleaned cells; placeholders become the empty text, so that they can be told from missing ones."""
    found = distinct(series.cast(pl.String))
    cleaned = cells.clean_distinct(found.values)
    kind: placeholder.Kind = "text" if name in ("honorific", "suffix") else "name"
    junk = placeholder.among(cleaned, kind)
    if name == "given":
        junk &= (cleaned != "Don").fill_null(value=True)
    return found.laid_out(cleaned.set(junk, "")).rename(name)


def _whole_names_in_one_part(frame: pl.DataFrame) -> pl.DataFrame:
    """Move a whole name that stands alone in the given or the family column to ``full``.

    ``García, Juan`` in either, ``Ana García`` where the other column is empty and the words say so, and the same
    text in both columns.
    """
    empty = {name: pl.col(name).is_null() | (pl.col(name) == "") for name in ("given", "family", "surname_1", "full")}
    repeated = pl.col("given") == pl.col("family")
    alone = {
        "given": (empty["family"] | repeated) & empty["surname_1"] & empty["full"],
        "family": (empty["given"] | repeated) & empty["full"],
    }
    for name, condition in alone.items():
        candidates = frame.filter(condition & pl.col(name).str.contains("[ ,]"))[name].unique()
        if candidates.is_empty():
            continue
        shaped = shapes(candidates)
        whole = pl.Series([_is_whole_name(shape, name) for shape in shaped["shape"]], dtype=pl.Boolean)
        moved = condition & pl.col(name).is_in(shaped.filter(whole)["value"].implode())
        frame = frame.with_columns(
            full=pl.when(moved).then(name).otherwise("full"),
            given=pl.when(~moved | (pl.col("given") != pl.col(name))).then("given"),
            family=pl.when(~moved | (pl.col("family") != pl.col(name))).then("family"),
        )
    return frame


def _is_whole_name(shape: str, column: str) -> bool:
    """Return whether the words of a part are a whole name: a known given name first, a word that is none last."""
    w = name_words
    words = [c for c in shape if c not in (w.COMMA, w.QUOTE, w.OPENING, w.CLOSING, w.SYMBOL)]
    while len(words) > 2 and words[0] in (w.HONORIFIC, w.HONORIFIC_OR_NAME, w.HONORIFIC_OR_SUFFIX):
        words = words[1:]
    if len(words) < 2:
        return False
    given_only = (w.GIVEN_IBERIAN, w.GIVEN_OTHER, w.GIVEN_ANY)
    surnames = (w.SURNAME_IBERIAN, w.SURNAME_OTHER)
    if w.COMMA in shape[1:-1]:
        behind = shape[shape.index(w.COMMA) + 1]
        return behind in (*given_only, w.GIVEN_OR_SURNAME, w.INITIAL) or (column == "family" and behind == w.WORD)
    last = (*surnames, w.GIVEN_OR_SURNAME, w.WORD) if column == "family" else (*surnames, w.WORD)
    is_whole: bool = words[0] in given_only and words[-1] in last and w.NUMBER not in words
    return is_whole


def shapes(values: pl.Series) -> pl.DataFrame:
    """Return value, its clean words (list) and its shape, for distinct non-null values."""
    spaced = (
        pl.col("value")
        .str.replace_many(_QUOTES)
        .str.replace_all(r"(?i)\.(ssa|ra)\b", "${1}")
        .str.replace_all(r"(\p{L}\p{L}\.)(\p{L}\p{L})", "${1} ${2}")
        .str.replace_all(_SEPARATED, " ${1} ")
    )
    frame = values.rename("value").to_frame().with_columns(words=spaced.str.extract_all(r"\S+"))
    vocabulary = frame["words"].explode(empty_as_null=False).drop_nulls().unique().rename("word").to_frame()
    vocabulary = vocabulary.with_columns(folded=text.fold(pl.col("word")))
    classes = [name_words.classify(word, folded) for word, folded in vocabulary.iter_rows()]
    shape = pl.Series([c for c, _ in classes], dtype=pl.String)
    shown = pl.Series([s for _, s in classes], dtype=pl.String)
    word = pl.element().replace_strict
    return frame.select(
        "value",
        words=pl.col("words").list.eval(word(vocabulary["word"], shown, return_dtype=pl.String)),
        shape=pl.col("words").list.eval(word(vocabulary["word"], shape, return_dtype=pl.String)).list.join(""),
    )


def read_cells(values: pl.Series, kind: name_shapes.Kind, country: str | None = None) -> pl.DataFrame:
    """Return the parts that the cells of one column hold (schema: one column per role, verdict, reason).

    Args:
        values: Cleaned cells; null and the empty text give nulls.
        kind: What the column holds.
        country: See :func:`standardise`.
    """
    found = distinct(values)
    if (found.values == "").all():
        return pl.DataFrame(schema=_READ).clear(len(values))
    shaped = shapes(found.values)
    # the empty text has no words and no reading
    counts = shaped.filter(pl.col("shape") != "")["shape"].value_counts(name="rows").sort("shape")
    iberian = country in TWO_SURNAMES if country else _mostly_iberian(counts)
    readings = [name_shapes.read(shape, kind, iberian) for shape in counts["shape"]]
    table = counts.select("shape").with_columns(
        order=pl.Series([_order(r.roles) for r in readings], dtype=pl.List(pl.UInt32)),
        verdict=pl.Series([r.verdict for r in readings], dtype=pl.String),
        reason=pl.Series([r.reason for r in readings], dtype=pl.String),
        **{
            f"n_{role}": pl.Series([r.roles.count(role) for r in readings], dtype=pl.UInt32)
            for role in name_shapes.ROLES
        },
    )
    laid = shaped.join(table, on="shape", how="left", maintain_order="left")
    ordered = pl.col("words").list.gather(pl.col("order"))
    start: pl.Expr = pl.lit(0, dtype=pl.UInt32)
    parts = {}
    for name, role in zip(_READ, name_shapes.ROLES, strict=False):
        joined = pl.col("ordered").list.slice(start, pl.col(f"n_{role}")).list.join(" ")
        parts[name] = pl.when(pl.col(f"n_{role}") > 0).then(joined)
        start = start + pl.col(f"n_{role}")
    laid = laid.with_columns(ordered=ordered).select(**parts, verdict="verdict", reason="reason")
    return found.laid_out(laid)


def _order(roles: str) -> list[int]:
    """Return the positions of the words, part by part; signs are left out."""
    return [i for role in name_shapes.ROLES for i, r in enumerate(roles) if r == role]


def _mostly_iberian(counts: pl.DataFrame) -> bool:
    """Return whether more names of the column speak for two surnames than against."""
    votes = [(name_shapes.is_iberian(shape), rows) for shape, rows in counts.iter_rows()]
    return bool(sum(n for vote, n in votes if vote) > sum(n for vote, n in votes if vote is False))


def _joined(*names: str) -> pl.Expr:
    """Return the texts one after the other; null when there is none."""
    if not names:
        return pl.lit(None, pl.String)
    joined = pl.concat_str(names, separator=" ", ignore_nulls=True)
    return pl.when(joined != "").then(joined)


def _merge(frame: pl.DataFrame, country: str | None) -> pl.DataFrame:
    """Return one row per name with its parts, and what the columns said about verdict and reason."""
    kinds: dict[str, name_shapes.Kind] = {
        "given": "given", "middle": "middle", "family": "family", "surname_1": "family", "surname_2": "family",
        "full": "full",
    }  # fmt: skip
    reads = {name: read_cells(frame[name], kind, country) for name, kind in kinds.items() if name in frame.columns}
    wide = pl.concat(
        [part.rename({column: f"{name}.{column}" for column in part.columns}) for name, part in reads.items()],
        how="horizontal",
    )
    wide = wide.with_columns(
        _titles(frame["honorific"]).alias("h.own"),
        _titles(frame["suffix"]).alias("x.own"),
        family_1=_joined("surname_1.surname_1", "surname_1.surname_2"),
        family_2=_joined("surname_2.surname_1", "surname_2.surname_2"),
    )
    apart = pl.col("family_1").is_not_null() | pl.col("family_2").is_not_null()
    parts = wide.select(
        honorific=_distinct("h.own", "given.honorific", "middle.honorific", "family.honorific", "surname_1.honorific",
                            "full.honorific"),
        given_name="given.given",
        middle_name=_joined("given.middle", "middle.middle", "family.given", "family.middle"),
        surname_1=pl.when(apart).then("family_1").otherwise("family.surname_1"),
        surname_2=pl.when(apart).then("family_2").otherwise("family.surname_2"),
        family_name=pl.coalesce(_joined("family.surname_1", "family.surname_2"), _joined("family_1", "family_2")),
        name_suffix=_distinct("x.own", "given.suffix", "middle.suffix", "family.suffix", "surname_1.suffix",
                              "surname_2.suffix"),
        full_given_name="full.given",
        full_middle_name="full.middle",
        full_surname_1="full.surname_1",
        full_surname_2="full.surname_2",
        full_family_name=_joined("full.surname_1", "full.surname_2"),
        full_name_suffix="full.suffix",
    )  # fmt: skip
    has_parts = pl.any_horizontal(pl.col(c).is_not_null() for c in ("given_name", "middle_name", "family_name"))
    used_full = parts.select(pl.col("full_given_name").is_not_null() | pl.col("full_family_name").is_not_null())
    only_full = parts.select(~has_parts).to_series() & used_full.to_series()
    named = complete(parts)
    said = wide.select(f"{name}.{what}" for name in kinds for what in ("verdict", "reason"))
    blanks = frame.select((pl.col(name) == "").fill_null(value=False).alias(f"{name}.blank") for name in kinds)
    present = frame.select(pl.any_horizontal(pl.col(name).is_not_null() for name in kinds).alias("present"))
    return pl.concat([named, said, blanks, present, only_full.alias("only_full").to_frame()], how="horizontal")


def _titles(cells: pl.Series) -> pl.Series:
    """Return the titles of a title column as they are written (``DR`` -> ``Dr.``)."""

    def written(cell: str) -> tuple[str | None]:
        folded = pl.Series([cell.replace(",", " ")]).to_frame("c").select(text.fold(pl.col("c"))).item().split()
        words = cell.replace(",", " ").split()
        if len(folded) != len(words):
            return (cell or None,)
        return (" ".join(name_words.title(word, bare) for word, bare in zip(words, folded, strict=True)) or None,)

    return text.once_per_value(cells, written, {"title": pl.String})["title"]


def _distinct(*names: str) -> pl.Expr:
    """Return the texts one after the other, each once."""
    first = pl.coalesce(names)
    rest = [pl.when(pl.col(name) != first).then(name) for name in names]
    joined = pl.concat_str([first, *rest], separator=" ", ignore_nulls=True)
    return pl.when(joined != "").then(joined)


def _judge(parts: pl.DataFrame) -> pl.DataFrame:
    """Return the final columns: the full name in reading order, verdict and reason."""
    kinds = ("given", "middle", "family", "surname_1", "surname_2", "full")
    named = pl.any_horizontal(pl.col(c).is_not_null() for c in ("given_name", "middle_name", "family_name"))
    invalid = pl.coalesce(pl.when(pl.col(f"{kind}.verdict") == INVALID).then(f"{kind}.reason") for kind in kinds)
    doubts = pl.coalesce(
        pl.when((pl.col(f"{kind}.verdict") == POSSIBLE) & (pl.col(f"{kind}.reason") != "split_guessed")).then(
            f"{kind}.reason"
        )
        for kind in kinds
    )
    blank = pl.any_horizontal(pl.col(f"{kind}.blank") for kind in ("given", "family", "surname_1"))
    any_blank = pl.any_horizontal(pl.col(f"{kind}.blank") for kind in kinds)
    guessed = pl.col("only_full") & (pl.col("full.reason") == "split_guessed")
    possible = (
        pl.when(blank).then(pl.lit("placeholder_part"))
        .when(doubts.is_not_null()).then(doubts)
        .when("differs").then(pl.lit("full_name_differs"))
        .when(pl.col("family_name").is_null()).then(pl.lit("no_family_name"))
        .when(pl.col("given_name").is_null()).then(pl.lit("no_given_name"))
        .when(guessed).then(pl.lit("split_guessed"))
    )  # fmt: skip
    verdict = (
        pl.when(invalid.is_not_null()).then(pl.lit(INVALID))
        .when(named & possible.is_not_null()).then(pl.lit(POSSIBLE))
        .when(named).then(pl.lit(VALID))
        .when(any_blank).then(pl.lit(PLACEHOLDER))
        .otherwise(pl.lit(MISSING))
    )  # fmt: skip
    reason = (
        pl.when(invalid.is_not_null()).then(invalid)
        .when(named).then(possible)
        .when(any_blank).then(pl.lit("placeholder"))
    )  # fmt: skip
    full_name = pl.coalesce("full_text", _joined("given_name", "middle_name", "family_name", "name_suffix"))
    return parts.select(
        *(name for name in PARTS if name != "full_name"),
        full_name=pl.when(named).then(full_name),
        verdict=verdict.cast(Verdict),
        reason=reason,
    )


@cache
def nickname_groups() -> dict[str, frozenset[str]]:
    """Return, per folded given name, the folded names the same person may go by (itself not among them).

    A name leads to its short forms, to its formal names, and to the other short forms of these: ``paco`` to
    ``francisco`` and ``curro``. The relation is symmetric but not transitive (``beto`` is Alberto and Roberto). Names
    of several words (``jose maria``) stand in it with their blanks.
    """
    table = files("crmq.values").joinpath("data/nicknames.csv").read_text(encoding="utf-8")
    pairs = [(row["formal"], row["short"]) for row in csv.DictReader(table.splitlines())]
    flat = pl.DataFrame(pairs, schema=["formal", "short"], orient="row").select(text.fold(pl.all()))
    shorts: defaultdict[str, set[str]] = defaultdict(set)
    groups: defaultdict[str, set[str]] = defaultdict(set)
    for formal, short in flat.iter_rows():
        shorts[formal].add(short)
    for formal, names in shorts.items():
        family = {formal, *names}
        for name in family:
            groups[name] |= family - {name}
    return {name: frozenset(groups[name]) for name in sorted(groups)}
