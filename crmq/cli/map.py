"""``crmq map``: which field of the canonical model each column feeds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crmq.cli import options
from crmq.cli.session import FORMATS, again, one_of, session
from crmq.errors import ExitCode
from crmq.locales import _

HELP = _("Header by header: the field it feeds, how sure that is and why; what stays without a place.")


def command(
    inputs: options.Inputs,
    write: Annotated[
        Path | None,
        typer.Option("--write", metavar="FILE", help=_("Save the accepted mapping (mapping.yaml) to edit and reuse.")),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help=_("List also the columns that crmq knows of a system by default."))
    ] = False,
    mapping: options.Mapping = None,
    format: options.Format = "terminal",
    id: options.Ids = None,
    ignore: options.Ignore = None,
    source_column: options.SourceColumn = None,
    country: options.Country = None,
    lang: options.Lang = None,
    show_pii: options.ShowPii = False,
    threads: options.Threads = None,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> int:
    """Propose a mapping for the inputs."""
    kind = one_of(format, FORMATS, "--format")
    with session(lang=lang, threads=threads, quiet=quiet, show_pii=show_pii) as s:
        from crmq.pipeline import Pipeline, Request

        request = Request(
            tuple(inputs), country=country, mapping=mapping, ids=tuple(id or ()), ignore=tuple(ignore or ()),
            source_column=source_column,
        )  # fmt: skip
        result = Pipeline(request, s.progress).mapping
        if write is not None:
            from crmq.mapping import write_saved

            write_saved(write, result)
            s.note(_("The accepted mapping stands in {path}.").format(path=write))
    if kind == "json":
        from crmq.reports import json, json_mapping

        json.emit("map", 1, json_mapping.body(result, show_pii=show_pii))
    else:
        from crmq.reports.terminal import mapping as report

        given = again(inputs)
        after = f"crmq profile {given}" if write or mapping else f"crmq map {given} --write mapping.yaml"
        report.report(result, show_pii=show_pii, every_column=every, next_command=after)
    return int(ExitCode.OK)
