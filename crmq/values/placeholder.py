"""Values that stand for "we do not have it": recognised in any field, so that they never become match keys.

Two ways lead to the verdict: the denylists of ``data/placeholders.yaml`` (:func:`is_placeholder`), and a value that far
too many different parties share (:func:`is_overused`), listed or not.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

import polars as pl

from crmq.values import facts, text
from crmq.values.distinct import distinct

Kind = Literal["text", "name", "address"]

_FILE = "placeholders.yaml"

OVERUSED_PARTIES = 20
"""A value of an identifying column may be shared by this many parties in any data set (families, small firms)."""
OVERUSED_SHARE = 0.005
"""... and by this share of the rows in a large one."""

_RUNS = "|".join(f"{letter}{{3,}}" for letter in "abcdefghijklmnopqrstuvwxyz")
_PATTERN = "|".join(
    (
        r"^[\p{P}\p{S}\s]+$",
        rf"^(?:{_RUNS})$",
        r"^(?:0+|1{3,}|9{3,}|123(?:4(?:5(?:6(?:7(?:8(?:90?)?)?)?)?)?)?)$",
        r"^<?test lead: dummy data",
    )
)
"""Punctuation alone; one letter three times or more; keyboard runs of digits; test records of lead forms."""

_FIRST_WORD = r"^[\t-\r -/:-@\[-`{-~]*([A-Za-z0-9]+)(?:[\t-\r -/:-@\[-`{-~]|$)"
"""The first letters and digits of a text, as long as it is ASCII without controls up to there."""

_ROMAN = ("iii", "mmm", "ccc")
"""Runs of one letter that are a number in a name (``Carlos III``) and no placeholder."""


@cache
def denylist(kind: Kind = "text") -> frozenset[str]:
    """Return the folded values that are placeholders in a field of that kind."""
    values = set(facts.strings(_FILE, "text"))
    if kind != "text":
        values |= set(facts.strings(_FILE, kind))
    if kind == "name":
        values -= set(facts.strings(_FILE, "name_exceptions"))
    return frozenset(values)


def is_placeholder(raw: pl.Series, kind: Kind = "text") -> pl.Series:
    """Return which cells are placeholders for a field of that kind.

    Args:
        raw: The cells, as read.
        kind: ``text`` for any field, ``name`` for names of persons and organisations, ``address`` for address parts.

    Returns:
        Boolean series of the same height; false for null and for blank cells (these are missing, not placeholders).
    """
    found = distinct(raw.cast(pl.String))
    junk = among(found.values, kind)
    return found.laid_out(junk).fill_null(value=False) if junk.any() else pl.repeat(False, len(raw), eager=True)


def among(values: pl.Series, kind: Kind = "text") -> pl.Series:
    """Return :func:`is_placeholder` of distinct values."""
    maybe = (_may_be(values, kind) & values.is_not_null()).arg_true()
    junk = pl.repeat(False, len(values), eager=True)
    return junk.scatter(maybe, _judge(values.gather(maybe), kind)) if len(maybe) else junk


def _may_be(values: pl.Series, kind: Kind) -> pl.Series:
    """Return which values begin like a placeholder: few do, and only these are worth folding.

    Values whose first word is not plain ASCII are kept, whatever they begin with.
    """
    first = values.rename("raw").to_frame().select(pl.col("raw").str.extract(_FIRST_WORD).str.to_lowercase())
    word = pl.col("raw")
    begins = word.is_in(_openers(kind)) | word.str.contains(rf"^(?:[0-9]+|{_RUNS})$")
    numbered = word.str.contains("[0-9]$") & word.str.strip_chars_end("0123456789").is_in(_openers(kind))
    return first.select(word.is_null() | begins | numbered).to_series()


@cache
def _openers(kind: Kind) -> list[str]:
    """Return the first words of all placeholders of a kind of field."""
    listed = [*denylist(kind), *facts.strings(_FILE, "junk_words")]
    return sorted({found[0] for entry in listed if (found := re.findall(r"[a-z0-9]+", entry))})


def _judge(values: pl.Series, kind: Kind) -> pl.Series:
    """Return :func:`is_placeholder` for a series without null."""
    listed = denylist(kind)
    plain = [entry for entry in sorted(listed) if entry.replace(" ", "").isalnum()]
    words, markers = ("|".join(facts.strings(_FILE, name)) for name in ("junk_words", "junk_markers"))
    frame = values.rename("raw").to_frame().select(folded=text.fold(pl.col("raw")))
    frame = frame.with_columns(
        bare=pl.col("folded").str.replace_all(r"[^\p{L}\p{N}]+", " ").str.strip_chars(),
    )
    folded, bare = pl.col("folded"), pl.col("bare")
    verdict = (
        folded.is_in(sorted(listed))
        | bare.is_in(plain)
        | folded.str.contains(_PATTERN)
        | (
            bare.str.contains(rf"^(?:{words})\d*(?: (?:{words}|\d+)\d*)*$")
            & bare.str.contains(rf"(?:^| )(?:{markers})\d*(?: |$)")
        )
    )
    return frame.select(verdict & (folded != "") & ~folded.is_in(_ROMAN)).to_series()


def is_overused(values: pl.Series, parties: pl.Series, rows: int | None = None) -> pl.Series:
    """Return which cells hold a value that too many different parties share to identify anyone.

    Args:
        values: Canonical values of one identifying column (e-mail, phone, tax id ...).
        parties: Who each value belongs to: equal entries are one party (repeats of one party do not count).
        rows: Height of the data set where ``values`` is only a part of it; default: the height of ``values``.

    Returns:
        Boolean series: the value stands with more than ``max(OVERUSED_PARTIES, OVERUSED_SHARE * rows)`` parties.
    """
    limit = max(OVERUSED_PARTIES, OVERUSED_SHARE * (len(values) if rows is None else rows))
    frame = pl.DataFrame({"value": values, "party": parties})
    count = pl.col("party").n_unique().over("value")
    return frame.select(overused=(count > limit) & pl.col("value").is_not_null()).to_series()
