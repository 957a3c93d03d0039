"""Facts find their golden party: by the record they name, by an address or number, or by the fact they belong to.

The ways are tried in this order, and the first that leads to one party is taken (``attached_by`` names it):
``reference`` (the record the row names), ``participant`` (a row of a table of links, or a further party of the fact),
``value`` (the one party that has the address or number), ``account`` (the company the row names), then the deal, case,
order or thread the fact belongs to. A fact that no way leads to a party is an orphan: kept, with its references.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from crmq.consolidate import relationships
from crmq.consolidate.parties import Parties
from crmq.consolidate.union import Collapsed
from crmq.model.facts import FACT_KEY
from crmq.model.golden import GOLDEN_SCHEMAS
from crmq.model.tables import PERSON, Tables, conform

OF_PARTIES = (
    "orders", "deals", "cases", "invoices", "order_lines", "campaign_members", "interactions", "participants",
)  # fmt: skip
"""Tables of facts that belong to parties; those that others lean on come first."""

_BELONGS: Mapping[str, Sequence[tuple[str, str, str]]] = {
    "order_lines": (("order", "order_key", "orders"), ("deal", "deal_key", "deals")),
    "orders": (("deal", "deal_key", "deals"),),
    "invoices": (("order", "order_key", "orders"),),
    "interactions": (
        ("deal", "deal_key", "deals"), ("case", "case_key", "cases"), ("order", "order_key", "orders"),
        ("regarding", "regarding_key", "deals"), ("regarding", "regarding_key", "cases"),
        ("regarding", "regarding_key", "orders"),
    ),
}  # fmt: skip
"""Per table: what a fact belongs to, the column that names it, and the table it stands in."""

_PERSONS = ("contact", "lead")
"""Objects whose facts are about the person where one row holds a person and a firm."""


def attach(tables: Tables, targets: pl.DataFrame, points: Collapsed, parties: Parties) -> dict[str, pl.DataFrame]:
    """Return the golden table of every table of facts that has rows, and that of orders.

    Args:
        tables: The standardised tables.
        targets: What :func:`crmq.consolidate.relationships.targets` returns.
        points: The golden contact points.
        parties: The parties.
    """
    made: dict[str, pl.DataFrame] = {}
    present = [name for name in OF_PARTIES if tables[name].height]
    joined = _participants(tables["participants"], targets, parties) if "participants" in present else None
    reach: pl.DataFrame | None = None
    for name in present:
        rows = tables[name]
        if name == "participants":
            assert joined is not None
            made[name] = _golden(rows.with_columns(party_id=joined["party_id"]), name)
            continue
        if reach is None and rows["party_value"].null_count() < rows.height:
            reach = _reached(points, parties)
        made[name] = _golden(_attached(rows, name, targets, parties, joined, reach, made), name)
    if tables["products"].height:
        made["products"] = conform(tables["products"].sort(FACT_KEY), GOLDEN_SCHEMAS["products"])
    made.setdefault("orders", pl.DataFrame(schema=GOLDEN_SCHEMAS["orders"]))
    return made


def _attached(
    rows: pl.DataFrame,
    name: str,
    targets: pl.DataFrame,
    parties: Parties,
    joined: pl.DataFrame | None,
    reach: pl.DataFrame | None,
    made: Mapping[str, pl.DataFrame],
) -> pl.DataFrame:
    """Return the facts of one table with ``party_id``, ``account_party_id`` and ``attached_by``."""
    found = _Found(rows.height)
    found.add("reference", _lead(rows, "party_object", "party_key", targets, parties))
    account = _lead(rows, "account_object", "account_key", targets, parties)
    if "regarding_key" in rows.columns:
        found.add("reference", _lead(rows, None, "regarding_key", targets, parties))
    if joined is not None:
        found.add("participant", _by_participant(rows, name, joined))
    if reach is not None:
        found.add("value", _by_value(rows, reach))
    found.add("account", account)
    for way, column, table in _BELONGS.get(name, ()):
        if table in made:
            found.add(way, _of_fact(rows, column, made[table]))
    if name == "interactions":
        found.add("thread", _of_thread(rows, found.party))
    return rows.with_columns(found.party.alias("party_id"), found.way, account.alias("account_party_id"))


class _Found:
    """The party of each fact, and the way that led to it first."""

    def __init__(self, height: int) -> None:
        self.party = pl.repeat(None, height, dtype=pl.String, eager=True)
        self.way = self.party.alias("attached_by")

    def add(self, way: str, party: pl.Series) -> None:
        """Take parties for the facts that have none yet."""
        new = self.party.is_null() & party.is_not_null()
        if new.any():
            self.party = self.party.zip_with(~new, party)
            self.way = self.way.set(new, way)


def _golden(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return facts with a party as their golden table, in the order of their keys, whatever order they came in."""
    state = (
        pl.when(pl.col("party_id").is_null())
        .then(pl.lit(relationships.ORPHAN))
        .otherwise(pl.lit(relationships.ATTACHED))
    )
    keys = [c for c in (*FACT_KEY, "fact", "fact_key", "party_object", "party_key") if c in rows.columns]
    return conform(rows.with_columns(state=state).sort(keys, nulls_last=True), GOLDEN_SCHEMAS[name])


