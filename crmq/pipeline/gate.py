"""What ``crmq validate -o`` writes: good and bad rows apart, all findings, and the outcome of every rule."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import polars as pl

from crmq import run
from crmq.errors import OutputError
from crmq.locales import _
from crmq.model.tables import FINDINGS
from crmq.rules import baseline as baselines
from crmq.rules.split import split

if TYPE_CHECKING:
    from crmq.model.mapped import MappedTable
    from crmq.pipeline.stages import Pipeline
    from crmq.rules import Validation
    from crmq.rules.result import FailOn

STAGE = "validate"


def save(
    line: Pipeline,
    validation: Validation,
    out: Path,
    *,
    level: FailOn,
    summary: dict[str, Any],
    kind: str = "csv",
    reports: Sequence[str] = (),
    save_reports: Callable[[Path], object] | None = None,
) -> dict[str, int]:
    """Write clean and quarantined rows, findings and the summary into a run folder.

    One raw table gives ``clean.csv`` and ``quarantine.csv``, several give one file each in the folders ``clean`` and
    ``quarantine``. The values are the real ones, as they were exported.

    Args:
        line: The run; its inputs and settings go into the manifest.
        validation: The outcome of the rules.
        out: New, empty, or written by crmq: what other stages wrote there stays.
        level: Findings of this severity and above send a row to the quarantine.
        summary: Written as ``validation.json``.
        kind: Format of the findings: ``csv`` or ``parquet``.
        reports: Names of report files that ``save_reports`` writes into the folder it is given.
        save_reports: Writes them.

    Returns:
        Counts: ``clean`` and ``quarantine`` rows, ``findings``.
    """
    mapped = [] if line.in_place else line.mapping.tables  # rows that were not read are not written either
    names = file_names(mapped)
    counts = {"clean": 0, "quarantine": 0, "findings": 0}
    with run.writing(out, command=STAGE, keep=True) as writer:
        writer.manifest.settings = line.request.settings()
        writer.manifest.inputs = line.input_files
        with writer.stage(STAGE, run.key_of(line.tables_key, [r.rule.id for r in validation.results], level)):
            for name, part in zip(names, split(validation, mapped, level), strict=True):
                headers = (part.table.origin or part.table.raw).headers
                extra = part.bad.columns[len(headers) :]
                _write_rows(writer.path(_place("clean", name)), headers, part.good)
                _write_rows(writer.path(_place("quarantine", name)), [*headers, *extra], part.bad)
                counts["clean"] += part.good.height
                counts["quarantine"] += part.bad.height
            counts["findings"] = _write_findings(writer, validation, kind)
            writer.json("validation.json", {**summary, "written": counts})
            paths = [writer.path(name) for name in reports]
            if save_reports is not None:
                save_reports(writer.folder)
            for path in paths:
                path.chmod(run.PRIVATE_FILE)
    return counts


def save_baseline(validation: Validation, path: Path) -> None:
    """Write a baseline file, whole or not at all.

    Raises:
        OutputError: It cannot be written.
    """
    draft = path.with_name(f".{path.name}.crmq-new")
    try:
        with draft.open("w", encoding="utf-8", newline="\n") as stream:
            stream.writelines(baselines.document(validation))
        draft.chmod(run.PRIVATE_FILE)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise OutputError(_("Cannot write here: {reason}.").format(reason=error.strerror), where=str(path)) from None


def file_names(mapped: Sequence[MappedTable]) -> list[str | None]:
    """Return a file name for each raw table, made from file, member and sheet; None for the only one."""
    if len(mapped) == 1:
        return [None]
    taken: set[str] = set()
    out: list[str | None] = []
    for table in mapped:
        raw = table.raw
        parts = [PurePosixPath(p.replace("\\", "/")).stem for p in (raw.path, raw.member) if p]
        parts += [raw.sheet] if raw.sheet else []
        if sum(1 for other in mapped if other.raw.file == raw.file and other.raw.sheet == raw.sheet) > 1:
            parts += [table.source, table.object]  # one file with rows of several sources or kinds
        base = re.sub(r"[^\w.-]+", "_", "-".join(parts)).strip("._-")[:100] or "table"
        name, n = base, 2
        while name.lower() in taken:
            name, n = f"{base}-{n}", n + 1
        taken.add(name.lower())
        out.append(name)
    return out


def _place(folder: str, name: str | None) -> str:
    return f"{folder}.csv" if name is None else f"{folder}/{name}.csv"


def _write_rows(path: Path, headers: Sequence[str], frame: pl.DataFrame) -> None:
    """Write rows under the headers they were exported with, repeated and empty ones included."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerow(headers)
    with path.open("ab") as stream:
        frame.write_csv(stream, include_header=False)
    path.chmod(run.PRIVATE_FILE)


def _write_findings(writer: run.Writer, validation: Validation, kind: str) -> int:
    if kind == "parquet":
        writer.table("findings", validation.findings, kind)
        return validation.findings.height
    path = writer.path("findings.csv")
    total = validation.stage_findings.height
    with path.open("wb") as stream:
        validation.stage_findings.select(*FINDINGS).write_csv(stream)
        for part in validation.iter_findings():  # in pieces: there may be millions
            part.write_csv(stream, include_header=False)
            total += part.height
    path.chmod(run.PRIVATE_FILE)
    return total
