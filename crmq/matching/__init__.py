"""Matching: which records are one party. Start with :func:`crmq.matching.match`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crmq.matching.engine import match
    from crmq.matching.section import MatchSection
    from crmq.matching.settings import MatchSettings

__all__ = ["MatchSection", "MatchSettings", "match"]


def __getattr__(name: str) -> Any:
    # numba costs most of a second: whoever only needs a constant of this package does not pay for it
    if name == "match":
        from crmq.matching.engine import match

        return match
    if name == "MatchSettings":
        from crmq.matching.settings import MatchSettings

        return MatchSettings
    if name == "MatchSection":
        from crmq.matching.section import MatchSection

        return MatchSection
    raise AttributeError(name)
