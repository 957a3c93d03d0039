"""What each strategy of a survivorship rule prefers, as numbers per candidate: the greatest stays.

==================  ===================================================================================================
most_trusted        the source with the highest trust
most_recent         the record modified (else created) last
least_recent        the record created (else modified) first
most_frequent       the value that most records of the party hold (measured texts: but for case and accents)
most_complete       the candidate with the most filled fields of the group (of its ``core``, where it has one)
most_precise        the date with the most known parts
longest             the longest text
most_words          the text with the most words of more than one letter
usual_words         the text whose rarest word is the most frequent one in all the data: a slip of the pen is rare
best_verdict        nothing further: a better verdict always comes first
not_truncated       a text that is not cut off in the middle of a word where another candidate goes on
best_spelling       mixed case before all upper or lower case, then letters beyond ASCII (accents were not lost)
tax_validated       a record whose tax id has the right check digits
not_shared          a contact value that belongs to this party alone (persons only; an office shares its mailbox)
source_order        the value its source puts first
==================  ===================================================================================================
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from crmq.consolidate.knockout import Criterion, Ints
from crmq.consolidate.parties import Parties
from crmq.consolidate.settings import Rule
from crmq.values import text as text_values

CUT_FROM = 15
"""Characters from which on a text can be taken for cut off: the shortest field length known of a CRM (GoldMine)."""


@dataclass(frozen=True)
class Candidates:
    """The values that the records of all parties offer for one rule, in golden order.

    Attributes:
        rows: Row of the record that offers it.
        party: Its party.
        offered: One column per field of the rule, as the records hold them.
        values: The same without values whose own verdict makes them unusable.
        verdict: Verdict of each candidate as text, or None for rules without one.
        shared: 1 for a value that several parties share.
        slot: Order within the record: 1 is the first.
        column: Header it was read from, where the candidate knows it.
    """

    rows: npt.NDArray[np.uint32]
    party: npt.NDArray[np.uint32]
    offered: pl.DataFrame
    values: pl.DataFrame
    verdict: pl.Series | None = None
    shared: Ints | None = None
    slot: Ints | None = None
    column: pl.Series | None = None

    def text(self) -> pl.Series:
        """Return each candidate as one text (fields joined by U+001F)."""
        if self.values.width == 1:
            return self.values.to_series()
        joined = pl.concat_str([pl.col(name).fill_null("") for name in self.values.columns], separator="\x1f")
        return self.values.select(joined.alias("text")).to_series()


_WORD = r"[\p{L}\p{N}]{2,}"


def _folded(series: pl.Series) -> pl.Series:
    return series.to_frame("text").select(text_values.fold(pl.col("text"))).to_series()


def _usual(folded: pl.Series) -> Ints:
    """Return how often the rarest word of each text stands in all texts; initials and no words at all: 0."""
    words = folded.to_frame("text").with_row_index("at").select("at", word=pl.col("text").str.extract_all(_WORD))
    words = words.explode("word").with_columns(count=pl.len().over("word"))
    rarest = words.filter(pl.col("word").is_not_null()).group_by("at").agg(pl.col("count").min())
    made = np.zeros(len(folded), dtype=np.int64)
    made[rarest["at"].to_numpy()] = rarest["count"].to_numpy()
    return made


def _at(series: pl.Series, where: Ints) -> pl.Series:
    return series.gather(pl.Series(where, dtype=pl.UInt32))


def _numbers(series: pl.Series) -> Ints:
    return np.asarray(series.cast(pl.Int64).to_numpy())


def criterion(name: str, rule: Rule, c: Candidates, parties: Parties, text: pl.Series) -> Criterion:
    """Return the criterion of one strategy for the candidates of one rule."""

    def of_record(values: Ints) -> Callable[[Ints], Ints]:
        return lambda at: values[c.rows[at]]

    measured = text if rule.measure is None else c.values[rule.measure].fill_null(text)
    made: Callable[[Ints], Ints]
    if name == "most_trusted":
        made = of_record(parties.trust_with(rule.trust) if rule.trust else parties.source_trust)
    elif name == "most_recent":
        made = of_record(parties.freshness)
    elif name == "least_recent":
        made = of_record(parties.age)
    elif name == "tax_validated":
        made = of_record(parties.tax_validated)
    elif name == "most_frequent":
        same = text if rule.measure is None else _folded(measured)
        made = lambda at: _frequency(c.party[at], _at(same, at))  # noqa: E731
    elif name == "most_words":
        made = lambda at: _numbers(_at(measured, at).str.count_matches(_WORD))  # noqa: E731
    elif name == "usual_words":
        made = _usual(_folded(measured)).__getitem__
    elif name == "most_complete":
        filled = c.values.select(pl.sum_horizontal(pl.col(list(rule.core or rule.fields)).is_not_null().cast(pl.Int64)))
        made = _numbers(filled.to_series()).__getitem__
    elif name == "most_precise":
        made = lambda at: _numbers(_at(text, at).str.count_matches(r"\d+"))  # noqa: E731
    elif name == "longest":
        made = lambda at: _numbers(_at(measured, at).str.len_chars())  # noqa: E731
    elif name == "not_truncated":
        made = lambda at: _not_truncated(c.party[at], _at(measured, at))  # noqa: E731
    elif name == "best_spelling":
        made = lambda at: _spelling(_at(measured, at))  # noqa: E731
    elif name == "not_shared" and c.shared is not None:
        made = (1 - c.shared * parties.is_person[c.party].astype(np.int64)).__getitem__
    elif name == "source_order" and c.slot is not None:
        made = (-c.slot).__getitem__
    else:  # best_verdict, and strategies that mean nothing for this kind of value
        made = lambda at: np.zeros(len(at), dtype=np.int64)  # noqa: E731
    return name, made


def _frequency(party: npt.NDArray[np.uint32], text: pl.Series) -> Ints:
    frame = pl.DataFrame({"party": party, "text": text})
    return _numbers(frame.select(pl.len().over("party", "text")).to_series())


def _not_truncated(party: npt.NDArray[np.uint32], text: pl.Series) -> Ints:
    """Return 0 for a text that the longest of its party continues in the middle of a word."""
    frame = pl.DataFrame({"party": party, "text": text.str.to_lowercase()}).with_columns(
        size=pl.col("text").str.len_chars()
    )
    longest = (
        frame.filter(pl.col("size") == pl.col("size").max().over("party"))
        .group_by("party")
        .agg(pl.col("text").min().alias("longest"))
    )
    frame = frame.join(longest, on="party", how="left", maintain_order="left")
    cut = (
        (pl.col("size") >= CUT_FROM)
        & (pl.col("longest").str.len_chars() > pl.col("size"))
        & pl.col("longest").str.starts_with(pl.col("text"))
        & pl.col("longest").str.slice(pl.col("size"), 1).str.contains(r"^[\p{L}\p{N}]")
        & pl.col("text").str.contains(r"[\p{L}\p{N}]$")
    )
    return _numbers(frame.select(~cut).to_series())


def _spelling(text: pl.Series) -> Ints:
    frame = pl.DataFrame({"text": text})
    mixed = pl.col("text").str.contains(r"\p{Ll}") & pl.col("text").str.contains(r"\p{Lu}")
    accents = pl.col("text").str.contains(r"[^\x00-\x7F]")
    return _numbers(frame.select(2 * mixed.cast(pl.Int64) + accents.cast(pl.Int64)).to_series())
