"""The load side of a system file: what a system asks of the files and rows that are loaded into it.

Every fact says how sure it is and where it comes from: by itself, else by the default of the block it stands in. What
nobody confirmed is marked M, and a rule made of it only warns; what is unknown is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, PositiveInt, model_validator

from crmq import declarative
from crmq.locales import _

Certainty = Literal["F", "D", "M"]
"""F: seen in a real file or in code written against one. D: a documentation page. M: from memory, not confirmed."""
CERTAINTIES: tuple[Certainty, ...] = ("F", "D", "M")
"""The marks, the surest first."""

What = Literal[
    "formats", "encoding", "delimiter", "quote", "dates", "times", "booleans", "several values", "references", "empty",
]  # fmt: skip
"""What can be laid down about a file; ``references``: how a row names its parent, ``empty``: how a value is cleared."""


def _many(value: object) -> object:
    return [value] if isinstance(value, str) else value


Texts = Annotated[tuple[str, ...], BeforeValidator(_many)]
Some = Annotated[Texts, Field(min_length=1)]


class Sourced(declarative.Section):
    """A fact.

    Attributes:
        certainty, source: How sure it is and where it comes from; None: the default of the block it stands in.
    """

    certainty: Certainty | None = None
    source: str | None = None


class Block(declarative.Section):
    """A block of facts, with the default for those that do not say it themselves."""

    certainty: Certainty
    source: str = Field(min_length=1)

    def sure(self, fact: Sourced | None = None) -> Certainty:
        """Return how sure a fact of this block is; of the block itself without one."""
        return (fact.certainty if fact else None) or self.certainty

    def cited(self, fact: Sourced | None = None) -> str:
        """Return where a fact of this block comes from."""
        return (fact.source if fact else None) or self.source


class Key(Sourced):
    """By what a row finds the record that it updates.

    Attributes:
        columns: The columns that are the key together.
        own: In words, when it is a field that the owner of the system has to make for it.
    """

    columns: Texts = ()
    own: str | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.columns) == bool(self.own):
            raise ValueError(_("A key has columns, or words for a field of one's own."))
        return self

    @property
    def label(self) -> str:
        """The key in words."""
        return self.own or " + ".join(self.columns)


class Lengths(Sourced):
    """The longest text that columns take.

    Attributes:
        most: Characters by column.
    """

    most: dict[str, PositiveInt] = Field(min_length=1)


class Picklist(Sourced):
    """The values that a column takes.

    Attributes:
        column: The column.
        values: As they stand in a load file.
        open: The owner of the system may have added values: another one is no error before it is loaded.
    """

    column: str
    values: Some
    open: bool = False


class ObjectLoad(Block):
    """What a row must have to be loaded into an object.

    Attributes:
        required: Columns that must be filled; a list inside the list means at least one of them.
        keys: What may be the key of an update, best first.
        lengths: Longest texts.
        picklists: Allowed values.
    """

    required: tuple[str | tuple[str, ...], ...] = ()
    keys: tuple[Key, ...] = ()
    lengths: tuple[Lengths, ...] = ()
    picklists: tuple[Picklist, ...] = ()

    def columns(self) -> Iterator[str]:
        """Yield every column that is spoken of."""
        for item in self.required:
            yield from (item,) if isinstance(item, str) else item
        for key in self.keys:
            yield from key.columns
        for lengths in self.lengths:
            yield from lengths.most
        yield from (picklist.column for picklist in self.picklists)

    def certainties(self) -> Iterator[Certainty]:
        """Yield how sure each fact is."""
        yield from [self.certainty] * len(self.required)
        for fact in (*self.keys, *self.picklists):
            yield self.sure(fact)
        for lengths in self.lengths:
            yield from [self.sure(lengths)] * len(lengths.most)


class FileFact(Sourced):
    """One thing that a load file must keep to.

    Attributes:
        what: What it is about.
        values: What is allowed, as it stands in the file; the best first.
        channel: The way in that it holds for; None for every.
    """

    what: What
    values: Some
    channel: str | None = None


class Limit(Sourced):
    """One limit of loading into a system.

    Attributes:
        what: What is limited.
        value, unit: The most of it.
        channel: The way in that it holds for; None for every.
    """

    what: str
    value: PositiveInt
    unit: Literal[
        "rows", "rows/day", "rows/24h", "bytes", "characters", "columns", "files/day", "batches/24h", "jobs",
    ]  # fmt: skip
    channel: str | None = None


class Order(Sourced):
    """The objects in the order they are loaded in: one that others point to comes before them."""

    objects: Some


class Merging(Sourced):
    """What the system itself can merge.

    Attributes:
        objects: The objects.
        at_once: Records in one merge, the one that stays included; None when nobody says.
        most: Merges that one record may have been part of; None when nobody says.
        undo: Whether a merge can be taken back.
        note: What happens to the record that goes.
    """

    objects: Some
    at_once: Annotated[int, Field(ge=2)] | None = None
    most: PositiveInt | None = None
    undo: Literal["no", "partly", "yes"]
    note: str | None = None


class Told(Sourced):
    """A fact in words."""

    text: str = Field(min_length=1)


class Load(Block):
    """How files for a system must look, how much it takes, and what cannot be taken back.

    Attributes:
        file: What files must keep to.
        order: The order of objects, parents first.
        limits: How much goes in at once.
        merging: What the system merges by itself, and whether that can be undone.
        final: What cannot be undone, in words.
        notes: What else a reader should know.
    """

    file: tuple[FileFact, ...] = ()
    order: Order | None = None
    limits: tuple[Limit, ...] = ()
    merging: tuple[Merging, ...] = ()
    final: tuple[Told, ...] = ()
    notes: tuple[Told, ...] = ()

    def said(self, what: What, channel: str | None = None) -> FileFact | None:
        """Return what is laid down about a file: for this way in, else for every."""
        found = [fact for fact in self.file if fact.what == what and fact.channel in (channel, None)]
        return min(found, key=lambda fact: fact.channel is None, default=None)

    def facts(self) -> Iterator[Sourced]:
        """Yield every fact."""
        yield from self.file
        if self.order:
            yield self.order
        yield from (*self.limits, *self.merging, *self.final, *self.notes)

    def certainties(self) -> Iterator[Certainty]:
        """Yield how sure each fact is."""
        yield from (self.sure(fact) for fact in self.facts())


def shares(certainties: Iterable[Certainty], most: int | None = None) -> str:
    """Return the shares of the marks, as ``F 90% M 10%``; an empty text without any.

    Args:
        certainties: One per fact.
        most: How many marks are told, the largest shares first; None: all, the surest first.
    """
    counts = Counter(certainties)
    whole = sum(counts.values())
    marks: list[Certainty] = [mark for mark in CERTAINTIES if counts[mark]]
    if most is not None:
        marks = sorted(marks, key=lambda mark: -counts[mark])[:most]
    return " ".join(f"{mark} {counts[mark] / whole:.0%}" for mark in marks)


def problems(load: Load, objects: Collection[str]) -> Iterator[str]:
    """Yield what is wrong with the load side of a file as a whole: objects it does not have, facts told twice."""
    named = [*(load.order.objects if load.order else ()), *(name for item in load.merging for name in item.objects)]
    for name in dict.fromkeys(named):
        if name not in objects:
            yield _("{name} is no column or object here.").format(name=name)
    twice: Counter[tuple[str, str | None]] = Counter((fact.what, fact.channel) for fact in load.file)
    for (what, _channel), times in twice.items():
        if times > 1:
            yield _("{what} is told twice for one way in.").format(what=what)
