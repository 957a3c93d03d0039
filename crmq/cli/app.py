"""Registers the commands in stage order, and turns errors into messages and exit codes."""

from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING

import typer

from crmq import locales
from crmq.cli import typer_texts
from crmq.errors import CrmqError, ExitCode, UsageError
from crmq.locales import _

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

COMMANDS = (
    "demo", "init", "inspect", "map", "profile", "validate", "dedupe", "explain", "review", "evaluate", "consolidate",
    "run", "rules", "systems", "model",
)  # fmt: skip
"""One module of this package each, in the order of ``--help``: ``command`` (a function) or ``app`` (a group)."""


def build() -> typer.Typer:
    """Return the application with all commands."""
    app = typer.Typer(
        name="crmq",
        help=_(
            "Who is the customer, how clean is the data, what overlaps, and how to move it without losing anything."
        ),
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,  # the Rich help costs 150 ms of imports
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root())
    for name in COMMANDS:
        module = importlib.import_module(f"crmq.cli.{name}")
        if hasattr(module, "app"):
            app.add_typer(module.app, name=name, help=_help(module), short_help=_help(module))
        else:
            app.command(name, help=_help(module), short_help=_help(module))(module.command)
    return app


def _help(module: ModuleType) -> str:
    """Return the help text: every command module has one as ``HELP``, already in the user's language."""
    return str(module.HELP)


def _show_version(wanted: bool) -> None:
    if wanted:
        from crmq import __version__

        typer.echo(f"crmq {__version__}")
        raise typer.Exit(0)


def _root() -> Callable[[bool], None]:
    """Return what takes the options before the command; made late, when the language of its help is known."""
    option = typer.Option(
        False, "--version", callback=_show_version, is_eager=True, help=_("Show the version and exit.")
    )

    def root(version: bool = option) -> None:
        """Take the options that stand before the command."""

    return root


def main() -> None:
    """Run the command line; this is the entry point ``crmq``."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:  # a Windows console or pipe may not be UTF-8
            reconfigure(encoding="utf-8", errors="replace")
    locales.use(_language(sys.argv[1:]))
    typer_texts.speak(locales.language())
    sys.exit(run(sys.argv[1:]))


def _language(arguments: list[str]) -> str:
    """Return the language that ``--lang`` asks for: it must be known before the help texts are built."""
    for i, word in enumerate(arguments):
        if word == "--lang" and i + 1 < len(arguments):
            return arguments[i + 1]
        if word.startswith("--lang="):
            return word.split("=", 1)[1]
    return locales.from_environment()


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code; every error becomes one clear message on stderr."""
    try:
        result = build()(arguments, standalone_mode=False)
    except CrmqError as error:
        _say(error)
        _traceback(arguments)
        return int(error.exit_code)
    except typer.TyperException as error:
        _say(_usage(error, arguments))
        return int(ExitCode.USAGE)
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(ExitCode.OK)
    except Exception as error:
        # The text of a foreign exception may hold personal data: only its kind is shown.
        kind = type(error).__name__
        print(_("Internal error ({kind}): this is a defect of crmq.").format(kind=kind), file=sys.stderr)
        print(_("Run the same command with --debug and report what it prints."), file=sys.stderr)
        _traceback(arguments)
        return int(ExitCode.INTERNAL)
    if result == ExitCode.INTERRUPTED:  # Typer turns Ctrl-C into this result
        return _interrupted()
    return int(result) if isinstance(result, int) else int(ExitCode.OK)


def _interrupted() -> int:
    print(_("Stopped. Nothing was changed."), file=sys.stderr)
    return int(ExitCode.INTERRUPTED)


def _usage(error: typer.TyperException, arguments: list[str]) -> UsageError:
    """Return what Typer found wrong with the command line as an error of ours."""
    text = getattr(error, "format_message", error.__str__)()
    command = next((word for word in arguments if word in COMMANDS), "")
    return UsageError(text, hint=_("See {command}.").format(command=f"crmq {command} --help".replace("  ", " ")))


def _say(error: CrmqError) -> None:
    print(f"crmq: {error.what}", file=sys.stderr)
    if error.where:
        print(_("  where: {where}").format(where=error.where), file=sys.stderr)
    if error.hint:
        print(_("  what to do: {hint}").format(hint=error.hint), file=sys.stderr)


def _traceback(arguments: list[str]) -> None:
    if "--debug" in arguments:
        import traceback

        traceback.print_exc()
