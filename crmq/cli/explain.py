"""``crmq explain``: why two records matched or did not, or what holds a cluster together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crmq.cli import options
from crmq.cli.session import FORMATS, one_of, session
from crmq.errors import ExitCode
from crmq.locales import _

HELP = _("Why two records matched or did not, in words and weights.")


def command(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help=_("Run folder that crmq dedupe wrote."))],
    first: Annotated[
        str, typer.Argument(metavar="A", help=_("Record: its id, source/id or source/object/id; or a cluster id."))
    ],
    second: Annotated[
        str | None, typer.Argument(metavar="[B]", help=_("The other record; without it, the cluster of A."))
    ] = None,
    format: options.Format = "terminal",
    lang: options.Lang = None,
    show_pii: options.ShowPii = False,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> int:
    """Explain a pair of records, or a cluster."""
    kind = one_of(format, FORMATS, "--format")
    with session(lang=lang, quiet=quiet, show_pii=show_pii) as s:
        from crmq.pipeline import Pipeline, Request
        from crmq.reports import json

        line = Pipeline(Request((str(folder),)), s.progress)
        if second is not None:
            found = line.explain(first, second)
        else:
            members, pairs = line.cluster_of(first)
    if second is not None:
        if kind == "json":
            json.emit("explanation", 1, json.masked_explanation(found.as_dict(), show_pii=show_pii))
        else:
            from crmq.reports.terminal import explanation

            explanation.pair(found, folder=str(folder), show_pii=show_pii)
    elif kind == "json":
        body = {"members": members.drop("name").to_dicts(), "pairs": pairs.to_dicts()}
        json.emit("cluster", 1, body)
    else:
        from crmq.reports.terminal import explanation

        name = str(members["cluster_id"][0])
        explanation.cluster(members, pairs, name=name, folder=str(folder), show_pii=show_pii)
    return int(ExitCode.OK)
