"""Nothing that is translated may hide from the tool that collects the sentences."""

from __future__ import annotations

import ast
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "crmq"
MARKS = ("_", "N_", "ngettext")


def test_no_sentence_stands_inside_an_f_string() -> None:
    """The collector reads an f-string as one piece before Python 3.12: the sentence would never be translated."""
    hidden = [
        f"{file.relative_to(PACKAGE)}:{call.lineno}"
        for file in sorted(PACKAGE.rglob("*.py"))
        for text in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in MARKS
    ]
    assert hidden == []
