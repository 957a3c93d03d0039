"""Turns what the user names (files, folders, globs, archives, database URLs) into raw tables."""

from __future__ import annotations

import difflib
import glob
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from crmq import run
from crmq.connectors import databases, formats
from crmq.connectors.content import Content
from crmq.connectors.formats import Passed, ReadSettings
from crmq.errors import SourceError
from crmq.locales import _
from crmq.model.raw import RawTable
from crmq.progress import Progress, Silent
from crmq.threads import side_by_side

__all__ = ["Failure", "Passed", "ReadResult", "ReadSettings", "files", "read"]

_NAMED = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.\-]*)=(.+)", re.DOTALL)
_WILD = re.compile(r"[*?\[]")
_NO_DATA = frozenset(
    {
        ".md", ".rst", ".pdf", ".doc", ".docx", ".odt", ".rtf", ".ppt", ".pptx", ".png", ".jpg", ".jpeg", ".gif",
        ".bmp", ".svg", ".webp", ".tif", ".tiff", ".ico", ".mp3", ".mp4", ".mov", ".avi", ".wav", ".html", ".htm",
        ".css", ".js", ".ts", ".py", ".r", ".sh", ".bat", ".exe", ".dll", ".so", ".sql", ".xml", ".xsd", ".yaml",
        ".yml", ".toml", ".ini", ".cfg", ".log", ".eml", ".msg", ".ics", ".vcf", ".dbf", ".mdb", ".accdb", ".lock",
    }
)  # fmt: skip
"""Extensions of files that stand beside data in a folder or an archive."""
_NO_FILES = frozenset({"thumbs.db", "desktop.ini", "license", "licence", "makefile"})


@dataclass(frozen=True)
class Failure:
    """A source that could not be read while others could.

    Attributes:
        where: Its locator.
        error: What happened.
    """

    where: str
    error: SourceError


@dataclass(frozen=True)
class ReadResult:
    """Everything that was read, and everything that was not.

    Attributes:
        tables: The raw tables, in the order of the inputs, then of the file names.
        failures: Files that should have been read but could not.
        skipped: Files that hold no data (documents, pictures, empty files), with the reason.
    """

    tables: list[RawTable] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    skipped: list[Passed] = field(default_factory=list)


@dataclass(frozen=True)
class _Source:
    """One input as the user gave it: a database URL or files."""

    name: str | None
    url: str | None
    paths: tuple[Path, ...]
    direct: bool


def read(inputs: Sequence[str], settings: ReadSettings | None = None, progress: Progress | None = None) -> ReadResult:
    """Return the raw tables of all inputs.

    Args:
        inputs: Files, folders (with all below them), globs, archives, database URLs, each also as ``NAME=input``.
        settings: What is laid down about reading.
        progress: Is told about every file.

    Raises:
        SourceError: An input that was named directly cannot be read, or nothing at all could be.
    """
    settings = settings or ReadSettings()
    progress = progress or Silent()
    sources = [_resolve(text) for text in inputs]
    progress.step(_("Reading"), sum(len(source.paths) or 1 for source in sources))
    result = ReadResult()
    for source, found in zip(sources, _read_all(sources, settings, progress), strict=True):
        if source.name:
            found.tables[:] = [replace(table, source=source.name) for table in found.tables]
        result.tables.extend(found.tables)
        result.failures.extend(found.failures)
        result.skipped.extend(found.skipped)
    if not result.tables and result.failures:
        raise result.failures[0].error
    return result


def _read_all(sources: Sequence[_Source], settings: ReadSettings, progress: Progress) -> list[ReadResult]:
    """Return what each source holds; files are read side by side."""

    def one(task: tuple[int, Path | None]) -> ReadResult:
        source, found = sources[task[0]], ReadResult()
        own = settings.by_source.get(source.name, settings) if source.name else settings
        if task[1] is not None:
            _read_file(task[1], own, found, direct=source.direct)
        elif source.url is not None:
            read = databases.read_url(source.url)
            found.tables.extend(read.tables)
            found.failures.extend(Failure(p.where, SourceError(p.reason, where=p.where)) for p in read.passed)
        progress.advance()
        return found

    tasks: list[tuple[int, Path | None]] = []
    for number, source in enumerate(sources):
        tasks += [(number, None)] if source.url is not None else []
        tasks += [(number, path) for path in source.paths]
    whole = [ReadResult() for _source in sources]
    for (number, _path), found in zip(tasks, side_by_side(one, tasks), strict=True):
        whole[number].tables.extend(found.tables)
        whole[number].failures.extend(found.failures)
        whole[number].skipped.extend(found.skipped)
    return whole


def files(inputs: Sequence[str]) -> list[Path]:
    """Return the files that the inputs stand for, those of database URLs included, in the order they are read.

    Raises:
        SourceError: An input does not exist.
    """
    found: list[Path] = []
    for source in map(_resolve, inputs):
        if source.url is not None:
            path = databases.parse(source.url).path
            found += [path] if path is not None and path.is_file() else []
        found += source.paths
    return list(dict.fromkeys(found))


