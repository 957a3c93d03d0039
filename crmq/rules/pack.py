"""Rule packs: their YAML form, and loading with every mistake named by file, line and column.

A pack is data (see ``docs/rules.md``): its rules name a check *kind*, fields, parameters, an optional condition, and
carry their texts and their own tests (examples that must pass and fail). :func:`load` checks all of it: unknown keys,
fields and kinds with a suggestion, parameters by the kind's own model, conditions by the expression parser.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field

from crmq import declarative, locales, registry
from crmq.errors import ConfigError, did_you_mean
from crmq.locales import _
from crmq.model.facts import FACTS
from crmq.model.tables import RECORDS, SCHEMAS
from crmq.rules.references import raw_header, raw_ref

if TYPE_CHECKING:
    from crmq.rules.expression import Expression

KINDS_PACKAGE = "crmq.rules.kinds"
KINDS_GROUP = "crmq.rules"
PACKS_FOLDER = "packs"

Severity = Literal["error", "warning", "info"]
Dimension = Literal["completeness", "validity", "uniqueness", "consistency", "timeliness", "integrity"]
Table = Literal[
    "records", "contact_points", "identifiers", "relationships", "consents", "orders", "order_lines", "invoices",
    "deals", "cases", "interactions", "campaign_members", "products", "participants", "raw",
]  # fmt: skip
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
ALL_COLUMNS = "*"


class Texts(declarative.Section):
    """One sentence in English and Spanish."""

    en: str = Field(min_length=1)
    es: str | None = None

    def here(self) -> str:
        """Return the sentence in the language in use (English where it was not translated)."""
        return self.es if locales.language() == "es" and self.es else self.en


def _one_language(value: object) -> object:
    return {"en": value} if isinstance(value, str) else value


Sentence = Annotated[Texts, BeforeValidator(_one_language)]
"""A text per language, or one text for all."""


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], BeforeValidator(_as_list)]


class AppliesTo(declarative.Section):
    """Which rows a rule looks at; what is left out does not restrict."""

    table: Table | None = None
    entity: Literal["person", "organisation"] | None = None
    objects: Words = ()
    sources: Words = ()
    systems: Words = ()
    files: Words = ()


class Limits(declarative.Section):
    """How many failing rows are tolerated: both limits must hold; without any, none is."""

    max_count: int | None = Field(default=None, ge=0)
    max_share: float | None = Field(default=None, ge=0, le=1)

    def allow(self, failed: int, evaluated: int) -> bool:
        """Return whether that many failures of so many checked rows are within the limits."""
        if self.max_count is None and self.max_share is None:
            return failed == 0
        within_count = self.max_count is None or failed <= self.max_count
        return within_count and (self.max_share is None or failed <= self.max_share * evaluated)


Row = dict[str, str | int | float | bool | None]
Example = Row | list[Row]


class Examples(declarative.Section):
    """The rule's own tests: a row (field or header: text), or a list of rows that are looked at together.

    The key ``object`` puts a row into another object of the same source.
    """

    good: list[Example] = Field(min_length=1)
    bad: list[Example] = Field(min_length=1)


class RuleEntry(declarative.Section):
    """One rule as it is written.

    ``aliases`` are ids and names it had before, or that an earlier stage gives the same finding; they keep their
    meaning for ever.
    """

    id: str = Field(pattern=r"^[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*-\d{3}$")
    name: str = Field(pattern=r"^[a-z0-9_]+(?:\.[a-z0-9_]+)+$")
    aliases: Words = ()
    kind: str
    field: str | None = None
    fields: Words = ()
    params: dict[str, Any] = {}
    when: str | None = None
    applies_to: AppliesTo | None = None
    severity: Severity = "error"
    dimension: Dimension
    limits: Limits = Limits()
    may_be_absent: bool = False
    message: Sentence
    remediation: Sentence | None = None
    examples: Examples | None = None


class PackEntry(declarative.Section):
    """A pack as it is written."""

    pack: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    version: int = Field(default=1, ge=1)
    title: Sentence
    default: bool = False
    examples_as_of: str | None = Field(default=None, pattern=r"^\d{4}-\d\d-\d\d$")
    applies_to: AppliesTo = AppliesTo()
    rules: list[RuleEntry] = Field(min_length=1)


@dataclass(frozen=True)
class Rule:
    """A rule that was loaded and checked.

    Attributes:
        pack: Id of its pack.
        entry: What the file says.
        table: The table it looks at.
        fields: Canonical names, ``raw."Header"``, or ``*``.
        params: Checked by the kind's model.
        condition: ``when``, parsed.
        applies_to: Pack and rule restrictions together.
        where: ``file:line:column`` of the rule.
    """

    pack: str
    entry: RuleEntry
    table: Table
    fields: tuple[str, ...]
    params: declarative.Section
    condition: Expression | None
    applies_to: AppliesTo
    where: str

    @property
    def id(self) -> str:
        """The stable id."""
        return self.entry.id

    @property
    def title(self) -> str:
        """What a failing row is told, in the language in use."""
        return self.entry.message.here()

    @property
    def needs_standardised(self) -> bool:
        """Whether the rule needs the standardised tables or the row ledger, not just the files as they were read."""
        kind = registry.load(KINDS_PACKAGE, self.entry.kind, KINDS_GROUP)
        return self.table != "raw" or getattr(kind, "NEEDS_LEDGER", False)

    @property
    def across_sources(self) -> bool:
        """Whether the rule compares the records of one source with those of others."""
        kind = registry.load(KINDS_PACKAGE, self.entry.kind, KINDS_GROUP)
        return bool(getattr(kind, "ACROSS_SOURCES", False))

    @property
    def suggests_values(self) -> bool:
        """Whether a suggestion of this rule is a value of the data (which reports mask), not a place to look at."""
        kind = registry.load(KINDS_PACKAGE, self.entry.kind, KINDS_GROUP)
        return getattr(kind, "SUGGESTS", "value") == "value"

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that must be there for the rule to be evaluated: its fields and those of its condition."""
        named = self.condition.columns if self.condition else ()
        return tuple(dict.fromkeys((*self.fields, *named)))


