"""The catalogues of systems and of the canonical model on the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from crmq.connectors.catalogue import Column, Object, System
from crmq.connectors.load_side import Certainty, shares
from crmq.errors import ExitCode
from crmq.locales import _, ngettext
from crmq.model import fields as canonical
from crmq.model.fields import STANDARDS, Field
from crmq.reports.terminal import console, count, heading, indented, load_side, table, verdict

_NARROW = 100
_WIDE = 120


def systems(known: list[System], generic_labels: int) -> None:
    """Print the systems that crmq knows, what it supports of each and how sure that is."""
    out = console()
    heading(out, _("Systems"))
    name, parties, labels = _("System"), _("Parties"), _("Columns")
    sure, loads, other = _("Sure"), _("Loads into"), _("Other objects")
    wide = out.width >= _WIDE
    other = other if wide else _("Other")
    free = (parties, other) if wide else (parties,)
    made = table(name, parties, other, labels, sure, loads, right=(labels,) if wide else (other, labels), ratio=free)
    most = None if wide else 1
    for system in known:
        rest = [o.name for o in system.objects.values() if not o.entities]
        columns = {c.name for o in system.objects.values() for c in o.columns}
        targets = [o.name for o in system.objects.values() if o.spec.load]
        made.add_row(
            Text(system.name, style="title"),
            ", ".join(o.name for o in system.objects.values() if o.entities and o.spec.fingerprints),
            Text(", ".join(rest) if wide else str(len(rest) or ""), style="quiet"),
            count(len(columns)), shares(system.certainties(), most),
            f"{len(targets)}  {shares(system.load_certainties(), most)}" if targets else Text(_("no"), style="quiet"),
        )  # fmt: skip
    made.add_row(
        Text("generic", style="title"), _("any plain table"), "", count(generic_labels),
        _("by header"), Text(_("no"), style="quiet"),
    )  # fmt: skip
    out.print(indented(made))
    _legend(out)
    sentence = ngettext("crmq knows {n} system by name", "crmq knows {n} systems by name", len(known))
    verdict(
        out, ExitCode.OK, sentence.format(n=len(known)) + _("; any other table is read by its headers."),
        f"crmq systems show {known[0].name}",
    )  # fmt: skip


def _legend(out: Console) -> None:
    text = _("Sure: F seen in real files, D documented by the vendor or others, M from memory (matched tolerantly).")
    text += " " + _("Loads into: how many objects, and how sure the facts of their load side are.")
    out.print(indented(Text(text, style="quiet")))


def one_system(system: System) -> None:
    """Print everything that crmq knows of a system."""
    out = console()
    file = system.file
    heading(out, f"{file.title} ({file.vendor})", file.about)
    zones = [f"{form}: {t.zone} ({t.certainty}) {t.source or ''}".strip() for form, t in file.timestamps.items()]
    _facts(
        out,
        [
            (_("Certainty"), _certain(file.certainty)),
            (_("Source"), file.source),
            *((_("Time zone"), text) for text in zones),
            *([(_("Quirks"), ", ".join(file.quirks))] if file.quirks else []),
            *((_("Not confirmed"), text) for text in file.unconfirmed),
        ],
    )
    for obj in system.objects.values():
        _object(out, system, obj)
    load_side.of_system(out, system)
    loads = sum(bool(o.spec.load) for o in system.objects.values())
    sentence = _("{objects} objects, {columns} columns; {loads} objects can be loaded into.").format(
        objects=len(system.objects), columns=len({c.name for o in system.objects.values() for c in o.columns}),
        loads=loads,
    )  # fmt: skip
    verdict(out, ExitCode.OK, sentence, "crmq systems")


def _certain(mark: Certainty) -> str:
    return {
        "F": _("F: seen in real files"),
        "D": _("D: documented by the vendor or others"),
        "M": _("M: from memory, matched tolerantly"),
    }[mark]


def _facts(out: Console, pairs: list[tuple[str, str]]) -> None:
    if not pairs:
        return
    made = table("", "", ratio=("",))
    made.show_header = False
    made.columns[0].no_wrap, made.columns[0].ratio = True, None
    before = None
    for name, text in pairs:
        made.add_row(Text("" if name == before else name, style="quiet"), text)
        before = name
    out.print(indented(made))


def _object(out: Console, system: System, obj: Object) -> None:
    spec = obj.spec
    kinds = ", ".join({"person": _("person"), "organisation": _("organisation")}[e] for e in obj.entities)
    note = f"→ {canonical.objects()[spec.object].label}" + (f" ({kinds})" if kinds else "")
    heading(out, spec.title, note)
    pairs = []
    for found in spec.fingerprints:
        names = " + ".join(item if isinstance(item, str) else f"({' | '.join(item)})" for item in found.all)
        pairs.append((_("Recognised by"), f"{names}  [{found.form}]"))
    if spec.ids:
        ids = _("{column} begins with {prefix}").format(column=spec.ids.column, prefix=spec.ids.prefix)
        pairs.append((_("Ids"), ids))
    for split in spec.split:
        values = ", ".join([*(v or '""' for v in split.values[:3]), *split.begins]) or _("any value")
        pairs.append((_("Other rows"), f"{split.column} ({values} …) → {split.use}"))
    for trial in spec.trials:
        values = ", ".join((*trial.begins, *trial.values[:1]))
        watched = trial.column or _("any column")
        pairs.append((_("Trial rows"), f"{watched}: {values} …"))
    _facts(out, [*pairs, *load_side.of_object(obj)])
    wide = out.width >= _NARROW
    name, labels, target = _("Column"), _("Labels"), _("Field")
    made = table(name, *([labels] if wide else []), target, _("Sure"), ratio=(labels,) if wide else (name, target))
    default = spec.certainty or system.file.certainty
    for column in obj.columns:
        labels_ = [*column.en, *column.es, *column.pt, *(f"{text} (M)" for text in column.memory)]
        middle = [", ".join(labels_)] if wide else []
        made.add_row(column.name, *middle, _meaning(column), column.certainty or default)
    out.print(indented(made))


def _meaning(column: Column) -> Text:
    if column.field is None:
        return Text(_("metadata") if column.metadata else _("travels as it is"), style="quiet")
    more = [*_reading(column), column.usage, column.channel, column.scheme]
    more.append(f"→ {column.to}" if column.to else None)
    more.append(f"#{column.slot}" if column.slot > 1 else None)
    if column.field == "consent":
        more.append(_("yes: {values}").format(values=_few(column.granted)) if column.granted else None)
        more.append(_("no: {values}").format(values=_few(column.denied)) if column.denied else None)
    said = " ".join(m for m in more if m)
    return Text.assemble((column.field, "default"), (f" {said}" if said else "", "quiet"))


def _reading(column: Column) -> Iterator[str]:
    """Yield what is done to the cells of a column before they are read."""
    if column.of:
        yield _("made of {names}").format(names=" + ".join(column.of))
    if column.mark:
        yield _("without {mark}").format(mark=" ".join(column.mark))
    if column.coding:
        yield column.coding.upper()
    if column.codes:
        yield ", ".join(f"{code} = {meaning}" for code, meaning in column.codes.items())


def _few(values: tuple[str, ...]) -> str:
    return ", ".join(values[:2]) + (" …" if len(values) > 2 else "")


def model() -> None:
    """Print the canonical fields by group."""
    out = console()
    groups = {
        "record": _("The record itself"),
        "person": _("Person"),
        "organisation": _("Organisation"),
        "contact": _("Contact points"),
        "address": _("Addresses"),
        "identifier": _("Identifiers"),
        "reference": _("References"),
        "consent": _("Consent"),
        "order": _("Orders"),
        "fact": _("Deals, cases, interactions, products"),
    }
    wide = out.width >= _NARROW
    for group, title in groups.items():
        heading(out, title)
        name, label, kind, several, standards = _("Field"), _("Label"), _("Kind"), _("Several"), _("Corresponds to")
        made = table(name, label, kind, several, *([standards] if wide else []), ratio=(standards,))
        made.columns[0].min_width, made.columns[1].min_width = 20, 26
        for entry in canonical.fields().values():
            if entry.group == group:
                rest = [Text(_standards(entry), style="quiet")] if wide else []
                made.add_row(entry.name, entry.label, entry.kind, _("yes") if entry.repeated else "", *rest)
        out.print(indented(made))
    heading(out, _("Objects"), _("what a table can be"))
    made = table(_("Object"), _("Label"), _("A row may hold"))
    for kind_ in canonical.objects().values():
        holds = ", ".join({"person": _("person"), "organisation": _("organisation")}[e] for e in kind_.entities)
        made.add_row(kind_.name, kind_.label, holds or _("no party"))
    out.print(indented(made))
    sentence = _("{fields} fields, {objects} objects.").format(
        fields=len(canonical.fields()), objects=len(canonical.objects())
    )
    verdict(out, ExitCode.OK, sentence, "crmq model show email")


def _standards(entry: Field) -> str:
    return ", ".join(f"{key} {text}" for key, text in entry.standards.items())


def one_field(entry: Field, fed_by: list[tuple[str, str, str]]) -> None:
    """Print one field: what it is, what it corresponds to, and which columns of known systems feed it.

    Args:
        entry: The field.
        fed_by: System, object and column, in that order.
    """
    out = console()
    heading(out, entry.name, entry.label)
    _facts(
        out,
        [
            (_("Kind"), entry.kind),
            (_("Group"), entry.group),
            (_("Labels"), f"en {entry.en}, es {entry.es}"),
            (_("Several"), _("yes: usage and slot tell them apart") if entry.repeated else _("one per record")),
            *((STANDARDS[key], text) for key, text in entry.standards.items()),
        ],
    )
    if fed_by:
        heading(out, _("Fed by"))
        made = table(_("System"), _("Object"), _("Column"), ratio=(_("Column"),))
        for system, obj, column in fed_by:
            made.add_row(system, obj, column)
        out.print(indented(made))
    sentence = ngettext("{n} column of known systems feeds it.", "{n} columns of known systems feed it.", len(fed_by))
    verdict(out, ExitCode.OK, sentence.format(n=len(fed_by)), "crmq model")
