"""Tells which system and object a table is an export of, from its headers, ids and file name, and says why."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass, field

from crmq.connectors import catalogue, headers
from crmq.connectors.catalogue import Column, Fingerprint, Form, Object, System
from crmq.connectors.load_side import Certainty
from crmq.locales import _
from crmq.mapping.content import ColumnFacts
from crmq.mapping.naming import table_stem
from crmq.model.raw import RawTable

THRESHOLD = 0.5
"""Below this a table is read by the generic rules."""

_FULL = 0.85
_PARTIAL = 0.6
_BY_NAME = 0.55
_LEAST_PARTIAL = 0.75
_LEAST_KNOWN = 0.6
_IDS_SPEAK = 0.95
_IDS_CONTRADICT = 0.5


@dataclass(frozen=True)
class Recognised:
    """What a table was recognised as.

    Attributes:
        system: The system; None for a plain table.
        object: The system's object; None for a plain table.
        form: How the file was made.
        confidence: 0..1.
        evidence: Why, one sentence each.
        columns: Per header of the frame the system's column that it is, and what a ``*`` in its name matched.
    """

    system: System | None = None
    object: Object | None = None
    form: Form | None = None
    confidence: float = 0.0
    evidence: tuple[str, ...] = ()
    columns: dict[str, tuple[Column, str | None]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return the name of the system (``generic`` for a plain table)."""
        return self.system.name if self.system else "generic"


def recognise(
    raw: RawTable, facts: dict[str, ColumnFacts], system: str | None = None, obj: str | None = None
) -> Recognised:
    """Recognise one table.

    Args:
        raw: The table.
        facts: What is known about its columns, by column name.
        system: The system, where the user named it.
        obj: The system's or canonical object, where the user named it.

    Raises:
        UsageError: There is no system of that name.
    """
    if system == "generic":
        return Recognised(confidence=1.0, evidence=(_("You said that it is a plain table."),))
    wanted = [catalogue.system(system)] if system else list(catalogue.systems().values())
    found = []
    for candidate in wanted:
        keys = candidate.keys(raw.frame.columns)
        for each in candidate.objects.values():
            if obj is not None and obj not in (each.name, each.spec.object):
                continue
            if not each.spec.fingerprints and obj != each.name:
                continue
            if system is None and obj is None and not _may_be(each, keys, raw.frame.width):
                continue
            found.append(_judge(raw, facts, candidate, each))
    best = max(found, key=_rank, default=None)
    if best is not None and best.confidence >= THRESHOLD:
        return best
    if best is None or system is None:
        return Recognised(evidence=(_("No system's fingerprint fits the headers."),))
    if obj is None and len(best.columns) < len(raw.frame.columns) * _LEAST_KNOWN:
        why = _("You named the system, but it has no object with these columns.")
        return Recognised(evidence=(why,))
    return Recognised(best.system, best.object, best.form or "api", 0.9, (_("You named the system."),), best.columns)


def _may_be(obj: Object, keys: Set[str], width: int) -> bool:
    """Tell whether enough headers are an object's to look at it closely: most objects share none with a table."""
    known = len(keys & obj.index.keys()) + (width if obj.patterns else 0)
    least = min(len(print_.all) * (_LEAST_PARTIAL if print_.partial else 1) for print_ in obj.spec.fingerprints)
    return known >= min(least, _MIN_COLUMNS)


def _rank(found: Recognised) -> tuple[float, int, int, str, str]:
    assert found.system is not None and found.object is not None
    own = sum(1 for column, _text in found.columns.values() if column.field is not None)
    # names last, negated by position in the alphabet: equal evidence never depends on the order of files
    return (
        round(found.confidence, 6), len(found.columns), own,
        "".join(chr(0x10FFFF - ord(c)) for c in found.system.name),
        "".join(chr(0x10FFFF - ord(c)) for c in found.object.name),
    )  # fmt: skip


