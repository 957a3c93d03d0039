"""Precision and recall of a run: measured by the labels of a random sample, or as the model expects them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmq.errors import UsageError
from crmq.locales import _
from crmq.pipeline.review import Review

if TYPE_CHECKING:
    from crmq.matching.clerical.measure import Measured
    from crmq.progress import Progress


@dataclass(frozen=True)
class Measurement:
    """What labels say of a run.

    Attributes:
        whole: Of all records.
        entities: Per kind of party.
        not_counted: Decisions that were not drawn at random from this run.
        beyond: Right pairs that the model expects among those it does not list.
    """

    whole: Measured
    entities: Mapping[str, Measured]
    not_counted: int
    beyond: float

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "measured": {"all": self.whole.as_dict(), **{name: part.as_dict() for name, part in self.entities.items()}},
            "not_counted": self.not_counted,
            "expected_beyond": round(self.beyond, 1),
        }


def measure_run(folder: Path, labels: Path, progress: Progress) -> Measurement:
    """Return precision and recall of a run folder from a file of decisions.

    Only pairs that ``crmq review --sample`` drew from this very run count: decisions about the review list were chosen
    for what they teach, and those that a run was given are right in it by their very nature.

    Raises:
        SourceError: The folder is no run folder.
        UsageError: The file holds no such labels.
    """
    from crmq.matching.clerical import measure
    from crmq.matching.clerical.sampling import strata_of
    from crmq.matching.clerical.store import Store

    if not labels.is_file():
        raise UsageError(_("There is no file {path}.").format(path=labels), where="--labels")
    review = Review(folder, progress, labels)
    decided = Store(labels).decisions
    mine = {name: made for name, made in decided.items() if made.drawn == review.digest}
    if not mine:
        raise UsageError(
            _("The file holds no labels of pairs that were drawn at random from this run."),
            where=str(labels),
            hint=_("Draw pairs with crmq review {run} --sample 300, and measure before the run is made again.").format(
                run=folder
            ),
        )
    strata, listed = strata_of(review.evidence)
    counts = measure.tally(review.evidence, listed, mine.values())
    entities = {
        entity: measure.measured([s for s in strata if s.entity == entity], counts)
        for entity in sorted({s.entity for s in strata}, reverse=True)
    }
    right = sum(s.expected * s.population for s in strata)
    beyond = max(review.evidence.expected_right() - right, 0.0)
    return Measurement(measure.measured(strata, counts), entities, len(decided) - len(mine), beyond)


def expectation(folder: Path) -> dict[str, Any]:
    """Return per kind of party what the model of a run expects of itself: precision and recall at both levels.

    Raises:
        SourceError: The folder is no run folder, or holds no pairs.
    """
    import json

    from crmq import run
    from crmq.errors import SourceError

    manifest = run.open_manifest(folder)
    if "match" not in manifest.stages:
        raise SourceError(_("The run folder holds no pairs."), where=str(folder))
    diagnostics = json.loads((folder / "model.json").read_text(encoding="utf-8"))["diagnostics"]
    return {entity: facts["expected"] for entity, facts in diagnostics.items() if facts.get("expected")}
