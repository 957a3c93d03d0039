"""``crmq systems``: what crmq knows of each vendor's system, and how sure it is."""

from __future__ import annotations

from typing import Annotated

import typer

from crmq.cli import options
from crmq.cli.session import FORMATS, one_of, session
from crmq.errors import ExitCode
from crmq.locales import _

HELP = _("The systems that crmq knows: objects, columns, consent, load rules, and how sure each fact is.")

app = typer.Typer(invoke_without_command=True, no_args_is_help=False)


@app.callback()
def overview(
    context: typer.Context, format: options.Format = "terminal", lang: options.Lang = None, debug: options.Debug = False
) -> int:
    """List the systems."""
    if context.invoked_subcommand is not None:
        return int(ExitCode.OK)
    kind = one_of(format, FORMATS, "--format")
    with session(lang=lang):
        from crmq.connectors import catalogue, generic

        known = list(catalogue.systems().values())
        if kind == "json":
            from crmq.reports import json, json_catalogue

            json.emit("systems", 1, json_catalogue.systems(known))
        else:
            from crmq.reports.terminal import catalogue as report

            report.systems(known, len(generic.rules().labels) + len(generic.rules().ambiguous))
    return int(ExitCode.OK)


@app.command()
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help=_("Name of the system, as crmq systems lists it."))],
    format: options.Format = "terminal",
    lang: options.Lang = None,
    debug: options.Debug = False,
) -> int:
    """Show all that crmq knows of one system."""
    kind = one_of(format, FORMATS, "--format")
    with session(lang=lang):
        from crmq.connectors import catalogue

        system = catalogue.system(name)
        if kind == "json":
            from crmq.reports import json, json_catalogue

            json.emit("system", 2, json_catalogue.one_system(system))
        else:
            from crmq.reports.terminal import catalogue as report

            report.one_system(system)
    return int(ExitCode.OK)
