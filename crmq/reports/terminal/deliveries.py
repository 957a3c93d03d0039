"""Several files of one source and object on the terminal: which are deliveries or parts, and what changed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import PurePath

from rich.console import Console
from rich.text import Text

from crmq.locales import _, ngettext
from crmq.mapping import Delivery
from crmq.reports.terminal import count, heading, indented, table

_WIDE = 120


def report(out: Console, deliveries: Sequence[Delivery]) -> None:
    """Print what each file is among several of one source and object; nothing when there are none."""
    if not deliveries:
        return
    heading(out, _("Deliveries"), _("the newest row of a record is its state; older ones are kept in the ledger"))
    for (source, object_), group in groupby(deliveries, key=lambda d: (d.source, d.object)):
        files = list(group)
        out.print(indented(Text(f"{source} · {object_}", style="title")))
        _files(out, files)
    changed = sum(d.vanished + d.returned + d.renamed for d in deliveries)
    if changed:
        sentence = ngettext(
            "{n} change of a record stands among the findings (crmq map --format json).",
            "{n} changes of records stand among the findings (crmq map --format json).",
            changed,
        )
        out.print(indented(Text(sentence.format(n=count(changed)), style="quiet")))


def _files(out: Console, files: Sequence[Delivery]) -> None:
    wide = out.width >= _WIDE
    name, made, what, why = _("File"), _("Made"), _("What"), _("Why")
    rows, new, older = _("Rows"), _("New"), _("Older")
    gone, back, other = _("Gone"), _("Back"), _("Other id")
    numbers = (rows, new, older, gone, back, other)
    shown = table(
        name, *([made] if wide else []), what, *numbers, *([why] if wide else []), right=numbers,
        ratio=(name, why) if wide else (name,),
    )  # fmt: skip
    names = _short([f"{d.file} [{d.sheet}]" if d.sheet else d.file for d in files])
    for label, one in zip(names, files, strict=True):
        style = "warn" if one.kind == "unknown" else "default"
        figures = (one.new, one.superseded, one.vanished, one.returned, one.renamed)
        shown.add_row(
            label, *([one.moment or ""] if wide else []), Text(_kind(one), style=style), count(one.rows),
            *(count(n) if n else Text("·", style="quiet") for n in figures),
            *([Text(one.why, style="quiet")] if wide else []),
        )  # fmt: skip
    out.print(indented(shown))
    if not wide:
        for label, one in zip(names, files, strict=True):
            out.print(indented(Text(f"{label}: {one.why}", style="quiet")))


def _kind(one: Delivery) -> str:
    return {
        "first": _("first"),
        "full": _("full"),
        "delta": _("delta"),
        "part": _("part"),
        "unknown": _("unclear"),
    }[one.kind]


def _short(paths: Sequence[str]) -> list[str]:
    """Return the paths without the folders that all of them have."""
    parts = [PurePath(path).parts for path in paths]
    shared = 0
    while all(len(p) > shared + 1 for p in parts) and len({p[shared] for p in parts}) == 1:
        shared += 1
    return ["/".join(p[shared:]) for p in parts]
