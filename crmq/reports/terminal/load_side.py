"""The load side of a system on the terminal: what it asks of files and rows, and how sure each fact is."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from crmq.connectors.catalogue import Object, System
from crmq.connectors.load_side import Block, FileFact, Limit, Load, Merging, Sourced, What, shares
from crmq.locales import _, ngettext
from crmq.reports.terminal import count, heading, indented, table

_MB, _KB = 1024 * 1024, 1024


def of_object(obj: Object) -> list[tuple[str, str]]:
    """Return what an object asks of its rows, as pairs of a label (only the first has one) and a sentence."""
    load = obj.spec.load
    if load is None:
        return []
    lines = []
    if load.required:
        needed = ", ".join(r if isinstance(r, str) else " | ".join(r) for r in load.required)
        lines.append(_("required: {fields}").format(fields=needed) + _mark(load, None))
    keys: dict[str, list[str]] = {}
    for key in load.keys:
        keys.setdefault(_mark(load, key), []).append(key.label)
    for mark, labels in keys.items():
        lines.append(_("key of an update: {fields}").format(fields=", ".join(labels)) + mark)
    for lengths in load.lengths:
        told = ", ".join(f"{column} {most}" for column, most in lengths.most.items())
        lines.append(_("longest texts: {columns}").format(columns=told) + _mark(load, lengths))
    for picklist in load.picklists:
        more = " …" if picklist.open else ""
        told = _("values of {column}: {values}").format(
            column=picklist.column, values=", ".join(picklist.values) + more
        )
        lines.append(told + _mark(load, picklist))
    return [(_("To load") if number == 0 else "", line) for number, line in enumerate(lines)]


def _mark(block: Block, fact: Sourced | None) -> str:
    return f"  ({block.sure(fact)}: {block.cited(fact)})"


def of_system(out: Console, system: System) -> None:
    """Print how files for a system must look, how much it takes, and what cannot be taken back."""
    load = system.file.load
    if load == "none":
        return
    heading(out, _("Loading into {system}").format(system=system.file.title), shares(system.load_certainties()))
    what, said, sure, source = _("Matter"), _("What holds"), _("Sure"), _("Source")
    made = table(what, said, sure, source, ratio=(said, source))
    before = None
    for name, text, fact in _rows(load):
        shown = "" if name == before else name
        made.add_row(Text(shown, style="quiet"), text, load.sure(fact), Text(load.cited(fact), style="quiet"))
        before = name
    out.print(indented(made))


def _rows(load: Load) -> Iterator[tuple[str, Text, Sourced]]:
    for fact in load.file:
        yield _name(fact.what), _with_channel(_values(fact), fact.channel), fact
    if load.order:
        yield _("Order"), Text(" → ".join(load.order.objects)), load.order
    for limit in load.limits:
        yield _("Limit"), _with_channel(f"{limit.what}: {_amount(limit)}", limit.channel), limit
    for merging in load.merging:
        yield _("Merging"), Text(_merging(merging)), merging
    for told in load.final:
        yield _("Not undone"), Text(told.text), told
    for told in load.notes:
        yield _("Note"), Text(told.text), told


def _name(what: What) -> str:
    return {
        "formats": _("Formats"),
        "encoding": _("Encoding"),
        "delimiter": _("Delimiter"),
        "quote": _("Quote"),
        "dates": _("Dates"),
        "times": _("Times"),
        "booleans": _("Yes and no"),
        "several values": _("Several values"),
        "references": _("References"),
        "empty": _("Cleared by"),
    }[what]


def _values(fact: FileFact) -> str:
    joint = " / " if fact.what == "booleans" else "  " if fact.what in ("delimiter", "quote") else ", "
    return joint.join(fact.values)


def _with_channel(text: str, channel: str | None) -> Text:
    return Text.assemble(text, (f"  {channel}" if channel else "", "quiet"))


def _amount(limit: Limit) -> str:
    if limit.unit == "bytes":
        size = limit.value
        return f"{size // _MB:,} MB" if size % _MB == 0 else f"{size // _KB:,} KB" if size % _KB == 0 else f"{size:,} B"
    number = count(limit.value)
    if limit.unit == "characters":
        return ngettext("{n} character", "{n} characters", limit.value).format(n=number)
    return number  # what is limited says what is counted


def _merging(merging: Merging) -> str:
    parts = [", ".join(merging.objects) + ":"]
    if merging.at_once is not None:
        parts.append(_("{n} records at once,").format(n=merging.at_once))
    if merging.most is not None:
        parts.append(_("{n} merges in the life of a record,").format(n=merging.most))
    undone = {
        "no": _("cannot be undone"),
        "partly": _("can be undone in part only"),
        "yes": _("can be undone"),
    }[merging.undo]
    return " ".join([*parts, undone]) + (f"; {merging.note}" if merging.note else "")
