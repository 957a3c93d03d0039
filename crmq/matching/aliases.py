"""Nicknames: which given names may stand for one another."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crmq.values import text

_LANES = 4
"""A word of 64 bits holds four group numbers; the commonest nicknames belong to no more."""


@cache
def _groups() -> dict[str, list[int]]:
    """Return the groups each folded name belongs to: one group per formal name, holding its short forms."""
    source = files("crmq.values").joinpath("data/nicknames.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(source.splitlines()))
    frame = pl.DataFrame({"formal": [r["formal"] for r in rows], "short": [r["short"] for r in rows]})
    folded = frame.select(text.fold(pl.col("formal")), text.fold(pl.col("short")))
    number = {name: n + 1 for n, name in enumerate(sorted(set(folded["formal"])))}
    members: dict[str, list[int]] = {name: [n] for name, n in number.items()}
    for formal, short in folded.sort("short", "formal").iter_rows():
        groups = members.setdefault(short, [])
        if number[formal] not in groups and len(groups) < _LANES:
            groups.append(number[formal])
    return members


def alias_words(names: pl.Series) -> NDArray[np.uint64]:
    """Return the nickname groups of the first word of each given name, four 16-bit numbers in one 64-bit word."""
    packed = {name: sum(n << (16 * lane) for lane, n in enumerate(groups)) for name, groups in _groups().items()}
    table = pl.DataFrame(
        {"first": list(packed), "word": np.array(list(packed.values()), dtype=np.uint64)},
        schema={"first": pl.String, "word": pl.UInt64},
    )
    first = names.str.split(" ").list.first().rename("first").to_frame()
    words: NDArray[np.uint64] = (
        first.join(table, on="first", how="left", maintain_order="left")["word"].fill_null(0).to_numpy()
    )
    return words
