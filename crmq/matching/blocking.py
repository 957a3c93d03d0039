"""Candidates: which pairs of records are looked at at all.

Many keys, each with a budget: the smallest blocks first, until the budget is spent. Blocks too large for it (a common
name, one giant company) are walked as a sorted neighbourhood, ordered by the values. So the number of pairs per
record is bounded whatever the data are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from crmq.matching import blocks, keys
from crmq.matching.features import Features
from crmq.matching.kernels import Scheme, Weights
from crmq.matching.sorting import unique
from crmq.model.tables import PERSON
from crmq.threads import side_by_side, together

PAIRS_PER_RECORD = 1.0
"""Budget of one key in pairs per record ..."""
PAIRS_PER_RECORD_OF_MANY = 0.3
"""... above MANY_RECORDS, where what the larger blocks add are strangers (1M synthetic persons: F1 .957 with a
budget of 1, .963 with 0.3, at two thirds of the work) ..."""
LEAST_BUDGET = 100_000
"""... but never below this many pairs, which cost nothing."""
LARGEST_BLOCK = 2000
MANY_RECORDS = 300_000
"""Above this number of records only core keys are used, with the smaller budget."""
WINDOW = 3
"""Followers that a record of an oversized block is paired with."""
RARE_WORD = 50
"""A word in at most this many records is a key of its own."""
MISSED = 0.001
"""Share of the likely matches that may be lost when redundant keys are dropped."""
PAIRED_WORDS = 6
"""A record's rarest words that are paired with one another."""

_G1 = ("given_name", keys.FIRST_WORD)
_GS = ("given_name", keys.SOUND)
_G3 = ("given_name", keys.PREFIX_3)
_GI = ("given_name", keys.PREFIX_1)
_GN = ("given_name", keys.ALIAS)
_S1 = ("surname", keys.FIRST_WORD)
_SL = ("surname", keys.LAST_WORD)
_SS = ("surname", keys.SOUND)
_S3 = ("surname", keys.PREFIX_3)
_S4 = ("surname", keys.PREFIX_4)
_SI = ("surname", keys.PREFIX_1)
_SR = ("surname", keys.SUFFIX_4)
_DOB = ("birth_date", keys.WHOLE)
_Y = ("birth_date", keys.YEAR)
_MD = ("birth_date", keys.MONTH_DAY)
_YM = ("birth_date", keys.YEAR_MONTH)
_YD = ("birth_date", keys.YEAR_DAY)
_EM = ("email", keys.WHOLE)
_EL = ("email", keys.LOCAL_PART)
_PH = ("phone", keys.WHOLE)
_P6 = ("phone", keys.SUFFIX_6)
_ID = ("identifier", keys.WHOLE)
_CK = ("customer_key", keys.WHOLE)
_PC = ("postal_code", keys.WHOLE)
_P3 = ("postal_code", keys.PREFIX_3)
_C = ("city", keys.WHOLE)
_ST = ("street", keys.WHOLE)
_SW = ("street", keys.LONGEST_WORD)
_SW4 = ("street", keys.LONGEST_WORD_4)
_HN = ("house_number", keys.WHOLE)
_A2 = ("address_2", keys.WHOLE)
_FN = ("full_name", keys.WHOLE)
_SET = ("given_name+surname", 0)
_CAT = ("given_name|surname", 0)
_O = ("org_name", keys.WHOLE)
_OS = ("org_name", keys.SOUND)
_O4 = ("org_name", keys.PREFIX_4)
_O1 = ("org_name", keys.FIRST_WORD)
_OL = ("org_name", keys.LONGEST_WORD)
_T = ("trade_name", keys.WHOLE)
_W = ("web_domain", keys.WHOLE)
_ED = ("email", keys.DOMAIN)

Atom = tuple[str, int]

WINDOWED: tuple[tuple[Atom, ...], ...] = (
    (_EM,), (_PH,), (_ID,), (_CK,), (_FN,), (_G1, _S1), (_S1, _DOB), (_G1, _DOB), (_S1, _PC), (_G1, _PC), (_PC, _DOB),
    (_ST, _HN), (_PC, _ST), (_S1,), (_DOB,), (_SET,),
)  # fmt: skip
"""Keys whose oversized blocks are walked as a sorted neighbourhood."""

