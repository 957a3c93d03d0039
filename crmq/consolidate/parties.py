"""The party records in golden order: one run of rows per party, and what survivorship asks of a record.

Rows are sorted by party and inside it by source key; parties stand in the order of their smallest source key. Every
other module addresses a record by its *row* in this order and a party by its number, so that neither the order of the
input nor the text of a key matters afterwards.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from crmq.consolidate.knockout import Ints, decide
from crmq.consolidate.settings import DEFAULT_TRUST, defaults
from crmq.errors import InternalError
from crmq.model.tables import KEY

Rows = npt.NDArray[np.uint32]
"""Positions of records in golden order, or of parties."""

NEVER = np.iinfo(np.int64).min
"""Stands for a missing time where the greatest wins."""

_ID_DIGITS = 20
"""80 bits of SHA-256: among 100 million parties the chance of one collision is below 1 in 10^8."""


@dataclass(frozen=True)
class Parties:
    """Records grouped into parties.

    Attributes:
        records: The records as given; use :meth:`column` to read one in golden order.
        order: UInt32, position in ``records`` of each row.
        of_row: The party of each row, ascending from 0.
        starts: The first row of each party.
        ids: Golden id of each party.
        clusters: Columns cluster_id, merge_id, probability, decided_by in golden order.
        trust: Trust per source.
    """

    records: pl.DataFrame
    order: pl.Series
    of_row: Rows
    starts: Ints
    ids: pl.Series
    clusters: pl.DataFrame
    trust: Mapping[str, int]

    @property
    def count(self) -> int:
        """Number of parties."""
        return len(self.starts)

    @property
    def height(self) -> int:
        """Number of records."""
        return len(self.of_row)

    @cached_property
    def sizes(self) -> Ints:
        """Number of records of each party."""
        return np.diff(np.append(self.starts, self.height))

    def column(self, name: str) -> pl.Series:
        """Return a column of ``records`` in golden order."""
        return self.records[name].gather(self.order)

    @cached_property
    def keys(self) -> pl.DataFrame:
        """The four key columns in golden order."""
        return pl.DataFrame([self.column(name) for name in KEY])

    @cached_property
    def is_person(self) -> npt.NDArray[np.bool_]:
        """Whether each party is a person."""
        first = self.keys["entity"].gather(pl.Series(self.starts, dtype=pl.UInt32))
        return np.asarray((first == "person").to_numpy())

    # ------------------------------------------------------------------ what survivorship asks of a record

    @cached_property
    def live(self) -> Ints:
        """1 for a record that stands in its source, 0 for one that was deleted there."""
        return np.asarray((~self.column("is_deleted").fill_null(False)).cast(pl.Int64).to_numpy())

    @cached_property
    def modified(self) -> Ints:
        """When each record was last modified, in microseconds; :data:`NEVER` when unknown."""
        return _times(self.column("modified_at"))

    @cached_property
    def freshness(self) -> Ints:
        """When each record was modified, else created."""
        return _times(self.column("modified_at").zip_with(self._has("modified_at"), self.column("created_at")))

    @cached_property
    def age(self) -> Ints:
        """The reverse of when each record was created, else modified: the greater, the older."""
        times = _times(self.column("created_at").zip_with(self._has("created_at"), self.column("modified_at")))
        return np.where(times == NEVER, NEVER, -times)

    def _has(self, name: str) -> pl.Series:
        return self.column(name).is_not_null()

    @cached_property
    def filled(self) -> Ints:
        """Number of golden fields that each record has a value for."""
        columns = [field for rule in defaults().rules.values() for field in rule.fields]
        total = self.records.select(pl.sum_horizontal(pl.col(columns).is_not_null().cast(pl.UInt32))).to_series()
        return np.asarray(total.gather(self.order).cast(pl.Int64).to_numpy())

    @cached_property
    def source_trust(self) -> Ints:
        """Trust of each record's source."""
        return self.trust_with({})

    def trust_with(self, special: Mapping[str, int]) -> Ints:
        """Return the trust of each record's source, where ``special`` overrides the general figures."""
        known = {**self.trust, **special}
        sources = self.keys["source"]
        names = sources.unique().to_list()
        figures = [known.get(name, DEFAULT_TRUST) for name in names]
        return np.asarray(sources.replace_strict(names, figures, return_dtype=pl.Int64).to_numpy())

    @cached_property
    def tax_validated(self) -> Ints:
        """1 for a record with a tax id whose check digits are right."""
        verdict = self.column("tax_id_verdict").cast(pl.String)
        return np.asarray((verdict == "valid").fill_null(False).cast(pl.Int64).to_numpy())

    @cached_property
    def survivors(self) -> Rows:
        """The row of each party that the others merge into.

        Live before deleted, then a record that others declare as their survivor, then trust, modification time, filled
        fields; the smallest source key at last.
        """
        frame = self.keys.with_columns(self.column("record_key"))
        on = ["source", "object", "entity", "record_key"]
        declared = (
            frame.select("source", "object", "entity", self.column("master_key").alias("record_key"))
            .filter(pl.col("record_key").is_not_null())
            .unique()
            .with_columns(is_master=pl.lit(1, pl.Int64))
        )
        joined = frame.join(declared, on=on, how="left", maintain_order="left")
        master = joined["is_master"].fill_null(0).to_numpy()
        criteria = [
            ("live_record", self.live), ("declared", master), ("most_trusted", self.source_trust),
            ("most_recent", self.modified), ("fullest_record", self.filled),
        ]  # fmt: skip
        made = decide(self.of_row, [(name, values.__getitem__) for name, values in criteria], None)
        return made.winners.astype(np.uint32)

    # ------------------------------------------------------------------ children

    @cached_property
    def _lookup(self) -> pl.DataFrame:
        return self.keys.with_columns(
            row=pl.int_range(self.height, dtype=pl.UInt32, eager=True), party=pl.Series(self.of_row)
        )

    def attach(self, children: pl.DataFrame) -> pl.DataFrame:
        """Return a child table with the ``row`` and ``party`` of the record it belongs to (null: there is none)."""
        return children.join(self._lookup, on=list(KEY), how="left", maintain_order="left")

    def id_of(self, party: pl.Series) -> pl.Series:
        """Return the golden ids of party numbers (null stays null)."""
        return self.ids.gather(party).alias("party_id")


