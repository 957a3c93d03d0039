"""What every system file must keep to, whoever writes it."""

from __future__ import annotations

import re

import pytest

from crmq.connectors import catalogue, generic, headers
from crmq.errors import ConfigError
from crmq.model import fields as canonical

NAMES = sorted(path.stem for path in catalogue.FOLDER.glob("*.yaml") if path.stem != "generic")
OPT_OUT = re.compile(r"optout|optedout|donot|unsubscri|nopermitir|nollamar|suppress|blacklist|rehusar")


@pytest.fixture(params=NAMES)
def system(request):
    return catalogue.system(request.param)


def test_there_are_systems():
    assert {"dynamics365", "hubspot", "salesforce"} <= set(NAMES)


def test_is_named_like_its_file_and_tells_where_its_facts_come_from(system):
    assert system.file.name == system.name
    assert system.file.source.strip()
    assert system.file.about.strip()


def test_every_object_can_be_recognised_or_is_part_of_one_that_can(system):
    reached = {split.use for o in system.objects.values() for split in o.spec.split}
    for name, obj in system.objects.items():
        assert obj.spec.fingerprints or name in reached, name


def test_every_object_has_an_id_column_or_no_parties(system):
    for obj in system.objects.values():
        if obj.entities:
            assert any(c.field == "record_id" for c in obj.columns) != obj.spec.no_id, obj.name


def test_opt_out_columns_never_grant(system):
    for obj in system.objects.values():
        for column in obj.columns:
            if column.field == "consent" and OPT_OUT.search(headers.key(column.name)):
                assert not column.granted, f"{obj.name}.{column.name}"
                assert column.denied


def test_references_point_to_objects_of_the_model(system):
    for obj in system.objects.values():
        for column in obj.columns:
            if column.field and canonical.fields()[column.field].group == "reference":
                assert column.to in canonical.objects(), f"{obj.name}.{column.name}"


def test_load_facts_name_their_source(system):
    load = system.file.load
    if load != "none":
        assert all(limit.source for limit in load.limits)
        for obj in system.objects.values():
            if obj.spec.load:
                assert obj.spec.load.source


def test_no_object_hides_another(system):
    """A table with exactly the columns of a fingerprint is recognised as that object, or as one that asks for more."""
    import polars as pl

    from crmq.mapping.content import ColumnFacts
    from crmq.mapping.recognise import recognise
    from crmq.model.raw import RawTable

    for obj in system.objects.values():
        for print_ in obj.spec.fingerprints:
            first = [item if isinstance(item, str) else item[0] for item in print_.all]
            frame = pl.DataFrame({name: pl.Series([], dtype=pl.String) for name in first})
            raw = RawTable("x.csv", frame, pl.Series([], dtype=pl.UInt32), first)
            facts = {c: ColumnFacts(frame[c]) for c in frame.columns}
            found = recognise(raw, facts)
            assert found.system is not None, (obj.name, first)
            assert found.system.name == system.name, (obj.name, first, found.system.name)
            assert found.object is not None
            assert found.object.spec.object == obj.spec.object, (obj.name, first, found.object.name)


def _write(tmp_path, text):
    path = tmp_path / "acme.yaml"
    path.write_text(text, encoding="utf-8")
    return path


HEAD = """name: acme
title: Acme
vendor: Acme
about: A made-up system.
certainty: F
source: this test
load: none
"""


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("objects: {A: {object: contact, title: A, columns: [{name: Mail, field: emial}]}}", "emial"),
        ("objects: {A: {object: kontakt, title: A, columns: []}}", "kontakt"),
        ("objects: {A: {object: contact, title: A, columns: [{name: X, field: consent}]}}", "channel"),
        (
            "objects: {A: {object: contact, title: A, columns: "
            "[{name: X, field: consent, channel: email, purpose: commercial}]}}",
            "grant",
        ),
        (
            "objects: {A: {object: contact, title: A, columns: "
            "[{name: X, field: consent, channel: email, purpose: commercial, granted: [a], denied: [a]}]}}",
            "both",
        ),
        ("objects: {A: {object: contact, title: A, columns: [{name: X, field: account_id}]}}", "points"),
        ("objects: {A: {object: contact, title: A, columns: [{name: A}, {name: B, en: a}]}}", "belongs to"),
        ("objects: {A: {object: contact, title: A, fingerprints: [{all: [Z], form: api}], columns: [{name: A}]}}", "Z"),
        ("objects: {A: {object: contact, title: A, use: [nothing], columns: []}}", "nothing"),
        ("objects: {A: {object: contact, title: A, colums: []}}", "colums"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(tmp_path, body, what):
    path = _write(tmp_path, HEAD + body)
    with pytest.raises(ConfigError) as error:
        catalogue.load_system(path)
    assert what in str(error.value)
    assert str(path) in (error.value.where or "")
    assert re.search(r":\d+:\d+$", error.value.where or "")


def test_a_new_file_is_enough_for_a_new_system(tmp_path):
    made = catalogue.load_system(
        _write(
            tmp_path,
            HEAD + "objects: {People: {object: contact, title: People, columns: "
            "[{name: mail, es: Correo electrónico, field: email}, {name: 'Topic: *', field: consent, channel: email, "
            "purpose: commercial, denied: any no}]}}",
        )
    )
    people = made.objects["People"]
    assert made.find(people, " CORREO ELECTRONICO ")[0].field == "email"
    column, topic = made.find(people, "topic: News & offers")
    assert (column.field, topic) == ("consent", "News & offers")
    assert "no" in column.denied
    assert "any no" not in column.denied


def test_generic_rules_load_and_name_known_conditions_only():
    rules = generic.rules()
    assert rules.labels["email"].field == "email"
    used = {c.when for a in rules.file.ambiguous for c in a.choose if c.when}
    assert used <= set(generic.CONDITIONS)


def test_every_condition_is_decided_somewhere():
    import polars as pl

    from crmq.mapping.context import TableContext
    from crmq.model.raw import RawTable

    raw = RawTable("x.csv", pl.DataFrame(), pl.Series([], dtype=pl.UInt32), [])
    assert set(TableContext(raw, {}, None)._conditions) == set(generic.CONDITIONS)
