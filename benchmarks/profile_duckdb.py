"""Profile a CSV with DuckDB's SUMMARIZE, reading included; prints one line per column."""

from __future__ import annotations

import sys

import duckdb


def main() -> None:
    """Summarise the file given as the first argument with the threads given as the second."""
    connection = duckdb.connect()
    connection.execute(f"SET threads = {int(sys.argv[2])}")
    for row in connection.execute("SUMMARIZE SELECT * FROM read_csv(?, header=true)", [sys.argv[1]]).fetchall():
        print(*row, sep="\t")


if __name__ == "__main__":
    main()
