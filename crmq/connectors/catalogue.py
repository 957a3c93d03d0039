"""What crmq knows of each system: one YAML file per vendor in ``systems/``, loaded and checked here.

Adding a system is adding a file. Every file is checked against the canonical model when it is loaded: unknown fields
and objects, a label that two columns of an object claim, consent columns without a polarity, and fingerprints that
name columns which the object does not have are errors with file and line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import BeforeValidator

from crmq import declarative
from crmq.connectors import headers, load_side
from crmq.connectors.load_side import Certainty, Load, ObjectLoad, Texts
from crmq.errors import ConfigError, UsageError, did_you_mean
from crmq.locales import _
from crmq.model import fields as canonical
from crmq.model.mapped import DateOrder, Entity
from crmq.values import coded

FOLDER = Path(__file__).with_name("systems")

Channel = Literal["email", "sms", "whatsapp", "phone", "post", "push", "web", "any"]
Purpose = Literal["commercial", "transactional", "service", "survey", "profiling", "third_party", "research"]
Form = Literal["api", "report", "excel", "ui"]
"""How the file was made: ``api`` (API names, data loader, backup), ``report`` or ``ui`` (labels in the language of the
user), ``excel`` (a workbook made for re-import)."""

TRUE = ("true", "1", "yes", "y", "si", "s", "t", "x", "verdadero", "sim", "on")
"""Folded texts that mean yes; ``any yes`` in a system file's ``granted`` or ``denied`` stands for all of them."""
FALSE = ("false", "0", "no", "n", "f", "falso", "nao", "off")
"""Folded texts that mean no; ``any no`` stands for all of them."""


def _values(value: object) -> object:
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list):
        return listed
    out: list[object] = []
    for item in listed:
        out.extend({"any yes": TRUE, "any no": FALSE}.get(item, (item,)) if isinstance(item, str) else (item,))
    return out


Values = Annotated[tuple[str, ...], BeforeValidator(_values)]


class Meaning(declarative.Section):
    """A place in the canonical model.

    Attributes:
        field: Canonical field; None for a column that has no place in the model (it travels as an extra).
        usage, slot, to, scheme, separator: As in :class:`crmq.model.mapped.FieldMapping` (``to`` is its ``to_object``).
        channel, purpose, subscription, granted, denied: For consent: see ``FieldMapping``; values are folded.
    """

    field: str | None = None
    usage: str | None = None
    slot: int = 1
    to: str | None = None
    scheme: str | None = None
    separator: str | None = None
    channel: Channel | None = None
    purpose: Purpose | None = None
    subscription: str | None = None
    granted: Values = ()
    denied: Values = ()

    def problem(self) -> str | None:
        """Return what is wrong with it, in words, or None."""
        if self.field is not None and self.field not in canonical.fields():
            close = did_you_mean(self.field, canonical.fields())
            return _("There is no field {name}.").format(name=self.field) + (f" ({close}?)" if close else "")
        if self.to is not None and self.to not in canonical.objects():
            return _("There is no object {name}.").format(name=self.to)
        if self.field == "consent":
            if self.channel is None or self.purpose is None:
                return _("A consent column needs channel and purpose.")
            if not self.granted and not self.denied:
                return _("A consent column needs values that grant or deny.")
            if set(self.granted) & set(self.denied):
                return _("One value cannot both grant and deny.")
        elif self.granted or self.denied or self.channel or self.purpose:
            return _("Only a consent column has channel, purpose and polarity.")
        is_reference = self.field is not None and canonical.fields()[self.field].group == "reference"
        if is_reference and self.to is None:
            return _("A reference needs the object it points to.")
        return None


