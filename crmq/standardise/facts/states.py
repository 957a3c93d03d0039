"""What a deal, a case or a call came to: the words of systems in English, Spanish and Portuguese as a few states."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path

import polars as pl

from crmq import declarative
from crmq.values import cells, text


class _Words(declarative.Section):
    """The shape of ``words.yaml``: meaning -> folded words."""

    deal: dict[str, tuple[str, ...]]
    case: dict[str, tuple[str, ...]]
    outcome: dict[str, tuple[str, ...]]
    channel: dict[str, tuple[str, ...]]
    channel_phrase: dict[str, tuple[str, ...]]
    direction: dict[str, tuple[str, ...]]


@cache
def vocabulary(name: str) -> Mapping[str, str]:
    """Return one part of ``words.yaml`` as folded word -> meaning."""
    known: dict[str, tuple[str, ...]] = getattr(_file(), name)
    return {word: meaning for meaning, words in known.items() for word in words}


@cache
def _file() -> _Words:
    return declarative.load(Path(__file__).with_name("words.yaml"), _Words)


def read(raw: pl.Series, name: str) -> pl.Series:
    """Return what a column of words means by one part of the vocabulary; null where a word is not known."""
    known = vocabulary(name)
    given = cells.clean(raw)
    distinct = given.drop_nulls().unique()
    # Vendor codes write several words as one (closedWon, no-answer); labels carry a number or a mark before (3 - Won)
    spaced = distinct.str.replace_all(r"([a-z])([A-Z])", "${1} ${2}")
    folded = cells.words(spaced).str.replace(r"^\d+ ", "")
    meant = folded.replace_strict(known, default=None, return_dtype=pl.String)
    table = pl.DataFrame({"raw": distinct, "meant": meant})
    return text.spread(given, table).to_series().rename(raw.name)


deal_outcome = partial(read, name="deal")
case_state = partial(read, name="case")
outcome = partial(read, name="outcome")


def by_flags(state: pl.Series | None, closed: pl.Series | None, won: pl.Series | None) -> pl.Series | None:
    """Return the outcome of deals: the flags of the source before its words.

    Args:
        state: What the words say: open, won, lost or null.
        closed: Whether the deal is closed.
        won: Whether it was won.
    """
    if closed is None and won is None:
        return state
    given = [s for s in (state, closed, won) if s is not None]
    height = given[0].len()
    frame = pl.DataFrame(
        {
            "state": state if state is not None else pl.repeat(None, height, dtype=pl.String, eager=True),
            "closed": closed if closed is not None else pl.repeat(None, height, dtype=pl.Boolean, eager=True),
            "won": won if won is not None else pl.repeat(None, height, dtype=pl.Boolean, eager=True),
        }
    )
    said = (
        pl.when(pl.col("won"))
        .then(pl.lit("won"))
        .when(~pl.col("closed"))
        .then(pl.lit("open"))
        .when(pl.col("closed") & ~pl.col("won"))
        .then(pl.lit("lost"))
        .otherwise("state")
    )
    return frame.select(said.alias("outcome")).to_series()
