"""Drafts a rule pack from what the profile of a delivery shows, each rule with its reason, for a person to edit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import polars as pl

from crmq import declarative, run
from crmq.errors import OutputError, UsageError
from crmq.locales import _
from crmq.profile.model import Column, Table
from crmq.profile.parts import Dependency
from crmq.profile.shapes import DOUBLED_QUOTE
from crmq.rules.references import raw_ref

if TYPE_CHECKING:
    from crmq.model.raw import RawTable
    from crmq.profile import Profile

_LEAST_ROWS = 20
"""A table with fewer rows shows nothing that the next delivery could be held to."""
_NEARLY = 0.98
_MOST_VALUES = 15
_VERDICTS = {
    "email": "email",
    "phone": "phone",
    "postal_code": "postal_code",
    "country": "country",
    "url": "web_domain",
}
_SHAPED = ("id", "code", "text", "tax_id", "postal_code")

_DAMAGE = {
    "mojibake": "mojibake", "lost_characters": "lost_character", "control_characters": "control_character",
    "spreadsheet_errors": "spreadsheet_error", "scientific_numbers": "scientific",
}  # fmt: skip
"""Problems of the profile that the kind ``text_damage`` finds, under its names."""
_SLIPS = ("typing",)
_NUMBER = r"\s*[+-]?\d[\d.,]*\s*"

Draft = tuple[str, dict[str, Any]]
"""The reason for a rule, and the rule."""


def draft(profile: Profile, raws: Sequence[RawTable], name: str = "suggested") -> str:
    """Return a pack as YAML text, with the reason above each rule.

    Args:
        profile: The profile of the tables.
        raws: The tables themselves: lists of allowed values are read from them.
        name: Id of the pack.

    Raises:
        UsageError: The tables show nothing that a rule could be made of.
    """
    frames = {(raw.file, raw.sheet): raw.frame for raw in raws}
    parts = []
    number = 0
    for table in profile.tables:
        frame = frames.get((table.file, table.sheet))
        if frame is None or table.rows < _LEAST_ROWS:
            continue
        several = len(profile.tables) > 1
        for reason, rule in _of_table(table, frame):
            number += 1
            head = {"id": f"SUGGESTED-{number:03d}", "name": f"{name}.r{number:03d}"}
            where = {"applies_to": {"files": [PurePath(table.file.partition("!")[0]).name]}} if several else {}
            parts.append(_written(reason, {**head, **rule, **where}))
    if not parts:
        raise UsageError(
            _("The tables show nothing that a rule could be made of."),
            hint=_("At least {n} rows are needed.").format(n=_LEAST_ROWS),
        )
    title = _("Rules suggested from a profile; every one is to be looked at before it gates a load")
    top = declarative.dump({"pack": name, "version": 1, "title": title, "applies_to": {"table": "raw"}})
    return f"# {title}.\n{top}rules:\n" + "\n".join(parts)


def _written(reason: str, rule: dict[str, Any]) -> str:
    lines = declarative.dump([rule]).splitlines()
    return f"  # {' '.join(reason.split())}\n" + "".join(f"  {line}\n" for line in lines)


def _of_table(table: Table, frame: pl.DataFrame) -> Iterator[Draft]:
    for column in table.columns:
        if column.header in frame.columns and column.filled:
            yield from _of_column(column, frame[column.header])
            yield from _of_problems(column)
    # a column that follows from two others is checked against the one that says it best, and against the other
    yield from (_of_dependency(follows) for follows in table.dependencies)


def _of_dependency(follows: Dependency) -> Draft:
    reason = _("In {n} rows {other} follows from {name}; {broken} rows differ from the others of their group.").format(
        n=follows.rows, name=follows.determinant, other=follows.dependent, broken=follows.broken
    )
    message = _("{other} is not the one of this {name}").format(name=follows.determinant, other=follows.dependent)
    return reason, {
        "kind": "functional_dependency", "fields": [raw_ref(follows.determinant), raw_ref(follows.dependent)],
        "severity": "warning", "dimension": "consistency", "message": message,
    }  # fmt: skip


def _of_problems(column: Column) -> Iterator[Draft]:
    """Yield the rules that find again what the profile has found by form alone."""
    rows = {problem.code: problem.rows for problem in column.problems}
    field = raw_ref(column.header)

    def rule(kind: str, message: str, **more: Any) -> dict[str, Any]:
        made = {"kind": kind, "field": field, "severity": "warning", "dimension": "validity"}
        return {**made, "message": message.format(column=column.header), **more}

    damage = [kind for code, kind in _DAMAGE.items() if rows.get(code)]
    if damage:
        reason = _("{n} cells are damaged.").format(n=sum(rows[code] for code in _DAMAGE if rows.get(code)))
        yield reason, rule("text_damage", _("{column} is damaged text"), params={"kinds": damage})
    if rows.get("placeholders") and column.kind not in _VERDICTS:
        reason = _("{n} cells stand for a missing value.").format(n=rows["placeholders"])
        # many an export writes one word wherever nothing stands: told, but no defect by itself
        yield reason, rule("placeholder", _("{column} stands for a missing value"), severity="info")
    if rows.get("units_in_numbers"):
        reason = _("{n} numbers have a unit, written in several ways.").format(n=rows["units_in_numbers"])
        message = _("{column} holds a unit beside the number")
        yield reason, rule("regex", message, params={"pattern": _NUMBER})
    if rows.get("other_form") or (column.kind == "number" and rows.get("other_type")):
        found = rows.get("other_form") or rows["other_type"]
        reason = _("{n} values have another form than nearly all.").format(n=found)
        pattern = _NUMBER if column.kind == "number" else _signature(column.patterns[0].name)
        empty = next((p.example for p in column.problems if p.code == "placeholders" and p.example), None)
        pattern += f"|{re.escape(empty)}" if empty else ""  # the rule of that name tells of it
        yield reason, rule("regex", _("{column} has another form"), params={"pattern": pattern})
    if rows.get("doubled_quotes"):
        reason = _("{n} values have an apostrophe doubled.").format(n=rows["doubled_quotes"])
        message = _("{column} has a doubled apostrophe")
        yield reason, rule("regex", message, params={"pattern": DOUBLED_QUOTE, "whole": False, "refuse": True})
    near = sorted({form.value for group in column.variants if group.how in _SLIPS for form in group.forms})
    if near:
        reason = _("{n} values are close to a far more frequent one.").format(n=len(near))
        message = _("{column} is close to a more frequent value")
        yield (
            reason,
            rule("regex", message, params={"pattern": f"(?:{'|'.join(map(re.escape, near))})", "refuse": True}),
        )
    made = column.distribution
    if rows.get("outliers") and made is not None and made.bins:
        reason = _("{n} numbers are far from all others.").format(n=rows["outliers"])
        limits = {"min": float(made.bins[0].lower), "max": float(made.bins[-1].upper)}
        yield reason, rule("range", _("{column} is far from the usual"), params=limits)


def _signature(form: str) -> str:
    """Return the pattern of a form whatever its length: runs of digits and of letters may be longer or shorter."""
    made = re.sub(r"A\+?(?:A\+?)*", "A", re.sub(r"a\+?(?:a\+?)*", "a", re.sub("9+", "9", form.strip())))
    classes = {"A": r"\p{Lu}+", "a": r"[\p{Ll}\p{Lo}]+", "9": r"\d+"}
    return r"\s*" + "".join(classes.get(char, re.escape(char)) for char in made) + r"\s*"


def _of_column(column: Column, cells: pl.Series) -> Iterator[Draft]:
    field = raw_ref(column.header)
    name = column.header

    def rule(kind: str, dimension: str, message: str, severity: str = "warning", **more: Any) -> dict[str, Any]:
        return {"kind": kind, "field": field, "severity": severity, "dimension": dimension, "message": message, **more}

    if column.fill == 1:
        reason = _("All {n} rows are filled.").format(n=column.rows)
        yield reason, rule("not_null", "completeness", _("{column} is empty").format(column=name))
    elif column.fill >= _NEARLY:
        share = round(1 - column.fill, 4)
        reason = _("{n} of {rows} rows are filled: what is empty looks like an oversight.").format(
            n=column.filled, rows=column.rows
        )
        limits = {"max_share": share}
        yield reason, rule("not_null", "completeness", _("{column} is empty").format(column=name), limits=limits)
    if column.is_key:
        reason = _("No value repeats in {n} rows.").format(n=column.rows)
        yield reason, rule("unique", "uniqueness", _("{column} repeats").format(column=name), "error")
    if column.kind in _VERDICTS:
        params = {"as": _VERDICTS[column.kind]}
        valid = column.verdict("valid")
        reason = _("The values are of the kind {kind}; {share} of them are valid.").format(
            kind=column.kind, share=f"{valid:.1%}"
        )
        yield reason, rule("verdict", "validity", _("{column} is not valid").format(column=name), params=params)
        return
    listed = _listed(cells)
    if listed is not None:
        values, left = listed
        reason = _("{n} values stand in all but {left} of {rows} filled rows.").format(
            n=len(values), left=left, rows=column.filled
        )
        message = _("{column} has an unknown value").format(column=name)
        yield reason, rule("in_set", "validity", message, params={"values": values})
        return
    shape = _shape(column)
    if shape is not None:
        pattern, share = shape
        reason = _("{share} of the values have one form.").format(share=f"{share:.1%}")
        params = {"pattern": pattern}
        yield reason, rule("regex", "validity", _("{column} has another form").format(column=name), params=params)
    numbers = cells.str.strip_chars().cast(pl.Float64, strict=False).drop_nulls()
    if column.kind == "number" and len(numbers) == column.filled and _bound(numbers) >= 0:
        reason = _("No number is negative.")
        yield reason, rule("range", "validity", _("{column} is negative").format(column=name), params={"min": 0})


def _bound(numbers: pl.Series) -> float:
    low = numbers.min()
    return float(low) if isinstance(low, int | float) else 0.0


def _listed(cells: pl.Series) -> tuple[list[str], int] | None:
    """Return the values of a list, and how many rows have another one; None where the column is no list."""
    values = cells.rename("value").str.strip_chars().drop_nulls()
    values = values.filter(values != "")
    counted = values.value_counts(sort=True, name="n")
    column = counted.columns[0]
    if len(values) < _LEAST_ROWS or counted.height * 5 > len(values) or counted.height > 10 * _MOST_VALUES:
        return None
    usual = counted.filter(pl.col("n") >= max(2.0, 0.002 * len(values)))
    covered = int(usual["n"].sum())
    if usual.height > _MOST_VALUES or usual.height < 2 or covered < _NEARLY * len(values):
        return None
    return sorted(usual[column].to_list()), len(values) - covered


def _shape(column: Column) -> tuple[str, float] | None:
    """Return the pattern that nearly all values have, and their share."""
    if column.kind not in _SHAPED or not column.patterns:
        return None
    first = column.patterns[0]
    if first.share < _NEARLY or "9" not in first.name or " " in first.name:
        return None
    classes = {"A": r"\p{Lu}", "a": r"\p{Ll}", "9": r"\d", "+": "+"}
    return "".join(classes.get(char, re.escape(char)) for char in first.name), first.share


def save(text: str, path: Path) -> None:
    """Write a pack into a new file.

    Raises:
        OutputError: There is a file already, or it cannot be written.
    """
    try:
        with path.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        path.chmod(run.PRIVATE_FILE)
    except FileExistsError:
        raise OutputError(_("The file exists already."), where=str(path)) from None
    except OSError as error:
        raise OutputError(_("Cannot write here: {reason}.").format(reason=error.strerror), where=str(path)) from None
