"""``crmq validate``: rule packs over exports; the gate for CI."""

from __future__ import annotations

import shlex
import sys
from typing import Annotated, Any, cast

import typer

from crmq.cli import options
from crmq.cli.session import FORMATS, one_of, session
from crmq.errors import ExitCode
from crmq.locales import _

HELP = _("Rule packs over exports; the gate for CI.")

LEVELS = ("error", "warning", "info", "never")


def command(
    inputs: options.Inputs,
    packs: Annotated[
        list[str] | None,
        typer.Option(
            "--pack", "-p", metavar="NAME|FILE", help=_("Rule pack to run instead of the default ones; see crmq rules.")
        ),
    ] = None,
    fail_on: Annotated[
        str,
        typer.Option("--fail-on", metavar="|".join(LEVELS), help=_("Exit with 1 when rules of this severity fail.")),
    ] = "error",
    allow_not_evaluated: Annotated[
        bool,
        typer.Option("--allow-not-evaluated", help=_("Rules asked for that find nothing to check do not fail.")),
    ] = False,
    out: options.Out = None,
    examples: Annotated[
        int, typer.Option("--examples", min=0, metavar="N", help=_("Failing rows shown per rule."))
    ] = 5,
    format: options.Format = "terminal",
    tables: options.TableFormat = "csv",
    id: options.Ids = None,
    ignore: options.Ignore = None,
    source_column: options.SourceColumn = None,
    mapping: options.Mapping = None,
    include_deleted: options.IncludeDeleted = False,
    country: options.Country = None,
    as_of: options.AsOf = None,
    lang: options.Lang = None,
    show_pii: options.ShowPii = False,
    threads: options.Threads = None,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> int:
    """Check the inputs against rule packs."""
    kind = one_of(format, FORMATS, "--format")
    one_of(tables, ("csv", "parquet"), "--tables")
    level = cast("Any", one_of(fail_on, LEVELS, "--fail-on"))
    with session(lang=lang, threads=threads, quiet=quiet, show_pii=show_pii) as s:
        from crmq.pipeline import Pipeline, Request, gate
        from crmq.reports import json_validation

        request = Request(
            tuple(inputs), country=country, as_of=as_of, mapping=mapping, ids=tuple(id or ()),
            ignore=tuple(ignore or ()), source_column=source_column, include_deleted=include_deleted, reuse=out,
        )  # fmt: skip
        line = Pipeline(request, s.progress)
        unread = [(failure.where, failure.error.what) for failure in line.read.failures]
        validation = line.validate(packs or ())
        answer = validation.gate(level, allow_not_evaluated=allow_not_evaluated)
        written = None
        if out is not None:
            summary = json_validation.body(validation, answer, level, show_pii=True, examples=0)
            written = gate.save(line, validation, out, level=level, summary=summary, kind=tables)
    if kind == "json":
        from crmq.reports import json

        shown = max(examples, json_validation.EXAMPLES)
        body = json_validation.body(validation, answer, level, show_pii=show_pii, examples=shown)
        body["not_read"] = [{"file": where, "reason": what} for where, what in unread]
        json.emit("validation", 1, {**body, **({"written": written} if written is not None else {})})
    else:
        from crmq.reports.terminal import validate

        follow = "crmq dedupe" if answer.passed else "crmq validate -o DIR" if out is None else "crmq profile"
        validate.report(
            validation, answer, level, show_pii=show_pii, examples=examples, written=written, unread=unread,
            folder=str(out) if out else None, next_command=f"{follow} {shlex.join(inputs)}",
        )  # fmt: skip
    for where, what in unread:
        print(_("{file} could not be read: {what}").format(file=where, what=what), file=sys.stderr)
    if unread:  # a file that nobody could look at is no pass, whatever the others say
        return int(ExitCode.SOURCE)
    return int(ExitCode.OK if answer.passed else ExitCode.FINDINGS)
