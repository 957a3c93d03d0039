"""SQLite files, opened read-only."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from crmq.connectors.content import Content
from crmq.connectors.databases import cells, choice, found, refusals
from crmq.errors import SourceError
from crmq.locales import _
from crmq.model.raw import Fact, RawTable

MAGIC = b"SQLite format 3\0"
_BATCH = 50_000


def read(content: Content, tables: Sequence[str], query: str | None, name: str) -> Iterator[RawTable]:
    """Yield the tables that are asked for, or all of them."""
    try:
        with _connection(content) as connection:
            if query is not None:
                yield _table(content, connection, query, name)
                return
            kinds = "'table', 'view'" if tables else "'table'"  # views hold nothing that the tables do not
            sql = f"SELECT name FROM sqlite_master WHERE type IN ({kinds})"
            known = sorted(row[0] for row in connection.execute(sql) if not row[0].startswith("sqlite_"))
            for one in choice.chosen(content.where, known, tables) if tables else known:
                quoted = one.replace('"', '""')
                yield _table(content, connection, f'SELECT * FROM "{quoted}"', one)
    except sqlite3.Error as error:
        raise refusals.refused("SQLite", content.where, str(error)) from None


@contextmanager
def _connection(content: Content) -> Iterator[sqlite3.Connection]:
    if content.file is None:
        connection = sqlite3.connect(":memory:")
        connection.deserialize(content.read())
    else:
        # as_uri escapes what means something in a URI
        connection = sqlite3.connect(content.file.resolve().as_uri() + "?mode=ro", uri=True)
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.text_factory = _text
    try:
        yield connection
    finally:
        connection.close()


def _text(raw: bytes) -> str:
    """Return a text; what is no UTF-8, which SQLite takes without a word, is read as what Windows programs write."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _table(content: Content, connection: sqlite3.Connection, sql: str, name: str) -> RawTable:
    cursor = connection.execute(sql)
    if cursor.description is None:
        raise SourceError(_("The query gives no table."), where=content.where)
    labels = [column[0] for column in cursor.description]
    frame, empty = cells.frame(cells.batches(lambda: cursor.fetchmany(_BATCH)), len(labels))
    frame = frame.with_columns(found.whole(frame[column]) for column in frame.columns)
    facts = [Fact("format", "SQLite"), *found.empty_texts(empty)]
    return found.made(content, found.without_empty(frame), labels, name, facts)
