"""Runs the rules of a view through GX: one batch, one suite, one validation per view.

Failing rows come back as row numbers and evaluated rows as counts per group, so that results, findings and the gate
are made by the same code as those of crmq's own engine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import PurePosixPath
from typing import Any

import polars as pl

from crmq.errors import ConfigError, InternalError
from crmq.locales import _
from crmq.rules.checks import FAILURES, RowCheck, TableCheck
from crmq.rules.evaluation import Outcome, Planned
from crmq.rules.gx import loading, stores, translation
from crmq.rules.gx.counterparts import Counterpart
from crmq.rules.gx.names import GROUP as STORED_GROUP
from crmq.rules.gx.names import ROW
from crmq.rules.gx.session import Session, running
from crmq.rules.pack import Rule
from crmq.rules.views import GROUP, View

_RESULTS = {
    "result_format": "COMPLETE",
    "unexpected_index_column_names": [ROW],
    "partial_unexpected_count": 2_000_000_000,  # databases list no more failing rows than this
    "include_unexpected_rows": False,
    "return_unexpected_index_query": False,
    # values of the data stand in crmq's findings, never in what GX writes
    "exclude_unexpected_values": True,
}


@dataclass
class _Native:
    """A check that is one of GX's own expectations."""

    number: int
    planned: Planned
    counterpart: Counterpart
    arguments: dict[str, Any]