class Column(Meaning):
    """One column of an object, and the canonical field it feeds.

    Attributes:
        name: The API name, or the English label where there is no API name. ``*`` matches any text; what it matched
            is the consent's subscription.
        en, es, pt: Labels.
        memory: Further labels in any language that were never confirmed (certainty M): matched, not relied on.
        unless: Names of columns that make this one superfluous when they are there too.
        metadata: The column tells something about the record's life in the system, nothing about the party.
        mark: What may stand before each value and does not belong to it (``p:``, an apostrophe).
        tail: What may stand after each value and does not belong to it.
        coding: How the system writes the values, where it is a way of its own (``cyyddd``: :mod:`crmq.values.coded`).
        codes: What single values stand for (``P: person``), as they are written; other values stay as they are.
        of: Names of the columns that this one is made of: it is in no file. It is made when all of them are there.
        how: How it is made of them (:data:`crmq.values.coded.MADE_OF`).
        from_name: Words that the name of the file may have: the column is in no file, the word that is there is its
            value in every row (a status that only the file's name tells).
        certainty, source: How sure the fact is and where it comes from; default: the object's, then the system's.
        note: What a reader should know.
    """

    name: str
    en: Texts = ()
    es: Texts = ()
    pt: Texts = ()
    memory: Texts = ()
    unless: Texts = ()
    metadata: bool = False
    mark: Texts = ()
    tail: Texts = ()
    from_name: Texts = ()
    coding: Literal["cyyddd"] | None = None
    codes: dict[str, str] = {}
    of: Texts = ()
    how: Literal["key", "words", "filled", "international", "cyyddd_time", "goldmine_moment"] | None = None
    certainty: Certainty | None = None
    source: str | None = None
    note: str | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the name and all labels; none for a column that is in no file, which no header names."""
        return () if self.of or self.from_name else (self.name, *self.en, *self.es, *self.pt, *self.memory)

    def problem(self) -> str | None:
        """Return what is wrong with it, in words, or None."""
        if bool(self.of) != bool(self.how):
            return _("A column that is made of others needs 'of' and 'how'.")
        if self.how is not None:
            wanted, _made = coded.MADE_OF[self.how]
            if (wanted is None and len(self.of) < 2) or (wanted is not None and len(self.of) != wanted):
                return _("{how} needs another number of columns.").format(how=self.how)
            if self.field is None:
                return _("A column that is made of others must feed a field.")
        return super().problem()


class Fingerprint(declarative.Section):
    """A set of columns that gives an object away.

    Attributes:
        all: Names of columns that must be there, in any language; a list inside the list means one of them.
        form: How such a file was made.
        exact: The headers must be spelled like a label (only case may differ): for sets of words that anybody may use
            (``first_name``, ``last_name``, ``email``) but writes in another way.
        partial: Three quarters of the columns are enough, when most of the table is known to the object: for sets that
            nobody else has.
        certainty, source: As for columns.
    """

    all: tuple[str | tuple[str, ...], ...]
    form: Form
    exact: bool = False
    partial: bool = False
    certainty: Certainty | None = None
    source: str | None = None


class IdEvidence(declarative.Section):
    """What ids of an object look like: a prefix of the values in one column."""

    column: str
    prefix: str


class Trial(declarative.Section):
    """Rows that are no data: what the system itself puts in to try a form or a connection.

    Attributes:
        column: The column that tells; None for any.
        values: Folded values that tell so.
        begins: What such a value begins with, as it is written.
    """

    column: str | None = None
    values: Values = ()
    begins: Texts = ()


class Condition(declarative.Section):
    """What a second column must say as well: folded ``values``, or what a value ``begins`` with."""

    column: str
    values: Values = ()
    begins: Texts = ()


class Split(declarative.Section):
    """Rows of another kind in the same table.

    Attributes:
        column: The column that tells; of several columns the first that is there decides alone.
        values: Folded values that tell so; an empty text stands for blank cells.
        begins: What such a value begins with, as it is written. With neither, any value tells.
        also: What another column must say of them too.
        use: The object that these rows are.
    """

    column: str
    values: Values = ()
    begins: Texts = ()
    also: Condition | None = None
    use: str


class Timestamps(declarative.Section):
    """What a system's times mean: ``zone`` is an IANA name, or ``user`` for the zone of whoever exported."""

    zone: str
    order: DateOrder | None = None
    certainty: Certainty
    source: str | None = None


class ObjectSpec(declarative.Section):
    """One object of a system.

    Attributes:
        object: The canonical object a row is.
        title: Name for people.
        entities: Where it differs from what the canonical object gives.
        fingerprints: Column sets, each enough to recognise the object.
        ids: What its ids look like.
        no_id: Its exports have no id: rows are told apart by their content.
        trials: Rows that are no data.
        files: File, member or sheet names (without date and part number, compared as headers are).
        split: Rows of another kind in the same table; the first whose column is there decides.
        use: Shared groups of columns that follow the object's own.
        columns: Its columns; earlier ones win where two feed one field.
        always: What holds for every row where no column says it: canonical field -> value.
        load: The load side, or None when crmq does not load into it.
        certainty, source: Default for its facts.
    """

    object: str
    title: str
    entities: tuple[Entity, ...] | None = None
    fingerprints: tuple[Fingerprint, ...] = ()
    ids: IdEvidence | None = None
    no_id: bool = False
    trials: tuple[Trial, ...] = ()
    files: Texts = ()
    split: tuple[Split, ...] = ()
    use: Texts = ()
    columns: tuple[Column, ...] = ()
    always: dict[str, str] = {}
    load: ObjectLoad | None = None
    certainty: Certainty | None = None
    source: str | None = None


