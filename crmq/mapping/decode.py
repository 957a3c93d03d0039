"""Cells as the model reads them: marks taken off, codings of single systems undone, columns made of several others.

The system's file says which columns (``mark``, ``coding``, ``codes``, ``of``, ``from_name``, ``blank``); nothing is
guessed. The table as it was read stays beside the decoded one (``MappedTable.origin``): rows can be handed back as they
came.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from crmq.connectors import assemble
from crmq.connectors import headers as labels
from crmq.connectors.catalogue import Column
from crmq.mapping.naming import without_suffix
from crmq.mapping.recognise import Recognised
from crmq.model.raw import RawTable
from crmq.values import coded, text


@dataclass(frozen=True)
class Decoding:
    """What is to be done to the cells of a table.

    Attributes:
        cells: Headers whose cells are decoded, with the system's column.
        made: Columns to be made, by the header they get: the system's column and the headers it is made of.
        named: Columns whose value is a word of the file's name, by the header they get.
        blank: Texts that stand for an empty cell.
    """

    cells: Mapping[str, Column] = field(default_factory=dict)
    made: Mapping[str, tuple[Column, tuple[str, ...]]] = field(default_factory=dict)
    named: Mapping[str, tuple[Column, str]] = field(default_factory=dict)
    blank: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.cells or self.made or self.named or self.blank)

    @property
    def added(self) -> dict[str, Column]:
        """The system's column of each header that is in no file."""
        return {h: column for h, (column, _from) in (*self.made.items(), *self.named.items())}


def decoding(found: Recognised, raw: RawTable) -> Decoding:
    """Return what is to be done to the cells of a recognised table."""
    assert found.object is not None
    cells = {h: column for h, (column, _text) in found.columns.items() if _is_coded(column)}
    headers: dict[str, str] = {}
    for header, (column, _text) in found.columns.items():
        headers.setdefault(column.name, header)
    wanted = [
        (column, tuple(headers[name] for name in column.of))
        for column in found.object.columns
        if column.of and all(name in headers for name in column.of)
    ]
    spoken = [
        (column, word) for column in found.object.columns if column.from_name and (word := _word(column.from_name, raw))
    ]
    taken = list(raw.frame.columns)
    names = assemble.unique([*taken, *(column.name for column, _from in (*wanted, *spoken))])[len(taken) :]
    made = dict(zip(names, wanted, strict=False))
    named = dict(zip(names[len(wanted) :], spoken, strict=True))
    blank = found.system.file.blank if found.system else ()
    return Decoding(cells, made, named, blank)


def _is_coded(column: Column) -> bool:
    return bool(column.mark or column.tail or column.coding or column.codes)


def _word(words: tuple[str, ...], raw: RawTable) -> str | None:
    """Return which of some words the name of the member, sheet or file has, whole words only."""
    for name in (raw.member, raw.sheet, raw.path if raw.member is None else None):
        if name:
            there = labels.words(without_suffix(name))
            word = next((w for w in words if w in there), None)
            if word is not None:
                return word
    return None


def decode(raw: RawTable, what: Decoding) -> RawTable:
    """Return a table with its cells decoded; the made columns stand last."""
    if not what:
        return raw
    frame = raw.frame.with_columns(_cells(raw.frame[header], column) for header, column in what.cells.items())
    if what.blank:
        frame = frame.select(
            pl.when(~pl.col(c).str.strip_chars().is_in(what.blank)).then(pl.col(c)) for c in frame.columns
        )
    made = [
        coded.MADE_OF[column.how][1]([raw.frame[h] for h in of]).rename(name)
        for name, (column, of) in what.made.items()
        if column.how is not None
    ]
    made += [
        pl.repeat(word, frame.height, dtype=pl.String, eager=True).rename(n) for n, (_c, word) in what.named.items()
    ]
    return replace(raw, frame=frame.hstack(made), headers=[*raw.headers, *what.added])


def trial_rows(found: Recognised, frame: pl.DataFrame) -> pl.Series | None:
    """Return which rows are no data but trials of the system itself, or None when it has none of the kind."""
    assert found.object is not None
    signs = []
    for trial in found.object.spec.trials:
        headers = [h for h, (column, _t) in found.columns.items() if trial.column in (None, column.name)]
        headers = list(frame.columns) if trial.column is None else headers
        for header in headers:
            cell = pl.col(header).str.strip_chars()
            signs += [cell.str.starts_with(begin) for begin in trial.begins]
            if trial.values:
                signs.append(text.fold(cell).is_in(list(trial.values)))
    if not signs:
        return None
    return frame.select(pl.any_horizontal(signs).fill_null(value=False).alias("trial"))["trial"]


def _cells(cells: pl.Series, column: Column) -> pl.Series:
    bare = coded.without_mark(cells, column.mark) if column.mark else cells
    for tail in column.tail:
        bare = bare.str.strip_chars_end().str.strip_suffix(tail)
    if column.codes:
        meant = bare.str.strip_chars().replace_strict(column.codes, default=None, return_dtype=pl.String)
        bare = pl.DataFrame({"m": meant, "b": bare}).select(pl.coalesce("m", "b").alias(bare.name))[bare.name]
    return coded.from_cyyddd(bare) if column.coding == "cyyddd" else bare
