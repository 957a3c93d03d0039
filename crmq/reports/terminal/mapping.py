"""The mapping on the terminal: per table what it is and what each column feeds, then coverage across the sources."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

import polars as pl
from rich.console import Console
from rich.text import Text

from crmq.errors import ExitCode
from crmq.locales import _, ngettext
from crmq.mapping import MappingResult, TableProposal
from crmq.mapping.delivery_findings import RULES
from crmq.mapping.plan import Part
from crmq.mapping.project import Draft
from crmq.mapping.propose import ColumnProposal
from crmq.model import fields as canonical
from crmq.reports.masked_mapping import examples
from crmq.reports.terminal import bar, console, count, deliveries, heading, indented, percent, table, verdict

_MOST_EXAMPLES = 30
_LONGEST = 20
_NARROW = 100
_OF_RECORDS = [rule for kind, (rule, _severity, _dimension) in RULES.items() if kind != "undecided"]
"""Findings on single records, of which there may be many: told as numbers with the deliveries."""


def report(
    result: MappingResult, *, show_pii: bool, every_column: bool = False, next_command: str | None = None
) -> None:
    """Print the report.

    Args:
        result: The mapping.
        show_pii: Show real values as examples.
        every_column: List also the columns that a system's own file explains.
        next_command: What to run next.
    """
    out = console()
    for one in result.proposals:
        _table(out, one, show_pii=show_pii, every_column=every_column)
    coverage = result.coverage()
    sources = sorted({source for cells in coverage.values() for source in cells})
    if len(sources) > 1:
        _coverage(out, coverage, sources)
    deliveries.report(out, result.deliveries)
    _findings(out, result)
    _verdict(out, result, next_command)


def _table(out: Console, one: TableProposal, *, show_pii: bool, every_column: bool) -> None:
    plan = one.plan
    rows = ngettext("{n} row", "{n} rows", plan.raw.frame.height).format(n=count(plan.raw.frame.height))
    place = PurePath(plan.raw.path).name + (f"!{plan.raw.member}" if plan.raw.member else "")
    place += f" [{plan.raw.sheet}]" if plan.raw.sheet else ""
    heading(out, f"{one.source} · {plan.title}", f"{place}, {rows}")
    sure = percent(plan.confidence, 0)
    system = _("plain table") if plan.system == "generic" else plan.system
    words = " ".join(plan.evidence)
    out.print(indented(Text.assemble((f"{system}, {sure}. ", "default"), (words, "quiet"))))
    for part in plan.parts:
        _part(out, one, part, show_pii=show_pii, every_column=every_column)


def _part(out: Console, one: TableProposal, part: Part, *, show_pii: bool, every_column: bool) -> None:
    if len(one.plan.parts) > 1:
        rows = one.plan.raw.frame.height if part.rows is None else int(part.rows.sum())
        kinds = ", ".join(_entity(e) for e in part.entities)
        text = f"{canonical.objects()[part.object].label} ({kinds}): {count(rows)}"
        out.print(indented(Text.assemble((text, "title"), (f"  {part.note}" if part.note else "", "quiet"))))
        if part is not one.plan.parts[0] and not every_column:
            _differences(out, one.plan.parts[0], part)
            return
    items = list(part.columns.values())
    accepted = [c for c in items if c.state == "accepted"]
    told = [c for c in accepted if every_column or c.mapping is None or c.mapping.source != "system"]
    if len(told) < len(accepted):
        known = len(accepted) - len(told)
        sentence = ngettext(
            "{n} column is mapped by what crmq knows of {system} (--all lists it).",
            "{n} columns are mapped by what crmq knows of {system} (--all lists them).",
            known,
        )
        out.print(indented(Text(sentence.format(n=known, system=one.plan.system), style="quiet")))
    if told:
        _columns(out, told)
    proposed = [c for c in items if c.state == "proposed"]
    if proposed:
        out.print(indented(Text(_("Not sure enough: not applied"), style="warn")))
        _columns(out, proposed)
    _extras(out, one, [c for c in items if c.state == "extra"], show_pii=show_pii)
    _aside(out, _("Not about the party"), [c for c in items if c.state == "metadata"])
    _aside(out, _("Left out"), [c for c in items if c.state == "ignored"])


def _entity(entity: str) -> str:
    return {"person": _("person"), "organisation": _("organisation")}.get(entity, entity)


def _differences(out: Console, first: Part, part: Part) -> None:
    """Print the columns of a further kind of row that feed something else than in the first."""
    told = [c for h, c in part.columns.items() if c.state == "accepted" and c.mapping != first.columns[h].mapping]
    if told:
        _columns(out, told)


def _columns(out: Console, items: list[ColumnProposal]) -> None:
    wide = out.width >= _NARROW
    header, target, sure, filled, why = _("Column"), _("Field"), _("Sure"), _("Filled"), _("Why")
    made = table(header, target, sure, filled, *([why] if wide else []), right=(sure, filled), ratio=(why,))
    if not wide:
        made.columns[0].no_wrap = made.columns[1].no_wrap = False
    for item in items:
        cells: list[str | Text] = [
            _cut(item.header, 40),
            _target(item),
            percent(item.confidence, 0),
            percent(item.fill, 0),
        ]
        made.add_row(*cells, *([Text(item.reason, style="quiet")] if wide else []))
    out.print(indented(made))


def _target(item: ColumnProposal) -> Text:
    """Return the field with what tells several apart: usage, slot, channel, scheme, object."""
    mapping = item.mapping
    assert mapping is not None
    more = [mapping.usage, mapping.channel, mapping.scheme]
    more.append(f"→ {mapping.to_object}" if mapping.to_object else None)
    more.append(f"#{mapping.slot}" if mapping.slot > 1 else None)
    said = " ".join(m for m in more if m)
    return Text.assemble((mapping.field, "default"), (f" {said}" if said else "", "quiet"))


def _extras(out: Console, one: TableProposal, items: list[ColumnProposal], *, show_pii: bool) -> None:
    """Print the columns without a place: they travel with the record, so the reader should know what is in them."""
    filled = [c for c in items if c.fill > 0]
    empty = [c for c in items if c.fill == 0]
    if filled:
        title = ngettext("{n} column has no place in the model", "{n} columns have no place in the model", len(filled))
        note = _("they travel with the record as they are")
        out.print(indented(Text.assemble((title.format(n=len(filled)), "default"), (f": {note}", "quiet"))))
        made = table(_("Column"), _("Filled"), "", _("Examples"), right=(_("Filled"),), ratio=(_("Examples"),))
        for item in filled[:_MOST_EXAMPLES]:
            values = [_cut(v, _LONGEST) for v in examples(one, item, show_pii=show_pii)]
            made.add_row(
                _cut(item.header, 40), percent(item.fill, 0), bar(item.fill, 6), Text(" · ".join(values), style="quiet")
            )
        out.print(indented(made))
        if len(filled) > _MOST_EXAMPLES:
            rest = ngettext("and {n} more column", "and {n} more columns", len(filled) - _MOST_EXAMPLES)
            text = rest.format(n=len(filled) - _MOST_EXAMPLES) + " " + _("(--format json lists all)")
            out.print(indented(Text(text, style="quiet")))
    _aside(out, _("Empty"), empty)


def _aside(out: Console, title: str, items: list[ColumnProposal]) -> None:
    if items:
        names = ", ".join(_cut(c.header, 40) for c in items[:_MOST_EXAMPLES])
        more = f" … +{len(items) - _MOST_EXAMPLES}" if len(items) > _MOST_EXAMPLES else ""
        out.print(indented(Text(f"{title}: {names}{more}", style="quiet")))


def _cut(text: str, longest: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"


def _coverage(out: Console, coverage: Mapping[str, Mapping[str, float]], sources: list[str]) -> None:
    heading(out, _("Coverage"), _("share of rows with a value, per source"))
    room = max((out.width - 26) // 12, 2)
    for start in range(0, len(sources), room):
        chunk = sources[start : start + room]
        field = _("Field")
        names = [_cut(s, 11) for s in chunk]
        made = table(field, *names, right=tuple(names))
        for name, entry in canonical.fields().items():
            cells = coverage.get(name, {})
            if not any(source in cells for source in chunk):
                continue
            made.add_row(_cut(entry.label, 24), *(_cell(cells.get(source)) for source in chunk))
        out.print(indented(made))


def _cell(fill: float | None) -> Text:
    if fill is None:
        return Text("·", style="quiet")
    return Text(percent(fill, 0), style="default" if fill else "quiet")


def _findings(out: Console, result: MappingResult) -> None:
    own = result.findings.filter(~pl.col("rule_id").is_in(_OF_RECORDS))
    if not own.height:
        return
    heading(out, _("Changed since the mapping was saved"))
    made = table(_("Rule"), _("Source"), _("What"), ratio=(_("What"),))
    for row in own.iter_rows(named=True):
        style = {"warning": "warn", "error": "bad"}.get(row["severity"], "default")
        made.add_row(Text(row["rule_id"], style=style), row["source"] or "", row["message"])
    out.print(indented(made))


def _verdict(out: Console, result: MappingResult, next_command: str | None) -> None:
    columns = [c for one in result.proposals for c in one.columns]
    mapped = sum(c.state == "accepted" for c in columns)
    waiting = sum(c.state == "proposed" for c in columns)
    parties = sum(bool(part.entities) for one in result.proposals for part in one.plan.parts[:1])
    sentence = ngettext("{n} table", "{n} tables", len(result.proposals)).format(n=len(result.proposals))
    sentence += ", " + _("{n} with persons or companies").format(n=parties)
    sentence += "; " + _("{mapped} of {all} columns mapped").format(mapped=mapped, all=len(columns))
    if waiting:
        sentence += "; " + ngettext(
            "{n} proposal waits for a decision", "{n} proposals wait for a decision", waiting
        ).format(n=waiting)
    verdict(out, ExitCode.OK, sentence + ".", next_command)


def project(draft: Draft, path: str, mapping: str) -> None:
    """Print what ``crmq init`` found and wrote."""
    out = console()
    heading(out, draft.name, _("{n} sources").format(n=len(draft.sources)))
    name, what, holds, rows, where = _("Source"), _("System"), _("Holds"), _("Rows"), _("Where")
    made = table(name, what, holds, rows, where, right=(rows,), ratio=(holds, where))
    for source in draft.sources:
        made.add_row(
            Text(source.name, style="title"), source.system or Text(_("plain table"), style="quiet"),
            ", ".join(source.tables) or "-", count(source.rows), Text(", ".join(source.paths), style="quiet"),
        )  # fmt: skip
    out.print(indented(made))
    country = draft.country or _("not decided")
    out.print(indented(Text.assemble((_("Country") + f": {country}. ", "default"), (draft.country_why, "quiet"))))
    out.print(indented(Text(_("Language") + f": {draft.language}")))
    out.print(indented(Text(_("Written") + f": {path}, {mapping}")))
    sentence = _("The project is set up.")
    if draft.proposals:
        waiting = ngettext("{n} column waits", "{n} columns wait", draft.proposals).format(n=draft.proposals)
        sentence += " " + _("{columns} for a decision in {file}.").format(columns=waiting, file=mapping)
    verdict(out, ExitCode.OK, sentence, f"crmq run {path}")
