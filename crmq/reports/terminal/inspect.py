"""What each file is, on the terminal: how it was read and why, what it was recognised as, what could not be read."""

from __future__ import annotations

from itertools import groupby
from pathlib import PurePath
from typing import Any

from rich.console import Console, RenderableType
from rich.text import Text

from crmq.errors import ExitCode
from crmq.locales import _, ngettext
from crmq.mapping import Delivery
from crmq.reports.terminal import console, count, deliveries, heading, indented, percent, table, verdict

_MOST_EXAMPLES = 5
_MOST_FILES = 20
_WIDE = 100
_PLAIN = frozenset({"format", "encoding", "line_end", "delimiter", "quote", "header_line", "rejected_rows"})
"""Facts that every file has: not repeated for each of many tables of one file."""


def report(found: dict[str, Any], *, next_command: str | None = None) -> None:
    """Print the report.

    Args:
        found: The content of ``crmq.inspect/1``.
        next_command: What to run next.
    """
    out = console()
    for _path, group in groupby(found["tables"], key=lambda one: one["path"]):
        tables = list(group)
        if len(tables) == 1:
            _single(out, tables[0])
        else:
            _several(out, tables)
        for one in tables:
            _rejected(out, one)
    deliveries.report(out, [Delivery(**one) for one in found["deliveries"]])
    _not_read(out, found)
    _verdict(out, found["totals"], next_command)


def _single(out: Console, one: dict[str, Any]) -> None:
    heading(out, _name(one), _size(one))
    out.print(indented(_recognised(one)))
    body = table("", _("found"), _("why"), ratio=(_("why"),))
    for fact in one["facts"]:
        if fact["name"] != "rejected_rows":  # told with the rows themselves
            body.add_row(Text(_label(fact["name"]), style="quiet"), fact["value"], Text(fact["why"], style="quiet"))
    if body.row_count:
        out.print(indented(body))


def _several(out: Console, tables: list[dict[str, Any]]) -> None:
    rows = sum(one["rows"] for one in tables)
    told = ngettext("{n} row", "{n} rows", rows).format(n=count(rows))
    holds = ngettext("{n} table", "{n} tables", len(tables)).format(n=len(tables))
    heading(out, PurePath(tables[0]["path"]).name, f"{holds}, {told}")
    alike = {(fact["name"], fact["value"]) for fact in tables[0]["facts"]} - {("header_line", "1")}
    for one in tables:
        alike &= {(fact["name"], fact["value"]) for fact in one["facts"]}
    shared = [fact for fact in tables[0]["facts"] if (fact["name"], fact["value"]) in alike]
    if shared:
        out.print(indented(Text(_facts(shared), style="quiet")))
    wide = out.width >= _WIDE
    columns = [_("table"), _("rows"), _("columns"), _("recognised as")] + ([_("notes")] if wide else [])
    body = table(*columns, right=(_("rows"), _("columns")), ratio=(columns[-1],))
    notes = {}
    for one in tables:
        own = [f for f in one["facts"] if (f["name"], f["value"]) not in alike and f["name"] not in _PLAIN]
        notes[_part(one)] = _facts(own)
        row: list[RenderableType] = [_part(one), count(one["rows"]), str(one["columns"]), _short(one)]
        body.add_row(*row, *([Text(_facts(own), style="quiet")] if wide else []))
    out.print(indented(body))
    for part, words in notes.items():
        if words and not wide:
            out.print(indented(Text(f"{part}: {words}", style="quiet")))


def _facts(facts: list[dict[str, Any]]) -> str:
    return ", ".join(f"{_label(fact['name'])} {fact['value']}" for fact in facts)


def _name(one: dict[str, Any]) -> str:
    name = PurePath(one["path"]).name
    part = _part(one)
    return f"{name} · {part}" if part else name


def _part(one: dict[str, Any]) -> str:
    """Return what tells a table from the others of its file: the sheet, the member, the table."""
    return " · ".join(text for text in (one["member"], one["sheet"]) if text)


def _size(one: dict[str, Any]) -> str:
    rows = ngettext("{n} row", "{n} rows", one["rows"]).format(n=count(one["rows"]))
    columns = ngettext("{n} column", "{n} columns", one["columns"]).format(n=one["columns"])
    return f"{rows}, {columns}"


def _short(one: dict[str, Any]) -> Text:
    if one["system"] == "generic":
        return Text(one["object"], style="quiet")
    return Text(f"{one['object']} ({percent(one['confidence'], 0)})")


def _recognised(one: dict[str, Any]) -> Text:
    evidence = " ".join(one["evidence"])
    name = _("plain table") if one["system"] == "generic" else one["system"]
    title = f"{name}: {one['object']}" if one["object"] else name
    return Text.assemble((title, "default"), (f", {percent(one['confidence'], 0)}. ", "default"), (evidence, "quiet"))