@dataclass(frozen=True)
class Pack:
    """A pack that was loaded and checked."""

    id: str
    version: int
    title: Texts
    default: bool
    rules: tuple[Rule, ...]
    path: str
    examples_as_of: date | None = None


def load(path: Path) -> Pack:
    """Load and check a pack.

    Raises:
        ConfigError: The file cannot be read or something in it is wrong; file, line and column stand in the message.
    """
    return build(declarative.read(path))


def build(document: declarative.Document) -> Pack:
    """Return the pack that a parsed document holds.

    Raises:
        ConfigError: Something in it is wrong.
    """
    entry = declarative.check(document, PackEntry)
    try:
        as_of = date.fromisoformat(entry.examples_as_of) if entry.examples_as_of else None
    except ValueError:
        where = document.where(("examples_as_of",))
        raise ConfigError(_("{text} is not a date.").format(text=entry.examples_as_of), where=where) from None
    seen: dict[str, str] = {}
    rules = []
    for i, item in enumerate(entry.rules):
        for name in (item.id, item.name, *item.aliases):
            if name in seen:
                raise ConfigError(
                    _("{name} names two rules.").format(name=name), where=document.where(("rules", i, "id"))
                )
            seen[name] = item.id
        rules.append(_rule(document, entry, item, i))
    return Pack(entry.pack, entry.version, entry.title, entry.default, tuple(rules), document.path, as_of)


def _rule(document: declarative.Document, pack: PackEntry, item: RuleEntry, i: int) -> Rule:
    loc: declarative.Loc = ("rules", i)
    kind: Any = _kind(item.kind, document.where((*loc, "kind")))
    document.data["rules"][i].setdefault("params", {})  # so that a missing required parameter is reported here
    params = declarative.check(document, kind.Params, (*loc, "params"))
    given = (item.field,) if item.field is not None else item.fields
    where_fields = document.where((*loc, "field" if item.field is not None else "fields"))
    if item.field is not None and item.fields:
        raise ConfigError(_("A rule has field or fields, not both."), where=where_fields)
    least, most = kind.FIELDS
    if len(given) < least or (most is not None and len(given) > most):
        raise ConfigError(_fields_wanted(item.kind, least, most), where=where_fields)
    applies = _together(pack.applies_to, item.applies_to)
    table: Table = applies.table or (kind.table(given, params) if hasattr(kind, "table") else "records")
    tables = getattr(kind, "TABLES", None)
    if tables is not None and table not in tables:
        message = _("{kind} cannot look at the table {table}, only at: {tables}.")
        raise ConfigError(
            message.format(kind=item.kind, table=table, tables=", ".join(tables)), where=document.where((*loc, "kind"))
        )
    known = getattr(kind, "KNOWN_FIELDS", None)
    fields = tuple(_reference(name, table, where_fields, known) for name in given)
    condition = parse(item.when, table, document.where((*loc, "when"))) if item.when is not None else None
    rule = Rule(pack.pack, item, table, fields, params, condition, applies, document.where(loc))
    if hasattr(kind, "prepare"):
        rule = kind.prepare(rule, document.where((*loc, "params")))
    return rule


