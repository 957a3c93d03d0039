"""Validation through Great Expectations: where the tables go, and what GX leaves in the run folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crmq import run
from crmq.locales import _

if TYPE_CHECKING:
    from crmq.pipeline.stages import Pipeline
    from crmq.rules import Validation
    from crmq.rules.gx.documents import Document

STAGE = "gx"


@dataclass(frozen=True)
class Through:
    """A validation that GX ran.

    Attributes:
        validation: The same as crmq's own engine gives.
        documents: Suites, validation results and Data Docs.
        natives, owned: Ids of the rules that ran as expectations of GX, and as crmq's own expectation; sorted.
    """

    validation: Validation
    documents: tuple[Document, ...]
    natives: tuple[str, ...]
    owned: tuple[str, ...]


def validate(
    line: Pipeline,
    packs: Sequence[str],
    *,
    at: str | None = None,
    waivers: Path | None = None,
    baseline: Path | None = None,
    documents: bool = True,
) -> Through:
    """Run rule packs through GX.

    Args:
        line: The run.
        packs: As :meth:`Pipeline.validate` takes them.
        at: URL of a database to write the tables to for the time of the run; None: pandas. Without meaning where the
            rows stand in a client's database already.
        waivers: As for :meth:`Pipeline.validate`.
        baseline: As for :meth:`Pipeline.validate`.
        documents: Whether suites, results and Data Docs are made.

    Raises:
        ConfigError: GX cannot be loaded, or a rule cannot be evaluated.
        SourceError: The database cannot be used.
    """
    from crmq.rules.gx import documents as texts
    from crmq.rules.gx import loading, stores
    from crmq.rules.gx.evaluator import Evaluator

    line.progress.step(_("Loading Great Expectations"))
    context = loading.context()
    store = line.store(context) or stores.of(at, context)
    evaluator = Evaluator(context, store, line.as_of)
    try:
        validation = line.validate(packs, waivers=waivers, baseline=baseline, evaluator=evaluator)
        made = tuple(texts.documents(context)) if documents else ()
    finally:
        store.close()
    return Through(validation, made, tuple(sorted(evaluator.natives)), tuple(sorted(evaluator.owned)))


def save(through: Through, out: Path) -> None:
    """Write what GX leaves into a run folder, beside what is there."""
    with run.writing(out, command="validate", keep=True) as writer:
        key = run.key_of([(document.name, document.text) for document in through.documents])
        with writer.stage(STAGE, key):
            for document in through.documents:
                writer.text(document.name, document.text)
            writer.json("gx/rules.json", {"as_expectations_of_gx": through.natives, "as_crmq_s_own": through.owned})
