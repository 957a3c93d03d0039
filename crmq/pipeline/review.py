"""Clerical review of a run folder: its questions, and the file its decisions stand in."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from crmq import run
from crmq.errors import UsageError
from crmq.locales import _
from crmq.pipeline.request import Request
from crmq.pipeline.stages import DECISIONS_FILE, Pipeline

if TYPE_CHECKING:
    import polars as pl

    from crmq.matching.clerical.evidence import Evidence
    from crmq.matching.clerical.questions import Question
    from crmq.matching.clerical.store import Store
    from crmq.progress import Progress


class Review:
    """A run folder under review.

    Args:
        folder: The run folder.
        progress: Is told about long work.
        decisions: File for the decisions; default: the one the run was made with, else one in the run folder.

    Raises:
        SourceError: The folder is no run folder.
        UsageError: It holds no pairs, or its inputs are not what they were.
    """

    def __init__(self, folder: Path, progress: Progress, decisions: Path | None = None) -> None:
        self.folder = folder
        stages = run.open_manifest(folder).stages
        if "match" not in stages:
            raise UsageError(
                _("The run folder holds no pairs."), where=str(folder), hint=_("Run crmq dedupe on it first.")
            )
        self.line = Pipeline(Request((str(folder),)), progress)
        if stages["standardise"].key != self.line.tables_key:
            raise UsageError(
                _("The inputs of the run have changed, or another version of crmq wrote it."),
                where=str(folder),
                hint=_("Run crmq dedupe on it again."),
            )
        self.digest = stages["match"].key[:16]
        """Digest of the matching that is reviewed: of its inputs, settings and decisions."""
        self.path = decisions or self.line.decisions_path or folder / DECISIONS_FILE

    @cached_property
    def evidence(self) -> Evidence:
        """The records and pairs of the run."""
        from crmq.matching.clerical.evidence import Evidence

        self.line.progress.step(_("Reading the run"))
        return Evidence(self.line.tables, self.line.published, self.line.match_settings)

    @cached_property
    def clusters(self) -> pl.DataFrame:
        """The clusters of the run."""
        return self.line.published.clusters

    @cached_property
    def store(self) -> Store:
        """The decisions so far."""
        from crmq.matching.clerical.store import Store

        return Store(self.path)

    def questions(self, limit: int | None) -> tuple[list[Question], int]:
        """Return the questions of the review list, those that teach most first, and how many there are in all."""
        from crmq.matching.clerical.questions import review_questions

        self.line.progress.step(_("Weighing what each pair teaches"))
        return review_questions(self.evidence, limit)

    def sample(self, size: int) -> list[Question]:
        """Return pairs drawn at random, to measure precision and recall."""
        from crmq.matching.clerical.sampling import sample_questions

        self.line.progress.step(_("Drawing pairs"))
        return sample_questions(self.evidence, size)
