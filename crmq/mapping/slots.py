"""Gives every accepted mapping its place: one header per field, usage and slot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from crmq.locales import _
from crmq.mapping.propose import ColumnProposal
from crmq.model import fields as canonical
from crmq.model.mapped import FieldMapping

_USAGE_ORDER = (None, "mailing", "home", "billing", "work", "shipping", "other")
_OWN_ADDRESS = ("street", "city", "postal_code")

_Group = tuple[str | None, int]


def resolve(proposals: Mapping[str, ColumnProposal], precedence: Mapping[str, int]) -> dict[str, ColumnProposal]:
    """Return the proposals with slots that do not collide.

    Of two columns for a field that a record has once, the first with values wins; the other travels as an extra. Of
    repeated fields the second becomes slot 2, and so on. The parts of one address share a slot.

    Args:
        proposals: Per header, in the order of the table.
        precedence: Rank of each header: the lower, the earlier its turn. Headers with equal rank go by the slot they
            ask for, by confidence, then by position.
    """
    position = {header: i for i, header in enumerate(proposals)}

    def turn(item: ColumnProposal) -> tuple[bool, int, int, float, int]:
        slot = _mapping(item).slot
        return item.fill == 0, precedence.get(item.header, 0), slot, -item.confidence, position[item.header]

    accepted = sorted((p for p in proposals.values() if p.state == "accepted"), key=turn)
    placed = _scalars_and_lists(p for p in accepted if not _is_address(p))
    placed |= _addresses([p for p in accepted if _is_address(p)])
    return {header: placed.get(header, item) for header, item in proposals.items()}


def _mapping(item: ColumnProposal) -> FieldMapping:
    assert item.mapping is not None
    return item.mapping


def _is_address(item: ColumnProposal) -> bool:
    return canonical.fields()[_mapping(item).field].group == "address"


def _loser(item: ColumnProposal, winner: str) -> ColumnProposal:
    reason = _("{header} already feeds this field.").format(header=winner)
    return replace(item, state="extra", mapping=None, reason=reason)


def _scalars_and_lists(items: Iterable[ColumnProposal]) -> dict[str, ColumnProposal]:
    taken: dict[tuple[str, str | None], list[str]] = {}
    placed = {}
    for item in items:
        mapping = _mapping(item)
        repeated = canonical.fields()[mapping.field].repeated
        place = (mapping.field, mapping.usage if repeated else None)
        before = taken.setdefault(place, [])
        if before and not repeated:
            placed[item.header] = _loser(item, before[0])
            continue
        before.append(item.header)
        placed[item.header] = replace(item, mapping=replace(mapping, slot=len(before)))
    return placed


def _addresses(items: list[ColumnProposal]) -> dict[str, ColumnProposal]:
    groups: dict[_Group, dict[str, ColumnProposal]] = {}
    placed = {}
    for item in items:
        mapping = _mapping(item)
        parts = groups.setdefault((mapping.usage, mapping.slot), {})
        if mapping.field in parts:
            placed[item.header] = _loser(item, parts[mapping.field].header)
        else:
            parts[mapping.field] = item
    # an address of custom columns comes after those that the system has by default
    ordered = sorted(groups, key=lambda g: (_is_custom(groups[g]), g[1], _rank(g[0]), str(g[0])))
    _lend(groups, ordered)
    for slot, group in enumerate((g for g in ordered if groups[g]), start=1):
        for item in groups[group].values():
            mapping = replace(_mapping(item), slot=slot, usage=group[0])
            placed[item.header] = replace(item, mapping=mapping)
    return placed


def _is_custom(parts: Mapping[str, ColumnProposal]) -> bool:
    return all(_mapping(part).source != "system" for part in parts.values())


def _rank(usage: str | None) -> int:
    return _USAGE_ORDER.index(usage) if usage in _USAGE_ORDER else len(_USAGE_ORDER)


def _lend(groups: dict[_Group, dict[str, ColumnProposal]], ordered: list[_Group]) -> None:
    """Give parts that are no address of their own (a lone country) to the first address that lacks them."""
    for group in ordered:
        if group[0] is not None or any(f in groups[group] for f in _OWN_ADDRESS):
            continue
        for other in ordered:
            if other == group or not any(f in groups[other] for f in _OWN_ADDRESS):
                continue
            for field in [f for f in groups[group] if f not in groups[other]]:
                groups[other][field] = groups[group].pop(field)
            break
