"""How rules and expressions name columns, and what an expression may look at.

Kept apart from :mod:`crmq.rules.expression`, whose parser takes 0.3 s to import and is loaded only for packs that have
conditions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from crmq.locales import _


@dataclass(frozen=True)
class Scope:
    """What an expression may look at.

    Attributes:
        types: Polars type of each column that may be named.
        column: Gives the Polars expression of a column.
        as_of: What ``CURRENT_DATE`` means.
    """

    types: Mapping[str, pl.DataType | type[pl.DataType]]
    column: Callable[[str], pl.Expr]
    as_of: date


def raw_ref(header: str) -> str:
    """Return how a column of the source is named in expressions and rules: ``raw."Header"``."""
    return 'raw."' + header.replace('"', '""') + '"'


def raw_header(reference: str) -> str | None:
    """Return the header that ``raw."Header"`` names, or None when the reference is a canonical field."""
    match = re.fullmatch(r'raw\."((?:[^"]|"")+)"', reference)
    return match.group(1).replace('""', '"') if match else None


def pattern_problem(pattern: str) -> str | None:
    """Return what is wrong with a regular expression (Rust syntax, linear time, no look-around), or None."""
    try:
        pl.Series([""]).str.contains(pattern)
    except pl.exceptions.ComputeError:
        return _("{pattern} is not a regular expression of the kind that crmq uses (no look-around).").format(
            pattern=repr(pattern[:80])
        )
    return None
