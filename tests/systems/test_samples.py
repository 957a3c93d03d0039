"""Every sample export goes through read, map and standardise as its expectation file says (samples/README.md)."""

from __future__ import annotations

import datetime as dt
import json
import random
from functools import cache
from pathlib import Path

import polars as pl
import pytest
import yaml

from crmq.connectors import catalogue, inputs
from crmq.mapping import MappingSettings, map_tables
from crmq.model.facts import TABLE_OF
from crmq.model.raw import RawTable
from crmq.standardise import StandardiseSettings, standardise
from crmq.values import date, text

SAMPLES = Path(__file__).with_name("samples")
SUFFIX = ".expected.yaml"
EXPECTED = sorted(path.relative_to(SAMPLES).as_posix()[: -len(SUFFIX)] for path in SAMPLES.rglob(f"*{SUFFIX}"))
AS_OF = dt.date(2026, 9, 1)
KEYS = {
    "evidence", "system", "object", "model", "beside", "zone", "ids", "fields", "unknown", "metadata", "dates",
    "answers", "records", "relations", "consents", "identifiers", "points", "orders", "excluded", "country",
    "otherwise", "facts",
}  # fmt: skip


def expectation(name):
    path = SAMPLES / f"{name}{SUFFIX}"
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@cache
def went_through(name):
    """Read, map and standardise a sample, with those that its expectation wants beside it."""
    wanted = expectation(name)
    paths = [SAMPLES / name, *((SAMPLES / name).parent / other for other in wanted.get("beside", ()))]
    raws = inputs.read([str(p) for p in paths]).tables
    result = map_tables(raws, MappingSettings(country=wanted.get("country")))
    tables = standardise(result.tables, StandardiseSettings(country=wanted.get("country"), as_of=AS_OF))
    mine = [p for p in result.proposals if p.plan.raw.path == str(SAMPLES / name)]
    pieces = [t for t in result.tables if t.raw.path == str(SAMPLES / name)]
    assert len(mine) == 1, "a sample holds one table"
    return mine[0], pieces, tables


@pytest.fixture(params=EXPECTED)
def sample(request):
    return request.param, expectation(request.param)


def test_every_file_has_its_expectation():
    files = {p.relative_to(SAMPLES).as_posix() for p in SAMPLES.rglob("*") if p.is_file()}
    alone = {f for f in files if not f.endswith(SUFFIX) and f != "README.md"} - set(EXPECTED)
    assert not alone


def test_every_object_that_can_be_recognised_has_a_sample():
    have = {(w["system"], w["object"]) for w in map(expectation, EXPECTED)}
    for system in catalogue.systems().values():
        known = {(system.name, name) for name, obj in system.objects.items() if obj.spec.fingerprints}
        assert known <= have, known - have


def test_expectations_use_known_words(sample):
    name, wanted = sample
    assert set(wanted) <= KEYS
    assert {"evidence", "system", "object", "model"} <= set(wanted)
    assert name.split("/")[0] == wanted["system"]


def test_is_recognised(sample):
    name, wanted = sample
    proposal, pieces, _tables = went_through(name)
    plan = proposal.plan
    assert (plan.system, plan.parts[0].vendor_object, plan.parts[0].object) == (
        wanted["system"], wanted["object"], wanted["model"],
    )  # fmt: skip
    assert plan.confidence >= 0.7, plan.evidence
    assert pieces[0].timezone == wanted.get("zone")


def described(mapping):
    if mapping.field == "consent":
        words = ["consent", mapping.channel, mapping.purpose, mapping.subscription]
        return " ".join(w for w in words if w)
    usage = f"/{mapping.usage}" if mapping.usage else ""
    slot = f"#{mapping.slot}" if mapping.slot > 1 else ""
    target = f" -> {mapping.to_object}" if mapping.to_object else ""
    return f"{mapping.field}{usage}{slot}{target}"


def test_columns_feed_the_right_fields(sample):
    name, wanted = sample
    proposal, pieces, _tables = went_through(name)
    made: dict[str, set[str]] = {}
    for piece in pieces:
        for mapping in piece.fields:
            made.setdefault(mapping.header, set()).add(described(mapping))
    assert {header: " | ".join(sorted(fed)) for header, fed in made.items()} == wanted["fields"]
    for piece in pieces:
        assert {m.header for m in piece.fields} | set(piece.unmapped) == set(piece.raw.frame.columns)
        assert set(proposal.plan.raw.frame.columns) <= set(piece.raw.frame.columns)


def test_what_the_system_does_not_know_is_told(sample):
    name, wanted = sample
    proposal, _pieces, _tables = went_through(name)
    system = catalogue.system(wanted["system"])
    obj = system.objects[wanted["object"]]
    columns = proposal.plan.parts[0].columns
    read = proposal.plan.raw.frame.columns
    assert [h for h in read if system.find(obj, h) is None] == wanted.get("unknown", [])
    assert all(columns[h].reason for h in columns), "every column says why it is where it is"
    assert [h for h, c in columns.items() if c.state == "metadata"] == wanted.get("metadata", [])


