"""The crosswalk: each source record once, with the golden party it lives in; excluded rows with their reason."""

from __future__ import annotations

import numpy as np
import polars as pl

from crmq.consolidate.parties import Parties
from crmq.model.golden import CROSSWALK
from crmq.model.tables import conform

SURVIVOR = "survivor"
MERGED = "merged"
EXCLUDED = "excluded"

_CARRIED = (
    "record_key", "master_key", "file", "sheet", "line", "created_at", "modified_at", "last_activity_at", "is_deleted",
)  # fmt: skip


def crosswalk(parties: Parties, ledger: pl.DataFrame) -> pl.DataFrame:
    """Return the crosswalk (schema ``CROSSWALK``): records in golden order, then the excluded rows of the ledger."""
    is_survivor = np.zeros(parties.height, dtype=bool)
    is_survivor[parties.survivors] = True
    records = parties.keys.with_columns(
        *(parties.column(name) for name in _CARRIED),
        *parties.clusters.get_columns(),
        parties.id_of(pl.Series(parties.of_row, dtype=pl.UInt32)),
        pl.select(pl.when(pl.Series(is_survivor)).then(pl.lit(SURVIVOR)).otherwise(pl.lit(MERGED)).alias("state"))
        .to_series(),
    )  # fmt: skip
    excluded = (
        ledger.filter(pl.col("disposition") == EXCLUDED)
        .with_columns(state=pl.lit(EXCLUDED))
        .sort("source", "object", "record_id", "file", "sheet", "line", nulls_last=True)
    )
    return pl.concat([conform(records, CROSSWALK), conform(excluded, CROSSWALK)])
