"""Terminal reports of the rule catalogue: packs, one pack or rule, kinds of check, and the packs' own tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.text import Text

from crmq.errors import ExitCode
from crmq.locales import _, ngettext
from crmq.reports.terminal import console, count, heading, indented, table, verdict
from crmq.reports.validation.sections import dimension_title, severity_title
from crmq.rules.examples import Outcome
from crmq.rules.pack import Example, Pack, Rule


def packs(found: Sequence[Pack]) -> None:
    """Print all packs."""
    out = console()
    heading(out, _("Rule packs"))
    body = table(_("pack"), _("rules"), _("title"), _("runs"), right=(_("rules"),), ratio=(_("title"),))
    for pack in found:
        runs = _("by default") if pack.default else _("when asked for")
        body.add_row(pack.id, count(len(pack.rules)), pack.title.here(), runs)
    out.print(indented(body))
    rules = sum(len(pack.rules) for pack in found)
    text = _("{packs} packs, {rules} rules.").format(packs=len(found), rules=rules)
    verdict(out, ExitCode.OK, text, f"crmq rules show {found[0].id}" if found else None)


def kinds(found: Mapping[str, str]) -> None:
    """Print all kinds of check with what they check."""
    out = console()
    heading(out, _("Kinds of check"))
    body = table(_("kind"), _("what it checks"), ratio=(_("what it checks"),))
    for name, what in found.items():
        body.add_row(name, what)
    out.print(indented(body))
    verdict(out, ExitCode.OK, _("{n} kinds.").format(n=len(found)), "crmq rules list")


def pack(one: Pack) -> None:
    """Print the rules of a pack."""
    out = console()
    heading(out, one.title.here(), one.id)
    body = table(_("rule"), _("severity"), _("dimension"), _("finds"), ratio=(_("finds"),))
    for rule in one.rules:
        entry = rule.entry
        body.add_row(entry.id, severity_title(entry.severity), dimension_title(entry.dimension), rule.title)
    out.print(indented(body))
    text = ngettext("{n} rule.", "{n} rules.", len(one.rules)).format(n=len(one.rules))
    verdict(out, ExitCode.OK, text, f"crmq rules show {one.rules[0].id}")


def rule(one: Rule) -> None:
    """Print everything about a rule."""
    out = console()
    entry = one.entry
    heading(out, f"{entry.id}  {one.title}", entry.name)
    rows = [
        (_("pack"), one.pack),
        (_("severity"), severity_title(entry.severity)),
        (_("dimension"), dimension_title(entry.dimension)),
        (_("kind"), entry.kind),
        (_("table"), one.table),
        (_("fields"), ", ".join(one.fields)),
        (_("parameters"), ", ".join(f"{k}={v}" for k, v in entry.params.items())),
        (_("when"), entry.when or ""),
        (_("what to do"), entry.remediation.here() if entry.remediation else ""),
        (_("where"), one.where),
    ]
    body = table("", " ", ratio=(" ",))
    for name, text in rows:
        if text:
            body.add_row(Text(name, "quiet"), text)
    out.print(indented(body))
    if entry.examples is not None:
        _examples(out, _("Passes"), entry.examples.good)
        _examples(out, _("Fails"), entry.examples.bad)
    verdict(out, ExitCode.OK, _("The examples are its tests."), f"crmq rules test {one.pack}")


def _examples(out: Console, title: str, examples: Sequence[Example]) -> None:
    heading(out, title)
    for example in examples:
        for row in example if isinstance(example, list) else [example]:
            out.print(indented(Text(" · ".join(f"{k}: {v}" for k, v in row.items()))))


def tested(outcomes: Mapping[str, Sequence[Outcome]], *, passed: bool) -> None:
    """Print how the examples of packs came out."""
    out = console()
    heading(out, _("Examples"))
    body = table(_("pack"), _("as promised"), _("not"), right=(_("as promised"), _("not")))
    for name, found in outcomes.items():
        good = sum(1 for o in found if o.as_promised)
        body.add_row(name, count(good), count(len(found) - good))
    out.print(indented(body))
    for found in outcomes.values():
        for bad in (o for o in found if not o.as_promised):
            text = _("{rule}: {side} example {n} was evaluated {done} times and failed {bad} times")
            side = _("good") if bad.side == "good" else _("bad")
            line = text.format(rule=bad.rule, side=side, n=bad.number, done=bad.evaluated, bad=bad.failed)
            out.print(indented(Text(line, "bad")))
    total = sum(len(found) for found in outcomes.values())
    said = _("All {n} examples came out as promised.") if passed else _("Not all {n} examples came out as promised.")
    verdict(out, ExitCode.OK if passed else ExitCode.FINDINGS, said.format(n=total))
