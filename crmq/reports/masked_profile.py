"""A profile with personal data masked: what every report shows unless real values are asked for."""

from __future__ import annotations

from dataclasses import replace

from crmq.profile.model import Column, Portion, Problem, Profile, Table
from crmq.profile.parts import Distribution
from crmq.reports.masking import shown

OPEN_KINDS = ("category", "flag", "country", "number", "timestamp", "empty", "year", "month", "day")
"""Kinds whose values tell nothing about a person: few of them, shared by many rows, or plain quantities."""
_LONG_NUMBER = 7
"""Digits from which an unmapped number may be a phone or an id."""


def masked(profile: Profile, *, show_pii: bool) -> Profile:
    """Return the profile as a report may show it."""
    if show_pii:
        return profile
    return replace(profile, tables=tuple(_table(table) for table in profile.tables))


def _table(table: Table) -> Table:
    of = {column.header: column for column in table.columns}
    return replace(
        table,
        columns=tuple(_column(c) for c in table.columns),
        dependencies=tuple(
            replace(
                one,
                value=_hidden(of[one.determinant], one.value),
                usual=_hidden(of[one.dependent], one.usual),
                found=_hidden(of[one.dependent], one.found),
            )
            for one in table.dependencies
        ),
    )


def _personal(column: Column) -> bool:
    return column.kind not in OPEN_KINDS or (
        column.kind == "number" and column.lengths is not None and column.lengths.longest >= _LONG_NUMBER
    )


def _hidden(column: Column, value: str | None) -> str | None:
    if value is None:
        return None
    return shown(value, column.field, show_pii=False, personal=_personal(column))


def _distribution(column: Column) -> Distribution | None:
    """Return the distribution without values: how many rows a bar has tells of nobody, a quantile is a value."""
    made = column.distribution
    if made is None or made.of == "length":
        return made
    quantiles = {name: _hidden(column, value) or "" for name, value in made.quantiles.items()}
    if quantiles == made.quantiles or made.of == "date":
        return replace(made, quantiles=quantiles)
    bins = tuple(
        replace(b, lower=_hidden(column, b.lower) or "", upper=_hidden(column, b.upper) or "") for b in made.bins
    )
    return replace(made, quantiles=quantiles, bins=bins)


def _column(column: Column) -> Column:
    def hide(value: str | None) -> str | None:
        return _hidden(column, value)

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
        distribution=_distribution(column),
        variants=tuple(
            replace(
                group,
                main=hide(group.main) or "",
                forms=tuple(replace(form, value=hide(form.value) or "") for form in group.forms),
            )
            for group in column.variants
        ),
    )
