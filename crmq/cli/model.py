"""``crmq model``: the canonical fields and objects."""

from __future__ import annotations

from typing import Annotated

import typer

from crmq.cli import options
from crmq.cli.session import FORMATS, one_of, session
from crmq.errors import ExitCode
from crmq.locales import _

HELP = _("The canonical customer model: its fields, their labels, and what they correspond to elsewhere.")

app = typer.Typer(invoke_without_command=True, no_args_is_help=False)


@app.callback()
def overview(
    context: typer.Context, format: options.Format = "terminal", lang: options.Lang = None, debug: options.Debug = False
) -> int:
    """List the fields and objects."""
    if context.invoked_subcommand is not None:
        return int(ExitCode.OK)
    kind = one_of(format, FORMATS, "--format")
    with session(lang=lang):
        if kind == "json":
            from crmq.reports import json, json_catalogue

            json.emit("model", 1, json_catalogue.model())
        else:
            from crmq.reports.terminal import catalogue as report

            report.model()
    return int(ExitCode.OK)


@app.command()
def show(
    field: Annotated[str, typer.Argument(metavar="FIELD", help=_("Name of the field, as crmq model lists it."))],
    format: options.Format = "terminal",
    lang: options.Lang = None,
    debug: options.Debug = False,
) -> int:
    """Show one field and what feeds it."""
    kind = one_of(format, FORMATS, "--format")
    with session(lang=lang):
        from crmq.connectors import catalogue
        from crmq.model import fields

        entry = fields.field(field)
        fed_by = catalogue.feeding(entry.name)
        if kind == "json":
            from crmq.reports import json, json_catalogue

            json.emit("field", 1, json_catalogue.one_field(entry, fed_by))
        else:
            from crmq.reports.terminal import catalogue as report

            report.one_field(entry, fed_by)
    return int(ExitCode.OK)
