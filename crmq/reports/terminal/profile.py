"""Terminal report of a profile: what each column holds, what stands out, and what the sources share."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from crmq.errors import ExitCode
from crmq.locales import _, ngettext
from crmq.profile.freshness import BUCKETS
from crmq.profile.model import Across, Column, Overlap, Profile, Sharing, Table
from crmq.reports.masked_profile import masked
from crmq.reports.profiling.sections import (
    chart,
    effort_sentence,
    extent,
    findings,
    has_forms,
    needs_look,
    sentence,
    table_title,
)
from crmq.reports.profiling.titles import (
    age_title,
    entity_title,
    kind_title,
    object_title,
    personal_title,
    problem_title,
)
from crmq.reports.terminal import bar, console, count, heading, indented, percent, table, verdict

_MEDIUM, _WIDE = 90, 112
"""Columns from which the table of columns shows charts, and smallest and largest values too."""
_FINDINGS = 15
_VALUE_COLUMNS = 8
_VALUES = 6
_GROUPS = 8
_MATRIX_SOURCES = 8
_LISTED = ("category", "flag", "country", "code")


def report(profile: Profile, *, show_pii: bool, next_command: str) -> None:
    """Print the report."""
    out = console()
    profile = masked(profile, show_pii=show_pii)
    if len(profile.tables) > 1:
        _overview(out, profile.tables)
    if profile.across is not None:
        _across(out, profile.across)
    for one in profile.tables:
        _table(out, one)
    verdict(out, ExitCode.OK, sentence(profile), next_command)


def _overview(out: Console, tables: Sequence[Table]) -> None:
    """Print one line per table."""
    heading(out, _("What was read"))
    wide = out.width >= _WIDE
    right = (_("rows"), _("columns"), _("look"))
    heads = [_("table")] if wide else []
    heads += [_("source"), _("object"), *right[:2], _("filled"), "", right[2]]
    body = table(*heads, right=(*right, ""), ratio=(_("table"),))
    for one in tables:
        looks = sum(1 for c in one.columns if needs_look(c))
        row: list[str | Text] = [table_title(one)] if wide else []
        row += [
            _short(one.source, 14), _short(object_title(one.object), 18), count(one.rows), count(len(one.columns)),
            bar(one.cells_filled, 6), percent(one.cells_filled), count(looks),
        ]  # fmt: skip
        body.add_row(*row)
    out.print(indented(body))
    out.print(indented(Text(_("look: columns with something to look at"), "quiet")))


def _table(out: Console, one: Table) -> None:
    known = f"{one.source} · {object_title(one.object)}"
    if one.system not in ("generic", one.source):
        known += f" · {one.system}"
    heading(out, table_title(one), known)
    out.print(indented(_facts(one)))
    if not one.rows:
        return
    filled = [c for c in one.columns if c.filled]
    out.print()
    out.print(indented(_columns(out, filled)))
    empty = [c.header for c in one.columns if not c.filled]
    if empty:
        names = ", ".join(empty[:8]) + (" …" if len(empty) > 8 else "")
        note = ngettext("{n} column is empty: {names}", "{n} columns are empty: {names}", len(empty))
        out.print(indented(Text(note.format(n=count(len(empty)), names=names), "quiet")))
    _stands_out(out, one)
    _variants(out, filled)
    _values(out, filled)
    _forms(out, filled)
    _follows(out, one)
    _keys(out, one)
    _personal(out, filled)
    _ages(out, one)
    _effort(out, one)
    _basis(out, filled)


def _facts(one: Table) -> Text:
    parts = [
        ngettext("{n} row", "{n} rows", one.rows).format(n=count(one.rows)),
        ngettext("{n} column", "{n} columns", len(one.columns)).format(n=count(len(one.columns))),
        _("{share} of the cells filled").format(share=percent(one.cells_filled)),
    ]
    if one.unreadable:
        parts.append(_("{n} unreadable").format(n=count(one.unreadable)))
    if one.excluded:
        parts.append(_("{n} left out (deleted or superseded)").format(n=count(one.excluded)))
    parts.append(_("{n} repeated").format(n=count(one.repeated_rows)) if one.repeated_rows else _("none repeated"))
    return Text(" · ".join(parts))


def _columns(out: Console, columns: Sequence[Column]) -> object:
    medium, wide = out.width >= _MEDIUM, out.width >= _WIDE
    number = (_("distinct"), _("valid"))
    heads = [_("column"), _("holds"), _("filled"), "", *number]
    heads += [_("spread")] if medium else []
    heads += [_("lowest … highest")] if wide else []
    body = table(*heads, right=(*number, ""), ratio=(_("column"), *heads[7:]))
    for one in columns:
        row: list[str | Text] = [
            one.header, kind_title(one.kind), bar(one.fill, 10 if wide else 6), percent(one.fill),
            count(one.distinct), _valid(one),
        ]  # fmt: skip
        row += [Text(str(chart(one, lengths=False)), "bar")] if medium else []
        row += [extent(one, 12)] if wide else []
        body.add_row(*row)
    return body


def _valid(one: Column) -> str:
    if not one.verdicts:
        return ""
    return percent(one.verdict("valid") + one.verdict("possible"))


def _short(text: str, most: int = 20) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _stands_out(out: Console, one: Table) -> None:
    found = findings(one)
    if not found:
        return
    heading(out, _("What stands out"))
    body = table(_("column"), _("rows"), "", _("what"), right=(_("rows"), ""), ratio=(_("what"),))
    for column, problem in found[:_FINDINGS]:
        what = Text(problem_title(problem.code) if problem.code != "invalid" else _("not valid"))
        if problem.example:
            what.append("  " + _short(problem.example.strip() or problem.example, 32), "quiet")
        body.add_row(_short(column.header, 24), count(problem.rows), percent(problem.share), what)
    out.print(indented(body))
    if len(found) > _FINDINGS:
        more = _("{n} more: see --format html or json").format(n=count(len(found) - _FINDINGS))
        out.print(indented(Text(more, "quiet")))


def _values(out: Console, columns: Sequence[Column]) -> None:
    listed = [c for c in columns if c.kind in _LISTED and c.top and 1 < c.distinct <= 200][:_VALUE_COLUMNS]
    if not listed:
        return
    heading(out, _("Values"), _("of columns with few of them"))
    body = table(_("column"), _("value"), _("rows"), "", "", right=(_("rows"),), ratio=(_("value"),))
    for column in listed:
        for i, part in enumerate(column.top[:_VALUES]):
            body.add_row(
                _short(column.header, 24) if i == 0 else "",
                part.name,
                count(part.rows),
                percent(part.share),
                bar(part.share),
            )
        rest = column.distinct - min(len(column.top), _VALUES)
        if rest > 0:
            body.add_row("", Text(_("{n} more").format(n=count(rest)), "quiet"), "", "", "")
    out.print(indented(body))


def _variants(out: Console, columns: Sequence[Column]) -> None:
    groups = [(column, group) for column in columns for group in column.variants]
    if not groups:
        return
    groups.sort(key=lambda item: (-sum(form.rows for form in item[1].forms), item[0].position, item[1].main))
    heading(out, _("Written in several ways"))
    body = table(_("column"), _("most frequent"), _("rows"), _("also written"), right=(_("rows"),),
                 ratio=(_("also written"),))  # fmt: skip
    for column, group in groups[:_GROUPS]:
        others = "  ".join(f"{form.value} {count(form.rows)}" for form in group.forms[:_VALUES])
        more = f"  +{len(group.forms) - _VALUES}" if len(group.forms) > _VALUES else ""
        body.add_row(_short(column.header, 18), _short(group.main, 24), count(group.rows), others + more)
    out.print(indented(body))
    if len(groups) > _GROUPS:
        more = _("{n} more: see --format html or json").format(n=count(len(groups) - _GROUPS))
        out.print(indented(Text(more, "quiet")))


def _follows(out: Console, one: Table) -> None:
    if one.dependencies:
        heading(out, _("What follows from what"), _("rows with the same value on the left agree on the right"))
        heads = (_("from"), _("follows"), _("rows"), _("differ"), _("example"))
        body = table(*heads, right=heads[2:4], ratio=(_("example"),))
        shown = sorted(one.dependencies, key=lambda d: (-d.broken, -d.rows, d.determinant, d.dependent))[:_GROUPS]
        for d in shown:
            example = f"{d.value}: {d.usual} ≠ {d.found}" if d.broken else ""
            name, other = _short(d.determinant, 18), _short(d.dependent, 18)
            body.add_row(name, other, count(d.rows), count(d.broken), Text(example, "quiet"))
        out.print(indented(body))
        if len(one.dependencies) > _GROUPS:
            more = _("{n} more: see --format html or json").format(n=count(len(one.dependencies) - _GROUPS))
            out.print(indented(Text(more, "quiet")))
    if one.missing_together:
        heading(out, _("Empty together"))
        for m in one.missing_together[:_GROUPS]:
            names = ", ".join(m.headers[:6]) + (" …" if len(m.headers) > 6 else "")
            said = (
                _("{names}: empty in the same rows") if m.correlation > 0 else _("{names}: one or the other is empty")
            )
            out.print(indented(Text(said.format(names=names))))


def _personal(out: Console, columns: Sequence[Column]) -> None:
    found: dict[str, list[str]] = {}
    for column in columns:
        for part in column.personal:
            inside = _(" (inside texts)") if part.seen_in == "inside" else ""
            found.setdefault(part.kind, []).append(column.header + inside)
    if not found:
        return
    heading(out, _("Personal data"))
    body = table(_("kind"), _("columns"), ratio=(_("columns"),))
    for kind in sorted(found):
        body.add_row(personal_title(kind), ", ".join(found[kind]))
    out.print(indented(body))


def _effort(out: Console, one: Table) -> None:
    if one.effort is not None and (one.effort.records or one.effort.values):
        heading(out, _("What cleaning asks of people"), _("estimated") if one.effort.estimated else "")
        out.print(indented(Text(effort_sentence(one.effort))))


def _forms(out: Console, columns: Sequence[Column]) -> None:
    shaped = [c for c in columns if has_forms(c)]
    if not shaped:
        return
    heading(out, _("Forms"), _("A, a: letters · 9: digits · +: repeated"))
    body = table(_("column"), _("how many"), _("most frequent"), right=(_("how many"),), ratio=(_("most frequent"),))
    for column in shaped[:_FINDINGS]:
        forms = "   ".join(f"{part.name} {percent(part.share)}" for part in column.patterns[:3])
        body.add_row(_short(column.header, 24), count(column.pattern_count), forms)
    out.print(indented(body))


def _keys(out: Console, one: Table) -> None:
    if not one.keys and not one.sharing:
        return
    heading(out, _("Keys and shared values"))
    lines = []
    for key in one.keys:
        names = " + ".join(key.headers)
        if key.repeated == 0 and key.rows == one.rows:
            lines.append(_("{names} identifies every row").format(names=names))
        elif key.repeated == 0:
            lines.append(_("{names} identifies every row that has it ({n})").format(names=names, n=count(key.rows)))
        else:
            lines.append(_("{names} nearly: {n} rows share a value").format(names=names, n=count(key.repeated)))
    lines += [_sharing(one, shared) for shared in one.sharing if shared.shared]
    for line in lines:
        out.print(indented(Text(line)))


def _sharing(one: Table, shared: Sharing) -> str:
    text = _("{name}: {n} of {rows} rows ({share}) share their value with another row, up to {most} rows one value")
    return text.format(
        name=shared.header, n=count(shared.shared), rows=count(shared.rows),
        share=percent(shared.shared / shared.rows), most=count(shared.largest),
    )  # fmt: skip


def _ages(out: Console, one: Table) -> None:
    for fresh in one.freshness[:1]:
        note = f"{fresh.header}  {fresh.earliest or ''} … {fresh.latest or ''}"
        heading(out, _("Age of the records"), note)
        body = table("", _("rows"), "", "", right=(_("rows"),))
        for name in BUCKETS:
            if fresh.buckets.get(name):
                share = fresh.buckets[name] / one.rows
                body.add_row(age_title(name), count(fresh.buckets[name]), percent(share), bar(share, 20))
        out.print(indented(body))


def _basis(out: Console, columns: Sequence[Column]) -> None:
    sampled = [c for c in columns if not c.basis.exact]
    if sampled:
        text = _(
            "Counts of rows, distinct and frequent values are exact. Forms, validity and problems of {n} columns with "
            "many values are estimated from {values} distinct values each, chosen by hash."
        )
        values = min(c.basis.values for c in sampled)
        out.print()
        out.print(indented(Text(text.format(n=count(len(sampled)), values=count(values)), "quiet")))


def _across(out: Console, across: Across) -> None:
    heading(out, _("Across sources"), _("{n} records").format(n=count(across.records)))
    body = table(_("source"), _("object"), _("who"), _("records"), right=(_("records"),))
    for part in across.population:
        body.add_row(part.source, object_title(part.object), entity_title(part.entity), count(part.records))
    out.print(indented(body))
    if across.multi_source_records:
        text = _("{n} records ({share}) share an e-mail, phone or tax id with a record of another source.")
        share = percent(across.multi_source_records / across.records)
        out.print()
        out.print(indented(Text(text.format(n=count(across.multi_source_records), share=share))))
    for overlap in across.overlaps:
        if sum(1 for n in overlap.values.values() if n) > 1:
            _overlap(out, overlap)


def _overlap(out: Console, overlap: Overlap) -> None:
    sources = [s for s, n in overlap.values.items() if n]
    heading(out, _("Shared values: {kind}").format(kind=kind_title(overlap.kind)), _("distinct values in both sources"))
    if len(sources) <= _MATRIX_SOURCES:
        common = {(p.a, p.b): p.common for p in overlap.pairs}
        # a source name may equal a header: the columns are told apart by their order
        body = table("", *sources, right=tuple(sources))
        for a in sources:
            row = []
            for b in sources:
                number = overlap.values[a] if a == b else common.get((a, b), common.get((b, a), 0))
                row.append(Text(count(number), "quiet" if a == b else "number"))
            body.add_row(a, *row)
        out.print(indented(body))
    total = sum(overlap.combinations.values())
    body = table("", _("values"), "", "", right=(_("values"),))
    for n, values in overlap.in_sources.items():
        name = ngettext("in {n} source", "in {n} sources", n).format(n=n)
        body.add_row(name, count(values), percent(values / total), bar(values / total, 20))
    out.print()
    out.print(indented(body))
    repeated = {s: n for s, n in overlap.repeated.items() if n}
    if repeated:
        names = ", ".join(f"{s} {count(n)}" for s, n in repeated.items())
        out.print(indented(Text(_("Records that share one inside their own source: {names}").format(names=names))))