def _rejected(out: Console, one: dict[str, Any]) -> None:
    total = one["rejected"]["rows"]
    if not total:
        return
    told = ngettext("{n} row could not be read", "{n} rows could not be read", total).format(n=count(total))
    where = f" ({_part(one)})" if _part(one) else ""
    out.print(indented(Text(told + where + ":", style="warn")))
    body = table(_("line"), _("reason"), _("what stands there"), right=(_("line"),), ratio=(_("what stands there"),))
    for example in one["rejected"]["examples"][:_MOST_EXAMPLES]:
        raw = example["raw"].replace("\r", " ").replace("\n", " ↵ ")
        cut = raw if len(raw) <= 160 else raw[:160] + " ..."
        body.add_row(str(example["line"]), _reason(example["reason"]), Text(cut, style="quiet"))
    out.print(indented(body))
    if total > _MOST_EXAMPLES:
        rest = ngettext("and {n} more row (--format json lists up to {most})",
                        "and {n} more rows (--format json lists up to {most})", total - _MOST_EXAMPLES)  # fmt: skip
        out.print(indented(Text(rest.format(n=count(total - _MOST_EXAMPLES), most=20), style="quiet")))


def _not_read(out: Console, found: dict[str, Any]) -> None:
    if found["failures"]:
        heading(out, _("Could not be read"))
        body = table(_("file"), _("why, and what to do"), ratio=(_("why, and what to do"),))
        for one in found["failures"][:_MOST_FILES]:
            words = " ".join(text for text in (one["what"], one["hint"]) if text)
            body.add_row(Text(_tail(one["where"]), style="bad"), words)
        out.print(indented(body))
        _more(out, len(found["failures"]))
    if found["skipped"]:
        heading(out, _("Passed over"))
        body = table(_("file"), _("why"), ratio=(_("why"),))
        for one in found["skipped"][:_MOST_FILES]:
            body.add_row(_tail(one["where"]), Text(one["reason"], style="quiet"))
        out.print(indented(body))
        _more(out, len(found["skipped"]))


def _more(out: Console, total: int) -> None:
    if total > _MOST_FILES:
        out.print(indented(Text(_("and {n} more").format(n=total - _MOST_FILES), style="quiet")))


def _tail(where: str) -> str:
    """Return the last part of a path, with the member of an archive."""
    path, bang, member = where.partition("!")
    return PurePath(path).name + bang + member


def _verdict(out: Console, totals: dict[str, int], next_command: str | None) -> None:
    rows = ngettext("{n} row", "{n} rows", totals["rows"]).format(n=count(totals["rows"]))
    tables = ngettext("{n} table", "{n} tables", totals["tables"]).format(n=totals["tables"])
    files = ngettext("{n} file", "{n} files", totals["files"]).format(n=totals["files"])
    parts = [_("{rows} in {tables} of {files} read").format(rows=rows, tables=tables, files=files)]
    if totals["rejected"]:
        parts.append(ngettext("{n} row rejected", "{n} rows rejected", totals["rejected"]).format(n=totals["rejected"]))
    if totals["failures"]:
        told = ngettext("{n} file could not be read", "{n} files could not be read", totals["failures"])
        parts.append(told.format(n=totals["failures"]))
    code = ExitCode.SOURCE if totals["failures"] or totals["rejected"] else ExitCode.OK
    verdict(out, code, ", ".join(parts) + ".", next_command)


def _label(name: str) -> str:
    """Return the name of a fact for people."""
    known = {
        "format": _("format"),
        "encoding": _("encoding"),
        "line_end": _("line end"),
        "delimiter": _("delimiter"),
        "columns": _("columns"),
        "quote": _("quote"),
        "escape": _("escape"),
        "blank_after_delimiter": _("blank after delimiter"),
        "header_line": _("header line"),
        "preamble": _("notes above"),
        "footer": _("notes below"),
        "blank_lines": _("blank lines"),
        "comment_lines": _("comment lines"),
        "empty_rows": _("empty rows"),
        "padded_rows": _("short rows"),
        "mended_rows": _("mended rows"),
        "rejected_rows": _("rejected rows"),
        "duplicate_headers": _("repeated headers"),
        "empty_headers": _("empty headers"),
        "trailing_delimiters": _("trailing delimiters"),
        "nul_bytes": _("NUL characters"),
        "mixed_encoding": _("mixed encoding"),
        "lone_surrogates": _("half characters"),
        "table": _("table of the file"),
        "hidden_sheet": _("hidden sheet"),
        "large_numbers": _("large numbers"),
        "error_cells": _("failed formulas"),
        "first_column": _("first column"),
        "used_range": _("used range"),
        "empty_texts": _("empty texts"),
        "repeated_keys": _("repeated keys"),
        "whole_numbers": _("whole numbers"),
        "binary_columns": _("binary columns"),
        "nested_columns": _("nested columns"),
    }
    return known.get(name, name.replace("_", " "))


def _reason(code: str) -> str:
    """Return the reason of a rejection for people."""
    known = {
        "too_many_cells": _("too many cells"),
        "too_few_cells": _("too few cells"),
        "broken_quotes": _("broken quotes"),
        "invalid_json": _("not valid JSON"),
        "not_an_object": _("no JSON object"),
    }
    return known.get(code, code.replace("_", " "))
