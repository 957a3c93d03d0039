"""``crmq demo``: writes the bundled example, runs the whole way on it, and scores the result against the truth."""

from __future__ import annotations

from pathlib import Path

from crmq.cli import options
from crmq.cli.session import FORMATS, one_of, session
from crmq.errors import ExitCode
from crmq.locales import _

HELP = _("Write the bundled example and run the whole way on it.")


def command(
    out: options.Out = None,
    format: options.Format = "terminal",
    lang: options.Lang = None,
    show_pii: options.ShowPii = False,
    threads: options.Threads = None,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> int:
    """Write the example to a folder and run all stages on it."""
    kind = one_of(format, FORMATS, "--format")
    folder = out or Path("crmq-demo")
    with session(lang=lang, threads=threads, quiet=quiet, show_pii=show_pii) as s:
        from crmq.pipeline import run_demo

        result = run_demo(folder, s.progress)
    if kind == "json":
        from crmq.reports import json

        json.emit("demo", 1, result.as_dict())
    else:
        from crmq.reports.terminal import overview

        overview.demo(result, show_pii=show_pii)
    return int(ExitCode.OK)
