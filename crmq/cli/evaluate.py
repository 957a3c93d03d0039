"""``crmq evaluate``: precision, recall and F1 of a run against a truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crmq.cli import options
from crmq.cli.session import FORMATS, one_of, session
from crmq.errors import ExitCode, UsageError
from crmq.locales import _

HELP = _("Precision and recall of a run: against a truth, by labels of a random sample, or as the model expects.")


def command(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help=_("Run folder that crmq dedupe wrote."))],
    truth: Annotated[
        Path | None,
        typer.Option("--truth", metavar="FILE", help=_("CSV with record_id and entity_id, or with labelled pairs.")),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option("--labels", metavar="FILE", help=_("Decisions about pairs that crmq review --sample drew.")),
    ] = None,
    format: options.Format = "terminal",
    lang: options.Lang = None,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> int:
    """Score the clusters of a run folder."""
    kind = one_of(format, FORMATS, "--format")
    if truth is not None and labels is not None:
        raise UsageError(_("Only one of --truth and --labels can be given."))
    if truth is None:
        return _without_truth(folder, labels, kind, lang, quiet)
    with session(lang=lang, quiet=quiet):
        from crmq.pipeline import evaluate_run

        result = evaluate_run(folder, truth)
        if kind == "json":
            from crmq.reports import json

            json.emit("evaluation", 1, result.as_dict())
        else:
            from crmq.reports.terminal import matching

            matching.evaluation(result, str(folder))
    return int(ExitCode.OK)


def _without_truth(folder: Path, labels: Path | None, kind: str, lang: str | None, quiet: bool) -> int:
    """Measure by the labels of a random sample, or tell what the model expects of itself."""
    with session(lang=lang, quiet=quiet) as s:
        from crmq.pipeline import measuring

        found = measuring.measure_run(folder, labels, s.progress) if labels is not None else None
        expected = measuring.expectation(folder)
    if kind == "json":
        from crmq.reports import json

        measured = found.as_dict() if found else {"measured": None}
        json.emit("evaluation_by_sample", 1, {**measured, "expected_by_the_model": expected})
    else:
        from crmq.reports.terminal import review

        if found:
            review.measurement(found, str(folder))
        else:
            review.expectation(expected, str(folder))
    return int(ExitCode.OK)
