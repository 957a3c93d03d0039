"""Which parties a row holds, and what they are called."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from crmq.model.tables import ORGANISATION, PERSON
from crmq.model.verdicts import INVALID, MISSING, PLACEHOLDER, POSSIBLE, VALID, Verdict
from crmq.standardise.rows import Rows
from crmq.values import company_name, party_kind, person_name

_LIKELY = 0.5
"""Above this share of evidence a free name is taken for an organisation's."""


@dataclass(frozen=True)
class Parties:
    """The parties of each row of a table.

    Attributes:
        is_person, is_organisation: (R,) Booleans: which records the row gives.
        person: (R rows) parts of the name, as ``person_name.standardise`` returns them.
        organisation: (R rows) ``value, core, legal_form, trade_name, verdict, reason``.
        employer: (R,) the company's name as text on a person's record.
    """

    is_person: pl.Series
    is_organisation: pl.Series
    person: pl.DataFrame
    organisation: pl.DataFrame
    employer: pl.Series


@dataclass(frozen=True)
class Names:
    """What the rows of a table call their parties; see :class:`Parties`."""

    person: pl.DataFrame
    organisation: pl.DataFrame
    employer: pl.Series


def names_of(rows: Rows, country: str | None) -> Names:
    """Standardise the names of each row.

    Args:
        rows: The rows of one table.
        country: Default country of the table.
    """
    both = PERSON in rows.table.entities and ORGANISATION in rows.table.entities
    full = rows.first("full_name")
    person_full, org_full = full, None
    if both and full is not None:
        parts = pl.DataFrame({"full": full, "firm": _firm_by_name(rows, full)})
        person_full = parts.select(pl.when(~pl.col("firm")).then(pl.col("full")).alias("full"))["full"]
        org_full = parts.select(pl.when(pl.col("firm")).then(pl.col("full")).alias("full"))["full"]
    return Names(
        _person(rows, person_full, country),
        _organisation(rows, org_full, country, with_employer=both),
        _employer(rows, country),
    )


def parties_of(rows: Rows, names: Names, has_contact: pl.Series) -> Parties:
    """Decide which records each row gives.

    Args:
        rows: The rows of one table.
        names: Their names.
        has_contact: (R,) whether the row has a usable e-mail address or phone number.
    """
    person, organisation = names.person["verdict"], names.organisation["verdict"]
    named_person = ~person.is_in([MISSING, PLACEHOLDER])
    named_org = organisation.is_in([VALID, POSSIBLE])
    given = _id_given(rows)
    none = pl.repeat(False, rows.height, eager=True)
    if PERSON in rows.table.entities and ORGANISATION in rows.table.entities:
        # neither is named: whoever can be reached, or has an id of the source, is taken for a person
        known = has_contact if given is None else has_contact | given
        is_person, is_org = named_person | (~named_org & known), named_org
    else:
        something = named_person | (organisation != MISSING) | (person != MISSING) | has_contact
        something = something if given is None else something | given
        is_person, is_org = (something, none) if PERSON in rows.table.entities else (none, something)
    return Parties(is_person.rename("p"), is_org.rename("o"), names.person, names.organisation, names.employer)


def _id_given(rows: Rows) -> pl.Series | None:
    """Return where the row has an id of its source, or None when the table has no id column."""
    mapped = rows.table.mapped_to("record_id")
    if not mapped:
        return None
    return rows.frame.select((pl.col(mapped[0].header).str.strip_chars() != "").fill_null(False).alias("g"))["g"]


def _firm_by_name(rows: Rows, full: pl.Series) -> pl.Series:
    """Return where a one-field name is an organisation's: by a column that says so, else by the name itself."""
    guess = (party_kind.org_share(full) > _LIKELY).fill_null(False)
    said = rows.first("party_kind")
    if said is None:
        return guess
    frame = pl.DataFrame({"guess": guess, "said": party_kind.read(said)})
    told = pl.col("said") == ORGANISATION
    return frame.select(pl.coalesce(told, "guess").alias("firm"))["firm"]


def _person(rows: Rows, full: pl.Series | None, country: str | None) -> pl.DataFrame:
    columns = {
        "given": rows.first("given_name"),
        "middle": rows.first("middle_name"),
        "family": rows.first("family_name"),
        "surname_1": rows.first("surname_1"),
        "surname_2": rows.first("surname_2"),
        "full": full,
        "honorific": rows.first("honorific"),
        "suffix": rows.first("name_suffix"),
    }
    if PERSON not in rows.table.entities or all(c is None for c in columns.values()):
        return _no_names(rows.height, tuple(person_name.SCHEMA))
    return person_name.standardise(**columns, country=country)


def _no_names(height: int, columns: tuple[str, ...]) -> pl.DataFrame:
    """Return empty names: every value null, every verdict missing."""
    empty = pl.repeat(None, height, dtype=pl.String, eager=True)
    return pl.DataFrame(dict.fromkeys(columns, empty)).with_columns(verdict=pl.lit(MISSING, Verdict))


def _organisation(rows: Rows, full: pl.Series | None, country: str | None, *, with_employer: bool) -> pl.DataFrame:
    """Return the organisation's name, from the fields that name one, best first."""
    names = [*(rows.first(n) for n in ("org_name", "legal_name")), full]
    if with_employer:
        names.append(rows.first("company_name"))
    if ORGANISATION in rows.table.entities and not with_employer and all(n is None for n in names):
        names.append(rows.first("full_name"))
    trade = rows.first("trade_name")
    if trade is not None:  # a trader's row names the firm by its trade name only
        names.append(trade)
    present = [n.alias(f"n{i}") for i, n in enumerate(names) if n is not None]
    if not present or ORGANISATION not in rows.table.entities:
        return _no_names(rows.height, ("value", "core", "legal_form", "trade_name", "verdict", "reason"))
    filled = [pl.when(pl.col(s.name).str.strip_chars() != "").then(pl.col(s.name)) for s in present]
    raw = pl.DataFrame(present).select(pl.coalesce(filled).alias("raw"))["raw"]
    made = company_name.standardise(raw, country)
    if trade is not None:
        other = company_name.standardise(trade, country)["value"]
        made = made.with_columns(pl.coalesce("trade_name", other.alias("t")).alias("trade_name"))
    return made.select("value", "core", "legal_form", "trade_name", "verdict", "reason")


def _employer(rows: Rows, country: str | None) -> pl.Series:
    name = rows.first("company_name")
    if name is None:
        return pl.Series("company_name", [None] * rows.height, dtype=pl.String)
    made = company_name.standardise(name, country)
    usable = ~made["verdict"].is_in([MISSING, PLACEHOLDER, INVALID])
    return made.select(pl.when(usable).then(pl.col("value")).alias("company_name"))["company_name"]
