"""The order of files that may be deliveries: by the date in their names, else by the newest time in their rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from crmq.locales import _
from crmq.mapping.delivery_rows import DeliveryTable

_PARTS = 0.05
"""Files of one moment that share fewer of their ids are parts: a record that moved between two pages is in both."""


@dataclass(frozen=True)
class Moment:
    """Tables that stand for one moment.

    Attributes:
        tables: By file name.
        doubt: Why nobody can tell their order; empty when they are parts of one export.
    """

    tables: list[DeliveryTable]
    doubt: str = ""


def moments(tables: Sequence[DeliveryTable], said: str | None) -> list[Moment]:
    """Return the tables by the moment they stand for, oldest first, parts of one moment together.

    Args:
        tables: In any order.
        said: What crmq.yaml says of the deliveries of their source.
    """
    by_name = sorted(tables, key=lambda t: (t.file, t.sheet or ""))
    if said == "part":
        return [Moment(by_name)]
    made: list[Moment] = []
    for group in _apart(by_name, [t.date for t in by_name]) or [by_name]:
        if not _overlap(group):
            made.append(Moment(group))
            continue
        stamped = _apart(group, [t.stamp for t in group])
        if stamped is not None and len(stamped) == len(group):
            made += [Moment(one) for one in stamped]
        elif _copies(group):
            made += [Moment([t]) for t in group]
        else:
            doubt = _("They share ids, but neither their names nor their rows tell which is newer.")
            made.append(Moment(group, doubt))
    return made


def _apart(tables: Sequence[DeliveryTable], keys: Sequence[str | None]) -> list[list[DeliveryTable]] | None:
    """Return the tables by their keys in order; None when one has none, or all have the same."""
    known = sorted({key for key in keys if key is not None})
    if None in keys or len(known) < 2:
        return None
    return [[t for t, key in zip(tables, keys, strict=True) if key == one] for one in known]


def _overlap(group: Sequence[DeliveryTable]) -> bool:
    """Tell whether tables of one moment share more ids than parts of one export do."""
    for place, one in enumerate(group):
        for other in group[place + 1 :]:
            least = min(one.rows.height, other.rows.height)
            if least and one.rows.join(other.rows, on="key", how="semi").height > _PARTS * least:
                return True
    return False


def _copies(group: Sequence[DeliveryTable]) -> bool:
    """Tell whether what tables share is the same row for row, so that it does not matter which one is newer."""
    rows = pl.concat([t.rows for t in group])
    return rows["key"].n_unique() == rows.unique(["key", "content"]).height
