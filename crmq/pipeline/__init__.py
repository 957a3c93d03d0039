"""The way of the data as one object: :class:`Pipeline` runs the stages on demand over a :class:`Request`."""

from __future__ import annotations

from crmq.pipeline.demo import DemoResult, run_demo
from crmq.pipeline.request import Request
from crmq.pipeline.scoring import evaluate_run
from crmq.pipeline.stages import STAGES, Pipeline

__all__ = ["STAGES", "DemoResult", "Pipeline", "Request", "evaluate_run", "run_demo"]
