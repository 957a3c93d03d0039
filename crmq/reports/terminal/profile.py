"""Terminal report of a profile: what each column holds, what stands out, and what the sources share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from rich.console import Console
from rich.text import Text

from crmq.errors import ExitCode
from crmq.locales import _, ngettext
from crmq.model import fields
from crmq.profile.freshness import BUCKETS
from crmq.profile.model import Across, Column, Overlap, Problem, Profile, Sharing, Table
from crmq.reports.masked_profile import masked
from crmq.reports.terminal import bar, console, count, heading, indented, percent, table, verdict

_MEDIUM, _WIDE = 90, 112
"""Columns from which the table of columns shows forms, and smallest and largest values too."""
_FINDINGS = 15
_VALUE_COLUMNS = 8
_VALUES = 6
_MATRIX_SOURCES = 8
_LISTED = ("category", "flag", "country", "code")
_SHAPED = ("id", "code", "phone", "postal_code", "tax_id", "date", "timestamp", "number")
_SLIGHT = ("blanks_around", "doubled_blanks", "all_small_letters")
"""Problems that crmq mends while standardising: shown after the others."""


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
    verdict(out, ExitCode.OK, _sentence(profile), next_command)


def kind_title(kind: str) -> str:
    """Return what a column holds, in words."""
    return {
        "text": _("text"), "free_text": _("free text"), "name": _("name"), "organisation": _("company"),
        "email": _("e-mail"), "phone": _("phone"), "date": _("date"), "timestamp": _("time stamp"),
        "year": _("year"), "month": _("month"), "day": _("day"), "number": _("number"), "id": _("id"),
        "tax_id": _("tax id"), "national_id": _("national id"), "web": _("web address"),
        "postal_code": _("postal code"), "country": _("country"), "url": _("web address"),
        "flag": _("yes/no"), "code": _("code"), "category": _("category"), "empty": _("empty"),
    }.get(kind, kind)  # fmt: skip


def problem_title(code: str) -> str:
    """Return a problem in words."""
    return {
        "placeholders": _("placeholders for a missing value"),
        "blanks_around": _("blanks before or after the value"),
        "doubled_blanks": _("doubled blanks inside"),
        "control_characters": _("control characters"),
        "lost_characters": _("characters lost in a wrong encoding"),
        "mojibake": _("letters garbled by a wrong encoding"),
        "spreadsheet_errors": _("error values of a spreadsheet"),
        "scientific_numbers": _("digits lost to scientific notation"),
        "html": _("HTML left in the text"),
        "other_type": _("values of another type than the column"),
        "mixed_dates": _("dates written another way than most"),
        "mixed_decimals": _("decimals written another way than most"),
        "all_capitals": _("in capitals only"),
        "all_small_letters": _("in small letters only"),
        "zeros_lost": _("leading zeros lost"),
        "spelling_variants": _("another spelling of a more frequent value"),
        "near_duplicates": _("close to a more frequent value: a slip or a short form"),
        "several_names": _("another name of a country that stands there too"),
        "units_in_numbers": _("numbers with a unit, not all written alike"),
        "other_form": _("another form than nearly all values"),
        "cut_off": _("probably cut off at the longest length"),
        "outliers": _("far from all other numbers"),
        "mixed_date_orders": _("day and month in the other order than most"),
        "codes_as_dates": _("codes that a spreadsheet turned into dates"),
        "serial_dates": _("dates as day numbers of a spreadsheet"),
        "digits_rounded": _("long numbers rounded by a spreadsheet"),
        "broken_dependency": _("differs from the other rows of its group"),
    }.get(code, code)


def _overview(out: Console, tables: Sequence[Table]) -> None:
    """Print one line per table."""
    heading(out, _("What was read"))
    wide = out.width >= _WIDE
    right = (_("rows"), _("columns"), _("look"))
    heads = [_("table")] if wide else []
    heads += [_("source"), _("object"), *right[:2], _("filled"), "", right[2]]
    body = table(*heads, right=(*right, ""), ratio=(_("table"),))
    for one in tables:
        looks = sum(1 for c in one.columns if _needs_look(c))
        row: list[str | Text] = [_title(one)] if wide else []
        row += [
            _short(one.source, 16), _object(one.object), count(one.rows), count(len(one.columns)),
            bar(one.cells_filled, 6), percent(one.cells_filled), count(looks),
        ]  # fmt: skip
        body.add_row(*row)
    out.print(indented(body))
    out.print(indented(Text(_("look: columns with something to look at"), "quiet")))


def _title(one: Table) -> str:
    """Return the name of a table: its file without folders, the member of an archive, the sheet."""
    path, mark, member = one.file.partition("!")
    return PurePath(path).name + mark + member + (f" [{one.sheet}]" if one.sheet else "")


def _needs_look(column: Column) -> bool:
    return any(p.code not in _SLIGHT for p in column.problems) or _invalid(column) is not None


def _table(out: Console, one: Table) -> None:
    known = f"{one.source} · {_object(one.object)}"
    if one.system not in ("generic", one.source):
        known += f" · {one.system}"
    heading(out, _title(one), known)
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
    _stands_out(out, filled)
    _values(out, filled)
    _forms(out, filled)
    _keys(out, one)
    _ages(out, one)
    _basis(out, filled)


def _object(name: str) -> str:
    known = fields.objects().get(name)
    return known.label if known else name


def _facts(one: Table) -> Text:
    parts = [
        ngettext("{n} row", "{n} rows", one.rows).format(n=count(one.rows)),
        ngettext("{n} column", "{n} columns", len(one.columns)).format(n=count(len(one.columns))),
        _("{share} of the cells filled").format(share=percent(one.cells_filled)),
    ]
    if one.unreadable:
        parts.append(_("{n} unreadable").format(n=count(one.unreadable)))
    if one.excluded:
        parts.append(_("{n} left out (deleted in the source)").format(n=count(one.excluded)))
    parts.append(_("{n} repeated").format(n=count(one.repeated_rows)) if one.repeated_rows else _("none repeated"))
    return Text(" · ".join(parts))


def _columns(out: Console, columns: Sequence[Column]) -> object:
    medium, wide = out.width >= _MEDIUM, out.width >= _WIDE
    number = (_("distinct"), _("valid"))
    heads = [_("column"), _("holds"), _("filled"), "", *number]
    heads += [_("form")] if medium else []
    heads += [_("lowest … highest")] if wide else []
    body = table(*heads, right=(*number, ""), ratio=(_("column"), *heads[7:]))
    for one in columns:
        row: list[str | Text] = [
            one.header, kind_title(one.kind), bar(one.fill, 10 if wide else 6), percent(one.fill),
            count(one.distinct), _valid(one),
        ]  # fmt: skip
        form = one.patterns[0] if one.patterns else None
        row += [f"{_short(form.name, 18)}  {percent(form.share, 0)}" if form else ""] if medium else []
        row += [_extent(one)] if wide else []
        body.add_row(*row)
    return body


def _valid(one: Column) -> str:
    if not one.verdicts:
        return ""
    return percent(one.verdict("valid") + one.verdict("possible"))


def _extent(one: Column) -> str:
    if one.lowest is None or one.kind in ("free_text", "flag", "category"):
        return ""
    return one.lowest if one.lowest == one.highest else f"{_short(one.lowest, 12)} … {_short(one.highest or '', 12)}"


def _short(text: str, most: int = 20) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _stands_out(out: Console, columns: Sequence[Column]) -> None:
    found = [(column, problem) for column in columns for problem in column.problems]
    found += [(column, bad) for column in columns for bad in [_invalid(column)] if bad]
    if not found:
        return
    found.sort(key=lambda item: (item[1].code in _SLIGHT, -item[1].rows, item[0].position, item[1].code))
    heading(out, _("What stands out"))
    body = table(_("column"), _("rows"), "", _("what"), right=(_("rows"), ""), ratio=(_("what"),))
    for column, problem in found[:_FINDINGS]:
        what = Text(problem_title(problem.code) if problem.code != "invalid" else _("not valid"))
        if problem.example:
            what.append("  " + _short(problem.example.strip() or problem.example, 32), "quiet")
        body.add_row(_short(column.header, 24), count(problem.rows), percent(problem.share), what)
    out.print(indented(body))
    if len(found) > _FINDINGS:
        more = _("{n} more: see --format json").format(n=count(len(found) - _FINDINGS))
        out.print(indented(Text(more, "quiet")))


def _invalid(column: Column) -> Problem | None:
    return next((Problem("invalid", p.rows, p.share) for p in column.verdicts if p.name == "invalid"), None)


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


def _forms(out: Console, columns: Sequence[Column]) -> None:
    shaped = [c for c in columns if c.kind in _SHAPED and c.pattern_count > 1]
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


def _bucket(name: str) -> str:
    return {
        "month": _("up to 30 days"), "quarter": _("up to 3 months"), "year": _("up to 1 year"),
        "two_years": _("up to 2 years"), "five_years": _("up to 5 years"), "older": _("older"),
        "future": _("in the future"), "unknown": _("no date"),
    }[name]  # fmt: skip


def _ages(out: Console, one: Table) -> None:
    for fresh in one.freshness[:1]:
        note = f"{fresh.header}  {fresh.earliest or ''} … {fresh.latest or ''}"
        heading(out, _("Age of the records"), note)
        body = table("", _("rows"), "", "", right=(_("rows"),))
        for name in BUCKETS:
            if fresh.buckets.get(name):
                share = fresh.buckets[name] / one.rows
                body.add_row(_bucket(name), count(fresh.buckets[name]), percent(share), bar(share, 20))
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
        body.add_row(part.source, _object(part.object), _entity(part.entity), count(part.records))
    out.print(indented(body))
    if across.multi_source_records:
        text = _("{n} records ({share}) share an e-mail, phone or tax id with a record of another source.")
        share = percent(across.multi_source_records / across.records)
        out.print()
        out.print(indented(Text(text.format(n=count(across.multi_source_records), share=share))))
    for overlap in across.overlaps:
        if sum(1 for n in overlap.values.values() if n) > 1:
            _overlap(out, overlap)


def _entity(name: str) -> str:
    return {"person": _("persons"), "organisation": _("organisations")}.get(name, name)


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


def _sentence(profile: Profile) -> str:
    rows = sum(t.rows for t in profile.tables)
    columns = [c for t in profile.tables for c in t.columns]
    look = sum(1 for c in columns if _needs_look(c))
    tables_ = ngettext("{n} table", "{n} tables", len(profile.tables)).format(n=count(len(profile.tables)))
    rows_ = ngettext("{n} row", "{n} rows", rows).format(n=count(rows))
    columns_ = ngettext("{n} column", "{n} columns", len(columns)).format(n=count(len(columns)))
    looks = ngettext("{n} column needs a look", "{n} columns need a look", look).format(n=count(look))
    return f"{tables_}, {rows_}, {columns_}; {looks}."
