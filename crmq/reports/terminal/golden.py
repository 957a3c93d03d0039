"""Terminal report of consolidate: golden records, overlap of the sources, contradictions, who may be contacted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from crmq.errors import ExitCode
from crmq.locales import _, ngettext
from crmq.model import fields
from crmq.reports.terminal import bar, console, count, heading, indented, overview, table, verdict
from crmq.reports.terminal.matching import entity_title

if TYPE_CHECKING:
    from crmq.consolidate.balance import Equation
    from crmq.model.golden import Golden

_SETS_SHOWN = 8


def consolidated(
    golden: Golden,
    report: dict[str, Any],
    equations: list[Equation],
    *,
    folder: str,
    store: str | None,
) -> None:
    """Print the report.

    Args:
        golden: The golden tables.
        report: What :func:`crmq.reports.golden.body` returns; personal values are masked there.
        equations: What holds between the figures of the balance.
        folder: The run folder.
        store: Address of the database that was filled, if any.
    """
    out = console()
    overview.outcome(out, golden)
    _overlap(out, report["overlap"])
    _conflicts(out, report["conflicts"])
    _contactability(out, report["contactability"], report["refusals"])
    overview.balance(out, golden.balance, equations)
    _verdict(out, report, folder, store)


def _overlap(out: Console, overlap: list[dict[str, Any]]) -> None:
    """Print which sources know the same parties."""
    if all(len(entry["sources"]) == 1 for entry in overlap):
        return
    heading(out, _("Which sources know them"))
    body = table(_("who"), _("sources"), _("golden records"), "", right=(_("golden records"),))
    totals: dict[str, int] = {}
    for entry in overlap:
        totals[entry["party_kind"]] = totals.get(entry["party_kind"], 0) + entry["parties"]
    for kind in totals:
        mine = [entry for entry in overlap if entry["party_kind"] == kind]
        for entry in mine[:_SETS_SHOWN]:
            share = bar(entry["parties"] / totals[kind])
            body.add_row(entity_title(kind), " + ".join(entry["sources"]), count(entry["parties"]), share)
        if len(mine) > _SETS_SHOWN:
            rest = _("{n} other combinations").format(n=count(len(mine) - _SETS_SHOWN))
            left = sum(entry["parties"] for entry in mine[_SETS_SHOWN:])
            body.add_row(entity_title(kind), Text(rest, "quiet"), count(left), bar(left / totals[kind]))
    out.print(indented(body))


def _conflicts(out: Console, conflicts: dict[str, Any]) -> None:
    """Print the heaviest contradictions between sources."""
    if not conflicts["total"]:
        return
    told = ", ".join(f"{count(n)} {_title(name)}" for name, n in conflicts["by_field"].items())
    heading(out, _("Where the sources contradict each other"), told)
    body = table(
        _("weight"), _("fact"), _("what they say"), _("owner"), right=(_("weight"),), ratio=(_("what they say"),)
    )
    for entry in conflicts["heaviest"]:
        said = "\n".join(f"{value['value']}  ({value['source']})" for value in entry["values"])
        body.add_row(f"{entry['weight']:.2f}", _title(entry["field"]), said, entry["owner"] or "-")
    out.print(indented(body))
    left = conflicts["total"] - len(conflicts["heaviest"])
    if left:
        out.print(indented(Text(_("{n} more in the table conflicts").format(n=count(left)), "quiet")))


def _title(name: str) -> str:
    return _("consent") if name == "consent" else fields.fields()[name].label.lower()


def _contactability(out: Console, answers: list[dict[str, Any]], refusals: dict[str, int]) -> None:
    """Print how many contact values may be used, by channel and purpose."""
    if not answers:
        return
    heading(out, _("Who may be contacted"), _("contact values; unknown is not yes"))
    right = (_("yes"), _("no"), _("unknown"))
    body = table(_("channel"), _("purpose"), *right, "", right=right)
    for entry in answers:
        asked = entry["yes"] + entry["no"] + entry["unknown"]
        body.add_row(
            entry["channel"], entry["purpose"], count(entry["yes"]), count(entry["no"]), count(entry["unknown"]),
            bar(entry["yes"] / asked),
        )  # fmt: skip
    out.print(indented(body))
    if refusals:
        told = ", ".join(f"{reason} {count(n)}" for reason, n in list(refusals.items())[:_SETS_SHOWN])
        out.print(indented(Text(_("Why not: {reasons}").format(reasons=told), "quiet")))


def _verdict(out: Console, report: dict[str, Any], folder: str, store: str | None) -> None:
    parties = sum(entry["parties"] for entry in report["parties"])
    records = report["balance"]["records.all"]
    conflicts = report["conflicts"]["total"]
    sentence = _("{records} records became {golden} golden records and nothing was lost").format(
        records=count(records), golden=count(parties)
    )
    settle = ngettext("{n} contradiction to settle.", "{n} contradictions to settle.", conflicts)
    sentence += "; " + settle.format(n=count(conflicts)) if conflicts else "."
    follow = f"crmq explain {folder}" if store else f"crmq consolidate {folder} --to duckdb:///customer.duckdb"
    verdict(out, ExitCode.OK, sentence, follow)
