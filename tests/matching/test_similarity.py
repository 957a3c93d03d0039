"""String similarity against published values and plain reference implementations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmq.matching import kernels, similarity

WORDS = st.text(alphabet="abcdeln ", min_size=1, max_size=12).map(str.strip).filter(bool)


def pooled(*texts: str) -> tuple[np.ndarray, list[int], list[int]]:
    data = [t.encode() for t in texts]
    offsets = [sum(len(d) for d in data[:n]) for n in range(len(data))]
    return np.frombuffer(b"".join(data) or b" ", dtype=np.uint8), offsets, [len(d) for d in data]


def call(function, a: str, b: str):
    pool, offset, length = pooled(a, b)
    return function(pool, offset[0], length[0], offset[1], length[1])


def edits(a: str, b: str) -> int:
    """Optimal string alignment distance by the textbook table."""
    table = [[i + j if i * j == 0 else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            best = min(table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + (a[i - 1] != b[j - 1]))
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                best = min(best, table[i - 2][j - 2] + 1)
            table[i][j] = best
    return table[-1][-1]


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("martha", "marhta", 0.961),
        ("dwayne", "duane", 0.840),
        ("dixon", "dicksonx", 0.813),
        ("abc", "xyz", 0.0),
        ("ana", "ana", 1.0),
    ],
)
def test_jaro_winkler_gives_the_published_values(a: str, b: str, expected: float) -> None:
    assert call(similarity.jaro_winkler, a, b) == pytest.approx(expected, abs=0.001)


@given(WORDS, WORDS)
@settings(max_examples=300, deadline=None)
def test_edits_agree_with_the_table(a: str, b: str) -> None:
    assert call(similarity.within_one_edit, a, b) == (edits(a, b) <= 1)
    assert call(similarity.within_two_edits, a, b) == (edits(a, b) <= 2)


@given(WORDS, WORDS)
@settings(max_examples=300, deadline=None)
def test_words_contained_as_sets(a: str, b: str) -> None:
    shorter, longer = (a, b) if len(a) <= len(b) else (b, a)
    assert call(similarity.words_contained, a, b) == (set(shorter.split()) <= set(longer.split()))


@given(WORDS, WORDS)
@settings(max_examples=300, deadline=None)
def test_sketches_never_rule_out_what_is_reached(a: str, b: str) -> None:
    pool, offset, length = pooled(a, b)
    none = np.zeros(2, dtype=np.uint64)
    sketch = similarity.sketches(pool, np.array(offset), np.array(length, dtype=np.int32), none)
    likeness = similarity.jaro_winkler(pool, offset[0], length[0], offset[1], length[1])
    for least in (0.7, 0.78, 0.8, 0.85, 0.88, 0.9, 0.92, 0.95):
        if likeness >= least:
            assert kernels._may_reach(sketch[0], sketch[1], least)
