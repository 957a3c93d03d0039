"""Lets through one query that only reads, for databases whose read-only transactions let other things happen.

A transaction that is read-only in MySQL still writes files (``INTO OUTFILE``), SQL Server has none at all. The
statement is looked at word by word, not understood: what a dialect adds to SELECT stays possible.
"""

from __future__ import annotations

from crmq.errors import SourceError
from crmq.locales import _

_BEGIN = {"SELECT", "WITH", "VALUES", "TABLE", "L_PAREN"}
_WRITING = {"INTO", "INSERT", "UPDATE", "DELETE", "MERGE"}
_WITHOUT_SEMICOLON = {
    "DROP", "ALTER", "CREATE", "TRUNCATE", "GRANT", "REVOKE", "EXECUTE", "COMMIT", "ROLLBACK", "USE", "SET", "KILL",
}  # fmt: skip
"""In T-SQL a further statement may follow without a semicolon; all of these words are reserved there."""
_FUNCTIONS = {"INSERT"}
"""Also names of functions (``INSERT(a, 1, 2, b)``)."""


def without_end(sql: str, dialect: str) -> str:
    """Return a statement without the semicolon that ends it, and what comes after that."""
    from sqlglot import Dialect
    from sqlglot.errors import TokenError

    try:
        words = Dialect.get_or_raise(dialect).tokenize(sql)
    except TokenError:
        return sql
    while words and words[-1].token_type.name == "SEMICOLON":
        sql = sql[: words[-1].start]
        words = words[:-1]
    return sql.strip()


def one_query(sql: str, dialect: str, where: str) -> str:
    """Return a query without what ends it, when it is one statement that only reads.

    Args:
        sql: What the user gave.
        dialect: Name of the dialect as sqlglot calls it; an unknown one is read as plain SQL.
        where: The database, for the error.

    Raises:
        SourceError: It is something else.
    """
    from sqlglot import Dialect
    from sqlglot.errors import TokenError

    spoken = dialect if Dialect.get(dialect) else ""
    sql = without_end(sql, spoken)
    try:
        kinds = [word.token_type.name for word in Dialect.get_or_raise(spoken).tokenize(sql)]
    except TokenError:
        raise _refusal(where) from None
    if not kinds or kinds[0] not in _BEGIN or "SEMICOLON" in kinds:
        raise _refusal(where)
    never = _WRITING | (_WITHOUT_SEMICOLON if spoken == "tsql" else set())
    for kind, following in zip(kinds, [*kinds[1:], ""], strict=True):
        if kind in never and not (kind in _FUNCTIONS and following == "L_PAREN"):
            raise _refusal(where)
    return sql


def _refusal(where: str) -> SourceError:
    hint = _("Give a single SELECT (or WITH … SELECT); quote names that are words of SQL.")
    return SourceError(_("The query is more than one that only reads."), where=where, hint=hint)
