"""Rows that were deleted in their source."""

from __future__ import annotations

import pytest

from crmq.mapping import MappingSettings, map_tables
from crmq.mapping.apply import DELETED

SALESFORCE = {
    "Id": ["003A", "003B", "003C", "003D"],
    "IsDeleted": ["false", "true", "TRUE", "0"],
    "MasterRecordId": [None, "003A", " ", None],
    "AccountId": [None] * 4,
    "LastName": ["Ruiz", "Ruis", "Gil", "Paz"],
}


def test_deleted_without_a_master_is_excluded_with_its_reason(table):
    (mapped,) = map_tables([table(SALESFORCE, path="Contact.csv")], MappingSettings()).tables
    assert mapped.excluded.rows() == [(2, DELETED, None)]


def test_unless_asked_for(table):
    (mapped,) = map_tables([table(SALESFORCE, path="Contact.csv")], MappingSettings(include_deleted=True)).tables
    assert mapped.excluded.is_empty()


def test_a_record_that_another_says_was_merged_into_it_is_kept(table):
    columns = {
        "_fivetran_deleted": ["FALSE", "TRUE", "TRUE"],
        "id": ["78971951", "76340251", "555"],
        "property_email": ["a@b.mx", "c@d.mx", "e@f.mx"],
        "property_firstname": ["Ana"] * 3,
        "property_lastname": ["Ruiz"] * 3,
        "property_createdate": ["2021-04-01"] * 3,
        "property_hs_merged_object_ids": ["76340251; 46897301", None, None],
    }
    (mapped,) = map_tables([table(columns, path="contact_data.csv")], MappingSettings()).tables
    assert mapped.mapped_to("merged_ids")[0].separator == ";"
    assert mapped.excluded.rows() == [(2, DELETED, None)]


@pytest.mark.parametrize("flag", ["deleted", "is_deleted", "Eliminado"])
def test_plain_tables_too(table, flag):
    columns = {"id": ["1", "2"], "nombre": ["Ana Ruiz", "Eva Gil"], "email": ["a@b.mx", "e@f.mx"], flag: ["No", "Sí"]}
    (mapped,) = map_tables([table(columns)], MappingSettings()).tables
    assert mapped.excluded.rows() == [(1, DELETED, None)]
