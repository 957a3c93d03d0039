"""What a caller may decide about standardising."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class StandardiseSettings:
    """Settings of the stage.

    Attributes:
        country: ISO 3166-1 alpha-2 that phones, postal codes and tax ids are read in where neither row nor source
            tells one.
        timezone: IANA zone of timestamps without offset, where neither system nor source fixes it; None is UTC.
        as_of: What "now" means for the plausibility of dates.
    """

    country: str | None = None
    timezone: str | None = None
    as_of: date = field(default_factory=date.today)
