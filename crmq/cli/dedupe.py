"""``crmq dedupe``: pairs, clusters and the review list of one source or many."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from crmq.cli import options
from crmq.cli.session import FORMATS, one_of, session
from crmq.errors import ExitCode
from crmq.locales import _

HELP = _("Pairs, clusters and the review list; one source or many, without configuration.")

TABLES = ("csv", "parquet")


def command(
    inputs: options.Inputs,
    out: options.Out = None,
    format: options.Format = "terminal",
    tables: options.TableFormat = "csv",
    id: options.Ids = None,
    ignore: options.Ignore = None,
    source_column: options.SourceColumn = None,
    mapping: options.Mapping = None,
    include_deleted: options.IncludeDeleted = False,
    decisions: Annotated[
        Path | None,
        typer.Option("--decisions", metavar="FILE", help=_("Decisions of a steward, or a filled review list.")),
    ] = None,
    target_precision: Annotated[
        float | None,
        typer.Option(
            "--target-precision", min=0.5, max=0.9999, metavar="P", help=_("Expected precision of automatic merges.")
        ),
    ] = None,
    country: options.Country = None,
    as_of: options.AsOf = None,
    lang: options.Lang = None,
    show_pii: options.ShowPii = False,
    threads: options.Threads = None,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> int:
    """Find duplicates and write them to a run folder."""
    kind = one_of(format, FORMATS, "--format")
    one_of(tables, TABLES, "--tables")
    with session(lang=lang, threads=threads, quiet=quiet, show_pii=show_pii) as s:
        from crmq.pipeline import Pipeline, Request

        match = {"target_precision": target_precision} if target_precision else {}
        request = Request(
            tuple(inputs), country=country, as_of=as_of, mapping=mapping, ids=tuple(id or ()),
            ignore=tuple(ignore or ()), source_column=source_column, include_deleted=include_deleted,
            decisions=decisions, match=match, reuse=out,
        )  # fmt: skip
        line = Pipeline(request, s.progress)
        line.lean = True
        folder = out or line.run_folder or Path("crmq-out")
        line.save(folder, command="dedupe", upto="match", kind=tables)
        summary = line.summary
        review = line.review
    if kind == "json":
        from crmq.reports import json

        json.emit("dedupe", 1, {k: v for k, v in summary.items() if k != "schema"})
    else:
        from crmq.reports.terminal import matching

        matching.dedupe(summary, line.matches, review, folder=str(folder), show_pii=show_pii)
    return int(ExitCode.OK)
