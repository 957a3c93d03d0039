"""The terminal UI of clerical review: both records, what each field weighs, and a key for each answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.events import Resize
from textual.screen import ModalScreen
from textual.widgets import Footer, Input, Static

from crmq.errors import CrmqError
from crmq.locales import _
from crmq.matching.clerical.desk import Desk
from crmq.matching.clerical.questions import Question, Side
from crmq.matching.review import SHOWN
from crmq.reports.review import (
    Docket,
    answer_title,
    consequence,
    kind_title,
    record_name,
    standing,
    stands_for,
    value_title,
)
from crmq.reports.terminal.explanation import drawn

WIDE = 110
"""Columns from which the weights stand beside the records."""
_HALF = 6
_LABEL = 20
FILTERS = ("all", "open", "decided")


class Help(ModalScreen[None]):
    """The keys."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,question_mark,q,enter", "dismiss", show=False)]

    def compose(self) -> ComposeResult:
        """Show the keys as a table."""
        body = Table.grid(padding=(0, 2))
        for key, text in (
            ("s", _("same")), ("d", _("different")), ("k", _("leave open, next")), ("u", _("take back")),
            ("r", _("give again")), ("c", _("withdraw the answer shown")), ("← →", _("previous, next question")),
            ("o", _("next open question")), ("f", _("show all, the open or the decided ones")), ("/", _("search")),
            ("w", _("what each field weighs, show or hide")), ("q", _("leave; every answer is kept already")),
        ):  # fmt: skip
            body.add_row(Text(key, "bold"), text)
        yield Static(body, id="keys")


class Search(ModalScreen[str]):
    """A line to search in."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss('')", show=False)]

    def compose(self) -> ComposeResult:
        """Show the line."""
        yield Input(placeholder=_("search in names, values and ids"), id="search")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Search for what was typed."""
        self.dismiss(event.value)