class SystemFile(declarative.Section):
    """The shape of a file in ``systems/``.

    Attributes:
        name: The name used everywhere; equal to the file's.
        title, vendor, about: For people.
        certainty, source: Default for all facts below.
        names: How sure the API names are, where that differs from the labels.
        timestamps: Per form of file.
        quirks: Names of peculiarities that later stages know: ``salesforce_ids`` (15 and 18 characters),
            ``accent_underscores`` (accents in API names became ``_``), ``guid_ids`` (case of ids means nothing).
        prefixes: What pipelines put before the names of its columns.
        blank: Texts that stand for an empty cell in any column, as they are written (``null``).
        shared: Groups of columns that several objects have.
        objects: Its objects by their own name.
        load: The load side; ``none`` where crmq does not load into it.
        unconfirmed: What a sample should settle.
    """

    name: str
    title: str
    vendor: str
    about: str
    certainty: Certainty
    source: str
    names: Certainty | None = None
    timestamps: dict[Form, Timestamps] = {}
    quirks: tuple[Literal["salesforce_ids", "accent_underscores", "guid_ids"], ...] = ()
    prefixes: Texts = ()
    blank: Texts = ()
    shared: dict[str, tuple[Column, ...]] = {}
    objects: dict[str, ObjectSpec]
    load: Load | Literal["none"]
    unconfirmed: Texts = ()


@dataclass(frozen=True)
class Object:
    """An object of a system, with its columns indexed by every label.

    Attributes:
        name: Its own name in the system.
        spec: What the file says.
        columns: All its columns, those of shared groups included, in order of precedence.
        index: Column by the comparison key of each of its labels.
        patterns: Columns whose name has a ``*``.
    """

    name: str
    spec: ObjectSpec
    columns: tuple[Column, ...]
    index: Mapping[str, Column]
    patterns: tuple[tuple[re.Pattern[str], Column], ...] = ()

    @property
    def entities(self) -> tuple[Entity, ...]:
        """Return the parties one row may hold."""
        if self.spec.entities is not None:
            return self.spec.entities
        return canonical.objects()[self.spec.object].entities

    def column(self, name: str) -> Column:
        """Return the column with this name."""
        return next(c for c in self.columns if c.name == name)


@dataclass(frozen=True)
class System:
    """A system: its file, and its objects ready for look-up."""

    file: SystemFile
    objects: Mapping[str, Object]
    vocabulary: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return the system's name."""
        return self.file.name

    def certainties(self) -> Iterator[Certainty]:
        """Yield how sure each name and label of each column is."""
        for obj in self.objects.values():
            default = obj.spec.certainty or self.file.certainty
            for column in obj.columns:
                sure = column.certainty or default
                yield self.file.names or sure
                yield from [sure] * (len(column.en) + len(column.es) + len(column.pt))
                for _label in column.memory:
                    yield "M"

    def load_certainties(self) -> Iterator[Certainty]:
        """Yield how sure each fact of the load side is; nothing where crmq does not load into it."""
        if self.file.load == "none":
            return
        yield from self.file.load.certainties()
        for obj in self.objects.values():
            if obj.spec.load is not None:
                yield from obj.spec.load.certainties()

    def find(self, obj: Object, header: str) -> tuple[Column, str | None] | None:
        """Return the column of an object that a header names, and what its ``*`` matched, if it has one."""
        for text in self._readings(header):
            found = obj.index.get(headers.key(text))
            if found is not None:
                return found, None
        for text in self._readings(header):
            for pattern, column in obj.patterns:
                match = pattern.fullmatch(text.strip())
                if match:
                    return column, match.group(1).strip()
        return None

    def keys(self, names: Iterable[str]) -> set[str]:
        """Return the comparison keys of headers, in every way that this system reads them."""
        return {headers.key(text) for name in names for text in self._readings(name)}

    def spelled(self, header: str, column: Column) -> bool:
        """Tell whether a header is one of a column's labels, case and the prefixes of pipelines apart."""
        labels = {label.lower() for label in column.labels}
        return any(text.strip().lower() in labels for text in self._readings(header))

    def _readings(self, header: str) -> Iterator[str]:
        yield header
        if "accent_underscores" in self.file.quirks and "_" in header:
            yield headers.restore_accents(header, self.vocabulary)
        for prefix in self.file.prefixes:
            if header.strip().lower().startswith(prefix):
                yield header.strip()[len(prefix) :]


@cache
def systems() -> Mapping[str, System]:
    """Return all vendor systems by name, sorted; the generic rules are not among them.

    Raises:
        ConfigError: A file is wrong.
    """
    found = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        if path.stem != "generic":
            found[path.stem] = load_system(path)
    return MappingProxyType(found)


