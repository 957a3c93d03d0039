"""Repeated records: rows of one source that say exactly the same of one party are compared once.

Event-level exports repeat a customer on every row; comparing hundreds of equal rows with each other finds nothing and
spends the budget of candidates that other records need.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from crmq.matching.features import Features, content_hash
from crmq.matching.layout import Column, further, taken
from crmq.model.tables import PERSON

MARGIN = 10.0
"""Bits by which the evidence of a repeated content must exceed what chance explains."""

_NAMES = {"person": ("given_name", "surname", "full_name"), "organisation": ("org_name",)}
_EVIDENCE = {
    "person": ("birth_date", "email", "phone", "identifier", "street", "postal_code"),
    "organisation": ("identifier", "email", "phone", "web_domain", "street"),
}


def representatives(features: Features, apart: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return for each record the one that stands for it: itself, or the first record of its source that is equal.

    Equal records are one party only where their values are too rare to be equal by chance: a name alone never is.

    Args:
        features: All records.
        apart: Records that always stand for themselves (someone decided about them).
    """
    size = features.size
    own = np.arange(size, dtype=np.int32)
    mapped = [c for c in features.columns if not c.name.startswith("extra:")]
    content = content_hash(mapped, size) + features.source.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    order = np.lexsort((own, content))
    ranked = content[order]
    first = np.ones(size, dtype=bool)
    first[1:] = ranked[1:] != ranked[:-1]
    if first.all():
        return own
    leader = np.empty(size, dtype=np.int32)
    leader[order] = order[np.flatnonzero(first)[np.cumsum(first) - 1]]
    evidence = _evidence(features, np.flatnonzero(leader == own))
    enough = evidence > np.log2(max(int(first.sum()), 2)) + MARGIN
    enough[apart] = False
    return np.where(enough & enough[leader], leader, own).astype(np.int32)


def _evidence(features: Features, distinct: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return bits against each content's being equal by chance; zero without a name and something beside it.

    Frequencies are counted among distinct contents. Fields that a household shares do not count.
    """
    total = np.zeros(features.size)
    for comparison in features.comparisons:
        if comparison.extra or (comparison.field.shared and features.entity == PERSON and comparison.name != "surname"):
            continue
        codes = features.columns[comparison.column].codes
        counts = np.bincount(codes[distinct], minlength=int(codes.max()) + 1)
        share = np.maximum(counts[codes], 1) / max(int((codes[distinct] > 0).sum()), 1)
        total += np.where(codes > 0, -np.log2(share), 0.0)
    named = _any_filled(features, _NAMES[features.entity])
    beside = _any_filled(features, _EVIDENCE[features.entity])
    total[~(named & beside)] = 0.0
    return total


def _any_filled(features: Features, names: tuple[str, ...]) -> NDArray[np.bool_]:
    filled = np.zeros(features.size, dtype=bool)
    for name in names:
        column = features.column(name)
        if column is not None:
            filled |= column.codes > 0
    return filled


def subset(features: Features, keep: NDArray[np.int64]) -> Features:
    """Return the features of some records; value ids stay those of all records."""
    place = np.full(features.size, -1, dtype=np.int64)
    place[keep] = np.arange(len(keep))
    columns: list[Column] = []
    for column in features.columns:
        more = None
        if column.more is not None:
            rows, codes = column.more
            kept = place[rows] >= 0
            more = (place[rows[kept]], codes[kept])
        columns.append(replace(column, codes=np.ascontiguousarray(column.codes[keep]), more=more))
    more_start, more_column, more_code = further(columns, len(keep))
    lay = features.layout._replace(
        codes=taken(features.layout.codes, keep),
        sketch=taken(features.layout.sketch, keep),
        more_start=more_start,
        more_column=more_column,
        more_code=more_code,
    )
    return replace(
        features,
        keys=features.keys.clear(),
        row=features.row[keep],
        source=np.ascontiguousarray(features.source[keep]),
        columns=columns,
        layout=lay,
    )
