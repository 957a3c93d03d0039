"""Chats as phones export them become one row per message; nothing of a message is lost."""

from __future__ import annotations

import datetime as dt

import pytest

from crmq.connectors import inputs
from crmq.mapping import MappingSettings, map_tables
from crmq.values import date

ANDROID = (
    "13/6/2026, 12:30 - Los mensajes y las llamadas están cifrados de extremo a extremo.\n"
    "13/6/2026, 12:34 - María: Hola, ¿tienen la talla 40?\n"
    "La azul\n"
    "\n"
    "y la roja: 2\n"
    "13/6/2026, 12:35 - +34 612 40 59 18: Sí: quedan tres\n"
    "14/6/2026, 9:05 - María: <Multimedia omitido>\n"
)
IOS = (
    "\u200e[13/06/26, 12:34:56] Maria: hola\r\n\u200e[13/06/26, 12:35:10] Tienda: \u200eimagen omitida\r\n"
    "[14/06/26, 1:02:03\u202fp.\u00a0m.] Maria: gracias\r\n"
)
AMERICAN = "6/13/26, 9:05 PM - Maria: hi\n6/14/26, 12:10 AM - Shop: hello\n"


def chat(tmp_path, text, name="WhatsApp Chat.txt"):
    path = tmp_path / name
    path.write_bytes(text.encode("utf-8"))
    (table,) = inputs.read([str(path)]).tables
    return table


def test_android(tmp_path):
    table = chat(tmp_path, ANDROID)
    assert table.frame.rows() == [
        ("13/6/2026 12:30", None, "Los mensajes y las llamadas están cifrados de extremo a extremo."),
        ("13/6/2026 12:34", "María", "Hola, ¿tienen la talla 40?\nLa azul\n\ny la roja: 2"),
        ("13/6/2026 12:35", "+34 612 40 59 18", "Sí: quedan tres"),
        ("14/6/2026 9:05", "María", "<Multimedia omitido>"),
    ]
    assert table.lines.to_list() == [1, 2, 6, 7]
    assert table.rejected.is_empty()


def test_ios(tmp_path):
    table = chat(tmp_path, IOS, "_chat.txt")
    assert table.frame.rows() == [
        ("13/06/26 12:34:56", "Maria", "hola"),
        ("13/06/26 12:35:10", "Tienda", "imagen omitida"),
        ("14/06/26 1:02:03 p. m.", "Maria", "gracias"),
    ]


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        (ANDROID, "Europe/Madrid", dt.datetime(2026, 6, 13, 10, 30, tzinfo=dt.UTC)),
        (IOS, "America/Mexico_City", dt.datetime(2026, 6, 13, 18, 34, 56, tzinfo=dt.UTC)),
        (AMERICAN, None, dt.datetime(2026, 6, 13, 21, 5, tzinfo=dt.UTC)),
    ],
)
def test_times_in_the_zone_and_order_of_the_phone(tmp_path, text, zone, expected):
    (table,) = map_tables([chat(tmp_path, text)], MappingSettings(timezone=zone)).tables
    assert (table.system, table.object) == ("whatsapp", "interaction")
    (mapping,) = table.mapped_to("started_at")
    times = date.timestamps(table.raw.frame[mapping.header], table.timezone or "UTC", table.date_order)["value"]
    assert times[0] == expected
    assert times.null_count() == 0


def test_what_precedes_the_first_message_is_no_chat(tmp_path):
    """A text that only quotes such lines is read as any other text."""
    table = chat(tmp_path, "name,phone\n13/6/2026,1\n")
    assert table.headers == ["name", "phone"]
    table = chat(tmp_path, "13/6/2026, 12:34, x\n14/6/2026, 12:34, y\n")
    assert "chat_text" not in table.headers


def test_one_message_is_a_chat(tmp_path):
    assert chat(tmp_path, "13/6/2026, 12:34 - Maria: hola").frame.rows() == [("13/6/2026 12:34", "Maria", "hola")]