CORE_PERSON_KEYS: tuple[tuple[Atom, ...], ...] = (
    *WINDOWED,
    (_GS, _SS), (_G3, _S3), (_SS, _PC), (_SS, _SW), (_S3, _DOB), (_G3, _DOB), (_DOB, _GI), (_DOB, _SI), (_SR, _GI),
    (_ST, _G1), (_HN, _GS), (_GN, _S1), (_G1, _SL), (_CAT,), (_P6, _GI), (_EL, _GI),
)  # fmt: skip
"""Keys that serve data of any size."""

FURTHER_PERSON_KEYS: tuple[tuple[Atom, ...], ...] = (
    # by sound
    (_SS, _Y), (_GS, _YM), (_GS, _PC), (_SS, _C), (_GS, _C),
    # by beginning and end
    (_S4, _PC), (_G3, _PC), (_S3, _MD), (_SR, _Y), (_S3, _SW), (_G3, _SW),
    # by parts of the date
    (_MD, _G1), (_MD, _S1), (_YM, _S3), (_YD, _S3), (_YM, _GS), (_YD, _GS),
    # by address
    (_SW, _HN), (_PC, _HN), (_C, _HN), (_ST, _S1), (_SW, _G1), (_SW, _S1), (_C, _G1), (_C, _S1), (_HN, _S1),
    (_HN, _G1), (_A2, _HN), (_SW4, _HN), (_A2, _SW), (_PC, _SW4), (_HN, _SS),
    # parts of contact points
    (_EL,),
)  # fmt: skip
"""Keys for records that have few fields, or dirty ones; above :data:`MANY_RECORDS` they find next to nothing that the
others do not, since their blocks outgrow the budget."""

PERSON_KEYS = (*CORE_PERSON_KEYS, *FURTHER_PERSON_KEYS)

ORGANISATION_KEYS: tuple[tuple[Atom, ...], ...] = (
    (_EM,), (_PH,), (_ID,), (_CK,), (_O,), (_T,), (_W,), (_ED,), (_ST, _HN), (_PC, _ST),
    (_O1, _C), (_OS, _C), (_O4, _C), (_O4, _PC), (_OS, _PC), (_OS, _P3), (_OL,), (_O1,), (_OS,),
    (_SW, _HN), (_PC, _HN), (_C, _HN), (_O1, _HN), (_SW4, _HN), (_PC, _SW4), (_P6, _O1), (_P6,),
)  # fmt: skip

_NAME_WORDS = ("given_name", "middle_name", "surname", "full_name", "org_name", "trade_name")
_ADDRESS_WORDS = ("house_number", "street", "address_2", "city")


@dataclass(frozen=True)
class Blocks:
    """The blocks of one key.

    Attributes:
        name: The key, as diagnostics print it.
        members: Records, block after block.
        starts: Where blocks start.
        limit: Largest block that is walked pair by pair.
        window: Followers each record has in larger blocks.
        pairs: Pairs that the walk makes, found by other keys or not.
        largest: Records in the largest block.
    """

    name: str
    members: NDArray[np.int32]
    starts: NDArray[np.int64]
    limit: int
    window: int
    pairs: int
    largest: int


