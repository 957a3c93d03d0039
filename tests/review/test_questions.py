from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from crmq.cli.app import run as crmq_main
from crmq.matching.clerical.desk import Desk
from crmq.matching.clerical.questions import question_id
from crmq.pipeline.review import Review
from crmq.progress import Silent
from crmq.run import writing

Truth = Callable[[tuple[str, ...]], str]


def names(questions: list) -> list[str]:
    return [q.id for q in questions]


def test_questions_are_those_of_the_review_list_and_the_same_every_time(review: Review, run: Path) -> None:
    questions, count = review.questions(None)
    listed = pl.read_csv(run / "review.csv", infer_schema=False)
    assert count == len(questions) == listed.height >= 5
    assert names(questions) == names(Review(run, Silent()).questions(None)[0])
    assert [q.teaches for q in questions] == sorted((q.teaches for q in questions), reverse=True)
    assert names(review.questions(3)[0]) == names(questions)[:3]


def test_a_waterfall_adds_up_to_the_probability_that_is_stored(review: Review, run: Path) -> None:
    stored = pl.read_csv(run / "review.csv")
    known = {
        question_id([str(row[c]) for c in stored.columns[:7]]): row["probability"]
        for row in stored.iter_rows(named=True)
    }
    for question in review.questions(None)[0]:
        assert sum(bar.weight for bar in question.bars) == pytest.approx(question.match_weight, abs=0.002)
        assert question.probability == known[question.id]


def test_the_order_of_the_records_does_not_change_what_a_question_is() -> None:
    key = ("a", "x", "1", "b", "y", "2", "person")
    assert question_id(key) == question_id((*key[3:6], *key[:3], "person")) != question_id((*key[:6], "organisation"))


def test_the_desk_answers_goes_back_and_resumes(review: Review, run: Path) -> None:
    questions, _count = review.questions(None)
    desk = Desk(questions, review.store)
    desk.decide("same")
    desk.decide("different")
    assert (desk.place, desk.answered) == (2, 2)
    assert desk.undo()
    assert (desk.place, desk.answer(1)) == (1, "")
    assert desk.redo()
    assert desk.answer(1) == "different"
    assert not desk.redo()
    desk.place = 2
    desk.skip()
    assert desk.place == 3
    assert (run / "decisions.csv").stat().st_mode & 0o777 == 0o600
    resumed = Desk(questions, Review(run, Silent()).store)
    assert (resumed.place, resumed.answered, resumed.answer(0)) == (2, 2, "same")
    resumed.place = 0
    assert resumed.reopen()
    assert resumed.answer(0) == ""
    assert resumed.undo()
    assert resumed.answer(0) == "same"


def test_questions_passed_over_come_last(review: Review) -> None:
    desk = Desk(review.questions(4)[0], review.store)
    desk.skip()
    for place in (1, 2, 3):
        assert desk.place == place
        desk.decide("same")
    assert desk.place == 0


def decide(review: Review, truth: Truth) -> int:
    desk = Desk(review.questions(None)[0], review.store)
    for _question in desk.questions:
        desk.decide(truth(desk.question.key))
    return desk.answered


def test_a_later_run_of_the_folder_replays_the_decisions(review: Review, run: Path, truth: Truth, capsys) -> None:
    count = decide(review, truth)
    before = (run / "decisions.csv").read_bytes()
    assert crmq_main(["dedupe", str(run), "--format", "json", "--quiet"]) == 0
    told = json.loads(capsys.readouterr().out)["decisions"]
    assert told == {"given": count, "followed": count, "unknown": [], "contradicted": []}
    assert (run / "decisions.csv").read_bytes() == before
    pairs = pl.read_csv(run / "pairs.csv").filter(pl.col("decided_by") == "steward")
    assert pairs.height == count
    assert set(pairs["decision"]) <= {"merge", "no"}


def test_what_was_decided_is_not_asked_again(review: Review, run: Path, truth: Truth) -> None:
    """Two groups that a steward keeps apart are no question, whatever other pairs lie between them."""
    decide(review, truth)
    assert crmq_main(["dedupe", str(run), "--format", "json", "--quiet"]) == 0
    groups = {row[:3]: row[5] for row in pl.read_csv(run / "clusters.csv", infer_schema=False).iter_rows()}
    pairs = pl.read_csv(run / "pairs.csv", infer_schema=False)

    def between(frame: pl.DataFrame) -> set[frozenset[str]]:
        return {frozenset((groups[row[:3]], groups[row[3:6]])) for row in frame.iter_rows()}

    kept_apart = between(pairs.filter(pl.col("decided_by") == "steward", pl.col("decision") == "no"))
    assert kept_apart & between(pairs.filter(pl.col("decision") == "review")), "other pairs lie between them"
    assert not kept_apart & between(pl.read_csv(run / "review.csv", infer_schema=False))


def test_decisions_given_with_a_run_folder_are_taken(review: Review, run: Path, home: Path, capsys) -> None:
    """A run folder brings its own settings; the decisions of the command line still count."""
    listed = pl.read_csv(run / "review.csv", infer_schema=False).with_columns(your_decision=pl.lit("different"))
    listed.write_csv(home / "filled.csv")
    assert crmq_main(["dedupe", str(run), "--decisions", str(home / "filled.csv"), "--format", "json", "-q"]) == 0
    assert json.loads(capsys.readouterr().out)["decisions"]["followed"] == listed.height


def test_decisions_that_do_not_apply_are_reported(review: Review, run: Path, capsys) -> None:
    keys = "source_a,object_a,record_id_a,source_b,object_b,record_id_b,entity,decision"
    merged = pl.read_csv(run / "pairs.csv", infer_schema=False).filter(pl.col("decision") == "merge").row(0)[:7]
    gone = "north,contact,gone,south,contact,s0001,person,same"
    both = [",".join(merged) + ",same", ",".join((*merged[3:6], *merged[:3], merged[6])) + ",different"]
    other = ",".join(merged[:6]) + ",organisation,different"  # of the same ids, but another party
    (run / "decisions.csv").write_text("\n".join([keys, gone, both[0], other]) + "\n")
    assert crmq_main(["dedupe", str(run), "--format", "json", "--quiet"]) == 0
    told = json.loads(capsys.readouterr().out)["decisions"]
    assert (told["given"], told["followed"], told["contradicted"]) == (3, 1, [])
    assert {d["record_id_a"] for d in told["unknown"]} == {"gone", merged[2]}


def test_explain_tells_of_the_run_as_it_stands(review: Review, run: Path, capsys) -> None:
    """A decision that no run has replayed yet changes nothing that is explained."""
    question = review.questions(1)[0][0]
    desk = Desk([question], review.store)
    desk.decide("same")
    sides = ["/".join(side.record) for side in (question.first, question.second)]
    assert crmq_main(["explain", str(run), *sides, "--format", "json", "--quiet"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["outcome"], told["decided_by"]) != ("merged", "steward")
    assert told["probability"] == question.probability


def test_a_decision_made_while_a_run_is_written_is_kept(run: Path) -> None:
    with writing(run, command="dedupe", keep=True):
        (run / "decisions.csv").write_text("new")
    assert (run / "decisions.csv").read_text() == "new"


def test_a_review_of_changed_inputs_is_refused(run: Path, home: Path, capfd) -> None:
    manifest = json.loads((run / "manifest.json").read_text())
    manifest["settings"]["country"] = "ES"
    (run / "manifest.json").write_text(json.dumps(manifest))
    assert crmq_main(["review", str(run), "--to", str(home / "page.html")]) == 2
    assert "have changed" in capfd.readouterr().err
