"""The whole way on one page: what came in, how clean it is, who is who, what came out, and the balance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from rich.console import Console

from crmq.errors import ExitCode
from crmq.locales import _
from crmq.reports.terminal import bar, console, count, heading, indented, percent, table, verdict

if TYPE_CHECKING:
    from crmq.consolidate.balance import Equation
    from crmq.demo import Baseline
    from crmq.matching.evaluate import Evaluation
    from crmq.model.golden import Golden
    from crmq.model.mapped import MappedTable
    from crmq.pipeline import DemoResult, Pipeline
    from crmq.rules import Validation

_RULES_SHOWN = 8


def sources(out: Console, line: Pipeline) -> None:
    """Print what came in: per source and object, rows, records, and how many columns were recognised."""
    mapped = [m for m in line.mapping.tables if m.raw.physical_rows]
    rows = sum(m.raw.physical_rows for m in mapped)
    heading(
        out,
        _("What came in"),
        _("{n} rows in {k} tables").format(n=count(rows), k=len({m.raw.file + (m.raw.sheet or "") for m in mapped})),
    )
    right = (_("rows"), _("records"), _("columns recognised"))
    body = table(_("source"), _("object"), *right, _("file"), right=right, ratio=(_("file"),))
    ledger = line.tables.ledger.group_by("source", "object", "file").agg(pl.col("records").cast(pl.UInt32).sum())
    made = {(s, o, f): n for s, o, f, n in ledger.iter_rows()}
    pieces: dict[tuple[str, str, str], list[MappedTable]] = {}
    for m in mapped:  # rows of several kinds in one table are read as several tables
        pieces.setdefault((m.source, m.object, m.raw.file), []).append(m)
    for (source, name, file), tables in sorted(pieces.items()):
        known = max(len(m.raw.frame.columns) - len(m.unmapped) for m in tables)
        rows_here = sum(m.raw.physical_rows for m in tables)
        body.add_row(
            source, name, count(rows_here), count(made.get((source, name, file), 0)),
            f"{known} / {len(tables[0].raw.frame.columns)}", _short(file),
        )  # fmt: skip
    out.print(indented(body))


def _short(file: str) -> str:
    """Return the last part of a path, keeping the member of an archive."""
    path, mark, member = file.partition("!")
    return path.replace("\\", "/").rsplit("/", 1)[-1] + mark + member


def quality(out: Console, validation: Validation, records: int) -> None:
    """Print how many records nothing was found against, and the rules that fail most."""
    worse = validation.findings.filter(
        pl.col("severity").is_in(["error", "warning"]) & pl.col("record_id").is_not_null()
    )
    clean = records - worse.select("source", "object", "record_id").n_unique() if records else 0
    note = _("{share} of the records have neither error nor warning").format(
        share=percent(max(clean, 0) / max(records, 1))
    )
    heading(out, _("How clean it is"), note)
    failed = [r for r in validation.results if r.failed]
    failed.sort(key=lambda r: (-r.failed, r.rule.entry.id))
    right = (_("records"), _("share"))
    body = table(_("rule"), _("what"), *right, "", right=right, ratio=(_("what"),))
    for result in failed[:_RULES_SHOWN]:
        share = result.share or 0.0
        body.add_row(result.rule.entry.id, result.rule.title, count(result.failed), percent(share), bar(share))
    out.print(indented(body))
    if len(failed) > _RULES_SHOWN:
        more = _("{n} more rules have findings").format(n=len(failed) - _RULES_SHOWN)
        out.print(indented(f"[quiet]{more}[/quiet]"))


def outcome(out: Console, golden: Golden) -> None:
    """Print the golden records by kind, contradictions, and who may be contacted."""
    from crmq.reports.terminal.matching import entity_title

    party = golden["party"]
    heading(out, _("What came out"), _("one record per customer"))
    right = (_("golden records"), _("from records"), _("in several sources"), _("quality"))
    body = table(_("who"), *right, right=right)
    kinds = party.group_by("party_kind").agg(
        pl.len().alias("parties"),
        pl.col("source_records").sum().alias("records"),
        pl.col("sources").str.contains(";").sum().alias("several"),
        pl.col("quality_score").mean().alias("quality"),
    )
    for kind, parties, records, several, score in kinds.sort("party_kind", descending=True).iter_rows():
        body.add_row(entity_title(kind), count(parties), count(records), count(several), f"{score:.0f} / 100")
    out.print(indented(body))


def balance(out: Console, counts: dict[str, int], equations: list[Equation]) -> None:
    """Print the equations of the balance with their figures; each of them holds, else the run had failed."""
    heading(out, _("Nothing was lost"), _("each row and each record has one stated fate"))
    body = table(_("level"), _("what there was"), _("where it went"), ratio=(_("where it went"),))
    levels = {"rows": _("rows"), "records": _("records"), "children": _("child records")}
    for level, parts, whole in equations:
        if counts[whole] == 0:
            continue
        went = " + ".join(f"{count(counts[p])} {_name(p)}" for p in parts if counts[p]) or "0"
        body.add_row(levels[level], f"{count(counts[whole])} {_name(whole)}", f"= {went}")
    out.print(indented(body))


def _name(key: str) -> str:
    names = {
        "rows.physical": _("rows read"), "rows.unreadable": _("unreadable"), "rows.quarantined": _("quarantined"),
        "rows.excluded": _("excluded"), "rows.mapped": _("mapped"), "crosswalk.excluded": _("in the crosswalk"),
        "records.all": _("records"), "records.survivors": _("survivors"), "records.merged": _("merged into one"),
        "parties": _("golden records"),
    }  # fmt: skip
    if key in names:
        return names[key]
    table_name, _dot, state = key.partition(".")
    tables = {
        "contact_points": _("contact points"), "identifiers": _("identifiers"), "relationships": _("relationships"),
        "consents": _("consents"), "extras": _("cells of other columns"), "orders": _("orders"),
        "order_lines": _("order lines"), "invoices": _("invoices"), "deals": _("deals"), "cases": _("cases"),
        "interactions": _("interactions"), "campaign_members": _("campaign members"),
        "participants": _("further parties of facts"),
    }  # fmt: skip
    states = {"attached": _("attached"), "orphan": _("without a party")}
    return states.get(state) or tables.get(table_name, table_name)


def against_truth(out: Console, result: Evaluation, recipes: list[Baseline], wrong: int, forbidden: int) -> None:
    """Print crmq's figures beside two simple recipes, and how many of the traps it fell into."""
    heading(out, _("Against the truth"), _("by pairs of records"))
    right = (_("precision"), _("recall"), "F1")
    body = table(_("recipe"), *right, "", right=right)
    titles = {"email": _("merge on equal e-mail"), "name_and_phone": _("merge on equal name and phone")}
    for recipe in recipes:
        figures = (f"{recipe.precision:.3f}", f"{recipe.recall:.3f}", f"{recipe.f1:.3f}")
        body.add_row(titles.get(recipe.recipe, recipe.recipe), *figures, bar(recipe.f1))
    for title, level in ((_("crmq, safe merges"), result.merge), (_("crmq, best estimate"), result.cluster)):
        figures = (f"{level.precision:.3f}", f"{level.recall:.3f}", f"{level.f1:.3f}")
        body.add_row(title, *figures, bar(level.f1))
    out.print(indented(body))
    text = _("{wrong} of {all} pairs that must never merge were merged.").format(
        wrong=count(wrong), all=count(forbidden)
    )
    out.print(indented(text))


