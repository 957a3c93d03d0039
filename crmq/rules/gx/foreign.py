"""An expectation of a client's own suite, checked by GX on the rows of a raw table."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import polars as pl

from crmq.errors import ConfigError
from crmq.locales import _
from crmq.rules.checks import FAILURES, TableCheck
from crmq.rules.gx import loading
from crmq.rules.gx.names import ROW
from crmq.rules.pack import Rule
from crmq.rules.views import View

_RESULTS = {"result_format": "COMPLETE", "include_unexpected_rows": False, "return_unexpected_index_query": False}


def check(kind: str, kwargs: Mapping[str, Any], rule: Rule, view: View) -> TableCheck:
    """Return what GX says about an expectation.

    Args:
        kind: Name of the expectation.
        kwargs: Its arguments.
        rule: The rule that holds it; its condition restricts the rows.
        view: A raw view.

    Raises:
        ConfigError: GX does not know the expectation, its arguments are wrong, or it cannot be evaluated here.
    """
    assert view.raw is not None
    frame = view.raw.raw.frame
    rows = view.frame.with_row_index(ROW).filter(view.applies)[ROW]
    if rows.is_empty():
        return TableCheck(0)
    result = _validated(kind, kwargs, rule, _as_pandas(frame, rows))
    counted = result.result
    if "unexpected_count" not in counted or "element_count" not in counted:
        observed = counted.get("observed_value")
        failures = [] if result.success else [(None, _column(kwargs), _said(observed), None)]
        return TableCheck(1, pl.DataFrame(failures, schema=FAILURES, orient="row"))
    evaluated = int(counted["element_count"]) - int(counted.get("missing_count") or 0)
    bad = pl.Series([int(number) for number in counted.get("unexpected_index_list") or []], dtype=pl.UInt32).sort()
    name = _column(kwargs)
    nothing = pl.repeat(None, len(bad), dtype=pl.String, eager=True)
    values = frame[name].gather(bad) if name in frame.columns else nothing
    made = pl.DataFrame({"line": view.raw.raw.lines.gather(bad), "value": values}).select(
        "line", pl.lit(name, pl.String).alias("field"), "value", pl.lit(None, pl.String).alias("detail")
    )
    return TableCheck(evaluated, made)


def _as_pandas(frame: pl.DataFrame, rows: pl.Series) -> Any:
    """Return rows as pandas reads them from a CSV file, indexed by their numbers."""
    import pandas as pd

    text = io.StringIO(frame[rows].write_csv())
    made = pd.read_csv(text, low_memory=False, skip_blank_lines=False)
    made.columns = frame.columns
    made.index = rows.to_list()
    return made


def _validated(kind: str, kwargs: Mapping[str, Any], rule: Rule, data: Any) -> Any:
    loading.load()
    from great_expectations.exceptions import GreatExpectationsError
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    try:
        with loading.quiet():
            made = ExpectationConfiguration(type=kind, kwargs=dict(kwargs)).to_domain_obj()
            source = loading.context().data_sources.add_pandas("rows")
            definition = source.add_dataframe_asset("rows").add_batch_definition_whole_dataframe("all rows")
            batch = definition.get_batch({"dataframe": data})
            result = batch.validate(made, result_format=dict(_RESULTS))
    except (GreatExpectationsError, ValueError, TypeError) as error:
        reason = type(error).__name__
        raise ConfigError(_cannot(rule, reason), where=rule.where) from error
    information = result.exception_info or {}
    parts = [information] if "raised_exception" in information else list(information.values())
    if any(isinstance(part, Mapping) and part.get("raised_exception") for part in parts):
        raise ConfigError(_cannot(rule, kind), where=rule.where)
    return result


def _cannot(rule: Rule, reason: str) -> str:
    message = _("Great Expectations cannot evaluate the rule {rule}: {reason}.")
    return message.format(rule=rule.id, reason=reason)


def _column(kwargs: Mapping[str, Any]) -> str | None:
    named = [kwargs[key] for key in ("column", "column_A") if key in kwargs] or list(kwargs.get("column_list", []))
    return str(named[0]) if named else None


def _said(observed: Any) -> str | None:
    return None if observed is None else str(observed)[:200]