class ReviewApp(App[None]):
    """Questions one by one; every answer is kept on disk before the next question is shown.

    Args:
        docket: What is put before the person.
        desk: The answers.
    """

    TITLE = "crmq review"
    ENABLE_COMMAND_PALETTE = False
    CSS = """
    #head { height: auto; padding: 0 1; background: $panel; }
    #body { height: 1fr; }
    #body.wide { layout: horizontal; }
    #sides, #weights { height: auto; max-height: 60%; padding: 0 1; }
    #body.wide #sides, #body.wide #weights { width: 1fr; height: 100%; max-height: 100%; }
    #body.wide #weights { border-left: solid $panel-lighten-2; }
    #weights { border-top: solid $panel-lighten-2; height: 1fr; max-height: 100%; }
    #body.wide #weights { border-top: none; }
    #told { height: 1; padding: 0 1; color: $text; }
    Help, Search { align: center middle; }
    #keys { width: auto; height: auto; padding: 1 2; border: round $primary; background: $surface; }
    #search { width: 60; }
    """

    def __init__(self, docket: Docket, desk: Desk) -> None:
        super().__init__()
        self.docket = docket
        self.desk = desk
        self.filter = "all"
        self.weights_shown = not docket.drawn  # a pair drawn to measure is judged without crmq's own view
        for keys, action, text, shown in (
            ("s", "decide('same')", _("Same"), True), ("d", "decide('different')", _("Different"), True),
            ("k", "skip", _("Skip"), True), ("u", "undo", _("Undo"), True), ("r", "redo", _("Redo"), False),
            ("left,p", "move(-1)", _("Previous"), False), ("right,n", "move(1)", _("Next"), False),
            ("c", "reopen", _("Withdraw"), False), ("o", "next_open", _("Next open"), False),
            ("f", "filter", _("Filter"), False), ("slash", "search", _("Search"), True),
            ("w", "weights", _("Weights"), True), ("question_mark", "help", _("Help"), True),
            ("q", "quit", _("Quit"), True),
        ):  # fmt: skip
            self.bind(keys, action, description=text, show=shown)

    def compose(self) -> ComposeResult:
        """Lay the screen out."""
        yield Static(id="head")
        with Container(id="body"):
            with VerticalScroll(id="sides", can_focus=False):
                yield Static(id="records")
            with VerticalScroll(id="weights", can_focus=False):
                yield Static(id="bars")
        yield Static(id="told")
        yield Footer()

    def on_mount(self) -> None:
        """Show the first question."""
        self.refresh_question()

    def on_resize(self, event: Resize) -> None:
        """Put the weights beside the records where there is room."""
        self.query_one("#body").set_class(event.size.width >= WIDE, "wide")

    # ------------------------------------------------------------------ what is shown

    def refresh_question(self, told: str = "") -> None:
        """Show the question at hand, and what just happened."""
        question = self.desk.question
        self.query_one("#head", Static).update(self._head(question))
        self.query_one("#records", Static).update(_records(question))
        weights = self.query_one("#weights")
        weights.display = self.weights_shown
        self.query_one("#bars", Static).update(_weights(question))
        for pane in ("#sides", "#weights"):
            self.query_one(pane, VerticalScroll).scroll_home(animate=False)
        self.query_one("#told", Static).update(Text(told, "bold"))

    def _head(self, question: Question) -> Text:
        desk = self.desk
        made = desk.answer(desk.place)
        parts = [
            (_("Question {n} of {all}").format(n=desk.place + 1, all=len(desk.questions)), "bold"),
            ("  " + kind_title(question.entity), "cyan"),
            ("  " + _("{done} of {all} decided").format(done=desk.answered, all=len(desk.questions)), ""),
        ]
        if made:
            style = "bold green" if made == "same" else "bold red"
            parts.append(("  " + _("Decided: {answer}").format(answer=answer_title(made)), style))
        elif desk.place in desk.skipped:
            parts.append(("  " + _("left open"), "yellow"))
        if self.filter != "all":
            parts.append(("  " + {"open": _("open only"), "decided": _("decided only")}[self.filter], "magenta"))
        return Text.assemble(*parts)

    # ------------------------------------------------------------------ keys

    def action_decide(self, answer: str) -> None:
        """Answer the question."""
        self._attempt(lambda: self.desk.decide(answer), _("Kept: {answer}.").format(answer=answer_title(answer)))

    def action_skip(self) -> None:
        """Leave the question open."""
        self.desk.skip()
        self.refresh_question(_("Left open."))

    def action_undo(self) -> None:
        """Take the last answer back."""
        self._attempt(self.desk.undo, _("Taken back."), _("There is nothing to take back."))

    def action_redo(self) -> None:
        """Give it again."""
        self._attempt(self.desk.redo, _("Given again."), _("There is nothing to give again."))

    def action_reopen(self) -> None:
        """Withdraw the answer that is shown."""
        self._attempt(self.desk.reopen, _("The answer is withdrawn."), _("There is nothing to take back."))

    def _attempt(self, act: Callable[[], bool | None], done: str, nothing: str = "") -> None:
        """Do something that writes to disk; when that fails, say so and change nothing."""
        try:
            happened = act()
        except CrmqError as error:
            self.refresh_question()
            self.notify(f"{error.what}\n{error.where or ''}", title=_("Not kept"), severity="error", timeout=30)
            return
        if happened is False:
            done = nothing
        elif self.desk.answered == len(self.desk.questions):
            done += " " + _("All questions are decided.")
        self.refresh_question(done)

    def action_move(self, by: int) -> None:
        """Show the next or the previous question that fits the filter."""
        places = range(self.desk.place + by, len(self.desk.questions) if by > 0 else -1, by)
        found = next((place for place in places if self._fits(place)), None)
        if found is not None:
            self.desk.place = found
        self.refresh_question()

    def _fits(self, place: int) -> bool:
        return self.filter == "all" or (self.filter == "decided") == bool(self.desk.answer(place))

    def action_next_open(self) -> None:
        """Show the next open question."""
        self.refresh_question("" if self.desk.next_open() else _("All questions are decided."))

    def action_filter(self) -> None:
        """Show all questions, the open ones, or the decided ones."""
        self.filter = FILTERS[(FILTERS.index(self.filter) + 1) % len(FILTERS)]
        count = len(self.desk.questions)
        ahead = [(self.desk.place + i) % count for i in range(count)]
        found = next((place for place in ahead if self._fits(place)), None)
        if found is None:
            self.filter = "all"
            self.refresh_question(_("No question fits the filter."))
            return
        self.desk.place = found
        self.refresh_question()

    def action_weights(self) -> None:
        """Show or hide what each field weighs."""
        self.weights_shown = not self.weights_shown
        self.refresh_question()

    def action_help(self) -> None:
        """Show the keys."""
        self.push_screen(Help())

    def action_search(self) -> None:
        """Search from the question that is shown on."""
        self.push_screen(Search(), self._search)

    def _search(self, words: str | None) -> None:
        if not words:
            return
        count = len(self.desk.questions)
        for place in ((self.desk.place + 1 + i) % count for i in range(count)):
            question = self.desk.questions[place]
            values = (*question.key, *question.first.values.values(), *question.second.values.values())
            if words.casefold() in "\n".join(filter(None, values)).casefold():
                self.desk.place = place
                self.refresh_question()
                return
        self.refresh_question(_("Nothing like that is found."))


