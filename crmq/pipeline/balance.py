"""The row side of the balance: every physical row has one stated fate, every record comes from a row."""

from __future__ import annotations

from crmq.errors import BalanceError
from crmq.locales import _
from crmq.model.facts import FACTS
from crmq.model.tables import Tables


def rows_balance(tables: Tables) -> dict[str, int]:
    """Return the number of physical rows per disposition, and in all."""
    counts = dict(sorted(tables.ledger["disposition"].value_counts().iter_rows()))
    return {"physical": tables.ledger.height, **counts}


def check_rows(physical: int, tables: Tables) -> None:
    """Check the row side of the balance: every physical row has one disposition, every record comes from a row.

    Args:
        physical: Rows of all raw tables, those included that could not be read.
        tables: What was made of them.

    Raises:
        BalanceError: It does not close.
    """
    if tables.ledger.height != physical:
        raise BalanceError(
            _("{rows} rows were read but {told} have a stated fate.").format(rows=physical, told=tables.ledger.height)
        )
    made = tables.records.height + sum(tables[name].height for name in FACTS) + tables.adopted
    told = int(tables.ledger["records"].sum() or 0)
    if made != told:
        raise BalanceError(_("{made} records were made but the rows tell of {told}.").format(made=made, told=told))
