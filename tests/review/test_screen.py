"""The terminal UI, driven by its keys."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.widgets import Static

from crmq.cli.review.screen import ReviewApp
from crmq.matching.clerical.desk import Desk
from crmq.pipeline.review import Review
from crmq.progress import Silent
from crmq.reports.review import Docket


@pytest.fixture
def app(review: Review) -> ReviewApp:
    return made(review)


def made(review: Review, sample: int | None = None) -> ReviewApp:
    questions = review.sample(sample) if sample else review.questions(None)[0]
    docket = Docket(review.digest, "run", questions, len(questions), review.store.decisions, sample is not None)
    return ReviewApp(docket, Desk(questions, review.store, review.digest if sample else ""))


def drive(app: ReviewApp, act: Callable[..., Awaitable[None]], size: tuple[int, int] = (120, 40)) -> None:
    async def go() -> None:
        async with app.run_test(size=size) as pilot:
            await act(pilot)

    asyncio.run(go())


def shown(app: ReviewApp, id: str) -> str:
    from rich.console import Console

    console = Console(width=200, no_color=True)
    with console.capture() as capture:
        console.print(app.query_one(f"#{id}", Static).content)
    return capture.get()


def decisions(run: Path) -> list[str]:
    with (run / "decisions.csv").open(encoding="utf-8") as stream:
        return [row["decision"] for row in csv.DictReader(stream)]


def test_each_answer_is_on_disk_before_the_next_question(app: ReviewApp, run: Path) -> None:
    async def act(pilot) -> None:
        assert "Question 1 of" in shown(app, "head")
        assert app.desk.question.first.values["name"] in shown(app, "records")
        await pilot.press("s")
        assert decisions(run) == ["same"]
        assert "Question 2 of" in shown(app, "head")
        await pilot.press("d")
        assert sorted(decisions(run)) == ["different", "same"]
        await pilot.press("u")
        assert decisions(run) == ["same"]
        assert "Question 2 of" in shown(app, "head")
        await pilot.press("r", "left")
        assert sorted(decisions(run)) == ["different", "same"]
        assert "Decided: same" in shown(app, "head")
        await pilot.press("c")
        assert decisions(run) == ["different"]

    drive(app, act)


def test_work_is_resumed_where_it_was_left(app: ReviewApp, run: Path) -> None:
    async def first(pilot) -> None:
        await pilot.press("s", "s", "k", "d", "q")

    async def second(pilot) -> None:
        assert "3 of" in shown(again, "head")
        assert "Question 3 of" in shown(again, "head")

    drive(app, first)
    again = made(Review(run, Silent()))
    drive(again, second)


def test_filter_search_weights_and_help(app: ReviewApp) -> None:
    async def act(pilot) -> None:
        await pilot.press("s", "f")
        assert "open only" in shown(app, "head")
        await pilot.press("f")
        assert "Question 1 of" in shown(app, "head")
        await pilot.press("f", "slash")
        wanted = app.desk.questions[4].first.record[2]
        await pilot.press(*wanted, "enter")
        assert wanted in shown(app, "records")
        assert app.query_one("#weights").display
        await pilot.press("w")
        assert not app.query_one("#weights").display
        await pilot.press("question_mark")
        assert type(app.screen).__name__ == "Help"
        await pilot.press("s")
        assert app.desk.answered == 1, "the help is read, nothing is decided"
        await pilot.press("escape")
        assert type(app.screen).__name__ != "Help"

    drive(app, act)


def test_an_answer_that_cannot_be_kept_is_not_given(app: ReviewApp, run: Path, monkeypatch) -> None:
    from crmq.errors import OutputError

    def refuse(_changes: object) -> None:
        raise OutputError("The decisions cannot be written: disk full.")

    monkeypatch.setattr(app.desk.store, "change", refuse)

    async def act(pilot) -> None:
        await pilot.press("s")
        assert "Question 1 of" in shown(app, "head")
        assert app.desk.answered == 0

    drive(app, act)
    assert not (run / "decisions.csv").exists()


@pytest.mark.parametrize(("width", "wide"), [(80, False), (120, True)])
def test_the_weights_stand_beside_the_records_where_there_is_room(app: ReviewApp, width: int, wide: bool) -> None:
    async def act(pilot) -> None:
        await pilot.pause()
        sides, weights = app.query_one("#sides").region, app.query_one("#weights").region
        assert (weights.y == sides.y) == wide
        assert weights.height >= 8

    drive(app, act, (width, 30))


def test_a_sample_hides_what_crmq_thinks(review: Review, run: Path) -> None:
    app = made(review, 60)

    async def act(pilot) -> None:
        assert not app.query_one("#weights").display
        await pilot.press("s")

    drive(app, act)
    with (run / "decisions.csv").open(encoding="utf-8") as stream:
        assert next(csv.DictReader(stream))["drawn"] == review.digest
