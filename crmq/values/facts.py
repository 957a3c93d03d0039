"""Reads the files of facts beside the code (``values/data``): lists of names, domains, numbers."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def read(name: str) -> dict[str, Any]:
    """Return a YAML file of ``values/data`` as a dictionary; shared, so callers must not change it."""
    text = files("crmq.values").joinpath("data", name).read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=_Loader)
    return loaded


@cache
def lines(name: str) -> frozenset[str]:
    """Return the lines of a text file of ``values/data`` but comments and empty ones."""
    text = files("crmq.values").joinpath("data", name).read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


def strings(name: str, key: str) -> list[str]:
    """Return one list of a YAML file as text."""
    return [str(entry) for entry in read(name)[key]]
