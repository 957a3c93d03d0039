"""``crmq evaluate``: precision, recall and F1 of a run against a truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crmq.cli import options
from crmq.cli.session import FORMATS, one_of, session
from crmq.errors import ExitCode
from crmq.locales import _

HELP = _("Precision, recall and F1 of a run against labels or a truth.")


def command(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help=_("Run folder that crmq dedupe wrote."))],
    truth: Annotated[
        Path,
        typer.Option("--truth", metavar="FILE", help=_("CSV with record_id and entity_id, or with labelled pairs.")),
    ],
    format: options.Format = "terminal",
    lang: options.Lang = None,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> int:
    """Score the clusters of a run folder."""
    kind = one_of(format, FORMATS, "--format")
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
