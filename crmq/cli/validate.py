"""``crmq validate``: rule packs over exports; the gate for CI."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from crmq.cli import options
from crmq.cli.session import again, one_of, session
from crmq.errors import ExitCode, UsageError
from crmq.locales import _

if TYPE_CHECKING:
    from crmq.reports.validation.outcome import Outcome

HELP = _("Rule packs over exports; the gate for CI.")

ENGINES = ("crmq", "gx")
LEVELS = ("error", "warning", "info", "never")
FORMATS = ("terminal", "json", "junit", "sarif", "github", "markdown", "html", "xlsx")


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
    via: Annotated[
        str,
        typer.Option("--via", metavar="|".join(ENGINES), help=_("What evaluates the rules; gx: Great Expectations.")),
    ] = "crmq",
    gx_at: Annotated[
        str | None,
        typer.Option("--gx-at", metavar="URL", help=_("Database in which GX checks the tables (default: pandas).")),
    ] = None,
    waivers: Annotated[
        Path | None,
        typer.Option("--waivers", metavar="FILE", help=_("File with waivers (owner, reason, until) and overrides.")),
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option("--baseline", metavar="FILE", help=_("Only what is new or worse than this baseline fails.")),
    ] = None,
    write_baseline: Annotated[
        Path | None,
        typer.Option("--write-baseline", metavar="FILE", help=_("Write the findings as a baseline for later runs.")),
    ] = None,
    examples: Annotated[
        int | None,
        typer.Option("--examples", min=0, metavar="N", help=_("Failing rows shown per rule (default: by format).")),
    ] = None,
    format: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="|".join(FORMATS),
            help=_("Format of the report on stdout; with -o several, separated by commas, as files there."),
        ),
    ] = "terminal",
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
    kinds = _formats(format, into_folder=out is not None)
    one_of(tables, ("csv", "parquet"), "--tables")
    if one_of(via, ENGINES, "--via") != "gx" and gx_at is not None:
        raise UsageError(_("--gx-at is for --via gx."), where="--gx-at")
    level = cast("Any", one_of(fail_on, LEVELS, "--fail-on"))
    with session(lang=lang, threads=threads, quiet=quiet, show_pii=show_pii) as s:
        from crmq.pipeline import Pipeline, Request, gate
        from crmq.reports import json_validation
        from crmq.reports import validation as reports
        from crmq.reports.validation.outcome import Outcome

        request = Request(
            tuple(inputs), country=country, as_of=as_of, mapping=mapping, ids=tuple(id or ()),
            ignore=tuple(ignore or ()), source_column=source_column, include_deleted=include_deleted, reuse=out,
        )  # fmt: skip
        from crmq.pipeline import in_place

        stays = via == "gx" and gx_at is None and in_place.suits(inputs, packs or ())
        line = in_place.InPlace(request, s.progress) if stays else Pipeline(request, s.progress)
        through = None
        unread = [(failure.where, failure.error.what) for failure in line.read.failures]
        if via == "gx":
            from crmq.pipeline import through_gx

            agreed = {"waivers": waivers, "baseline": baseline}
            through = through_gx.validate(line, packs or (), at=gx_at, documents=out is not None, **agreed)
            validation = through.validation
        else:
            validation = line.validate(packs or (), waivers=waivers, baseline=baseline)
        answer = validation.gate(level, allow_not_evaluated=allow_not_evaluated)
        outcome = Outcome(
            validation, answer, level, line.as_of, line.mapping.tables, show_pii=show_pii, examples=examples,
            unread=unread,
        )  # fmt: skip
        written = None
        if out is not None:
            summary = json_validation.body(validation, answer, level, show_pii=True, examples=0)
            made = tuple(reports.FILES[kind].name for kind in kinds if kind in reports.FILES)

            def save(folder: Path) -> None:
                reports.save(kinds, outcome, folder)

            written = gate.save(
                line, validation, out, level=level, summary=summary, kind=tables, reports=made, save_reports=save
            )
            if through is not None:
                through_gx.save(through, out)
        if write_baseline is not None:
            gate.save_baseline(validation, write_baseline)
    shown = [kind for kind in kinds if kind in reports.ON_STDOUT or out is None] or ["terminal"]
    for kind in shown:
        _show(kind, outcome, written, out, inputs)
    for where, what in unread:
        print(_("{file} could not be read: {what}").format(file=where, what=what), file=sys.stderr)
    if unread:  # a file that nobody could look at is no pass, whatever the others say
        return int(ExitCode.SOURCE)
    return int(ExitCode.OK if answer.passed else ExitCode.FINDINGS)


def _formats(text: str, *, into_folder: bool) -> list[str]:
    """Return the formats asked for: one for stdout, several when there is a folder for the files."""
    kinds = [one_of(word.strip(), FORMATS, "--format") for word in text.split(",")]
    if len(kinds) > 1 and not into_folder:
        raise UsageError(
            _("Several formats need a folder."), where="--format", hint=_("Name it with -o, or ask for one format.")
        )
    if kinds == ["xlsx"] and not into_folder and sys.stdout.isatty():
        raise UsageError(
            _("A workbook cannot be shown in a terminal."), where="--format",
            hint=_("Write it with -o DIR, or send it to a file: > report.xlsx"),
        )  # fmt: skip
    return list(dict.fromkeys(kinds))


def _show(kind: str, outcome: Outcome, written: dict[str, int] | None, out: Path | None, inputs: list[str]) -> None:
    """Write one report to stdout."""
    from crmq.reports import validation as reports

    validation, answer, level = outcome.validation, outcome.gate, outcome.fail_on
    examples = outcome.examples
    if kind == "json":
        from crmq.reports import json, json_validation

        shown = json_validation.EXAMPLES if examples is None else max(examples, json_validation.EXAMPLES)
        body = json_validation.body(validation, answer, level, show_pii=outcome.show_pii, examples=shown)
        body["not_read"] = [{"file": where, "reason": what} for where, what in outcome.unread]
        json.emit("validation", 1, {**body, **({"written": written} if written is not None else {})})
    elif kind == "terminal":
        from crmq.reports.terminal import validate

        follow = "crmq dedupe" if answer.passed else "crmq validate -o DIR" if out is None else "crmq profile"
        validate.report(
            validation, answer, level, show_pii=outcome.show_pii, examples=5 if examples is None else examples,
            written=written, unread=outcome.unread, folder=str(out) if out else None,
            next_command=f"{follow} {again(inputs)}",
        )  # fmt: skip
    elif kind in reports.FILES and reports.FILES[kind].binary:
        reports.write(kind, outcome, sys.stdout.buffer)
    else:
        reports.write(kind, outcome, sys.stdout)
