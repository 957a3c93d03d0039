"""Drafts crmq.yaml from what was recognised: sources with their systems, country, language, and the mapping file."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from crmq.connectors import databases, headers
from crmq.connectors.generic import rules
from crmq.errors import OutputError
from crmq.locales import _, language
from crmq.mapping import MappingResult, TableProposal
from crmq.mapping.saved import one_line, scalar, write_text
from crmq.values import country as countries

_MOST = 0.5


@dataclass(frozen=True)
class SourceDraft:
    """One source of the project: where it stands, what it is, and how many rows it has."""

    name: str
    paths: tuple[str, ...]
    system: str | None
    tables: tuple[str, ...]
    rows: int


@dataclass(frozen=True)
class Draft:
    """What crmq.yaml will say.

    Attributes:
        name: Of the project.
        sources: Its sources.
        country, country_why: Default country and the reason for it; None when nothing speaks for one.
        language: Of the headers.
        mapping: Name of the mapping file beside it.
        proposals: How many proposals wait for a decision.
    """

    name: str
    sources: tuple[SourceDraft, ...]
    country: str | None
    country_why: str
    language: str
    mapping: str
    proposals: int

    def plain(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "name": self.name, "country": self.country, "country_why": self.country_why, "language": self.language,
            "sources": [
                {"name": s.name, "paths": list(s.paths), "system": s.system, "tables": list(s.tables), "rows": s.rows}
                for s in self.sources
            ],
            "proposals": self.proposals,
        }  # fmt: skip


def refuse_existing(paths: Iterable[Path], *, force: bool) -> None:
    """Refuse to replace files.

    Raises:
        OutputError: One of them is there and ``force`` is not set, or is no file.
    """
    for path in paths:
        if path.is_dir():
            raise OutputError(_("This is a folder."), where=str(path), hint=_("Name a file with --to."))
        if path.exists() and not force:
            hint = _("Use --force to replace it, or another name with --to.")
            raise OutputError(_("The file is there already."), where=str(path), hint=hint)


def draft(
    result: MappingResult, to: Path, mapping: str, country: str | None = None, inputs: Sequence[str] = ()
) -> Draft:
    """Return what the project file will say.

    Args:
        result: The mapping of all inputs.
        to: Where the project file will stand: paths in it are relative to its folder.
        mapping: Name of the mapping file beside it.
        country: Given by the user.
        inputs: What the user named: the URLs of databases stand in the file with their options, tables and query.
    """
    guessed, why = (country, _("You named it.")) if country else guess_country(result)
    sources = _sources(result.proposals, to.resolve().parent, _urls(inputs))
    waiting = sum(c.state == "proposed" for one in result.proposals for c in one.columns)
    name = headers_name(result.proposals)
    return Draft(name, tuple(sources), guessed, why, guess_language(result.proposals), mapping, waiting)


def headers_name(proposals: Sequence[TableProposal]) -> str:
    """Return a name for the project: that of the folder that holds all inputs, else ``customers``."""
    paths = [Path(one.plan.raw.path).parent.name for one in proposals if "://" not in one.plan.raw.path]
    common = Counter(p for p in paths if p)
    return min(common, key=lambda p: (-common[p], p)) if common else "customers"


def _urls(inputs: Sequence[str]) -> dict[str, list[str]]:
    """Return the database URLs among the inputs as they may be written down, by the path of their tables."""
    found: dict[str, list[str]] = {}
    for text in inputs:
        url = text if databases.is_url(text) else text.partition("=")[2]
        if databases.is_url(url):
            address = databases.parse(url)
            found.setdefault(str(address.path or address.shown), []).append(databases.kept(url))
    return found


def _sources(proposals: Sequence[TableProposal], folder: Path, urls: Mapping[str, list[str]]) -> list[SourceDraft]:
    """Return one entry per source; all tables of one file or database go with the first source that is in it."""
    owner: dict[str, str] = {}
    for one in sorted(proposals, key=lambda p: not p.plan.parts[0].entities):
        owner.setdefault(one.plan.raw.path, one.source)
    names = list(dict.fromkeys(owner[one.plan.raw.path] for one in proposals))
    made = []
    for name in names:
        mine = [one for one in proposals if owner[one.plan.raw.path] == name]
        # tables with parties say what the source is; a source of logs alone is what its logs are
        systems = {one.plan.system for one in mine if one.plan.parts[0].entities} or {one.plan.system for one in mine}
        system = systems.pop() if len(systems) == 1 else None
        named = list(dict.fromkeys(one.plan.raw.path for one in mine))
        paths = [
            path
            for given in named
            for path in (urls[given] if "://" in given and given in urls else [_relative(given, folder)])
        ]
        titles = [one.plan.title for one in mine if one.plan.system != "generic" or one.plan.parts[0].object != "other"]
        rows = sum(one.plan.raw.frame.height for one in mine)
        made.append(
            SourceDraft(name, tuple(paths), system if system != "generic" else None, tuple(dict.fromkeys(titles)), rows)
        )
    return made


def _relative(path: str, folder: Path) -> str:
    if "://" in path:
        return path
    try:
        return Path(os.path.relpath(Path(path).resolve(), folder)).as_posix()
    except ValueError:  # another drive
        return Path(path).resolve().as_posix()


def guess_country(result: MappingResult) -> tuple[str | None, str]:
    """Return the country that most rows name, else that of most international phone numbers; with the reason."""
    named: Counter[str] = Counter()
    for table in result.tables:
        for mapping in table.mapped_to("country"):
            counts = table.raw.frame[mapping.header].drop_nulls().rename("v").to_frame().group_by("v").len().sort("v")
            codes = countries.standardise(counts["v"])["value"]
            totals = pl.DataFrame({"c": codes, "n": counts["len"]}).drop_nulls().group_by("c").agg(pl.col("n").sum())
            named.update(dict(totals.iter_rows()))
    total = named.total()
    if total:
        best = min(named, key=lambda c: (-named[c], c))
        share = named[best] / total
        if share >= _MOST:
            return best, _("{share} of the rows that name a country name it.").format(share=f"{share:.0%}")
        listed = ", ".join(sorted(named, key=lambda c: (-named[c], c))[:5])
        return None, _("The rows name several countries: {names}.").format(names=listed)
    return None, _("No column names a country.")


def guess_language(proposals: Sequence[TableProposal]) -> str:
    """Return the language of most headers: ``es`` when Spanish words prevail, else ``en``."""
    known = rules().file
    spanish = {headers.key(t) for label in known.labels for t in label.es}
    english = {headers.key(t) for label in known.labels for t in label.en}
    keys = [headers.key(c.header) for one in proposals for c in one.columns]
    es = sum(k in spanish and k not in english for k in keys)
    en = sum(k in english and k not in spanish for k in keys)
    return "es" if es > en else "en" if en > es else language()


# ------------------------------------------------------------------ writing


def write(path: Path, made: Draft) -> None:
    """Write the project file.

    Raises:
        OutputError: The place cannot be written to.
    """
    write_text(path, render(made))


def render(made: Draft) -> str:
    """Return the text of the project file, commented."""
    lines = [
        "# " + _("A crmq project: run all of it with 'crmq run {name}'. Paths are relative to this file.").format(
            name="crmq.yaml"
        ),
        f"name: {scalar(made.name)}",
        f"language: {made.language}  # " + _("of reports; found in the headers"),
    ]  # fmt: skip
    country = f"country: {made.country}" if made.country else "# country: XX"
    lines += [
        f"{country}  # " + _("default of phones, postal codes and tax ids.") + " " + one_line(made.country_why),
        "# timezone: America/Mexico_City  # " + _("of timestamps that do not name one"),
        "",
        "# " + _("trust (0 to 100) decides between sources where they disagree: the higher wins."),
        "# " + _("system and object overrule what was recognised; id names the column with the record id;"),
        "# " + _("ignore lists columns that are kept out of everything."),
        "# " + _("delivery (full, delta or part) overrules what further files of a source are to the first."),
        "sources:",
    ]
    for source in made.sources:
        lines.append(f"  - name: {scalar(source.name)}")
        paths = [scalar(p) for p in source.paths]
        lines.append(f"    path: {paths[0] if len(paths) == 1 else '[' + ', '.join(paths) + ']'}")
        told = ", ".join(source.tables) or _("no persons or companies")
        what = source.system or _("plain table")
        lines.append(f"    # {one_line(what)}: {one_line(told)}; " + _("{n} rows").format(n=f"{source.rows:,}"))
        lines.append("    trust: 50")
    lines += [
        "",
        "# " + _("The decision on every column. Edit it; what changes in later exports is reported as a finding."),
        f"mapping: {scalar(made.mapping)}",
        "",
        "# packs: [core]              # " + _("rule packs to validate with; see crmq rules"),
        "# decisions: decisions.csv   # " + _("a steward's same and different, replayed on every run"),
    ]
    return "\n".join(lines) + "\n"
