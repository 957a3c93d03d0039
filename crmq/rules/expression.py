"""Expressions in declarative files: one documented subset of SQL, parsed by sqlglot, turned into Polars expressions.

What a condition may hold:

- columns: canonical fields (``email``), columns of the source as they are headed (``raw."Customer Type"``);
- literals: ``'text'``, ``42``, ``10.5``, ``TRUE``, ``FALSE``, ``NULL``, ``DATE '2024-01-31'``, ``CURRENT_DATE`` (the
  run's as-of date), ``INTERVAL '18 years'`` added to or taken from a date;
- ``AND OR NOT``, ``= <> < <= > >=``, ``IS [NOT] NULL``, ``IS TRUE``, ``[NOT] IN (...)``, ``[NOT] BETWEEN``,
  ``[NOT] LIKE``, ``ILIKE``, ``+ - * / %``, ``||``, ``CASE WHEN ... END``;
- ``LOWER UPPER TRIM LENGTH SUBSTR REPLACE CONCAT COALESCE NULLIF ABS ROUND STARTS_WITH REGEXP_LIKE YEAR MONTH DAY``,
  ``CAST(x AS INTEGER | DOUBLE | DATE | TEXT)`` (null where the value does not fit).

Everything else is refused when the file is loaded. Logic is three-valued as in SQL. A text compared with a number or
a date is read as one; where it is none, the comparison is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl
import sqlglot
from sqlglot import exp

from crmq.errors import ConfigError
from crmq.locales import _
from crmq.rules.references import Scope
from crmq.rules.transpile import Compiler, RefusedError, reference

MAX_LENGTH = 10_000


@dataclass(frozen=True)
class Expression:
    """A condition that was parsed and found to lie inside the subset.

    Attributes:
        text: As written.
        tree: The parsed condition.
        columns: Columns it names, sorted: canonical names, or ``raw."Header"``.
        where: ``file:line:column`` for messages.
    """

    text: str
    tree: exp.Expr
    columns: tuple[str, ...]
    where: str | None = None

    def to_polars(self, scope: Scope) -> pl.Expr:
        """Return the condition as a Boolean Polars expression (null = unknown).

        Raises:
            ConfigError: The types do not go together (a text that is no number compared with a number, say).
        """
        try:
            made, kind = Compiler(scope).visit(self.tree)
        except RefusedError as refused:
            raise ConfigError(str(refused), where=self.where) from None
        if kind not in ("boolean", "null"):
            raise ConfigError(_("The expression must be a condition (true or false)."), where=self.where)
        return made.cast(pl.Boolean)


def parse(text: str, where: str | None = None) -> Expression:
    """Parse a condition.

    Raises:
        ConfigError: It is not SQL, or lies outside the subset; ``where`` stands in the message.
    """
    if len(text) > MAX_LENGTH:
        raise ConfigError(_("The expression is longer than {n} characters.").format(n=MAX_LENGTH), where=where)
    try:
        tree = sqlglot.parse_one(text, dialect="duckdb")
        columns = sorted({reference(node) for node in tree.find_all(exp.Column)})
        scope = Scope(dict.fromkeys(columns, pl.Null()), pl.col, date(2000, 1, 1))
        kind = Compiler(scope).visit(tree)[1]
    except sqlglot.ParseError as error:
        detail = error.errors[0].get("description", "") if error.errors else ""
        if "<class" in detail:  # a message about the parser's own classes helps nobody
            detail = _("something is missing")
        raise ConfigError(
            _("The expression cannot be understood: {detail}").format(detail=detail.rstrip(".") + "."), where=where
        ) from None
    except sqlglot.errors.TokenError:
        raise ConfigError(_("The expression cannot be understood: a quote is not closed."), where=where) from None
    except RecursionError:
        raise ConfigError(_("The expression is nested too deeply."), where=where) from None
    except RefusedError as refused:
        hint = _("See the list of what a condition may hold in docs/rules.md.")
        raise ConfigError(str(refused), where=where, hint=hint) from None
    if kind not in ("boolean", "null"):
        raise ConfigError(_("The expression must be a condition (true or false)."), where=where)
    return Expression(text, tree, tuple(columns), where)
