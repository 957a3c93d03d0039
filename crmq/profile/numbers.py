"""How values are spread: quantiles, outliers and the bars of a small chart, from distinct values with weights."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crmq.profile.counting import UNIT
from crmq.profile.parts import Bin, Distribution

BARS = 12
FENCE = 3.0
"""Quartile distances beyond the quartiles from which a value is an outlier (Tukey's far fence)."""
RARE = 0.01
"""Above this share of the rows, what lies beyond the fence is part of the distribution."""
_SKEWED = 4.0
"""Ratio of the upper to the lower quartile of positive numbers from which they are looked at by their logarithm."""
_LEANING = 1.2
"""... or how much farther the upper quartile is from the median than the lower one."""
_LEAST_VALUES = 10
_LEAST_ROWS = 30
_QUANTILES = (5, 25, 50, 75, 95)

Floats = NDArray[np.float64]


def parsed(value: pl.Expr) -> pl.Expr:
    """Return text as a number; a comma is the decimal sign unless a point follows it."""
    bare = value.str.strip_chars()
    comma = bare.str.contains(r",\d+$") & ~bare.str.contains(r",\d{3}(?:,\d{3})*(?:\.\d+)?$")
    plain = (
        pl.when(comma)
        .then(bare.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True))
        .otherwise(bare.str.replace_all(",", "", literal=True))
    )
    number = plain.cast(pl.Float64, strict=False)
    return pl.when(number.is_finite()).then(number)


def of_numbers(facts: pl.DataFrame) -> tuple[Distribution | None, pl.Series]:
    """Return the distribution of a column of numbers, and which of the values are outliers.

    Args:
        facts: ``value, weight`` of the values looked at.
    """
    number = facts.select(parsed(pl.col("value"))).to_series()
    none = pl.repeat(False, facts.height, dtype=pl.Boolean, eager=True)
    known = number.is_not_null()
    if int(known.sum()) < 2:
        return None, none
    seen = facts.filter(known).with_columns(number=number.filter(known)).sort("number", "value")
    values, weights = seen["number"].to_numpy(), seen["weight"].to_numpy()
    at = _at(weights)
    low, high, scale = _fences(values, at)
    total = int(weights.sum())
    beyond = (values < low) | (values > high)
    share = float(weights[beyond].sum()) / total
    odd = none
    enough = len(values) >= _LEAST_VALUES and total >= _LEAST_ROWS * UNIT
    if beyond.any() and share <= RARE and enough:
        odd = ((number < low) | (number > high)).fill_null(value=False)
    inside = ~beyond
    written = seen["value"]
    return Distribution(
        "number", scale,
        _bars(values[inside], weights[inside], scale),
        _rows(weights[values < low]), _rows(weights[values > high]),
        {f"p{q:02d}": str(written[int(i)]) for q, i in zip(_QUANTILES, at, strict=True)},
        *_moments(values, weights),
        _rows(weights[values == 0]), _rows(weights[values < 0]),
    ), odd  # fmt: skip


def of_lengths(facts: pl.DataFrame) -> Distribution | None:
    """Return the distribution of the characters of the values."""
    if facts.is_empty():
        return None
    seen = (
        facts.group_by(pl.col("value").str.len_chars().cast(pl.Float64).alias("n"))
        .agg(pl.col("weight").sum())
        .sort("n")
    )
    values, weights = seen["n"].to_numpy(), seen["weight"].to_numpy()
    if len(values) < 2:
        return None
    quantiles = {f"p{q:02d}": f"{values[i]:.0f}" for q, i in zip(_QUANTILES, _at(weights), strict=True)}
    whole = _whole_bars(values.astype(np.int64), weights)
    return Distribution("length", "linear", whole, 0, 0, quantiles, *_moments(values, weights))


def of_dates(days: pl.DataFrame) -> Distribution | None:
    """Return the distribution of a column of dates: by month, or by year when it spans more than two.

    Args:
        days: ``day`` (Date) and ``weight``, of the valid values.
    """
    if days["day"].n_unique() < 2:
        return None
    seen = days.group_by("day").agg(pl.col("weight").sum()).sort("day")
    first, last = seen["day"][0], seen["day"][-1]
    weights = seen["weight"].to_numpy()
    quantiles = {f"p{q:02d}": seen["day"][int(i)].isoformat() for q, i in zip(_QUANTILES, _at(weights), strict=True)}
    return Distribution("date", "linear", _periods(seen, first, last), 0, 0, quantiles)


