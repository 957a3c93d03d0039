"""Children of party records that stand in tables of their own: phones, addresses, consents, links between parties.

Old systems keep the second phone of a person, or the consent of an address, in a table beside the parties. Such a row
names its party by id; here it becomes a contact point, consent or relationship of that record, as if it stood on the
record's own row, so that matching and survivorship see it. A row whose party is not among the inputs stays as an
orphan: its key is the id it names, without an entity.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from crmq.model.facts import CHILD_OBJECTS
from crmq.model.tables import CONSENTS, CONTACT_POINTS, KEY, PERSON, RELATIONSHIPS, Schema, conform
from crmq.standardise import contact_points, details
from crmq.standardise.facts import references
from crmq.standardise.facts.cells import Cells
from crmq.standardise.rows import Rows

_SCHEMAS: dict[str, Schema] = {
    "contact_points": CONTACT_POINTS, "consents": CONSENTS, "relationships": RELATIONSHIPS,
}  # fmt: skip
_REFERENCE = (
    "source", "party_object", "party_key", "other_object", "other_key", "holder", "row_object", "row_key",
)  # fmt: skip
_SCALARS = {
    "email": {"email": "value_norm", "email_verdict": "verdict"},
    "phone": {"phone": "value_norm", "phone_verdict": "verdict"},
    "web": {"website_domain": "value_norm"},
    "postal": {name: name for name in ("street", "house_number", "unit", "district", "city", "region", "postal_code",
                                       "country")},
}  # fmt: skip
"""Per type of contact point: columns of the record that hold its first value."""


@dataclass
class Adoption:
    """Collects the rows of child tables until the records they belong to are known.

    Attributes:
        as_of: What "now" means for two-digit years.
        country: ISO 3166-1 alpha-2 of numbers and postal codes without a country.
        children: Per table of children: rows with the columns of its schema and those of ``_REFERENCE``.
        homeless: Per table of children: those of contact points whose owners a table of links names, with ``source``
            and ``point_key``.
        links: Who owns which contact point: ``source``, ``point_key``, and the reference to the party.
        count: How many rows gave something.
    """

    as_of: dt.date
    country: str | None
    children: dict[str, list[pl.DataFrame]] = field(default_factory=dict)
    homeless: dict[str, list[pl.DataFrame]] = field(default_factory=dict)
    links: list[pl.DataFrame] = field(default_factory=list)
    count: int = 0

    def __bool__(self) -> bool:
        return bool(self.children or self.homeless or self.links)

    def take(self, other: Adoption) -> None:
        """Add what another has collected."""
        for mine, theirs in ((self.children, other.children), (self.homeless, other.homeless)):
            for name, frames in theirs.items():
                mine.setdefault(name, []).extend(frames)
        self.links += other.links
        self.count += other.count

    def add(self, rows: Rows) -> pl.Series:
        """Add one table, whose object is one of :data:`crmq.model.facts.CHILD_OBJECTS`.

        Returns:
            Per row 1 where it gave a child, else 0.
        """
        assert rows.table.object in CHILD_OBJECTS
        cells = Cells(rows, self.as_of)
        reference = self._reference(cells)
        if rows.table.object == "contact_point":
            gave = self._add_points(rows, cells, reference)
        else:
            made = (
                self._consents(rows, cells, "captured_at")
                if rows.table.object == "consent"
                else _relationships(rows, reference)
            )
            gave = [] if made is None else [made["at"]]
            if made is not None and made.height:
                self._keep("consents" if rows.table.object == "consent" else "relationships", made, reference)
        given = pl.repeat(0, rows.height, dtype=pl.UInt8, eager=True)
        for at in gave:
            given = given.scatter(at.unique(), 1)
        self.count += int(given.sum())
        return given

    def add_answers(self, rows: Rows) -> None:
        """Add what the events of a table of facts say of consent; events that say nothing of it are none."""
        cells = Cells(rows, self.as_of)
        made = self._consents(rows, cells, "started_at")
        if made is not None:
            made = made.filter(pl.col("status") != "unknown")
        if made is not None and made.height:
            self._keep("consents", made, self._reference(cells))

    def _reference(self, cells: Cells) -> pl.DataFrame:
        """Return whom each row belongs to; a row that names a company alone belongs to that.

        ``other_key`` is a second record that it names, in case the first is not among the inputs.
        """
        parties = references.parties(cells, self.country)
        found, height = parties.columns, cells.rows.height
        empty = pl.repeat(None, height, dtype=pl.String, eager=True)
        names = ("party_object", "party_key", "account_object", "account_key")
        frame = pl.DataFrame({name: found.get(name, empty) for name in names})
        frame = frame.with_columns(other_object=empty, other_key=empty)
        if parties.further is not None:
            second = parties.further.unique("at", keep="first", maintain_order=True)
            frame = frame.with_columns(
                frame["other_object"].scatter(second["at"], second["object"]),
                frame["other_key"].scatter(second["at"], second["key"]),
            )
        alone = pl.col("party_key").is_null()
        return frame.select(
            "other_object", "other_key",
            source=pl.lit(cells.rows.table.source),
            party_object=pl.when(alone).then("account_object").otherwise("party_object"),
            party_key=pl.coalesce("party_key", "account_key"),
            row_object=pl.lit(cells.rows.table.object), row_key=cells.rows.ids,
        )  # fmt: skip

    def _add_points(self, rows: Rows, cells: Cells, reference: pl.DataFrame) -> list[pl.Series]:
        """Keep the contact points of a table; return which rows gave any, or linked one to its owner."""
        points, _stated = contact_points.places_and_phones(rows, rows.table.country or self.country)
        points |= contact_points.mails_and_sites(rows)
        link = cells.first_key("contact_point_id")
        gave = [frame["at"] for frame in points.values()]
        if link is not None:
            gave.append(link.is_not_null().arg_true())
            linked = reference.with_columns(link.alias("point_key")).filter(pl.col("point_key").is_not_null())
            self.links.append(linked)
        children = [("contact_points", frame) for frame in points.values()]
        answers = self._consents(rows, cells, "captured_at")
        if answers is not None and answers.height:
            gave.append(answers["at"])
            children.append(("consents", answers))
        owned = reference["party_key"].is_not_null()
        for name, frame in children:
            mine = frame.filter(owned.gather(frame["at"]))
            if mine.height:
                self._keep(name, mine, reference)
            rest = frame.filter(~owned.gather(frame["at"]))
            if rest.height:
                at = rest["at"]
                self.homeless.setdefault(name, []).append(
                    rest.drop("at").with_columns(
                        rows.keys.gather(at).alias("point_key"), rows.ids.gather(at).alias("row_key"),
                        source=pl.lit(rows.table.source), row_object=pl.lit(rows.table.object),
                    )
                )  # fmt: skip
        return gave

    def _consents(self, rows: Rows, cells: Cells, when: str) -> pl.DataFrame | None:
        """Return the answers of a table, with the time that a field of it tells."""
        made = details.consents(rows)
        if made is not None:
            for name, values in (("captured_at", cells.time(when)), ("evidence", cells.text("evidence"))):
                if values is not None:
                    made = made.with_columns(values.gather(made["at"]).alias(name))
        return made

    def _keep(self, name: str, frame: pl.DataFrame, reference: pl.DataFrame) -> None:
        at = frame["at"]
        if "holder" not in frame.columns:
            frame = frame.with_columns(holder=pl.lit(None, pl.String))
        columns = [reference[c].gather(at) for c in reference.columns]
        self.children.setdefault(name, []).append(frame.drop("at").with_columns(columns))

    # ------------------------------------------------------------------ once the records are known

    def settled(self, tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
        """Return the tables that change.

        Args:
            tables: The standardised tables by name: records and their children.
        """
        self._bring_home()
        records = tables["records"]
        made: dict[str, pl.DataFrame] = {}
        for name, parts in sorted(self.children.items()):
            children = _with_owner(pl.concat(parts, how="diagonal_relaxed"), records)
            if name == "contact_points":
                made[name], firsts = _among_points(tables[name], children)
                made["records"] = _with_firsts(records, firsts)
            else:
                schema = _SCHEMAS[name]
                whole = pl.concat([tables[name], conform(children, schema)])
                made[name] = whole.sort(
                    *KEY, *(c for c in schema if c not in KEY), nulls_last=True, maintain_order=True
                )
        return made

    def _bring_home(self) -> None:
        """Give contact points that stand by themselves to whoever a table of links names; several may share one."""
        on = ["source", "point_key"]
        links = pl.concat(self.links).select(*on, "party_object", "party_key").unique() if self.links else None
        for name, parts in self.homeless.items():
            points = pl.concat(parts, how="diagonal_relaxed")
            if links is not None:
                links = links.sort(pl.all())
                points = points.join(links, on=on, how="left", maintain_order="left_right")
            self.children.setdefault(name, []).append(points.drop("point_key"))
        self.homeless = {}


def _relationships(rows: Rows, reference: pl.DataFrame) -> pl.DataFrame | None:
    nobody = pl.repeat(None, rows.height, dtype=pl.String, eager=True)
    made = details.relationships(rows, nobody, pl.repeat(False, rows.height, eager=True))
    if made is None:
        return None
    own = reference["party_object"].gather(made["at"])
    return made.with_columns(
        pl.when(pl.col("rel_type") == "replaces").then(own).otherwise("to_object").alias("to_object")
    )


def _with_owner(children: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """Return the children with the key of the record they belong to."""
    wanted = children.with_columns(
        pl.lit(None, pl.String).alias(c) for c in _REFERENCE if c not in children.columns
    ).with_row_index("child")
    known = records.select(*KEY, key="record_key").filter(pl.col("key").is_not_null())
    # without an object the id must stand for one object only
    alone = known.filter(pl.col("object").n_unique().over("source", "key") == 1)
    found = []
    for turn, (object_, key) in enumerate((("party_object", "party_key"), ("other_object", "other_key"))):
        named = wanted.select("child", "source", "holder", key=key, asked=object_).filter(pl.col("key").is_not_null())
        exact = named.filter(pl.col("asked").is_not_null()).join(
            known.with_columns(asked="object"), on=["source", "asked", "key"], how="inner"
        )
        loose = named.filter(pl.col("asked").is_null()).join(alone, on=["source", "key"], how="inner")
        found += [
            f.select("child", "holder", "object", "record_id", "entity", turn=pl.lit(turn)) for f in (exact, loose)
        ]
    other = pl.col("entity") != pl.coalesce("holder", pl.lit(PERSON))
    first = pl.concat(found).sort("child", "turn", other, "object", "record_id", "entity").unique("child", keep="first")
    owned = wanted.join(first.drop("turn", "holder"), on="child", how="left", maintain_order="left")
    return owned.with_columns(
        object=pl.coalesce("object", "party_object", "row_object"),
        record_id=pl.coalesce("record_id", "party_key", "row_key"),
    ).drop("child")


def _among_points(points: pl.DataFrame, children: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return all contact points with the adopted ones numbered among those of their record, and the new first ones."""
    group = [*KEY, "cp_type"]
    mine = children.select(group).unique()
    touched = points.join(mine, on=group, how="semi", nulls_equal=True, maintain_order="left")
    rest = points.join(mine, on=group, how="anti", nulls_equal=True, maintain_order="left")
    both = pl.concat(
        [
            touched.with_columns(late=pl.lit(0, pl.UInt8)),
            conform(children.with_columns(slot=pl.col("order") + 1), CONTACT_POINTS).with_columns(
                late=pl.lit(1, pl.UInt8)
            ),
        ]
    )
    usable = pl.col("verdict").cast(pl.String).is_in(contact_points.USABLE)
    both = both.sort(
        *KEY, "cp_type", ~usable, "late", "slot", "value_norm", "value_raw", "usage", "column", nulls_last=True,
        maintain_order=True,
    ).with_columns(slot=(pl.int_range(pl.len()).over(group) + 1).cast(pl.UInt16))  # fmt: skip
    firsts = both.filter(pl.col("slot") == 1).drop("late")
    rank = pl.col("cp_type").replace_strict(
        {kind: i for i, kind in enumerate(contact_points.TYPES)}, return_dtype=pl.UInt8
    )
    whole = pl.concat([rest, both.drop("late")]).sort(rank, *KEY, "slot", nulls_last=True, maintain_order=True)
    return whole, firsts


def _with_firsts(records: pl.DataFrame, firsts: pl.DataFrame) -> pl.DataFrame:
    """Return the records with the first usable contact points where they have none of their own."""
    for kind, columns in _SCALARS.items():
        mine = firsts.filter((pl.col("cp_type") == kind) & pl.col("entity").is_not_null())
        if mine.is_empty():
            continue
        given = mine.select(*KEY, *(pl.col(c).alias(f"__{name}") for name, c in columns.items()))
        joined = records.join(given, on=list(KEY), how="left", maintain_order="left")
        lacking = pl.all_horizontal(pl.col(n).is_null() for n in _own(columns))
        offered = pl.any_horizontal(pl.col(f"__{n}").is_not_null() for n in columns)
        records = joined.with_columns(
            pl.when(lacking & offered).then(f"__{name}").otherwise(name).alias(name) for name in columns
        ).drop(f"__{name}" for name in columns)
    return records


def _own(columns: Mapping[str, str]) -> Sequence[str]:
    return [name for name in columns if not name.endswith("_verdict")]
