"""``crmq rules``: the catalogue of rule packs and kinds of check, and the packs' own tests."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from crmq.cli import options
from crmq.cli.session import FORMATS, one_of, session
from crmq.errors import ExitCode
from crmq.locales import _, ngettext

HELP = _("Rule packs: list and show them, and run their own examples.")

app = typer.Typer(no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"]})


@app.command("list", help=_("List the packs, or the kinds of check."))
def list_(
    kinds: Annotated[bool, typer.Option("--kinds", help=_("List the kinds of check instead."))] = False,
    format: options.Format = "terminal",
    lang: options.Lang = None,
    debug: options.Debug = False,
) -> int:
    """List packs or kinds."""
    kind = one_of(format, FORMATS, "--format")
    with session(lang=lang, quiet=True):
        from crmq.rules import catalogue

        if kinds:
            what = catalogue.kinds()
            if kind == "json":
                from crmq.reports import json

                json.emit("kinds", 1, {"kinds": [{"name": n, "checks": text} for n, text in what.items()]})
            else:
                from crmq.reports.terminal import rules

                rules.kinds(what)
            return int(ExitCode.OK)
        found = catalogue.packs()
        if kind == "json":
            from crmq.reports import json

            json.emit("packs", 1, {"packs": [catalogue.plain(pack) for pack in found]})
        else:
            from crmq.reports.terminal import rules

            rules.packs(found)
    return int(ExitCode.OK)


@app.command("show", help=_("Show a pack, or everything about one rule."))
def show(
    name: Annotated[str, typer.Argument(metavar="PACK|RULE", help=_("Name or file of a pack, or id of a rule."))],
    format: options.Format = "terminal",
    lang: options.Lang = None,
    debug: options.Debug = False,
) -> int:
    """Show one pack or rule."""
    kind = one_of(format, FORMATS, "--format")
    with session(lang=lang, quiet=True):
        from crmq.rules import catalogue

        pack, rule = catalogue.find(name)
        if kind == "json":
            from crmq.reports import json

            json.emit("pack", 1, catalogue.plain(pack, rule))
        else:
            from crmq.reports.terminal import rules

            if rule is not None:
                rules.rule(rule)
            else:
                rules.pack(pack)
    return int(ExitCode.OK)


@app.command("test", help=_("Run the examples of packs: they are the tests of their rules."))
def test(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[PACK...]", help=_("Names or files; default: all that are shipped."))
    ] = None,
    as_of: options.AsOf = None,
    format: options.Format = "terminal",
    lang: options.Lang = None,
    debug: options.Debug = False,
) -> int:
    """Run examples."""
    kind = one_of(format, FORMATS, "--format")
    with session(lang=lang, quiet=True):
        from crmq.pipeline import pack_examples

        outcomes = pack_examples.run(tuple(names or ()), as_of)
        passed = all(outcome.as_promised for found in outcomes.values() for outcome in found)
        if kind == "json":
            from crmq.reports import json

            body = {
                "passed": passed,
                "examples": [
                    {"pack": pack, "rule": o.rule, "side": o.side, "number": o.number, "as_promised": o.as_promised}
                    for pack, found in outcomes.items()
                    for o in found
                ],
            }
            json.emit("rules-test", 1, body)
        else:
            from crmq.reports.terminal import rules

            rules.tested(outcomes, passed=passed)
    return int(ExitCode.OK if passed else ExitCode.FINDINGS)


NewFile = Annotated[
    Path | None, typer.Option("--out", "-o", metavar="FILE", help=_("File to write (default: standard output)."))
]


@app.command("export", help=_("Write a pack as a suite of Great Expectations."))
def export(
    name: Annotated[str, typer.Argument(metavar="PACK", help=_("Name or file of a pack."))],
    to: Annotated[str, typer.Option("--to", metavar="gx", help=_("What it is written as."))] = "gx",
    target: Annotated[
        str,
        typer.Option(
            "--for", metavar="any|pandas|sqlite|postgresql|mysql", help=_("Where the suite will run (default: any).")
        ),
    ] = "any",
    out: NewFile = None,
    lang: options.Lang = None,
    debug: options.Debug = False,
) -> int:
    """Export a pack."""
    one_of(to, ("gx",), "--to")
    with session(lang=lang, quiet=True):
        from crmq.pipeline import pack_exchange

        text = pack_exchange.suites_of(name, target)
        if out is not None:
            pack_exchange.save(text, out)
        else:
            sys.stdout.write(text)
    return int(ExitCode.OK)


@app.command("import", help=_("Read a suite of Great Expectations as a pack."))
def import_(
    path: Annotated[Path, typer.Argument(metavar="FILE", help=_("JSON of an ExpectationSuite of GX 1.x."))],
    out: NewFile = None,
    lang: options.Lang = None,
    debug: options.Debug = False,
) -> int:
    """Import a suite."""
    with session(lang=lang, quiet=True):
        from crmq.pipeline import pack_exchange

        text, rules, foreign = pack_exchange.pack_of(path)
        if out is not None:
            pack_exchange.save(text, out)
        else:
            sys.stdout.write(text)
        said = ngettext("{n} rule", "{n} rules", rules).format(n=rules)
        print(_("{rules}, {k} of them checked by GX itself (kind gx).").format(rules=said, k=foreign), file=sys.stderr)
    return int(ExitCode.OK)


@app.command("suggest", help=_("Draft a pack from what a delivery shows, with the reason of each rule."))
def suggest(
    inputs: options.Inputs,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help=_("New file to write to; default: stdout."))
    ] = None,
    country: options.Country = None,
    lang: options.Lang = None,
    threads: options.Threads = None,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> int:
    """Draft a pack."""
    with session(lang=lang, threads=threads, quiet=quiet) as s:
        from crmq.pipeline import Pipeline, Request
        from crmq.pipeline import suggest as drafts

        line = Pipeline(Request(tuple(inputs), country=country), s.progress)
        text = drafts.draft(line.profile(), line.read.tables)
        if out is not None:
            drafts.save(text, out)
            s.note(_("Written. Edit it, then run it with crmq validate --pack {file}.").format(file=out))
    if out is None:
        sys.stdout.write(text)
    return int(ExitCode.OK)