@dataclass
class Evaluator:
    """Evaluates views through GX.

    Attributes:
        context: The context of GX; holds suites and validation results.
        store: Where the views are put.
        as_of: What "today" means; also the time of the GX run, so that a repeated run writes the same.
        natives, owned: Ids of the rules that ran as expectations of GX, and as crmq's own.
    """

    context: Any
    store: stores.Store
    as_of: date
    natives: set[str] = field(default_factory=set)
    owned: set[str] = field(default_factory=set)
    _names: set[str] = field(default_factory=set)

    def evaluate(self, view: View, planned: Sequence[Planned]) -> list[Outcome]:
        """Return one outcome per planned check, in order.

        Raises:
            ConfigError: A rule cannot be evaluated on this table.
            SourceError: The database refuses.
            InternalError: GX fails on an expectation.
        """
        if not view.frame.height and not self.store.in_place:  # facts about the table may still be told
            tables = [item for item in planned if isinstance(item.check, TableCheck)]
            told = iter(self._looked(view, tables) if tables else [])
            return [next(told) if isinstance(item.check, TableCheck) else Outcome() for item in planned]
        return self._looked(view, planned)

    def _looked(self, view: View, planned: Sequence[Planned]) -> list[Outcome]:
        batch = self.store.batch(view, self._label(view))
        natives, own = self._divided(view, planned, batch)
        session = self._session(view, own, batch)
        validated = self._validated(view, batch, natives, own, session)
        counts = self._counts(view, batch, natives, validated)
        out: list[Outcome | None] = [None] * len(planned)
        for native in natives:
            out[native.number] = _outcome(native, view, validated[native.number], counts.get(native.number))
        for rule_id, outcomes in session.outcomes.items():
            numbers = [i for i, item in enumerate(planned) if item.rule.id == rule_id]
            for i, outcome in zip(numbers, outcomes, strict=True):
                out[i] = outcome
        missing = [planned[i].rule.id for i, outcome in enumerate(out) if outcome is None]
        if missing:
            raise InternalError(f"GX gave no result for {missing[0]}")
        done = [outcome for outcome in out if outcome is not None]
        return self.store.placed(view, batch, planned, done)

    # ------------------------------------------------------------------ what becomes what

    def _divided(
        self, view: View, planned: Sequence[Planned], batch: stores.Batch
    ) -> tuple[list[_Native], dict[str, list[Planned]]]:
        natives: list[_Native] = []
        own: dict[str, list[Planned]] = {}
        by_rule: dict[str, list[tuple[int, Planned]]] = {}
        for number, item in enumerate(planned):
            by_rule.setdefault(item.rule.id, []).append((number, item))
        for rule_id, items in by_rule.items():
            made = self._native(view, items, batch)
            if made is None:
                own[rule_id] = [item for _number, item in items]
                self.owned.add(rule_id)
            else:
                natives.extend(made)
                self.natives.add(rule_id)
        return natives, own

    def _native(self, view: View, items: Sequence[tuple[int, Planned]], batch: stores.Batch) -> list[_Native] | None:
        rule = items[0][1].rule
        if any(isinstance(item.check, TableCheck) for _number, item in items):
            about = translation.about_table(rule, batch.backend) if len(items) == 1 else None
            return None if about is None else [_Native(items[0][0], items[0][1], about, dict(about.kwargs))]
        fields = [item.check.fields for _number, item in items if isinstance(item.check, RowCheck)]
        if any(len(names) != 1 for names in fields):
            return None
        found = translation.counterparts(rule, [names[0] for names in fields], batch.backend)
        rows = translation.scope(rule, view.scope.types, entities="entity" in view.frame.columns)
        if found is None or rows is None:
            return None
        texts = (pl.String, pl.Enum, pl.Categorical)
        schema = view.frame.schema
        if any(schema[view.physical(name)] not in texts for one in found for name in one.columns):
            return None  # what kinds compare is the text of a value, which databases write in their own way
        out = []
        for (number, item), one in zip(items, found, strict=True):
            mine = translation.in_groups(rows, item.groups, len(view.groups))
            arguments = translation.arguments(one, rule, mine, batch.names, batch.texts)
            out.append(_Native(number, item, one, arguments))
        return out

    def _session(self, view: View, own: Mapping[str, Sequence[Planned]], batch: stores.Batch) -> Session:
        needed = {GROUP}
        for items in own.values():
            for item in items:
                if isinstance(item.check, TableCheck):
                    needed.update(view.frame.columns)
                else:
                    needed.update(item.check.passes.meta.root_names(), item.applies.meta.root_names())
                    needed.update(view.physical(name) for name in item.rule.columns)
        columns = {name: batch.names[name] for name in view.frame.columns if name in needed or "*" in needed}
        return Session(view, {rule: list(items) for rule, items in own.items()}, columns, _again, self.store.in_place)

    # ------------------------------------------------------------------ running

    def _validated(
        self,
        view: View,
        batch: stores.Batch,
        natives: Sequence[_Native],
        own: Mapping[str, Sequence[Planned]],
        session: Session,
    ) -> dict[int, dict[str, Any]]:
        """Run the validation of a view; returns GX's result of each native check."""
        gx = loading.load()
        label = batch.definition.data_asset.name
        said = [
            _expectation(n.counterpart.type, n.arguments, n.planned.rule, number=n.number, fields=n.counterpart.columns)
            for n in natives
        ]
        as_of = self.as_of.isoformat()
        said += [
            _expectation(translation.OWN, translation.own_arguments(items[0].rule, as_of), items[0].rule)
            for items in own.values()
        ]
        suite = self.context.suites.add(gx.ExpectationSuite(name=label, expectations=said))
        definition = gx.ValidationDefinition(name=label, data=batch.definition, suite=suite)
        definition = self.context.validation_definitions.add(definition)
        when = f"{as_of}T00:00:00+00:00"
        with running(session), loading.quiet():
            answer = definition.run(
                batch_parameters=batch.parameters,
                result_format=dict(_RESULTS),
                run_id=gx.RunIdentifier(run_name="crmq", run_time=when),
            )
        if session.error is not None:
            raise session.error
        rules = [*(n.planned.rule for n in natives), *(items[0].rule for items in own.values())]
        places = {rule.id: rule.where for rule in rules}
        out = {}
        for result in answer.results:
            meta = result.expectation_config.meta["crmq"]
            problem = _problem(result.exception_info)
            if problem is not None:
                message = _("Great Expectations cannot evaluate the rule {rule} on {table}: {reason}.")
                raise ConfigError(
                    message.format(rule=meta["rule"], table=label, reason=problem), where=places[meta["rule"]]
                )
            if "number" in meta:
                out[meta["number"]] = dict(result.result)
        return out

    # ------------------------------------------------------------------ counting per group

    def _counts(
        self, view: View, batch: stores.Batch, natives: Sequence[_Native], validated: Mapping[int, Mapping[str, Any]]
    ) -> dict[int, dict[int, int]]:
        """Return the evaluated rows per group of each native check that looks at columns."""
        checks = [n for n in natives if n.counterpart.columns]
        totals = {}
        for n in checks:
            result = validated[n.number]
            missing = 0 if n.counterpart.empty else int(result.get("missing_count") or 0)
            totals[n.number] = int(result["element_count"]) - missing
        if len(view.groups) == 1:
            return {number: {0: total} for number, total in totals.items()}
        if not checks:
            return {}
        counts = self._grouped(batch, checks)
        for number, total in totals.items():
            if sum(counts[number].values()) != total:
                raise InternalError(f"GX and crmq count different rows for check {number} of {view.table}")
        return counts

    def _grouped(self, batch: stores.Batch, checks: Sequence[_Native]) -> dict[int, dict[int, int]]:
        found = batch.definition.get_batch(batch.parameters)
        engine = found.data.execution_engine
        if batch.backend == "pandas":
            out = {}
            for n in checks:
                domain = {"batch_id": found.id, "row_condition": n.arguments.get("row_condition")}
                rows = engine.get_domain_records({k: v for k, v in domain.items() if v is not None})
                if not n.counterpart.empty:
                    rows = rows.dropna(subset=_columns(n.arguments))
                out[n.number] = {int(group): int(count) for group, count in rows.groupby(STORED_GROUP).size().items()}
            return out
        from great_expectations.compatibility.sqlalchemy import sqlalchemy as sa
        from great_expectations.expectations.row_conditions import deserialize_row_condition

        counted = []
        for n in checks:
            tests = [] if n.counterpart.empty else [sa.column(name).isnot(None) for name in _columns(n.arguments)]
            condition = n.arguments.get("row_condition")
            if condition is not None:
                tests.append(engine.condition_to_filter_clause(deserialize_row_condition(condition)))
            one = sa.case((sa.and_(sa.true(), *tests), 1), else_=0)
            counted.append(sa.func.sum(one).label(f"n{n.number}"))
        rows = engine.get_domain_records({"batch_id": found.id})
        source = rows.subquery() if isinstance(rows, sa.Select) else rows
        query = sa.select(sa.column(STORED_GROUP), *counted).select_from(source).group_by(sa.column(STORED_GROUP))
        answer = engine.execute_query(query).fetchall()
        return {n.number: {int(row[0]): int(row[i]) for row in answer if row[i]} for i, n in enumerate(checks, start=1)}

    def _label(self, view: View) -> str:
        """Return the name of a view in validation results and Data Docs."""
        base = view.table
        if view.raw is not None:
            raw = view.raw.raw
            parts = [PurePosixPath(p.replace("\\", "/")).name for p in (raw.path, raw.member) if p]
            base = "-".join([*parts, *([raw.sheet] if raw.sheet else []), view.raw.object])
        base = re.sub(r"[^A-Za-z0-9-]+", "_", base).strip("_-")[:80] or "table"
        name, number = base, 2
        while name.lower() in self._names:
            name, number = f"{base}-{number}", number + 1
        self._names.add(name.lower())
        return name


