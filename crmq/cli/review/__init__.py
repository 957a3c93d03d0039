"""``crmq review``: clerical review in the terminal, or by a page or a workbook there and back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crmq.cli import options
from crmq.cli.session import FORMATS, Session, one_of, session
from crmq.errors import ExitCode, OutputError, UsageError
from crmq.locales import _

if TYPE_CHECKING:
    from crmq.matching.clerical.answers import Taken
    from crmq.pipeline.review import Review
    from crmq.reports.review import Docket

HELP = _("Decide the pairs that need a look: in the terminal, or by a page or workbook there and back.")

PAGE_LIMIT = 1_000
"""Questions that a page or a workbook holds, unless asked for more."""
SUFFIXES = (".html", ".xlsx")


def command(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help=_("Run folder that crmq dedupe wrote."))],
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FILE", help=_("Write the questions to a page (.html) or a workbook (.xlsx).")),
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option("--from", metavar="FILE", help=_("Take the answers of decisions.csv or of the workbook back.")),
    ] = None,
    sample: Annotated[
        int | None,
        typer.Option(
            "--sample", min=1, metavar="N", help=_("Ask about N pairs drawn at random, to measure the run.")
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(
            "--limit", min=1, metavar="N",
            help=_("At most N questions, those that teach most (default for files: {n}).").format(n=PAGE_LIMIT),
        ),
    ] = None,
    decisions: Annotated[
        Path | None,
        typer.Option("--decisions", metavar="FILE", help=_("Where the decisions stand (default: in the run folder).")),
    ] = None,
    format: options.Format = "terminal",
    lang: options.Lang = None,
    threads: options.Threads = None,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> int:  # fmt: skip
    """Review the pairs of a run folder."""
    kind = one_of(format, FORMATS, "--format")
    if to is not None and source is not None:
        raise UsageError(_("Only one of --to and --from can be given."))
    if to is not None and to.suffix.lower() not in SUFFIXES:
        raise UsageError(
            _("{path} is neither a page (.html) nor a workbook (.xlsx).").format(path=to.name), where="--to"
        )
    if to is None and source is None and not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise UsageError(_("Without a terminal there is nobody to ask."), hint=_("Write a page with --to review.html."))
    with session(lang=lang, threads=threads, quiet=quiet) as s:
        from crmq.pipeline.review import Review

        review = Review(folder, s.progress, decisions)
        if source is not None:
            taken = _take(review, source)
        else:
            docket = _docket(review, sample, PAGE_LIMIT if to is not None and limit is None else limit)
            if to is not None:
                _write(docket, to)
    if source is not None:
        return _tell_taken(review, taken, kind)
    if to is None:
        _ask(review, docket)
    else:
        s.note(_("The file holds personal data; only you can read it."))
    return _tell(review, docket, to, kind, s)


def _docket(review: Review, sample: int | None, limit: int | None) -> Docket:
    from crmq.reports.review import Docket

    if sample is not None:
        questions = review.sample(sample)
        total = len(questions)
    else:
        questions, total = review.questions(limit)
    return Docket(review.digest, str(review.folder), questions, total, review.store.decisions, sample is not None)


def _write(docket: Docket, to: Path) -> None:
    """Write a page or a workbook beside its place and put it there, readable by its owner alone."""
    import os

    from crmq.reports.review import page, workbook
    from crmq.run import PRIVATE_FILE

    draft = to.with_name(f".{to.name}.crmq-{os.getpid()}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
        if to.suffix.lower() == ".html":
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as text:
                page.write(docket, text)
        else:
            with os.fdopen(descriptor, "wb") as stream:
                workbook.write(docket, stream)
        draft.replace(to)
    except OSError as error:
        raise OutputError(_("Cannot write here: {reason}.").format(reason=error.strerror), where=str(to)) from None
    finally:
        draft.unlink(missing_ok=True)


def _take(review: Review, source: Path) -> Taken:
    from crmq.matching.clerical.answers import csv_lines, take
    from crmq.reports.review import workbook

    if source.resolve() == review.path.resolve():
        raise UsageError(_("These are the decisions of the run already."), where="--from")
    lines = workbook.read(source) if source.suffix.lower() == ".xlsx" else csv_lines(source)
    return take(lines, review.clusters, review.store)


def _ask(review: Review, docket: Docket) -> None:
    """Ask in the terminal."""
    if not docket.questions:
        return
    from crmq.cli.review.screen import ReviewApp
    from crmq.matching.clerical.desk import Desk

    ReviewApp(docket, Desk(docket.questions, review.store, docket.run if docket.drawn else "")).run()


def _tell(review: Review, docket: Docket, to: Path | None, kind: str, s: Session) -> int:
    from crmq.reports import json
    from crmq.reports.terminal import review as report

    decided = sum(question.id in review.store.decisions for question in docket.questions)
    if kind == "json":
        body = {
            "questions": docket.total, "asked": len(docket.questions), "decided": decided, "sample": docket.drawn,
            "decisions": str(review.path), "written": str(to) if to else None,
        }  # fmt: skip
        json.emit("review", 1, body)
    else:
        report.asked(docket, decided, to=to, path=review.path)
    return int(ExitCode.OK)


def _tell_taken(review: Review, taken: Taken, kind: str) -> int:
    from crmq.reports import json
    from crmq.reports.terminal import review as report

    code = ExitCode.FINDINGS if taken.problems else ExitCode.OK
    if kind == "json":
        json.emit("review_answers", 1, {**taken.as_dict(), "decisions": str(review.path)})
    else:
        report.taken(taken, folder=str(review.folder), path=review.path, code=code)
    return int(code)
