"""A whole address in one cell: street, code, town, region and country found by their places between the commas."""

from __future__ import annotations

import re

import polars as pl

from crmq.values import country

CANDIDATE = r",|\d{4,5}[\s-]+\p{L}|\p{Lu}{2}\s+\d{5}|[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}$"
"""What a line must hold to be looked at."""

_SCHEMA = dict.fromkeys(("street", "district", "city", "region", "postal_code", "country"), pl.String)

_CODE = r"(?:\d{5}-\d{3,4}|\d{4}-\d{3}|\d{4,6}|[A-Z]\d{4}[A-Z]{3}|[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2})"
_CODE_TOWN = re.compile(rf"(?i:c\.?p\.?:?\s*)?({_CODE})[\s-]+(\D{{2,}})")
_TOWN_CODE = re.compile(rf"(\D{{2,}}?)[\s-]+(?i:c\.?p\.?:?\s*)?({_CODE})")
_STATE_ZIP = re.compile(r"(?:(\D{2,}?)\s+)?([A-Z]{2})\s+(\d{5}(?:-\d{4})?)")
_ONLY_CODE = re.compile(rf"(?i:c\.?p\.?:?\s*)?({_CODE})")
_TAIL = re.compile(rf"(.*\d.*?)\s+({_CODE})\s+(\D{{2,}})")
_NUMBERISH = re.compile(
    r"(?i)(?:n[º°o]\.?\s*)?\d{1,4}\s?[a-z]?(?:\s.*)?|\d{1,3}\s?[ºª°].*|s/n|.*\b(?:piso|apto?|dpto|int|local|puerta|esc|planta|bajo)\b.*"
)


def read(lines: pl.Series) -> pl.DataFrame:
    """Return the parts of each line; all null where it does not read like a whole address.

    Args:
        lines: Distinct non-null cells.
    """
    pieces = [[piece.strip() for piece in line.split(",") if piece.strip()] for line in lines]
    last = pl.Series([piece[-1] if len(piece) > 1 else None for piece in pieces], dtype=pl.String)
    known = country.standardise(last)
    named = known.select(pl.when(pl.col("verdict") == "valid").then("value")).to_series()
    # "CA" behind a town is a state, and "Georgia" may be one
    rows = [
        _parts(piece, ends if len(last_) > 3 or last_ in ("USA", "UK", "MEX", "ESP") else None)
        for piece, ends, last_ in zip(pieces, named, (p[-1] if p else "" for p in pieces), strict=True)
    ]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def _parts(pieces: list[str], land: str | None) -> tuple[str | None, ...]:
    nothing = (None,) * len(_SCHEMA)
    rest = pieces[:-1] if land else pieces
    written = pieces[-1] if land else None
    if len(rest) == 1:
        found = _TAIL.fullmatch(rest[0])
        if not found:
            return nothing
        return found[1].strip(), None, found[3].strip(), None, found[2], written
    for at in range(len(rest) - 1, 0, -1):
        located = _locality(rest[at])
        if located is None:
            continue
        town, region, code = located
        street, before = _street(rest[:at])
        behind = rest[at + 1 :]
        if town is None and before:
            town = before.pop()
        elif town is None and behind:
            town = behind.pop(0)
        if behind:
            region = ", ".join(behind) if region is None else ", ".join([region, *behind])
        return street, ", ".join(before) or None, town, region, code, written
    if land:
        street, before = _street(rest)
        town = before.pop() if before else None
        return street, ", ".join(before) or None, town, None, None, written
    return nothing


def _locality(piece: str) -> tuple[str | None, str | None, str] | None:
    """Return town, region and code of a piece that holds a postal code."""
    if found := _STATE_ZIP.fullmatch(piece):
        return found[1], found[2], found[3]
    if found := _CODE_TOWN.fullmatch(piece):
        return found[2].strip(" -"), None, found[1]
    if found := _ONLY_CODE.fullmatch(piece):
        return None, None, found[1]
    if (found := _TOWN_CODE.fullmatch(piece)) and len(found[2]) >= 4:
        return found[1].strip(" -"), None, found[2]
    return None


def _street(pieces: list[str]) -> tuple[str, list[str]]:
    """Return the street with number and floor that stand between commas of their own, and the other pieces."""
    street = [pieces[0]]
    others = pieces[1:]
    while others and _NUMBERISH.fullmatch(others[0]):
        street.append(others.pop(0))
    return ", ".join(street), others
