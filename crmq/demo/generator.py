"""Writes the demo: four systems' exports and the truth beside them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from crmq.demo import dynamics, erp, hubspot, population, sightings
from crmq.demo.dice import Dice
from crmq.demo.salesforce import Salesforce
from crmq.demo.truth import TruthBook

SEED = 20260930
"""The seed of the bundled example: the figures in the documentation are of this one."""


@dataclass(frozen=True)
class DemoFiles:
    """Where the demo was written.

    Attributes:
        folder: The folder that was given.
        exports: The four sources, as crmq reads them: zip, CSV, workbook, database.
        truth: Which records are one party: source, object, record_id, entity, entity_id, file.
        must_not_merge: Pairs of records that look alike and are different parties, with the kind of trap.
    """

    folder: Path
    exports: tuple[Path, ...]
    truth: Path
    must_not_merge: Path


def generate(folder: Path, seed: int = SEED) -> DemoFiles:
    """Write the demo of a mid-size Latin American group to ``folder/exports`` and ``folder/truth``.

    The same seed gives the same bytes: nothing depends on the clock, the locale or the order of files. Everybody
    in it is invented.

    Args:
        folder: Is made where it does not exist; files of an earlier demo in it are replaced.
        seed: Another number gives another population of the same kind.
    """
    exports, truth = folder / "exports", folder / "truth"
    for path in (exports, truth):
        path.mkdir(parents=True, exist_ok=True)
    (exports / erp.FILE).unlink(missing_ok=True)
    dice = Dice(seed)
    world = population.build(dice)
    census = sightings.take(dice, world)
    book = TruthBook()
    written = (
        Salesforce(dice, census, book).write(exports),
        hubspot.write(dice, census, book, exports),
        dynamics.write(dice, census, book, exports),
        erp.write(dice, census, book, exports),
    )
    files = DemoFiles(folder, written, truth / "truth.csv", truth / "must_not_merge.csv")
    book.write(files.truth)
    book.write_forbidden(files.must_not_merge, world)
    return files
