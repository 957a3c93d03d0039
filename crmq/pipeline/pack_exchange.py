"""Packs written as suites of Great Expectations, and suites read as packs: what ``crmq rules export | import`` does."""

from __future__ import annotations

import json
import os
from pathlib import Path

from crmq import declarative
from crmq.errors import OutputError, UsageError, did_you_mean
from crmq.locales import _
from crmq.rules import pack as packs

TARGETS = ("any", "pandas", "sqlite", "postgresql", "mysql")


def suites_of(name: str, target: str) -> str:
    """Return a pack as JSON: one suite, or a list of them where its rules look at several tables.

    Args:
        name: Name or file of the pack.
        target: Where the suites will run; ``any``: the same answer everywhere.

    Raises:
        ConfigError: There is no such pack, or GX cannot be loaded.
    """
    from crmq.rules.gx import suites

    if target not in TARGETS:
        close = did_you_mean(target, TARGETS)
        hint = _("Did you mean {word}?").format(word=close) if close else None
        raise UsageError(_("{name} is not known.").format(name=target), where="--for", hint=hint)
    made = suites.export(packs.find(name), None if target == "any" else target)  # type: ignore[arg-type]
    content = made[0] if len(made) == 1 else made
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def pack_of(path: Path) -> tuple[str, int, int]:
    """Return a suite as the YAML of a pack, the number of its rules, and how many of them GX itself has to check.

    Raises:
        ConfigError: The file holds no suite, or what it holds makes no pack.
    """
    from crmq.rules.gx import suites

    data = suites.to_pack(suites.read(path), str(path))
    rules = data["rules"]
    return declarative.dump(data), len(rules), sum(rule["kind"] == "gx" for rule in rules)


def save(text: str, path: Path) -> None:
    """Write a new file, whole or not at all.

    Raises:
        OutputError: It is there already, or cannot be written.
    """
    if path.exists():
        raise OutputError(_("The file is there already."), where=str(path), hint=_("Choose a new name with -o."))
    draft = path.with_name(f".{path.name}.crmq-new-{os.getpid()}")
    try:
        draft.write_text(text, encoding="utf-8", newline="\n")
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise OutputError(_("Cannot write here: {reason}.").format(reason=error.strerror), where=str(path)) from None
