"""``crmq inspect``: what each file is and how it was read."""

from __future__ import annotations

from crmq.cli import options
from crmq.cli.session import FORMATS, again, one_of, session
from crmq.errors import ExitCode
from crmq.locales import _

HELP = _("What each file is: encoding, dialect, header, system, object, rows, problems, and why.")


def command(
    inputs: options.Inputs,
    format: options.Format = "terminal",
    lang: options.Lang = None,
    show_pii: options.ShowPii = False,
    threads: options.Threads = None,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> int:
    """Read the inputs and tell what they are."""
    kind = one_of(format, FORMATS, "--format")
    with session(lang=lang, threads=threads, quiet=quiet, show_pii=show_pii) as s:
        from crmq.pipeline import Pipeline, Request
        from crmq.reports import inspection

        line = Pipeline(Request(tuple(inputs)), s.progress)
        found = inspection.body(line.read, line.mapping, show_pii=show_pii)
    if kind == "json":
        from crmq.reports import json

        json.emit("inspect", 1, found)
    else:
        from crmq.reports.terminal import inspect as report

        report.report(found, next_command=f"crmq map {again(inputs)}")
    return int(ExitCode.OK)
