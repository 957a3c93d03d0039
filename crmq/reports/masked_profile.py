"""A profile with personal data masked: what every report shows unless real values are asked for."""

from __future__ import annotations

from dataclasses import replace

from crmq.profile.model import Column, Portion, Problem, Profile
from crmq.reports.masking import shown

_OPEN_KINDS = ("category", "flag", "country", "number", "timestamp", "empty", "year", "month", "day")
"""Kinds whose values tell nothing about a person: few of them, shared by many rows, or plain quantities."""
_LONG_NUMBER = 7
"""Digits from which an unmapped number may be a phone or an id."""


def masked(profile: Profile, *, show_pii: bool) -> Profile:
    """Return the profile as a report may show it."""
    if show_pii:
        return profile
    return replace(
        profile, tables=tuple(replace(t, columns=tuple(_column(c) for c in t.columns)) for t in profile.tables)
    )


def _column(column: Column) -> Column:
    personal = column.kind not in _OPEN_KINDS or (
        column.kind == "number" and column.lengths is not None and column.lengths.longest >= _LONG_NUMBER
    )

    def hide(value: str | None) -> str | None:
        if value is None:
            return None
        return shown(value, column.field, show_pii=False, personal=personal)

    def portion(part: Portion) -> Portion:
        return replace(part, example=hide(part.example))

    def problem(found: Problem) -> Problem:
        # a word for "we do not have it" stands for nobody, and seeing it is the point; an address or a number that
        # was judged a placeholder by its pattern may be somebody's
        if found.code == "placeholders" and not column.verdicts:
            return found
        return replace(found, example=hide(found.example))

    return replace(
        column,
        lowest=hide(column.lowest),
        highest=hide(column.highest),
        top=tuple(replace(part, name=hide(part.name) or "") for part in column.top),
        types=tuple(portion(part) for part in column.types),
        patterns=tuple(portion(part) for part in column.patterns),
        problems=tuple(problem(found) for found in column.problems),
    )
