"""Real servers for the tests: PostgreSQL and MariaDB on this machine, each with a database of the test's own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import polars as pl
import pytest

from crmq.connectors import inputs
from crmq.model.raw import RawTable


@dataclass(frozen=True)
class Server:
    """A database of the test's own.

    Attributes:
        url: Without parameters.
        name: Of the database.
        run: Executes SQL statements in it, as a user who may do everything.
    """

    url: str
    name: str
    run: Callable[..., None]


def _name() -> str:
    return f"crmq_test_{os.getpid()}_{os.environ.get('PYTEST_XDIST_WORKER', 'w')}"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A PostgreSQL database (``CRMQ_TEST_POSTGRESQL`` names another server by ``host:port``), or a skip."""
    psycopg = pytest.importorskip("psycopg", reason="the extra crmq[databases] is not installed")
    host, _colon, port = os.environ.get("CRMQ_TEST_POSTGRESQL", "127.0.0.1:5432").partition(":")
    given = {"host": host, "port": port or 5432, "user": os.environ.get("CRMQ_TEST_POSTGRESQL_USER", "postgres")}
    try:
        admin = psycopg.connect(**given, dbname="postgres", autocommit=True, connect_timeout=3)
    except psycopg.OperationalError as error:
        pytest.skip(f"no PostgreSQL at {host}:{port} (set CRMQ_TEST_POSTGRESQL): {error}")
    name = _name()
    admin.execute(f"DROP DATABASE IF EXISTS {name}")
    admin.execute(f"CREATE DATABASE {name}")

    def run(*statements: str) -> None:
        with psycopg.connect(**given, dbname=name, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    yield Server(f"postgresql://{given['user']}@{host}:{port}/{name}", name, run)
    admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    admin.close()


@pytest.fixture(scope="session")
def mariadb() -> Iterator[Server]:
    """A MariaDB or MySQL database (``CRMQ_TEST_MYSQL`` names another server by ``host:port``), or a skip."""
    pymysql = pytest.importorskip("pymysql", reason="the extra crmq[databases] is not installed")
    host, _colon, port = os.environ.get("CRMQ_TEST_MYSQL", "127.0.0.1:3306").partition(":")
    given = {"host": host, "port": int(port or 3306), "user": os.environ.get("CRMQ_TEST_MYSQL_USER", "root")}
    try:
        admin = pymysql.connect(**given, autocommit=True, connect_timeout=3)
    except pymysql.OperationalError as error:
        pytest.skip(f"no MySQL or MariaDB at {host}:{port} (set CRMQ_TEST_MYSQL): {error}")
    name = _name()

    def run(*statements: str) -> None:
        with admin.cursor() as cursor:
            cursor.execute(f"USE `{name}`")
            for statement in statements:
                cursor.execute(statement)

    with admin.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS `{name}`")
        cursor.execute(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")
    run("SET sql_mode = ''")
    yield Server(f"mysql://{given['user']}@{host}:{port}/{name}", name, run)
    with admin.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS `{name}`")
    admin.close()


def table(url: str) -> RawTable:
    """Return the only table of an input."""
    (one,) = inputs.read([url]).tables
    return one


def columns(frame: pl.DataFrame) -> dict[str, list[str | None]]:
    """Return a frame as a dictionary of lists."""
    return frame.to_dict(as_series=False)
