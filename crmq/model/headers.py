"""Which header of which source fed each scalar column of ``records``: the last step of the way back to a cell."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from crmq.model.mapped import MappedTable
from crmq.model.tables import HEADERS

_FEEDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "given_name": (("given_name",), ("full_name",)),
    "middle_name": (("middle_name",), ("given_name",), ("full_name",)),
    "family_name": (("family_name", "surname_1", "surname_2"), ("full_name",)),
    "surname_1": (("surname_1",), ("family_name",), ("full_name",)),
    "surname_2": (("surname_2",), ("family_name",), ("full_name",)),
    "name_suffix": (("name_suffix",), ("family_name",), ("full_name",)),
    "full_name": (("full_name",), ("given_name", "middle_name", "family_name", "surname_1", "surname_2")),
    "honorific": (("honorific",), ("full_name",), ("given_name",)),
    "birth_date": (("birth_date",), ("birth_year", "birth_month", "birth_day")),
    "org_name": (("org_name",), ("legal_name",), ("company_name",), ("full_name",)),
    "org_core": (("org_name",), ("legal_name",), ("company_name",), ("full_name",)),
    "legal_form": (("org_name",), ("legal_name",), ("company_name",), ("full_name",)),
    "website_domain": (("website",), ("email",)),
    "street": (("street", "street_2"),),
    "house_number": (("house_number",), ("street",)),
    "unit": (("unit",), ("street", "street_2")),
    "tax_id": (("tax_id",), ("national_id",)),
    "tax_scheme": (("tax_id",), ("national_id",)),
}
"""Per column: the catalogue fields it is read from, the first set of which the table has any."""

_COLUMNS = (
    *_FEEDS, "gender", "age", "language", "job_title", "department", "company_name", "trade_name", "industry",
    "email", "phone", "district", "city", "region", "postal_code", "country", "owner", "status",
)  # fmt: skip


def headers_of(mapped: Iterable[MappedTable]) -> pl.DataFrame:
    """Return the headers that fed each column of ``records``, per source and object (schema ``HEADERS``).

    Of a field that may hold several values (e-mail, phone, address parts) the first slot is named: it is the one that
    ``records`` holds; every contact point names its own header.
    """
    rows: dict[tuple[str, str, str], list[str]] = {}
    for table in mapped:
        first: dict[str, list[str]] = {}
        for mapping in sorted(table.fields, key=lambda f: (f.field, f.slot, f.header)):
            have = first.setdefault(mapping.field, [])
            if not have or mapping.slot == 1:
                have.append(mapping.header)
        for column in _COLUMNS:
            for feeding in _FEEDS.get(column, ((column,),)):
                found = [header for name in feeding for header in first.get(name, ())]
                if found:
                    known = rows.setdefault((table.source, table.object, column), [])
                    known.extend(h for h in found if h not in known)
                    break
    flat = [(*key, " + ".join(found)) for key, found in sorted(rows.items())]
    return pl.DataFrame(flat, schema=dict(HEADERS), orient="row")
