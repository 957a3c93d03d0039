"""``crmq profile``: facts per column and across sources."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Annotated

import typer

from crmq.cli import options
from crmq.cli.session import again, one_of, session
from crmq.errors import ExitCode, UsageError
from crmq.locales import _

HELP = _("Facts about every column, and about what the sources have in common.")

FORMATS = ("terminal", "json", "html", "xlsx", "markdown")


def command(
    inputs: options.Inputs,
    deep: Annotated[
        bool, typer.Option("--deep", help=_("Standardise every row first: verdicts from all rows, not from a sample."))
    ] = False,
    sample: Annotated[
        int | None,
        typer.Option("--sample", min=1000, metavar="N", help=_("Distinct values to look at per column.")),
    ] = None,
    format: Annotated[
        str, typer.Option("--format", metavar="|".join(FORMATS), help=_("How the report is written to stdout."))
    ] = "terminal",
    compare: Annotated[
        bool, typer.Option("--compare", help=_("Compare two deliveries: the first input with the second."))
    ] = False,
    id: options.Ids = None,
    ignore: options.Ignore = None,
    source_column: options.SourceColumn = None,
    mapping: options.Mapping = None,
    country: options.Country = None,
    as_of: options.AsOf = None,
    lang: options.Lang = None,
    show_pii: options.ShowPii = False,
    threads: options.Threads = None,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> int:
    """Profile the inputs."""
    kind = one_of(format, FORMATS, "--format")
    if kind == "xlsx" and sys.stdout.isatty():
        raise UsageError(
            _("A workbook cannot be shown in a terminal."), where="--format",
            hint=_("Send it to a file: > profile.xlsx"),
        )  # fmt: skip
    if compare and (len(inputs) != 2 or deep):
        raise UsageError(
            _("--compare takes two inputs, the earlier delivery first, and looks at them as they are."),
            where="--compare",
        )
    with session(lang=lang, threads=threads, quiet=quiet, show_pii=show_pii) as s:
        from crmq.pipeline import Pipeline, Request

        request = Request(
            tuple(inputs), country=country, as_of=as_of, mapping=mapping, ids=tuple(id or ()),
            ignore=tuple(ignore or ()), source_column=source_column,
        )  # fmt: skip
        given = {"sample": sample} if sample else {}
        if compare:
            from crmq.reports import profiling

            before, after = (Pipeline(replace(request, inputs=(one,)), s.progress) for one in inputs)
            changed = before.compare(after, **given)
            for failure in (*before.read.failures, *after.read.failures):
                s.note(_("{file} could not be read: {what}").format(file=failure.where, what=failure.error.what))
            profiling.write_comparison(kind, changed, inputs, show_pii=show_pii)
            return int(ExitCode.OK)
        line = Pipeline(request, s.progress)
        result = line.profile(deep=deep, **given)
        for failure in line.read.failures:
            s.note(_("{file} could not be read: {what}").format(file=failure.where, what=failure.error.what))
    if kind == "json":
        from crmq.reports import json, json_profile

        json.emit("profile", 1, json_profile.body(result, show_pii=show_pii))
    elif kind != "terminal":
        from crmq.reports import profiling
        from crmq.reports.profiling import sections

        profiling.write(kind, sections.document(result, show_pii=show_pii), sys.stdout, sys.stdout.buffer)
    else:
        from crmq.reports.terminal import profile

        profile.report(result, show_pii=show_pii, next_command=f"crmq validate {again(inputs)}")
    return int(ExitCode.OK)
