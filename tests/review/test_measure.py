"""Precision and recall from a random sample: the limits hold what they promise, and only fair labels count."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from crmq.cli.app import run as crmq_main
from crmq.matching.clerical.desk import Desk
from crmq.matching.clerical.measure import Counted, Interval, measured, recall, share, wilson
from crmq.matching.clerical.sampling import Stratum, allocation
from crmq.pipeline.review import Review

Truth = Callable[[tuple[str, ...]], str]


def test_wilson_as_published() -> None:
    """81 of 263, the example of R. Newcombe, Statistics in Medicine 17 (1998), 857-872, table I: 0.2553 to 0.3662."""
    found = wilson(Counted(10**12, 263, 81))
    assert (found.low, found.high) == (pytest.approx(0.2553, abs=1e-4), pytest.approx(0.3662, abs=1e-4))
    none = wilson(Counted(10**12, 29, 0))
    assert (none.low, none.high) == (0.0, pytest.approx(0.1170, abs=1e-4))


def test_one_stratum_is_wilson_and_a_census_has_no_doubt() -> None:
    one, alone = share([Counted(10**9, 50, 45)]), wilson(Counted(10**9, 50, 45))
    assert (one.low, one.high) == (pytest.approx(alone.low), pytest.approx(alone.high))
    census = share([Counted(40, 40, 30), Counted(60, 60, 60)])
    assert (census.low, census.value, census.high) == (pytest.approx(0.9),) * 3


STRATA = [
    Stratum("person", "merged", 1, 400, 0.98), Stratum("person", "merged", 2, 6000, 0.9999),
    Stratum("person", "together", 1, 250, 0.8), Stratum("person", "together", 2, 600, 0.99),
    Stratum("person", "apart", 0, 900, 0.1), Stratum("person", "apart", 2, 700, 0.75),
]  # fmt: skip
SCENES = [
    [0.9, 0.995, 0.2, 0.5, 0.01, 0.02], [0.95, 0.99, 0.4, 0.7, 0.05, 0.1], [1.0, 1.0, 0.5, 0.9, 0.0, 0.2],
    [0.8, 0.97, 0.3, 0.3, 0.0, 0.05],
]  # fmt: skip
"""Shares of true matches in the strata, most of them worse than the model expects."""


@pytest.mark.parametrize("size", [150, 400])
def test_the_limits_hold_the_truth_as_often_as_they_say(size: int) -> None:
    """On average over many truths; near 0 and 1 Wilson's limits hold less often at some points, and more at others."""
    dice = random.Random(11)
    given = allocation(STRATA, size)
    found = [_coverage(scene, given, dice) for scene in SCENES]
    assert min(min(one) for one in found) >= 0.86, found
    assert sum(map(sum, found)) / (3 * len(found)) >= 0.945, found


def _coverage(scene: list[float], given: list[int], dice: random.Random, rounds: int = 200) -> list[float]:
    """Return how often the limits of merge precision, merge recall and cluster recall hold the truth."""
    numbers = [round(s.population * p) for s, p in zip(STRATA, scene, strict=True)]
    true = [sum(numbers[:2]) / 6400, sum(numbers[:2]) / sum(numbers), sum(numbers[:4]) / sum(numbers)]
    hits = [0, 0, 0]
    for _round in range(rounds):
        labels = {}
        for stratum, right, n in zip(STRATA, numbers, given, strict=True):
            labels[stratum.name] = (n, sum(i < right for i in dice.sample(range(stratum.population), n)))
        found = measured(STRATA, labels)
        for i, interval in enumerate(
            (found.precision["merge_id"], found.recall["merge_id"], found.recall["cluster_id"])
        ):
            assert interval
            hits[i] += interval.low - 1e-9 <= true[i] <= interval.high + 1e-9
    return [hit / rounds for hit in hits]


def test_recall_without_a_miss_keeps_its_doubt() -> None:
    found = recall((1000, Interval(0.99, 0.97, 0.998)), (500, Interval(0.0, 0.0, 0.05)))
    assert found
    assert found.high == 1.0
    assert 0.95 < found.low < 0.98


def test_a_larger_sample_holds_the_smaller_one(review: Review) -> None:
    small, large = ({q.id for q in review.sample(size)} for size in (60, 110))
    assert len(small) == 60
    assert small < large
    assert [q.id for q in review.sample(60)] == [q.id for q in review.sample(60)]
    standings = {q.standing for q in review.sample(60)}
    assert standings == {"merged", "together", "apart"}


def labelled(review: Review, truth: Truth, size: int) -> Path:
    desk = Desk(review.sample(size), review.store, review.digest)
    for _question in desk.questions:
        desk.decide(truth(desk.question.key))
    return review.path


def test_labels_measure_the_run(review: Review, run: Path, home: Path, truth: Truth, capsys) -> None:
    labels = labelled(review, truth, 120)
    assert crmq_main(["evaluate", str(run), "--labels", str(labels), "--format", "json", "--quiet"]) == 0
    told = json.loads(capsys.readouterr().out)
    found = told["measured"]["person"]
    assert found["labels"] == 120
    assert told["expected_by_the_model"]["person"]["merge"]["precision"] > 0
    rows = [
        pl.read_csv(home / f"{name}.csv", infer_schema=False).select(
            source=pl.lit(name), record_id="id", entity_id="truth"
        )
        for name in ("north", "south")
    ]
    pl.concat(rows).write_csv(home / "truth.csv")
    assert crmq_main(["evaluate", str(run), "--truth", str(home / "truth.csv"), "--format", "json", "--quiet"]) == 0
    true = json.loads(capsys.readouterr().out)
    for level in ("merge_id", "cluster_id"):
        assert found[level]["precision"]["low"] <= true[level]["precision"] <= found[level]["precision"]["high"]
        assert found[level]["recall"]["low"] - 0.03 <= true[level]["recall"] <= found[level]["recall"]["high"]


def test_the_report_says_what_was_measured_and_what_not(review: Review, run: Path, truth: Truth, capsys) -> None:
    Desk(review.questions(2)[0], review.store).decide("same")
    labels = labelled(review, truth, 60)
    assert crmq_main(["evaluate", str(run), "--labels", str(labels)]) == 0
    text = capsys.readouterr().out
    assert "Measured" in text
    assert "safe merges" in text
    assert "expects" in text


def test_labels_that_a_run_was_given_do_not_measure_it(review: Review, run: Path, truth: Truth, capfd) -> None:
    labels = labelled(review, truth, 60)
    assert crmq_main(["dedupe", str(run), "--quiet", "--format", "json"]) == 0
    assert crmq_main(["evaluate", str(run), "--labels", str(labels)]) == 2
    assert "drawn at random from this run" in capfd.readouterr().err


def test_answers_to_the_review_list_measure_nothing(review: Review, run: Path, capfd) -> None:
    Desk(review.questions(1)[0], review.store).decide("same")
    assert crmq_main(["evaluate", str(run), "--labels", str(review.path)]) == 2
    assert "drawn at random" in capfd.readouterr().err


def test_without_labels_the_figures_are_said_to_be_the_models_own(run: Path, capsys) -> None:
    assert crmq_main(["evaluate", str(run)]) == 0
    text = capsys.readouterr().out
    assert "not measured" in text
    assert "Nobody has checked" in text
    assert "safe merges" in text
