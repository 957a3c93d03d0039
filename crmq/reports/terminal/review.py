"""Terminal reports of ``crmq review``: what was asked, what was taken back; and of what labels measure."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text

from crmq.errors import ExitCode
from crmq.locales import _, ngettext
from crmq.reports.terminal import console, count, heading, indented, percent, table, verdict
from crmq.reports.terminal.matching import entity_title

if TYPE_CHECKING:
    from crmq.matching.clerical.answers import Taken
    from crmq.matching.clerical.measure import Interval
    from crmq.pipeline.measuring import Measurement
    from crmq.reports.review import Docket

_MOST = 20


def asked(docket: Docket, decided: int, *, to: Path | None, path: Path) -> None:
    """Print how far a review has come, and what comes next."""
    out = console()
    whole = len(docket.questions)
    if not whole:
        verdict(out, ExitCode.OK, _("There is nothing to decide."), f"crmq consolidate {docket.name}")
        return
    sentence = _("{done} of {all} questions are decided.").format(done=count(decided), all=count(whole))
    if docket.total > whole:
        sentence += " " + _("{n} more were left out (--limit).").format(n=count(docket.total - whole))
    if to is not None:
        out.print(Text(_("The questions stand in {path}.").format(path=to)))
        follow = f"crmq review {docket.name} --from {'decisions.csv' if to.suffix == '.html' else to}"
    else:
        out.print(Text(_("The decisions stand in {path}.").format(path=path)))
        follow = f"crmq evaluate {docket.name} --labels {path}" if docket.drawn else _replay(docket.name, path)
    verdict(out, ExitCode.OK, sentence, follow)


def _replay(folder: str, path: Path) -> str:
    """Return the command that makes the run again with its decisions; those in its folder need no mention."""
    return f"crmq dedupe {folder}" + ("" if path.parent == Path(folder) else f" --decisions {path}")


def taken(found: Taken, *, folder: str, path: Path, code: ExitCode) -> None:
    """Print what became of a file of answers."""
    out = console()
    heading(out, _("Answers"), _("now in {path}").format(path=path))
    body = table(_("what"), _("lines"), right=(_("lines"),))
    for title, number in (
        (_("new"), found.new), (_("changed, the later answer counts"), found.changed), (_("known before"), found.known),
        (_("without an answer"), found.open), (_("not usable"), len(found.problems)),
    ):  # fmt: skip
        if number or title == _("new"):
            body.add_row(title, count(number))
    out.print(indented(body))
    if found.problems:
        heading(out, _("Not usable"), _("these lines changed nothing"))
        lines = table(_("where"), _("why"), ratio=(_("why"),))
        for problem in found.problems[:_MOST]:
            lines.add_row(problem.place, problem.what)
        out.print(indented(lines))
        left = len(found.problems) - _MOST
        if left > 0:
            out.print(indented(Text(_("and {n} more").format(n=count(left)), "quiet")))
    good = found.new + found.changed
    sentence = ngettext("{n} answer was taken over.", "{n} answers were taken over.", good).format(n=count(good))
    if found.problems:
        lost = len(found.problems)
        sentence += " " + ngettext("{n} line needs a look.", "{n} lines need a look.", lost).format(n=count(lost))
    verdict(out, code, sentence, _replay(folder, path))


def measurement(found: Measurement, folder: str) -> None:
    """Print what the labels of a random sample say of a run."""
    out = console()
    note = _("{n} pairs drawn at random and labelled; limits of 95 %").format(n=count(found.whole.labels))
    heading(out, _("Measured"), note)
    right = (_("labels"), _("precision"), _("recall"))
    body = table(_("who"), _("level"), *right, right=right)
    titles = {"merge_id": _("safe merges"), "cluster_id": _("best estimate")}
    parts = [(entity_title(entity), part) for entity, part in found.entities.items()]
    for title, part in [*parts, *([(_("all"), found.whole)] if len(parts) > 1 else [])]:
        for i, level in enumerate(titles):
            cells = (title, titles[level], count(part.labels)) if i == 0 else ("", titles[level], "")
            body.add_row(*cells, _limits(part.precision[level]), _limits(part.recall[level]))
    out.print(indented(body))
    out.print(indented(Text(reach(found.beyond), "quiet")))
    if found.not_counted:
        text = ngettext(
            "{n} decision was not drawn at random from this run and measures nothing.",
            "{n} decisions were not drawn at random from this run and measure nothing.", found.not_counted,
        ).format(n=count(found.not_counted))  # fmt: skip
        out.print(indented(Text(text, "quiet")))
    merges = found.whole.precision["merge_id"]
    if merges is None:
        sentence = _("There are too few labels to measure the merges.")
    else:
        sentence = _("Of the pairs that crmq merges, {low} to {high} are right.").format(
            low=percent(merges.low), high=percent(merges.high)
        )
    verdict(out, ExitCode.OK, sentence, f"crmq dedupe {folder}")


def reach(beyond: float) -> str:
    """Return in words what a measured recall leaves out."""
    return _(
        "Recall is measured among the pairs that crmq lists (probability of 5 % or more) and those in one group; the "
        "model expects {n} right pairs beyond."
    ).format(n=count(round(beyond)))


def _limits(interval: Interval | None) -> str:
    if interval is None:
        return "-"
    return f"{percent(interval.value)}  ({percent(interval.low)} – {percent(interval.high)})"


def expectation(found: dict[str, Any], folder: str) -> None:
    """Print what the model expects of itself, said as such."""
    from crmq.reports.terminal.matching import expected

    out = console()
    expected(out, found)
    text = _(
        "Nobody has checked these figures: they follow from the probabilities of the model alone, and a model can be "
        "surer than it ought to be. Labels of a random sample measure."
    )
    out.print(indented(Text(text, "quiet")))
    sentence = _("Estimated by the model itself, not measured.")
    verdict(out, ExitCode.OK, sentence, f"crmq review {folder} --sample 300 --to sample.html")
