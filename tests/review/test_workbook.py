"""The workbook there and back, and files of answers that cannot be used as they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import python_calamine as calamine
import xlsxwriter

from crmq import locales
from crmq.cli.app import run as crmq_main

Rows = list[list[object]]


def made(run: Path, *more: str) -> Path:
    path = run.parent / "review.xlsx"
    assert crmq_main(["review", str(run), "--to", str(path), "--quiet", *more]) == 0
    return path


def sheet_of(path: Path, number: int = 0) -> Rows:
    book = calamine.load_workbook(str(path))
    return book.get_sheet_by_index(number).to_python(skip_empty_area=False)


def saved(path: Path, edit: Callable[[Rows], Rows]) -> Path:
    """Save the first sheet again with changes, as a spreadsheet program does."""
    rows = edit(sheet_of(path))
    out = path.with_name("back.xlsx")
    with xlsxwriter.Workbook(out, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("Hoja1")
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write(number, column, cell)
    return out


def answered(rows: Rows, *words: str) -> Rows:
    column = rows[0].index("your_decision")
    for row, word in zip(rows[2:], words, strict=False):
        row[column] = word
    return rows


def given_back(run: Path, file: Path, capsys) -> tuple[int, dict]:
    capsys.readouterr()
    code = crmq_main(["review", str(run), "--from", str(file), "--quiet", "--format", "json"])
    return code, json.loads(capsys.readouterr().out)


def test_there_and_back(run: Path, review, capsys) -> None:
    file = made(run)
    assert file.stat().st_mode & 0o777 == 0o600
    code, told = given_back(run, saved(file, lambda rows: answered(rows, "same", "different", "", "Same ")), capsys)
    assert code == 0
    assert (told["new"], told["open"], told["problems"]) == (3, len(review.questions(None)[0]) - 3, [])
    stored = pl.read_csv(run / "decisions.csv", infer_schema=False)
    assert sorted(stored["decision"]) == ["different", "same", "same"]
    again = sheet_of(made(run))
    column = again[0].index("your_decision")
    assert [row[column] for row in again[2:6]] == ["same", "different", "", "same"]


def test_spanish_words_and_moved_rows_and_columns(run: Path, review, capsys) -> None:
    locales.use("es")
    word = locales._("same")
    locales.use("en")

    def edit(rows: Rows) -> Rows:
        answered(rows, word)
        return [["", *row] for row in (*rows[:2], *reversed(rows[2:]))]

    code, told = given_back(run, saved(made(run, "--lang", "es"), edit), capsys)
    assert (code, told["new"]) == (0, 1)
    stored = pl.read_csv(run / "decisions.csv", infer_schema=False).row(0, named=True)
    assert stored["record_id_a"] == review.questions(1)[0][0].first.record[2]


def test_edited_ids_unknown_words_and_unknown_records_are_named_and_the_rest_is_taken(run: Path, capsys) -> None:
    def edit(rows: Rows) -> Rows:
        answered(rows, "same", "perhaps", "different", "same")
        names = rows[0]
        rows[4][names.index("record_id_a")] = "gone"
        rows[5][names.index("record_id_a")], rows[5][names.index("question")] = "gone", ""
        return rows

    code, told = given_back(run, saved(made(run), edit), capsys)
    assert code == 1
    assert told["new"] == 1
    found = {p["where"]: p["what"] for p in told["problems"]}
    assert found["Hoja1, row 4"] == "The decision is neither same nor different."
    assert found["Hoja1, row 5"] == "The ids of the records are not those that were handed out."
    assert found["Hoja1, row 6"].startswith("There is no record ")
    assert pl.read_csv(run / "decisions.csv").height == 1


def test_a_later_answer_counts_and_is_told(run: Path, capsys) -> None:
    file = made(run)
    given_back(run, saved(file, lambda rows: answered(rows, "same", "same")), capsys)
    code, told = given_back(run, saved(file, lambda rows: answered(rows, "different", "same")), capsys)
    assert (code, told["new"], told["changed"], told["known"]) == (0, 0, 1, 1)
    assert sorted(pl.read_csv(run / "decisions.csv")["decision"]) == ["different", "same"]


def test_two_answers_to_one_question_are_not_taken(run: Path, capsys) -> None:
    listed = pl.read_csv(run / "review.csv", infer_schema=False).head(1)
    both = pl.concat([listed.with_columns(your_decision=pl.lit(word)) for word in ("same", "different")])
    both.write_csv(run.parent / "filled.csv")
    code, told = given_back(run, run.parent / "filled.csv", capsys)
    assert (code, told["new"]) == (1, 0)
    assert "twice" in told["problems"][0]["what"]
    assert not (run / "decisions.csv").exists()


def test_a_weight_in_the_workbook_is_the_one_of_the_question(run: Path, review) -> None:
    rows = sheet_of(made(run), 1)
    question = review.questions(1)[0][0]
    first = [row for row in rows if row[0] == 1.0]
    assert [row[1] for row in first[:-1]] == [bar.title for bar in question.bars]
    assert first[-1][2] == pytest.approx(question.match_weight, abs=0.006)


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"PK\x03\x04 broken", 3, "cannot be read"),
        (b"", 3, "cannot be read"),
    ],
)
def test_a_broken_workbook_is_one_clear_message(run: Path, capfd, content: bytes, code: int, words: str) -> None:
    file = run.parent / "broken.xlsx"
    file.write_bytes(content)
    assert crmq_main(["review", str(run), "--from", str(file)]) == code
    err = capfd.readouterr().err
    assert words in err
    assert "Traceback" not in err


WRONG = [
    (["--to", "review.pdf"], "neither a page"),
    (["--to", "a.html", "--from", "b.csv"], "Only one"),
    (["--from", "absent.csv"], "cannot be read"),
    (["--sample", "5", "--to", "a.html"], "too small"),
    ([], "Without a terminal"),
]


@pytest.mark.parametrize(("arguments", "words"), WRONG)
def test_wrong_usage_is_one_clear_message(run: Path, home: Path, capfd, monkeypatch, arguments, words) -> None:
    monkeypatch.chdir(home)
    assert crmq_main(["review", str(run), *arguments]) == 2
    assert words in capfd.readouterr().err


def test_a_review_list_is_not_written_over(run: Path, home: Path, capfd) -> None:
    filled = pl.read_csv(run / "review.csv", infer_schema=False).with_columns(your_decision=pl.lit("same"))
    filled.write_csv(home / "filled.csv")
    before = (home / "filled.csv").read_bytes()
    assert crmq_main(["review", str(run), "--decisions", str(home / "filled.csv"), "--to", str(home / "a.html")]) == 2
    assert "review list" in capfd.readouterr().err
    assert (home / "filled.csv").read_bytes() == before
