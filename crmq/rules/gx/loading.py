"""Loads Great Expectations late, quietly, and with everything off that would call out."""

from __future__ import annotations

import io
import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from functools import cache
from typing import Any

from crmq.errors import ConfigError
from crmq.locales import _

ANALYTICS = "GX_ANALYTICS_ENABLED"


@cache
def load() -> Any:
    """Import GX and the expectation that crmq ships; returns the module ``great_expectations``.

    Raises:
        ConfigError: It is not installed or cannot be imported.
    """
    os.environ[ANALYTICS] = "false"  # read when a context is made; whatever the user's own setting is
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import great_expectations as gx

            from crmq.rules.gx import expectations  # noqa: F401  registers it
        except ImportError as error:
            raise ConfigError(
                _("Great Expectations cannot be loaded: {reason}.").format(reason=error),
                hint="pip install great-expectations",
            ) from error
    return gx


def context() -> Any:
    """Return a fresh context in memory: no project folder, no analytics, no progress bars, nothing of the user's."""
    gx = load()
    from great_expectations.data_context.types.base import ProgressBarsConfig

    made = gx.get_context(mode="ephemeral")
    made.enable_analytics(False)
    made.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    return made


@contextmanager
def quiet() -> Iterator[None]:
    """Keep what GX and the libraries below it would print and warn about away from the user's terminal."""
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


@cache
def sqlalchemy(driver: str) -> Any:
    """Import SQLAlchemy and the driver of a database; returns the module ``sqlalchemy``.

    Raises:
        ConfigError: One of them is not installed.
    """
    import importlib

    needed = ["sqlalchemy", *({"postgresql": ["psycopg"], "mysql": ["pymysql"]}.get(driver, []))]
    for name in needed:
        try:
            importlib.import_module(name)
        except ImportError as error:
            raise ConfigError(
                _("{name} is not installed.").format(name=name), hint="pip install 'crmq[databases]'"
            ) from error
    module = importlib.import_module("sqlalchemy")
    with suppress(AttributeError):
        logging.getLogger("sqlalchemy").setLevel(logging.ERROR)
    return module
