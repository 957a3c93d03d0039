"""The seeded example behind ``crmq demo``: exports of four overlapping systems, and the truth beside them."""

from __future__ import annotations

from crmq.demo.baselines import Baseline, baselines
from crmq.demo.generator import SEED, DemoFiles, generate

__all__ = ["SEED", "Baseline", "DemoFiles", "baselines", "generate"]
