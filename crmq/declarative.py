"""Declarative files: YAML loaded with positions, checked by a pydantic model, errors that name file, line and column.

Only ``true`` and ``false`` are booleans (YAML 1.1 would read the country code ``NO`` as false), and a document may not
expand to more than :data:`MAX_NODES` nodes, so that nested aliases cannot eat the memory.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from crmq.errors import ConfigError, did_you_mean
from crmq.locales import _

MAX_NODES = 500_000

Loc = tuple[str | int, ...]
_Base: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Section(BaseModel):
    """Base of everything that is written in a declarative file: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


_TEXT = "tag:yaml.org,2002:str"


class _Loader(_Base):  # type: ignore[misc]
    """The safe loader, with YAML 1.2 booleans and without its own idea of dates and sexagesimal numbers."""

    yaml_implicit_resolvers: typing.ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> Any:
        """Return the tag of a node; a text whose first sign begins nothing else is told apart at once."""
        if kind is yaml.ScalarNode and implicit[0] and value[:1] not in self.yaml_implicit_resolvers:
            return _TEXT
        return super().resolve(kind, value, implicit)


_PLAIN = (
    ("tag:yaml.org,2002:bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("tag:yaml.org,2002:null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("tag:yaml.org,2002:int", r"^[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789"),
    ("tag:yaml.org,2002:float", r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)(?:[eE][-+]?[0-9]+)?$", "-+0123456789."),
)
for _tag, _pattern, _first in _PLAIN:
    _Loader.add_implicit_resolver(_tag, re.compile(_pattern), list(_first))


@dataclass
class Document:
    """A loaded file: plain data, and the 1-based line and column of every key and item in it."""

    path: str
    data: Any
    positions: dict[Loc, tuple[int, int]] = field(default_factory=dict)

    def where(self, loc: Loc) -> str:
        """Return ``file:line:column`` of the innermost known part of ``loc``."""
        for end in range(len(loc), -1, -1):
            if loc[:end] in self.positions:
                line, column = self.positions[loc[:end]]
                return f"{self.path}:{line}:{column}"
        return self.path


def parse(text: str, path: str) -> Document:
    """Parse YAML text.

    Raises:
        ConfigError: The text is not YAML, has a repeated key, or expands to too much.
    """
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        document = Document(path, None)
        document.data = _convert(node, (), document, loader, [0]) if node is not None else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else path
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise ConfigError(_("This is not valid YAML: {problem}.").format(problem=problem), where=where) from None
    finally:
        loader.dispose()
    return document


def _convert(node: yaml.Node, loc: Loc, document: Document, loader: Any, count: list[int]) -> Any:
    count[0] += 1
    if count[0] > MAX_NODES:
        raise ConfigError(_("The file expands to too many values."), where=document.path)
    document.positions.setdefault(loc, (node.start_mark.line + 1, node.start_mark.column + 1))
    if isinstance(node, yaml.MappingNode):
        out: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = _scalar(key_node, loader) if isinstance(key_node, yaml.ScalarNode) else None
            where = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            if key is None or key in out:
                message = _("A key must be a plain word.") if key is None else _("The key {key} stands here twice.")
                raise ConfigError(message.format(key=key), where=f"{document.path}:{where[0]}:{where[1]}")
            document.positions[(*loc, key)] = where
            out[key] = _convert(value_node, (*loc, key), document, loader, count)
        return out
    if isinstance(node, yaml.SequenceNode):
        return [_convert(item, (*loc, i), document, loader, count) for i, item in enumerate(node.value)]
    return _scalar(node, loader)


def _scalar(node: yaml.Node, loader: Any) -> Any:
    # nearly all scalars are texts, which need nothing of what the loader does for the others
    return node.value if node.tag == _TEXT else loader.construct_object(node)


M = TypeVar("M", bound=BaseModel)


def load(path: Path, model: type[M]) -> M:
    """Load and check a YAML file.

    Raises:
        ConfigError: The file cannot be read, is not YAML, or does not fit ``model`` (all problems in one message).
    """
    return check(read(path), model)


def read(path: Path) -> Document:
    """Read a YAML file into a :class:`Document`.

    Raises:
        ConfigError: The file cannot be read or is not YAML.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(_("The file does not exist."), where=str(path)) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise ConfigError(_("The file cannot be read: {reason}.").format(reason=reason), where=str(path)) from None
    return parse(text, str(path))


def check(document: Document, model: type[M], loc: Loc = ()) -> M:
    """Check the part of a document at ``loc`` against a model.

    Raises:
        ConfigError: It does not fit.
    """
    data = document.data
    for part in loc:
        data = data[part]
    try:
        return model.model_validate(data if data is not None else {})
    except ValidationError as error:
        problems = [_problem(document, model, loc, item) for item in error.errors()]
    where, what, hint = problems[0]
    rest = [f"{w}: {t}" for w, t, _h in problems[1:6]]
    raise ConfigError("\n".join([what, *rest]), where=where, hint=hint)


def _problem(document: Document, model: type[BaseModel], base: Loc, item: Any) -> tuple[str, str, str | None]:
    loc: Loc = tuple(item["loc"])
    where = document.where((*base, *loc))
    name = ".".join(str(part) for part in (*base, *loc))
    if item["type"] == "extra_forbidden":
        known = sorted(_fields_at(model, loc[:-1]))
        close = did_you_mean(str(loc[-1]), known)
        hint = _("Did you mean {word}?").format(word=close) if close else None
        if hint is None and known:
            hint = _("Known keys: {keys}.").format(keys=", ".join(known))
        return where, _("Unknown key {name}.").format(name=name), hint
    if item["type"] == "missing":
        return where, _("The key {name} is missing.").format(name=name), None
    return where, f"{name}: {item['msg']}", None


def _fields_at(model: type[BaseModel], loc: Loc) -> set[str]:
    annotations: list[Any] = [model]
    for part in loc:
        nested: list[Any] = []
        for cls in _models(annotations):
            info = cls.model_fields.get(str(part))
            if info is not None:
                nested.append(info.annotation)
        annotations = nested or annotations
    return {info.alias or name for cls in _models(annotations) for name, info in cls.model_fields.items()}


def _models(annotations: list[Any]) -> Iterator[type[BaseModel]]:
    for annotation in annotations:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield annotation
        else:
            yield from _models(list(typing.get_args(annotation)))


def dump(data: Any) -> str:
    """Return ``data`` as YAML text in the order it is given, readable and stable."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


class _Dumper(yaml.SafeDumper):
    """Quotes what another YAML reader might take for a boolean or a date."""


def _represent_date(dumper: yaml.SafeDumper, value: date) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value.isoformat())


_Dumper.add_representer(date, _represent_date)
for _tag, _pattern, _first in _PLAIN:  # a text that this loader would take for a number is quoted too
    _Dumper.add_implicit_resolver(_tag, re.compile(_pattern), list(_first))
