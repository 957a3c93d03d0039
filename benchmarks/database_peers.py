"""Reads a whole table with another tool into Arrow or Polars columns; prints rows and types as JSON.

python benchmarks/database_peers.py adbc|connectorx|rows URL TABLE [text]

``rows`` fetches the rows of the plain driver (psycopg or PyMySQL) and makes columns of them. With ``text`` the server
casts every column to text, as what crmq reads is text; without it a tool gives its own types, which is less work and
for ``numeric`` not always the same number.
"""

from __future__ import annotations

import json
import sys
from urllib.parse import urlsplit


def read(tool: str, url: str, table: str, *, text: bool) -> dict[str, object]:
    """Read the table; return rows and types."""
    import polars as pl

    kind = urlsplit(url).scheme
    sql = f"SELECT * FROM {table}"
    if text:
        quote, cast = ('"', "text") if kind == "postgresql" else ("`", "char")
        names = columns(url, table)
        sql = (
            f"SELECT {', '.join(f'CAST({quote}{n}{quote} AS {cast}) AS {quote}{n}{quote}' for n in names)} FROM {table}"
        )
    if tool == "adbc":
        import adbc_driver_postgresql.dbapi as driver

        with driver.connect(url) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            frame = pl.from_arrow(cursor.fetch_arrow_table())
    elif tool == "connectorx":
        import connectorx

        frame = pl.from_arrow(connectorx.read_sql(url, sql, return_type="arrow"))
    else:
        with connected(url) as connection:
            cursor = connection.cursor()
            cursor.execute(sql)
            header = [column[0] for column in cursor.description]
            frame = pl.DataFrame(cursor.fetchall(), schema=header, orient="row", infer_schema_length=None)
    return {"rows": frame.height, "types": sorted({str(dtype).split("(")[0] for dtype in frame.dtypes})}


def connected(url: str):
    """Return a connection of the plain driver."""
    parts = urlsplit(url)
    if parts.scheme == "postgresql":
        import psycopg

        return psycopg.connect(url)
    import pymysql

    return pymysql.connect(
        host=parts.hostname, port=parts.port or 3306, user=parts.username, database=parts.path.strip("/")
    )


def columns(url: str, table: str) -> list[str]:
    """Return the names of the columns."""
    with connected(url) as connection:
        cursor = connection.cursor()
        cursor.execute(f"SELECT * FROM {table} LIMIT 0")
        return [column[0] for column in cursor.description]


if __name__ == "__main__":
    print(json.dumps(read(*sys.argv[1:4], text="text" in sys.argv[4:])))
