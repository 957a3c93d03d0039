"""The balance of a run: nothing is lost and nothing counted twice. One that does not close is a defect of crmq."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from crmq.consolidate.crosswalk import EXCLUDED, MERGED, SURVIVOR
from crmq.consolidate.facts import OF_PARTIES
from crmq.consolidate.relationships import ORPHAN
from crmq.errors import BalanceError
from crmq.locales import _
from crmq.model.tables import Tables

DISPOSITIONS = ("unreadable", "quarantined", "excluded", "mapped")
CHILDREN = ("contact_points", "identifiers", "relationships", "consents", "extras", *OF_PARTIES)

Equation = tuple[str, tuple[str, ...], str]
"""A level, the counts that are added up, and the count they must give."""


def equations() -> list[Equation]:
    """Return what must hold, in terms of the keys of the balance."""
    return [
        ("rows", tuple(f"rows.{name}" for name in DISPOSITIONS), "rows.physical"),
        ("rows", ("crosswalk.excluded",), "rows.excluded"),
        ("records", ("records.survivors", "records.merged"), "records.all"),
        ("records", ("parties",), "records.survivors"),
        *(("children", (f"{name}.attached", f"{name}.orphan"), f"{name}.all") for name in CHILDREN),
    ]


def balance(tables: Tables, golden: Mapping[str, pl.DataFrame]) -> dict[str, int]:
    """Count both sides: what came in by the standardised tables and the ledger, what went out by the golden tables."""
    dispositions = dict(tables.ledger["disposition"].value_counts().iter_rows())
    states = dict(golden["crosswalk"]["state"].value_counts().iter_rows())
    counts = {"rows.physical": tables.ledger.height}
    counts |= {f"rows.{name}": int(dispositions.get(name, 0)) for name in DISPOSITIONS}
    counts |= {
        "records.all": tables.records.height,
        "records.survivors": int(states.get(SURVIVOR, 0)),
        "records.merged": int(states.get(MERGED, 0)),
        "crosswalk.excluded": int(states.get(EXCLUDED, 0)),
        "parties": golden["party"].height,
    }
    for name in CHILDREN:
        frame = golden.get(name)
        if frame is None:
            counts |= {f"{name}.{part}": 0 for part in ("attached", "orphan")} | {f"{name}.all": tables[name].height}
            continue
        weight = (
            frame["records"] if "records" in frame.columns else pl.repeat(1, frame.height, dtype=pl.UInt32, eager=True)
        )
        orphan = frame["party_id"].is_null()
        if "state" in frame.columns:
            orphan |= frame["state"] == ORPHAN
        counts |= {
            f"{name}.all": tables[name].height,
            f"{name}.attached": int(weight.filter(~orphan).sum()),
            f"{name}.orphan": int(weight.filter(orphan).sum()),
        }
    return counts


def check(counts: Mapping[str, int]) -> None:
    """Check that both levels close.

    Raises:
        BalanceError: One does not; the message has the figures.
    """
    for level, parts, whole in equations():
        if sum(counts[name] for name in parts) != counts[whole]:
            figures = " + ".join(f"{name} {counts[name]}" for name in parts)
            raise BalanceError(
                _("The balance of {level} does not close: {figures} is not {whole} {total}.").format(
                    level=level, figures=figures, whole=whole, total=counts[whole]
                )
            )
