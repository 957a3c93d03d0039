"""Imports the drivers of databases, which come with an extra and not with crmq itself."""

from __future__ import annotations

import importlib
from types import ModuleType

from crmq.connectors.databases.address import Address
from crmq.errors import SourceError
from crmq.locales import _

EXTRA = "databases"


def load(name: str, address: Address, package: str | None = None) -> ModuleType:
    """Return a module of a driver.

    Args:
        name: The module.
        address: The database that needs it, for the error.
        package: What to install where it does not come with the extra.

    Raises:
        SourceError: It is not installed; the hint says what to install.
    """
    try:
        return importlib.import_module(name)
    except ImportError:
        wanted = package or f"crmq[{EXTRA}]"
        raise SourceError(
            _("Reading from {name} needs a driver that is not installed.").format(name=address.kind),
            where=address.shown,
            hint=_("Install it: {command}.").format(command=f"pip install '{wanted}'"),
        ) from None
