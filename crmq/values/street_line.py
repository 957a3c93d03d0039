"""The first line of an address: street, house number, unit, and what follows, as the countries order them."""

from __future__ import annotations

import re

import polars as pl

from crmq.values import facts

_UNIT_WORDS = "|".join(
    re.escape(word)
    for word in sorted(set(str(facts.read("street_words.yaml")["unit_words"]).split()), key=len, reverse=True)
)
_MARK = r"(?:n[º°o]\.?|núm(?:ero|\.)?|num(?:ero|\.)?|nro\.?|nr\.?|#)"
_NUMBER = r"\d{1,5}(?:\s?[-–/]\s?\d{1,5})?(?:\s?(?:bis|ter|quater|[a-z]))?"
_FLOOR = (
    r"\d{1,3}\s?(?:[ºª°]|er|o|a|th|nd|rd|st)?\s?-?\s?(?:[a-z]{1,2}|\d{1,3}|izq\w*|dch\w*|der\w*|drch\w*|centro|ctro)?"
)
_UNIT = (
    rf"(?:(?:{_UNIT_WORDS})(?:\.|\b)\s*[:#]?\s*\S.*|(?:{_UNIT_WORDS})\.?|{_FLOOR}(?:[\s,.-]+\S{{1,12}}){{0,4}}|[a-z])"
)

UNIT_LINE = (
    rf"(?i)^(?:(?:{_UNIT_WORDS})(?:\.|\b)\s*[:#]?\s*[\w-]{{1,6}}(?:[\s,.-]+\S{{1,12}}){{0,5}}|#\s*[\w-]+|{_FLOOR})$"
)
NUMBER_LINE = rf"(?i)^{_MARK}?\s*\d{{1,5}}\s?[a-z]?$"
DISTRICT_LINE = (
    r"(?i)^(?:col(?:onia)?|bo|barrio|bairro|urb(?:anizaci[oó]n)?|fracc(?:ionamiento)?|res(?:idencial)?|sector|zona|pol(?:[ií]gono)?"
    r"|localidad|vereda|corregimiento|parroquia|reparto|ensanche|villa)\b\.?\s+\S.*$"
)

_AFTER = (
    rf"(?i)^(?P<name>\S.*?[\p{{L}}.ºª)'])(?:\s*,?\s*{_MARK}\s*|[\s,]+)(?P<number>{_NUMBER}|s/n\.?|s\.n\.)"
    rf"(?:[\s,;.\-–]+(?P<flat>{_UNIT})|\s*[,;–-]\s*(?P<rest>\p{{L}}{{2}}[^\d]*))?$"
)
"""``Calle Mayor 12, 3º B``, ``Hauptstr. 5``, ``Av. Juárez No. 10 Int. 5``, ``Rua Augusta, 123 - Consolação``."""
_BEFORE = (
    rf"(?i)^(?P<number>\d{{1,6}}(?:\s?(?:bis|ter|quater)\b)?[a-z]?(?:\s?[-–/]\s?\d{{1,6}}[a-z]?)?)(?:\s*,\s*|\s+)"
    rf"(?P<name>(?:\d{{1,3}}(?:st|nd|rd|th|er|e)\b|\p{{L}}).*?)"
    rf"(?:[\s,]+(?P<flat>(?:(?:{_UNIT_WORDS})\b\.?\s*#?\s*[\w-]{{1,6}}(?:[\s,]+\S{{1,12}}){{0,3}}|#\s*[\w-]+)))?(?P<rest>)$"
)
"""``12 Main St Apt 4``, ``350 5th Avenue``, ``12 bis rue de la Paix``."""
_GRID = (
    r"(?i)^(?P<name>(?:calle|cl|cll|carrera|cra|cr|kra|kr|carr|av|avda|avenida|ak|ac|diagonal|dg|diag|transversal|tv|transv|circular|cq)"
    r"\.?\s*\d{1,3}\s?[a-z]{0,2}(?:\s?bis)?(?:\s?(?:sur|norte|este|oeste))?)\s*,?\s*(?:#|n[o°º]\.?|nro\.?|num\.?|n\.)\s*"
    r"(?P<number>\d{1,3}\s?[a-z]{0,2}(?:\s?bis)?(?:\s?(?:sur|norte|este|oeste))?\s?[-–]\s?\d{1,3})"
    r"(?:[\s,;]+(?P<flat>[^,;]+))?(?:\s*[,;]\s*(?P<rest>.+))?$"
)
"""Colombia: ``Cra. 7 # 71-21 Apto 302``."""
_UNIT_FIRST = r"(?i)^(?P<flat>(?:flat|apartment|apt|unit|suite|ste|room|office)\.?\s*[\w-]{1,6})[\s,]+(?P<line>\d.*)$"
"""``Flat 2, 12 High Street``."""

