"""A rule evaluated on a batch of a client's own GX context: the batch is all there is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, get_args

import polars as pl

from crmq import declarative
from crmq.errors import ConfigError
from crmq.locales import _
from crmq.model.mapped import MappedTable
from crmq.model.raw import RawTable
from crmq.model.tables import SCHEMAS, Tables, conform
from crmq.rules import pack as packs
from crmq.rules.result import RuleResult
from crmq.rules.views import Context

_SOURCE = "batch"


def rule_of(pack: str, rule: Mapping[str, Any]) -> packs.Rule:
    """Return the rule that an expectation holds.

    Raises:
        ConfigError: It is no rule.
    """
    data = {"pack": pack, "title": pack, "rules": [dict(rule)]}
    return packs.build(declarative.Document(f"{pack}/{rule.get('id', '?')}", data)).rules[0]


def evaluate(pack: str, table: str, rule: Mapping[str, Any], rows: pl.DataFrame, as_of: date) -> RuleResult:
    """Evaluate a rule on the rows of a batch.

    Args:
        pack: Id of the rule's pack.
        table: ``raw``, or the standardised table that the batch holds.
        rule: The rule as written.
        rows: The batch.
        as_of: What "today" means.

    Raises:
        ConfigError: The rule is wrong, or needs more than the batch has.
    """
    from crmq.rules import engine

    if table not in get_args(packs.Table):
        raise ConfigError(_("{name} is no table that rules look at.").format(name=table))
    made = rule_of(pack, rule)
    if table == "raw":
        mapped = [_plain(rows)]
        context = Context(Tables(), mapped, as_of)
    else:
        absent = [name for name in made.columns if name not in rows.columns and name in packs.known_columns(made.table)]
        if absent:
            raise ConfigError(_("The table has no column {name}.").format(name=absent[0]))
        context = Context(Tables({table: _standardised(table, rows)}), [], as_of)
    return engine.run([(made, True)], context, lambda _units: None)[0]


def _plain(rows: pl.DataFrame) -> MappedTable:
    cells = rows.cast(pl.String)
    cells = cells.select(pl.when(pl.all() != "").then(pl.all()))
    lines = pl.int_range(1, rows.height + 1, dtype=pl.UInt32, eager=True)
    raw = RawTable(_SOURCE, cells, lines, list(rows.columns))
    return MappedTable(raw, _SOURCE, "generic", "other", (), ())


def _standardised(table: str, rows: pl.DataFrame) -> pl.DataFrame:
    from crmq.rules.gx.session import read_back

    schema = SCHEMAS[table]
    typed = rows.select(read_back(name, pl.Series([], dtype=schema[name]).dtype) for name in schema if name in rows)
    keys = {"source": _SOURCE, "object": table}
    absent = [pl.lit(value).alias(name) for name, value in keys.items() if name not in rows.columns]
    return conform(typed.with_columns(absent), schema)
