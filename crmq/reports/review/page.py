"""A review as one HTML file: opened, worked through by keyboard, and saved as ``decisions.csv``; nothing is loaded.

The data stand in the page as JSON; its script writes them into the page as text only, never as markup. The content
policy names the script and the style by their hashes and forbids every connection. Progress stands in the browser's
own storage, under the digest of the run.
"""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from pathlib import Path
from string import Template
from typing import IO, Any

import crmq
from crmq import locales
from crmq.locales import _
from crmq.matching.clerical.questions import Question, Side
from crmq.matching.clerical.store import COLUMNS
from crmq.matching.review import SHOWN
from crmq.reports.page import STYLE
from crmq.reports.page import escaped as _e
from crmq.reports.review import Docket, consequence, kind_title, standing, stands_for, value_title

_FOLDER = Path(__file__).parent


@cache
def _part(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def write(docket: Docket, out: IO[str]) -> None:
    """Write the page."""
    title = _("Clerical review")
    style, script = STYLE + _part("page.css"), _part("page.js")
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; base-uri 'none'; form-action 'none'"
    )
    out.write(f'<!doctype html>\n<html lang="{locales.language()}">\n<head>\n<meta charset="utf-8">\n')
    out.write(f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n')
    out.write('<meta name="viewport" content="width=device-width, initial-scale=1">\n')
    out.write('<meta name="referrer" content="no-referrer">\n<meta name="robots" content="noindex">\n')
    out.write(f"<title>{_e(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n")
    out.write(_body(docket, title))
    out.write(f'<script type="application/json" id="data">{_json(_data(docket))}</script>\n')
    out.write(f"<script>{script}</script>\n</body>\n</html>\n")


def _hash(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def _json(data: object) -> str:
    """Return JSON that cannot end the element it stands in."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text.encode("utf-8", "replace").decode()  # a lone surrogate is no text


def _data(docket: Docket) -> dict[str, Any]:
    return {
        "run": docket.run,
        "columns": list(COLUMNS),
        "fields": [value_title(name) for name in SHOWN],
        "drawn": docket.drawn,
        "questions": [_question(question) for question in docket.questions],
        "decided": {
            name: {"answer": made.answer, "at": made.decided_at, "note": made.note, "drawn": made.drawn}
            for name, made in docket.decided.items()
        },
        "texts": _texts(),
    }


def _question(question: Question) -> dict[str, Any]:
    return {
        "id": question.id, "key": list(question.key), "kind": kind_title(question.entity),
        "p": f"{question.probability:.3f}", "weight": round(question.match_weight, 1), "rival": question.rival,
        "sentence": question.sentence, "standing": standing(question), "decides": consequence(question),
        "a": _side(question.first), "b": _side(question.second),
        "bars": [[b.title, b.words, round(b.weight, 2), b.first, b.second] for b in question.bars],
    }  # fmt: skip


def _side(side: Side) -> dict[str, Any]:
    return {
        "record": list(side.record), "values": [side.values[name] for name in SHOWN], "group": stands_for(side),
        "members": [list(member) for member in side.members[1:]], "more": side.size - len(side.members),
    }  # fmt: skip


def _texts() -> dict[str, str]:
    """Return the sentences of the script; names in braces are filled in there."""
    return {
        "same": _("same"), "different": _("different"), "open": _("open"),
        "place": _("Question {n} of {all}"),
        "progress": _("{done} of {all} decided"),
        "unsaved": _("{n} not saved to a file yet"), "saved": _("all saved"),
        "kept": _("Kept: {answer}."), "undone": _("Taken back."), "redone": _("Given again."),
        "reopened": _("The answer is withdrawn."), "skipped": _("Left open."),
        "nothing_undo": _("There is nothing to take back."), "nothing_redo": _("There is nothing to give again."),
        "done": _("All questions are decided. Save the decisions and give the file to crmq."),
        "none": _("No question fits the filter."),
        "written": _("decisions.csv is saved with {n} decisions."),
        "no_storage": _("This browser keeps nothing of a page opened from a file: save often."),
        "equal": _("equal"), "differs": _("differs"), "missing": _("one is missing"),
        "alike": _("nearly equal"), "record": _("record"),
        "more": _("and {n} more"), "answered": _("Decided: {answer}"),
        "rivals": _("In bits, against {rival}; the sum is {sum}, a probability of {p}."),
    }  # fmt: skip


def _body(docket: Docket, title: str) -> str:
    """Return the frame that the script fills."""
    asked = len(docket.questions)
    thinks = _("What crmq thinks, and what each field weighs")
    what = _("Are these two the same?")
    lead = _("{n} questions of the run {run}, those that teach most first.")
    if docket.drawn:
        lead = _("{n} pairs of the run {run}, drawn at random to measure precision and recall.")
    lead = lead.format(n=f"{asked:,}", run=docket.name)
    if docket.total > asked:
        lead += " " + _("{n} more are left out.").format(n=f"{docket.total - asked:,}")
    pii = _(
        "This page holds personal data. Keep it where only those who decide can read it, and delete it when you are "
        "done. It loads nothing and sends nothing."
    )
    keys = [
        ("S", _("same")), ("D", _("different")), ("K", _("leave open, next")), ("U", _("take back")),
        ("R", _("give again")), ("C", _("withdraw the answer shown")), ("← →", _("previous, next question")),
        ("O", _("next open question")), ("/", _("search")), ("W", _("what each field weighs, show or hide")),
        ("N", _("write a note")), ("G", _("save decisions.csv")), ("?", _("this help")),
    ]  # fmt: skip
    rows = "".join(f"<dt><kbd>{_e(key)}</kbd></dt><dd>{_e(text)}</dd>" for key, text in keys)
    filters = [
        ("all", _("all")), ("open", _("open")), ("same", _("decided: same")), ("different", _("decided: different"))
    ]  # fmt: skip
    choices = "".join(f'<option value="{name}">{_e(text)}</option>' for name, text in filters)
    no_script = _("This page needs JavaScript. It runs no other script than its own.")
    texts = {
        "title": title, "lead": lead, "banner": pii, "no_script": no_script, "what": what, "thinks": thinks,
        "asked": str(asked), "digest": docket.run, "version": crmq.__version__,
        "skip_to_the_content": _("Skip to the content"),
        "questions": _("Questions"),
        "show": _("Show"),
        "search": _("Search"),
        "previous": _("Previous"),
        "next": _("Next"),
        "keys": _("Keys"),
        "the_two_records": _("The two records"),
        "field": _("field"),
        "comparison": _("comparison"),
        "note": _("Note"),
        "what_each_field_weighs": _("What each field weighs"),
        "bits": _("bits"),
        "for_or_against": _("for or against"),
        "what_it_shows": _("what it shows"),
        "decision": _("Decision"),
        "same": _("Same"),
        "different": _("Different"),
        "skip": _("Skip"),
        "undo": _("Undo"),
        "redo": _("Redo"),
        "save_decisions_csv": _("Save decisions.csv"),
        "single_letters_are_shortcuts": _("Single letters are shortcuts"),
        "close": _("Close"),
        "run": _("Run"),
    }  # fmt: skip
    escaped = {name: _e(text) for name, text in texts.items()}
    return Template(_part("page.html")).substitute(escaped, choices=choices, rows=rows)
