"""``crmq run``: all stages of a project, from raw exports to golden records."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from crmq.cli import options
from crmq.cli.session import FORMATS, one_of, session
from crmq.errors import ExitCode
from crmq.locales import _

if TYPE_CHECKING:
    from crmq.rules.result import FailOn

HELP = _("All stages of a project: read, map, validate, dedupe, consolidate.")

LEVELS = ("error", "warning", "info", "never")


def command(
    inputs: options.Inputs,
    out: options.Out = None,
    format: options.Format = "terminal",
    tables: options.TableFormat = "csv",
    fail_on: Annotated[
        str,
        typer.Option("--fail-on", metavar="|".join(LEVELS), help=_("Exit with 1 when rules of this severity fail.")),
    ] = "never",
    mapping: options.Mapping = None,
    country: options.Country = None,
    as_of: options.AsOf = None,
    lang: options.Lang = None,
    show_pii: options.ShowPii = False,
    threads: options.Threads = None,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> int:
    """Run all stages and write the run folder."""
    kind = one_of(format, FORMATS, "--format")
    one_of(tables, ("csv", "parquet"), "--tables")
    level = cast("FailOn", one_of(fail_on, LEVELS, "--fail-on"))
    with session(lang=lang, threads=threads, quiet=quiet, show_pii=show_pii) as s:
        from crmq.pipeline import Pipeline, Request

        request = Request(tuple(inputs), country=country, timezone=None, as_of=as_of, mapping=mapping, reuse=out)
        line = Pipeline(request, s.progress)
        folder = out or line.run_folder or Path("crmq-out")
        passed = line.validation.gate(level).passed
        line.save(folder, command="run", upto="consolidate", kind=tables)
    code = ExitCode.OK if passed else ExitCode.FINDINGS
    if kind == "json":
        from crmq.reports import json

        json.emit("run", 1, line.overview())
    else:
        from crmq.reports.terminal import overview

        overview.whole(line, folder=str(folder), show_pii=show_pii, code=code)
    return int(code)
