"""What a check kind says about its counterpart in Great Expectations.

A kind module may have ``counterpart(field, rule, params)``: the expectation that refuses exactly the rows that the
kind's own check refuses, or None. A kind without it, a rule that GX cannot say, and a backend on which the two would
differ get the expectation that crmq ships (:mod:`crmq.rules.gx.expectations`); nothing is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from crmq.rules.gx.conditions import Leaf

Backend = Literal["pandas", "sqlite", "postgresql", "mysql"]

EVERYWHERE: frozenset[Backend] = frozenset(("pandas", "sqlite", "postgresql", "mysql"))
PANDAS: frozenset[Backend] = frozenset(("pandas",))

COUNTED_IN_BYTES: frozenset[Backend] = frozenset(("mysql",))
"""Where the length that GX asks for is one of bytes."""


@dataclass(frozen=True)
class Counterpart:
    """An expectation of GX that is equal to one check.

    Attributes:
        type: Its name (``expect_column_values_to_not_be_null``).
        kwargs: Its arguments without the columns.
        columns: The columns it looks at, as rules name them: one becomes ``column``, several ``column_list``; none is
            an expectation about the table.
        where: Rows it is about, beside those that the rule restricts it to: all of these must hold.
        backends: Where it gives the same answer and tells the failing rows.
        empty: Whether it looks at empty cells too.
    """

    type: str
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    where: tuple[Leaf, ...] = ()
    backends: frozenset[Backend] = EVERYWHERE
    empty: bool = False


_LITERAL = r"[A-Za-z0-9 _@%&~=:;,<>'\"!#/-]"
_ESCAPED = r"\\[.^$*+?()\[\]{}|\\/-]"
_CLASS = r"\[\^?(?:[A-Za-z0-9 _@%&~=:;,<>'\"!#/.*+?()-]|\\[.^$\\\[\]-])+\]"
_REST = r"[\^$|()]|\(\?:|[*+?]|\{\d{1,2}(?:,\d{0,2})?\}"
_PORTABLE = re.compile(rf"(?:{_LITERAL}|{_ESCAPED}|{_CLASS}|{_REST})*")
_PYTHON = re.compile(rf"(?:{_LITERAL}|{_ESCAPED}|{_CLASS}|{_REST}|\\d|\.)*")


def regex_backends(pattern: str) -> frozenset[Backend]:
    r"""Return where a pattern means what it means to crmq (Rust syntax).

    Only what all engines read alike counts: plain ASCII, classes, groups, repetitions. ``\d`` and ``.`` are the same
    in Python only: databases differ in non-ASCII digits and in line ends. SQLite and MySQL have matchers of their own
    (by driver and version), so a pattern never runs there.
    """
    if _PORTABLE.fullmatch(pattern):
        return frozenset(("pandas", "postgresql"))
    return PANDAS if _PYTHON.fullmatch(pattern) else frozenset()
