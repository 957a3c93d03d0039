"""Terminal reports of dedupe and evaluate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from rich.console import Console
from rich.text import Text

from crmq.errors import ExitCode
from crmq.locales import _, ngettext
from crmq.reports.masking import shown
from crmq.reports.terminal import bar, console, count, heading, indented, percent, table, verdict

if TYPE_CHECKING:
    from crmq.matching.evaluate import Evaluation
    from crmq.model.matches import Matches

_EXAMPLES = 5


def entity_title(entity: str) -> str:
    """Return the name of a kind of party, in the plural."""
    return {"person": _("persons"), "organisation": _("organisations")}.get(entity, entity)


def dedupe(
    summary: dict[str, Any], matches: Matches, review: pl.DataFrame, *, folder: str | None, show_pii: bool
) -> None:
    """Print what was found: balance, groups per kind of party, overlap of sources, and where to look."""
    out = console()
    parties(out, summary, matches.clusters)
    expected(out, {entity: facts.get("expected") for entity, facts in summary["diagnostics"].items()})
    _decisions(out, summary.get("decisions"))
    examples(out, review, show_pii)
    _warnings(out, summary["diagnostics"])
    merged = sum(c["records"] - c["merge_groups"] for c in summary["entities"].values())
    sentence = _("{merged} records merge safely; {review} pairs need a look.").format(
        merged=count(merged), review=count(review.height)
    )
    follow = f"crmq consolidate {folder}" if folder else "crmq dedupe … -o DIR"
    verdict(out, ExitCode.OK, sentence, follow)


def parties(out: Console, summary: dict[str, Any], clusters: pl.DataFrame) -> None:
    """Print how many parties the records are, and in how many sources each stands."""
    heading(out, _("Who is who"), _rows_note(summary["balance"]["rows"]))
    right = (_("records"), _("parties, best estimate"), _("after safe merges"), _("duplicates"))
    body = table(_("who"), *right, "", right=right)
    for entity, counts in summary["entities"].items():
        if not counts["records"]:
            continue
        share = 1 - counts["clusters"] / counts["records"]
        body.add_row(
            entity_title(entity), count(counts["records"]), count(counts["clusters"]), count(counts["merge_groups"]),
            percent(share), bar(share),
        )  # fmt: skip
    out.print(indented(body))
    _across(out, clusters)


def _rows_note(rows: dict[str, int]) -> str:
    parts = [_("{n} rows read").format(n=count(rows["physical"]))]
    names = {"unreadable": _("unreadable"), "quarantined": _("quarantined"), "excluded": _("excluded")}
    parts += [f"{count(rows[key])} {name}" for key, name in names.items() if rows.get(key)]
    return ", ".join(parts)


def _across(out: Console, clusters: pl.DataFrame) -> None:
    """Print how many parties stand in one, two, three ... sources."""
    spread = (
        clusters.group_by("entity", "cluster_id")
        .agg(pl.col("source").n_unique().alias("sources"))
        .group_by("entity", "sources")
        .len()
        .sort("entity", "sources", descending=[True, False])
    )
    if spread["sources"].max() in (None, 1):
        return
    heading(out, _("In how many sources a party stands"))
    body = table(_("who"), _("sources"), _("parties"), "", right=(_("sources"), _("parties")))
    totals = dict(spread.group_by("entity").agg(pl.col("len").sum()).iter_rows())
    for entity, sources, parties in spread.iter_rows():
        body.add_row(entity_title(entity), str(sources), count(parties), bar(parties / totals[entity]))
    out.print(indented(body))


def expected(out: Console, found: dict[str, Any]) -> None:
    """Print the precision and recall that the model expects of itself, per kind of party and level."""
    if not found:
        return
    heading(out, _("What the model expects of itself"), _("estimated without labels"))
    body = table(_("who"), _("level"), _("precision"), _("recall"), right=(_("precision"), _("recall")))
    titles = {"cluster": _("best estimate"), "merge": _("safe merges")}
    for entity, levels in found.items():
        for level, numbers in levels.items():
            body.add_row(
                entity_title(entity), titles.get(level, level), percent(numbers.get("precision")),
                percent(numbers.get("recall")),
            )  # fmt: skip
    out.print(indented(body))


def _decisions(out: Console, fates: dict[str, Any] | None) -> None:
    """Print how many decisions of stewards were replayed, and those that could not be."""
    if not fates or not fates["given"]:
        return
    note = _("{n} given, {k} followed").format(n=count(fates["given"]), k=count(fates["followed"]))
    heading(out, _("Decisions of stewards"), note)
    reasons = {
        "unknown": _("a record is not in the data any more"),
        "contradicted": _("other decisions or merges declared by a source say otherwise"),
    }
    lost = [(row, reason) for state, reason in reasons.items() for row in fates[state]]
    if not lost:
        return
    body = table(_("record"), _("record"), _("decision"), _("not followed because"), ratio=(_("not followed because"),))
    for row, reason in lost[:_EXAMPLES]:
        ends = (f"{row[f'source_{s}']}/{row[f'record_id_{s}']}" for s in ("a", "b"))
        body.add_row(*ends, _("same") if row["decision"] == "same" else _("different"), reason)
    out.print(indented(body))
    if len(lost) > _EXAMPLES:
        more = _("{n} more in summary.json").format(n=count(len(lost) - _EXAMPLES))
        out.print(indented(Text(more, "quiet")))


def examples(out: Console, review: pl.DataFrame, show_pii: bool, most: int = _EXAMPLES) -> None:
    """Print the surest pairs of the review list."""
    if not review.height:
        return
    left = review.height - min(review.height, most)
    heading(out, _("Pairs to look at"), _("the surest first"))
    body = table(_("probability"), _("record"), _("record"), _("why"), right=(_("probability"),), ratio=(_("why"),))
    for row in review.head(most).iter_rows(named=True):
        cells = []
        for side in ("a", "b"):
            name = shown(row[f"name_{side}"], "full_name", show_pii=show_pii)
            cells.append(Text.assemble((name or "-", "default"), (f"\n{row[f'source_{side}']}", "quiet")))
        body.add_row(f"{row['probability']:.3f}", *cells, row["reasons"] or "")
    out.print(indented(body))
    if left:
        more = ngettext("{n} more in the review list", "{n} more in the review list", left).format(n=count(left))
        out.print(indented(Text(more, "quiet")))


def _warnings(out: Console, diagnostics: dict[str, Any]) -> None:
    warnings = diagnostics.get("warnings") or []
    for item in warnings:
        text = item.get("text", "") if isinstance(item, dict) else str(item)
        out.print(Text.assemble(("! ", "warn"), text))


def evaluation(result: Evaluation, folder: str) -> None:
    """Print precision, recall and F1 at both levels."""
    out = console()
    note = _("{n} records in the truth").format(n=count(result.records))
    if result.missing:
        note += ", " + _("{n} of them not in the run").format(n=count(result.missing))
    heading(out, _("Against the truth"), note)
    right = (_("precision"), _("recall"), "F1", _("true pairs"), _("found pairs"))
    body = table(_("level"), *right, right=right)
    for title, level in (
        (_("best estimate (cluster_id)"), result.cluster),
        (_("safe merges (merge_id)"), result.merge),
    ):
        body.add_row(
            title, f"{level.precision:.4f}", f"{level.recall:.4f}", f"{level.f1:.4f}", count(level.true_pairs),
            count(level.found_pairs),
        )  # fmt: skip
    out.print(indented(body))
    wrong = result.merge.found_pairs - result.merge.right_pairs
    sentence = ngettext("{n} pair was merged wrongly.", "{n} pairs were merged wrongly.", wrong).format(n=count(wrong))
    verdict(out, ExitCode.OK, sentence, f"crmq consolidate {folder}")