def test_ids(sample):
    name, wanted = sample
    _proposal, pieces, _tables = went_through(name)
    found = {}
    for piece in pieces:
        for mapping in piece.mapped_to("record_id"):
            cells = piece.raw.frame[mapping.header].to_list()
            found.update(zip(piece.raw.lines.to_list(), cells, strict=True))
    assert [found[line] for line in sorted(found)] == wanted.get("ids", [])


def moment(text):
    return dt.datetime.fromisoformat(text.replace("Z", "+00:00")) if isinstance(text, str) else text


def test_dates_are_in_utc(sample):
    name, wanted = sample
    _proposal, pieces, _tables = went_through(name)
    for header, expected in wanted.get("dates", {}).items():
        found = {}
        for piece in pieces:
            raw = piece.raw.frame[header]
            judged = date.timestamps(raw, piece.timezone or "UTC", piece.date_order, as_of=AS_OF)["value"]
            found.update(zip(piece.raw.lines.to_list(), judged.to_list(), strict=True))
        assert [found[line] for line in sorted(found)] == [moment(v) for v in expected], header


def test_consent_polarity(sample):
    name, wanted = sample
    _proposal, pieces, _tables = went_through(name)
    for header, expected in wanted.get("answers", {}).items():
        found = {}
        for piece in pieces:
            for mapping in piece.fields:
                if mapping.header == header:
                    assert mapping.field == "consent"
                    said = [_answer(mapping, cell) for cell in piece.raw.frame[header]]
                    found.update(zip(piece.raw.lines.to_list(), said, strict=True))
        assert [found.get(line) for line in sorted(found)] == expected, header


def _answer(mapping, cell):
    value = _folded(cell)
    if value in {_folded(v) for v in mapping.denied}:
        return "no"
    return "yes" if value in {_folded(v) for v in mapping.granted} else "unknown"


def _folded(value):
    return pl.DataFrame({"v": [value]}, schema={"v": pl.String}).select(text.words(pl.col("v")))["v"][0]


def rows_of(frame, pieces, key, *, kind=True):
    """Return the rows of a table that a record (``id`` or ``id/person``) gave."""
    record, _slash, entity = str(key).rpartition("/") if kind and str(key).endswith(_KINDS) else (str(key), "", "")
    mine = (pl.col("record_id") == record) & pl.col("object").is_in(sorted({p.object for p in pieces}))
    mine &= pl.col("source") == pieces[0].source
    return frame.filter(mine & (pl.col("entity") == entity) if entity else mine)


_KINDS = ("/person", "/organisation")


def test_records(sample):
    name, wanted = sample
    _proposal, pieces, tables = went_through(name)
    for key, expected in (wanted.get("records") or {}).items():
        rows = rows_of(tables.records, pieces, key)
        assert rows.height == 1, key
        row = rows.row(0, named=True)
        times = {n: moment(v) if isinstance(row[n], dt.datetime) else v for n, v in expected.items()}
        assert {n: row[n] for n in expected} == times, key


CHILDREN = {
    "relations": ("relationships", ["rel_type", "to_object", "to_record_key", "to_name"]),
    "consents": ("consents", ["channel", "purpose", "subscription", "status"]),
    "identifiers": ("identifiers", ["id_kind", "scheme", "value_norm"]),
    "points": ("contact_points", ["cp_type", "usage", "value_norm"]),
}


@pytest.mark.parametrize("part", CHILDREN)
def test_what_belongs_to_records(sample, part):
    name, wanted = sample
    _proposal, pieces, tables = went_through(name)
    table, columns = CHILDREN[part]
    for key, expected in (wanted.get(part) or {}).items():
        rows = [list(r) for r in rows_of(tables[table], pieces, key).select(columns).iter_rows()]
        open_ = [[x if e != "*" else "*" for x, e in zip(r, w, strict=True)] for r, w in _paired(rows, expected)]
        rows = open_ if len(rows) == len(expected) else rows
        assert sorted(rows, key=str) == sorted(expected, key=str), key


def _paired(rows, expected):
    """Pair rows with what is expected of them: ``*`` fits any value."""
    left = list(rows)
    for wanted in expected:
        fit = next((r for r in left if all(e in ("*", x) for x, e in zip(r, wanted, strict=True))), None)
        if fit is None:
            fit = left[0] if left else [None] * len(wanted)
        if fit in left:
            left.remove(fit)
        yield fit, wanted


def test_orders(sample):
    name, wanted = sample
    _proposal, pieces, tables = went_through(name)
    for key, expected in (wanted.get("orders") or {}).items():
        rows = rows_of(tables["orders"].with_columns(entity=pl.lit("")), pieces, key, kind=False)
        assert rows.height == 1, key
        row = rows.row(0, named=True)
        times = {n: moment(v) if isinstance(row[n], dt.datetime) else v for n, v in expected.items()}
        assert {n: row[n] for n in expected} == times, key


