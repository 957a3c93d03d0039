"""From mapped tables to the standardised layer: each value with its verdict and raw form, each row accounted for.

Per table: :mod:`rows` (which rows, their ids), :mod:`parties` (which records a row gives, their names),
:mod:`contact_points`, :mod:`details`. Then all tables are put together in the order of the record keys, so that
nothing depends on the order of rows or files.
"""

from __future__ import annotations

from collections.abc import Sequence

from crmq.locales import _
from crmq.model.headers import headers_of
from crmq.model.mapped import MappedTable
from crmq.model.tables import Tables
from crmq.progress import Progress, Silent
from crmq.standardise.assemble import Assembly
from crmq.standardise.rows import read_rows, settle_repeated_ids
from crmq.standardise.settings import StandardiseSettings

__all__ = ["StandardiseSettings", "standardise"]


def standardise(
    mapped: Sequence[MappedTable], settings: StandardiseSettings | None = None, progress: Progress | None = None
) -> Tables:
    """Standardise mapped tables.

    Args:
        mapped: What the mapping stage made; tables without parties only add to the ledger.
        settings: Default country and time zone, and the date that counts as now.
        progress: Told about each table.

    Returns:
        The standardised tables sorted by record key, the ledger with one row per physical row, and structural
        findings (repeated ids, unreadable rows, dates whose order is open).
    """
    chosen, told = settings or StandardiseSettings(), progress or Silent()
    told.step(_("Standardising"), len(mapped))
    read = [read_rows(table) for table in mapped]
    repeated = settle_repeated_ids(read) if read else None
    assembly = Assembly(chosen)
    for rows in read:
        assembly.add(rows)
        told.advance()
    tables = assembly.tables(repeated)
    tables.headers = headers_of(mapped)
    return tables
