"""Reports as JSON: one document on stdout with a versioned schema name, keys in the order they are given."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime
from typing import Any

import crmq
from crmq.reports.masking import mask


def document(schema: str, version: int, body: dict[str, Any]) -> str:
    """Return the text of a report.

    Args:
        schema: Name of the report, for instance ``profile``.
        version: Version of its shape; it changes when a key is removed or changes its meaning.
        body: Plain data; dates become ISO text.
    """
    whole = {"schema": f"crmq.{schema}/{version}", "crmq": crmq.__version__, **body}
    return json.dumps(whole, ensure_ascii=False, indent=2, default=_plain)


def emit(schema: str, version: int, body: dict[str, Any]) -> None:
    """Print a report on stdout."""
    sys.stdout.write(document(schema, version, body) + "\n")


def masked_explanation(body: dict[str, Any], *, show_pii: bool) -> dict[str, Any]:
    """Return an explanation with the values of its bars masked."""
    if show_pii:
        return body
    bars = [bar | {side: mask(bar[side]) or None for side in ("first", "second")} for bar in body["bars"]]
    return body | {"bars": bars}


def _plain(value: object) -> object:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"{type(value).__name__} is not plain data")
