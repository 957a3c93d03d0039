"""Text shared by all kinds of values: folding for comparison, cleaning of cells, mending of mojibake.

Everything here is a Polars expression, so that it costs some tenths of a second per million cells; what needs Python
goes through :func:`once_per_value`, which calls it once per distinct value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import polars as pl

from crmq.values.distinct import distinct

_EXPANDED = {
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ð": "d", "þ": "th", "đ": "d", "ħ": "h", "ı": "i", "ł": "l",
    "ŋ": "ng", "ŧ": "t", "ɨ": "i", "ƒ": "f", "ə": "e",
}  # fmt: skip
"""Letters that Unicode does not decompose, as passports and mail servers spell them (ICAO 9303, part 3)."""

_PUNCTUATION = {
    **dict.fromkeys("’‘ʼʹ‛´`′＇", "'"),
    **dict.fromkeys("“”„‟«»″＂", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
}
"""Typographic forms of three ASCII characters; ``´`` must go before NFKD turns it into a blank."""

_INVISIBLE = r"[\p{Cf}\x00-\x08\x0E-\x1F\x7F-\x84\x86-\x9F]"
_TEXT_GUARD = r"^(?:'\s*)+([0-9+=@-])"
_FORMULA_GUARD = r'^="\s*([^"\'=\s][^"]*)"$'

_MOJIBAKE_TARGETS = (
    *map(chr, (0x81, 0x8D, 0x8F, 0x90, 0x9D)),  # half of a letter that was misread twice
    *map(chr, range(0xA0, 0x180)),
    *"€‚ƒ„…†‡ˆ‰‹‘’“”•–—˜™›−",
)


def _misread(char: str) -> tuple[str, str]:
    """Return what ``char`` looks like when its UTF-8 bytes are read as Windows-1252, and as Latin-1."""
    data = char.encode()
    # the five bytes that cp1252 leaves undefined come through as C1 control characters
    windows = "".join(bytes([b]).decode("latin-1" if b in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else "cp1252") for b in data)
    return windows, data.decode("latin-1")


_MENDED = {misread: char for char in _MOJIBAKE_TARGETS for misread in _misread(char)}


def fold(expr: pl.Expr) -> pl.Expr:
    """Return the comparison form: lower case, no accents, blanks collapsed, typographic signs as ASCII.

    Punctuation stays (``words`` drops it); null stays null. Folding twice changes nothing.
    """
    return (
        expr.str.replace_many(_PUNCTUATION)
        .str.normalize("NFKD")
        .str.replace_all(r"\p{M}+", "")
        .str.to_lowercase()
        .str.replace_many(_EXPANDED)
        .str.replace_all(_INVISIBLE, "")
        .str.replace_all(r"\s+", " ")
        .str.strip_chars()
    )


def words(expr: pl.Expr) -> pl.Expr:
    """Return :func:`fold` with everything but letters and digits as one blank; null when nothing remains."""
    bare = fold(expr).str.replace_all(r"[^\p{L}\p{N}]+", " ").str.strip_chars()
    return pl.when(bare != "").then(bare)


def clean(expr: pl.Expr) -> pl.Expr:
    """Return the cell without what nobody typed: controls, zero-width signs, doubled blanks, Excel's text guards.

    Case, accents and punctuation stay. An empty cell becomes null. ``'0034...`` (the apostrophe that makes Excel
    keep text) and ``="0034..."`` lose their guard; an apostrophe before a letter (``'t Hart``) stays.
    """
    bare = (
        expr.str.replace_all(_INVISIBLE, "")
        .str.replace_all(r"\s+", " ")
        .str.strip_chars()
        .str.replace(_TEXT_GUARD, "${1}")
        .str.replace(_FORMULA_GUARD, "${1}")
        .str.strip_chars()
    )
    return pl.when(bare != "").then(bare)


def repair(expr: pl.Expr) -> pl.Expr:
    """Return the text with mojibake mended: UTF-8 that was read as Windows-1252, also twice (``MarÃ­a`` -> ``María``).

    Only sequences that stand for a Latin letter or a common sign are replaced, since these never occur in real text;
    a soft hyphen that an earlier tool dropped (``MarÃa``) is put back. Use before :func:`clean`, which removes the
    control characters that some letters need.
    """
    suspect = expr.str.contains(r"[ÂÃÄÅâ]")
    # “IRMÃ” in quotation marks is real Portuguese, not a misread Ô
    quoted = expr.str.contains(r"(?:^|[\s(])“")
    mended = expr
    for _round in range(2):
        mended = mended.str.replace_many(_MENDED, leftmost=True)
    mended = mended.str.replace_all(r"(\p{Ll})Ã(\p{Ll})", "${1}í${2}")
    return pl.when(suspect & ~quoted).then(mended).otherwise(expr)


def cell(expr: pl.Expr) -> pl.Expr:
    """Return :func:`clean` of :func:`repair`: how every standardiser starts."""
    return clean(repair(expr))


SCIENTIFIC = r"^\+?([0-9])(?:[.,]([0-9]+))?[eE]\+?([0-9]{1,2})$"
"""A long number as a spreadsheet writes it (``5.25512345678E+11``)."""


def exact_digits(cell: str) -> str | None:
    """Return the digits of a number in scientific notation, or None where some of them are lost."""
    match = re.match(SCIENTIFIC, cell)
    if match is None:
        return None
    digits, exponent = match[1] + (match[2] or ""), int(match[3])
    return digits if len(digits) == exponent + 1 else None


def once_per_value(
    series: pl.Series,
    fn: Callable[[str], Sequence[object]],
    schema: Mapping[str, pl.DataType | type[pl.DataType]],
) -> pl.DataFrame:
    """Call ``fn`` once per distinct value of a String series and lay its results out in the order of the series.

    Args:
        series: The values; null gives a row of nulls without a call.
        fn: Takes one value, returns one item per column of ``schema``.
        schema: Columns of the result.

    Returns:
        A frame as high as ``series``.
    """
    found = distinct(series)
    results = [fn(value) for value in found.values]
    columns = list(zip(*results, strict=True)) if results else [()] * len(schema)
    made = [pl.Series(name, values, dtype=dtype) for (name, dtype), values in zip(schema.items(), columns, strict=True)]
    return found.laid_out(pl.DataFrame(made))


def spread(series: pl.Series, table: pl.DataFrame) -> pl.DataFrame:
    """Return ``table`` (first column: distinct values) laid out in the order of ``series``, without that column.

    Values that the table lacks, and null, give a row of nulls.
    """
    key = table.columns[0]
    return series.rename(key).to_frame().join(table, on=key, how="left", maintain_order="left").drop(key)