def _records(question: Question) -> Table:
    """Return the two records side by side; what differs is bold and marked."""
    body = Table(box=None, padding=(0, 1, 0, 0), expand=True, show_edge=False)
    body.add_column(_("field"), style="cyan", max_width=_LABEL, overflow="fold")
    body.add_column("A", ratio=1, overflow="fold")
    body.add_column("", width=1)
    body.add_column("B", ratio=1, overflow="fold")
    body.add_row(_("record"), _record(question.first), "", _record(question.second))
    for name in SHOWN:
        a, b = question.first.values[name], question.second.values[name]
        if not a and not b:
            continue
        mark, style = ("·", "") if not a or not b else ("=", "green") if a == b else ("≠", "bold red")
        strong = "bold" if mark == "≠" else ""
        body.add_row(value_title(name), Text(a or "–", strong), Text(mark, style), Text(b or "–", strong))
    outer = Table.grid(expand=True)
    outer.add_row(body)
    if not question.stratum:
        outer.add_row(Text(consequence(question), "dim"))
    return outer


def _record(side: Side) -> Text:
    more = stands_for(side)
    return Text.assemble((record_name(side.record), "dim"), ("\n" + more if more else "", "dim"))


def _weights(question: Question) -> Table:
    """Return what crmq thinks, and the waterfall of weights."""
    outer = Table.grid(expand=True)
    outer.add_row(Text(standing(question)))
    outer.add_row(Text(question.sentence))
    rivals = _("in bits, against {rival}").format(rival=question.rival)
    outer.add_row(Text(rivals, "dim"))
    body = Table(box=None, padding=(0, 1, 0, 0), expand=True, show_edge=False)
    body.add_column(_("field"), style="cyan", max_width=_LABEL, overflow="fold")
    body.add_column(_("bits"), justify="right", no_wrap=True)
    body.add_column("", no_wrap=True)
    body.add_column(_("what it shows"), ratio=1, overflow="fold")
    for bar in question.bars:
        both = bar.first if bar.first == bar.second else f"{bar.first or '–'} ↔ {bar.second or '–'}"
        shows = Text.assemble(bar.words, (f"  {both}" if both else "", "dim"))
        body.add_row(bar.title, f"{bar.weight:+.1f}", drawn(bar.weight, _HALF, good="green", bad="red"), shows)
    total = drawn(question.match_weight, _HALF, good="green", bad="red")
    probability = _("probability {p}").format(p=f"{question.probability:.3f}")
    body.add_row(Text(_("sum"), "bold"), Text(f"{question.match_weight:+.1f}", "bold"), total, probability)
    outer.add_row(body)
    return outer
