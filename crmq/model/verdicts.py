"""The verdict that every standardised value carries."""

from __future__ import annotations

import polars as pl

VALID = "valid"
"""The value follows the rules of its kind."""
POSSIBLE = "possible"
"""It may be real but cannot be confirmed (an unallocated number range, a guessed split): usable for matching."""
INVALID = "invalid"
"""It cannot be a value of its kind: kept raw, never a match key."""
PLACEHOLDER = "placeholder"
"""It stands for "we do not have it" (no@no.com, 999999999, consumidor final): never a match key."""
MISSING = "missing"
"""The cell is empty."""

VERDICTS = (VALID, POSSIBLE, INVALID, PLACEHOLDER, MISSING)
Verdict = pl.Enum(VERDICTS)
"""The Polars type of every ``*_verdict`` column."""
