"""crmq.yaml: what a project is made of. Everything has a default; a file need not exist.

The sections ``match``, ``survivorship`` and ``rules`` belong to their stages, which check them with
:meth:`Project.section`.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, Field

from crmq import declarative
from crmq.errors import ConfigError
from crmq.locales import _

FILE_NAME = "crmq.yaml"


class SourceEntry(declarative.Section):
    """One source in crmq.yaml; ``path`` may be a list where its files stand in several places."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]*$")
    path: str | list[str]
    system: str | None = None
    object: str | None = None
    trust: int = Field(default=50, ge=0, le=100)
    country: str | None = Field(default=None, pattern=r"^[A-Z]{2}$")
    timezone: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    id: str | None = None
    ignore: list[str] = []
    delivery: Literal["full", "delta", "part"] | None = None


class ProjectFile(declarative.Section):
    """The shape of crmq.yaml."""

    name: str | None = None
    language: str | None = None
    country: str | None = Field(default=None, pattern=r"^[A-Z]{2}$")
    timezone: str | None = None
    as_of: str | None = Field(default=None, pattern=r"^\d{4}-\d\d-\d\d$")
    sources: list[SourceEntry] = []
    mapping: str | None = None
    packs: list[str] = []
    decisions: str | None = None
    match: dict[str, Any] = {}
    survivorship: dict[str, Any] = {}
    rules: dict[str, Any] = {}


S = TypeVar("S", bound=BaseModel)


@dataclass(frozen=True)
class Project:
    """A project: the file's content (or defaults), and where it stands.

    Attributes:
        file: What crmq.yaml says.
        folder: Relative paths are relative to this folder.
        document: The file with positions, or None when there is none.
    """

    file: ProjectFile
    folder: Path
    document: declarative.Document | None = None

    def section(self, name: str, model: type[S]) -> S:
        """Check one free section of the file against the model of the stage that owns it.

        Raises:
            ConfigError: The section does not fit.
        """
        if self.document is None or not isinstance(self.document.data, dict) or name not in self.document.data:
            return model()
        return declarative.check(self.document, model, (name,))

    def inputs(self) -> list[str]:
        """Return the sources as inputs ``NAME=path``: paths absolute, with ``${VARIABLE}`` filled in.

        Variables in database URLs are only looked for, and filled in where the URL is opened: what they hold is secret.
        """
        found = []
        for i, source in enumerate(self.file.sources):
            paths = [source.path] if isinstance(source.path, str) else source.path
            found += [f"{source.name}={self._resolve(path, i)}" for path in paths]
        return found

    def _resolve(self, text: str, index: int) -> str:
        where = self.document.where(("sources", index, "path")) if self.document else None
        expanded = expand(text, where)
        return text if "://" in expanded else str(self.folder / expanded)

    def path(self, text: str) -> Path:
        """Return a path named in the file, relative to the file."""
        return self.folder / text


def expand(text: str, where: str | None = None) -> str:
    """Replace ``${NAME}`` by the environment variable of that name.

    Raises:
        ConfigError: The variable is not set.
    """

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in os.environ:
            raise ConfigError(_("The environment variable {name} is not set.").format(name=name), where=where)
        return os.environ[name]

    return re.sub(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}", value, text)


def empty(folder: Path | None = None) -> Project:
    """Return a project without a file: every value has its default."""
    return Project(ProjectFile(), folder or Path.cwd())


def load(path: Path) -> Project:
    """Load a project file.

    Raises:
        ConfigError: It cannot be read or does not fit; the message has file, line, column and a suggestion.
    """
    document = declarative.read(path)
    file = declarative.check(document, ProjectFile)
    seen: set[str] = set()
    for i, source in enumerate(file.sources):
        if source.name in seen:
            where = document.where(("sources", i, "name"))
            raise ConfigError(_("Two sources are called {name}.").format(name=source.name), where=where)
        seen.add(source.name)
    return Project(file, path.resolve().parent, document)


def with_overrides(project: Project, **values: Any) -> Project:
    """Return the project with the given top-level values replaced (those that are None change nothing)."""
    given = {k: v for k, v in values.items() if v is not None}
    return replace(project, file=project.file.model_copy(update=given)) if given else project


def as_of(project: Project) -> date:
    """Return what "now" means for this project: the file's or option's date, else today."""
    return date.fromisoformat(project.file.as_of) if project.file.as_of else date.today()
