"""The section ``match`` of crmq.yaml."""

from __future__ import annotations

from pydantic import Field

from crmq import declarative
from crmq.matching.settings import BALANCED_THRESHOLD, TARGET_PRECISION


class MatchSection(declarative.Section):
    """What a project may decide about matching; see :class:`crmq.matching.settings.MatchSettings`."""

    threshold: float = Field(default=BALANCED_THRESHOLD, gt=0, lt=1)
    target_precision: float = Field(default=TARGET_PRECISION, ge=0.5, lt=1)
    ignore: list[str] = []
    use_extras: bool = True
