"""``crmq consolidate``: golden records, crosswalk, lineage, conflicts, consent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from crmq.cli import options
from crmq.cli.session import FORMATS, one_of, session
from crmq.errors import ExitCode, UsageError
from crmq.locales import _

HELP = _("Golden records, crosswalk, lineage, contradictions, and who may be contacted.")

TABLES = ("csv", "parquet")


def command(
    inputs: options.Inputs,
    out: options.Out = None,
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="URL", help=_("Also load the golden tables into duckdb:///FILE.")),
    ] = None,
    trust: Annotated[
        list[str] | None,
        typer.Option("--trust", metavar="SOURCE=NN", help=_("How far a source is trusted, 0 to 100 (default: 50).")),
    ] = None,
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
    country: options.Country = None,
    as_of: options.AsOf = None,
    lang: options.Lang = None,
    show_pii: options.ShowPii = False,
    threads: options.Threads = None,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> int:
    """Make golden records and write them to a run folder."""
    kind = one_of(format, FORMATS, "--format")
    one_of(tables, TABLES, "--tables")
    rated = dict(_rating(text) for text in trust or ())
    with session(lang=lang, threads=threads, quiet=quiet, show_pii=show_pii) as s:
        from crmq.consolidate import stores
        from crmq.pipeline import Pipeline, Request
        from crmq.reports import golden as report

        file = stores.database_file(to) if to else None
        if file:
            stores.check_target(file)
        request = Request(
            tuple(inputs), country=country, as_of=as_of, mapping=mapping, ids=tuple(id or ()),
            ignore=tuple(ignore or ()), source_column=source_column, include_deleted=include_deleted,
            decisions=decisions, trust=rated, reuse=out,
        )  # fmt: skip
        line = Pipeline(request, s.progress)
        if line.run_folder and rated:  # a run folder brings the settings it was made with
            line.request = replace(line.request, trust={**line.request.trust, **rated})
        folder = out or line.run_folder or Path("crmq-out")
        line.save(folder, command="consolidate", upto="consolidate", kind=tables)
        golden = line.golden
        if file:
            s.progress.step(_("Loading the database"))
            stores.load_duckdb(golden, file)
        body = report.body(golden, show_pii=show_pii)
        equations = line.balance_equations()
    if kind == "json":
        from crmq.reports import json

        json.emit("consolidate", 1, body)
    else:
        from crmq.reports.terminal.golden import consolidated

        consolidated(golden, body, equations, folder=str(folder), store=to)
    return int(ExitCode.OK)


def _rating(text: str) -> tuple[str, int]:
    """Return source and trust of ``SOURCE=NN``."""
    source, mark, figure = text.rpartition("=")
    if not mark or not source or not figure.isdecimal() or int(figure) > 100:
        raise UsageError(
            _("{text} is no trust.").format(text=text), where="--trust", hint=_("Write it as SOURCE=NN, 0 to 100.")
        )
    return source, int(figure)