def system(name: str, where: str | None = None) -> System:
    """Return one system.

    Raises:
        UsageError: There is no such system; the message suggests the closest.
    """
    known = systems()
    if name not in known:
        close = did_you_mean(name, known)
        hint = _("Did you mean {word}?") if close else _("Known: {names}.")
        raise UsageError(
            _("There is no system {name}.").format(name=name),
            where=where,
            hint=hint.format(word=close, names=", ".join([*known, "generic"])),
        )
    return known[name]


def load_system(path: Path) -> System:
    """Load and check one system file.

    Raises:
        ConfigError: It is not what a system file must be.
    """
    document = declarative.read(path)
    file = declarative.check(document, SystemFile)
    if file.name != path.stem:
        raise ConfigError(_("The name must be that of the file."), where=document.where(("name",)))
    labels = [label for c in _all_columns(file) for label in c.labels]
    objects = {name: _object(file, name, document) for name in file.objects}
    if file.load != "none":
        for problem in load_side.problems(file.load, file.objects):
            raise ConfigError(problem, where=document.where(("load",)))
    elif any(spec.load for spec in file.objects.values()):
        raise ConfigError(_("Objects are loaded into, but the system is not."), where=document.where(("load",)))
    return System(file, MappingProxyType(objects), headers.accent_vocabulary(labels))


def _all_columns(file: SystemFile) -> Iterator[Column]:
    for group in file.shared.values():
        yield from group
    for spec in file.objects.values():
        yield from spec.columns


def _object(file: SystemFile, name: str, document: declarative.Document) -> Object:
    spec = file.objects[name]
    here: declarative.Loc = ("objects", name)
    if spec.object not in canonical.objects():
        raise ConfigError(
            _("There is no object {name}.").format(name=spec.object), where=document.where((*here, "object"))
        )
    unknown = next((field for field in spec.always if field not in canonical.fields()), None)
    if unknown is not None:
        raise ConfigError(
            _("There is no field {name}.").format(name=unknown), where=document.where((*here, "always", unknown))
        )
    located = [(c, (*here, "columns", i)) for i, c in enumerate(spec.columns)]
    for position, group in enumerate(spec.use):
        if group not in file.shared:
            where = document.where((*here, "use", position))
            raise ConfigError(_("There is no shared group {name}.").format(name=group), where=where)
        located += [(c, ("shared", group, i)) for i, c in enumerate(file.shared[group])]
    index: dict[str, Column] = {}
    patterns = []
    for column, loc in located:
        problem = column.problem()
        if problem:
            raise ConfigError(problem, where=document.where(loc))
        for label in column.labels:
            if "*" in label:
                patterns.append((_pattern(label), column))
                continue
            other = index.setdefault(headers.key(label), column)
            if other is not column:
                message = _("The label {label} belongs to {one} and to {two}.")
                raise ConfigError(
                    message.format(label=label, one=other.name, two=column.name), where=document.where(loc)
                )
    made = Object(name, spec, tuple(c for c, _loc in located), MappingProxyType(index), tuple(patterns))
    for missing, part in _dangling(file, made):
        message = _("{name} is no column or object here.").format(name=missing)
        raise ConfigError(message, where=document.where((*here, part)))
    return made


def _pattern(label: str) -> re.Pattern[str]:
    before, _star, after = label.partition("*")
    return re.compile(f"{re.escape(before)}(.+){re.escape(after)}", re.IGNORECASE)


def _dangling(file: SystemFile, obj: Object) -> Iterator[tuple[str, str]]:
    names = {c.name for c in obj.columns}
    spec = obj.spec
    for print_ in spec.fingerprints:
        yield from ((n, "fingerprints") for n in _flat(print_.all) if n not in names)
    if spec.ids and spec.ids.column not in names:
        yield spec.ids.column, "ids"
    yield from ((t.column, "trials") for t in spec.trials if t.column is not None and t.column not in names)
    for split in spec.split:
        if split.column not in names:
            yield split.column, "split"
        if split.also is not None and split.also.column not in names:
            yield split.also.column, "split"
        if split.use not in file.objects:
            yield split.use, "split"
    for column in obj.columns:
        yield from ((n, "columns") for n in (*column.unless, *column.of) if n not in names)
    if spec.load:
        yield from ((n, "load") for n in spec.load.columns() if n not in names)


def _flat(items: tuple[str | tuple[str, ...], ...]) -> Iterator[str]:
    for item in items:
        if isinstance(item, str):
            yield item
        else:
            yield from item


def feeding(name: str) -> list[tuple[str, str, str]]:
    """Return system, object and column of every column that feeds a canonical field."""
    return [
        (system.name, obj.name, column.name)
        for system in systems().values()
        for obj in system.objects.values()
        for column in obj.columns
        if column.field == name
    ]