def whole(line: Pipeline, *, folder: str, show_pii: bool, code: ExitCode) -> None:
    """Print the whole way of one run."""
    out = console()
    _stages(out, line, show_pii)
    _verdict(out, line, folder, code)


def demo(result: DemoResult, *, show_pii: bool) -> None:
    """Print the whole way of the demo, and how it compares with the truth."""
    out = console()
    _stages(out, result.line, show_pii)
    against_truth(out, result.evaluation, result.recipes, result.merged_wrongly, result.forbidden)
    _verdict(out, result.line, str(result.run), ExitCode.OK)


def _stages(out: Console, line: Pipeline, show_pii: bool) -> None:
    from crmq.reports.terminal import matching

    sources(out, line)
    quality(out, line.validation, line.tables.records.select("source", "object", "record_id").n_unique())
    matching.parties(out, line.summary, line.matches.clusters)
    matching.examples(out, line.review, show_pii, most=3)
    outcome(out, line.golden)
    balance(out, line.golden.balance, line.balance_equations())


def _verdict(out: Console, line: Pipeline, folder: str, code: ExitCode) -> None:
    golden = line.golden["party"].height
    sentence = _("{records} records became {golden} golden records; {review} pairs need a look.").format(
        records=count(line.tables.records.height), golden=count(golden), review=count(line.review.height)
    )
    verdict(out, code, sentence, f"crmq explain {folder}")