class Blocking:
    """The candidate pairs of one entity, walked but never stored as a whole."""

    def __init__(self, features: Features, threads: int) -> None:
        self.features = features
        self.threads = threads
        per_record = PAIRS_PER_RECORD if features.size <= MANY_RECORDS else PAIRS_PER_RECORD_OF_MANY
        self.budget = max(int(per_record * features.size), LEAST_BUDGET)
        self._atoms: dict[Atom, NDArray[np.uint32]] = {}
        self._words: dict[tuple[str, ...], keys.Words | None] = {}
        specs = _keys_for(features)
        names = {column for spec in specs for column, _part in spec}
        usable = {name for name in names if all(p in features.number for p in name.replace("|", "+").split("+"))}
        chosen = [spec for spec in specs if all(column in usable for column, _part in spec)]
        wanted = sorted({atom for spec in chosen for atom in spec})
        self._by_values = self._rank = np.zeros(0, dtype=np.int32)
        together(self._put_in_order, lambda: self._make_atoms(wanted))
        made = side_by_side(self._key_blocks, chosen, threads)
        specs_of_words = self._word_specs()
        several = list(dict.fromkeys(columns for _name, columns, _rarest in specs_of_words))
        self._words.update(zip(several, side_by_side(self._make_words, several, threads), strict=True))
        made += side_by_side(self._word_blocks, specs_of_words, threads)
        self.blocks = [b for b in made if b is not None and b.pairs > 0]
        self._atoms.clear()
        self._words.clear()
        self.dropped: list[str] = []

    @property
    def pairs(self) -> int:
        """Pairs that the walk over all keys makes, those found twice counted twice."""
        return sum(b.pairs for b in self.blocks)

    def sample(self, thin: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return one in ``thin`` of the candidate pairs, each once, in order."""
        return _split(
            side_by_side(
                lambda b: unique(blocks.sample_pairs(b.members, b.starts, b.limit, b.window, thin)),
                self.blocks,
                self.threads,
            )
        )

    def keep_useful(self, first: NDArray[np.int32], second: NDArray[np.int32], thin: int) -> None:
        """Drop keys that find no match which cheaper keys do not find too.

        In large data the keys overlap: most matches are found by dozens of them. A sample of the candidates tells
        which keys to walk: the one that finds most new matches per pair first, until all but a few are found.

        Args:
            first: Smaller records of the likely matches in the sample.
            second: Larger records.
            thin: One in so many candidates is in the sample.
        """
        sampled = side_by_side(
            lambda b: unique(blocks.sample_pairs(b.members, b.starts, b.limit, b.window, thin)),
            self.blocks,
            self.threads,
        )
        likely = (first.astype(np.int64) << 32) | second.astype(np.int64)
        by_key = [np.flatnonzero(np.isin(likely, pairs, assume_unique=True)) for pairs in sampled]
        left = np.ones(len(likely), dtype=bool)
        chosen: list[int] = []
        while left.sum() > MISSED * len(likely):
            gains = [left[hits].sum() / (self.blocks[b].pairs + self.budget / 10) for b, hits in enumerate(by_key)]
            best = int(np.argmax(gains))
            chosen.append(best)
            left[by_key[best]] = False
        self.dropped = [b.name for n, b in enumerate(self.blocks) if n not in chosen]
        self.blocks = [self.blocks[n] for n in sorted(chosen)]

    def promising(
        self, scheme: Scheme, weights: Weights, floor: float
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
        """Return the candidate pairs whose weight may reach ``floor``, each once, in order, with their weights."""
        lay = self.features.layout
        places = 1 << int(np.clip(np.ceil(np.log2(2 * self.features.size + 1)), 12, 22))

        def walk(mine: list[Blocks]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
            seen = np.full(places, -1, dtype=np.int64)
            found = [
                blocks.promising_pairs(b.members, b.starts, b.limit, b.window, lay, scheme, weights, floor, seen)
                for b in mine
            ]
            return np.concatenate([pairs for pairs, _w in found]), np.concatenate([w for _pairs, w in found])

        # every worker walks its own keys one after the other, so that it knows what it has found
        shares: list[list[Blocks]] = [[] for _worker in range(max(self.threads, 1))]
        for b in sorted(self.blocks, key=lambda b: -b.pairs):
            min(shares, key=lambda share: sum(o.pairs for o in share)).append(b)
        walked = side_by_side(walk, [share for share in shares if share], self.threads)
        if not walked:
            return np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int32), np.zeros(0)
        pairs, found = (np.concatenate([part[n] for part in walked]) for n in range(2))
        order = np.argsort(pairs)  # a pair found twice has the same weight both times
        pairs, found = pairs[order], found[order]
        first = np.ones(len(pairs), dtype=bool)
        first[1:] = pairs[1:] != pairs[:-1]
        pairs, found = pairs[first], found[first]
        return (pairs >> 32).astype(np.int32), (pairs & 0xFFFFFFFF).astype(np.int32), found

    def within(self, part: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return the candidate pairs inside parts of the records (-1: in none), each once, in order."""
        return _split(
            side_by_side(
                lambda b: unique(blocks.pairs_within(b.members, b.starts, b.limit, b.window, part)),
                self.blocks,
                self.threads,
            )
        )

    def forget(self) -> None:
        """Let go of the members of the blocks, which only a walk needs."""
        nothing = np.zeros(0, dtype=np.int32)
        self.blocks = [replace(b, members=nothing, starts=np.zeros(1, dtype=np.int64)) for b in self.blocks]

    def _values(self, column: int) -> int:
        """Return the number of distinct values of a column."""
        return len(self.features.columns[column].values)

    def _make_atoms(self, wanted: Sequence[Atom]) -> None:
        self._atoms.update(zip(wanted, side_by_side(self._make_atom, wanted, self.threads), strict=True))

    def _make_atom(self, atom: Atom) -> NDArray[np.uint32]:
        name, part = atom
        lay, number = self.features.layout, self.features.number
        for sign, ordered in (("|", True), ("+", False)):
            if sign in name:
                first, second = name.split(sign)
                sizes = (self._values(number[first]), self._values(number[second]))
                return keys.joined_atoms(lay, number[first], number[second], sizes, ordered)
        column = number[name]
        by_code = keys.value_atoms(lay, column, part, self._values(column))
        return by_code[self.features.columns[column].codes]

    def _key_blocks(self, spec: tuple[Atom, ...]) -> Blocks | None:
        key = np.full(self.features.size, 0x5851F42D4C957F2D, dtype=np.uint64)
        for atom in spec:
            keys.combine(key, self._atoms[atom])
        owners = np.arange(self.features.size, dtype=np.int32)
        if len(spec) == 1:
            key, owners = self._with_more(spec[0], key, owners)
        window = WINDOW if spec in WINDOWED else 0
        if window:
            # blocks keep the order in which records come: neighbours in a block too large to be walked are alike
            order = self._by_values if len(owners) == self.features.size else self._rank[owners].argsort(kind="stable")
            key, owners = key[order], owners[order]
        name = " + ".join(_described(atom) for atom in spec)
        return self._blocks(name, key, owners, window)

    def _with_more(
        self, atom: Atom, key: NDArray[np.uint64], owners: NDArray[np.int32]
    ) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
        """Return the keys with those of further values (second e-mails, phones, ids)."""
        name, part = atom
        lay, number = self.features.layout, self.features.number
        if name not in number:
            return key, owners
        column = number[name]
        mine = np.flatnonzero(lay.more_column == column)
        if len(mine) == 0:
            return key, owners
        by_code = keys.value_atoms(lay, column, part, self._values(column))
        further = np.full(len(mine), 0x5851F42D4C957F2D, dtype=np.uint64)
        keys.combine(further, by_code[lay.more_code[mine]])
        holder = (np.searchsorted(lay.more_start, mine, side="right") - 1).astype(np.int32)
        return np.concatenate([key, further]), np.concatenate([owners, holder])

    def _word_specs(self) -> list[tuple[str, tuple[str, ...], int]]:
        specs: list[tuple[str, tuple[str, ...], int]] = [
            ("rare word of the name", _NAME_WORDS, 0),
            ("two words of the name", _NAME_WORDS, PAIRED_WORDS),
        ]
        if self.features.size <= MANY_RECORDS:
            specs.append(("two words of the address", _ADDRESS_WORDS, PAIRED_WORDS))
        return specs

    def _make_words(self, names: tuple[str, ...]) -> keys.Words | None:
        """Return the words of some columns, or None where the data have none of them."""
        columns = [self.features.number[n] for n in names if n in self.features.number]
        if not columns:
            return None
        return keys.words_of(self.features.layout, columns, [self._values(c) for c in columns])

    def _word_blocks(self, spec: tuple[str, tuple[str, ...], int]) -> Blocks | None:
        name, names, rarest = spec
        words = self._words[names]
        if words is None:
            return None
        key, owners = keys.word_keys(self.features.layout, words, rarest, RARE_WORD)
        return self._blocks(name, key, owners, 0)

    def _blocks(self, name: str, key: NDArray[np.uint64], owners: NDArray[np.int32], window: int) -> Blocks | None:
        members, starts = blocks.group(key, owners)
        if len(members) == 0:
            return None
        limit, pairs = blocks.size_limit(starts, self.budget, LARGEST_BLOCK)
        sizes = np.diff(starts)
        largest = int(sizes.max())
        over = sizes > limit
        if largest > limit:
            if window:
                large, reach = sizes[over], np.minimum(sizes[over] - 1, window)
                # every member has a whole window behind it, but for the last ones
                pairs += int((large * reach - reach * (reach + 1) // 2).sum())
            else:
                kept = ~over
                members = members[np.repeat(kept, sizes)]
                starts = np.concatenate([[0], np.cumsum(sizes[kept])]).astype(np.int64)
        return Blocks(name, members, starts, limit, window, pairs, largest)

    def _put_in_order(self) -> None:
        """Put the records in the order of name, then date, then address, those of equal values in content order."""
        lay, number = self.features.layout, self.features.number
        order = [number[n] for n in ("street", "birth_date", "surname", "given_name", "org_name") if n in number]
        places = [alphabetical(self.features.columns[c].values)[lay.codes[:, c]] for c in order]
        ranked = (np.lexsort(places) if order else np.arange(self.features.size)).astype(np.int32)
        rank = np.empty(len(ranked), dtype=np.int32)
        rank[ranked] = np.arange(len(ranked), dtype=np.int32)
        self._by_values, self._rank = ranked, rank


def alphabetical(values: pl.Series) -> NDArray[np.int32]:
    """Return the place of each code in the alphabet of a column's values; 0 for a missing value."""
    place = np.zeros(len(values) + 1, dtype=np.int32)
    place[values.arg_sort().to_numpy() + 1] = np.arange(1, len(values) + 1, dtype=np.int32)
    return place


def _keys_for(features: Features) -> tuple[tuple[Atom, ...], ...]:
    if features.entity != PERSON:
        return ORGANISATION_KEYS
    return PERSON_KEYS if features.size <= MANY_RECORDS else CORE_PERSON_KEYS


def shared_keys(features: Features, i: int, j: int) -> list[str]:
    """Return the blocking keys on which two records agree; whether their block was small enough is another question."""
    specs = _keys_for(features)
    return [
        " + ".join(_described(atom) for atom in spec)
        for spec in specs
        if all(_agree(features, atom, i, j) for atom in spec)
    ]


def _agree(features: Features, atom: Atom, i: int, j: int) -> bool:
    name, part = atom
    lay = features.layout
    for sign, ordered in (("|", True), ("+", False)):
        if sign in name:
            columns = [features.number.get(n, -1) for n in name.split(sign)]
            if min(columns) < 0:
                return False
            two = lay._replace(codes=np.ascontiguousarray(lay.codes[[i, j]]))
            sizes = len(features.columns[columns[0]].values), len(features.columns[columns[1]].values)
            first, second = keys.joined_atoms(two, columns[0], columns[1], sizes, ordered)
            return bool(first == second != 0)
    if name not in features.number:
        return False
    column = features.number[name]
    sides = [
        {int(keys.value_atom(lay, lay.start[column] + code, part)) for code in features.columns[column].all_codes(row)}
        for row in (i, j)
    ]
    return bool((sides[0] & sides[1]) - {0})


_PARTS = (
    "", "first word", "last word", "longest word", "longest word, start", "initial", "start", "start", "end", "end",
    "sound", "local part", "year", "month and day", "year and month", "year and day", "nickname", "domain",
)  # fmt: skip


def _described(atom: Atom) -> str:
    name, part = atom
    return f"{name} ({_PARTS[part]})" if _PARTS[part] else name


def _split(parts: list[NDArray[np.int64]]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    pairs = unique(np.concatenate(parts)) if parts else np.zeros(0, dtype=np.int64)
    return (pairs >> 32).astype(np.int32), (pairs & 0xFFFFFFFF).astype(np.int32)
