"""What there is to choose from: packs, rules and kinds of check."""

from __future__ import annotations

from typing import Any

from crmq import registry
from crmq.errors import ConfigError, did_you_mean
from crmq.locales import _
from crmq.rules import pack
from crmq.rules.pack import KINDS_GROUP, KINDS_PACKAGE, Pack, Rule


def packs() -> list[Pack]:
    """Return all packs that crmq brings, by id: the shipped files, and those made from the system files."""
    from crmq.rules import load_readiness

    return [pack.find(name) for name in (*pack.shipped(), *load_readiness.names())]


def kinds() -> dict[str, str]:
    """Return every kind of check with the first line of its documentation."""
    out = {}
    for name in registry.names(KINDS_PACKAGE, KINDS_GROUP):
        module = registry.load(KINDS_PACKAGE, name, KINDS_GROUP)
        out[name] = (module.__doc__ or "").strip().split("\n")[0]
    return out


def find(name: str) -> tuple[Pack, Rule | None]:
    """Return the pack of that name or file, or the shipped rule of that id or name with its pack.

    Raises:
        ConfigError: There is neither.
    """
    if name in pack.shipped() or name.startswith("load_") or name.endswith((".yaml", ".yml")):
        return pack.find(name), None
    known: dict[str, tuple[Pack, Rule]] = {}
    for one in packs():
        for rule in one.rules:
            for word in (rule.id, rule.entry.name, *rule.entry.aliases):
                known[word] = (one, rule)
    found = known.get(name) or known.get(name.upper())
    if found is None:
        close = did_you_mean(name.upper(), known) or did_you_mean(name, [*pack.shipped(), *known])
        hint = _("Did you mean {word}?").format(word=close) if close else _("crmq rules list names the packs.")
        raise ConfigError(_("There is no pack or rule {name}.").format(name=name), hint=hint)
    return found


def plain(one: Pack, rule: Rule | None = None) -> dict[str, Any]:
    """Return a pack (or one of its rules) as plain data."""
    chosen = [rule] if rule is not None else one.rules
    return {
        "id": one.id,
        "version": one.version,
        "title": one.title.here(),
        "default": one.default,
        "rules": [
            {
                **item.entry.model_dump(
                    mode="json", exclude={"message", "remediation", "field", "fields", "applies_to"}
                ),
                "table": item.table,
                "fields": list(item.fields),
                "message": item.title,
                "remediation": item.entry.remediation.here() if item.entry.remediation else None,
                "where": item.where,
            }
            for item in chosen
        ],
    }
