"""What the values of a column look like, measured on a sample of its distinct values.

The tests here ask for the *shape* of values, to tell what a column holds; whether a value is valid is decided by
:mod:`crmq.values` alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Literal

import polars as pl

from crmq.connectors.catalogue import FALSE, TRUE
from crmq.connectors.generic import rules
from crmq.threads import side_by_side
from crmq.values import country, identifier, identifier_schemes, name_words, party_kind, text

SAMPLE = 2_000
"""Distinct values that are looked at: the standard error of a share is then below 1.2 percentage points."""
SURELY_ORGANISATION = 0.8
"""From this share on (``party_kind.org_share``) a name is plainly an organisation's: it has a legal form, or a word
that only companies use."""
SURELY_PERSON = 0.2
"""Up to this share a name is plainly a person's: it has a known given name in its place."""
_MANY = 4 * SAMPLE
_LARGE = 200_000
"""Above this many rows a sample is drawn before the distinct values are found."""
_IDENTIFIERS = 300
_SOME_OF_EACH = 0.05
_MANY_PERSONS = 0.25
_MANY_FIRMS = 0.1

_EMAIL = r"^[^\s@,;]+@[^\s@,;]+\.[^\s@,;]{2,}$"
_PHONE = r"^(?:tel\.?:?|p:)?\s*'?[+(]?[\d(][\d\s().\-/]{4,22}\d(?:\s*(?:x|ext\.?|int\.?|anexo)\s*\d{1,6})?$"
_PHONE_SIGN = r"^\s*\+|[\s().\-/]"
_MONTH = r"(?:jan|ene|feb|fev|mar|apr|abr|may|mai|jun|jul|aug|ago|sep|set|oct|out|nov|dec|dic|dez)[a-z]*"
_DATE = (
    r"^(?:(?:1[89]|20)\d\d[-/.](?:0?[1-9]|1[0-2])(?:[-/.](?:0?[1-9]|[12]\d|3[01]))?(?:[t ].*)?"
    r"|(?:0?[1-9]|[12]\d|3[01])[-/.](?:0?[1-9]|[12]\d|3[01])[-/.](?:(?:1[89]|20)?\d\d)(?:[t ].*)?"
    r"|(?:1[89]|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    rf"|(?:[a-z]{{3,9}},? )?\d{{1,2}}[-/. ](?:de )?{_MONTH}[-/. ,]+(?:de )?(?:\d{{2}}|\d{{4}})(?:[, ].*)?"
    rf"|{_MONTH}[. ]+\d{{1,2}},? (?:\d{{4}})(?:[, ].*)?)$"
)
_URL = r"^(?:https?://\S+|(?:www\.)?[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*\.[a-z]{2,}(?:/\S*)?)$"
_UUID = r"^\{?[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\}?$"
_NUMBER = r"^[-+]?[$€£]?\s?\d[\d.,' ]*\s?[%€$]?$"
_POSTAL = r"^[a-z0-9][a-z0-9 -]{1,9}$"
_POSTAL_WITH_LETTERS = r"^(?:[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}|[a-z]\d[a-z] ?\d[a-z]\d|\d{4} ?[a-z]{2}|\d{5}-\d{3})$"
_STREET = (
    r"^\d{1,6}[a-z]?(?:[-/]\d+)?[ ,]+\p{L}{2,}.* \p{L}|"
    r"^(?:calle|cl|c/|av|avda|avenida|cra|carrera|kr|calz|calzada|blvd|rua|r\.|jr|jiron|pasaje|psje|paseo|plaza|camino|via|"
    r"transversal|tr|diagonal|dg)\.? .*\d|"
    r"^\p{L}.* (?:st|str|street|ave|avenue|rd|road|ln|lane|dr|drive|blvd|way|court|ct|place|pl)\.?(?:[ ,#].*)?$"
)
_GIVEN = frozenset("gebaj")
_SURNAMES = frozenset("sta")
_HONORIFICS = frozenset("hjr")