def _judge(raw: RawTable, facts: dict[str, ColumnFacts], system: System, obj: Object) -> Recognised:
    columns = {}
    for header in raw.frame.columns:
        hit = system.find(obj, header)
        if hit is not None:
            columns[header] = hit
    names: dict[str, str] = {}
    for header, (column, _text) in columns.items():
        names.setdefault(column.name, header)
    share = len(columns) / max(len(raw.frame.columns), 1)
    score, form, evidence = 0.0, None, []
    spelled = {n: h for n, h in names.items() if system.spelled(h, obj.column(n))}
    for print_ in obj.spec.fingerprints:
        value, why = _fingerprint(print_, obj, spelled if print_.exact else names, share)
        if value > score:
            score, form, evidence = value, print_.form, [why]
    by_name = _name_fits(raw, obj)
    if not score and by_name and share >= _LEAST_KNOWN and len(columns) >= _MIN_COLUMNS:
        score, form = _BY_NAME, obj.spec.fingerprints[0].form if obj.spec.fingerprints else None
    if not score:
        return Recognised(system, obj, None, 0.0, (), columns)
    if by_name:
        score += 0.04
        evidence.append(_("The name {name} fits.").format(name=by_name))
    change, why = _ids(obj, columns, facts)
    score += change
    if why:
        evidence.append(why)
    # a fingerprint among many foreign columns is weaker evidence than one that explains the whole table
    score += 0.06 * min(share, 1.0)
    return Recognised(system, obj, form, max(0.0, min(score, 0.99)), tuple(evidence), columns)


_MIN_COLUMNS = 4
_DISCOUNT: dict[Certainty, float] = {"F": 0.0, "D": 0.02, "M": 0.06}


def _fingerprint(print_: Fingerprint, obj: Object, names: dict[str, str], share: float) -> tuple[float, str]:
    there = [_satisfied(item, names) for item in print_.all]
    present = [name for name in there if name is not None]
    discount = _DISCOUNT[print_.certainty or obj.spec.certainty or "F"]
    # longer fingerprints say more: two columns may stand together by chance
    length = 0.01 * min(len(print_.all), 5)
    if len(present) == len(there):
        listed = ", ".join(names[name].strip() for name in present)
        return _FULL + length - 0.05 - discount, _("The columns {names} stand together.").format(names=listed)
    if print_.partial and len(present) / len(there) >= _LEAST_PARTIAL and share >= _LEAST_KNOWN:
        missing = ", ".join(_label(obj, n) for n, t in zip(_first(print_), there, strict=True) if t is None)
        return _PARTIAL - discount, _("Most typical columns are there; {names} is missing.").format(names=missing)
    return 0.0, ""


def _first(print_: Fingerprint) -> Iterator[str]:
    for item in print_.all:
        yield item if isinstance(item, str) else item[0]


def _satisfied(item: str | tuple[str, ...], names: dict[str, str]) -> str | None:
    options = (item,) if isinstance(item, str) else item
    return next((name for name in options if name in names), None)


def _label(obj: Object, name: str) -> str:
    column = obj.column(name)
    return column.en[0] if column.en else column.name


def _name_fits(raw: RawTable, obj: Object) -> str | None:
    known = {headers.key(name) for name in obj.spec.files}
    for text in (raw.member, raw.sheet, raw.path if raw.member is None else None):
        if text and headers.key(table_stem(text)) in known:
            return table_stem(text)
    return None


def _ids(
    obj: Object, columns: dict[str, tuple[Column, str | None]], facts: dict[str, ColumnFacts]
) -> tuple[float, str]:
    spec = obj.spec.ids
    if spec is None:
        return 0.0, ""
    header = next((h for h, (column, _text) in columns.items() if column.name == spec.column), None)
    if header is None or not facts[header].sample.len():
        return 0.0, ""
    share = float(facts[header].sample.str.starts_with(spec.prefix).mean() or 0.0)  # type: ignore[arg-type]
    if share >= _IDS_SPEAK:
        return 0.08, _("The ids begin with {prefix}.").format(prefix=spec.prefix)
    if share < _IDS_CONTRADICT:
        return -0.15, _("The ids do not begin with {prefix}, as those of this object do.").format(prefix=spec.prefix)
    return 0.0, ""
