"""The stages in order: run on demand, kept in the run folder, read back when nothing has changed.

:class:`Pipeline` computes each stage once, when it is asked for. A stage's key is the hash of everything it depends on
(inputs, settings, version, the key of the stage before); a run folder whose manifest holds the same key gives the
result without work.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from crmq import project as projects
from crmq import run
from crmq.errors import ConfigError, SourceError, UsageError
from crmq.locales import _
from crmq.model.facts import FACTS
from crmq.model.golden import GOLDEN_SCHEMAS, Golden
from crmq.model.matches import CLUSTERS, PAIRS, Matches
from crmq.model.tables import FINDINGS, HEADERS, LEDGER, SCHEMAS, Tables
from crmq.pipeline.balance import check_rows, rows_balance
from crmq.pipeline.request import Request
from crmq.threads import together

if TYPE_CHECKING:
    from crmq.connectors.inputs import ReadResult
    from crmq.consolidate import ConsolidateSettings
    from crmq.consolidate.balance import Equation
    from crmq.mapping import MappingResult
    from crmq.matching import MatchSettings
    from crmq.matching.explain import Explanation
    from crmq.profile import Comparison, Profile
    from crmq.progress import Progress
    from crmq.rules import Validation
    from crmq.rules.evaluation import Evaluator
    from crmq.rules.gx.stores import Store

STAGES = ("read", "map", "standardise", "profile", "validate", "match", "consolidate")
"""The way of the data."""

STORED = ("standardise", "match", "consolidate")
"""Stages whose results stand in the run folder, in order: a new result of one makes the later ones stale."""

DECISIONS_FILE = "decisions.csv"
"""Where clerical review keeps its decisions in a run folder; later runs of that folder replay them."""


_CHILDREN = tuple(name for name in SCHEMAS if name != "records")
_OPTIONAL = frozenset(FACTS) - {"orders"}
"""Tables that a run folder holds only when they have rows."""

_MODULES = {"standardise": "crmq.standardise", "match": "crmq.matching.engine", "consolidate": "crmq.consolidate"}
"""Per stored stage: the module that does its work."""

_RESULTS = {
    "standardise": ("tables", "tables_key"),
    "match": ("matches", "match_key"),
    "consolidate": ("golden", "golden_key"),
}
"""Per stored stage: the attribute of :class:`Pipeline` with its result, and the one with its key."""


class Pipeline:
    """One run over the inputs of a request.

    Attributes:
        request: What is asked for.
        project: The project file, or the defaults.
        progress: Is told about long work.
        run_folder: The run folder given as the input, if it was one.
        lean: Whether what later stages hardly need is let go: raw tables once they are standardised, standardised
            tables once they are written. It saves half of the memory; what asks for them all the same
            reads them again.
        folder: The run folder that was written.
        in_place: Whether the rows stay in a database (:mod:`crmq.pipeline.in_place`); only the first are read.
    """

    in_place = False

    def __init__(self, request: Request, progress: Progress) -> None:
        self.progress = progress
        self.lean = False
        self.folder = Path()
        self._modules_ahead: tuple[str, ...] = ()
        self._written: dict[str, Path] = {}
        self._needed = True
        self.run_folder: Path | None = None
        given = [Path(text) for text in request.inputs]
        if len(given) == 1 and run.is_run_folder(given[0]):
            self.run_folder = given[0]
            manifest = run.open_manifest(self.run_folder)
            self._stored_inputs: list[dict[str, Any]] | None = manifest.inputs
            request = request.on_top_of(Request.from_settings(manifest.settings, self.run_folder))
            given = [Path(text) for text in request.inputs]
        else:
            self._stored_inputs = None
        self.project = projects.empty()
        if len(given) == 1 and given[0].suffix in (".yaml", ".yml") and given[0].is_file():
            self.project = projects.load(given[0])
        elif len(given) == 1 and (given[0] / projects.FILE_NAME).is_file():
            self.project = projects.load(given[0] / projects.FILE_NAME)
        self.request = request
        file = self.project.file
        self.country = request.country or file.country
        self.timezone = request.timezone or file.timezone
        self.as_of = _date(request.as_of) if request.as_of else projects.as_of(self.project)

    @property
    def inputs(self) -> list[str]:
        """What is read: the sources of the project file, else the inputs as given."""
        if self.project.document is not None:
            return self.project.inputs()
        return list(self.request.inputs)

    # ------------------------------------------------------------------ read and map

    @cached_property
    def input_files(self) -> list[dict[str, Any]]:
        """Every input file with its size and SHA-256; every table of a database server with its rows and theirs."""
        from crmq.connectors import databases, inputs

        served = [
            {"path": table.file, "size": table.frame.height, "sha256": databases.fingerprint(table)}
            for table in (self.read.tables if inputs.of_servers(self.inputs) else ())
            if databases.is_url(table.path)
        ]
        return [
            {"path": str(path), "size": path.stat().st_size, "sha256": run.file_hash(path)}
            for path in inputs.files(self.inputs)
        ] + served

    @cached_property
    def _inputs_key(self) -> str:
        """The hash of the inputs; for a run folder whose sources have moved away, the hash it was made with."""
        from crmq.connectors import databases

        try:
            files = self.input_files
        except (SourceError, ConfigError):
            if self._stored_inputs is None:
                raise
            files = self._stored_inputs
        return run.key_of([(f["size"], f["sha256"]) for f in files], [databases.kept(text) for text in self.inputs])

    @cached_property
    def read(self) -> ReadResult:
        """The raw tables of all inputs."""
        from crmq.connectors import inputs

        self.progress.step(_("Reading"))
        own = {
            s.name: inputs.ReadSettings(encoding=s.encoding, delimiter=s.delimiter, sheet=s.sheet)
            for s in self.project.file.sources
        }
        result = inputs.read(self.inputs, inputs.ReadSettings(by_source=own), self.progress)
        if not result.tables:
            raise SourceError(_("There is nothing to read."), where=", ".join(self.request.shown_inputs))
        return result

    @cached_property
    def mapping(self) -> MappingResult:
        """The raw tables with their system, object and columns recognised."""
        with ThreadPoolExecutor(1) as pool:
            # Polars reads outside the interpreter lock: meanwhile what comes next is loaded
            ahead = pool.submit(copy_context().run, self._get_ready)
            self.read  # noqa: B018
            ahead.result()
        from crmq import mapping

        self.progress.step(_("Mapping"))
        saved = self.request.mapping
        if saved is None and self.project.file.mapping:
            saved = self.project.path(self.project.file.mapping)
        settings = mapping.MappingSettings(
            country=self.country,
            timezone=self.timezone,
            ignore=self.request.ignore,
            id_columns=self.request.ids,
            source_column=self.request.source_column,
            include_deleted=self.request.include_deleted,
            sources={
                s.name: mapping.SourceOverride(
                    s.system, s.object, s.country, s.timezone, s.id, tuple(s.ignore), s.delivery
                )
                for s in self.project.file.sources
            },
        )
        return mapping.map_tables(self.read.tables, settings, mapping.load_saved(saved) if saved else None)

    def _get_ready(self) -> None:
        """Load what the stages after reading need: the catalogue of systems, and modules that take long to load."""
        from crmq.connectors import catalogue, inputs

        if self._modules_ahead and not inputs.of_servers(self.inputs):
            self._inputs_key  # noqa: B018
        catalogue.systems()
        for module in self._modules_ahead:
            importlib.import_module(module)

    # ------------------------------------------------------------------ standardise

    @cached_property
    def tables_key(self) -> str:
        """What the standardised tables depend on."""
        saved = self.request.mapping or (
            self.project.path(self.project.file.mapping) if self.project.file.mapping else None
        )
        return run.key_of(
            self._inputs_key, self.country, self.timezone, self.as_of, run.file_hash(saved) if saved else None,
            self.request.ids, self.request.ignore, self.request.source_column, self.request.include_deleted,
            self.project.document.data if self.project.document else None,
        )  # fmt: skip

    @cached_property
    def tables(self) -> Tables:
        """The standardised tables, with the row balance closed."""
        stored = self._stored("standardise", lambda: self.tables_key)
        if stored is not None:
            self.progress.step(_("Reading the standardised tables"))
            tables = _read(stored / "tables", SCHEMAS)
            ledger = run.read_table(stored, "ledger", LEDGER)
            findings = run.read_table(stored / "tables", "findings", FINDINGS)
            return Tables(tables, ledger, findings, run.read_table(stored / "tables", "headers", HEADERS))
        mapped, found = list(self.mapping.tables), self.mapping.findings
        from crmq import standardise

        physical = sum(table.physical_rows for table in self.read.tables)
        if self.lean:
            for name in ("read", "mapping"):
                del self.__dict__[name]
        self.progress.step(_("Standardising"))
        settings = standardise.StandardiseSettings(self.country, self.timezone, self.as_of)
        tables_ = standardise.standardise(mapped, settings, self.progress, consume=self.lean)
        if found.height:
            tables_.findings = pl.concat([found.select(list(FINDINGS)), tables_.findings])
        check_rows(physical, tables_)
        return tables_

    @cached_property
    def rows(self) -> dict[str, int]:
        """The number of physical rows per fate, and in all."""
        return rows_balance(self.tables)

    # ------------------------------------------------------------------ profile

    def profile(self, *, deep: bool = False, **settings: Any) -> Profile:
        """Facts about every column and across sources.

        The rows are standardised only where that is needed: to compare several sources, or when ``deep`` is asked for.
        """
        from crmq import profile

        made = profile.ProfileSettings(country=self.country, as_of=self.as_of, **settings)
        mapped = self.mapping.tables
        several = len({table.source for table in mapped if table.entities}) > 1
        tables = self.tables if deep or several else None
        return profile.profile(self.read.tables, mapped, tables, made, self.progress)

    def compare(self, later: Pipeline, **settings: Any) -> Comparison:
        """What has changed from the delivery of this run to that of another.

        Args:
            later: The run over the later delivery.
            settings: Of the profile, as for :meth:`profile`.
        """
        from crmq import profile

        made = profile.ProfileSettings(country=self.country, as_of=self.as_of, **settings)
        return profile.compare(self.mapping.tables, later.mapping.tables, made, self.progress)

    # ------------------------------------------------------------------ validate

    @cached_property
    def validation(self) -> Validation:
        """The outcome of the packs of the project, or of the packs that are shipped for every project."""
        return self.validate(())

    def validate(
        self,
        packs: Sequence[str],
        *,
        waivers: Path | None = None,
        baseline: Path | None = None,
        evaluator: Evaluator | None = None,
    ) -> Validation:
        """Return the outcome of rule packs.

        Args:
            packs: Names or files of packs; none: those of the project file, else those shipped for every project.
            waivers: File with overrides and waivers, beside those of the project file.
            baseline: Findings of an earlier validation; default: the file that the project names.
            evaluator: What evaluates the checks; default: crmq's own engine.
        """
        from crmq import rules
        from crmq.rules import agreements
        from crmq.rules import baseline as baselines

        names, folder = (packs, Path()) if packs else (self.project.file.packs, self.project.folder)
        requested = rules.requested(names, folder)
        needed = any(rule.needs_standardised for one in requested for rule in one.pack.rules)
        tables = self.tables if needed else Tables(findings=self.mapping.findings.select(*FINDINGS))
        section = self.project.section("rules", rules.RulesSection)
        agreed = agreements.of_section(section, self.project.document, ("rules",))
        if waivers is not None:
            agreed += agreements.load(waivers)
        if baseline is None and section.baseline is not None:
            baseline = self.project.path(section.baseline)
        known = baselines.read(baseline) if baseline is not None else None
        settings = rules.RuleSettings(self.as_of, agreed, known)
        return rules.validate(tables, self.mapping.tables, requested, settings, self.progress, evaluator)

    def store(self, _context: Any) -> Store | None:
        """Return where Great Expectations finds the rows, when they stand somewhere already."""
        return None

    # ------------------------------------------------------------------ match

    @cached_property
    def match_settings(self) -> MatchSettings:
        """The settings of the matching stage: defaults, the project file, the command line."""
        from crmq import matching
        from crmq.matching.decisions import read_decisions

        section = self.project.section("match", matching.MatchSection).model_dump(exclude_unset=True)
        section.update(self.request.match)
        ignore = frozenset(section.pop("ignore", ())) | frozenset(self.request.ignore)
        decisions = read_decisions(self.decisions_path) if self.decisions_path else None
        return matching.MatchSettings(**section, ignore=ignore, decisions=decisions)

    @cached_property
    def match_key(self) -> str:
        """What pairs and clusters depend on."""
        settings = self.match_settings
        decisions = settings.decisions.to_dict(as_series=False) if settings.decisions is not None else None
        return run.key_of(
            self.tables_key, settings.threshold, settings.target_precision, sorted(settings.ignore),
            settings.use_extras, decisions,
        )  # fmt: skip

    @property
    def decisions_path(self) -> Path | None:
        """The decisions that are replayed: those asked for, those of the project, those the run folder holds."""
        if self.request.decisions:
            return self.request.decisions
        if self.project.file.decisions:
            return self.project.path(self.project.file.decisions)
        own = (folder / DECISIONS_FILE for folder in (self.run_folder, self.request.reuse) if folder is not None)
        return next((path for path in own if path.is_file()), None)

    @cached_property
    def matches(self) -> Matches:
        """Pairs, clusters and the model behind them."""
        stored = self._stored("match", lambda: self.match_key)
        if stored is not None:
            return _read_matches(stored)
        from crmq import matching

        tables = self.tables
        self.progress.step(_("Matching"))
        return matching.match(tables, self.match_settings, self.progress, self._prepared)

    @cached_property
    def published(self) -> Matches:
        """Pairs and clusters as they stand in the run folder, whatever was decided since; else as they come out now."""
        if self.run_folder is not None:
            stages = run.open_manifest(self.run_folder).stages
            if "match" in stages and stages["standardise"].key == self.tables_key:
                return _read_matches(self.run_folder)
        return self.matches

    @cached_property
    def review(self) -> pl.DataFrame:
        """The pairs that need a look, with the main values of both records."""
        from crmq.matching.review import review_list

        return review_list(self.matches, self.tables)

    def explain(self, first: str, second: str) -> Explanation:
        """Explain why two records matched or did not.

        Raises:
            UsageError: A record is not known, or the two cannot be compared.
        """
        from crmq.matching.explain import explain_pair

        return explain_pair(self.tables, self.published, first, second, self.match_settings)

    def cluster_of(self, name: str) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return the members of a cluster, with a name each, and the pairs inside it.

        Args:
            name: A cluster id, a merge id, or a record as :func:`crmq.matching.explain.find_record` takes it.
        """
        from crmq.matching.explain import cluster_members

        return cluster_members(self.tables, self.published, name)

    # ------------------------------------------------------------------ consolidate

    @cached_property
    def consolidate_settings(self) -> ConsolidateSettings:
        """The settings of the consolidate stage: defaults, the project file, the command line."""
        from crmq import consolidate

        section = self.project.section("survivorship", consolidate.SurvivorshipSection)
        trust = {s.name: s.trust for s in self.project.file.sources} | dict(self.request.trust)
        return consolidate.ConsolidateSettings(survivorship=section, trust=trust, as_of=self.as_of)

    @cached_property
    def golden_key(self) -> str:
        """What the golden records depend on."""
        return run.key_of(self.match_key, repr(self.consolidate_settings))

    @cached_property
    def golden(self) -> Golden:
        """Golden records, crosswalk, lineage, conflicts, consent; both levels of the balance closed."""
        stored = self._stored("consolidate", lambda: self.golden_key)
        if stored is not None:
            tables = _read(stored / "golden", GOLDEN_SCHEMAS)
            return Golden(tables, json.loads((stored / "golden/balance.json").read_text(encoding="utf-8")))
        from crmq import consolidate

        tables_, matches = self.tables, self.matches
        self.progress.step(_("Consolidating"))
        return consolidate.consolidate(tables_, matches, self.consolidate_settings, self.progress)

    # ------------------------------------------------------------------ the run folder

    def _stored(self, stage: str, key: Callable[[], str]) -> Path | None:
        """Return the run folder that holds the result of a stage; its key is only asked for where there is one."""
        for folder in (self.run_folder, self.request.reuse):
            if folder is None or not run.is_run_folder(folder):
                continue
            found = run.open_manifest(folder).stages.get(stage)
            if found is not None and found.key == key() and all((folder / name).exists() for name in found.files):
                return folder
        return None

    def save(self, out: Path, *, command: str, upto: str, kind: str = "csv") -> run.Manifest:
        """Write the stored stages up to and including ``upto`` into the run folder ``out``.

        Args:
            out: New, empty, or written by crmq; a stage that is there already with the same key is left alone.
            command: Name of the command, for the manifest.
            upto: One of :data:`STORED`.
            kind: Format of pairs, clusters, review list and golden tables: ``csv`` or ``parquet``.
        """
        run.refuse_foreign(out)
        self.folder = out
        wanted = STORED[: STORED.index(upto) + 1]
        self._modules_ahead = ("crmq.mapping", *(_MODULES[stage] for stage in wanted))
        self._result(wanted[0])  # what cannot be read is told before anything is opened
        writers = {"standardise": self._write_tables, "match": self._write_matches, "consolidate": self._write_golden}
        # the pool inside: after an error its work has ended before the working folder is taken away
        with run.writing(out, command=command, keep=True) as writer, ThreadPoolExecutor(1) as pool:
            writer.manifest.settings = self.request.settings()
            writer.manifest.inputs = self._stored_inputs or self.input_files
            stale = False
            for stage, following in zip(STORED, (*STORED[1:], None), strict=True):
                have = writer.manifest.stages.get(stage)
                if stage not in wanted:
                    if stale and have:
                        writer.forget(stage)
                    continue
                key = self._result(stage)
                if have and have.key == key and _of_kind(have, kind) and not stale:
                    continue
                stale = True
                with writer.stage(stage, key):
                    # the next stage is computed while this one is written
                    written = pool.submit(copy_context().run, writers[stage], writer, kind)
                    if following in wanted:
                        self._result(following)
                    else:
                        self.progress.step(_("Writing"))
                    written.result()
            return writer.manifest

    def _result(self, stage: str | None) -> str:
        """Compute a stored stage unless it is known; return its key."""
        result, key = _RESULTS[str(stage)]
        getattr(self, result)
        return str(getattr(self, key))

    def _write_tables(self, writer: run.Writer, _kind: str) -> None:
        tables = self.tables
        named = {"tables/findings": tables.findings, "tables/headers": tables.headers, "ledger": tables.ledger}
        for name, frame in named.items():
            writer.table(name, frame)
        self.rows  # noqa: B018  counted while the ledger is there
        if self.lean:
            tables.ledger = tables.ledger.clear()
        for name in ("records", *_CHILDREN):
            if name in _OPTIONAL and not tables[name].height:
                continue
            self._written[name] = writer.table(f"tables/{name}", tables[name])
            self._let_go()

    def _prepared(self) -> None:
        """Note that matching has what it needs of the tables."""
        self._needed = False
        self._let_go()

    def _let_go(self) -> None:
        """Let go of the tables that are written and not needed, in a lean run."""
        if self.lean and not self._needed:
            for name, path in list(self._written.items()):
                self.tables.release(name, partial(self._reread, path))

    def _reread(self, path: Path, columns: Sequence[str] | None) -> pl.DataFrame:
        """Return a table of the run folder, which stands in the working folder or where that was put in the end."""
        there = path if path.exists() else self.folder / path.relative_to(path.parents[1])
        return pl.read_parquet(there, columns=None if columns is None else list(columns))

    def _write_matches(self, writer: run.Writer, kind: str) -> None:
        matches = self.matches

        def for_people() -> None:
            writer.table("review", self.review, kind)
            writer.json("summary.json", self.summary)
            writer.json("model.json", {"model": matches.model, "diagnostics": matches.diagnostics}, indent=None)

        together(
            lambda: writer.table("clusters", matches.clusters, kind),
            lambda: writer.table("pairs", matches.pairs, kind),
            for_people,
        )

    def _write_golden(self, writer: run.Writer, kind: str) -> None:
        for name in GOLDEN_SCHEMAS:
            if name in _OPTIONAL and not self.golden[name].height:
                continue
            writer.table(f"golden/{name}", self.golden[name], kind)
        writer.json("golden/balance.json", self.golden.balance)

    def balance_equations(self) -> list[Equation]:
        """Return what must hold between the figures of the golden balance."""
        from crmq.consolidate import balance

        return balance.equations()

    def overview(self) -> dict[str, Any]:
        """Return the figures of the whole way as plain data."""
        party = self.golden["party"]
        failed = [r for r in self.validation.results if r.failed]
        return {
            "dedupe": {k: v for k, v in self.summary.items() if k != "schema"},
            "quality": {
                "overall": self.validation.scores.overall,
                "failed": {r.rule.entry.id: r.failed for r in failed},
            },
            "golden": dict(sorted(party["party_kind"].value_counts().iter_rows())),
            "conflicts": dict(sorted(self.golden["conflicts"]["field"].value_counts().iter_rows())),
            "review": self.review.height,
            "balance": self.golden.balance,
        }

    @cached_property
    def summary(self) -> dict[str, Any]:
        """Return the balance, the thresholds and the counts of a dedupe run as plain data."""
        clusters = self.matches.clusters
        entities = {}
        for entity in ("person", "organisation"):
            mine = clusters.filter(pl.col("entity") == entity)
            entities[entity] = {
                "records": mine.height,
                "clusters": mine["cluster_id"].n_unique(),
                "merge_groups": mine["merge_id"].n_unique(),
            }
        body = {
            "schema": "crmq.dedupe/1",
            "balance": {"rows": self.rows, "records": {"all": clusters.height}},
            "entities": entities,
            "pairs": dict(sorted(self.matches.pairs["decision"].value_counts().iter_rows())),
            "diagnostics": self.matches.diagnostics,
        }
        decisions = self.match_settings.decisions
        if decisions is not None:
            from crmq.matching.decisions import fates

            body["decisions"] = fates(decisions, clusters)
        return body


def _read_matches(folder: Path) -> Matches:
    """Return what the matching stage wrote into a run folder."""
    model = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    return Matches(
        run.read_table(folder, "clusters", CLUSTERS),
        run.read_table(folder, "pairs", PAIRS),
        model["model"],
        model["diagnostics"],
    )


def _read(folder: Path, schemas: Mapping[str, Any]) -> dict[str, pl.DataFrame]:
    """Return the tables of a run folder; one that is written only when it has rows may be missing."""
    return {
        name: run.read_table(folder, name, schema)
        for name, schema in schemas.items()
        if name not in _OPTIONAL or run.has_table(folder, name)
    }


def _of_kind(stage: run.Stage, kind: str) -> bool:
    """Tell whether the tables a stage wrote for people stand there in the format asked for."""
    own = [name for name in stage.files if not name.startswith(("tables/", "ledger."))]
    return all(name.endswith((f".{kind}", ".json")) for name in own)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(_("{text} is not a date.").format(text=text), where="--as-of", hint="YYYY-MM-DD") from None
