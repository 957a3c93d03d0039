"""Where the tables stand that GX looks at: in pandas, in a database they were written to, or in the client's own.

A store makes one batch per view. In a database that crmq writes to the tables are crmq's own, named ``crmq_gx_...``,
and are removed at the end, also after an error; the client's own tables are never written to: connections are
read-only, and the batch is a query.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import polars as pl

from crmq.errors import SourceError, UsageError
from crmq.locales import _
from crmq.rules.evaluation import Outcome, Planned
from crmq.rules.gx import loading
from crmq.rules.gx.counterparts import Backend
from crmq.rules.gx.names import GROUP as STORED_GROUP
from crmq.rules.gx.names import RESTORED_NUL, ROW, STORED_NUL, TEXT_SUFFIX
from crmq.rules.gx.session import as_stored
from crmq.rules.views import GROUP, View

_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_]{0,50}")
_CHUNK = 5_000
DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}
_SCHEMES: dict[str, Backend] = {
    "sqlite": "sqlite", "postgresql": "postgresql", "postgres": "postgresql", "mysql": "mysql", "mariadb": "mysql",
}  # fmt: skip


@dataclass(frozen=True)
class Batch:
    """A view as GX sees it.

    Attributes:
        definition: The batch definition.
        parameters: What it needs to give its batch.
        names: Columns of the view and their names in the batch.
        texts: The same for the columns without blanks around the values (as kinds compare them).
        backend: Kind of store.
    """

    definition: Any
    parameters: dict[str, Any] | None
    names: Mapping[str, str]
    texts: Mapping[str, str]
    backend: Backend


class Store(Protocol):
    """Puts views where GX can look at them.

    Attributes:
        in_place: Whether the rows were never read: a view has the first of them at most.
    """

    in_place: bool

    def batch(self, view: View, name: str) -> Batch:
        """Return a view as a batch; ``name`` is how validation results and Data Docs call it."""

    def placed(self, view: View, batch: Batch, planned: Sequence[Planned], outcomes: list[Outcome]) -> list[Outcome]:
        """Return outcomes whose row numbers findings can be made of."""

    def close(self) -> None:
        """Remove what was written."""


def of(where: str | None, context: Any) -> Store:
    """Return the store that a user asks for.

    Args:
        where: URL of a database that may be written to, or None for pandas.
        context: A context of GX.

    Raises:
        UsageError: The URL is of no kind that is known.
        SourceError: The database cannot be reached.
    """
    return PandasStore(context) if where is None else DatabaseStore(where, context)


def batch_names(columns: Sequence[str]) -> dict[str, str]:
    """Return a name in the batch for every column of a view.

    Plain names stay; what a database might fold, cut or refuse is made plain.
    """
    out: dict[str, str] = {GROUP: STORED_GROUP}
    taken = {STORED_GROUP, ROW}
    for name in columns:
        if name == GROUP:
            continue
        plain = name if _PLAIN_NAME.fullmatch(name) else _plain(name)
        base, number = plain, 2
        while plain in taken or (plain != name and plain in columns):
            plain, number = f"{base}_{number}", number + 1
        out[name] = plain
        taken.add(plain)
    return out


def _plain(name: str) -> str:
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    made = re.sub(r"[^a-z0-9]+", "_", ascii_only).strip("_")[:40]
    return made if made[:1].isalpha() else f"c_{made}".rstrip("_")


def padded(frame: pl.DataFrame) -> list[str]:
    """Return the text columns that have values with blanks around them, or of nothing but blanks."""
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    if not texts or frame.is_empty():
        return []
    found = frame.select((pl.col(texts).str.strip_chars() != pl.col(texts)).any()).row(0, named=True)
    return [name for name in texts if found[name]]


def _laid_out(view: View) -> tuple[pl.DataFrame, dict[str, str], dict[str, str]]:
    """Return the rows of a view as they are stored, and the names of columns and of their texts in there."""
    frame = view.frame
    names = batch_names(frame.columns)
    stored = as_stored(frame)
    texts = dict(names)
    extra = []
    for name in padded(frame):
        text = names[name] + TEXT_SUFFIX
        while text in names.values():
            text += "_"
        texts[name] = text
        stripped = pl.col(name).str.strip_chars()
        extra.append(pl.when(stripped != "").then(stripped).alias(text))
    made = stored.with_columns(extra).rename(names).select(pl.int_range(pl.len(), dtype=pl.Int64).alias(ROW), pl.all())
    return made, names, texts


class PandasStore:
    """Data frames of pandas in memory."""

    in_place = False

    def __init__(self, context: Any) -> None:
        self._source = context.data_sources.add_pandas("crmq")

    def batch(self, view: View, name: str) -> Batch:
        """Return the view as a data frame: texts as objects with None, so that nothing is guessed."""
        import pandas as pd

        frame, names, texts = _laid_out(view)
        columns = {c.name: pd.Series(c.to_list(), dtype=_pandas_type(c)) for c in frame.get_columns()}
        asset = self._source.add_dataframe_asset(name)
        definition = asset.add_batch_definition_whole_dataframe("all rows")
        return Batch(definition, {"dataframe": pd.DataFrame(columns)}, names, texts, "pandas")

    def placed(self, view: View, batch: Batch, planned: Sequence[Planned], outcomes: list[Outcome]) -> list[Outcome]:
        """Return them as they are: the rows are those of the view."""
        return outcomes

    def close(self) -> None:
        """Nothing stays."""


def _pandas_type(column: pl.Series) -> str:
    return "int64" if column.dtype.is_integer() and not column.null_count() else "object"


def backend_of(url: str) -> Backend:
    """Return the kind of database of a URL.

    Raises:
        UsageError: GX does not run there.
    """
    scheme = url.split("://", 1)[0].split("+", 1)[0].lower()
    if "://" not in url or scheme not in _SCHEMES:
        hint = _("Known: {names}.").format(names="sqlite:///, postgresql://, mysql://")
        raise UsageError(_("GX does not run there."), where="--gx-at", hint=hint)
    return _SCHEMES[scheme]


def engine_url(url: str, backend: Backend) -> str:
    """Return the URL as SQLAlchemy takes it, with the driver that crmq brings."""
    return f"{DRIVERS[backend]}://{url.split('://', 1)[1]}"


def unpadded(connection: Any) -> str:
    """Return the collation of MySQL or MariaDB under which texts differ in any character, blanks at the end too."""
    version = str(connection.exec_driver_sql("SELECT VERSION()").scalar())
    return "utf8mb4_nopad_bin" if "mariadb" in version.lower() else "utf8mb4_0900_bin"


def unreachable(backend: Backend, error: Exception) -> SourceError:
    """Return the error of a database as ours; messages of drivers may quote values and are left out."""
    cause = type(getattr(error, "orig", None) or error).__name__
    return SourceError(
        _("The database ({kind}) cannot be used: {reason}.").format(kind=backend, reason=cause),
        hint=_("Check address, account and rights."),
    )


class DatabaseStore:
    """Tables of crmq's own in a database that the user names, removed at the end."""

    in_place = False

    def __init__(self, url: str, context: Any) -> None:
        self.backend = backend_of(url)
        self._sa = loading.sqlalchemy(self.backend)
        address = engine_url(url, self.backend)
        try:
            self._engine = self._sa.create_engine(address)
            with self._engine.connect() as connection:
                self._collation = unpadded(connection) if self.backend == "mysql" else None
        except (self._sa.exc.SQLAlchemyError, OSError, ValueError) as error:
            raise unreachable(self.backend, error) from None
        self._tables: list[Any] = []
        add = context.data_sources.add_sqlite if self.backend == "sqlite" else context.data_sources.add_sql
        with loading.quiet():
            self._source = add("crmq", connection_string=address, create_temp_table=False)

    def batch(self, view: View, name: str) -> Batch:
        """Write the view as a table and return it."""
        sa = self._sa
        frame, names, texts = _laid_out(view)
        frame = frame.with_columns(pl.col(pl.String).str.replace_all(RESTORED_NUL, STORED_NUL, literal=True))
        columns = [sa.Column(n, self._type(t), primary_key=n == ROW, autoincrement=False) for n, t in
                   frame.schema.items()]  # fmt: skip
        table = sa.Table(f"crmq_gx_{os.getpid()}_{len(self._tables) + 1}", sa.MetaData(), *columns, **self._options())
        try:
            table.drop(self._engine, checkfirst=True)  # a killed process of the same number may have left one
            self._tables.append(table)
            table.create(self._engine)
            with self._engine.begin() as connection:
                for part in frame.iter_slices(_CHUNK):
                    connection.execute(table.insert(), part.to_dicts())
        except sa.exc.SQLAlchemyError as error:
            raise unreachable(self.backend, error) from None
        asset = self._source.add_table_asset(name, table_name=table.name)
        return Batch(asset.add_batch_definition_whole_table("all rows"), None, names, texts, self.backend)

    def placed(self, view: View, batch: Batch, planned: Sequence[Planned], outcomes: list[Outcome]) -> list[Outcome]:
        """Return them as they are: the rows are those of the view."""
        return outcomes

    def close(self) -> None:
        """Remove the tables."""
        try:
            for table in self._tables:
                table.drop(self._engine, checkfirst=True)
        except self._sa.exc.SQLAlchemyError as error:
            raise unreachable(self.backend, error) from None
        finally:
            self._tables.clear()
            self._engine.dispose()

    def _type(self, dtype: pl.DataType) -> Any:
        sa = self._sa
        if dtype.is_integer():
            return sa.BigInteger()
        if dtype == pl.Boolean:
            return sa.Boolean()
        if self.backend == "mysql":
            from sqlalchemy.dialects.mysql import LONGTEXT

            return LONGTEXT(charset="utf8mb4", collation=self._collation)
        # as crmq compares: code point by code point, whatever the language of the database
        return sa.Text(collation="C") if self.backend == "postgresql" else sa.Text()

    def _options(self) -> dict[str, str]:
        if self.backend != "mysql":
            return {}
        return {"mysql_charset": "utf8mb4", "mysql_collate": str(self._collation), "mysql_engine": "InnoDB"}
