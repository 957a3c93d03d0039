"""Webhooks of the WhatsApp Cloud API as a business logs them: envelopes around messages, statuses and contacts.

One envelope holds several changes, one change several messages; each kind becomes a table of its own, nested objects
dotted columns. What is neither travels as a table of events. The layout is from memory of the vendor's documentation:
whatever an envelope holds is kept, known or not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import polars as pl

from crmq.connectors import assemble, encoding
from crmq.connectors.content import Content
from crmq.connectors.formats import ReadSettings
from crmq.locales import _
from crmq.model.raw import REJECTED_SCHEMA, Fact, RawTable

SUFFIXES = (".json", ".jsonl", ".ndjson", ".txt", ".log")
INVALID_JSON = "invalid_json"
NO_ENVELOPE = "no_envelope"
KINDS = ("messages", "statuses", "contacts")
_SIGN = re.compile(rb'"object"\s*:\s*"whatsapp_business_account"')
_SURE = 96

_Row = dict[str, str | None]


def recognises(content: Content) -> int:
    """Return how sure it is that the content is a log of webhooks."""
    head = content.head(4096)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return _SURE if start[:1] in (b"{", b"[") and _SIGN.search(head) else 0


def read(content: Content, settings: ReadSettings) -> list[RawTable]:
    """Return the tables of a log: messages, statuses, contacts and other events; a row's line is its envelope's.

    Raises:
        SourceError: The bytes are no text.
    """
    raw = content.read()
    found = encoding.named(settings.encoding, raw[:4]) if settings.encoding else encoding.detect(raw)
    data, mended = encoding.to_utf8(raw, found, where=content.where)
    rows: dict[str, list[tuple[int, _Row]]] = {kind: [] for kind in (*KINDS, "events")}
    rejected: list[tuple[int, str, str]] = []
    for line, envelope, text in _envelopes(data.decode("utf-8")):
        if not isinstance(envelope, dict) or not isinstance(envelope.get("entry"), list):
            rejected.append((line, INVALID_JSON if envelope is None else NO_ENVELOPE, text))
            continue
        for kind, row in _parts(envelope):
            rows[kind].append((line, row))
    facts = [
        Fact("format", _("WhatsApp webhooks"), _("envelopes of a WhatsApp business account")),
        found.fact(),
        *mended,
    ]
    tables: list[RawTable] = []
    for kind, listed in rows.items():
        if not listed:
            continue
        told = list(facts)
        if kind == "contacts":
            listed = _once(listed, told)
        lost = pl.DataFrame(rejected if not tables else [], schema=REJECTED_SCHEMA, orient="row")
        names = list(dict.fromkeys(name for _line, row in listed for name in row))
        frame = pl.DataFrame(
            {name: pl.Series([row.get(name) or None for _line, row in listed], dtype=pl.String) for name in names}
        )
        lines = pl.Series([line for line, _row in listed], dtype=pl.UInt32)
        tables.append(assemble.table(content, frame, lines, names, told, rejected=lost, member=kind))
    return tables


def _once(listed: list[tuple[int, _Row]], facts: list[Fact]) -> list[tuple[int, _Row]]:
    """Return contacts without exact repeats: every message tells again who sent it."""
    seen: dict[tuple[tuple[str, str | None], ...], tuple[int, _Row]] = {}
    for line, row in listed:
        seen.setdefault(tuple(row.items()), (line, row))
    if len(seen) < len(listed):
        why = _("every message tells again who sent it; equal entries are one row")
        facts.append(Fact("repeated_contacts", str(len(listed) - len(seen)), why))
    return list(seen.values())


def _envelopes(text: str) -> Iterator[tuple[int, Any, str]]:
    """Yield line (or ordinal), envelope and text; None as the envelope where a line is no JSON."""
    try:
        whole = json.loads(text, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                try:
                    yield number, json.loads(line, parse_int=str, parse_float=str), line
                except (ValueError, RecursionError):
                    yield number, None, line
        return
    for number, item in enumerate(whole if isinstance(whole, list) else [whole], 1):
        yield number, item, json.dumps(item, ensure_ascii=False)


def _parts(envelope: dict[str, Any]) -> Iterator[tuple[str, _Row]]:
    """Yield the kind and the cells of everything that an envelope holds."""
    for entry in envelope["entry"]:
        changes = entry.get("changes") if isinstance(entry, dict) else None
        for change in changes if isinstance(changes, list) else [entry]:
            value = change.get("value") if isinstance(change, dict) else None
            known = [k for k in KINDS if isinstance(value, dict) and isinstance(value.get(k), list)]
            if not known:
                yield "events", dict(_flat("", change))
                continue
            assert isinstance(value, dict)
            line = {f"metadata.{k}": v for k, v in _flat("", value.get("metadata") or {})}
            for kind in known:
                for item in value[kind]:
                    yield kind, dict(_flat("", item)) | (line if kind != "contacts" else {})
            rest = {k: v for k, v in value.items() if k not in (*KINDS, "metadata", "messaging_product")}
            if rest:
                yield "events", dict(_flat("", rest))


def _flat(prefix: str, value: Any) -> Iterator[tuple[str, str | None]]:
    if not isinstance(value, dict):
        yield prefix or "value", _cell(value)
        return
    for key, item in value.items():
        yield from _flat(f"{prefix}.{key}" if prefix else key, item)


def _cell(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False)
