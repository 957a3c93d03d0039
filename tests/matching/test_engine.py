"""What matching promises: the same result for the same data, and nobody merged who must not be."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from crmq.matching import MatchSettings, match, persistence, scoring
from crmq.matching import features as features_of
from crmq.matching.model import Fitting, probability
from crmq.model.matches import CLUSTERS, PAIRS, Matches
from crmq.model.tables import Tables
from crmq.progress import Silent


def ids(matches: Matches, column: str = "merge_id") -> dict[str, str]:
    return dict(zip(matches.clusters["record_id"], matches.clusters[column], strict=True))


def partition(matches: Matches, column: str, names: dict[str, str] | None = None) -> set[frozenset[str]]:
    groups: dict[str, set[str]] = {}
    for record, group in ids(matches, column).items():
        groups.setdefault(group, set()).add(names[record] if names else record)
    return {frozenset(group) for group in groups.values()}


def precision_recall(matches: Matches, rows: list[dict[str, Any]], column: str) -> tuple[float, float]:
    truth = {row["id"]: row["truth"] for row in rows}
    found = ids(matches, column)
    names = sorted(truth)
    together = [(a, b) for n, a in enumerate(names) for b in names[n + 1 :] if found[a] == found[b]]
    right = sum(truth[a] == truth[b] for a, b in together)
    wanted = sum(truth[a] == truth[b] for n, a in enumerate(names) for b in names[n + 1 :])
    return right / max(len(together), 1), right / wanted


@pytest.fixture(scope="module")
def rows(population: Callable[[int, int], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return population(300, 7)


@pytest.fixture(scope="module")
def found(rows: list[dict[str, Any]], make_tables: Callable[..., Tables]) -> Matches:
    return match(make_tables(rows))


def test_finds_the_duplicates_of_a_population(found: Matches, rows: list[dict[str, Any]]) -> None:
    precision, recall = precision_recall(found, rows, "cluster_id")
    assert precision > 0.98
    assert recall > 0.95
    precision, recall = precision_recall(found, rows, "merge_id")
    assert precision > 0.99
    assert recall > 0.7


def test_every_record_has_one_cluster_row_and_merges_lie_inside_clusters(
    found: Matches, rows: list[dict[str, Any]]
) -> None:
    assert sorted(found.clusters["record_id"]) == sorted(row["id"] for row in rows)
    assert dict(found.clusters.schema) == CLUSTERS
    assert dict(found.pairs.schema) == PAIRS
    assert found.clusters.group_by("merge_id").agg(pl.col("cluster_id").n_unique())["cluster_id"].max() == 1


def test_shuffled_rows_and_threads_change_nothing(
    found: Matches, rows: list[dict[str, Any]], make_tables: Callable[..., Tables]
) -> None:
    shuffled = list(rows)
    random.Random(3).shuffle(shuffled)
    again = match(make_tables(shuffled), MatchSettings(threads=1))
    assert_frame_equal(again.clusters, found.clusters)
    assert_frame_equal(again.pairs, found.pairs)
    assert json.dumps(again.model) == json.dumps(found.model)
    assert json.dumps(again.diagnostics) == json.dumps(found.diagnostics)


def test_ids_are_no_evidence(found: Matches, rows: list[dict[str, Any]], make_tables: Callable[..., Tables]) -> None:
    rng = random.Random(11)
    names = {f"{rng.getrandbits(64):016x}": row["id"] for row in rows}
    renamed = [dict(row, id=new) for row, new in zip(rows, names, strict=True)]
    again = match(make_tables(renamed))
    for column in ("cluster_id", "merge_id"):
        assert partition(again, column, names) == partition(found, column)


def test_a_stored_model_gives_the_printed_probability(
    found: Matches, rows: list[dict[str, Any]], make_tables: Callable[..., Tables]
) -> None:
    features = features_of.build(make_tables(rows), "person", MatchSettings())
    model = persistence.from_dict(features, json.loads(json.dumps(found.model["person"])))
    sample = found.pairs.sample(60, seed=1)
    for pair in sample.iter_rows(named=True):
        places = [
            scoring.place_of(features, pair[f"source_{s}"], pair[f"object_{s}"], pair[f"record_id_{s}"]) for s in "ab"
        ]
        scored = scoring.score_pairs(features, places[0], places[1], model)
        assert scored.probability == pair["probability"]
        parts = scored.prior_bits + scored.source_bits + sum(f.weight for f in scored.fields) - scored.rival_bits
        assert parts == pytest.approx(scored.weight, abs=1e-9)


def test_pruning_loses_no_pair_that_reaches_the_floor(
    rows: list[dict[str, Any]], make_tables: Callable[..., Tables]
) -> None:
    features = features_of.build(make_tables(rows), "person", MatchSettings())
    fitting = Fitting(features, 1, Silent())
    model, pairs, _groups = fitting.run(0.5)
    plain = pairs.weight - np.where(
        features.source[pairs.first] == features.source[pairs.second], model.same_source, model.other_source
    )
    kept = set(
        zip(*(s.tolist() for s in fitting.blocking.promising(features.scheme, model.weights, 0.0)[:2]), strict=True)
    )
    wanted = {(int(a), int(b)) for a, b, w in zip(pairs.first, pairs.second, plain, strict=True) if w >= 0.0}
    assert len(wanted) > 100
    assert wanted <= kept
    assert len(kept) < len(pairs) / 2


def test_a_sampled_fit_groups_as_the_full_one(
    found: Matches, rows: list[dict[str, Any]], make_tables: Callable[..., Tables], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crmq.matching.model.FULL_PAIRS", 1000)
    monkeypatch.setattr("crmq.matching.model.SAMPLE_PAIRS", 30_000)
    sampled = match(make_tables(rows))
    assert sampled.diagnostics["person"]["sampled_one_in"] > 1
    precision, recall = precision_recall(sampled, rows, "cluster_id")
    assert precision > 0.97
    assert recall > 0.93


MUST_NOT_MERGE = {
    "father and son": [
        {"given_name": "ramon", "family_name": "quiroga paz", "birth_date": "1951-03-02", "phone": "+34611000001",
         "street": "calle goya", "house_number": "7", "postal_code": "28011", "city": "madrid"},
        {"given_name": "ramon", "family_name": "quiroga paz", "birth_date": "1983-11-24", "phone": "+34611000001",
         "street": "calle goya", "house_number": "7", "postal_code": "28011", "city": "madrid"},
    ],
    "twins": [
        {"given_name": "laura", "family_name": "tejedor vidal", "birth_date": "1990-05-06", "phone": "+34611000002",
         "street": "calle real", "house_number": "3", "postal_code": "41003", "city": "sevilla"},
        {"given_name": "marta", "family_name": "tejedor vidal", "birth_date": "1990-05-06", "phone": "+34611000002",
         "street": "calle real", "house_number": "3", "postal_code": "41003", "city": "sevilla"},
    ],
    "homonyms with equal name and town": [
        {"given_name": "carlos", "family_name": "bustamante", "city": "bilbao"},
        {"given_name": "carlos", "family_name": "bustamante", "city": "bilbao"},
    ],
    "colleagues behind one mailbox": [
        {"given_name": "pablo", "family_name": "arrieta", "email": "ventas@acme.example", "phone": "+34911000003"},
        {"given_name": "elena", "family_name": "zubiri", "email": "ventas@acme.example", "phone": "+34911000003"},
    ],
    "junior and senior": [
        {"given_name": "luis", "family_name": "ferrer mora", "name_suffix": "sr", "phone": "+34611000004",
         "email": "ferrer@mora.example", "street": "calle luna", "house_number": "1", "postal_code": "46001"},
        {"given_name": "luis", "family_name": "ferrer mora", "name_suffix": "jr", "phone": "+34611000004",
         "email": "ferrer@mora.example", "street": "calle luna", "house_number": "1", "postal_code": "46001"},
    ],
    "brothers with compound names": [
        {"given_name": "jose luis", "family_name": "luna rosales", "birth_date": "1986-08-16", "phone": "+34611000005",
         "street": "calle prado", "house_number": "52", "postal_code": "28014", "city": "madrid"},
        {"given_name": "jose manuel", "family_name": "luna rosales", "birth_date": "1986-08-16",
         "phone": "+34611000005", "street": "calle prado", "house_number": "52", "postal_code": "28014",
         "city": "madrid"},
    ],
    "mailboxes that differ by a number": [
        {"given_name": "jorge", "family_name": "belmonte", "email": "jorgebelmonte@mail.example"},
        {"given_name": "jorge", "family_name": "belmonte", "email": "jorgebelmonte2@mail.example"},
    ],
    "one name and roof, other mailboxes and lines": [
        {"given_name": "rosa", "family_name": "calderon", "email": "rosa79@mail.example", "phone": "+34611000006",
         "street": "calle colon", "house_number": "13", "postal_code": "41001", "city": "sevilla"},
        {"given_name": "rosa", "family_name": "calderon", "email": "rc1955@post.example", "phone": "+34644555888",
         "street": "calle colon", "house_number": "13", "postal_code": "41001", "city": "sevilla"},
    ],
    "two different valid tax ids": [
        {"given_name": "ana", "family_name": "requena soto", "email": "ana@soto.example", "tax_ids": ["12345678Z"]},
        {"given_name": "ana", "family_name": "requena soto", "email": "ana@soto.example", "tax_ids": ["87654321X"]},
    ],
}  # fmt: skip


@pytest.mark.parametrize("case", MUST_NOT_MERGE)
def test_who_must_not_merge_is_not_merged(
    case: str, rows: list[dict[str, Any]], make_tables: Callable[..., Tables]
) -> None:
    pair = [
        dict(row, id=f"case{n}", source=source, birth_date_verdict="valid")
        for n, (row, source) in enumerate(zip(MUST_NOT_MERGE[case], ("north", "south"), strict=True))
    ]
    merged = ids(match(make_tables([*rows, *pair])))
    assert merged["case0"] != merged["case1"]


def test_the_same_person_with_that_much_in_common_is_merged(
    rows: list[dict[str, Any]], make_tables: Callable[..., Tables]
) -> None:
    twin = MUST_NOT_MERGE["twins"][0]
    pair = [dict(twin, id=f"case{n}", source=s, birth_date_verdict="valid") for n, s in enumerate(("north", "south"))]
    merged = ids(match(make_tables([*rows, *pair])))
    assert merged["case0"] == merged["case1"]


def test_strangers_are_not_chained(rows: list[dict[str, Any]], make_tables: Callable[..., Tables]) -> None:
    chain = [
        {"given_name": "hector", "family_name": "belmonte", "email": "hector@chain.example", "phone": "+34622000001"},
        {"given_name": "ines", "family_name": "cuesta", "email": "office@chain.example", "phone": "+34622000001"},
        {"given_name": "oscar", "family_name": "dorado", "email": "office@chain.example", "phone": "+34655111222"},
        {"given_name": "rosa", "family_name": "egea", "email": "rosa.egea@chain.example", "phone": "+34655111222"},
    ]
    linked = [dict(row, id=f"chain{n}") for n, row in enumerate(chain)]
    found = match(make_tables([*rows, *linked]))
    assert len({ids(found)[f"chain{n}"] for n in range(4)}) == 4
    assert len({ids(found, "cluster_id")[f"chain{n}"] for n in range(4)}) >= 3


def test_any_of_several_phones_counts(rows: list[dict[str, Any]], make_tables: Callable[..., Tables]) -> None:
    base = {
        "given_name": "adela",
        "family_name": "villanueva",
        "birth_date": "1977-07-09",
        "birth_date_verdict": "valid",
    }
    pair = [
        dict(base, id="case0", source="north", phones=["+34633000001", "+34633000002"]),
        dict(base, id="case1", source="south", phones=["+34633000003", "+34633000002"]),
    ]
    found = match(make_tables([*rows, *pair]))
    merged = ids(found)
    assert merged["case0"] == merged["case1"]
    row = found.pairs.filter((pl.col("record_id_a") == "case0") & (pl.col("record_id_b") == "case1"))
    assert "phone" in row["reasons"].item()


def test_traders_and_their_company_are_two_parties(
    make_tables: Callable[..., Tables], rows: list[dict[str, Any]]
) -> None:
    trader = {"id": "t1", "object": "lead", "email": "taller@ruiz.example", "phone": "+34644000001"}
    both = [
        dict(trader, entity="person", given_name="pedro", family_name="ruiz"),
        dict(trader, entity="organisation", org_name="Pedro Ruiz", org_core="Pedro Ruiz"),
    ]
    clusters = match(make_tables([*rows, *both])).clusters.filter(pl.col("record_id") == "t1")
    assert clusters["cluster_id"].n_unique() == 2


def companies() -> list[dict[str, Any]]:
    rng = random.Random(5)
    words = ["acero", "norte", "sol", "lumen", "delta", "andes", "pacific", "rio", "verde", "global", "nova", "terra"]
    found: list[dict[str, Any]] = []
    for n in range(120):
        name = " ".join(rng.sample(words, 2)) + f" {rng.choice(['logistica', 'foods', 'textil', 'motor'])}"
        base = {"entity": "organisation", "object": "account", "org_name": name, "org_core": name,
                "website_domain": f"{name.replace(' ', '')}{n}.example", "phone": f"+3491{n:07}",
                "street": "calle mayor", "house_number": str(n + 1), "postal_code": f"28{n % 50:03}",
                "city": "madrid"}  # fmt: skip
        found.append(dict(base, id=f"o{n}", source="north", truth=n))
        if n % 2:
            found.append(dict(base, id=f"p{n}", source="south", org_core=name + " sl", street=None, truth=n))
    return found


def test_organisations_match_without_their_legal_form(make_tables: Callable[..., Tables]) -> None:
    rows = companies()
    found = match(make_tables(rows))
    precision, recall = precision_recall(found, rows, "merge_id")
    assert precision == 1.0
    assert recall > 0.9


def test_branches_with_their_own_tax_id_are_not_merged(make_tables: Callable[..., Tables]) -> None:
    branch = {"entity": "organisation", "object": "account", "org_name": "Banco Austral", "org_core": "Banco Austral",
              "website_domain": "austral.example", "phone": "+34915550000"}  # fmt: skip
    pair = [
        dict(branch, id="b0", source="north", tax_ids=["A58818501"]),
        dict(branch, id="b1", source="south", tax_ids=["B64717838"]),
    ]
    merged = ids(match(make_tables([*companies(), *pair])))
    assert merged["b0"] != merged["b1"]


def test_branches_in_other_towns_are_not_merged(make_tables: Callable[..., Tables]) -> None:
    shared = {"entity": "organisation", "object": "account", "org_name": "Banco Austral", "org_core": "Banco Austral",
              "website_domain": "austral.example", "email": "info@austral.example"}  # fmt: skip
    pair = [
        dict(
            shared, id="b0", source="north", city="bilbao", street="calle 93", house_number="45", phone="+34944440000"
        ),
        dict(shared, id="b1", source="south", city="malaga", street="calle 19", house_number="7", phone="+34952220000"),
    ]
    found = match(make_tables([*companies(), *pair]))
    assert ids(found)["b0"] != ids(found)["b1"]
    row = found.pairs.filter((pl.col("record_id_a") == "b0") & (pl.col("record_id_b") == "b1"))
    assert "places contradict" in row["reasons"].item()


def test_the_stronger_of_two_overwhelming_links_joins_first(make_tables: Callable[..., Tables]) -> None:
    """Two of one name and birth date; the third record, cut short, belongs to the one whose mailbox it has."""
    name = {"family_name": "marin valencia", "birth_date": "2003-08-19", "birth_date_verdict": "valid"}
    shared = {"phone": "+34911110000", "city": "madrid"}
    some = [
        {**name, **shared, "given_name": "maria jose", "email": "mj.marin@mail.example"},
        {**name, **shared, "given_name": "maria fernanda", "email": "mafe03@mail.example"},
        {**name, **shared, "given_name": "maria", "email": "mafe03@mail.example"},
    ]
    for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
        rows = [dict(some[n], id=f"m{n}") for n in order]
        merged = ids(match(make_tables([*population_of_strangers(), *rows])))
        assert merged["m0"] != merged["m1"] == merged["m2"]


def population_of_strangers() -> list[dict[str, Any]]:
    """Return persons with nothing in common, so that frequencies can be told."""
    return [
        {"id": f"s{n}", "given_name": f"{'abcdefghij'[n % 10]}na", "family_name": f"gar{n:03}", "truth": n,
         "email": f"x{n}@mail.example", "phone": f"+3460000{n:04}", "city": "madrid",
         "birth_date": f"19{50 + n % 50}-0{1 + n % 9}-1{n % 9}", "birth_date_verdict": "valid"}
        for n in range(200)
    ]  # fmt: skip


def test_declared_survivors_are_followed(rows: list[dict[str, Any]], make_tables: Callable[..., Tables]) -> None:
    declared = [
        {"id": "old", "source": "north", "given_name": "nuria", "family_name": "pastor", "master_key": "new"},
        {"id": "new", "source": "north", "given_name": "n", "family_name": "zamora"},
        {"id": "gone1", "source": "north", "given_name": "iker", "family_name": "abad", "master_key": "absent"},
        {"id": "gone2", "source": "north", "given_name": "uxia", "family_name": "seoane", "master_key": "absent"},
        {"id": "alien", "source": "south", "given_name": "noa", "family_name": "cid", "master_key": "new"},
    ]
    found = match(make_tables([*rows, *declared]))
    merged = ids(found)
    assert merged["old"] == merged["new"]
    assert merged["gone1"] == merged["gone2"]
    # a key of another source is another record
    assert merged["alien"] != merged["new"]
    deciders = dict(zip(found.clusters["record_id"], found.clusters["decided_by"], strict=True))
    assert deciders["old"] == deciders["new"] == "declared"


def test_converted_leads_lead_to_their_contact(rows: list[dict[str, Any]], make_tables: Callable[..., Tables]) -> None:
    pair = [
        {"id": "lead1", "object": "lead", "source": "north", "given_name": "gala", "family_name": "otero"},
        {"id": "con1", "object": "contact", "source": "north", "given_name": "g", "family_name": "otero diaz"},
    ]
    link = {"source": "north", "object": "lead", "record_id": "lead1", "entity": "person", "rel_type": "converted_to",
            "to_object": "contact", "to_record_key": "con1", "to_entity": "person"}  # fmt: skip
    merged = ids(match(make_tables([*rows, *pair], [link])))
    assert merged["lead1"] == merged["con1"]


def decision(a: dict[str, Any], b: dict[str, Any], said: str) -> dict[str, str]:
    sides = {"a": a, "b": b}
    keys = {f"{name}_{s}": row.get(column, "contact") for s, row in sides.items()
            for name, column in (("source", "source"), ("object", "object"), ("record_id", "id"))}  # fmt: skip
    return {**keys, "decision": said}


def test_stewards_have_the_last_word(
    found: Matches, rows: list[dict[str, Any]], make_tables: Callable[..., Tables]
) -> None:
    by_id = {row["id"]: row for row in rows}
    merged = found.pairs.filter(pl.col("decision") == "merge").row(0, named=True)
    apart = [by_id[merged["record_id_a"]], by_id[merged["record_id_b"]]]
    strangers = [rows[0], next(row for row in rows if row["truth"] != rows[0]["truth"])]
    decisions = pl.DataFrame([decision(*apart, "different"), decision(*strangers, "same")])
    again = match(make_tables(rows), MatchSettings(decisions=decisions))
    for column in ("cluster_id", "merge_id"):
        groups = ids(again, column)
        assert groups[apart[0]["id"]] != groups[apart[1]["id"]]
        assert groups[strangers[0]["id"]] == groups[strangers[1]["id"]]
    assert set(again.pairs.filter(pl.col("decided_by") == "steward")["decision"]) == {"merge", "no"}


@pytest.mark.parametrize("count", [0, 1, 2])
def test_hardly_any_records(count: int, rows: list[dict[str, Any]], make_tables: Callable[..., Tables]) -> None:
    few = [replace_truth(row) for row in rows[:count]]
    found = match(make_tables(few))
    assert len(found.clusters) == count
    assert dict(found.clusters.schema) == CLUSTERS


def replace_truth(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "truth"}


def test_records_without_anything_to_compare(make_tables: Callable[..., Tables]) -> None:
    found = match(make_tables([{"id": "a"}, {"id": "b"}]))
    assert found.clusters["cluster_id"].n_unique() == 2
    assert found.diagnostics["person"]["warnings"] == [{"code": "nothing_to_compare"}]


def test_a_common_name_does_not_blow_up_the_candidates(make_tables: Callable[..., Tables]) -> None:
    rng = random.Random(2)
    crowd = [
        {"id": str(n), "given_name": "maria", "family_name": "garcia", "city": "madrid",
         "phone": f"+346{rng.randint(10**7, 10**8 - 1)}"}
        for n in range(4000)
    ]  # fmt: skip
    found = match(make_tables(crowd))
    facts = found.diagnostics["person"]
    assert facts["candidate_pairs"] < 100 * len(crowd)
    assert any(warning["code"] == "giant_block" for warning in facts["warnings"])
    assert found.clusters["merge_id"].n_unique() > 3900


def test_repeated_rows_of_one_person_are_one_party(
    rows: list[dict[str, Any]], make_tables: Callable[..., Tables]
) -> None:
    events = [
        {"id": f"e{n}", "source": "events", "given_name": "amaia", "family_name": "echeve", "birth_date": "1969-01-31",
         "birth_date_verdict": "valid", "email": "amaia@eche.example"}
        for n in range(500)
    ]  # fmt: skip
    found = match(make_tables([*rows, *events]))
    merged = ids(found)
    assert len({merged[f"e{n}"] for n in range(500)}) == 1
    assert found.diagnostics["person"]["repeated_records"] >= 499


def test_expected_precision_of_merges_reaches_the_target(found: Matches) -> None:
    facts = found.diagnostics["person"]["expected"]["merge"]
    assert facts["precision"] >= MatchSettings().target_precision
    assert 0 <= facts["recall"] <= 1


def test_probabilities_are_those_of_the_weights(found: Matches) -> None:
    model = found.pairs.filter(pl.col("decided_by") == "model")
    assert np.allclose(probability(model["match_weight"].to_numpy()), model["probability"].to_numpy(), atol=2e-4)


def test_several_equal_values_weigh_as_the_stored_model_says(
    rows: list[dict[str, Any]], make_tables: Callable[..., Tables]
) -> None:
    """The rarest of several equal values counts, by the final frequencies and not by those of the first pass."""
    common, rare = "+34911000000", "+34622999888"
    shared = [
        dict(row, phones=[common, row["phone"]]) if n % 2 and row.get("phone") else row for n, row in enumerate(rows)
    ]
    twins = [
        {"id": f"two{n}", "given_name": "clara", "family_name": "montes", "phones": [common, rare]} for n in range(2)
    ]
    tables = make_tables([*shared, *twins])
    found = match(tables)
    features = features_of.build(tables, "person", MatchSettings())
    model = persistence.from_dict(features, found.model["person"])
    assert found.pairs.filter(pl.col("record_id_a") == "two0").height == 1
    for pair in found.pairs.iter_rows(named=True):
        places = [
            scoring.place_of(features, pair[f"source_{s}"], pair[f"object_{s}"], pair[f"record_id_{s}"]) for s in "ab"
        ]
        assert scoring.score_pairs(features, places[0], places[1], model).probability == pair["probability"]
