"""Names of files, members and sheets without what changes from one delivery to the next: dates, times, part numbers."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

_SUFFIXES = (
    ".csv", ".tsv", ".txt", ".xlsx", ".xls", ".xlsb", ".xlsm", ".ods", ".json", ".jsonl", ".ndjson", ".parquet", ".gz",
    ".zip", ".bz2", ".xz", ".zst", ".sqlite", ".db", ".sqlite3", ".duckdb", ".xml",
)  # fmt: skip
_MONTH_NAMES = (
    "jan|ene|feb|mar|apr|abr|may|jun|jul|aug|ago|sep|oct|nov|dec|dic|january|february|march|april|june|july|august|"
    "september|october|november|december|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|"
    "noviembre|diciembre"
)
_YEAR, _MONTH, _DAY = r"(?:19|20)\d\d", r"(?:0[1-9]|1[0-2])", r"(?:0[1-9]|[12]\d|3[01])"
_TIME = r"(?:[t_\- ]?\d{2}[-_.:]?\d{2}(?:[-_.:]?\d{2})?z?)"
_SEPARATOR = r"[\s_.\-]"
_DATE = re.compile(
    rf"(?:(?<=^)|(?<={_SEPARATOR}))"
    rf"(?:{_YEAR}[-_.]?{_MONTH}(?:[-_.]?{_DAY})?{_TIME}?"
    rf"|(?:0?[1-9]|[12]\d|3[01])[-_.](?:0?[1-9]|1[0-2])[-_.](?:19|20)?\d\d"
    rf"|(?:{_MONTH_NAMES})[-_ ]?{_YEAR}|{_YEAR}[-_ ]?(?:{_MONTH_NAMES}|q[1-4])|{_YEAR})"
    rf"(?=$|{_SEPARATOR})",
    re.IGNORECASE,
)
_PART = re.compile(r"(?:[\s_\-]*\(\d{1,3}\)|[\s_\-]+(?:part|parte|pt|p|v|copy|copia)?[\s_\-]*\d{1,3})$", re.IGNORECASE)


def table_stem(text: str) -> str:
    """Return the name of a file, member or sheet without folder, suffixes, date, time and part number.

    ``exports/contacts-2026-01-31_part2.csv.gz`` gives ``contacts``. What would leave nothing stays as it is.
    """
    return bare(without_suffix(text))


def without_suffix(text: str) -> str:
    """Return the name of a file, member or sheet without folder and suffixes."""
    name = PurePosixPath(text.replace("\\", "/")).name
    while True:
        suffix = next((s for s in _SUFFIXES if name.lower().endswith(s) and len(name) > len(s)), None)
        if suffix is None:
            return name
        name = name[: -len(suffix)]


def bare(name: str) -> str:
    """Return a name without date, time and part number; unchanged when nothing else is in it."""
    shorter = _DATE.sub(" ", name)
    shorter = shorter.strip(" _-.")
    shorter = _PART.sub("", shorter).strip(" _-.") or shorter
    shorter = re.sub(r"\s{2,}", " ", shorter)
    return shorter or name


def folder_stem(text: str) -> str:
    """Return the folders of a path, each without dates and part numbers: equal for two deliveries of one place."""
    parts = PurePosixPath(text.replace("\\", "/")).parent.parts
    return "/".join(bare(part) for part in parts)


def identifier(text: str) -> str:
    """Return a name that may stand in files and on the command line: letters, digits, ``_``, ``-`` and ``.``."""
    cleaned = re.sub(r"[^\w.\-]+", "_", text, flags=re.ASCII if text.isascii() else 0).strip("_.-")
    return cleaned or "source"