def _at(weights: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the positions of the quantiles among sorted values."""
    reached = np.cumsum(weights)
    wanted = np.array([q * int(reached[-1]) / 100 for q in _QUANTILES])
    return np.minimum(np.searchsorted(reached, wanted, side="left"), len(weights) - 1)


def _fences(values: Floats, at: NDArray[np.int64]) -> tuple[float, float, str]:
    """Return the lowest and highest number that is no outlier, and the scale in which the column is even."""
    lower, upper = float(values[at[1]]), float(values[at[3]])
    middle = float(values[at[2]])
    leaning = lower > 0 and (upper / lower >= _SKEWED or upper - middle > _LEANING * (middle - lower))
    if leaning and values[0] > 0 and upper > lower:
        reach = FENCE * np.log(upper / lower)
        return lower * float(np.exp(-reach)), upper * float(np.exp(min(reach, 600.0))), "log"
    reach = FENCE * (upper - lower)
    if reach == 0:  # half of the rows have one value: nothing tells how far is far
        return float(values[0]), float(values[-1]), "linear"
    return lower - reach, upper + reach, "linear"


def _moments(values: Floats, weights: NDArray[np.int64]) -> tuple[float, float]:
    share = weights / float(weights.sum())
    mean = float((values * share).sum())
    deviation = float(np.sqrt(np.maximum((share * (values - mean) ** 2).sum(), 0.0)))
    return float(f"{mean:.6g}"), float(f"{deviation:.6g}")


def _rows(weights: NDArray[np.int64]) -> int:
    return round(int(weights.sum()) / UNIT)


def _bars(values: Floats, weights: NDArray[np.int64], scale: str) -> tuple[Bin, ...]:
    if not len(values):
        return ()
    if scale == "linear" and values[-1] - values[0] <= 1e9 and bool((values == np.floor(values)).all()):
        return _whole_bars(values.astype(np.int64), weights)
    if values[0] == values[-1]:
        return (Bin(_plain(values[0]), _plain(values[-1]), _rows(weights)),)
    spread = np.log if scale == "log" else np.asarray
    ends = np.linspace(float(spread(values[0])), float(spread(values[-1])), BARS + 1)
    edges = np.exp(ends) if scale == "log" else ends
    which = np.clip(np.searchsorted(ends, spread(values), side="right") - 1, 0, BARS - 1)
    rows = np.bincount(which, weights=weights.astype(np.float64), minlength=BARS)
    return tuple(Bin(_plain(edges[i]), _plain(edges[i + 1]), round(rows[i] / UNIT)) for i in range(BARS))


def _whole_bars(values: NDArray[np.int64], weights: NDArray[np.int64]) -> tuple[Bin, ...]:
    """Return bars whose edges are whole numbers, all of the same width."""
    low, high = int(values[0]), int(values[-1])
    width = max(1, -(-(high - low + 1) // BARS))
    bars = -(-(high - low + 1) // width)
    rows = np.bincount((values - low) // width, weights=weights.astype(np.float64), minlength=bars)
    return tuple(Bin(str(low + i * width), str(low + (i + 1) * width), round(rows[i] / UNIT)) for i in range(bars))


def _plain(number: float) -> str:
    return f"{float(number):.4g}"


def _periods(seen: pl.DataFrame, first: date, last: date) -> tuple[Bin, ...]:
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    step = 1 if months <= 2 * BARS else 12 * max(1, -(-(last.year - first.year + 1) // (2 * BARS)))
    origin = first.year * 12 + (first.month - 1 if step == 1 else 0)
    bars = (last.year * 12 + last.month - 1 - origin) // step + 1
    number = (pl.col("day").dt.year() * 12 + pl.col("day").dt.month() - 1 - origin) // step
    rows = dict(seen.group_by(number.alias("n")).agg(pl.col("weight").sum()).iter_rows())
    return tuple(
        Bin(_period(origin + i * step, step), _period(origin + (i + 1) * step, step), round(rows.get(i, 0) / UNIT))
        for i in range(bars)
    )


def _period(months: int, step: int) -> str:
    year, month = divmod(months, 12)
    return f"{year:04d}-{month + 1:02d}" if step == 1 else f"{year:04d}"
