"""Several exports of one system and object: which are deliveries over time, which are parts, what is a record's state.

The newest delivery of a record is its current state: rows of older files with the same id are superseded, each with the
file that holds the newer one. A delivery is *full* when it holds most of what was known before, else a *delta*, which
says nothing about the records it does not hold. Files that share no ids and stand for the same moment are *parts*.
What a file is, is decided by what it holds, never by the order in which the files were named.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import polars as pl

from crmq.locales import _
from crmq.mapping import delivery_rows
from crmq.mapping.apply import Piece, place_of
from crmq.mapping.delivery_findings import Change, as_findings
from crmq.mapping.delivery_order import Moment, moments
from crmq.mapping.delivery_rows import ROWS, DeliveryTable
from crmq.mapping.plan import TablePlan
from crmq.mapping.settings import MappingSettings
from crmq.mapping.sources import Place, same_export

SUPERSEDED = "superseded"
"""Reason of a row whose record stands in a newer delivery."""
Kind = Literal["first", "full", "delta", "part", "unknown"]
"""What a file is to those before it: the first, all of it again, only what changed, a part, or nobody can tell."""

_FULL = 0.5
"""A delivery with at least this share of the records known before is the whole again: what it lacks has vanished."""


@dataclass(frozen=True)
class Delivery:
    """One file among those of one source and object.

    Attributes:
        source, object: Whose records they are.
        file, sheet: Its locator.
        moment: When it was made, as its name or its newest row tells; None when neither does.
        kind: What it is to those before it.
        why: How that was decided, in words.
        rows: Its rows.
        records: Its distinct ids.
        new: Records that no earlier delivery had.
        superseded: Rows whose record stands in a newer delivery.
        vanished: Records known before that this one, being full, does not have.
        returned: Records that were missing before it and are there again.
        renamed: Records known before that stand in it under another id.
    """

    source: str
    object: str
    file: str
    sheet: str | None
    moment: str | None
    kind: Kind
    why: str
    rows: int
    records: int
    new: int = 0
    superseded: int = 0
    vanished: int = 0
    returned: int = 0
    renamed: int = 0


@dataclass(frozen=True)
class Settled:
    """What became of the deliveries: the pieces without superseded rows, what each file is, and the findings."""

    pieces: list[Piece]
    deliveries: tuple[Delivery, ...]
    findings: pl.DataFrame


def settle(plans: Sequence[TablePlan], pieces: Sequence[Piece], settings: MappingSettings) -> Settled:
    """Find out which tables are deliveries of one export, and leave out the rows that newer ones supersede."""
    made = list(pieces)
    deliveries: list[Delivery] = []
    changes: list[Change] = []
    for source, object_, members in _groups(plans, pieces, settings):
        said = settings.sources[source].delivery if source in settings.sources else None
        tables = [delivery_rows.read(plan, [(i, pieces[i].table) for i in found]) for plan, found in members]
        history = _History(source, object_, said)
        found_moments = moments(delivery_rows.with_content(tables), said)
        left_out = _superseded(moment.tables for moment in found_moments)
        for moment in found_moments:
            history.take(moment, {i: rows.height for i, rows in left_out.items()})
        deliveries += history.told
        changes += [*history.changes, *history.vanished()]
        for index, rows in left_out.items():
            table = made[index].table
            excluded = pl.concat([table.excluded, rows], how="diagonal_relaxed").sort("row")
            made[index] = replace(made[index], table=replace(table, excluded=excluded))
    ordered = sorted(deliveries, key=lambda d: (d.source, d.object, d.moment or "", d.file, d.sheet or ""))
    return Settled(made, tuple(ordered), as_findings(changes))


def _groups(
    plans: Sequence[TablePlan], pieces: Sequence[Piece], settings: MappingSettings
) -> list[tuple[str, str, list[tuple[TablePlan, list[int]]]]]:
    """Return source, object and the tables, two at least, that may be deliveries of one export, with their pieces."""
    places = {number: place_of(plans, plan) for number, plan in enumerate(plans)}
    found: dict[tuple[str, str, str], dict[int, list[int]]] = {}
    for index, piece in enumerate(pieces):
        table = piece.table
        if table.entities or table.object == "order":
            kind = places[piece.plan].object
            found.setdefault((table.source, table.object, kind), {}).setdefault(piece.plan, []).append(index)
    groups: list[tuple[str, str, list[tuple[TablePlan, list[int]]]]] = []
    for (source, object_, _kind), members in sorted(found.items()):
        said = settings.sources[source].delivery if source in settings.sources else None
        families = _families({m: places[m] for m in members}, together=said is not None)
        groups += [(source, object_, [(plans[m], members[m]) for m in f]) for f in families if len(f) > 1]
    return groups


def _families(places: dict[int, Place], *, together: bool) -> list[list[int]]:
    """Return the tables that are deliveries or parts of one export by their names and headers; one said so: all."""
    families: list[list[int]] = []
    for number, place in sorted(places.items(), key=lambda p: (p[1].path, p[1].member or "", p[1].sheet or "")):
        home = next((f for f in families if together or same_export(places[f[0]], place)), None)
        if home is None:
            families.append([number])
        else:
            home.append(number)
    return families


@dataclass
class _History:
    """What is known of the records of one source and object, delivery by delivery.

    Attributes:
        source, object: Whose records.
        said: What crmq.yaml says of its deliveries.
        live: The latest row of each record that is there.
        gone: The last row of each record that a full delivery lacked.
        seen: The first row of each record that ever was there.
        missing_in: By id, the delivery that lacked it first.
        told, changes: What each file is, and what changed.
    """

    source: str
    object: str
    said: str | None
    live: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ROWS))
    gone: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ROWS))
    seen: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ROWS))
    missing_in: dict[str, str] = field(default_factory=dict)
    told: list[Delivery] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def take(self, moment: Moment, superseded: dict[int, int]) -> None:
        """Add the next delivery.

        Args:
            moment: Its tables.
            superseded: Rows that newer deliveries supersede, by piece.
        """
        here = pl.concat([t.rows for t in moment.tables]).unique("key", keep="first", maintain_order=True)
        kind, reason = self._kind(here)
        label = moment.tables[0].label
        new = here.join(self.seen, on="key", how="anti")
        returned = self.gone.join(here, on="key", how="semi")
        vanished, renamed = self.live.clear(), self.live.clear()
        if kind == "full" and all(t.has_ids for t in moment.tables):
            vanished = self.live.join(here, on="key", how="anti")
            renamed = delivery_rows.same_content(vanished, new)
            vanished = vanished.join(renamed, on="key", how="anti")
        if moment.doubt:
            place = {"file": label, "sheet": moment.tables[0].sheet}
            self.changes.append(Change("undecided", self.source, self.object, place, moment.doubt, ""))
        self.changes += [
            Change("returned", self.source, self.object, row, self.missing_in.get(row["key"], ""), label)
            for row in here.join(returned, on="key", how="semi").iter_rows(named=True)
        ]
        self.changes += [
            Change("renamed", self.source, self.object, row, row["file"], label, row["id_now"])
            for row in renamed.iter_rows(named=True)
        ]
        self._tell(moment, kind, reason, new, superseded, (vanished.height, returned.height, renamed.height))
        self.missing_in |= dict.fromkeys(vanished["key"], label)
        self.gone = pl.concat([self.gone.join(here, on="key", how="anti"), vanished])
        kept = self.live.clear() if kind == "full" else self.live.join(here, on="key", how="anti")
        self.live = pl.concat([kept, here])
        self.seen = pl.concat([self.seen, new])

    def vanished(self) -> list[Change]:
        """Return the records that the last full delivery lacked and no later one had again."""
        return [
            Change("vanished", self.source, self.object, row, self.missing_in.get(row["key"], ""), "")
            for row in self.gone.iter_rows(named=True)
        ]

    def _kind(self, here: pl.DataFrame) -> tuple[Kind, str]:
        """Return what a delivery is to those before it, and why."""
        by_hand = _("crmq.yaml says so.")
        if self.said == "part":
            return "part", by_hand
        if not self.told:
            return "first", _("Nothing stands before it.")
        known = self.live.height
        share = self.live.join(here, on="key", how="semi").height / known if known else 0.0
        held = _("It holds {share} of the {n} records known before it.").format(share=f"{share:.0%}", n=f"{known:,}")
        if self.said == "full":
            return "full", f"{held} {by_hand}"
        if self.said == "delta":
            return "delta", f"{held} {by_hand}"
        return ("full", held) if share >= _FULL else ("delta", held)

    def _tell(
        self, moment: Moment, kind: Kind, reason: str, new: pl.DataFrame, superseded: dict[int, int],
        changed: tuple[int, int, int],
    ) -> None:  # fmt: skip
        several = len(moment.tables) > 1
        own: Kind = "unknown" if moment.doubt else "part" if several else kind
        why = moment.doubt or (_("Part of one export.") + " " + reason if several else reason)
        for place, table in enumerate(moment.tables):
            vanished, returned, renamed = changed if place == 0 else (0, 0, 0)  # of the moment: told with its first
            self.told.append(
                Delivery(
                    self.source, self.object, table.file, table.sheet, table.moment, own, why, table.total,
                    table.rows["key"].n_unique(), table.rows.join(new, on="key", how="semi")["key"].n_unique(),
                    sum(superseded.get(piece, 0) for piece in table.pieces), vanished, returned, renamed,
                )
            )  # fmt: skip


def _superseded(ordered: Iterable[Sequence[DeliveryTable]]) -> dict[int, pl.DataFrame]:
    """Return per piece the rows whose record stands in a newer delivery, with the file that has its current state."""
    newest = pl.DataFrame(schema={"key": pl.String, "by": pl.String})
    found: dict[int, list[pl.DataFrame]] = {}
    for moment in reversed(list(ordered)):
        for table in moment:
            old = table.rows.join(newest, on="key", how="inner")
            for (piece,), part in old.group_by("piece", maintain_order=True):
                reason = pl.lit(SUPERSEDED).alias("reason")
                found.setdefault(int(str(piece)), []).append(part.select("row", reason, "by"))
        here = pl.concat([t.rows.select("key", by=pl.lit(t.label)) for t in moment])
        here = here.sort("key", "by").unique("key", keep="first", maintain_order=True)
        newest = pl.concat([newest, here.join(newest, on="key", how="anti")])
    return {piece: pl.concat(parts).sort("row") for piece, parts in found.items()}
