"""``crmq demo`` as a run: the bundled example, the whole way on it, and its score against the truth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from crmq.errors import OutputError
from crmq.locales import _
from crmq.pipeline.request import Request
from crmq.pipeline.stages import Pipeline

if TYPE_CHECKING:
    from crmq.demo import Baseline
    from crmq.matching.evaluate import Evaluation
    from crmq.progress import Progress


@dataclass(frozen=True)
class DemoResult:
    """What ``crmq demo`` found.

    Attributes:
        line: The pipeline that ran.
        run: Its run folder.
        evaluation: Score against the truth.
        recipes: Scores of the simple recipes.
        forbidden: Pairs that must never merge.
        merged_wrongly: How many of them share a ``merge_id``.
    """

    line: Pipeline
    run: Path
    evaluation: Evaluation
    recipes: list[Baseline]
    forbidden: int
    merged_wrongly: int

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        recipes = {
            b.recipe: {"precision": round(b.precision, 6), "recall": round(b.recall, 6), "f1": round(b.f1, 6)}
            for b in self.recipes
        }
        traps = {"pairs": self.forbidden, "merged": self.merged_wrongly}
        return {
            **self.line.overview(), "truth": self.evaluation.as_dict(), "recipes": recipes, "must_not_merge": traps,
        }  # fmt: skip


DEMO_AS_OF = "2026-10-01"
"""The day after the demo's exports were made: the demo's "now"."""


def run_demo(folder: Path, progress: Progress) -> DemoResult:
    """Write the demo to ``folder/exports`` and ``folder/truth``, and run all stages into ``folder/run``.

    Raises:
        OutputError: The folder holds something else.
    """
    from crmq import demo
    from crmq.matching import evaluate

    own = {"exports", "truth", "run"}
    if folder.exists() and (not folder.is_dir() or any(p.name not in own for p in folder.iterdir())):
        raise OutputError(
            _("The folder is not empty and crmq did not write it."),
            where=str(folder),
            hint=_("Choose a new folder with -o."),
        )
    progress.step(_("Writing the example"))
    files = demo.generate(folder)
    target = folder / "run"
    line = Pipeline(Request((str(folder / "exports"),), as_of=DEMO_AS_OF, reuse=target), progress)
    line.validation  # noqa: B018  computed before anything is written
    line.save(target, command="demo", upto="consolidate")
    clusters = line.matches.clusters
    forbidden = pl.read_csv(files.must_not_merge, infer_schema=False)
    for side in ("a", "b"):
        keys = [f"{name}_{side}" for name in ("source", "object", "record_id", "entity")]
        ids = clusters.select(*(pl.col(k[:-2]).alias(k) for k in keys), pl.col("merge_id").alias(f"merge_{side}"))
        forbidden = forbidden.join(ids, on=keys, how="left")
    merged = int(forbidden.select((pl.col("merge_a") == pl.col("merge_b")).sum()).item())
    return DemoResult(
        line,
        target,
        evaluate.evaluate(clusters, evaluate.read_truth(files.truth)),
        demo.baselines(line.tables, files.truth),
        forbidden.height,
        merged,
    )
