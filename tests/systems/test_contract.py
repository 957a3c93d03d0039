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


def _loaded(system):
    return {name: obj for name, obj in system.objects.items() if obj.spec.load is not None}


def test_a_system_is_loaded_into_as_a_whole_or_not_at_all(system):
    assert bool(_loaded(system)) == (system.file.load != "none")


def test_load_facts_name_their_source_and_how_sure_they_are(system):
    blocks = [(obj.spec.load, None) for obj in _loaded(system).values()]
    if system.file.load != "none":
        blocks += [(system.file.load, fact) for fact in system.file.load.facts()]
    for obj in _loaded(system).values():
        load = obj.spec.load
        blocks += [(load, fact) for fact in (*load.keys, *load.lengths, *load.picklists)]
    for block, fact in blocks:
        assert block.sure(fact) in ("F", "D", "M")
        assert block.cited(fact).strip()
        assert block.sure(fact) == "M" or block.cited(fact) != "memory", "what is from memory is not documented"


def _mapped(obj, name):
    """Tell whether a column feeds a field, by itself or as a part of a column that is made of several."""
    return obj.column(name).field is not None or any(name in c.of and c.field for c in obj.columns)


def test_every_required_field_is_a_mapped_field(system):
    for name, obj in _loaded(system).items():
        for wanted in obj.spec.load.required:
            for column in [wanted] if isinstance(wanted, str) else wanted:
                assert _mapped(obj, column) or not obj.entities, f"{name}.{column}"


def test_every_loaded_object_has_a_key_of_its_own_columns(system):
    for name, obj in _loaded(system).items():
        keys = obj.spec.load.keys
        assert keys, name
        columns = {column for key in keys for column in key.columns}
        assert columns, f"{name}: words alone are no key"
        assert all(_mapped(obj, column) for column in columns), name


def test_lengths_and_picklists_are_told_once_per_column(system):
    for name, obj in _loaded(system).items():
        columns = [c for lengths in obj.spec.load.lengths for c in lengths.most]
        assert len(columns) == len(set(columns)), name
        lists = [picklist.column for picklist in obj.spec.load.picklists]
        assert len(lists) == len(set(lists)), name
        for picklist in obj.spec.load.picklists:
            assert len(set(picklist.values)) == len(picklist.values) > 1, f"{name}.{picklist.column}"


def test_a_party_can_only_be_loaded_when_its_file_has_a_form(system):
    if system.file.load != "none":
        assert system.file.load.said("formats") is not None


def test_parents_are_loaded_before_what_points_to_them(system):
    """Of the objects in the load order, none refers to a kind of record that only comes later."""
    if system.file.load == "none" or system.file.load.order is None:
        return
    order = [system.objects[name] for name in system.file.load.order.objects]
    assert set(_loaded(system)) <= {obj.name for obj in order}
    for place, obj in enumerate(order):
        later = {other.spec.object for other in order[place + 1 :]} - {o.spec.object for o in order[: place + 1]}
        for column in obj.columns:
            if column.field in ("account_id", "parent_id", "party_id"):
                assert column.to not in later, f"{obj.name}.{column.name} points to what is loaded later"


@pytest.mark.parametrize("name", ["dynamics365", "hubspot", "salesforce"])
def test_the_great_targets_are_told_in_full(name):
    system = catalogue.system(name)
    load = system.file.load
    assert load.order is not None
    assert load.limits
    assert load.said("encoding", "Bulk API").values == ("UTF-8",)
    assert {obj for merging in load.merging for obj in merging.objects} >= {o for o in _loaded(system) if len(o) < 9}
    assert all(merging.undo != "yes" for merging in load.merging)
    assert load.final
    kinds = {obj.spec.object for obj in _loaded(system).values()}
    assert {"contact", "account"} <= kinds


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


LOADED = """
load:
  certainty: D
  source: this test
"""


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


COLUMNS = "columns: [{name: Id, field: record_id}, {name: Name, field: full_name}]"


@pytest.mark.parametrize(
    ("of_object", "of_system", "what"),
    [
        ("required: [Nome]", "", "Nome"),
        ("lengths: [{most: {Nome: 5}}]", "", "Nome"),
        ("lengths: [{most: {Name: 0}}]", "", "greater than 0"),
        ("lengths: [{most: {}}]", "", "1 item"),
        ("keys: [{columns: Key}]", "", "Key"),
        ("keys: [{}]", "", "A key has columns"),
        ("keys: [{columns: Id, own: another}]", "", "A key has columns"),
        ("picklists: [{column: Name, values: []}]", "", "1 item"),
        ("", "order: {objects: [B]}", "B is no column or object"),
        ("", "merging: [{objects: [B], undo: 'no'}]", "B is no column or object"),
        ("", "merging: [{objects: [A], undo: maybe}]", "undo"),
        ("", "merging: [{objects: [A], at_once: 1, undo: 'no'}]", "greater than or equal to 2"),
        ("", "limits: [{what: rows, value: -1, unit: rows}]", "greater than 0"),
        ("", "file: [{what: colour, values: red}]", "'formats', 'encoding'"),
        ("", "file: [{what: encoding, values: UTF-8}, {what: encoding, values: latin1}]", "told twice"),
    ],
)
def test_a_wrong_load_side_is_refused_with_its_place(tmp_path, of_object, of_system, what):
    head = HEAD.replace("load: none\n", "").rstrip("\n")
    inner = f", {of_object}" if of_object else ""
    body = (
        f"\nobjects: {{A: {{object: contact, title: A, {COLUMNS}, load: {{certainty: D, source: this test{inner}}}}}}}"
        f"{LOADED}  {of_system}\n"
    )
    path = _write(tmp_path, head + body)
    with pytest.raises(ConfigError) as error:
        catalogue.load_system(path)
    assert what in str(error.value)
    assert re.search(r":\d+:\d+$", error.value.where or "")


def test_objects_are_not_loaded_into_a_system_that_is_not(tmp_path):
    path = _write(
        tmp_path, HEAD + f"objects: {{A: {{object: contact, title: A, {COLUMNS}, load: {{certainty: D, source: x}}}}}}"
    )
    with pytest.raises(ConfigError) as error:
        catalogue.load_system(path)
    assert "Objects are loaded into" in str(error.value)


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
