"""Text of an exported WhatsApp chat: one message per line that begins with a time, further lines belong to it.

Android writes ``13/6/2026, 12:34 - Maria: text``, iOS ``[13/06/26, 12:34:56] Maria: text``; the order of day and month
is that of the phone, and is decided for the whole column where the times are read. Lines without a sender are notices
of the program. Source: chat texts seen in public code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import polars as pl

from crmq.connectors import assemble, encoding
from crmq.connectors.content import Content
from crmq.connectors.formats import ReadSettings
from crmq.locales import _
from crmq.model.raw import REJECTED_SCHEMA, Fact, RawTable

SUFFIXES = (".txt",)
COLUMNS = ("chat_time", "chat_sender", "chat_text")
NO_TIME = "no_time"

_MARKS = re.compile("[\u200e\u200f\u202a-\u202e\ufeff]")
_BLANKS = re.compile("[\u00a0\u202f]")
_DATE = r"\d{1,2}[/.\-]\d{1,2}[/.\-](?:\d{4}|\d{2})"
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?(?: ?[ap]\.? ?m\.?)?"
_MESSAGE = re.compile(
    rf"(?:\[(?P<ios>{_DATE},? {_CLOCK})\] |(?P<android>{_DATE},? {_CLOCK}) - )(?P<rest>.*)", re.IGNORECASE | re.DOTALL
)
_SENDER = re.compile(r"(?P<sender>[^:\n]{1,100}): ?(?P<text>.*)", re.DOTALL)
_SURE = 95
_LOOKED_AT = 40


def recognises(content: Content) -> int:
    """Return how sure it is that the content is a chat: its first line is a message, and another one follows."""
    if content.suffix not in SUFFIXES:
        return 0
    head = content.head(8192)
    if not head:
        return 0
    text = head.decode(encoding.detect(head).codec, "ignore")
    lines = [line for line in text.splitlines() if line.strip()][:_LOOKED_AT]
    found = [bool(_MESSAGE.match(_plain(line))) for line in lines]
    return _SURE if found and found[0] and (sum(found) > 1 or len(found) == 1) else 0


def read(content: Content, settings: ReadSettings) -> list[RawTable]:
    """Return the messages of a chat as one table; lines before the first message are rejected.

    Raises:
        SourceError: The bytes are no text in the encoding that the user named.
    """
    raw = content.read()
    found = encoding.named(settings.encoding, raw[:4]) if settings.encoding else encoding.detect(raw)
    data, mended = encoding.to_utf8(raw, found, where=content.where)
    rows: list[list[str | None]] = []
    lines: list[int] = []
    rejected: list[tuple[int, str, str]] = []
    for number, line, message in _messages(data.decode("utf-8")):
        if message is None:
            rejected.append((number, NO_TIME, line))
            continue
        rows.append(message)
        lines.append(number)
    if not rows:
        return []
    frame = pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")
    why = _("every message begins with day and time")
    facts = [Fact("format", _("WhatsApp chat"), why), found.fact(), *mended]
    table = assemble.table(
        content, frame, pl.Series(lines, dtype=pl.UInt32), COLUMNS, facts,
        rejected=pl.DataFrame(rejected, schema=REJECTED_SCHEMA, orient="row"),
    )  # fmt: skip
    return [table]


def _messages(text: str) -> Iterator[tuple[int, str, list[str | None] | None]]:
    """Yield line number, first line, and time, sender and text of each message; None for what precedes the first."""
    start, parts = 0, list[str]()
    for number, line in enumerate(text.split("\n"), 1):
        plain = _plain(line.removesuffix("\r"))
        if _MESSAGE.match(plain):
            if parts:
                yield start, parts[0], _taken_apart(parts)
            start, parts = number, [plain]
        elif parts:
            parts.append(plain)
        elif plain.strip():
            yield number, plain, None
    if parts:
        yield start, parts[0], _taken_apart(parts)


def _taken_apart(parts: list[str]) -> list[str | None]:
    match = _MESSAGE.match("\n".join(parts).rstrip("\n"))
    assert match is not None
    when = (match["ios"] or match["android"]).replace(",", "", 1)
    said = _SENDER.match(match["rest"])
    if said is None:
        return [when, None, match["rest"] or None]
    return [when, said["sender"].strip(), said["text"] or None]


def _plain(line: str) -> str:
    """Return a line without marks of writing direction, its special blanks as plain ones."""
    return _BLANKS.sub(" ", _MARKS.sub("", line))
