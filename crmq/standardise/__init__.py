"""From mapped tables to the standardised layer: each value with its verdict and raw form, each row accounted for.

Per table: :mod:`rows` (which rows, their ids), :mod:`parties` (which records a row gives, their names),
:mod:`contact_points`, :mod:`details`. Then all tables are put together in the order of the record keys, so that
nothing depends on the order of rows or files.
"""

from __future__ import annotations

import polars as pl

from crmq.locales import _
from crmq.model.headers import headers_of
from crmq.model.mapped import MappedTable
from crmq.model.tables import Tables
from crmq.progress import Progress, Silent
from crmq.standardise.assemble import Assembly
from crmq.standardise.rows import Rows, in_order_of_ids, read_rows, settle_repeated_ids
from crmq.standardise.settings import StandardiseSettings
from crmq.threads import side_by_side

__all__ = ["StandardiseSettings", "standardise"]


def standardise(
    mapped: list[MappedTable],
    settings: StandardiseSettings | None = None,
    progress: Progress | None = None,
    *,
    consume: bool = False,
) -> Tables:
    """Standardise mapped tables.

    Args:
        mapped: What the mapping stage made; tables without parties only add to the ledger.
        settings: Default country and time zone, and the date that counts as now.
        progress: Told about each table.
        consume: Empty the list, so that each raw table can be forgotten once it is standardised; for callers that
            hold no other reference to them.

    Returns:
        The standardised tables sorted by record key (contact points by type and extras by column before it), the
        ledger with one row per physical row, and structural findings (repeated ids, unreadable rows, dates whose
        order is open).
    """
    chosen, told = settings or StandardiseSettings(), progress or Silent()
    told.step(_("Standardising"), len(mapped))
    read: list[Rows | None] = [*side_by_side(read_rows, mapped)]
    repeated = settle_repeated_ids([rows for rows in read if rows is not None]) if read else None
    headers = headers_of(mapped)
    if consume:
        mapped.clear()

    def standardised(table: int) -> Assembly:
        rows, read[table] = read[table], None  # nobody else holds the raw table any more
        own = Assembly(chosen)
        if rows is not None:
            own.add(in_order_of_ids(rows))
        told.advance()
        return own

    assembly = Assembly(chosen)
    # two at once: more would only hold more of them in memory
    for own in side_by_side(standardised, range(len(read)), min(2, pl.thread_pool_size())):
        assembly.take(own)
    tables = assembly.tables(repeated)
    tables.headers = headers
    return tables
