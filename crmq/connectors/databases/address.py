"""The address of a database, taken apart: where it is, what is asked for, and how it may be shown.

``postgresql://user:${PGPASSWORD}@host:5432/crm?sslmode=require&table=contacts``: ``table`` names a table or view and
may be repeated, ``query`` begins a query that goes on to the end of the address (so that SQL needs no escaping),
``name`` names its result, and everything else is an option of the driver. ``${NAME}`` stands for an environment
variable, whose value needs no escaping either. Without ``table`` and ``query``, all tables are read.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote

from crmq import project
from crmq.errors import CrmqError, SourceError, did_you_mean
from crmq.locales import _

FILES = ("sqlite", "duckdb")
"""Kinds of databases that are one file."""

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://")
_PARTS = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]*)://(?P<authority>[^/?]*)(?P<path>/[^?]*)?(?:\?(?P<query>.*))?", re.DOTALL
)
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SAME = {"postgres": "postgresql", "mariadb": "mysql", "sqlserver": "mssql"}
_OWN = ("table", "query", "name")
_SECRETS = ("password", "passwd", "pwd")


@dataclass(frozen=True)
class Address:
    """A database URL taken apart.

    Attributes:
        kind: The kind of database: ``postgresql``, ``mysql``, ``mssql``, ``sqlite``, ``duckdb``, or what SQLAlchemy
            knows.
        driver: The driver asked for, as in ``mssql+pyodbc``.
        path: The file of a database that is one.
        user, password, host, port, database: Where a server is and who asks; None where nothing is said.
        options: Further options of the driver, as they stand in the URL.
        tables: Tables or views asked for.
        query: A query asked for.
        name: What the result of the query is called.
        shown: The URL as it may be shown: without password, options and query.
    """

    kind: str
    driver: str | None = None
    path: Path | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    host: str | None = None
    port: int | None = None
    database: str | None = None
    options: dict[str, str] = field(default_factory=dict, repr=False)
    tables: tuple[str, ...] = ()
    query: str | None = None
    name: str = "query"
    shown: str = ""

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown."""
        hidden = [v for k, v in self.options.items() if any(word in k.lower() for word in _SECRETS)]
        return tuple(text for text in (self.password, *hidden) if text)


def is_url(text: str) -> bool:
    """Tell whether an input is a database URL, or an environment variable that holds one."""
    begin = _VARIABLE.match(text)
    if begin is not None:
        text = os.environ.get(begin.group(1), "")
    return _URL.match(text) is not None


def shown(text: str) -> str:
    """Return an input as it may be shown: of a database URL only what tells which database it is."""
    named, url = _split_name(text)
    if not is_url(url):
        return text
    try:
        return named + parse(url).shown
    except CrmqError:
        return f"{named}{_scheme(url)}://…"


def kept(text: str) -> str:
    """Return an input as it may be written down to be read again: a password becomes a variable to fill in.

    What stands there as ``${NAME}`` already stays as it is; so do tables and query.
    """
    named, url = _split_name(text)
    if not is_url(url) or _VARIABLE.match(url):
        return text
    found = _PARTS.fullmatch(url)
    if found is None:
        return f"{named}{_scheme(url)}://…"
    authority, query = found["authority"], found["query"]
    user, at, place = authority.rpartition("@")
    name, colon, password = user.partition(":")
    if colon and not _VARIABLE.fullmatch(password):
        authority = f"{name}:${{{_variable(found['scheme'])}}}{at}{place}"
    text = f"{named}{found['scheme']}://{authority}{found['path'] or ''}"
    if query is None:
        return text
    front, sql = _cut_query(query)
    pairs = []
    for pair in filter(None, front.split("&")):
        key, equals, value = pair.partition("=")
        secret = any(word in key.lower() for word in _SECRETS) and not _VARIABLE.fullmatch(value)
        pairs.append(f"{key}{equals}${{{_variable(found['scheme'])}}}" if secret else pair)
    return f"{text}?" + "&".join([*pairs, *([f"query={sql}"] if sql is not None else [])])


def _variable(scheme: str) -> str:
    """Return the customary name of the variable with the password of a database."""
    kind = _SAME.get(scheme.split("+")[0].lower(), scheme.split("+")[0].lower())
    return {"postgresql": "PGPASSWORD", "mysql": "MYSQL_PWD", "mssql": "SQLCMDPASSWORD"}.get(kind, "DATABASE_PASSWORD")


def _split_name(text: str) -> tuple[str, str]:
    """Return ``NAME=`` and the rest."""
    named = re.match(r"[A-Za-z0-9][A-Za-z0-9_.\-]*=", text)
    return (named[0], text[named.end() :]) if named and is_url(text[named.end() :]) else ("", text)


