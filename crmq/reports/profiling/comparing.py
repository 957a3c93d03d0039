"""The comparison of two deliveries as a document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath

from crmq.locales import _, ngettext
from crmq.profile.drift import ColumnDrift, Comparison, TableDrift
from crmq.reports.document import Document, Part, Table
from crmq.reports.masked_profile import OPEN_KINDS
from crmq.reports.masking import mask
from crmq.reports.profiling.titles import kind_title, object_title


def masked(comparison: Comparison, *, show_pii: bool) -> Comparison:
    """Return the comparison as a report may show it: values of lists stay, all others are masked."""
    if show_pii:
        return comparison
    return replace(
        comparison,
        tables=tuple(replace(t, columns=tuple(_masked(c) for c in t.columns)) for t in comparison.tables),
    )


def _masked(column: ColumnDrift) -> ColumnDrift:
    if column.kind in OPEN_KINDS and column.kind_after in OPEN_KINDS:
        return column
    return replace(column, moves=tuple(replace(move, value=mask(move.value)) for move in column.moves))


def document(comparison: Comparison, inputs: Sequence[str], *, show_pii: bool) -> Document:
    """Return the document, masked unless real values are asked for."""
    shown = masked(comparison, show_pii=show_pii)
    found = sum(1 for t in shown.tables for c in t.columns if c.findings)
    columns = ngettext("{n} column has changed", "{n} columns have changed", found).format(n=f"{found:,}")
    tables = ngettext("{n} table in both", "{n} tables in both", len(shown.tables)).format(n=f"{len(shown.tables):,}")
    alone = [(PurePath(file).name, _("only in the first")) for file in shown.only_before]
    alone += [(PurePath(file).name, _("only in the second")) for file in shown.only_after]
    return Document(
        _("Two deliveries compared"),
        f"{inputs[0]} → {inputs[1]}",
        f"{tables}; {columns}.",
        tables=(Table(_("Without a counterpart"), (_("table"), _("where")), alone),),
        parts=tuple(_part(one) for one in shown.tables),
        note=_("Personal data are masked.") if not show_pii else _("This page holds personal data."),
    )


def finding_title(code: str) -> str:
    """Return what has changed in a column, in words."""
    return {
        "kind": _("holds something else"), "filled": _("filled share"), "valid": _("valid share"),
        "distribution": _("distribution"), "new_values": _("new values"), "gone_values": _("values gone"),
    }.get(code, code)  # fmt: skip


def _part(one: TableDrift) -> Part:
    names = [PurePath(file.partition("!")[0]).name + file.partition("!")[1] + file.partition("!")[2]
             for file in (one.file, one.file_after)]  # fmt: skip
    title = names[0] if names[0] == names[1] else f"{names[0]} → {names[1]}"
    facts = [_("{object}: {before} rows before, {after} after.").format(
        object=object_title(one.object), before=f"{one.rows:,}", after=f"{one.rows_after:,}")]  # fmt: skip
    if one.added:
        facts.append(_("New columns: {names}.").format(names=", ".join(one.added)))
    if one.removed:
        facts.append(_("Columns gone: {names}.").format(names=", ".join(one.removed)))
    if one.records is not None:
        r = one.records
        text = _("Records by {name}: {kept} in both ({changed} of them changed), {new} new, {gone} gone.")
        facts.append(text.format(name=r.header, kept=f"{r.kept:,}", changed=f"{r.changed:,}", new=f"{r.new:,}",
                                 gone=f"{r.gone:,}"))  # fmt: skip
    return Part(title, tuple(facts), (_changes(one), _moves(one), _columns(one)))


def _changes(one: TableDrift) -> Table:
    rows = [(c.header, finding_title(code), *_sides(c, code)) for c in one.columns for code in c.findings]
    return Table(_("What has changed"), (_("column"), _("what"), _("before"), _("after")), rows, (2, 3))


def _sides(column: ColumnDrift, code: str) -> tuple[str, str]:
    """Return before and after of one finding; a distance stands on the right alone."""
    if code == "kind":
        return kind_title(column.kind), kind_title(column.kind_after)
    if code == "filled":
        return f"{column.fill:.1%}", f"{column.fill_after:.1%}"
    if code == "valid":
        return f"{column.valid or 0:.1%}", f"{column.valid_after or 0:.1%}"
    if code == "new_values":
        return "", f"+{column.new:,}"
    if code == "gone_values":
        return f"-{column.gone:,}", ""
    return "", _("{share} of the rows moved").format(share=f"{column.distance:.1%}")


def _moves(one: TableDrift) -> Table:
    rows = [
        (c.header, move.value, round(100 * move.before, 1), round(100 * move.after, 1))
        for c in one.columns
        if {"distribution", "new_values", "gone_values"} & set(c.findings)
        for move in c.moves
    ]
    return Table(_("Values that moved"), (_("column"), _("value"), _("before %"), _("after %")), rows, (2, 3))


def _columns(one: TableDrift) -> Table:
    rows = [
        (
            c.header, kind_title(c.kind_after), round(100 * c.fill, 1), round(100 * c.fill_after, 1), c.distinct,
            c.distinct_after, c.new, c.gone, round(100 * c.distance, 1), c.changed if c.changed is not None else "",
        )
        for c in one.columns
    ]  # fmt: skip
    headers = (
        _("column"), _("holds"), _("filled % before"), _("after"), _("distinct before"), _("after"), _("new"),
        _("gone"), _("moved %"), _("cells changed"),
    )  # fmt: skip
    return Table(_("All columns"), headers, rows, (2, 3, 4, 5, 6, 7, 8, 9))
