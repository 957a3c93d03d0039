"""What is special about SQL Server: which tables there are, and what is selected so that no driver shortens a value.

Drivers give times as Python's, which have six digits where ``datetime2`` and ``datetimeoffset`` have seven, and no text
at all for some types; those are converted by the server.
"""

from __future__ import annotations

from collections.abc import Sequence

TABLES = """
SELECT s.name, o.name, CASE WHEN o.type = 'V' THEN 1 ELSE 0 END, CASE WHEN s.name = SCHEMA_NAME() THEN 1 ELSE 0 END,
       COALESCE(HAS_PERMS_BY_NAME(QUOTENAME(s.name) + '.' + QUOTENAME(o.name), 'OBJECT', 'SELECT'), 0)
FROM sys.objects AS o JOIN sys.schemas AS s ON s.schema_id = o.schema_id
WHERE o.type IN ('U', 'V') AND o.is_ms_shipped = 0
ORDER BY s.name, o.name
"""
"""Schema, name, whether it is a view, whether the schema is the user's own, whether it may be read."""

_COLUMNS = """
SELECT c.name, COALESCE(b.name, t.name)
FROM sys.columns AS c
JOIN sys.types AS t ON t.user_type_id = c.user_type_id
LEFT JOIN sys.types AS b ON b.user_type_id = c.system_type_id AND t.is_user_defined = 1 AND t.is_assembly_type = 0
WHERE c.object_id = OBJECT_ID(N'{table}')
ORDER BY c.column_id
"""

_CONVERTED = {
    "datetime": "CONVERT(varchar(33), {c}, 126)",
    "smalldatetime": "CONVERT(varchar(33), {c}, 126)",
    "datetime2": "CONVERT(varchar(33), {c}, 126)",
    "datetimeoffset": "CONVERT(varchar(40), {c}, 126)",
    "date": "CONVERT(varchar(10), {c}, 23)",
    "time": "CONVERT(varchar(16), {c})",
    "money": "CONVERT(varchar(32), {c}, 2)",
    "smallmoney": "CONVERT(varchar(32), {c}, 2)",
    "uniqueidentifier": "CONVERT(char(36), {c})",
    "hierarchyid": "{c}.ToString()",
    "geometry": "CONVERT(varchar(max), CONVERT(varbinary(max), {c}), 2)",
    "geography": "CONVERT(varchar(max), CONVERT(varbinary(max), {c}), 2)",
    "xml": "CONVERT(nvarchar(max), {c})",
    "sql_variant": "CONVERT(nvarchar(4000), {c})",
    "char": "RTRIM({c})",
    "nchar": "RTRIM({c})",
}  # fmt: skip
"""Per type what is selected. Style 126 is ISO 8601, 2 of money four decimals, 2 of binary hexadecimal."""

FLOATS = "real"
"""Type of single precision: drivers widen it, so that 0.1 becomes 0.10000000149011612."""


def quoted(name: str) -> str:
    """Return a name as an identifier."""
    return "[" + name.replace("]", "]]") + "]"


def columns_query(table: str) -> str:
    """Return the query for the columns of a table, given as a quoted name with its schema."""
    return _COLUMNS.format(table=table.replace("'", "''"))


def selection(table: str, columns: Sequence[tuple[str, str]]) -> str:
    """Return the statement that reads a table.

    Args:
        table: Quoted name with its schema.
        columns: Name and type of each column.
    """
    return f"SELECT {', '.join(_selected(name, kind) for name, kind in columns)} FROM {table}"


def _selected(name: str, kind: str) -> str:
    column = quoted(name)
    template = _CONVERTED.get(kind.lower())
    return f"{template.format(c=column)} AS {column}" if template else column


SAFE_NUMBERS = frozenset({102, 156, 207, 208, 229, 230, 297, 300, 319, 916, 4060, 4104, 18452, 18456, 20002, 20009})
"""Numbers of errors whose messages tell of objects, logins and syntax, never of values in cells."""