def _scheme(url: str) -> str:
    found = _URL.match(url)
    return found[0].removesuffix("://") if found else "database"


def parse(url: str) -> Address:
    """Return the parts of a database URL.

    Raises:
        SourceError: It is no database URL, or a parameter is not known; nothing of it that may be a secret is told.
        ConfigError: A variable is not set.
    """
    begin = _VARIABLE.match(url)
    if begin is not None:
        url = project.expand(begin[0]) + url[begin.end() :]
    found = _PARTS.fullmatch(url)
    if found is None:
        raise _malformed(url)
    kind, _plus, driver = found["scheme"].lower().partition("+")
    kind = _SAME.get(kind, kind)
    if kind in FILES:
        return _file(kind, found)
    return _server(kind, driver or None, found)


def _file(kind: str, found: re.Match[str]) -> Address:
    location = _plain(found["authority"] + (found["path"] or ""))
    where = f"{found['scheme']}://{location}"
    options, tables, query, name = _asked(found["query"] or "", where)
    if options:
        raise _unknown(next(iter(options)), where)
    relative = Path(location.removeprefix("/"))
    path = relative if relative.exists() or not Path(location).exists() else Path(location)
    return Address(kind, path=path, tables=tables, query=query, name=name, shown=where)


def _server(kind: str, driver: str | None, found: re.Match[str]) -> Address:
    scheme = f"{found['scheme']}://…"
    before, _at, place = found["authority"].rpartition("@")
    user, _colon, password = before.partition(":")
    spot = re.fullmatch(r"(?P<host>\[[^\]]*\]|[^:\[\]]*)(?::(?P<port>\d*|\$\{\w+\}))?", place)
    if spot is None or "@" in (found["path"] or ""):
        raise _malformed(found["scheme"] + "://")
    port = _plain(spot["port"] or "")
    if port and not (port.isdecimal() and 0 < int(port) < 65536):
        raise _malformed(found["scheme"] + "://")
    host = _plain(spot["host"]).strip("[]")
    database = _plain((found["path"] or "").removeprefix("/"))
    options, tables, query, name = _asked(found["query"] or "", scheme)
    who = f"{quote(_plain(user))}@" if user else ""
    spelled = f"[{host}]" if ":" in host else host
    where = f"{found['scheme']}://{who}{spelled}{':' + port if port else ''}/{quote(database)}"
    return Address(
        kind, driver, None, _plain(user) or None, _plain(password) or None, host or None, int(port) if port else None,
        database or None, options, tables, query, name, where,
    )  # fmt: skip


def _asked(text: str, where: str) -> tuple[dict[str, str], tuple[str, ...], str | None, str]:
    """Return the options of the driver, the tables, the query and the name of its result."""
    front, sql = _cut_query(text)
    options: dict[str, str] = {}
    tables: list[str] = []
    name = "query"
    for pair in filter(None, front.split("&")):
        key, equals, value = pair.partition("=")
        if not equals or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_ .+\-]*", unquote(key)):
            raise _malformed(where)
        if key == "table":
            tables.append(_plain(value))
        elif key == "name":
            name = _plain(value) or name
        else:
            options[unquote(key.replace("+", " "))] = _plain(value.replace("+", "%20"))
    return options, tuple(tables), _plain(sql) if sql is not None else None, name


def _cut_query(text: str) -> tuple[str, str | None]:
    """Return the parameters before the query, and the query: it goes on to the end."""
    found = re.search(r"(?:^|&)query=", text)
    return (text, None) if found is None else (text[: found.start()], text[found.end() :])


def _plain(text: str) -> str:
    """Return a part of a URL unescaped, then with its variables filled in: their values need no escaping."""
    return project.expand(unquote(text))


def _unknown(name: str, where: str) -> SourceError:
    what = _("{name} is no parameter of a database URL.").format(name=name)
    close = did_you_mean(name, _OWN)
    hint = _("Did you mean {word}?").format(word=close) if close else _("Known: {names}.").format(names=", ".join(_OWN))
    return SourceError(what, where=where, hint=hint)


def _malformed(url: str) -> SourceError:
    hint = _(
        "Write it as {example}. In a user or password, @ is %40, : is %3A, / is %2F and ? is %3F; or name an "
        "environment variable as ${{NAME}}, whose value needs no escaping."
    )
    example = "postgresql://user:${PGPASSWORD}@host:5432/database?table=contacts"
    return SourceError(
        _("The database URL cannot be understood."), where=f"{_scheme(url)}://…", hint=hint.format(example=example)
    )
