"""Blocking: what is counted is what is walked, and neighbours in oversized blocks are alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from crmq.matching import MatchSettings, blocking, blocks
from crmq.matching import features as features_of
from crmq.model.tables import Tables


def test_the_pairs_of_a_key_are_those_its_walk_makes(
    monkeypatch, population: Callable[[int, int], list[dict[str, Any]]], make_tables: Callable[..., Tables]
) -> None:
    monkeypatch.setattr(blocking, "LEAST_BUDGET", 40)  # so that many blocks are oversized
    monkeypatch.setattr(blocking, "PAIRS_PER_RECORD", 0.05)
    features = features_of.build(make_tables(population(400, 3)), "person", MatchSettings())
    made = blocking.Blocking(features, 1)
    oversized = [b for b in made.blocks if b.window and b.largest > b.limit]
    assert oversized
    for block in made.blocks:
        walked = blocks.sample_pairs(block.members, block.starts, block.limit, block.window, 1)
        sizes = np.diff(block.starts)
        # a record with two values of one key stands in one block twice: such pairs are counted and not made
        assert len(walked) <= block.pairs
        if len(np.unique(block.members)) == len(block.members):
            assert len(walked) == block.pairs, (block.name, sizes.max())


def test_members_of_oversized_blocks_stand_in_the_order_of_their_values(
    monkeypatch, population: Callable[[int, int], list[dict[str, Any]]], make_tables: Callable[..., Tables]
) -> None:
    monkeypatch.setattr(blocking, "LEAST_BUDGET", 40)
    monkeypatch.setattr(blocking, "PAIRS_PER_RECORD", 0.05)
    features = features_of.build(make_tables(population(400, 3)), "person", MatchSettings())
    names = features.columns[features.number["given_name"]].values
    codes = features.layout.codes[:, features.number["given_name"]]
    seen = 0
    for block in blocking.Blocking(features, 1).blocks:
        if block.name != "surname (first word)":
            continue
        for start, stop in zip(block.starts[:-1], block.starts[1:], strict=True):
            if stop - start > block.limit:
                given = [names[int(codes[i]) - 1] if codes[i] else "" for i in block.members[start:stop]]
                assert given == sorted(given)
                seen += 1
    assert seen
