"""The run folder: outputs appear whole or not at all, and say what they were made from.

A writer works in a hidden sibling of the folder and swaps it in at the end. The swap is two renames with a journal
beside them; a process killed between the two leaves a state that :func:`recover` finishes at the next start. A folder
that holds anything crmq did not write is refused.

``manifest.json`` holds the schema version, the version of crmq, the settings, the hash of every input and, per stage,
the hash of what it depends on and the files it wrote. A stage whose hash still matches is read back instead of run.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

import crmq
from crmq.errors import ConfigError, InternalError, OutputError, SourceError
from crmq.locales import _

MANIFEST = "manifest.json"
SCHEMA = 1
MARK = "crmq_run"
"""The key of the manifest by which a run folder is known."""

_DRAFT = ".crmq-draft"

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700


@dataclass(frozen=True)
class Stage:
    """What the manifest says of one stage: the hash of all it depends on, and its files."""

    key: str
    files: tuple[str, ...]
    seconds: float = 0.0


@dataclass
class Manifest:
    """The content of ``manifest.json``."""

    command: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    inputs: list[dict[str, Any]] = field(default_factory=list)
    stages: dict[str, Stage] = field(default_factory=dict)

    def text(self) -> str:
        """Return the manifest as JSON text."""
        stages = {n: {"key": s.key, "files": list(s.files), "seconds": s.seconds} for n, s in self.stages.items()}
        whole = {
            MARK: SCHEMA, "crmq": crmq.__version__, "command": self.command, "settings": self.settings,
            "inputs": self.inputs, "stages": stages,
        }  # fmt: skip
        return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def is_run_folder(path: Path) -> bool:
    """Tell whether ``path`` is a folder that crmq wrote."""
    return _read_manifest(path) is not None


def open_manifest(path: Path) -> Manifest:
    """Read the manifest of a run folder, finishing an interrupted swap first.

    Raises:
        SourceError: The folder is no run folder.
    """
    recover(path)
    data = _read_manifest(path)
    if data is None:
        raise SourceError(
            _("This is not a run folder."), where=str(path), hint=_("Name a folder that crmq wrote with -o.")
        )
    if data[MARK] != SCHEMA:
        raise SourceError(_("The run folder was written by another version of crmq."), where=str(path))
    stages = {n: Stage(s["key"], tuple(s["files"]), s.get("seconds", 0.0)) for n, s in data["stages"].items()}
    return Manifest(data["command"], data["settings"], data["inputs"], stages)


def _read_manifest(path: Path) -> dict[str, Any] | None:
    try:
        data = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) and MARK in data else None


def _journal(path: Path) -> Path:
    return path.parent / f".{path.name}.crmq-journal"


def recover(path: Path) -> None:
    """Finish or roll back a swap that was interrupted, and remove what a killed writer left behind."""
    path = path.absolute()
    journal = _journal(path)
    if journal.exists():
        try:
            plan = json.loads(journal.read_text(encoding="utf-8"))
            new, old = path.parent / plan["new"], path.parent / plan["old"]
        except (ValueError, KeyError):  # killed while the journal itself was written: nothing was renamed yet
            new = old = None
        if new is not None and old is not None:
            if new.exists():  # the new state is complete: the journal is written after it
                if path.exists() and not old.exists():
                    path.rename(old)
                if not path.exists():
                    new.rename(path)
            elif not path.exists() and old.exists():
                old.rename(path)
            shutil.rmtree(old, ignore_errors=True)
        journal.unlink(missing_ok=True)
    journal.with_suffix(_DRAFT).unlink(missing_ok=True)
    for left in path.parent.glob(f".{path.name}.crmq-new-*"):
        if not _alive(left):
            shutil.rmtree(left, ignore_errors=True)


def _alive(folder: Path) -> bool:
    """Tell whether the process that made this working folder still runs (its number is part of the name)."""
    try:
        pid = int(folder.name.rsplit("-", 2)[-2])
    except (ValueError, IndexError):
        return False
    if os.name == "nt":  # signal 0 would end the process there
        return time.time() - folder.stat().st_mtime < 86_400
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class Writer:
    """Writes files into the working folder of a run; nothing is visible before the writer is closed.

    Attributes:
        folder: The working folder.
        manifest: Goes out with the files.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest
        self._written: list[str] = []

    @contextmanager
    def stage(self, name: str, key: str) -> Iterator[Writer]:
        """Collect the files that are written inside as those of one stage, replacing what it wrote before."""
        self.forget(name)
        self._written, before, start = [], self._written, time.perf_counter()
        yield self
        seconds = round(time.perf_counter() - start, 3)
        self.manifest.stages[name] = Stage(key, tuple(sorted(self._written)), seconds)
        self._written = before

    def forget(self, name: str) -> None:
        """Remove a stage and its files."""
        stage = self.manifest.stages.pop(name, None)
        for file in stage.files if stage else ():
            (self.folder / file).unlink(missing_ok=True)

    def _target(self, name: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        path.unlink(missing_ok=True)  # it may be a hard link to the published file
        self._written.append(name)
        return path

    def text(self, name: str, content: str) -> Path:
        """Write a text file (UTF-8)."""
        path = self._target(name)
        path.write_text(content, encoding="utf-8", newline="\n")
        path.chmod(PRIVATE_FILE)
        return path

    def json(self, name: str, content: object, *, indent: int | None = 2) -> Path:
        """Write plain data as JSON; without indent where nobody reads it and it may be large."""
        return self.text(name, json.dumps(content, ensure_ascii=False, indent=indent) + "\n")

    def table(self, name: str, frame: pl.DataFrame, kind: str = "parquet") -> Path:
        """Write a table as ``name.parquet`` or ``name.csv`` (UTF-8; timestamps as ISO 8601 with Z)."""
        path = self._target(f"{name}.{kind}")
        if kind == "csv":
            write_csv(frame, path)
        elif kind == "parquet":
            frame.write_parquet(path, compression="lz4", statistics=False)
        else:
            raise InternalError(f"unknown table format {kind}")
        path.chmod(PRIVATE_FILE)
        return path

    def path(self, name: str) -> Path:
        """Return the path for a file that something else writes (a database file, say)."""
        return self._target(name)


def write_csv(frame: pl.DataFrame, path: Path, *, bom: bool = False) -> None:
    """Write a table as CSV: UTF-8, comma, LF, ISO timestamps, lists and structs as JSON text."""
    plain = frame.with_columns(
        [
            pl.col(name).dt.strftime("%Y-%m-%dT%H:%M:%SZ")
            for name, dtype in frame.schema.items()
            if isinstance(dtype, pl.Datetime)
        ]
    )
    plain.write_csv(path, include_bom=bom)


def has_table(folder: Path, name: str) -> bool:
    """Tell whether a run folder holds a table, whichever format it was written in."""
    return any((folder / f"{name}.{kind}").exists() for kind in ("parquet", "csv"))


def read_table(folder: Path, name: str, schema: Mapping[str, Any] | None = None) -> pl.DataFrame:
    """Read a table of a run folder back, whichever format it was written in.

    Raises:
        SourceError: It is not there or cannot be read.
    """
    for kind in ("parquet", "csv"):
        path = folder / f"{name}.{kind}"
        if path.exists():
            try:
                if kind == "parquet":
                    return pl.read_parquet(path)
                overrides = {k: pl.String if isinstance(v, pl.Datetime) else v for k, v in (schema or {}).items()}
                return pl.read_csv(path, schema_overrides=overrides, infer_schema=schema is None)
            except pl.exceptions.PolarsError as error:
                kind_of = type(error).__name__
                raise SourceError(
                    _("The table cannot be read ({kind}).").format(kind=kind_of), where=str(path)
                ) from None
    raise SourceError(_("The run folder holds no table {name}.").format(name=name), where=str(folder))


@contextmanager
def writing(path: Path, *, command: str, keep: bool = False) -> Iterator[Writer]:
    """Open a run folder for writing; the new content is swapped in when the block ends without an error.

    Args:
        path: The run folder; new, empty, or written by crmq.
        command: Command that writes.
        keep: Start from the present content (a later stage adds to it) instead of from nothing.

    Raises:
        OutputError: The folder holds something crmq did not write, or cannot be written.
    """
    path = path.absolute()
    recover(path)
    refuse_foreign(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(prefix=f".{path.name}.crmq-new-{os.getpid()}-", dir=path.parent))
    except OSError as error:
        raise OutputError(_("Cannot write here: {reason}.").format(reason=error.strerror), where=str(path)) from None
    try:
        manifest = Manifest(command=command)
        before: set[str] = set()
        if keep and path.exists() and is_run_folder(path):
            manifest = open_manifest(path)
            manifest.command = command
            before = {file for stage in manifest.stages.values() for file in stage.files}
            _link_tree(path, new)
        writer = Writer(new, manifest)
        yield writer
        writer.text(MANIFEST, manifest.text())
        if keep:
            _carry_over(path, new, before | {file for stage in manifest.stages.values() for file in stage.files})
        _swap(path, new)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def refuse_foreign(path: Path) -> None:
    """Raise when ``path`` is a file, or a folder with content that crmq did not write.

    Raises:
        OutputError: It is.
    """
    hint = _("Choose a new folder with -o.")
    if path.exists() and not path.is_dir():
        raise OutputError(_("The output path is a file."), where=str(path), hint=hint)
    if path.is_dir() and any(path.iterdir()) and not is_run_folder(path):
        raise OutputError(_("The folder is not empty and crmq did not write it."), where=str(path), hint=hint)


def _link_tree(old: Path, new: Path) -> None:
    for source in sorted(old.rglob("*")):
        target = new / source.relative_to(old)
        if source.is_dir():
            target.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        elif source.name != MANIFEST:
            try:
                os.link(source, target)
            except OSError:  # a file system without hard links
                shutil.copy2(source, target)


def _carry_over(old: Path, new: Path, ours: set[str]) -> None:
    """Take what others wrote into the folder meanwhile (decisions of a review under way) along, as it stands now."""
    for source in old.iterdir() if old.is_dir() else ():
        if source.is_file() and source.name not in ours and source.name != MANIFEST:
            target = new / source.name
            target.unlink(missing_ok=True)
            shutil.copy2(source, target)


def _swap(path: Path, new: Path) -> None:
    old = path.parent / f".{path.name}.crmq-old-{os.getpid()}"
    journal = _journal(path)
    draft = journal.with_suffix(_DRAFT)
    draft.write_text(json.dumps({"new": new.name, "old": old.name}), encoding="utf-8")
    draft.replace(journal)
    if path.exists():
        path.rename(old)
    new.rename(path)
    shutil.rmtree(old, ignore_errors=True)
    with contextlib.suppress(OSError):
        journal.unlink()


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def key_of(*parts: object) -> str:
    """Return the hash of plain data: what a stage depends on."""
    text = json.dumps([crmq.__version__, *parts], ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def settings_of(path: Path) -> dict[str, Any]:
    """Return the settings a run folder was made with.

    Raises:
        ConfigError: The manifest has none.
    """
    settings = open_manifest(path).settings
    if not isinstance(settings, dict):
        raise ConfigError(_("The manifest holds no settings."), where=str(path / MANIFEST))
    return settings
