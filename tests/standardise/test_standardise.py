"""From mapped tables to records: nothing lost, ids settled, order of rows without effect."""

from __future__ import annotations

from datetime import date

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from crmq.model.mapped import FieldMapping, MappedTable
from crmq.model.raw import RawTable
from crmq.model.tables import SCHEMAS, Tables
from crmq.standardise import StandardiseSettings, standardise

SETTINGS = StandardiseSettings(country="MX", as_of=date(2026, 10, 1))


def table(
    rows: dict[str, list[str | None]],
    fields: list[FieldMapping],
    *,
    entities: tuple[str, ...] = ("person",),
    object: str = "contact",
    source: str = "crm",
    quirks: tuple[str, ...] = (),
    rejected: tuple[tuple[int, str], ...] = (),
    lines: list[int] | None = None,
) -> MappedTable:
    frame = pl.DataFrame(rows, schema=dict.fromkeys(rows, pl.String))
    used = {f.header for f in fields}
    raw = RawTable(
        path="a.csv",
        frame=frame,
        lines=pl.Series("line", lines or range(2, frame.height + 2), dtype=pl.UInt32),
        headers=frame.columns,
        rejected=pl.DataFrame(
            {"line": [n for n, _ in rejected], "reason": [r for _, r in rejected], "raw": ["x"] * len(rejected)},
            schema={"line": pl.UInt32, "reason": pl.String, "raw": pl.String},
        ),
    )
    return MappedTable(
        raw,
        source,
        "generic",
        object,
        entities,  # type: ignore[arg-type]
        tuple(fields),
        unmapped=tuple(c for c in frame.columns if c not in used),
        quirks=quirks,
    )


def check(tables: Tables, physical: int) -> None:
    """What always holds: schemas, order, and the row balance."""
    for name, schema in SCHEMAS.items():
        assert dict(tables[name].schema) == dict(schema), name
    assert tables.records.equals(tables.records.sort("source", "object", "record_id", "entity"))
    assert tables.ledger.height == physical
    assert tables.ledger["records"].sum() == tables.records.height + tables["orders"].height
    assert not tables.records.select("source", "object", "record_id", "entity").is_duplicated().any()


def test_a_person_with_everything() -> None:
    made = standardise(
        [
            table(
                {
                    "Id": ["7"],
                    "Nombre": ["MARÍA DEL CARMEN"],
                    "Apellidos": ["García López"],
                    "Correo": ["Maria@Gmail.com; otra@acme.mx"],
                    "Cel": ["044 55 4127-5638"],
                    "Baja": ["Sí"],
                    "Color": ["azul"],
                },
                [
                    FieldMapping("Id", "record_id"),
                    FieldMapping("Nombre", "given_name"),
                    FieldMapping("Apellidos", "family_name"),
                    FieldMapping("Correo", "email"),
                    FieldMapping("Cel", "phone", usage="mobile"),
                    FieldMapping("Baja", "consent", channel="email", purpose="commercial", denied=("si",)),
                ],
            )
        ],
        SETTINGS,
    )
    check(made, 1)
    record = made.records.row(0, named=True)
    assert (record["given_name"], record["family_name"]) == ("María del Carmen", "García López")
    assert (record["surname_1"], record["surname_2"]) == ("García", "López")
    assert (record["email"], record["phone"]) == ("maria@gmail.com", "+525541275638")
    points = made["contact_points"]
    assert points.filter(cp_type="email")["value_norm"].to_list() == ["maria@gmail.com", "otra@acme.mx"]
    assert points.filter(cp_type="phone")["value_raw"].to_list() == ["044 55 4127-5638"]
    assert made["consents"].select("channel", "status", "value_raw").row(0) == ("email", "withdrawn", "Sí")
    assert made["extras"].select("column", "raw").rows() == [("Color", "azul")]


def test_silence_is_never_consent() -> None:
    fields = [
        FieldMapping("Id", "record_id"),
        FieldMapping("No email", "consent", channel="email", purpose="commercial", denied=("true",)),
    ]
    made = standardise([table({"Id": ["1", "2", "3"], "No email": ["false", None, "true"]}, fields)], SETTINGS)
    assert dict(made["consents"].select("record_id", "status").iter_rows()) == {"1": "unknown", "3": "withdrawn"}


