"""What the user asks of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Request:
    """What the user asks for.

    Attributes:
        inputs: As given on the command line.
        country, timezone, as_of: Defaults for standardising; ``as_of`` as YYYY-MM-DD.
        mapping: File with the accepted mapping.
        ids, ignore, source_column, include_deleted: See the options of the same names.
        decisions: CSV with decisions of a steward.
        match, survivorship: Settings that override those of the project file.
        trust: Trust per source, 0..100.
        reuse: A run folder whose results may be read back (the output folder of an earlier run).
    """

    inputs: tuple[str, ...]
    country: str | None = None
    timezone: str | None = None
    as_of: str | None = None
    mapping: Path | None = None
    ids: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    source_column: str | None = None
    include_deleted: bool = False
    decisions: Path | None = None
    match: Mapping[str, Any] = field(default_factory=dict)
    trust: Mapping[str, int] = field(default_factory=dict)
    reuse: Path | None = None

    @property
    def shown_inputs(self) -> tuple[str, ...]:
        """The inputs as they may be written down: the password of a database URL is a variable."""
        from crmq.connectors.databases import kept

        return tuple(map(kept, self.inputs))

    def settings(self) -> dict[str, Any]:
        """Return what the manifest keeps, enough to run the same again."""
        return {
            "inputs": list(self.shown_inputs), "country": self.country, "timezone": self.timezone, "as_of": self.as_of,
            "mapping": str(self.mapping) if self.mapping else None, "ids": list(self.ids),
            "ignore": list(self.ignore), "source_column": self.source_column,
            "include_deleted": self.include_deleted,
            "decisions": str(self.decisions) if self.decisions else None, "match": dict(self.match),
            "trust": dict(self.trust),
        }  # fmt: skip

    def on_top_of(self, stored: Request) -> Request:
        """Return the request a run folder was made with, with what this one asks of matching instead."""
        return replace(stored, decisions=self.decisions or stored.decisions, match={**stored.match, **self.match})

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any], reuse: Path) -> Request:
        """Return the request a run folder was made with."""
        return cls(
            tuple(settings["inputs"]), settings["country"], settings["timezone"], settings["as_of"],
            Path(settings["mapping"]) if settings["mapping"] else None, tuple(settings["ids"]),
            tuple(settings["ignore"]), settings["source_column"], settings["include_deleted"],
            Path(settings["decisions"]) if settings["decisions"] else None, settings["match"], settings["trust"],
            reuse,
        )  # fmt: skip