def _lead(rows: pl.DataFrame, object_: str | None, key: str, targets: pl.DataFrame, parties: Parties) -> pl.Series:
    """Return the golden id that a reference leads to; of a row with a person and a firm, the person of a lead."""
    if rows[key].null_count() == rows.height:
        return pl.repeat(None, rows.height, dtype=pl.String, eager=True)
    named = rows.select("source", object=pl.col(object_) if object_ else pl.lit(None, pl.String), key=pl.col(key))
    person = pl.when(pl.col("object").is_in(_PERSONS)).then(pl.lit(PERSON))
    first = relationships.resolve(named.with_columns(entity=person), targets)
    if first.null_count():
        second = relationships.resolve(named.with_columns(entity=pl.lit(None, pl.String)), targets)
        first = first.zip_with(first.is_not_null(), second)
    return parties.id_of(first)


def _participants(rows: pl.DataFrame, targets: pl.DataFrame, parties: Parties) -> pl.DataFrame:
    """Return the participants with the golden party each of them is."""
    return rows.with_columns(_lead(rows, "party_object", "party_key", targets, parties).alias("party_id"))


def _by_participant(rows: pl.DataFrame, name: str, joined: pl.DataFrame) -> pl.Series:
    """Return the first participant of each fact: persons before companies, then by key."""
    mine = joined.filter((pl.col("fact") == name) & pl.col("party_id").is_not_null() & pl.col("fact_key").is_not_null())
    firm = pl.col("party_object") == "account"
    first = mine.sort("source", "fact_key", firm, "party_object", "party_key", nulls_last=True)
    first = first.unique(["source", "fact_key"], keep="first").select("source", "fact_key", "party_id")
    return rows.select("source", fact_key="record_key").join(
        first, on=["source", "fact_key"], how="left", maintain_order="left"
    )["party_id"]


def _reached(points: Collapsed, parties: Parties) -> pl.DataFrame:
    """Return who has each address or number: value, party, sources, is_person."""
    rows = points.golden.filter(pl.col("cp_type").is_in(["email", "phone"]) & pl.col("value_norm").is_not_null())
    person = pl.Series("is_person", parties.is_person)
    base = rows.select("party", "sources", value="value_norm", alt="value_alt")
    base = base.with_columns(person.gather(base["party"]).alias("is_person"))
    other = base.filter(pl.col("alt").is_not_null() & (pl.col("alt") != pl.col("value")))
    both = pl.concat([base.drop("alt"), other.drop("value").rename({"alt": "value"}).select(base.drop("alt").columns)])
    return both.with_columns(parties.id_of(both["party"]))


def _by_value(rows: pl.DataFrame, reach: pl.DataFrame) -> pl.Series:
    """Return the one party that has the address or number of a fact; of several, the one its own source knows.

    A person goes before the firm that has the same number. Where several are left nothing is guessed.
    """
    asked = rows.select("source", value="party_value").filter(pl.col("value").is_not_null()).unique()
    hits = asked.join(reach, on="value", how="inner").with_columns(
        own=pl.col("sources").str.split(";").list.contains(pl.col("source"))
    )
    on = ["source", "value"]
    by_kind = hits.filter(pl.col("is_person") | ~pl.col("is_person").any().over(on))
    alone = by_kind.filter(pl.col("party_id").n_unique().over(on) == 1)
    own = by_kind.filter(pl.col("own")).filter(pl.col("party_id").n_unique().over(on) == 1)
    chosen = pl.concat([alone.select(*on, "party_id"), own.select(*on, "party_id")]).unique(on, keep="first")
    return rows.select("source", value="party_value").join(chosen, on=on, how="left", maintain_order="left")["party_id"]


def _of_fact(rows: pl.DataFrame, column: str, other: pl.DataFrame) -> pl.Series:
    """Return the party of the fact that a column names."""
    known = other.filter(pl.col("party_id").is_not_null() & pl.col("record_key").is_not_null())
    known = known.sort(*FACT_KEY).unique(["source", "record_key"], keep="first")
    return rows.select("source", record_key=column).join(
        known.select("source", "record_key", "party_id"), on=["source", "record_key"], how="left", maintain_order="left"
    )["party_id"]


def _of_thread(rows: pl.DataFrame, party: pl.Series) -> pl.Series:
    """Return the party of the conversation an interaction belongs to, where it is one party's."""
    thread = pl.coalesce("thread_key", "record_key")
    frame = rows.select("source", thread.alias("thread")).with_columns(party.alias("party_id"))
    if rows["thread_key"].null_count() == rows.height:
        return pl.repeat(None, rows.height, dtype=pl.String, eager=True)
    known = frame.drop_nulls().unique()
    one = known.filter(pl.col("party_id").n_unique().over("source", "thread") == 1)
    return frame.drop("party_id").join(one, on=["source", "thread"], how="left", maintain_order="left")["party_id"]
