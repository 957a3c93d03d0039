"""A baseline: the findings of an earlier validation, so that only what is new or worse closes the gate.

A baseline holds no value of the data: each finding is the first 16 hex digits of a SHA-256 over rule, source, object,
record, field and value. A value can still be guessed by trying it, so the file is to be kept like the exports.
Line numbers do not count (rows move); several findings that are the same in all of that are counted, and one more of
them is new.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from crmq.errors import ConfigError, SourceError
from crmq.locales import _
from crmq.rules.findings import WAIVED
from crmq.rules.result import Validation

SCHEMA = "crmq.baseline/1"
_KEY = ("rule_id", "source", "object", "record_id", "field", "value")


@dataclass(frozen=True)
class Baseline:
    """Findings of an earlier validation.

    Attributes:
        found: Fingerprints with how often each was found, per rule.
        evaluated: Rules that were evaluated then.
    """

    found: Mapping[str, Counter[str]] = field(default_factory=dict)
    evaluated: frozenset[str] = frozenset()


def fingerprints(findings: pl.DataFrame) -> list[str]:
    """Return the fingerprint of each finding.

    A finding about a table as a whole (it has no line) is told apart by its message too: a count that has changed is
    not the same finding.
    """
    told = pl.when(pl.col("line").is_null()).then(pl.col("message"))
    text = pl.concat_str([pl.col(name).fill_null("\x00") for name in _KEY] + [told.fill_null("\x00")], separator="\x1f")
    return [hashlib.sha256(item.encode()).hexdigest()[:16] for item in findings.select(text).to_series()]


def document(validation: Validation) -> Iterator[str]:
    """Yield the text of a baseline file in pieces: JSON, sorted, one rule per line; waived findings are not in it."""
    found: dict[str, Counter[str]] = {}
    for part in _parts(validation):
        kept = part.filter(pl.col("state") != WAIVED)
        for rule, mark in zip(kept["rule_id"], fingerprints(kept), strict=True):
            found.setdefault(str(rule), Counter())[mark] += 1
    evaluated = sorted(r.rule.id for r in validation.results if r.status != "not_evaluated")
    yield f'{{"schema": {json.dumps(SCHEMA)},\n "evaluated": {json.dumps(evaluated)},\n "findings": {{'
    for i, rule in enumerate(sorted(found)):
        marks = [mark if n == 1 else [mark, n] for mark, n in sorted(found[rule].items())]
        yield f"{',' if i else ''}\n  {json.dumps(rule)}: {json.dumps(marks)}"
    yield "\n}}\n"


def _parts(validation: Validation) -> Iterator[pl.DataFrame]:
    yield validation.stage_findings
    yield from validation.iter_findings()


def read(path: Path) -> Baseline:
    """Read a baseline file.

    Raises:
        SourceError: There is none.
        ConfigError: It is not one.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        hint = _("Write it first with --write-baseline.")
        raise SourceError(
            _("The baseline cannot be read: {reason}.").format(reason=error.strerror), where=str(path), hint=hint
        ) from None
    except ValueError:
        data = None
    try:
        return _checked(data)
    except (KeyError, TypeError, ValueError):
        raise ConfigError(_("This is not a baseline of crmq."), where=str(path)) from None


def _checked(data: Any) -> Baseline:
    if data["schema"] != SCHEMA:
        raise ValueError
    found: dict[str, Counter[str]] = {}
    for rule, marks in data["findings"].items():
        counts: Counter[str] = Counter()
        for mark in marks:
            name, number = (mark, 1) if isinstance(mark, str) else (str(mark[0]), int(mark[1]))
            counts[name] += number
        found[str(rule)] = counts
    return Baseline(found, frozenset(str(rule) for rule in data["evaluated"]))
