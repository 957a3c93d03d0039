"""A clerical review for the people who decide: one page that works without a server, or a workbook there and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmq.locales import _, ngettext

if TYPE_CHECKING:
    from crmq.matching.clerical.questions import Question, Side
    from crmq.matching.clerical.store import Decision


@dataclass(frozen=True)
class Docket:
    """What is put before a person.

    Attributes:
        run: Digest of the matching under review.
        name: The run, as its folder is called.
        questions: In the order in which they are asked.
        total: Questions there are; more than are asked where a limit cut them.
        decided: The decisions so far, by the digest of the question.
        drawn: Whether the questions are a random sample, made to measure.
    """

    run: str
    name: str
    questions: Sequence[Question]
    total: int
    decided: Mapping[str, Decision]
    drawn: bool


def value_title(name: str) -> str:
    """Return what a value of :data:`crmq.matching.review.SHOWN` is called."""
    return {
        "name": _("name"), "birth_date": _("birth date"), "email": _("e-mail"), "phone": _("phone"),
        "tax_id": _("tax or national id"), "street": _("street"), "city": _("city"), "company_name": _("employer"),
    }[name]  # fmt: skip


def kind_title(entity: str) -> str:
    """Return what one party of a kind is called."""
    return _("person") if entity == "person" else _("organisation")


def answer_title(answer: str) -> str:
    """Return what an answer is called."""
    return _("same") if answer == "same" else _("different")


def consequence(question: Question) -> str:
    """Return in words what an answer decides about."""
    return ngettext(
        "The answer decides about {n} pair of records.", "The answer decides about {n} pairs of records.",
        question.pairs,
    ).format(n=f"{question.pairs:,}")  # fmt: skip


def standing(question: Question) -> str:
    """Return in words how the pair stands now."""
    if question.standing == "merged":
        return _("crmq merges the two.")
    if question.standing == "together":
        if question.veto:
            return _("crmq takes the two for the same, but does not merge them: {why}.").format(why=question.veto)
        return _("crmq takes the two for the same, but is not sure enough to merge them.")
    return _("crmq keeps the two apart: what else stands in their groups speaks against it.")


def stands_for(side: Side) -> str:
    """Return in words how many records a side of a question stands for, or nothing where it is only itself."""
    if side.size < 2:
        return ""
    return _("stands for {n} records that merge safely").format(n=f"{side.size:,}")


def record_name(record: tuple[str, str, str]) -> str:
    """Return source, object and record id as one text."""
    return "/".join(record)
