"""What the values of a column are: from the mapping where there is one, else from their content."""

from __future__ import annotations

from crmq.model import fields
from crmq.profile.shapes import NUMERIC, TEMPORAL

CERTAIN = 0.7
"""Least share of one type for a column without a mapping to be called by it."""
CATEGORY_VALUES = 50
CATEGORY_SHARE = 0.05
"""A category has at most so many values, and at most that share of the rows as values (or a handful)."""
HANDFUL = 5
FREE_TEXT = 40
"""Mean characters from which text is free text."""

_BY_TYPE = {
    "email": "email", "url": "url", "guid": "id", "boolean": "flag", "date": "date", "date_iso": "date",
    "timestamp": "timestamp", "phone": "phone",
}  # fmt: skip


def from_mapping(field: str | None) -> str | None:
    """Return the kind of a canonical field, or None for no field."""
    known = fields.fields().get(field) if field else None
    return known.kind if known else None


def from_content(
    types: dict[str, float], distinct: int, filled: int, mean_length: float, words: float, digits: tuple[int, int]
) -> str:
    """Return the kind that the content shows.

    Args:
        types: Share of each type (:data:`crmq.profile.shapes.TYPES`).
        distinct: Distinct values.
        filled: Filled rows.
        mean_length: Mean characters.
        words: Share of values with a blank inside.
        digits: Shortest and longest value.
    """
    if not filled:
        return "empty"
    for name in ("email", "url", "guid", "timestamp"):
        if types.get(name, 0.0) >= CERTAIN:
            return _BY_TYPE[name]
    if sum(types.get(name, 0.0) for name in TEMPORAL) >= CERTAIN:
        return "date"
    if types.get("boolean", 0.0) >= 0.95:
        return "flag"
    number = sum(types.get(name, 0.0) for name in NUMERIC)
    phone = types.get("phone", 0.0)
    # digits alone may be a phone or an amount: only some with signs of a phone tip the balance
    if phone >= 0.2 and number + phone >= CERTAIN and digits[1] >= 7:
        return "phone"
    unique = distinct == filled and filled > 20
    if number >= 0.9:
        return "id" if unique and types.get("integer", 0.0) >= 0.9 else "number"
    few = distinct <= CATEGORY_SHARE * filled or (distinct <= HANDFUL and 3 * distinct <= filled)
    if distinct <= CATEGORY_VALUES and few:
        return "category"
    if types.get("code", 0.0) + number + phone >= CERTAIN:
        return "id" if unique else "code"
    if mean_length >= FREE_TEXT and words > 0.5:
        return "free_text"
    return "text"
