"""The expectation that crmq ships: a whole rule of a pack, for everything that GX has no expectation for.

``import crmq.rules.gx.expectations`` makes it known to GX; a suite that ``crmq rules export`` wrote then runs in any
context, on pandas and on databases. It reads the columns of the batch through GX and evaluates the rule with crmq's
own kernel, so that a value is valid in one place only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

import polars as pl
from great_expectations.compatibility.sqlalchemy import sqlalchemy as sa
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.execution_engine import PandasExecutionEngine, SqlAlchemyExecutionEngine
from great_expectations.expectations.expectation import BatchExpectation, render_suite_parameter_string
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider
from great_expectations.render import LegacyRendererType, RenderedStringTemplateContent
from great_expectations.render.renderer.renderer import renderer
from great_expectations.render.renderer_configuration import RendererConfiguration, RendererValueType

from crmq.errors import ConfigError, CrmqError
from crmq.locales import _, ngettext
from crmq.rules.gx import session as sessions
from crmq.rules.gx import standalone
from crmq.rules.gx.names import RESTORED_NUL, ROW, STORED_NUL

_FETCHED = 50_000
BATCH_ROWS = "crmq.batch_rows"


class BatchRows(TableMetricProvider):
    """The rows of a batch as a Polars frame: the columns that the running session needs, else all."""

    metric_name = BATCH_ROWS

    @metric_value(engine=PandasExecutionEngine)
    def _pandas(cls, execution_engine: Any, metric_domain_kwargs: dict[str, Any], **_kwargs: Any) -> pl.DataFrame:
        rows, _compute, _accessor = execution_engine.get_compute_domain(
            metric_domain_kwargs, domain_type=MetricDomainTypes.TABLE
        )
        wanted = _wanted(list(rows.columns))
        return pl.DataFrame([pl.Series(str(name), _cells(rows[name]), strict=False) for name in wanted])

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls, execution_engine: Any, metric_domain_kwargs: dict[str, Any], metrics: Mapping[str, Any], **_kwargs: Any
    ) -> pl.DataFrame:
        selectable, _compute, _accessor = execution_engine.get_compute_domain(
            metric_domain_kwargs, domain_type=MetricDomainTypes.TABLE
        )
        names = [str(name) for name in metrics["table.columns"]]
        wanted = _wanted(names)
        query = sa.select(*[sa.column(name) for name in wanted]).select_from(
            selectable.subquery() if isinstance(selectable, sa.Select) else selectable
        )
        if ROW in names:
            query = query.order_by(sa.column(ROW))
        result = execution_engine.execute_query(query)
        parts = []
        while rows := result.fetchmany(_FETCHED):
            cells = list(zip(*rows, strict=True))
            parts.append(pl.DataFrame([pl.Series(n, c, strict=False) for n, c in zip(wanted, cells, strict=True)]))
        if not parts:
            return pl.DataFrame(schema=dict.fromkeys(wanted, pl.Null))
        frame = pl.concat(parts, how="vertical_relaxed")
        return frame.with_columns(pl.col(pl.String).str.replace_all(STORED_NUL, RESTORED_NUL, literal=True))

    @classmethod
    def _get_evaluation_dependencies(
        cls, metric: Any, configuration: Any = None, execution_engine: Any = None, runtime_configuration: Any = None
    ) -> dict[str, Any]:
        from great_expectations.validator.metric_configuration import MetricConfiguration

        found: dict[str, Any] = super()._get_evaluation_dependencies(
            metric=metric,
            configuration=configuration,
            execution_engine=execution_engine,
            runtime_configuration=runtime_configuration,
        )
        if isinstance(execution_engine, SqlAlchemyExecutionEngine):
            found["table.columns"] = MetricConfiguration("table.columns", metric.metric_domain_kwargs)
        return found


def _cells(column: Any) -> list[Any]:
    """Return the cells of a pandas column with None where pandas has one of its kinds of nothing."""
    return [None if gone else cell for cell, gone in zip(column.tolist(), column.isna().tolist(), strict=True)]


def _wanted(names: Sequence[str]) -> list[str]:
    session = sessions.active()
    if session is None:
        return list(names)
    missing = [here for here in session.columns.values() if here not in names]
    if missing:
        raise ConfigError(_("The table has no column {name}.").format(name=missing[0]))
    return list(session.columns.values())


class ExpectCrmqRuleToHold(BatchExpectation):
    """Expect the rows of the batch to meet a rule of a crmq pack.

    Args:
        rule: The rule as a pack writes it.
        pack: Id of its pack.
        holds: What the batch holds: a standardised table (``records``, ``contact_points`` ...) or ``raw``.
        as_of: What "today" means to the rule (YYYY-MM-DD); default: today.
    """

    rule: dict[str, Any]
    pack: str
    holds: str
    as_of: str | None = None

    metric_dependencies: ClassVar[tuple[str, ...]] = (BATCH_ROWS,)
    success_keys: ClassVar[tuple[str, ...]] = ("rule", "pack", "holds", "as_of")
    domain_keys: ClassVar[tuple[str, ...]] = ("batch_id",)
    args_keys: ClassVar[tuple[str, ...]] = ("rule", "pack", "holds", "as_of")

    def _validate(
        self, metrics: dict[str, Any], runtime_configuration: Any = None, execution_engine: Any = None
    ) -> dict[str, Any]:
        session = sessions.active()
        try:
            if session is not None and self.rule["id"] in session.planned:
                return _in_session(session, self.rule["id"], metrics[BATCH_ROWS])
            as_of = date.fromisoformat(self.as_of) if self.as_of else date.today()
            result = standalone.evaluate(self.pack, self.holds, self.rule, metrics[BATCH_ROWS], as_of)
        except CrmqError as error:
            if session is not None:
                session.error = error
            raise
        passed = result.status == "pass" or (result.status == "not_evaluated" and result.rule.entry.may_be_absent)
        return _told(result.evaluated, result.failed, passed=passed)

    @classmethod
    def _prescriptive_template(cls, renderer_configuration: RendererConfiguration) -> RendererConfiguration:
        renderer_configuration.add_param(name="rule", param_type=RendererValueType.OBJECT)
        renderer_configuration.template_str = _sentence(renderer_configuration.kwargs.get("rule") or {})
        return renderer_configuration

    @classmethod
    @renderer(renderer_type=LegacyRendererType.PRESCRIPTIVE)
    @render_suite_parameter_string
    def _prescriptive_renderer(
        cls, configuration: Any = None, result: Any = None, runtime_configuration: Any = None, **_kwargs: Any
    ) -> list[RenderedStringTemplateContent]:
        styling = (runtime_configuration or {}).get("styling")
        said = {"template": "$sentence", "params": {"sentence": _sentence(configuration.kwargs["rule"])}}
        return [
            RenderedStringTemplateContent(
                content_block_type="string_template", string_template={**said, "styling": styling}
            )
        ]


def _sentence(rule: Mapping[str, Any]) -> str:
    """Return how Data Docs name a rule: its id, and its title in the language in use."""
    from crmq import locales

    message = rule.get("message") or ""
    if isinstance(message, Mapping):
        message = message.get(locales.language()) or message.get("en") or ""
    return f"{rule.get('id', '')}: {message}"


def _told(evaluated: int, failed: int, *, passed: bool) -> dict[str, Any]:
    """Return a result in the words of GX; rows are told by crmq's findings, values by nobody."""
    said = ngettext("{n} of {all} fails", "{n} of {all} fail", failed).format(n=failed, all=evaluated)
    percent = 100 * failed / evaluated if evaluated else None
    result = {"element_count": evaluated, "unexpected_count": failed, "unexpected_percent": percent}
    return {"success": passed, "result": {"observed_value": said, **result}}


def _in_session(session: sessions.Session, rule_id: str, rows: pl.DataFrame) -> dict[str, Any]:
    planned = session.planned[rule_id]
    outcomes = sessions.look(session, planned, session.typed(rows))
    session.outcomes[rule_id] = outcomes
    evaluated = sum(done for outcome in outcomes for done, _bad in outcome.counts.values())
    failed = sum(bad for outcome in outcomes for _done, bad in outcome.counts.values())
    allowed = planned[0].rule.entry.limits.allow(failed, evaluated)
    return _told(evaluated, failed, passed=allowed)
