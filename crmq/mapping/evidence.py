"""What the values say about a proposal: they may doubt what the header promises, and speak where it says nothing."""

from __future__ import annotations

from dataclasses import dataclass

from crmq.locales import _
from crmq.mapping.content import ColumnFacts
from crmq.model import fields as canonical

_PLAIN = 0.8
_ALMOST_ALL = 0.9
_SOME = 0.3
_MOST = 0.6
_HALF = 0.5

DOUBTED = 0.3
"""Confidence of a proposal that the values contradict: listed, never applied."""

ENOUGH = 10
"""From this many distinct values on, they may overrule what the header says."""


@dataclass(frozen=True)
class Doubt:
    """The values do not fit: at most this confidence, and why."""

    cap: float
    reason: str


@dataclass(frozen=True)
class Guess:
    """What the values look like, how sure that is, and why."""

    field: str
    confidence: float
    reason: str
    usage: str | None = None
    scheme: str | None = None


def scheme(names: tuple[str, ...], fact: ColumnFacts, country: str | None) -> str | None:
    """Return the scheme of identifiers that a column holds, or None when its values are not of one scheme.

    Args:
        names: The schemes that the header may mean.
        fact: The column.
        country: Default country of the run: its scheme is tried first.
    """
    ordered = sorted(names, key=lambda name: name[:2] != country)
    if not fact.sample.len():
        return ordered[0] if len(names) == 1 or ordered[0][:2] == country else None
    shares = [(-fact.of_scheme(name), i, name) for i, name in enumerate(ordered)]
    worst, _position, best = min(shares)
    return best if -worst >= _PLAIN else None


def doubt(field: str, fact: ColumnFacts, polarity: tuple[str, ...] = ()) -> Doubt | None:
    """Return what the values of a column say against it being ``field``, or None.

    Args:
        field: Canonical field.
        fact: The column; one without values cannot be doubted.
        polarity: For consent: the folded values that decide something.
    """
    if not fact.sample.len():
        return None
    kind = canonical.fields()[field].kind
    if kind in ("name", "organisation") and fact.flags >= _PLAIN:
        return Doubt(0.1, _("The values are yes and no."))
    if kind in ("name", "organisation") and fact.ats >= _HALF:
        return Doubt(0.1, _("The values are e-mail addresses."))
    if field == "consent":
        known = fact.among([*polarity]) if polarity else 0.0
        known = max(known, fact.flags)
        return Doubt(DOUBTED, _("The values are neither yes nor no.")) if known < _HALF else None
    share, words = _fitting(kind, fact)
    if share < _SOME:
        # a handful of bad values is what a gate is there to tell, not a reason to look away from the column
        cap = DOUBTED if _plainly_other(kind, fact) or fact.sample.len() >= ENOUGH else 0.6
        return Doubt(cap, words.format(share=_percent(share)))
    if share < _HALF:
        return Doubt(0.6, words.format(share=_percent(share)))
    return None


def _plainly_other(kind: canonical.Kind, fact: ColumnFacts) -> bool:
    """Tell whether the values are not bad ones of their kind but good ones of another."""
    readings = {"email": fact.ats, "url": fact.urls}
    if kind in ("email", "url", "name", "organisation", "country"):
        readings |= {"number": fact.numbers, "date": fact.dates, "phone": fact.phones}
    return any(share >= _PLAIN for other, share in readings.items() if other != kind)


def _fitting(kind: canonical.Kind, fact: ColumnFacts) -> tuple[float, str]:
    """Return the share of values that can be of a kind, and the sentence that says so when it is low."""
    if kind == "email":
        return fact.ats, _("Only {share} of the values look like e-mail addresses.")
    if kind == "phone":
        return max(fact.phones, fact.matches(r"\d(?:.*\d){5}")), _(
            "Only {share} of the values look like phone numbers."
        )
    if kind in ("date", "timestamp"):
        return max(fact.dates, fact.matches(r"^\d{4,13}(?:\.\d+)?$")), _("Only {share} of the values look like dates.")
    if kind == "year":
        return fact.matches(r"^(?:1[89]|20)?\d\d(?:\.0)?$"), _("Only {share} of the values are years.")
    if kind == "month":
        return fact.matches(r"^(?:0?[1-9]|1[0-2])(?:\.0)?$|^[a-z]{3,10}$"), _("Only {share} of the values are months.")
    if kind == "day":
        return fact.matches(r"^(?:0?[1-9]|[12]\d|3[01])(?:\.0)?$"), _("Only {share} of the values are days of a month.")
    if kind == "number":
        return fact.numbers, _("Only {share} of the values are numbers.")
    if kind == "name":
        return fact.words, _("Only {share} of the values are words.")
    if kind == "organisation":
        return fact.matches(r"\p{L}"), _("Only {share} of the values have letters.")
    if kind == "postal_code":
        return fact.postal_codes, _("Only {share} of the values look like postal codes.")
    if kind == "country":
        return max(fact.countries, fact.matches(r"^\p{L}[\p{L} .'-]+$")), _(
            "Only {share} of the values name a country."
        )
    if kind == "url":
        return fact.urls, _("Only {share} of the values look like web addresses.")
    if kind == "tax_id":
        return fact.matches(r"\d(?:.*\d){3}"), _("Only {share} of the values look like identification numbers.")
    return 1.0, ""