class ColumnFacts:
    """What is known about the values of one column; every figure is computed when it is asked for.

    Args:
        column: The column as read.
    """

    def __init__(self, column: pl.Series) -> None:
        self.column = column
        self.rows = column.len()

    @cached_property
    def filled(self) -> int:
        """Rows whose cell holds more than blanks."""
        return int((self.column.str.strip_chars() != "").sum() or 0)

    @property
    def fill(self) -> float:
        """Share of the rows that are filled; 0 for a table without rows."""
        return self.filled / self.rows if self.rows else 0.0

    @cached_property
    def distinct(self) -> int:
        """Distinct values among the filled rows, surrounding blanks apart."""
        bare = self.column.str.strip_chars()
        bare = bare.filter(bare != "")
        # values whose hashes all differ do so too, and numbers are counted in a fraction of the time
        return bare.len() if bare.hash().n_unique() == bare.len() else bare.n_unique()

    @property
    def unique(self) -> float:
        """Distinct values per filled row: 1.0 for a key."""
        return self.distinct / self.filled if self.filled else 0.0

    @cached_property
    def sample(self) -> pl.Series:
        """At most :data:`SAMPLE` distinct values, cleaned; chosen by value: the order of rows does not matter."""
        distinct = self._some() if self.rows > _LARGE else None
        if distinct is None:
            distinct = self.column.drop_nulls().unique()
        if distinct.len() > _MANY:
            distinct = distinct.filter(distinct.hash() % (distinct.len() // (_MANY // 2)) == 0)
        cleaned = distinct.to_frame("v").select(text.clean(pl.col("v")))["v"].drop_nulls().unique().sort()
        step = -(-cleaned.len() // SAMPLE)
        return cleaned.gather_every(step) if step > 1 else cleaned

    def _some(self) -> pl.Series | None:
        """Return enough distinct values of a large column chosen by their hash, or None when it has few."""
        thin = self.rows // (_LARGE // 4)
        part = self.column.filter(self.column.hash() % thin == 0).drop_nulls().unique()
        return part if part.len() >= _MANY // 2 else None

    @cached_property
    def folded(self) -> pl.Series:
        """The sample in lower case without accents."""
        return self.sample.to_frame("v").select(text.fold(pl.col("v")))["v"]

    def matches(self, pattern: str) -> float:
        """Return the share of the sample that matches a regular expression (on the folded text)."""
        return _mean(self.folded.str.contains(pattern))

    def among(self, words: tuple[str, ...] | list[str]) -> float:
        """Return the share of the sample that is one of some folded words."""
        return _mean(self.folded.is_in(list(words)))

    @cached_property
    def emails(self) -> float:
        """Share that looks like e-mail addresses."""
        return self.matches(_EMAIL)

    @cached_property
    def ats(self) -> float:
        """Share with an at sign."""
        return _mean(self.folded.str.contains("@", literal=True))

    @cached_property
    def phones(self) -> float:
        """Share that can be phone numbers: 7 to 15 digits with the usual signs between them, and no date."""
        digits = self.folded.str.count_matches(r"\d")
        dates = self.folded.str.contains(r"^(?:1[89]|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}|^\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}$")
        amounts = self.folded.str.contains(r"^\d+[.,]\d{1,2}$|^\d{1,3}(?:[.,]\d{3})+(?:[.,]\d{1,2})?$")
        return _mean(self.folded.str.contains(_PHONE) & digits.is_between(7, 18) & ~dates & ~amounts)

    @cached_property
    def phone_signs(self) -> float:
        """Share with a plus or with signs between groups of digits, as phone numbers are written."""
        return self.matches(_PHONE_SIGN)

    @cached_property
    def dates(self) -> float:
        """Share that looks like dates, with or without a time."""
        return self.matches(_DATE)

    @cached_property
    def birth_dates(self) -> float:
        """Share of dates without time whose year lies between 1900 and 2015."""
        plain = self.folded.str.contains(_DATE) & ~self.folded.str.contains(r"\d:\d\d")
        years = self.folded.str.extract(r"(1[89]\d\d|20\d\d)").cast(pl.Int32, strict=False)
        return _mean(plain & years.is_between(1900, 2015))

    @cached_property
    def year_span(self) -> int:
        """Years between the 5th and the 95th percentile of the years that stand in the values."""
        years = self.folded.str.extract(r"(1[89]\d\d|20\d\d)").cast(pl.Int32, strict=False).drop_nulls()
        if years.is_empty():
            return 0
        low, high = years.quantile(0.05, "nearest"), years.quantile(0.95, "nearest")
        return int((high or 0) - (low or 0))

    @cached_property
    def urls(self) -> float:
        """Share that looks like web addresses or domains."""
        return self.matches(_URL)

    @cached_property
    def streets(self) -> float:
        """Share with a house number and words, as streets are written."""
        return self.matches(_STREET)

    @cached_property
    def numbers(self) -> float:
        """Share that is a number, with or without separators."""
        return self.matches(_NUMBER)

    @cached_property
    def codes(self) -> float:
        """Share that is a UUID or a long hexadecimal text."""
        return self.matches(rf"{_UUID}|^[0-9a-f]{{24,64}}$")

    @cached_property
    def postal_codes(self) -> float:
        """Share that can be postal codes: short, with a digit."""
        return _mean(self.folded.str.contains(_POSTAL) & self.folded.str.contains(r"\d"))

    @cached_property
    def lettered_postal_codes(self) -> float:
        """Share that is a postal code of a form that little else has (British, Canadian, Dutch, Brazilian)."""
        return self.matches(_POSTAL_WITH_LETTERS)

    @cached_property
    def words(self) -> float:
        """Share with letters, without an at sign, and with fewer digits than letters."""
        letters = self.folded.str.count_matches(r"\p{L}")
        digits = self.folded.str.count_matches(r"\d")
        return _mean((letters > digits) & ~self.folded.str.contains("@", literal=True))

    @cached_property
    def flags(self) -> float:
        """Share that is a yes or a no."""
        return self.among([*TRUE, *FALSE])

    @cached_property
    def countries(self) -> float:
        """Share that names a country or is its code."""
        return _mean(country.standardise(self.sample)["value"].is_not_null())

    def of_scheme(self, name: str) -> float:
        """Return the share of the sample (placeholders apart) that can be an identifier of a scheme."""
        judged = identifier.standardise(self.sample.head(_IDENTIFIERS), scheme=name)
        said = judged.filter(~judged["verdict"].cast(pl.String).is_in(["placeholder", "missing"]))
        good = said["verdict"].cast(pl.String).is_in(["valid", "possible"])
        return _mean(good & said["scheme"].eq_missing(name))

    @cached_property
    def identifiers(self) -> tuple[str | None, str, float]:
        """The scheme that most values show by a form no other has, its kind and share; None when there is none."""
        judged = identifier.standardise(self.sample.head(_IDENTIFIERS))
        judged = judged.filter(~judged["verdict"].cast(pl.String).is_in(["placeholder", "missing"]))
        counts = judged.drop_nulls("scheme").group_by("scheme").len().sort("len", "scheme", descending=[True, False])
        if counts.is_empty():
            return None, "", 0.0
        name, number = counts.row(0)
        kinds = {s.name: s.kind for s in identifier_schemes.of_country(name[:2], "tax")}
        return name, kinds.get(name, "tax"), number / judged.height

    @cached_property
    def org_share(self) -> pl.Series:
        """How much speaks for each value of the sample being the name of an organisation; placeholders left out."""
        return party_kind.org_share(self.sample).drop_nulls()

    @cached_property
    def organisations(self) -> float:
        """Share of values that are plainly names of organisations."""
        return _mean(self.org_share >= SURELY_ORGANISATION)

    @cached_property
    def persons(self) -> float:
        """Share of values that are plainly names of persons."""
        return _mean(self.org_share <= SURELY_PERSON)

    @property
    def kind_of_names(self) -> Literal["persons", "organisations", "both"] | None:
        """What a column of names holds, by the names that leave no doubt; None where these are too few.

        The limits come from public tables: 20 % of restaurants and of patent applicants are plainly organisations and
        3 to 8 % look like persons; of lists of persons 40 to 100 % are plainly persons and at most 3 % look like
        organisations.
        """
        if self.organisations >= _SOME_OF_EACH and self.persons >= _MANY_PERSONS:
            return "both"
        if self.organisations >= _MANY_FIRMS and self.organisations > 2 * self.persons:
            return "organisations"
        return "persons" if self.persons >= _MANY_PERSONS else None

    @cached_property
    def given_names(self) -> float:
        """Share with a known given name among its words."""
        return _mean(self._has(_GIVEN))

    @cached_property
    def surnames(self) -> float:
        """Share with a known surname among its words."""
        return _mean(self._has(_SURNAMES))

    @cached_property
    def honorifics(self) -> float:
        """Share that is nothing but a form of address."""
        return _mean(pl.Series([set(found) <= _HONORIFICS for found in self._classes], dtype=pl.Boolean))

    @cached_property
    def single_words(self) -> float:
        """Share of one word."""
        return _mean(~self.folded.str.contains(r"\S\s+\S"))

    @cached_property
    def _classes(self) -> list[str]:
        """The classes of the words of each value in the sample, one letter per word (see ``name_words``)."""
        split = [value.replace(",", " , ").split() for value in self.sample]
        distinct = pl.Series("w", sorted({word for words in split for word in words}), dtype=pl.String)
        folded = distinct.to_frame().select(text.fold(pl.col("w")))["w"]
        known = {w: name_words.classify(w, f or "")[0] for w, f in zip(distinct, folded, strict=True)}
        return ["".join(known[word] for word in words) for words in split]

    def _has(self, classes: frozenset[str]) -> pl.Series:
        return pl.Series([not classes.isdisjoint(found) for found in self._classes], dtype=pl.Boolean)

    def vocabulary(self, name: str) -> float:
        """Return the share of the sample that is in one of the word lists of ``generic.yaml``."""
        lists: Mapping[str, tuple[str, ...]] = {str(k): v for k, v in rules().file.vocabulary.items()}
        return self.among(lists[name])


def look_at(columns: Sequence[ColumnFacts]) -> None:
    """Look at the columns of a large table side by side: what nearly all questions about them need."""
    if columns and columns[0].rows > _LARGE:
        side_by_side(lambda fact: (fact.filled, fact.sample), columns)


def _mean(flags: pl.Series) -> float:
    share = flags.mean() if flags.len() else None
    return float(share) if isinstance(share, (int, float)) else 0.0