def of_servers(inputs: Sequence[str]) -> bool:
    """Tell whether an input is a database that is no file, which :func:`files` leaves out."""
    urls = [source.url for source in map(_resolve, inputs) if source.url is not None]
    return any(databases.parse(url).path is None for url in urls)


# ---------------------------------------------------------------------- what an input stands for


def _resolve(text: str) -> _Source:
    name = None
    named = _NAMED.fullmatch(text)
    if named and not Path(text).exists():
        name, text = named.groups()
    if databases.is_url(text):
        return _Source(name, text, (), direct=True)
    path = Path(text)
    if path.is_dir():
        return _Source(name, None, tuple(_below(path)), direct=False)
    if path.exists():
        return _Source(name, None, (path,), direct=True)
    if _WILD.search(text):
        matches = sorted(Path(match) for match in glob.glob(text, recursive=True))  # noqa: PTH207 (** and absolute)
        found = [p for m in matches for p in (_below(m) if m.is_dir() else [m]) if not _hidden(p.name)]
        if found:
            return _Source(name, None, tuple(dict.fromkeys(found)), direct=False)
        raise SourceError(_("No file matches the pattern."), where=text)
    raise SourceError(_("There is no such file or folder."), where=text, hint=_close_name(path))


def _close_name(path: Path) -> str | None:
    try:
        siblings = [p.name for p in path.parent.iterdir()]
    except OSError:
        return None
    close = difflib.get_close_matches(path.name, siblings, n=1, cutoff=0.6)
    return _("Did you mean {word}?").format(word=path.parent / close[0]) if close else None


def _hidden(name: str) -> bool:
    """Tell whether a file or folder is none of the user's data: hidden, a lock file, what systems leave behind."""
    return name.startswith((".", "~$")) or name == "__MACOSX" or name.lower() in _NO_FILES


def _below(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder in the order of their paths; run folders of crmq are left out."""
    if run.is_run_folder(folder):
        return
    for parent, folders, names in os.walk(folder):
        here = Path(parent)
        folders[:] = sorted(f for f in folders if not _hidden(f) and not run.is_run_folder(here / f))
        for name in sorted(names):
            if not _hidden(name):
                yield here / name


# ---------------------------------------------------------------------- reading


def _read_file(path: Path, settings: ReadSettings, result: ReadResult, *, direct: bool) -> None:
    content = Content(str(path), path)
    try:
        _read_content(content, settings, result, depth=0, direct=direct)
    except SourceError as error:
        if direct:
            raise
        result.failures.append(Failure(content.where, error))


def _read_content(content: Content, settings: ReadSettings, result: ReadResult, *, depth: int, direct: bool) -> None:
    """Read one file; archives are opened and their members read in turn."""
    if not direct and content.suffix in _NO_DATA:
        result.skipped.append(Passed(content.where, _("not a format that holds data for crmq")))
        return
    if content.size == 0:
        result.skipped.append(Passed(content.where, _("the file is empty")))
        return
    found = formats.recognise(content)
    if found is None:
        what, hint = _foreign(content)
        if direct:
            raise SourceError(what, where=content.where, hint=hint)
        result.skipped.append(Passed(content.where, what))
        return
    _name, form = found
    if hasattr(form, "members"):
        _open_archive(content, cast("formats.Container", form), settings, result, depth, direct=direct)
        return
    tables = form.read(content, settings)
    if not tables:
        result.skipped.append(Passed(content.where, _("there is no data in it")))
    result.tables.extend(tables)


def _foreign(content: Content) -> tuple[str, str]:
    """Return what a file is that no format reads, and what to do about it."""
    head = content.head(2048).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith(b"%pdf"):
        return _("This is a PDF document."), _("Ask for the data behind it, as CSV or as a workbook.")
    if head.startswith((b"<!doctype html", b"<html", b"<table", b"<head")):
        return _("This is a web page, whatever its name says."), _(
            "Open it in a spreadsheet program and save it as xlsx."
        )
    if head.startswith(b"<"):
        return _("This is XML."), _("Ask for an export as CSV, a workbook or JSON.")
    if formats.looks_like_sql(head):
        return _("This is a script of SQL statements."), _("Load it into a database and give its URL, or ask for CSV.")
    hint = _("Known formats: {names}.").format(names=", ".join(name for name, _form in formats.formats()))
    return _("The format of the file is not known."), hint


def _open_archive(
    content: Content, form: formats.Container, settings: ReadSettings, result: ReadResult, depth: int, *, direct: bool
) -> None:
    if depth >= settings.max_depth:
        what = _("An archive in an archive in an archive is not opened.")
        result.failures.append(
            Failure(content.where, SourceError(what, where=content.where, hint=_("Unpack it first.")))
        )
        return
    for member in form.members(content, settings):
        if isinstance(member, Passed):
            if member.failed:
                result.failures.append(Failure(member.where, SourceError(member.reason, where=member.where)))
            else:
                result.skipped.append(member)
            continue
        if member.label is None and _hidden(member.name):
            continue
        try:
            _read_content(member, settings, result, depth=depth + 1, direct=direct and member.label is not None)
        except SourceError as error:
            if member.label is not None:
                raise
            result.failures.append(Failure(member.where, error))
