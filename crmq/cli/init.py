"""``crmq init``: looks at a folder of exports and writes crmq.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crmq.cli import options
from crmq.cli.session import FORMATS, one_of, session
from crmq.errors import ExitCode
from crmq.locales import _

HELP = _("Looks at a folder of exports and writes crmq.yaml and mapping.yaml, commented.")


def command(
    inputs: options.Inputs,
    to: Annotated[
        Path,
        typer.Option("--to", metavar="FILE", help=_("Where to write the project file; the mapping stands beside.")),
    ] = Path("crmq.yaml"),
    force: Annotated[bool, typer.Option("--force", help=_("Replace files that are there."))] = False,
    format: options.Format = "terminal",
    country: options.Country = None,
    lang: options.Lang = None,
    threads: options.Threads = None,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> int:
    """Write a project file for the inputs."""
    kind = one_of(format, FORMATS, "--format")
    with session(lang=lang, threads=threads, quiet=quiet) as s:
        from crmq import mapping
        from crmq.mapping import project
        from crmq.pipeline import Pipeline, Request

        beside = to.with_name("mapping.yaml")
        project.refuse_existing([to, beside], force=force)
        result = Pipeline(Request(tuple(inputs), country=country), s.progress).mapping
        draft = project.draft(result, to, beside.name, country, inputs)
        mapping.write_saved(beside, result)
        project.write(to, draft)
    if kind == "json":
        from crmq.reports import json

        json.emit("init", 1, {"project": str(to), "mapping": str(beside), **draft.plain()})
    else:
        from crmq.reports.terminal import mapping as report

        report.project(draft, str(to), str(beside))
    return int(ExitCode.OK)
