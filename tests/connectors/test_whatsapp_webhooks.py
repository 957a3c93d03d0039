"""Logged webhooks become tables of messages, statuses and contacts; nothing in an envelope is lost."""

from __future__ import annotations

import json

from crmq.connectors import inputs
from crmq.mapping import MappingSettings, map_tables


def envelope(**value):
    value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": "77"}, **value}
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": "1", "changes": [{"value": value, "field": "messages"}]}],
    }


ANA = {"profile": {"name": "Ana Ruiz"}, "wa_id": "34612405918"}
HELLO = {"from": "34612405918", "id": "wamid.A", "timestamp": "1787306400", "type": "text", "text": {"body": "Hola"}}
PICTURE = {"from": "34612405918", "id": "wamid.C", "timestamp": "1787306500", "type": "image",
           "image": {"id": 123456789012345678}}  # fmt: skip
READ = {"id": "wamid.B", "recipient_id": "34612405918", "status": "read", "timestamp": "1787306460",
        "conversation": {"id": "c1", "origin": {"type": "marketing"}}}  # fmt: skip
CHECKED = {"field": "account_update", "value": {"event": "VERIFIED"}}
LOG = [
    envelope(contacts=[ANA], messages=[HELLO]),
    envelope(statuses=[READ]),
    envelope(contacts=[ANA], messages=[PICTURE]),
    {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [CHECKED]}]},
]


def tables(tmp_path, text, name="webhooks.jsonl"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return {t.member: t for t in inputs.read([str(path)]).tables}


def test_each_kind_is_a_table(tmp_path):
    found = tables(tmp_path, "".join(json.dumps(e) + "\n" for e in LOG))
    assert list(found) == ["messages", "statuses", "contacts", "events"]
    messages = found["messages"].frame
    assert messages["id"].to_list() == ["wamid.A", "wamid.C"]
    assert messages["text.body"].to_list() == ["Hola", None]
    assert messages["image.id"].to_list() == [None, "123456789012345678"]
    assert messages["metadata.phone_number_id"].to_list() == ["77", "77"]
    assert found["messages"].lines.to_list() == [1, 3]
    assert found["statuses"].frame["conversation.origin.type"].to_list() == ["marketing"]
    assert found["contacts"].frame.rows() == [("Ana Ruiz", "34612405918")]
    assert ("repeated_contacts", "1") in [(f.name, f.value) for f in found["contacts"].facts]
    assert found["events"].frame["value.event"].to_list() == ["VERIFIED"]


def test_they_are_recognised(tmp_path):
    found = tables(tmp_path, "".join(json.dumps(e) + "\n" for e in LOG))
    mapped = map_tables(list(found.values()), MappingSettings()).tables
    assert [(t.raw.member, t.system, t.object) for t in mapped if t.raw.member != "events"] == [
        ("messages", "whatsapp", "interaction"), ("statuses", "whatsapp", "interaction"),
        ("contacts", "whatsapp", "contact"),
    ]  # fmt: skip


def test_an_array_and_a_single_envelope(tmp_path):
    assert tables(tmp_path, json.dumps(LOG), "a.json")["messages"].frame.height == 2
    assert tables(tmp_path, json.dumps(LOG[0], indent=2), "b.json")["messages"].frame["id"].to_list() == ["wamid.A"]


def test_lines_that_are_no_envelopes_are_rejected_with_their_number(tmp_path):
    text = json.dumps(LOG[0]) + "\n{broken\n\n[1]\n" + json.dumps(LOG[1]) + "\n"
    found = tables(tmp_path, text)
    assert found["messages"].rejected.select("line", "reason").rows() == [(2, "invalid_json"), (4, "no_envelope")]
    assert found["statuses"].lines.to_list() == [5]
    assert found["statuses"].rejected.is_empty()


def test_other_json_is_left_to_the_reader_of_json(tmp_path):
    path = tmp_path / "people.json"
    path.write_text('[{"name": "Ana", "note": "whatsapp_business_account"}]', encoding="utf-8")
    (table,) = inputs.read([str(path)]).tables
    assert table.headers == ["name", "note"]
