"""What the documents on a profile say: the same rows and words in each format."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from crmq.locales import _, ngettext
from crmq.profile.freshness import BUCKETS
from crmq.profile.model import Across, Column, Problem, Profile
from crmq.profile.model import Table as Profiled
from crmq.profile.parts import Distribution, Effort
from crmq.reports.document import Chart, Document, Part, Table
from crmq.reports.masked_profile import masked
from crmq.reports.profiling.titles import (
    age_title,
    entity_title,
    kind_title,
    object_title,
    personal_title,
    problem_title,
    seen_title,
    variant_title,
)

SLIGHT = ("blanks_around", "doubled_blanks", "all_small_letters")
"""Problems that crmq mends while standardising: shown after the others."""
_FORMS = 3
_FEW_FORMS = 20
_VALUES = 6
_FEW_VALUES = 200
_LISTED = ("category", "flag", "country", "code")
_SHAPED = ("id", "code", "phone", "postal_code", "tax_id", "date", "timestamp", "number")


def document(profile: Profile, *, show_pii: bool) -> Document:
    """Return the document on a profile, masked unless real values are asked for."""
    shown = masked(profile, show_pii=show_pii)
    effort = total_effort(shown)
    tiles = [
        (f"{len(shown.tables):,}", _("tables")),
        (f"{sum(t.rows for t in shown.tables):,}", _("rows")),
        (f"{sum(len(t.columns) for t in shown.tables):,}", _("columns")),
    ]
    if effort is not None:
        tiles += [
            (f"{effort.records:,}", _("records a person must look at")),
            (f"{effort.hours:,.1f}", _("hours of a person, estimated")),
        ]
    top = [overview(shown.tables), personal(shown.tables)]
    if shown.across is not None:
        top += across(shown.across)
    return Document(
        _("Data profile"),
        _("As of {day}.").format(day=shown.as_of),
        sentence(shown),
        tuple(tiles),
        tuple(top),
        tuple(_part(one) for one in shown.tables),
        _("Personal data are masked.") if not show_pii else _("This page holds personal data."),
    )


def table_title(one: Profiled) -> str:
    """Return the name of a table: its file without folders, the member of an archive, the sheet."""
    path, mark, member = one.file.partition("!")
    return PurePath(path).name + mark + member + (f" [{one.sheet}]" if one.sheet else "")


def needs_look(column: Column) -> bool:
    """Return whether a person should look at a column."""
    return any(p.code not in SLIGHT for p in column.problems) or invalid(column) is not None


def has_forms(column: Column) -> bool:
    """Return whether the forms of a column say something: of random ids each value has one of its own."""
    each_its_own = column.distinct > _FEW_FORMS and 2 * column.pattern_count > column.distinct
    return column.kind in _SHAPED and column.pattern_count > 1 and not each_its_own


def invalid(column: Column) -> Problem | None:
    """Return the values that are not valid as a problem like the others."""
    return next((Problem("invalid", p.rows, p.share) for p in column.verdicts if p.name == "invalid"), None)


def findings(one: Profiled) -> list[tuple[Column, Problem]]:
    """Return everything found in the columns of a table: what asks most of people first."""
    found = [(column, problem) for column in one.columns for problem in column.problems]
    found += [(column, bad) for column in one.columns for bad in [invalid(column)] if bad]
    of = {column.header: column for column in one.columns}
    for follows in one.dependencies:
        if follows.broken:
            share = follows.broken / follows.rows
            found.append((of[follows.dependent], Problem("broken_dependency", follows.broken, share, follows.found)))
    unique: dict[tuple[str, str], tuple[Column, Problem]] = {}
    for column, problem in found:  # a column with two determinants is one finding
        known = unique.get((column.header, problem.code))
        if known is None or known[1].rows < problem.rows:
            unique[column.header, problem.code] = (column, problem)
    return sorted(
        unique.values(), key=lambda item: (item[1].code in SLIGHT, -item[1].rows, item[0].position, item[1].code)
    )


def sentence(profile: Profile) -> str:
    """Return the profile in one sentence."""
    rows = sum(t.rows for t in profile.tables)
    columns = [c for t in profile.tables for c in t.columns]
    look = sum(1 for c in columns if needs_look(c))
    tables_ = ngettext("{n} table", "{n} tables", len(profile.tables)).format(n=f"{len(profile.tables):,}")
    rows_ = ngettext("{n} row", "{n} rows", rows).format(n=f"{rows:,}")
    columns_ = ngettext("{n} column", "{n} columns", len(columns)).format(n=f"{len(columns):,}")
    looks = ngettext("{n} column needs a look", "{n} columns need a look", look).format(n=f"{look:,}")
    return f"{tables_}, {rows_}, {columns_}; {looks}."


def total_effort(profile: Profile) -> Effort | None:
    """Return the effort for all tables together, if there is any table."""
    known = [t.effort for t in profile.tables if t.effort is not None]
    if not known:
        return None
    return Effort(
        sum(e.sound for e in known), sum(e.automatic for e in known), sum(e.values for e in known),
        sum(e.value_rows for e in known), sum(e.records for e in known), any(e.estimated for e in known),
        known[0].minutes_per_record, known[0].minutes_per_value, round(sum(e.hours for e in known), 1),
    )  # fmt: skip


def effort_sentence(effort: Effort) -> str:
    """Return what the hours assume."""
    text = _(
        "Records to look at one by one: {records} ({m} min each). Values to decide once: {values} ({k} min each). "
        "Together {hours} hours. Rows that mend themselves: {automatic}."
    )
    return text.format(
        records=f"{effort.records:,}", values=f"{effort.values:,}", m=f"{effort.minutes_per_record:g}",
        k=f"{effort.minutes_per_value:g}", hours=f"{effort.hours:,.1f}", automatic=f"{effort.automatic:,}",
    )  # fmt: skip


def chart(column: Column, *, lengths: bool = True) -> Chart | str:
    """Return how the values of a column are spread, as a small chart; that of lengths only where asked for."""
    made = column.distribution
    if made is not None and made.of == "length" and not lengths:
        return ""
    if made is None or not made.bins:
        if column.top and column.distinct <= _FEW_VALUES:
            return Chart(tuple(part.rows for part in column.top), _("rows of the most frequent values"))
        return ""
    rows = tuple(b.rows for b in made.bins)
    what = {"number": _("rows by number"), "date": _("rows by date"), "length": _("rows by length")}[made.of]
    return Chart(rows, f"{what}: {made.bins[0].lower} … {made.bins[-1].upper}")


def spread(made: Distribution | None) -> str:
    """Return the middle half of a column in words."""
    if made is None or made.of == "length":
        return ""
    quantile = made.quantiles
    return f"{quantile['p25']} … {quantile['p50']} … {quantile['p75']}"


def extent(column: Column, most: int = 16) -> str:
    """Return the smallest and the largest value, cut to so many characters each, where these say something."""
    if column.lowest is None or column.kind in ("free_text", "flag", "category"):
        return ""
    if column.lowest == column.highest:
        return short(column.lowest, most)
    return f"{short(column.lowest, most)} … {short(column.highest or '', most)}"


def short(value: str, most: int = 40) -> str:
    """Return a value in one line, cut to so many characters."""
    flat = " ".join(value.split())
    return flat if len(flat) <= most else flat[: most - 1] + "…"


def overview(tables: Sequence[Profiled]) -> Table:
    """Return one row per table."""
    rows = [
        (
            table_title(one), object_title(one.object), one.rows, len(one.columns),
            _percent(one.cells_filled), sum(1 for c in one.columns if needs_look(c)),
            one.effort.records if one.effort else "", one.effort.hours if one.effort else "",
        )
        for one in tables
    ]  # fmt: skip
    headers = (
        _("table"), _("object"), _("rows"), _("columns"), _("filled %"), _("columns to look at"),
        _("records to look at"), _("hours"),
    )  # fmt: skip
    return Table(_("What was read"), headers, rows, (2, 3, 4, 5, 6, 7))


def personal(tables: Sequence[Profiled]) -> Table:
    """Return the kinds of personal data, and where they stand."""
    rows = []
    for one in tables:
        found: dict[tuple[str, str], list[Column]] = {}
        for column in one.columns:
            for part in column.personal:
                found.setdefault((part.kind, part.seen_in), []).append(column)
        for (kind, seen_in), columns in found.items():
            most = max(p.rows for c in columns for p in c.personal if (p.kind, p.seen_in) == (kind, seen_in))
            names = ", ".join(c.header for c in columns)
            rows.append((personal_title(kind), table_title(one), names, most, seen_title(seen_in)))
    rows.sort(key=lambda row: row[:2])
    headers = (_("kind"), _("table"), _("columns"), _("rows"), _("recognised"))
    return Table(_("Personal data"), headers, rows, (3,))


def across(found: Across) -> list[Table]:
    """Return what the sources have in common."""
    people = [
        (p.source, object_title(p.object), entity_title(p.entity), p.records)
        for p in found.population
    ]  # fmt: skip
    shared = [
        (kind_title(o.kind), p.a, p.b, p.common, _percent(p.share_a), _percent(p.share_b))
        for o in found.overlaps
        for p in o.pairs
        if p.common
    ]
    return [
        Table(_("Who is there"), (_("source"), _("object"), _("who"), _("records")), people, (3,)),
        Table(
            _("Shared between sources"),
            (
                _("kind"), _("source"), _("other source"), _("values in both"), _("share of the one"),
                _("share of the other"),
            ),
            shared, (3, 4, 5), note=_("Distinct values that stand in both."),
        ),
    ]  # fmt: skip


def _part(one: Profiled) -> Part:
    facts = [
        " · ".join(
            (
                f"{one.source}, {object_title(one.object)}",
                ngettext("{n} row", "{n} rows", one.rows).format(n=f"{one.rows:,}"),
                ngettext("{n} column", "{n} columns", len(one.columns)).format(n=f"{len(one.columns):,}"),
                _("{share} of the cells filled").format(share=f"{one.cells_filled:.1%}"),
                _("{n} repeated").format(n=f"{one.repeated_rows:,}") if one.repeated_rows else _("none repeated"),
            )
        )
    ]
    if one.effort is not None and one.rows:
        facts.append(effort_sentence(one.effort))
    made = (_found(one), _columns(one), _values(one), _variants(one), _forms(one), _follows(one), _missing(one),
            _keys(one), _shared(one), _ages(one))  # fmt: skip
    return Part(table_title(one), tuple(facts), made)


def _percent(share: float) -> float:
    return round(100 * share, 1)


def _found(one: Profiled) -> Table:
    rows = [
        (column.header, _("not valid") if p.code == "invalid" else problem_title(p.code), p.rows, _percent(p.share),
         short(p.example or ""))
        for column, p in findings(one)
    ]  # fmt: skip
    return Table(_("What stands out"), (_("column"), _("what"), _("rows"), "%", _("example")), rows, (2, 3), 3)


def _columns(one: Profiled) -> Table:
    rows = [
        (
            c.header, kind_title(c.kind), c.field or "", _percent(c.fill), c.distinct,
            _percent(c.verdict("valid") + c.verdict("possible")) if c.verdicts else "", chart(c),
            spread(c.distribution), extent(c),
        )
        for c in one.columns
    ]  # fmt: skip
    headers = (
        _("column"), _("holds"), _("field"), _("filled %"), _("distinct"), _("valid %"), _("spread"), _("middle half"),
        _("lowest … highest"),
    )  # fmt: skip
    note = _("Spread: rows by number or date, by length for texts, of the most frequent values for lists.")
    return Table(_("Columns"), headers, rows, (3, 4, 5), 3, note)


def _values(one: Profiled) -> Table:
    listed = [c for c in one.columns if c.kind in _LISTED and c.top and 1 < c.distinct <= _FEW_VALUES]
    rows = [(c.header, p.name, p.rows, _percent(p.share)) for c in listed for p in c.top[:_VALUES]]
    return Table(_("Values"), (_("column"), _("value"), _("rows"), "%"), rows, (2, 3), 3)


def _variants(one: Profiled) -> Table:
    rows = [
        (c.header, group.main, group.rows, "  ".join(f"{form.value} ({form.rows:,})" for form in group.forms[:12]),
         variant_title(group.how))
        for c in one.columns
        for group in c.variants
    ]  # fmt: skip
    headers = (_("column"), _("most frequent"), _("rows"), _("also written"), _("differs by"))
    return Table(_("Written in several ways"), headers, rows, (2,))


def _forms(one: Profiled) -> Table:
    shaped = [c for c in one.columns if has_forms(c)]
    rows = [
        (c.header, p.name, p.rows, _percent(p.share), short(p.example or ""))
        for c in shaped
        for p in c.patterns[:_FORMS]
    ]
    note = _("A, a: letters · 9: digits · +: repeated")
    return Table(_("Forms"), (_("column"), _("form"), _("rows"), "%", _("example")), rows, (2, 3), 3, note)


def _follows(one: Profiled) -> Table:
    rows = [
        (
            d.determinant, d.dependent, d.rows, d.broken, _percent(d.strength),
            f"{short(d.value or '')}: {short(d.usual or '')} ≠ {short(d.found or '')}" if d.broken else "",
        )
        for d in one.dependencies
    ]  # fmt: skip
    headers = (_("from"), _("follows"), _("rows looked at"), _("rows that differ"), _("strength %"), _("example"))
    return Table(_("What follows from what"), headers, rows, (2, 3, 4), 4)


def _missing(one: Profiled) -> Table:
    rows = [
        (", ".join(m.headers), _("together") if m.correlation > 0 else _("one or the other"), m.correlation, m.rows)
        for m in one.missing_together
    ]
    return Table(_("Empty together"), (_("columns"), _("how"), _("correlation"), _("rows")), rows, (2, 3))


def _keys(one: Profiled) -> Table:
    rows = [(" + ".join(key.headers), key.rows, key.repeated) for key in one.keys]
    return Table(_("Keys"), (_("columns"), _("rows"), _("rows that repeat a value")), rows, (1, 2))


def _shared(one: Profiled) -> Table:
    rows = [(s.header, kind_title(s.kind), s.rows, s.shared, s.largest) for s in one.sharing if s.shared]
    headers = (_("column"), _("holds"), _("rows"), _("rows that share a value"), _("most rows of one value"))
    return Table(_("Shared inside the table"), headers, rows, (2, 3, 4))


def _ages(one: Profiled) -> Table:
    rows = [
        (age_title(name), fresh.buckets[name], _percent(fresh.buckets[name] / max(one.rows, 1)))
        for fresh in one.freshness[:1]
        for name in BUCKETS
        if fresh.buckets.get(name)
    ]
    note = f"{one.freshness[0].header}  {one.freshness[0].earliest} … {one.freshness[0].latest}" if rows else ""
    return Table(_("Age of the records"), (_("age"), _("rows"), "%"), rows, (1, 2), 2, note)
