"""From mapped tables to the standardised layer: each value with its verdict and raw form, each row accounted for.

Per table: :mod:`rows` (which rows, their ids), :mod:`parties` (which records a row gives, their names),
:mod:`contact_points`, :mod:`details`. Then all tables are put together in the order of the record keys, so that
nothing depends on the order of rows or files.
"""

from __future__ import annotations

from collections import deque

from crmq.locales import _
from crmq.model.headers import headers_of
from crmq.model.mapped import MappedTable
from crmq.model.tables import Tables
from crmq.progress import Progress, Silent
from crmq.standardise.assemble import Assembly
from crmq.standardise.rows import in_order_of_ids, read_rows, settle_repeated_ids
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
    read = deque(side_by_side(read_rows, mapped))
    repeated = settle_repeated_ids(list(read)) if read else None
    headers = headers_of(mapped)
    if consume:
        mapped.clear()
    assembly = Assembly(chosen)
    while read:
        assembly.add(in_order_of_ids(read.popleft()))
        told.advance()
    tables = assembly.tables(repeated)
    tables.headers = headers
    return tables
