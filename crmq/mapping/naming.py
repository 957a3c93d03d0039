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
_MONTH_NUMBERS = {
    "jan": 1, "ene": 1, "feb": 2, "mar": 3, "apr": 4, "abr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "ago": 8,
    "sep": 9, "oct": 10, "nov": 11, "dec": 12, "dic": 12,
}  # fmt: skip
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
    """Return the folders of a path, each without dates and part numbers: equal for two deliveries of one place.

    A folder that is nothing but a date is left out: ``2026-01/contacts.csv`` and ``2026-02/contacts.csv`` are of one
    place.
    """
    parts = PurePosixPath(text.replace("\\", "/")).parent.parts
    return "/".join(bare(part) for part in parts if not _only_a_date(part))


def _only_a_date(name: str) -> bool:
    return _DATE.fullmatch(name.strip()) is not None


def delivery_date(*texts: str | None) -> str | None:
    """Return the date and time in a path, as text that sorts by time, or None.

    The innermost name that has a date tells: the sheet, then the member, then the file, then its folders.
    ``contacts-2026-01.csv`` gives ``2026-01``, ``enero 2026/x.csv`` too.

    Args:
        texts: Path, member of an archive, sheet; None where there is none.
    """
    for text in reversed([t for t in texts if t]):
        for part in reversed(PurePosixPath(text.replace("\\", "/")).parts):
            found = list(_DATE.finditer(part))
            if found:
                return _sortable(found[-1].group())
    return None


def _sortable(date: str) -> str:
    """Return a date as :data:`_DATE` finds it as ``YYYY-MM-DD hhmmss``, as far as it goes."""
    word = re.search("[a-z]{3,}", date, re.IGNORECASE)
    if word:
        months = _MONTH_NUMBERS[word.group()[:3].lower()]
        year = re.search(_YEAR, date)
        return f"{year.group() if year else ''}-{months:02d}"
    quarter = re.fullmatch(rf"({_YEAR})[-_ ]?q([1-4])", date, re.IGNORECASE)
    if quarter:
        return f"{quarter.group(1)}-{int(quarter.group(2)) * 3:02d}"
    day_first = re.fullmatch(r"(\d{1,2})[-_.](\d{1,2})[-_.](\d{2,4})", date)
    if day_first:
        day, month, year_ = day_first.groups()
        return f"{year_ if len(year_) == 4 else '20' + year_}-{int(month):02d}-{int(day):02d}"
    digits = re.sub(r"\D", "", date)
    parts = [digits[:4], digits[4:6], digits[6:8]]
    return "-".join(p for p in parts if p) + (f" {digits[8:]}" if digits[8:] else "")


def identifier(text: str) -> str:
    """Return a name that may stand in files and on the command line: letters, digits, ``_``, ``-`` and ``.``."""
    cleaned = re.sub(r"[^\w.\-]+", "_", text, flags=re.ASCII if text.isascii() else 0).strip("_.-")
    return cleaned or "source"
