"""What the user may say about mapping."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class SourceOverride:
    """What crmq.yaml says about one source; None leaves it to detection.

    Attributes:
        system, object: What its tables are.
        country, timezone: Defaults for its values.
        id: Column with the record id.
        ignore: Columns that are left out.
        delivery: What its further files are to the first: all of it again, only what changed, or parts of one export.
    """

    system: str | None = None
    object: str | None = None
    country: str | None = None
    timezone: str | None = None
    id: str | None = None
    ignore: tuple[str, ...] = ()
    delivery: Literal["full", "delta", "part"] | None = None


@dataclass(frozen=True)
class MappingSettings:
    """Settings of the mapping stage.

    Attributes:
        country: ISO 3166 alpha-2 default for phones, postal codes and tax ids.
        timezone: IANA zone of timestamps without offset, where the system does not fix it.
        ignore: Columns that are left out of everything.
        id_columns: Columns that hold the record id, where a table has one of them.
        source_column: Column whose values name the source of each row.
        include_deleted: Treat rows that were deleted in their source like all others.
        sources: What is said about single sources, by their name.
    """

    country: str | None = None
    timezone: str | None = None
    ignore: tuple[str, ...] = ()
    id_columns: tuple[str, ...] = ()
    source_column: str | None = None
    include_deleted: bool = False
    sources: Mapping[str, SourceOverride] = field(default_factory=dict)
