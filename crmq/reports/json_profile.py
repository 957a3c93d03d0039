"""A profile as JSON (``crmq.profile/1``)."""

from __future__ import annotations

from typing import Any

from crmq.profile.model import Profile
from crmq.reports.masked_profile import masked


def body(profile: Profile, *, show_pii: bool) -> dict[str, Any]:
    """Return the content of the document: the profile as it is, masked unless real values are asked for.

    Computed properties that readers want stand beside the counts: ``fill`` (share of filled rows) and ``is_key``.
    """
    shown = masked(profile, show_pii=show_pii)
    plain = shown.plain()
    for table, made in zip(shown.tables, plain["tables"], strict=True):
        for column, entry in zip(table.columns, made["columns"], strict=True):
            entry["fill"] = round(column.fill, 6)
            entry["is_key"] = column.is_key
    return {**plain, "masked": not show_pii}