def lean(frame: pl.DataFrame, keep: Iterable[str] = ()) -> pl.DataFrame:
    """Return the frame without the columns that hold nothing: they cost 16 bytes a row once rows are moved about.

    The fixed schema brings them back (:func:`crmq.model.tables.conform`), as one null each.
    """
    kept = set(keep)
    return frame.select(c.name for c in frame.get_columns() if c.name in kept or c.null_count() < frame.height)


def _times(column: pl.Series) -> Ints:
    return np.asarray(column.to_physical().fill_null(int(NEVER)).to_numpy())


def group(records: pl.DataFrame, clusters: pl.DataFrame, trust: Mapping[str, int]) -> Parties:
    """Group the records into parties by ``merge_id``; records of different kinds never share a party.

    Raises:
        InternalError: A record has no cluster, or the same key twice: matching or standardising has a defect.
    """
    columns = ["cluster_id", "merge_id", "probability", "decided_by"]
    keyed = records.select(*KEY).with_row_index("at")
    frame = keyed.join(clusters.select(*KEY, *columns), on=list(KEY), how="left", maintain_order="left")
    if frame.height != records.height:
        raise InternalError("a record has several clusters, or two records have the same key")
    if frame["merge_id"].null_count():
        raise InternalError(f"{frame['merge_id'].null_count()} records have no cluster")
    frame = frame.sort(KEY).with_row_index("rank")
    frame = frame.with_columns(first=pl.col("rank").min().over("merge_id", "entity")).sort("first", "rank")
    first = frame["first"].to_numpy()
    begins = np.flatnonzero(np.diff(first, prepend=-1)) if len(first) else np.zeros(0, np.int64)
    sizes = np.diff(np.append(begins, len(first)))
    return Parties(
        records=records,
        order=frame["at"],
        of_row=np.repeat(np.arange(len(begins), dtype=np.uint32), sizes),
        starts=begins.astype(np.int64),
        ids=_golden_ids(frame[begins.tolist()].select(KEY)) if len(begins) else pl.Series("party_id", [], pl.String),
        clusters=frame.select(columns),
        trust=trust,
    )


def _golden_ids(keys: pl.DataFrame) -> pl.Series:
    """Return the id of each party from its smallest source key: its parts joined by ``|``, escaped inside the parts."""
    escaped = [pl.col(name).str.replace_all(r"([\\|])", r"\$1") for name in KEY]
    texts = keys.select(pl.concat_str(escaped, separator="|")).to_series()
    digests = ["p:" + hashlib.sha256(text.encode()).hexdigest()[:_ID_DIGITS] for text in texts]
    return pl.Series("party_id", digests, dtype=pl.String)
