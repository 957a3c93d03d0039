"""What stands beside a column: the conditions that decide what an ambiguous label means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

from crmq.connectors import headers
from crmq.connectors.generic import Choice, TableKind, rules
from crmq.mapping import identity, labels
from crmq.mapping.content import ColumnFacts
from crmq.mapping.labels import Reading
from crmq.mapping.naming import table_stem
from crmq.model.raw import RawTable

PERSON_NAMES = frozenset(("given_name", "family_name", "surname_1", "surname_2", "full_name"))
ORGANISATION_NAMES = frozenset(("org_name", "legal_name", "trade_name"))
PARTY_FACTS = frozenset(
    ("email", "phone", "street", "postal_code", "birth_date", "tax_id", "national_id", "birth_year")
)
_PERSON_FACTS = frozenset(("birth_date", "gender", "age", "middle_name", "honorific", "job_title", "birth_year"))

_MOST = 0.6
_FEW_VALUES = 25
_WORDS_ENOUGH = 0.5


class TableContext:
    """One table, its columns as read by the generic rules, and the conditions of ``generic.yaml``.

    Args:
        raw: The table.
        facts: What is known about its columns, by column name.
        country: Default country of the run, if any.
        skip: Columns that are not looked at (the user's ``--ignore``, columns a system knows).
    """

    def __init__(
        self, raw: RawTable, facts: Mapping[str, ColumnFacts], country: str | None, skip: frozenset[str] = frozenset()
    ) -> None:
        self.raw = raw
        self.facts = facts
        self.country = country
        self.readings: dict[str, Reading] = {h: labels.read(h) for h in raw.frame.columns if h not in skip}

    @cached_property
    def table(self) -> TableKind | None:
        """The object that the name of the sheet, member or file announces."""
        known = rules().tables
        for text in (self.raw.sheet, self.raw.member, self.raw.path):
            if not text:
                continue
            stem = table_stem(text)
            whole = headers.key(stem)
            if whole in known:
                return known[whole]
            for word in reversed(headers.words(stem)):
                if word in known:
                    return known[word]
        return None

    def choose(self, header: str) -> Choice | None:
        """Return the first choice of an ambiguous header whose condition holds."""
        reading = self.readings[header]
        if reading.ambiguous is None:
            return None
        for choice in reading.ambiguous.choose:
            if choice.when is None or self._conditions[choice.when](header):
                return choice
        return None

    @cached_property
    def is_order(self) -> bool:
        """Whether the rows are orders: something that is an order's, a date or an amount, and a customer."""
        if self.table in ("contact", "account", "customer", "lead"):
            return False
        kinds = {identity.kind_of(h) for h in self.readings}
        fields = self._labelled(exact=True)
        ordered = (
            bool({"order", "invoice"} & kinds) or bool({"order_no", "ordered_at"} & fields) or self.table == "order"
        )
        dated = bool({"ordered_at", "total"} & fields) or any(
            r.kind == "ambiguous" and {"ordered_at", "total"} & set(r.fields) for r in self.readings.values()
        )
        return ordered and dated and identity.party_reference(list(self.readings)) is not None

    def has_party_signs(self) -> bool:
        """Tell whether anything but a name says that the rows are persons or companies."""
        if self.table in ("contact", "account", "customer", "lead"):
            return True
        if {"person", "organisation", "customer"} & {identity.kind_of(h) for h in self.readings}:
            return True
        return bool(PARTY_FACTS & self._labelled()) or self._company("")

    def has_person_name(self, apart_from: str | None = None) -> bool:
        """Tell whether a column names persons, ambiguous ones counted when their values are words."""
        for header, reading in self.readings.items():
            if header == apart_from or reading.how in ("part", "somebody_else"):
                continue
            if reading.kind == "label" and PERSON_NAMES & set(reading.fields):
                return True
            if reading.kind == "ambiguous" and "full_name" in reading.fields and self._words(header):
                return True
        return False

    def _labelled(self, *, exact: bool = False) -> set[str]:
        known = ("exact", "words", "glued") if not exact else ("exact", "words")
        return {f for r in self.readings.values() if r.kind == "label" and r.how in known for f in r.fields}

    def _words(self, header: str) -> bool:
        fact = self.facts[header]
        return not fact.sample.len() or (fact.words >= _WORDS_ENOUGH and fact.flags < _WORDS_ENOUGH)

    def _beside(self, header: str, *fields: str) -> bool:
        wanted = set(fields)
        return any(
            wanted & set(r.fields) and r.how not in ("part", "somebody_else")
            for h, r in self.readings.items()
            if h != header and r.kind in ("label", "ambiguous")
        )

    def _labelled_beside(self, header: str, *fields: str) -> bool:
        wanted = set(fields)
        return any(
            wanted & set(r.fields) and r.how not in ("part", "somebody_else")
            for h, r in self.readings.items()
            if h != header and r.kind == "label"
        )

    def _contact_person(self, header: str) -> bool:
        """A company's row that names a contact: an organisation's or customer's table with ``contact name``."""
        of_companies = self.table in ("account", "customer") or "organisation" in {
            identity.kind_of(h) for h in self.readings
        }
        contacts = any(
            "full_name" in r.fields and r.kind == "label" and {"contact", "contacto", "contato"} & set(headers.words(h))
            for h, r in self.readings.items()
        )
        return of_companies and contacts and not self._labelled_beside(header, "given_name", "family_name", "surname_1")

    def _company(self, header: str) -> bool:
        for other, reading in self.readings.items():
            if other == header or reading.how in ("part", "somebody_else"):
                continue
            if "company_name" in reading.fields and self._words(other) and self.facts[other].filled:
                return True
        return False

    def _organisation_table(self, header: str) -> bool:
        if self.table == "account":
            return True
        if self.table in ("contact", "lead") or self._labelled_beside(header, *_PERSON_FACTS):
            return False
        kinds = {identity.kind_of(h) for h in self.readings}
        return "organisation" in kinds and not {"person", "customer"} & kinds

    def _birth_parts(self, header: str) -> bool:
        parts = ("birth_year", "birth_month", "birth_day")
        others = {f for h, r in self.readings.items() if h != header for f in r.fields if f in parts}
        return len(others) >= 1

    def _department_country(self, header: str) -> bool:
        countries = set(rules().file.vocabulary["department_countries"])
        if self.country in countries:
            return self._beside(header, "street", "city", "postal_code")
        return False

    @cached_property
    def _conditions(self) -> Mapping[str, Callable[[str], bool]]:
        facts = self.facts
        return {
            "contact_person_beside": self._contact_person,
            "person_name_beside": self.has_person_name,
            "no_person_name_beside": lambda h: not self.has_person_name(h),
            "family_name_beside": lambda h: self._labelled_beside(h, "family_name", "surname_1"),
            "company_beside": self._company,
            "organisation_table": self._organisation_table,
            "values_organisations": lambda h: facts[h].kind_of_names == "organisations",
            "values_persons": lambda h: facts[h].kind_of_names == "persons",
            "values_mixed": lambda h: facts[h].kind_of_names == "both",
            "party_facts_beside": lambda h: self.has_party_signs(),
            "values_honorifics": lambda h: facts[h].honorifics >= _MOST,
            "values_status": lambda h: facts[h].vocabulary("status") >= _MOST and facts[h].distinct <= _FEW_VALUES,
            "few_values": lambda h: 0 < facts[h].distinct <= min(_FEW_VALUES, max(2, facts[h].filled)),
            "address_beside": lambda h: self._labelled_beside(h, "street", "city", "postal_code"),
            "values_regions": lambda h: facts[h].vocabulary("regions") >= 0.5,
            "department_country": self._department_country,
            "city_beside": lambda h: self._labelled_beside(h, "city"),
            "no_region_beside": lambda h: not self._beside(h, "region"),
            "street_beside": lambda h: self._labelled_beside(h, "street"),
            "birth_parts_beside": self._birth_parts,
            "values_countries": lambda h: facts[h].countries >= _MOST,
            "order_table": lambda h: self.is_order,
            "party_reference_beside": lambda h: identity.party_reference(list(self.readings)) is not None,
            "no_other_full_name": lambda h: not self._labelled_beside(h, "full_name"),
            "no_other_name": lambda h: not self._beside(h, *PERSON_NAMES, *ORGANISATION_NAMES),
        }
