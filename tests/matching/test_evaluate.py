from __future__ import annotations

import itertools
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmq.errors import UsageError
from crmq.matching import evaluate


def clusters(groups: list[str], merges: list[str] | None = None) -> pl.DataFrame:
    n = len(groups)
    return pl.DataFrame(
        {
            "source": ["s"] * n,
            "object": ["contact"] * n,
            "record_id": [str(i) for i in range(n)],
            "entity": ["person"] * n,
            "cluster_id": groups,
            "merge_id": merges or groups,
        }
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=14))
def test_pair_counts_are_those_of_listing_all_pairs(rows: list[tuple[int, int]]) -> None:
    truth = pl.DataFrame({"record_id": [str(i) for i in range(len(rows))], "entity_id": [str(t) for t, _ in rows]})
    result = evaluate.evaluate(clusters([str(c) for _, c in rows]), truth).cluster
    true = found = right = 0
    for (t1, c1), (t2, c2) in itertools.combinations(rows, 2):
        true, found, right = true + (t1 == t2), found + (c1 == c2), right + (t1 == t2 and c1 == c2)
    assert (result.true_pairs, result.found_pairs, result.right_pairs) == (true, found, right)


def test_records_missing_from_the_clusters_count_as_singletons() -> None:
    truth = pl.DataFrame({"record_id": ["0", "1", "9"], "entity_id": ["x", "x", "x"]})
    result = evaluate.evaluate(clusters(["a", "a"]), truth)
    assert result.missing == 1
    assert (result.cluster.true_pairs, result.cluster.right_pairs) == (3, 1)


def test_both_levels_are_scored() -> None:
    truth = pl.DataFrame({"record_id": ["0", "1"], "entity_id": ["x", "x"]})
    result = evaluate.evaluate(clusters(["a", "a"], ["m", "n"]), truth)
    assert (result.cluster.recall, result.merge.recall, result.merge.precision) == (1.0, 0.0, 1.0)


def test_ids_that_do_not_tell_records_apart_are_refused() -> None:
    twice = pl.concat([clusters(["a"]), clusters(["b"]).with_columns(source=pl.lit("t"))])
    with pytest.raises(UsageError, match="source"):
        evaluate.evaluate(twice, pl.DataFrame({"record_id": ["0"], "entity_id": ["x"]}))


def test_labelled_pairs(tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text("record_id_l,record_id_r,same\n0,1,1\n0,2,0\n2,3,1\n")
    result = evaluate.evaluate_pairs(clusters(["a", "a", "a", "b"]), evaluate.read_truth(path)).cluster
    assert (result.true_pairs, result.found_pairs, result.right_pairs) == (2, 2, 1)