_NO_NUMBER = (
    r"(?i)^(?:p\.?\s?o\.?\s?box|apartado|apdo|ap\.? postal|casilla|caixa postal|postfach|b\.?p\.?\s?\d|post office)\b"
    r"|\bkm\.?\s*\d|^km\b|^\d+\s*(?:m|mts?|metros|kms?|varas|cuadras)\.?\s"
)
"""Boxes, kilometre stones and directions: their figures are no house numbers."""

_NO_NUMBER_WORDS = ["box", "office", "apartado", "apdo", "postal", "casilla", "postfach", "bp", "b.p", "km"]
"""One of these stands in every line that ``_NO_NUMBER`` finds, unless it begins with a distance."""
_DISTANCE = r"(?i)^\d+\s*[mkvc]"

_PLAIN = r"^(?P<name>[^\d,]*[\p{L}.ºª)'])[\s,]+(?P<number>\d{1,5})$"
"""What most lines are: taken apart in a tenth of the time that ``_AFTER`` needs for the same."""
_NOT_PLAIN = r"(?i)(?:^|[\s,.])n[^\s,]{0,6}$|#|\bs/n|\bs\.n\."

_GROUPS = ("name", "number", "flat", "rest")


def split(streets: pl.Series) -> pl.DataFrame:
    """Return ``street, name, number, flat, rest`` for distinct non-null lines; all null where no number is found.

    ``rest`` is what follows the number and is no unit: a district or a town.
    """
    has_digit = streets.str.contains(r"\d")
    others = streets.filter(~has_digit)
    numbered = pl.concat([streets.filter(has_digit), others.filter(others.str.contains(r"(?i)\bs/n|\bs\.n\."))])
    has_word = pl.col("line").str.contains_any(_NO_NUMBER_WORDS, ascii_case_insensitive=True)
    marked = numbered.to_frame("line").select(has_word | pl.col("line").str.contains(_DISTANCE)).to_series()
    suspects = numbered.filter(marked)
    lines = pl.concat([numbered.filter(~marked), suspects.filter(~suspects.str.contains(_NO_NUMBER))]).alias("street")
    plain = lines.to_frame().select("street", found=pl.col("street").str.extract_groups(_PLAIN)).unnest("found")
    is_plain = pl.col("name").is_not_null() & ~pl.col("name").str.contains(_NOT_PLAIN)
    nothing = [pl.lit(None, pl.String).alias(name) for name in ("flat", "rest")]
    done = plain.filter(is_plain).with_columns(pl.col("name").str.strip_chars(" ,;-–"), *nothing)
    return pl.concat([done, _taken_apart(plain.filter(~is_plain.fill_null(value=False))["street"])])


def _taken_apart(streets: pl.Series) -> pl.DataFrame:
    """Return what :func:`split` returns, for lines that are more than a name and a number."""
    frame = streets.to_frame().with_columns(line=pl.col("street"), opening=pl.lit(None, pl.String))
    first = frame.filter(pl.col("line").str.contains(_UNIT_FIRST)).select(
        "street", found=pl.col("line").str.extract_groups(_UNIT_FIRST)
    )
    if first.height:
        first = first.unnest("found").rename({"flat": "opening", "line": "shorter"})
        frame = frame.drop("opening").join(first, on="street", how="left")
        frame = frame.with_columns(line=pl.coalesce("shorter", "line"))
    line = frame["line"]
    opens = line.str.contains(r"^\d") & ~line.str.contains(r"(?i)^\d+\s+(?:de|del|da|do)\s")
    grid = line.str.contains(r"(?i)^[a-z]{2,11}\.?\s*\d") & line.str.contains(r"#|\b[nN][oO°º.]")
    parts = [_taken(frame.filter(opens), _BEFORE), _taken(frame.filter(grid & ~opens), _GRID)]
    missed = frame.filter(grid & ~opens).join(parts[1], on="street", how="anti")
    parts += [_taken(missed, _AFTER), _taken(frame.filter(~opens & ~grid), _AFTER)]
    return pl.concat(parts)


def _taken(lines: pl.DataFrame, pattern: str) -> pl.DataFrame:
    """Return the lines that the pattern takes apart."""
    groups = lines.select("street", "opening", found=pl.col("line").str.extract_groups(pattern)).unnest("found")
    nothing = [pl.lit(None, pl.String).alias(name) for name in _GROUPS if name not in groups.columns]
    return (
        groups.with_columns(nothing)
        .filter(pl.col("number").is_not_null())
        .select(
            "street",
            name=pl.col("name").str.strip_chars(" ,;-–"),
            number=pl.col("number").str.replace(r"(?i)^s[/.]n\.?$", "S/N"),
            flat=_not_empty(pl.concat_str(["opening", "flat"], separator=", ", ignore_nulls=True)),
            rest=_not_empty(pl.col("rest").str.strip_chars(" ,;-–")),
        )
    )


def _not_empty(text: pl.Expr) -> pl.Expr:
    return pl.when(text != "").then(text)
