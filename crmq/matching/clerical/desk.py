"""The desk of a person at work on questions: answers, undo and redo, what is open; every answer is kept at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crmq.matching.clerical.questions import Question
from crmq.matching.clerical.store import Decision, Store, now


@dataclass(frozen=True)
class Step:
    """One change, with what stood there before."""

    place: int
    before: Decision | None
    after: Decision | None


class Desk:
    """Questions in order, and the answers so far.

    Args:
        questions: In the order in which they are asked.
        store: Where the answers are kept; those that are there already are resumed.
        drawn: Digest of the run, where the questions were drawn from it at random.

    Attributes:
        place: The question that is shown; it is where work was left: at the first open one.
        skipped: Questions that were passed over in this session; they are open, but asked last.
    """

    def __init__(self, questions: Sequence[Question], store: Store, drawn: str = "") -> None:
        self.questions = list(questions)
        self.store = store
        self.skipped: set[int] = set()
        self._drawn = drawn
        self._done: list[Step] = []
        self._undone: list[Step] = []
        self.place = 0
        if self.questions and self.answer(0):
            self.next_open()

    @property
    def question(self) -> Question:
        """The question that is shown."""
        return self.questions[self.place]

    def answer(self, place: int) -> str:
        """Return the answer to a question, or nothing."""
        made = self.store.decisions.get(self.questions[place].id)
        return made.answer if made else ""

    @property
    def answered(self) -> int:
        """How many questions have an answer."""
        return sum(question.id in self.store.decisions for question in self.questions)

    def decide(self, answer: str) -> None:
        """Answer the question that is shown, keep it, and go on to the next open one.

        Raises:
            OutputError: The answer cannot be kept.
        """
        question = self.question
        before = self.store.decisions.get(question.id)
        note = before.note if before else ""
        made = Decision(question.key, answer, self._drawn if question.stratum else "", now(), note)
        self._apply(Step(self.place, before, made), made)
        self._undone.clear()
        self.next_open()

    def reopen(self) -> bool:
        """Withdraw the answer to the question that is shown; return whether it had one.

        Raises:
            OutputError: The change cannot be kept.
        """
        before = self.store.decisions.get(self.question.id)
        if before is None:
            return False
        self._apply(Step(self.place, before, None), None)
        self._undone.clear()
        return True

    def undo(self) -> bool:
        """Take the last answer back and show its question; return whether there was one."""
        if not self._done:
            return False
        step = self._done[-1]
        self.store.change({self.questions[step.place].id: step.before})
        self._undone.append(self._done.pop())
        self.place = step.place
        return True

    def redo(self) -> bool:
        """Give the answer that was taken back again; return whether there was one."""
        if not self._undone:
            return False
        step = self._undone[-1]
        self._apply(step, step.after)
        self._undone.pop()
        self.place = step.place
        return True

    def _apply(self, step: Step, made: Decision | None) -> None:
        self.store.change({self.questions[step.place].id: made})
        self.skipped.discard(step.place)
        self._done.append(step)

    def skip(self) -> None:
        """Leave the question open and go on."""
        if not self.answer(self.place):
            self.skipped.add(self.place)
        self.next_open()

    def move(self, by: int) -> None:
        """Show another question; the first and the last are the ends."""
        self.place = min(max(self.place + by, 0), len(self.questions) - 1)

    def next_open(self) -> bool:
        """Show the next open question, those passed over last; return whether there is any."""
        count = len(self.questions)
        ahead = [(self.place + 1 + i) % count for i in range(count)]
        found = [place for place in ahead if not self.answer(place)]
        fresh = [place for place in found if place not in self.skipped]
        if fresh or found:
            self.place = (fresh or found)[0]
        return bool(found)
