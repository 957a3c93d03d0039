"""The text is whole: no mojibake, lost characters, control characters, or error values of a spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import polars as pl
from pydantic import Field

from crmq import declarative
from crmq.rules.checks import RowCheck
from crmq.rules.pack import Rule
from crmq.rules.views import View
from crmq.values import text

FIELDS = (1, None)
NEEDS = "each"
Damage = Literal["mojibake", "lost_character", "control_character", "spreadsheet_error", "scientific"]

_SPREADSHEET = r"^\s*#(?:REF|VALUE|NAME|DIV/0|NULL|NUM|N/A|¡REF|¡VALOR|¿NOMBRE|¡DIV/0|¡NULO|¡NUM|N/D|CAMPO)[!?]?\s*$"
_SCIENTIFIC = r"^\s*\d(?:[.,]\d+)?[Ee]\+?(?:0?[89]|[12]\d)\s*$"
"""A long id or phone number that a spreadsheet showed as a power of ten (``5.25512E+11``)."""

_SUSPECT: dict[str, str] = {
    "mojibake": "[ÂÃÄÅâ]",
    "lost_character": "\ufffd",
    "control_character": r"[\x00-\x08\x0E-\x1F\x7F]",
    "spreadsheet_error": _SPREADSHEET,
    "scientific": _SCIENTIFIC,
}
"""A pattern per kind that no sound cell has, or hardly any: one pass over a column settles most of them."""


class Params(declarative.Section):
    """``kinds``: what to look for."""

    kinds: tuple[Damage, ...] = Field(default=("mojibake", "lost_character", "control_character"), min_length=1)


def checks(rule: Rule, params: Params, view: View) -> Sequence[RowCheck]:
    """Empty cells are not checked; mended text is suggested for mojibake."""
    out = []
    for name in view.expand(rule.fields):
        cell = view.column(name)
        column = view.physical(name)

        def whole(cells: pl.Series) -> pl.Series:
            return ~damaged(cells, params.kinds)

        def which(cells: pl.Series) -> pl.Series:
            found = [pl.when(damaged(cells, [kind])).then(pl.lit(kind)) for kind in params.kinds]
            return pl.select(pl.coalesce(found)).to_series()

        def mended(rows: pl.DataFrame, _numbers: pl.Series, column: str = column) -> pl.Series:
            repaired = text.repair(pl.col(column))
            return rows.select(pl.when(repaired != pl.col(column)).then(repaired).alias("suggestion")).to_series()

        out.append(
            RowCheck(
                pl.when(cell.is_not_null()).then(cell.map_batches(whole, return_dtype=pl.Boolean)),
                (name,),
                detail=cell.map_batches(which, return_dtype=pl.String),
                suggest=mended if "mojibake" in params.kinds else None,
            )
        )
    return out


def damaged(cells: pl.Series, kinds: Sequence[Damage]) -> pl.Series:
    """Return which cells show damage of one of the kinds (false for null)."""
    suspect = cells.str.contains("|".join(f"(?:{_SUSPECT[kind]})" for kind in kinds)).fill_null(value=False)
    if "mojibake" not in kinds or not suspect.any():
        return suspect
    # letters that mojibake is made of are real letters too: only text that can be mended is damaged
    distinct = cells.filter(suspect).unique()
    sure = pl.lit(False)
    for kind in kinds:
        if kind != "mojibake":
            sure = sure | pl.col("v").str.contains(_SUSPECT[kind])
    broken = distinct.filter(
        distinct.to_frame("v").select(sure | (text.repair(pl.col("v")) != pl.col("v"))).to_series()
    )
    return cells.is_in(broken.implode()).fill_null(value=False)