def _kind(name: str, where: str) -> Any:
    try:
        return registry.load(KINDS_PACKAGE, name, KINDS_GROUP)
    except ConfigError as error:
        raise ConfigError(
            _("There is no kind of check {name}.").format(name=name), where=where, hint=error.hint
        ) from None


def _fields_wanted(kind: str, least: int, most: int | None) -> str:
    if most == 0:
        return _("{kind} takes no field.").format(kind=kind)
    if least == most:
        return (
            _("{kind} takes {n} fields.").format(kind=kind, n=least)
            if least != 1
            else _("{kind} takes one field.").format(kind=kind)
        )
    return _("{kind} takes at least {n} fields.").format(kind=kind, n=least)


def _together(pack: AppliesTo, rule: AppliesTo | None) -> AppliesTo:
    if rule is None:
        return pack
    return pack.model_copy(update={name: getattr(rule, name) for name in rule.model_fields_set})


def known_columns(table: Table) -> tuple[str, ...]:
    """Return the columns that rules on ``table`` may name: its own, and those of the record it belongs to."""
    if table == "raw":
        return ()
    own = tuple(SCHEMAS[table])
    return own if table == "records" or table in FACTS else (*own, *(name for name in RECORDS if name not in own))


def _reference(name: str, table: Table, where: str, known: Iterable[str] | None) -> str:
    if name == ALL_COLUMNS and table == "raw":
        return name
    if table == "raw":
        return name if raw_header(name) else raw_ref(name)
    if raw_header(name):
        if table != "records":
            raise ConfigError(_("Columns of the source can be named on records and raw tables only."), where=where)
        return name
    names = tuple(known) if known is not None else known_columns(table)
    if name not in names:
        close = did_you_mean(name, names)
        hint = _("Did you mean {word}?").format(word=close) if close else _("crmq model lists the fields.")
        raise ConfigError(
            _("There is no field {name} in {table}.").format(name=name, table=table), where=where, hint=hint
        )
    return name


def parse(text: str, table: Table, where: str) -> Expression:
    """Parse a condition on a table and check the columns it names; on raw tables a plain name is a header.

    Raises:
        ConfigError: It lies outside the subset, or names a column that the table does not have.
    """
    from crmq.rules import expression

    condition = expression.parse(text, where)
    for name in condition.columns:
        if table != "raw":
            _reference(name, table, where, None)
    return condition


@cache
def _shipped() -> Mapping[str, Path]:
    folder = Path(str(files("crmq.rules").joinpath(PACKS_FOLDER)))
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def shipped() -> list[str]:
    """Return the ids of the packs that crmq ships, sorted."""
    return list(_shipped())


def find(name: str, folder: Path | None = None) -> Pack:
    """Return the pack of that id, or the one in that file.

    Args:
        name: Id of a shipped pack, or a path (a name with a slash or the ending .yaml).
        folder: What relative paths are relative to; default: the working directory.

    Raises:
        ConfigError: There is none, or it is wrong.
    """
    if name.endswith((".yaml", ".yml")) or "/" in name or "\\" in name:
        return load((folder or Path()) / name)
    path = _shipped().get(name)
    if path is None and name.startswith("load_"):
        from crmq.rules import load_readiness  # the system files are read only when a load is checked

        made = load_readiness.document(name)
        if made is not None:
            return build(made)
    if path is None:
        close = did_you_mean(name, _shipped())
        hint = _("Did you mean {word}?") if close else _("Known: {names}. A file ends in .yaml.")
        raise ConfigError(
            _("There is no rule pack {name}.").format(name=name),
            where="--pack",
            hint=hint.format(word=close, names=", ".join(_shipped())),
        )
    return load(path)


def defaults() -> list[Pack]:
    """Return the shipped packs that run when none is asked for, by id."""
    packs = [load(path) for path in _shipped().values()]
    return [pack for pack in packs if pack.default]