def doubt_place(field: str, fact: ColumnFacts) -> Doubt | None:
    """Return what speaks against a column holding parts of an address: flags, or keys of a look-up table."""
    if not fact.sample.len():
        return None
    if field in ("street", "city", "region", "district", "country") and fact.flags >= _PLAIN and fact.distinct <= 2:
        return Doubt(0.1, _("The values are yes and no."))
    if field in ("city", "street") and fact.numbers >= _ALMOST_ALL:
        return Doubt(DOUBTED, _("The values are numbers."))
    return None


def guess(fact: ColumnFacts, *, silent: bool) -> Guess | None:
    """Return what a column plainly holds by its values alone, or None; the best of several readings.

    Args:
        fact: The column.
        silent: Its header says nothing. Where it says something unknown only values of a form that little else has are
            read: a name or a date may be anybody's.
    """
    if not fact.sample.len():
        return None
    readers = (_contact, _identifier, _date, _postal, _street, _name, _country) if silent else (_contact, _identifier)
    found = [g for g in (read(fact) for read in readers) if g is not None]
    return max(found, key=lambda g: g.confidence, default=None)


def _contact(fact: ColumnFacts) -> Guess | None:
    if fact.emails >= _PLAIN:
        return Guess("email", 0.8, _("{share} of the values are e-mail addresses.").format(share=_percent(fact.emails)))
    if fact.urls >= _PLAIN:
        return Guess("website", 0.6, _("{share} of the values are web addresses.").format(share=_percent(fact.urls)))
    if fact.phones >= _PLAIN and fact.dates < _SOME:
        share = _percent(fact.phones)
        if fact.phone_signs >= _SOME:
            return Guess("phone", 0.75, _("{share} of the values are written like phone numbers.").format(share=share))
        nine = fact.matches(r"^\d{9,13}$")
        if nine >= _ALMOST_ALL:
            return Guess("phone", 0.45, _("{share} of the values could be phone numbers.").format(share=share))
    return None


def _identifier(fact: ColumnFacts) -> Guess | None:
    """Only forms that no other kind of number shares: a bare run of digits may be anything."""
    if fact.matches(r"\d(?:.*\d){5}") < _PLAIN or (fact.numbers >= _HALF and not fact.matches(r"[a-z./-]")):
        return None
    name, kind, share = fact.identifiers
    if name is None or share < _PLAIN:
        return None
    field = "tax_id" if kind == "tax" else "national_id"
    reason = _("{share} of the values are identification numbers of the form {scheme}.")
    return Guess(field, 0.75, reason.format(share=_percent(share), scheme=name), scheme=name)


def _date(fact: ColumnFacts) -> Guess | None:
    if fact.dates < _ALMOST_ALL:
        return None
    if fact.birth_dates >= _ALMOST_ALL and fact.year_span >= _GENERATION:
        return Guess("birth_date", 0.6, _("The values are dates that span {years} years.").format(years=fact.year_span))
    return Guess("created_at", 0.3, _("The values are dates, but nothing says of what."))


_GENERATION = 25


def _postal(fact: ColumnFacts) -> Guess | None:
    if fact.lettered_postal_codes >= _PLAIN:
        share = _percent(fact.lettered_postal_codes)
        return Guess("postal_code", 0.65, _("{share} of the values have the form of postal codes.").format(share=share))
    return None


def _street(fact: ColumnFacts) -> Guess | None:
    if fact.streets < _MOST:
        return None
    share = _percent(fact.streets)
    return Guess("street", 0.65, _("{share} of the values are written like streets.").format(share=share))


def _name(fact: ColumnFacts) -> Guess | None:
    if fact.words < _PLAIN or fact.distinct < _VARIED or fact.streets >= _HALF:
        return None
    if fact.organisations >= _SOME and fact.kind_of_names == "organisations":
        share = _percent(fact.organisations)
        return Guess("org_name", 0.6, _("{share} of the values look like company names.").format(share=share))
    if fact.persons >= _HALF and fact.single_words < _HALF:
        share = _percent(fact.persons)
        return Guess("full_name", 0.65, _("{share} of the values look like names of persons.").format(share=share))
    if fact.single_words >= _PLAIN and fact.given_names >= _HALF:
        share = _percent(fact.given_names)
        return Guess("given_name", 0.55, _("{share} of the values are given names.").format(share=share))
    if fact.given_names < _SOME and fact.surnames >= _HALF:
        share = _percent(fact.surnames)
        return Guess("family_name", 0.55, _("{share} of the values are surnames.").format(share=share))
    return None


_VARIED = 3


def _country(fact: ColumnFacts) -> Guess | None:
    if fact.words >= _PLAIN and fact.matches(r"^.{4,}$") >= _HALF and fact.countries >= _ALMOST_ALL:
        return Guess("country", 0.6, _("{share} of the values are countries.").format(share=_percent(fact.countries)))
    return None


def _percent(share: float) -> str:
    return f"{share:.0%}"
