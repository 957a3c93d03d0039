"""Golden values: one winner per party and rule, in a total order, so that the order of rows or files never matters.

The order, for every rule:

1. the verdict: valid, possible, missing, invalid, placeholder (only verdicts the rule accepts take part);
2. records that stand in their source before those that were deleted there;
3. the strategies of the rule, in order (:mod:`crmq.consolidate.strategies`);
4. the tie-break: trust of the source, modification time (known before unknown), number of filled fields of the record;
5. the text of the value, smallest code points first;
6. the source key (source, object, record id), smallest first.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from crmq.consolidate import lineage
from crmq.consolidate.knockout import Criterion, Decision, decide
from crmq.consolidate.lineage import NOBODY, Lineage
from crmq.consolidate.parties import Parties
from crmq.consolidate.settings import Rule, golden_name
from crmq.consolidate.strategies import Candidates, criterion

_RANK = {"valid": 4, "possible": 3, "missing": 2, "invalid": 1, "placeholder": 0}
_UNUSABLE = ("invalid", "placeholder")


@dataclass
class Survived:
    """What the rules gave.

    Attributes:
        count: Number of parties.
        columns: Golden value of each party, by golden field name; a field that no record has is left out.
        verdicts: Per rule the winner's verdict as text ("valid" for rules without one), null where nobody won.
    """

    count: int
    columns: dict[str, pl.Series] = field(default_factory=dict)
    verdicts: dict[str, pl.Series] = field(default_factory=dict)

    def column(self, name: str) -> pl.Series:
        """Return the golden values of a field."""
        return self.columns[name] if name in self.columns else _nulls(name, self.count)

    def verdict(self, rule: str) -> pl.Series:
        """Return the verdicts of the winners of a rule."""
        return self.verdicts[rule] if rule in self.verdicts else _nulls(rule, self.count)


def _nulls(name: str, count: int) -> pl.Series:
    return pl.Series(name, [None], dtype=pl.String).new_from_index(0, count)


def of_records(rule: Rule, parties: Parties) -> Candidates | None:
    """Return what the records offer for a rule; None when no record has any of its fields."""
    offered = pl.DataFrame([parties.column(name) for name in rule.fields])
    some = offered.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
    if not some.any():
        return None
    rows = np.flatnonzero(some.to_numpy()).astype(np.uint32)
    at = pl.Series(rows)
    offered = offered.filter(some)
    values = offered.with_columns(
        pl.when(~_usable(parties.column(verdict).gather(at))).then(None).otherwise(pl.col(name)).alias(name)
        for name, verdict in rule.checked.items()
    )
    verdict = parties.column(rule.verdict).gather(at).cast(pl.String).fill_null("valid") if rule.verdict else None
    return Candidates(rows, parties.of_row[rows], offered, values, verdict)


def _usable(verdict: pl.Series) -> pl.Series:
    return ~verdict.cast(pl.String).is_in(_UNUSABLE).fill_null(False)


def survive(rule: Rule, c: Candidates | None, parties: Parties, trail: Lineage, into: Survived) -> None:
    """Apply one rule: put its golden columns and verdicts into ``into`` and its cells into ``trail``."""
    if c is None:
        return
    usable = c.values.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
    if c.verdict is not None:
        usable = usable & c.verdict.is_in(rule.accept)
    entrants = np.flatnonzero(usable.to_numpy())
    decision = _decide(rule, c, parties, entrants)
    winner = np.full(parties.count, NOBODY, dtype=np.int64)  # position among the candidates
    winner[decision.parties] = entrants[decision.winners]
    rules = _per_party(decision, parties.count)
    won = _nullable(winner)
    unjudged = pl.select(pl.when(won.is_not_null()).then(pl.lit("valid"))).to_series()
    into.verdicts[rule.name] = unjudged if c.verdict is None else c.verdict.gather(won)
    for name in rule.fields:
        _field(name, rule, c, parties, trail, into, entrants, winner, rules)


def _decide(rule: Rule, c: Candidates, parties: Parties, entrants: npt.NDArray[np.int64]) -> Decision:
    text = c.text().gather(pl.Series(entrants, dtype=pl.UInt32))
    everyone = c.text()

    def among(made: Criterion) -> Criterion:
        name, values = made
        return name, lambda at: values(entrants[at])

    def of_record(values: npt.NDArray[np.int64]) -> Criterion:
        return "", lambda at: values[c.rows[at]]

    criteria: list[Criterion] = []
    if c.verdict is not None:
        best = max((_RANK[name] for name in rule.alike), default=0)
        ranked = {name: best if name in rule.alike else rank for name, rank in _RANK.items()}
        ranks = c.verdict.replace_strict(ranked, return_dtype=pl.Int64).to_numpy()
        criteria.append(("best_verdict", ranks.__getitem__))
    criteria.append(("live_record", of_record(parties.live)[1]))
    criteria += [criterion(name, rule, c, parties, everyone) for name in rule.strategy]
    criteria += [
        ("most_trusted", of_record(parties.source_trust)[1]),
        ("most_recent", of_record(parties.modified)[1]),
        ("fullest_record", of_record(parties.filled)[1]),
    ]
    return decide(c.party[entrants], [among(made) for made in criteria], text)


def _field(
    name: str,
    rule: Rule,
    c: Candidates,
    parties: Parties,
    trail: Lineage,
    into: Survived,
    entrants: npt.NDArray[np.int64],
    winner: npt.NDArray[np.int64],
    rules: pl.Series,
) -> None:
    values = c.values[name]
    if name in rule.gaps:
        winner, rules = _fill_gaps(values, c, entrants, winner, rules)
    golden = values.gather(_nullable(winner))
    rows = np.where((winner != NOBODY) & golden.is_not_null().to_numpy(), c.rows[winner].astype(np.int64), NOBODY)
    into.columns[golden_name(name)] = golden
    trail.add(
        golden_name(name),
        golden=golden,
        rows=rows,
        rules=rules,
        party=c.party,
        offered=c.offered[name],
        offered_rows=c.rows,
        columns=c.column.gather(_nullable(winner)).cast(pl.Categorical) if c.column is not None else None,
    )


def _fill_gaps(
    values: pl.Series,
    c: Candidates,
    entrants: npt.NDArray[np.int64],
    winner: npt.NDArray[np.int64],
    rules: pl.Series,
) -> tuple[npt.NDArray[np.int64], pl.Series]:
    """Take a field that the winner leaves empty from the first of the others, when all of them agree on it."""
    empty = (winner != NOBODY) & values.gather(_nullable(winner)).is_null().to_numpy()
    offers = entrants[empty[c.party[entrants]]]
    found = (
        pl.DataFrame(
            {"at": offers, "party": c.party[offers], "value": values.gather(pl.Series(offers, dtype=pl.UInt32))}
        )
        .filter(pl.col("value").is_not_null())
        .group_by("party", maintain_order=True)
        .agg(pl.col("at").first(), pl.col("value").n_unique().alias("different"))
        .filter(pl.col("different") == 1)
    )
    if not found.height:
        return winner, rules
    winner = winner.copy()
    winner[found["party"].to_numpy()] = found["at"].to_numpy()
    filled = pl.Series(np.isin(np.arange(len(winner)), found["party"].to_numpy()))
    return winner, pl.select(
        pl.when(filled).then(pl.lit(lineage.UNANIMOUS, pl.Categorical)).otherwise(rules)
    ).to_series()


def _per_party(decision: Decision, count: int) -> pl.Series:
    """Spread the rules over all parties; those without a winner have "none usable"."""
    place = np.full(count, NOBODY, dtype=np.int64)
    place[decision.parties] = np.arange(len(decision.parties))
    spread = decision.rules.gather(_nullable(place))
    return spread.fill_null(lineage.NONE_USABLE)


def _nullable(positions: npt.NDArray[np.int64]) -> pl.Series:
    series = pl.Series(positions)
    return series.set(series == NOBODY, None).cast(pl.UInt32)