def _outcome(native: _Native, view: View, result: Mapping[str, Any], counts: dict[int, int] | None) -> Outcome:
    planned = native.planned
    if not native.counterpart.columns:
        observed = result["observed_value"]
        low, high = native.arguments.get("min_value"), native.arguments.get("max_value")
        within = (low is None or observed >= low) and (high is None or observed <= high)
        bad = [] if within else [(None, None, None, str(observed))]
        made = pl.DataFrame(bad, schema=FAILURES, orient="row")
        return Outcome({0: (1, made.height)}, made=made)
    rows = _rows(result)
    assert counts is not None
    failed: dict[int, int] = {}
    if len(counts) == 1:
        failed = dict.fromkeys(counts, len(rows))
    elif len(rows):
        failed = dict(view.frame[GROUP].gather(rows).value_counts().iter_rows())
    if len(rows) != int(result.get("unexpected_count") or 0):
        raise InternalError(f"GX counts and lists different rows for {planned.rule.id}")
    return Outcome({group: (done, failed.get(group, 0)) for group, done in counts.items() if done}, rows)


def _expectation(
    kind: str, arguments: Mapping[str, Any], rule: Rule, *, number: int | None = None, fields: Sequence[str] = ()
) -> Any:
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    meta: dict[str, Any] = {"rule": rule.id, "pack": rule.pack}
    if number is not None:
        meta |= {"number": number, "fields": [translation.bare(name) for name in fields]}
    severity = translation.SEVERITY[rule.entry.severity]
    return ExpectationConfiguration(
        type=kind, kwargs=dict(arguments), meta={"crmq": meta}, notes=f"{rule.id}: {rule.title}", severity=severity
    ).to_domain_obj()


def _again(rule: Rule, view: View) -> Sequence[RowCheck | TableCheck]:
    from crmq.rules import engine

    return engine.checks_of(rule, view)


def _columns(arguments: Mapping[str, Any]) -> list[str]:
    return [arguments["column"]] if "column" in arguments else list(arguments["column_list"])


def _rows(result: Mapping[str, Any]) -> pl.Series:
    """Return the numbers of the failing rows of a result."""
    found: list[int] = []
    for part in result.get("unexpected_index_list") or []:
        cells = part[ROW]
        found.extend(int(cell) for cell in (cells if isinstance(cells, list) else [cells]))
    return pl.Series(found, dtype=pl.UInt32).sort()


def _problem(information: Any) -> str | None:
    """Return what GX says went wrong (the kind of error only: messages may quote values), or None."""
    if not information:
        return None
    parts = [information] if "raised_exception" in information else list(information.values())
    for part in parts:
        if isinstance(part, Mapping) and part.get("raised_exception"):
            return str(part.get("exception_message") or "").split(":", 1)[0][:120] or "?"
    return None
