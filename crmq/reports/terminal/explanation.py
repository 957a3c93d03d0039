"""Terminal report of ``crmq explain``: a pair as a waterfall of weights, a cluster with its edges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from rich.console import Console
from rich.text import Text

from crmq.errors import ExitCode
from crmq.locales import _
from crmq.matching.reasons import rival_words
from crmq.reports.masking import shown
from crmq.reports.terminal import console, count, heading, indented, table, verdict
from crmq.reports.terminal.matching import entity_title

if TYPE_CHECKING:
    from crmq.matching.explain import Bar, Explanation

_HALF = 10
"""Characters of a bar on either side of the middle; half as many below _WIDE columns."""
_WIDE = 100
_MOST_BITS = 14.0
"""Bits that fill one side."""
_PUBLIC = frozenset({"country", "gender", "region", "industry"})


def pair(found: Explanation, *, folder: str, show_pii: bool) -> None:
    """Print why two records stand where they stand."""
    out = console()
    a, b = ("/".join(name) for name in (found.first, found.second))
    heading(out, f"{a}  ↔  {b}", entity_title(found.entity))
    out.print(indented(Text(found.sentence)))
    heading(out, _("What each field weighs"), _("in bits, against {rival}").format(rival=rival_words(found.rival)))
    shows = _("what it shows")
    body = table(_("field"), _("bits"), "", shows, right=(_("bits"),), ratio=(shows,))
    half = _HALF if out.width >= _WIDE else _HALF // 2
    for bar in found.bars:
        body.add_row(bar.title, f"{bar.weight:+.1f}", drawn(bar.weight, half), _seen(bar, show_pii))
    body.add_row(
        Text(_("sum"), "title"), Text(f"{found.match_weight:+.1f}", "title"), drawn(found.match_weight, half),
        _("probability {p}").format(p=f"{found.probability:.6f}"),
    )  # fmt: skip
    out.print(indented(body))
    _meeting(out, found)
    verdict(out, ExitCode.OK, _outcome(found), f"crmq consolidate {folder}")


def _seen(bar: Bar, show_pii: bool) -> Text:
    """Return what a comparison saw, with the two values behind it."""
    personal = bar.name not in _PUBLIC
    first, second = (shown(v, None, show_pii=show_pii, personal=personal) for v in (bar.first, bar.second))
    if not first and not second:
        return Text(bar.words)
    values = first if first == second else f"{first or '-'} ↔ {second or '-'}"
    return Text.assemble(bar.words, (f"  {values}", "quiet"))


def drawn(weight: float, half: int, good: str = "good", bad: str = "bad") -> Text:
    """Return a bar to the left of the middle for evidence against, to the right for evidence in favour.

    Args:
        weight: In bits.
        half: Characters on either side.
        good: Style of evidence in favour.
        bad: Style of evidence against.
    """
    cells = min(round(abs(weight) / _MOST_BITS * half), half)
    if weight < 0:
        return Text.assemble(" " * (half - cells), ("█" * cells, bad), "│", " " * half)
    return Text.assemble(" " * half, "│", ("█" * cells, good), " " * (half - cells))


def _meeting(out: Console, found: Explanation) -> None:
    if found.keys:
        text = _("Brought together by: {keys}.").format(keys=", ".join(found.keys[:8]))
        if len(found.keys) > 8:
            text += " " + _("And {n} more keys.").format(n=len(found.keys) - 8)
    elif found.missed:
        text = _("Never compared: they agree only on keys that too many records share ({keys}).").format(
            keys=", ".join(found.missed[:5])
        )
    else:
        text = _("Never compared: they agree on no blocking key.")
    out.print()
    out.print(indented(Text(text, "quiet")))


def _outcome(found: Explanation) -> str:
    by = {
        "declared": _("declared by the source"),
        "steward": _("decided by a steward"),
        "rule": _("decided by a rule"),
        "model": "",
    }.get(found.decided_by, "")
    texts = {
        "merged": _("Merged: the same party."),
        "same_cluster": _("Probably the same party, not merged without a look."),
        "apart": _("Kept apart."),
    }
    text = texts[found.outcome]
    if found.outcome == "same_cluster" and found.veto:
        text = _("Probably the same party, not merged: {why}.").format(why=found.veto)
    return f"{text} ({by})" if by else text


def cluster(
    members: pl.DataFrame, pairs: pl.DataFrame, *, name: str, folder: str, show_pii: bool, most: int = 20
) -> None:
    """Print the members of a cluster, its edges, and the weakest link."""
    out = console()
    heading(out, name, _("{n} records").format(n=count(members.height)))
    body = table(_("record"), _("name"), _("merge group"), ratio=(_("record"), _("name")))
    groups = {m: str(i + 1) for i, m in enumerate(members["merge_id"].unique(maintain_order=True))}
    for row in members.head(most).iter_rows(named=True):
        key = f"{row['source']}/{row['object']}/{row['record_id']}"
        body.add_row(key, shown(row["name"], "full_name", show_pii=show_pii), groups[row["merge_id"]])
    out.print(indented(body))
    if pairs.height:
        heading(out, _("Its links"), _("the weakest first"))
        right = (_("probability"),)
        links = table(*right, _("record"), _("record"), _("why"), right=right, ratio=(_("why"),))
        for row in pairs.sort("probability", "record_id_a", "record_id_b").head(most).iter_rows(named=True):
            ends = (f"{row[f'source_{s}']}/{row[f'record_id_{s}']}" for s in ("a", "b"))
            links.add_row(f"{row['probability']:.3f}", *ends, row["reasons"] or "")
        out.print(indented(links))
    sentence = _("{n} records in {k} merge groups.").format(n=count(members.height), k=len(groups))
    verdict(out, ExitCode.OK, sentence, f"crmq explain {folder} ID_A ID_B")
