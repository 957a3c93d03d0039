"""Places where GX runs in tests: pandas, SQLite, and the servers of this machine where there are any."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

SERVERS = {
    "postgresql": os.environ.get("CRMQ_TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432/postgres"),
    "mysql": os.environ.get("CRMQ_TEST_MYSQL", "mysql://root@127.0.0.1:3306/test"),
}


def reachable(backend: str, url: str) -> bool:
    try:
        import sqlalchemy

        from crmq.rules.gx import stores
        from crmq.rules.gx.loading import sqlalchemy as loaded

        loaded(backend)
        driver = stores.engine_url(url, stores.backend_of(url))
        timeout = {"connect_timeout": 3}
        with sqlalchemy.create_engine(driver, connect_args=timeout).connect():
            return True
    except Exception:
        return False


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str | None]:
    """Return the URL of a backend (None for pandas), or skip where there is no such server."""

    def find(backend: str) -> str | None:
        if backend == "pandas":
            return None
        if backend == "sqlite":
            pytest.importorskip("sqlalchemy")
            return f"sqlite:///{tmp_path_factory.mktemp('gx') / 'gx.db'}"
        url = SERVERS[backend]
        if not reachable(backend, url):
            pytest.skip(f"there is no {backend} here")
        return url

    return find


@pytest.fixture
def evaluator(place: Callable[[str], str | None]) -> Iterator[Callable[..., Any]]:
    """Return a function that gives an evaluator for a backend and a day; what it wrote is removed at the end."""
    from crmq.rules.gx import loading, stores
    from crmq.rules.gx.evaluator import Evaluator

    opened = []

    def make(backend: str, as_of: Any) -> Evaluator:
        context = loading.context()
        opened.append(stores.of(place(backend), context))
        return Evaluator(context, opened[-1], as_of)

    yield make
    for store in opened:
        store.close()


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Give a file with contacts that have something wrong."""
    path = tmp_path / "contactos.csv"
    path.write_text(
        "codigo cliente,nombre completo,e-mail,telefono,empresa\n"
        "1,Ana López,ana.lopez@gmial.com,+34 612 904 718,Acme\n"
        "2,Luis Gil,luis.gil,12,Acme\n"
        "2,Eva Sanz,no@no.com,999999999,#REF!\n"
        "4,José Muñoz,jose@munoz.es,+34 699 120 453,Muñoz e Hijos\n",
        encoding="utf-8",
    )
    return path
