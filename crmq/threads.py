"""Work on several things side by side, in the language of whoever asked for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

import polars as pl

Item = TypeVar("Item")
Result = TypeVar("Result")


def together(*makers: Callable[[], Result]) -> list[Result]:
    """Return what each of the functions makes, in order; see :func:`side_by_side`."""
    return side_by_side(lambda make: make(), makers)


def side_by_side(work: Callable[[Item], Result], items: Sequence[Item], threads: int | None = None) -> list[Result]:
    """Return ``work`` of each item, in order; the first error is raised.

    It pays where the work is done outside the interpreter lock, as that of Polars and of compiled functions is.

    Args:
        work: What is done.
        items: To what.
        threads: How many at once; None: as many as Polars has threads.
    """
    many = min(len(items), pl.thread_pool_size() if threads is None else threads)
    if many < 2:
        return [work(item) for item in items]
    with ThreadPoolExecutor(many) as pool:
        # every thread has the context of its caller: the language of messages stands in it
        started = [pool.submit(copy_context().run, work, item) for item in items]
        return [one.result() for one in started]