def test_a_lead_gives_a_person_and_its_company() -> None:
    made = standardise(
        [
            table(
                {
                    "Id": ["1", "2"],
                    "Name": ["Ana Ruiz", "Luis Gil"],
                    "Company": ["Aceros del Norte S.A. de C.V.", "n/a"],
                },
                [
                    FieldMapping("Id", "record_id"),
                    FieldMapping("Name", "full_name"),
                    FieldMapping("Company", "company_name"),
                ],
                entities=("person", "organisation"),
                object="lead",
            )
        ],
        SETTINGS,
    )
    check(made, 2)
    assert made.records.select("record_id", "entity").rows() == [
        ("1", "organisation"),
        ("1", "person"),
        ("2", "person"),
    ]
    link = made["relationships"].row(0, named=True)
    assert (link["rel_type"], link["entity"], link["to_entity"], link["to_record_key"]) == (
        "employed_by", "person", "organisation", "1",
    )  # fmt: skip


def test_repeated_ids_are_kept_apart_and_told() -> None:
    fields = [FieldMapping("Id", "record_id"), FieldMapping("Name", "full_name")]
    made = standardise([table({"Id": ["1", "1", "2"], "Name": ["Zoe Paz", "Ana Ruiz", "Eva Sol"]}, fields)], SETTINGS)
    check(made, 3)
    assert dict(made.records.select("record_id", "full_name").iter_rows()) == {
        "1": "Ana Ruiz", "1~2": "Zoe Paz", "2": "Eva Sol",
    }  # fmt: skip
    assert made.findings["rule_id"].to_list() == ["RECORD-DUPLICATE-ID"]


def test_a_made_id_never_takes_the_place_of_a_real_one() -> None:
    fields = [FieldMapping("Id", "record_id"), FieldMapping("Name", "full_name")]
    rows = {"Id": ["A", "A", "A~2"], "Name": ["Zoe Paz", "Ana Ruiz", "Eva Sol"]}
    made = standardise([table(rows, fields)], SETTINGS)
    check(made, 3)
    assert sorted(made.records["record_id"]) == ["A", "A~2", "A~~2"]


def test_h_and_m_are_hombre_and_mujer() -> None:
    fields = [FieldMapping("Id", "record_id"), FieldMapping("Name", "full_name"), FieldMapping("Sexo", "gender")]
    rows = {"Id": ["1", "2"], "Name": ["Luis Gil", "Eva Sol"], "Sexo": ["H", "M"]}
    assert standardise([table(rows, fields)], SETTINGS).records["gender"].to_list() == ["m", "f"]


def test_fifteen_and_eighteen_character_ids_are_one() -> None:
    contact = table(
        {"Id": ["0035f000005KHFA"], "AccountId": ["0015f000004ujsA"], "LastName": ["Paz"]},
        [
            FieldMapping("Id", "record_id"),
            FieldMapping("AccountId", "account_id", to_object="account"),
            FieldMapping("LastName", "family_name"),
        ],
        quirks=("salesforce_ids",),
    )
    made = standardise([contact], SETTINGS)
    assert len(made.records["record_key"][0]) == 18
    assert made.records["record_id"][0] == "0035f000005KHFA"
    assert len(made["relationships"]["to_record_key"][0]) == 18


def test_every_physical_row_has_a_fate() -> None:
    made = standardise(
        [
            table(
                {"Name": ["Ana Ruiz", None, None], "Note": ["x", None, "only a note"]},
                [FieldMapping("Name", "full_name")],
                rejected=((9, "too_many_cells"),),
            )
        ],
        SETTINGS,
    )
    check(made, 4)
    fates = made.ledger.select("line", "disposition", "reason").rows()
    assert fates == [
        (2, "mapped", None),
        (3, "quarantined", "empty_row"),
        (4, "quarantined", "no_party"),
        (9, "unreadable", "too_many_cells"),
    ]


NAMES = st.sampled_from(["Ana Ruiz", "ANA RUIZ", "García, Luis", "Aceros S.A.", "", None, "x", "Dr. Juan Pérez Gil"])
MAILS = st.sampled_from(["a@b.mx", "A@B.mx ", "no@no.com", "roto", None, "a@b.mx; c@d.es"])
IDS = st.sampled_from(["1", "2", "3", None])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(IDS, NAMES, MAILS), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_only_locators(rows: list[tuple[str | None, ...]], random: object) -> None:
    fields = [
        FieldMapping("Id", "record_id"),
        FieldMapping("Name", "full_name"),
        FieldMapping("Mail", "email"),
    ]

    def make(order: list[tuple[str | None, ...]]) -> Tables:
        columns = dict(zip(("Id", "Name", "Mail"), map(list, zip(*order, strict=True)), strict=True))
        return standardise([table(columns, fields, entities=("person", "organisation"), object="customer")], SETTINGS)

    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, two = make(rows), make(shuffled)
    check(one, len(rows))
    for name in SCHEMAS:
        locators = [c for c in ("file", "sheet", "line") if c in one[name].columns]
        assert one[name].drop(locators).equals(two[name].drop(locators)), name