def test_facts(sample):
    """Rows of facts come out in the table of their object, with their references and with times in UTC."""
    name, wanted = sample
    _proposal, pieces, tables = went_through(name)
    table = TABLE_OF.get(wanted["model"])
    if table is None or wanted.get("orders"):
        assert "facts" not in wanted
        return
    frame = tables[table].filter(pl.col("file") == str(SAMPLES / name))
    excluded = len(wanted.get("excluded", []))
    assert frame["record_id"].n_unique() == sum(p.raw.frame.height for p in pieces) - excluded
    assert set(frame["object"]) <= {p.object for p in pieces}
    for key, expected in wanted["facts"].items():
        rows = frame.filter(pl.col("record_id") == str(key))
        assert rows.height, key
        row = rows.row(0, named=True)
        assert {n: row[n] for n in expected} == {
            n: moment(v) if isinstance(row[n], dt.datetime) else v for n, v in expected.items()
        }, key


def test_deleted_rows_are_left_out_with_a_reason(sample):
    name, wanted = sample
    _proposal, pieces, tables = went_through(name)
    left = tables.ledger.filter(pl.col("disposition") == "excluded", pl.col("file") == str(SAMPLES / name))
    assert left["reason"].null_count() == 0
    ids = set()
    for piece in pieces:
        for mapping in piece.mapped_to("record_id"):
            ids |= set(piece.raw.frame[mapping.header].gather(piece.excluded["row"]))
    assert ids == set(wanted.get("excluded", []))
    assert left.height == len(wanted.get("excluded", []))


# ------------------------------------------------------------------ header variants


def touched(raw, names=None, drop=(), add=()):
    """Return a raw table with renamed, dropped and added columns."""
    names = names or {}
    kept = [c for c in raw.frame.columns if c not in drop]
    frame = raw.frame.select(pl.col(c).alias(names.get(c, c)) for c in kept)
    frame = frame.with_columns(pl.lit("1", pl.String).alias(c) for c in add)
    return RawTable(raw.path, frame, raw.lines, frame.columns, raw.member, raw.sheet)


def shuffled(raw):
    order = random.Random(7).sample(raw.frame.columns, len(raw.frame.columns))
    return RawTable(raw.path, raw.frame.select(order), raw.lines, order, raw.member, raw.sheet)


VARIANTS = {
    "upper case": lambda raw: touched(raw, {c: c.upper() for c in raw.frame.columns}),
    "stray blanks": lambda raw: touched(raw, {c: f" {c} " for c in raw.frame.columns}),
    "another order": shuffled,
    "columns of its own": lambda raw: touched(raw, add=["Zona de reparto 7", "qx_interno"]),
}


def mapped(raw):
    return map_tables([raw], MappingSettings())


def nothing_dropped(result, raw):
    for piece in result.tables:
        assert {m.header for m in piece.fields} | set(piece.unmapped) == set(piece.raw.frame.columns)
        assert set(raw.frame.columns) <= set(piece.raw.frame.columns)
    assert all(c.reason for c in result.proposals[0].plan.parts[0].columns.values())


@pytest.mark.parametrize("variant", VARIANTS)
def test_header_variants_are_recognised(sample, variant):
    name, wanted = sample
    proposal, _pieces, _tables = went_through(name)
    raw = VARIANTS[variant](proposal.plan.raw)
    result = mapped(raw)
    plan = result.proposals[0].plan
    assert (plan.system, plan.parts[0].vendor_object) == (wanted["system"], wanted["object"]), plan.evidence
    nothing_dropped(result, raw)


def test_missing_and_renamed_columns_are_recognised_or_reported(sample):
    """Without or with another name for any one column: the same object, or a plain table that says so."""
    name, wanted = sample
    proposal, _pieces, _tables = went_through(name)
    raw, other = proposal.plan.raw, wanted.get("otherwise", {})
    for column in raw.frame.columns:
        for variant in (touched(raw, drop=[column]), touched(raw, {column: f"{column} quux 9"})):
            if not variant.frame.width:
                continue
            result = mapped(variant)
            plan = result.proposals[0].plan
            nothing_dropped(result, variant)
            if plan.system == "generic":
                assert plan.evidence, column
            else:
                assert plan.system == other.get(column, wanted["system"]), (column, plan.system)


def test_inspect_names_system_and_object(crmq):
    """The command line says of every sample what its expectation says."""
    done = crmq("inspect", SAMPLES, "--format", "json", "--quiet")
    assert done.returncode == 0, done.stderr
    found = {Path(t["path"]).relative_to(SAMPLES).as_posix(): t for t in json.loads(done.stdout)["tables"]}
    told = {name: (found[name]["system"], found[name]["object"]) for name in EXPECTED}
    assert told == {
        name: (w["system"], catalogue.system(w["system"]).objects[w["object"]].spec.title)
        for name in EXPECTED
        if (w := expectation(name))
    }
